//! A raster brought down to the size of a picture, strip by strip.

use raster_core::{RasterSource, Result, Window, with_array};
use std::sync::Arc;

/// How several source pixels become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decimation {
    /// The one in the middle: for classes.
    Nearest,
    /// The mean of the valid ones.
    Average,
}

/// One band at the size of the picture, row by row, NaN where there is no data.
pub(super) type Plane = Vec<f64>;

/// Pixels that are read at a time.
const STRIP_PIXELS: usize = 4 << 20;

/// The smallest overview that is not smaller than the picture.
pub(super) fn level(source: &dyn RasterSource, size: (usize, usize)) -> Option<Arc<dyn RasterSource>> {
    let info = source.info();
    let best = (0..info.overviews.len())
        .filter(|&i| info.overviews[i].width >= size.0 && info.overviews[i].height >= size.1)
        .min_by_key(|&i| info.overviews[i].width);
    best.and_then(|i| source.overview(i))
}

/// Read `bands` at the size of the picture.
pub(super) fn read(
    source: &dyn RasterSource,
    bands: &[usize],
    size: (usize, usize),
    how: Decimation,
) -> Result<Vec<Plane>> {
    let level = level(source, size);
    let source = level.as_deref().unwrap_or(source);
    let (width, height) = (source.info().width, source.info().height);
    let edge = |i: usize, out: usize, full: usize| i * full / out;
    let mut planes = vec![vec![f64::NAN; size.0 * size.1]; bands.len()];
    let rows_at_once = (STRIP_PIXELS / width.max(1) * size.1 / height.max(1)).max(1);
    for first in (0..size.1).step_by(rows_at_once) {
        let last = (first + rows_at_once).min(size.1);
        let (top, bottom) =
            (edge(first, size.1, height), edge(last, size.1, height).max(edge(first, size.1, height) + 1));
        let window = Window::new(0, top as i64, width, bottom - top);
        let pixels = source.read_window(bands, &window)?;
        let mask = source.read_mask_window(bands, &window)?;
        with_array!(AnyArray, &pixels, a => {
            for (b, plane) in planes.iter_mut().enumerate() {
                for row in first..last {
                    let rows = span(edge(row, size.1, height), edge(row + 1, size.1, height), top, bottom, how);
                    for col in 0..size.0 {
                        let cols = span(edge(col, size.0, width), edge(col + 1, size.0, width), 0, width, how);
                        let (mut sum, mut count) = (0.0, 0u32);
                        for r in rows.clone() {
                            for c in cols.clone() {
                                let value = raster_core::Sample::to_f64(a[[b, r, c]]);
                                if mask[[b, r, c]] != 0 && !value.is_nan() {
                                    sum += value;
                                    count += 1;
                                }
                            }
                        }
                        if count > 0 {
                            plane[row * size.0 + col] = sum / f64::from(count);
                        }
                    }
                }
            }
        });
    }
    Ok(planes)
}

/// The source rows (or columns) of one of the picture's, counted from `start`.
fn span(from: usize, to: usize, start: usize, end: usize, how: Decimation) -> std::ops::Range<usize> {
    let to = to.max(from + 1).min(end);
    match how {
        Decimation::Average => from - start..to - start,
        Decimation::Nearest => {
            let middle = (from + to) / 2;
            middle.min(end - 1) - start..middle.min(end - 1) - start + 1
        }
    }
}
