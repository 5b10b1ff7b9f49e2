//! Reads whose result has pixels of another size than the file: which overview, which source pixels, and
//! resampling strip by strip.

use super::level::Level;
use crate::resample::{Axis, AxisPlan, Method, SourcePlane, resample};
use ndarray::{Array2, Array3, ArrayViewMut2, ArrayViewMut3, Axis as Dimension};
use raster_core::{
    AnyViewMut, Error, FloatWindow, MaskKind, Nodata, Parts, RasterInfo, RasterSource as _, Result, Sample,
    Window, opacity::Mixing, validity, with_type,
};
use std::ops::Range;

/// What to read, in pixels of one level.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) bands: Vec<usize>,
    pub(super) window: FloatWindow,
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) resampling: Method,
    pub(super) threads: Option<usize>,
}

impl Target {
    /// Source pixels per destination pixel, along a row and along a column.
    fn ratio(&self) -> (f64, f64) {
        (self.window.width / self.cols.max(1) as f64, self.window.height / self.rows.max(1) as f64)
    }

    /// The same target in pixels of another level.
    pub(super) fn scaled(mut self, from: &RasterInfo, to: &RasterInfo) -> Self {
        if (from.width, from.height) != (to.width, to.height) {
            let (x, y) = (to.width as f64 / from.width as f64, to.height as f64 / from.height as f64);
            let w = self.window;
            self.window =
                FloatWindow { col: w.col * x, row: w.row * y, width: w.width * x, height: w.height * y };
        }
        self
    }

    /// The destination pixels whose centre lies in the raster.
    pub(super) fn inside(&self, info: &RasterInfo) -> Window {
        let (x, y) = self.ratio();
        let cols = centres_inside(self.window.col, x, self.cols, info.width);
        let rows = centres_inside(self.window.row, y, self.rows, info.height);
        Window::new(cols.start as i64, rows.start as i64, cols.len(), rows.len())
    }

    /// The window in whole pixels, when destination pixels are source pixels.
    fn as_plain(&self) -> Option<Window> {
        self.window.as_whole().filter(|w| (w.height, w.width) == (self.rows, self.cols))
    }
}

/// Indices i with 0 <= offset + (i + 1/2) · ratio < end.
fn centres_inside(offset: f64, ratio: f64, len: usize, end: usize) -> Range<usize> {
    if ratio <= 0.0 {
        return 0..0;
    }
    let centre = |i: usize| offset + (i as f64 + 0.5) * ratio;
    // 1e-10 as in the nearest rule: a centre on the edge to within rounding is inside.
    let first = partition(len, |i| centre(i) + 1e-10 < 0.0);
    let last = partition(len, |i| centre(i) + 1e-10 < end as f64);
    first.min(last)..last
}

/// The first index for which `before` is false.
fn partition(len: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

/// The level that GDAL would read from: the smallest whose reduction is not above the one wanted, or only a
/// little (`GDALBandGetBestOverviewLevel2`: by 1.2 for nearest, plus a tenth for rounding).
pub(super) fn best_level(levels: &[Level], target: &Target) -> usize {
    let (x, y) = target.ratio();
    let wanted = if x < y || target.rows == 1 { x } else { y };
    if wanted <= 1.0 {
        return 0;
    }
    let threshold = if target.resampling == Method::Nearest { 1.2 } else { 1.0 };
    let main = &levels[0].info;
    let mut best = (0, 0.0);
    for (i, level) in levels.iter().enumerate().skip(1) {
        let factor =
            (main.width as f64 / level.info.width as f64).min(main.height as f64 / level.info.height as f64);
        if factor < wanted * threshold + 0.1 && factor > best.1 {
            best = (i, factor);
        }
    }
    best.0
}

/// Source bytes that a strip may take: enough for some rows of blocks of a wide raster.
const STRIP_BYTES: usize = 48 << 20;

/// Fill `out` (and `mask`) with the destination pixels `inside`.
pub(super) fn read<'a>(
    level: &Level,
    target: &Target,
    inside: &Window,
    mut out: AnyViewMut<'a>,
    mut mask: Option<ArrayViewMut3<'a, u8>>,
) -> Result<()> {
    if let Some(window) = target.as_plain() {
        let part = Window::new(window.col + inside.col, window.row + inside.row, inside.width, inside.height);
        let mut parts = Parts::pixels(out);
        parts.mask = mask;
        return level.read_parts_on(&target.bands, &part, parts, target.threads);
    }
    if level.info.data_type.is_complex() && target.resampling != Method::Nearest {
        return Err(Error::unsupported(format!(
            "{} resampling of complex samples",
            target.resampling.name()
        )));
    }
    let (x, y) = target.ratio();
    let (rows, cols) = (inside.row as usize, inside.col as usize);
    // GDAL's Gaussian kernel counts from a whole pixel.
    let start = |v: f64| if target.resampling == Method::Gauss { v.floor() } else { v };
    let row_axis = Axis::read(level.info.height, start(target.window.row), y, y);
    let col_axis = Axis::read(level.info.width, start(target.window.col), x, y);
    let source_cols = span(&col_axis, target.resampling, &(cols..cols + inside.width));
    let row_bytes = target.bands.len() * source_cols.len() * (level.info.data_type.size() + 1);
    let mut done = 0;
    while done < inside.height {
        let count = strip_rows(&row_axis, target.resampling, rows + done..rows + inside.height, row_bytes);
        let strip = rows + done..rows + done + count;
        let row_plan = AxisPlan::new(&row_axis, target.resampling, strip.clone());
        let source_rows = span(&row_axis, target.resampling, &strip);
        // What is blank is neither read nor resampled.
        let source_of = |run: &Range<usize>| {
            let source_cols = span(&col_axis, target.resampling, &(cols + run.start..cols + run.end));
            Window::new(
                source_cols.start as i64,
                source_rows.start as i64,
                source_cols.len(),
                source_rows.len(),
            )
        };
        for (run, blank) in runs(inside.width, |run| level.is_blank(&target.bands, &source_of(run))) {
            let mut parts = Parts::pixels(out.reborrow());
            parts.mask = mask.as_mut().map(|m| m.view_mut());
            let part = Window::new(run.start as i64, done as i64, run.len(), count);
            let Parts { pixels: Some(mut out), mask, .. } = parts.window_mut(&part) else { continue };
            if blank {
                out.fill(level.info.blank_sample());
                if let Some(mut mask) = mask {
                    for (mut mask, &band) in mask.outer_iter_mut().zip(&target.bands) {
                        mask.fill(if level.info.is_blank_missing(band) { 0 } else { 255 });
                    }
                }
                continue;
            }
            let col_plan = AxisPlan::new(&col_axis, target.resampling, cols + run.start..cols + run.end);
            with_type!(level.info.data_type, S => {
                strip_into::<S>(level, target, &source_of(&run), &row_plan, &col_plan, out, mask)?;
            });
        }
        done += count;
    }
    Ok(())
}

/// Destination columns that are looked at together for whether there is anything in them.
const RUN: usize = 16;

/// `len` columns cut where blank ones and others meet; one piece where nothing is blank.
fn runs(len: usize, is_blank: impl Fn(&Range<usize>) -> bool) -> Vec<(Range<usize>, bool)> {
    let mut runs: Vec<(Range<usize>, bool)> = Vec::new();
    for start in (0..len).step_by(RUN) {
        let run = start..(start + RUN).min(len);
        let blank = is_blank(&run);
        match runs.last_mut() {
            Some((last, same)) if *same == blank => last.end = run.end,
            _ => runs.push((run, blank)),
        }
    }
    runs
}

/// Source indices of a range of destination indices.
fn span(axis: &Axis, method: Method, range: &Range<usize>) -> Range<usize> {
    axis.span(method, range.start).start..axis.span(method, range.end - 1).end
}

/// How many destination rows fit into a strip; at least one.
fn strip_rows(axis: &Axis, method: Method, range: Range<usize>, row_bytes: usize) -> usize {
    let len = range.end - range.start;
    let fits = |count: usize| {
        span(axis, method, &(range.start..range.start + count)).len().saturating_mul(row_bytes) <= STRIP_BYTES
    };
    partition(len, |i| fits(i + 1)).max(1)
}

/// Read the source pixels of a strip and resample them, one task per band and some rows.
fn strip_into<S: Sample>(
    level: &Level,
    target: &Target,
    source: &Window,
    rows: &AxisPlan,
    cols: &AxisPlan,
    out: AnyViewMut<'_>,
    mask: Option<ArrayViewMut3<'_, u8>>,
) -> Result<()> {
    let shape = (target.bands.len(), source.height, source.width);
    let mut pixels = Array3::from_elem(shape, S::default());
    let masked = target.bands.iter().any(|&b| level.info.bands[b - 1].mask != MaskKind::AllValid);
    let mut valid = masked.then(|| Array3::zeros(shape));
    let mut parts = Parts::pixels(S::erase_view_mut(pixels.view_mut()));
    parts.mask = valid.as_mut().map(|v| v.view_mut());
    level.read_parts_on(&target.bands, source, parts, target.threads)?;
    let origin = (source.row as usize, source.col as usize);
    let mut resampled = Array3::from_elem((shape.0, rows.len(), cols.len()), S::default());
    let mut validity = mask.is_some().then(|| Array3::zeros(resampled.dim()));
    let planes: Vec<(usize, ArrayViewMut2<'_, S>, Option<ArrayViewMut2<'_, u8>>)> = match &mut validity {
        Some(validity) => resampled
            .outer_iter_mut()
            .zip(validity.outer_iter_mut())
            .enumerate()
            .map(|(i, (plane, mask))| (i, plane, Some(mask)))
            .collect(),
        None => resampled.outer_iter_mut().enumerate().map(|(i, plane)| (i, plane, None)).collect(),
    };
    let one = |(i, plane, mask): (usize, ArrayViewMut2<'_, S>, Option<ArrayViewMut2<'_, u8>>)| {
        let info = &level.info.bands[target.bands[i] - 1];
        let samples = pixels.index_axis(Dimension(0), i);
        let stored = valid.as_ref().map(|v| v.index_axis(Dimension(0), i));
        let mixing = level.info.mixing(target.bands[i]);
        let mut own = None;
        let valid = match mixing {
            Mixing::All => None,
            // The most frequent opacity is that of some pixel: positive only where there is one to be seen.
            Mixing::Visible if target.resampling == Method::Mode => None,
            Mixing::Visible => {
                let opacity = own.insert(Array2::zeros(samples.dim()));
                validity::of_alpha(
                    &S::erase_view(samples.insert_axis(Dimension(0))),
                    &mut opacity.view_mut(),
                );
                Some(opacity.view())
            }
            _ => stored,
        };
        let source = SourcePlane { samples, valid, mixing, origin };
        let nodata = info.nodata.and_then(Nodata::to_sample);
        match (mixing, mask) {
            // Alpha is valid everywhere.
            (Mixing::Visible, Some(mut mask)) => {
                resample(source, rows, cols, nodata, plane, None);
                mask.fill(255);
            }
            // Nothing is left out of the sums; what shows of them the opacities say, resampled like the others.
            (Mixing::All, Some(mut mask)) => {
                resample(source, rows, cols, nodata, plane, None);
                match stored {
                    Some(samples) => {
                        let opacities = SourcePlane { samples, valid: None, mixing: Mixing::Valid, origin };
                        resample(opacities, rows, cols, None, mask, None);
                    }
                    None => mask.fill(255),
                }
            }
            (_, mask) => resample(source, rows, cols, nodata, plane, mask),
        }
    };
    parallel::within(level.threads(target.threads), || parallel::map(planes, || (), |_, plane| one(plane)));
    let mut out = out;
    out.assign(&S::erase_view(resampled.view()))?;
    if let (Some(mut mask), Some(validity)) = (mask, validity) {
        mask.assign(&validity);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn centres_by_counting() {
        for (offset, ratio, len, end) in
            [(-3.0, 1.0, 10, 5), (0.0, 2.5, 4, 10), (-0.5, 1.0, 4, 3), (20.0, 1.0, 4, 10), (-9.0, 1.0, 4, 3)]
        {
            let counted: Vec<usize> = (0..len)
                .filter(|&i| {
                    let c = offset + (i as f64 + 0.5) * ratio + 1e-10;
                    c >= 0.0 && c < end as f64
                })
                .collect();
            assert_eq!(centres_inside(offset, ratio, len, end).collect::<Vec<_>>(), counted);
        }
    }
}
