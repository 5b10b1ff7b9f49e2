//! The fastest form of bilinear and cubic, for a row whose pixels are all inside and valid.
//!
//! Band by band: first the taps of every output pixel are collected, two or four neighbours in one move;
//! then all arithmetic is one loop over the row, eight or four pixels at a time. Operations and their order
//! are those of the checked form, so the bits are the same.

use super::weights;
use crate::{
    mapping::TILE,
    pixel::{Fill, Pixel},
    simd::{self, index, level},
};
use fearless_simd::dispatch;

/// Where the taps of a row of output pixels are, and their fractions.
pub(crate) struct Taps {
    /// Of the upper left tap, counted in samples from the origin.
    at: [u32; TILE],
    x: [f64; TILE],
    y: [f64; TILE],
}

impl Default for Taps {
    fn default() -> Self {
        Self { at: [0; TILE], x: [0.0; TILE], y: [0.0; TILE] }
    }
}

/// Rows of taps of one kind.
pub(crate) struct Gathered<T> {
    two: [[[T; 2]; TILE]; 2],
    four: [[[T; 4]; TILE]; 4],
    row: [T; TILE],
}

impl<T: Pixel> Default for Gathered<T> {
    fn default() -> Self {
        let zero = T::default();
        Self { two: [[[zero; 2]; TILE]; 2], four: [[[zero; 4]; TILE]; 4], row: [zero; TILE] }
    }
}

impl Taps {
    /// For positions `x`, `y`; the origin is the source pixel (column, row) at index 0, rows are `stride`
    /// samples apart, and the upper left tap is `before` pixels left of and above the pixel at hand.
    pub(crate) fn locate(&mut self, x: &[f64], y: &[f64], origin: (i64, i64), stride: usize, before: f64) {
        let (col, row) = (origin.0 as f64 + before, origin.1 as f64 + before);
        let stride = stride as u32;
        let to = self.at.iter_mut().zip(&mut self.x).zip(&mut self.y);
        let pairs = to.zip(x.iter().zip(y));
        dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
            for (((at, fx), fy), (x, y)) in pairs {
                let (left, top) = ((x - 0.5).floor(), (y - 0.5).floor());
                (*fx, *fy) = (x - left, y - top);
                *at = index(top - row) * stride + index(left - col);
            }
        }));
    }

    /// One band, bilinear. `plane` starts at the origin.
    pub(crate) fn bilinear<T: Pixel>(
        &self,
        plane: &[T],
        stride: usize,
        taps: &mut Gathered<T>,
        fill: Fill<T>,
        out: &mut [T],
    ) {
        let n = out.len().min(TILE);
        let Gathered { two: [upper, lower], row, .. } = taps;
        for ((u, l), at) in upper.iter_mut().zip(lower.iter_mut()).zip(&self.at[..n]) {
            let at = *at as usize;
            u.copy_from_slice(&plane[at..at + 2]);
            l.copy_from_slice(&plane[at + stride..at + stride + 2]);
        }
        // Whole arrays, whatever the width: a fixed count without bounds checks is what vectorises.
        let (fx, fy) = (&self.x, &self.y);
        dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
            for i in 0..TILE {
                let (rx, ry) = (1.5 - fx[i], 1.5 - fy[i]);
                let (lx, ly) = (1.0 - rx, 1.0 - ry);
                let (u, l) = (upper[i], lower[i]);
                let value = (u[0].to_f64() * rx + u[1].to_f64() * lx) * ry
                    + (l[0].to_f64() * rx + l[1].to_f64() * lx) * ly;
                row[i] = fill.keep(T::store(value));
            }
        }));
        out[..n].copy_from_slice(&row[..n]);
    }

    /// One band, cubic. `plane` starts at the origin.
    pub(crate) fn cubic<T: Pixel>(
        &self,
        plane: &[T],
        stride: usize,
        taps: &mut Gathered<T>,
        fill: Fill<T>,
        out: &mut [T],
    ) {
        let n = out.len().min(TILE);
        let Gathered { four: [a, b, c, d], row, .. } = taps;
        for (i, at) in self.at[..n].iter().enumerate() {
            let at = *at as usize;
            a[i].copy_from_slice(&plane[at..at + 4]);
            b[i].copy_from_slice(&plane[at + stride..at + stride + 4]);
            c[i].copy_from_slice(&plane[at + 2 * stride..at + 2 * stride + 4]);
            d[i].copy_from_slice(&plane[at + 3 * stride..at + 3 * stride + 4]);
        }
        let (fx, fy) = (&self.x, &self.y);
        dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
            for i in 0..TILE {
                let w = weights::cubic(fx[i] - 0.5);
                let line = |p: &[T; 4]| {
                    w[0] * p[0].to_f64() + w[1] * p[1].to_f64() + w[2] * p[2].to_f64() + w[3] * p[3].to_f64()
                };
                let lines = [line(&a[i]), line(&b[i]), line(&c[i]), line(&d[i])];
                row[i] = fill.keep(T::store(weights::cubic_between(lines, fy[i] - 0.5)));
            }
        }));
        out[..n].copy_from_slice(&row[..n]);
    }
}
