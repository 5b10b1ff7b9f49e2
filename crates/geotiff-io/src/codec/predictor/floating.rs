//! Predictor 3: the bytes of a row's floats ordered by significance (all the most significant ones first), then each
//! byte minus the byte of the same band to its left.

use super::Rows;
use super::prefix_sum::prefix_sum;
use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x16, u16x8};

/// Undo it in place. `planes` is a buffer to work in.
pub(super) fn undo(level: Level, block: &mut [u8], shape: Rows, planes: &mut Vec<u8>) {
    let row_len = shape.len();
    if row_len == 0 {
        return;
    }
    planes.resize(row_len, 0);
    // Four rows at a time, so that they are still in the first-level cache when they are reordered.
    for rows in block.chunks_mut(4 * row_len) {
        prefix_sum(level, rows, row_len, 1, shape.samples);
        dispatch!(level, simd => join_rows(simd, rows, shape.size, planes));
    }
}

#[inline(always)]
fn join_rows<S: Simd>(simd: S, rows: &mut [u8], size: usize, planes: &mut [u8]) {
    simd.vectorize(
        #[inline(always)]
        || {
            for row in rows.chunks_exact_mut(planes.len()) {
                planes.copy_from_slice(row);
                match size {
                    2 => join::<2>(planes, row),
                    3 => join::<3>(planes, row),
                    4 => join_4(simd, planes, row),
                    _ => join::<8>(planes, row),
                }
            }
        },
    );
}

/// Planes, the most significant first, to little-endian numbers.
#[inline(always)]
fn join<const SIZE: usize>(planes: &[u8], row: &mut [u8]) {
    let n = planes.len() / SIZE;
    let plane: [&[u8]; SIZE] = std::array::from_fn(|k| &planes[(SIZE - 1 - k) * n..][..n]);
    for (i, number) in row.as_chunks_mut::<SIZE>().0.iter_mut().enumerate().take(n) {
        *number = std::array::from_fn(|k| plane[k][i]);
    }
}

/// The same for four bytes, 16 numbers at a time.
#[inline(always)]
fn join_4<S: Simd>(simd: S, planes: &[u8], row: &mut [u8]) {
    let n = planes.len() / 4;
    let (pieces, rest) = row.as_chunks_mut::<64>();
    for (i, piece) in pieces.iter_mut().enumerate() {
        let plane = |k: usize| u8x16::from_slice(simd, &planes[k * n + 16 * i..][..16]);
        let (a, b, c, d) = (plane(3), plane(2), plane(1), plane(0));
        let pairs = [(a.zip_low(b), c.zip_low(d)), (a.zip_high(b), c.zip_high(d))];
        for (out, (low, high)) in piece.as_chunks_mut::<32>().0.iter_mut().zip(pairs) {
            let (low, high): (u16x8<S>, u16x8<S>) = (low.bitcast(), high.bitcast());
            low.zip_low(high).bitcast::<u8x16<S>>().store_slice(&mut out[..16]);
            low.zip_high(high).bitcast::<u8x16<S>>().store_slice(&mut out[16..]);
        }
    }
    let done = pieces.len() * 16;
    for (i, number) in rest.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        *number = std::array::from_fn(|k| planes[(3 - k) * n + done + i]);
    }
}

/// Apply it in place; see [`undo`].
pub(super) fn apply(level: Level, block: &mut [u8], rows: Rows, planes: &mut Vec<u8>) {
    if rows.len() == 0 {
        return;
    }
    planes.resize(rows.len(), 0);
    dispatch!(level, simd => apply_rows(simd, block, rows.size, rows.samples, planes));
}

#[inline(always)]
fn apply_rows<S: Simd>(simd: S, block: &mut [u8], size: usize, samples: usize, planes: &mut [u8]) {
    simd.vectorize(
        #[inline(always)]
        || {
            for row in block.chunks_exact_mut(planes.len()) {
                match size {
                    2 => split::<2>(row, planes),
                    3 => split::<3>(row, planes),
                    4 => split::<4>(row, planes),
                    _ => split::<8>(row, planes),
                }
                let first = samples.min(row.len());
                row[..first].copy_from_slice(&planes[..first]);
                for ((out, right), left) in row[first..].iter_mut().zip(&planes[first..]).zip(&*planes) {
                    *out = right.wrapping_sub(*left);
                }
            }
        },
    );
}

/// Little-endian numbers to planes, the most significant first.
#[inline(always)]
fn split<const SIZE: usize>(row: &[u8], planes: &mut [u8]) {
    let n = planes.len() / SIZE;
    let numbers = row.as_chunks::<SIZE>().0;
    for (k, plane) in planes.chunks_exact_mut(n).enumerate() {
        for (byte, number) in plane.iter_mut().zip(numbers) {
            *byte = number[SIZE - 1 - k];
        }
    }
}
