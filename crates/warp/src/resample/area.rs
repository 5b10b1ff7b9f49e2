//! Methods that look at all source pixels under an output pixel.
//!
//! As in GDAL the shape on the source is the box around the images of the pixel's upper left and lower right
//! corner.

use super::{checked::Outcome, select, view::SourceView};
use crate::{mapping::Places, pixel::Pixel};
use raster_core::Resampling;

/// Source pixels under an output pixel along one axis, and how far it really reaches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
    pub(crate) first: i64,
    pub(crate) end: i64,
    low: f64,
    high: f64,
}

impl Span {
    /// `None` when the raster (`limits`) is not touched.
    #[inline(always)]
    pub(crate) fn new(a: f64, b: f64, limits: (i64, i64)) -> Option<Self> {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        let (first, end) = (limits.0 as f64, limits.1 as f64);
        // NaN fails both comparisons.
        if !(high > first - 1e-10 && low < end + 1e-10) {
            return None;
        }
        let from = (low + 1e-10).floor().max(first) as i64;
        let mut to = (high - 1e-10).ceil().min(end) as i64;
        if from == to && to < limits.1 {
            to += 1;
        }
        (from < to).then_some(Self { first: from, end: to, low, high })
    }

    /// The covered part of pixel `i`.
    #[inline(always)]
    pub(crate) fn weight(&self, i: i64) -> f64 {
        if i == self.first {
            if self.first + 1 == self.end { 1.0 } else { 1.0 - (self.low - self.first as f64) }
        } else if i + 1 == self.end {
            1.0 - (self.end as f64 - self.high)
        } else {
            1.0
        }
    }
}

/// Bring two columns of one footprint together on a source that goes round the Earth.
#[inline(always)]
fn unwrap(a: f64, b: f64, turn: Option<f64>) -> (f64, f64) {
    match turn {
        Some(turn) if a - b > 0.5 * turn => (a, b + turn),
        Some(turn) if b - a > 0.5 * turn => (a + turn, b),
        _ => (a, b),
    }
}

/// Two opposite corners of an output pixel on the source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Footprint {
    pub(crate) x: (f64, f64),
    pub(crate) y: (f64, f64),
}

impl Footprint {
    /// Of the pixel at index `i`, whose two corners are in `places`.
    #[inline]
    pub(crate) fn new(places: &Places, i: usize, turn: Option<f64>) -> Option<Self> {
        let corner = places.corner.as_ref()?;
        Some(Self { x: unwrap(places.x[i], corner.x[i], turn), y: (places.y[i], corner.y[i]) })
    }
}

/// Buffers that [`sample`] keeps between pixels.
pub(crate) struct Scratch<T> {
    values: Vec<T>,
    order: Vec<(T, u32)>,
}

impl<T> Default for Scratch<T> {
    fn default() -> Self {
        Self { values: Vec::new(), order: Vec::new() }
    }
}

/// The value of one output sample over a footprint.
pub(crate) fn sample<T: Pixel>(
    method: Resampling,
    source: &SourceView<'_, T>,
    band: usize,
    footprint: &Footprint,
    scratch: &mut Scratch<T>,
) -> Outcome<T> {
    let (cols, rows) = (source.limits.tap_cols(), source.limits.rows);
    let spans =
        Span::new(footprint.x.0, footprint.x.1, cols).zip(Span::new(footprint.y.0, footprint.y.1, rows));
    let Some((sx, sy)) = spans else { return Outcome::Outside };
    if matches!(method, Resampling::Average | Resampling::Rms) {
        let square = method == Resampling::Rms;
        let (mut sum, mut total) = (0.0, 0.0);
        for row in sy.first..sy.end {
            let (line, width) = line(source, band, row, &sx, square);
            let wy = sy.weight(row);
            sum += line * wy;
            total += width * wy;
        }
        if total <= 0.0 {
            return Outcome::Invalid;
        }
        let mean = sum / total;
        return Outcome::Computed(if square { mean.sqrt() } else { mean });
    }
    scratch.values.clear();
    for row in sy.first..sy.end {
        for col in sx.first..sx.end {
            if source.is_valid(band, col, row) {
                scratch.values.push(source.sample(band, col, row));
            }
        }
    }
    select::choose(method, &mut scratch.values, &mut scratch.order).map_or(Outcome::Invalid, Outcome::Copied)
}

/// Weighted sum and weight of the valid pixels of one row; inner pixels count 1, and are counted apart, so
/// that a row without holes gives the same bits as the form without checks.
fn line<T: Pixel>(source: &SourceView<'_, T>, band: usize, row: i64, sx: &Span, square: bool) -> (f64, f64) {
    // A value and how much it counts: 1 exactly where opacity is not asked.
    let value = |col: i64| {
        let counts = source.counts(band, col, row);
        (counts > 0.0).then(|| {
            let v = source.value(band, col, row);
            (if square { v * v } else { v }, counts)
        })
    };
    let (mut sum, mut weight, mut inner) = (0.0, 0.0, 0.0);
    if let Some((v, counts)) = value(sx.first) {
        weight = sx.weight(sx.first) * counts;
        sum = v * weight;
    }
    for (v, counts) in (sx.first + 1..sx.end - 1).filter_map(value) {
        sum += v * counts;
        inner += counts;
    }
    weight += inner;
    if sx.end - sx.first > 1
        && let Some((v, counts)) = value(sx.end - 1)
    {
        let last = sx.weight(sx.end - 1) * counts;
        sum += v * last;
        weight += last;
    }
    (sum, weight)
}
