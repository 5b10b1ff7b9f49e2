//! World maps: Equal Earth (EPSG method 1078), sinusoidal, Mollweide, Miller, Robinson, van der Grinten.
//!
//! Equal Earth: Savric, Patterson and Jenny (2018). The rest: Snyder, USGS PP 1395, and Snyder and Voxland, USGS PP 1453;
//! Robinson by the cubic pieces of PROJ, which every other package copies.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, SQRT_2};

use super::Kernel;
use super::latitude::{Series, rectifying_radius};
use crate::spheroid::Spheroid;

#[derive(Clone, Copy, Debug)]
pub(crate) struct EqualEarth {
    radius: f64,
    authalic: Series,
    geographic: Series,
}

const EQUAL_EARTH: [f64; 4] = [1.340264, -0.081106, 0.000893, 0.003796];
const HALF_SQRT_3: f64 = 0.866_025_403_784_438_6;

impl EqualEarth {
    pub(super) fn new(s: Spheroid) -> Self {
        Self {
            radius: s.a * (0.5 * s.qp()).sqrt(),
            authalic: Series::authalic(s.n()),
            geographic: Series::from_authalic(s.n()),
        }
    }

    /// y of the parametric latitude on the unit sphere, and its derivative.
    fn y(psi: f64) -> (f64, f64) {
        let [a1, a2, a3, a4] = EQUAL_EARTH;
        let p2 = psi * psi;
        let p6 = p2 * p2 * p2;
        (psi * (a1 + a2 * p2 + p6 * (a3 + a4 * p2)), a1 + 3.0 * a2 * p2 + p6 * (7.0 * a3 + 9.0 * a4 * p2))
    }
}

impl Kernel for EqualEarth {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let psi = libm::asin(HALF_SQRT_3 * libm::sin(self.authalic.convert(lat)));
        let (y, dy) = Self::y(psi);
        (self.radius * lon * libm::cos(psi) / (HALF_SQRT_3 * dy), self.radius * y)
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let target = y / self.radius;
        if target.is_nan() || target.abs() > 1.317_362_759_157_5 {
            return (f64::NAN, f64::NAN);
        }
        let mut psi = target;
        for _ in 0..12 {
            let (value, slope) = Self::y(psi);
            let step = (value - target) / slope;
            psi -= step;
            if step.abs() < 1e-14 {
                break;
            }
        }
        let lon = HALF_SQRT_3 * x * Self::y(psi).1 / (self.radius * libm::cos(psi));
        let lat = self.geographic.convert(libm::asin((libm::sin(psi) / HALF_SQRT_3).clamp(-1.0, 1.0)));
        (lon, lat)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Sinusoidal {
    s: Spheroid,
    meridian: f64,
    rectifying: Series,
    geographic: Series,
}

impl Sinusoidal {
    pub(super) fn new(s: Spheroid) -> Self {
        let n = s.n();
        Self {
            s,
            meridian: s.a * rectifying_radius(n),
            rectifying: Series::rectifying(n),
            geographic: Series::from_rectifying(n),
        }
    }
}

impl Kernel for Sinusoidal {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        (self.s.a * self.s.m(lat) * lon, self.meridian * self.rectifying.convert(lat))
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let lat = self.geographic.convert(y / self.meridian);
        if lat.abs() > FRAC_PI_2 + 1e-10 {
            return (f64::NAN, f64::NAN);
        }
        let m = self.s.a * self.s.m(lat);
        (if m < 1e-3 { 0.0 } else { x / m }, lat)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Mollweide {
    pub(super) radius: f64,
}

impl Kernel for Mollweide {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let k = PI * libm::sin(lat);
        let mut theta = lat;
        for _ in 0..50 {
            let step = (theta + libm::sin(theta) - k) / (1.0 + libm::cos(theta)).max(1e-12);
            theta -= step;
            if step.abs() < 1e-14 {
                break;
            }
        }
        let theta = (0.5 * theta).clamp(-FRAC_PI_2, FRAC_PI_2);
        let x = 2.0 * SQRT_2 / PI * self.radius;
        (x * lon * libm::cos(theta), SQRT_2 * self.radius * libm::sin(theta))
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let s = y / (SQRT_2 * self.radius);
        if s.abs() > 1.0 + 1e-10 {
            return (f64::NAN, f64::NAN);
        }
        let theta = libm::asin(s.clamp(-1.0, 1.0));
        let lon = x * PI / (2.0 * SQRT_2 * self.radius * libm::cos(theta).max(1e-12));
        let lat = libm::asin(((2.0 * theta + libm::sin(2.0 * theta)) / PI).clamp(-1.0, 1.0));
        (if lon.abs() <= PI + 1e-9 { lon } else { f64::NAN }, lat)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Miller {
    pub(super) radius: f64,
}

impl Kernel for Miller {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        (self.radius * lon, self.radius * libm::log(libm::tan(FRAC_PI_4 + 0.4 * lat)) * 1.25)
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        (x / self.radius, 2.5 * (libm::atan(libm::exp(0.8 * y / self.radius)) - FRAC_PI_4))
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Robinson {
    pub(super) radius: f64,
}

/// Length of the parallel and distance from the equator, pieces of 5 degrees.
const ROBINSON_X: [[f32; 4]; 19] = [
    [1.0, 2.2199e-17, -7.15515e-05, 3.1103e-06],
    [0.9986, -0.000482243, -2.4897e-05, -1.3309e-06],
    [0.9954, -0.00083103, -4.48605e-05, -9.86701e-07],
    [0.99, -0.00135364, -5.9661e-05, 3.6777e-06],
    [0.9822, -0.00167442, -4.49547e-06, -5.72411e-06],
    [0.973, -0.00214868, -9.03571e-05, 1.8736e-08],
    [0.96, -0.00305085, -9.00761e-05, 1.64917e-06],
    [0.9427, -0.00382792, -6.53386e-05, -2.6154e-06],
    [0.9216, -0.00467746, -0.00010457, 4.81243e-06],
    [0.8962, -0.00536223, -3.23831e-05, -5.43432e-06],
    [0.8679, -0.00609363, -0.000113898, 3.32484e-06],
    [0.835, -0.00698325, -6.40253e-05, 9.34959e-07],
    [0.7986, -0.00755338, -5.00009e-05, 9.35324e-07],
    [0.7597, -0.00798324, -3.5971e-05, -2.27626e-06],
    [0.7186, -0.00851367, -7.01149e-05, -8.6303e-06],
    [0.6732, -0.00986209, -0.000199569, 1.91974e-05],
    [0.6213, -0.010418, 8.83923e-05, 6.24051e-06],
    [0.5722, -0.00906601, 0.000182, 6.24051e-06],
    [0.5322, -0.00677797, 0.000275608, 6.24051e-06],
];
const ROBINSON_Y: [[f32; 4]; 19] = [
    [-5.20417e-18, 0.0124, 1.21431e-18, -8.45284e-11],
    [0.062, 0.0124, -1.26793e-09, 4.22642e-10],
    [0.124, 0.0124, 5.07171e-09, -1.60604e-09],
    [0.186, 0.0123999, -1.90189e-08, 6.00152e-09],
    [0.248, 0.0124002, 7.10039e-08, -2.24e-08],
    [0.31, 0.0123992, -2.64997e-07, 8.35986e-08],
    [0.372, 0.0124029, 9.88983e-07, -3.11994e-07],
    [0.434, 0.0123893, -3.69093e-06, -4.35621e-07],
    [0.4958, 0.0123198, -1.02252e-05, -3.45523e-07],
    [0.5571, 0.0121916, -1.54081e-05, -5.82288e-07],
    [0.6176, 0.0119938, -2.41424e-05, -5.25327e-07],
    [0.6769, 0.011713, -3.20223e-05, -5.16405e-07],
    [0.7346, 0.0113541, -3.97684e-05, -6.09052e-07],
    [0.7903, 0.0109107, -4.89042e-05, -1.04739e-06],
    [0.8435, 0.0103431, -6.4615e-05, -1.40374e-09],
    [0.8936, 0.00969686, -6.4636e-05, -8.547e-06],
    [0.9394, 0.00840947, -0.000192841, -4.2106e-06],
    [0.9761, 0.00616527, -0.000256, -4.2106e-06],
    [1.0, 0.00328947, -0.000319159, -4.2106e-06],
];
const ROBINSON_SCALE: [f64; 2] = [0.8487, 1.3523];

/// Value of a cubic piece, and its derivative.
fn cubic(c: &[f32; 4], z: f64) -> (f64, f64) {
    let c = c.map(f64::from);
    (c[0] + z * (c[1] + z * (c[2] + z * c[3])), c[1] + z * (2.0 * c[2] + z * 3.0 * c[3]))
}

impl Kernel for Robinson {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        if lat.is_nan() {
            return (f64::NAN, f64::NAN);
        }
        let degrees = lat.abs().to_degrees();
        // a node belongs to the piece after it, whatever degrees were rounded to
        let i = ((degrees / 5.0 + 1e-11).floor() as usize).min(18);
        let z = degrees - 5.0 * i as f64;
        let [fx, fy] = ROBINSON_SCALE;
        let y = self.radius * fy * cubic(&ROBINSON_Y[i], z).0;
        (self.radius * fx * cubic(&ROBINSON_X[i], z).0 * lon, y.copysign(lat))
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let [fx, fy] = ROBINSON_SCALE;
        let target = (y / (self.radius * fy)).abs();
        if target.is_nan() || target > 1.000_001 {
            return (f64::NAN, f64::NAN);
        }
        let i = (0..18).rev().find(|&i| f64::from(ROBINSON_Y[i][0]) <= target).unwrap_or(0);
        let mut z = 2.5;
        for _ in 0..50 {
            let (value, slope) = cubic(&ROBINSON_Y[i], z);
            let step = (value - target) / slope;
            z -= step;
            if step.abs() < 1e-13 {
                break;
            }
        }
        let lat = (5.0 * i as f64 + z).min(90.0).to_radians().copysign(y);
        (x / (self.radius * fx * cubic(&ROBINSON_X[i], z).0), lat)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct VanDerGrinten {
    pub(super) radius: f64,
}

impl Kernel for VanDerGrinten {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let t = (2.0 * lat / PI).abs().min(1.0);
        let r = self.radius * PI;
        if t < 1e-12 {
            return (self.radius * lon, 0.0);
        }
        let root = (1.0 - t * t).sqrt();
        if lon.abs() < 1e-12 || 1.0 - t < 1e-12 {
            return (0.0, (r * t / (1.0 + root)).copysign(lat));
        }
        let a = 0.5 * (PI / lon - lon / PI).abs();
        let g = root / (t + root - 1.0);
        let p = g * (2.0 / t - 1.0);
        let (a2, p2) = (a * a, p * p);
        let q = a2 + g;
        let d = g - p2;
        let x = (a * d + (a2 * d * d - (p2 + a2) * (g * g - p2)).max(0.0).sqrt()) / (p2 + a2);
        let y = (p * q - a * ((a2 + 1.0) * (p2 + a2) - q * q).max(0.0).sqrt()) / (p2 + a2);
        ((r * x).copysign(lon), (r * y.abs()).copysign(lat))
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let (u, v) = (x / (self.radius * PI), y / (self.radius * PI));
        let (u2, v2) = (u * u, v * v);
        let r2 = u2 + v2;
        if r2 > 1.0 + 1e-10 {
            return (f64::NAN, f64::NAN);
        }
        if v.abs() < 1e-12 {
            return (u * PI, 0.0);
        }
        let c1 = -v.abs() * (1.0 + r2);
        let c2 = c1 - 2.0 * v2 + u2;
        let c3 = -2.0 * c1 + 1.0 + 2.0 * v2 + r2 * r2;
        let d = v2 / c3 + (2.0 * (c2 / c3).powi(3) - 9.0 * c1 * c2 / (c3 * c3)) / 27.0;
        let a1 = (c1 - c2 * c2 / (3.0 * c3)) / c3;
        let m1 = 2.0 * (-a1 / 3.0).sqrt();
        let theta = libm::acos((3.0 * d / (a1 * m1)).clamp(-1.0, 1.0)) / 3.0;
        let lat = PI * (-m1 * libm::cos(theta + PI / 3.0) - c2 / (3.0 * c3));
        let lon = if u.abs() < 1e-12 {
            0.0
        } else {
            PI * (r2 - 1.0 + (1.0 + 2.0 * (u2 - v2) + r2 * r2).max(0.0).sqrt()) / (2.0 * u)
        };
        (lon, lat.copysign(y))
    }
}
