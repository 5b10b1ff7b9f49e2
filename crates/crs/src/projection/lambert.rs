//! Lambert conformal conic, every variant: a cone constant, a radius at the origin, a factor.
//!
//! EPSG Guidance Note 7-2, methods 9801, 9802, 9803, 1051, 1102 and 9826.

use std::f64::consts::FRAC_PI_2;

use super::Kernel;
use super::latitude::Series;
use super::mercator::isometric;
use crate::math::{atan, atan2, exp, ln, sincos};
use crate::spheroid::Spheroid;

#[derive(Clone, Copy, Debug)]
pub(crate) struct LambertConic {
    /// Sine of the latitude where the cone touches; its sign is the hemisphere of the apex.
    n: f64,
    /// Radius of the equator on the map, metres.
    f: f64,
    /// Radius of the latitude of origin on the map, metres.
    rho0: f64,
    conformal: Series,
    geographic: Series,
}

impl LambertConic {
    /// With two standard parallels (equal for one), latitude of origin `lat0`, and a further scale factor.
    /// None when the parallels are opposite, at a pole, or the cone is a cylinder.
    pub(super) fn new(s: Spheroid, lat0: f64, lat1: f64, lat2: f64, k0: f64) -> Option<Self> {
        if (lat1 + lat2).abs() < 1e-10 || libm::cos(lat1) < 1e-10 || libm::cos(lat2) < 1e-10 {
            return None;
        }
        let (m1, t1) = (s.m(lat1), s.t(lat1));
        let n = if (lat1 - lat2).abs() < 1e-10 {
            libm::sin(lat1)
        } else {
            libm::log(m1 / s.m(lat2)) / libm::log(t1 / s.t(lat2))
        };
        let f = s.a * k0 * m1 * libm::pow(t1, -n) / n;
        let at_apex = (lat0.abs() - FRAC_PI_2).abs() < 1e-10;
        let rho0 = if at_apex { 0.0 } else { f * libm::pow(s.t(lat0), n) };
        (n.is_finite() && f.is_finite() && rho0.is_finite()).then(|| Self {
            n,
            f,
            rho0,
            conformal: Series::conformal(s.n()),
            geographic: Series::from_conformal(s.n()),
        })
    }
}

impl Kernel for LambertConic {
    #[inline(always)]
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (s, c) = sincos(lat);
        let (s, c) = self.conformal.rotate(s, c);
        let rho = self.f * exp(-self.n * isometric(s, c));
        let (sl, cl) = sincos(self.n * lon);
        // the far pole is at infinity
        let far = (FRAC_PI_2 - lat.abs() < 1e-10) & (lat * self.n <= 0.0);
        let rho = if far { f64::NAN } else { rho };
        (rho * sl, self.rho0 - rho * cl)
    }

    #[inline(always)]
    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let sign = 1f64.copysign(self.n);
        let (x, y) = (sign * x, sign * (self.rho0 - y));
        let rho = (x * x + y * y).sqrt();
        let t = exp(ln(rho / self.f.abs()) / self.n);
        let t2 = t * t;
        let inv = 1.0 / (1.0 + t2);
        let chi = FRAC_PI_2 - 2.0 * atan(t);
        (atan2(x, y) / self.n, chi + self.geographic.correction((1.0 - t2) * inv, 2.0 * t * inv))
    }
}
