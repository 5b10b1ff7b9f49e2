//! Adding up rows from the left: what both predictors are undone with.
//!
//! A row is one chain of additions, but rows do not depend on each other. So a vector holds 16 bytes of **four rows**;
//! within each 16 bytes the sums are made in log steps (add a copy shifted by one pixel, by two, by four, …), and then
//! the last pixel of the piece before is added everywhere, which is one shuffle.

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x16, u8x64, u16x32, u32x16, u64x8};

/// Bytes of one row in a vector.
const PIECE: usize = 16;

/// Add up each row of `row_len` bytes in place: each number of `size` bytes (1, 2, 4 or 8, little-endian) gets the
/// number `stride` bytes to its left added, wrapping around.
pub(super) fn prefix_sum(level: Level, block: &mut [u8], row_len: usize, size: usize, stride: usize) {
    macro_rules! dispatch_strides {
        ($($size:literal: $($stride:literal),*;)*) => {
            match (size, stride) {
                $($(($size, $stride) => dispatch!(level, simd => four_rows::<_, $size, $stride>(simd, block, row_len)),)*)*
                _ => block.chunks_exact_mut(row_len).for_each(|row| one_row(row, 0, size, stride)),
            }
        };
    }
    dispatch_strides! {
        1: 1, 2, 3, 4;
        2: 2, 4, 6, 8;
        4: 4, 8, 12, 16;
        8: 8, 16;
    }
}

#[inline(always)]
fn four_rows<S: Simd, const SIZE: usize, const STRIDE: usize>(simd: S, block: &mut [u8], row_len: usize) {
    let whole = row_len / PIECE * PIECE;
    // Byte i of a piece continues byte 16 - STRIDE + i % STRIDE of the piece before.
    let carry = u8x64::from_fn(simd, |i| (PIECE - STRIDE + i % PIECE % STRIDE) as u8);
    let mut groups = block.chunks_exact_mut(4 * row_len);
    for group in &mut groups {
        let (above, below) = group.split_at_mut(2 * row_len);
        let (a, b) = above.split_at_mut(row_len);
        let (c, d) = below.split_at_mut(row_len);
        let mut rows = [a, b, c, d];
        let mut sum = u8x64::splat(simd, 0);
        for at in (0..whole).step_by(PIECE) {
            let piece = |row: usize| u8x16::from_slice(simd, &rows[row][at..at + PIECE]);
            let pieces = piece(0).combine(piece(1)).combine(piece(2).combine(piece(3)));
            let sums = sum_within_pieces::<S, SIZE, STRIDE>(simd, pieces);
            sum = add::<S, SIZE>(sums, sum.swizzle_dyn_within_blocks(carry));
            let (ab, cd) = sum.split();
            let ((a, b), (c, d)) = (ab.split(), cd.split());
            for (row, piece) in rows.iter_mut().zip([a, b, c, d]) {
                piece.store_slice(&mut row[at..at + PIECE]);
            }
        }
        for row in rows {
            one_row(row, whole, SIZE, STRIDE);
        }
    }
    for row in groups.into_remainder().chunks_exact_mut(row_len) {
        one_row(row, 0, SIZE, STRIDE);
    }
}

/// Add up each piece of 16 bytes by itself.
#[inline(always)]
fn sum_within_pieces<S: Simd, const SIZE: usize, const STRIDE: usize>(simd: S, mut x: u8x64<S>) -> u8x64<S> {
    let zero = u8x64::splat(simd, 0);
    macro_rules! steps {
        ($($kept:literal),*) => {{ $(x = add::<S, SIZE>(x, zero.slide_within_blocks::<$kept>(x));)* }};
    }
    // A shift by n bytes keeps 16 - n of them; n doubles until it leaves the piece.
    match STRIDE {
        1 => steps!(15, 14, 12, 8),
        2 => steps!(14, 12, 8),
        3 => steps!(13, 10, 4),
        4 => steps!(12, 8),
        6 => steps!(10, 4),
        8 => steps!(8),
        12 => steps!(4),
        _ => {}
    }
    x
}

#[inline(always)]
fn add<S: Simd, const SIZE: usize>(a: u8x64<S>, b: u8x64<S>) -> u8x64<S> {
    match SIZE {
        1 => a + b,
        2 => (a.bitcast::<u16x32<S>>() + b.bitcast::<u16x32<S>>()).bitcast(),
        4 => (a.bitcast::<u32x16<S>>() + b.bitcast::<u32x16<S>>()).bitcast(),
        _ => (a.bitcast::<u64x8<S>>() + b.bitcast::<u64x8<S>>()).bitcast(),
    }
}

/// One row, one number at a time, from byte `start` on.
fn one_row(row: &mut [u8], start: usize, size: usize, stride: usize) {
    macro_rules! accumulate {
        ($number:ty) => {{
            const SIZE: usize = size_of::<$number>();
            let numbers = row.as_chunks_mut::<SIZE>().0;
            let stride = stride / SIZE;
            for i in (start / SIZE).max(stride)..numbers.len() {
                let left = <$number>::from_le_bytes(numbers[i - stride]);
                numbers[i] = <$number>::from_le_bytes(numbers[i]).wrapping_add(left).to_le_bytes();
            }
        }};
    }
    match size {
        1 => accumulate!(u8),
        2 => accumulate!(u16),
        4 => accumulate!(u32),
        _ => accumulate!(u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_rows_at_once_equal_one_by_one() {
        let mut random = 1_u32;
        for level in super::super::levels() {
            for (size, most) in [(1, 6), (2, 5), (4, 5), (8, 3)] {
                for samples in 1..=most {
                    for pixels in [1, 2, 5, 16, 17, 64, 101] {
                        for rows in [1, 3, 4, 5, 9] {
                            let (stride, row_len) = (size * samples, size * samples * pixels);
                            let mut fast: Vec<u8> = (0..row_len * rows)
                                .map(|_| {
                                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                                    (random >> 24) as u8
                                })
                                .collect();
                            let mut slow = fast.clone();
                            prefix_sum(level, &mut fast, row_len, size, stride);
                            slow.chunks_exact_mut(row_len).for_each(|row| one_row(row, 0, size, stride));
                            assert!(
                                fast == slow,
                                "{level:?}: {size} × {samples} bytes, {pixels} × {rows} pixels"
                            );
                        }
                    }
                }
            }
        }
    }
}
