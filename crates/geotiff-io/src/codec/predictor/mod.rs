//! Predictors (tag 317), undone and applied, with the byte order on the way.
//!
//! Predictor 2 works on whole samples of 8, 16, 32 or 64 bits, so that a complex sample of that size counts as one
//! integer (as in libtiff). Predictor 3 stores the bytes of a row's floats by significance, whatever the byte order.

mod floating;
mod horizontal;
mod prefix_sum;

use super::stored;
use crate::format::{BlockFormat, ByteOrder, Compression, Predictor};
use fearless_simd::Level;
use raster_core::{Error, Result};

/// The predictor that a block really has: other codecs than these ignore the tag.
fn effective(format: &BlockFormat) -> Predictor {
    match format.compression {
        Compression::Lzw | Compression::Deflate | Compression::Zstd | Compression::Lzma => format.predictor,
        _ => Predictor::None,
    }
}

/// Rows of a block as the predictors see them.
#[derive(Clone, Copy)]
struct Rows {
    /// Numbers in a row.
    numbers: usize,
    /// Bytes of a number.
    size: usize,
    /// Numbers of a pixel.
    samples: usize,
}

impl Rows {
    fn of(format: &BlockFormat) -> Self {
        let (samples, size) = (format.samples, usize::from(format.bits) / 8);
        Self { numbers: format.width * samples, size, samples }
    }

    /// Bytes of a row.
    fn len(self) -> usize {
        self.numbers * self.size
    }
}

/// From what the codec gave to little-endian samples. `buffer` is one to work in.
pub(super) fn undo(format: &BlockFormat, block: &mut [u8], buffer: &mut Vec<u8>) -> Result<()> {
    check(format)?;
    swap(format, block);
    match effective(format) {
        Predictor::None => {}
        Predictor::Horizontal => horizontal::undo(Level::new(), block, Rows::of(format)),
        Predictor::FloatingPoint => floating::undo(Level::new(), block, Rows::of(format), buffer),
    }
    Ok(())
}

/// From little-endian samples to what the codec gets; the reverse of [`undo`].
pub(super) fn apply(format: &BlockFormat, block: &mut [u8], buffer: &mut Vec<u8>) -> Result<()> {
    check(format)?;
    match effective(format) {
        Predictor::None => {}
        Predictor::Horizontal => horizontal::apply(Level::new(), block, Rows::of(format), buffer),
        Predictor::FloatingPoint => floating::apply(Level::new(), block, Rows::of(format), buffer),
    }
    swap(format, block);
    Ok(())
}

/// Big-endian to little-endian or back, where that is what is stored: predictor 3 has an order of its own.
fn swap(format: &BlockFormat, block: &mut [u8]) {
    if format.byte_order == ByteOrder::Big {
        match effective(format) {
            Predictor::None => stored::swap_bytes(block, stored::number_len(format)),
            Predictor::Horizontal => stored::swap_bytes(block, usize::from(format.bits) / 8),
            Predictor::FloatingPoint => {}
        }
    }
}

/// Is the predictor defined for these samples?
pub(super) fn check(format: &BlockFormat) -> Result<()> {
    match effective(format) {
        Predictor::None => Ok(()),
        Predictor::Horizontal => check_horizontal(format),
        Predictor::FloatingPoint => check_floating(format),
    }
}

fn check_horizontal(format: &BlockFormat) -> Result<()> {
    match format.bits {
        8 | 16 | 32 | 64 => Ok(()),
        _ => Err(unsupported(format)),
    }
}

fn check_floating(format: &BlockFormat) -> Result<()> {
    match format.bits {
        16 | 24 | 32 | 64 if format.data_type.is_float() => Ok(()),
        _ => Err(unsupported(format)),
    }
}

fn unsupported(format: &BlockFormat) -> Error {
    Error::unsupported(format!(
        "predictor {} for samples of type {} stored in {} bits",
        if format.predictor == Predictor::Horizontal { 2 } else { 3 },
        format.data_type,
        format.bits
    ))
}

/// The vector instructions that this processor has, for tests.
#[cfg(test)]
fn levels() -> Vec<Level> {
    use fearless_simd::Simd as _;
    let mut levels = vec![Level::baseline()];
    #[cfg(target_arch = "x86_64")]
    {
        let best = Level::new();
        levels.extend(best.as_sse4_2().map(|token| token.level()));
        levels.extend(best.as_avx2().map(|token| token.level()));
        levels.extend(best.as_avx512().map(|token| token.level()));
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Predictor 3 as the specification describes it, one byte at a time.
    fn floating_twin(block: &mut [u8], numbers: usize, size: usize, samples: usize) {
        for row in block.chunks_exact_mut(numbers * size) {
            let mut planes = vec![0; row.len()];
            for i in 0..numbers {
                for k in 0..size {
                    planes[(size - 1 - k) * numbers + i] = row[i * size + k];
                }
            }
            for i in 0..row.len() {
                row[i] = if i < samples { planes[i] } else { planes[i].wrapping_sub(planes[i - samples]) };
            }
        }
    }

    #[test]
    fn both_predictors_equal_their_twins_and_are_undone() {
        let mut random = 1_u32;
        let mut buffer = Vec::new();
        for level in levels() {
            for size in [1, 2, 3, 4, 8] {
                for (samples, pixels, rows) in
                    [(1, 1, 1), (1, 16, 4), (1, 67, 5), (2, 9, 7), (3, 40, 6), (5, 7, 3)]
                {
                    let numbers = samples * pixels;
                    let shape = Rows { numbers, size, samples };
                    let block: Vec<u8> = (0..numbers * size * rows)
                        .map(|_| {
                            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                            (random >> 24) as u8
                        })
                        .collect();
                    if size > 1 {
                        let (mut fast, mut slow) = (block.clone(), block.clone());
                        floating::apply(level, &mut fast, shape, &mut buffer);
                        floating_twin(&mut slow, numbers, size, samples);
                        assert!(fast == slow, "{level:?} {size} {samples} {pixels} {rows}");
                        floating::undo(level, &mut fast, shape, &mut buffer);
                        assert!(fast == block, "{level:?} {size} {samples} {pixels} {rows}");
                    }
                    if size != 3 {
                        let mut fast = block.clone();
                        horizontal::apply(level, &mut fast, shape, &mut buffer);
                        let number = |bytes: &[u8], row: usize, i: usize| {
                            let at = (row * numbers + i) * size;
                            bytes[at..at + size].iter().rev().fold(0_u64, |v, b| v << 8 | u64::from(*b))
                        };
                        let wrap = u64::MAX >> (64 - 8 * size);
                        for row in 0..rows {
                            for i in 0..numbers {
                                let left = if i < samples { 0 } else { number(&block, row, i - samples) };
                                let expected = number(&block, row, i).wrapping_sub(left) & wrap;
                                assert_eq!(number(&fast, row, i), expected);
                            }
                        }
                        horizontal::undo(level, &mut fast, shape);
                        assert!(fast == block);
                    }
                }
            }
        }
    }
}
