//! The samples of a block as they are stored, when that differs from the block in memory: packed bits,
//! 24-bit floats, subsampled YCbCr.

use crate::format::BlockFormat;
use raster_core::{DataType, Error, Result};

/// Bytes of a stored row: rows start on bytes.
fn row_len(format: &BlockFormat) -> usize {
    (format.width * format.samples * usize::from(format.bits)).div_ceil(8)
}

/// Bytes of a stored block of `rows` rows.
pub(super) fn len(format: &BlockFormat, rows: usize) -> usize {
    row_len(format) * rows
}

/// Are samples stored just as they lie in memory, apart from byte order and predictor?
pub(super) fn is_memory_layout(format: &BlockFormat) -> bool {
    usize::from(format.bits) == 8 * format.data_type.size()
}

/// Stored samples (in little-endian order where they are whole bytes) to samples in memory.
pub(super) fn unpack(format: &BlockFormat, stored: &[u8], rows: usize, out: &mut Vec<u8>) -> Result<()> {
    let bits = u32::from(format.bits);
    out.resize(format.decoded_len(rows), 0);
    let width = format.width * format.samples;
    if width == 0 {
        return Ok(());
    }
    let out_rows = out.chunks_exact_mut(width * format.data_type.size());
    let rows = stored.chunks_exact(row_len(format)).zip(out_rows);
    match (format.data_type, bits) {
        (DataType::F32, 24) => rows.for_each(|(row, out)| {
            for (&[a, b, c], out) in row.as_chunks().0.iter().zip(out.as_chunks_mut().0) {
                *out = float_of_24_bits(u32::from_le_bytes([a, b, c, 0])).to_le_bytes();
            }
        }),
        (DataType::U8 | DataType::I8, 1) => rows.for_each(|(row, out)| unpack_bits(row, out)),
        (DataType::U8 | DataType::I8, 2..8) => rows.for_each(|(row, out)| {
            let mut reader = BitReader::new(row);
            out.iter_mut().for_each(|out| *out = reader.take(bits) as u8);
        }),
        (DataType::U16 | DataType::I16, 9..16) => rows.for_each(|(row, out)| {
            let mut reader = BitReader::new(row);
            out.as_chunks_mut().0.iter_mut().for_each(|out| *out = (reader.take(bits) as u16).to_le_bytes());
        }),
        (DataType::U32 | DataType::I32, 17..32) => rows.for_each(|(row, out)| {
            let mut reader = BitReader::new(row);
            out.as_chunks_mut().0.iter_mut().for_each(|out| *out = reader.take(bits).to_le_bytes());
        }),
        (data_type, bits) => {
            return Err(Error::unsupported(format!("samples of type {data_type} stored in {bits} bits")));
        }
    }
    Ok(())
}

/// Samples in memory to samples of fewer bits; larger values become the largest that fits, as GDAL writes them.
pub(super) fn pack(format: &BlockFormat, pixels: &[u8], stored: &mut Vec<u8>) {
    let bits = u32::from(format.bits);
    let size = format.data_type.size();
    let largest = u32::MAX >> (32 - bits);
    stored.clear();
    if bits == 1 && size == 1 {
        pixels.chunks_exact(format.width.max(1) * format.samples).for_each(|row| pack_bits(row, stored));
        return;
    }
    for row in pixels.chunks_exact((format.width * format.samples * size).max(1)) {
        let (mut word, mut count) = (0_u64, 0);
        for sample in row.chunks_exact(size) {
            let value = sample.iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte));
            word = word << bits | u64::from(value.min(largest));
            count += bits;
            while count >= 8 {
                count -= 8;
                stored.push((word >> count) as u8);
            }
        }
        if count > 0 {
            stored.push((word << (8 - count)) as u8);
        }
    }
}

/// Bytes to single bits, most significant first: 0, and 1 for anything else.
fn pack_bits(row: &[u8], stored: &mut Vec<u8>) {
    let (eights, rest) = row.as_chunks::<8>();
    stored.extend(eights.iter().map(|eight| {
        // Bit 8 i of the number goes to bit 63 - i of the product; what else there is lies below bit 56 or beyond 63.
        let ones = u64::from_le_bytes(eight.map(|v| v.min(1)));
        (ones.wrapping_mul(0x8040_2010_0804_0201) >> 56) as u8
    }));
    if !rest.is_empty() {
        stored.push(rest.iter().enumerate().fold(0, |byte, (i, v)| byte | v.min(&1) << (7 - i)));
    }
}

/// Single bits, most significant first, to bytes 0 and 1.
pub(super) fn unpack_bits(row: &[u8], out: &mut [u8]) {
    let (eights, rest) = out.as_chunks_mut::<8>();
    for (eight, &byte) in eights.iter_mut().zip(row) {
        *eight = std::array::from_fn(|i| byte >> (7 - i) & 1);
    }
    if let (false, Some(&byte)) = (rest.is_empty(), row.get(eights.len())) {
        for (i, out) in rest.iter_mut().enumerate() {
            *out = byte >> (7 - i) & 1;
        }
    }
}

/// Reverse the bytes of each number of `size` bytes.
pub(super) fn swap_bytes(bytes: &mut [u8], size: usize) {
    match size {
        2 => bytes.as_chunks_mut::<2>().0.iter_mut().for_each(|n| n.reverse()),
        3 => bytes.as_chunks_mut::<3>().0.iter_mut().for_each(|n| n.reverse()),
        4 => bytes.as_chunks_mut::<4>().0.iter_mut().for_each(|n| n.reverse()),
        8 => bytes.as_chunks_mut::<8>().0.iter_mut().for_each(|n| n.reverse()),
        _ => {}
    }
}

/// Bytes of the numbers that byte order works on; 1 where samples are streams of bits.
pub(super) fn number_len(format: &BlockFormat) -> usize {
    match format.bits {
        // Integers of 24 bits are streams of bits in files of either order, as GDAL and others read them.
        24 if format.data_type == DataType::F32 => 3,
        bits if usize::from(bits) == 8 * format.data_type.size() => format.data_type.component_size(),
        _ => 1,
    }
}

/// A float of 1 sign, 7 exponent and 16 mantissa bits.
fn float_of_24_bits(bits: u32) -> f32 {
    let sign = if bits >> 23 & 1 == 1 { -1.0 } else { 1.0 };
    let (exponent, mantissa) = ((bits >> 16 & 0x7f) as i32, bits & 0xffff);
    match exponent {
        // Subnormal here, normal as f32: both factors are exact.
        0 => sign * mantissa as f32 * f32::from_bits((127 - 62 - 16) << 23),
        127 => f32::from_bits((bits >> 23 & 1) << 31 | 0xff << 23 | mantissa << 7),
        _ => f32::from_bits((bits >> 23 & 1) << 31 | ((exponent + 127 - 63) as u32) << 23 | mantissa << 7),
    }
}

/// Bits of a row, most significant first.
struct BitReader<'a> {
    bytes: std::slice::Iter<'a, u8>,
    bits: u64,
    count: u32,
}

impl<'a> BitReader<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes: bytes.iter(), bits: 0, count: 0 }
    }
    /// The next `n` bits (at most 32); zeros behind the end.
    fn take(&mut self, n: u32) -> u32 {
        while self.count < n {
            self.bits = self.bits << 8 | u64::from(self.bytes.next().copied().unwrap_or(0));
            self.count += 8;
        }
        self.count -= n;
        (self.bits >> self.count & ((1 << n) - 1)) as u32
    }
}
