//! Samples to columns of numbers, and back.

use fearless_simd::{Level, Simd, dispatch};
use raster_core::{Nodata, Sample};

/// Samples as numbers, NaN where a sample equals `nodata`.
pub(super) fn load<T: Sample>(level: Level, samples: &[T], nodata: Option<Nodata>, column: &mut [f64]) {
    // NaN stays NaN, and a nodata value that the type cannot hold is nowhere.
    let nodata = nodata.and_then(Nodata::to_sample::<T>).filter(|n| !n.is_nan());
    dispatch!(level, simd => simd.vectorize(
        #[inline(always)]
        || match nodata {
            None => {
                for (number, sample) in column.iter_mut().zip(samples) {
                    *number = sample.to_f64();
                }
            }
            Some(nodata) => {
                for (number, sample) in column.iter_mut().zip(samples) {
                    let value = sample.to_f64();
                    *number = if *sample == nodata { f64::NAN } else { value };
                }
            }
        },
    ));
}

/// NaN where the mask is 0.
pub(super) fn mask_out(level: Level, mask: &[u8], column: &mut [f64]) {
    dispatch!(level, simd => simd.vectorize(
        #[inline(always)]
        || {
            for (number, valid) in column.iter_mut().zip(mask) {
                *number = if *valid == 0 { f64::NAN } else { *number };
            }
        },
    ));
}

/// Numbers as samples (saturating, halves away from zero); NaN becomes `nodata`, or what the type makes of NaN.
pub(super) fn store<T: Sample>(level: Level, column: &[f64], nodata: Option<Nodata>, samples: &mut [T]) {
    let missing = nodata.and_then(Nodata::to_sample::<T>).unwrap_or(T::from_f64(f64::NAN));
    dispatch!(level, simd => simd.vectorize(
        #[inline(always)]
        || {
            for (sample, number) in samples.iter_mut().zip(column) {
                let value = T::from_f64(*number);
                *sample = if number.is_nan() { missing } else { value };
            }
        },
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use raster_core::Complex;

    /// Each number by itself, as the functions above say.
    fn check<T: Sample>() {
        let numbers: Vec<f64> =
            [f64::NAN, f64::INFINITY, -0.5, 0.5, 1.5, 254.5, 255.4, -128.6, 65_535.5, 3e9, -3e9]
                .into_iter()
                .chain((0..3000).map(|i| f64::from(i) * 37.25 - 40_000.0))
                .collect();
        let to = |n: Option<Nodata>| n.and_then(Nodata::to_sample::<T>);
        for level in [Level::baseline(), Level::new()] {
            for nodata in [None, Some(Nodata::Int(7)), Some(Nodata::Float(f64::NAN))] {
                let mut samples = vec![T::default(); numbers.len()];
                store(level, &numbers, nodata, &mut samples);
                for (n, s) in numbers.iter().zip(&samples) {
                    let wanted =
                        if n.is_nan() { to(nodata).unwrap_or(T::from_f64(*n)) } else { T::from_f64(*n) };
                    assert!(*s == wanted || (s.is_nan() && wanted.is_nan()), "{n}: {s:?}, wanted {wanted:?}");
                }
                let mut column = vec![0.0; samples.len()];
                load(level, &samples, nodata, &mut column);
                for (n, s) in column.iter().zip(&samples) {
                    let missing = s.is_nan() || Some(*s) == to(nodata);
                    assert!(if missing { n.is_nan() } else { *n == s.to_f64() }, "{s:?}: {n}");
                }
                let mask: Vec<u8> = (0..column.len()).map(|i| [0, 255, 1][i % 3]).collect();
                mask_out(level, &mask, &mut column);
                assert!(column.iter().step_by(3).all(|n| n.is_nan()));
            }
        }
    }

    #[test]
    fn every_type_at_every_level() {
        check::<u8>();
        check::<i8>();
        check::<u16>();
        check::<i16>();
        check::<u32>();
        check::<i32>();
        check::<u64>();
        check::<i64>();
        check::<f32>();
        check::<f64>();
        check::<raster_core::F16>();
        check::<Complex<f32>>();
    }
}
