//! The reference of PROJ and GDAL, where it is (`shared/crs-reference`).
#![allow(dead_code, reason = "each test uses its part")]

use std::path::{Path, PathBuf};

use crs::Transformer;

/// Points per system.
pub(crate) const N: usize = 25;

pub(crate) struct Case {
    pub(crate) code: u32,
    pub(crate) base: u32,
    pub(crate) method: String,
    /// Degrees in the unit of the base.
    pub(crate) degrees: f64,
    /// Metres in the unit of the projected system.
    pub(crate) metres: f64,
}

/// The folder of the reference; says so when it is not there.
pub(crate) fn folder() -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/crs-reference"));
    if path.join("cases.tsv").exists() {
        return Some(path.to_owned());
    }
    eprintln!("skipped: no shared/crs-reference");
    None
}

pub(crate) fn cases(folder: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(folder.join("cases.tsv")).unwrap();
    text.lines()
        .map(|line| {
            let f: Vec<&str> = line.split('\t').collect();
            Case {
                code: f[0].parse().unwrap(),
                base: f[1].parse().unwrap(),
                method: f[2].to_owned(),
                degrees: f[4].parse().unwrap(),
                metres: f[5].parse().unwrap(),
            }
        })
        .collect()
}

pub(crate) fn points(folder: &Path, name: &str) -> Vec<f64> {
    let bytes = std::fs::read(folder.join(name)).unwrap();
    bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect()
}

/// x and y of one case.
pub(crate) fn columns(all: &[f64], case: usize) -> (Vec<f64>, Vec<f64>) {
    let block = &all[case * N * 2..(case + 1) * N * 2];
    (block.iter().step_by(2).copied().collect(), block.iter().skip(1).step_by(2).copied().collect())
}

/// Units of the result: metres in a unit, or degrees in a unit.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Metres(f64),
    Degrees(f64),
}

/// Largest distance in metres between what `transformer` makes of `from` and `to`; infinite when a point fails.
pub(crate) fn worst(transformer: &Transformer, from: &[f64], to: &[f64], case: usize, unit: Unit) -> f64 {
    let (mut x, mut y) = columns(from, case);
    let valid: Vec<bool> = x.iter().map(|v| v.is_finite()).collect();
    let (ex, ey) = columns(to, case);
    transformer.transform(&mut x, &mut y);
    let mut worst = 0f64;
    for i in 0..N {
        if !(valid[i] && ex[i].is_finite() && ey[i].is_finite()) {
            continue;
        }
        let d = distance((x[i], y[i]), (ex[i], ey[i]), unit);
        worst = if d.is_nan() { f64::INFINITY } else { worst.max(d) };
    }
    worst
}

/// Metres between two positions.
pub(crate) fn distance(a: (f64, f64), b: (f64, f64), unit: Unit) -> f64 {
    match unit {
        Unit::Degrees(degrees) => {
            let mut dx = (a.0 - b.0) * degrees;
            dx -= 360.0 * (dx / 360.0).round();
            let dy = (a.1 - b.1) * degrees;
            (dx * (b.1 * degrees).to_radians().cos()).hypot(dy) * 111_319.49
        }
        Unit::Metres(metres) => (a.0 - b.0).hypot(a.1 - b.1) * metres,
    }
}
