//! Predictor 2: each sample minus the sample of the same band to its left.

use super::Rows;
use super::prefix_sum::prefix_sum;
use fearless_simd::{Level, Simd, dispatch};

/// Add up each row in place.
pub(super) fn undo(level: Level, block: &mut [u8], rows: Rows) {
    if rows.len() > 0 {
        prefix_sum(level, block, rows.len(), rows.size, rows.size * rows.samples);
    }
}

/// Subtract in place; `copy` is a buffer to work in.
pub(super) fn apply(level: Level, block: &mut [u8], rows: Rows, copy: &mut Vec<u8>) {
    if rows.len() == 0 {
        return;
    }
    copy.resize(rows.len(), 0);
    dispatch!(level, simd => apply_rows(simd, block, rows.size, rows.samples, copy));
}

#[inline(always)]
fn apply_rows<S: Simd>(simd: S, block: &mut [u8], size: usize, samples: usize, copy: &mut [u8]) {
    simd.vectorize(
        #[inline(always)]
        || {
            for row in block.chunks_exact_mut(copy.len()) {
                copy.copy_from_slice(row);
                match size {
                    1 => difference(row, copy, samples, |a: [u8; 1], b| [a[0].wrapping_sub(b[0])]),
                    2 => difference(row, copy, samples, |a, b| {
                        u16::from_le_bytes(a).wrapping_sub(u16::from_le_bytes(b)).to_le_bytes()
                    }),
                    4 => difference(row, copy, samples, |a, b| {
                        u32::from_le_bytes(a).wrapping_sub(u32::from_le_bytes(b)).to_le_bytes()
                    }),
                    _ => difference(row, copy, samples, |a, b| {
                        u64::from_le_bytes(a).wrapping_sub(u64::from_le_bytes(b)).to_le_bytes()
                    }),
                }
            }
        },
    );
}

/// One row out of its copy: a loop that vectorises by itself.
#[inline(always)]
fn difference<const SIZE: usize>(
    row: &mut [u8],
    copy: &[u8],
    samples: usize,
    subtract: impl Fn([u8; SIZE], [u8; SIZE]) -> [u8; SIZE],
) {
    let (row, copy) = (row.as_chunks_mut::<SIZE>().0, copy.as_chunks::<SIZE>().0);
    if row.len() > samples {
        for ((out, right), left) in row[samples..].iter_mut().zip(&copy[samples..]).zip(copy) {
            *out = subtract(*right, *left);
        }
    }
}
