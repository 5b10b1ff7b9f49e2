//! What a projection does to lengths, areas and directions at a point.

use fearless_simd::Level;

use crate::definition::Crs;
use crate::model::Horizontal;
use crate::projection;

/// Distortion at a point of a projected system.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factors {
    /// Length on the map over length on the ellipsoid, along the meridian.
    pub meridional_scale: f64,
    /// The same along the parallel.
    pub parallel_scale: f64,
    /// Area on the map over area on the ellipsoid.
    pub areal_scale: f64,
    /// Grid north clockwise from true north, degrees: positive east of the central meridian in the northern hemisphere.
    pub convergence: f64,
    /// Largest change of an angle, degrees (Tissot's 2 omega).
    pub angular_distortion: f64,
}

/// Step of the numerical derivatives, radians: 600 m, where the error of the five-point formula and the rounding are both
/// below 1e-11.
const STEP: f64 = 1e-4;

impl Crs {
    /// Distortion at a longitude and latitude of the geographic system under this one, in its units.
    ///
    /// None if this is not projected, or the point (or its near surroundings, as at a pole) has no place on the map.
    ///
    /// # Examples
    /// ```
    /// let utm = crs::Crs::from_epsg(32633)?;
    /// let at_the_meridian = utm.factors(15.0, 50.0).expect("it is on the map");
    /// assert!((at_the_meridian.areal_scale - 0.9996f64.powi(2)).abs() < 1e-9);
    /// # Ok::<(), crs::CrsError>(())
    /// ```
    #[must_use]
    pub fn factors(&self, longitude: f64, latitude: f64) -> Option<Factors> {
        let Horizontal::Projected(p) = &self.data().horizontal else { return None };
        let (mut projection, _) = projection::of_system(p).ok()?;
        // metres to the east and north, whatever the axes and units are
        projection.frame.origin = [0.0; 2];
        projection.frame.scale = [1.0; 2];
        let unit = p.base.unit().factor;
        let (lon, lat) = (longitude * unit, latitude * unit);
        let offsets = [-2.0, -1.0, 1.0, 2.0].map(|k| k * STEP);
        let level = Level::new();
        let (mut x, mut y) = (offsets.map(|d| lon + d), [lat; 4]);
        projection.forward(level, &mut x, &mut y);
        let (mut u, mut v) = ([lon; 4], offsets.map(|d| lat + d));
        projection.forward(level, &mut u, &mut v);
        let slope = |f: [f64; 4]| (f[0] - 8.0 * f[1] + 8.0 * f[2] - f[3]) / (12.0 * STEP);
        let (x_lon, y_lon, x_lat, y_lat) = (slope(x), slope(y), slope(u), slope(v));
        let s = p.base.datum.ellipsoid.spheroid();
        let w = 1.0 - s.e2 * libm::sin(lat).powi(2);
        let meridian = s.a * (1.0 - s.e2) / libm::pow(w, 1.5);
        let parallel = s.a * libm::cos(lat) / w.sqrt();
        let h = libm::hypot(x_lat, y_lat) / meridian;
        let k = libm::hypot(x_lon, y_lon) / parallel;
        let area = (y_lat * x_lon - x_lat * y_lon).abs() / (meridian * parallel);
        // axes of Tissot's ellipse from h, k and the area
        let sum = (h * h + k * k + 2.0 * area).max(0.0).sqrt();
        let difference = (h * h + k * k - 2.0 * area).max(0.0).sqrt();
        let out = Factors {
            meridional_scale: h,
            parallel_scale: k,
            areal_scale: area,
            convergence: libm::atan2(-x_lat, y_lat).to_degrees(),
            angular_distortion: 2.0 * libm::asin((difference / sum).clamp(0.0, 1.0)).to_degrees(),
        };
        (h.is_finite() && k.is_finite() && area.is_finite()).then_some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `pyproj.Proj(code).get_factors(lon, lat)` of PROJ 9.5.1.
    #[test]
    fn as_proj() {
        let cases = [
            (32631, 5.0, 45.0, [0.999_905_536_35, 0.999_905_536_30, 0.999_811_081_57, 1.414_503_703_38, 0.0]),
            (3035, 20.0, 40.0, [0.995_907_119_29, 1.004_176_224_90, 1.0, 6.895_006_452_20, 0.812_053_802_65]),
            (
                2154,
                -3.0,
                48.0,
                [0.999_386_741_18, 0.999_386_741_18, 0.998_773_858_45, -4.353_646_590_33, 0.0],
            ),
            (
                5070,
                -120.0,
                48.0,
                [0.991_764_710_07, 1.008_303_673_02, 1.0, -14.469_666_457_55, 0.947_591_174_86],
            ),
            (3413, 10.0, 70.0, [1.0, 1.0, 1.0, 55.0, 0.0]),
        ];
        for (code, lon, lat, expected) in cases {
            let f = Crs::from_epsg(code).unwrap().factors(lon, lat).unwrap();
            let got =
                [f.meridional_scale, f.parallel_scale, f.areal_scale, f.convergence, f.angular_distortion];
            // the angle is the root of a small difference
            let near = |i: usize| (got[i] - expected[i]).abs() < if i == 4 { 1e-3 } else { 1e-8 };
            assert!((0..5).all(near), "{code}: {got:?} {expected:?}");
        }
        assert_eq!(Crs::from_epsg(4326).unwrap().factors(0.0, 0.0), None);
        assert_eq!(Crs::from_epsg(32631).unwrap().factors(0.0, f64::NAN), None);
    }
}
