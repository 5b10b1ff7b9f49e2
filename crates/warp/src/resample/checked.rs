//! Point methods per pixel and band, with the edge of the raster and validity looked at.

use super::{Convolution, Kernel, view::SourceView, weights};
use crate::pixel::Pixel;
use raster_core::{
    Resampling,
    opacity::{self, Palette, is_partial},
};

/// What one output sample becomes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome<T> {
    /// A sample of the source as it is.
    Copied(T),
    /// A computed number.
    Computed(f64),
    /// The source is invalid here.
    Invalid,
    /// The position lies outside the source.
    Outside,
}

/// Weights that [`sample`] keeps between pixels.
#[derive(Default)]
pub(crate) struct Scratch {
    x: Vec<f64>,
    y: Vec<f64>,
}

/// The value of one output sample at source position (`x`, `y`).
///
/// Every method leaves a pixel out when the source pixel that contains the position is invalid: holes
/// neither grow nor shrink by interpolation.
pub(crate) fn sample<T: Pixel>(
    kernel: &Kernel,
    source: &SourceView<'_, T>,
    band: usize,
    x: f64,
    y: f64,
    scratch: &mut Scratch,
) -> Outcome<T> {
    let Some((col, row)) = source.limits.containing(x, y) else {
        return Outcome::Outside;
    };
    if !source.is_valid(band, col, row) {
        return Outcome::Invalid;
    }
    let value = match kernel {
        Kernel::Bilinear => bilinear(source, band, x, y),
        Kernel::Cubic => cubic(source, band, x, y).or_else(|| bilinear(source, band, x, y)),
        Kernel::Convolution(c) => convolve(c, source, band, x, y, scratch),
        Kernel::Nearest | Kernel::Area(_) | Kernel::Sum => {
            return Outcome::Copied(source.sample(band, col, row));
        }
    };
    value.map_or(Outcome::Invalid, Outcome::Computed)
}

fn bilinear<T: Pixel>(source: &SourceView<'_, T>, band: usize, x: f64, y: f64) -> Option<f64> {
    let (col, row) = ((x - 0.5).floor() as i64, (y - 0.5).floor() as i64);
    let (rx, ry) = (1.5 - (x - col as f64), 1.5 - (y - row as f64));
    let taps = [
        (col, row, rx * ry),
        (col + 1, row, (1.0 - rx) * ry),
        (col + 1, row + 1, (1.0 - rx) * (1.0 - ry)),
        (col, row + 1, rx * (1.0 - ry)),
    ];
    let usable = |c: i64, r: i64| source.limits.contains(c, r) && source.is_valid(band, c, r);
    let faint = source.by_opacity(band)
        && taps.iter().any(|&(c, r, _)| usable(c, r) && is_partial(source.validity(band, c, r)));
    if !faint && taps.iter().all(|&(c, r, _)| usable(c, r)) {
        let v = |c, r| source.value(band, c, r);
        return Some(
            (v(col, row) * rx + v(col + 1, row) * (1.0 - rx)) * ry
                + (v(col, row + 1) * rx + v(col + 1, row + 1) * (1.0 - rx)) * (1.0 - ry),
        );
    }
    let (mut sum, mut total, mut shown) = (0.0, 0.0, 0.0);
    for (c, r, weight) in taps {
        if usable(c, r) {
            let counted = weight * source.counts(band, c, r);
            sum += source.value(band, c, r) * counted;
            total += weight;
            shown += counted;
        }
    }
    if total < 1e-5 {
        None
    } else if faint {
        (shown > 0.0).then(|| sum / shown)
    } else if total == 1.0 {
        Some(sum)
    } else {
        Some(sum / total)
    }
}

/// `None` unless all sixteen pixels are there and valid.
fn cubic<T: Pixel>(source: &SourceView<'_, T>, band: usize, x: f64, y: f64) -> Option<f64> {
    let (col, row) = ((x - 0.5).floor() as i64, (y - 0.5).floor() as i64);
    if !(source.limits.contains(col - 1, row - 1) && source.limits.contains(col + 2, row + 2)) {
        return None;
    }
    if source.valid.is_some() && !(-1..=2).all(|j| (-1..=2).all(|i| source.is_valid(band, col + i, row + j)))
    {
        return None;
    }
    let w = weights::cubic(x - 0.5 - col as f64);
    let between = |value: &dyn Fn(i64, i64) -> f64| {
        let line = |j: i64| {
            let v = |i: i64| value(col + i, row + j);
            w[0] * v(-1) + w[1] * v(0) + w[2] * v(1) + w[3] * v(2)
        };
        weights::cubic_between([line(-1), line(0), line(1), line(2)], y - 0.5 - row as f64)
    };
    if source.by_opacity(band) {
        let mut palette = Palette::default();
        for (c, r) in (-1..=2).flat_map(|j| (-1..=2).map(move |i| (col + i, row + j))) {
            palette.add(source.value(band, c, r), source.validity(band, c, r));
        }
        if palette.partial {
            let sum = between(&|c, r| source.value(band, c, r) * source.counts(band, c, r));
            return palette.colour(sum, between(&|c, r| source.counts(band, c, r)));
        }
    }
    Some(between(&|c, r| source.value(band, c, r)))
}

/// Invalid taps and taps outside are left out and the rest renormalised.
fn convolve<T: Pixel>(
    c: &Convolution,
    source: &SourceView<'_, T>,
    band: usize,
    x: f64,
    y: f64,
    scratch: &mut Scratch,
) -> Option<f64> {
    let (col, row) = ((x - 0.5).floor(), (y - 0.5).floor());
    let (dx, dy) = (x - 0.5 - col, y - 0.5 - row);
    let (col, row) = (col as i64, row as i64);
    let (cols, rows) = (source.limits.tap_cols(), source.limits.rows);
    let mut tx = c.taps(dx, c.reach.0, c.scale.0);
    let mut ty = c.taps(dy, c.reach.1, c.scale.1);
    (tx.first, tx.last) = (tx.first.max(cols.0 - col), tx.last.min(cols.1 - 1 - col));
    (ty.first, ty.last) = (ty.first.max(rows.0 - row), ty.last.min(rows.1 - 1 - row));
    c.weigh(tx, dx, c.scale.0, &mut scratch.x);
    c.weigh(ty, dy, c.scale.1, &mut scratch.y);
    let (mut sum, mut total, mut shown, mut count) = (0.0, 0.0, 0.0, 0);
    let by_opacity = source.by_opacity(band);
    let mut palette = Palette::default();
    for (j, wy) in (ty.first..=ty.last).zip(&scratch.y) {
        let (mut line, mut weight, mut seen) = (0.0, 0.0, 0.0);
        for (i, wx) in (tx.first..=tx.last).zip(&scratch.x) {
            let validity = source.validity(band, col + i, row + j);
            if validity != 0 {
                let value = source.value(band, col + i, row + j);
                let counted = if by_opacity {
                    palette.add(value, validity);
                    wx * opacity::weight(validity)
                } else {
                    *wx
                };
                line += value * counted;
                weight += wx;
                seen += counted;
                count += 1;
            }
        }
        sum += line * wy;
        total += weight * wy;
        shown += seen * wy;
    }
    let taps = scratch.x.len() * scratch.y.len();
    let too_few = c.method == Resampling::Lanczos && count < taps / 2;
    if total < 1e-6 || too_few {
        return None;
    }
    if palette.is_opaque() { Some(sum / total) } else { palette.colour(sum, shown) }
}
