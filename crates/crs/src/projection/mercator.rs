//! Mercator on the ellipsoid, and on the sphere (web Mercator).
//!
//! EPSG Guidance Note 7-2, methods 9804, 9805 and 1024; the inverse is a series in the conformal latitude.

use super::Kernel;
use super::latitude::Series;
use crate::math::{atan, exp, ln, sincos};
use crate::spheroid::Spheroid;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Mercator {
    /// Radius of the equator times the scale factor there, metres.
    radius: f64,
    y0: f64,
    conformal: Series,
    geographic: Series,
}

impl Mercator {
    pub(super) fn new(s: Spheroid, k0: f64, lat0: f64) -> Self {
        let n = s.n();
        let radius = s.a * k0;
        Self {
            radius,
            y0: if lat0 == 0.0 { 0.0 } else { radius * s.psi(lat0) },
            conformal: Series::conformal(n),
            geographic: Series::from_conformal(n),
        }
    }
}

/// ln(tan(pi/4 + chi/2)) from the sine and cosine of chi.
#[inline(always)]
pub(super) fn isometric(sin: f64, cos: f64) -> f64 {
    ln((1.0 + sin.abs()) / cos.abs()).copysign(sin)
}

impl Kernel for Mercator {
    #[inline(always)]
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (s, c) = sincos(lat);
        let (s, c) = self.conformal.rotate(s, c);
        (self.radius * lon, self.radius * isometric(s, c) - self.y0)
    }

    #[inline(always)]
    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let e = exp((y + self.y0) / self.radius);
        let r = 1.0 / e;
        let sh = 0.5 * (e - r);
        let sech = 2.0 / (e + r);
        let chi = atan(sh);
        (x / self.radius, chi + self.geographic.correction(sh * sech, sech))
    }
}

/// Mercator of a sphere: no latitude series.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SphericalMercator {
    radius: f64,
}

impl SphericalMercator {
    pub(super) fn new(radius: f64) -> Self {
        Self { radius }
    }
}

impl Kernel for SphericalMercator {
    #[inline(always)]
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (s, c) = sincos(lat);
        (self.radius * lon, self.radius * isometric(s, c))
    }

    #[inline(always)]
    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let e = exp(y / self.radius);
        (x / self.radius, atan(0.5 * (e - 1.0 / e)))
    }
}
