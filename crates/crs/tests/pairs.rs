//! Pairs of systems over the area that they share, against stored answers of PROJ (`tools/make_pairs.py`).
#![allow(clippy::print_stdout, reason = "a test says what it found")]

use std::collections::BTreeMap;

use crs::{Crs, Transformer};

/// Metres; what is beyond is listed in `KNOWN` with its reason.
const TOLERANCE: f64 = 0.01;

/// Pairs that are not within a centimetre of PROJ everywhere, and why.
const KNOWN: &[(u32, u32, &str)] = &[
    (
        2326,
        2433,
        "PROJ takes another of the ways between these datums there; which rule decides was not found",
    ),
    (
        2975,
        3727,
        "PROJ takes another of the ways between these datums there; which rule decides was not found",
    ),
    (
        3376,
        3168,
        "PROJ takes another of the ways between these datums there; which rule decides was not found",
    ),
    (
        3907,
        3765,
        "PROJ takes another of the ways between these datums there; which rule decides was not found",
    ),
    (
        22234,
        2053,
        "PROJ takes another of the ways between these datums there; which rule decides was not found",
    ),
    (
        24877,
        31980,
        "PROJ takes another of the ways between these datums there; which rule decides was not found",
    ),
    (27700, 3035, "a corner beyond the area of use, where PROJ takes another operation"),
    (27700, 4258, "a corner beyond the area of use, where PROJ takes another operation"),
    (
        29333,
        22033,
        "PROJ takes another of the ways between these datums there; which rule decides was not found",
    ),
    (
        31276,
        25834,
        "PROJ takes another of the ways between these datums there; which rule decides was not found",
    ),
    (
        32651,
        25391,
        "PROJ takes another of the ways between these datums there; which rule decides was not found",
    ),
];

#[test]
fn pairs_agree_with_proj_over_their_area() {
    let mut worst: BTreeMap<(u32, u32), (f64, usize, usize, String)> = BTreeMap::new();
    let mut ways: BTreeMap<(u32, u32), (Transformer, f64)> = BTreeMap::new();
    for line in include_str!("pairs.tsv").lines() {
        let f: Vec<f64> = line.split('\t').map(|v| v.parse().unwrap()).collect();
        let key = (f[0] as u32, f[1] as u32);
        let (way, metres) = ways.entry(key).or_insert_with(|| {
            let (a, b) = (Crs::from_epsg(key.0).unwrap(), Crs::from_epsg(key.1).unwrap());
            let metres = b.metres_per_unit().unwrap_or_else(|| b.radians_per_unit().unwrap() * 6_378_137.0);
            (Transformer::new(&a, &b).unwrap(), metres)
        });
        let (x, y) = way.transform_point(f[2], f[3]).unwrap_or((f64::INFINITY, f64::INFINITY));
        let gap = (x - f[4]).hypot(y - f[5]) * *metres;
        let entry = worst.entry(key).or_default();
        entry.1 += 1;
        entry.2 += usize::from(gap > TOLERANCE);
        if gap > entry.0 {
            entry.0 = gap;
            entry.3 = format!("{} {}", f[2], f[3]);
        }
    }
    let mut bad = 0;
    for ((a, b), (gap, points, beyond, place)) in &worst {
        let known = KNOWN.iter().any(|k| (k.0, k.1) == (*a, *b));
        if *gap > TOLERANCE && !known {
            println!("EPSG:{a} to EPSG:{b}: {gap:.3} m at {place}, {beyond} of {points} points");
            bad += 1;
        }
        if known && *gap <= TOLERANCE {
            println!("EPSG:{a} to EPSG:{b} is right now: take it off the list");
            bad += 1;
        }
    }
    println!("{} pairs, {bad} beyond {TOLERANCE} m", worst.len());
    assert_eq!(bad, 0);
}
