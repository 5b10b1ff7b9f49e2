//! Any textual form of a coordinate system: which one it is.

use crate::error::{CrsError, ErrorKind, Location};
use crate::method::{squash, squashes_to};
use crate::model::{Compound, Data, Horizontal};
use crate::tables;

/// Longer texts are refused; the longest in the EPSG registry is under 10 kB.
const MAX_LENGTH: usize = 1 << 20;

pub(crate) fn parse(text: &str) -> Result<Data, CrsError> {
    if text.len() > MAX_LENGTH {
        return Err(CrsError::new(ErrorKind::Limit, format!("the text is longer than {MAX_LENGTH} bytes")));
    }
    let trimmed = text.trim();
    // offsets in errors count from the beginning of the text
    let skipped = text.len() - text.trim_start().len();
    let shift = |e: CrsError| e.moved(skipped);
    if trimmed.starts_with('{') {
        return crate::projjson::read(trimmed).map_err(shift);
    }
    // names in WKT may hold anything
    let is_wkt = trimmed.contains('[');
    if !is_wkt && (trimmed.contains("proj=") || trimmed.contains("+init=") || trimmed.starts_with("init=")) {
        return crate::proj_string::read(trimmed).map_err(shift);
    }
    if !is_wkt && let Some(found) = reference(trimmed) {
        return found;
    }
    if !is_wkt && let Some(found) = named(trimmed) {
        return found;
    }
    if trimmed.contains(['[', '(']) {
        return crate::wkt::read(trimmed).map_err(shift);
    }
    let what = "expected EPSG:code, ESRI:code, a name of the registry, WKT, PROJJSON or a PROJ string";
    Err(CrsError::new(ErrorKind::Malformed, what).at(Location::Offset(0)))
}

/// What `AUTHORITY:code`, a bare number, or a URN or URL of the OGC refers to; none if the text is nothing of that sort.
fn reference(text: &str) -> Option<Result<Data, CrsError>> {
    let upper = text.to_ascii_uppercase();
    if let Ok(code) = upper.parse() {
        return Some(Data::of_epsg(code));
    }
    // "urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783"
    if let Some(list) = upper.strip_prefix("URN:OGC:DEF:CRS,") {
        let codes: Vec<_> =
            list.split(',').map(|part| part.strip_prefix("CRS:").and_then(authority)).collect();
        return match &codes[..] {
            [Some(h), Some(v)] => Some(compound(system(h), system(v))),
            _ => None,
        };
    }
    let rest = ["URN:OGC:DEF:CRS:", "URN:X-OGC:DEF:CRS:"].iter().find_map(|head| upper.strip_prefix(head));
    if let Some(found) = rest.and_then(authority) {
        return Some(system(&found));
    }
    if let Some((_, rest)) = upper.split_once("OPENGIS.NET/DEF/CRS/") {
        return Some(system(&authority(&rest.replace('/', ":"))?));
    }
    if let Some((_, code)) = upper.split_once("OPENGIS.NET/GML/SRS/EPSG.XML#") {
        return Some(Data::of_epsg(code.parse().ok()?));
    }
    if upper == "CRS84" {
        return Some(Data::of_epsg(4326));
    }
    if let Some((horizontal, vertical)) = upper.split_once('+') {
        let h = authority(horizontal)?;
        let v = authority(vertical).or_else(|| authority(&format!("{}:{vertical}", h.0)))?;
        return Some(compound(system(&h), system(&v)));
    }
    Some(system(&authority(&upper)?))
}

/// `AUTHORITY:code` or `AUTHORITY:version:code`, with blanks around.
fn authority(text: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = text.split(':').map(str::trim).collect();
    let (authority, code) = match parts[..] {
        [authority, code] | [authority, _, code] => (authority, code),
        _ => return None,
    };
    let known = matches!(authority, "EPSG" | "OGC" | "CRS" | "ESRI" | "IAU_2015" | "IAU" | "IGNF");
    let plain = !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric());
    (known && plain).then(|| (authority.to_owned(), code.to_owned()))
}

/// The system of an authority's code.
fn system((authority, code): &(String, String)) -> Result<Data, CrsError> {
    let number: Option<u32> = code.parse().ok();
    let unknown = |what: String| Err(CrsError::new(ErrorKind::UnknownCode, what));
    match (authority.as_str(), number) {
        ("EPSG", Some(number)) => match Data::of_epsg(number) {
            // PROJ's rule: no code of EPSG is so large
            Err(error) if number >= 100_000 => registry("ESRI", code).map_err(|_| error),
            found => found,
        },
        ("OGC" | "CRS", _) => match code.strip_prefix("CRS").unwrap_or(code) {
            // our order of axes is theirs
            "84" => Data::of_epsg(4326),
            "83" => Data::of_epsg(4269),
            "27" => Data::of_epsg(4267),
            "84H" => Data::of_epsg(4979),
            _ => {
                unknown(format!("OGC has no coordinate system {code}: there are CRS84, CRS84h, CRS83, CRS27"))
            }
        },
        ("ESRI", Some(_)) => registry("ESRI", code),
        ("IAU_2015" | "IAU", Some(_)) => registry("IAU_2015", code),
        ("IGNF", _) => unknown("the registry IGNF is not built in: give the EPSG code or WKT".to_owned()),
        _ => Err(CrsError::new(ErrorKind::Malformed, format!("{authority}:{code} is no code"))),
    }
}

fn registry(authority: &str, code: &str) -> Result<Data, CrsError> {
    match tables::registry(&format!("{authority}:{code}")) {
        Some(wkt) => crate::wkt::read(wkt),
        None => {
            let what = format!("the built-in registry has no {authority}:{code}");
            Err(CrsError::new(ErrorKind::UnknownCode, what))
        }
    }
}

/// A horizontal and a vertical system together.
fn compound(horizontal: Result<Data, CrsError>, vertical: Result<Data, CrsError>) -> Result<Data, CrsError> {
    let (h, v) = (horizontal?, vertical?);
    let wrong = |what: String| CrsError::new(ErrorKind::Invalid, what);
    if h.vertical.is_some() || matches!(h.horizontal, Horizontal::None) {
        return Err(wrong(format!("\"{}\" is no horizontal system", h.name())));
    }
    if !matches!(v.horizontal, Horizontal::None) {
        return Err(wrong(format!("\"{}\" is no vertical system", v.name())));
    }
    let name = format!("{} + {}", h.name(), v.name());
    let codes = (h.epsg(), v.epsg());
    let registered = tables::compounds()
        .find(|row| codes == (Some(u32::from(row.horizontal)), Some(u32::from(row.vertical))));
    if let Some(row) = registered {
        return Data::of_epsg(u32::from(row.code));
    }
    Ok(Data { compound: Some(Compound { name: name.into(), epsg: None }), vertical: v.vertical, ..h })
}

/// A system by its name in the registries, in any spelling of case, blanks and underscores.
fn named(text: &str) -> Option<Result<Data, CrsError>> {
    let wanted = squash(text);
    let plain = |c: char| c.is_alphanumeric() || " _-/().,+'".contains(c);
    if wanted.len() < 3 || !text.chars().all(plain) || text.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let is = |name: &str| squashes_to(name, &wanted);
    // deprecated ones last
    for deprecated in [false, true] {
        let geographic = tables::geodetics().find(|row| {
            row.deprecated == deprecated
                && row.kind == tables::GeodeticKind::Geographic2D
                && (is(row.name) || is(row.esri))
        });
        if let Some(row) = geographic {
            return Some(Data::of_epsg(u32::from(row.code)));
        }
        let projected = tables::projecteds().find(|row| {
            row.deprecated == deprecated
                && if row.short {
                    tables::geodetic(u32::from(row.base))
                        .is_some_and(|base| is(&format!("{} / {}", base.name, row.name)))
                } else {
                    is(row.name)
                }
        });
        if let Some(row) = projected {
            return Some(Data::of_epsg(u32::from(row.code)));
        }
    }
    if let Some(row) = tables::compounds().find(|row| is(row.name)) {
        return Some(Data::of_epsg(u32::from(row.code)));
    }
    if let Some(row) = tables::verticals().find(|row| is(row.name)) {
        return Some(Data::of_epsg(u32::from(row.code)));
    }
    tables::registry_by_name(is).map(crate::wkt::read)
}
