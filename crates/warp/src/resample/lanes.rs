//! Fast forms for a piece whose pixels are all inside the source and valid.
//!
//! The source window is turned once into f64, the bands of a pixel side by side (`[f64; L]`), and one row of
//! output pixels is computed at a time. Products and sums are in GDAL's order and never fused, so that every
//! SIMD level gives the same bits as the checked form.

use super::{
    Convolution,
    area::{Footprint, Span},
    select,
    view::SourceView,
    weights::{self, FIXED},
};
use crate::{
    mapping::TILE,
    pixel::Pixel,
    simd::{self, index, level},
};
use fearless_simd::dispatch;
use raster_core::{Resampling, Window};

/// A source window with `L` bands side by side.
#[derive(Clone, Copy)]
pub(crate) struct Lanes<'a, const L: usize> {
    pub(crate) pixels: &'a [[f64; L]],
    pub(crate) window: Window,
}

/// Turn up to `L` bands from `first` on of a window of the view into lanes; the lanes past the last band
/// repeat it. `beyond` pixels more than the window has can be read after it; their values mean nothing.
pub(crate) fn interleave<T: Pixel, const L: usize>(
    source: &SourceView<'_, T>,
    first: usize,
    window: &Window,
    out: &mut Vec<f64>,
    beyond: usize,
) {
    let count = window.area() * L;
    if out.len() < count + beyond * L {
        out.resize(count + beyond * L, 0.0);
    }
    let offset =
        (window.row - source.window.row) as usize * source.stride + (window.col - source.window.col) as usize;
    let planes: [&[T]; L] = std::array::from_fn(|b| source.planes[(first + b).min(source.planes.len() - 1)]);
    let width = window.width;
    let out = out[..count].as_chunks_mut::<L>().0;
    dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
        for (r, line) in out.chunks_exact_mut(width).enumerate() {
            let at = offset + r * source.stride;
            let rows: [&[T]; L] = planes.map(|p| &p[at..at + width]);
            for (c, pixel) in line.iter_mut().enumerate() {
                for b in 0..L {
                    pixel[b] = rows[b][c].to_f64();
                }
            }
        }
    }));
}

impl<const L: usize> Lanes<'_, L> {
    /// Bilinear at positions whose four pixels are inside the window.
    pub(crate) fn bilinear(&self, x: &[f64], y: &[f64], out: &mut [[f64; L]]) {
        let (stride, pixels) = (self.window.width, self.pixels);
        let (col, row) = (self.window.col as f64, self.window.row as f64);
        let n = x.len();
        let (mut at, mut rx, mut ry) = ([0u32; TILE], [0.0; TILE], [0.0; TILE]);
        dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
            for i in 0..n.min(TILE) {
                let (left, top) = ((x[i] - 0.5).floor(), (y[i] - 0.5).floor());
                (rx[i], ry[i]) = (1.5 - (x[i] - left), 1.5 - (y[i] - top));
                at[i] = index(top - row) * stride as u32 + index(left - col);
            }
            for (i, out) in out[..n].iter_mut().enumerate() {
                let at = at[i] as usize;
                let (upper, lower) = (&pixels[at..at + 2], &pixels[at + stride..at + stride + 2]);
                let (rx, ry) = (rx[i], ry[i]);
                let (lx, ly) = (1.0 - rx, 1.0 - ry);
                for b in 0..L {
                    out[b] = (upper[0][b] * rx + upper[1][b] * lx) * ry + (lower[0][b] * rx + lower[1][b] * lx) * ly;
                }
            }
        }));
    }

    /// Cubic at positions whose sixteen pixels are inside the window.
    pub(crate) fn cubic(&self, x: &[f64], y: &[f64], out: &mut [[f64; L]]) {
        let (stride, pixels) = (self.window.width, self.pixels);
        let (col, row) = (self.window.col as f64 + 1.0, self.window.row as f64 + 1.0);
        let n = x.len();
        let (mut at, mut wx, mut dy) = ([0u32; TILE], [[0.0; TILE]; 4], [0.0; TILE]);
        dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
            for i in 0..n.min(TILE) {
                let (x, y) = (x[i] - 0.5, y[i] - 0.5);
                let (left, top) = (x.floor(), y.floor());
                dy[i] = y - top;
                let w = weights::cubic(x - left);
                for k in 0..4 {
                    wx[k][i] = w[k];
                }
                at[i] = index(top - row) * stride as u32 + index(left - col);
            }
            for (i, out) in out[..n].iter_mut().enumerate() {
                let w = [wx[0][i], wx[1][i], wx[2][i], wx[3][i]];
                let mut lines = [[0.0; L]; 4];
                for (k, line) in lines.iter_mut().enumerate() {
                    let p: &[[f64; L]] = &pixels[at[i] as usize + k * stride..][..4];
                    for b in 0..L {
                        line[b] = w[0] * p[0][b] + w[1] * p[1][b] + w[2] * p[2][b] + w[3] * p[3][b];
                    }
                }
                for b in 0..L {
                    out[b] = weights::cubic_between([lines[0][b], lines[1][b], lines[2][b], lines[3][b]], dy[i]);
                }
            }
        }));
    }

    /// A kernel of `2 · R` taps that is not widened, at positions whose taps are inside the window.
    pub(crate) fn convolve_fixed<const R: usize>(
        &self,
        method: Resampling,
        x: &[f64],
        y: &[f64],
        out: &mut [[f64; L]],
    ) {
        let (stride, pixels) = (self.window.width, self.pixels);
        let back = R as f64 - 1.0;
        let (col, row) = (self.window.col as f64 + back, self.window.row as f64 + back);
        let n = x.len();
        let (mut at, mut wx, mut wy) = ([0u32; TILE], [[0.0; TILE]; FIXED], [[0.0; TILE]; FIXED]);
        dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
            for i in 0..n.min(TILE) {
                let (x, y) = (x[i] - 0.5, y[i] - 0.5);
                let (left, top) = (x.floor(), y.floor());
                let (a, b) = (weights::fixed(method, x - left), weights::fixed(method, y - top));
                for k in 0..2 * R {
                    (wx[k][i], wy[k][i]) = (a[k], b[k]);
                }
                at[i] = index(top - row) * stride as u32 + index(left - col);
            }
            for (i, out) in out[..n].iter_mut().enumerate() {
                let (mut weight, mut total, mut sum) = (0.0, 0.0, [0.0; L]);
                for wx in &wx[..2 * R] {
                    weight += wx[i];
                }
                for (k, wy) in wy[..2 * R].iter().enumerate() {
                    let taps = &pixels[at[i] as usize + k * stride..][..2 * R];
                    let mut line = [0.0; L];
                    for (p, wx) in taps.iter().zip(&wx) {
                        for b in 0..L {
                            line[b] += p[b] * wx[i];
                        }
                    }
                    for b in 0..L {
                        sum[b] += line[b] * wy[i];
                    }
                    total += weight * wy[i];
                }
                for b in 0..L {
                    out[b] = sum[b] / total;
                }
            }
        }));
    }

    /// A separable kernel at positions whose taps are inside the window.
    pub(crate) fn convolve(
        &self,
        c: &Convolution,
        x: &[f64],
        y: &[f64],
        weights: &mut [Vec<f64>; 2],
        out: &mut [[f64; L]],
    ) {
        let (stride, pixels) = (self.window.width, self.pixels);
        let [wx, wy] = weights;
        dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
            for (i, out) in out[..x.len()].iter_mut().enumerate() {
                let (x, y) = (x[i] - 0.5, y[i] - 0.5);
                let (col, row) = (x.floor(), y.floor());
                let (dx, dy) = (x - col, y - row);
                let (tx, ty) = (c.taps(dx, c.reach.0, c.scale.0), c.taps(dy, c.reach.1, c.scale.1));
                c.weigh(tx, dx, c.scale.0, wx);
                c.weigh(ty, dy, c.scale.1, wy);
                let left = (col as i64 + tx.first - self.window.col) as usize;
                let top = (row as i64 + ty.first - self.window.row) as usize;
                let (mut sum, mut total) = ([0.0; L], 0.0);
                let weight = wx.iter().fold(0.0, |s, w| s + w);
                for (j, wy) in wy.iter().enumerate() {
                    let taps = &pixels[(top + j) * stride + left..][..wx.len()];
                    let mut line = [0.0; L];
                    for (p, wx) in taps.iter().zip(wx.iter()) {
                        for b in 0..L {
                            line[b] += p[b] * wx;
                        }
                    }
                    for b in 0..L {
                        sum[b] += line[b] * wy;
                    }
                    total += weight * wy;
                }
                for b in 0..L {
                    out[b] = sum[b] / total;
                }
            }
        }));
    }

    /// Average or root mean square over footprints inside the window.
    pub(crate) fn mean(&self, square: bool, footprints: &[Footprint], out: &mut [[f64; L]]) {
        let limits = self.limits();
        dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
            for (f, out) in footprints.iter().zip(out) {
                let Some((sx, sy)) = Span::new(f.x.0, f.x.1, limits.0).zip(Span::new(f.y.0, f.y.1, limits.1)) else {
                    continue;
                };
                let (first_weight, last_weight) = (sx.weight(sx.first), sx.weight(sx.end - 1));
                let columns = (sx.end - sx.first) as usize;
                let width = if columns > 1 { first_weight + (columns - 2) as f64 + last_weight } else { first_weight };
                let (mut sum, mut total) = ([0.0; L], 0.0);
                for row in sy.first..sy.end {
                    let pixels = self.row(row, &sx);
                    let take = |v: f64| if square { v * v } else { v };
                    let mut line = [0.0; L];
                    for b in 0..L {
                        line[b] = take(pixels[0][b]) * first_weight;
                    }
                    if columns > 1 {
                        for p in &pixels[1..columns - 1] {
                            for b in 0..L {
                                line[b] += take(p[b]);
                            }
                        }
                        for b in 0..L {
                            line[b] += take(pixels[columns - 1][b]) * last_weight;
                        }
                    }
                    let wy = sy.weight(row);
                    total += width * wy;
                    for b in 0..L {
                        sum[b] += line[b] * wy;
                    }
                }
                for b in 0..L {
                    let mean = sum[b] / total;
                    out[b] = if square { mean.sqrt() } else { mean };
                }
            }
        }));
    }

    /// Extremes, quantiles and mode over footprints inside the window.
    pub(crate) fn select(
        &self,
        method: Resampling,
        footprints: &[Footprint],
        many: &mut (Vec<f64>, Vec<(f64, u32)>),
        out: &mut [[f64; L]],
    ) {
        let limits = self.limits();
        dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
            for (f, out) in footprints.iter().zip(out) {
                let Some((sx, sy)) = Span::new(f.x.0, f.x.1, limits.0).zip(Span::new(f.y.0, f.y.1, limits.1)) else {
                    continue;
                };
                let (columns, rows) = ((sx.end - sx.first) as usize, (sy.end - sy.first) as usize);
                if columns * rows <= select::FEW {
                    let mut few = [[0.0; L]; select::FEW];
                    for (j, row) in (sy.first..sy.end).enumerate() {
                        few[j * columns..(j + 1) * columns].copy_from_slice(self.row(row, &sx));
                    }
                    *out = select::choose_few(&select::Bands::<L>, method, &mut few[..columns * rows]);
                } else {
                    for b in 0..L {
                        many.0.clear();
                        for row in sy.first..sy.end {
                            many.0.extend(self.row(row, &sx).iter().map(|p| p[b]));
                        }
                        out[b] = select::choose(method, &mut many.0, &mut many.1).unwrap_or(0.0);
                    }
                }
            }
        }));
    }

    #[inline(always)]
    fn row(&self, row: i64, columns: &Span) -> &[[f64; L]] {
        let start = (row - self.window.row) as usize * self.window.width;
        let (first, end) = (columns.first - self.window.col, columns.end - self.window.col);
        &self.pixels[start + first as usize..start + end as usize]
    }

    fn limits(&self) -> ((i64, i64), (i64, i64)) {
        ((self.window.col, self.window.end_col()), (self.window.row, self.window.end_row()))
    }
}
