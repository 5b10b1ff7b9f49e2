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
use crate::{border::Border, gaussian::symmetric::across_ring, simd::Real};
use fearless_simd::{Level, dispatch, prelude::*};

/// Columns of a strip, at most.
const MAX_COLUMNS: usize = 128;
/// Bytes that the ring of a wide strip may have to stay in the L2 cache.
const WIDE_RING: usize = 700_000;
/// Columns whose rows lie 64 bytes apart in the ring.
const GROUP: usize = 16;
/// Output rows of a block, at most.
const MAX_ROWS: usize = 8;

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
    pub reach: std::ops::Range<usize>,
    /// The row of the input where the output begins, and rows and columns of the output.
    pub centre: usize,
    pub rows: usize,
    pub cols: usize,
}

/// Buffers of [`Strip::run`].
#[derive(Default)]
pub(crate) struct StripScratch {
    /// `[class][group of 16 columns][row][column]`: rows that are filtered together lie side by side, since rows a
    /// power of two apart would share few cache sets.
    ring: Vec<[f32; GROUP]>,
    /// The kernel across rows, filled up with zeros to a multiple of the rows of a block. (Shares are finite, so
    /// that a weight of 0 adds exactly 0.)
    half: Vec<f32>,
    /// The cumulative kernel between zeros and ones.
    table: Vec<f32>,
    /// Per row and channel the first flip that may still matter.
    cursors: Vec<u32>,
    channels: Vec<Channel>,
}

/// The state of a class within a strip.
#[derive(Clone, Copy, Default)]
struct Channel {
    /// The rows in the ring are up to date.
    active: bool,
    /// The last row in which it occurred.
    last: i64,
}

/// Sums over the classes for a block of pixels.
struct Sums {
    term: [f32; MAX_ROWS * MAX_COLUMNS],
    count: [f32; MAX_ROWS * MAX_COLUMNS],
    total: [f32; MAX_ROWS * MAX_COLUMNS],
    /// The share of pixels of no class.
    none: [f32; MAX_ROWS * MAX_COLUMNS],
}

impl Strip<'_> {
    /// Compute all rows and columns; `emit` receives row, first column and values.
    pub(crate) fn run(
        &self,
        level: Level,
        scratch: &mut StripScratch,
        emit: &mut dyn FnMut(usize, usize, &[f32]),
    ) {
        let channels = self.edges.channels();
        scratch.table.clear();
        scratch.table.resize(MAX_COLUMNS, 0.0);
        scratch.table.extend_from_slice(self.step);
        scratch.table.resize(self.step.len() + 2 * MAX_COLUMNS, 1.0);
        scratch.cursors.clear();
        scratch.cursors.extend(
            (0..=self.reach.len()).flat_map(|row| (0..channels).map(move |c| self.edges.range(row, c).0)),
        );
        let padded = (self.half.len() - 1).next_multiple_of(MAX_ROWS);
        scratch.half.clear();
        scratch.half.extend_from_slice(self.half);
        scratch.half.resize(padded + 1, 0.0);
        let rows = channels * (2 * padded + MAX_ROWS);
        dispatch!(level, simd => self.strips(simd, rows, scratch, emit));
    }

    /// All strips: wide ones if their ring stays in the cache, since flips near the edge of a strip are visited
    /// from both sides, and if the registers hold the sums of a row.
    #[inline(always)]
    fn strips<S: Simd>(
        &self,
        simd: S,
        rows: usize,
        scratch: &mut StripScratch,
        emit: &mut dyn FnMut(usize, usize, &[f32]),
    ) {
        let wide = S::f32s::LEN == 16 && rows * MAX_COLUMNS * size_of::<f32>() <= WIDE_RING;
        let columns = if wide { 128 } else { 64 };
        scratch.ring.resize(rows * columns / GROUP, [0.0; GROUP]);
        for start in (0..self.cols).step_by(columns) {
            match S::f32s::LEN {
                16 if wide => self.blocks::<S, 8, 8, 128>(simd, start, scratch, emit),
                16 => self.blocks::<S, 8, 4, 64>(simd, start, scratch, emit),
                8 => self.blocks::<S, 4, 8, 64>(simd, start, scratch, emit),
                _ => self.blocks::<S, 4, 16, 64>(simd, start, scratch, emit),
            }
        }
    }

    #[inline(always)]
    fn blocks<S: Simd, const ROWS: usize, const VECTORS: usize, const COLUMNS: usize>(
        &self,
        simd: S,
        start: usize,
        scratch: &mut StripScratch,
        emit: &mut dyn FnMut(usize, usize, &[f32]),
    ) {
        let radius = self.half.len() - 1;
        let padded = scratch.half.len() - 1;
        let height = 2 * padded + ROWS;
        let width = COLUMNS.min(self.cols - start);
        let none = self.edges.channels() - 1;
        let StripScratch { ring, half, table, cursors, channels } = scratch;
        channels.clear();
        channels.resize(none + 1, Channel { active: false, last: i64::MIN });
        let mut sums = Sums {
            term: [0.0; MAX_ROWS * MAX_COLUMNS],
            count: [0.0; MAX_ROWS * MAX_COLUMNS],
            total: [0.0; MAX_ROWS * MAX_COLUMNS],
            none: [0.0; MAX_ROWS * MAX_COLUMNS],
        };
        let mut values = [0.0; MAX_ROWS * MAX_COLUMNS];
        let mut next = -(radius as i64);
        for y in (0..self.rows).step_by(ROWS) {
            // Rows below the last footprint are not needed: what the ring holds there reaches dropped rows only.
            let end = ((y + ROWS).min(self.rows) + radius) as i64;
            while next < end {
                let at = self.centre as i64 + next;
                let row = self.border.position(at, self.in_rows);
                let row = row.map_or(self.reach.len(), |row| row - self.reach.start);
                let slot = (next + padded as i64) as usize % height;
                self.blur_row::<S, VECTORS, COLUMNS>(
                    simd,
                    start,
                    row,
                    (slot, height),
                    (table, ring),
                    cursors,
                    channels,
                    next,
                );
                next += 1;
            }
            let first = y as i64 - radius as i64;
            for channel in channels.iter_mut() {
                channel.active &= channel.last >= first;
            }
            let mut active = channels.iter().enumerate().filter(|(_, c)| c.active).map(|(k, _)| k);
            let (only, more) = (active.next(), active.next().is_some());
            if more {
                self.sum_block::<S, ROWS, COLUMNS>(simd, ring, half, y / ROWS, channels, &mut sums);
                self.finish(&sums, channels[none].active, &mut values[..ROWS * COLUMNS]);
            } else {
                let value = match only {
                    Some(k) if k != none => self.measure.value(self.measure.term().of(1.0), 1.0, 1.0),
                    _ => f64::NAN,
                };
                values.fill(value as f32);
            }
            for i in 0..ROWS.min(self.rows - y) {
                emit(y + i, start, &values[i * COLUMNS..i * COLUMNS + width]);
            }
        }
    }

    /// Blur the indicators of all classes along one row into the ring.
    #[inline(always)]
    #[allow(clippy::too_many_arguments, reason = "splitting the scratch keeps the borrows apart")]
    fn blur_row<S: Simd, const VECTORS: usize, const COLUMNS: usize>(
        &self,
        simd: S,
        start: usize,
        row: usize,
        (slot, height): (usize, usize),
        (table, ring): (&[f32], &mut [[f32; GROUP]]),
        cursors: &mut [u32],
        channels: &mut [Channel],
        number: i64,
    ) {
        let len = S::f32s::LEN;
        let radius = self.step.len() as i32 / 2;
        let (low, high) = (start as i32 - radius, (start + COLUMNS) as i32 + radius);
        let cursors = &mut cursors[row * channels.len()..][..channels.len()];
        let columns = self.edges.columns();
        for (k, (channel, cursor)) in channels.iter_mut().zip(cursors).enumerate() {
            let (begin, end) = self.edges.range(row, k);
            let mut flips = &columns[*cursor as usize..end as usize];
            while let [first, rest @ ..] = flips
                && *first <= low
            {
                flips = rest;
            }
            *cursor = end - flips.len() as u32;
            let inside = self.edges.starts_inside(row, k) != ((*cursor - begin) % 2 == 1);
            let occurs = inside || flips.first().is_some_and(|&x| x < high);
            if occurs {
                if !channel.active {
                    // What its rows hold is out of date: it occurs in none of them.
                    ring[k * (COLUMNS / GROUP) * height..(k + 1) * (COLUMNS / GROUP) * height]
                        .fill([0.0; GROUP]);
                    channel.active = true;
                }
                channel.last = number;
            } else if !channel.active {
                continue;
            }
            let mut sums = [S::f32s::splat(simd, f32::from(u8::from(inside))); VECTORS];
            let mut rising = !inside;
            for &x in flips {
                if x >= high {
                    break;
                }
                let from = ((start + MAX_COLUMNS) as i32 - x + radius) as usize;
                let steps = &table[from..from + COLUMNS];
                if rising {
                    for v in 0..VECTORS {
                        sums[v] += S::f32s::from_slice(simd, &steps[v * len..(v + 1) * len]);
                    }
                } else {
                    for v in 0..VECTORS {
                        sums[v] -= S::f32s::from_slice(simd, &steps[v * len..(v + 1) * len]);
                    }
                }
                rising = !rising;
            }
            for v in 0..VECTORS {
                let (group, lane) = (v * len / GROUP, v * len % GROUP);
                let to = &mut ring[(k * (COLUMNS / GROUP) + group) * height + slot];
                sums[v].store_slice(&mut to[lane..lane + len]);
            }
        }
    }

    /// Filter a block of rows vertically, class by class, and add up the terms.
    #[inline(always)]
    fn sum_block<S: Simd, const ROWS: usize, const COLUMNS: usize>(
        &self,
        simd: S,
        ring: &[[f32; GROUP]],
        half: &[f32],
        block: usize,
        channels: &[Channel],
        sums: &mut Sums,
    ) {
        let len = S::f32s::LEN;
        let chunks = 2 * (half.len() - 1) / ROWS + 1;
        let none = channels.len() - 1;
        let some_none = channels[none].active;
        let term = self.measure.term();
        sums.term[..ROWS * COLUMNS].fill(0.0);
        sums.count[..ROWS * COLUMNS].fill(0.0);
        sums.total[..ROWS * COLUMNS].fill(0.0);
        for (k, _) in channels.iter().enumerate().filter(|(_, c)| c.active) {
            for column in (0..COLUMNS).step_by(len) {
                let (group, lane) = (column / GROUP, column % GROUP);
                let (rows, _) = ring[(k * (COLUMNS / GROUP) + group) * chunks * ROWS..][..chunks * ROWS]
                    .as_chunks::<ROWS>();
                let shares = across_ring::<S, f32, [f32; GROUP], ROWS>(
                    simd,
                    half,
                    rows,
                    block % chunks,
                    #[inline(always)]
                    |row| S::f32s::from_slice(simd, &row[lane..lane + len]),
                );
                for i in 0..ROWS {
                    let at = i * COLUMNS + column..i * COLUMNS + column + len;
                    let share = shares[i].max(0.0);
                    if k == none {
                        share.store_slice(&mut sums.none[at]);
                        continue;
                    }
                    let sum = S::f32s::from_slice(simd, &sums.term[at.clone()]);
                    add_term(simd, term, share, sum).store_slice(&mut sums.term[at.clone()]);
                    if term == Term::EntropyAndCount {
                        let count = S::f32s::from_slice(simd, &sums.count[at.clone()]);
                        (count + positive(simd, share)).store_slice(&mut sums.count[at.clone()]);
                    }
                    if some_none {
                        let total = S::f32s::from_slice(simd, &sums.total[at.clone()]);
                        (total + share).store_slice(&mut sums.total[at]);
                    }
                }
            }
        }
    }

    /// The measure from its sums.
    fn finish(&self, sums: &Sums, some_none: bool, values: &mut [f32]) {
        if !some_none && self.measure == Measure::Shannon {
            for (value, sum) in values.iter_mut().zip(&sums.term) {
                *value = (0.0 - sum).max(0.0);
            }
            return;
        }
        for (i, value) in values.iter_mut().enumerate() {
            // Without a pixel of no class in its footprint a pixel's shares sum to 1: the others' blocks say so too.
            let total = if some_none && sums.none[i] > 0.0 { sums.total[i] } else { 1.0 };
            let exact =
                self.measure.value(f64::from(sums.term[i]), f64::from(sums.count[i]), f64::from(total));
            // Rounding must not make a diversity of one category negative.
            *value = if exact.is_nan() { f32::NAN } else { exact.max(0.0) as f32 };
        }
    }
}

#[inline(always)]
fn positive<S: Simd>(simd: S, share: S::f32s) -> S::f32s {
    share.simd_gt(0.0).select(S::f32s::splat(simd, 1.0), S::f32s::splat(simd, 0.0))
}

#[inline(always)]
fn add_term<S: Simd>(simd: S, term: Term, share: S::f32s, sum: S::f32s) -> S::f32s {
    match term {
        Term::Entropy | Term::EntropyAndCount => sum + x_ln_x(simd, share),
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

/// x ln x for 0 <= x; exactly 0 for 0 and for 1. Within 2 units in the last place of ln: the polynomial of Cephes'
/// `logf` (S. Moshier), in fused steps.
#[inline(always)]
fn x_ln_x<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // From here down x ln x is less than 3e-11.
    let positive: S::f32s = x.max(1e-12);
    let bits = positive.bitcast::<S::i32s>();
    // x = m 2^e with m from sqrt(1/2) to sqrt(2).
    let exponent = (bits - 0x3f35_04f3) >> 23;
    let mantissa = (bits - (exponent << 23)).bitcast::<S::f32s>();
    let e: S::f32s = exponent.to_float();
    let f = mantissa - 1.0;
    let square = f * f;
    let mut y = S::f32s::splat(simd, 7.037_683_6e-2);
    for c in [
        -1.151_461e-1,
        1.167_699_9e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ] {
        y = f32::accumulate::<S>(y, f, S::f32s::splat(simd, c));
    }
    // ln 2 in two parts, the larger with few bits.
    let tail = f32::accumulate::<S>(e, S::f32s::splat(simd, -2.121_944_4e-4), y * f * square);
    let tail = f32::accumulate::<S>(square, S::f32s::splat(simd, -0.5), tail);
    x * f32::accumulate::<S>(e, S::f32s::splat(simd, 0.693_359_4), f + tail)
}
