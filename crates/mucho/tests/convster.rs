//! Recorded results of convster (`shared/golden`) through jobs from file to file, however the raster is cut and by however
//! many workers. The formulae themselves are tested case by case in the crate `kernels`.

mod support;

use geotiff_io::{Compression, CreateOptions, Dataset};
use kernels::{Category, GaussianOptions, OutsideZone, Rescale, Zones};
use mucho::jobs::{
    CategoryTag, DOMAIN, EntropyFrom, EntropyJob, ExtractJob, FilterJob, InteractionFrom, InteractionJob,
    apply_filter, entropy, extract_categories, interaction,
};
use mucho::plan::Windows;
use mucho::{Output, Step};
use raster_core::{AnyArray, DataType, MemoryRaster, RasterSource, Result};
use serde_json::Value;
use std::{path::Path, sync::Arc};
use support::{Folder, golden, pixels, pixels_of};

const CUTS: [(Option<(usize, usize)>, usize); 5] =
    [(None, 1), (Some((16, 16)), 2), (Some((13, 9)), 3), (Some((200, 1)), 2), (Some((1, 50)), 4)];

fn data_type(value: &Value) -> DataType {
    value.as_str().unwrap().parse().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn range(value: &Value) -> Option<(f64, f64)> {
    value.as_array().map(|_| (numbers(value)[0], numbers(value)[1]))
}

fn blur(parameters: &Value) -> GaussianOptions {
    GaussianOptions::new(parameters["sigma"].as_f64().unwrap())
        .truncate(parameters["truncate"].as_f64().unwrap())
        .preserve_range(parameters["preserve_range"] == Value::Bool(true))
}

/// Run a step into a file, and again cut in different ways, which must give the same bytes. The pixels are returned.
fn run(folder: &Folder, name: &str, step: impl Fn() -> Result<Step>, check: impl Fn(&Dataset)) -> AnyArray {
    let options = CreateOptions::cog().with_block_size(16).with_compression(Compression::Zstd);
    let job = |window: Option<(usize, usize)>, workers: usize| {
        let windows = window.map_or(Windows::Auto, |(w, h)| Windows::Size(w, h));
        step().unwrap_or_else(|e| panic!("{name}: {e}")).into_job().windows(windows).workers(workers)
    };
    let path = folder.file("out.tif");
    job(None, 1).output(Output::File(path.clone(), options.clone())).run().unwrap();
    let reference = std::fs::read(&path).unwrap();
    for (window, workers) in CUTS {
        let report = job(window, workers).output(Output::Memory(options.clone())).run().unwrap();
        assert!(report.bytes.unwrap() == reference, "{name}: {window:?}, {workers} workers");
    }
    let dataset = Dataset::open(path).unwrap();
    check(&dataset);
    pixels(&dataset)
}

/// Equal; floats to the tolerance of the references. `off_by_one` counts integers that differ by one where that is allowed.
fn compare(case: &Value, found: &AnyArray, path: &Path, band: usize, single: bool) -> usize {
    let expected = pixels_of(path);
    assert_eq!(found.data_type(), expected.data_type(), "{case}");
    let tolerance = match found.data_type() {
        DataType::F32 => 1e-6,
        DataType::F64 if single => 1e-6,
        DataType::F64 => 1e-12,
        _ => 0.0,
    };
    let (_, rows, cols) = found.shape();
    assert_eq!((rows, cols), (expected.shape().1, expected.shape().2));
    let (found, expected) = (found.view(), expected.view());
    let mut off_by_one = 0;
    for (row, col) in (0..rows).flat_map(|r| (0..cols).map(move |c| (r, c))) {
        let (f, e) = (found.value(0, row, col).to_f64(), expected.value(band - 1, row, col).to_f64());
        if f == e || (f.is_nan() && e.is_nan()) || (f - e).abs() <= tolerance * e.abs().max(1.0) {
            continue;
        }
        assert!(single && (f - e).abs() == 1.0, "{case}: row {row}, column {col}: {f}, recorded {e}");
        off_by_one += 1;
    }
    off_by_one
}

fn open(folder: &Path, case: &Value) -> Arc<dyn RasterSource> {
    Arc::new(Dataset::open(folder.join(case["input"].as_str().unwrap())).unwrap())
}

fn tags(case: &Value) -> Vec<CategoryTag> {
    numbers(&case["categories"]).into_iter().map(|c| CategoryTag::of(&Category::value(c))).collect()
}

#[test]
fn extracted_categories() {
    let Some((golden, manifest)) = golden("categories", "manifest.json") else { return };
    let folder = Folder::new("convster-categories");
    let mut checked = 0;
    for case in manifest["cases"].as_array().unwrap() {
        if case["img_filter"] == "bpgaussian" {
            // Upstream's result wraps around modulo 256.
            continue;
        }
        let parameters = &case["filter_params"];
        let preserve = parameters["preserve_range"] == Value::Bool(true);
        let highest = if case["img_filter"].is_null() || preserve { 255.0 } else { 1.0 };
        let mut what =
            ExtractJob::new(numbers(&case["categories"]).into_iter().map(Category::value).collect());
        what.data_type = data_type(&case["as_dtype"]);
        what.output_range = match (range(&case["filter_output_range"]), range(&case["output_range"])) {
            (None, None) => Some((0.0, highest)),
            (_, output) => output,
        };
        what.blur = (!case["img_filter"].is_null()).then(|| blur(parameters).preserve_range(false));
        let check = |dataset: &Dataset| {
            let info = dataset.info();
            for (i, description) in case["descriptions"].as_array().unwrap().iter().enumerate() {
                assert_eq!(info.bands[i].description.as_deref(), description.as_str());
                let tag = case["band_tags"][i]["category"].as_str();
                assert_eq!(info.metadata.get(DOMAIN, Some(i + 1), "category"), tag);
            }
        };
        let name = case["expected"].as_str().unwrap();
        let found = run(&folder, name, || extract_categories(open(&golden, case), &what), check);
        for band in 0..found.shape().0 {
            let one = found.view().band(band).to_owned();
            compare(case, &one, &golden.join(name), band + 1, false);
        }
        checked += 1;
    }
    assert!(checked > 25, "{checked}");
}

#[test]
fn entropies() {
    let Some((golden, manifest)) = golden("entropy", "manifest.json") else { return };
    let folder = Folder::new("convster-entropy");
    let mut off_by_one = 0;
    for case in manifest["cases"].as_array().unwrap() {
        let mut what = EntropyJob::new(EntropyFrom::Bands(tags(case)));
        what.options.data_type = data_type(&case["output_dtype"]);
        what.options = what.options.normed(case["normed"] == Value::Bool(true));
        if let Some(n) = case["max_entropy_categories"].as_u64() {
            what.options = what.options.max_categories(n as usize);
        }
        if let Some((low, high)) = range(&case["output_range"]) {
            what.options = what.options.output_range(low, high);
        }
        let source = open(&golden, case);
        // Upstream computes f32 bands in f32.
        let single = source.info().data_type == DataType::F32;
        let check = |dataset: &Dataset| {
            let tag = dataset.info().metadata.get(DOMAIN, Some(1), "category").map(str::to_owned);
            assert_eq!(tag.as_deref(), Some("\"entropy\""));
        };
        let name = case["expected"].as_str().unwrap();
        let found = run(&folder, name, || entropy(Arc::clone(&source), &what), check);
        let band = case["band"].as_u64().unwrap() as usize;
        off_by_one += compare(case, &found, &golden.join(name), band, single);
    }
    assert_eq!(off_by_one, 10, "integer pixels of f32 bands that upstream's f32 arithmetic rounds down");
}

#[test]
fn interactions() {
    let Some((golden, manifest)) = golden("interaction", "manifest.json") else { return };
    let folder = Folder::new("convster-interaction");
    for case in manifest["cases"].as_array().unwrap() {
        let mut what = InteractionJob::new(InteractionFrom::Bands(tags(case)));
        what.options = kernels::Interaction::new(data_type(&case["output_dtype"]))
            .standardize(case["standardize"] == Value::Bool(true))
            .normed(case["normed"] == Value::Bool(true));
        let name = case["expected"].as_str().unwrap();
        let found = run(&folder, name, || interaction(open(&golden, case), &what), |_| ());
        compare(case, &found, &golden.join(name), case["band"].as_u64().unwrap() as usize, false);
    }
}

#[test]
fn filters() {
    let Some((golden, manifest)) = golden("apply_filter", "manifest.json") else { return };
    let folder = Folder::new("convster-filter");
    for case in manifest["cases"].as_array().unwrap() {
        let rescale = |to: &Value, from: &Value, output: &Value| {
            let mut rescale = Rescale::to_type(data_type(to));
            if let Some((low, high)) = range(from) {
                rescale = rescale.with_input_range(low, high);
            }
            if let Some((low, high)) = range(output) {
                rescale = rescale.with_output_range(low, high);
            }
            rescale
        };
        let data = rescale(&case["data_as_dtype"], &case["data_in_range"], &case["data_output_range"]);
        let output = rescale(&case["output_dtype"], &case["filter_output_range"], &case["output_range"]);
        let mut source = open(&golden, case);
        let count = source.info().band_count();
        let mut zones = None;
        if let Some(selector) = case["selector"].as_str() {
            let both = [pixels(&*source), pixels_of(&golden.join(selector))];
            let both: Vec<AnyArray> = both.map(|a| a.convert::<f64>().into()).to_vec();
            source = Arc::new(MemoryRaster::new(mucho::stack(&both).unwrap()));
            let outside = if data.data_type().is_float() { OutsideZone::Missing } else { OutsideZone::Zero };
            zones = Some(Zones { selector: count + 1, outside });
        }
        let step = || {
            let skip = case["img_filter"] == "bpgaussian";
            let filter = blur(&case["filter_params"]).skip_missing(skip).build()?;
            let mut what = FilterJob::new(filter, output.data_type());
            what.bands = Some((1..=count).collect());
            (what.data, what.output, what.zones) = (Some(data), output, zones);
            what.replace_missing = case["replace_nan_with"].as_f64();
            apply_filter(Arc::clone(&source), what)
        };
        let found = run(&folder, case["name"].as_str().unwrap(), step, |dataset| {
            assert_eq!(dataset.info().bands[0].description.as_deref(), Some("LC_1"));
        });
        compare(case, &found, &golden.join(case["expected"].as_str().unwrap()), 1, false);
    }
}
