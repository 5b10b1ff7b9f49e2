//! Every EPSG projected system against PROJ 9.5.1: 25 points each, both ways.
//!
//! Runs where the reference is (`shared/crs-reference`), and says so where it is not; `sample.rs` always runs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crs::{Crs, Transformer};

/// Points per system.
const N: usize = 25;

struct Case {
    code: u32,
    base: u32,
    method: String,
    /// Degrees in the unit of the base.
    degrees: f64,
    /// Metres in the unit of the projected system.
    metres: f64,
}

fn folder() -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/crs-reference"));
    path.join("cases.tsv").exists().then(|| path.to_owned())
}

fn cases(folder: &Path) -> Vec<Case> {
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

fn points(folder: &Path, name: &str) -> Vec<f64> {
    let bytes = std::fs::read(folder.join(name)).unwrap();
    bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect()
}

/// x and y of one case.
fn columns(all: &[f64], case: usize) -> (Vec<f64>, Vec<f64>) {
    let block = &all[case * N * 2..(case + 1) * N * 2];
    (block.iter().step_by(2).copied().collect(), block.iter().skip(1).step_by(2).copied().collect())
}

/// Largest distance in metres between what `transformer` makes of `from` and `to`; infinite when a point fails.
fn worst(
    transformer: &Transformer,
    from: &[f64],
    to: &[f64],
    case: usize,
    geographic: Option<f64>,
    metres: f64,
) -> f64 {
    let (mut x, mut y) = columns(from, case);
    let valid: Vec<bool> = x.iter().map(|v| v.is_finite()).collect();
    let (ex, ey) = columns(to, case);
    transformer.transform(&mut x, &mut y);
    let mut worst = 0f64;
    for i in 0..N {
        if !(valid[i] && ex[i].is_finite() && ey[i].is_finite()) {
            continue;
        }
        let distance = match geographic {
            Some(degrees) => {
                let mut dx = (x[i] - ex[i]) * degrees;
                dx -= 360.0 * (dx / 360.0).round();
                let dy = (y[i] - ey[i]) * degrees;
                (dx * (ey[i] * degrees).to_radians().cos()).hypot(dy) * 111_319.49
            }
            None => (x[i] - ex[i]).hypot(y[i] - ey[i]) * metres,
        };
        worst = if distance.is_nan() { f64::INFINITY } else { worst.max(distance) };
    }
    worst
}

#[test]
fn every_projected_system_agrees_with_proj() {
    let Some(folder) = folder() else {
        eprintln!("skipped: no shared/crs-reference");
        return;
    };
    let cases = cases(&folder);
    let [base, proj, wgs, refd] = ["base.f64", "proj.f64", "wgs.f64", "refd.f64"].map(|n| points(&folder, n));
    let wgs84 = Crs::from_epsg(4326).unwrap();
    let mut bad = [0usize; 4];
    let mut table = String::new();
    for (i, c) in cases.iter().enumerate() {
        let errors = Crs::from_epsg(c.code).and_then(|crs| {
            let own = Crs::from_epsg(c.base)?;
            let maths = Transformer::new(&own, &crs)?;
            let datum = Transformer::new(&wgs84, &crs)?;
            Ok([
                worst(&maths, &base, &proj, i, None, c.metres),
                worst(&maths.inverse(), &proj, &base, i, Some(c.degrees), 1.0),
                worst(&datum, &wgs, &refd, i, None, c.metres),
                worst(&datum.inverse(), &refd, &wgs, i, Some(1.0), 1.0),
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
