//! Missing stays missing: through copies, kernels of every kind, closures, views and files, whatever tells validity.

mod support;

use geotiff_io::{CreateOptions, Dataset};
use kernels::{
    Focal, FocalStatistic, GaussianOptions, Interaction, Neighbourhood, Rescale, Terrain, TerrainMeasure,
};
use mucho::{Job, KernelFunction, KernelView, MemorySink, Output, Simple, WindowContext};
use ndarray::{Array2, Array3};
use raster_core::{
    AnyArray, ColorInterp, DataType, MaskKind, MemoryRaster, Nodata, RasterSource, Size, Window,
};
use std::sync::Arc;
use support::Folder;

const SIZE: (usize, usize) = (70, 50);

/// A hole of 9 × 9 pixels and a single pixel are missing.
fn valid(row: usize, col: usize) -> bool {
    !((20..29).contains(&row) && (30..39).contains(&col) || (row, col) == (5, 60))
}

fn mask() -> Array2<u8> {
    Array2::from_shape_fn((SIZE.1, SIZE.0), |(r, c)| if valid(r, c) { 255 } else { 0 })
}

fn pixels() -> Array3<u8> {
    // 0 where nothing is: a value that valid pixels have as well.
    Array3::from_shape_fn(
        (2, SIZE.1, SIZE.0),
        |(b, r, c)| if valid(r, c) { ((r / 7 + c / 9 + b) % 4) as u8 } else { 0 },
    )
}

/// The same raster with validity of every kind.
fn sources() -> Vec<(&'static str, Arc<dyn RasterSource>)> {
    let blocks = |raster: MemoryRaster| raster.update_info(|i| i.block = Size::square(16)).unwrap();
    let mut marked = pixels();
    marked.indexed_iter_mut().filter(|((_, r, c), _)| !valid(*r, *c)).for_each(|(_, v)| *v = 99);
    // Of two or four bands, as GDAL has it: the alpha band of three tells nothing of the others.
    let (bands, mask_of) = (pixels(), mask());
    let alpha = Array3::from_shape_fn((4, SIZE.1, SIZE.0), |(b, r, c)| {
        if b == 3 { mask_of[[r, c]] } else { bands[[b % 2, r, c]] }
    });
    let alpha = MemoryRaster::new(alpha).update_info(|i| {
        i.bands[3].color = ColorInterp::Alpha;
        i.bands[..3].iter_mut().for_each(|b| b.mask = MaskKind::Alpha);
    });
    let all: Vec<(&'static str, MemoryRaster)> = vec![
        ("nodata", MemoryRaster::new(marked).with_nodata(99)),
        ("mask", MemoryRaster::new(pixels()).with_mask(mask()).unwrap()),
        ("alpha", alpha.unwrap()),
    ];
    all.into_iter().map(|(name, raster)| (name, Arc::new(blocks(raster)) as Arc<dyn RasterSource>)).collect()
}

fn invalid(source: &dyn RasterSource, band: usize) -> Array2<bool> {
    let mask = source.read_mask_window(&[band], &source.info().window()).unwrap();
    mask.index_axis_move(ndarray::Axis(0), 0).mapv(|m| m == 0)
}

/// A job's output in memory as a dataset.
fn run<F: mucho::WindowFunction>(job: Job<F>) -> Dataset {
    let report = job.output(Output::Memory(CreateOptions::cog())).workers(2).run().unwrap();
    Dataset::from_bytes(report.bytes.unwrap()).unwrap()
}

#[test]
fn a_closure_over_windows_keeps_what_is_missing() {
    let missing = mask().mapv(|m| m == 0);
    for (name, source) in sources() {
        let copy = Simple(|mut arrays: Vec<AnyArray>, _: &WindowContext| Ok(arrays.remove(0)));
        let copied = run(Job::new(copy).shared_input(Arc::clone(&source)));
        assert_eq!(invalid(&copied, 1), missing, "{name}: a copy");
        assert_eq!(invalid(&copied, 2), missing, "{name}: a copy, band 2");
        // Another type, in which no nodata value is left.
        let job =
            Job::map::<u8, u8>(1, |p, _| Ok(p.slice_axis(ndarray::Axis(0), (0..1).into()).mapv(|v| v + 1)));
        let plus_one = run(job.shared_input(Arc::clone(&source)));
        assert_eq!(invalid(&plus_one, 1), missing, "{name}: integers");
        let job =
            Job::map::<f32, f32>(1, |p, _| Ok(p.slice_axis(ndarray::Axis(0), (0..1).into()).mapv(f32::sqrt)));
        let root = run(job.shared_input(source));
        assert_eq!(invalid(&root, 1), missing, "{name}: floats");
        assert!(root.info().nodata().is_some_and(Nodata::is_nan), "{name}");
    }
}

#[test]
fn a_function_may_say_that_a_gap_is_filled() {
    for (name, source) in sources() {
        let fill = Simple(|mut arrays: Vec<AnyArray>, _: &WindowContext| {
            let filled = arrays.remove(0);
            let all = Array3::from_elem(filled.shape(), 255);
            mucho::Computed::masked(filled, all)
        });
        let filled = run(Job::new(fill).shared_input(source));
        if name == "mask" {
            assert!(invalid(&filled, 1).iter().all(|m| !m), "{name}");
        }
    }
}

/// Every kernel that gives integers, as a job into a file and as a view: both say the same, and it is what the kernel means.
#[test]
fn kernels_say_what_is_missing() {
    let disc = |statistic| Focal::new(statistic, Neighbourhood::Square { radius_px: 1 }).unwrap();
    let centre = mask().mapv(|m| m == 0);
    // Neighbourhoods fill gaps as far as they reach: of the hole the inner 7 × 7 pixels stay.
    let inner =
        Array2::from_shape_fn((SIZE.1, SIZE.0), |(r, c)| (21..28).contains(&r) && (31..38).contains(&c));
    let grown = Array2::from_shape_fn((SIZE.1, SIZE.0), |(r, c)| {
        let edge = r == 0 || c == 0 || r == SIZE.1 - 1 || c == SIZE.0 - 1;
        edge || (r - 1..r + 2).any(|r| (c - 1..c + 2).any(|c| !valid(r, c)))
    });
    let to_bytes = || {
        GaussianOptions::new(1.5)
            .preserve_range(true)
            .skip_missing(true)
            .output(Rescale::to_type(DataType::U8))
    };
    type Make = Box<dyn Fn() -> KernelFunction>;
    let table: Vec<(&str, Make, &Array2<bool>)> = vec![
        ("majority", Box::new(move || KernelFunction::new(disc(FocalStatistic::Majority))), &inner),
        ("minimum", Box::new(move || KernelFunction::new(disc(FocalStatistic::Minimum))), &inner),
        ("mean", Box::new(move || KernelFunction::new(disc(FocalStatistic::Mean))), &inner),
        ("gaussian as u8", Box::new(move || KernelFunction::new(to_bytes().build().unwrap())), &centre),
        ("interaction as u8", Box::new(|| KernelFunction::new(Interaction::new(DataType::U8))), &centre),
        (
            "slope",
            Box::new(|| KernelFunction::new(Terrain::new(TerrainMeasure::SlopeDegrees, 1.0, 1.0).unwrap())),
            &grown,
        ),
        (
            "hillshade",
            Box::new(|| {
                let light = TerrainMeasure::Hillshade { azimuth_deg: 315.0, altitude_deg: 45.0 };
                KernelFunction::new(Terrain::new(light, 1.0, 1.0).unwrap())
            }),
            &grown,
        ),
        (
            "slope as bytes",
            Box::new(|| {
                let slope = Terrain::new(TerrainMeasure::SlopeDegrees, 1.0, 1.0).unwrap();
                KernelFunction::new(slope).then(Rescale::to_type(DataType::U8))
            }),
            &grown,
        ),
    ];
    for (source_name, source) in sources() {
        for (name, make, expected) in &table {
            let what = format!("{name} over {source_name}");
            let function = || make().with_bands(&[1, 2]);
            let file = run(Job::new(function()).shared_input(Arc::clone(&source)));
            assert_eq!(&invalid(&file, 1), *expected, "{what}: a file");
            let view = KernelView::from_function(Arc::clone(&source), function()).unwrap();
            assert_eq!(&invalid(&view, 1), *expected, "{what}: a view");
            let window = Window::new(25, 15, 20, 20);
            let both = view.read_masked(&[1], &window).unwrap();
            let apart = view.read_mask_window(&[1], &window).unwrap();
            assert_eq!(both.mask, apart, "{what}: pixels and validity together");
            assert_eq!(view.info().data_type, file.info().data_type, "{what}");
        }
    }
}

/// Windows, workers and a journal do not change validity.
#[test]
fn a_job_that_goes_on_from_its_journal_keeps_masks() {
    let folder = Folder::new("validity-journal");
    let (_, source) = sources().remove(1);
    let job = |output: Output| {
        let majority = Focal::new(FocalStatistic::Majority, Neighbourhood::Square { radius_px: 1 }).unwrap();
        Job::new(KernelFunction::new(majority))
            .shared_input(Arc::clone(&source))
            .windows(mucho::plan::Windows::Size(16, 16))
            .output(output)
    };
    let plain = job(Output::Memory(CreateOptions::cog())).run().unwrap().bytes.unwrap();
    let journal = folder.file("journal");
    let token = mucho::CancelToken::default();
    let stop = token.clone();
    let first = job(Output::cog(folder.file("out.tif")))
        .workers(1)
        .journal(&journal, "p")
        .cancel(token)
        .events(move |event| {
            if matches!(event, mucho::Event::WindowDone { done: 7, .. }) {
                stop.cancel();
            }
        })
        .run();
    assert_eq!(first.unwrap_err().kind(), raster_core::ErrorKind::Cancelled);
    let report = job(Output::Memory(CreateOptions::cog())).journal(&journal, "p").run().unwrap();
    assert_eq!(report.resumed, 7);
    assert!(report.bytes.unwrap() == plain);
}

#[test]
fn a_sink_of_ones_own_gets_the_mask() {
    let (_, source) = sources().remove(1);
    let sink = MemorySink::new(DataType::U8, (2, SIZE.1, SIZE.0));
    let copy = Simple(|mut arrays: Vec<AnyArray>, _: &WindowContext| Ok(arrays.remove(0)));
    Job::new(copy).shared_input(source).output(sink.clone()).run().unwrap();
    assert_eq!(sink.to_mask(), mask());
}

/// An output whose options leave the mask away is refused, not written as if all were valid.
#[test]
fn validity_that_cannot_be_kept_is_an_error() {
    let (_, source) = sources().remove(1);
    let mut options = CreateOptions::cog();
    options.mask = Some(false);
    let copy = Simple(|mut arrays: Vec<AnyArray>, _: &WindowContext| Ok(arrays.remove(0)));
    let error = Job::new(copy).shared_input(source).output(Output::Memory(options)).run().unwrap_err();
    assert!(error.to_string().contains("mask"), "{error}");
}

/// Palettes, units and names travel with what they describe.
#[test]
fn descriptions_that_still_hold_are_kept() {
    let mut info = sources().remove(0).1.info().clone();
    info.bands[0].color = ColorInterp::Palette;
    info.bands[0].color_table = Some(raster_core::ColorTable { entries: vec![[1, 2, 3, 255]; 256] });
    info.bands[0].unit = Some("m".into());
    info.bands[0].scale = 0.1;
    info.metadata.set("", Some(1), "STATISTICS_MEAN", "3");
    let source: Arc<dyn RasterSource> = Arc::new(MemoryRaster::new(pixels()).with_info(info).unwrap());
    let view = |kernel: KernelFunction| {
        KernelView::from_function(Arc::clone(&source), kernel.with_bands(&[1])).unwrap().info().clone()
    };
    let square = Neighbourhood::Square { radius_px: 1 };
    let majority = view(KernelFunction::new(Focal::new(FocalStatistic::Majority, square).unwrap()));
    assert!(majority.bands[0].color_table.is_some());
    let smooth = view(KernelFunction::new(GaussianOptions::new(1.0).preserve_range(true).build().unwrap()));
    assert_eq!((smooth.bands[0].unit.as_deref(), smooth.bands[0].scale), (Some("m"), 0.1));
    assert!(smooth.bands[0].color_table.is_none());
    let slope = view(KernelFunction::new(Terrain::new(TerrainMeasure::SlopePercent, 1.0, 1.0).unwrap()));
    assert_eq!((slope.bands[0].unit.as_deref(), slope.bands[0].scale), (None, 1.0));
    for info in [majority, smooth, slope] {
        assert_eq!(info.metadata.get("", Some(1), "STATISTICS_MEAN"), None);
    }
}
