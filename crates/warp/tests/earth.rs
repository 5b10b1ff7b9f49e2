//! The round Earth: dateline and poles; rotated rasters, control points; the bound on positions.
#![allow(clippy::unwrap_used, reason = "tests")]

use ndarray::Array3;
use raster_core::{
    CrsRef, Error, ErrorKind, Gcp, GeoTransform, Grid, MemoryRaster, RasterSource as _, Result,
};
use std::sync::Arc;
use warp::{GridRequest, PointTransform, Positions, Resampling, WarpOptions, reproject, reproject_with};

fn global(width: usize, height: usize) -> MemoryRaster {
    // The value says where the pixel is, smoothly and across the dateline.
    let step = 360.0 / width as f64;
    let pixels = Array3::from_shape_fn((1, height, width), |(_, r, c)| {
        let (lon, lat) = ((c as f64 + 0.5) * step - 180.0, 90.0 - (r as f64 + 0.5) * step);
        (1000.0 + 300.0 * lon.to_radians().cos() + 5.0 * lat) as f32
    });
    MemoryRaster::new(pixels)
        .update_info(|i| {
            i.transform = Some(GeoTransform::from_origin(-180.0, 90.0, step, step));
            i.crs = Some(CrsRef::Epsg(4326));
        })
        .unwrap()
}

fn on(code: u32, grid: Grid) -> Grid {
    grid.with_crs(CrsRef::Epsg(code))
}

#[test]
fn no_seam_at_the_dateline() {
    let source = global(720, 360);
    // UTM zone 1 and the end of zone 60 lie on both sides of the line.
    let grid =
        on(32601, Grid::new(200, 100, GeoTransform::from_origin(-100_000.0, 4_500_000.0, 5_000.0, 5_000.0)));
    for &method in Resampling::WARP {
        if method == Resampling::Sum {
            continue;
        }
        let out = reproject(&source, &grid, &WarpOptions::new(method)).unwrap();
        let pixels = out.pixels().clone().into_typed::<f32>().unwrap();
        let mask = out.read_mask_window(&[1], &grid.window()).unwrap();
        assert!(mask.iter().all(|m| *m == 255), "{method} leaves a gap");
        for r in 0..100 {
            for c in 1..200 {
                let jump = (pixels[[0, r, c]] - pixels[[0, r, c - 1]]).abs();
                assert!(jump < 4.0, "{method}: {jump} at ({c}, {r})");
            }
        }
    }
}

#[test]
fn longitudes_may_go_on_beyond_180() {
    let source = global(720, 360);
    let options = WarpOptions::new(Resampling::Bilinear);
    let east = on(4326, Grid::new(80, 40, GeoTransform::from_origin(170.0, 30.0, 0.25, 0.25)));
    let west = on(4326, Grid::new(80, 40, GeoTransform::from_origin(-190.0, 30.0, 0.25, 0.25)));
    let (a, b) = (reproject(&source, &east, &options).unwrap(), reproject(&source, &west, &options).unwrap());
    let pixels = |m: &MemoryRaster| m.pixels().clone().into_typed::<f32>().unwrap();
    assert!(pixels(&a).iter().zip(&pixels(&b)).all(|(a, b)| (a - b).abs() < 1e-3 && *a > 600.0));
}

#[test]
fn the_pole_is_inside() {
    let source = global(720, 360);
    // North polar stereographic, centred on the pole.
    let grid = on(3995, Grid::new(120, 120, GeoTransform::from_origin(-3e6, 3e6, 5e4, 5e4)));
    let out = match reproject(&source, &grid, &WarpOptions::new(Resampling::Bilinear)) {
        Err(e) if e.kind() == ErrorKind::Unsupported => return,
        other => other.unwrap(),
    };
    let pixels = out.into_pixels().into_typed::<f32>().unwrap();
    assert!(pixels.iter().all(|v| *v > 600.0), "every pixel has a source");
    // Seen from there and back: the suggested grid of a raster around the pole goes all round, up to 90.
    let info = reproject(&source, &grid, &WarpOptions::default()).unwrap();
    let back =
        GridRequest { crs: Some(CrsRef::Epsg(4326)), ..GridRequest::default() }.grid(info.info()).unwrap();
    let b = back.bounds();
    assert!(b.left <= -179.9 && b.right >= 180.0 - back.transform.a && (b.top - 90.0).abs() < 1e-9, "{b:?}");
}

#[test]
fn rotated_rasters_and_control_points_land_where_the_affine_says() {
    let t = GeoTransform { a: 20.0, b: 6.0, c: 600_000.0, d: 5.0, e: -21.0, f: 5_205_000.0 };
    let pixels = Array3::from_shape_fn((1, 90, 100), |(_, r, c)| (r * 100 + c) as f64);
    let bare = MemoryRaster::new(pixels);
    let affine = bare.clone().update_info(|i| {
        i.transform = Some(t);
        i.crs = Some(CrsRef::Epsg(32632));
    });
    let points = bare.update_info(|i| {
        i.gcp_crs = Some(CrsRef::Epsg(32632));
        for (col, row) in [(0.0, 0.0), (100.0, 0.0), (100.0, 90.0), (0.0, 90.0), (40.0, 55.0)] {
            let (x, y) = t.apply(col, row);
            i.gcps.push(Gcp { col, row, x, y, z: 0.0 });
        }
    });
    let (affine, points) = (affine.unwrap(), points.unwrap());
    let request = GridRequest { crs: Some(CrsRef::Epsg(3857)), ..GridRequest::default() };
    let grid = request.grid(affine.info()).unwrap();
    assert_eq!(request.grid(points.info()).unwrap().width, grid.width);
    let options = WarpOptions::new(Resampling::Bilinear).with_nodata(-1.0);
    let run =
        |m: &MemoryRaster| reproject(m, &grid, &options).unwrap().into_pixels().into_typed::<f64>().unwrap();
    let (a, b) = (run(&affine), run(&points));
    let inside = a.iter().zip(&b).filter(|(a, b)| **a >= 0.0 && **b >= 0.0);
    assert!(inside.clone().count() > 8000);
    assert!(inside.clone().all(|(a, b)| (a - b).abs() < 1e-4));
    // A plane stays a plane under bilinear: the value is the position.
    let (mut x, mut y) = grid.transform.apply(60.5, 60.5);
    let way = warp::CrsTransform::new(&CrsRef::Epsg(32632), &CrsRef::Epsg(3857)).unwrap();
    way.backward(std::slice::from_mut(&mut x), std::slice::from_mut(&mut y));
    let (col, row) = t.inverse().unwrap().apply(x, y);
    assert!((a[[0, 60, 60]] - ((row - 0.5) * 100.0 + col - 0.5)).abs() < 1e-6);
}

/// A source whose value is its column, or its row.
fn ramp(width: usize, height: usize, t: GeoTransform, code: u32, rows: bool) -> MemoryRaster {
    let pixels =
        Array3::from_shape_fn((1, height, width), |(_, r, c)| if rows { r as f64 } else { c as f64 });
    MemoryRaster::new(pixels)
        .update_info(|i| {
            i.transform = Some(t);
            i.crs = Some(CrsRef::Epsg(code));
        })
        .unwrap()
}

/// Bilinear of a ramp is the position itself, so that two outputs differ by the error of the positions.
#[test]
fn positions_keep_their_bound() {
    let cases = [
        // source code, origin, pixel, to
        (32631, (500_000.0, 5_000_000.0), 10.0, 3857),
        (32631, (300_000.0, 8_900_000.0), 100.0, 3857),
        (32733, (200_000.0, 9_990_000.0), 1_000.0, 4326),
        (4326, (5.0, 60.0), 0.001, 32632),
        (4326, (-170.0, 70.0), 0.1, 3857),
        (4326, (3.0, 52.0), 0.01, 3035),
        (3857, (1e6, 6e6), 500.0, 4326),
        (32632, (600_000.0, 5_200_000.0), 30.0, 32633),
        (3035, (4_000_000.0, 2_800_000.0), 250.0, 32632),
    ];
    let mut done = 0;
    for (from, (west, north), pixel, to) in cases {
        let t = GeoTransform::from_origin(west, north, pixel, pixel);
        for rows in [false, true] {
            let source = ramp(300, 260, t, from, rows);
            let request = GridRequest { crs: Some(CrsRef::Epsg(to)), ..GridRequest::default() };
            let grid = match request.grid(source.info()) {
                Err(e) if e.kind() == ErrorKind::Unsupported => continue,
                other => other.unwrap(),
            };
            let run = |p| {
                let options = WarpOptions::new(Resampling::Bilinear).with_nodata(-9.0).with_positions(p);
                reproject(&source, &grid, &options).unwrap().into_pixels().into_typed::<f64>().unwrap()
            };
            let (certified, exact) = (run(Positions::default()), run(Positions::Exact));
            let worst = certified
                .iter()
                .zip(&exact)
                .filter(|(a, b)| **a != -9.0 && **b != -9.0)
                .fold(0.0f64, |w, (a, b)| w.max((a - b).abs()));
            assert!(worst <= 1e-6, "{from} to {to}: {worst} pixels");
            done += 1;
        }
    }
    assert!(done >= 12);
}

/// A way with a jump: as where one datum operation ends and another begins.
struct Jump;

impl PointTransform for Jump {
    fn forward(&self, x: &mut [f64], _: &mut [f64]) {
        x.iter_mut().for_each(|x| *x -= if *x > 130.37 { 0.02 } else { 0.0 });
    }
    fn backward(&self, x: &mut [f64], _: &mut [f64]) {
        x.iter_mut().for_each(|x| *x += if *x > 130.37 { 0.02 } else { 0.0 });
    }
}

#[test]
fn a_jump_is_not_smoothed() {
    let pixels = Array3::from_shape_fn((1, 300, 300), |(_, _, c)| c as f64);
    let source =
        MemoryRaster::new(pixels).update_info(|i| i.transform = Some(GeoTransform::IDENTITY)).unwrap();
    let grid = Grid::new(300, 300, GeoTransform::IDENTITY);
    let run = |p| {
        let options = WarpOptions::new(Resampling::Bilinear).with_positions(p);
        reproject_with(&source, &grid, Arc::new(Jump), &options)
            .unwrap()
            .into_pixels()
            .into_typed::<f64>()
            .unwrap()
    };
    let (certified, exact) = (run(Positions::default()), run(Positions::Exact));
    assert!(certified.iter().zip(&exact).all(|(a, b)| (a - b).abs() < 1e-6));
    assert!((exact[[0, 9, 131]] - 131.02).abs() < 1e-9 && (exact[[0, 9, 129]] - 129.0).abs() < 1e-9);
}

fn kind<T>(result: Result<T, Error>) -> ErrorKind {
    result.err().unwrap().kind()
}

#[test]
fn bad_input_is_an_error_or_nodata() {
    let good = global(36, 18);
    let grid = on(4326, Grid::new(10, 10, GeoTransform::from_origin(0.0, 50.0, 1.0, 1.0)));
    let options = WarpOptions::new(Resampling::Bilinear);
    let singular = Grid { transform: GeoTransform { a: 0.0, ..grid.transform }, ..grid.clone() };
    assert_eq!(kind(reproject(&good, &singular, &options)), ErrorKind::Misuse);
    let nan = Grid { transform: GeoTransform { c: f64::NAN, ..grid.transform }, ..grid.clone() };
    assert_eq!(kind(reproject(&good, &nan, &options)), ErrorKind::Misuse);
    assert_eq!(kind(reproject(&good, &Grid { crs: None, ..grid.clone() }, &options)), ErrorKind::Misuse);
    assert_eq!(kind(reproject(&good, &Grid { width: 0, ..grid.clone() }, &options)), ErrorKind::Misuse);
    assert_eq!(kind(reproject(&good, &on(999_999, grid.clone()), &options)), ErrorKind::Misuse);
    let huge = Grid { width: usize::MAX, height: 3, ..grid.clone() };
    assert_eq!(kind(reproject(&good, &huge, &options)), ErrorKind::Limit);
    assert_eq!(kind(reproject(&good, &grid, &options.clone().with_nodata(f64::MAX))), ErrorKind::Misuse);
    let mut bad = options.clone();
    bad.bands = Some(vec![2]);
    assert_eq!(kind(reproject(&good, &grid, &bad)), ErrorKind::Misuse);
    bad = options.clone();
    bad.scale = Some((0.0, 1.0));
    assert_eq!(kind(reproject(&good, &grid, &bad)), ErrorKind::Misuse);
    bad = options.clone().with_positions(Positions::Certified { tolerance: f64::NAN });
    assert_eq!(kind(reproject(&good, &grid, &bad)), ErrorKind::Misuse);
    let rows = good.clone().update_info(|i| i.transform = None).unwrap();
    assert_eq!(kind(reproject(&rows, &grid, &options)), ErrorKind::Misuse);
    // No overlap: an output without valid pixels.
    let away =
        good.update_info(|i| i.transform = Some(GeoTransform::from_origin(100.0, 0.0, 0.1, 0.1))).unwrap();
    let out = reproject(&away, &grid, &options.with_nodata(-5.0)).unwrap();
    assert!(out.into_pixels().into_typed::<f32>().unwrap().iter().all(|v| *v == -5.0));
}
