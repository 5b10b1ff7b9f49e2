//! Sources that use threads of their own under caches and loops: reads end, and far sources are asked once.

use bytes::Bytes;
use geotiff_io::{ByteSource, CreateOptions, Dataset, Interleave, TransferOptions, write_raster_into};
use mucho::{CachedSource, CancelToken, Inputs, Job, Manual, MemorySink, WindowContext, plan::Windows};
use ndarray::Array3;
use parallel::Pool;
use raster_core::{
    AnyArray, DataType, Error, MemoryRaster, Parts, RasterInfo, RasterSource, Result, Size, Window,
};
use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread::{scope, sleep},
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(60);

fn ends(what: &str, work: impl FnOnce() + Send + 'static) {
    let _ = parallel::set_threads(2);
    let (tell, told) = mpsc::channel();
    let worker = std::thread::spawn(move || {
        work();
        let _ = tell.send(());
    });
    if told.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
        panic!("deadlock: {what}");
    }
    if let Err(panic) = worker.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Reads in a pool of its own.
struct Pooled {
    raster: MemoryRaster,
    pool: Pool,
}

impl RasterSource for Pooled {
    fn info(&self) -> &RasterInfo {
        self.raster.info()
    }
    fn read_parts(&self, bands: &[usize], window: &Window, parts: Parts<'_>) -> Result<()> {
        self.pool.run(|| sleep(Duration::from_millis(5)));
        self.raster.read_parts(bands, window, parts)
    }
}

fn raster() -> MemoryRaster {
    let pixels = Array3::from_shape_fn((1, 512, 512), |(_, r, c)| (r * c % 251) as u8);
    MemoryRaster::new(pixels).update_info(|i| i.block = Size::square(64)).unwrap()
}

#[test]
fn a_source_with_a_pool_under_a_cache_ends() {
    ends("a source that reads in a pool, under a cache", || {
        let source: Arc<dyn RasterSource> =
            Arc::new(Pooled { raster: raster(), pool: Pool::new(2).unwrap() });
        let plain = raster();
        for _ in 0..5 {
            let below = CachedSource::new(Arc::clone(&source), &[1], 1 << 20).unwrap();
            let cached = CachedSource::new(Arc::new(below), &[1], 1 << 20).unwrap();
            let read = || {
                // Neighbours want the same blocks.
                let window = |i: usize| Window::new((i % 5 * 100) as i64, (i / 5 * 100) as i64, 100, 100);
                let one = |_: &mut (), i| -> Result<()> {
                    let read = cached.read_window(&[1], &window(i))?;
                    assert_eq!(read, plain.read_window(&[1], &window(i))?);
                    Ok(())
                };
                parallel::for_each(0..25, || (), one).unwrap();
            };
            scope(|scope| (0..3).for_each(|_| drop(scope.spawn(read))));
        }
    });
}

/// Counts its calls; far away.
struct Far(Bytes, AtomicUsize);

impl ByteSource for Far {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
    fn read_range(&self, range: Range<u64>) -> Result<Bytes> {
        Ok(self.read_ranges(&[range])?.remove(0))
    }
    fn read_ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        ranges.iter().map(|r| self.0.read_range(r.clone())).collect()
    }
    fn head_size(&self) -> u64 {
        16 << 10
    }
}

#[test]
fn a_window_through_a_cache_is_one_call() {
    for (bands, interleave) in [(1, Interleave::Pixel), (3, Interleave::Pixel), (3, Interleave::Band)] {
        let pixels = Array3::from_shape_fn((bands, 1024, 1024), |(b, r, c)| ((r * c + b) % 251) as u8);
        let mut file = Vec::new();
        let create = CreateOptions::cog().with_block_size(64).with_interleave(interleave);
        write_raster_into(&MemoryRaster::new(pixels), &mut file, &TransferOptions::new(create)).unwrap();
        let far = Arc::new(Far(file.into(), AtomicUsize::new(0)));
        let dataset = Dataset::from_source(far.clone()).unwrap();
        let all = dataset.info().all_bands();
        let window = Window::new(30, 30, 500, 500);
        let expected = dataset.read_masked(&all, &window).unwrap();
        far.1.store(0, Ordering::Relaxed);
        let cached = CachedSource::new(Arc::new(dataset), &all, 1 << 24).unwrap();
        assert!(cached.read_masked(&all, &window).unwrap() == expected);
        assert_eq!(far.1.load(Ordering::Relaxed), 1, "81 blocks");
        // What is there is not asked for again.
        cached.read_window(&all, &Window::new(30, 30, 700, 500)).unwrap();
        assert_eq!((far.1.load(Ordering::Relaxed), cached.blocks_decoded()), (2, 9 * 12));
    }
}

#[test]
fn the_error_of_a_window_goes_before_cancelled() {
    let token = CancelToken::default();
    let cancel = token.clone();
    let fails = Manual(move |_: &Inputs<'_>, _: &WindowContext| -> Result<AnyArray> {
        cancel.cancel();
        Err(Error::misuse("this window"))
    });
    let job = Job::new(fails).input(raster()).windows(Windows::Size(256, 256)).cancel(token);
    let error = job.output(MemorySink::new(DataType::U8, (1, 512, 512))).run().unwrap_err();
    assert!(error.to_string().contains("this window"), "{error}");
}
