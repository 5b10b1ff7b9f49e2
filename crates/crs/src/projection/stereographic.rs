//! Stereographic projections: of the conformal sphere (polar and oblique) and of Gauss's conformal sphere ("double").
//!
//! EPSG Guidance Note 7-2, methods 9810, 9829, 9830 and 9809; oblique "Stereographic": Snyder, USGS PP 1395, p. 160.

use std::f64::consts::FRAC_PI_2;

use super::Kernel;
use super::latitude::Series;
use super::mercator::isometric;
use crate::math::{atan2, exp, sincos};
use crate::spheroid::Spheroid;

/// From a sphere with the centre at a latitude to the plane, one formula for every aspect.
#[derive(Clone, Copy, Debug)]
struct Plane {
    /// Distance from the plane to the point of view, metres: twice the radius times the scale at the centre.
    scale: f64,
    sin0: f64,
    cos0: f64,
}

impl Plane {
    /// From sine and cosine of the latitude and of the longitude.
    #[inline(always)]
    fn forward(&self, s: f64, c: f64, sl: f64, cl: f64) -> (f64, f64) {
        let b = 1.0 + self.sin0 * s + self.cos0 * c * cl;
        // the antipode is at infinity
        let k = if b < 1e-10 { f64::NAN } else { self.scale / b };
        (k * c * sl, k * (self.cos0 * s - self.sin0 * c * cl))
    }

    /// Longitude, sine and cosine of the latitude.
    #[inline(always)]
    fn inverse(&self, x: f64, y: f64) -> (f64, f64, f64) {
        let (x, y) = (x / self.scale, y / self.scale);
        let u = x * x + y * y;
        let inv = 1.0 / (1.0 + u);
        let cos_c = (1.0 - u) * inv;
        let g = 2.0 * inv;
        let east = x * g;
        let toward = self.cos0 * cos_c - self.sin0 * y * g;
        let up = self.sin0 * cos_c + self.cos0 * y * g;
        (atan2(east, toward), up, (east * east + toward * toward).sqrt())
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Stereographic {
    plane: Plane,
    conformal: Series,
    geographic: Series,
}

impl Stereographic {
    /// Centred at a pole, with the scale factor there.
    pub(super) fn polar(s: Spheroid, north: bool, k0: f64) -> Self {
        let e = s.e();
        let scale = 2.0 * s.a * k0 / (libm::pow(1.0 + e, 1.0 + e) * libm::pow(1.0 - e, 1.0 - e)).sqrt();
        Self::with(s, scale, if north { FRAC_PI_2 } else { -FRAC_PI_2 })
    }

    /// Centred at a pole, true to scale times `k0` along the parallel `lat_ts`.
    pub(super) fn polar_true_at(s: Spheroid, north: bool, lat_ts: f64, k0: f64) -> Self {
        let lat_ts = lat_ts.abs();
        if FRAC_PI_2 - lat_ts < 1e-10 {
            return Self::polar(s, north, k0);
        }
        Self::with(s, s.a * k0 * s.m(lat_ts) / s.t(lat_ts), if north { FRAC_PI_2 } else { -FRAC_PI_2 })
    }

    /// Centred anywhere but at a pole.
    pub(super) fn oblique(s: Spheroid, lat0: f64, k0: f64) -> Self {
        let chi0 = Series::conformal(s.n()).convert(lat0);
        Self::with(s, 2.0 * s.a * k0 * s.m(lat0) / libm::cos(chi0), lat0)
    }

    fn with(s: Spheroid, scale: f64, lat0: f64) -> Self {
        let conformal = Series::conformal(s.n());
        let polar = (lat0.abs() - FRAC_PI_2).abs() < 1e-10;
        let (sin0, cos0) =
            if polar { (1f64.copysign(lat0), 0.0) } else { libm::sincos(conformal.convert(lat0)) };
        Self { plane: Plane { scale, sin0, cos0 }, conformal, geographic: Series::from_conformal(s.n()) }
    }

    /// Radius on the map of a parallel: the shift between variants B and C of the polar aspect.
    pub(super) fn parallel_radius(&self, lat: f64) -> f64 {
        self.forward(0.0, lat).1.abs()
    }
}

impl Kernel for Stereographic {
    #[inline(always)]
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (s, c) = sincos(lat);
        let (s, c) = self.conformal.rotate(s, c);
        let (sl, cl) = sincos(lon);
        self.plane.forward(s, c, sl, cl)
    }

    #[inline(always)]
    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let (lon, s, c) = self.plane.inverse(x, y);
        (lon, atan2(s, c) + self.geographic.correction(s, c))
    }
}

/// Oblique (double) stereographic: ellipsoid to Gauss's conformal sphere, sphere to plane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DoubleStereographic {
    plane: Plane,
    /// Longitudes on the sphere over longitudes on the ellipsoid.
    n: f64,
    /// Added to n times the isometric latitude to give that of the sphere.
    shift: f64,
    conformal: Series,
    geographic: Series,
}

impl DoubleStereographic {
    pub(super) fn new(s: Spheroid, lat0: f64, k0: f64) -> Self {
        let (sin0, cos0) = libm::sincos(lat0);
        let w = 1.0 - s.e2 * sin0 * sin0;
        let radius = s.a * (1.0 - s.e2).sqrt() / w;
        let n = (1.0 + s.e2 * cos0.powi(4) / (1.0 - s.e2)).sqrt();
        let chi0 = libm::asin(sin0 / n);
        Self {
            plane: Plane { scale: 2.0 * radius * k0, sin0: libm::sin(chi0), cos0: libm::cos(chi0) },
            n,
            shift: libm::asinh(libm::tan(chi0)) - n * s.psi(lat0),
            conformal: Series::conformal(s.n()),
            geographic: Series::from_conformal(s.n()),
        }
    }
}

impl Kernel for DoubleStereographic {
    #[inline(always)]
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (s, c) = sincos(lat);
        let (s, c) = self.conformal.rotate(s, c);
        let e = exp(self.n * isometric(s, c) + self.shift);
        let r = 1.0 / e;
        let sech = 2.0 / (e + r);
        let (sl, cl) = sincos(self.n * lon);
        self.plane.forward(0.5 * (e - r) * sech, sech, sl, cl)
    }

    #[inline(always)]
    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let (lon, s, c) = self.plane.inverse(x, y);
        let e = exp((isometric(s, c) - self.shift) / self.n);
        let r = 1.0 / e;
        let sech = 2.0 / (e + r);
        let sh = 0.5 * (e - r);
        let chi = atan2(sh, 1.0);
        (lon / self.n, chi + self.geographic.correction(sh * sech, sech))
    }
}
