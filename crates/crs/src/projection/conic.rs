//! Equidistant conic, American polyconic and Bonne: EPSG Guidance Note 7-2, methods 1119, 9818, 9827 and 9828.

use super::latitude::{Series, rectifying_radius};
use super::{Kernel, newton};
use crate::spheroid::Spheroid;

/// Length of meridian arcs.
#[derive(Clone, Copy, Debug)]
struct Meridian {
    radius: f64,
    rectifying: Series,
    geographic: Series,
}

impl Meridian {
    fn new(s: Spheroid) -> Self {
        let n = s.n();
        Self {
            radius: s.a * rectifying_radius(n),
            rectifying: Series::rectifying(n),
            geographic: Series::from_rectifying(n),
        }
    }
    /// Metres from the equator.
    fn length(&self, lat: f64) -> f64 {
        self.radius * self.rectifying.convert(lat)
    }
    fn latitude(&self, length: f64) -> f64 {
        self.geographic.convert(length / self.radius)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct EquidistantConic {
    meridian: Meridian,
    n: f64,
    c: f64,
    rho0: f64,
}

impl EquidistantConic {
    /// None when the parallels are opposite.
    pub(super) fn new(s: Spheroid, lat0: f64, lat1: f64, lat2: f64) -> Option<Self> {
        let meridian = Meridian::new(s);
        let (m1, l1) = (s.a * s.m(lat1), meridian.length(lat1));
        let n = if (lat1 - lat2).abs() < 1e-10 {
            libm::sin(lat1)
        } else {
            (m1 - s.a * s.m(lat2)) / (meridian.length(lat2) - l1)
        };
        let c = l1 + m1 / n;
        let rho0 = c - meridian.length(lat0);
        (n.abs() > 1e-12 && c.is_finite()).then_some(Self { meridian, n, c, rho0 })
    }
}

impl Kernel for EquidistantConic {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let rho = self.c - self.meridian.length(lat);
        let (s, c) = libm::sincos(self.n * lon);
        (rho * s, self.rho0 - rho * c)
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let sign = 1f64.copysign(self.n);
        let (x, y) = (sign * x, sign * (self.rho0 - y));
        let lat = self.meridian.latitude(self.c - sign * libm::hypot(x, y));
        (libm::atan2(x, y) / self.n, lat)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Polyconic {
    s: Spheroid,
    meridian: Meridian,
    m0: f64,
}

impl Polyconic {
    pub(super) fn new(s: Spheroid, lat0: f64) -> Self {
        let meridian = Meridian::new(s);
        Self { s, meridian, m0: meridian.length(lat0) }
    }
}

impl Kernel for Polyconic {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let sin = libm::sin(lat);
        // near the equator the cone opens to a cylinder: a m lon + O(sin^2)
        let (dx, dy) = if sin.abs() < 1e-10 {
            (self.s.a * lon, 0.0)
        } else {
            let r = self.s.a * self.s.m(lat) / sin;
            let e = lon * sin;
            (r * libm::sin(e), 2.0 * r * libm::sin(0.5 * e).powi(2))
        };
        (dx, self.meridian.length(lat) - self.m0 + dy)
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let lat = self.meridian.latitude(y + self.m0);
        let lat = lat.clamp(-1.55, 1.55);
        let guess = (x / (self.s.a * libm::cos(lat)), lat);
        newton::solve(|lon, lat| self.forward(lon, lat), (x, y), guess)
    }
}

/// Bonne's pseudoconic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bonne {
    s: Spheroid,
    meridian: Meridian,
    /// Radius of the standard parallel on the map.
    rho1: f64,
    l1: f64,
}

impl Bonne {
    pub(super) fn new(s: Spheroid, lat1: f64) -> Option<Self> {
        let meridian = Meridian::new(s);
        (lat1.abs() > 1e-10).then(|| Self {
            s,
            meridian,
            rho1: s.a * s.m(lat1) / libm::sin(lat1),
            l1: meridian.length(lat1),
        })
    }
}

impl Kernel for Bonne {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let rho = self.rho1 + self.l1 - self.meridian.length(lat);
        if rho == 0.0 {
            return (0.0, self.rho1);
        }
        let (s, c) = libm::sincos(self.s.a * self.s.m(lat) * lon / rho);
        (rho * s, self.rho1 - rho * c)
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let sign = 1f64.copysign(self.rho1);
        let rho = sign * libm::hypot(x, self.rho1 - y);
        let lat = self.meridian.latitude(self.rho1 + self.l1 - rho);
        let m = self.s.a * self.s.m(lat);
        let lon = if m < 1e-6 { 0.0 } else { rho * libm::atan2(sign * x, sign * (self.rho1 - y)) / m };
        (lon, lat)
    }
}
