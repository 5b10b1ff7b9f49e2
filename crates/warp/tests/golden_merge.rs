//! `merge` against rasterio.merge (71 cases), `coregister` against the recipe of WarpedVRT and merge.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod support;

use raster_core::{AnyArray, Bounds, DataType, MemoryRaster, Nodata, RasterSource, Result, Window};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use support::{difference, golden, json, raster, transform};
use warp::{
    MergeFunction, MergeMethod, MergeOptions, MergeStep, NodataRule, Positions, WarpOptions, coregister,
    merge,
};

/// Cases whose values differ by design, with the reason.
fn by_design(name: &str) -> Option<&'static str> {
    Some(match name {
        "u8nond_first" | "u8nond_min" | "u8nond_max" | "u8nond_sum" | "u8nond_count" => {
            "without nodata rasterio takes 0 for empty; here a valid 0 is a value"
        }
        "u8nd0_sum" => "numpy's sums wrap around; ours saturate",
        "res20_bilinear" | "res20_cubic" => {
            "rasterio reads decimated windows through RasterIO, which fills holes; ours keep them, as the warper does"
        }
        "dtype_u8_nodata_badrange" => {
            "rasterio ignores a nodata value outside the type and writes zeros; ours is an error"
        }
        "m3_int_index2" => "rasterio allocates two bands for `indexes=2`; there is no such request here",
        _ => return None,
    })
}

fn open(folder: &std::path::Path, names: &Value) -> Vec<Arc<dyn RasterSource>> {
    let names = names.as_array().unwrap();
    names
        .iter()
        .map(|n| Arc::new(raster(folder.join(n.as_str().unwrap()))) as Arc<dyn RasterSource>)
        .collect()
}

fn nodata(value: &Value) -> Option<Nodata> {
    value.as_str().map(|s| Nodata::parse(s).unwrap()).or_else(|| value.as_f64().map(Nodata::from))
}

fn options(params: &Value) -> Result<MergeOptions> {
    let numbers = |v: &Value| -> Vec<f64> {
        v.as_array().map_or_else(
            || v.as_f64().into_iter().collect(),
            |a| a.iter().map(|v| v.as_f64().unwrap()).collect(),
        )
    };
    let mut o = MergeOptions::new(params["method"].as_str().unwrap_or("first").parse()?);
    if let [l, b, r, t] = numbers(&params["bounds"])[..] {
        o.bounds = Some(Bounds::new(l, b, r, t));
    }
    o.resolution = match numbers(&params["res"])[..] {
        [r] => Some((r, r)),
        [x, y] => Some((x, y)),
        _ => None,
    };
    o.highest_resolution = params["use_highest_res"] == true;
    o.aligned = params["target_aligned_pixels"] == true;
    if let Some(name) = params["resampling"].as_str() {
        o.resampling = name.parse()?;
    }
    if let Some(v) = nodata(&params["nodata"]) {
        o.nodata = NodataRule::Value(v);
    }
    o.data_type = params["dtype"].as_str().map(|t| match t {
        "float64" => DataType::F64,
        "int16" => DataType::I16,
        _ => DataType::U8,
    });
    o.bands = match numbers(&params["indexes"])[..] {
        [] => None,
        ref b => Some(b.iter().map(|b| *b as usize).collect()),
    };
    Ok(o)
}

/// The mean of what is merged and what is new, where both are valid.
fn pairwise_mean(step: &mut MergeStep<'_>) -> Result<()> {
    let new = step.new.to_owned().into_typed::<f32>()?;
    let mut merged = step.merged.view().to_owned().into_typed::<f32>()?;
    for ((m, v), (n, nv)) in
        merged.iter_mut().zip(&mut step.merged_valid).zip(new.iter().zip(&step.new_valid))
    {
        if *nv != 0 {
            *m = if *v != 0 { (*m + n) / 2.0 } else { *n };
            *v = 255;
        }
    }
    step.merged.assign(&AnyArray::from(merged).view())
}

fn whole(source: &dyn RasterSource) -> AnyArray {
    source.read_window(&source.info().all_bands(), &source.info().window()).unwrap()
}

/// The same pixels from windows of an awkward size.
fn in_windows(source: &dyn RasterSource, width: usize, height: usize) -> AnyArray {
    let info = source.info();
    let mut out = AnyArray::zeros(info.data_type, (info.band_count(), info.height, info.width));
    for row in (0..info.height).step_by(height) {
        for col in (0..info.width).step_by(width) {
            let w = Window::new(col as i64, row as i64, width, height).crop(info.width, info.height);
            out.view_mut()
                .window_mut(&w)
                .assign(&source.read_window(&info.all_bands(), &w).unwrap().view())
                .unwrap();
        }
    }
    out
}

#[test]
fn rasterio_merge() {
    let Some(folder) = golden("merge") else { return };
    let mut failures = Vec::new();
    let manifest = json(folder.join("manifest.json"));
    for case in manifest["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        if name == "bad_method" {
            // `mean` is a method here.
            continue;
        }
        let mut options = options(&case["params"]).unwrap();
        let spied = Arc::new(Mutex::new(Vec::new()));
        match name {
            "callable_mean" => options.method = MergeMethod::Custom(MergeFunction::new(pairwise_mean)),
            "callable_spy" => {
                options.method = MergeMethod::Last;
                let seen = Arc::clone(&spied);
                let spy = MergeFunction::new(move |step| {
                    let w = step.window;
                    seen.lock().unwrap().push((step.index, w.row, w.col, w.height, w.width));
                    Ok(())
                });
                let mut options = options.clone();
                options.method = MergeMethod::Custom(spy);
                whole(&merge(&open(&folder, &case["inputs"]), &options).unwrap());
                let calls: Vec<_> = manifest["spy_calls"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|c| {
                        let n = |v: &Value| v.as_i64().unwrap();
                        (
                            n(&c["index"]) as usize,
                            n(&c["roff"]),
                            n(&c["coff"]),
                            n(&c["shape"][1]) as usize,
                            n(&c["shape"][2]) as usize,
                        )
                    })
                    .collect();
                assert_eq!(*spied.lock().unwrap(), calls);
            }
            _ => {}
        }
        let result = merge(&open(&folder, &case["inputs"]), &options);
        if name == "dtype_u8_nodata_badrange" || (case.get("error").is_some() && by_design(name).is_none()) {
            assert!(result.is_err(), "{name}");
            continue;
        }
        if case.get("error").is_some() {
            continue;
        }
        let mosaic = result.unwrap_or_else(|e| panic!("{name}: {e}"));
        let expected = raster(folder.join(case["expected"].as_str().unwrap()));
        assert_eq!(mosaic.info().transform, Some(transform(&case["transform"])), "{name}");
        let ours = whole(&mosaic);
        assert_eq!(ours.shape(), expected.pixels().shape(), "{name}");
        let pieces = in_windows(&mosaic, 7, 5);
        for band in 0..ours.shape().0 {
            assert_eq!(difference(&ours, band, &pieces, band).count, 0, "{name}: windows");
            let d = difference(&ours, band, expected.pixels(), band);
            // Integers: numpy truncates what ours round. Floats: sums in another order, single precision.
            let tolerance = match ours.data_type() {
                DataType::I16 | DataType::U8 if name.starts_with("dtype") => 1.0,
                t if t.is_integer() => 0.0,
                _ => 1e-4,
            };
            if (d.largest > tolerance || d.largest.is_nan()) && by_design(name).is_none() {
                failures.push(format!("{name} band {band}: {d:?}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn coregistration_recipe() {
    let Some(folder) = golden("warp") else { return };
    let mut failures = Vec::new();
    for case in json(folder.join("manifest.json"))["coregister"].as_array().unwrap() {
        let text = |key: &str| case[key].as_str().unwrap();
        let reference = raster(folder.join(text("reference"))).info().grid();
        let mut options = WarpOptions::new(text("resampling").parse().unwrap());
        // WarpedVRT measures the scale on the part of the output that has no source, too: it sees none.
        options.scale = Some((1.0, 1.0));
        // Its default tolerance was used.
        options.positions = Positions::gdalwarp();
        let method = text("merge_method").parse().unwrap();
        let mosaic = coregister(&open(&folder, &case["from_files"]), &reference, method, &options).unwrap();
        let expected = raster(folder.join(text("expected")));
        let d = difference(&whole(&mosaic), 0, expected.pixels(), 0);
        if d.largest > 0.2 || d.largest.is_nan() {
            failures.push(format!("{} {}: {d:?}", text("resampling"), text("merge_method")));
        }
        assert_eq!(mosaic.info().nodata(), Some(Nodata::Int(-9999)));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn nothing_is_empty_by_value() {
    // 0 is valid in the first source and stays, although 0 is what an untouched array holds.
    let tile = |values: [u8; 2]| -> Arc<dyn RasterSource> {
        let t = raster_core::GeoTransform::from_origin(0.0, 1.0, 1.0, 1.0);
        let pixels = ndarray::Array3::from_shape_vec((1, 1, 2), values.to_vec()).unwrap();
        Arc::new(MemoryRaster::new(pixels).update_info(|i| i.transform = Some(t)).unwrap())
    };
    let sources = [tile([0, 7]), tile([9, 250])];
    let read =
        |m: MergeMethod| whole(&merge(&sources, &MergeOptions::new(m)).unwrap()).into_typed::<u8>().unwrap();
    assert_eq!(read(MergeMethod::First).as_slice().unwrap(), [0, 7]);
    assert_eq!(read(MergeMethod::Min).as_slice().unwrap(), [0, 7]);
    assert_eq!(read(MergeMethod::Count).as_slice().unwrap(), [2, 2]);
    assert_eq!(read(MergeMethod::Sum).as_slice().unwrap(), [9, 255]);
    assert_eq!(read(MergeMethod::Mean).as_slice().unwrap(), [5, 129]);
    assert!(merge(&[], &MergeOptions::default()).is_err());
    assert!("middle".parse::<MergeMethod>().is_err());
}
