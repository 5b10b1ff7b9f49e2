//! Map projections: batches of longitude and latitude to easting and northing, and back.
//!
//! A [`Kernel`] is the mathematics of one method for one point; [`Projection`] runs a kernel over arrays. The kernels
//! that carry most of the world are branch-free arithmetic, and are compiled once for each SIMD level; the rest run
//! point by point.

mod azimuthal;
mod build;
mod cassini;
mod conic;
mod cylindrical;
mod equal_area;
mod geodesic;
mod krovak;
mod lambert;
mod latitude;
mod mercator;
mod newton;
mod oblique_mercator;
mod pseudo;
mod regional;
mod spherical;
mod stereographic;
mod transverse_mercator;
mod world;

pub(crate) use build::{of_system, projection};

use std::f64::consts::FRAC_PI_2;

use fearless_simd::Level;

use crate::math::wrap;
use crate::simd::wide;
use crate::spheroid::Spheroid;

/// One method for one point. Angles in radians, longitude from the central meridian in -pi..=pi; metres from the
/// false origin. A point that cannot be done gives NaN.
pub(crate) trait Kernel {
    /// Longitude and latitude to easting and northing.
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64);
    /// Easting and northing to longitude and latitude.
    fn inverse(&self, x: f64, y: f64) -> (f64, f64);
}

/// Units, central meridian, false origin and direction of the axes: everything but the method.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    /// Radians in the unit of the longitudes and latitudes outside.
    pub(crate) angle: f64,
    /// Longitude of the central meridian from the prime meridian, radians.
    pub(crate) lon0: f64,
    /// Easting and northing of the false origin, in the unit outside, with its sign.
    pub(crate) origin: [f64; 2],
    /// Units outside per metre of easting and northing; negative when the axis points west or south.
    pub(crate) scale: [f64; 2],
}

impl Frame {
    /// The same frame for axes in another unit, each pointing along or against east and north.
    pub(crate) fn with_axes(self, metres_per_unit: f64, signs: [f64; 2]) -> Frame {
        let scale = signs.map(|s| s / metres_per_unit);
        Frame {
            origin: [self.origin[0] * scale[0], self.origin[1] * scale[1]],
            scale: [self.scale[0] * scale[0], self.scale[1] * scale[1]],
            ..self
        }
    }
}

/// Runs `forward` or `inverse` over arrays: `fast` kernels are compiled for every SIMD level.
macro_rules! run {
    (fast, $run:ident, $level:expr, $kernel:expr, $frame:expr, $x:expr, $y:expr) => {{
        let (kernel, frame, x, y) = ($kernel, $frame, $x, $y);
        wide!($level, $run(kernel, frame, x, y))
    }};
    (plain, $run:ident, $level:expr, $kernel:expr, $frame:expr, $x:expr, $y:expr) => {
        $run($kernel, $frame, $x, $y)
    };
}

macro_rules! projections {
    ($($variant:ident($kernel:ty) $speed:ident,)*) => {
        /// The constants of one projection.
        #[derive(Clone, Debug)]
        pub(crate) enum Formula {
            $($variant($kernel),)*
        }

        impl Projection {
            /// Longitude and latitude to x and y, in place, in the units of the frame. Latitudes beyond the poles and longitudes beyond
            /// 10 radians become NaN, as in PROJ.
            pub(crate) fn forward(&self, level: Level, x: &mut [f64], y: &mut [f64]) {
                match &self.formula {
                    $(Formula::$variant(kernel) => run!($speed, forward, level, kernel, &self.frame, x, y),)*
                }
            }

            /// x and y to longitude and latitude, in place, in the units of the frame; longitudes within half a turn.
            pub(crate) fn inverse(&self, level: Level, x: &mut [f64], y: &mut [f64]) {
                match &self.formula {
                    $(Formula::$variant(kernel) => run!($speed, inverse, level, kernel, &self.frame, x, y),)*
                }
            }
        }
    };
}

projections! {
    TransverseMercator(transverse_mercator::TransverseMercator) fast,
    Mercator(mercator::Mercator) fast,
    SphericalMercator(mercator::SphericalMercator) fast,
    LambertConic(lambert::LambertConic) fast,
    Albers(equal_area::Albers) fast,
    LambertAzimuthal(equal_area::LambertAzimuthal) fast,
    CylindricalEqualArea(equal_area::CylindricalEqualArea) fast,
    Stereographic(stereographic::Stereographic) fast,
    DoubleStereographic(stereographic::DoubleStereographic) fast,
    EquidistantCylindrical(cylindrical::EquidistantCylindrical) fast,
    SwissOblique(oblique_mercator::SwissOblique) fast,
    Hotine(oblique_mercator::Hotine) plain,
    Cassini(cassini::Cassini) plain,
    Krovak(krovak::Krovak) plain,
    EquidistantConic(conic::EquidistantConic) plain,
    Polyconic(conic::Polyconic) plain,
    Bonne(conic::Bonne) plain,
    AzimuthalEquidistant(azimuthal::AzimuthalEquidistant) plain,
    Guam(azimuthal::Guam) plain,
    Orthographic(azimuthal::Orthographic) plain,
    Gnomonic(azimuthal::Gnomonic) plain,
    Geostationary(azimuthal::Geostationary) plain,
    ColombiaUrban(regional::ColombiaUrban) plain,
    NewZealand(regional::NewZealand) plain,
    Laborde(regional::Laborde) plain,
    EqualEarth(world::EqualEarth) plain,
    Sinusoidal(world::Sinusoidal) plain,
    Mollweide(world::Mollweide) plain,
    Miller(world::Miller) plain,
    Robinson(world::Robinson) plain,
    VanDerGrinten(world::VanDerGrinten) plain,
    Pseudocylindrical(pseudo::Pseudocylindrical) plain,
    Interrupted(pseudo::Interrupted) plain,
    Spherical(spherical::Spherical) plain,
    Perspective(spherical::Perspective) plain,
}

/// A projection ready to run.
#[derive(Clone, Debug)]
pub(crate) struct Projection {
    pub(crate) formula: Formula,
    pub(crate) frame: Frame,
}

#[inline(always)]
fn forward<K: Kernel>(kernel: &K, frame: &Frame, x: &mut [f64], y: &mut [f64]) {
    for (x, y) in x.iter_mut().zip(y) {
        let (lon, lat) = (*x * frame.angle, *y * frame.angle);
        let beyond = lat.abs() - FRAC_PI_2;
        let possible = (beyond <= 1e-12) & (lon.abs() <= 10.0);
        let lat = if beyond > 0.0 { FRAC_PI_2.copysign(lat) } else { lat };
        let (east, north) = kernel.forward(wrap(lon - frame.lon0), lat);
        let east = frame.scale[0] * east + frame.origin[0];
        let north = frame.scale[1] * north + frame.origin[1];
        *x = if possible { east } else { f64::NAN };
        *y = if possible { north } else { f64::NAN };
    }
}

#[inline(always)]
fn inverse<K: Kernel>(kernel: &K, frame: &Frame, x: &mut [f64], y: &mut [f64]) {
    let metres = [1.0 / frame.scale[0], 1.0 / frame.scale[1]];
    let units = 1.0 / frame.angle;
    for (x, y) in x.iter_mut().zip(y) {
        let east = (*x - frame.origin[0]) * metres[0];
        let north = (*y - frame.origin[1]) * metres[1];
        let (lon, lat) = kernel.inverse(east, north);
        *x = wrap(lon + frame.lon0) * units;
        *y = lat * units;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Data, Horizontal};

    /// Every level this processor has, the scalar one last.
    fn levels() -> Vec<Level> {
        let best = Level::new();
        let mut out = vec![best];
        #[cfg(target_arch = "x86_64")]
        {
            out.extend(best.as_avx2().map(Level::Avx2));
            out.extend(best.as_sse4_2().map(Level::Sse4_2));
            out.extend(best.as_sse2().map(Level::Sse2));
        }
        out
    }

    #[test]
    fn every_simd_level_gives_the_same_bits() {
        let codes = [32631, 3857, 3395, 3034, 3035, 5070, 3413, 3031, 28992, 4087, 6933, 2056];
        for code in codes {
            let data = Data::of_epsg(code).unwrap();
            let Horizontal::Projected(p) = &data.horizontal else { panic!("EPSG:{code}") };
            let (projection, _) = of_system(p).unwrap();
            let n = 1003;
            let area = data.area.clone().unwrap();
            let at = |i: usize, a: f64| (i as f64 * a).fract();
            let lon: Vec<f64> =
                (0..n).map(|i| (area.west + (area.east - area.west) * at(i, 0.7548)).to_radians()).collect();
            let lat: Vec<f64> = (0..n)
                .map(|i| (area.south + (area.north - area.south) * at(i, 0.5698)).to_radians())
                .collect();
            let bits = |level: Level| {
                let (mut x, mut y) = (lon.clone(), lat.clone());
                projection.forward(level, &mut x, &mut y);
                let there: Vec<u64> = x.iter().chain(&y).map(|v| v.to_bits()).collect();
                projection.inverse(level, &mut x, &mut y);
                (there, x.iter().chain(&y).map(|v| v.to_bits()).collect::<Vec<u64>>())
            };
            let expected = bits(levels()[0]);
            for level in levels() {
                assert!(bits(level) == expected, "EPSG:{code} {level:?}");
            }
        }
    }
}
