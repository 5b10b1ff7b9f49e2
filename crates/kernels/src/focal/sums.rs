//! Means and standard deviations.

use super::Area;
use crate::padded::Padded;
use fearless_simd::{Level, Simd, dispatch};

/// Means of the pixels that are not NaN; `line` is a buffer.
pub(super) fn mean(
    level: Level,
    area: &Area<'_>,
    padded: &Padded<'_>,
    line: &mut Vec<f64>,
    means: &mut [f64],
) {
    dispatch!(level, simd => mean_of(simd, area, padded, line, means));
}

#[inline(always)]
fn mean_of<S: Simd>(_: S, area: &Area<'_>, padded: &Padded<'_>, line: &mut Vec<f64>, means: &mut [f64]) {
    let pixels: usize = area.half_widths.iter().map(|h| 2 * h + 1).sum();
    let square = area.is_square();
    let (cols, radius) = (area.cols, area.radius());
    line.clear();
    if square {
        // The sums along every row first: they serve 2 radius + 1 output rows.
        line.resize((area.rows + 2 * radius) * cols, 0.0);
        for (r, sums) in line.chunks_exact_mut(cols.max(1)).enumerate() {
            add_row(padded.row(r), radius, sums);
        }
    }
    for (y, means) in means.chunks_exact_mut(cols.max(1)).enumerate() {
        if square {
            for sums in line[y * cols..].chunks_exact(cols).take(2 * radius + 1) {
                means.iter_mut().zip(sums).for_each(|(m, s)| *m += s);
            }
        } else {
            for (half, part) in area.parts(padded, y) {
                add_row(part, half, means);
            }
        }
        if padded.some_missing {
            for (c, m) in means.iter_mut().enumerate() {
                *m /= count(area, padded, y, c);
            }
        } else {
            means.iter_mut().for_each(|m| *m /= pixels as f64);
        }
    }
}

/// Add to each sum the 2 `half` + 1 values that begin at its position; NaN counts 0.
#[inline(always)]
fn add_row(part: &[f64], half: usize, sums: &mut [f64]) {
    for dx in 0..=2 * half {
        for (s, v) in sums.iter_mut().zip(&part[dx..]) {
            *s += if v.is_nan() { 0.0 } else { *v };
        }
    }
}

fn count(area: &Area<'_>, padded: &Padded<'_>, y: usize, c: usize) -> f64 {
    area.parts(padded, y)
        .map(|(half, part)| part[c..=c + 2 * half].iter().filter(|v| !v.is_nan()).count())
        .sum::<usize>() as f64
}

/// Standard deviations of the pixels that are not NaN, in two passes; `line` is a buffer.
pub(super) fn standard_deviation(
    level: Level,
    area: &Area<'_>,
    padded: &Padded<'_>,
    line: &mut Vec<f64>,
    out: &mut [f64],
) {
    mean(level, area, padded, line, out);
    dispatch!(level, simd => deviation_of(simd, area, padded, line, out));
}

#[inline(always)]
fn deviation_of<S: Simd>(_: S, area: &Area<'_>, padded: &Padded<'_>, line: &mut Vec<f64>, out: &mut [f64]) {
    for (y, means) in out.chunks_exact_mut(area.cols.max(1)).enumerate() {
        line.clear();
        line.resize(2 * area.cols, 0.0);
        let (squares, counts) = line.split_at_mut(area.cols);
        for (half, part) in area.parts(padded, y) {
            for dx in 0..=2 * half {
                for (((s, n), m), v) in squares.iter_mut().zip(&mut *counts).zip(&*means).zip(&part[dx..]) {
                    let off = v - m;
                    *s += if v.is_nan() { 0.0 } else { off * off };
                    *n += if v.is_nan() { 0.0 } else { 1.0 };
                }
            }
        }
        for ((m, s), n) in means.iter_mut().zip(squares).zip(counts) {
            *m = (*s / *n).sqrt();
        }
    }
}
