//! What fuzzing found: a definition may state any code; what is written from it can be read.

use crs::{Crs, ErrorKind, GeoKeyValue, Transformer};

fn utm() -> String {
    Crs::from_epsg(32633).unwrap().to_wkt2()
}

#[test]
fn codes_that_the_registry_does_not_have_are_not_written_to_keys() {
    // nothing, a vertical system, a geographic one, a compound one
    for code in [1028, 5214, 4326, 7405, 32633] {
        let text = utm().replace("ID[\"EPSG\",32633]", &format!("ID[\"EPSG\",{code}]"));
        let crs = Crs::parse(&text).unwrap();
        let keys = crs.to_geokeys().unwrap();
        let again = Crs::from_geokeys(&keys).unwrap_or_else(|e| panic!("EPSG:{code}: {e}"));
        assert!(again.is_projected());
        let stated = keys.get(3072) == Some(&GeoKeyValue::Short(32633));
        assert_eq!(stated, code == 32633, "EPSG:{code}");
    }
    for (from, to) in [("ID[\"EPSG\",9001]", "ID[\"EPSG\",9102]"), ("ID[\"EPSG\",4326]", "ID[\"EPSG\",4978]")]
    {
        let text = utm().replace(from, to);
        if let Ok(crs) = Crs::parse(&text) {
            Crs::from_geokeys(&crs.to_geokeys().unwrap()).unwrap();
        }
    }
}

#[test]
fn prime_meridians_lie_on_the_globe() {
    let refused = |text: &str| assert_eq!(Crs::parse(text).expect_err(text).kind(), ErrorKind::Malformed);
    let paris = Crs::from_epsg(4807).unwrap();
    let wkt = paris.to_wkt2();
    let json = paris.to_projjson();
    assert!(wkt.contains("2.5969213") && json.contains("2.5969213"), "{wkt}\n{json}");
    refused(&wkt.replace("2.5969213", "600000"));
    refused(&json.replace("2.5969213", "600000"));
    refused("+proj=longlat +ellps=GRS80 +pm=600000");
    assert!(Crs::parse("+proj=longlat +ellps=GRS80 +pm=-359").is_ok());
}

#[test]
fn wkt1_has_other_meridians_in_the_unit_of_the_system() {
    let place = |text: &str| {
        let crs = Crs::parse(text).unwrap_or_else(|e| panic!("{e}: {text}"));
        let wgs84 = Crs::from_epsg(4326).unwrap();
        let (mut x, mut y) = ([1.0], [0.5]);
        Transformer::new(&crs, &wgs84).unwrap().transform(&mut x, &mut y);
        (x[0], y[0])
    };
    let text = |meridian: &str, unit: &str| {
        format!(
            "GEOGCS[\"x\",DATUM[\"x\",SPHEROID[\"x\",6378249.2,293.46]],PRIMEM[\"x\",{meridian}],UNIT[{unit}]]"
        )
    };
    // 2.5 grads are 2.25 degrees; Paris stays in degrees, as GDAL and Esri write it
    for (meridian, unit, longitude) in [
        ("2.5", "\"grad\",0.015707963267949", 2.25),
        ("0.05", "\"radian\",1", 2.864788975654116),
        ("2.5", "\"degree\",0.0174532925199433", 2.5),
        ("2.33722917", "\"grad\",0.015707963267949", 2.33722917),
        ("2.5969213", "\"grad\",0.015707963267949", 2.33722917),
    ] {
        let crs = Crs::parse(&text(meridian, unit)).unwrap();
        let expected = place(&crs.to_wkt2());
        let factor: f64 = unit.split(',').nth(1).unwrap().parse().unwrap();
        assert!(
            (expected.0 - longitude - factor.to_degrees()).abs() < 1e-9,
            "{meridian} {unit}: {expected:?}"
        );
        for written in [crs.to_wkt1().unwrap(), crs.to_esri_wkt().unwrap()] {
            let found = place(&written);
            assert!((found.0 - expected.0).abs() < 1e-9, "{found:?}, not {expected:?}: {written}");
        }
    }
}

#[test]
fn names_may_hold_anything() {
    for name in [
        "+init=epsg:4326",
        "+proj=utm",
        "{",
        "a [b] (c)",
        "EPSG:1",
        "http://www.opengis.net/def/crs/EPSG/0/4326",
    ] {
        let text = utm().replace("UTM zone 33N", name);
        assert_eq!(
            Crs::parse(&text).unwrap().to_wkt2().matches(name).count(),
            text.matches(name).count(),
            "{name}"
        );
    }
}

#[test]
fn datum_shifts_are_numbers() {
    assert_eq!(
        Crs::parse("+proj=longlat +ellps=bessel +towgs84=nan,1,inf").unwrap_err().kind(),
        ErrorKind::Malformed
    );
    let mut keys = Crs::parse("+proj=longlat +ellps=bessel +towgs84=1,2,3").unwrap().to_geokeys().unwrap();
    assert!(Crs::from_geokeys(&keys).unwrap().to_wkt1().unwrap().contains("TOWGS84[1,2,3"));
    keys.set(2062, GeoKeyValue::Double(vec![f64::NAN, 2.0, 3.0]));
    assert!(!Crs::from_geokeys(&keys).unwrap().to_wkt1().unwrap().contains("TOWGS84"));
}

#[test]
fn units_are_possible() {
    let degrees = Crs::from_epsg(4326).unwrap();
    let (wkt, json) = (degrees.to_wkt2(), utm());
    for text in [
        wkt.replace("ANGLEUNIT[\"degree\",0.017453292519943295", "ANGLEUNIT[\"degree\",925199433"),
        json.replace("LENGTHUNIT[\"metre\",1", "LENGTHUNIT[\"metre\",1e10"),
        "+proj=merc +ellps=GRS80 +to_meter=1e10".to_owned(),
    ] {
        assert_eq!(Crs::parse(&text).expect_err(&text).kind(), ErrorKind::Malformed);
    }
}

#[test]
fn projected_systems_have_two_axes() {
    for text in ["+proj=tmerc +ellps=GRS80 +axis=", "+proj=tmerc +ellps=GRS80 +axis=e"] {
        assert_eq!(Crs::parse(text).expect_err(text).kind(), ErrorKind::Malformed);
    }
}
