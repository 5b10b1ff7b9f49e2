//! Every fast path against its slow, obvious twin.

mod rasters;

use kernels::{reference, *};
use ndarray::{Array2, Array3, Axis};
use raster_core::{AnyArray, DataType, Nodata};
use rasters::{hills, holed, patches, typed};

fn plane(array: &AnyArray) -> Array2<f64> {
    array.clone().convert::<f64>().index_axis(Axis(0), 0).to_owned()
}

/// The largest difference; NaN has to meet NaN.
fn off(found: &AnyArray, expected: &Array2<f64>) -> f64 {
    let found = plane(found);
    assert_eq!(found.dim(), expected.dim());
    found.iter().zip(expected).fold(0.0, |worst: f64, (f, e)| {
        if f.is_nan() && e.is_nan() {
            worst
        } else if (f - e).is_nan() {
            f64::INFINITY
        } else {
            worst.max((f - e).abs())
        }
    })
}

fn run(kernel: &dyn Kernel, raster: &AnyArray) -> AnyArray {
    apply(kernel, raster.view(), &mut Scratch::new()).unwrap()
}

const BORDERS: [Border; 6] =
    [Border::Nearest, Border::Reflect, Border::Mirror, Border::Wrap, Border::Constant(0.25), Border::Missing];

#[test]
fn gaussian() {
    let raster = hills(1, 53, 71);
    for border in BORDERS {
        for (sigma, truncate) in [((1.0, 1.0), 4.0), ((0.4, 2.5), 3.0), ((9.0, 7.0), 4.0), ((0.0, 25.0), 4.0)]
        {
            let options = GaussianOptions::new(1.0).sigma(sigma.0, sigma.1).truncate(truncate).border(border);
            for (data_type, tolerance) in [(DataType::F64, 2e-14), (DataType::F32, 1.5e-6)] {
                let input = typed(&raster, data_type);
                let expected = reference::gaussian(&plane(&input), sigma, truncate, border);
                let found = run(&options.clone().build().unwrap(), &input);
                assert!(
                    off(&found, &expected) < tolerance,
                    "{data_type} {sigma:?} {border:?}: {}",
                    off(&found, &expected)
                );
            }
        }
    }
}

#[test]
fn gaussian_of_integers() {
    let raster = typed(&(hills(1, 40, 50) * 60.0), DataType::I16);
    let expected = reference::gaussian(&plane(&raster), (2.0, 2.0), 4.0, Border::Nearest);
    let options = GaussianOptions::new(2.0);
    assert!(off(&run(&options.clone().preserve_range(true).build().unwrap(), &raster), &expected) < 1e-12);
    assert!(off(&run(&options.clone().build().unwrap(), &raster), &(&expected / 32767.0)) < 1e-15);
    let bytes =
        run(&options.preserve_range(true).output(Rescale::to_type(DataType::I8)).build().unwrap(), &raster);
    assert_eq!(off(&bytes, &expected.mapv(f64::trunc)), 0.0);
}

#[test]
fn gaussian_of_valid_pixels() {
    let raster = holed(1, 53, 71);
    for border in BORDERS {
        for sigma in [1.0, 8.0] {
            let kernel = GaussianOptions::new(sigma).border(border).skip_missing(true).build().unwrap();
            for (data_type, tolerance) in [(DataType::F64, 1e-12), (DataType::F32, 5e-6)] {
                let input = typed(&raster, data_type);
                let expected = reference::gaussian_valid(&plane(&input), (sigma, sigma), 4.0, border);
                let d = off(&run(&kernel, &input), &expected);
                assert!(d < tolerance, "{data_type} {sigma} {border:?}: {d}");
            }
        }
    }
    // A constant patch stays as it is; what is masked is as missing as what is NaN.
    let mask = raster.mapv(|v| if v.is_nan() { 0u8 } else { 255 });
    let patch = raster.mapv(|v| if v.is_nan() { -9999.0 } else { 2.5 });
    let kernel = GaussianOptions::new(3.0).skip_missing(true).build().unwrap();
    let expected = raster.mapv(|v| if v.is_nan() { f64::NAN } else { 2.5 }).index_axis(Axis(0), 0).to_owned();
    let pixels = AnyArray::from(patch);
    for input in [
        KernelInput::new(pixels.view()).with_mask(Some(mask.view())),
        KernelInput::new(pixels.view()).with_nodata(Some(Nodata::Int(-9999))),
    ] {
        assert!(off(&apply_to(&kernel, &input, &mut Scratch::new()).unwrap(), &expected) < 1e-14);
    }
}

#[test]
fn diversity_of_categories() {
    let raster = patches(8, 45, 90);
    let sets = [vec![1.0], vec![0.0, 6.0], vec![3.0]];
    let list = Counted::Categories(sets.iter().map(|s| Category::set(s.iter().copied())).collect());
    let measures = [
        Measure::Shannon,
        Measure::Simpson,
        Measure::Hill(0.0),
        Measure::Hill(1.0),
        Measure::Hill(2.5),
        Measure::Renyi(0.5),
        Measure::Richness,
        Measure::Evenness,
    ];
    for measure in measures {
        for border in [
            Border::Nearest,
            Border::Reflect,
            Border::Mirror,
            Border::Wrap,
            Border::Constant(3.0),
            Border::Missing,
        ] {
            for (sigma, truncate) in [(1.5, 3.0), (6.0, 2.0)] {
                let options = DiversityOptions::new(measure, DataType::F32).normed(false);
                for (counted, categories) in [(&Counted::Values, None), (&list, Some(&sets[..]))] {
                    let blur = GaussianOptions::new(sigma).truncate(truncate).border(border);
                    let kernel = CategoryDiversity::new(options.clone(), blur, counted).unwrap();
                    let expected = reference::category_diversity(
                        &raster.index_axis(Axis(0), 0).to_owned(),
                        categories,
                        (sigma, sigma),
                        truncate,
                        border,
                        measure,
                    );
                    for data_type in [DataType::U8, DataType::I16, DataType::F32] {
                        let d = off(&run(&kernel, &typed(&raster, data_type)), &expected);
                        assert!(d < 2e-4, "{measure:?} {border:?} {sigma} {counted:?}: {d}");
                    }
                }
            }
        }
    }
}

#[test]
fn entropy_is_what_two_steps_give() {
    let raster = typed(&patches(5, 60, 80), DataType::U8);
    let list: Vec<Category> = (0..5).map(|v| Category::value(f64::from(v))).collect();
    let blur = GaussianOptions::new(4.0).truncate(3.0);
    let shares =
        run(&Categories::new(list.clone(), Some(blur.clone()), DataType::F64, None).unwrap(), &raster);
    for data_type in [DataType::F32, DataType::U8] {
        let options = DiversityOptions::new(Measure::Shannon, data_type);
        let two = run(&BandDiversity::new(options.clone()).unwrap(), &shares);
        let one = run(
            &CategoryDiversity::new(options, blur.clone(), &Counted::Categories(list.clone())).unwrap(),
            &raster,
        );
        let d = off(&one, &plane(&two));
        assert!(d <= if data_type == DataType::U8 { 1.0 } else { 2e-5 }, "{d}");
    }
}

#[test]
fn diversity_over_bands() {
    let bands = holed(5, 20, 30).mapv(f64::abs);
    for measure in [
        Measure::Shannon,
        Measure::Simpson,
        Measure::Hill(3.0),
        Measure::Renyi(1.0),
        Measure::Richness,
        Measure::Evenness,
    ] {
        let kernel = BandDiversity::new(DiversityOptions::new(measure, DataType::F64).normed(false)).unwrap();
        let expected = Array2::from_shape_fn((20, 30), |(r, c)| {
            let pixel: Vec<f64> = (0..5).map(|b| bands[[b, r, c]]).collect();
            let total: f64 = pixel.iter().sum();
            if total.is_nan() {
                f64::NAN
            } else {
                reference::measure(measure, &pixel.iter().map(|v| v / total).collect::<Vec<_>>())
            }
        });
        let d = off(&run(&kernel, &AnyArray::from(bands.clone())), &expected);
        assert!(d < 1e-13, "{measure:?}: {d}");
    }
}

#[test]
fn interaction() {
    let bands = hills(3, 20, 600).mapv(f64::abs);
    let list: Vec<_> = (0..3).map(|b| bands.index_axis(Axis(0), b).to_owned()).collect();
    for (standardize, normed) in [(false, false), (false, true), (true, false), (true, true)] {
        let kernel = Interaction::new(DataType::F64).standardize(standardize).normed(normed);
        let expected = reference::interaction(&list, standardize, normed);
        let d = off(&run(&kernel, &AnyArray::from(bands.clone())), &expected);
        assert!(d < 1e-12, "{standardize} {normed}: {d}");
    }
}

/// Bytes take a way of their own, which has to give what rounding the f64 result up gives.
#[test]
fn interaction_of_bytes() {
    let check = |bands: Array3<u8>, name: &str| {
        let bands = AnyArray::from(bands);
        for (standardize, normed) in [(false, false), (false, true), (true, false), (true, true)] {
            let kernel = |t| Interaction::new(t).standardize(standardize).normed(normed);
            let exact = run(&kernel(DataType::F64), &bands).convert::<f64>();
            let expected = exact.mapv(|v| (v.min(1.0) * 255.0).ceil() as u8);
            assert_eq!(
                run(&kernel(DataType::U8), &bands),
                AnyArray::from(expected),
                "{name} {standardize} {normed}"
            );
        }
    };
    // Every pair of values.
    check(Array3::from_shape_fn((2, 256, 256), |(b, r, c)| if b == 0 { r as u8 } else { c as u8 }), "pairs");
    // Multiples of 5, 17 and 85, of which three make products that are whole numbers, and some others.
    let values: Vec<u8> = (0..=255).filter(|v| v % 5 == 0 || v % 17 == 0 || v % 41 == 1).collect();
    let n = values.len();
    check(Array3::from_shape_fn((3, n, n * n), |(b, r, c)| values[[r, c / n, c % n][b]]), "triples");
    check(
        Array3::from_shape_fn((8, 64, 700), |(b, r, c)| ((r * 37 + c * 101 + b * 59) % 253) as u8),
        "eight",
    );
    check(Array3::from_shape_fn((9, 16, 90), |(b, r, c)| ((r * 37 + c * 101 + b * 59) % 253) as u8), "nine");
}

#[test]
fn focal() {
    let statistics = [
        FocalStatistic::Mean,
        FocalStatistic::StandardDeviation,
        FocalStatistic::Minimum,
        FocalStatistic::Maximum,
        FocalStatistic::Median,
        FocalStatistic::Majority,
    ];
    let neighbourhoods = [
        Neighbourhood::Square { radius_px: 0 },
        Neighbourhood::Square { radius_px: 3 },
        Neighbourhood::Disc { radius_px: 1.0 },
        Neighbourhood::Disc { radius_px: 4.3 },
    ];
    for statistic in statistics {
        for neighbourhood in neighbourhoods {
            for border in BORDERS {
                let kernel = Focal::new(statistic, neighbourhood).unwrap().with_border(border);
                let raster = holed(1, 25, 33);
                let expected = reference::focal(
                    &raster.index_axis(Axis(0), 0).to_owned(),
                    statistic,
                    neighbourhood,
                    border,
                );
                let d = off(&run(&kernel, &AnyArray::from(raster)), &expected);
                assert!(d < 1e-13, "{statistic:?} {neighbourhood:?} {border:?}: {d}");
                if border == Border::Constant(0.25) {
                    continue;
                }
                let raster = typed(&patches(20, 25, 33), DataType::U8);
                let expected = reference::focal(&plane(&raster), statistic, neighbourhood, border);
                let d = off(&run(&kernel, &raster), &expected);
                assert!(d < 1e-13, "u8 {statistic:?} {neighbourhood:?} {border:?}: {d}");
            }
        }
    }
}

#[test]
fn missing_keeps_the_nodata_value_of_integers() {
    let raster = AnyArray::from(Array3::from_elem((1, 5, 5), 7i16));
    let kernel = Focal::new(FocalStatistic::Maximum, Neighbourhood::Square { radius_px: 1 }).unwrap();
    let input = KernelInput::new(raster.view()).with_nodata(Some(Nodata::Int(7)));
    assert_eq!(apply_to(&kernel, &input, &mut Scratch::new()).unwrap(), raster);
}
