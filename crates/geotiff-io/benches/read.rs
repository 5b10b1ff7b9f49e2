//! How fast windows are read, from whole rasters down to reduced views: `cargo bench -p geotiff-io --bench read`.
#![allow(clippy::print_stdout, reason = "a benchmark prints")]

use geotiff_io::{
    Compression, CreateOptions, Dataset, OpenOptions, Predictor, Resampling, Result, TransferOptions,
    write_raster_into,
};
use ndarray::Array3;
use raster_core::{AnyArray, MemoryRaster, RasterSource, Window};
use std::time::Instant;

const SIZE: usize = 4096;

/// A slope with waves and a little noise, in 0 to 1.
fn terrain(band: usize, row: usize, col: usize) -> f64 {
    let noise = (row * 7919 + col * 104_729 + band * 31) % 1009;
    let waves = (col as f64 / 83.0).sin() * (row as f64 / 127.0).cos();
    0.45 + 0.2 * waves + 0.2 * (row + col) as f64 / (2 * SIZE) as f64 + noise as f64 * 1e-5
}

fn rasters() -> Vec<(&'static str, AnyArray, Predictor)> {
    let shape = |bands| (bands, SIZE, SIZE);
    let u16s = Array3::from_shape_fn(shape(1), |(b, r, c)| (terrain(b, r, c) * 9000.0) as u16);
    let rgb = Array3::from_shape_fn(shape(3), |(b, r, c)| (terrain(b, r, c) * 250.0) as u8);
    let f32s = Array3::from_shape_fn(shape(1), |(b, r, c)| (terrain(b, r, c) * 3000.0) as f32);
    vec![
        ("u16", u16s.into(), Predictor::Horizontal),
        ("rgb", rgb.into(), Predictor::Horizontal),
        ("f32", f32s.into(), Predictor::FloatingPoint),
    ]
}

/// Median seconds of five runs.
fn median(mut run: impl FnMut()) -> f64 {
    let mut seconds: Vec<f64> = (0..5)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    seconds[2]
}

fn main() -> Result<()> {
    println!(
        "{:14}{:>10}{:>12}{:>12}{:>12}  (million pixels of the source per second)",
        "", "whole", "2 threads", "windows", "reduced"
    );
    for (name, pixels, predictor) in rasters() {
        let raster = MemoryRaster::new(pixels);
        for compression in [Compression::None, Compression::Lzw, Compression::Deflate, Compression::Zstd] {
            let create = CreateOptions::geotiff().with_compression(compression).with_predictor(predictor);
            let mut file = Vec::new();
            write_raster_into(&raster, &mut file, &TransferOptions::new(create))?;
            let dataset = OpenOptions::new().threads(1).from_bytes(file)?;
            assert_eq!(&dataset.read_any().array()?, raster.pixels(), "{name} {compression:?}");
            let bands = dataset.info().all_bands();
            let mut out = AnyArray::zeros(dataset.info().data_type, raster.pixels().shape());
            let whole = dataset.info().window();
            let mut read_whole =
                |d: &Dataset| median(|| d.read_into(&bands, &whole, out.view_mut()).unwrap());
            let one = read_whole(&dataset);
            let two = read_whole(&dataset.with_threads(2));
            // Windows that cut blocks, all pixels once.
            let windows: Vec<Window> = raster_core::tile_windows((SIZE, SIZE), (700, 400), 0)?.collect();
            let cut = median(|| {
                for window in &windows {
                    dataset.read_window(&bands, window).unwrap();
                }
            });
            let reduced = median(|| {
                dataset.read_any().shape(512, 512).resampling(Resampling::Average).array().unwrap();
            });
            let speed = |seconds: f64| (SIZE * SIZE) as f64 / seconds / 1e6;
            println!(
                "{:14}{:>10.0}{:>12.0}{:>12.0}{:>12.0}",
                format!("{name} {}", compression.name()),
                speed(one),
                speed(two),
                speed(cut),
                speed(reduced)
            );
        }
    }
    Ok(())
}
