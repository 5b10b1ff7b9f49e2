//! Million points a second on one core, and what making a transformer costs.
//!
//! `cargo bench -p crs` prints a table. `cargo bench -p crs -- --values` prints points instead, for
//! `benches/crs_vs_pyproj.py` to check: name, code, whether a datum shift is in it, longitude, latitude, x, y.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crs::{Crs, Transformer};

/// Name, code, west, south, east, north of the points in degrees.
const CASES: [(&str, u32, [f64; 4]); 15] = [
    ("UTM 31N", 32631, [0.0, 0.0, 6.0, 84.0]),
    ("web Mercator", 3857, [-180.0, -80.0, 180.0, 80.0]),
    ("Mercator A", 3395, [-180.0, -80.0, 180.0, 80.0]),
    ("LCC 2SP (Europe)", 3034, [-10.0, 35.0, 40.0, 70.0]),
    ("LAEA (Europe)", 3035, [-10.0, 35.0, 40.0, 70.0]),
    ("Albers (CONUS)", 5070, [-124.0, 24.0, -67.0, 49.0]),
    ("polar stereo N (NSIDC)", 3413, [-180.0, 60.0, 180.0, 90.0]),
    ("polar stereo S", 3031, [-180.0, -90.0, 180.0, -60.0]),
    ("double stereo (RD)", 28992, [3.2, 50.7, 7.2, 53.6]),
    ("equidistant cylindrical", 4087, [-180.0, -90.0, 180.0, 90.0]),
    ("EASE-Grid 2 global", 6933, [-180.0, -86.0, 180.0, 86.0]),
    ("Swiss oblique", 2056, [6.0, 45.8, 10.5, 47.8]),
    ("Equal Earth", 8857, [-180.0, -90.0, 180.0, 90.0]),
    ("Krovak", 5514, [12.1, 48.6, 18.9, 51.1]),
    ("NAD27 UTM 15N, datum shift", 26715, [-96.0, 30.0, -90.0, 49.0]),
];

/// Low-discrepancy points in a box.
fn points(n: usize, [w, s, e, north]: [f64; 4]) -> (Vec<f64>, Vec<f64>) {
    let at = |i: usize, a: f64| (i as f64 * a + 0.5).fract();
    let x = (0..n).map(|i| w + (e - w) * at(i, 0.754_877_666_246_692_7)).collect();
    let y = (0..n).map(|i| s + (north - s) * at(i, 0.569_840_290_998_053_2)).collect();
    (x, y)
}

/// Median of nine runs.
fn median(mut run: impl FnMut() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..9).map(|_| run()).collect();
    times.sort();
    times[4]
}

/// Million points a second over copies of the points.
fn speed(transformer: &Transformer, x: &[f64], y: &[f64]) -> f64 {
    let (mut bx, mut by) = (x.to_vec(), y.to_vec());
    // the first tenth of a second of a process is slower: pages, clock of the processor
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(100) {
        black_box(transformer.transform(&mut bx, &mut by));
        bx.copy_from_slice(x);
        by.copy_from_slice(y);
    }
    let time = median(|| {
        bx.copy_from_slice(x);
        by.copy_from_slice(y);
        let start = Instant::now();
        black_box(transformer.transform(&mut bx, &mut by));
        start.elapsed()
    });
    x.len() as f64 / time.as_secs_f64() / 1e6
}

#[allow(clippy::print_stdout, reason = "a benchmark prints")]
fn main() {
    if std::env::args().any(|a| a == "--values") {
        return values();
    }
    let n = 250_000;
    println!(
        "{:28} {:>10} {:>10} {:>12} {:>12}",
        "million points a second", "forward", "inverse", "round trip m", "make us"
    );
    let wgs84 = Crs::from_epsg(4326).expect("EPSG:4326");
    for (name, code, area) in CASES {
        let crs = Crs::from_epsg(code).expect("a registered code");
        // from its own geographic system unless the datum shift is what is measured
        let own = if name.contains("datum") { wgs84.clone() } else { crs.geographic().expect("projected") };
        let (lon, lat) = points(n, area);
        let there = Transformer::new(&own, &crs).expect("a way");
        let back = Transformer::new(&crs, &own).expect("a way");
        // the answer first
        let (mut x, mut y) = (lon.clone(), lat.clone());
        let failed = there.transform(&mut x, &mut y);
        let (px, py) = (x.clone(), y.clone());
        there.inverse().transform(&mut x, &mut y);
        let gap = (0..n)
            .filter(|&i| x[i].is_finite())
            .map(|i| {
                let dx = (x[i] - lon[i] + 180.0).rem_euclid(360.0) - 180.0;
                (dx * lat[i].to_radians().cos()).hypot(y[i] - lat[i]) * 111_319.49
            })
            .fold(0.0, f64::max);
        assert!(gap < 1e-3 && failed < n / 100, "{name}: round trip misses by {gap} m, {failed} failed");
        let make = median(|| {
            let start = Instant::now();
            for _ in 0..100 {
                black_box(Transformer::new(black_box(&own), black_box(&crs)).expect("a way"));
            }
            start.elapsed() / 100
        });
        println!(
            "{name:28} {:>10.1} {:>10.1} {gap:>12.1e} {:>12.1}",
            speed(&there, &lon, &lat),
            speed(&back, &px, &py),
            make.as_secs_f64() * 1e6
        );
    }
    let parse = median(|| {
        let start = Instant::now();
        black_box(Crs::from_epsg(black_box(32633)).expect("EPSG:32633"));
        start.elapsed()
    });
    println!("Crs::from_epsg {:.1} us", parse.as_secs_f64() * 1e6);
}

/// Points of every case with all their digits.
#[allow(clippy::print_stdout, reason = "the output is what this is for")]
fn values() {
    let wgs84 = Crs::from_epsg(4326).expect("EPSG:4326");
    for (name, code, area) in CASES {
        let crs = Crs::from_epsg(code).expect("a registered code");
        let shifted = name.contains("datum");
        let own = if shifted { wgs84.clone() } else { crs.geographic().expect("projected") };
        let (lon, lat) = points(200, area);
        let (mut x, mut y) = (lon.clone(), lat.clone());
        Transformer::new(&own, &crs).expect("a way").transform(&mut x, &mut y);
        for i in 0..lon.len() {
            println!("{name}\t{code}\t{}\t{}\t{}\t{}\t{}", u8::from(shifted), lon[i], lat[i], x[i], y[i]);
        }
    }
}
