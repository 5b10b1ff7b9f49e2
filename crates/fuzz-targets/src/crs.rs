//! Coordinate systems: keys and texts. Whatever is accepted can be written, read again, and computed with.

use crate::choices::Choices;
use crs::{Crs, GeoKeyValue, GeoKeys, Transformer};

/// Keys that mean something.
pub(crate) const KEYS: [u16; 50] = [
    1024, 1025, 1026, 2048, 2049, 2050, 2051, 2052, 2053, 2054, 2055, 2056, 2057, 2058, 2059, 2060, 2061,
    2062, 3072, 3073, 3074, 3075, 3076, 3077, 3078, 3079, 3080, 3081, 3082, 3083, 3084, 3085, 3086, 3087,
    3088, 3089, 3090, 3091, 3092, 3093, 3094, 3095, 3096, 4096, 4097, 4098, 4099, 5120, 0, 32767,
];

/// Choices make keys.
///
/// # Panics
/// When that does not hold.
pub fn geokeys(data: &[u8]) {
    let mut c = Choices::new(data);
    let mut keys = GeoKeys::default();
    while !c.is_empty() {
        let key = if c.byte() == 255 { c.short() } else { c.pick(&KEYS) };
        let value = match c.below(5) {
            0 => GeoKeyValue::Double((0..c.below(8)).map(|_| c.float()).collect()),
            1 => GeoKeyValue::Ascii(c.text()),
            // Whole degrees and metres are what floats rarely hit.
            2 => GeoKeyValue::Double(vec![f64::from(c.short() as i16)]),
            _ => GeoKeyValue::Short(c.short()),
        };
        keys.set(key, value);
    }
    if let Ok(crs) = Crs::from_geokeys(&keys) {
        use_it(&crs);
    }
}

/// The bytes are a text: any spelling.
///
/// # Panics
/// When that does not hold.
pub fn crs_text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Crs::parse(text) {
        Ok(crs) => use_it(&crs),
        Err(error) => {
            if let Some(crs::Location::Offset(at)) = error.location() {
                assert!(at <= text.len(), "{error}");
            }
        }
    }
}

/// Everything that can be asked of a system that was accepted.
fn use_it(crs: &Crs) {
    let again = |text: &str| Crs::parse(text).unwrap_or_else(|e| panic!("{e} in what was written:\n{text}"));
    let wkt = crs.to_wkt2();
    again(&wkt);
    again(&crs.to_projjson());
    for text in [crs.to_wkt1(), crs.to_esri_wkt()].into_iter().flatten() {
        again(&text);
    }
    if let Ok((text, _)) = crs.to_proj_string() {
        again(&text);
    }
    if let Ok(keys) = crs.to_geokeys() {
        Crs::from_geokeys(&keys).unwrap_or_else(|e| panic!("{e} in keys that were written for\n{wkt}"));
    }
    let _ = (crs.to_string(), crs.area_of_use(), crs.vertical(), crs.is_deprecated(), crs.successor());
    let _ = (crs.name(), crs.kind(), crs.geographic());
    let Ok(wgs84) = Crs::from_epsg(4326) else { return };
    if let Ok(t) = Transformer::new(&wgs84, crs) {
        let (mut x, mut y) =
            ([0.0, 1e300, 179.9, f64::NAN, -1e-300, 10.0], [0.0, 0.0, 89.9, 1.0, -90.0, 50.0]);
        t.transform(&mut x, &mut y);
        t.inverse().transform(&mut x, &mut y);
        let _ = t.transform_bounds([-1.0, -1.0, 1.0, 1.0], 4);
    }
}
