//! Where pixels are on the ground.

use crate::{Error, Result};
use std::{convert::Infallible, fmt, str::FromStr, sync::Arc};

/// Affine map from pixel positions (column, row; pixel corners are whole numbers) to coordinates:
/// `x = a·col + b·row + c`, `y = d·col + e·row + f`. The letters are rasterio's (`Affine`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeoTransform {
    /// Width of a pixel along x.
    pub a: f64,
    /// Change of x per row.
    pub b: f64,
    /// x of the upper left corner.
    pub c: f64,
    /// Change of y per column.
    pub d: f64,
    /// Height of a pixel along y; negative when north is up.
    pub e: f64,
    /// y of the upper left corner.
    pub f: f64,
}

impl GeoTransform {
    /// Pixel positions themselves, row downwards.
    pub const IDENTITY: Self = Self { a: 1.0, b: 0.0, c: 0.0, d: 0.0, e: 1.0, f: 0.0 };

    /// North up, from the upper left corner and the (positive) pixel size.
    #[must_use]
    pub const fn from_origin(west: f64, north: f64, x_size: f64, y_size: f64) -> Self {
        Self { a: x_size, b: 0.0, c: west, d: 0.0, e: -y_size, f: north }
    }
    /// North up, such that a raster of this size fills the bounds.
    ///
    /// ```
    /// use raster_core::{Bounds, GeoTransform};
    /// let t = GeoTransform::from_bounds(&Bounds::new(0.0, 0.0, 100.0, 50.0), 10, 10);
    /// assert_eq!(t, GeoTransform::from_origin(0.0, 50.0, 10.0, 5.0));
    /// ```
    #[must_use]
    pub fn from_bounds(bounds: &Bounds, width: usize, height: usize) -> Self {
        let (x_size, y_size) = (bounds.width() / width as f64, bounds.height() / height as f64);
        Self::from_origin(bounds.left, bounds.top, x_size, y_size)
    }
    /// From GDAL's order: `[c, a, b, f, d, e]`.
    #[must_use]
    pub const fn from_gdal(t: [f64; 6]) -> Self {
        Self { a: t[1], b: t[2], c: t[0], d: t[4], e: t[5], f: t[3] }
    }
    /// In GDAL's order: `[c, a, b, f, d, e]`.
    #[must_use]
    pub const fn to_gdal(&self) -> [f64; 6] {
        [self.c, self.a, self.b, self.f, self.d, self.e]
    }
    /// Pixel position to coordinates.
    #[must_use]
    pub fn apply(&self, col: f64, row: f64) -> (f64, f64) {
        (self.a * col + self.b * row + self.c, self.d * col + self.e * row + self.f)
    }
    /// The map from coordinates to pixel positions.
    ///
    /// # Errors
    /// `Misuse` when the transform is singular or not finite.
    pub fn inverse(&self) -> Result<Self> {
        let det = self.a * self.e - self.b * self.d;
        let all = [self.a, self.b, self.c, self.d, self.e, self.f];
        if !(det.is_finite() && det != 0.0 && all.iter().all(|v| v.is_finite())) {
            return Err(Error::misuse(format!("the transform {self} cannot be inverted")));
        }
        let (a, b, d, e) = (self.e / det, -self.b / det, -self.d / det, self.a / det);
        // Without rotation the products with b and d are exact zeros and must not disturb the sums.
        Ok(Self { a, b, c: -(self.c * a + self.f * b), d, e, f: -(self.c * d + self.f * e) })
    }
    /// `self` after moving by whole or fractional pixels: the transform of a window.
    #[must_use]
    pub fn translated(&self, cols: f64, rows: f64) -> Self {
        let (c, f) = self.apply(cols, rows);
        Self { c, f, ..*self }
    }
    /// `self` with pixels that are `x` times as wide and `y` times as high: the transform of an overview.
    #[must_use]
    pub fn scaled(&self, x: f64, y: f64) -> Self {
        Self { a: self.a * x, b: self.b * y, d: self.d * x, e: self.e * y, ..*self }
    }
    /// Are rows and columns parallel to the axes?
    #[must_use]
    pub fn is_rectilinear(&self) -> bool {
        self.b == 0.0 && self.d == 0.0
    }
    /// Length of a pixel's sides on the ground: along a row, along a column.
    #[must_use]
    pub fn resolution(&self) -> (f64, f64) {
        if self.is_rectilinear() {
            (self.a.abs(), self.e.abs())
        } else {
            (libm::hypot(self.a, self.d), libm::hypot(self.b, self.e))
        }
    }
    /// The box around a raster of this size.
    #[must_use]
    pub fn bounds(&self, width: usize, height: usize) -> Bounds {
        let (w, h) = (width as f64, height as f64);
        let corners = [self.apply(0.0, 0.0), self.apply(w, 0.0), self.apply(0.0, h), self.apply(w, h)];
        corners.iter().fold(Bounds::EMPTY, |b, &(x, y)| b.including(x, y))
    }
}

impl fmt::Display for GeoTransform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| {} {} {} | {} {} {} |", self.a, self.b, self.c, self.d, self.e, self.f)
    }
}

/// A box in coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Smallest x.
    pub left: f64,
    /// Smallest y.
    pub bottom: f64,
    /// Largest x.
    pub right: f64,
    /// Largest y.
    pub top: f64,
}

impl Bounds {
    /// Holds nothing; what to start [`including`](Self::including) from.
    pub const EMPTY: Self =
        Self { left: f64::INFINITY, bottom: f64::INFINITY, right: f64::NEG_INFINITY, top: f64::NEG_INFINITY };
    /// From its sides.
    #[must_use]
    pub const fn new(left: f64, bottom: f64, right: f64, top: f64) -> Self {
        Self { left, bottom, right, top }
    }
    /// Grown so that it holds the point.
    #[must_use]
    pub fn including(self, x: f64, y: f64) -> Self {
        Self {
            left: self.left.min(x),
            bottom: self.bottom.min(y),
            right: self.right.max(x),
            top: self.top.max(y),
        }
    }
    /// The box around both.
    #[must_use]
    pub fn union(self, other: &Self) -> Self {
        self.including(other.left, other.bottom).including(other.right, other.top)
    }
    /// What both share; `None` when that has no area.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let b = Self {
            left: self.left.max(other.left),
            bottom: self.bottom.max(other.bottom),
            right: self.right.min(other.right),
            top: self.top.min(other.top),
        };
        (b.left < b.right && b.bottom < b.top).then_some(b)
    }
    /// Extent along x.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.right - self.left
    }
    /// Extent along y.
    #[must_use]
    pub fn height(&self) -> f64 {
        self.top - self.bottom
    }
}

/// Which coordinate system: identity only, the mathematics is in the crate `crs`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CrsRef {
    /// An EPSG code.
    Epsg(u32),
    /// A definition in a spelling that the crate `crs` reads: WKT, PROJJSON, a PROJ string.
    Definition(Arc<str>),
}

impl CrsRef {
    /// From a definition's text.
    #[must_use]
    pub fn definition(text: &str) -> Self {
        Self::Definition(text.into())
    }
    /// The EPSG code, where that is how it is given.
    #[must_use]
    pub fn epsg(&self) -> Option<u32> {
        match self {
            Self::Epsg(code) => Some(*code),
            Self::Definition(_) => None,
        }
    }
}

impl From<u32> for CrsRef {
    /// An EPSG code.
    fn from(code: u32) -> Self {
        Self::Epsg(code)
    }
}

impl From<&str> for CrsRef {
    /// `EPSG:` and a number as the code, in any case; all else as a definition, which is not looked at here.
    fn from(text: &str) -> Self {
        let code = text.trim().split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("epsg"));
        code.and_then(|(_, code)| code.trim().parse().ok()).map_or_else(|| Self::definition(text), Self::Epsg)
    }
}

impl FromStr for CrsRef {
    type Err = Infallible;
    fn from_str(text: &str) -> std::result::Result<Self, Infallible> {
        Ok(Self::from(text))
    }
}

impl fmt::Display for CrsRef {
    /// Text that the crate `crs` parses: `EPSG:32633`, or the definition.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Epsg(code) => write!(f, "EPSG:{code}"),
            Self::Definition(text) => f.write_str(text),
        }
    }
}

/// A ground control point: a pixel position whose coordinates are known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gcp {
    /// Column in pixels (corner convention, as [`GeoTransform`]).
    pub col: f64,
    /// Row in pixels.
    pub row: f64,
    /// Coordinate x.
    pub x: f64,
    /// Coordinate y.
    pub y: f64,
    /// Height.
    pub z: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_undoes() {
        for t in [
            GeoTransform::from_origin(500_000.0, 4_600_000.0, 10.0, 20.0),
            GeoTransform::from_gdal([3.0, 2.0, 0.5, -7.0, 0.25, -4.0]),
        ] {
            let (x, y) = t.apply(12.25, 40.5);
            let (col, row) = t.inverse().unwrap().apply(x, y);
            assert!((col - 12.25).abs() < 1e-9 && (row - 40.5).abs() < 1e-9);
        }
        assert!(GeoTransform { a: 0.0, ..GeoTransform::IDENTITY }.inverse().is_err());
    }

    #[test]
    fn bounds_of_south_up() {
        let t = GeoTransform { a: 2.0, b: 0.0, c: 10.0, d: 0.0, e: 3.0, f: 5.0 };
        assert_eq!(t.bounds(4, 2), Bounds::new(10.0, 5.0, 18.0, 11.0));
    }
}
