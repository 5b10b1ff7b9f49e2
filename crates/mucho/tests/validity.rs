//! Missing stays missing: through copies, kernels of every kind, closures, views and files, whatever tells validity.

mod support;

use geotiff_io::{CreateOptions, Dataset, TransferOptions, ValidityAs, write_raster_into};
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

fn source(kind: &str) -> Arc<dyn RasterSource> {
    sources().into_iter().find(|(name, _)| *name == kind).unwrap().1
}

/// A file in memory that holds what a transfer makes of a source.
fn transferred(
    source: &dyn RasterSource,
    change: impl FnOnce(&mut TransferOptions),
) -> raster_core::Result<Dataset> {
    let mut options = TransferOptions::new(CreateOptions::cog());
    change(&mut options);
    let mut bytes = Vec::new();
    write_raster_into(source, &mut bytes, &options)?;
    Dataset::from_bytes(bytes)
}

/// What an alpha band says of the others survives as a mask where the file has no alpha band that readers would ask.
#[test]
fn an_alpha_band_that_is_left_behind_becomes_a_mask() {
    let missing = mask().mapv(|m| m == 0);
    let alpha = source("alpha");
    type Change = fn(&mut TransferOptions);
    let table: [(&str, Change); 5] = [
        ("as it is", |_| {}),
        ("a mask", |o| o.validity = ValidityAs::Mask),
        ("without the alpha band", |o| o.bands = Some(vec![1, 2])),
        ("three bands", |o| o.bands = Some(vec![1, 2, 4])),
        ("floats", |o| o.data_type = Some(DataType::F32)),
    ];
    for (what, change) in table {
        assert_eq!(invalid(&transferred(&*alpha, change).unwrap(), 1), missing, "{what}");
    }
}

/// Another nodata value, or another type: what was missing has the new value.
#[test]
fn missing_pixels_follow_the_nodata_value() {
    let missing = mask().mapv(|m| m == 0);
    let wide = source("nodata").read_window(&[1], &Window::whole(SIZE.0, SIZE.1)).unwrap().convert::<i16>();
    let wide = MemoryRaster::new(wide.mapv(|v| if v == 99 { -9999 } else { v })).with_nodata(-9999);
    let relabelled = |o: &mut TransferOptions| (o.nodata, o.data_type) = (Some(7.into()), Some(DataType::U8));
    assert_eq!(invalid(&transferred(&wide, relabelled).unwrap(), 1), missing, "convert");
    let line = "read x ! select --dtype u8 --nodata 7";
    let view = mucho::pipeline::Pipeline::from_line(line).unwrap();
    let open = |_: &str| Ok(Arc::new(wide.clone()) as Arc<dyn RasterSource>);
    assert_eq!(invalid(&*view.open(&open).unwrap(), 1), missing, "select");
    let bounds = raster_core::Bounds::new(0.0, 0.0, SIZE.0 as f64, SIZE.1 as f64);
    for source in [source("nodata"), source("mask")] {
        let mut info = source.info().clone();
        let bottom_up = raster_core::GeoTransform { e: 1.0, ..raster_core::GeoTransform::IDENTITY };
        info.transform = Some(bottom_up);
        let placed: Arc<dyn RasterSource> = Arc::new(Placed(info, source));
        for rule in [warp::NodataRule::Value(200.into()), warp::NodataRule::None] {
            let mut options = warp::ClipOptions::new(warp::ClipArea::Bounds(bounds));
            options.nodata = rule;
            let clipped = warp::clip(Arc::clone(&placed), &options).unwrap();
            assert_eq!(invalid(&clipped, 1), missing, "clip {rule:?}");
            assert_eq!(invalid(&transferred(&clipped, |_| {}).unwrap(), 1), missing, "clip {rule:?}, a file");
        }
    }
}

/// A source that lies on the ground.
struct Placed(raster_core::RasterInfo, Arc<dyn RasterSource>);

impl RasterSource for Placed {
    fn info(&self) -> &raster_core::RasterInfo {
        &self.0
    }
    fn read_parts(
        &self,
        bands: &[usize],
        window: &Window,
        parts: raster_core::Parts<'_>,
    ) -> raster_core::Result<()> {
        self.1.read_parts(bands, window, parts)
    }
}

/// Colours and alpha of a mosaic come from one source.
#[test]
fn a_mosaic_of_alpha_bands_takes_colour_and_alpha_from_one_source() {
    let grid = raster_core::Grid::new(4, 1, raster_core::GeoTransform::from_origin(0.0, 1.0, 1.0, 1.0));
    let make = |alpha: [u8; 4], value: u8| {
        let pixels = Array3::from_shape_fn((4, 1, 4), |(b, _, c)| if b == 3 { alpha[c] } else { value });
        let raster = MemoryRaster::new(pixels).with_grid(&grid).unwrap().update_info(|i| {
            i.bands[3].color = ColorInterp::Alpha;
            i.bands[..3].iter_mut().for_each(|b| b.mask = MaskKind::Alpha);
        });
        Arc::new(raster.unwrap()) as Arc<dyn RasterSource>
    };
    let sources = [make([0, 0, 255, 255], 10), make([0, 255, 0, 255], 20)];
    let mosaic = warp::merge(&sources, &warp::MergeOptions::new(warp::MergeMethod::First)).unwrap();
    let whole = Window::whole(4, 1);
    let read = |bands: &[usize]| mosaic.read_window(bands, &whole).unwrap().into_typed::<u8>().unwrap();
    let both = read(&[1, 4]);
    assert_eq!(both.as_slice(), Some(&[0, 20, 10, 10, 0, 255, 255, 255][..]));
    assert_eq!(read(&[4]).as_slice(), Some(&[0, 255, 255, 255][..]), "alpha alone");
}

/// Bands that differ in what is missing do not fit under one mask of integers: an error, and not valid zeros.
#[test]
fn what_one_mask_cannot_say_is_refused() {
    let pixels = Array3::from_shape_fn((2, 20, 20), |(b, _, c)| if c / 4 == b { 99u8 } else { 20 });
    let differing: Arc<dyn RasterSource> = Arc::new(MemoryRaster::new(pixels).with_nodata(99));
    let blur = || GaussianOptions::new(1.0).preserve_range(true).skip_missing(true);
    let bytes = blur().output(Rescale::to_type(DataType::U8)).build().unwrap();
    let job = Job::new(KernelFunction::new(bytes)).shared_input(Arc::clone(&differing));
    let error = job.output(Output::Memory(CreateOptions::cog())).run().unwrap_err();
    assert!(error.to_string().contains("band 2"), "{error}");
    let floats =
        run(Job::new(KernelFunction::new(blur().build().unwrap())).shared_input(Arc::clone(&differing)));
    let expected = |band: usize| Array2::from_shape_fn((20, 20), |(_, c)| c / 4 == band);
    assert_eq!((invalid(&floats, 1), invalid(&floats, 2)), (expected(0), expected(1)));
    // Bands of which one states a nodata value and the other none.
    let mixed = MemoryRaster::new(Array3::<u8>::zeros((2, 4, 4))).update_info(|i| {
        (i.bands[1].nodata, i.bands[1].mask) = (Some(9.into()), MaskKind::Nodata);
    });
    let error = transferred(&mixed.unwrap(), |_| {}).unwrap_err();
    assert!(error.to_string().contains("band 1"), "{error}");
}

/// Not a journal of ours: left alone.
#[test]
fn somebody_elses_file_is_no_journal() {
    let folder = Folder::new("validity-no-journal");
    for text in ["garbage", "notes of mine, longer than a head"] {
        let path = folder.file("notes.txt");
        std::fs::write(&path, text).unwrap();
        let copy = Simple(|mut arrays: Vec<AnyArray>, _: &WindowContext| Ok(arrays.remove(0)));
        let job = Job::new(copy).shared_input(source("mask")).journal(&path, "p");
        assert!(job.output(Output::Memory(CreateOptions::cog())).run().is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

/// A function's samples are brought into the output's type before its nodata value is written.
#[test]
fn another_type_than_the_inputs() {
    let missing = mask().mapv(|m| m == 0);
    let wide = pixels().mapv(i16::from);
    let wide =
        Array3::from_shape_fn(wide.dim(), |(b, r, c)| if valid(r, c) { wide[[b, r, c]] } else { -9999 });
    let wide = MemoryRaster::new(wide).with_nodata(-9999);
    let bytes = Simple(|arrays: Vec<AnyArray>, _: &WindowContext| Ok(arrays[0].clone().convert::<u8>()));
    assert_eq!(invalid(&run(Job::new(bytes).input(wide)), 1), missing);
}

#[test]
fn a_blur_that_spreads_missing_pixels_knows_every_kind_of_them() {
    let blur = |skip| GaussianOptions::new(1.0).truncate(2.0).preserve_range(true).skip_missing(skip);
    for (name, source) in sources() {
        let near = |r: usize, c: usize| {
            (r.saturating_sub(2)..(r + 3).min(SIZE.1))
                .any(|y| (c.saturating_sub(2)..(c + 3).min(SIZE.0)).any(|x| !valid(y, x)))
        };
        let spread = KernelView::new(Arc::clone(&source), blur(false).build().unwrap()).unwrap();
        assert_eq!(
            invalid(&spread, 1),
            Array2::from_shape_fn((SIZE.1, SIZE.0), |(r, c)| near(r, c)),
            "{name}"
        );
        // Also where integers become 0..1.
        let unit = KernelView::new(Arc::clone(&source), blur(true).preserve_range(false).build().unwrap());
        assert_eq!(invalid(&unit.unwrap(), 1), mask().mapv(|m| m == 0), "{name}: left out");
    }
}

#[test]
fn integers_that_floats_cannot_hold_are_refused() {
    let large = |missing: bool| {
        let value = |(_, r, c): (usize, usize, usize)| match (r, c) {
            (3, 3) if missing => i64::MIN,
            (3, 3) => (1 << 53) + 1,
            _ => (r * 7 + c) as i64,
        };
        let raster = MemoryRaster::new(Array3::from_shape_fn((1, 9, 9), value));
        Arc::new(if missing { raster.with_nodata(i64::MIN) } else { raster }) as Arc<dyn RasterSource>
    };
    let calc = || mucho::calc::Calc::new(mucho::calc::Expression::parse("A + 1").unwrap(), &["A"]).unwrap();
    let sink = || Output::Memory(CreateOptions::cog());
    for (missing, fits) in [(true, true), (false, false)] {
        for what in [FocalStatistic::Majority, FocalStatistic::Minimum, FocalStatistic::Median] {
            let focal = Focal::new(what, Neighbourhood::Square { radius_px: 1 }).unwrap();
            let job = Job::new(KernelFunction::new(focal)).shared_input(large(missing)).output(sink());
            assert_eq!(job.run().is_ok(), fits, "{what:?}, nodata beyond 2^53: {missing}");
        }
        let result = Job::new(calc()).shared_input(large(missing)).output(sink()).run();
        assert_eq!(result.is_ok(), fits, "calc, nodata beyond 2^53: {missing}");
        if let Err(error) = result {
            assert!(error.to_string().contains("9007199254740993"), "{error}");
        }
    }
    // What copies does not compute.
    let copy = Simple(|mut arrays: Vec<AnyArray>, _: &WindowContext| Ok(arrays.remove(0)));
    let copied = run(Job::new(copy).shared_input(large(false)));
    assert_eq!(
        copied.read_window(&[1], &Window::new(3, 3, 1, 1)).unwrap(),
        AnyArray::from(Array3::from_elem((1, 1, 1), (1i64 << 53) + 1))
    );
}

#[test]
fn calc_refuses_what_lies_elsewhere_and_what_is_not_real() {
    let at = |x: f64| {
        let raster = MemoryRaster::new(Array3::from_elem((1, 4, 4), 1u8));
        let place = Some(raster_core::GeoTransform::from_origin(x, 100.0, 10.0, 10.0));
        Arc::new(raster.update_info(|i| i.transform = place).unwrap()) as Arc<dyn RasterSource>
    };
    let two =
        || mucho::calc::Calc::new(mucho::calc::Expression::parse("A - B").unwrap(), &["A", "B"]).unwrap();
    let job =
        |a, b| Job::new(two()).shared_input(a).shared_input(b).output(Output::Memory(CreateOptions::cog()));
    assert!(job(at(0.0), at(0.0)).run().is_ok());
    let error = job(at(0.0), at(5.0)).run().unwrap_err().to_string();
    assert!(error.contains("B lies on another grid"), "{error}");
    let complex = MemoryRaster::new(Array3::from_elem((1, 4, 4), raster_core::Complex { re: 3f32, im: 4.0 }));
    let error = job(at(0.0), Arc::new(complex)).run().unwrap_err().to_string();
    assert!(error.contains("complex"), "{error}");
}
