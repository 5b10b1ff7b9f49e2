//! A raster without its pixels: size, transform, coordinate system.

use crate::{Bounds, CrsRef, GeoTransform, Window};

/// Where the pixels of a raster are. To coregister is to read a source on another source's grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Number of columns.
    pub width: usize,
    /// Number of rows.
    pub height: usize,
    /// Pixels to coordinates.
    pub transform: GeoTransform,
    /// What the coordinates mean, if that is known.
    pub crs: Option<CrsRef>,
}

impl Grid {
    /// A grid without a CRS.
    #[must_use]
    pub const fn new(width: usize, height: usize, transform: GeoTransform) -> Self {
        Self { width, height, transform, crs: None }
    }
    /// The same with a CRS: a code, a text, a [`CrsRef`].
    #[must_use]
    pub fn with_crs(mut self, crs: impl Into<CrsRef>) -> Self {
        self.crs = Some(crs.into());
        self
    }
    /// The whole of it.
    #[must_use]
    pub fn window(&self) -> Window {
        Window::whole(self.width, self.height)
    }
    /// The box around it.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        self.transform.bounds(self.width, self.height)
    }
    /// The box around a window of it.
    #[must_use]
    pub fn window_bounds(&self, window: &Window) -> Bounds {
        self.crop(window).bounds()
    }
    /// The grid of a window.
    #[must_use]
    pub fn crop(&self, window: &Window) -> Self {
        Self {
            width: window.width,
            height: window.height,
            transform: self.transform.translated(window.col as f64, window.row as f64),
            crs: self.crs.clone(),
        }
    }
}
