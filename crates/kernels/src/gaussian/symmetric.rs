//! The innermost loops: a symmetric filter across rows and along a row.
//!
//! Both add from the outermost pair inwards and the centre last, so that an output value depends on its
//! footprint only, and so that small terms are added before large ones.
#![allow(clippy::needless_range_loop, reason = "fixed trip counts keep the register arrays in registers")]
#![allow(unused_assignments, reason = "the last step of a sequence takes in rows like the others")]

use super::six;
use crate::simd::Real;
use fearless_simd::prelude::*;
use std::ops::{Deref, DerefMut};

/// Columns whose rows are packed side by side: 64 bytes of f32.
pub(crate) const GROUP: usize = 16;

/// A row of a group of columns. Aligned, since a load of parts of two cache lines takes twice as long.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Packed<T>(pub [T; GROUP]);

impl<T: Copy + Default> Default for Packed<T> {
    fn default() -> Self {
        Self([T::default(); GROUP])
    }
}

impl<T> Deref for Packed<T> {
    type Target = [T; GROUP];
    fn deref(&self) -> &[T; GROUP] {
        &self.0
    }
}

impl<T> DerefMut for Packed<T> {
    fn deref_mut(&mut self) -> &mut [T; GROUP] {
        &mut self.0
    }
}

/// The registers of a filter across rows: `ROWS` sums, and the two rows of the current pair for each of them.
///
/// Both rows of a pair move by one row per step, so they slide through two sets of registers: a step loads two
/// vectors and makes `2 * ROWS` taps. At the begin of step u of a block, row i - j is in slot i + u of `above` and row
/// i + j in slot i - u of `below`, modulo `ROWS`.
///
/// Macros, with u a literal: the arrays stay in registers only if all positions in them are known early.
macro_rules! step {
    ($simd:ident, $sums:ident, $above:ident, $below:ident, $u:literal, $weight:expr, $next_above:expr, $next_below:expr) => {
        let weight = T::Native::<S>::splat($simd, $weight);
        for i in 0..ROWS {
            let pair = $above[(i + $u) % ROWS] + $below[(i + ROWS - $u) % ROWS];
            $sums[i] = T::accumulate(weight, pair, $sums[i]);
        }
        $above[$u] = $next_above;
        $below[ROWS - 1 - $u] = $next_below;
    };
}

/// `ROWS` steps, 4 or 8 (for 6 see `six`): `above` in order, `below` and `weights` from the last backwards.
macro_rules! block {
    ($simd:ident, $load:ident, $sums:ident, $above:ident, $below:ident, $rows_above:expr, $rows_below:expr, $weights:expr) => {
        let (rows_above, rows_below, weights): (&[R; ROWS], &[R; ROWS], &[T; ROWS]) =
            ($rows_above, $rows_below, $weights);
        macro_rules! one {
            ($u:literal) => {
                if $u < ROWS {
                    step!(
                        $simd,
                        $sums,
                        $above,
                        $below,
                        $u,
                        weights[ROWS - 1 - $u],
                        $load(&rows_above[$u]),
                        $load(&rows_below[ROWS - 1 - $u])
                    );
                }
            };
        }
        one!(0);
        one!(1);
        one!(2);
        one!(3);
        if ROWS > 4 {
            one!(4);
            one!(5);
            one!(6);
            one!(7);
        }
    };
}

/// The same sums: `TO` is `FROM`, which the compiler cannot know.
#[inline(always)]
fn resized<S: Simd, V: SimdBase<S>, const FROM: usize, const TO: usize>(simd: S, sums: [V; FROM]) -> [V; TO]
where
    V::Element: Default,
{
    let mut same = [V::splat(simd, V::Element::default()); TO];
    same[..TO.min(FROM)].copy_from_slice(&sums[..TO.min(FROM)]);
    same
}

/// Output rows `i` of `ROWS` (4, 6 or 8): `w[0] x(i) + sum over j of w[j] (x(i - j) + x(i + j))`. `half` is `w[0..=r]`; `rows` are
/// `ROWS + 2 r` input rows, of which `load` takes the columns that are filtered.
#[inline(always)]
pub(crate) fn across<S: Simd, T: Real, R, const ROWS: usize>(
    simd: S,
    half: &[T],
    rows: &[R],
    load: impl Fn(&R) -> T::Native<S>,
) -> [T::Native<S>; ROWS] {
    if ROWS == six::ROWS {
        let sums = six::across(simd, half, rows, load);
        return resized(simd, sums);
    }
    let radius = half.len() - 1;
    let rows = &rows[..ROWS + 2 * radius];
    let zero = T::Native::<S>::splat(simd, T::default());
    let (mut sums, mut above, mut below) = ([zero; ROWS], [zero; ROWS], [zero; ROWS]);
    for i in 0..ROWS {
        above[i] = load(&rows[i]);
        below[i] = load(&rows[2 * radius + i]);
    }
    // Whole chunks, so that nothing is checked within: from the top down, from the bottom up, from the outside in.
    let (chunks_above, _) = rows[ROWS..ROWS + radius].as_chunks::<ROWS>();
    let (_, chunks_below) = rows[radius..2 * radius].as_rchunks::<ROWS>();
    let (_, weights) = half[1..].as_rchunks::<ROWS>();
    for ((chunk_above, chunk_below), weights) in
        chunks_above.iter().zip(chunks_below.iter().rev()).zip(weights.iter().rev())
    {
        block!(simd, load, sums, above, below, chunk_above, chunk_below, weights);
    }
    let done = radius - radius % ROWS;
    macro_rules! rest {
        ($u:literal) => {
            if $u < ROWS && done + $u < radius {
                step!(
                    simd,
                    sums,
                    above,
                    below,
                    $u,
                    half[radius - done - $u],
                    load(&rows[ROWS + done + $u]),
                    load(&rows[2 * radius - 1 - done - $u])
                );
            }
        };
    }
    rest!(0);
    rest!(1);
    rest!(2);
    if ROWS > 4 {
        rest!(3);
        rest!(4);
        rest!(5);
        rest!(6);
    }
    let weight = T::Native::<S>::splat(simd, half[0]);
    for i in 0..ROWS {
        sums[i] = T::accumulate(weight, load(&rows[radius + i]), sums[i]);
    }
    sums
}

/// As [`across`], with rows in a ring of chunks, of which the footprints begin with chunk `first`. The radius is a
/// multiple of `ROWS`.
#[inline(always)]
pub(crate) fn across_ring<S: Simd, T: Real, R, const ROWS: usize>(
    simd: S,
    half: &[T],
    ring: &[[R; ROWS]],
    first: usize,
    load: impl Fn(&R) -> T::Native<S>,
) -> [T::Native<S>; ROWS] {
    if ROWS == six::ROWS {
        let sums = six::across_ring(simd, half, ring.as_flattened().as_chunks().0, first, load);
        return resized(simd, sums);
    }
    let at = |k: usize| if first + k < ring.len() { &ring[first + k] } else { &ring[first + k - ring.len()] };
    let (_, weights) = half[1..].as_rchunks::<ROWS>();
    let last = 2 * weights.len();
    let zero = T::Native::<S>::splat(simd, T::default());
    let (mut sums, mut above, mut below) = ([zero; ROWS], [zero; ROWS], [zero; ROWS]);
    let (first_rows, last_rows) = (at(0), at(last));
    for i in 0..ROWS {
        above[i] = load(&first_rows[i]);
        below[i] = load(&last_rows[i]);
    }
    for (k, weights) in weights.iter().rev().enumerate() {
        block!(simd, load, sums, above, below, at(k + 1), at(last - 1 - k), weights);
    }
    let weight = T::Native::<S>::splat(simd, half[0]);
    let centre = at(last / 2);
    for i in 0..ROWS {
        sums[i] = T::accumulate(weight, load(&centre[i]), sums[i]);
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
