use super::*;
use ndarray::Array2;

/// Numbers without structure, the same on every run.
fn noise(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

fn overview<T: Sample>(
    source: &Array2<T>,
    valid: Option<&Array2<u8>>,
    size: (usize, usize),
    method: Method,
    cut: (usize, usize),
) -> (Array2<T>, Array2<u8>) {
    let (height, width) = source.dim();
    let row_ratio = height as f64 / size.1 as f64;
    let (row_axis, col_axis) =
        (Axis::overview(height, size.1, row_ratio), Axis::overview(width, size.0, row_ratio));
    let mut out = Array2::from_elem((size.1, size.0), T::default());
    let mut out_valid = Array2::zeros((size.1, size.0));
    for window in raster_core::tile_windows(size, (cut.1, cut.0), 0).unwrap() {
        let rows = AxisPlan::new(&row_axis, method, window.row as usize..window.end_row() as usize);
        let cols = AxisPlan::new(&col_axis, method, window.col as usize..window.end_col() as usize);
        let valid = valid.map(|v| v.view());
        let plane = SourcePlane { samples: source.view(), valid, mixing: Mixing::Valid, origin: (0, 0) };
        let mut to = out.view_mut();
        let mut to_valid = out_valid.view_mut();
        let to = crate::plane::part_mut(&mut to, &window);
        let to_valid = crate::plane::part_mut(&mut to_valid, &window);
        resample(plane, &rows, &cols, None, to, Some(to_valid));
    }
    (out, out_valid)
}

#[test]
fn fast_and_slow_agree_however_the_output_is_cut() {
    let mut random = noise(7);
    for (width, height) in [(16, 12), (17, 13), (31, 9), (40, 41)] {
        let values = Array2::from_shape_fn((height, width), |_| (random() % 251) as f64);
        let some =
            Array2::from_shape_fn((height, width), |_| if random().is_multiple_of(4) { 0u8 } else { 255 });
        for size in [(width / 2, height / 2), (width.div_ceil(3), height.div_ceil(3)), (5, 4)] {
            for method in Resampling::DECIMATION.iter().map(|&r| Method::try_from(r).unwrap()) {
                for mask in [None, Some(&some)] {
                    let valid = mask.map_or(Array2::from_elem((height, width), true), |m| m.map(|v| *v != 0));
                    let (expected, expected_valid) = reference::overview(&values, &valid, size, method);
                    for cut in [(100, 100), (2, 3), (1, 1)] {
                        let (out, out_valid) = overview(&values, mask, size, method, cut);
                        for (at, v) in out.indexed_iter() {
                            let what = format!("{method:?} {width}x{height} to {size:?} at {at:?}");
                            assert_eq!(out_valid[at] != 0, expected_valid[at], "{what}");
                            if expected_valid[at] {
                                assert!((v - expected[at]).abs() < 1e-9, "{what}: {v} {}", expected[at]);
                            }
                        }
                        // Integers are the same numbers, rounded half away from zero.
                        let whole = values.map(|v| *v as i16 - 125);
                        let (out, _) = overview(&whole, mask, size, method, cut);
                        let (expected, _) =
                            reference::overview(&values.map(|v| v - 125.0), &valid, size, method);
                        for (at, v) in out.indexed_iter().filter(|(at, _)| expected_valid[*at]) {
                            assert!((f64::from(*v) - expected[at]).abs() < 0.5 + 1e-9, "{method:?} {at:?}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn exact_halves_of_every_type_are_the_rounded_mean() {
    fn check<T: Sample>(random: &mut impl FnMut() -> u64) {
        let (min, max) = T::DATA_TYPE.range();
        let (min, max) = (min.max(-1e6), max.min(1e6));
        let source = Array2::from_shape_fn((12, 20), |_| {
            T::from_f64(min + (max - min) * (random() % 10007) as f64 / 10006.0)
        });
        let (fast, _) = overview(&source, None, (10, 6), Method::Average, (6, 10));
        for ((r, c), v) in fast.indexed_iter() {
            let at = |y: usize, x: usize| source[[2 * r + y, 2 * c + x]].to_f64();
            assert_eq!(*v, T::from_f64((at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4.0));
        }
    }
    let mut random = noise(3);
    check::<u8>(&mut random);
    check::<i8>(&mut random);
    check::<u16>(&mut random);
    check::<i16>(&mut random);
    check::<u32>(&mut random);
    check::<i32>(&mut random);
    check::<f32>(&mut random);
    check::<f64>(&mut random);
}

#[test]
fn a_computed_value_is_not_nodata() {
    let source = ndarray::arr2(&[[6u8, 8, 0, 0], [6, 8, 0, 0]]);
    let axis = |len| Axis::overview(len, len / 2, 2.0);
    let plan = |len| AxisPlan::new(&axis(len), Method::Average, 0..len / 2);
    for (nodata, expected) in [(7, 6), (0, 7)] {
        let mut out = Array2::zeros((1, 2));
        let plane =
            SourcePlane { samples: source.view(), valid: None, mixing: Mixing::Valid, origin: (0, 0) };
        resample(plane, &plan(2), &plan(4), Some(nodata), out.view_mut(), None);
        assert_eq!(out[[0, 0]], expected);
        assert_eq!(out[[0, 1]], u8::from(nodata == 0));
    }
}
