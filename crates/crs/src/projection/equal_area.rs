//! Equal-area projections on the authalic sphere: Albers' conic, Lambert's azimuthal and cylindrical.
//!
//! EPSG Guidance Note 7-2, methods 9822, 9820 and 9835; authalic latitudes by series, so both ways are closed forms.

use std::f64::consts::FRAC_PI_2;

use super::Kernel;
use super::latitude::Series;
use crate::math::{atan2, sincos};
use crate::spheroid::Spheroid;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Albers {
    n: f64,
    c: f64,
    qp: f64,
    /// Semi-major axis over the cone constant, metres.
    radius: f64,
    rho0: f64,
    authalic: Series,
    geographic: Series,
}

impl Albers {
    /// None when the parallels are opposite: the cone is a cylinder.
    pub(super) fn new(s: Spheroid, lat0: f64, lat1: f64, lat2: f64) -> Option<Self> {
        if (lat1 + lat2).abs() < 1e-10 {
            return None;
        }
        let (m1, q1) = (s.m(lat1), s.q(lat1));
        let n = if (lat1 - lat2).abs() < 1e-10 {
            libm::sin(lat1)
        } else {
            (m1 * m1 - s.m(lat2).powi(2)) / (s.q(lat2) - q1)
        };
        let c = m1 * m1 + n * q1;
        let radius = s.a / n;
        let rho0 = radius * (c - n * s.q(lat0)).sqrt();
        (radius.is_finite() && rho0.is_finite()).then(|| Self {
            n,
            c,
            qp: s.qp(),
            radius,
            rho0,
            authalic: Series::authalic(s.n()),
            geographic: Series::from_authalic(s.n()),
        })
    }
}

impl Kernel for Albers {
    #[inline(always)]
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (s, c) = sincos(lat);
        let (s, _) = self.authalic.rotate(s, c);
        let inside = self.c - self.n * self.qp * s;
        // rounding may put a pole that is the apex just below zero
        let inside = if inside.abs() < 1e-15 { 0.0 } else { inside };
        let rho = self.radius * inside.sqrt();
        let (sl, cl) = sincos(self.n * lon);
        (rho * sl, self.rho0 - rho * cl)
    }

    #[inline(always)]
    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let sign = 1f64.copysign(self.n);
        let (x, y) = (sign * x, sign * (self.rho0 - y));
        let r2 = (x * x + y * y) / (self.radius * self.radius);
        let s = (self.c - r2) / (self.n * self.qp);
        let valid = s.abs() <= 1.0 + 1e-7;
        let s = if s.abs() > 1.0 { 1f64.copysign(s) } else { s };
        let c = ((1.0 - s) * (1.0 + s)).sqrt();
        let lat = atan2(s, c) + self.geographic.correction(s, c);
        let lon = atan2(x, y) / self.n;
        (if valid { lon } else { f64::NAN }, if valid { lat } else { f64::NAN })
    }
}

/// Lambert azimuthal equal area, oblique, polar and equatorial in one formula.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LambertAzimuthal {
    /// Radius of the authalic sphere, metres.
    radius: f64,
    /// Stretch of x (and shrinking of y) that makes the centre true to shape.
    d: f64,
    sin0: f64,
    cos0: f64,
    authalic: Series,
    geographic: Series,
}

impl LambertAzimuthal {
    pub(super) fn new(s: Spheroid, lat0: f64) -> Self {
        let authalic = Series::authalic(s.n());
        let beta0 = authalic.convert(lat0);
        let radius = s.a * (0.5 * s.qp()).sqrt();
        let polar = (lat0.abs() - FRAC_PI_2).abs() < 1e-10;
        let (sin0, cos0) = if polar { (1f64.copysign(lat0), 0.0) } else { libm::sincos(beta0) };
        let d = if polar { 1.0 } else { s.a * s.m(lat0) / (radius * cos0) };
        Self { radius, d, sin0, cos0, authalic, geographic: Series::from_authalic(s.n()) }
    }
}

impl Kernel for LambertAzimuthal {
    #[inline(always)]
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (s, c) = sincos(lat);
        let (s, c) = self.authalic.rotate(s, c);
        let (sl, cl) = sincos(lon);
        let b = 1.0 + self.sin0 * s + self.cos0 * c * cl;
        // the antipode is a circle
        let scale = if b < 1e-10 { f64::NAN } else { self.radius * (2.0 / b).sqrt() };
        (scale * self.d * c * sl, scale / self.d * (self.cos0 * s - self.sin0 * c * cl))
    }

    #[inline(always)]
    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = (x / (self.d * self.radius), y * self.d / self.radius);
        // with r the distance over the radius: sin(c / 2) = r / 2
        let q = 0.25 * (x * x + y * y);
        let g = (1.0 - q).sqrt();
        let cos_c = 1.0 - 2.0 * q;
        let east = x * g;
        let toward = self.cos0 * cos_c - self.sin0 * y * g;
        let up = self.sin0 * cos_c + self.cos0 * y * g;
        let c = (east * east + toward * toward).sqrt();
        // beyond the antipodal circle g is already NaN
        (atan2(east, toward), atan2(up, c) + self.geographic.correction(up, c))
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct CylindricalEqualArea {
    /// Metres per radian along the equator.
    x_scale: f64,
    /// Metres per sine of the authalic latitude.
    y_scale: f64,
    authalic: Series,
    geographic: Series,
}

impl CylindricalEqualArea {
    pub(super) fn new(s: Spheroid, lat_ts: f64) -> Self {
        let k0 = s.m(lat_ts);
        Self {
            x_scale: s.a * k0,
            y_scale: 0.5 * s.a * s.qp() / k0,
            authalic: Series::authalic(s.n()),
            geographic: Series::from_authalic(s.n()),
        }
    }
}

impl Kernel for CylindricalEqualArea {
    #[inline(always)]
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (s, c) = sincos(lat);
        (self.x_scale * lon, self.y_scale * self.authalic.rotate(s, c).0)
    }

    #[inline(always)]
    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let s = y / self.y_scale;
        let valid = s.abs() <= 1.0 + 1e-10;
        let s = if s.abs() > 1.0 { 1f64.copysign(s) } else { s };
        let c = ((1.0 - s) * (1.0 + s)).sqrt();
        let lat = atan2(s, c) + self.geographic.correction(s, c);
        (if valid { x / self.x_scale } else { f64::NAN }, if valid { lat } else { f64::NAN })
    }
}
