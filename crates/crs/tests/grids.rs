//! Grids of the user's in a transformation, against PROJ with the same file where Debian's `proj-data` is installed.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test says what it found and what it skipped"
)]

use std::sync::Arc;

use crs::{Crs, DatumGrid, ErrorKind, GridShift, Ntv2Grid, Transformer, TransformerOptions};

/// A constant shift over a part of Germany.
#[derive(Debug)]
struct Constant;

impl GridShift for Constant {
    fn shift(&self, longitude: f64, latitude: f64) -> Option<(f64, f64)> {
        ((5.0..15.0).contains(&longitude) && (47.0..55.0).contains(&latitude)).then_some((-0.001, 0.002))
    }
}

fn epsg(code: u32) -> Crs {
    Crs::from_epsg(code).unwrap()
}

fn with(grid: Arc<dyn GridShift>, source: u32, target: u32) -> Transformer {
    let grid = DatumGrid::new(&epsg(4314), &epsg(4258), grid, Some(0.5)).unwrap();
    let options = TransformerOptions::default().grid(grid);
    Transformer::with_options(&epsg(source), &epsg(target), &options).unwrap()
}

#[test]
fn a_grid_is_used_where_it_has_values_and_the_rest_elsewhere() {
    let grid: Arc<dyn GridShift> = Arc::new(Constant);
    // straight, and by a third system at the end and at the start
    for (source, target) in [(4314, 4258), (4314, 4326), (4326, 4314)] {
        let t = with(Arc::clone(&grid), source, target);
        let plain = Transformer::new(&epsg(source), &epsg(target)).unwrap();
        let sign = if source == 4314 { 1.0 } else { -1.0 };
        let (x, y) = t.transform_point(10.0, 50.0).unwrap();
        assert!(
            (x - 10.0 + sign * 0.001).abs() < 1e-12 && (y - 50.0 - sign * 0.002).abs() < 1e-12,
            "{x} {y}"
        );
        assert_eq!(t.transform_point(4.0, 50.0), plain.transform_point(4.0, 50.0));
        let (bx, by) = t.inverse().transform_point(x, y).unwrap();
        assert!((bx - 10.0).abs() < 1e-12 && (by - 50.0).abs() < 1e-12);
    }
    assert_eq!(with(Arc::clone(&grid), 4314, 4258).accuracy(), Some(0.5));
    // projected ends
    let t = with(Arc::clone(&grid), 31467, 25832);
    let (x, y) = t.transform_point(3_500_000.0, 5_540_000.0).unwrap();
    let ends = [(31467, 4314), (4258, 25832)].map(|(a, b)| Transformer::new(&epsg(a), &epsg(b)).unwrap());
    let (lon, lat) = ends[0].transform_point(3_500_000.0, 5_540_000.0).unwrap();
    let (ex, ey) = ends[1].transform_point(lon - 0.001, lat + 0.002).unwrap();
    assert!((x - ex).hypot(y - ey) < 1e-6);
    // elsewhere in the world it changes nothing
    let t = with(grid, 4326, 3857);
    assert_eq!(t.operation_names(), [""; 0]);
}

#[test]
fn a_required_accuracy_leaves_only_the_grid() {
    let grid = DatumGrid::new(&epsg(4314), &epsg(4258), Arc::new(Constant), Some(0.5)).unwrap();
    let options = TransformerOptions::default().grid(grid).required_accuracy(0.6);
    let t = Transformer::with_options(&epsg(4314), &epsg(4258), &options).unwrap();
    assert!(t.transform_point(10.0, 50.0).is_some());
    assert_eq!(t.transform_point(4.0, 50.0), None);
    let error = DatumGrid::new(&epsg(31467), &epsg(4258), Arc::new(Constant), None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
}

/// `+proj=hgridshift +grids=BETA2007.gsb` of PROJ 9.5.1.
#[test]
fn beta2007_as_proj() {
    let path = "/usr/share/proj/BETA2007.gsb";
    let Ok(bytes) = std::fs::read(path) else {
        eprintln!("skipped: no {path}");
        return;
    };
    let grid = Ntv2Grid::from_bytes(&bytes).unwrap();
    assert_eq!((grid.source_name(), grid.target_name()), ("DHDN90", "ETRS89"));
    let t = with(Arc::new(grid), 4314, 4258);
    for (lon, lat, x, y, bx, by) in [
        (
            8.5,
            50.1,
            8.499_025_352_766_147,
            50.098_838_797_283_875,
            8.500_974_797_863_138,
            50.101_161_327_679_47,
        ),
        (
            11.123,
            48.5,
            11.121_678_230_927_573,
            48.499_037_496_980_27,
            11.124_321_986_228_445,
            48.500_962_599_547_93,
        ),
        (
            13.3,
            52.5,
            13.298_272_654_309_457,
            52.498_593_362_394_33,
            13.301_727_655_979_413,
            52.501_406_785_375_68,
        ),
        (
            7.0,
            51.2,
            6.999_230_908_359_76,
            51.198_715_272_224_675,
            7.000_769_205_343_131,
            51.201_284_868_278_4,
        ),
    ] {
        let (px, py) = t.transform_point(lon, lat).unwrap();
        assert!((px - x).hypot(py - y) < 1e-10, "{px} {py}");
        let (qx, qy) = t.inverse().transform_point(lon, lat).unwrap();
        assert!((qx - bx).hypot(qy - by) < 1e-9, "{qx} {qy}");
    }
}
