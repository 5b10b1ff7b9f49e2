//! Jobs over files: the same bytes for any cut, any number of workers, any order; faults leave nothing behind.

mod support;

use geotiff_io::{Compression, CreateOptions, Dataset, GeoTiffWriter};
use kernels::GaussianOptions;
use mucho::jobs::{
    EntropyFrom, EntropyJob, ExtractJob, InteractionFrom, InteractionJob, entropy, extract_categories,
    interaction,
};
use mucho::plan::Windows;
use mucho::{Job, Output, Simple, WindowContext};
use ndarray::Array3;
use raster_core::{AnyArray, ErrorKind, MaskKind, MemoryRaster, Nodata, RasterInfo, RasterSource};
use std::{path::Path, sync::Arc};
use support::Folder;

/// Patches of six classes with some speckle; 0 is nodata.
fn classes(width: usize, height: usize) -> Array3<u8> {
    Array3::from_shape_fn((1, height, width), |(_, r, c)| {
        let noise = (r.wrapping_mul(7919) ^ c.wrapping_mul(104_729)).wrapping_mul(2_654_435_761) >> 7;
        if r + c < 12 { 0 } else { (1 + (r / 23 + c / 31 + usize::from(noise % 11 == 0)) % 6) as u8 }
    })
}

fn landcover() -> Arc<dyn RasterSource> {
    let raster = MemoryRaster::new(classes(300, 200)).with_nodata(Nodata::Int(0));
    Arc::new(raster.update_info(|i| i.block = (64, 64).into()).unwrap())
}

fn write(path: &Path, pixels: Array3<u8>, compression: Compression) {
    let (bands, height, width) = pixels.dim();
    let info = RasterInfo::new(width, height, bands, raster_core::DataType::U8);
    let options = CreateOptions::geotiff().with_block_size(64).with_compression(compression);
    let writer = GeoTiffWriter::create(path, &info, &options).unwrap();
    writer.write_window(&info.window(), &AnyArray::from(pixels).view()).unwrap();
    writer.finish().unwrap();
}

fn options() -> CreateOptions {
    CreateOptions::cog().with_block_size(64)
}

#[test]
fn the_same_bytes_for_any_windows_and_workers() {
    let from = EntropyFrom::Categories { band: 1, categories: Vec::new(), blur: GaussianOptions::new(4.0) };
    let mut what = EntropyJob::new(from);
    what.options.data_type = raster_core::DataType::F32;
    let run = |windows: Windows, workers: usize| {
        let job = entropy(landcover(), &what).unwrap().into_job();
        let report = job.windows(windows).workers(workers).output(Output::Memory(options())).run().unwrap();
        report.bytes.unwrap()
    };
    let reference = run(Windows::Size(300, 200), 1);
    for (windows, workers) in [
        (Windows::Auto, 1),
        (Windows::Auto, 2),
        (Windows::Auto, 8),
        (Windows::Size(37, 41), 2),
        (Windows::Size(300, 1), 3),
        (Windows::Size(1, 200), 2),
        (Windows::Blocks, 8),
    ] {
        assert!(run(windows.clone(), workers) == reference, "{windows:?}, {workers} workers");
    }
    let dataset = Dataset::from_bytes(reference).unwrap();
    assert_eq!(dataset.info().metadata.get("GEORACOON", Some(1), "category"), Some("\"entropy\""));
    assert_eq!(dataset.info().overviews, [(150, 100), (75, 50), (37, 25)]);
}

#[test]
fn extraction_in_two_steps_equals_one() {
    let blur = GaussianOptions::new(3.0);
    let categories: Vec<_> = [1.0, 2.0, 5.0].map(kernels::Category::value).to_vec();
    let mut extract = ExtractJob::new(categories);
    extract.blur = Some(blur);
    extract.data_type = raster_core::DataType::F64;
    let bytes =
        |step: mucho::Step| step.into_job().output(Output::Memory(options())).run().unwrap().bytes.unwrap();
    let shares = Dataset::from_bytes(bytes(extract_categories(landcover(), &extract).unwrap())).unwrap();
    assert_eq!(shares.info().bands[2].description.as_deref(), Some("LC_5"));
    assert_eq!(shares.info().metadata.get("GEORACOON", Some(2), "category"), Some("2"));
    assert_eq!(shares.info().bands[0].mask, MaskKind::AllValid, "the source's nodata is not inherited");
    let two =
        interaction(Arc::new(shares), &InteractionJob::new(InteractionFrom::Bands(Vec::new()))).unwrap();
    let one = interaction(landcover(), &InteractionJob::new(InteractionFrom::Categories(extract))).unwrap();
    let pixels = |b: bytes::Bytes| {
        let d = Dataset::from_bytes(b).unwrap();
        d.read_window(&[1], &d.info().window()).unwrap()
    };
    assert_eq!(pixels(bytes(two)), pixels(bytes(one)));
}

#[test]
fn the_output_may_be_the_input() {
    let folder = Folder::new("in-place");
    let path = folder.file("a.tif");
    write(&path, classes(200, 150), Compression::Deflate);
    let add = Simple(|mut inputs: Vec<AnyArray>, _: &WindowContext| {
        let array = inputs.remove(0).into_typed::<u8>()?;
        Ok(array.mapv(|v| v + 100))
    });
    Job::new(add).input(Dataset::open(&path).unwrap()).output(Output::cog(&path)).workers(2).run().unwrap();
    let dataset = Dataset::open(&path).unwrap();
    let result = dataset.read_window(&[1], &dataset.info().window()).unwrap().into_typed::<u8>().unwrap();
    assert_eq!(result, classes(200, 150).mapv(|v| v + 100));
    assert_eq!(folder.names(), ["a.tif"]);
}

#[test]
fn a_damaged_tile_names_the_window_and_leaves_the_target_alone() {
    let folder = Folder::new("damaged");
    let (input, output) = (folder.file("in.tif"), folder.file("out.tif"));
    write(&input, classes(256, 256), Compression::Deflate);
    // The last tile's bytes stand somewhere in the second half of the file.
    let mut bytes = std::fs::read(&input).unwrap();
    let middle = bytes.len() * 6 / 10;
    bytes[middle..middle + 200].fill(0xff);
    std::fs::write(&input, &bytes).unwrap();
    std::fs::write(&output, b"what stood here before").unwrap();
    let copy = || Simple(|mut inputs: Vec<AnyArray>, _: &WindowContext| Ok(inputs.remove(0)));
    for workers in [1, 3] {
        let error = Job::new(copy())
            .input(Dataset::open(&input).unwrap())
            .output(Output::cog(&output))
            .workers(workers)
            .run()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "{error}");
        assert!(error.location().window.is_some(), "{error}");
        assert!(error.to_string().contains("in.tif"), "{error}");
        assert_eq!(std::fs::read(&output).unwrap(), b"what stood here before");
        assert_eq!(folder.names(), ["in.tif", "out.tif"]);
    }
}

#[test]
fn a_missing_folder_is_an_error_at_once() {
    let folder = Folder::new("nowhere");
    let error = Job::new(Simple(|mut inputs: Vec<AnyArray>, _: &WindowContext| Ok(inputs.remove(0))))
        .input(MemoryRaster::new(classes(10, 10)))
        .output(Output::cog(folder.file("no/such/folder/out.tif")))
        .run()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
}
