//! Pseudocylindrical and cylindrical maps of the sphere: parallels are straight, meridians cut them evenly.
//!
//! Each is two functions of the latitude: the length of a radian of longitude, and the distance of the parallel from the
//! equator. Constants: Snyder and Voxland, USGS PP 1453, to the digits that PROJ has, so that maps made elsewhere fit.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI, SQRT_2, TAU};

use super::Kernel;

/// Which map.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outline {
    Eckert1,
    Eckert2,
    /// Eckert III, Kavraisky VII, Wagner VI, Putnins P1: `cx (a + sqrt(1 - b lat^2))`, `cy lat`.
    Elliptic {
        cx: f64,
        cy: f64,
        a: f64,
        b: f64,
    },
    Eckert4,
    Eckert5,
    /// Eckert VI and other generalised sinusoidals: m, n.
    Sinusoidal {
        m: f64,
        n: f64,
    },
    Winkel1 {
        cos1: f64,
    },
    Winkel2 {
        cos1: f64,
    },
    NaturalEarth,
    NaturalEarth2,
    Goode,
    Gall,
    /// Wagner I and the flat-polar sinusoidals of Urmayev: n.
    FlatSine {
        n: f64,
    },
    Wagner2,
    Wagner3 {
        cx: f64,
    },
    /// Mollweide, Wagner IV and V: `2 theta + sin(2 theta) = cp sin(lat)`.
    Mollweide {
        cx: f64,
        cy: f64,
        cp: f64,
    },
    /// The sine and tangent series: Kavraisky V, quartic authalic, McBryde-Thomas, Foucaut.
    SineTangent {
        p: f64,
        q: f64,
        tangent: bool,
    },
    Putnins2,
    /// Putnins P3 and P3'.
    Parabolic {
        a: f64,
    },
    /// Putnins P4' and Werenskiold I.
    Putnins4 {
        cx: f64,
        cy: f64,
    },
    Putnins5 {
        a: f64,
        b: f64,
    },
    Putnins6 {
        cx: f64,
        cy: f64,
        a: f64,
        b: f64,
        d: f64,
    },
    FlatPolarSine2,
    FlatPolarParabolic,
    FlatPolarQuartic,
    Patterson,
    Times,
    Fahey,
    Collignon,
    Craster,
    CompactMiller,
    Nell,
    NellHammer,
    Hatano,
    FoucautSinusoidal {
        n: f64,
    },
    CentralCylindrical,
    Boggs,
}

impl Outline {
    pub(super) const KAVRAISKY7: Outline =
        Outline::Elliptic { cx: 0.866_025_403_784_4, cy: 1.0, a: 0.0, b: 0.303_963_550_927_013_3 };
    pub(super) const WAGNER6: Outline =
        Outline::Elliptic { cx: 1.0, cy: 1.0, a: 0.0, b: 0.303_963_550_927_013_3 };
    pub(super) const PUTNINS1: Outline =
        Outline::Elliptic { cx: 1.894_90, cy: 0.947_45, a: -0.5, b: 0.303_963_550_927_013_3 };
    pub(super) const ECKERT3: Outline = Outline::Elliptic {
        cx: 0.422_238_200_315_771_2,
        cy: 0.844_476_400_631_542_4,
        a: 1.0,
        b: 0.405_284_734_569_351_1,
    };
    pub(super) const WAGNER5: Outline = Outline::Mollweide { cx: 0.909_77, cy: 1.650_14, cp: 3.008_96 };

    /// The equal-area map whose poles are lines at the parameter `p`: Mollweide for a right angle.
    pub(super) fn mollweide(p: f64) -> Outline {
        let cp = 2.0 * p + libm::sin(2.0 * p);
        let r = (TAU * libm::sin(p) / cp).sqrt();
        Outline::Mollweide { cx: 2.0 * r / PI, cy: r / libm::sin(p), cp }
    }

    pub(super) fn wagner3(lat_ts: f64) -> Outline {
        Outline::Wagner3 { cx: libm::cos(lat_ts) / libm::cos(2.0 * lat_ts / 3.0) }
    }

    /// Length of a radian of longitude, and y, on the unit sphere; `lat` within the poles.
    fn at(&self, lat: f64) -> (f64, f64) {
        let (sin, cos) = libm::sincos(lat);
        // a right angle's cosine is not zero to the last digit
        let cos = cos.max(0.0);
        let (p2, p4) = (lat * lat, lat * lat * lat * lat);
        match *self {
            Outline::Eckert1 => {
                let c = 0.921_317_731_923_561_3;
                (c * (1.0 - lat.abs() / PI), c * lat)
            }
            Outline::Eckert2 => {
                let root = (4.0 - 3.0 * sin.abs()).sqrt();
                let y = 1.447_202_509_116_535_3 * (2.0 - root);
                (0.460_658_865_961_780_6 * root, y.copysign(lat))
            }
            Outline::Elliptic { cx, cy, a, b } => (cx * (a + (1.0 - b * p2).max(0.0).sqrt()), cy * lat),
            Outline::Eckert4 => {
                let theta =
                    root(|t| t + libm::sin(t) * (libm::cos(t) + 2.0), (2.0 + FRAC_PI_2) * sin, FRAC_PI_2);
                let (s, c) = libm::sincos(theta);
                (0.422_238_200_315_771_2 * (1.0 + c), 1.326_500_428_177_002_3 * s)
            }
            Outline::Eckert5 => (0.441_012_771_724_551_5 * (1.0 + cos), 0.882_025_543_449_103 * lat),
            Outline::Sinusoidal { m, n } => {
                let theta = if m == 0.0 {
                    libm::asin((n * sin).clamp(-1.0, 1.0))
                } else {
                    root(|t| m * t + libm::sin(t), n * sin, FRAC_PI_2)
                };
                let cy = ((m + 1.0) / n).sqrt();
                (cy / (m + 1.0) * (m + libm::cos(theta)), cy * theta)
            }
            Outline::Winkel1 { cos1 } => (0.5 * (cos1 + cos), lat),
            Outline::Winkel2 { cos1 } => {
                let theta = 0.5 * root(|t| t + libm::sin(t), PI * sin, PI);
                let (s, c) = libm::sincos(theta);
                (0.5 * (c + cos1), FRAC_PI_4 * (s + lat * 2.0 / PI))
            }
            Outline::NaturalEarth => (
                0.8707 + p2 * (-0.131_979 + p2 * (-0.013_791 + p4 * p2 * (0.003_971 - 0.001_529 * p2))),
                lat * (1.007_226 + p2 * (0.015_085 + p4 * (-0.044_475 + 0.028_874 * p2 - 0.005_916 * p4))),
            ),
            Outline::NaturalEarth2 => {
                let p6 = p2 * p4;
                (
                    0.847_19 - 0.130_63 * p2
                        + p6 * p6 * (-0.045_15 + 0.054_94 * p2 - 0.023_26 * p4 + 0.003_31 * p6),
                    lat * (1.011_83 + p4 * p4 * (-0.026_25 + 0.019_26 * p2 - 0.003_96 * p4)),
                )
            }
            Outline::Goode if lat.abs() <= GOODE_LIMIT => (cos, lat),
            Outline::Goode => {
                let (f, y) = Outline::mollweide(FRAC_PI_2).at(lat);
                (f, y - 0.0528f64.copysign(lat))
            }
            Outline::Gall => (SQRT_2 / 2.0, (1.0 + SQRT_2 / 2.0) * libm::tan(0.5 * lat)),
            Outline::FlatSine { n } => {
                let theta = libm::asin((n * sin).clamp(-1.0, 1.0));
                (0.877_382_675_3 * libm::cos(theta), 1.139_753_528_477 / n * theta)
            }
            Outline::Wagner2 => {
                let theta = libm::asin(0.880_22 * libm::sin(0.885_50 * lat));
                (0.924_83 * libm::cos(theta), 1.387_25 * theta)
            }
            Outline::Wagner3 { cx } => (cx * libm::cos(2.0 / 3.0 * lat), lat),
            Outline::Mollweide { cx, cy, cp } => {
                // the flat pole of Wagner V is a little beyond the right angle
                let theta = 0.5 * root(|t| t + libm::sin(t), cp * sin, PI);
                let (s, c) = libm::sincos(theta);
                (cx * c, cy * s)
            }
            Outline::SineTangent { p, q, tangent } => {
                let (s, c) = libm::sincos(lat / q);
                if tangent { (q / p * cos * c * c, p * s / c) } else { (q / p * cos / c, p * s) }
            }
            Outline::Putnins2 => {
                let theta = root(
                    |t| t + libm::sin(t) * (libm::cos(t) - 1.0),
                    0.614_184_849_304_378_4 * sin,
                    PI / 3.0,
                );
                let (s, c) = libm::sincos(theta);
                (1.894_90 * (c - 0.5), 1.718_48 * s)
            }
            Outline::Parabolic { a } => (0.797_884_56 * (1.0 - a * p2), 0.797_884_56 * lat),
            Outline::Putnins4 { cx, cy } => {
                let theta = libm::asin(0.883_883_476 * sin);
                let (s, c) = libm::sincos(theta / 3.0);
                (cx * libm::cos(theta) / c, cy * s)
            }
            Outline::Putnins5 { a, b } => {
                (1.013_46 * (a - b * (1.0 + 1.215_854_2 * p2).sqrt()), 1.013_46 * lat)
            }
            Outline::Putnins6 { cx, cy, a, b, d } => {
                // the published constant ends beyond the last latitude of the map
                let hyper = |t: f64| {
                    let r = (1.0 + t * t).sqrt();
                    (a - r) * t - libm::log(t + r)
                };
                let theta = root(hyper, b * sin, 3f64.sqrt() + if a > 5.0 { 0.9 } else { 0.0 });
                (cx * (d - (1.0 + theta * theta).sqrt()), cy * theta)
            }
            Outline::FlatPolarSine2 => {
                let theta = root(|t| 0.455_03 * libm::sin(t / 1.365_09) + libm::sin(t), 1.415_46 * sin, 1.65);
                let (s, c) = libm::sincos(theta / 1.365_09);
                (0.222_48 * (1.0 + 3.0 * libm::cos(theta) / c), 1.444_92 * s)
            }
            Outline::FlatPolarParabolic => {
                let theta = libm::asin(0.952_579_344_415_680_4 * sin);
                (
                    0.925_820_099_772_551_5 * (2.0 * libm::cos(2.0 / 3.0 * theta) - 1.0),
                    3.401_680_257_083_045 * libm::sin(theta / 3.0),
                )
            }
            Outline::FlatPolarQuartic => {
                let theta =
                    root(|t| libm::sin(0.5 * t) + libm::sin(t), 1.707_106_781_186_547_5 * sin, FRAC_PI_2);
                let (s, c) = libm::sincos(0.5 * theta);
                (0.312_459_714_103_782_5 * (1.0 + 2.0 * libm::cos(theta) / c), 1.874_758_284_622_695 * s)
            }
            Outline::Patterson => (1.0, lat * (1.0148 + p4 * (0.23185 + p2 * (-0.14499 + 0.02406 * p2)))),
            Outline::Times => {
                let t = libm::tan(0.5 * lat);
                let s = libm::sin(FRAC_PI_4 * t);
                (0.74482 - 0.34588 * s * s, 1.70711 * t)
            }
            Outline::Fahey => {
                let t = libm::tan(0.5 * lat);
                (0.819_152 * (1.0 - t * t).max(0.0).sqrt(), 1.819_152 * t)
            }
            Outline::Collignon => {
                let r = (1.0 - sin).max(0.0).sqrt();
                (2.0 / PI.sqrt() * r, PI.sqrt() * (1.0 - r))
            }
            Outline::Craster => (
                0.977_205_023_805_839_8 * (2.0 * libm::cos(2.0 / 3.0 * lat) - 1.0),
                3.069_980_123_839_465_4 * libm::sin(lat / 3.0),
            ),
            Outline::CompactMiller => (1.0, lat * (0.9902 + p2 * (0.1604 - 0.03054 * p2))),
            Outline::Nell => {
                let theta = root(|t| t + libm::sin(t), 2.0 * sin, FRAC_PI_2);
                (0.5 * (1.0 + libm::cos(theta)), theta)
            }
            Outline::NellHammer => (0.5 * (1.0 + cos), 2.0 * (lat - libm::tan(0.5 * lat))),
            Outline::Hatano => {
                let (c, fy) = if lat < 0.0 { (2.43763, 1.93052) } else { (2.67595, 1.75859) };
                let theta = 0.5 * root(|t| t + libm::sin(t), c * sin, PI);
                (0.85 * libm::cos(theta), fy * libm::sin(theta))
            }
            Outline::FoucautSinusoidal { n } => {
                let length = if n == 0.0 { 1.0 } else { cos / (n + (1.0 - n) * cos) };
                (length, n * lat + (1.0 - n) * sin)
            }
            Outline::CentralCylindrical => (1.0, sin / cos),
            Outline::Boggs => {
                let theta = 0.5 * root(|t| t + libm::sin(t), PI * sin, PI);
                let length = 2.00276 * cos / (1.0 + 1.11072 * cos / libm::cos(theta).max(1e-12));
                (length, 0.49931 * (lat + SQRT_2 * libm::sin(theta)))
            }
        }
    }
}

/// Where the sinusoidal and Mollweide halves of Goode's map meet: 40 degrees 44 minutes.
const GOODE_LIMIT: f64 = 0.710_930_781_979_023_6;

/// Where a function that grows from `-f(limit)` to `f(limit)` has a value; the ends beyond them.
///
/// Newton's steps with a measured slope, kept inside a bracket that shrinks: it also ends where the slope does (poles).
fn root(f: impl Fn(f64) -> f64, target: f64, limit: f64) -> f64 {
    let (mut low, mut high) = (-limit, limit);
    if target >= f(high) {
        return high;
    }
    if target <= f(low) {
        return low;
    }
    let mut t = limit * (target / f(high)).clamp(-0.999, 0.999);
    for _ in 0..100 {
        let value = f(t) - target;
        if value == 0.0 {
            return t;
        }
        if value > 0.0 {
            high = t
        } else {
            low = t
        }
        let h = 1e-7 * (1.0 + t.abs());
        let slope = (f(t + h) - f(t - h)) / (2.0 * h);
        let next = t - value / slope;
        let next = if next > low && next < high { next } else { 0.5 * (low + high) };
        if (next - t).abs() <= 2e-16 * (1.0 + t.abs()) || high - low < 1e-15 {
            return next;
        }
        t = next;
    }
    t
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Pseudocylindrical {
    pub(super) radius: f64,
    pub(super) outline: Outline,
}

impl Kernel for Pseudocylindrical {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        if lat.is_nan() {
            return (f64::NAN, f64::NAN);
        }
        let (length, y) = self.outline.at(lat);
        (self.radius * length * lon, self.radius * y)
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = (x / self.radius, y / self.radius);
        let (north, south) = (self.outline.at(FRAC_PI_2).1, self.outline.at(-FRAC_PI_2).1);
        let slack = 1e-9 * (1.0 + y.abs());
        if !(x.is_finite() && y <= north + slack && y >= south - slack) {
            return (f64::NAN, f64::NAN);
        }
        let lat = root(|t| self.outline.at(t).1, y, FRAC_PI_2);
        let length = self.outline.at(lat).0;
        let lon = if x == 0.0 { 0.0 } else { x / length };
        // the end of a pointed pole has no length, and any longitude
        let at_point = length < 1e-9 && x.abs() < 1e-8;
        let lon = if at_point { 0.0 } else { lon };
        (if lon.abs() <= PI + 1e-9 { lon } else { f64::NAN }, lat)
    }
}

/// Goode's homolosine, interrupted over the oceans, or over the continents (ocean view).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interrupted {
    pub(super) radius: f64,
    pub(super) ocean: bool,
    outer: Pseudocylindrical,
    /// By how much the outer parts are moved so that the seam closes.
    shift: f64,
}

/// Where the sinusoidal and the Mollweide parts meet: 40 degrees 44 minutes 11.8 seconds.
const SEAM: f64 = (40.0 + 44.0 / 60.0 + 11.8 / 3600.0) * (PI / 180.0);

/// Western edge, eastern edge, middle of each lobe, degrees.
type Lobes = &'static [(f64, f64, f64)];

const NORTH: Lobes = &[(-180.0, -40.0, -100.0), (-40.0, 180.0, 30.0)];
const SOUTH: Lobes =
    &[(-180.0, -100.0, -160.0), (-100.0, -20.0, -60.0), (-20.0, 80.0, 20.0), (80.0, 180.0, 140.0)];
const NORTH_OCEAN: Lobes = &[(-180.0, -90.0, -140.0), (-90.0, 60.0, -10.0), (60.0, 180.0, 130.0)];
const SOUTH_OCEAN: Lobes = &[(-180.0, -60.0, -110.0), (-60.0, 90.0, 20.0), (90.0, 180.0, 150.0)];

impl Interrupted {
    pub(super) fn new(radius: f64, ocean: bool) -> Self {
        let outer = Pseudocylindrical { radius: 1.0, outline: Outline::mollweide(FRAC_PI_2) };
        Self { radius, ocean, outer, shift: SEAM - outer.outline.at(SEAM).1 }
    }

    fn lobes(&self, north: bool) -> Lobes {
        match (self.ocean, north) {
            (false, true) => NORTH,
            (false, false) => SOUTH,
            (true, true) => NORTH_OCEAN,
            (true, false) => SOUTH_OCEAN,
        }
    }
}

impl Kernel for Interrupted {
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let degrees = lon.to_degrees();
        let lobes = self.lobes(lat >= 0.0);
        // an edge belongs to the lobe west of it, in the ocean view to the one east of it where that is the last
        let last = lobes.len() - 1;
        let found = lobes.iter().position(|l| degrees <= l.1).unwrap_or(last);
        let found = if self.ocean && degrees >= lobes[last].0 { last } else { found };
        let middle = lobes[found].2.to_radians();
        let (x, y) = if lat.abs() < SEAM {
            ((lon - middle) * libm::cos(lat), lat)
        } else {
            let (x, y) = self.outer.forward(lon - middle, lat);
            (x, y + self.shift * 1f64.copysign(lat))
        };
        (self.radius * (x + middle), self.radius * y)
    }

    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = (x / self.radius, y / self.radius);
        let lobes = self.lobes(y >= 0.0);
        for &(west, east, middle) in lobes {
            if x.to_degrees() > east && east < 180.0 {
                continue;
            }
            let x = x - middle.to_radians();
            let (lon, lat) = if y.abs() < SEAM {
                (x / libm::cos(y), y)
            } else {
                self.outer.inverse(x, y - self.shift * 1f64.copysign(y))
            };
            let lon = lon + middle.to_radians();
            let inside = lon.to_degrees() >= west - 1e-8 && lon.to_degrees() <= east + 1e-8;
            return if inside { (lon, lat) } else { (f64::NAN, f64::NAN) };
        }
        (f64::NAN, f64::NAN)
    }
}
