//! Any textual form of a coordinate system: which one it is.

use crate::error::{CrsError, ErrorKind, Location};
use crate::model::Data;

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
    if let Some(code) = code(trimmed) {
        return Data::of_epsg(code);
    }
    // names in WKT may hold anything
    if !trimmed.contains('[') && (trimmed.contains("proj=") || trimmed.contains("+init=")) {
        return crate::proj_string::read(trimmed).map_err(shift);
    }
    if trimmed.contains(['[', '(']) {
        return crate::wkt::read(trimmed).map_err(shift);
    }
    let what = "expected EPSG:code, WKT, PROJJSON or a PROJ string";
    Err(CrsError::new(ErrorKind::Malformed, what).at(Location::Offset(0)))
}

/// The EPSG code in `EPSG:n`, a bare number, or a URN or URL of the OGC; 4326 for `OGC:CRS84`, whose order of axes is ours.
fn code(text: &str) -> Option<u32> {
    let upper = text.to_ascii_uppercase();
    if matches!(upper.as_str(), "CRS84" | "OGC:CRS84" | "CRS:84" | "URN:OGC:DEF:CRS:OGC::CRS84")
        || upper.ends_with("OPENGIS.NET/DEF/CRS/OGC/1.3/CRS84")
        || upper == "URN:OGC:DEF:CRS:OGC:1.3:CRS84"
    {
        return Some(4326);
    }
    if let Some(rest) = upper.strip_prefix("EPSG:") {
        return rest.trim_start_matches(':').parse().ok();
    }
    if let Some(rest) = upper.strip_prefix("URN:OGC:DEF:CRS:EPSG:") {
        // a version may stand between the colons
        return rest.rsplit_once(':')?.1.parse().ok();
    }
    if let Some((_, rest)) = upper.split_once("OPENGIS.NET/DEF/CRS/EPSG/") {
        return rest.rsplit_once('/')?.1.parse().ok();
    }
    upper.parse().ok()
}
