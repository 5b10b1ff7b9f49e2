//! PROJ strings: `+proj=utm +zone=33 +datum=WGS84 +units=m`, both ways.
//!
//! A PROJ string has no names, no codes, no areas and no heights; what gets lost is said.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::definition::{Crs, Horizontal};
use crate::error::{CrsError, ErrorKind, Location};
use crate::lookup;
use crate::method::{Kind, Quantity, Role};
use crate::model::{
    Axis, Conversion, DEGREE, Datum, Direction, Ellipsoid, Form, Geodetic, Meridian, Projected, Shape, Unit,
};
use crate::projection;
use crate::tables::UnitKind;
use crate::wkt::number;

/// PROJ's short names of datums, as EPSG codes.
const DATUMS: [(&str, u32); 10] = [
    ("WGS84", 6326),
    ("NAD83", 6269),
    ("NAD27", 6267),
    ("OSGB36", 6277),
    ("GGRS87", 6121),
    ("potsdam", 6314),
    ("carthage", 6223),
    ("hermannskogel", 6312),
    ("ire65", 6300),
    ("nzgd49", 6272),
];
/// PROJ's short names of ellipsoids, as EPSG codes, and those that EPSG has not by their axes.
const ELLIPSOIDS: [(&str, u32); 18] = [
    ("WGS84", 7030),
    ("GRS80", 7019),
    ("intl", 7022),
    ("bessel", 7004),
    ("clrk66", 7008),
    ("clrk80ign", 7011),
    ("clrk80", 7012),
    ("airy", 7001),
    ("mod_airy", 7002),
    ("aust_SA", 7003),
    ("krass", 7024),
    ("evrst30", 7015),
    ("evrst48", 7018),
    ("evrst56", 7044),
    ("evrst69", 7056),
    ("WGS72", 7043),
    ("helmert", 7020),
    ("GRS67", 7036),
];
/// PROJ's short names of meridians, as EPSG codes.
const MERIDIANS: [(&str, u32); 14] = [
    ("greenwich", 8901),
    ("lisbon", 8902),
    ("paris", 8903),
    ("bogota", 8904),
    ("madrid", 8905),
    ("rome", 8906),
    ("bern", 8907),
    ("jakarta", 8908),
    ("ferro", 8909),
    ("brussels", 8910),
    ("stockholm", 8911),
    ("athens", 8912),
    ("oslo", 8913),
    ("copenhagen", 1026),
];
/// PROJ's short names of units, as EPSG codes.
const UNITS: [(&str, u16); 14] = [
    ("m", 9001),
    ("ft", 9002),
    ("us-ft", 9003),
    ("km", 9036),
    ("cm", 1033),
    ("mm", 1025),
    ("kmi", 9030),
    ("yd", 9096),
    ("mi", 9093),
    ("ch", 9097),
    ("link", 9098),
    ("us-ch", 9033),
    ("us-mi", 9035),
    ("ind-yd", 9085),
];

/// Words of a PROJ string with their places.
struct Words<'a> {
    list: Vec<(&'a str, &'a str, usize)>,
}

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Self {
        let start = text.as_ptr() as usize;
        let list = text
            .split_whitespace()
            .map(|word| {
                let at = word.as_ptr() as usize - start;
                let (key, value) = word
                    .trim_start_matches('+')
                    .split_once('=')
                    .unwrap_or((word.trim_start_matches('+'), ""));
                (key, value, at)
            })
            .collect();
        Self { list }
    }

    fn find(&self, key: &str) -> Option<(&'a str, usize)> {
        self.list.iter().find(|w| w.0 == key).map(|w| (w.1, w.2))
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        self.find(key).map(|w| w.0)
    }

    fn number(&self, key: &str) -> Result<Option<f64>, CrsError> {
        let Some((value, at)) = self.find(key) else { return Ok(None) };
        match value.parse::<f64>() {
            Ok(v) if v.is_finite() => Ok(Some(v)),
            _ => Err(wrong(at, format!("+{key} must be a number"))),
        }
    }

    /// Degrees, decimal or as `12d30'15"E`.
    fn angle(&self, key: &str) -> Result<Option<f64>, CrsError> {
        let Some((value, at)) = self.find(key) else { return Ok(None) };
        let error = || wrong(at, format!("+{key} must be an angle"));
        if let Ok(v) = value.parse::<f64>() {
            return if v.is_finite() { Ok(Some(v)) } else { Err(error()) };
        }
        let (body, flip) = match value.char_indices().next_back() {
            Some((i, 'W' | 'w' | 'S' | 's')) => (&value[..i], -1.0),
            Some((i, 'E' | 'e' | 'N' | 'n')) => (&value[..i], 1.0),
            Some((i, 'r')) => {
                let radians: f64 = value[..i].parse().map_err(|_| error())?;
                return Ok(Some(radians / DEGREE));
            }
            _ => (value, 1.0),
        };
        let (sign, body) = body.strip_prefix('-').map_or((flip, body), |rest| (-flip, rest));
        let mut total = 0.0;
        let mut rest = body;
        for (mark, scale) in [('d', 1.0), ('\'', 60.0), ('"', 3600.0)] {
            let piece = match rest.split_once(mark) {
                Some((piece, tail)) => {
                    rest = tail;
                    piece
                }
                None => std::mem::take(&mut rest),
            };
            if !piece.is_empty() {
                total += piece.parse::<f64>().map_err(|_| error())? / scale;
            }
        }
        if rest.is_empty() && total.is_finite() { Ok(Some(sign * total)) } else { Err(error()) }
    }
}

fn wrong(at: usize, what: impl Into<String>) -> CrsError {
    CrsError::new(ErrorKind::Malformed, format!("PROJ string: {}", what.into())).at(Location::Offset(at))
}

/// Reads a PROJ string that defines a coordinate system.
pub(crate) fn read(text: &str) -> Result<Crs, CrsError> {
    let words = Words::of(text);
    if let Some((init, at)) = words.find("init") {
        let code = init.to_ascii_lowercase().strip_prefix("epsg:").and_then(|c| c.parse().ok());
        return Crs::from_epsg(code.ok_or_else(|| wrong(at, "+init must be epsg:code"))?);
    }
    let (proj, at) = words.find("proj").ok_or_else(|| wrong(0, "+proj is missing"))?;
    if proj == "pipeline" {
        return Err(wrong(at, "a pipeline is an operation, not a coordinate system"));
    }
    let base = geodetic(&words)?;
    if matches!(proj, "longlat" | "latlong" | "lonlat" | "latlon") {
        return Ok(Crs::from_horizontal(Horizontal::Geodetic(Box::new(base)), None));
    }
    if proj == "geocent" {
        let geodetic = Geodetic { form: Form::Geocentric, axes: Axis::geocentric(), ..base };
        return Ok(Crs::from_horizontal(Horizontal::Geodetic(Box::new(geodetic)), None));
    }
    let unit = unit(&words)?;
    let (kind, mut values) = method(&words, proj, at)?;
    // PROJ's offsets are in metres whatever the unit is
    for (role, key) in [(Role::Fe, "x_0"), (Role::Fn, "y_0")] {
        if let Some(metres) = words.number(key)? {
            values.retain(|v| v.0 != role);
            values.push((role, metres / unit.factor, unit.clone()));
        }
    }
    let conversion = Conversion::new(Cow::Borrowed("unknown"), kind, &values);
    projection::projection(&conversion, base.datum.ellipsoid.spheroid())
        .map_err(|e| e.at(Location::Offset(at)))?;
    let axes = match words.text("axis") {
        None | Some("enu") => Axis::projected(&unit),
        Some(order) => order
            .chars()
            .take(2)
            .map(|c| match c {
                'e' => Ok(Axis::new("Easting", "E", Direction::East, &unit)),
                'n' => Ok(Axis::new("Northing", "N", Direction::North, &unit)),
                'w' => Ok(Axis::new("Westing", "W", Direction::West, &unit)),
                's' => Ok(Axis::new("Southing", "S", Direction::South, &unit)),
                _ => Err(wrong(0, "+axis has an unknown letter")),
            })
            .collect::<Result<_, _>>()?,
    };
    let projected = Projected { name: Cow::Borrowed("unknown"), epsg: None, base, conversion, axes };
    Ok(Crs::from_horizontal(Horizontal::Projected(Box::new(projected)), None))
}

fn unit(words: &Words<'_>) -> Result<Unit, CrsError> {
    if let Some((name, at)) = words.find("units") {
        let code = UNITS.iter().find(|u| u.0 == name).map(|u| u32::from(u.1));
        return code.and_then(Unit::of_epsg).ok_or_else(|| wrong(at, format!("unknown unit \"{name}\"")));
    }
    match words.number("to_meter")? {
        Some(factor) if factor > 0.0 => Ok(Unit::of_factor("unknown", factor, UnitKind::Length)),
        Some(_) => Err(wrong(0, "+to_meter must be positive")),
        None => Ok(Unit::METRE),
    }
}

fn geodetic(words: &Words<'_>) -> Result<Geodetic, CrsError> {
    let meridian = match words.find("pm") {
        Some((name, _)) => {
            match MERIDIANS.iter().find(|m| m.0 == name).and_then(|m| Meridian::of_epsg(m.1)) {
                Some(meridian) => meridian,
                None => Meridian::of_degrees("unknown", words.angle("pm")?.unwrap_or(0.0)),
            }
        }
        None => Meridian::GREENWICH,
    };
    let to_wgs84 = match words.find("towgs84") {
        Some((list, at)) => {
            let values: Vec<f64> = list.split(',').filter_map(|v| v.parse().ok()).collect();
            let mut out = [0.0; 7];
            if !(values.len() == 3 || values.len() == 7) || list.split(',').count() != values.len() {
                return Err(wrong(at, "+towgs84 must have three or seven numbers"));
            }
            out[..values.len()].copy_from_slice(&values);
            Some(out)
        }
        None => None,
    };
    let named = words.find("datum");
    let datum = match named {
        Some((name, at)) => {
            let code = DATUMS.iter().find(|d| d.0 == name).map(|d| d.1);
            let found = code.and_then(Datum::of_epsg);
            found.ok_or_else(|| wrong(at, format!("unknown datum \"{name}\"")))?.0
        }
        None => {
            let ellipsoid = ellipsoid(words)?;
            let name = format!("Unknown based on {} ellipsoid", ellipsoid.name);
            Datum { name: Cow::Owned(name), epsg: None, ellipsoid, ensemble_accuracy: None, to_wgs84 }
        }
    };
    // WGS 84 by another name
    let datum = match (datum.epsg, datum.to_wgs84) {
        (None, Some(v)) if v == [0.0; 7] && datum.ellipsoid.epsg == Some(7030) => {
            Datum::of_epsg(6326).map_or(datum, |(d, _)| d)
        }
        _ => datum,
    };
    Ok(Geodetic {
        name: Cow::Borrowed("unknown"),
        epsg: None,
        form: Form::Geographic2D,
        datum,
        meridian,
        axes: {
            let mut axes = Axis::geographic(&Unit::DEGREE, false);
            axes.reverse();
            axes
        },
    })
}

fn ellipsoid(words: &Words<'_>) -> Result<Ellipsoid, CrsError> {
    if let Some((name, at)) = words.find("ellps") {
        if name == "sphere" {
            return Ok(Ellipsoid {
                name: Cow::Borrowed("Normal Sphere (r=6370997)"),
                epsg: None,
                a: 6_370_997.0,
                shape: Shape::InverseFlattening(0.0),
            });
        }
        let code = ELLIPSOIDS.iter().find(|e| e.0 == name).map(|e| e.1);
        return code
            .and_then(Ellipsoid::of_epsg)
            .ok_or_else(|| wrong(at, format!("unknown ellipsoid \"{name}\"")));
    }
    let (a, shape) = if let Some(r) = words.number("R")? {
        (r, Shape::InverseFlattening(0.0))
    } else if let Some(a) = words.number("a")? {
        let shape = match (words.number("rf")?, words.number("f")?, words.number("b")?) {
            (Some(rf), ..) => Shape::InverseFlattening(rf),
            (_, Some(f), _) => Shape::InverseFlattening(if f == 0.0 { 0.0 } else { 1.0 / f }),
            (.., Some(b)) => Shape::SemiMinorAxis(b),
            _ => Shape::InverseFlattening(0.0),
        };
        (a, shape)
    } else {
        return Ellipsoid::of_epsg(7019).ok_or_else(|| wrong(0, "no ellipsoid"));
    };
    let given = Ellipsoid { name: Cow::Borrowed("unknown"), epsg: None, a, shape };
    let given = given.checked().map_err(|e| e.at(Location::Offset(0)))?;
    Ok(lookup::ellipsoid_of_figure(given.a, given.inverse_flattening()).unwrap_or(given))
}

type Values = Vec<(Role, f64, Unit)>;

/// The method of `+proj=` with its parameters.
fn method(words: &Words<'_>, proj: &str, at: usize) -> Result<(Kind, Values), CrsError> {
    let mut values: Values = Vec::new();
    for (role, keys) in [
        (Role::Lat0, &["lat_0"][..]),
        (Role::Lon0, &["lonc", "lon_0"]),
        (Role::Lat1, &["lat_1", "lat_ts"]),
        (Role::Lat2, &["lat_2"]),
        (Role::Azimuth, &["alpha", "azi"]),
        (Role::Rectified, &["gamma"]),
    ] {
        for key in keys {
            if let (Some(v), false) = (words.angle(key)?, values.iter().any(|v| v.0 == role)) {
                values.push((role, v, Unit::DEGREE));
            }
        }
    }
    for key in ["k_0", "k"] {
        if let (Some(v), false) = (words.number(key)?, values.iter().any(|v| v.0 == Role::K)) {
            values.push((Role::K, v, Unit::UNITY));
        }
    }
    for key in ["h", "h_0"] {
        if let Some(v) = words.number(key)? {
            values.push((Role::Height, v, Unit::METRE));
        }
    }
    let get = |values: &Values, role: Role| values.iter().find(|v| v.0 == role).map(|v| v.1);
    let polar = get(&values, Role::Lat0).is_some_and(|v| (v.abs() - 90.0).abs() < 1e-9);
    let kind = match proj {
        "utm" => {
            let zone = words.number("zone")?.filter(|z| (1.0..=60.0).contains(z) && z.fract() == 0.0);
            let zone = zone.ok_or_else(|| wrong(at, "+zone must be 1 to 60"))?;
            let south = words.find("south").is_some();
            values = vec![
                (Role::Lon0, 6.0 * zone - 183.0, Unit::DEGREE),
                (Role::K, 0.9996, Unit::UNITY),
                (Role::Fe, 500_000.0, Unit::METRE),
                (Role::Fn, if south { 10_000_000.0 } else { 0.0 }, Unit::METRE),
            ];
            Kind::TransverseMercator
        }
        "tmerc" | "etmerc" if words.text("axis") == Some("wsu") => Kind::TransverseMercatorSouth,
        "tmerc" | "etmerc" => Kind::TransverseMercator,
        "merc" if words.text("nadgrids") == Some("@null") => Kind::PseudoMercator,
        "merc" if get(&values, Role::Lat1).is_some_and(|v| v != 0.0) => Kind::MercatorB,
        "merc" => Kind::MercatorA,
        "webmerc" => Kind::PseudoMercator,
        "lcc" => cone(&mut values),
        "aea" => Kind::Albers,
        "eqdc" => Kind::EquidistantConic,
        "laea" => Kind::LambertAzimuthal,
        "cea" => Kind::CylindricalEqualArea,
        "eqc" => Kind::EquidistantCylindrical,
        "stere" | "ups" if polar && words.find("lat_ts").is_some() => {
            let south = get(&values, Role::Lat0).is_some_and(|v| v < 0.0);
            for v in values.iter_mut().filter(|v| v.0 == Role::Lat1) {
                v.1 = if south { -v.1.abs() } else { v.1.abs() };
            }
            Kind::PolarB
        }
        "stere" if polar => Kind::PolarA,
        "stere" => Kind::Stereographic,
        "sterea" => Kind::DoubleStereographic,
        "somerc" => {
            values.retain(|v| !matches!(v.0, Role::Azimuth | Role::Rectified));
            values.extend([(Role::Azimuth, 90.0, Unit::DEGREE), (Role::Rectified, 90.0, Unit::DEGREE)]);
            Kind::HotineB
        }
        "omerc" => {
            if let (None, Some(azimuth)) = (get(&values, Role::Rectified), get(&values, Role::Azimuth)) {
                values.push((Role::Rectified, azimuth, Unit::DEGREE));
            }
            if words.find("no_uoff").or(words.find("no_off")).is_some() {
                Kind::HotineA
            } else {
                Kind::HotineB
            }
        }
        "labrd" => Kind::Laborde,
        "cass" if words.find("hyperbolic").is_some() => Kind::CassiniHyperbolic,
        "cass" => Kind::Cassini,
        "poly" => Kind::Polyconic,
        "bonne" => {
            values.iter_mut().filter(|v| v.0 == Role::Lat1).for_each(|v| v.0 = Role::Lat0);
            Kind::Bonne
        }
        "krovak" | "mod_krovak" => {
            values.iter_mut().filter(|v| v.0 == Role::Azimuth).for_each(|v| v.0 = Role::ConeAxis);
            values.extend([
                (Role::Lat1, 78.5, Unit::DEGREE),
                (Role::ConeAxis, 30.288_139_752_777_78, Unit::DEGREE),
                (Role::Lat0, 49.5, Unit::DEGREE),
            ]);
            match (proj, words.text("axis")) {
                ("krovak", Some("swu")) => Kind::Krovak,
                ("krovak", _) => Kind::KrovakNorth,
                (_, Some("swu")) => Kind::KrovakModified,
                _ => Kind::KrovakModifiedNorth,
            }
        }
        "aeqd" if words.find("guam").is_some() => Kind::Guam,
        "aeqd" => Kind::AzimuthalEquidistant,
        "ortho" if get(&values, Role::Azimuth).is_some() => Kind::LocalOrthographic,
        "ortho" => Kind::Orthographic,
        "gnom" => Kind::Gnomonic,
        "geos" if words.text("sweep") == Some("x") => Kind::GeostationaryX,
        "geos" => Kind::GeostationaryY,
        "col_urban" => Kind::ColombiaUrban,
        "nzmg" => {
            values.extend([(Role::Lat0, -41.0, Unit::DEGREE), (Role::Lon0, 173.0, Unit::DEGREE)]);
            values.extend([(Role::Fe, 2_510_000.0, Unit::METRE), (Role::Fn, 6_023_150.0, Unit::METRE)]);
            Kind::NewZealand
        }
        "eqearth" => Kind::EqualEarth,
        "mill" => Kind::Miller,
        "moll" => Kind::Mollweide,
        "robin" => Kind::Robinson,
        "sinu" => Kind::Sinusoidal,
        "vandg" => Kind::VanDerGrinten,
        _ => {
            let what = format!("PROJ string: the projection \"{proj}\"");
            return Err(CrsError::new(ErrorKind::Unsupported, what).at(Location::Offset(at)));
        }
    };
    Ok((kind, values))
}

fn cone(values: &mut Values) -> Kind {
    let get = |role: Role| values.iter().find(|v| v.0 == role).map(|v| v.1);
    let (lat0, lat1, lat2, k) = (get(Role::Lat0), get(Role::Lat1), get(Role::Lat2), get(Role::K));
    let rename = |values: &mut Values, from: Role, to: Role| {
        values.iter_mut().filter(|v| v.0 == from).for_each(|v| v.0 = to);
    };
    match (lat1, lat2) {
        (Some(a), Some(b)) if a != b => {
            if k.is_some_and(|k| k != 1.0) {
                rename(values, Role::K, Role::EllipsoidScale);
                return Kind::LambertMichigan;
            }
            Kind::Lambert2
        }
        (Some(a), _) if lat0.is_some_and(|lat0| lat0 != a) => Kind::Lambert1B,
        (Some(_), _) => {
            values.retain(|v| v.0 != Role::Lat0);
            rename(values, Role::Lat1, Role::Lat0);
            Kind::Lambert1
        }
        _ => Kind::Lambert1,
    }
}

/// Writes a PROJ string and says what it cannot hold.
///
/// # Errors
/// When PROJ has no word for the kind of system.
pub(crate) fn write(crs: &Crs) -> Result<(String, Vec<String>), CrsError> {
    let data = crs.data();
    let mut lost = Vec::new();
    let mut out = String::new();
    let base = match &data.horizontal {
        Horizontal::Projected(p) => {
            projected_words(p, &mut out)?;
            &p.base
        }
        Horizontal::Geodetic(g) => {
            out += if g.form == Form::Geocentric { "+proj=geocent" } else { "+proj=longlat" };
            if g.form != Form::Geocentric && g.unit().epsg != Some(9122) {
                lost.push(format!("the angular unit \"{}\"", g.unit().name));
            }
            g
        }
        Horizontal::Local(_) | Horizontal::None => {
            let what = format!("a PROJ string cannot say \"{}\"", crs.name());
            return Err(CrsError::new(ErrorKind::Unsupported, what));
        }
    };
    datum_words(base, &mut out, &mut lost);
    match &data.horizontal {
        Horizontal::Projected(p) => unit_words(p.unit(), &mut out),
        Horizontal::Geodetic(g) if g.form == Form::Geocentric => out += " +units=m",
        _ => {}
    }
    out += " +no_defs +type=crs";
    if let Some(vertical) = &data.vertical {
        lost.push(format!("the heights \"{}\"", vertical.name));
    }
    if data.area.is_some() {
        lost.push("the area of use".to_owned());
    }
    lost.push("names and codes".to_owned());
    Ok((out, lost))
}

fn unit_words(unit: &Unit, out: &mut String) {
    match UNITS.iter().find(|u| Some(u.1) == unit.epsg) {
        Some((name, _)) => *out += &format!(" +units={name}"),
        None => *out += &format!(" +to_meter={}", number(unit.factor)),
    }
}

fn datum_words(base: &Geodetic, out: &mut String, lost: &mut Vec<String>) {
    let datum = &base.datum;
    let named = DATUMS.iter().find(|d| datum.epsg.is_some_and(|code| u32::from(code) == d.1));
    match named {
        Some((name, _)) if datum.to_wgs84.is_none() => *out += &format!(" +datum={name}"),
        _ => {
            let e = &datum.ellipsoid;
            let short = ELLIPSOIDS.iter().find(|x| e.epsg.is_some_and(|code| u32::from(code) == x.1));
            match (short, &e.shape) {
                (Some((name, _)), _) => *out += &format!(" +ellps={name}"),
                (None, _) if e.inverse_flattening() == 0.0 => *out += &format!(" +R={}", number(e.a)),
                (None, Shape::SemiMinorAxis(b)) => *out += &format!(" +a={} +b={}", number(e.a), number(*b)),
                (None, Shape::InverseFlattening(rf)) => {
                    *out += &format!(" +a={} +rf={}", number(e.a), number(*rf))
                }
            }
            match datum.to_wgs84 {
                Some(v) => *out += &format!(" +towgs84={}", v.map(number).join(",")),
                None => {
                    lost.push(format!("the datum \"{}\", and with it the way to other datums", datum.name))
                }
            }
        }
    }
    if base.meridian.radians() != 0.0 {
        let short = MERIDIANS.iter().find(|m| base.meridian.epsg.is_some_and(|code| u32::from(code) == m.1));
        match short {
            Some((name, _)) => *out += &format!(" +pm={name}"),
            None => *out += &format!(" +pm={}", number(base.meridian.radians() / DEGREE)),
        }
    }
}

fn projected_words(p: &Projected, out: &mut String) -> Result<(), CrsError> {
    let c = &p.conversion;
    let name = proj_name(c.method.kind).ok_or_else(|| {
        CrsError::new(
            ErrorKind::Unsupported,
            format!("PROJ has no word for the method \"{}\"", c.method.name),
        )
    })?;
    *out += &format!("+proj={name}");
    let oblique = matches!(c.method.kind, Kind::HotineA | Kind::HotineB) && !name.starts_with("somerc");
    let swiss = c.method.kind == Kind::HotineB
        && [Role::Azimuth, Role::Rectified].iter().all(|&r| (c.si(r) / DEGREE - 90.0).abs() < 1e-9);
    if swiss {
        *out = "+proj=somerc".to_owned();
    }
    let krovak = name.ends_with("krovak");
    for (role, key) in [
        (Role::Lat0, if name == "bonne" { "lat_1" } else { "lat_0" }),
        (Role::Lon0, if oblique && !swiss { "lonc" } else { "lon_0" }),
        (Role::Lat1, if matches!(name, "merc" | "cea" | "eqc" | "stere") { "lat_ts" } else { "lat_1" }),
        (Role::Lat2, "lat_2"),
        (Role::Azimuth, if name == "labrd" { "azi" } else { "alpha" }),
        (Role::Rectified, "gamma"),
        (Role::ConeAxis, "alpha"),
        (Role::K, "k_0"),
        (Role::EllipsoidScale, "k_0"),
        (Role::Height, if name == "geos" { "h" } else { "h_0" }),
        (Role::Fe, "x_0"),
        (Role::Fn, "y_0"),
    ] {
        let hidden = swiss && matches!(role, Role::Azimuth | Role::Rectified)
            || krovak && role == Role::Lat1
            || c.method.kind == Kind::PolarB && role == Role::Lat0;
        let Some(_) = c.parameter(role).filter(|_| !hidden) else { continue };
        let value = if role.quantity() == Quantity::Angle { c.si(role) / DEGREE } else { c.si(role) };
        // what was written in degrees keeps its digits
        let value = c.parameter(role).filter(|q| q.unit.factor == DEGREE).map_or(value, |q| q.value);
        // writing to a String cannot fail
        let _ = write!(out, " +{key}={}", number(value));
    }
    match c.method.kind {
        Kind::PolarB => *out += if c.si(Role::Lat1) < 0.0 { " +lat_0=-90" } else { " +lat_0=90" },
        Kind::Lambert1 => *out += &format!(" +lat_1={}", number(c.si(Role::Lat0) / DEGREE)),
        Kind::HotineA => *out += " +no_uoff",
        Kind::CassiniHyperbolic => *out += " +hyperbolic",
        Kind::Guam => *out += " +guam",
        Kind::GeostationaryX => *out += " +sweep=x",
        Kind::TransverseMercatorSouth => *out += " +axis=wsu",
        Kind::Krovak | Kind::KrovakModified => *out += " +axis=swu",
        _ => {}
    }
    Ok(())
}

fn proj_name(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::TransverseMercator | Kind::TransverseMercatorSouth | Kind::TransverseMercator3D => "tmerc",
        Kind::Lambert1 | Kind::Lambert1B | Kind::Lambert2 | Kind::LambertBelgium | Kind::LambertMichigan => {
            "lcc"
        }
        Kind::Albers => "aea",
        Kind::LambertAzimuthal | Kind::LambertAzimuthalSpherical => "laea",
        Kind::CylindricalEqualArea | Kind::CylindricalEqualAreaSpherical => "cea",
        Kind::MercatorA | Kind::MercatorB => "merc",
        Kind::PseudoMercator => "webmerc",
        Kind::PolarA | Kind::PolarB | Kind::Stereographic => "stere",
        Kind::DoubleStereographic => "sterea",
        Kind::HotineA | Kind::HotineB => "omerc",
        Kind::Laborde => "labrd",
        Kind::Cassini | Kind::CassiniHyperbolic => "cass",
        Kind::EquidistantCylindrical | Kind::EquidistantCylindricalSpherical => "eqc",
        Kind::EquidistantConic => "eqdc",
        Kind::Polyconic => "poly",
        Kind::Bonne => "bonne",
        Kind::Krovak | Kind::KrovakNorth => "krovak",
        Kind::KrovakModified | Kind::KrovakModifiedNorth => "mod_krovak",
        Kind::AzimuthalEquidistant | Kind::AzimuthalModified | Kind::Guam => "aeqd",
        Kind::Orthographic | Kind::LocalOrthographic => "ortho",
        Kind::Gnomonic => "gnom",
        Kind::ColombiaUrban => "col_urban",
        Kind::NewZealand => "nzmg",
        Kind::EqualEarth => "eqearth",
        Kind::Miller => "mill",
        Kind::Mollweide => "moll",
        Kind::Robinson => "robin",
        Kind::Sinusoidal => "sinu",
        Kind::VanDerGrinten => "vandg",
        Kind::GeostationaryX | Kind::GeostationaryY => "geos",
        _ => return None,
    })
}
