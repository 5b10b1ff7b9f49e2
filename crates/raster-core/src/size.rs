//! How many columns and rows.

use std::fmt;

/// A number of columns and of rows: of a raster, a block, an overview.
///
/// ```
/// use raster_core::Size;
/// let size = Size::new(900, 700);
/// assert_eq!(size.to_string(), "900 × 700");
/// assert_eq!(Size::square(512), Size { width: 512, height: 512 });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Size {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Size {
    /// This many columns and rows.
    #[must_use]
    pub const fn new(width: usize, height: usize) -> Self {
        Self { width, height }
    }
    /// As many columns as rows.
    #[must_use]
    pub const fn square(side: usize) -> Self {
        Self { width: side, height: side }
    }
    /// Number of pixels, at most `usize::MAX`.
    #[must_use]
    pub const fn area(self) -> usize {
        self.width.saturating_mul(self.height)
    }
    /// Has it no pixels?
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }
    /// Columns and rows, in this order.
    #[must_use]
    pub const fn into_tuple(self) -> (usize, usize) {
        (self.width, self.height)
    }
}

impl From<(usize, usize)> for Size {
    /// Columns and rows, in this order.
    fn from((width, height): (usize, usize)) -> Self {
        Self { width, height }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {}", self.width, self.height)
    }
}

impl PartialEq<(usize, usize)> for Size {
    /// Columns and rows, in this order.
    fn eq(&self, other: &(usize, usize)) -> bool {
        self.into_tuple() == *other
    }
}
