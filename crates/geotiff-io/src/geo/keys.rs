//! GeoKeys (OGC 19-008r4, chapter 7): from the three tags to typed keys, and from keys to a CRS.

use crate::tiff::{
    directory::{Directory, TiffFile},
    entry::text,
    tag,
};
use crs::{Crs, GeoKeyValue, GeoKeys};
use raster_core::{CrsRef, Error, Result};

/// GTModelTypeGeoKey: 1 projected, 2 geographic, 3 geocentric.
const MODEL_TYPE: u16 = 1024;
/// GTRasterTypeGeoKey: 1 pixel is area, 2 pixel is point.
const RASTER_TYPE: u16 = 1025;
const GEODETIC_CRS: u16 = 2048;
const PROJECTED_CRS: u16 = 3072;
const VERTICAL: u16 = 4096;
const VERTICAL_DATUM: u16 = 4098;
const VERTICAL_UNIT: u16 = 4099;
/// Keys that describe parts of a CRS; where one stands beside an EPSG code, both have to be compared.
const CITATIONS: [u16; 4] = [1026, 2049, 3073, 4097];
/// Codes from here on are "user defined" and private.
const USER_DEFINED: u16 = 32767;

/// The keys of a directory; `None` when it has none.
///
/// # Errors
/// `Malformed` when the directory of keys is cut off or of an unknown version, `Limit` when the values of all keys
/// together have more bytes than a tag may. A key whose value lies outside
/// its tag is left out, as in libgeotiff.
pub(crate) fn read(file: &TiffFile, directory: &Directory) -> Result<Option<GeoKeys>> {
    let Some(entry) = directory.entry(tag::GEO_KEY_DIRECTORY) else { return Ok(None) };
    let words = file.unsigned(entry)?;
    let at = |e: Error| e.at_tag(entry.tag).at_offset(entry.offset);
    let [version, revision, minor, count, ref rest @ ..] = words[..] else {
        return Err(at(Error::malformed(format!("{} numbers, expected at least 4", words.len()))));
    };
    if version != 1 {
        return Err(at(Error::malformed(format!("GeoKeys of version {version}, expected 1"))));
    }
    let doubles = file.floats(directory, tag::GEO_DOUBLE_PARAMS)?.unwrap_or_default();
    let texts = match directory.entry(tag::GEO_ASCII_PARAMS) {
        Some(entry) => file.value_bytes(entry)?,
        None => bytes::Bytes::new(),
    };
    let mut entries = Vec::new();
    // Keys may share their texts and numbers, but not so often that a small file becomes a large list.
    let mut kept = 0;
    for key in rest.chunks_exact(4).take(count as usize) {
        let (id, place, length, value) = (key[0] as u16, key[1], key[2] as usize, key[3] as usize);
        let range = value..value.saturating_add(length);
        let value = match place {
            0 => GeoKeyValue::Short(value as u16),
            p if p == u64::from(tag::GEO_DOUBLE_PARAMS) => match doubles.get(range) {
                Some(v) if !v.is_empty() => GeoKeyValue::Double(v.to_vec()),
                _ => continue,
            },
            p if p == u64::from(tag::GEO_ASCII_PARAMS) => {
                match texts.get(range.start..range.end.min(texts.len())) {
                    Some(t) => GeoKeyValue::Ascii(text(t).trim_end_matches('|').to_owned()),
                    None => continue,
                }
            }
            _ => continue,
        };
        kept += match &value {
            GeoKeyValue::Short(_) => 0,
            GeoKeyValue::Double(v) => size_of_val(&v[..]),
            GeoKeyValue::Ascii(v) => v.len(),
        };
        file.limits.check_tag(kept as u64).map_err(at)?;
        entries.push((id, value));
    }
    entries.sort_by_key(|(id, _)| *id);
    Ok(Some(GeoKeys { entries, version: (version as u16, revision as u16, minor as u16) }))
}

fn short(keys: &GeoKeys, id: u16) -> Option<u16> {
    keys.entries.iter().find_map(|(k, v)| match v {
        GeoKeyValue::Short(v) if *k == id => Some(*v),
        _ => None,
    })
}

/// Do coordinates belong to the centre of a pixel?
pub(crate) fn pixel_is_point(keys: &GeoKeys) -> bool {
    short(keys, RASTER_TYPE) == Some(2)
}

/// AREA_OR_POINT, if the keys state it.
pub(crate) fn area_or_point(keys: &GeoKeys) -> Option<&'static str> {
    match short(keys, RASTER_TYPE)? {
        1 => Some("Area"),
        2 => Some("Point"),
        _ => None,
    }
}

/// Are heights stated to be those above the WGS 84 ellipsoid: code 5030 of GeoTIFF 1.0, or its datum?
fn ellipsoidal(keys: &GeoKeys) -> bool {
    match short(keys, VERTICAL) {
        Some(5030) => true,
        Some(USER_DEFINED) => short(keys, VERTICAL_DATUM) == Some(6030),
        _ => false,
    }
}

/// The unit of heights, if the keys say what heights are: it is the unit of elevations that state none.
pub(crate) fn vertical_unit(keys: &GeoKeys) -> Option<String> {
    let stated = match short(keys, VERTICAL_UNIT) {
        Some(9001) => Some("metre".to_owned()),
        Some(9002) => Some("foot".to_owned()),
        Some(9003) => Some("US survey foot".to_owned()),
        _ => None,
    };
    // A 3D system has its unit itself.
    if ellipsoidal(keys) {
        return None;
    }
    // Other ellipsoids of GeoTIFF 1.0: a height above something, in metres unless stated.
    if matches!(short(keys, VERTICAL), Some(5001..=5033)) {
        return stated.or_else(|| Some("metre".to_owned()));
    }
    match Crs::from_geokeys(keys) {
        Ok(crs) => stated.or_else(|| Some(crs.vertical()?.unit_name)),
        // Keys that are no system at all may still state a unit; those of an impossible system do not count.
        Err(_) => stated.filter(|_| short(keys, MODEL_TYPE).is_none()),
    }
}

/// The coordinate system that the keys state: an EPSG code where one is stated and nothing stands beside it
/// that could change it, else a definition built from the keys, else (when that is not possible) the code
/// that is stated.
pub(crate) fn crs(keys: &GeoKeys) -> Option<CrsRef> {
    let stated = stated_epsg(keys);
    let plain = keys.entries.iter().all(|(id, value)| {
        let described = (2048..=5120).contains(id) && *id != PROJECTED_CRS && *id != GEODETIC_CRS;
        !described || CITATIONS.contains(id) || harmless(keys, *id, value)
    });
    if let (Some(code), true) = (stated, plain) {
        // What replaces a deprecated code, as in GDAL.
        let successor = Crs::from_epsg(code).ok().and_then(|crs| crs.successor());
        return Some(CrsRef::Epsg(successor.unwrap_or(code)));
    }
    match Crs::from_geokeys(keys) {
        // Only what the keys state: which code a definition amounts to is for `Crs::identify`, on demand.
        Ok(crs) => Some(crs.epsg().map_or_else(|| CrsRef::definition(&crs.to_wkt2()), CrsRef::Epsg)),
        Err(_) => stated.map(CrsRef::Epsg),
    }
}

/// Keys that GDAL writes beside an EPSG code and that say the same again: units and ellipsoid.
fn harmless(keys: &GeoKeys, id: u16, value: &GeoKeyValue) -> bool {
    match id {
        // Degree and metre are what most codes have; other units may be an override.
        2054 => *value == GeoKeyValue::Short(9102),
        3076 => *value == GeoKeyValue::Short(9001),
        2057 | 2058 | 2059 | 2061 => short(keys, GEODETIC_CRS).is_some_and(|c| c < USER_DEFINED),
        _ => false,
    }
}

/// The EPSG code in the key of the projected or the geodetic system; where the model is a projected one, the
/// code of its base alone says nothing.
fn stated_epsg(keys: &GeoKeys) -> Option<u32> {
    let code = |id| short(keys, id).filter(|&c| (1024..USER_DEFINED).contains(&c)).map(u32::from);
    match short(keys, MODEL_TYPE) {
        Some(1) => code(PROJECTED_CRS),
        Some(2 | 3) => code(GEODETIC_CRS),
        _ => code(PROJECTED_CRS).or_else(|| code(GEODETIC_CRS)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys that amount to EPSG:32633 without saying so.
    fn unnamed_utm() -> GeoKeys {
        let mut keys = GeoKeys::default();
        for (key, code) in [(1024, 1), (2048, 4326), (3072, 32767), (3074, 32767), (3075, 1), (3076, 9001)] {
            keys.set(key, GeoKeyValue::Short(code));
        }
        for (key, number) in [(3081, 0.0), (3080, 15.0), (3092, 0.9996), (3082, 500_000.0), (3083, 0.0)] {
            keys.set(key, GeoKeyValue::Double(vec![number]));
        }
        keys
    }

    #[test]
    fn only_a_code_that_is_stated_is_stated() {
        let found = crs(&unnamed_utm()).unwrap();
        assert_eq!(found.epsg(), None);
        let CrsRef::Definition(text) = found else { panic!("a code out of nowhere") };
        assert_eq!(Crs::parse(&text).unwrap().identify(), Some(32633));
        let mut named = unnamed_utm();
        named.set(3072, GeoKeyValue::Short(32633));
        assert_eq!(crs(&named).unwrap().epsg(), Some(32633));
    }
}
