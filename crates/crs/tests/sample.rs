//! A small sample of what `reference.rs` checks in full: every method, every base system and every unit once, against
//! PROJ 9.5.1. Runs anywhere; `tools/make_sample.py` made the file.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says what it found and what it skipped"
)]

mod common;

use std::collections::BTreeSet;

use common::{Unit, distance};
use crs::{Crs, Transformer};

/// Systems whose datum operation differs from PROJ's at the point: none but these, by code and reason.
const EXCEPTIONS: [(u32, &str); 0] = [];

#[test]
fn one_point_of_every_method_and_datum_agrees_with_proj() {
    let text = include_str!("sample.tsv");
    let wgs84 = Crs::from_epsg(4326).unwrap();
    let (mut seen, mut bad) = (0, BTreeSet::new());
    for line in text.lines() {
        let (codes, values): (Vec<&str>, Vec<&str>) =
            line.split('\t').enumerate().fold((Vec::new(), Vec::new()), |(mut a, mut b), (i, field)| {
                if i < 2 {
                    a.push(field)
                } else {
                    b.push(field)
                }
                (a, b)
            });
        let v: Vec<f64> = values.iter().map(|s| s.parse().unwrap()).collect();
        let (code, base): (u32, u32) = (codes[0].parse().unwrap(), codes[1].parse().unwrap());
        let (crs, own) = (Crs::from_epsg(code).unwrap(), Crs::from_epsg(base).unwrap());
        let (metres, degrees) =
            (crs.metres_per_unit().unwrap(), own.radians_per_unit().unwrap().to_degrees());
        let maths = Transformer::new(&own, &crs).unwrap();
        let datum = Transformer::new(&wgs84, &crs).unwrap();
        let back = Transformer::new(&crs, &wgs84).unwrap();
        let point = |t: &Transformer, x: f64, y: f64| t.transform_point(x, y).unwrap_or((f64::NAN, f64::NAN));
        let gaps = [
            distance(point(&maths, v[0], v[1]), (v[2], v[3]), Unit::Metres(metres)),
            distance(point(&maths.inverse(), v[2], v[3]), (v[0], v[1]), Unit::Degrees(degrees)),
            distance(point(&datum, v[4], v[5]), (v[6], v[7]), Unit::Metres(metres)),
            distance(point(&datum.inverse(), v[6], v[7]), (v[4], v[5]), Unit::Degrees(1.0)),
            distance(point(&back, v[6], v[7]), (v[8], v[9]), Unit::Degrees(1.0)),
        ];
        seen += 1;
        // PROJ's own inverses of some projections are approximations
        let limits = [1e-3, 1e-3, 1e-3, 1e-3, if crs.name().contains("Laborde") { 0.05 } else { 2e-3 }];
        if gaps.iter().zip(limits).any(|(gap, limit)| gap.is_nan() || *gap >= limit) {
            println!("EPSG:{code} {}: {gaps:?} m", crs.name());
            bad.insert(code);
        }
    }
    assert!(seen > 400, "{seen}");
    let expected: BTreeSet<u32> = EXCEPTIONS.iter().map(|e| e.0).collect();
    assert_eq!(bad, expected);
}
