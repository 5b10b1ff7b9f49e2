//! Oblique Mercator: Hotine's rectified skew orthomorphic, and the Swiss double projection.
//!
//! EPSG Guidance Note 7-2, methods 9812 and 9815 (Snyder, USGS PP 1395, p. 70); Swiss: swisstopo, "Formulas and constants
//! for the calculation of the Swiss conformal cylindrical projection", exact formulas.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

use super::Kernel;
use super::latitude::Series;
use super::mercator::isometric;
use crate::math::{atan2, exp, sincos};
use crate::spheroid::Spheroid;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Hotine {
    s: Spheroid,
    b: f64,
    e: f64,
    /// Metres per radian along the skew axes.
    a_over_b: f64,
    sin_gamma0: f64,
    cos_gamma0: f64,
    sin_rotation: f64,
    cos_rotation: f64,
    u0: f64,
    /// v of the poles.
    v_pole: [f64; 2],
    geographic: Series,
}

impl Hotine {
    /// Returns the kernel and the longitude of its origin minus that of the centre. `at_centre`: false origin at the
    /// centre (variant B), else at the natural origin (variant A).
    pub(super) fn new(
        s: Spheroid,
        lat_c: f64,
        azimuth: f64,
        rectified: f64,
        k: f64,
        at_centre: bool,
    ) -> Option<(Self, f64)> {
        let one_es = 1.0 - s.e2;
        let (sin_c, cos_c) = libm::sincos(lat_c);
        let con = 1.0 - s.e2 * sin_c * sin_c;
        let b = (1.0 + s.e2 * cos_c.powi(4) / one_es).sqrt();
        let a = b * k * one_es.sqrt() / con;
        let d = b * one_es.sqrt() / (cos_c * con.sqrt());
        let root = (d * d - 1.0).max(0.0).sqrt().copysign(lat_c);
        let f = d + root;
        let e = f * libm::pow(s.t(lat_c), b);
        let sin_g0 = libm::sin(azimuth) / d;
        let gamma0 = libm::asin(sin_g0.clamp(-1.0, 1.0));
        let shift = -libm::asin((0.5 * (f - 1.0 / f) * libm::tan(gamma0)).clamp(-1.0, 1.0)) / b;
        let a_over_b = s.a * a / b;
        let u0 = if at_centre {
            (a_over_b * libm::atan2(root.abs(), libm::cos(azimuth))).abs().copysign(lat_c)
        } else {
            0.0
        };
        let half = 0.5 * gamma0;
        let kernel = Self {
            s,
            b,
            e,
            a_over_b,
            sin_gamma0: libm::sin(gamma0),
            cos_gamma0: libm::cos(gamma0),
            sin_rotation: libm::sin(rectified),
            cos_rotation: libm::cos(rectified),
            u0,
            v_pole: [
                a_over_b * libm::log(libm::tan(FRAC_PI_4 - half)),
                a_over_b * libm::log(libm::tan(FRAC_PI_4 + half)),
            ],
            geographic: Series::from_conformal(s.n()),
        };
        (e.is_finite() && shift.is_finite() && a_over_b.is_finite()).then_some((kernel, shift))
    }
}

impl Kernel for Hotine {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (u, v) = if FRAC_PI_2 - lat.abs() > 1e-10 {
            let q = self.e / libm::pow(self.s.t(lat), self.b);
            let r = 1.0 / q;
            let (sh, ch) = (0.5 * (q - r), 0.5 * (q + r));
            let (sl, cl) = libm::sincos(self.b * lon);
            let w = (sh * self.sin_gamma0 - sl * self.cos_gamma0) / ch;
            if (w.abs() - 1.0).abs() < 1e-10 {
                return (f64::NAN, f64::NAN);
            }
            let v = 0.5 * self.a_over_b * libm::log((1.0 - w) / (1.0 + w));
            (self.a_over_b * libm::atan2(sh * self.cos_gamma0 + sl * self.sin_gamma0, cl), v)
        } else {
            (self.a_over_b * lat, self.v_pole[usize::from(lat < 0.0)])
        };
        let u = u - self.u0;
        (v * self.cos_rotation + u * self.sin_rotation, u * self.cos_rotation - v * self.sin_rotation)
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let v = x * self.cos_rotation - y * self.sin_rotation;
        let u = y * self.cos_rotation + x * self.sin_rotation + self.u0;
        let q = libm::exp(-v / self.a_over_b);
        let r = 1.0 / q;
        let (sh, ch) = (0.5 * (q - r), 0.5 * (q + r));
        let (su, cu) = libm::sincos(u / self.a_over_b);
        let w = (su * self.cos_gamma0 + sh * self.sin_gamma0) / ch;
        if (w.abs() - 1.0).abs() < 1e-14 {
            return (0.0, FRAC_PI_2.copysign(w));
        }
        let t = libm::pow(self.e / ((1.0 + w) / (1.0 - w)).sqrt(), 1.0 / self.b);
        let inv = 1.0 / (1.0 + t * t);
        let lat =
            FRAC_PI_2 - 2.0 * libm::atan(t) + self.geographic.correction((1.0 - t * t) * inv, 2.0 * t * inv);
        (-libm::atan2(sh * self.cos_gamma0 - su * self.sin_gamma0, cu) / self.b, lat)
    }
}

/// Ellipsoid to Gauss's conformal sphere, sphere to a cylinder along a tilted equator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SwissOblique {
    radius: f64,
    n: f64,
    shift: f64,
    sin0: f64,
    cos0: f64,
    conformal: Series,
    geographic: Series,
}

impl SwissOblique {
    pub(super) fn new(s: Spheroid, lat0: f64, k0: f64) -> Self {
        let (sin, cos) = libm::sincos(lat0);
        let n = (1.0 + s.e2 * cos.powi(4) / (1.0 - s.e2)).sqrt();
        let b0 = libm::asin(sin / n);
        Self {
            radius: s.a * k0 * (1.0 - s.e2).sqrt() / (1.0 - s.e2 * sin * sin),
            n,
            shift: libm::asinh(libm::tan(b0)) - n * s.psi(lat0),
            sin0: libm::sin(b0),
            cos0: libm::cos(b0),
            conformal: Series::conformal(s.n()),
            geographic: Series::from_conformal(s.n()),
        }
    }
}

impl Kernel for SwissOblique {
    #[inline(always)]
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (s, c) = sincos(lat);
        let (s, c) = self.conformal.rotate(s, c);
        let e = exp(self.n * isometric(s, c) + self.shift);
        let r = 1.0 / e;
        let cb = 2.0 / (e + r);
        let sb = 0.5 * (e - r) * cb;
        let (sl, cl) = sincos(self.n * lon);
        let toward = self.sin0 * sb + self.cos0 * cb * cl;
        let up = self.cos0 * sb - self.sin0 * cb * cl;
        let east = cb * sl;
        let flat = (toward * toward + east * east).sqrt();
        (self.radius * atan2(east, toward), self.radius * isometric(up, flat))
    }

    #[inline(always)]
    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let (sl, cl) = sincos(x / self.radius);
        let e = exp(y / self.radius);
        let r = 1.0 / e;
        let c = 2.0 / (e + r);
        let s = 0.5 * (e - r) * c;
        let up = self.cos0 * s + self.sin0 * c * cl;
        let toward = self.cos0 * c * cl - self.sin0 * s;
        let east = c * sl;
        let flat = (toward * toward + east * east).sqrt();
        let e = exp((isometric(up, flat) - self.shift) / self.n);
        let r = 1.0 / e;
        let sech = 2.0 / (e + r);
        let sh = 0.5 * (e - r);
        let chi = atan2(sh, 1.0);
        (atan2(east, toward) / self.n, chi + self.geographic.correction(sh * sech, sech))
    }
}
