//! Azimuthal projections: equidistant (with the Guam variant), orthographic, gnomonic, geostationary.
//!
//! EPSG Guidance Note 7-2, methods 1125, 9832 (both by exact geodesics, as PROJ), 9831, 1130 and 9840; geostationary:
//! CGMS 03, "LRIT/HRIT global specification", 4.4.3.

use std::f64::consts::FRAC_PI_2;

use super::latitude::{Series, rectifying_radius};
use super::{Kernel, geodesic, newton};
use crate::spheroid::Spheroid;

#[derive(Clone, Copy, Debug)]
pub(crate) struct AzimuthalEquidistant {
    s: Spheroid,
    lat0: f64,
    /// 1 and -1 at the poles, else 0.
    pole: f64,
    meridian: f64,
    quarter: f64,
    rectifying: Series,
    geographic: Series,
}

impl AzimuthalEquidistant {
    pub(super) fn new(s: Spheroid, lat0: f64) -> Self {
        let n = s.n();
        let polar = FRAC_PI_2 - lat0.abs() < 1e-10;
        let meridian = s.a * rectifying_radius(n);
        Self {
            s,
            lat0,
            pole: if polar { 1f64.copysign(lat0) } else { 0.0 },
            meridian,
            quarter: meridian * FRAC_PI_2,
            rectifying: Series::rectifying(n),
            geographic: Series::from_rectifying(n),
        }
    }
}

impl Kernel for AzimuthalEquidistant {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        if self.pole != 0.0 {
            let rho = self.quarter - self.pole * self.meridian * self.rectifying.convert(lat);
            return (rho * libm::sin(lon), -self.pole * rho * libm::cos(lon));
        }
        let (distance, azimuth) = geodesic::inverse(self.s, self.lat0, lat, lon);
        (distance * libm::sin(azimuth), distance * libm::cos(azimuth))
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let distance = libm::hypot(x, y);
        if self.pole != 0.0 {
            let mu = self.pole * (self.quarter - distance) / self.meridian;
            return (libm::atan2(x, -self.pole * y), self.geographic.convert(mu));
        }
        geodesic::direct(self.s, self.lat0, distance, libm::atan2(x, y))
    }
}

/// The simplified azimuthal equidistant of Guam.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guam {
    s: Spheroid,
    meridian: f64,
    m0: f64,
    rectifying: Series,
    geographic: Series,
}

impl Guam {
    pub(super) fn new(s: Spheroid, lat0: f64) -> Self {
        let n = s.n();
        let meridian = s.a * rectifying_radius(n);
        let rectifying = Series::rectifying(n);
        Self {
            s,
            meridian,
            m0: meridian * rectifying.convert(lat0),
            rectifying,
            geographic: Series::from_rectifying(n),
        }
    }
}

impl Kernel for Guam {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (sin, cos) = libm::sincos(lat);
        let x = self.s.a * self.s.m(lat) * lon;
        (
            x,
            self.meridian * self.rectifying.convert(lat) - self.m0
                + 0.5 * x * lon * sin * if cos > 0.0 { 1.0 } else { 0.0 },
        )
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let lat = self.geographic.convert((y + self.m0) / self.meridian);
        let guess = (x / (self.s.a * self.s.m(lat)), lat);
        newton::solve(|lon, lat| self.forward(lon, lat), (x, y), guess)
    }
}

/// Orthographic on the ellipsoid, turned and scaled as "Local Orthographic" wants it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Orthographic {
    s: Spheroid,
    sin0: f64,
    cos0: f64,
    lat0: f64,
    nu0: f64,
    /// Scale times cosine and sine of the azimuth of the y axis.
    turn: [f64; 2],
}

impl Orthographic {
    pub(super) fn new(s: Spheroid, lat0: f64, azimuth: f64, k: f64) -> Self {
        let (sin0, cos0) = libm::sincos(lat0);
        let nu0 = s.a / (1.0 - s.e2 * sin0 * sin0).sqrt();
        Self { s, sin0, cos0, lat0, nu0, turn: [k * libm::cos(azimuth), k * libm::sin(azimuth)] }
    }

    fn level(&self, lon: f64, lat: f64) -> (f64, f64) {
        let ((s, c), (sl, cl)) = (libm::sincos(lat), libm::sincos(lon));
        let nu = self.s.a / (1.0 - self.s.e2 * s * s).sqrt();
        let x = nu * c * sl;
        let y = nu * (s * self.cos0 - c * self.sin0 * cl)
            + self.s.e2 * (self.nu0 * self.sin0 - nu * s) * self.cos0;
        (x, y)
    }
}

impl Kernel for Orthographic {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        if self.sin0 * libm::sin(lat) + self.cos0 * libm::cos(lat) * libm::cos(lon) < -1e-10 {
            return (f64::NAN, f64::NAN);
        }
        let (x, y) = self.level(lon, lat);
        let [c, s] = self.turn;
        (c * x - s * y, s * x + c * y)
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let [c, s] = self.turn;
        let k2 = c * c + s * s;
        let (x, y) = ((c * x + s * y) / k2, (c * y - s * x) / k2);
        // the sphere gives the first guess
        let (u, v) = (x / self.s.a, y / self.s.a);
        let r2 = u * u + v * v;
        if r2 > 1.0 {
            return (f64::NAN, f64::NAN);
        }
        let w = (1.0 - r2).sqrt();
        let guess =
            (libm::atan2(u, w * self.cos0 - v * self.sin0), libm::asin(w * self.sin0 + v * self.cos0));
        if self.s.e2 == 0.0 {
            return guess;
        }
        if r2 == 0.0 {
            return (0.0, self.lat0);
        }
        newton::solve(|lon, lat| self.level(lon, lat), (x, y), guess)
    }
}

/// Gnomonic: geodesics through the centre are straight (Karney 2013, section 8).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gnomonic {
    s: Spheroid,
    lat0: f64,
    sin0: f64,
    cos0: f64,
}

impl Gnomonic {
    pub(super) fn new(s: Spheroid, lat0: f64) -> Self {
        Self { s, lat0, sin0: libm::sin(lat0), cos0: libm::cos(lat0) }
    }
}

impl Kernel for Gnomonic {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let ((s, c), (sl, cl)) = (libm::sincos(lat), libm::sincos(lon));
        let cos_c = self.sin0 * s + self.cos0 * c * cl;
        if cos_c <= 1e-10 {
            return (f64::NAN, f64::NAN);
        }
        if self.s.e2 == 0.0 {
            let k = self.s.a / cos_c;
            return (k * c * sl, k * (self.cos0 * s - self.sin0 * c * cl));
        }
        let (_, azimuth, sigma) = geodesic::inverse_arc(self.s, self.lat0, lat, lon);
        let (reduced, scale) = geodesic::lengths(self.s, self.lat0, azimuth, sigma);
        if scale <= 0.0 {
            return (f64::NAN, f64::NAN);
        }
        let (sa, ca) = libm::sincos(azimuth);
        (reduced / scale * sa, reduced / scale * ca)
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let (u, v) = (x / self.s.a, y / self.s.a);
        let up = self.sin0 + v * self.cos0;
        let toward = self.cos0 - v * self.sin0;
        if self.s.e2 == 0.0 {
            return (libm::atan2(u, toward), libm::atan2(up, libm::hypot(u, toward)));
        }
        let (azimuth, rho) = (libm::atan2(x, y), libm::hypot(x, y));
        let mut distance = self.s.a * libm::atan(rho / self.s.a);
        for _ in 0..20 {
            let (lon, lat, sigma) = geodesic::direct_arc(self.s, self.lat0, distance, azimuth);
            let (m, scale) = geodesic::lengths(self.s, self.lat0, azimuth, sigma);
            // the smaller of rho and its reciprocal changes slowly
            let step = if rho <= self.s.a { (m - rho * scale) * scale } else { (m - rho * scale) * m / rho };
            distance -= step;
            if step.abs() < 1e-9 {
                return (lon, lat);
            }
        }
        (f64::NAN, f64::NAN)
    }
}

/// View from a geostationary satellite: scanning angles times the height.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Geostationary {
    s: Spheroid,
    height: f64,
    /// Whether the outer scanning axis is x (GOES) rather than y (Meteosat).
    sweep_x: bool,
}

impl Geostationary {
    pub(super) fn new(s: Spheroid, height: f64, sweep_x: bool) -> Self {
        Self { s, height, sweep_x }
    }
}

impl Kernel for Geostationary {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let one_es = 1.0 - self.s.e2;
        let centric = libm::atan(one_es * libm::tan(lat));
        let (s, c) = libm::sincos(centric);
        let r = one_es.sqrt() / (1.0 - self.s.e2 * c * c).sqrt();
        let g = 1.0 + self.height / self.s.a;
        let (x, y, z) = (r * libm::cos(lon) * c, r * libm::sin(lon) * c, r * s);
        let ahead = g - x;
        // behind the horizon
        if ahead * x - y * y - z * z / one_es < 0.0 {
            return (f64::NAN, f64::NAN);
        }
        let (a, b) = if self.sweep_x {
            (libm::atan(y / libm::hypot(z, ahead)), libm::atan(z / ahead))
        } else {
            (libm::atan(y / ahead), libm::atan(z / libm::hypot(y, ahead)))
        };
        (self.height * a, self.height * b)
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let one_es = 1.0 - self.s.e2;
        let g = 1.0 + self.height / self.s.a;
        let (tx, ty) = (libm::tan(x / self.height), libm::tan(y / self.height));
        let (vy, vz) =
            if self.sweep_x { (tx * libm::hypot(1.0, ty), ty) } else { (tx, ty * libm::hypot(1.0, tx)) };
        let a = vz * vz / one_es + vy * vy + 1.0;
        let b = -2.0 * g;
        let det = b * b - 4.0 * a * (g * g - 1.0);
        if det < 0.0 {
            return (f64::NAN, f64::NAN);
        }
        let k = (-b - det.sqrt()) / (2.0 * a);
        let (px, py, pz) = (g - k, k * vy, k * vz);
        (libm::atan2(py, px), libm::atan(pz / libm::hypot(px, py) / one_es))
    }
}
