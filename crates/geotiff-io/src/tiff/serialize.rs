//! Writing directories: typed fields to bytes, in classic and Big TIFF and both byte orders.

use crate::format::ByteOrder;

/// The value of a field, by TIFF type.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FieldValue {
    /// BYTE
    Byte(Vec<u8>),
    /// ASCII: the closing NUL is added when writing.
    Ascii(String),
    /// SHORT
    Short(Vec<u16>),
    /// LONG
    Long(Vec<u32>),
    /// RATIONAL
    Rational(Vec<(u32, u32)>),
    /// UNDEFINED
    Undefined(Vec<u8>),
    /// DOUBLE
    Double(Vec<f64>),
    /// LONG8 (BigTIFF only)
    Long8(Vec<u64>),
    /// Values that the caller puts elsewhere in the file: type, number, offset.
    Elsewhere {
        /// TIFF type.
        type_code: u16,
        /// Number of values.
        count: u64,
        /// Where they are.
        offset: u64,
    },
}

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// Tag number.
    pub(crate) tag: u16,
    /// Its value.
    pub(crate) value: FieldValue,
}

impl Field {
    pub(crate) fn new(tag: u16, value: FieldValue) -> Self {
        Self { tag, value }
    }
    pub(crate) fn short(tag: u16, value: u16) -> Self {
        Self::new(tag, FieldValue::Short(vec![value]))
    }
    pub(crate) fn long(tag: u16, value: u32) -> Self {
        Self::new(tag, FieldValue::Long(vec![value]))
    }
}

/// Byte order and offset width of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flavor {
    /// Byte order of every number.
    pub(crate) order: ByteOrder,
    /// Offsets of 8 bytes?
    pub(crate) big: bool,
}

impl Flavor {
    /// Bytes of the header.
    pub(crate) fn header_len(self) -> u64 {
        if self.big { 16 } else { 8 }
    }
    /// Bytes that fit into an entry itself.
    pub(crate) fn inline_len(self) -> usize {
        if self.big { 8 } else { 4 }
    }
    pub(crate) fn entry_len(self) -> usize {
        if self.big { 20 } else { 12 }
    }
    /// Bytes of a directory of `fields` entries, without the values that do not fit into them.
    fn directory_len(self, fields: usize) -> usize {
        if self.big { 8 + fields * 20 + 8 } else { 2 + fields * 12 + 4 }
    }
    pub(crate) fn put_u16(self, out: &mut Vec<u8>, v: u16) {
        out.extend_from_slice(&match self.order {
            ByteOrder::Little => v.to_le_bytes(),
            ByteOrder::Big => v.to_be_bytes(),
        });
    }
    pub(crate) fn put_u32(self, out: &mut Vec<u8>, v: u32) {
        out.extend_from_slice(&match self.order {
            ByteOrder::Little => v.to_le_bytes(),
            ByteOrder::Big => v.to_be_bytes(),
        });
    }
    pub(crate) fn put_u64(self, out: &mut Vec<u8>, v: u64) {
        out.extend_from_slice(&match self.order {
            ByteOrder::Little => v.to_le_bytes(),
            ByteOrder::Big => v.to_be_bytes(),
        });
    }
    /// A number as wide as an offset. In classic TIFF the layout has made sure that it fits.
    pub(crate) fn put_offset(self, out: &mut Vec<u8>, v: u64) {
        if self.big { self.put_u64(out, v) } else { self.put_u32(out, v as u32) }
    }
    /// The header, pointing at the first directory.
    pub(crate) fn header(self, first_directory: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(16);
        out.extend_from_slice(match self.order {
            ByteOrder::Little => b"II",
            ByteOrder::Big => b"MM",
        });
        if self.big {
            self.put_u16(&mut out, 43);
            self.put_u16(&mut out, 8);
            self.put_u16(&mut out, 0);
        } else {
            self.put_u16(&mut out, 42);
        }
        self.put_offset(&mut out, first_directory);
        out
    }
    /// The bytes of a list of offsets or byte counts.
    pub(crate) fn numbers(self, values: &[u64], eight_bytes: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(values.len() * 8);
        for &v in values {
            if eight_bytes { self.put_u64(&mut out, v) } else { self.put_u32(&mut out, v as u32) }
        }
        out
    }
}

/// TIFF type numbers.
pub(crate) const LONG: u16 = 4;
pub(crate) const LONG8: u16 = 16;

impl FieldValue {
    pub(crate) fn type_and_count(&self) -> (u16, u64) {
        match self {
            Self::Byte(v) => (1, v.len() as u64),
            Self::Ascii(v) => (2, v.len() as u64 + 1),
            Self::Short(v) => (3, v.len() as u64),
            Self::Long(v) => (LONG, v.len() as u64),
            Self::Rational(v) => (5, v.len() as u64),
            Self::Undefined(v) => (7, v.len() as u64),
            Self::Double(v) => (12, v.len() as u64),
            Self::Long8(v) => (LONG8, v.len() as u64),
            Self::Elsewhere { type_code, count, .. } => (*type_code, *count),
        }
    }
    /// Bytes of the value; 0 when it is elsewhere.
    pub(crate) fn byte_len(&self) -> usize {
        match self {
            Self::Byte(v) | Self::Undefined(v) => v.len(),
            Self::Ascii(v) => v.len() + 1,
            Self::Short(v) => 2 * v.len(),
            Self::Long(v) => 4 * v.len(),
            Self::Rational(v) => 8 * v.len(),
            Self::Double(v) => 8 * v.len(),
            Self::Long8(v) => 8 * v.len(),
            Self::Elsewhere { .. } => 0,
        }
    }
    pub(crate) fn put(&self, flavor: Flavor, out: &mut Vec<u8>) {
        match self {
            Self::Byte(v) | Self::Undefined(v) => out.extend_from_slice(v),
            Self::Ascii(v) => {
                out.extend_from_slice(v.as_bytes());
                out.push(0);
            }
            Self::Short(v) => v.iter().for_each(|&v| flavor.put_u16(out, v)),
            Self::Long(v) => v.iter().for_each(|&v| flavor.put_u32(out, v)),
            Self::Rational(v) => v.iter().for_each(|&(n, d)| {
                flavor.put_u32(out, n);
                flavor.put_u32(out, d);
            }),
            Self::Double(v) => v.iter().for_each(|&v| flavor.put_u64(out, v.to_bits())),
            Self::Long8(v) => v.iter().for_each(|&v| flavor.put_u64(out, v)),
            Self::Elsewhere { .. } => {}
        }
    }
}

/// Bytes of a directory with the values that follow it, padded to an even length.
pub(crate) fn directory_len(fields: &[Field], flavor: Flavor) -> usize {
    let values: usize =
        fields.iter().map(|f| f.value.byte_len()).filter(|&n| n > flavor.inline_len()).map(even).sum();
    even(flavor.directory_len(fields.len())) + values
}

/// A directory at `offset` (even), its values right after it, `next` the offset of the one that follows.
/// `fields` are sorted by tag.
pub(crate) fn directory(fields: &[Field], flavor: Flavor, offset: u64, next: u64) -> Vec<u8> {
    debug_assert!(fields.is_sorted_by_key(|f| f.tag), "directories are sorted by tag");
    let mut out = Vec::with_capacity(directory_len(fields, flavor));
    let mut values = Vec::new();
    let values_at = offset + even(flavor.directory_len(fields.len())) as u64;
    if flavor.big {
        flavor.put_u64(&mut out, fields.len() as u64);
    } else {
        flavor.put_u16(&mut out, fields.len() as u16);
    }
    for field in fields {
        let entry = out.len();
        let (type_code, count) = field.value.type_and_count();
        flavor.put_u16(&mut out, field.tag);
        flavor.put_u16(&mut out, type_code);
        flavor.put_offset(&mut out, count);
        if let FieldValue::Elsewhere { offset, .. } = field.value {
            flavor.put_offset(&mut out, offset);
        } else if field.value.byte_len() > flavor.inline_len() {
            flavor.put_offset(&mut out, values_at + values.len() as u64);
            field.value.put(flavor, &mut values);
            values.resize(even(values.len()), 0);
        } else {
            field.value.put(flavor, &mut out);
            out.resize(entry + flavor.entry_len(), 0);
        }
    }
    flavor.put_offset(&mut out, next);
    out.resize(even(out.len()), 0);
    out.extend_from_slice(&values);
    out
}

pub(crate) fn even(n: usize) -> usize {
    n + n % 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_follow_and_short_ones_stay_inside() {
        for big in [false, true] {
            for order in [ByteOrder::Little, ByteOrder::Big] {
                let flavor = Flavor { order, big };
                let fields = [
                    Field::short(256, 7),
                    Field::new(270, FieldValue::Ascii("eleven char".into())),
                    Field::new(33550, FieldValue::Double(vec![1.0, 2.0])),
                ];
                let bytes = directory(&fields, flavor, 100, 0);
                assert_eq!(bytes.len(), directory_len(&fields, flavor));
                assert_eq!(bytes.len() % 2, 0);
                let text = bytes.windows(11).position(|w| w == b"eleven char").unwrap();
                let pointer = if big { 8 + 20 + 12 } else { 2 + 12 + 8 };
                let read = |b: &[u8]| match order {
                    ByteOrder::Little => u32::from_le_bytes([b[0], b[1], b[2], b[3]]),
                    ByteOrder::Big => {
                        let b = if big { &b[4..] } else { b };
                        u32::from_be_bytes([b[0], b[1], b[2], b[3]])
                    }
                };
                assert_eq!(read(&bytes[pointer..]) as usize, 100 + text);
            }
        }
    }
}
