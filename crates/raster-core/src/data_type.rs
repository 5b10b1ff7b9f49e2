//! The types that a pixel can have.

use crate::{Error, Result};
use std::{fmt, str::FromStr};

/// The type of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DataType {
    /// Unsigned 8 bit.
    U8,
    /// Signed 8 bit.
    I8,
    /// Unsigned 16 bit.
    U16,
    /// Signed 16 bit.
    I16,
    /// Unsigned 32 bit.
    U32,
    /// Signed 32 bit.
    I32,
    /// Unsigned 64 bit.
    U64,
    /// Signed 64 bit.
    I64,
    /// IEEE 754 half precision.
    F16,
    /// IEEE 754 single precision.
    F32,
    /// IEEE 754 double precision.
    F64,
    /// Complex of two signed 16 bit integers.
    CI16,
    /// Complex of two signed 32 bit integers.
    CI32,
    /// Complex of two single precision floats.
    CF32,
    /// Complex of two double precision floats.
    CF64,
}

impl DataType {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::U8,
        Self::I8,
        Self::U16,
        Self::I16,
        Self::U32,
        Self::I32,
        Self::U64,
        Self::I64,
        Self::F16,
        Self::F32,
        Self::F64,
        Self::CI16,
        Self::CI32,
        Self::CF32,
        Self::CF64,
    ];

    /// Bytes of one sample (both parts of a complex one).
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 | Self::F16 => 2,
            Self::U32 | Self::I32 | Self::F32 | Self::CI16 => 4,
            Self::U64 | Self::I64 | Self::F64 | Self::CI32 | Self::CF32 => 8,
            Self::CF64 => 16,
        }
    }
    /// Bytes of one number: half of [`size`](Self::size) for complex types. This is what byte order works on.
    #[must_use]
    pub const fn component_size(self) -> usize {
        if self.is_complex() { self.size() / 2 } else { self.size() }
    }
    /// Has it a real and an imaginary part?
    #[must_use]
    pub const fn is_complex(self) -> bool {
        matches!(self, Self::CI16 | Self::CI32 | Self::CF32 | Self::CF64)
    }
    /// Is it a real floating-point type?
    #[must_use]
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F16 | Self::F32 | Self::F64)
    }
    /// Is it a real integer type?
    #[must_use]
    pub const fn is_integer(self) -> bool {
        !self.is_complex() && !self.is_float()
    }
    /// Can it hold negative numbers?
    #[must_use]
    pub const fn is_signed(self) -> bool {
        !matches!(self, Self::U8 | Self::U16 | Self::U32 | Self::U64)
    }
    /// The short name: `u8`, `f32`, `cint16`, …
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::I8 => "i8",
            Self::U16 => "u16",
            Self::I16 => "i16",
            Self::U32 => "u32",
            Self::I32 => "i32",
            Self::U64 => "u64",
            Self::I64 => "i64",
            Self::F16 => "f16",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::CI16 => "cint16",
            Self::CI32 => "cint32",
            Self::CF32 => "cf32",
            Self::CF64 => "cf64",
        }
    }
    /// Smallest and largest finite value of a real type, or of a complex type's parts.
    #[must_use]
    pub const fn range(self) -> (f64, f64) {
        match self {
            Self::U8 => (0.0, u8::MAX as f64),
            Self::I8 => (i8::MIN as f64, i8::MAX as f64),
            Self::U16 => (0.0, u16::MAX as f64),
            Self::I16 | Self::CI16 => (i16::MIN as f64, i16::MAX as f64),
            Self::U32 => (0.0, u32::MAX as f64),
            Self::I32 | Self::CI32 => (i32::MIN as f64, i32::MAX as f64),
            Self::U64 => (0.0, u64::MAX as f64),
            Self::I64 => (i64::MIN as f64, i64::MAX as f64),
            Self::F16 => (-65504.0, 65504.0),
            Self::F32 | Self::CF32 => (f32::MIN as f64, f32::MAX as f64),
            Self::F64 | Self::CF64 => (f64::MIN, f64::MAX),
        }
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for DataType {
    type Err = Error;
    /// Our names, numpy's and GDAL's, in any case.
    fn from_str(text: &str) -> Result<Self> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "u8" | "uint8" | "byte" => Self::U8,
            "i8" | "int8" => Self::I8,
            "u16" | "uint16" => Self::U16,
            "i16" | "int16" => Self::I16,
            "u32" | "uint32" => Self::U32,
            "i32" | "int32" => Self::I32,
            "u64" | "uint64" => Self::U64,
            "i64" | "int64" => Self::I64,
            "f16" | "float16" | "half" => Self::F16,
            "f32" | "float32" | "float" => Self::F32,
            "f64" | "float64" | "double" => Self::F64,
            "cint16" | "ci16" | "complex_int16" => Self::CI16,
            "cint32" | "ci32" | "complex_int32" => Self::CI32,
            "cf32" | "cfloat32" | "complex64" => Self::CF32,
            "cf64" | "cfloat64" | "complex128" => Self::CF64,
            _ => {
                return Err(Error::misuse(format!(
                    "no data type is called '{text}'; there are {}",
                    Self::ALL.map(Self::name).join(", ")
                )));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for t in DataType::ALL {
            assert_eq!(t.name().parse::<DataType>().unwrap(), t);
        }
        assert!("u7".parse::<DataType>().is_err());
    }
}
