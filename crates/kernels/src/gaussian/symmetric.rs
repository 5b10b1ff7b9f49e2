//! The innermost loops: a symmetric filter across rows and along a row.
//!
//! Both add from the outermost pair inwards and the centre last, so that an output value depends on its
//! footprint only, and so that small terms are added before large ones.
#![allow(clippy::needless_range_loop, reason = "fixed trip counts keep the register arrays in registers")]

use crate::simd::Real;
use fearless_simd::prelude::*;

/// One step of [`across`]: pair `j` of every output row, then one row in and one row out on each side.
macro_rules! step {
    ($simd:ident, $half:ident, $load:ident, $sums:ident, $above:ident, $below:ident, $j:ident, $u:ident) => {
        let weight = T::Native::<S>::splat($simd, $half[$j]);
        for i in 0..ROWS {
            let pair = $above[(i + $u) % ROWS] + $below[(i + ROWS - $u) % ROWS];
            $sums[i] = T::accumulate(weight, pair, $sums[i]);
        }
        $j -= 1;
        $above[$u] = $load($half.len() + ROWS - 2 - $j);
        $below[ROWS - 1 - $u] = $load($half.len() - 1 + $j);
    };
}

/// Output rows `i` of `ROWS`: `w[0] x(i) + sum over j of w[j] (x(i - j) + x(i + j))`. `half` is `w[0..=r]`;
/// `load(d)` gives input row `d` of `ROWS + 2 r`.
///
/// Both rows of a pair move by one per step, so they slide through two sets of registers: a step loads two
/// vectors and makes `2 * ROWS` taps.
#[inline(always)]
pub(crate) fn across<S: Simd, T: Real, const ROWS: usize>(
    simd: S,
    half: &[T],
    load: impl Fn(usize) -> T::Native<S>,
) -> [T::Native<S>; ROWS] {
    let radius = half.len() - 1;
    let zero = T::Native::<S>::splat(simd, T::default());
    let mut sums = [zero; ROWS];
    if radius > 0 {
        // Before step u, row i - j is in slot i + u of `above` and row i + j in slot i - u of `below`, modulo ROWS.
        let (mut above, mut below) = ([zero; ROWS], [zero; ROWS]);
        for i in 0..ROWS {
            above[i] = load(i);
            below[i] = load(i + 2 * radius);
        }
        let mut j = radius;
        while j >= ROWS {
            for u in 0..ROWS {
                step!(simd, half, load, sums, above, below, j, u);
            }
        }
        for u in 0..ROWS {
            if j > 0 {
                step!(simd, half, load, sums, above, below, j, u);
            }
        }
    }
    let weight = T::Native::<S>::splat(simd, half[0]);
    for i in 0..ROWS {
        sums[i] = T::accumulate(weight, load(radius + i), sums[i]);
    }
    sums
}

/// `VECTORS` neighbouring output vectors along a row: `line[0]` is the first tap of the first output.
#[inline(always)]
fn along<S: Simd, T: Real, const VECTORS: usize>(simd: S, half: &[T], line: &[T]) -> [T::Native<S>; VECTORS] {
    let len = T::Native::<S>::LEN;
    let radius = half.len() - 1;
    let line = &line[..2 * radius + VECTORS * len];
    let mut sums = [T::Native::<S>::splat(simd, T::default()); VECTORS];
    for j in (1..=radius).rev() {
        let weight = T::Native::<S>::splat(simd, half[j]);
        for v in 0..VECTORS {
            let (left, right) = (radius - j + v * len, radius + j + v * len);
            let pair = T::Native::<S>::from_slice(simd, &line[left..left + len])
                + T::Native::<S>::from_slice(simd, &line[right..right + len]);
            sums[v] = T::accumulate(weight, pair, sums[v]);
        }
    }
    let weight = T::Native::<S>::splat(simd, half[0]);
    for v in 0..VECTORS {
        let centre = radius + v * len;
        sums[v] =
            T::accumulate(weight, T::Native::<S>::from_slice(simd, &line[centre..centre + len]), sums[v]);
    }
    sums
}

/// Filter a row: `line` starts `half.len() - 1` values before the first output and has at least
/// [`row_padding`] values more than `out`.
#[inline(always)]
pub(crate) fn filter_row<S: Simd, T: Real>(simd: S, half: &[T], line: &[T], out: &mut [T]) {
    let len = T::Native::<S>::LEN;
    let mut chunks = out.chunks_exact_mut(4 * len);
    let mut at = 0;
    for chunk in &mut chunks {
        let sums = along::<S, T, 4>(simd, half, &line[at..]);
        for v in 0..4 {
            sums[v].store_slice(&mut chunk[v * len..(v + 1) * len]);
        }
        at += 4 * len;
    }
    for chunk in chunks.into_remainder().chunks_mut(len) {
        let [sum] = along::<S, T, 1>(simd, half, &line[at..]);
        if chunk.len() == len {
            sum.store_slice(chunk);
        } else {
            chunk.copy_from_slice(&sum.as_slice()[..chunk.len()]);
        }
        at += len;
    }
}

/// How much longer than the output the line of [`filter_row`] has to be.
pub(crate) fn row_padding<T>(radius: usize) -> usize {
    2 * radius + 64 / size_of::<T>()
}
