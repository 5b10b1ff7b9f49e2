//! The Rust types of samples, and conversion between them.

use crate::{AnyArray, AnyView, AnyViewMut, DataType};
use ndarray::{Array3, ArrayView3, ArrayViewMut3};
use std::fmt;

/// An IEEE 754 half-precision number, held as its bits.
#[derive(Clone, Copy, Default)]
pub struct F16(u16);

impl F16 {
    /// From its bits.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }
    /// Its bits.
    #[must_use]
    pub const fn to_bits(self) -> u16 {
        self.0
    }
    /// The nearest half-precision number (ties to even); too large becomes infinite.
    #[must_use]
    pub fn from_f32(value: f32) -> Self {
        Self(half::f16::from_f32(value).to_bits())
    }
    /// The same number in single precision.
    #[must_use]
    pub fn to_f32(self) -> f32 {
        half::f16::from_bits(self.0).to_f32()
    }
}

impl From<half::f16> for F16 {
    fn from(value: half::f16) -> Self {
        Self(value.to_bits())
    }
}
impl From<F16> for half::f16 {
    fn from(value: F16) -> Self {
        Self::from_bits(value.0)
    }
}
impl PartialEq for F16 {
    fn eq(&self, other: &Self) -> bool {
        self.to_f32() == other.to_f32()
    }
}
impl PartialOrd for F16 {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.to_f32().partial_cmp(&other.to_f32())
    }
}
impl fmt::Debug for F16 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_f32(), f)
    }
}

/// A complex number.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Complex<T> {
    /// Real part.
    pub re: T,
    /// Imaginary part.
    pub im: T,
}

impl<T> From<num_complex::Complex<T>> for Complex<T> {
    fn from(value: num_complex::Complex<T>) -> Self {
        Self { re: value.re, im: value.im }
    }
}
impl<T> From<Complex<T>> for num_complex::Complex<T> {
    fn from(value: Complex<T>) -> Self {
        Self { re: value.re, im: value.im }
    }
}

/// A number wide enough for every sample without loss; what conversions go through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// Of an integer type.
    Int(i128),
    /// Of a floating-point type.
    Float(f64),
    /// Of a complex type.
    Complex(f64, f64),
}

impl Value {
    /// As a float; the real part of a complex number.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Int(v) => v as f64,
            Self::Float(v) | Self::Complex(v, _) => v,
        }
    }
}

mod sealed {
    pub trait Sealed {}
}

/// A type that a pixel can have. Sealed: one implementation per [`DataType`].
pub trait Sample:
    sealed::Sealed + Copy + Default + PartialEq + PartialOrd + fmt::Debug + Send + Sync + 'static
{
    /// Its name at run time.
    const DATA_TYPE: DataType;

    /// The number, without loss.
    fn to_value(self) -> Value;
    /// The nearest number of this type: integers saturate, fractions are rounded half away from zero,
    /// NaN becomes 0 in an integer type, an imaginary part is dropped by a real type.
    fn from_value(value: Value) -> Self;
    /// As a float; the real part of a complex number.
    fn to_f64(self) -> f64;
    /// [`from_value`](Self::from_value) of a float.
    fn from_f64(value: f64) -> Self;
    /// As [`from_f64`](Self::from_f64), but integers are truncated toward zero (numpy's `astype`, saturating).
    fn from_f64_truncating(value: f64) -> Self;
    /// Is it NaN (in either part)?
    fn is_nan(self) -> bool;

    /// Fill `out` from little-endian bytes; `bytes` has at least `out.len()` samples.
    fn copy_from_le(out: &mut [Self], bytes: &[u8]);
    /// Fill `out` from big-endian bytes; `bytes` has at least `out.len()` samples.
    fn copy_from_be(out: &mut [Self], bytes: &[u8]);
    /// Write little-endian bytes; `out` has room for `samples.len()` samples.
    fn copy_to_le(samples: &[Self], out: &mut [u8]);
    /// Write big-endian bytes; `out` has room for `samples.len()` samples.
    fn copy_to_be(samples: &[Self], out: &mut [u8]);

    /// Erase the type.
    fn erase(array: Array3<Self>) -> AnyArray;
    /// Erase the type of a view.
    fn erase_view(view: ArrayView3<'_, Self>) -> AnyView<'_>;
    /// Erase the type of a mutable view.
    fn erase_view_mut(view: ArrayViewMut3<'_, Self>) -> AnyViewMut<'_>;
    /// The array, if it is of this type.
    ///
    /// # Errors
    /// The array itself, if it is of another type.
    fn downcast(array: AnyArray) -> Result<Array3<Self>, AnyArray>;
    /// A view, if it is of this type.
    fn downcast_view<'a>(array: &'a AnyView<'_>) -> Option<ArrayView3<'a, Self>>;
    /// A mutable view, if it is of this type.
    fn downcast_view_mut<'a>(array: &'a mut AnyViewMut<'_>) -> Option<ArrayViewMut3<'a, Self>>;
}

macro_rules! erasure {
    ($variant:ident) => {
        fn erase(array: Array3<Self>) -> AnyArray {
            AnyArray::$variant(array)
        }
        fn erase_view(view: ArrayView3<'_, Self>) -> AnyView<'_> {
            AnyView::$variant(view)
        }
        fn erase_view_mut(view: ArrayViewMut3<'_, Self>) -> AnyViewMut<'_> {
            AnyViewMut::$variant(view)
        }
        fn downcast(array: AnyArray) -> Result<Array3<Self>, AnyArray> {
            match array {
                AnyArray::$variant(a) => Ok(a),
                other => Err(other),
            }
        }
        fn downcast_view<'a>(array: &'a AnyView<'_>) -> Option<ArrayView3<'a, Self>> {
            match array {
                AnyView::$variant(a) => Some(a.view()),
                _ => None,
            }
        }
        fn downcast_view_mut<'a>(array: &'a mut AnyViewMut<'_>) -> Option<ArrayViewMut3<'a, Self>> {
            match array {
                AnyViewMut::$variant(a) => Some(a.view_mut()),
                _ => None,
            }
        }
    };
}

// One loop over fixed-size chunks: compiles to a plain copy, or to a vector byte swap.
macro_rules! byte_copies {
    ($size:expr, |$b:ident| $from_le:expr, $from_be:expr, |$v:ident| $to_le:expr, $to_be:expr) => {
        fn copy_from_le(out: &mut [Self], bytes: &[u8]) {
            for (o, $b) in out.iter_mut().zip(bytes.as_chunks::<{ $size }>().0) {
                *o = $from_le;
            }
        }
        fn copy_from_be(out: &mut [Self], bytes: &[u8]) {
            for (o, $b) in out.iter_mut().zip(bytes.as_chunks::<{ $size }>().0) {
                *o = $from_be;
            }
        }
        fn copy_to_le(samples: &[Self], out: &mut [u8]) {
            for (o, $v) in out.as_chunks_mut::<{ $size }>().0.iter_mut().zip(samples) {
                *o = $to_le;
            }
        }
        fn copy_to_be(samples: &[Self], out: &mut [u8]) {
            for (o, $v) in out.as_chunks_mut::<{ $size }>().0.iter_mut().zip(samples) {
                *o = $to_be;
            }
        }
    };
}

macro_rules! primitive_bytes {
    ($t:ty) => {
        byte_copies!(
            size_of::<$t>(),
            |b| <$t>::from_le_bytes(*b),
            <$t>::from_be_bytes(*b),
            |v| v.to_le_bytes(),
            v.to_be_bytes()
        );
    };
}

macro_rules! integer {
    ($t:ty, $variant:ident) => {
        impl sealed::Sealed for $t {}
        impl Sample for $t {
            const DATA_TYPE: DataType = DataType::$variant;
            #[inline]
            fn to_value(self) -> Value {
                Value::Int(i128::from(self))
            }
            #[inline]
            fn from_value(value: Value) -> Self {
                match value {
                    Value::Int(v) => v.clamp(i128::from(Self::MIN), i128::from(Self::MAX)) as Self,
                    Value::Float(v) | Value::Complex(v, _) => Self::from_f64(v),
                }
            }
            #[inline]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline]
            fn from_f64(value: f64) -> Self {
                // Adding 0.5 to the largest number below 0.5 gives 1.0: `round` does not have that defect.
                value.round() as Self
            }
            #[inline]
            fn from_f64_truncating(value: f64) -> Self {
                value as Self
            }
            #[inline]
            fn is_nan(self) -> bool {
                false
            }
            primitive_bytes!($t);
            erasure!($variant);
        }
    };
}

macro_rules! float {
    ($t:ty, $variant:ident) => {
        impl sealed::Sealed for $t {}
        impl Sample for $t {
            const DATA_TYPE: DataType = DataType::$variant;
            #[inline]
            fn to_value(self) -> Value {
                Value::Float(f64::from(self))
            }
            #[inline]
            fn from_value(value: Value) -> Self {
                value.to_f64() as Self
            }
            #[inline]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline]
            fn from_f64(value: f64) -> Self {
                value as Self
            }
            #[inline]
            fn from_f64_truncating(value: f64) -> Self {
                value as Self
            }
            #[inline]
            fn is_nan(self) -> bool {
                <$t>::is_nan(self)
            }
            primitive_bytes!($t);
            erasure!($variant);
        }
    };
}

macro_rules! complex {
    ($t:ty, $variant:ident) => {
        impl sealed::Sealed for Complex<$t> {}
        impl Sample for Complex<$t> {
            const DATA_TYPE: DataType = DataType::$variant;
            #[inline]
            fn to_value(self) -> Value {
                Value::Complex(self.re.to_f64(), self.im.to_f64())
            }
            #[inline]
            fn from_value(value: Value) -> Self {
                let (re, im) = match value {
                    Value::Complex(re, im) => (re, im),
                    other => (other.to_f64(), 0.0),
                };
                Self { re: <$t>::from_f64(re), im: <$t>::from_f64(im) }
            }
            #[inline]
            fn to_f64(self) -> f64 {
                self.re.to_f64()
            }
            #[inline]
            fn from_f64(value: f64) -> Self {
                Self { re: <$t>::from_f64(value), im: <$t>::default() }
            }
            #[inline]
            fn from_f64_truncating(value: f64) -> Self {
                Self { re: <$t>::from_f64_truncating(value), im: <$t>::default() }
            }
            #[inline]
            fn is_nan(self) -> bool {
                Sample::is_nan(self.re) || Sample::is_nan(self.im)
            }
            byte_copies!(
                2 * size_of::<$t>(),
                |b| complex_from(b, <$t>::from_le_bytes),
                complex_from(b, <$t>::from_be_bytes),
                |v| complex_to(*v, <$t>::to_le_bytes),
                complex_to(*v, <$t>::to_be_bytes)
            );
            erasure!($variant);
        }
    };
}

#[inline]
fn complex_from<T, const N: usize, const M: usize>(bytes: &[u8; M], read: fn([u8; N]) -> T) -> Complex<T> {
    let (mut re, mut im) = ([0; N], [0; N]);
    re.copy_from_slice(&bytes[..N]);
    im.copy_from_slice(&bytes[N..]);
    Complex { re: read(re), im: read(im) }
}

#[inline]
fn complex_to<T, const N: usize, const M: usize>(value: Complex<T>, write: fn(T) -> [u8; N]) -> [u8; M] {
    let mut bytes = [0; M];
    bytes[..N].copy_from_slice(&write(value.re));
    bytes[N..].copy_from_slice(&write(value.im));
    bytes
}

integer!(u8, U8);
integer!(i8, I8);
integer!(u16, U16);
integer!(i16, I16);
integer!(u32, U32);
integer!(i32, I32);
integer!(u64, U64);
integer!(i64, I64);
float!(f32, F32);
float!(f64, F64);
complex!(i16, CI16);
complex!(i32, CI32);
complex!(f32, CF32);
complex!(f64, CF64);

impl sealed::Sealed for F16 {}
impl Sample for F16 {
    const DATA_TYPE: DataType = DataType::F16;
    #[inline]
    fn to_value(self) -> Value {
        Value::Float(self.to_f64())
    }
    #[inline]
    fn from_value(value: Value) -> Self {
        Self::from_f64(value.to_f64())
    }
    #[inline]
    fn to_f64(self) -> f64 {
        f64::from(self.to_f32())
    }
    #[inline]
    fn from_f64(value: f64) -> Self {
        Self(half::f16::from_f64(value).to_bits())
    }
    #[inline]
    fn from_f64_truncating(value: f64) -> Self {
        Self::from_f64(value)
    }
    #[inline]
    fn is_nan(self) -> bool {
        self.to_f32().is_nan()
    }
    byte_copies!(
        2,
        |b| Self(u16::from_le_bytes(*b)),
        Self(u16::from_be_bytes(*b)),
        |v| v.0.to_le_bytes(),
        v.0.to_be_bytes()
    );
    erasure!(F16);
}

/// Convert samples one by one ([`Sample::from_value`]): saturating, rounding half away from zero.
///
/// # Panics
/// When the lengths differ.
pub fn convert_slice<S: Sample, D: Sample>(from: &[S], to: &mut [D]) {
    assert_eq!(from.len(), to.len(), "slices of one length");
    for (d, s) in to.iter_mut().zip(from) {
        *d = D::from_value(s.to_value());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversion_saturates_and_rounds() {
        assert_eq!(u8::from_value(Value::Float(300.2)), 255);
        assert_eq!(u8::from_value(Value::Float(-3.5)), 0);
        assert_eq!(i8::from_value(Value::Float(-3.5)), -4);
        assert_eq!(u8::from_value(Value::Float(f64::NAN)), 0);
        assert_eq!(u8::from_f64(0.499_999_999_999_999_94), 0);
        assert_eq!(u8::from_f64_truncating(3.99), 3);
        assert_eq!(i64::from_value(Value::Int(i128::from(u64::MAX))), i64::MAX);
        assert_eq!(u64::from_value(u64::MAX.to_value()), u64::MAX);
        assert_eq!(f32::from_value(Value::Complex(1.5, 2.0)), 1.5);
    }

    #[test]
    fn bytes_round_trip_both_orders() {
        let v = [Complex { re: 1.5f32, im: -2.0 }, Complex { re: f32::MIN, im: 0.25 }];
        let (mut le, mut be, mut back) = ([0u8; 16], [0u8; 16], [Complex::default(); 2]);
        Sample::copy_to_le(&v, &mut le);
        Sample::copy_to_be(&v, &mut be);
        assert_eq!(le[..4], 1.5f32.to_le_bytes());
        assert_eq!(be[4..8], (-2.0f32).to_be_bytes());
        Sample::copy_from_le(&mut back, &le);
        assert_eq!(back, v);
        Sample::copy_from_be(&mut back, &be);
        assert_eq!(back, v);
    }

    #[test]
    fn half_precision() {
        assert_eq!(F16::from_f32(1.0).to_bits(), 0x3c00);
        assert_eq!(F16::from_f32(65504.0).to_f32(), 65504.0);
        assert!(Sample::is_nan(F16::from_f32(f32::NAN)));
    }
}
