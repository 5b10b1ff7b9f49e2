//! WKT1 (GDAL, Esri), WKT2 and PROJJSON of every EPSG projected system, codes taken out: the same system comes back.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says what it found and what it skipped"
)]

mod common;

use std::io::Read as _;

use common::{Unit, worst};
use crs::{Crs, Transformer};

/// `AUTHORITY[...]` and `ID[...]` out of WKT.
fn without_ids(wkt: &str) -> String {
    let mut out = wkt.to_owned();
    for keyword in [",AUTHORITY[", ",ID["] {
        while let Some(start) = out.find(keyword) {
            let end = out[start..].find(']').unwrap() + start;
            out.replace_range(start..=end, "");
        }
    }
    out
}

fn without_json_ids(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(map) => {
            map.remove("id");
            map.values_mut().for_each(without_json_ids);
        }
        serde_json::Value::Array(list) => list.iter_mut().for_each(without_json_ids),
        _ => {}
    }
}

#[test]
fn definitions_without_codes_give_the_same_points() {
    let Some(folder) = common::folder() else { return };
    let cases = common::cases(&folder);
    let [base, proj] = ["base.f64", "proj.f64"].map(|n| common::points(&folder, n));
    let mut text = String::new();
    let file = std::fs::File::open(folder.join("defs.jsonl.gz")).unwrap();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let names = ["wkt1", "esri", "wkt2", "projjson"];
    let (mut total, mut good, mut sampled, mut identified, mut datum_same) =
        ([0; 4], [0; 4], [0; 4], [0; 4], [0; 4]);
    for (i, (line, case)) in text.lines().zip(&cases).enumerate() {
        let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(record["code"].as_u64(), Some(u64::from(case.code)));
        let mut projjson: serde_json::Value =
            serde_json::from_str(record["projjson"].as_str().unwrap()).unwrap();
        without_json_ids(&mut projjson);
        record["projjson"] = projjson.to_string().into();
        let epsg = Crs::from_epsg(case.code).unwrap();
        for (k, name) in names.iter().enumerate() {
            let definition = without_ids(record[name].as_str().unwrap());
            if definition.is_empty() {
                continue;
            }
            total[k] += 1;
            let outcome = Crs::parse(&definition).and_then(|crs| {
                let own = crs.geographic().unwrap();
                let distance =
                    worst(&Transformer::new(&own, &crs)?, &base, &proj, i, Unit::Metres(case.metres));
                Ok((distance, crs))
            });
            match outcome {
                Ok((distance, crs)) if distance < 1e-3 => {
                    good[k] += 1;
                    datum_same[k] += usize::from(crs.geographic() == epsg.geographic());
                    // the search takes a millisecond
                    if i % 10 == 0 {
                        sampled[k] += 1;
                        let found = crs.identify();
                        identified[k] +=
                            usize::from(found.is_some_and(|c| Crs::from_epsg(c).unwrap() == epsg));
                    }
                }
                Ok((distance, _)) => println!("{}\t{name}\t{}\t{distance:.3e}", case.code, case.method),
                Err(e) => println!("{}\t{name}\t{}\t{e}", case.code, case.method),
            }
        }
    }
    for k in 0..4 {
        println!(
            "{}: {}/{} = {:.2} % the same points, {} the same geographic system, {} of {} identified",
            names[k],
            good[k],
            total[k],
            100.0 * good[k] as f64 / total[k] as f64,
            datum_same[k],
            identified[k],
            sampled[k]
        );
    }
    for k in 0..4 {
        assert!(good[k] as f64 >= 0.99 * total[k] as f64, "{}", names[k]);
    }
}

#[test]
fn what_is_written_reads_back_as_the_same_system() {
    let Some(folder) = common::folder() else { return };
    let cases = common::cases(&folder);
    let names = ["WKT2", "WKT1", "Esri WKT1", "PROJJSON", "PROJ string"];
    let (mut total, mut good, mut stable) = ([0; 5], [0; 5], [0; 5]);
    for case in &cases {
        let crs = Crs::from_epsg(case.code).unwrap();
        let write = |crs: &Crs| {
            [
                Some(crs.to_wkt2()),
                crs.to_wkt1().ok(),
                crs.to_esri_wkt().ok(),
                Some(crs.to_projjson()),
                crs.to_proj_string().ok().map(|s| s.0),
            ]
        };
        for (k, text) in write(&crs).into_iter().enumerate() {
            let Some(text) = text else { continue };
            total[k] += 1;
            match Crs::parse(&text) {
                Ok(back) => {
                    // a PROJ string keeps no datum: compare the projections
                    let same = if k == 4 { same_map(&crs, &back) } else { back == crs };
                    good[k] += usize::from(same);
                    let again = write(&back)[k].clone();
                    stable[k] += usize::from(again.as_ref() == Some(&text));
                    if !same {
                        println!("{}\t{}\t{}\n\t{text}", case.code, names[k], case.method);
                    } else if again.as_ref() != Some(&text) && stable[k] + 5 > good[k] {
                        println!(
                            "{}\t{} changes\n\t{text}\n\t{}",
                            case.code,
                            names[k],
                            again.unwrap_or_default()
                        );
                    }
                }
                Err(e) => println!("{}\t{}\t{e}\n\t{text}", case.code, names[k]),
            }
        }
    }
    for k in 0..5 {
        println!("{}: {} of {} come back the same, {} to the letter", names[k], good[k], total[k], stable[k]);
    }
    for k in 0..5 {
        assert!(good[k] as f64 >= 0.99 * total[k] as f64, "{}", names[k]);
    }
}

/// Whether two projected systems put the same longitudes and latitudes at the same coordinates.
fn same_map(a: &Crs, b: &Crs) -> bool {
    let (ga, gb) = (a.geographic().unwrap(), b.geographic().unwrap());
    let Some(area) = a.area_of_use() else { return true };
    let factor = ga.radians_per_unit().unwrap() / gb.radians_per_unit().unwrap();
    let (Ok(ta), Ok(tb)) = (Transformer::new(&ga, a), Transformer::new(&gb, b)) else { return false };
    let lon = 0.5 * (area.west + area.east + if area.west > area.east { 360.0 } else { 0.0 });
    let (x, y) = (
        lon / ga.radians_per_unit().unwrap().to_degrees(),
        area.south / ga.radians_per_unit().unwrap().to_degrees(),
    );
    match (ta.transform_point(x, y), tb.transform_point(x * factor, y * factor)) {
        (Some(p), Some(q)) => (p.0 - q.0).hypot(p.1 - q.1) < 1e-3,
        (p, q) => p == q,
    }
}
