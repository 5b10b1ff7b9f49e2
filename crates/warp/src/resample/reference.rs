//! Slow and obvious: one output sample from a whole raster. For tests only; written from the formulae
//! (GDAL 3.10 as described in the crate's notes), not from the fast forms.

use super::weights;
use ndarray::ArrayView2;
use raster_core::Resampling;

/// A band and its validity.
pub(crate) struct Reference<'a> {
    pub(crate) values: ArrayView2<'a, f64>,
    pub(crate) valid: ArrayView2<'a, bool>,
}

impl Reference<'_> {
    fn get(&self, col: i64, row: i64) -> Option<f64> {
        let (h, w) = self.values.dim();
        let on = col >= 0 && row >= 0 && (col as usize) < w && (row as usize) < h;
        (on && self.valid[[row as usize, col as usize]]).then(|| self.values[[row as usize, col as usize]])
    }

    /// A point method at source position (x, y); scale in output pixels per source pixel.
    pub(crate) fn point(&self, method: Resampling, scale: (f64, f64), x: f64, y: f64) -> Option<f64> {
        let (h, w) = self.values.dim();
        if !(x >= 0.0 && y >= 0.0 && x + 1e-10 <= w as f64 && y + 1e-10 <= h as f64) {
            return None;
        }
        let nearest =
            self.get(((x + 1e-10) as i64).min(w as i64 - 1), ((y + 1e-10) as i64).min(h as i64 - 1))?;
        let four = scale.0 >= 0.95 && scale.1 >= 0.95;
        match method {
            Resampling::Nearest => Some(nearest),
            Resampling::Bilinear if four => self.separable(1, x, y, |d| (1.0 - d.abs()).max(0.0), false),
            Resampling::Cubic if four => {
                let cubic = |d: f64| weights::kernel(Resampling::Cubic, d);
                self.separable(2, x, y, cubic, true)
                    .or_else(|| self.separable(1, x, y, |d| (1.0 - d.abs()).max(0.0), false))
            }
            _ => self.widened(method, (scale.0.min(1.0), scale.1.min(1.0)), x, y),
        }
    }

    /// Σ w v / Σ w over the valid pixels around; `all`: only when none is missing.
    fn separable(&self, radius: i64, x: f64, y: f64, kernel: impl Fn(f64) -> f64, all: bool) -> Option<f64> {
        let (col, row) = ((x - 0.5).floor() as i64, (y - 0.5).floor() as i64);
        let (mut sum, mut total) = (0.0, 0.0);
        for r in row + 1 - radius..=row + radius {
            for c in col + 1 - radius..=col + radius {
                let weight = kernel(c as f64 + 0.5 - x) * kernel(r as f64 + 0.5 - y);
                match self.get(c, r) {
                    Some(v) => {
                        sum += weight * v;
                        total += weight;
                    }
                    None if all => return None,
                    None => {}
                }
            }
        }
        (total > 1e-5).then(|| sum / total)
    }

    fn widened(&self, method: Resampling, scale: (f64, f64), x: f64, y: f64) -> Option<f64> {
        let (h, w) = self.values.dim();
        let (col, row) = ((x - 0.5).floor(), (y - 0.5).floor());
        let (dx, dy) = (x - 0.5 - col, y - 0.5 - row);
        let r = method.radius() as f64;
        let offsets = |scale: f64, d: f64, at: f64, size: usize| -> Vec<i64> {
            let reach = if scale < 1.0 { (r / scale).ceil() as i64 } else { r as i64 };
            let odd = method.radius() as i64 % 2;
            (1 - odd - reach..=reach)
                .filter(|i| method != Resampling::Lanczos || ((*i as f64 - d) * scale).abs() <= 3.0)
                .filter(|i| (0..size as i64).contains(&(at as i64 + i)))
                .collect()
        };
        let (cols, rows) = (offsets(scale.0, dx, col, w), offsets(scale.1, dy, row, h));
        let (mut sum, mut total, mut count) = (0.0, 0.0, 0);
        for j in &rows {
            for i in &cols {
                if let Some(v) = self.get(col as i64 + i, row as i64 + j) {
                    let weight = weights::kernel(method, (*i as f64 - dx) * scale.0)
                        * weights::kernel(method, (*j as f64 - dy) * scale.1);
                    sum += weight * v;
                    total += weight;
                    count += 1;
                }
            }
        }
        let enough = method != Resampling::Lanczos || count >= rows.len() * cols.len() / 2;
        (total >= 1e-6 && enough).then(|| sum / total)
    }

    /// An area method over the box between two positions.
    pub(crate) fn area(&self, method: Resampling, x: (f64, f64), y: (f64, f64)) -> Option<f64> {
        let (h, w) = self.values.dim();
        let span = |a: f64, b: f64, size: usize| -> Vec<(i64, f64)> {
            let (low, high) = (a.min(b), a.max(b));
            if !(high > -1e-10 && low < size as f64 + 1e-10) {
                return Vec::new();
            }
            let first = (low + 1e-10).floor().max(0.0) as i64;
            let mut end = (high - 1e-10).ceil().min(size as f64) as i64;
            if first == end && end < size as i64 {
                end += 1;
            }
            (first..end)
                .map(|i| {
                    let covered = if first + 1 == end {
                        1.0
                    } else if i == first {
                        1.0 - (low - i as f64)
                    } else if i + 1 == end {
                        1.0 - (end as f64 - high)
                    } else {
                        1.0
                    };
                    (i, covered)
                })
                .collect()
        };
        let mut found = Vec::new();
        for (row, wy) in span(y.0, y.1, h) {
            for (col, wx) in span(x.0, x.1, w) {
                if let Some(v) = self.get(col, row) {
                    found.push((v, wx * wy));
                }
            }
        }
        let values: Vec<f64> = found.iter().map(|f| f.0).collect();
        let first = *values.first()?;
        let total: f64 = found.iter().map(|f| f.1).sum();
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        let quantile = |q: f64| sorted[(q * sorted.len() as f64 - 1.0).ceil().max(0.0) as usize];
        Some(match method {
            Resampling::Average => found.iter().map(|f| f.0 * f.1).sum::<f64>() / total,
            Resampling::Rms => (found.iter().map(|f| f.0 * f.0 * f.1).sum::<f64>() / total).sqrt(),
            Resampling::Min => sorted[0],
            Resampling::Max => sorted[sorted.len() - 1],
            Resampling::Q1 => quantile(0.25),
            Resampling::Median => quantile(0.5),
            Resampling::Q3 => quantile(0.75),
            _ => {
                let (mut best, mut most) = (first, 0);
                for (i, v) in values.iter().enumerate() {
                    let count = values[..=i].iter().filter(|u| *u == v).count();
                    if count > most {
                        (best, most) = (*v, count);
                    }
                }
                best
            }
        })
    }
}

mod tests {
    use super::*;
    use crate::{WarpOptions, reproject};
    use ndarray::{Array2, Array3};
    use raster_core::{GeoTransform, Grid, MemoryRaster, Nodata, RasterSource as _};

    /// An affine warp (shifted, reduced or enlarged, turned) of every method, against the reference.
    #[test]
    fn every_method_agrees_with_the_reference() {
        let mut state = 3u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1 << 24)
        };
        for holes in [0.0, 0.04] {
            // Whole steps of 1/64, so that values repeat and every sum below is exact in f32.
            let values = Array2::from_shape_fn((150, 170), |_| {
                if random() < holes { -1.0 } else { (random() * 40.0).floor() * 0.5 + 1.0 }
            });
            let valid = values.mapv(|v| v != -1.0);
            let reference = Reference { values: values.view(), valid: valid.view() };
            let pixels: Array3<f64> = values.clone().insert_axis(ndarray::Axis(0));
            let source = MemoryRaster::new(pixels)
                .with_nodata(Nodata::Int(-1))
                .update_info(|i| i.transform = Some(GeoTransform::IDENTITY))
                .unwrap();
            for (t, scale) in [
                (GeoTransform { a: 1.0, b: 0.0, c: 3.3, d: 0.0, e: 1.0, f: -2.7 }, (1.0, 1.0)),
                (GeoTransform { a: 2.4, b: 0.0, c: -5.2, d: 0.0, e: 3.7, f: 1.1 }, (1.0 / 2.4, 1.0 / 3.7)),
                (GeoTransform { a: 0.4, b: 0.0, c: 30.0, d: 0.0, e: 0.6, f: 31.0 }, (1.0, 1.0)),
                (GeoTransform { a: 0.8, b: 0.6, c: 10.3, d: -0.6, e: 0.8, f: 60.7 }, (1.0, 1.0)),
            ] {
                let grid = Grid::new(140, 135, t);
                for &method in Resampling::WARP {
                    if method == Resampling::Sum {
                        continue;
                    }
                    let out = reproject(&source, &grid, &WarpOptions::new(method)).unwrap();
                    let view = out.pixels().view();
                    for row in 0..135 {
                        for col in 0..140 {
                            let at = |s: f64| t.apply(col as f64 + s, row as f64 + s);
                            let expected = if method.is_area() {
                                let (a, b) = (at(0.0), at(1.0));
                                reference.area(method, (a.0, b.0), (a.1, b.1))
                            } else {
                                reference.point(method, scale, at(0.5).0, at(0.5).1)
                            };
                            let got = view.value(0, row, col).to_f64();
                            let expected = expected.unwrap_or(-1.0);
                            assert!(
                                (got - expected).abs() < 1e-9,
                                "{method} {t} ({col}, {row}): {got}, {expected}"
                            );
                        }
                    }
                    assert_eq!(out.info().nodata(), Some(Nodata::Int(-1)));
                }
            }
        }
    }

    #[test]
    fn totals_are_kept() {
        let pixels = Array3::from_shape_fn((1, 40, 50), |(_, r, c)| ((r * 31 + c * 17) % 97) as f64);
        let total = pixels.sum();
        let source =
            MemoryRaster::new(pixels).update_info(|i| i.transform = Some(GeoTransform::IDENTITY)).unwrap();
        for t in [
            GeoTransform { a: 2.7, b: 0.0, c: -4.0, d: 0.0, e: 3.1, f: -5.0 },
            GeoTransform { a: 0.7, b: 0.3, c: -30.0, d: -0.3, e: 0.7, f: -5.0 },
        ] {
            let out =
                reproject(&source, &Grid::new(140, 150, t), &WarpOptions::new(Resampling::Sum)).unwrap();
            let out = out.into_pixels().into_typed::<f64>().unwrap();
            assert!((out.sum() - total).abs() < 1e-8 * total, "{} {total}", out.sum());
        }
    }
}
