//! Reads of another shape and boundless reads, against rasterio 1.4.4 (GDAL 3.10.3).

mod support;

use geotiff_io::{Dataset, OpenOptions, Resampling};
use ndarray::{Array3, Axis};
use raster_core::{DataType, FloatWindow, RasterSource, Window};
use serde_json::Value;
use std::{fs, path::Path};
use support::{fixture, shared};

/// The bands of stored results, in this order.
const ORDER: [Resampling; 9] = [
    Resampling::Nearest,
    Resampling::Bilinear,
    Resampling::Cubic,
    Resampling::CubicSpline,
    Resampling::Lanczos,
    Resampling::Average,
    Resampling::Mode,
    Resampling::Gauss,
    Resampling::Rms,
];

fn pixels(path: &Path, band: usize) -> (DataType, Array3<f64>) {
    let dataset = Dataset::open(path).unwrap();
    (dataset.info().data_type, dataset.read::<f64>().bands([band]).array().unwrap())
}

/// Integers agree exactly (8-bit rms within 1: GDAL takes an integer root), floats to 1e-3 in a range of 200.
fn assert_agrees(ours: &Array3<f64>, theirs: &(DataType, Array3<f64>), resampling: Resampling, what: &str) {
    assert_eq!(ours.dim(), theirs.1.dim(), "{what}");
    let tolerance = match (theirs.0.is_integer(), resampling) {
        (true, Resampling::Rms) => 1.0,
        (true, _) => 0.0,
        (false, _) => 1e-3,
    };
    for (i, (a, b)) in ours.iter().zip(&theirs.1).enumerate() {
        let equal = (a - b).abs() <= tolerance || (a.is_nan() && b.is_nan());
        assert!(equal, "{what} {resampling}: pixel {i} is {a}, rasterio {b}");
    }
}

#[test]
fn stored_cases() {
    let dataset = Dataset::open(fixture("valid/resample_in.tif")).unwrap();
    for (i, resampling) in ORDER.into_iter().enumerate() {
        let small = dataset.read::<f64>().shape(11, 13).resampling(resampling).array().unwrap();
        let expected = pixels(&fixture("valid/resample_11x13.tif"), i + 1);
        assert_agrees(&small, &expected, resampling, "11 × 13");
        let window = FloatWindow { col: 5.5, row: 7.25, width: 20.0, height: 16.0 };
        let part = dataset.read::<f64>().float_window(window).shape(16, 20).resampling(resampling);
        let expected = pixels(&fixture("valid/resample_window.tif"), i + 1);
        assert_agrees(&part.array().unwrap(), &expected, resampling, "float window");
    }
    let beyond = dataset.read::<f64>().window(Window::new(-5, -4, 20, 15)).boundless();
    let expected = pixels(&fixture("valid/resample_boundless.tif"), 1);
    assert_agrees(&beyond.array().unwrap(), &expected, Resampling::Nearest, "boundless");
}

#[test]
fn every_golden_read() {
    let Some(manifest) = shared("golden/resample/manifest.json") else { return };
    let root = manifest.parent().unwrap();
    let manifest: Value = serde_json::from_str(&fs::read_to_string(&manifest).unwrap()).unwrap();
    let numbers =
        |v: &Value| -> Vec<f64> { v.as_array().into_iter().flatten().map(|n| n.as_f64().unwrap()).collect() };
    let window_of = |v: &Value| match numbers(v)[..] {
        [col, row, width, height] => Some(FloatWindow { col, row, width, height }),
        _ => None,
    };
    for case in manifest["read_cases"].as_array().unwrap() {
        let dataset = Dataset::open(root.join(case["input"].as_str().unwrap())).unwrap();
        let resampling: Resampling = case["resampling"].as_str().unwrap().parse().unwrap();
        let shape = numbers(&case["out_shape"]);
        let mut read =
            dataset.read::<f64>().shape(shape[0] as usize, shape[1] as usize).resampling(resampling);
        if let Some(window) = window_of(&case["window"]) {
            read = read.float_window(window);
        }
        let expected =
            pixels(&root.join(case["expected"].as_str().unwrap()), case["band"].as_u64().unwrap() as usize);
        assert_agrees(&read.array().unwrap(), &expected, resampling, &case.to_string());
    }
    for case in manifest["boundless"].as_array().unwrap() {
        let dataset = Dataset::open(root.join(case["input"].as_str().unwrap())).unwrap();
        let mut read = dataset.read::<f64>().float_window(window_of(&case["window"]).unwrap()).boundless();
        if let Some(fill) = case["fill_value"].as_f64() {
            read = read.fill(fill);
        }
        let masked = read.masked().unwrap();
        let expected = pixels(&root.join(case["expected"].as_str().unwrap()), 1);
        assert_agrees(&masked.data, &expected, Resampling::Nearest, &case.to_string());
        let (_, invalid) = pixels(&root.join(case["mask_true_is_invalid"].as_str().unwrap()), 1);
        let ours = masked.mask.mapv(|m| if m == 0 { 1.0 } else { 0.0 });
        assert_eq!(ours, invalid.mapv(|v| if v == 0.0 { 0.0 } else { 1.0 }), "{case}");
    }
}

#[test]
fn reduced_reads_take_the_overview_that_fits() {
    let path = fixture("valid/cog_u8_bigtiff.tif");
    let dataset = Dataset::open(&path).unwrap();
    let (width, height) = dataset.info().overviews[0].into_tuple();
    let overview = dataset.overview(0).unwrap();
    let stored = overview.read_window(&[1], &overview.info().window()).unwrap().into_typed::<u8>().unwrap();
    for resampling in [Resampling::Nearest, Resampling::Average] {
        let read = dataset.read::<u8>().shape(height, width).resampling(resampling).bands([1]);
        assert_eq!(read.array().unwrap(), stored);
    }
    let without = OpenOptions::new().ignore_overviews(true).open(&path).unwrap();
    assert!(without.info().overviews.is_empty());
    let full = without.read::<u8>().shape(height, width).bands([1]).array().unwrap();
    let also = dataset.read::<u8>().shape(height, width).bands([1]).ignore_overviews().array().unwrap();
    assert_eq!(full, also);
}

#[test]
fn threads_and_the_mask_do_not_change_pixels() {
    let dataset = Dataset::open(fixture("valid/resample_in.tif")).unwrap();
    for resampling in ORDER {
        let read = dataset.read::<u8>().shape(17, 29).resampling(resampling);
        let one = read.clone().threads(1).array().unwrap();
        for threads in [2, 8] {
            assert_eq!(read.clone().threads(threads).array().unwrap(), one);
        }
        let masked = read.masked().unwrap();
        assert_eq!(masked.data, one);
        let nodata = dataset.info().nodata().unwrap().to_sample::<u8>().unwrap();
        for (value, valid) in masked.data.iter().zip(&masked.mask) {
            assert_eq!(*value == nodata, *valid == 0, "{resampling}");
        }
    }
}

#[test]
fn outside_is_fill() {
    let dataset = Dataset::open(fixture("valid/resample_in.tif")).unwrap();
    let info = dataset.info();
    let window = Window::new(-10, -20, info.width + 20, info.height + 40);
    let read = dataset.read::<u8>().window(window).boundless().fill(7.0);
    let padded = read.array().unwrap();
    assert_eq!(padded.dim(), (1, info.height + 40, info.width + 20));
    let inside = Window::new(10, 20, info.width, info.height);
    let whole = dataset.read::<u8>().array().unwrap();
    for ((_, r, c), v) in padded.indexed_iter() {
        let (row, col) = (r as i64 - inside.row, c as i64 - inside.col);
        let expected = if inside.contains(&Window::new(c as i64, r as i64, 1, 1)) {
            whole[[0, row as usize, col as usize]]
        } else {
            7
        };
        assert_eq!(*v, expected);
    }
    // Half size: a pixel is outside when its centre is.
    let half = read.shape(info.height / 2 + 20, info.width / 2 + 10).array().unwrap();
    assert!(half.index_axis(Axis(1), 0).iter().all(|&v| v == 7));
    // Without `boundless` the window is cut at the raster.
    assert_eq!(dataset.read::<u8>().window(window).array().unwrap(), whole);
    let nowhere = dataset.read::<u8>().window(Window::new(1000, 0, 4, 4)).array().unwrap();
    assert_eq!(nowhere.dim(), (1, 4, 0));
}
