//! Every EPSG projected system against PROJ 9.5.1: 25 points each, both ways.
//!
//! Runs where the reference is; `sample.rs` always runs.

mod common;

use std::fmt::Write as _;

use common::{Unit, worst};
use crs::{Crs, Transformer};

#[test]
fn every_projected_system_agrees_with_proj() {
    let Some(folder) = common::folder() else { return };
    let cases = common::cases(&folder);
    let [base, proj, wgs, refd] =
        ["base.f64", "proj.f64", "wgs.f64", "refd.f64"].map(|n| common::points(&folder, n));
    let wgs84 = Crs::from_epsg(4326).unwrap();
    let mut bad = [0usize; 4];
    let mut table = String::new();
    for (i, c) in cases.iter().enumerate() {
        let errors = Crs::from_epsg(c.code).and_then(|crs| {
            let own = Crs::from_epsg(c.base)?;
            let maths = Transformer::new(&own, &crs)?;
            let datum = Transformer::new(&wgs84, &crs)?;
            Ok([
                worst(&maths, &base, &proj, i, Unit::Metres(c.metres)),
                worst(&maths.inverse(), &proj, &base, i, Unit::Degrees(c.degrees)),
                worst(&datum, &wgs, &refd, i, Unit::Metres(c.metres)),
                worst(&datum.inverse(), &refd, &wgs, i, Unit::Degrees(1.0)),
            ])
        });
        let reason = errors.as_ref().err().map(ToString::to_string);
        let errors = errors.unwrap_or([f64::INFINITY; 4]);
        for (count, e) in bad.iter_mut().zip(errors) {
            *count += usize::from(e >= 1e-3);
        }
        if errors.iter().any(|&e| e >= 1e-3) {
            let e = errors.map(|e| format!("{e:.3e}")).join("\t");
            writeln!(table, "{}\t{}\t{e}\t{}", c.code, c.method, reason.unwrap_or_default()).unwrap();
        }
    }
    let share = bad.map(|b| 100.0 * (1.0 - b as f64 / cases.len() as f64));
    println!("{table}");
    println!(
        "within 1 mm: maths {:.2} % / {:.2} %, from EPSG:4326 {:.2} % / {:.2} %",
        share[0], share[1], share[2], share[3]
    );
    assert!(share[0] >= 99.8 && share[1] >= 99.8, "projection mathematics: {share:?}");
    assert!(share[2] >= 99.3 && share[3] >= 99.3, "from EPSG:4326: {share:?}");
}
