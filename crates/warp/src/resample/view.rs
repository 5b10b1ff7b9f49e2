//! The part of a source that a piece of work sees.

use crate::pixel::Pixel;
use ndarray::Array3;
use raster_core::{Window, layout, opacity};

/// Borrowed planes of a source window, one per band.
pub(crate) struct SourceView<'a, T> {
    /// Each starts at the window's upper left pixel.
    pub(crate) planes: Vec<&'a [T]>,
    /// Samples from one row to the next.
    pub(crate) stride: usize,
    /// Validity per band (0 invalid), if anything in the window is invalid.
    pub(crate) valid: Option<Validity<'a>>,
    /// In source pixels; columns may lie outside the raster when it goes round the Earth.
    pub(crate) window: Window,
    /// Columns and rows that kernels may use: the raster's, or the window's where it goes round the Earth.
    pub(crate) limits: Limits,
}

/// Borrowed masks of a source window, one per band.
pub(crate) struct Validity<'a> {
    pub(crate) planes: Vec<&'a [u8]>,
    pub(crate) stride: usize,
    /// Per band: do samples count by their opacity ([`raster_core::opacity`])?
    pub(crate) by_opacity: Vec<bool>,
}

/// Masks of a source window of shape (bands, rows, columns), and which of them are opacities.
pub(crate) struct Mask {
    pub(crate) values: Array3<u8>,
    pub(crate) by_opacity: Vec<bool>,
}

/// The bands of an array of our own, each a slice.
pub(crate) fn planes<T>(array: &Array3<T>) -> Vec<&[T]> {
    array.outer_iter().map(layout::samples).collect()
}

impl<'a> Validity<'a> {
    /// A mask of our own of shape (bands, rows, columns).
    pub(crate) fn new(mask: &'a Mask) -> Self {
        let Mask { values, by_opacity } = mask;
        Self { planes: planes(values), stride: values.dim().2, by_opacity: by_opacity.clone() }
    }
}

/// Half-open ranges of source columns and rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) cols: (i64, i64),
    pub(crate) rows: (i64, i64),
    /// Does the last column touch the first?
    pub(crate) wraps: bool,
}

impl<T: Pixel> SourceView<'_, T> {
    #[inline]
    fn at(&self, col: i64, row: i64) -> usize {
        (row - self.window.row) as usize * self.stride + (col - self.window.col) as usize
    }
    #[inline]
    pub(crate) fn sample(&self, band: usize, col: i64, row: i64) -> T {
        self.planes[band][self.at(col, row)]
    }
    #[inline]
    pub(crate) fn value(&self, band: usize, col: i64, row: i64) -> f64 {
        self.sample(band, col, row).to_f64()
    }
    #[inline]
    pub(crate) fn is_valid(&self, band: usize, col: i64, row: i64) -> bool {
        self.validity(band, col, row) != 0
    }
    /// 0 is invalid; 255 where nothing else is said.
    #[inline]
    pub(crate) fn validity(&self, band: usize, col: i64, row: i64) -> u8 {
        match &self.valid {
            None => 255,
            Some(v) => {
                let at = (row - self.window.row) as usize * v.stride + (col - self.window.col) as usize;
                v.planes[band][at]
            }
        }
    }
    /// Do samples of this band count by their opacity?
    #[inline]
    pub(crate) fn by_opacity(&self, band: usize) -> bool {
        self.valid.as_ref().is_some_and(|v| v.by_opacity[band])
    }
    /// How much a sample of this band counts: 0 or 1, or its opacity.
    #[inline]
    pub(crate) fn counts(&self, band: usize, col: i64, row: i64) -> f64 {
        match self.validity(band, col, row) {
            0 => 0.0,
            v if self.by_opacity(band) => opacity::weight(v),
            _ => 1.0,
        }
    }
}

impl Limits {
    /// Columns that a kernel may use.
    #[inline]
    pub(crate) fn tap_cols(&self) -> (i64, i64) {
        // Round the Earth every column is one of the raster's.
        if self.wraps { (i64::MIN / 4, i64::MAX / 4) } else { self.cols }
    }
    /// The pixel that contains a position, if the position lies on the raster.
    #[inline]
    pub(crate) fn containing(&self, x: f64, y: f64) -> Option<(i64, i64)> {
        let (cols, rows) = (self.tap_cols(), self.rows);
        // NaN fails every comparison.
        let on = x >= cols.0 as f64
            && y >= rows.0 as f64
            && x + 1e-10 <= cols.1 as f64
            && y + 1e-10 <= rows.1 as f64;
        on.then(|| {
            (((x + 1e-10).floor() as i64).min(cols.1 - 1), ((y + 1e-10).floor() as i64).min(rows.1 - 1))
        })
    }
    #[inline]
    pub(crate) fn contains(&self, col: i64, row: i64) -> bool {
        let (cols, rows) = (self.tap_cols(), self.rows);
        col >= cols.0 && col < cols.1 && row >= rows.0 && row < rows.1
    }
}
