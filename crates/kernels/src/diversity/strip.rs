//! The shares of all classes over a strip of columns, and the sums of a measure over them, without a raster per
//! class.
//!
//! Row by row, the blurred indicator of a class is a sum of steps of the cumulative kernel at the columns where the
//! indicator flips: work in proportion to the flips, not to the kernel. The rows go into a ring per class, out of
//! which blocks of output rows are filtered vertically, and each share is added to the measure's sums at once.
//!
//! Why a pixel does not depend on the strip or the window: flips left of its footprint add exactly 1 or -1, flips
//! right of it exactly 0, those inside are added in order of column; a class outside the footprint has a share of
//! exactly 0 and adds exactly 0; classes are added in their order.
#![allow(clippy::needless_range_loop, reason = "fixed trip counts keep the register arrays in registers")]

use super::{
    edges::Edges,
    measure::{Measure, Term},
};
use crate::{
    border::Border,
    gaussian::{
        six,
        symmetric::{GROUP, Packed, across_ring},
    },
    simd::{Real, many_registers},
};
use fearless_simd::{Level, dispatch, prelude::*};
use std::ops::Range;

/// Columns of a strip, at most.
const MAX_COLUMNS: usize = 128;
/// Bytes that the ring of a wide strip may have to stay in the L2 cache.
const WIDE_RING: usize = 700_000;
/// Output rows that are computed class by class, filled up to a multiple of those of a step: a class's part of the ring is
/// fetched into the L1 cache once for all of them.
const BLOCK_ROWS: usize = 32;

/// One window to measure.
pub(crate) struct Strip<'a> {
    pub measure: Measure,
    pub edges: &'a Edges,
    /// The cumulative kernel along a row, see `cumulative`.
    pub step: &'a [f32],
    /// The kernel across rows, `w[0..=r]`.
    pub half: &'a [f32],
    pub border: Border,
    /// Rows of the input, and those of them whose edges are known.
    pub in_rows: usize,
    pub reach: Range<usize>,
    /// The row of the input where the output begins, and rows and columns of the output.
    pub centre: usize,
    pub rows: usize,
    pub cols: usize,
}

/// Buffers of [`Strip::run`].
#[derive(Default)]
pub(crate) struct StripScratch {
    ring: Ring,
    /// The kernel across rows, filled up with zeros to a multiple of the rows of a step. (Shares are finite, so
    /// that a weight of 0 adds exactly 0.)
    half: Vec<f32>,
    /// The cumulative kernel between zeros and ones.
    table: Vec<f32>,
    /// Per strip and row the flips that matter: the first, and the first after them.
    spans: Vec<(u32, u32)>,
    channels: Vec<Channel>,
    /// One row, `[class][column]`.
    line: Vec<Packed<f32>>,
    sums: Sums,
}

/// Rows of shares, blurred along the row.
#[derive(Default)]
struct Ring {
    /// `[class][group of 16 columns][row][column]`: rows that are filtered together lie side by side, since rows a
    /// power of two apart would share few cache sets.
    cells: Vec<Packed<f32>>,
    /// Cells of a group of columns: one more than there are rows, since groups a power of two apart would share
    /// few cache sets.
    stride: usize,
    groups: usize,
}

impl Ring {
    /// The columns of a class, each of `stride` cells.
    fn class(&mut self, k: usize) -> &mut [Packed<f32>] {
        &mut self.cells[k * self.groups * self.stride..][..self.groups * self.stride]
    }
}

/// The state of a class within a strip.
#[derive(Clone, Copy)]
struct Channel {
    /// The rows in the ring are up to date.
    active: bool,
    /// The last row in which it occurred.
    last: i64,
}

/// Sums over the classes for a block of pixels, `[step of rows][group of columns][row][column]`.
#[derive(Default)]
struct Sums {
    term: Vec<Packed<f32>>,
    count: Vec<Packed<f32>>,
    total: Vec<Packed<f32>>,
    /// The share of pixels of no class.
    none: Vec<Packed<f32>>,
}

impl Sums {
    /// Zeros for so many groups of pixels.
    fn clear(&mut self, groups: usize) {
        for sums in [&mut self.term, &mut self.count, &mut self.total, &mut self.none] {
            sums.clear();
            sums.resize(groups, Packed::default());
        }
    }
}

impl Strip<'_> {
    /// Compute all rows and columns; `emit` receives row, first column and values.
    pub(crate) fn run(
        &self,
        level: Level,
        scratch: &mut StripScratch,
        emit: &mut dyn FnMut(usize, usize, &[f32]),
    ) {
        scratch.table.clear();
        scratch.table.resize(MAX_COLUMNS, 0.0);
        scratch.table.extend_from_slice(self.step);
        scratch.table.resize(self.step.len() + 2 * MAX_COLUMNS, 1.0);
        dispatch!(level, simd => self.strips(simd, scratch, emit));
    }

    /// All strips, in steps of as many rows as the registers allow. Wide strips if their ring stays in the cache:
    /// flips near the edge of a strip are visited from both sides.
    #[inline(always)]
    fn strips<S: Simd>(
        &self,
        simd: S,
        scratch: &mut StripScratch,
        emit: &mut dyn FnMut(usize, usize, &[f32]),
    ) {
        let height = 2 * self.half.len() + BLOCK_ROWS;
        let wide = self.edges.channels() * height * MAX_COLUMNS * size_of::<f32>() <= WIDE_RING;
        match (many_registers::<S, f32>(), wide) {
            (true, true) => self.strips_by::<S, 8, 8>(simd, scratch, emit),
            (true, false) => self.strips_by::<S, 8, 4>(simd, scratch, emit),
            (false, true) => self.strips_by::<S, { six::ROWS }, 8>(simd, scratch, emit),
            (false, false) => self.strips_by::<S, { six::ROWS }, 4>(simd, scratch, emit),
        }
    }

    #[inline(always)]
    fn strips_by<S: Simd, const ROWS: usize, const GROUPS: usize>(
        &self,
        simd: S,
        scratch: &mut StripScratch,
        emit: &mut dyn FnMut(usize, usize, &[f32]),
    ) {
        let columns = GROUPS * GROUP;
        let radius = self.half.len() - 1;
        let padded = radius.next_multiple_of(ROWS);
        let block_rows = BLOCK_ROWS.next_multiple_of(ROWS);
        let height = 2 * padded + block_rows;
        let none = self.edges.channels() - 1;
        scratch.half.clear();
        scratch.half.extend_from_slice(self.half);
        scratch.half.resize(padded + 1, 0.0);
        scratch.ring.groups = GROUPS;
        scratch.ring.stride = height + 1;
        scratch.ring.cells.resize((none + 1) * (height + 1) * GROUPS, Packed::default());
        scratch.line.resize((none + 1) * GROUPS, Packed::default());
        self.find_spans(columns, &mut scratch.spans);
        for (strip, start) in (0..self.cols).step_by(columns).enumerate() {
            let width = columns.min(self.cols - start);
            scratch.channels.clear();
            scratch.channels.resize(none + 1, Channel { active: false, last: i64::MIN });
            let mut next = -(radius as i64);
            for y in (0..self.rows).step_by(block_rows) {
                let rows = block_rows.min(self.rows - y);
                // Rows below the last footprint are not needed: what the ring holds there reaches dropped rows only.
                while next < (y + rows + radius) as i64 {
                    let at = self.centre as i64 + next;
                    let row = self.border.position(at, self.in_rows);
                    let row = row.map_or(self.reach.len(), |row| row - self.reach.start);
                    let slot = (next + padded as i64) as usize % height;
                    self.blur_row::<S, GROUPS>(simd, strip, row, slot, next, scratch);
                    next += 1;
                }
                let first = y as i64 - radius as i64;
                for channel in scratch.channels.iter_mut() {
                    channel.active &= channel.last >= first;
                }
                let channels = scratch.channels.iter().enumerate();
                let mut active = channels.filter(|(_, c)| c.active).map(|(k, _)| k);
                let (only, more) = (active.next(), active.next().is_some());
                let mut values = [0.0; MAX_COLUMNS];
                if more {
                    self.sum_block::<S, ROWS>(simd, y / ROWS, rows.div_ceil(ROWS), scratch);
                    for i in 0..rows {
                        let first = i / ROWS * GROUPS * ROWS + i % ROWS;
                        self.finish(simd, scratch, first, ROWS, &mut values[..columns]);
                        emit(y + i, start, &values[..width]);
                    }
                } else {
                    let value = match only {
                        Some(k) if k != none => self.measure.value(self.measure.term().of(1.0), 1.0, 1.0),
                        _ => f64::NAN,
                    };
                    values.fill(value as f32);
                    (0..rows).for_each(|i| emit(y + i, start, &values[..width]));
                }
            }
        }
    }

    /// Find the flips that matter for every strip of so many columns and every row.
    fn find_spans(&self, columns: usize, spans: &mut Vec<(u32, u32)>) {
        let rows = self.reach.len() + 1;
        let radius = self.step.len() as i32 / 2;
        spans.clear();
        spans.resize(self.cols.div_ceil(columns) * rows, (0, 0));
        for row in 0..rows {
            let (_, flips) = self.edges.row(row);
            let pass = |mut from: usize, column: i32| {
                while flips.get(from).is_some_and(|flip| flip.column < column) {
                    from += 1;
                }
                from
            };
            let (mut begin, mut end) = (0, 0);
            for (strip, start) in (0..self.cols).step_by(columns).enumerate() {
                begin = pass(begin, start as i32 - radius + 1);
                end = pass(end, (start + columns) as i32 + radius);
                spans[strip * rows + row] = (begin as u32, end as u32);
            }
        }
    }

    /// Blur the indicators of all classes along one row into a row of the ring.
    #[inline(always)]
    fn blur_row<S: Simd, const GROUPS: usize>(
        &self,
        simd: S,
        strip: usize,
        row: usize,
        slot: usize,
        number: i64,
        scratch: &mut StripScratch,
    ) {
        let StripScratch { ring, table, spans, channels, line, .. } = scratch;
        let line = line.as_chunks_mut::<GROUPS>().0;
        let radius = self.step.len() as i32 / 2;
        let start = (strip * GROUPS * GROUP) as i32;
        let (begin, end) = spans[strip * (self.reach.len() + 1) + row];
        let (first, flips) = self.edges.row(row);
        let (before, flips) = flips[..end as usize].split_at(begin as usize);
        let leftmost = before.last().map_or(first, |flip| flip.to);
        for k in std::iter::once(leftmost).chain(flips.iter().map(|flip| flip.to)).map(usize::from) {
            if channels[k].last == number {
                continue;
            }
            if !channels[k].active {
                // What its rows hold is out of date: it occurs in none of them.
                ring.class(k).fill(Packed::default());
            }
            channels[k] = Channel { active: true, last: number };
            line[k] = [Packed::default(); GROUPS];
        }
        line[usize::from(leftmost)] = [Packed([1.0; GROUP]); GROUPS];
        for flip in flips {
            let from = (start + MAX_COLUMNS as i32 - flip.column + radius) as usize;
            let Some(steps) = table[from..][..GROUPS * GROUP].as_chunks().0.as_chunks::<GROUPS>().0.first()
            else {
                continue;
            };
            let (to, from) = (usize::from(flip.to), usize::from(flip.from));
            // Columns left of its reach would receive zeros.
            if flip.column - radius - start >= (GROUPS / 2 * GROUP) as i32 {
                add_steps::<S, true>(simd, &mut line[to][GROUPS / 2..], &steps[GROUPS / 2..]);
                add_steps::<S, false>(simd, &mut line[from][GROUPS / 2..], &steps[GROUPS / 2..]);
            } else {
                add_steps::<S, true>(simd, &mut line[to], steps);
                add_steps::<S, false>(simd, &mut line[from], steps);
            }
        }
        let stride = ring.stride;
        for (k, channel) in channels.iter().enumerate().filter(|(_, c)| c.active) {
            let absent = [Packed::default(); GROUPS];
            let shares = if channel.last == number { &line[k] } else { &absent };
            for (column, share) in ring.class(k).chunks_exact_mut(stride).zip(shares) {
                column[slot] = *share;
            }
        }
    }

    /// Filter `steps` times `ROWS` rows vertically, class by class, and add up the terms.
    #[inline(always)]
    fn sum_block<S: Simd, const ROWS: usize>(
        &self,
        simd: S,
        first: usize,
        steps: usize,
        scratch: &mut StripScratch,
    ) {
        let StripScratch { ring, half, channels, sums, .. } = scratch;
        let len = S::f32s::LEN;
        let (groups, stride) = (ring.groups, ring.stride);
        let none = channels.len() - 1;
        let some_none = channels[none].active;
        sums.clear(steps * groups * ROWS);
        for (k, _) in channels.iter().enumerate().filter(|(_, c)| c.active) {
            for (group, cells) in ring.class(k).chunks_exact(stride).enumerate() {
                let (chunks, _) = cells.as_chunks::<ROWS>();
                for (step, lane) in (0..steps).flat_map(|s| (0..GROUP).step_by(len).map(move |l| (s, l))) {
                    let shares = across_ring::<S, f32, Packed<f32>, ROWS>(
                        simd,
                        half,
                        chunks,
                        (first + step) % chunks.len(),
                        #[inline(always)]
                        |row| S::f32s::from_slice(simd, &row[lane..lane + len]),
                    );
                    let at = step * groups + group;
                    let lanes = lane..lane + len;
                    if k == none {
                        for i in 0..ROWS {
                            shares[i].max(0.0).store_slice(&mut sums.none[at * ROWS + i][lanes.clone()]);
                        }
                    } else {
                        self.add_terms::<S, ROWS>(simd, &shares, sums, at, lanes, some_none);
                    }
                }
            }
        }
    }

    /// One more class of a step and group of pixels.
    #[inline(always)]
    fn add_terms<S: Simd, const ROWS: usize>(
        &self,
        simd: S,
        shares: &[S::f32s; ROWS],
        sums: &mut Sums,
        at: usize,
        lanes: Range<usize>,
        some_none: bool,
    ) {
        let term = self.measure.term();
        let cells = &mut sums.term[at * ROWS..][..ROWS];
        if matches!(term, Term::Entropy | Term::EntropyAndCount) {
            for i in 0..ROWS {
                let cell = &mut cells[i][lanes.clone()];
                add_x_ln_x(simd, shares[i].max(0.0), S::f32s::from_slice(simd, cell)).store_slice(cell);
            }
        } else {
            for i in 0..ROWS {
                let cell = &mut cells[i][lanes.clone()];
                add_term(simd, term, shares[i].max(0.0), S::f32s::from_slice(simd, cell)).store_slice(cell);
            }
        }
        for i in 0..ROWS {
            let (at, lanes) = (at * ROWS + i, lanes.clone());
            if term == Term::EntropyAndCount {
                let cell = &mut sums.count[at][lanes.clone()];
                (S::f32s::from_slice(simd, cell) + positive(simd, shares[i])).store_slice(cell);
            }
            if some_none {
                let cell = &mut sums.total[at][lanes];
                (S::f32s::from_slice(simd, cell) + shares[i].max(0.0)).store_slice(cell);
            }
        }
    }

    /// The measure from its sums, for a row of pixels that stands in every `ROWS`th cell from `first` on.
    #[inline(always)]
    fn finish<S: Simd>(&self, _: S, scratch: &StripScratch, first: usize, rows: usize, values: &mut [f32]) {
        let Sums { term, count, total, none } = &scratch.sums;
        let some_none = scratch.channels.last().is_some_and(|c| c.active);
        let cells = (first..).step_by(rows);
        for (values, at) in values.as_chunks_mut::<GROUP>().0.iter_mut().zip(cells) {
            if !some_none && self.measure == Measure::Shannon {
                values.iter_mut().zip(term[at].iter()).for_each(|(value, sum)| *value = (0.0 - sum).max(0.0));
                continue;
            }
            for (i, value) in values.iter_mut().enumerate() {
                // Without a pixel of no class in its footprint a pixel's shares sum to 1: the others' blocks say so too.
                let total = if some_none && none[at][i] > 0.0 { total[at][i] } else { 1.0 };
                let exact =
                    self.measure.value(f64::from(term[at][i]), f64::from(count[at][i]), f64::from(total));
                // Rounding must not make a diversity of one category negative.
                *value = if exact.is_nan() { f32::NAN } else { exact.max(0.0) as f32 };
            }
        }
    }
}

/// Add (or subtract) steps of the cumulative kernel.
#[inline(always)]
fn add_steps<S: Simd, const PLUS: bool>(simd: S, line: &mut [Packed<f32>], steps: &[[f32; GROUP]]) {
    let len = S::f32s::LEN;
    for (cell, steps) in line.iter_mut().zip(steps) {
        for lane in (0..GROUP).step_by(len) {
            let sum = S::f32s::from_slice(simd, &cell[lane..lane + len]);
            let step = S::f32s::from_slice(simd, &steps[lane..lane + len]);
            let sum = if PLUS { sum + step } else { sum - step };
            sum.store_slice(&mut cell[lane..lane + len]);
        }
    }
}

#[inline(always)]
fn positive<S: Simd>(simd: S, share: S::f32s) -> S::f32s {
    share.simd_gt(0.0).select(S::f32s::splat(simd, 1.0), S::f32s::splat(simd, 0.0))
}

/// One more share of a measure other than entropy.
#[inline(always)]
fn add_term<S: Simd>(simd: S, term: Term, share: S::f32s, sum: S::f32s) -> S::f32s {
    match term {
        Term::Entropy | Term::EntropyAndCount => add_x_ln_x(simd, share, sum),
        Term::Square => f32::accumulate::<S>(share, share, sum),
        Term::Count => sum + positive(simd, share),
        Term::Power(q) => {
            let mut powers = sum;
            for (p, &s) in powers.as_mut_slice().iter_mut().zip(share.as_slice()) {
                *p += if s > 0.0 { libm::pow(f64::from(s), q) as f32 } else { 0.0 };
            }
            powers
        }
    }
}

/// sum + x ln x for 0 <= x; x ln x is exactly 0 for 0 and for 1.
///
/// ln (1 + f) = f - f²/2 + f³ P(f), with P of degree 6 fitted to the least largest error for 1 + f from sqrt(1/2) to
/// sqrt(2): 7e-9, less than f32 rounds off.
#[inline(always)]
fn add_x_ln_x<S: Simd>(simd: S, x: S::f32s, sum: S::f32s) -> S::f32s {
    // From here down x ln x is less than 3e-11.
    let positive: S::f32s = x.max(1e-12);
    let bits = positive.bitcast::<S::i32s>();
    // x = m 2^e with m from sqrt(1/2) to sqrt(2).
    let exponent = (bits - 0x3f35_04f3) >> 23;
    let mantissa = (bits - (exponent << 23)).bitcast::<S::f32s>();
    let e: S::f32s = exponent.to_float();
    let f = mantissa - 1.0;
    let mut y = S::f32s::splat(simd, 8.672_184e-2);
    for c in
        [-1.437_901_6e-1, 1.497_799_7e-1, -1.656_442_5e-1, 1.995_487_5e-1, -2.500_17e-1, 3.333_416_7e-1, -0.5]
    {
        y = f32::accumulate::<S>(y, f, S::f32s::splat(simd, c));
    }
    let ln_mantissa = f32::accumulate::<S>(f * f, y, f);
    let ln = f32::accumulate::<S>(e, S::f32s::splat(simd, std::f32::consts::LN_2), ln_mantissa);
    f32::accumulate::<S>(x, ln, sum)
}
