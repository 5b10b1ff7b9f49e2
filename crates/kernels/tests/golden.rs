//! Results of convster's formulae on numpy, scipy and scikit-image (`shared/golden`), where they are at hand.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "says what was skipped, and each exception")]

mod golden_data;

use golden_data::{band, manifest, number, numbers, range, read_tiff};
use kernels::*;
use ndarray::{Array3, Axis};
use raster_core::{AnyArray, AnyView, DataType, Sample, with_array};
use serde_json::Value;

/// How far results may be off: `exact` counts pixels that differ by one in an integer type.
struct Difference {
    largest: f64,
    off_by_one: Vec<(f64, f64)>,
}

fn difference(found: &[f64], expected: &[f64], integer: bool) -> Difference {
    assert_eq!(found.len(), expected.len());
    let mut d = Difference { largest: 0.0, off_by_one: Vec::new() };
    for (&f, &e) in found.iter().zip(expected) {
        if f == e || (f.is_nan() && e.is_nan()) {
            continue;
        }
        if integer && (f - e).abs() == 1.0 {
            d.off_by_one.push((f, e));
        } else {
            // NaN on one side only has to show.
            d.largest = if (f - e).is_nan() {
                f64::INFINITY
            } else {
                d.largest.max((f - e).abs() / e.abs().max(1.0))
            };
        }
    }
    d
}

fn data_type(value: &Value) -> DataType {
    value.as_str().expect("a type").parse().expect("a known type")
}

fn blur(params: &Value) -> GaussianOptions {
    let mut options = GaussianOptions::new(1.0).truncate(params["truncate"].as_f64().unwrap_or(4.0));
    options = match &params["sigma"] {
        Value::Array(s) => options.sigma(number(&s[0]), number(&s[1])),
        s => options.sigma(number(s), number(s)),
    };
    options
        .border(match params["mode"].as_str().unwrap_or("nearest") {
            "nearest" => Border::Nearest,
            "reflect" => Border::Reflect,
            "mirror" => Border::Mirror,
            "wrap" => Border::Wrap,
            "constant" => Border::Constant(number(&params["cval"])),
            other => panic!("{other}"),
        })
        .preserve_range(params["preserve_range"] == Value::Bool(true))
}

fn tolerance(data_type: DataType) -> f64 {
    match data_type {
        DataType::F64 => 1e-12,
        DataType::F32 => 1e-6,
        _ => 0.0,
    }
}

fn run(kernel: &dyn Kernel, pixels: AnyView<'_>) -> AnyArray {
    apply(kernel, pixels, &mut Scratch::new()).expect("the kernel runs")
}

fn bands_of(array: &AnyArray, bands: &[usize]) -> AnyArray {
    with_array!(AnyArray, array, a => Sample::erase(a.select(Axis(0), &bands.iter().map(|b| b - 1).collect::<Vec<_>>())))
}

#[test]
fn gaussian() {
    let Some((folder, manifest)) = manifest("gaussian") else { return };
    for case in manifest["cases"].as_array().unwrap() {
        let input = read_tiff(&folder.join(case["input"].as_str().unwrap()));
        let expected = read_tiff(&folder.join(case["expected"].as_str().unwrap()));
        let skip = case["op"] == "bpgaussian";
        let kernel = blur(&case["params"]).skip_missing(skip).build().unwrap();
        let found = run(&kernel, input.view());
        let d =
            difference(&band(&found, 1), &band(&expected, case["band"].as_u64().unwrap() as usize), false);
        // Upstream's bpgaussian is f64 even for f32 input; ours computes f32 in f32.
        assert!(d.largest <= tolerance(found.data_type()), "{case}: {}", d.largest);
    }
    for kernel in manifest["kernels"].as_array().unwrap() {
        let (sigma, truncate) = (number(&kernel["sigma"]), number(&kernel["truncate"]));
        let radius = kernel["radius"].as_u64().unwrap() as usize;
        assert_eq!(kernel_diameter_px(sigma, truncate), 2 * radius + 1);
        // A category that fills the footprint is exactly one, whatever upstream's rounding makes of it.
        let ones = AnyArray::from(Array3::from_elem((1, 5, 5), 255u8));
        let found = run(&GaussianOptions::new(sigma).truncate(truncate).build().unwrap(), ones.view());
        assert!(band(&found, 1).iter().all(|v| *v == 1.0), "{kernel}");
    }
}

#[test]
fn convert() {
    let Some((_, manifest)) = manifest("convert") else { return };
    for case in manifest["cases"].as_array().unwrap() {
        let (from, to) = (data_type(&case["input_dtype"]), data_type(&case["as_dtype"]));
        if to == DataType::I32 && !case["in_range"].is_null() && case["out_range"].is_null() {
            // The scaled value exceeds an i32 before the lowest number is added: upstream gives 0, ours is exact.
            println!("skipped, upstream's defect: {case}");
            continue;
        }
        let input =
            Array3::from_shape_vec((1, 1, case["input"].as_array().unwrap().len()), numbers(&case["input"]))
                .unwrap();
        let input = AnyArray::from(input).convert_to(from);
        let mut rescale = Rescale::to_type(to);
        if let Some((low, high)) = range(&case["in_range"]) {
            rescale = rescale.with_input_range(low, high);
        }
        if let Some((low, high)) = range(&case["out_range"]) {
            rescale = rescale.with_output_range(low, high);
        }
        let d = difference(&band(&run(&rescale, input.view()), 1), &numbers(&case["output"]), false);
        assert!(d.largest <= tolerance(to), "{case}: {}", d.largest);
    }
}

#[test]
fn categories() {
    let Some((folder, manifest)) = manifest("categories") else { return };
    let mut exceptions = 0;
    for case in manifest["cases"].as_array().unwrap() {
        let input = read_tiff(&folder.join(case["input"].as_str().unwrap()));
        let expected = read_tiff(&folder.join(case["expected"].as_str().unwrap()));
        if case["img_filter"] == "bpgaussian" {
            // Upstream's bpgaussian does not bring the u8 indicator to 0..1: its result wraps around modulo 256.
            println!("skipped, upstream's defect: {}", case["expected"]);
            continue;
        }
        let categories = numbers(&case["categories"]).into_iter().map(Category::value).collect();
        let to = data_type(&case["as_dtype"]);
        let params = &case["filter_params"];
        // What upstream's membership (0 or 255, or 0 to 1 when blurred without preserving the range) becomes.
        let highest = if case["img_filter"].is_null() || params["preserve_range"] == Value::Bool(true) {
            255.0
        } else {
            1.0
        };
        let output = match (range(&case["filter_output_range"]), range(&case["output_range"])) {
            (None, None) => Some((0.0, highest)),
            (_, output) => output,
        };
        let filter = (!case["img_filter"].is_null()).then(|| blur(params).preserve_range(false));
        let kernel = Categories::new(categories, filter, to, output).unwrap();
        let found = run(&kernel, input.view());
        for b in 1..=found.shape().0 {
            let d = difference(&band(&found, b), &band(&expected, b), to.is_integer());
            assert!(d.largest <= tolerance(to), "{case} band {b}: {}", d.largest);
            if !d.off_by_one.is_empty() {
                println!("{} band {b}: {:?} (ours, upstream's)", case["expected"], d.off_by_one);
                exceptions += d.off_by_one.len();
            }
        }
    }
    // The rounding accident needs a category that fills a footprint, where scipy's weights do not sum to one.
    assert_eq!(exceptions, CATEGORY_EXCEPTIONS, "pixels of integer output that differ by one");
}

/// See the list that the test prints: `cargo test -p kernels --test golden -- --nocapture`.
const CATEGORY_EXCEPTIONS: usize = 0;

#[test]
fn entropy() {
    let Some((folder, manifest)) = manifest("entropy") else { return };
    let mut exceptions = 0;
    for case in manifest["cases"].as_array().unwrap() {
        let input = read_tiff(&folder.join(case["input"].as_str().unwrap()));
        let expected = read_tiff(&folder.join(case["expected"].as_str().unwrap()));
        let to = data_type(&case["output_dtype"]);
        let mut options =
            DiversityOptions::new(Measure::Shannon, to).normed(case["normed"] == Value::Bool(true));
        if let Some(n) = case["max_entropy_categories"].as_u64() {
            options = options.max_categories(n as usize);
        }
        if let Some((low, high)) = range(&case["output_range"]) {
            options = options.output_range(low, high);
        }
        let found = run(&BandDiversity::new(options).unwrap(), input.view());
        let d = difference(
            &band(&found, 1),
            &band(&expected, case["band"].as_u64().unwrap() as usize),
            to.is_integer(),
        );
        // f32 bands: upstream computes in f32.
        let single = input.data_type() == DataType::F32;
        assert!(
            d.largest <= if single && !to.is_integer() { 1e-6 } else { tolerance(to) },
            "{case}: {}",
            d.largest
        );
        if !d.off_by_one.is_empty() {
            println!("{case}: {:?} (ours, upstream's)", d.off_by_one);
            assert!(single, "only upstream's f32 arithmetic may explain a difference: {case}");
            exceptions += d.off_by_one.len();
        }
    }
    assert_eq!(exceptions, ENTROPY_EXCEPTIONS, "pixels of integer output that differ by one");
}

/// f32 bands with integer output: upstream's entropy is rounded to f32 before it is cut off.
const ENTROPY_EXCEPTIONS: usize = 10;

#[test]
fn interaction() {
    let Some((folder, manifest)) = manifest("interaction") else { return };
    for case in manifest["cases"].as_array().unwrap() {
        let input = read_tiff(&folder.join(case["input"].as_str().unwrap()));
        let expected = read_tiff(&folder.join(case["expected"].as_str().unwrap()));
        let to = data_type(&case["output_dtype"]);
        // The bands are the categories 0 to 4.
        let chosen: Vec<usize> = numbers(&case["categories"]).iter().map(|c| *c as usize + 1).collect();
        let kernel = Interaction::new(to)
            .standardize(case["standardize"] == Value::Bool(true))
            .normed(case["normed"] == Value::Bool(true));
        let found = run(&kernel, bands_of(&input, &chosen).view());
        let d =
            difference(&band(&found, 1), &band(&expected, case["band"].as_u64().unwrap() as usize), false);
        assert!(d.largest <= tolerance(to), "{case}: {}", d.largest);
    }
}

#[test]
fn apply_filter() {
    let Some((folder, manifest)) = manifest("apply_filter") else { return };
    let mut exceptions = 0;
    for case in manifest["cases"].as_array().unwrap() {
        let input = read_tiff(&folder.join(case["input"].as_str().unwrap()));
        let expected = read_tiff(&folder.join(case["expected"].as_str().unwrap()));
        let mut data = Rescale::to_type(data_type(&case["data_as_dtype"]));
        if let Some((low, high)) = range(&case["data_in_range"]) {
            data = data.with_input_range(low, high);
        }
        if let Some((low, high)) = range(&case["data_output_range"]) {
            data = data.with_output_range(low, high);
        }
        let to = data_type(&case["output_dtype"]);
        let mut output = Rescale::to_type(to);
        if let Some((low, high)) = range(&case["filter_output_range"]) {
            output = output.with_input_range(low, high);
        }
        if let Some((low, high)) = range(&case["output_range"]) {
            output = output.with_output_range(low, high);
        }
        let valid_only = case["img_filter"] == "bpgaussian";
        let filter = blur(&case["filter_params"]).skip_missing(valid_only).build().unwrap();
        let mut kernel = ApplyFilter::new(Box::new(filter), output).with_data(data);
        if let Some(v) = case["replace_nan_with"].as_f64() {
            kernel = kernel.with_missing_replaced(v);
        }
        let count = input.shape().0;
        let mut stacked = input.clone();
        if let Some(name) = case["selector"].as_str() {
            let selector = read_tiff(&folder.join(name)).convert::<f64>();
            let both =
                ndarray::concatenate(Axis(0), &[input.clone().convert::<f64>().view(), selector.view()])
                    .unwrap();
            stacked = AnyArray::from(both);
            // Integer data fades, float data is missing outside its zone.
            let float = data.data_type().is_float();
            let outside = if float { OutsideZone::Missing } else { OutsideZone::Zero };
            kernel = kernel.with_zones(Zones { selector: count + 1, outside });
        }
        let found = run(&kernel, stacked.view());
        for b in 1..=count {
            let d = difference(&band(&found, b), &band(&expected, b), to.is_integer());
            assert!(d.largest <= tolerance(to), "{case}: {}", d.largest);
            if !d.off_by_one.is_empty() {
                println!("{} band {b}: {:?} (ours, upstream's)", case["name"], d.off_by_one);
                exceptions += d.off_by_one.len();
            }
        }
    }
    assert_eq!(exceptions, FILTER_EXCEPTIONS, "pixels of integer output that differ by one");
}

const FILTER_EXCEPTIONS: usize = 0;
