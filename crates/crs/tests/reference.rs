//! Every EPSG projected system against PROJ 9.5.1: 25 points each, both ways.
//!
//! Runs where the reference is; `sample.rs` always runs.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says what it found and what it skipped"
)]

mod common;

use std::fmt::Write as _;

use common::{Unit, worst};
use crs::{Crs, ErrorKind, Transformer};

/// The table of all that is not within 1 mm, kept beside the code. `CRS_BLESS=1` writes it anew.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/accuracy.md");

/// Why a system is in the table.
fn reason(code: u32) -> &'static str {
    match code {
        2075 => {
            "one point lies on the edge between the areas of two operations: on the way back it is on the other side"
        }
        _ => "",
    }
}

#[test]
fn every_projected_system_agrees_with_proj() {
    let Some(folder) = common::folder() else { return };
    let cases = common::cases(&folder);
    let [base, proj, wgs, refd] =
        ["base.f64", "proj.f64", "wgs.f64", "refd.f64"].map(|n| common::points(&folder, n));
    let wgs84 = Crs::from_epsg(4326).unwrap();
    let mut bad = [0usize; 4];
    let mut rows = String::new();
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
        let why = errors.as_ref().map_or_else(ToString::to_string, |_| reason(c.code).to_owned());
        let errors = errors.unwrap_or([f64::INFINITY; 4]);
        for (count, e) in bad.iter_mut().zip(errors) {
            *count += usize::from(e >= 1e-3);
        }
        if errors.iter().any(|&e| e >= 1e-3) {
            let e =
                errors.map(|e| if e < 1e-3 { "< 1 mm".to_owned() } else { format!("{e:.2} m") }).join(" | ");
            writeln!(rows, "| {} | {} | {e} | {why} |", c.code, c.method).unwrap();
        }
    }
    let share = bad.map(|b| 100.0 * (1.0 - b as f64 / cases.len() as f64));
    let shares = share.map(|s| format!("{s:.2} %"));
    println!(
        "within 1 mm: maths {} / {}, from EPSG:4326 {} / {}\n{rows}",
        shares[0], shares[1], shares[2], shares[3]
    );
    assert!(share[0] >= 99.8 && share[1] >= 99.8, "projection mathematics: {share:?}");
    assert!(share[2] >= 99.3 && share[3] >= 99.3, "from EPSG:4326: {share:?}");

    let table = table(cases.len(), &shares, &rows);
    if std::env::var_os("CRS_BLESS").is_some() {
        std::fs::write(TABLE, &table).unwrap();
    }
    let kept = std::fs::read_to_string(TABLE).unwrap_or_default();
    assert!(
        kept == table,
        "docs/accuracy.md is out of date: run this test with CRS_BLESS=1 and look at the difference"
    );
}

fn table(count: usize, shares: &[String; 4], rows: &str) -> String {
    let mut out = format!(
        "# Accuracy against PROJ 9.5.1\n\n\
         Written by `tests/reference.rs` (`CRS_BLESS=1 cargo test -p crs --test reference`): {count} EPSG projected systems, \
         25 points each inside the area of use, PROJ without grids.\n\n\
         | | within 1 mm at all points |\n|---|---|\n\
         | own geographic system to projected | {} |\n| and back (`Transformer::inverse`) | {} |\n\
         | EPSG:4326 to projected, datum operation included | {} |\n| and back (`Transformer::inverse`) | {} |\n\n\
         Not within 1 mm:\n\n\
         | EPSG | method | projection | back | from EPSG:4326 | back | reason |\n|---|---|---|---|---|---|---|\n{rows}\n\
         Registered but not computed (nor by PROJ 9.5.1):\n\n| EPSG | reason |\n|---|---|\n",
        shares[0], shares[1], shares[2], shares[3]
    );
    for code in 1024..32768 {
        if let Err(e) = Crs::from_epsg(code)
            && e.kind() == ErrorKind::Unsupported
        {
            writeln!(out, "| {code} | {} |", e.to_string().replace(" (EPSG", "; conversion (EPSG")).unwrap();
        }
    }
    out
}
