//! The kernels as functions, and weights of a row of taps.

use super::Convolution;
use raster_core::Resampling;
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
    libm::sin(p) * libm::sin(p / 3.0) / (p * p / 3.0)
}

/// Taps along one axis: offsets from the pixel left of the position, and how far it is from that pixel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Taps {
    pub(crate) first: i64,
    pub(crate) last: i64,
}

/// Most taps of a kernel that is not widened.
pub(crate) const FIXED: usize = 6;

/// Weights of the taps of a kernel that is not widened: of Lanczos at -2 to 3, of cubic spline at -1 to 2 (and
/// two zeros). Written without branches on positions and without library calls, so that a loop over
/// positions vectorises; every path uses it, so that all have the same bits.
#[inline(always)]
pub(crate) fn fixed(method: Resampling, d: f64) -> [f64; FIXED] {
    if method == Resampling::Lanczos {
        return lanczos_fixed(d);
    }
    let (e, d2) = (1.0 - d, d * d);
    let near = |v2: f64, v3: f64| (4.0 - 6.0 * v2 + 3.0 * v3) / 6.0;
    [e * e * e / 6.0, near(d2, d2 * d), near(e * e, e * e * e), d2 * d / 6.0, 0.0, 0.0]
}

/// sin(πt) and sin(πt/3), cos(πt/3) by Taylor polynomials; t in [0, 1]. Errors below 2e-15.
#[inline(always)]
fn sines(t: f64) -> (f64, f64, f64) {
    // sin(πt) is symmetric about 1/2: the argument stays below π/2.
    let u = PI * if t > 0.5 { 1.0 - t } else { t };
    let v = PI / 3.0 * t;
    let sine = |x: f64| {
        let z = x * x;
        let tail = 1.0 / 355_687_428_096_000.0 - z / 121_645_100_408_832_000.0;
        let p = ((((((tail * z - 1.0 / 1_307_674_368_000.0) * z + 1.0 / 6_227_020_800.0) * z
            - 1.0 / 39_916_800.0)
            * z
            + 1.0 / 362_880.0)
            * z
            - 1.0 / 5040.0)
            * z
            + 1.0 / 120.0)
            * z
            - 1.0 / 6.0;
        x + x * z * p
    };
    let z = v * v;
    let cosine =
        ((((((1.0 / 20_922_789_888_000.0 * z - 1.0 / 87_178_291_200.0) * z + 1.0 / 479_001_600.0) * z
            - 1.0 / 3_628_800.0)
            * z
            + 1.0 / 40_320.0)
            * z
            - 1.0 / 720.0)
            * z
            + 1.0 / 24.0)
            * z
            - 0.5;
    (sine(u), sine(v), 1.0 + z * cosine)
}

#[inline(always)]
fn lanczos_fixed(d: f64) -> [f64; FIXED] {
    // sin(π(i-d)) = ∓sin(πd), and sin(π(i-d)/3) turns with i by sixths of a circle.
    let (s1, s3, c3) = sines(d);
    let h = 0.866_025_403_784_438_6;
    // sin and cos of πi/3 for i = -2 … 3.
    let turns = [(-h, -0.5), (-h, 0.5), (0.0, 1.0), (h, 0.5), (h, -0.5), (0.0, -1.0)];
    let mut out = [0.0; FIXED];
    for (k, (s, c)) in turns.into_iter().enumerate() {
        let x = PI * (k as f64 - 2.0 - d);
        let one = if k % 2 == 0 { -s1 } else { s1 };
        let third = s * c3 - c * s3;
        // Near the pixel itself the sines have lost their digits; two terms of the series have them all.
        let near = x.abs() < 3e-4;
        out[k] = if near { 1.0 - x * x * (5.0 / 27.0) } else { one * third / (x * x / 3.0) };
    }
    out
}

impl Convolution {
    /// Is the kernel not widened along either axis?
    #[inline(always)]
    pub(crate) fn is_fixed(&self) -> bool {
        self.scale == (1.0, 1.0)
    }

    /// The taps for a fraction `d` in [0, 1) along one axis, before the raster's edge is looked at.
    #[inline]
    pub(crate) fn taps(&self, d: f64, reach: usize, scale: f64) -> Taps {
        if self.is_fixed() {
            return Taps { first: 1 - reach as i64, last: reach as i64 };
        }
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
        if self.is_fixed() {
            let all = fixed(self.method, d);
            // The first of all is at 1 - radius.
            let at = |i: i64| (i + self.method.radius() as i64 - 1) as usize;
            out.extend(all.iter().take(at(taps.last + 1)).skip(at(taps.first)));
        } else if self.method == Resampling::Lanczos {
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
    let ((mut s1, mut c1), (mut s3, mut c3)) = (libm::sincos(angle), libm::sincos(angle / 3.0));
    let ((ds1, dc1), (ds3, dc3)) = (libm::sincos(step), libm::sincos(step / 3.0));
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
    fn fixed_weights_are_the_kernels() {
        for method in [Resampling::CubicSpline, Resampling::Lanczos] {
            for d in [0.0, 1e-12, 1e-6, 0.1, 0.5, 0.7, 0.999_999_999] {
                for (k, w) in fixed(method, d).iter().enumerate().take(2 * method.radius()) {
                    let x = k as f64 + 1.0 - method.radius() as f64 - d;
                    assert!(
                        (w - kernel(method, x)).abs() < 1e-12,
                        "{method} {d} {k}: {w} {}",
                        kernel(method, x)
                    );
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
