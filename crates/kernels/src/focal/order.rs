//! Extremes, medians and majorities.

use super::Area;
use crate::padded::Padded;
use fearless_simd::{Level, Simd, dispatch};

/// The smaller number; NaN gives way.
#[inline(always)]
pub(super) fn lower(a: f64, b: f64) -> f64 {
    if b < a || a.is_nan() { b } else { a }
}

/// The larger number; NaN gives way.
#[inline(always)]
pub(super) fn higher(a: f64, b: f64) -> f64 {
    if b > a || a.is_nan() { b } else { a }
}

/// Fold the neighbourhood with `pick`; `line` is a buffer.
pub(super) fn extreme(
    level: Level,
    area: &Area<'_>,
    padded: &Padded<'_>,
    line: &mut Vec<f64>,
    out: &mut [f64],
    pick: impl Fn(f64, f64) -> f64 + Copy,
) {
    dispatch!(level, simd => extreme_of(simd, area, padded, line, out, pick));
}

#[inline(always)]
fn extreme_of<S: Simd>(
    _: S,
    area: &Area<'_>,
    padded: &Padded<'_>,
    line: &mut Vec<f64>,
    out: &mut [f64],
    pick: impl Fn(f64, f64) -> f64 + Copy,
) {
    let (cols, radius) = (area.cols, area.radius());
    let square = area.is_square();
    line.clear();
    if square {
        line.resize((area.rows + 2 * radius) * cols, f64::NAN);
        for (r, best) in line.chunks_exact_mut(cols.max(1)).enumerate() {
            fold_row(padded.row(r), radius, best, pick);
        }
    }
    for (y, best) in out.chunks_exact_mut(cols.max(1)).enumerate() {
        best.fill(f64::NAN);
        if square {
            for row in line[y * cols..].chunks_exact(cols).take(2 * radius + 1) {
                best.iter_mut().zip(row).for_each(|(b, v)| *b = pick(*b, *v));
            }
        } else {
            for (half, part) in area.parts(padded, y) {
                fold_row(part, half, best, pick);
            }
        }
    }
}

#[inline(always)]
fn fold_row(part: &[f64], half: usize, best: &mut [f64], pick: impl Fn(f64, f64) -> f64 + Copy) {
    for dx in 0..=2 * half {
        best.iter_mut().zip(&part[dx..]).for_each(|(b, v)| *b = pick(*b, *v));
    }
}

/// Give the valid pixels of each neighbourhood to `statistic`.
pub(super) fn sorted(
    area: &Area<'_>,
    padded: &Padded<'_>,
    out: &mut [f64],
    statistic: fn(&mut [f64]) -> f64,
) {
    let mut values = Vec::new();
    for (y, out) in out.chunks_exact_mut(area.cols.max(1)).enumerate() {
        let parts: Vec<_> = area.parts(padded, y).collect();
        for (c, out) in out.iter_mut().enumerate() {
            values.clear();
            for (half, part) in &parts {
                values.extend(part[c..=c + 2 * half].iter().filter(|v| !v.is_nan()));
            }
            *out = if values.is_empty() { f64::NAN } else { statistic(&mut values) };
        }
    }
}

/// The middle one; the upper of two.
pub(super) fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// The most frequent one; the smallest of several.
pub(super) fn majority(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let mut best = (0, f64::NAN);
    for run in values.chunk_by(|a, b| a == b) {
        if run.len() > best.0 {
            best = (run.len(), run[0]);
        }
    }
    best.1
}
