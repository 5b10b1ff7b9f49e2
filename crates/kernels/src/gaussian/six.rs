//! A symmetric filter across six rows, for processors with sixteen vector registers.
//!
//! The same sums in the same order as `symmetric::across`, which for four rows needs all registers and still waits: four
//! sums do not hide the latency of a fused step. Here six sums and the upper rows of the pairs stay in registers, and
//! the lower ones are read as operands of the additions (see NOTES.md for what that gives).
#![allow(clippy::needless_range_loop, reason = "fixed trip counts keep the register arrays in registers")]
#![allow(unused_assignments, reason = "the last step of a sequence takes in rows like the others")]
#![allow(unused_comparisons, reason = "a step's number may be 0")]

use crate::simd::Real;
use fearless_simd::prelude::*;
use std::hint::black_box;

/// Rows of a block.
pub(crate) const ROWS: usize = 6;

/// Sums, and the upper rows of their current pairs: row i - j of output i is in slot i + u of `above`, modulo `ROWS`, at
/// the begin of step u of a block.
struct State<V> {
    sums: [V; ROWS],
    above: [V; ROWS],
}

/// `ROWS` steps: `next` follows the rows in `above`; `below` are the lower rows of the first step and the rows before
/// them; weights from the last backwards.
#[inline(always)]
fn block<S: Simd, T: Real, R>(
    simd: S,
    load: impl Fn(&R) -> T::Native<S>,
    State { mut sums, mut above }: State<T::Native<S>>,
    next: &[R; ROWS],
    below: (&[R; ROWS], &[R; ROWS]),
    weights: &[T; ROWS],
) -> State<T::Native<S>> {
    // With u a literal: the arrays stay in registers only if all positions in them are known early.
    macro_rules! step {
        ($u:literal) => {
            let weight = T::Native::<S>::splat(simd, weights[ROWS - 1 - $u]);
            // Steps read the same rows: unless that is hidden, they are kept in registers and the sums are not.
            let (lower, before) = black_box(below);
            for i in 0..ROWS {
                let row = if i < $u { &before[ROWS + i - $u] } else { &lower[i - $u] };
                let pair = above[(i + $u) % ROWS] + load(row);
                sums[i] = T::accumulate(weight, pair, sums[i]);
            }
            above[$u] = load(&next[$u]);
        };
    }
    step!(0);
    step!(1);
    step!(2);
    step!(3);
    step!(4);
    step!(5);
    State { sums, above }
}

/// As `symmetric::across` for six rows.
#[inline(always)]
pub(crate) fn across<S: Simd, T: Real, R>(
    simd: S,
    half: &[T],
    rows: &[R],
    load: impl Fn(&R) -> T::Native<S>,
) -> [T::Native<S>; ROWS] {
    let radius = half.len() - 1;
    let rows = &rows[..ROWS + 2 * radius];
    let mut state = begin(simd, rows, &load);
    let (next, _) = rows[ROWS..ROWS + radius].as_chunks::<ROWS>();
    let (_, below) = rows[radius..].as_rchunks::<ROWS>();
    let (_, weights) = half[1..].as_rchunks::<ROWS>();
    let pairs = below.iter().rev().zip(below.iter().rev().skip(1));
    for ((next, below), weights) in next.iter().zip(pairs).zip(weights.iter().rev()) {
        state = block(simd, &load, state, next, below, weights);
    }
    let State { mut sums, mut above } = state;
    let done = radius - radius % ROWS;
    macro_rules! rest {
        ($u:literal) => {
            if done + $u < radius {
                let weight = T::Native::<S>::splat(simd, half[radius - done - $u]);
                let lower = black_box(&rows[2 * radius - done - $u..][..ROWS]);
                for i in 0..ROWS {
                    let pair = above[(i + $u) % ROWS] + load(&lower[i]);
                    sums[i] = T::accumulate(weight, pair, sums[i]);
                }
                above[$u] = load(&rows[ROWS + done + $u]);
            }
        };
    }
    rest!(0);
    rest!(1);
    rest!(2);
    rest!(3);
    rest!(4);
    let (centre, _) = rows[radius..].as_chunks::<ROWS>();
    end(simd, sums, half[0], &centre[0], load)
}

/// As `symmetric::across_ring` for six rows.
#[inline(always)]
pub(crate) fn across_ring<S: Simd, T: Real, R>(
    simd: S,
    half: &[T],
    ring: &[[R; ROWS]],
    first: usize,
    load: impl Fn(&R) -> T::Native<S>,
) -> [T::Native<S>; ROWS] {
    let at = |k: usize| if first + k < ring.len() { &ring[first + k] } else { &ring[first + k - ring.len()] };
    let (_, weights) = half[1..].as_rchunks::<ROWS>();
    let last = 2 * weights.len();
    let mut state = begin(simd, at(0), &load);
    let mut lower = at(last);
    for (k, weights) in weights.iter().rev().enumerate() {
        let before = at(last - 1 - k);
        state = block(simd, &load, state, at(k + 1), (lower, before), weights);
        lower = before;
    }
    end(simd, state.sums, half[0], at(last / 2), load)
}

#[inline(always)]
fn begin<S: Simd, V: SimdBase<S>, R>(simd: S, rows: &[R], load: impl Fn(&R) -> V) -> State<V>
where
    V::Element: Default,
{
    let mut above = [V::splat(simd, V::Element::default()); ROWS];
    let sums = above;
    for i in 0..ROWS {
        above[i] = load(&rows[i]);
    }
    State { sums, above }
}

/// The centre comes last.
#[inline(always)]
fn end<S: Simd, T: Real, R>(
    simd: S,
    mut sums: [T::Native<S>; ROWS],
    weight: T,
    centre: &[R; ROWS],
    load: impl Fn(&R) -> T::Native<S>,
) -> [T::Native<S>; ROWS] {
    let weight = T::Native::<S>::splat(simd, weight);
    for i in 0..ROWS {
        sums[i] = T::accumulate(weight, load(&centre[i]), sums[i]);
    }
    sums
}
