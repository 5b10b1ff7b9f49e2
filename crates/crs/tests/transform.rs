//! What a transformer promises beside accuracy: bounds, failures, choice of operations, batches.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says what it found and what it skipped"
)]

use crs::{Crs, ErrorKind, Transformer, TransformerOptions};

fn epsg(code: u32) -> Crs {
    Crs::from_epsg(code).unwrap()
}

fn between(a: u32, b: u32) -> Transformer {
    Transformer::new(&epsg(a), &epsg(b)).unwrap()
}

#[test]
fn points_that_cannot_be_done_are_marked_and_counted() {
    let t = between(4326, 32633);
    let mut x = [15.0, f64::NAN, 15.0, f64::INFINITY, 15.0];
    let mut y = [50.0, 50.0, 91.0, 50.0, -50.0];
    assert_eq!(t.transform(&mut x, &mut y), 3);
    assert!((x[0] - 500_000.0).abs() < 1e-6 && x[4].is_finite());
    for i in [1, 2, 3] {
        assert!(x[i].is_nan() && y[i].is_nan());
    }
    assert_eq!(t.transform_point(15.0, 95.0), None);
}

#[test]
fn identity_changes_no_bit() {
    let t = between(32633, 32633);
    assert!(t.is_identity() && t.accuracy() == Some(0.0));
    let (mut x, mut y) = ([500_000.123_456_789], [5.0e6]);
    assert_eq!(t.transform(&mut x, &mut y), 0);
    assert_eq!((x[0], y[0]), (500_000.123_456_789, 5.0e6));
    // the same system in other words, and the order of axes alone
    assert!(Transformer::new(&epsg(4326), &Crs::parse("OGC:CRS84").unwrap()).unwrap().is_identity());
    assert!(Transformer::new(&epsg(32661), &epsg(5041)).unwrap().is_identity());
}

#[test]
fn a_batch_is_its_points_whatever_its_length() {
    for (a, b) in [(4326, 3857), (4326, 26715), (27700, 4258), (4267, 4269)] {
        let t = between(a, b);
        for n in [1usize, 2, 7, 255, 256, 257, 1000] {
            let (lon, lat): (Vec<f64>, Vec<f64>) = (0..n)
                .map(|i| {
                    if a == 27700 {
                        (2e5 + i as f64 * 321.0, 1e5 + i as f64 * 654.0)
                    } else {
                        (-120.0 + i as f64 * 0.07, 30.0 + i as f64 * 0.03)
                    }
                })
                .unzip();
            let (mut x, mut y) = (lon.clone(), lat.clone());
            t.transform(&mut x, &mut y);
            for i in 0..n {
                let (mut px, mut py) = ([lon[i]], [lat[i]]);
                t.transform(&mut px, &mut py);
                assert_eq!(
                    (px[0].to_bits(), py[0].to_bits()),
                    (x[i].to_bits(), y[i].to_bits()),
                    "{a} {b} {n} {i}"
                );
            }
        }
    }
}

#[test]
fn the_way_back_meets_the_start() {
    for (a, b, x, y) in [
        (4326, 27700, -1.5, 52.0),
        (4267, 26915, -93.0, 45.0),
        (28992, 25832, 155_000.0, 463_000.0),
        (5514, 3857, -600_000.0, -1_100_000.0),
        (2056, 4326, 2_600_000.0, 1_200_000.0),
        (27572, 2154, 600_000.0, 2_400_000.0),
    ] {
        let t = between(a, b);
        let (px, py) = t.transform_point(x, y).unwrap();
        let (qx, qy) = t.inverse().transform_point(px, py).unwrap();
        let unit = if epsg(a).is_geographic() { 111_000.0 } else { 1.0 };
        assert!((qx - x).hypot(qy - y) * unit < 1e-6, "{a} {b}: {qx} {qy}");
        let (rx, ry) = t.inverse().inverse().transform_point(x, y).unwrap();
        assert_eq!((rx, ry), (px, py));
    }
}

/// PROJ 9.5.1 without grids: `pyproj.Transformer.from_crs(a, b, always_xy=True).transform(x, y)`.
#[test]
fn between_two_datums_as_proj() {
    let mut bad = 0;
    for (a, b, x, y, ex, ey) in include!("pairs.in") {
        let t = between(a, b);
        let (px, py) = t.transform_point(x, y).unwrap_or((f64::NAN, f64::NAN));
        let unit = if epsg(b).is_geographic() { 111_000.0 } else { epsg(b).metres_per_unit().unwrap() };
        let gap = (px - ex).hypot(py - ey) * unit;
        if gap.is_nan() || gap >= 1e-3 {
            println!("EPSG:{a} to EPSG:{b}: {px} {py}, PROJ {ex} {ey}: {gap} m, {:?}", t.operation_names());
            bad += 1;
        }
    }
    assert_eq!(bad, 0);
}

#[test]
fn accuracy_is_known_and_can_be_required() {
    let t = between(4326, 27700);
    assert_eq!(t.accuracy(), Some(2.0), "{:?}", t.operation_names());
    assert_eq!(t.operation_names(), ["Inverse of OSGB36 to WGS 84 (6)"]);
    // ballpark: nobody knows
    assert_eq!(between(4326, 10175).accuracy(), None);
    let strict = |metres| {
        let options = TransformerOptions::default().required_accuracy(metres);
        Transformer::with_options(&epsg(4326), &epsg(27700), &options)
    };
    assert!(strict(2.0).is_ok());
    let error = strict(0.5).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoOperation);
    assert!(error.to_string().contains("2 m"), "{error}");
    // far outside the area of the only accurate operations a point fails rather than be wrong
    assert_eq!(strict(2.0).unwrap().transform_point(100.0, 0.0), None);
    assert!(between(4326, 27700).transform_point(10.0, 50.0).is_some());
}

#[test]
fn systems_without_a_place_are_refused() {
    for code in [4978, 5773] {
        let error = Transformer::new(&epsg(code), &epsg(4326)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoOperation, "{error}");
    }
    let local = Crs::parse("LOCAL_CS[\"mine\",UNIT[\"metre\",1]]").unwrap();
    assert!(Transformer::new(&local, &epsg(4326)).is_err());
    assert!(Transformer::new(&local, &local).unwrap().is_identity());
}

/// Expected: `pyproj.Transformer.from_crs(a, b, always_xy=True).transform_bounds(*bounds, 21)`.
#[test]
fn bounds() {
    let close = |got: [f64; 4], want: [f64; 4], tolerance: f64| {
        assert!(got.iter().zip(want).all(|(g, w)| (g - w).abs() <= tolerance), "{got:?} is not {want:?}");
    };
    let utm =
        between(32631, 4326).transform_bounds([399_960.0, 4_490_220.0, 509_760.0, 4_600_020.0], 21).unwrap();
    close(utm, [1.800_550_898_4, 40.556_706_911_4, 3.117_031_634_4, 41.551_844_639_1], 1e-6);
    // the north pole inside
    let pole = between(3413, 4326).transform_bounds([-1e6, -1e6, 1e6, 1e6], 21).unwrap();
    close([pole[0], pole[2], pole[3], 0.0], [-180.0, 180.0, 90.0, 0.0], 1e-9);
    assert!((pole[1] - 76.998_815_531_7).abs() < 1e-9, "{pole:?}");
    // across the antimeridian
    let across = between(3832, 4326).transform_bounds([2.9e6, -2e6, 3.5e6, 2e6], 21).unwrap();
    close(across, [176.051_143_239_5, -17.790_560_385_8, -178.558_965_055_8, 17.790_560_385_8], 1e-9);
    let there = between(4326, 3832).transform_bounds([170.0, -10.0, -170.0, 10.0], 21).unwrap();
    assert!(there[0] < there[2] && there[2] - there[0] < 2.5e6, "{there:?}");
    for wrong in [[0.0, 1.0, 1.0, 0.0], [f64::NAN, 0.0, 1.0, 1.0]] {
        assert_eq!(between(32631, 4326).transform_bounds(wrong, 21).unwrap_err().kind(), ErrorKind::Argument);
    }
}
