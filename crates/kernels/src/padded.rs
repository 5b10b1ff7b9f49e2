//! A window with its halo complete.

use crate::{Border, kernel::Trimmed};
use raster_core::{Halo, Result};

/// A plane of f64 with the whole halo that a kernel needs: beyond the edge of the raster by the border rule. NaN is
/// missing.
pub(crate) struct Padded<'a> {
    values: &'a [f64],
    cols: usize,
    /// Is a pixel of it missing?
    pub some_missing: bool,
}

impl<'a> Padded<'a> {
    /// Band `band` (from 0) of `input`; `plane` and `padded` are buffers.
    ///
    /// # Errors
    /// `Unsupported` for integers beyond 2^53.
    pub(crate) fn new(
        input: &Trimmed<'_>,
        band: usize,
        need: Halo,
        border: Border,
        plane: &mut Vec<f64>,
        padded: &'a mut Vec<f64>,
    ) -> Result<Self> {
        input.check_exact(band)?;
        input.fill_plane(band, plane);
        let (in_rows, in_cols) = input.input_size();
        let positions = |have: usize, need_before: usize, n: usize, need_after: usize, len: usize| {
            let first = have as i64 - need_before as i64;
            let end = (have + n + need_after) as i64;
            (first..end).map(move |i| border.position(i, len))
        };
        let columns: Vec<Option<usize>> =
            positions(input.halo.left, need.left, input.cols, need.right, in_cols).collect();
        let outside = border.value();
        padded.clear();
        for row in positions(input.halo.top, need.top, input.rows, need.bottom, in_rows) {
            match row {
                Some(row) => {
                    let row = &plane[row * in_cols..(row + 1) * in_cols];
                    padded.extend(columns.iter().map(|c| c.map_or(outside, |c| row[c])));
                }
                None => padded.extend(columns.iter().map(|_| outside)),
            }
        }
        let values: &[f64] = padded;
        Ok(Self { values, cols: columns.len(), some_missing: values.iter().any(|v| v.is_nan()) })
    }

    /// A row, counted from the first row of the halo.
    pub(crate) fn row(&self, row: usize) -> &'a [f64] {
        &self.values[row * self.cols..(row + 1) * self.cols]
    }
}
