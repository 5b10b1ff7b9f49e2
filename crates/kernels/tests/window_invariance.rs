//! Any cut of the raster, and any SIMD level, gives the same bits.

mod rasters;

use kernels::*;
use ndarray::{Array3, Axis, Slice};
use raster_core::{AnyArray, AnyView, DataType, Halo, Nodata, Sample, Window, with_array, with_type};
use rasters::{hills, holed, patches, typed};

/// The bits of all samples.
fn bits(array: &AnyArray) -> Vec<u8> {
    fn bytes<T: Sample>(a: &Array3<T>) -> Vec<u8> {
        let samples: Vec<T> = a.iter().copied().collect();
        let mut out = vec![0; samples.len() * T::DATA_TYPE.size()];
        T::copy_to_le(&samples, &mut out);
        out
    }
    with_array!(AnyArray, array, a => bytes(a))
}

/// The window with its halo: cut at the edge, or taken from the other side.
fn surroundings(raster: &AnyArray, core: &Window, kernel: &dyn Kernel) -> (AnyArray, Halo) {
    let (_, rows, cols) = raster.shape();
    let grown = core.grow(kernel.halo());
    if !kernel.wraps() {
        let window = grown.crop(cols, rows);
        return (raster.view().window(&window).to_owned(), window.halo_around(core));
    }
    let pick = |first: i64, n: usize, size: usize| -> Vec<usize> {
        (first..first + n as i64).map(|i| i.rem_euclid(size as i64) as usize).collect()
    };
    let (r, c) = (pick(grown.row, grown.height, rows), pick(grown.col, grown.width, cols));
    (
        with_array!(AnyArray, raster, a => Sample::erase(a.select(Axis(1), &r).select(Axis(2), &c))),
        kernel.halo(),
    )
}

fn by_windows(
    raster: &AnyArray,
    nodata: Option<Nodata>,
    kernel: &dyn Kernel,
    size: (usize, usize),
    level: SimdLevel,
) -> AnyArray {
    let mut scratch = Scratch::with_level(level);
    let (bands, rows, cols) = raster.shape();
    let out = kernel.output(Signature { bands, data_type: raster.data_type() }).unwrap();
    let mut whole = AnyArray::zeros(out.data_type, (out.bands, rows, cols));
    for row in (0..rows).step_by(size.0) {
        for col in (0..cols).step_by(size.1) {
            let core = Window::new(col as i64, row as i64, size.1.min(cols - col), size.0.min(rows - row));
            let (pixels, halo) = surroundings(raster, &core, kernel);
            let input = KernelInput::new(pixels.view()).with_halo(halo).with_nodata(nodata);
            let part = apply_to(kernel, &input, &mut scratch).unwrap();
            whole.view_mut().window_mut(&core).assign(&part.view()).unwrap();
        }
    }
    whole
}

fn check_with(name: &str, raster: &AnyArray, nodata: Option<Nodata>, kernel: &dyn Kernel) {
    let input = KernelInput::new(raster.view()).with_nodata(nodata);
    let whole = apply_to(kernel, &input, &mut Scratch::new()).unwrap();
    for level in SimdLevel::available() {
        // Few pixels per window are slow: at the best level only.
        let best = level.name() == SimdLevel::detect().name();
        let sizes = [(1000, 1000), (23, 16), (40, 64), (5, 23), (1, 61)];
        for size in sizes.into_iter().take(if best { 5 } else { 2 }) {
            let cut = by_windows(raster, nodata, kernel, size, level);
            assert!(
                bits(&cut) == bits(&whole),
                "{name}: windows of {size:?} at {} differ from the whole",
                level.name()
            );
        }
    }
}

fn check(name: &str, raster: &AnyArray, kernel: &dyn Kernel) {
    check_with(name, raster, None, kernel);
}

const BORDERS: [Border; 6] =
    [Border::Nearest, Border::Reflect, Border::Mirror, Border::Wrap, Border::Constant(0.25), Border::Missing];

#[test]
fn gaussian() {
    for data_type in [DataType::F32, DataType::F64, DataType::U8] {
        let raster = typed(&(hills(2, 47, 83) * 60.0 + 70.0), data_type);
        for border in BORDERS {
            // Both ways of filtering, and unequal sigmas.
            for (rows, cols) in [(1.3, 1.3), (2.0, 9.0), (7.0, 0.0)] {
                let kernel = GaussianOptions::new(1.0).sigma(rows, cols).border(border).build().unwrap();
                check(&format!("gaussian {data_type} {rows} {cols} {border:?}"), &raster, &kernel);
            }
        }
    }
}

#[test]
fn a_kernel_larger_than_the_raster() {
    let raster = typed(&hills(1, 11, 19), DataType::F32);
    for border in BORDERS {
        let kernel = GaussianOptions::new(14.0).border(border).build().unwrap();
        check(&format!("{border:?}"), &raster, &kernel);
        check(
            "categories",
            &typed(&patches(3, 11, 19), DataType::U8),
            &CategoryDiversity::new(
                DiversityOptions::new(Measure::Shannon, DataType::F32).normed(false),
                GaussianOptions::new(14.0).border(border),
                &Counted::Values,
            )
            .unwrap(),
        );
    }
}

#[test]
fn gaussian_of_valid_pixels() {
    for border in BORDERS {
        let kernel = GaussianOptions::new(2.0).border(border).skip_missing(true).build().unwrap();
        check(&format!("NaN {border:?}"), &typed(&holed(1, 47, 83), DataType::F32), &kernel);
        let raster = typed(&patches(5, 47, 83), DataType::I16);
        check_with(&format!("nodata {border:?}"), &raster, Some(Nodata::Int(3)), &kernel);
    }
}

#[test]
fn diversity_of_categories() {
    let raster = patches(7, 61, 150);
    for measure in [
        Measure::Shannon,
        Measure::Simpson,
        Measure::Hill(0.5),
        Measure::Renyi(2.0),
        Measure::Richness,
        Measure::Evenness,
    ] {
        for border in BORDERS {
            let options = DiversityOptions::new(measure, DataType::F32).normed(false);
            let some = Counted::Categories(vec![
                Category::value(0.0),
                Category::set([2.0, 5.0]),
                Category::value(3.0),
            ]);
            for counted in [Counted::Values, some] {
                let kernel = CategoryDiversity::new(
                    options.clone(),
                    GaussianOptions::new(3.0).truncate(3.0).border(border),
                    &counted,
                )
                .unwrap();
                check(&format!("{measure:?} {border:?}"), &typed(&raster, DataType::U8), &kernel);
            }
        }
    }
    let options = DiversityOptions::new(Measure::Shannon, DataType::U8).max_categories(7);
    let kernel = CategoryDiversity::new(options, GaussianOptions::new(2.0), &Counted::Values).unwrap();
    check_with("nodata", &typed(&raster, DataType::I32), Some(Nodata::Int(4)), &kernel);
    check("f32", &typed(&raster, DataType::F32), &kernel);
}

#[test]
fn a_window_of_many_chunks() {
    // Wide enough that a window is worked on in chunks of 52 (entropy) or 128 rows (blur).
    let raster = typed(&patches(4, 150, 40_000), DataType::U8);
    let options = DiversityOptions::new(Measure::Shannon, DataType::F32).normed(false);
    let blur = GaussianOptions::new(1.0).border(Border::Mirror);
    let entropy = CategoryDiversity::new(options, blur.clone(), &Counted::Values).unwrap();
    let blur = blur.sigma(1.0, 9.0).build().unwrap();
    for kernel in [&blur as &dyn Kernel, &entropy] {
        let whole = by_windows(&raster, None, kernel, (150, 40_000), SimdLevel::detect());
        let cut = by_windows(&raster, None, kernel, (90, 3000), SimdLevel::detect());
        assert!(bits(&whole) == bits(&cut));
    }
}

#[test]
fn categories() {
    let list = vec![Category::value(1.0), Category::set([2.0, 4.0])];
    let kernel = Categories::new(list, Some(GaussianOptions::new(2.0)), DataType::U8, None).unwrap();
    check("categories", &typed(&patches(6, 47, 83), DataType::U16), &kernel);
}

#[test]
fn pixelwise() {
    let raster = typed(&(hills(3, 47, 83).mapv(f64::abs) * 80.0), DataType::U8);
    check("interaction", &raster, &Interaction::new(DataType::U8).standardize(true));
    check(
        "entropy",
        &raster,
        &BandDiversity::new(DiversityOptions::new(Measure::Shannon, DataType::U8)).unwrap(),
    );
    check("rescale", &raster, &Rescale::to_type(DataType::I16));
}

#[test]
fn filters_in_zones() {
    let mut stack = holed(2, 47, 83);
    stack.slice_axis_mut(Axis(0), Slice::from(1..2)).assign(&patches(4, 47, 83));
    let stack = typed(&stack, DataType::F32);
    let output = Rescale::to_type(DataType::F32);
    check("zone mean", &stack, &ApplyFilter::zone_mean(GaussianOptions::new(2.0), 2, output).unwrap());
    let median = Focal::new(FocalStatistic::Median, Neighbourhood::Square { radius_px: 1 }).unwrap();
    let zones = Zones { selector: 2, outside: OutsideZone::Missing };
    check("median in zones", &stack, &ApplyFilter::new(Box::new(median), output).with_zones(zones));
}

#[test]
fn focal() {
    for statistic in STATISTICS {
        for neighbourhood in [Neighbourhood::Square { radius_px: 2 }, Neighbourhood::Disc { radius_px: 3.2 }]
        {
            let name = format!("{statistic:?} {neighbourhood:?}");
            let kernel = Focal::new(statistic, neighbourhood).unwrap();
            check(&name, &typed(&holed(1, 47, 83), DataType::F32), &kernel);
            check_with(&name, &typed(&patches(9, 47, 83), DataType::U8), Some(Nodata::Int(2)), &kernel);
            check(&name, &typed(&patches(9, 47, 83), DataType::U16), &kernel.with_border(Border::Wrap));
        }
    }
}

const STATISTICS: [FocalStatistic; 6] = [
    FocalStatistic::Mean,
    FocalStatistic::StandardDeviation,
    FocalStatistic::Minimum,
    FocalStatistic::Maximum,
    FocalStatistic::Median,
    FocalStatistic::Majority,
];

#[test]
fn terrain() {
    let raster = typed(&holed(1, 47, 83), DataType::F32);
    for measure in [
        TerrainMeasure::SlopeDegrees,
        TerrainMeasure::SlopePercent,
        TerrainMeasure::Aspect,
        TerrainMeasure::Hillshade { azimuth_deg: 315.0, altitude_deg: 45.0 },
    ] {
        let kernel = Terrain::new(measure, 10.0, 20.0).unwrap();
        check(&format!("{measure:?}"), &raster, &kernel);
        check(&format!("{measure:?}"), &raster, &kernel.with_border(Border::Reflect));
    }
}

#[test]
fn strided_input_and_output() {
    // Every second column of a wider raster: rows that are no slices.
    let wide = hills(1, 30, 120).mapv(|v| v as f32);
    let (mut narrow, mut out) = (wide.view(), Array3::<f32>::zeros((1, 30, 120)));
    narrow.slice_axis_inplace(Axis(2), Slice::from(..).step_by(2));
    let kernel = GaussianOptions::new(2.0).build().unwrap();
    let expected = apply(&kernel, AnyView::F32(narrow.to_owned().view()), &mut Scratch::new()).unwrap();
    let mut target = out.view_mut();
    target.slice_axis_inplace(Axis(2), Slice::from(..).step_by(2));
    let mut scratch = Scratch::new();
    kernel
        .run(&KernelInput::new(AnyView::F32(narrow)), raster_core::AnyViewMut::F32(target), &mut scratch)
        .unwrap();
    let mut found = out.view();
    found.slice_axis_inplace(Axis(2), Slice::from(..).step_by(2));
    assert_eq!(AnyArray::F32(found.to_owned()), expected);
    // Every type goes through.
    for data_type in DataType::ALL.into_iter().filter(|t| !t.is_complex()) {
        let raster =
            with_type!(data_type, T => AnyArray::from(Array3::<T>::from_elem((1, 4, 5), T::default())));
        apply(&kernel, raster.view(), &mut scratch).unwrap();
    }
}
