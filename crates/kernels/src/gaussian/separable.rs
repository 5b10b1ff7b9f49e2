//! Rows, then columns: the two ways to run a separable symmetric filter over one plane.
//!
//! Both give the same bits.
#![allow(clippy::needless_range_loop, reason = "fixed trip counts keep the register arrays in registers")]

use super::{
    six,
    symmetric::{GROUP, Packed, across, filter_row, row_padding},
};
use crate::{
    border::Border,
    simd::{Real, many_registers},
};
use fearless_simd::{Level, dispatch, prelude::*};
use raster_core::Halo;

/// Up to this radius along a row the rows are filtered where they lie; beyond it the plane is turned twice. For
/// vectors of 64 bytes and for narrower ones; measured, see NOTES.md.
const DIRECT_RADIUS: (usize, usize) = (24, 8);
/// Columns filtered together by the direct way: the rows that a block of outputs reads stay in the L2 cache.
const STRIP_COLUMNS: usize = 2048;
/// Values of the turned plane that are made at a time: it stays in the L3 cache.
const TURNED_VALUES: usize = 1 << 20;
/// Bytes of rows that are packed together, if that makes pieces of 4 to 16 groups.
const PACKED_BYTES: usize = 512 << 10;
/// Output rows of a block, at most.
const MAX_ROWS: usize = 8;

/// A symmetric filter over a plane that is cut at some edges of the raster.
pub(crate) struct Separable<'a, T> {
    /// Weights across rows, `w[0..=r]`.
    pub across_rows: &'a [T],
    /// Weights along a row.
    pub along_row: &'a [T],
    /// What the missing part of the halo stands for.
    pub border: Border,
    /// The value beyond the edge when the border has no position for it.
    pub outside: T,
}

/// Buffers of [`Separable::run`]: at most 2²⁰ values, or 8 radii of rows of the input where these are more, plus 96 columns
/// or rows of it and half a megabyte.
#[derive(Default)]
pub(crate) struct SeparableScratch<T> {
    lines: Vec<T>,
    turned: Vec<T>,
    strip: Vec<Packed<T>>,
    filtered: Vec<Packed<T>>,
    columns: Vec<T>,
}

impl<T: Real> Separable<'_, T> {
    /// Filter `input` (rows of equal length, of which `halo` lies around the output) into `out`.
    pub(crate) fn run(
        &self,
        level: Level,
        input: &[&[T]],
        halo: Halo,
        out: &mut [&mut [T]],
        scratch: &mut SeparableScratch<T>,
    ) {
        let (Some(first), Some(first_out)) = (input.first(), out.first()) else { return };
        let (cols, out_cols) = (first.len(), first_out.len());
        if out_cols == 0 {
            return;
        }
        let radius = self.across_rows.len() - 1;
        let outside = vec![self.outside; cols];
        let rows = virtual_rows(self.border, input, halo.top, radius, out.len(), &outside);
        dispatch!(level, simd => self.filter(simd, &rows, halo.left, cols, out, scratch));
    }

    #[inline(always)]
    fn filter<S: Simd>(
        &self,
        simd: S,
        rows: &[&[T]],
        left: usize,
        cols: usize,
        out: &mut [&mut [T]],
        scratch: &mut SeparableScratch<T>,
    ) {
        let direct_radius = if many_registers::<S, T>() { DIRECT_RADIUS.0 } else { DIRECT_RADIUS.1 };
        let simple_edge = !matches!(self.border, Border::Wrap) && self.along_row.len() <= cols;
        if self.along_row.len() - 1 <= direct_radius && simple_edge && cols >= 64 / size_of::<T>() {
            self.direct(simd, rows, left, cols, out, scratch);
        } else {
            self.turning(simd, rows, left, cols, out, scratch);
        }
    }

    /// A block of rows at a time: across the rows into a few lines, which are extended beyond the edges and
    /// filtered along.
    #[inline(always)]
    fn direct<S: Simd>(
        &self,
        simd: S,
        rows: &[&[T]],
        left: usize,
        cols: usize,
        out: &mut [&mut [T]],
        scratch: &mut SeparableScratch<T>,
    ) {
        if many_registers::<S, T>() {
            self.direct_blocks::<S, 8>(simd, rows, left, cols, out, scratch);
        } else {
            self.direct_blocks::<S, 4>(simd, rows, left, cols, out, scratch);
        }
    }

    #[inline(always)]
    fn direct_blocks<S: Simd, const ROWS: usize>(
        &self,
        simd: S,
        rows: &[&[T]],
        left: usize,
        cols: usize,
        out: &mut [&mut [T]],
        scratch: &mut SeparableScratch<T>,
    ) {
        let (r_across, r_along) = (self.across_rows.len() - 1, self.along_row.len() - 1);
        let out_cols = out[0].len();
        let line_len = STRIP_COLUMNS.min(out_cols) + row_padding::<T>(r_along);
        scratch.lines.resize(ROWS * line_len, T::default());
        for (block, out_rows) in out.chunks_mut(ROWS).enumerate() {
            let y = block * ROWS;
            let block_rows = &rows[y..y + ROWS + 2 * r_across];
            for start in (0..out_cols).step_by(STRIP_COLUMNS) {
                let end = (start + STRIP_COLUMNS).min(out_cols);
                // Line position 0 is input column `start + left - r_along`, which may lie before the first.
                let origin = (start + left) as i64 - r_along as i64;
                let from = origin.max(0) as usize;
                let to = (end + left + r_along).min(cols);
                let at = (from as i64 - origin) as usize;
                across_lines::<S, T, ROWS>(
                    simd,
                    self.across_rows,
                    block_rows,
                    from..to,
                    at,
                    line_len,
                    &mut scratch.lines,
                );
                for (line, out_row) in scratch.lines.chunks_exact_mut(line_len).zip(out_rows.iter_mut()) {
                    for p in (0..at).chain(at + to - from..end - start + 2 * r_along) {
                        let source = self.border.position(p as i64 + origin, cols);
                        line[p] = source.map_or(self.outside, |c| line[(c as i64 - origin) as usize]);
                    }
                    filter_row(simd, self.along_row, line, &mut out_row[start..end]);
                }
            }
        }
    }

    /// Across the rows with the result written turned by a quarter, and again.
    #[inline(always)]
    fn turning<S: Simd>(
        &self,
        simd: S,
        rows: &[&[T]],
        left: usize,
        cols: usize,
        out: &mut [&mut [T]],
        scratch: &mut SeparableScratch<T>,
    ) {
        let (r_across, r_along) = (self.across_rows.len() - 1, self.along_row.len() - 1);
        let chunk_rows = (TURNED_VALUES / cols).max(8 * r_across.max(16)).next_multiple_of(MAX_ROWS);
        // Chunks of fewer rows than eight radii would spend their time on copying their neighbours.
        let SeparableScratch { turned, strip, filtered, columns, .. } = scratch;
        for (chunk, out) in out.chunks_mut(chunk_rows).enumerate() {
            let n_rows = out.len();
            // Whatever it holds is overwritten: clearing it first costs a tenth of the time.
            turned.resize(cols * n_rows, T::default());
            let mut turned_rows: Vec<&mut [T]> = turned.chunks_exact_mut(n_rows).collect();
            let input = &rows[chunk * chunk_rows..][..n_rows + 2 * r_across + MAX_ROWS - 1];
            across_turned(simd, self.across_rows, input, &mut turned_rows, strip, filtered, columns);
            let turned_rows: Vec<&[T]> = turned_rows.into_iter().map(|r| &*r).collect();
            let outside = vec![self.outside; n_rows];
            let turned_rows = virtual_rows(self.border, &turned_rows, left, r_along, out[0].len(), &outside);
            across_turned(simd, self.along_row, &turned_rows, out, strip, filtered, columns);
        }
    }
}

/// The rows from `radius` above the first output row to `radius` below the last, the last one repeated so that
/// a whole block can be read.
fn virtual_rows<'a, T>(
    border: Border,
    rows: &[&'a [T]],
    halo: usize,
    radius: usize,
    outputs: usize,
    outside: &'a [T],
) -> Vec<&'a [T]> {
    let first = halo as i64 - radius as i64;
    let row = |i: i64| border.position(i, rows.len()).map_or(outside, |i| rows[i]);
    let mut all: Vec<&[T]> = (first..first + (outputs + 2 * radius) as i64).map(row).collect();
    all.extend(std::iter::repeat_n(outside, MAX_ROWS - 1));
    all
}

/// Filter columns `columns` of `ROWS` rows into lines of `line_len` values, from position `at` on.
#[inline(always)]
fn across_lines<S: Simd, T: Real, const ROWS: usize>(
    simd: S,
    half: &[T],
    rows: &[&[T]],
    columns: std::ops::Range<usize>,
    at: usize,
    line_len: usize,
    lines: &mut [T],
) {
    let len = T::Native::<S>::LEN;
    let mut c = columns.start;
    while c < columns.end {
        // The last vector overlaps the one before: the same values again.
        let from = c.min(columns.end.max(len) - len);
        let sums = across::<S, T, &[T], ROWS>(
            simd,
            half,
            rows,
            #[inline(always)]
            |row| T::Native::<S>::from_slice(simd, &row[from..from + len]),
        );
        // A strip that is narrower than a vector reads (and drops) columns before it.
        let skip = columns.start.saturating_sub(from);
        for (i, sum) in sums.iter().enumerate() {
            let position = i * line_len + at + (from + skip - columns.start);
            if skip == 0 {
                sum.store_slice(&mut lines[position..position + len]);
            } else {
                lines[position..position + len - skip].copy_from_slice(&sum.as_slice()[skip..]);
            }
        }
        c += len;
    }
}

/// Filter across `rows` (their last `MAX_ROWS - 1` are fill) and write column `c` of the result to `out[c]`.
///
/// Columns go through in groups of 16, copied into one piece first: rows that lie a power of two apart
/// would otherwise share few cache sets.
#[inline(always)]
fn across_turned<S: Simd, T: Real>(
    simd: S,
    half: &[T],
    rows: &[&[T]],
    out: &mut [&mut [T]],
    strip: &mut Vec<Packed<T>>,
    filtered: &mut Vec<Packed<T>>,
    columns: &mut Vec<T>,
) {
    if many_registers::<S, T>() {
        across_turned_blocks::<S, T, 8>(simd, half, rows, out, strip, filtered, columns);
    } else {
        across_turned_blocks::<S, T, { six::ROWS }>(simd, half, rows, out, strip, filtered, columns);
    }
}

#[inline(always)]
fn across_turned_blocks<S: Simd, T: Real, const ROWS: usize>(
    simd: S,
    half: &[T],
    rows: &[&[T]],
    out: &mut [&mut [T]],
    strip: &mut Vec<Packed<T>>,
    filtered: &mut Vec<Packed<T>>,
    columns: &mut Vec<T>,
) {
    let len = T::Native::<S>::LEN;
    let n_out = out[0].len();
    let padded_out = n_out.next_multiple_of(ROWS);
    let n_in = padded_out + 2 * (half.len() - 1);
    // Long pieces of every row at a time, as far as they stay in the L2 cache.
    let groups = (PACKED_BYTES / (n_in * size_of::<Packed<T>>())).clamp(4, 16);
    strip.resize(groups * n_in, Packed::default());
    filtered.resize(padded_out, Packed::default());
    // Columns a power of two apart would share few cache sets.
    let column_len = padded_out + GROUP;
    columns.resize(GROUP * column_len, T::default());
    for (s, out_columns) in out.chunks_mut(groups * GROUP).enumerate() {
        let start = s * groups * GROUP;
        for (v, row) in rows[..n_in].iter().enumerate() {
            let part = &row[start..start + out_columns.len()];
            let (whole, rest) = part.as_chunks::<GROUP>();
            for (g, piece) in whole.iter().enumerate() {
                strip[g * n_in + v] = Packed(*piece);
            }
            if !rest.is_empty() {
                strip[whole.len() * n_in + v][..rest.len()].copy_from_slice(rest);
            }
        }
        for (out_group, packed) in out_columns.chunks_mut(GROUP).zip(strip.chunks_exact(n_in)) {
            let footprints = packed.windows(ROWS + 2 * (half.len() - 1)).step_by(ROWS);
            for (rows, filtered) in footprints.zip(filtered.as_chunks_mut::<ROWS>().0) {
                for lane in (0..GROUP).step_by(len) {
                    let sums = across::<S, T, Packed<T>, ROWS>(
                        simd,
                        half,
                        rows,
                        #[inline(always)]
                        |row| T::Native::<S>::from_slice(simd, &row[lane..lane + len]),
                    );
                    for i in 0..ROWS {
                        sums[i].store_slice(&mut filtered[i][lane..lane + len]);
                    }
                }
            }
            match len {
                16 => turn::<S, T, 16>(simd, filtered, columns, column_len),
                8 => turn::<S, T, 8>(simd, filtered, columns, column_len),
                4 => turn::<S, T, 4>(simd, filtered, columns, column_len),
                _ => turn::<S, T, 2>(simd, filtered, columns, column_len),
            }
            for (out_column, column) in out_group.iter_mut().zip(columns.chunks_exact(column_len)) {
                out_column.copy_from_slice(&column[..n_out]);
            }
        }
    }
}

/// Write `rows` turned by a quarter into columns of `column_len` values, in squares of as many rows and columns as a
/// vector has lanes.
#[inline(always)]
fn turn<S: Simd, T: Real, const LEN: usize>(
    simd: S,
    rows: &[Packed<T>],
    columns: &mut [T],
    column_len: usize,
) {
    let (whole, rest) = rows.as_chunks::<LEN>();
    for (lane, columns) in (0..GROUP).step_by(LEN).zip(columns.chunks_exact_mut(LEN * column_len)) {
        for (k, rows) in whole.iter().enumerate() {
            let square = turned::<S, T::Native<S>, LEN>(std::array::from_fn(|i| {
                T::Native::<S>::from_slice(simd, &rows[i][lane..lane + LEN])
            }));
            for (c, values) in square.iter().enumerate() {
                values.store_slice(&mut columns[c * column_len + k * LEN..][..LEN]);
            }
        }
        for (y, row) in (rows.len() - rest.len()..).zip(rest) {
            (0..LEN).for_each(|c| columns[c * column_len + y] = row[lane + c]);
        }
    }
}

/// A square turned by interleaving halves: 4 rows a b c d become a c | b d, then a b c d.
#[inline(always)]
fn turned<S: Simd, V: SimdBase<S>, const LEN: usize>(mut rows: [V; LEN]) -> [V; LEN] {
    let mut halves = LEN;
    while halves > 1 {
        halves /= 2;
        // Sequences of LEN / (2 halves) vectors each: number i is interleaved with number i + halves.
        let run = LEN / (2 * halves);
        let before = rows;
        for i in 0..halves {
            for k in 0..run {
                let (low, high) = before[i * run + k].interleave(before[(i + halves) * run + k]);
                rows[2 * i * run + 2 * k] = low;
                rows[2 * i * run + 2 * k + 1] = high;
            }
        }
    }
    rows
}
