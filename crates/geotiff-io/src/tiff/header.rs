//! The first bytes of a file: byte order, classic or BigTIFF, where the first directory is.

use crate::format::ByteOrder;
use raster_core::{Error, Result};

/// What the first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Byte order of all numbers.
    pub(crate) order: ByteOrder,
    /// 64-bit offsets?
    pub(crate) big: bool,
    /// Offset of the first directory.
    pub(crate) first: u64,
}

impl Header {
    /// Length of the longer header.
    pub(crate) const MAX_LEN: usize = 16;

    /// Parse the first (up to 16) bytes of a file.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self> {
        let order = match bytes.get(..2) {
            Some(b"II") => ByteOrder::Little,
            Some(b"MM") => ByteOrder::Big,
            _ => return Err(Error::malformed("not a TIFF file: it begins neither with II nor with MM")),
        };
        let short = Error::malformed(format!("a file of {} bytes is too short for TIFF", bytes.len()));
        let (Some(version), Some(first)) = (bytes.get(2..4), bytes.get(4..8)) else { return Err(short) };
        match order.u16(version) {
            42 => Ok(Self { order, big: false, first: u64::from(order.u32(first)) }),
            43 => {
                let Some(first) = bytes.get(8..16) else { return Err(short) };
                let (size, zero) = (order.u16(&bytes[4..]), order.u16(&bytes[6..]));
                if (size, zero) != (8, 0) {
                    return Err(Error::malformed(format!(
                        "BigTIFF with offsets of {size} bytes and reserved word {zero}, expected 8 and 0"
                    ))
                    .at_offset(4));
                }
                Ok(Self { order, big: true, first: order.u64(first) })
            }
            v => {
                Err(Error::malformed(format!("version {v}, expected 42 (TIFF) or 43 (BigTIFF)")).at_offset(2))
            }
        }
    }

    /// Bytes of the header itself.
    pub(crate) fn len(&self) -> u64 {
        if self.big { 16 } else { 8 }
    }
    /// Bytes of an offset.
    pub(crate) fn offset_size(&self) -> usize {
        if self.big { 8 } else { 4 }
    }
    /// Bytes of a directory entry.
    pub(crate) fn entry_size(&self) -> usize {
        if self.big { 20 } else { 12 }
    }
}

/// The first bytes of a slice as numbers. The slices are long enough by construction; a shorter one counts as
/// filled up with zeros.
impl ByteOrder {
    fn number(self, bytes: &[u8], size: usize) -> u64 {
        let mut value = 0;
        for i in 0..size {
            let b = u64::from(bytes.get(i).copied().unwrap_or(0));
            value |= match self {
                Self::Little => b << (8 * i),
                Self::Big => b << (8 * (size - 1 - i)),
            };
        }
        value
    }
    pub(crate) fn u16(self, bytes: &[u8]) -> u16 {
        self.number(bytes, 2) as u16
    }
    pub(crate) fn u32(self, bytes: &[u8]) -> u32 {
        self.number(bytes, 4) as u32
    }
    pub(crate) fn u64(self, bytes: &[u8]) -> u64 {
        self.number(bytes, 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_and_sizes() {
        let h = Header::parse(b"II\x2a\0\x08\0\0\0").unwrap();
        assert_eq!(h, Header { order: ByteOrder::Little, big: false, first: 8 });
        let h = Header::parse(b"MM\0\x2b\0\x08\0\0\0\0\0\0\0\0\0\x10").unwrap();
        assert_eq!(h, Header { order: ByteOrder::Big, big: true, first: 16 });
        for bad in [&b""[..], b"I", b"II*", b"PNG1*234", b"II\x2c\0\x08\0\0\0", b"II\x2b\0\x08\0\0\0"] {
            assert!(Header::parse(bad).is_err());
        }
    }
}
