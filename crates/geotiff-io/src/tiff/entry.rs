//! One entry of a directory: a tag, the type and number of its values, and where they are.

use crate::format::ByteOrder;
use bytes::Bytes;
use raster_core::{Error, Result};

/// Type of the values of a tag (TIFF 6.0 section 2, BigTIFF).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// 1: unsigned 8 bit.
    Byte,
    /// 2: text, closed by NUL.
    Ascii,
    /// 3: unsigned 16 bit.
    Short,
    /// 4: unsigned 32 bit.
    Long,
    /// 5: two unsigned 32 bit numbers, a fraction.
    Rational,
    /// 6: signed 8 bit.
    SByte,
    /// 7: bytes.
    Undefined,
    /// 8: signed 16 bit.
    SShort,
    /// 9: signed 32 bit.
    SLong,
    /// 10: two signed 32 bit numbers, a fraction.
    SRational,
    /// 11: single precision.
    Float,
    /// 12: double precision.
    Double,
    /// 13: 32-bit offset of a directory.
    Ifd,
    /// 16: unsigned 64 bit.
    Long8,
    /// 17: signed 64 bit.
    SLong8,
    /// 18: 64-bit offset of a directory.
    Ifd8,
}

impl FieldType {
    /// From the number in the file.
    #[must_use]
    pub const fn from_number(number: u16) -> Option<Self> {
        Some(match number {
            1 => Self::Byte,
            2 => Self::Ascii,
            3 => Self::Short,
            4 => Self::Long,
            5 => Self::Rational,
            6 => Self::SByte,
            7 => Self::Undefined,
            8 => Self::SShort,
            9 => Self::SLong,
            10 => Self::SRational,
            11 => Self::Float,
            12 => Self::Double,
            13 => Self::Ifd,
            16 => Self::Long8,
            17 => Self::SLong8,
            18 => Self::Ifd8,
            _ => return None,
        })
    }
    /// Bytes of one value.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Byte | Self::Ascii | Self::SByte | Self::Undefined => 1,
            Self::Short | Self::SShort => 2,
            Self::Long | Self::SLong | Self::Float | Self::Ifd => 4,
            Self::Rational | Self::SRational | Self::Double | Self::Long8 | Self::SLong8 | Self::Ifd8 => 8,
        }
    }
}

/// The values of a tag.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TagValue {
    /// Text without the closing NUL; bytes that are not UTF-8 are taken as Latin-1.
    Ascii(String),
    /// Bytes of type Byte or Undefined.
    Bytes(Bytes),
    /// Unsigned numbers, offsets included.
    Unsigned(Vec<u64>),
    /// Signed numbers.
    Signed(Vec<i64>),
    /// Floats.
    Float(Vec<f64>),
    /// Fractions: numerator, denominator.
    Rational(Vec<(i64, i64)>),
}

impl TagValue {
    pub(crate) fn parse(field_type: FieldType, bytes: &Bytes, order: ByteOrder) -> Self {
        let size = field_type.size();
        let numbers = || bytes.chunks_exact(size);
        match field_type {
            FieldType::Ascii => Self::Ascii(text(bytes)),
            FieldType::Byte | FieldType::Undefined => Self::Bytes(bytes.clone()),
            FieldType::Short
            | FieldType::Long
            | FieldType::Ifd
            | FieldType::Long8
            | FieldType::Ifd8
            | FieldType::SByte
            | FieldType::SShort
            | FieldType::SLong
            | FieldType::SLong8 => {
                let values = numbers().map(|b| integer(field_type, b, order));
                if matches!(
                    field_type,
                    FieldType::SByte | FieldType::SShort | FieldType::SLong | FieldType::SLong8
                ) {
                    Self::Signed(values.map(|v| v as i64).collect())
                } else {
                    Self::Unsigned(values.map(|v| v as u64).collect())
                }
            }
            FieldType::Float | FieldType::Double => {
                Self::Float(numbers().map(|b| float(field_type, b, order)).collect())
            }
            FieldType::Rational => Self::Rational(
                numbers().map(|b| (i64::from(order.u32(b)), i64::from(order.u32(&b[4..])))).collect(),
            ),
            FieldType::SRational => Self::Rational(
                numbers()
                    .map(|b| (i64::from(order.u32(b) as i32), i64::from(order.u32(&b[4..]) as i32)))
                    .collect(),
            ),
        }
    }
}

/// Text up to the first NUL.
pub(crate) fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    match std::str::from_utf8(&bytes[..end]) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes[..end].iter().map(|&b| char::from(b)).collect(),
    }
}

/// An integer of an integer type; 0 for other types.
pub(crate) fn integer(field_type: FieldType, bytes: &[u8], order: ByteOrder) -> i128 {
    match field_type {
        FieldType::Byte | FieldType::Undefined => i128::from(bytes[0]),
        FieldType::Short => i128::from(order.u16(bytes)),
        FieldType::Long | FieldType::Ifd => i128::from(order.u32(bytes)),
        FieldType::Long8 | FieldType::Ifd8 => i128::from(order.u64(bytes)),
        FieldType::SByte => i128::from(bytes[0] as i8),
        FieldType::SShort => i128::from(order.u16(bytes) as i16),
        FieldType::SLong => i128::from(order.u32(bytes) as i32),
        FieldType::SLong8 => i128::from(order.u64(bytes) as i64),
        _ => 0,
    }
}

/// A number of any numeric type as a float.
pub(crate) fn float(field_type: FieldType, bytes: &[u8], order: ByteOrder) -> f64 {
    match field_type {
        FieldType::Float => f64::from(f32::from_bits(order.u32(bytes))),
        FieldType::Double => f64::from_bits(order.u64(bytes)),
        FieldType::Rational => fraction(f64::from(order.u32(bytes)), f64::from(order.u32(&bytes[4..]))),
        FieldType::SRational => {
            fraction(f64::from(order.u32(bytes) as i32), f64::from(order.u32(&bytes[4..]) as i32))
        }
        other => integer(other, bytes, order) as f64,
    }
}

/// 0 when the denominator is 0, as libtiff has it.
fn fraction(numerator: f64, denominator: f64) -> f64 {
    if denominator == 0.0 { 0.0 } else { numerator / denominator }
}

/// Where the bytes of a value are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValuePlace {
    /// In the entry itself.
    Inline([u8; 8]),
    /// At an offset.
    At(u64),
}

/// An entry of a directory, value not yet read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Number of the tag.
    pub(crate) tag: u16,
    /// Type of the values.
    pub(crate) field_type: FieldType,
    /// Number of values.
    pub(crate) count: u64,
    /// Where the values are.
    pub(crate) place: ValuePlace,
    /// Offset of the entry, for messages.
    pub(crate) offset: u64,
}

impl Entry {
    /// Bytes of all values.
    pub(crate) fn byte_len(&self) -> Result<u64> {
        self.count.checked_mul(self.field_type.size() as u64).ok_or_else(|| {
            Error::malformed(format!("{} values", self.count)).at_tag(self.tag).at_offset(self.offset)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_each_type() {
        let parse = |t, b: &'static [u8]| TagValue::parse(t, &Bytes::from_static(b), ByteOrder::Big);
        assert_eq!(parse(FieldType::Short, &[1, 0, 0, 2]), TagValue::Unsigned(vec![256, 2]));
        assert_eq!(parse(FieldType::SShort, &[255, 255]), TagValue::Signed(vec![-1]));
        assert_eq!(parse(FieldType::Ascii, b"ab\0cd"), TagValue::Ascii("ab".into()));
        assert_eq!(parse(FieldType::Ascii, &[0xe9, 0]), TagValue::Ascii("é".into()));
        assert_eq!(parse(FieldType::Rational, &[0, 0, 0, 3, 0, 0, 0, 2]), TagValue::Rational(vec![(3, 2)]));
        assert_eq!(parse(FieldType::Double, &[0x3f, 0xf8, 0, 0, 0, 0, 0, 0]), TagValue::Float(vec![1.5]));
        assert_eq!(float(FieldType::Rational, &[0, 0, 0, 3, 0, 0, 0, 0], ByteOrder::Big), 0.0);
    }
}
