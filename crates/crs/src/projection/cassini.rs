//! Cassini-Soldner and its hyperbolic variant: EPSG Guidance Note 7-2, methods 9806 and 9833.

use super::latitude::{Series, rectifying_radius};
use super::{Kernel, newton};
use crate::spheroid::Spheroid;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Cassini {
    s: Spheroid,
    /// Metres per radian of rectifying latitude.
    meridian: f64,
    m0: f64,
    hyperbolic: bool,
    rectifying: Series,
    geographic: Series,
}

impl Cassini {
    pub(super) fn new(s: Spheroid, lat0: f64, hyperbolic: bool) -> Self {
        let n = s.n();
        let meridian = s.a * rectifying_radius(n);
        let rectifying = Series::rectifying(n);
        let geographic = Series::from_rectifying(n);
        Self { s, meridian, m0: meridian * rectifying.convert(lat0), hyperbolic, rectifying, geographic }
    }
}

impl Kernel for Cassini {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (sin, cos) = libm::sincos(lat);
        let m = self.meridian * self.rectifying.convert(lat);
        let e2 = self.s.e2;
        let nu2 = 1.0 / (1.0 - e2 * sin * sin);
        let nu = self.s.a * nu2.sqrt();
        let tan = sin / cos;
        let t = tan * tan;
        let a2 = (lon * cos).powi(2);
        let c = e2 * cos * cos / (1.0 - e2);
        let x = nu * lon * cos * (1.0 - a2 * t * (1.0 / 6.0 + (8.0 - t + 8.0 * c) * a2 / 120.0));
        let mut y = m - self.m0 + nu * tan * a2 * (0.5 + (5.0 - t + 6.0 * c) * a2 / 24.0);
        if self.hyperbolic {
            let rho = nu * (1.0 - e2) * nu2;
            y -= y.powi(3) / (6.0 * rho * nu);
        }
        (x, y)
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let lat1 = self.geographic.convert((self.m0 + y) / self.meridian);
        let d = x / self.s.a;
        let guess = (libm::atan2(libm::tan(d), libm::cos(lat1)), libm::asin(libm::sin(lat1) * libm::cos(d)));
        newton::solve(|lon, lat| self.forward(lon, lat), (x, y), guess)
    }
}
