//! A raster brought down to the size of a picture, strip by strip.

use raster_core::{RasterSource, Result, Window, with_array};
use std::{ops::Range, sync::Arc};

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

/// Columns, and rows, that are read at a time (chosen: a few blocks, so that few are decoded for two pieces).
const PIECE_SIDE: usize = 2048;

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
    let mut planes = vec![vec![f64::NAN; size.0 * size.1]; bands.len()];
    let columns = pieces(size.0, width);
    for rows in pieces(size.1, height) {
        for cols in &columns {
            let (read_rows, read_cols) = (source_of(&rows, size.1, height), source_of(cols, size.0, width));
            let (top, left) = (read_rows.start as i64, read_cols.start as i64);
            let window = Window::new(left, top, read_cols.len(), read_rows.len());
            if source.is_blank(bands, &window) {
                // What is not stored is alike all over.
                let sample = source.info().blank_sample().to_f64();
                let shown = bands.iter().zip(&mut planes);
                for (_, plane) in shown.filter(|(b, _)| !source.info().is_blank_missing(**b)) {
                    rows.clone().for_each(|r| plane[r * size.0..][cols.clone()].fill(sample));
                }
                continue;
            }
            let read = source.read_masked(bands, &window)?;
            with_array!(AnyArray, &read.data, a => {
                for (b, plane) in planes.iter_mut().enumerate() {
                    for row in rows.clone() {
                        let from_rows = span(row, size.1, height, &read_rows, how);
                        for col in cols.clone() {
                            let from_cols = span(col, size.0, width, &read_cols, how);
                            let (mut sum, mut count) = (0.0, 0u32);
                            for r in from_rows.clone() {
                                for c in from_cols.clone() {
                                    let value = raster_core::Sample::to_f64(a[[b, r, c]]);
                                    if read.mask[[b, r, c]] != 0 && !value.is_nan() {
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
    }
    Ok(planes)
}

/// Where the pixel `i` of `out` begins among `full` ones.
fn edge(i: usize, out: usize, full: usize) -> usize {
    (i as u128 * full as u128 / out as u128) as usize
}

/// The source rows (or columns) of some of the picture's.
fn source_of(part: &Range<usize>, out: usize, full: usize) -> Range<usize> {
    let start = edge(part.start, out, full);
    start..edge(part.end, out, full).max(start + 1)
}

/// Parts of `out` pixels that are made of about [`PIECE_SIDE`] of `full` ones.
fn pieces(out: usize, full: usize) -> Vec<Range<usize>> {
    let step = edge(PIECE_SIDE, full.max(1), out).max(1);
    (0..out).step_by(step).map(|first| first..(first + step).min(out)).collect()
}

/// The source rows (or columns) of pixel `i` of the picture's `out`, counted from the start of those that are read.
fn span(i: usize, out: usize, full: usize, read: &Range<usize>, how: Decimation) -> Range<usize> {
    let (from, to) = (edge(i, out, full), edge(i + 1, out, full));
    let to = to.max(from + 1).min(read.end);
    match how {
        Decimation::Average => from - read.start..to - read.start,
        Decimation::Nearest => {
            let middle = ((from + to) / 2).min(read.end - 1) - read.start;
            middle..middle + 1
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;
    use raster_core::{AnyArray, MemoryRaster, Parts, RasterInfo};

    /// The slow twin: every pixel of the picture from the whole raster.
    fn slow(pixels: &Array3<f32>, size: (usize, usize), how: Decimation) -> Vec<Plane> {
        let (bands, height, width) = pixels.dim();
        let plane = |b: usize| {
            let pixel = |i: usize| {
                let rows = span(i / size.0, size.1, height, &(0..height), how);
                let cols = span(i % size.0, size.0, width, &(0..width), how);
                let valid: Vec<f64> = rows
                    .flat_map(|r| cols.clone().map(move |c| f64::from(pixels[[b, r, c]])))
                    .filter(|v| !v.is_nan() && *v != -1.0)
                    .collect();
                valid.iter().sum::<f64>() / valid.len() as f64
            };
            (0..size.0 * size.1).map(pixel).collect()
        };
        (0..bands).map(plane).collect()
    }

    #[test]
    fn pieces_do_not_show() {
        let pixels = Array3::from_shape_fn((2, 2300, 4500), |(b, r, c)| match (b + r / 7 + c / 3) % 5 {
            0 if r < 900 => -1.0,
            i => (i * r % 131) as f32,
        });
        let source = MemoryRaster::new(pixels.clone()).with_nodata(-1.0);
        for size in [(45, 23), (4500, 23), (1, 1), (1001, 3)] {
            for how in [Decimation::Average, Decimation::Nearest] {
                let (fast, slow) = (read(&source, &[1, 2], size, how).unwrap(), slow(&pixels, size, how));
                let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
                assert!(fast.iter().flatten().zip(slow.iter().flatten()).all(same), "{size:?} {how:?}");
            }
        }
    }

    /// 400,000 × 400,000 pixels of which one block is stored.
    struct Sparse(RasterInfo);

    const STORED: Window = Window { col: 200_000, row: 100_000, width: 512, height: 512 };

    impl RasterSource for Sparse {
        fn info(&self) -> &RasterInfo {
            &self.0
        }
        fn read_parts(&self, bands: &[usize], window: &Window, mut parts: Parts<'_>) -> Result<()> {
            let shape = (bands.len(), window.height, window.width);
            assert!(window.intersection(&STORED).is_some(), "{window} is blank");
            let blank = self.0.blank_sample().to_f64() as u8;
            let sample = |(_, r, c): (usize, usize, usize)| {
                let at = Window::new(window.col + c as i64, window.row + r as i64, 1, 1);
                if STORED.contains(&at) { 9 } else { blank }
            };
            parts.put(&self.0, bands, &AnyArray::from(Array3::from_shape_fn(shape, sample)).view())
        }
        fn is_blank(&self, _: &[usize], window: &Window) -> bool {
            window.intersection(&STORED).is_none()
        }
    }

    #[test]
    fn blank_places_are_not_read() {
        let info = RasterInfo::new(400_000, 400_000, 1, raster_core::DataType::U8);
        for (info, around) in [(info.clone(), 0.0), (info.with_nodata(3), f64::NAN)] {
            let plane = read(&Sparse(info), &[1], (400, 400), Decimation::Average).unwrap().remove(0);
            let same = |v: f64| v == around || (v.is_nan() && around.is_nan());
            assert_eq!(plane.iter().filter(|v| !same(**v)).count(), 1);
            assert!(plane[100 * 400 + 200] > 0.0);
        }
    }
}
