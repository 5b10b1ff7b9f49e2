//! From the number that a resampling computed to the sample that is stored.

use crate::simd::{self, level};
use fearless_simd::dispatch;
use raster_core::{Complex, F16, Nodata, Sample};

/// A sample type that resampled values can be stored in.
pub(crate) trait Pixel: Sample {
    /// Does every value of this type fit into an f64 without loss?
    const EXACT_IN_F64: bool = true;
    /// Can it be NaN?
    const HAS_NAN: bool = false;
    /// GDAL's rule: clamp, then `floor(v + 0.5)`; floats are cast.
    fn store(value: f64) -> Self;
    /// The neighbour that is stored instead, when a valid value happens to equal nodata.
    fn beside(self) -> Self;
}

macro_rules! integer {
    ($($t:ty: $exact:expr),*) => {$(
        impl Pixel for $t {
            const EXACT_IN_F64: bool = $exact;
            #[inline(always)]
            fn store(value: f64) -> Self {
                const LOW: f64 = <$t>::MIN as f64;
                const HIGH: f64 = <$t>::MAX as f64;
                // Comparisons that NaN fails: one instruction each, and NaN becomes the smallest value.
                let v = if value > LOW { value } else { LOW };
                let v = (if v < HIGH { v } else { HIGH } + 0.5).floor();
                if $exact {
                    // The sum has the whole number in its low bits; unlike a cast this vectorises everywhere.
                    (v + 6_755_399_441_055_744.0).to_bits() as Self
                } else {
                    v as Self
                }
            }
            #[inline(always)]
            fn beside(self) -> Self {
                if self == Self::MIN { self + 1 } else { self - 1 }
            }
        }
    )*};
}
integer!(u8: true, i8: true, u16: true, i16: true, u32: true, i32: true, u64: false, i64: false);

macro_rules! float {
    ($($t:ty),*) => {$(
        impl Pixel for $t {
            const HAS_NAN: bool = true;
            #[inline(always)]
            fn store(value: f64) -> Self {
                value as Self
            }
            #[inline(always)]
            fn beside(self) -> Self {
                if self == Self::MAX { self.next_down() } else { self.next_up() }
            }
        }
    )*};
}
float!(f32, f64);

impl Pixel for F16 {
    const HAS_NAN: bool = true;
    #[inline(always)]
    fn store(value: f64) -> Self {
        Self::from_f64(value)
    }
    fn beside(self) -> Self {
        // One step away from zero, or towards it from the largest; the bits of one sign are ordered.
        let magnitude = self.to_bits() & 0x7fff;
        let step = if magnitude >= 0x7bff { magnitude.saturating_sub(1) } else { magnitude + 1 };
        Self::from_bits(self.to_bits() & 0x8000 | step)
    }
}

// Complex samples are moved (nearest), never computed with: `WarpOptions` are refused before.
macro_rules! complex {
    ($($t:ty),*) => {$(
        impl Pixel for Complex<$t> {
            const EXACT_IN_F64: bool = false;
            const HAS_NAN: bool = true;
            #[inline(always)]
            fn store(value: f64) -> Self {
                Self::from_f64(value)
            }
            fn beside(self) -> Self {
                Self { re: self.re.beside(), im: self.im }
            }
        }
    )*};
}
complex!(i16, i32, f32, f64);

/// What is written where there is no value, and what values must not become.
#[derive(Clone, Copy)]
pub(crate) struct Fill<T> {
    nodata: Option<T>,
    /// Outside the source.
    pub(crate) outside: T,
    /// Where the source is invalid: NaN stays NaN when no nodata value says it better.
    pub(crate) invalid: T,
}

impl<T: Pixel> Fill<T> {
    /// Of an alpha band: 0 where there is nothing.
    pub(crate) fn zero() -> Self {
        Self { nodata: None, outside: T::default(), invalid: T::default() }
    }
    pub(crate) fn new(nodata: Option<Nodata>) -> Self {
        let nodata = nodata.and_then(Nodata::to_sample::<T>);
        let outside = nodata.unwrap_or_default();
        let invalid = nodata.unwrap_or(if T::HAS_NAN { T::from_f64(f64::NAN) } else { T::default() });
        Self { nodata, outside, invalid }
    }
    /// The same, with samples left that equal nodata.
    pub(crate) fn leaving(self) -> Self {
        Self { nodata: None, ..self }
    }
    /// Are samples left as they are?
    pub(crate) fn leaves(&self) -> bool {
        self.nodata.is_none()
    }
    /// Is this what stands for nodata here?
    pub(crate) fn is_nodata(&self, sample: Option<T>) -> bool {
        sample == self.nodata
    }
    /// [`keep`](Self::keep) for samples that were moved as they are.
    pub(crate) fn keep_all(&self, samples: &mut [T]) {
        if self.nodata.is_some() {
            dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
                samples.iter_mut().for_each(|s| *s = self.keep(*s));
            }));
        }
    }
    /// A valid sample, moved off nodata. (NaN as nodata equals nothing, and no valid sample is NaN.)
    #[inline(always)]
    pub(crate) fn keep(&self, sample: T) -> T {
        match self.nodata {
            Some(nodata) if sample == nodata => sample.beside(),
            _ => sample,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_gdals() {
        assert_eq!([u8::store(-3.0), u8::store(2.5), u8::store(2.49), u8::store(255.7)], [0, 3, 2, 255]);
        assert_eq!([i16::store(-2.5), i16::store(-2.51), i16::store(1e9)], [-2, -3, i16::MAX]);
        assert_eq!(u8::store(f64::NAN), 0);
        assert_eq!([0u8.beside(), 7u8.beside(), i16::MIN.beside() as u8], [1, 6, 1]);
        assert!((-9999f32).beside() > -9999.0 && (-9999f32).beside() < -9998.9);
        assert!(F16::from_f32(1.0).beside().to_f32() > 1.0);
    }
}
