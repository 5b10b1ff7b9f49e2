//! What rio-mucho's own tests ask of it, asked of a job over files; and recorded results of rio-mucho 1.0.0.
//!
//! `mode="mucho_gusto"` has no twin: the mode is a type here. Global arguments are what a closure captures.

mod support;

use geotiff_io::{Compression, CreateOptions, Dataset, GeoTiffWriter};
use mucho::plan::Windows;
use mucho::{Job, Manual, MemorySink, Output, Report, Simple, Stacked, WindowContext, WindowFunction, stack};
use ndarray::{Array3, Axis, concatenate, s};
use raster_core::{
    AnyArray, BlockIndex, DataType, Error, ErrorKind, GeoTransform, MemoryRaster, RasterInfo, RasterSource,
    Result, Window,
};
use serde_json::Value;
use sha2::Digest;
use std::path::{Path, PathBuf};
use support::{Folder, golden, pixels_of};

/// One band of 512 × 512 random bytes, tiles of 256, LZW.
fn write_random(path: &Path, seed: u32) -> Array3<u8> {
    let mut state = seed;
    let random = Array3::from_shape_simple_fn((1, 512, 512), || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    let mut info = RasterInfo::new(512, 512, 1, DataType::U8);
    info.transform = Some(GeoTransform::from_origin(-13_550_756.0, 6_315_533.0, 4.6, 4.6));
    let options = CreateOptions::geotiff().with_block_size(256).with_compression(Compression::Lzw);
    let writer = GeoTiffWriter::create(path, &info, &options).unwrap();
    writer.write_window(&info.window(), &AnyArray::from(random.clone()).view()).unwrap();
    writer.finish().unwrap();
    random
}

struct Inputs {
    folder: Folder,
    paths: [PathBuf; 2],
    arrays: [Array3<u8>; 2],
}

fn inputs(name: &str) -> Inputs {
    let folder = Folder::new(name);
    let paths = [folder.file("test_1.tif"), folder.file("test_2.tif")];
    let arrays = [write_random(&paths[0], 1), write_random(&paths[1], 2)];
    Inputs { folder, paths, arrays }
}

/// The profile of the first input: `options` of rio-mucho.
fn profile() -> CreateOptions {
    CreateOptions::geotiff().with_block_size(256).with_compression(Compression::Lzw)
}

fn run<F: WindowFunction>(function: F, inputs: &[PathBuf], output: &Path, workers: usize) -> Result<Report> {
    let job = Job::new(function).workers(workers).output(Output::File(output.to_owned(), profile()));
    inputs.iter().try_fold(job, |job, path| Dataset::open(path).map(|input| job.input(input)))?.run()
}

fn first(arrays: Vec<AnyArray>, _: &WindowContext) -> Result<AnyArray> {
    arrays.into_iter().next().ok_or_else(|| Error::misuse("no input"))
}

/// As many bands as the function gives.
struct Bands<F>(F, usize);

impl<F: WindowFunction> WindowFunction for Bands<F> {
    fn output(&self, inputs: &[&RasterInfo]) -> Result<Option<kernels::Signature>> {
        Ok(Some(kernels::Signature { bands: self.1, data_type: inputs[0].data_type }))
    }
    fn run(
        &self,
        inputs: &mucho::Inputs<'_>,
        context: &WindowContext,
        worker: &mut mucho::Worker,
    ) -> Result<mucho::Computed> {
        self.0.run(inputs, context, worker)
    }
}

#[test]
fn manual_read() {
    let Inputs { folder, paths, arrays } = inputs("manual");
    let function = Manual(|inputs: &mucho::Inputs<'_>, context: &WindowContext| {
        let read = |s: &std::sync::Arc<dyn RasterSource>| s.read_window(&[1], &context.core);
        stack(&inputs.sources().iter().map(read).collect::<Result<Vec<_>>>()?)
    });
    let output = folder.file("out.tif");
    run(Bands(function, 2), &paths, &output, 4).unwrap();
    let result = pixels_of(&output).into_typed::<u8>().unwrap();
    assert_eq!(result.slice(s![..1, .., ..]), arrays[0]);
}

#[test]
fn simple_read_with_all_defaults() {
    let Inputs { folder, paths, arrays } = inputs("simple");
    let output = folder.file("out.tif");
    let function = Simple(|arrays: Vec<AnyArray>, context: &WindowContext| {
        let mut array = first(arrays, context)?.into_typed::<u8>()?;
        array.slice_mut(s![.., ..10, ..10]).fill(0);
        Ok(array)
    });
    let report = run(function, &paths[..1], &output, 1).unwrap();
    assert_eq!(report.windows, 4, "the first input's blocks");
    let result = pixels_of(&output).into_typed::<u8>().unwrap();
    assert!(result.slice(s![.., ..10, ..10]).iter().all(|&v| v == 0));
    assert_eq!(result.slice(s![.., 10..256, 10..256]), arrays[0].slice(s![.., 10..256, 10..256]));
    let (from, to) = (Dataset::open(&paths[0]).unwrap(), Dataset::open(&output).unwrap());
    assert_eq!((from.info().transform, from.info().block), (to.info().transform, to.info().block));
}

#[test]
fn a_missing_input_is_an_io_error() {
    let Inputs { folder, .. } = inputs("missing");
    let error = run(Simple(first), &[folder.file("test_999.tif")], &folder.file("out.tif"), 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("test_999.tif"), "{error}");
}

#[test]
fn array_read() {
    let Inputs { folder, paths, arrays } = inputs("array");
    let output = folder.file("out.tif");
    run(Bands(Stacked(|a, _: &WindowContext| Ok(a)), 2), &paths, &output, 4).unwrap();
    let expected = concatenate(Axis(0), &[arrays[0].view(), arrays[1].view()]).unwrap();
    assert_eq!(pixels_of(&output), expected.into());
}

#[test]
fn arrays_are_stacked_or_refused() {
    for (rows, cols) in [(1, 1), (3, 7), (20, 4)] {
        let arrays: Vec<AnyArray> =
            [1, 4, 2].iter().map(|bands| Array3::<u8>::zeros((*bands, rows, cols)).into()).collect();
        assert_eq!(stack(&arrays).unwrap().shape(), (7, rows, cols));
    }
    let odd = [Array3::<u8>::zeros((2, 3, 4)).into(), Array3::<u8>::zeros((1, 1, 1)).into()];
    assert!(stack(&odd).unwrap_err().to_string().contains("same height and width"));
}

#[test]
fn a_failing_function_says_why_and_where_and_leaves_nothing() {
    let Inputs { folder, paths, .. } = inputs("failing");
    let divide = |a: AnyArray, context: &WindowContext| {
        // The window's column is known when it runs only.
        let zero = context.core.col - context.core.col;
        Ok(AnyArray::from(a.into_typed::<u8>()?.mapv(|v| (i64::from(v) / zero) as u8)))
    };
    for workers in [1, 4] {
        let output = folder.file("out.tif");
        let error = run(Bands(Stacked(divide), 2), &paths, &output, workers).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Function);
        assert!(error.to_string().contains("divide by zero"), "{error}");
        assert!(error.location().window.is_some());
        assert_eq!(folder.names(), ["test_1.tif", "test_2.tif"]);
    }
}

#[test]
fn the_output_may_be_open_already() {
    let Inputs { folder: _folder, paths, .. } = inputs("open");
    let sink = MemorySink::new(DataType::U8, (1, 512, 512));
    let function = Simple(|arrays: Vec<AnyArray>, context: &WindowContext| {
        let mut array = first(arrays, context)?.into_typed::<u8>()?;
        array.slice_mut(s![.., ..10, ..10]).fill(0);
        Ok(array)
    });
    Job::new(function)
        .input(Dataset::open(&paths[0]).unwrap())
        .output(sink.clone())
        .workers(1)
        .run()
        .unwrap();
    let result = sink.to_array().into_typed::<u8>().unwrap();
    assert!(result.slice(s![.., ..10, ..10]).iter().all(|&v| v == 0));
}

#[test]
fn overlapping_windows_are_for_memory_only() {
    let block = BlockIndex { row: 0, col: 0 };
    let windows =
        Windows::List(vec![(Window::new(0, 0, 30, 30), block), (Window::new(20, 20, 30, 30), block)]);
    let job = || {
        let number = |_: Vec<AnyArray>, c: &WindowContext| {
            Ok(Array3::from_elem((1, c.core.height, c.core.width), 1 + c.index as u8))
        };
        let raster = MemoryRaster::new(Array3::<u8>::zeros((1, 50, 50)));
        Job::new(Simple(number)).input(raster).windows(windows.clone())
    };
    // In memory the later of them wins, as its place in the list says.
    let sink = MemorySink::new(DataType::U8, (1, 50, 50));
    job().output(sink.clone()).workers(4).run().unwrap();
    let result = sink.to_array().into_typed::<u8>().unwrap();
    assert_eq!((result[[0, 25, 25]], result[[0, 5, 5]], result[[0, 45, 5]]), (2, 1, 0));
    // A file's tiles are encoded as soon as they are complete: refused before anything is computed.
    let error = job().output(Output::Memory(profile())).run().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse);
    assert!(error.to_string().contains("overlap"), "{error}");
}

#[test]
fn recorded_cases() {
    let Some((golden, recorded)) = golden("riomucho", "riomucho.json") else { return };
    let folder = Folder::new("recorded");
    let mut checked = 0;
    for case in recorded["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let job = |count: usize, workers: usize, windows: Windows| -> Result<Report> {
            let divisor = if name == "simple_divide" { 2 } else { 1 };
            let function = Manual(move |inputs: &mucho::Inputs<'_>, context: &WindowContext| {
                assert!(!name.starts_with("fail"), "attempt to divide by zero");
                let all = stack(&inputs.read_all(context)?)?.into_typed::<u8>()?;
                Ok(all.mapv(|v| v / divisor))
            });
            let mut options = CreateOptions::geotiff().with_compression(Compression::None);
            options.blocks = geotiff_io::Blocks::Tiles { width: 64, height: 32 };
            let output = folder.file(&format!("{name}-{workers}.tif"));
            let job = Job::new(Bands(function, count)).workers(workers).windows(windows);
            let job = job.output(Output::File(output, options));
            let inputs = case["inputs"].as_array().unwrap();
            let open = |name: &Value| Dataset::open(golden.join(name.as_str().unwrap()));
            inputs.iter().try_fold(job, |job, name| open(name).map(|input| job.input(input)))?.run()
        };
        for workers in [1, 2, 4] {
            match (case["sha256"].as_str(), name) {
                (Some(digest), _) => {
                    let at = |row, col| BlockIndex { row, col };
                    let windows = match name {
                        "windows_subset_rest_zero" => Windows::List(vec![
                            (Window::new(0, 0, 64, 32), at(0, 0)),
                            (Window::new(64, 32, 64, 32), at(1, 1)),
                        ]),
                        // None listed: the default.
                        "empty_windows_list_means_default" => Windows::List(Vec::new()),
                        _ => Windows::Auto,
                    };
                    let report = job(case["count"].as_u64().unwrap() as usize, workers, windows).unwrap();
                    assert_eq!(report.windows as u64, case["n_windows"].as_u64().unwrap(), "{name}");
                    let output = folder.file(&format!("{name}-{workers}.tif"));
                    let result = pixels_of(&output).into_typed::<u8>().unwrap();
                    let found = sha2::Sha256::digest(result.as_slice().unwrap());
                    let found: String = found.iter().map(|b| format!("{b:02x}")).collect();
                    assert_eq!(found, digest, "{name} with {workers} workers");
                }
                (None, "fail_serial" | "fail_parallel") => {
                    let error = job(1, workers, Windows::Auto).unwrap_err();
                    assert!(error.to_string().contains("divide by zero"), "{error}");
                }
                (None, "missing_input") => {
                    assert_eq!(job(1, workers, Windows::Auto).unwrap_err().kind(), ErrorKind::Io);
                }
                (None, "default_options_wrong_count") => {
                    // One band is declared, two are given.
                    assert_eq!(job(1, workers, Windows::Auto).unwrap_err().kind(), ErrorKind::Misuse);
                }
                (None, "bad_mode") => {}
                (None, other) => panic!("a case that this test does not know: {other}"),
            }
        }
        checked += 1;
    }
    assert_eq!(checked, 13);
    let windows: Vec<_> = Dataset::open(golden.join("t1.tif")).unwrap().block_windows().collect();
    assert_eq!(windows.len() as u64, recorded["default_windows_count"].as_u64().unwrap());
    for (expected, (index, window)) in
        recorded["default_windows_first_6"].as_array().unwrap().iter().zip(&windows)
    {
        let found = serde_json::json!([
            [window.col, window.row, window.width, window.height],
            [index.row, index.col]
        ]);
        assert_eq!(found, *expected);
    }
}
