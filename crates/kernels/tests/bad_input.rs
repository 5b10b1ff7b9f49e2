//! What the caller gets wrong is an error that says so, or has the documented value.

use kernels::*;
use ndarray::Array3;
use raster_core::{AnyArray, AnyViewMut, DataType, ErrorKind, Halo, Result};

fn misuse<T>(result: Result<T>) {
    assert_eq!(result.err().map(|e| e.kind()), Some(ErrorKind::Misuse));
}

fn ones<T: raster_core::Sample>(bands: usize, value: T) -> AnyArray {
    AnyArray::from(Array3::from_elem((bands, 6, 7), value))
}

#[test]
fn parameters() {
    for sigma in [-1.0, f64::NAN, f64::INFINITY] {
        misuse(GaussianOptions::new(sigma).build());
    }
    for truncate in [0.0, -1.0, f64::NAN] {
        misuse(GaussianOptions::new(1.0).truncate(truncate).build());
    }
    assert_eq!(GaussianOptions::new(1e18).build().unwrap_err().kind(), ErrorKind::Limit);
    misuse(Categories::new(vec![], None, DataType::U8, None));
    misuse(Categories::new(vec![Category::set([])], None, DataType::U8, None));
    misuse(Categories::new(vec![Category::value(1.0)], None, DataType::U8, Some((0.0, 256.0))));
    misuse(Categories::new(vec![Category::value(1.0)], None, DataType::CF32, None));
    let entropy = DiversityOptions::new(Measure::Shannon, DataType::U8);
    misuse(CategoryDiversity::new(entropy.clone(), GaussianOptions::new(1.0), &Counted::Categories(vec![])));
    // A single category has the maximum 0; all values need a number of categories.
    let one = Counted::Categories(vec![Category::value(1.0)]);
    misuse(CategoryDiversity::new(entropy.clone(), GaussianOptions::new(1.0), &one));
    misuse(CategoryDiversity::new(entropy.clone(), GaussianOptions::new(1.0), &Counted::Values));
    let twice = Counted::Categories(vec![Category::value(1.0), Category::set([2.0, 1.0])]);
    misuse(CategoryDiversity::new(entropy.clone(), GaussianOptions::new(1.0), &twice));
    misuse(BandDiversity::new(entropy.clone().normed(false).output_range(0.0, 1.0)));
    misuse(BandDiversity::new(DiversityOptions::new(Measure::Hill(-1.0), DataType::F32)));
    misuse(Focal::new(FocalStatistic::Mean, Neighbourhood::Disc { radius_px: f64::NAN }));
    misuse(Terrain::new(TerrainMeasure::Aspect, 0.0, 1.0));
    misuse(Rescale::to_type(DataType::U8).with_input_range(1.0, 1.0).plan(DataType::F32));
}

#[test]
fn inputs_that_do_not_fit() {
    let mut scratch = Scratch::new();
    let entropy = BandDiversity::new(DiversityOptions::new(Measure::Shannon, DataType::U8)).unwrap();
    misuse(apply(&entropy, ones(1, 1u8).view(), &mut scratch));
    misuse(apply(&Interaction::new(DataType::U8), ones(1, 1u8).view(), &mut scratch));
    let blur = GaussianOptions::new(1.0).build().unwrap();
    misuse(apply(&blur, AnyArray::zeros(DataType::CF32, (1, 3, 3)).view(), &mut scratch));
    misuse(apply(&blur, AnyArray::zeros(DataType::F32, (0, 3, 3)).view(), &mut scratch));
    let raster = ones(1, 1f32);
    let input = KernelInput::new(raster.view());
    let mut short = Array3::<f32>::zeros((1, 5, 7));
    misuse(blur.run(&input, AnyViewMut::F32(short.view_mut()), &mut scratch));
    let mut other = Array3::<f64>::zeros((1, 6, 7));
    misuse(blur.run(&input, AnyViewMut::F64(other.view_mut()), &mut scratch));
    misuse(apply_to(&blur, &input.clone().with_halo(Halo::uniform(4)), &mut scratch));
    let mask = Array3::<u8>::zeros((1, 6, 6));
    misuse(apply_to(&blur, &input.clone().with_mask(Some(mask.view())), &mut scratch));
    // A halo that wraps on one side only.
    let wrap = GaussianOptions::new(1.0).border(Border::Wrap).build().unwrap();
    let halo = Halo { left: 4, ..Halo::NONE };
    misuse(apply_to(&wrap, &input.with_halo(halo), &mut scratch));
    let filter = ApplyFilter::new(Box::new(blur), Rescale::to_type(DataType::F32));
    misuse(apply(&filter.with_bands(vec![2]), raster.view(), &mut scratch));
}

#[test]
fn windows_without_pixels_or_values() {
    let mut scratch = Scratch::new();
    let blur = GaussianOptions::new(2.0).skip_missing(true).build().unwrap();
    let shannon = DiversityOptions::new(Measure::Shannon, DataType::F32).normed(false);
    let around =
        CategoryDiversity::new(shannon.clone(), GaussianOptions::new(1.0), &Counted::Values).unwrap();
    let focal = Focal::new(FocalStatistic::Median, Neighbourhood::Square { radius_px: 2 }).unwrap();
    let terrain = Terrain::new(TerrainMeasure::SlopeDegrees, 1.0, 1.0).unwrap();
    for kernel in [&blur as &dyn Kernel, &around, &focal, &terrain] {
        for shape in [(1, 0, 0), (1, 0, 5), (1, 5, 0)] {
            assert_eq!(
                apply(kernel, AnyArray::zeros(DataType::F32, shape).view(), &mut scratch).unwrap().shape(),
                shape
            );
        }
        let nothing = apply(kernel, ones(1, f32::NAN).view(), &mut scratch).unwrap().convert::<f64>();
        assert!(nothing.iter().all(|v| v.is_nan()));
    }
    // All weights 0: NaN, or the low end of the range.
    let bands = BandDiversity::new(shannon).unwrap();
    assert!(
        apply(&bands, ones(3, 0u8).view(), &mut scratch).unwrap().convert::<f64>().iter().all(|v| v.is_nan())
    );
    let bands = BandDiversity::new(DiversityOptions::new(Measure::Shannon, DataType::U8)).unwrap();
    assert_eq!(apply(&bands, ones(3, 0u8).view(), &mut scratch).unwrap(), ones(1, 0u8));
    // Equal weights reach the maximum, however many.
    for n in [2, 3, 5, 7, 8, 17, 200] {
        assert_eq!(apply(&bands, ones(n, 9u8).view(), &mut scratch).unwrap(), ones(1, 255u8), "{n} bands");
    }
    // Fewer categories than there are: saturated.
    let few =
        BandDiversity::new(DiversityOptions::new(Measure::Shannon, DataType::U8).max_categories(2)).unwrap();
    assert_eq!(apply(&few, ones(8, 9u8).view(), &mut scratch).unwrap(), ones(1, 255u8));
}

#[test]
fn missing_pixels_reach_no_further_than_the_kernel() {
    let mut raster = Array3::from_elem((1, 41, 41), 1.0f32);
    raster[[0, 20, 20]] = f32::NAN;
    for sigma in [1.0, 2.5, 6.5] {
        let blur = GaussianOptions::new(sigma).truncate(2.0).build().unwrap();
        let found = apply(&blur, AnyArray::from(raster.clone()).view(), &mut Scratch::new())
            .unwrap()
            .convert::<f64>();
        let r = blur.radius_rows_px();
        for ((_, row, col), v) in found.indexed_iter() {
            let near = row.abs_diff(20) <= r && col.abs_diff(20) <= r;
            assert_eq!(v.is_nan(), near, "sigma {sigma} at {row} {col}");
            assert!(near || *v == 1.0);
        }
    }
}

#[test]
fn one_category_is_exact() {
    let raster = ones(1, 4u8);
    for sigma in [0.3, 0.8, 2.5, 10.0] {
        let kernel = Categories::new(
            vec![Category::value(4.0)],
            Some(GaussianOptions::new(sigma)),
            DataType::U8,
            None,
        )
        .unwrap();
        assert_eq!(apply(&kernel, raster.view(), &mut Scratch::new()).unwrap(), ones(1, 255u8));
        let options = DiversityOptions::new(Measure::Shannon, DataType::F32).normed(false);
        let kernel = CategoryDiversity::new(options, GaussianOptions::new(sigma), &Counted::Values).unwrap();
        assert_eq!(apply(&kernel, raster.view(), &mut Scratch::new()).unwrap(), ones(1, 0f32));
    }
}
