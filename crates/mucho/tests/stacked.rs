//! Views on top of each other, read by many threads: a job over a kernel over a cache over a warp over a cache over a file. The
//! result is that of a plain serial computation, and it comes.
//!
//! `MUCHO_LONG_TESTS=1` goes round two hundred times.

mod support;

use geotiff_io::{
    CreateOptions, Dataset, Interleave, Overviews, TransferOptions, write_raster, write_raster_into,
};
use kernels::GaussianOptions;
use mucho::{BlockCache, CachedSource, Job, KernelView, MemorySink, Simple, plan::Windows};
use ndarray::Array3;
use parallel::Pool;
use raster_core::{
    AnyArray, DataType, GeoTransform, Grid, Masked, MemoryRaster, Nodata, RasterSource, Resampling, Result,
    Window,
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};
use support::Folder;
use warp::{WarpOptions, WarpedRaster};

const SIZE: (usize, usize) = (420, 360);
const BANDS: [usize; 3] = [1, 2, 3];

/// Longer than a whole round by far, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(120);

fn source() -> MemoryRaster {
    let pixels = Array3::from_shape_fn((3, SIZE.1, SIZE.0), |(b, r, c)| {
        let wave = (r * r / 90 + c * (b + 2) / 3 + (r * c) / 700) % 251;
        // Holes of several sizes, nodata 0.
        if (r / 40 + c / 70) % 9 == 0 || (r + 3 * c) % 97 == 0 { 0 } else { wave as u8 + 1 }
    });
    MemoryRaster::new(pixels)
        .with_nodata(Nodata::Int(0))
        .update_info(|i| i.transform = Some(GeoTransform::from_origin(1000.0, 7000.0, 10.0, 10.0)))
        .unwrap()
}

/// The same file in three orders.
fn files(folder: &Path) -> Vec<PathBuf> {
    [Interleave::Pixel, Interleave::Band, Interleave::Tile]
        .into_iter()
        .enumerate()
        .map(|(i, interleave)| {
            let path = folder.join(format!("{i}.tif"));
            let mut create = CreateOptions::cog()
                .with_compression(geotiff_io::Compression::Lzw)
                .with_block_size(128)
                .with_interleave(interleave);
            // A reduction is to read the pixels themselves.
            create.overviews = Overviews::None;
            write_raster(&source(), &path, &TransferOptions::new(create)).unwrap();
            path
        })
        .collect()
}

/// The output grid: pixels `factor` times as large, a little off the source's.
fn grid(factor: f64) -> Grid {
    let (width, height) = ((SIZE.0 as f64 / factor) as usize, (SIZE.1 as f64 / factor) as usize);
    let step = 10.0 * factor;
    Grid::new(width, height, GeoTransform::from_origin(1003.0, 6996.0, step, step))
}

fn options(factor: f64) -> WarpOptions {
    let method = if factor > 1.0 { Resampling::Average } else { Resampling::Cubic };
    let mut options = WarpOptions::new(method);
    // So little that every tile, and most parts of tiles, read for themselves.
    options.window_limit = 40_000;
    options
}

fn blurred(source: Arc<dyn RasterSource>) -> Result<KernelView> {
    KernelView::new(source, GaussianOptions::new(1.5).skip_missing(true).build()?)
}

/// Without threads, caches, files, windows.
fn plain(factor: f64) -> Masked<AnyArray> {
    parallel::alone(|| {
        let warped = WarpedRaster::new(Arc::new(source()), &grid(factor), &options(factor)).unwrap();
        let view = blurred(Arc::new(warped)).unwrap();
        view.read_masked(&BANDS, &view.info().window()).unwrap()
    })
}

/// All views. The file's blocks do not fit into their cache, those of the warped raster do.
fn stacked(path: &Path, factor: f64) -> Result<Arc<dyn RasterSource>> {
    let cached = |source: Arc<dyn RasterSource>, bytes: usize| -> Result<Arc<dyn RasterSource>> {
        Ok(Arc::new(CachedSource::sharing(source, &BANDS, &BlockCache::new(bytes))?))
    };
    let file = cached(Arc::new(Dataset::open(path)?), 300_000)?;
    let warped = WarpedRaster::new(file, &grid(factor), &options(factor))?;
    Ok(Arc::new(blurred(cached(Arc::new(warped), 2_000_000)?)?))
}

fn by_job(path: &Path, factor: f64, workers: usize) -> Result<AnyArray> {
    let source = stacked(path, factor)?;
    let info = source.info();
    let sink = MemorySink::new(DataType::F64, (info.band_count(), info.height, info.width));
    Job::new(Simple(|mut inputs: Vec<AnyArray>, _: &_| Ok(inputs.swap_remove(0))))
        .shared_input(source)
        .windows(Windows::Size(96, 80))
        .workers(workers)
        .output(sink.clone())
        .run()?;
    Ok(sink.to_array())
}

fn by_writer(path: &Path, factor: f64) -> Result<Masked<AnyArray>> {
    let source = stacked(path, factor)?;
    let create = CreateOptions::geotiff().with_block_size(64);
    let mut bytes = Vec::new();
    write_raster_into(&*source, &mut bytes, &TransferOptions::new(create))?;
    let written = Dataset::from_bytes(bytes)?;
    written.read_masked(&BANDS, &written.info().window())
}

/// One read of everything: the loops inside own the threads.
fn at_once(path: &Path, factor: f64) -> Result<Masked<AnyArray>> {
    let source = stacked(path, factor)?;
    source.read_masked(&BANDS, &Window::whole(source.info().width, source.info().height))
}

fn bits(array: &AnyArray) -> Vec<u64> {
    array.clone().into_typed::<f64>().unwrap().iter().map(|v| v.to_bits()).collect()
}

fn round(files: &[PathBuf], pools: &[Pool], factors: &[(f64, Masked<AnyArray>)], now: &Mutex<String>) {
    for pool in pools {
        for path in files {
            for (factor, expected) in factors {
                let threads = pool.run(parallel::share);
                let name = |how: &str| {
                    let name = format!("{} {how}, reduced {factor} times, {threads} threads", path.display());
                    now.lock().unwrap().clone_from(&name);
                    name
                };
                let wanted = bits(&expected.data);
                let case = name("by a job of a worker for each thread");
                let got = pool.run(|| by_job(path, *factor, threads)).unwrap();
                assert!(bits(&got) == wanted, "{case}");
                let case = name("by a job of two workers");
                let got = pool.run(|| by_job(path, *factor, 2)).unwrap();
                assert!(bits(&got) == wanted, "{case}");
                let case = name("by the writer");
                let got = pool.run(|| by_writer(path, *factor)).unwrap();
                assert!(bits(&got.data) == wanted && got.mask == expected.mask, "{case}");
                let case = name("at once");
                let got = pool.run(|| at_once(path, *factor)).unwrap();
                assert!(bits(&got.data) == wanted && got.mask == expected.mask, "{case}");
            }
        }
    }
}

#[test]
fn stacked_views_end_and_give_what_a_plain_computation_gives() {
    let folder = Folder::new("stacked");
    let files = files(&folder.0);
    let factors: Vec<_> = [1.0, 2.2].map(|factor| (factor, plain(factor))).into();
    for (_, expected) in &factors {
        let invalid = expected.mask.iter().filter(|m| **m == 0).count();
        assert!(invalid > 100 && invalid < expected.mask.len() / 2, "{invalid} invalid");
    }
    let rounds = if std::env::var_os("MUCHO_LONG_TESTS").is_some() { 200 } else { 2 };
    let now = Arc::new(Mutex::new(String::new()));
    let (tell, told) = mpsc::channel();
    let worker = std::thread::spawn({
        let now = Arc::clone(&now);
        move || {
            let pools: Vec<Pool> = [1, 2, 8, 32].map(|n| Pool::new(n).unwrap()).into();
            for number in 0..rounds {
                round(&files, &pools, &factors, &now);
                let _ = tell.send(number);
            }
        }
    });
    let mut done = 0;
    loop {
        match told.recv_timeout(PATIENCE) {
            Ok(number) => done = number + 1,
            // All rounds are done, or the worker has panicked.
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!(
                "deadlock in round {done}: nothing for {} s, last: {}",
                PATIENCE.as_secs(),
                now.lock().unwrap()
            ),
        }
    }
    if let Err(panic) = worker.join() {
        std::panic::resume_unwind(panic);
    }
    assert_eq!(done, rounds);
}
