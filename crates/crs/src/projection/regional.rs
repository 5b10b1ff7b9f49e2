//! Projections of one country each: Colombia Urban (EPSG method 1052), New Zealand Map Grid (9811), Laborde of
//! Madagascar (9813). EPSG Guidance Note 7-2; the inverses are exact rather than the published approximations.

use std::f64::consts::FRAC_PI_4;

use super::{Kernel, newton};
use crate::spheroid::Spheroid;

#[derive(Clone, Copy, Debug)]
pub(crate) struct ColombiaUrban {
    s: Spheroid,
    lat0: f64,
    h0: f64,
    nu0: f64,
    rho0: f64,
}

impl ColombiaUrban {
    pub(super) fn new(s: Spheroid, lat0: f64, h0: f64) -> Self {
        Self { s, lat0, h0, nu0: nu(s, lat0), rho0: rho(s, lat0) }
    }
}

/// Radius of curvature in the prime vertical.
fn nu(s: Spheroid, lat: f64) -> f64 {
    s.a / (1.0 - s.e2 * libm::sin(lat).powi(2)).sqrt()
}

/// Radius of curvature in the meridian.
fn rho(s: Spheroid, lat: f64) -> f64 {
    s.a * (1.0 - s.e2) / libm::pow(1.0 - s.e2 * libm::sin(lat).powi(2), 1.5)
}

impl Kernel for ColombiaUrban {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let east = lon * nu(self.s, lat) * libm::cos(lat);
        let g = 1.0 + self.h0 / rho(self.s, 0.5 * (lat + self.lat0));
        let b = libm::tan(self.lat0) / (2.0 * self.rho0 * self.nu0);
        ((1.0 + self.h0 / self.nu0) * east, g * self.rho0 * (lat - self.lat0 + b * east * east))
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let guess = (x / (self.nu0 * libm::cos(self.lat0)), self.lat0 + y / self.rho0);
        newton::solve(|lon, lat| self.forward(lon, lat), (x, y), guess)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct NewZealand {
    pub(super) a: f64,
    pub(super) lat0: f64,
}

impl Kernel for NewZealand {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        const PSI: [f64; 10] = [
            0.639_917_507_3,
            -0.135_879_761_3,
            0.063_294_409,
            -0.025_268_53,
            0.011_787_9,
            -0.005_516_1,
            0.002_690_6,
            -0.001_333,
            0.000_67,
            -0.000_34,
        ];
        const B: [(f64, f64); 6] = [
            (0.755_785_322_8, 0.0),
            (0.249_204_646, 0.003_371_507),
            (-0.001_541_739, 0.041_058_560),
            (-0.101_629_07, 0.017_276_09),
            (-0.266_234_89, -0.362_492_18),
            (-0.687_098_3, -1.165_196_7),
        ];
        // the polynomial is in units of 100 000 seconds of arc
        let d = (lat - self.lat0).to_degrees() * 3600.0 * 1e-5;
        let psi = d * PSI.iter().rev().fold(0.0, |sum, c| sum * d + c);
        let (zr, zi) = (psi, lon);
        let (r, i) =
            B.iter().rev().fold((0.0, 0.0), |(r, i), b| (r * zr - i * zi + b.0, r * zi + i * zr + b.1));
        (self.a * (r * zi + i * zr), self.a * (r * zr - i * zi))
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let guess = (x / (self.a * libm::cos(self.lat0)), self.lat0 + y / self.a);
        newton::solve(|lon, lat| self.forward(lon, lat), (x, y), guess)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Laborde {
    s: Spheroid,
    n: f64,
    c: f64,
    p0: f64,
    radius: f64,
    ca: f64,
    cb: f64,
}

impl Laborde {
    pub(super) fn new(s: Spheroid, lat0: f64, azimuth: f64, k: f64) -> Self {
        let radius = k * (nu(s, lat0) * rho(s, lat0)).sqrt();
        let p0 = libm::atan((rho(s, lat0) / nu(s, lat0)).sqrt() * libm::tan(lat0));
        let n = libm::sin(lat0) / libm::sin(p0);
        let c = libm::asinh(libm::tan(p0)) - n * s.psi(lat0);
        let cb = 1.0 / (12.0 * radius * radius);
        let (s2, c2) = libm::sincos(2.0 * azimuth);
        Self { s, n, c, p0, radius, ca: (1.0 - c2) * cb, cb: s2 * cb }
    }
}

impl Kernel for Laborde {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let n = self.n;
        let p = 2.0 * (libm::atan(libm::exp(n * self.s.psi(lat) + self.c)) - FRAC_PI_4);
        let (s, c) = libm::sincos(p);
        let (s2, c2) = (s * s, c * c);
        let i4 = n * c;
        let i2 = 0.5 * n * i4 * s;
        let i3 = i2 * n * n * (5.0 * c2 - s2) / 12.0;
        let i5 = i4 * n * n * (c2 - s2) / 6.0;
        let i6 = i4 * n.powi(4) * (5.0 * c2 * c2 + s2 * (s2 - 18.0 * c2)) / 120.0;
        let t = lon * lon;
        let x = self.radius * lon * (i4 + t * (i5 + t * i6));
        let y = self.radius * (p - self.p0 + t * (i2 + t * i3));
        let v1 = 3.0 * x * y * y - x * x * x;
        let v2 = y * y * y - 3.0 * x * x * y;
        (x + self.ca * v1 + self.cb * v2, y + self.ca * v2 - self.cb * v1)
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let guess = (x / (self.radius * libm::cos(self.p0)), self.p0 + y / self.radius);
        newton::solve(|lon, lat| self.forward(lon, lat), (x, y), guess)
    }
}
