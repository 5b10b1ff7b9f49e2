//! Keys that GDAL 3.10.3 wrote, for every EPSG system and for user-defined ones of every method.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says what it found and what it skipped"
)]

mod common;

use crs::{Crs, ErrorKind, GeoKeyValue, GeoKeys, Transformer};

/// Keys of one record of the reference; none if GDAL wrote none.
fn keys(record: &serde_json::Value) -> Option<GeoKeys> {
    let mut out = GeoKeys::default();
    let version: Vec<u16> =
        record.get("ver")?.as_array()?.iter().map(|v| v.as_u64().unwrap() as u16).collect();
    out.version = (version[0], version[1], version[2]);
    for (key, value) in record["keys"].as_object()? {
        let value = match value {
            serde_json::Value::Number(n) => GeoKeyValue::Short(n.as_u64().unwrap() as u16),
            serde_json::Value::Array(list) => {
                GeoKeyValue::Double(list.iter().map(|v| v.as_f64().unwrap()).collect())
            }
            text => {
                let text = text.as_str().unwrap();
                GeoKeyValue::Ascii(text.strip_suffix('|').unwrap_or(text).to_owned())
            }
        };
        out.set(key.parse().unwrap(), value);
    }
    Some(out)
}

#[test]
fn keys_of_every_epsg_system() {
    let Some(folder) = common::folder() else { return };
    let text = std::fs::read_to_string(folder.join("geokeys.jsonl")).unwrap();
    let (mut total, mut newer, mut bad, mut round) = (0, 0, 0, 0);
    for line in text.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let code = record["code"].as_u64().unwrap() as u32;
        // GDAL writes no keys for two, and cannot name what it reads for some geocentric ones
        let (Some(keys), Some(back)) = (keys(&record), record["back"].as_u64()) else { continue };
        total += 1;
        // the GDAL of the reference has a newer registry than the tables
        let in_keys = [4096, 3072, 2048].into_iter().find_map(|key| match keys.get(key) {
            Some(GeoKeyValue::Short(code)) if *code != 32767 => Some(u32::from(*code)),
            _ => None,
        });
        let expected = [Some(back as u32), in_keys].map(|c| c.and_then(|c| Crs::from_epsg(c).ok()));
        match Crs::from_geokeys(&keys) {
            Ok(crs) if expected.iter().flatten().any(|e| *e == crs) => {
                match crs.to_geokeys().and_then(|k| Crs::from_geokeys(&k)) {
                    // a deprecated code is written as it is, and read as its successor
                    Ok(again) if again == crs || again.epsg() == crs.successor() => round += 1,
                    Ok(again) => println!("{code}: written and read again it is {again}"),
                    Err(e) => println!("{code}: cannot write: {e}"),
                }
            }
            Ok(crs) => {
                println!("{code}: read as {crs}, not EPSG:{back}");
                bad += 1;
            }
            Err(e) if matches!(e.kind(), ErrorKind::UnknownCode | ErrorKind::Unsupported) => {
                assert!(e.location().is_some());
                println!("{code}: {e}");
                newer += 1;
            }
            Err(e) => {
                println!("{code}: {e}");
                bad += 1;
            }
        }
    }
    println!(
        "{} of {total} sets of keys give the same system, {round} come back; {newer} codes are not known",
        total - bad - newer
    );
    assert_eq!((bad, round), (0, total - newer));
    assert!(newer <= 26, "{newer} codes are not known");
}

#[test]
fn keys_of_user_defined_systems() {
    let Some(folder) = common::folder() else { return };
    let text = std::fs::read_to_string(folder.join("geokeys_user.jsonl")).unwrap();
    let mut bad = 0;
    for line in text.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let (name, variant) = (record["name"].as_str().unwrap(), record["var"].as_str().unwrap());
        let (Some(keys), Some(back)) = (keys(&record), record["back"].as_str()) else { continue };
        // what GDAL itself reads from the same keys
        let expected = Crs::parse(back).unwrap_or_else(|e| panic!("{name} {variant}: {e}\n{back}"));
        match Crs::from_geokeys(&keys) {
            Ok(crs) => {
                let gap = gap(&crs, &expected);
                let written = crs.to_geokeys().and_then(|k| Crs::from_geokeys(&k));
                let round = written.as_ref().map_or(f64::NAN, |w| self::gap(w, &crs));
                if crs != expected || gap.max(round) >= 1e-3 || (gap + round).is_nan() {
                    println!(
                        "{name} {variant}: gap {gap} round {round} equal {}\n  {}\n  {back}",
                        crs == expected,
                        crs.to_wkt2()
                    );
                    if let Err(e) = written {
                        println!("  cannot write: {e}");
                    }
                    bad += 1;
                }
            }
            Err(e) => {
                println!("{name} {variant}: {e}");
                bad += 1;
            }
        }
    }
    assert_eq!(bad, 0);
}

/// Largest distance between points of two systems near the middle of the first, each from its own geographic system.
fn gap(a: &Crs, b: &Crs) -> f64 {
    let (Some(ga), Some(gb)) = (a.geographic(), b.geographic()) else { return f64::NAN };
    let centre = Transformer::new(a, &ga).unwrap();
    let (mut x, mut y) = (vec![300_100.0, 500_000.0], vec![-4900.0, 200_000.0]);
    if a.is_geographic() {
        (x, y) = (vec![10.0, -20.0], vec![50.0, -30.0]);
    }
    centre.transform(&mut x, &mut y);
    let (mut ax, mut ay) = (x.clone(), y.clone());
    Transformer::new(&ga, a).unwrap().transform(&mut ax, &mut ay);
    Transformer::new(&gb, b).unwrap().transform(&mut x, &mut y);
    (0..2)
        .filter(|&i| ax[i].is_finite())
        .map(|i| (ax[i] - x[i]).hypot(ay[i] - y[i]))
        .fold(0.0, |m: f64, d| if d > m || d.is_nan() { d } else { m })
}
