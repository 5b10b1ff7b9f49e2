//! Krovak's oblique conformal cone and its modified form: EPSG Guidance Note 7-2, methods 9819, 1041, 1042 and 1043.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

use super::Kernel;
use super::latitude::Series;
use crate::spheroid::Spheroid;

/// Co-latitude of the cone axis as PROJ has it for every form, degrees (30 deg 17' 17.30311").
const NOMINAL_AXIS: f64 = 30.288_139_752_777_78;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Krovak {
    s: Spheroid,
    alpha: f64,
    /// Added to alpha times the isometric latitude to give that of the sphere.
    shift: f64,
    n: f64,
    rho0: f64,
    /// tan(S0 / 2 + pi / 4) of the pseudo standard parallel.
    t0: f64,
    sin_axis: f64,
    cos_axis: f64,
    modified: bool,
    geographic: Series,
}

impl Krovak {
    /// Latitude of the projection centre, co-latitude of the cone axis, pseudo standard parallel, scale on it.
    pub(super) fn new(s: Spheroid, lat0: f64, axis: f64, parallel: f64, k: f64, modified: bool) -> Self {
        let nominal = NOMINAL_AXIS.to_radians();
        let axis = if (axis - nominal).abs() < 2e-9 { nominal } else { axis };
        let (sin, cos) = libm::sincos(lat0);
        let alpha = (1.0 + s.e2 * cos.powi(4) / (1.0 - s.e2)).sqrt();
        let u0 = libm::asin(sin / alpha);
        let radius = s.a * (1.0 - s.e2).sqrt() / (1.0 - s.e2 * sin * sin);
        Self {
            s,
            alpha,
            shift: libm::asinh(libm::tan(u0)) - alpha * s.psi(lat0),
            n: libm::sin(parallel),
            rho0: k * radius / libm::tan(parallel),
            t0: libm::tan(0.5 * parallel + FRAC_PI_4),
            sin_axis: libm::sin(axis),
            cos_axis: libm::cos(axis),
            modified,
            geographic: Series::from_conformal(s.n()),
        }
    }

    /// What the modified form takes from southing and westing (method 1042).
    fn distortion(south: f64, west: f64) -> (f64, f64) {
        const C: [f64; 10] = [
            2.946_529_277e-2,
            2.515_965_696e-2,
            1.193_845_912e-7,
            -4.668_270_147e-7,
            9.233_980_362e-12,
            1.523_735_715e-12,
            1.696_780_024e-18,
            4.408_314_235e-18,
            -8.331_083_518e-24,
            -3.689_471_323e-24,
        ];
        let (x, y) = (south - 1_089_000.0, west - 654_000.0);
        let (x2, y2) = (x * x, y * y);
        let d = x2 - y2;
        let fourth = x2 * x2 + y2 * y2 - 6.0 * x2 * y2;
        let (p, q) = (x * (x2 - 3.0 * y2), y * (3.0 * x2 - y2));
        let r = 4.0 * x * y * d;
        (
            C[0] + C[2] * x - C[3] * y - 2.0 * C[5] * x * y + C[4] * d + C[6] * p - C[7] * q
                + C[8] * r
                + C[9] * fourth,
            C[1] + C[2] * y + C[3] * x + 2.0 * C[4] * x * y + C[5] * d + C[7] * p + C[6] * q - C[9] * r
                + C[8] * fourth,
        )
    }
}

impl Kernel for Krovak {
    /// Easting and northing, both negative in Czechia: minus westing, minus southing.
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let u = libm::atan(libm::sinh(self.alpha * self.s.psi(lat) + self.shift));
        let v = -self.alpha * lon;
        let (su, cu) = libm::sincos(u);
        let (sv, cv) = libm::sincos(v);
        let up = self.cos_axis * su + self.sin_axis * cu * cv;
        let east = cu * sv;
        let toward = self.sin_axis * su - self.cos_axis * cu * cv;
        // sphere turned so that its pole is the axis of the cone
        let s = libm::atan2(up, libm::hypot(east, toward));
        let d = libm::atan2(east, -toward);
        let eps = self.n * d;
        let rho = self.rho0 * libm::pow(self.t0 / libm::tan(0.5 * s + FRAC_PI_4), self.n);
        let (mut south, mut west) = (rho * libm::cos(eps), rho * libm::sin(eps));
        if self.modified {
            let (dx, dy) = Self::distortion(south, west);
            south -= dx;
            west -= dy;
        }
        (-west, -south)
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let (mut south, mut west) = (-y, -x);
        if self.modified {
            // the distortion is below 0.3 m and smooth: three rounds are exact
            let (s0, w0) = (south, west);
            for _ in 0..3 {
                let (dx, dy) = Self::distortion(south, west);
                (south, west) = (s0 + dx, w0 + dy);
            }
        }
        let rho = libm::hypot(south, west);
        let d = libm::atan2(west, south) / self.n;
        let s = 2.0 * (libm::atan(self.t0 * libm::pow(self.rho0 / rho, 1.0 / self.n)) - FRAC_PI_4);
        let (ss, cs) = libm::sincos(s);
        let (sd, cd) = libm::sincos(d);
        let u_sin = self.cos_axis * ss - self.sin_axis * cs * cd;
        let east = cs * sd;
        let toward = self.sin_axis * ss + self.cos_axis * cs * cd;
        let u = libm::atan2(u_sin, libm::hypot(east, toward));
        let psi = (libm::asinh(libm::tan(u)) - self.shift) / self.alpha;
        let chi = libm::atan(libm::sinh(psi));
        let lat = self.geographic.convert(chi).min(FRAC_PI_2);
        (-libm::atan2(east, toward) / self.alpha, lat)
    }
}
