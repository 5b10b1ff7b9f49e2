//! Maps of the sphere whose parallels are curved: Aitoff, Winkel tripel, Hammer, Wagner VII, Lagrange, and views from space.
//!
//! Formulas: Snyder and Voxland, USGS PP 1453; Snyder, USGS PP 1395 (perspective, cylinders on their sides). Where a
//! published inverse is missing or only approximate, Newton's method undoes the map.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

use super::{Kernel, newton};

/// Which map.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Aitoff,
    /// Half Aitoff, half equirectangular with this cosine of the standard parallel.
    WinkelTripel(f64),
    /// Width and height of Hammer and its kin: W, M.
    Hammer {
        w: f64,
        m: f64,
    },
    Wagner7,
    Larrivee,
    /// Lagrange's circle: 1 / W, and the factor of the parallel that is straight.
    Lagrange {
        rw: f64,
        a1: f64,
    },
    Loximuthal {
        lat1: f64,
    },
    August,
    Denoyer,
    /// The equal-area cylinder on its side: scale, latitude of origin.
    TransverseEqualArea {
        k: f64,
        lat0: f64,
    },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Spherical {
    pub(super) radius: f64,
    pub(super) shape: Shape,
}

impl Spherical {
    /// On the unit sphere.
    fn unit(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (sin, cos) = libm::sincos(lat);
        match self.shape {
            Shape::Aitoff => aitoff(lon, lat),
            Shape::WinkelTripel(cos1) => {
                let (x, y) = aitoff(lon, lat);
                (0.5 * (x + lon * cos1), 0.5 * (y + lat))
            }
            Shape::Hammer { w, m } => {
                let (s, c) = libm::sincos(w * lon);
                let d = (2.0 / (1.0 + cos * c)).sqrt();
                (m / w * d * cos * s, d * sin / m)
            }
            Shape::Wagner7 => {
                let s = 0.906_307_787_036_65 * sin;
                let c = (1.0 - s * s).sqrt();
                let (sl, cl) = libm::sincos(lon / 3.0);
                let d = 1.0 / (0.5 * (1.0 + c * cl)).sqrt();
                (2.667_23 * c * sl * d, 1.241_04 * s * d)
            }
            Shape::Larrivee => {
                (0.5 * lon * (1.0 + cos.max(0.0).sqrt()), lat / (libm::cos(0.5 * lat) * libm::cos(lon / 6.0)))
            }
            Shape::Lagrange { rw, a1 } => {
                if (sin.abs() - 1.0).abs() < 1e-10 {
                    return (0.0, 2f64.copysign(lat));
                }
                let v = a1 * libm::pow((1.0 + sin) / (1.0 - sin), 0.5 * rw);
                let (s, c) = libm::sincos(rw * lon);
                let c = 0.5 * (v + 1.0 / v) + c;
                if c < 1e-10 { (f64::NAN, f64::NAN) } else { (2.0 * s / c, (v - 1.0 / v) / c) }
            }
            Shape::Loximuthal { lat1 } => {
                let y = lat - lat1;
                if y.abs() < 1e-8 {
                    return (lon * libm::cos(lat1), y);
                }
                let half = FRAC_PI_4 + 0.5 * lat;
                if half.abs() < 1e-8 || (half.abs() - FRAC_PI_2).abs() < 1e-8 {
                    return (0.0, y);
                }
                (lon * y / libm::log(libm::tan(half) / libm::tan(FRAC_PI_4 + 0.5 * lat1)), y)
            }
            Shape::August => {
                let t = libm::tan(0.5 * lat);
                let c1 = (1.0 - t * t).max(0.0).sqrt();
                let (s, c) = libm::sincos(0.5 * lon);
                let c = 1.0 + c1 * c;
                let (x, y) = (s * c1 / c, t / c);
                let (x2, y2) = (x * x, y * y);
                (4.0 / 3.0 * x * (3.0 + x2 - 3.0 * y2), 4.0 / 3.0 * y * (3.0 + 3.0 * x2 - y2))
            }
            Shape::Denoyer => {
                let l = lon.abs();
                let p4 = lat * lat * lat * lat;
                let bend = (0.95 + l * (-1.0 / 12.0 + l * l / 600.0)) * (lat * (0.9 + 0.03 * p4));
                (lon * libm::cos(bend), lat)
            }
            Shape::TransverseEqualArea { k, lat0 } => {
                let (s, c) = libm::sincos(lon);
                (cos * s / k, k * (libm::atan2(libm::tan(lat), c) - lat0))
            }
        }
    }
}

fn aitoff(lon: f64, lat: f64) -> (f64, f64) {
    let (s, c) = libm::sincos(0.5 * lon);
    let (sin, cos) = libm::sincos(lat);
    let d = libm::acos((cos * c).clamp(-1.0, 1.0));
    // distance over its sine: 1 in the middle
    let ratio = if d < 1e-8 { 1.0 } else { d / libm::sin(d) };
    (2.0 * ratio * cos * s, ratio * sin)
}

impl Kernel for Spherical {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (x, y) = self.unit(lon, lat);
        (self.radius * x, self.radius * y)
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = (x / self.radius, y / self.radius);
        let (lon, lat) = match self.shape {
            Shape::Hammer { w, m } => {
                let (u, v) = (x * w / m, y * m);
                let z2 = 1.0 - 0.25 * (u * u + v * v);
                if z2 < 0.5 - 1e-9 {
                    return (f64::NAN, f64::NAN);
                }
                let z = z2.max(0.0).sqrt();
                (libm::atan2(z * u, 2.0 * z2 - 1.0) / w, libm::asin((z * v).clamp(-1.0, 1.0)))
            }
            Shape::TransverseEqualArea { k, lat0 } => {
                let (d, r) = (y / k + lat0, x * k);
                let t = (1.0 - r * r).sqrt();
                (libm::atan2(r, t * libm::cos(d)), libm::asin(t * libm::sin(d)))
            }
            Shape::Loximuthal { lat1 } => {
                let lat = y + lat1;
                let length = self.unit(1.0, lat).0;
                (if x == 0.0 { 0.0 } else { x / length }, lat)
            }
            Shape::Denoyer => {
                let lat = y;
                let found = newton::solve(|l, _| (self.unit(l, lat).0, lat), (x, lat), (x, lat));
                // the second equation is empty, so Newton's matrix is singular: by halves instead
                if found.0.is_nan() { self.denoyer(x, lat) } else { found }
            }
            _ => {
                let guesses = [(1.0, 1.0), (0.7, 0.8), (1.2, 0.9), (0.4, 0.6), (1.5, 0.5)];
                let found = guesses.iter().find_map(|g| {
                    let start = ((x * g.0).clamp(-3.1, 3.1), (y * g.1).clamp(-1.5, 1.5));
                    let (lon, lat) = newton::solve(|lon, lat| self.unit(lon, lat), (x, y), start);
                    (lon.abs() <= PI + 1e-9 && lat.abs() <= FRAC_PI_2 + 1e-9).then_some((lon, lat))
                });
                found.unwrap_or((f64::NAN, f64::NAN))
            }
        };
        let inside = lon.abs() <= PI + 1e-9 && lat.abs() <= FRAC_PI_2 + 1e-9;
        if inside { (lon, lat) } else { (f64::NAN, f64::NAN) }
    }
}

impl Spherical {
    fn denoyer(&self, x: f64, lat: f64) -> (f64, f64) {
        let (mut low, mut high) = (0.0, PI);
        let target = x.abs();
        if self.unit(PI, lat).0 < target - 1e-9 {
            return (f64::NAN, f64::NAN);
        }
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if self.unit(middle, lat).0 < target { low = middle } else { high = middle }
        }
        ((0.5 * (low + high)).copysign(x), lat)
    }
}

/// The sphere seen from a height, straight down or tilted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Perspective {
    radius: f64,
    sin0: f64,
    cos0: f64,
    /// Distance from the centre, and height, in radii.
    p: f64,
    h: f64,
    /// Sine and cosine of the azimuth and of the tilt, if tilted.
    tilt: Option<([f64; 2], [f64; 2])>,
}

impl Perspective {
    /// None when the height is none.
    pub(super) fn new(radius: f64, lat0: f64, height: f64, tilted: Option<(f64, f64)>) -> Option<Self> {
        let h = height / radius;
        let (sin0, cos0) = libm::sincos(lat0);
        let turn = |a: f64| [libm::sin(a), libm::cos(a)];
        let tilt = tilted.map(|(azimuth, tilt)| (turn(azimuth), turn(tilt)));
        (h > 0.0 && h < 1e10).then_some(Self { radius, sin0, cos0, p: 1.0 + h, h, tilt })
    }
}

impl Kernel for Perspective {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let ((s, c), (sl, cl)) = (libm::sincos(lat), libm::sincos(lon));
        let up = self.sin0 * s + self.cos0 * c * cl;
        if up < 1.0 / self.p {
            return (f64::NAN, f64::NAN);
        }
        let k = self.h / (self.p - up);
        let (mut x, mut y) = (k * c * sl, k * (self.cos0 * s - self.sin0 * c * cl));
        if let Some(([sg, cg], [sw, cw])) = self.tilt {
            let yt = y * cg + x * sg;
            let ba = 1.0 / (yt * sw / self.h + cw);
            x = (x * cg - y * sg) * cw * ba;
            y = yt * ba;
        }
        (self.radius * x, self.radius * y)
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let (mut x, mut y) = (x / self.radius, y / self.radius);
        if let Some(([sg, cg], [sw, cw])) = self.tilt {
            let yt = 1.0 / (self.h - y * sw);
            let (bm, bq) = (self.h * x * yt, self.h * y * cw * yt);
            x = bm * cg + bq * sg;
            y = bq * cg - bm * sg;
        }
        let rho = libm::hypot(x, y);
        if rho < 1e-14 {
            return (0.0, libm::asin(self.sin0));
        }
        let inside = 1.0 - rho * rho * (self.p + 1.0) / self.h;
        if inside.is_nan() || inside < 0.0 {
            return (f64::NAN, f64::NAN);
        }
        let sin_z = (self.p - inside.sqrt()) / (self.h / rho + rho / self.h);
        let cos_z = (1.0 - sin_z * sin_z).max(0.0).sqrt();
        let lat = libm::asin((cos_z * self.sin0 + y * sin_z * self.cos0 / rho).clamp(-1.0, 1.0));
        let lon = libm::atan2(x * sin_z, rho * self.cos0 * cos_z - y * self.sin0 * sin_z);
        (lon, lat)
    }
}
