//! Transverse Mercator on the ellipsoid: Krueger's series to n^6.
//!
//! R. E. Deakin, M. N. Hunter, C. F. F. Karney, "The Gauss-Krueger projection" (2010); coefficients from Karney,
//! "Transverse Mercator with an accuracy of a few nanometers", J. Geodesy 85 (2011). Below 5 nm within 3900 km of the
//! central meridian.

use super::Kernel;
use super::latitude::{Series, coefficients, rectifying_radius};
use crate::math::{asinh, atan2, exp, sincos};
use crate::spheroid::Spheroid;

const FORWARD: [&[f64]; 6] = [
    &[0.5, -2.0 / 3.0, 5.0 / 16.0, 41.0 / 180.0, -127.0 / 288.0, 7891.0 / 37800.0],
    &[13.0 / 48.0, -3.0 / 5.0, 557.0 / 1440.0, 281.0 / 630.0, -1_983_433.0 / 1_935_360.0],
    &[61.0 / 240.0, -103.0 / 140.0, 15061.0 / 26880.0, 167_603.0 / 181_440.0],
    &[49561.0 / 161_280.0, -179.0 / 168.0, 6_601_661.0 / 7_257_600.0],
    &[34729.0 / 80640.0, -3_418_889.0 / 1_995_840.0],
    &[212_378_941.0 / 319_334_400.0],
];
const INVERSE: [&[f64]; 6] = [
    &[-0.5, 2.0 / 3.0, -37.0 / 96.0, 1.0 / 360.0, 81.0 / 512.0, -96199.0 / 604_800.0],
    &[-1.0 / 48.0, -1.0 / 15.0, 437.0 / 1440.0, -46.0 / 105.0, 1_118_711.0 / 3_870_720.0],
    &[-17.0 / 480.0, 37.0 / 840.0, 209.0 / 4480.0, -5569.0 / 90720.0],
    &[-4397.0 / 161_280.0, 11.0 / 504.0, 830_251.0 / 7_257_600.0],
    &[-4583.0 / 161_280.0, 108_847.0 / 3_991_680.0],
    &[-20_648_693.0 / 638_668_800.0],
];
/// Beyond this the series means nothing (about 150 degrees from the central meridian at the equator), as in PROJ.
const ETA_LIMIT: f64 = 2.623_395_162_778;

#[derive(Clone, Copy, Debug)]
pub(crate) struct TransverseMercator {
    /// Rectifying radius times the scale factor, metres.
    radius: f64,
    /// Northing of the latitude of origin over `radius`.
    xi0: f64,
    alpha: [f64; 6],
    beta: [f64; 6],
    conformal: Series,
    geographic: Series,
}

impl TransverseMercator {
    pub(super) fn new(s: Spheroid, lat0: f64, k0: f64) -> Self {
        let n = s.n();
        let conformal = Series::conformal(n);
        let alpha = coefficients(&FORWARD, n);
        let chi0 = conformal.convert(lat0);
        let xi0 = chi0 + (0..6).map(|k| alpha[k] * libm::sin(2.0 * (k as f64 + 1.0) * chi0)).sum::<f64>();
        Self {
            radius: s.a * k0 * rectifying_radius(n),
            xi0,
            alpha,
            beta: coefficients(&INVERSE, n),
            conformal,
            geographic: Series::from_conformal(n),
        }
    }
}

/// Imaginary and real part of `sum c[k] sin(2 (k + 1) (xi + i eta))` (Clenshaw), given the functions of 2 xi and 2 eta.
#[inline(always)]
fn complex_series(c: &[f64; 6], sin: f64, cos: f64, sinh: f64, cosh: f64) -> (f64, f64) {
    let r = 2.0 * cos * cosh;
    let i = -2.0 * sin * sinh;
    let (mut hr, mut hi, mut h1r, mut h1i) = (c[5], 0.0, 0.0, 0.0);
    for k in (0..5).rev() {
        let (h2r, h2i) = (h1r, h1i);
        (h1r, h1i) = (hr, hi);
        hr = r * h1r - i * h1i - h2r + c[k];
        hi = r * h1i + i * h1r - h2i;
    }
    let (a, b) = (sin * cosh, cos * sinh);
    (a * hr - b * hi, a * hi + b * hr)
}

impl Kernel for TransverseMercator {
    #[inline(always)]
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (s, c) = sincos(lat);
        let (s, c) = self.conformal.rotate(s, c);
        let (sl, cl) = sincos(lon);
        let d = c * cl;
        let inv = 1.0 / (s * s + d * d).sqrt();
        let t = sl * c * inv;
        let xi = atan2(s, d);
        let eta = asinh(t);
        // double angles without further transcendental functions
        let two = 2.0 * inv;
        let two2 = two * inv;
        let dt = d * two2;
        let (dx, dy) = complex_series(&self.alpha, s * dt, d * dt - 1.0, t * two, two2 - 1.0);
        let eta = eta + dy;
        let x = self.radius * eta;
        let y = self.radius * (xi + dx - self.xi0);
        let valid = eta.abs() <= ETA_LIMIT;
        (if valid { x } else { f64::NAN }, if valid { y } else { f64::NAN })
    }

    #[inline(always)]
    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let xi = y / self.radius + self.xi0;
        let eta = x / self.radius;
        let valid = eta.abs() <= ETA_LIMIT;
        let eta = if valid { eta } else { f64::NAN };
        let (s, c) = sincos(2.0 * xi);
        let e = exp(2.0 * eta);
        let half = 0.5 / e;
        let (dx, dy) = complex_series(&self.beta, s, c, 0.5 * e - half, 0.5 * e + half);
        let (s, c) = sincos(xi + dx);
        let e = exp(eta + dy);
        let sh = 0.5 * (e - 1.0 / e);
        let lon = atan2(sh, c);
        let m = (sh * sh + c * c).sqrt();
        let chi = atan2(s, m);
        let inv = 1.0 / (sh * sh + 1.0).sqrt();
        (lon, chi + self.geographic.correction(s * inv, m * inv))
    }
}
