//! Equal to gdalwarp, sample for sample (files in `fixtures`, with the commands that made them).
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use raster_core::{CrsRef, DataType, GeoTransform, RasterInfo, RasterSource as _};
use std::path::PathBuf;
use support::{difference, raster};
use warp::{GridRequest, Positions, WarpOptions, WebTiling, ZoomChoice, reproject, web_grid};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures")).join(name)
}

#[test]
fn exact_and_approximate() {
    for kind in ["u16", "i16"] {
        let source = raster(fixture(&format!("utm31_{kind}.tif")));
        let request = GridRequest { crs: Some(CrsRef::Epsg(3857)), ..GridRequest::default() };
        let grid = request.grid(source.info()).unwrap();
        for method in ["near", "bilinear", "cubic"] {
            for (name, positions) in [
                ("exact", Positions::default()),
                ("exact", Positions::Exact),
                ("approx", Positions::gdalwarp()),
            ] {
                let theirs = raster(fixture(&format!("web_{kind}_{method}_{name}.tif")));
                assert_eq!((grid.width, grid.height), (theirs.info().width, theirs.info().height));
                let options = WarpOptions::new(method.parse().unwrap()).with_positions(positions);
                let ours = reproject(&source, &grid, &options).unwrap();
                for band in 0..ours.info().band_count() {
                    let d = difference(ours.pixels(), band, theirs.pixels(), band);
                    assert_eq!(d.count, 0, "{kind} {method} {positions:?} band {band}: {d:?}");
                }
            }
        }
    }
}

#[test]
fn approximate_in_the_parts_that_gdal_makes() {
    // -wm 100000: several parts, each with a start of its approximation and a scale of its own.
    let source = raster(fixture("utm31_u16.tif"));
    for (name, method) in [("bilinear_parts", "bilinear"), ("cubic_small", "cubic")] {
        let theirs = raster(fixture(&format!("web_f64_{name}.tif")));
        let mut largest = Vec::new();
        for memory in [100_000, 64 << 20] {
            let positions = Positions::GdalApproximation { tolerance: 0.125, memory };
            let mut options = WarpOptions::new(method.parse().unwrap()).with_positions(positions);
            options.data_type = Some(DataType::F64);
            let ours = reproject(&source, &theirs.info().grid(), &options).unwrap();
            largest.push(difference(ours.pixels(), 0, theirs.pixels(), 0).largest);
        }
        assert!(largest[0] < 1e-4, "{name}: {largest:?}");
        assert!(largest[1] > 0.1, "{name}: one part would do, so this test shows nothing: {largest:?}");
    }
}

#[test]
fn web_tiles_as_gdals_cog_driver() {
    // gdal_translate -of COG -co TILING_SCHEME=GoogleMapsCompatible (GDAL 3.6.2): size, resolution, origin, zoom.
    let cases = [
        (
            32631,
            [480_000.0, 5_100_000.0, 10.0],
            (300, 200),
            (512, 512),
            [19.109_257_071_294_063, 303_302.128_235_578_54, 5_792_092.255_337_516],
            13,
        ),
        (
            4326,
            [-20.0, 50.0, 0.1],
            (300, 200),
            (512, 512),
            [9_783.939_620_502_56, -2_504_688.542_848_654, 7_514_065.628_545_966],
            4,
        ),
        (
            32632,
            [600_000.0, 5_200_000.0, 30.0],
            (700, 500),
            (1024, 768),
            [38.218_514_142_588_13, 1_144_720.935_598_798, 5_938_851.349_645_054],
            12,
        ),
    ];
    for (code, t, size, expected_size, expected, zoom) in cases {
        let mut info = RasterInfo::new(size.0, size.1, 1, DataType::U8);
        info.crs = Some(CrsRef::Epsg(code));
        info.transform = Some(GeoTransform::from_origin(t[0], t[1], t[2], t[2]));
        let web = web_grid(&info, &WebTiling::default()).unwrap();
        assert_eq!(
            (web.grid.width, web.grid.height, web.zoom),
            (expected_size.0, expected_size.1, zoom),
            "{code}"
        );
        let o = web.grid.transform;
        for (a, b) in [(o.a, expected[0]), (o.c, expected[1]), (o.f, expected[2])] {
            assert!((a - b).abs() < 1e-6 * expected[0], "{code}: {a} instead of {b}");
        }
    }
    let mut info = RasterInfo::new(10, 10, 1, DataType::U8);
    info.crs = Some(CrsRef::Epsg(4326));
    info.transform = Some(GeoTransform::from_origin(0.0, 10.0, 1.0, 1.0));
    let refused = |change: fn(&mut WebTiling)| {
        let mut tiling = WebTiling::default();
        change(&mut tiling);
        web_grid(&info, &tiling).unwrap_err()
    };
    refused(|t| t.tile = 100);
    refused(|t| t.zoom = ZoomChoice::Level(31));
    refused(|t| t.aligned_levels = 11);
}

#[test]
fn aligned_web_tiles_as_gdals_cog_driver() {
    // gdal_translate -of COG -co TILING_SCHEME=GoogleMapsCompatible -co ALIGNED_LEVELS=3 (GDAL 3.6.2).
    let cases = [
        ([10.0, 900.0, 700.0], (1024, 2048), [997_961.841_291_26, 5_909_499.530_783_547], 13),
        ([20.0, 450.0, 350.0], (1024, 1024), [978_393.962_050_255_4, 5_909_499.530_783_547], 12),
    ];
    for ([pixel, width, height], size, origin, zoom) in cases {
        let mut info = RasterInfo::new(width as usize, height as usize, 1, DataType::U8);
        info.crs = Some(CrsRef::Epsg(32632));
        info.transform = Some(GeoTransform::from_origin(500_000.0, 5_170_000.0, pixel, pixel));
        let mut tiling = WebTiling::default();
        tiling.aligned_levels = 3;
        let web = web_grid(&info, &tiling).unwrap();
        assert_eq!(((web.grid.width, web.grid.height), web.zoom), (size, zoom));
        assert!((web.grid.transform.c - origin[0]).abs() < 1e-4, "{:?}", web.grid.transform);
        assert!((web.grid.transform.f - origin[1]).abs() < 1e-4, "{:?}", web.grid.transform);
        assert_eq!(web.metadata().get("TILING_SCHEME", None, "ALIGNED_LEVELS"), Some("3"));
    }
}
