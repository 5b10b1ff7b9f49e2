//! Text and keys from people who mean harm, or from broken programs: an error that says where, never a panic.

use crs::{Crs, ErrorKind, GeoKeyValue, GeoKeys, Location, Transformer};

const UTM: &str = r#"PROJCS["x",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",9],PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1]]"#;

/// The error of a text, which must say where.
fn refused(text: &str) -> ErrorKind {
    let error = Crs::parse(text).expect_err(text);
    assert!(error.location().is_some() || error.kind() == ErrorKind::Limit, "{text}: {error}");
    if let Some(Location::Offset(at)) = error.location() {
        assert!(at <= text.len(), "{error}");
    }
    error.kind()
}

/// Everything that can be asked of a system that was accepted.
fn use_it(crs: &Crs) {
    let _ = (crs.to_wkt2(), crs.to_wkt1(), crs.to_esri_wkt(), crs.to_projjson(), crs.to_proj_string());
    let _ = (crs.to_geokeys(), crs.to_string(), crs.area_of_use(), crs.vertical(), crs.is_deprecated());
    if let Ok(t) = Transformer::new(&Crs::from_epsg(4326).unwrap(), crs) {
        let (mut x, mut y) = ([0.0, 1e300, 179.9, f64::NAN, -1e-300], [0.0, 0.0, 89.9, 1.0, -90.0]);
        t.transform(&mut x, &mut y);
        t.inverse().transform(&mut x, &mut y);
        let _ = t.transform_bounds([-1.0, -1.0, 1.0, 1.0], 4);
    }
}

#[test]
fn malformed_text_says_where() {
    assert_eq!(refused(""), ErrorKind::Malformed);
    assert_eq!(refused("nonsense"), ErrorKind::Malformed);
    assert_eq!(refused("EPSG:99999999"), ErrorKind::UnknownCode);
    assert_eq!(refused("EPSG:-1"), ErrorKind::Malformed);
    assert_eq!(refused("EPSG:1"), ErrorKind::UnknownCode);
    assert_eq!(refused("GEOGCS["), ErrorKind::Malformed);
    assert_eq!(refused("GEOGCS[\"never closed"), ErrorKind::Malformed);
    assert_eq!(refused("GEOGCS[\"x\",DATUM[\"d\",SPHEROID[\"s\",\"a\",300]]]"), ErrorKind::Malformed);
    assert_eq!(refused("GEOGCS[\"x\",DATUM[\"d\",SPHEROID[\"s\",1e999,300]]]"), ErrorKind::Malformed);
    assert_eq!(refused("GEOGCS[\"x\",DATUM[\"d\",SPHEROID[\"s\",-6378137,300]]]"), ErrorKind::Invalid);
    assert_eq!(refused("GEOGCS[\"x\",DATUM[\"d\",SPHEROID[\"s\",6378137,1.2]]]"), ErrorKind::Invalid);
    assert_eq!(refused("UNKNOWN_CS[\"x\"]"), ErrorKind::Unsupported);
    assert_eq!(refused("{"), ErrorKind::Malformed);
    assert_eq!(refused("{\"type\":\"ProjectedCRS\"}"), ErrorKind::Malformed);
    assert_eq!(refused("{\"type\":7}"), ErrorKind::Malformed);
    assert_eq!(refused("{\"type\":\"x\\ud800\"}"), ErrorKind::Unsupported);
    assert_eq!(refused("+proj=nothing"), ErrorKind::Unsupported);
    assert_eq!(refused("+proj=utm +zone=61"), ErrorKind::Malformed);
    assert_eq!(refused("+proj=tmerc +lat_0=abc"), ErrorKind::Malformed);
    assert_eq!(refused("+proj=pipeline +step +proj=utm +zone=1"), ErrorKind::Malformed);
    assert_eq!(refused("+proj=longlat +a=1e400"), ErrorKind::Malformed);
    assert_eq!(refused("+proj=lcc +lat_1=30 +lat_2=-30"), ErrorKind::Invalid);
    assert_eq!(refused("+proj=tmerc +k=0"), ErrorKind::Invalid);
    assert_eq!(refused("+proj=longlat +towgs84=1,2"), ErrorKind::Malformed);
}

#[test]
fn the_place_is_that_of_the_fault() {
    let at = |text: &str| Crs::parse(text).unwrap_err().location();
    let broken = UTM.replace("\"Transverse_Mercator\"", "\"Transverse_Martian\"");
    assert_eq!(at(&broken), Some(Location::Offset(broken.find("PROJECTION").unwrap())));
    let broken = UTM.replace("6378137,", "63x78137,");
    assert_eq!(at(&broken), Some(Location::Offset(broken.find("63x").unwrap())));
    let padded = format!("   \n{broken}");
    assert_eq!(at(&padded), Some(Location::Offset(padded.find("63x").unwrap())));
    let json = Crs::from_epsg(32633).unwrap().to_projjson().replace("\"value\":500000", "\"value\":\"far\"");
    assert_eq!(at(&json), Some(Location::Offset(json.find("\"far\"").unwrap())));
}

#[test]
fn deep_nesting_and_long_text_end_in_a_limit() {
    assert_eq!(refused(&"A[".repeat(100_000)), ErrorKind::Limit);
    assert_eq!(refused(&format!("{{\"type\":{}", "[".repeat(100_000))), ErrorKind::Limit);
    assert_eq!(refused(&format!("GEOGCS[{}\"x\"]", "1,".repeat(50_000))), ErrorKind::Limit);
    assert_eq!(refused(&format!("[{}]", "0,".repeat(50_000))), ErrorKind::Malformed);
    assert_eq!(refused(&"x".repeat(2 << 20)), ErrorKind::Limit);
    let nested = format!(
        "COMPD_CS[\"a\",{},VERT_CS[\"v\",VERT_DATUM[\"d\",2005],UNIT[\"m\",1]]]",
        "COMPD_CS[\"a\",GEOGCS[\"x\"]]"
    );
    assert_eq!(refused(&nested), ErrorKind::Malformed);
}

#[test]
fn every_prefix_and_every_changed_byte_is_survived() {
    let crs = Crs::from_epsg(27572).unwrap();
    let texts = [
        UTM.to_owned(),
        crs.to_wkt2(),
        crs.to_esri_wkt().unwrap(),
        crs.to_projjson(),
        crs.to_proj_string().unwrap().0,
        Crs::from_epsg(7405).unwrap().to_wkt2(),
    ];
    // a plain generator of pseudo-random numbers, the same in every run
    let mut state = 1u64;
    let mut random = move |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    for text in &texts {
        for end in (0..text.len()).filter(|&i| text.is_char_boundary(i)) {
            let _ = Crs::parse(&text[..end]);
        }
        for _ in 0..300 {
            let mut bytes = text.clone().into_bytes();
            for _ in 0..1 + random(3) {
                let at = random(bytes.len());
                match random(4) {
                    0 => bytes[at] = b"0-.\"[],{}e9"[random(11)],
                    1 => drop(bytes.remove(at)),
                    2 => bytes.insert(at, b"0-.\"[],{}e9"[random(11)]),
                    _ => {
                        let to = (at + random(40)).min(bytes.len());
                        let piece = bytes[at..to].to_vec();
                        bytes.splice(at..at, piece);
                    }
                }
            }
            if let Ok(crs) = Crs::parse(&String::from_utf8_lossy(&bytes)) {
                use_it(&crs);
            }
        }
    }
}

#[test]
fn keys_of_every_wrong_kind_are_survived() {
    let good = Crs::parse(UTM).unwrap();
    let mut user = good.to_geokeys().unwrap();
    // as user-defined, so that every part is read
    user.set(3072, GeoKeyValue::Short(32767));
    for (code, value) in [(3075, 1), (3074, 32767), (2048, 32767), (2050, 32767), (2056, 32767), (1024, 1)] {
        user.set(code, GeoKeyValue::Short(value));
    }
    let values = [
        GeoKeyValue::Short(0),
        GeoKeyValue::Short(1),
        GeoKeyValue::Short(32767),
        GeoKeyValue::Short(65535),
        GeoKeyValue::Double(vec![]),
        GeoKeyValue::Double(vec![f64::NAN]),
        GeoKeyValue::Double(vec![-1e308, 1e308]),
        GeoKeyValue::Double(vec![0.0]),
        GeoKeyValue::Ascii(String::new()),
        GeoKeyValue::Ascii("ESRI PE String = PROJCS[".to_owned()),
        GeoKeyValue::Ascii("|||GCS Name = |Datum = ".to_owned()),
    ];
    let keys = (1024..=1026).chain(2048..=2062).chain(3059..=3096).chain(4096..=4099).chain([5120]);
    for key in keys {
        for value in &values {
            for base in [&user, &good.to_geokeys().unwrap(), &GeoKeys::default()] {
                let mut keys = base.clone();
                keys.set(key, value.clone());
                match Crs::from_geokeys(&keys) {
                    Ok(crs) => use_it(&crs),
                    Err(e) => assert!(
                        matches!(e.location(), Some(Location::Key(_) | Location::Epsg(_))),
                        "{key} {value:?}: {e}"
                    ),
                }
            }
        }
    }
    let none = Crs::from_geokeys(&GeoKeys::default()).unwrap_err();
    assert_eq!((none.kind(), none.location()), (ErrorKind::Malformed, Some(Location::Key(1024))));
}

#[test]
fn every_registered_code_can_be_asked_everything() {
    for code in (1024..32768).step_by(if cfg!(debug_assertions) { 7 } else { 1 }) {
        if let Ok(crs) = Crs::from_epsg(code) {
            use_it(&crs);
        }
    }
}
