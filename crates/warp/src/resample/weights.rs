//! The kernels as functions, and weights of a row of taps.

use super::Convolution;
use crate::resampling::Resampling;
use std::f64::consts::PI;

/// Weights of the four taps of cubic convolution (a = -0.5) for a fraction `t` in [0, 1).
#[inline(always)]
pub(crate) fn cubic(t: f64) -> [f64; 4] {
    let (half, three) = (0.5 * t, 3.0 * t);
    let half2 = half * t;
    [
        half * (-1.0 + t * (2.0 - t)),
        1.0 + half2 * (-5.0 + three),
        half * (1.0 + t * (4.0 - three)),
        half2 * (-1.0 + t),
    ]
}

/// Cubic interpolation between `f[1]` and `f[2]`, in GDAL's order of operations.
#[inline(always)]
pub(crate) fn cubic_between(f: [f64; 4], t: f64) -> f64 {
    let t2 = t * t;
    let t3 = t2 * t;
    f[1] + 0.5
        * (t * (f[2] - f[0])
            + t2 * (2.0 * f[0] - 5.0 * f[1] + 4.0 * f[2] - f[3])
            + t3 * (3.0 * (f[1] - f[2]) + f[3] - f[0]))
}

/// The kernel of a method at distance `x` (in source pixels × scale).
pub(crate) fn kernel(method: Resampling, x: f64) -> f64 {
    let a = x.abs();
    match method {
        Resampling::Bilinear => (1.0 - a).max(0.0),
        Resampling::Cubic if a <= 1.0 => a * a * (1.5 * a - 2.5) + 1.0,
        Resampling::Cubic if a <= 2.0 => a * a * (-0.5 * a + 2.5) - 4.0 * a + 2.0,
        Resampling::CubicSpline => b_spline(x),
        Resampling::Lanczos => lanczos(x),
        _ => 0.0,
    }
}

/// Cubic B-spline as GDAL evaluates it, truncated powers from the left: the last one is left out, so that
/// beyond x = 2 (met only when the source shrinks) it is -(x - 2)³/6 and not 0.
fn b_spline(x: f64) -> f64 {
    let cube = |v: f64| if v > 0.0 { v * v * v } else { 0.0 };
    (cube(x + 2.0) - 4.0 * cube(x + 1.0) + 6.0 * cube(x) - 4.0 * cube(x - 1.0)) / 6.0
}

/// sinc(x) · sinc(x / 3).
fn lanczos(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let p = PI * x;
    p.sin() * (p / 3.0).sin() / (p * p / 3.0)
}

/// Taps along one axis: offsets from the pixel left of the position, and how far it is from that pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Taps {
    pub(crate) first: i64,
    pub(crate) last: i64,
}

impl Convolution {
    /// The taps for a fraction `d` in [0, 1) along one axis, before the raster's edge is looked at.
    #[inline]
    pub(crate) fn taps(&self, d: f64, reach: usize, scale: f64) -> Taps {
        let odd = self.method.radius() % 2;
        let (mut first, mut last) = (1 - odd as i64 - reach as i64, reach as i64);
        if self.method == Resampling::Lanczos {
            while (first as f64 - d) * scale < -3.0 {
                first += 1;
            }
            while (last as f64 - d) * scale > 3.0 {
                last -= 1;
            }
        }
        Taps { first, last }
    }

    /// Weights of the taps `taps` into `out`.
    pub(crate) fn weigh(&self, taps: Taps, d: f64, scale: f64, out: &mut Vec<f64>) {
        out.clear();
        if self.method == Resampling::Lanczos {
            lanczos_row(taps, d, scale, out);
        } else {
            out.extend((taps.first..=taps.last).map(|i| kernel(self.method, (i as f64 - d) * scale)));
        }
    }
}

/// Lanczos weights with two sines for the whole row: the angle grows by a fixed step from tap to tap, so
/// each next sine and cosine comes by rotation.
fn lanczos_row(taps: Taps, d: f64, scale: f64, out: &mut Vec<f64>) {
    let step = PI * scale;
    let mut angle = PI * ((taps.first as f64 - d) * scale);
    let ((mut s1, mut c1), (mut s3, mut c3)) = (angle.sin_cos(), (angle / 3.0).sin_cos());
    let ((ds1, dc1), (ds3, dc3)) = (step.sin_cos(), (step / 3.0).sin_cos());
    for i in taps.first..=taps.last {
        let x = (i as f64 - d) * scale;
        angle = PI * x;
        // Near 0 the rotated sines have no digits left; two terms of the series have them all.
        let near = x.abs() < 1e-4;
        out.push(if near { 1.0 - angle * angle * (5.0 / 27.0) } else { s1 * s3 / (angle * angle / 3.0) });
        (s1, c1) = (s1 * dc1 + c1 * ds1, c1 * dc1 - s1 * ds1);
        (s3, c3) = (s3 * dc3 + c3 * ds3, c3 * dc3 - s3 * ds3);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_sines_are_sines() {
        for (scale, reach) in [(1.0, 3), (0.37, 9), (0.01, 300)] {
            let c = Convolution { method: Resampling::Lanczos, scale: (scale, scale), reach: (reach, reach) };
            for d in [0.0, 1e-9, 0.25, 0.5, 0.999_999] {
                let taps = c.taps(d, reach, scale);
                let mut row = Vec::new();
                c.weigh(taps, d, scale, &mut row);
                for (i, w) in (taps.first..=taps.last).zip(&row) {
                    assert!((w - lanczos((i as f64 - d) * scale)).abs() < 1e-11, "{scale} {d} {i}");
                }
            }
        }
    }

    #[test]
    fn kernels_sum_to_one() {
        for method in [Resampling::Bilinear, Resampling::Cubic, Resampling::CubicSpline] {
            for d in [0.0, 0.2, 0.5, 0.9] {
                let sum: f64 = (-3..=4).map(|i| kernel(method, i as f64 - d)).filter(|w| *w > -0.1).sum();
                assert!((sum - 1.0).abs() < 1e-12 || method == Resampling::CubicSpline, "{method} {d} {sum}");
            }
        }
    }
}
