//! Equidistant cylindrical (plate carree, equirectangular) of the sphere of the equator's radius.
//!
//! PROJ and GDAL use the spherical formula on any ellipsoid for EPSG methods 1028, 1029, 9823 and 9842, and so do we.

use super::Kernel;

#[derive(Clone, Copy, Debug)]
pub(crate) struct EquidistantCylindrical {
    pub(super) radius: f64,
    /// Cosine of the standard parallel.
    pub(super) k: f64,
    pub(super) lat0: f64,
}

impl Kernel for EquidistantCylindrical {
    #[inline(always)]
    fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        (self.radius * self.k * lon, self.radius * (lat - self.lat0))
    }

    #[inline(always)]
    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        (x / (self.radius * self.k), y / self.radius + self.lat0)
    }
}
