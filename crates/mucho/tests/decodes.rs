//! No block of an input is decoded more often than needed: counted at the source.

use kernels::GaussianOptions;
use mucho::calc::{Calc, Expression};
use mucho::jobs::{
    EntropyFrom, EntropyJob, ExtractJob, FilterJob, InteractionFrom, InteractionJob, apply_filter,
    distinct_values, entropy, extract_categories, interaction,
};
use mucho::plan::{Budget, Windows};
use mucho::{Job, MemorySink, Simple, Step, WindowContext};
use ndarray::{Array2, Array3};
use raster_core::{
    AnyArray, BlockGrid, BlockIndex, ColorInterp, DataType, MaskKind, MemoryRaster, Nodata, Parts,
    RasterInfo, RasterSource, Result, Window,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

const SIZE: (usize, usize) = (500, 400);

/// A raster that counts how often each block is touched: by reads of pixels, and by reads of masks that are found in pixels
/// (nodata, alpha).
struct Counting {
    raster: MemoryRaster,
    grid: BlockGrid,
    counts: Mutex<HashMap<BlockIndex, usize>>,
}

impl Counting {
    fn new(raster: MemoryRaster) -> Arc<Self> {
        let raster = raster.update_info(|i| i.block = (64, 48).into()).unwrap();
        let grid = BlockGrid::new(SIZE, raster.info().block).unwrap();
        Arc::new(Self { raster, grid, counts: Mutex::default() })
    }
    fn count(&self, window: &Window) {
        let mut counts = self.counts.lock().unwrap();
        for index in self.grid.touching(window) {
            *counts.entry(index).or_default() += 1;
        }
    }
    /// Every block was touched, and none more than `most` times; with several workers a quarter of them may have been
    /// again, since a busy system can hold one worker up until the others have left its blocks behind.
    fn check(&self, most: usize, workers: usize, name: &str) {
        let counts = std::mem::take(&mut *self.counts.lock().unwrap());
        assert_eq!(counts.len(), self.grid.len(), "{name}");
        let again: usize = counts.values().map(|n| n.saturating_sub(most)).sum();
        let tolerated = if workers > 1 { self.grid.len() / 4 } else { 0 };
        assert!(again <= tolerated, "{name}: {again} of {} blocks again", self.grid.len());
    }
}

impl RasterSource for Counting {
    fn info(&self) -> &RasterInfo {
        self.raster.info()
    }
    fn read_parts(&self, bands: &[usize], window: &Window, parts: Parts<'_>) -> Result<()> {
        let in_samples =
            |b: &usize| matches!(self.info().bands[b - 1].mask, MaskKind::Nodata | MaskKind::Alpha);
        if parts.pixels.is_some() || parts.masked(bands).iter().any(in_samples) {
            self.count(window);
        }
        self.raster.read_parts(bands, window, parts)
    }
}

fn pixels(bands: usize) -> Array3<u8> {
    Array3::from_shape_fn((bands, SIZE.1, SIZE.0), |(b, r, c)| ((r / 19 + c / 23 + b) % 5) as u8)
}

/// The same pixels with validity of every kind.
fn sources() -> Vec<(&'static str, Arc<Counting>)> {
    let raster = || MemoryRaster::new(pixels(2));
    let alpha = raster().update_info(|i| {
        i.bands[1].color = ColorInterp::Alpha;
        i.bands[0].mask = MaskKind::Alpha;
    });
    let mask = Array2::from_shape_fn((SIZE.1, SIZE.0), |(r, c)| if (r + c) % 7 == 0 { 0 } else { 255 });
    vec![
        ("all valid", Counting::new(raster())),
        ("nodata", Counting::new(raster().with_nodata(Nodata::Int(0)))),
        ("alpha", Counting::new(alpha.unwrap())),
        ("mask", Counting::new(raster().with_mask(mask).unwrap())),
    ]
}

fn run(step: Step, windows: Windows, workers: usize) {
    let job = step.into_job().windows(windows).workers(workers).memory(Budget(100_000_000));
    job.output(mucho::Output::Memory(geotiff_io::CreateOptions::cog().with_block_size(128))).run().unwrap();
}

#[test]
fn jobs_decode_every_block_once() {
    let blur = || GaussianOptions::new(6.0);
    let categories: Vec<_> = [1.0, 2.0, 3.0].map(kernels::Category::value).to_vec();
    for (validity, source) in sources() {
        let shared = || Arc::clone(&source) as Arc<dyn RasterSource>;
        for windows in [Windows::Auto, Windows::Blocks, Windows::Size(70, 70), Windows::Size(500, 10)] {
            for workers in [1, 3] {
                let name = |job: &str| format!("{job}, {validity}, {windows:?}, {workers} workers");
                let mut extract = ExtractJob::new(categories.clone());
                extract.blur = Some(blur());
                run(extract_categories(shared(), &extract).unwrap(), windows.clone(), workers);
                source.check(1, workers, &name("extract"));
                let from = InteractionFrom::Categories(extract.clone());
                run(interaction(shared(), &InteractionJob::new(from)).unwrap(), windows.clone(), workers);
                source.check(1, workers, &name("interaction"));
                let given = EntropyFrom::Categories { band: 1, categories: categories.clone(), blur: blur() };
                run(entropy(shared(), &EntropyJob::new(given)).unwrap(), windows.clone(), workers);
                source.check(1, workers, &name("entropy"));
                // Once to find the categories, once to compute.
                let all = EntropyFrom::Categories { band: 1, categories: Vec::new(), blur: blur() };
                run(entropy(shared(), &EntropyJob::new(all)).unwrap(), windows.clone(), workers);
                // (A scan by windows reads an alpha band apart from the pixels.)
                source.check(
                    if validity == "alpha" { 3 } else { 2 },
                    workers,
                    &name("entropy of all categories"),
                );
                let filter = blur().preserve_range(true).build().unwrap();
                run(
                    apply_filter(shared(), FilterJob::new(filter, DataType::F32)).unwrap(),
                    windows.clone(),
                    workers,
                );
                source.check(1, workers, &name("filter"));
                let calc = Calc::new(Expression::parse("A[1] * 3 + A[2] / 2 - A").unwrap(), &["A"]).unwrap();
                let job = Job::new(calc).shared_input(shared()).windows(windows.clone()).workers(workers);
                job.output(MemorySink::new(DataType::F32, (1, SIZE.1, SIZE.0))).run().unwrap();
                source.check(1, workers, &name("calc"));
            }
        }
    }
}

#[test]
fn functions_over_odd_windows_decode_every_block_once() {
    let source = Counting::new(MemoryRaster::new(pixels(2)));
    for windows in [Windows::Auto, Windows::Size(33, 77), Windows::Size(1, 400)] {
        let copy = |mut inputs: Vec<AnyArray>, _: &WindowContext| Ok(inputs.remove(0));
        let job = Job::new(Simple(copy)).shared_input(Arc::clone(&source) as Arc<dyn RasterSource>);
        job.windows(windows.clone())
            .output(MemorySink::new(DataType::U8, (2, SIZE.1, SIZE.0)))
            .workers(2)
            .run()
            .unwrap();
        source.check(1, 2, &format!("{windows:?}"));
    }
}

#[test]
fn looking_for_categories_decodes_every_block_once() {
    for (validity, source) in sources() {
        let shared = Arc::clone(&source) as Arc<dyn RasterSource>;
        let found = distinct_values(&shared, 1, 2).unwrap();
        // Where the first band is 4 the second, which may be alpha, is 0.
        let expected: &[f64] = match validity {
            "nodata" => &[1.0, 2.0, 3.0, 4.0],
            "alpha" => &[0.0, 1.0, 2.0, 3.0],
            _ => &[0.0, 1.0, 2.0, 3.0, 4.0],
        };
        assert_eq!(found, expected, "{validity}");
        source.check(if validity == "alpha" { 2 } else { 1 }, 2, validity);
    }
}
