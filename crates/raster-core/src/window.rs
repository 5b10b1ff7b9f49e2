//! Rectangles of pixels.

use crate::{Bounds, Error, GeoTransform, Result};
use ndarray::{ArrayView2, ArrayViewMut2, Axis, Slice};
use std::fmt;

/// A rectangle of whole pixels. It may lie partly or wholly outside a raster (negative offsets included).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// First column.
    pub col: i64,
    /// First row.
    pub row: i64,
    /// Number of columns.
    pub width: usize,
    /// Number of rows.
    pub height: usize,
}

impl Window {
    /// The part of a (rows, columns) array that it covers, counted from the array's upper left pixel.
    ///
    /// # Panics
    /// When it reaches outside.
    #[must_use]
    pub fn of<'a, T>(&self, array: ArrayView2<'a, T>) -> ArrayView2<'a, T> {
        let mut array = array;
        array.slice_each_axis_inplace(|d| self.extent(d.axis));
        array
    }
    /// As [`of`](Self::of), to be written to.
    ///
    /// # Panics
    /// When it reaches outside.
    #[must_use]
    pub fn of_mut<'a, T>(&self, array: ArrayViewMut2<'a, T>) -> ArrayViewMut2<'a, T> {
        let mut array = array;
        array.slice_each_axis_inplace(|d| self.extent(d.axis));
        array
    }
    /// Its rows (axis 0) or columns (axis 1).
    fn extent(&self, axis: Axis) -> Slice {
        match axis {
            Axis(0) => Slice::from(self.row as usize..self.end_row() as usize),
            _ => Slice::from(self.col as usize..self.end_col() as usize),
        }
    }
    /// A window from its upper left pixel and its size.
    #[must_use]
    pub const fn new(col: i64, row: i64, width: usize, height: usize) -> Self {
        Self { col, row, width, height }
    }
    /// The whole of a raster of this size.
    #[must_use]
    pub const fn whole(width: usize, height: usize) -> Self {
        Self::new(0, 0, width, height)
    }
    /// The column after the last one.
    #[must_use]
    pub fn end_col(&self) -> i64 {
        self.col.saturating_add_unsigned(self.width as u64)
    }
    /// The row after the last one.
    #[must_use]
    pub fn end_row(&self) -> i64 {
        self.row.saturating_add_unsigned(self.height as u64)
    }
    /// Has it no pixels?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.width == 0 || self.height == 0
    }
    /// The number of pixels.
    #[must_use]
    pub fn area(&self) -> usize {
        self.width.saturating_mul(self.height)
    }
    /// The pixels that both have; `None` when there are none.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let (col, row) = (self.col.max(other.col), self.row.max(other.row));
        let (end_col, end_row) = (self.end_col().min(other.end_col()), self.end_row().min(other.end_row()));
        (end_col > col && end_row > row)
            .then(|| Self::new(col, row, end_col.abs_diff(col) as usize, end_row.abs_diff(row) as usize))
    }
    /// The smallest window that holds both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let (col, row) = (self.col.min(other.col), self.row.min(other.row));
        let (end_col, end_row) = (self.end_col().max(other.end_col()), self.end_row().max(other.end_row()));
        Self::new(col, row, end_col.abs_diff(col) as usize, end_row.abs_diff(row) as usize)
    }
    /// Does it hold every pixel of `other`?
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.is_empty()
            || (self.col <= other.col
                && self.row <= other.row
                && self.end_col() >= other.end_col()
                && self.end_row() >= other.end_row())
    }
    /// Grown by `halo` on each side, not limited to any raster.
    #[must_use]
    pub fn grow(&self, halo: Halo) -> Self {
        Self::new(
            self.col.saturating_sub_unsigned(halo.left as u64),
            self.row.saturating_sub_unsigned(halo.top as u64),
            self.width.saturating_add(halo.left).saturating_add(halo.right),
            self.height.saturating_add(halo.top).saturating_add(halo.bottom),
        )
    }
    /// Limited to a raster of this size; empty (at the nearest place) when it lies outside.
    #[must_use]
    pub fn crop(&self, width: usize, height: usize) -> Self {
        let clamp = |v: i64, end: usize| v.clamp(0, i64::try_from(end).unwrap_or(i64::MAX));
        let (col, row) = (clamp(self.col, width), clamp(self.row, height));
        let (end_col, end_row) = (clamp(self.end_col(), width), clamp(self.end_row(), height));
        Self::new(col, row, (end_col - col).max(0) as usize, (end_row - row).max(0) as usize)
    }
    /// How far `self` reaches over `core` on each side: what is left of a halo after cropping.
    /// `core` must lie inside `self`.
    #[must_use]
    pub fn halo_around(&self, core: &Self) -> Halo {
        Halo {
            left: core.col.saturating_sub(self.col).max(0) as usize,
            top: core.row.saturating_sub(self.row).max(0) as usize,
            right: self.end_col().saturating_sub(core.end_col()).max(0) as usize,
            bottom: self.end_row().saturating_sub(core.end_row()).max(0) as usize,
        }
    }
    /// The same pixels counted from `origin`'s upper left corner.
    #[must_use]
    pub fn relative_to(&self, origin: &Self) -> Self {
        let (col, row) = (self.col.saturating_sub(origin.col), self.row.saturating_sub(origin.row));
        Self::new(col, row, self.width, self.height)
    }
    /// As a window in fractions of pixels.
    #[must_use]
    pub fn to_float(&self) -> FloatWindow {
        FloatWindow {
            col: self.col as f64,
            row: self.row as f64,
            width: self.width as f64,
            height: self.height as f64,
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(col {}, row {}, {} × {})", self.col, self.row, self.width, self.height)
    }
}

/// Pixels needed around a window, per side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Halo {
    /// Columns on the left.
    pub left: usize,
    /// Rows above.
    pub top: usize,
    /// Columns on the right.
    pub right: usize,
    /// Rows below.
    pub bottom: usize,
}

impl Halo {
    /// The larger of both on each side.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
    /// No halo.
    pub const NONE: Self = Self::uniform(0);
    /// The same on each side.
    #[must_use]
    pub const fn uniform(pixels: usize) -> Self {
        Self { left: pixels, top: pixels, right: pixels, bottom: pixels }
    }
    /// The same on the left and right (`columns`), and above and below (`rows`).
    #[must_use]
    pub const fn symmetric(columns: usize, rows: usize) -> Self {
        Self { left: columns, top: rows, right: columns, bottom: rows }
    }
    /// The larger of both on each side.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

/// A rectangle in fractions of pixels, as rasterio's `Window` with floats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FloatWindow {
    /// Left edge.
    pub col: f64,
    /// Upper edge.
    pub row: f64,
    /// Width in pixels.
    pub width: f64,
    /// Height in pixels.
    pub height: f64,
}

impl FloatWindow {
    /// The window that covers `bounds` (rasterio's `from_bounds`).
    ///
    /// # Errors
    /// `Misuse` when the transform cannot be inverted, or when `bounds` and `transform` disagree about
    /// which side is up or left, as rasterio's `WindowError`.
    pub fn from_bounds(bounds: &Bounds, transform: &GeoTransform) -> Result<Self> {
        let inverse = transform.inverse()?;
        let (left, top) = (bounds.left, bounds.top);
        if (bounds.right - bounds.left) / transform.a < 0.0 {
            return Err(Error::misuse("bounds and transform are inconsistent: left is right of right"));
        }
        if (bounds.bottom - bounds.top) / transform.e < 0.0 {
            return Err(Error::misuse("bounds and transform are inconsistent: bottom is above top"));
        }
        let corners =
            [(left, top), (bounds.right, top), (bounds.right, bounds.bottom), (left, bounds.bottom)];
        let (mut c0, mut c1, mut r0, mut r1) =
            (f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY);
        for (x, y) in corners {
            let (col, row) = inverse.apply(x, y);
            (c0, c1, r0, r1) = (c0.min(col), c1.max(col), r0.min(row), r1.max(row));
        }
        Ok(Self { col: c0, row: r0, width: (c1 - c0).max(0.0), height: (r1 - r0).max(0.0) })
    }
    /// Whole pixels: offset floor(x + 0.1), length floor(x + 0.5), as rasterio aligns windows when it merges.
    #[must_use]
    pub fn round(&self) -> Window {
        let length = |v: f64| if v > 0.0 { (v + 0.5).floor() as usize } else { 0 };
        Window::new(
            (self.col + 0.1).floor() as i64,
            (self.row + 0.1).floor() as i64,
            length(self.width),
            length(self.height),
        )
    }
    /// The smallest window of whole pixels that holds it.
    #[must_use]
    pub fn cover(&self) -> Window {
        let (col, row) = (self.col.floor(), self.row.floor());
        let (end_col, end_row) = ((self.col + self.width).ceil(), (self.row + self.height).ceil());
        Window::new(col as i64, row as i64, (end_col - col) as usize, (end_row - row) as usize)
    }
    /// `Some` when all four numbers are whole.
    #[must_use]
    pub fn as_whole(&self) -> Option<Window> {
        let whole = |v: f64| v.fract() == 0.0 && v.abs() < 9e15;
        (whole(self.col) && whole(self.row) && whole(self.width) && whole(self.height))
            .then(|| Window::new(self.col as i64, self.row as i64, self.width as usize, self.height as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halo_is_cut_at_the_raster() {
        let core = Window::new(0, 5, 4, 4);
        let grown = core.grow(Halo::uniform(3)).crop(10, 10);
        assert_eq!(grown, Window::new(0, 2, 7, 8));
        assert_eq!(grown.halo_around(&core), Halo { left: 0, top: 3, right: 3, bottom: 1 });
    }

    #[test]
    fn crop_outside_is_empty() {
        assert!(Window::new(20, 0, 5, 5).crop(10, 10).is_empty());
        assert!(Window::new(-9, 0, 5, 5).crop(10, 10).is_empty());
        assert_eq!(Window::new(-2, -2, 5, 5).crop(10, 10), Window::new(0, 0, 3, 3));
    }
}
