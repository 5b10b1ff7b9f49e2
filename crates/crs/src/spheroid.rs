//! The figure of the Earth, and the functions of latitude that go with it.

use std::f64::consts::FRAC_PI_2;

/// Shape of the Earth as projections need it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spheroid {
    /// Semi-major axis, metres.
    pub(crate) a: f64,
    /// First eccentricity squared.
    pub(crate) e2: f64,
}

impl Spheroid {
    pub(crate) fn e(self) -> f64 {
        self.e2.sqrt()
    }
    /// Third flattening.
    pub(crate) fn n(self) -> f64 {
        let b = (1.0 - self.e2).sqrt();
        (1.0 - b) / (1.0 + b)
    }
    /// Radius of a parallel over `a`.
    pub(crate) fn m(self, lat: f64) -> f64 {
        let s = libm::sin(lat);
        libm::cos(lat) / (1.0 - self.e2 * s * s).sqrt()
    }
    /// Isometric latitude.
    pub(crate) fn psi(self, lat: f64) -> f64 {
        let (s, e) = (libm::sin(lat), self.e());
        libm::asinh(libm::tan(lat)) - e * libm::atanh(e * s)
    }
    /// tan(pi/4 - chi/2) of the conformal latitude chi, accurate at both poles.
    pub(crate) fn t(self, lat: f64) -> f64 {
        let (s, e) = (libm::sin(lat), self.e());
        let half = if lat > 0.0 { libm::cos(lat) / (1.0 + s) } else { (1.0 - s) / libm::cos(lat) };
        half * libm::exp(e * libm::atanh(e * s))
    }
    /// Authalic function at a pole: 2 for the sphere.
    pub(crate) fn qp(self) -> f64 {
        self.q(FRAC_PI_2)
    }
    pub(crate) fn q(self, lat: f64) -> f64 {
        let (s, e) = (libm::sin(lat), self.e());
        if e < 1e-9 {
            return 2.0 * s;
        }
        (1.0 - self.e2) * (s / (1.0 - self.e2 * s * s) + libm::atanh(e * s) / e)
    }
}
