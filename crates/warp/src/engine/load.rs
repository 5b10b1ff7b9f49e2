//! Source windows with their validity.

use crate::{
    pixel::Pixel,
    resample::view::{Limits, SourceView, Validity},
};
use ndarray::{Array3, ArrayView3, ArrayViewMut3, Axis, Slice};
use raster_core::{ColorInterp, MaskKind, Nodata, RasterSource, Result, Window};

/// Reads windows of some bands of a source as samples of one type.
pub(crate) struct Loader<'a> {
    pub(crate) source: &'a dyn RasterSource,
    /// Numbered from 1.
    pub(crate) bands: &'a [usize],
    /// Stands for the source's own mask, when the caller has said what is invalid.
    pub(crate) nodata: Option<Option<Nodata>>,
    pub(crate) limits: Limits,
}

/// A source window in memory.
pub(crate) struct Loaded<T> {
    pixels: Array3<T>,
    valid: Option<Array3<u8>>,
    window: Window,
    limits: Limits,
}

impl<T: Pixel> Loaded<T> {
    pub(crate) fn view(&self) -> SourceView<'_, T> {
        let view = self.pixels.view();
        // An owned array in standard layout: every band is one slice.
        let planes = (0..view.dim().0).map(|b| plane(&view, b)).collect();
        let valid = self.valid.as_ref().map(|v| {
            let v = v.view();
            Validity { planes: (0..v.dim().0).map(|b| plane(&v, b)).collect(), stride: self.window.width }
        });
        SourceView { planes, stride: self.window.width, valid, window: self.window, limits: self.limits }
    }
}

/// One band as a slice; empty if the array is not in standard layout.
pub(crate) fn plane<'a, T>(array: &ArrayView3<'a, T>, band: usize) -> &'a [T] {
    (*array).index_axis_move(Axis(0), band).to_slice().unwrap_or(&[])
}

impl Loader<'_> {
    /// Does any band have pixels that can be invalid?
    fn masked(&self) -> bool {
        let info = self.source.info();
        match self.nodata {
            Some(nodata) => nodata.is_some(),
            None => self.bands.iter().any(|&b| info.bands[b - 1].mask != MaskKind::AllValid),
        }
    }

    /// The pixels of `window`, whose columns may go round the Earth.
    pub(crate) fn load<T: Pixel>(&self, window: &Window) -> Result<Loaded<T>> {
        let shape = (self.bands.len(), window.height, window.width);
        let mut pixels = Array3::from_elem(shape, T::default());
        let masked = self.masked() && self.nodata.is_none();
        let mut mask = masked.then(|| Array3::zeros(shape));
        let mut col = window.col;
        while col < window.end_col() {
            // The part up to where the raster's columns start again.
            let width = self.source.info().width as i64;
            let start = col.rem_euclid(width);
            let count = (width - start).min(window.end_col() - col) as usize;
            let part = Window::new(start, window.row, count, window.height);
            let target = Window { col, ..part };
            let mut view = pixels.view_mut();
            self.source.read_into(
                self.bands,
                &part,
                T::erase_view_mut(sub_window(&mut view, window, &target)),
            )?;
            if let Some(mask) = &mut mask {
                self.source.read_mask_into(
                    self.bands,
                    &part,
                    sub_window(&mut mask.view_mut(), window, &target),
                )?;
            }
            col += count as i64;
        }
        let valid = self.validity(&pixels.view(), mask);
        Ok(Loaded { pixels, valid, window: *window, limits: self.limits })
    }

    /// 0 where a sample is invalid, and nothing at all when every one is valid.
    pub(crate) fn validity<T: Pixel>(
        &self,
        pixels: &ArrayView3<'_, T>,
        mask: Option<Array3<u8>>,
    ) -> Option<Array3<u8>> {
        let mut mask = mask;
        if let Some(mask) = &mut mask {
            // An alpha band is data of its own: transparent is not missing.
            for (i, &band) in self.bands.iter().enumerate() {
                if self.source.info().bands[band - 1].color == ColorInterp::Alpha {
                    mask.index_axis_mut(Axis(0), i).fill(255);
                }
            }
        }
        let nodata = self.nodata.flatten().and_then(Nodata::to_sample::<T>);
        let invalid = |v: &T| (T::HAS_NAN && v.is_nan()) || nodata.is_some_and(|n| *v == n);
        if (T::HAS_NAN || nodata.is_some()) && pixels.iter().any(invalid) {
            let mask = mask.get_or_insert_with(|| Array3::from_elem(pixels.dim(), 255));
            mask.zip_mut_with(pixels, |m, v| *m = if invalid(v) { 0 } else { *m });
        }
        mask.filter(|m| m.iter().any(|v| *v == 0))
    }
}

/// The part of an output array that belongs to each tile, row by row.
pub(crate) fn split<'a, T>(
    array: ArrayViewMut3<'a, T>,
    cols: &[usize],
    rows: &[usize],
) -> Vec<ArrayViewMut3<'a, T>> {
    let mut out = Vec::with_capacity((cols.len() - 1) * (rows.len() - 1));
    let mut rest = array;
    for row in rows.windows(2) {
        let (mut line, below) = rest.split_at(Axis(1), row[1] - row[0]);
        for col in cols.windows(2) {
            let (tile, right) = line.split_at(Axis(2), col[1] - col[0]);
            out.push(tile);
            line = right;
        }
        rest = below;
    }
    out
}

/// The part of a piece's array that a smaller window covers.
pub(crate) fn sub_window<'a, T>(
    array: &'a mut ArrayViewMut3<'_, T>,
    whole: &Window,
    window: &Window,
) -> ArrayViewMut3<'a, T> {
    let at = window.relative_to(whole);
    let (row, col) = (at.row as usize, at.col as usize);
    array.slice_each_axis_mut(|d| match d.axis.index() {
        1 => Slice::from(row..row + at.height),
        2 => Slice::from(col..col + at.width),
        _ => Slice::from(..),
    })
}
