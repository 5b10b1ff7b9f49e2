//! Source windows with their validity.

use crate::simd::{self, level};
use crate::{
    pixel::Pixel,
    resample::view::{Limits, Mask, SourceView, Validity, planes},
};
use fearless_simd::dispatch;
use ndarray::{Array3, ArrayView3, ArrayViewMut3, Axis, Slice};
use raster_core::{
    ColorInterp, MaskKind, Nodata, Parts, RasterSource, Result, Window, layout, opacity::Mixing, validity,
};

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
    valid: Option<Mask>,
    window: Window,
    limits: Limits,
}

impl<T: Pixel> Loaded<T> {
    pub(crate) fn view(&self) -> SourceView<'_, T> {
        let valid = self.valid.as_ref().map(Validity::new);
        let planes = planes(&self.pixels);
        SourceView { planes, stride: self.window.width, valid, window: self.window, limits: self.limits }
    }
}

impl Loader<'_> {
    /// Has the source to be asked for a mask? Not when the samples themselves tell what is missing.
    pub(crate) fn wants_mask<T: Pixel>(&self) -> bool {
        let info = self.source.info();
        // A wider type may not hold the very nodata value that is meant.
        let as_stored = T::DATA_TYPE == info.data_type;
        let told = |kind| kind == MaskKind::AllValid || kind == MaskKind::Nodata && as_stored;
        self.nodata.is_none() && !self.bands.iter().all(|&b| told(info.bands[b - 1].mask))
    }

    /// The sample of a band that stands for no data.
    pub(crate) fn nodata_of<T: Pixel>(&self, band: usize) -> Option<T> {
        let info = &self.source.info().bands[band - 1];
        let own = if info.mask == MaskKind::Nodata { info.nodata } else { None };
        self.nodata.unwrap_or(own)?.to_sample::<T>()
    }

    /// How samples of a band are mixed. What the caller says is invalid is not an alpha band.
    pub(crate) fn mixing(&self, band: usize) -> Mixing {
        if self.nodata.is_some() { Mixing::Valid } else { self.source.info().mixing(band) }
    }

    /// Is it known without reading that nothing in `window` is valid?
    pub(crate) fn is_missing<T: Pixel>(&self, window: &Window) -> bool {
        let info = self.source.info();
        let missing = |&band: &usize| match self.nodata {
            // Transparent is not missing in an alpha band.
            None => info.bands[band - 1].color != ColorInterp::Alpha && info.is_blank_missing(band),
            Some(_) => {
                let blank = T::from_value(info.blank_sample());
                self.nodata_of::<T>(band).is_some_and(|n| n == blank)
            }
        };
        self.bands.iter().all(missing)
            && info.window().contains(window)
            && self.source.is_blank(self.bands, window)
    }

    /// The pixels of `window`, whose columns may go round the Earth.
    pub(crate) fn load<T: Pixel>(&self, window: &Window) -> Result<Loaded<T>> {
        let shape = (self.bands.len(), window.height, window.width);
        let mut pixels = Array3::from_elem(shape, T::default());
        let mut mask = self.wants_mask::<T>().then(|| Array3::zeros(shape));
        let mut col = window.col;
        while col < window.end_col() {
            // The part up to where the raster's columns start again.
            let width = self.source.info().width as i64;
            let start = col.rem_euclid(width);
            let count = (width - start).min(window.end_col() - col) as usize;
            let part = Window::new(start, window.row, count, window.height);
            let target = Window { col, ..part };
            let mut view = pixels.view_mut();
            let out = T::erase_view_mut(sub_window(&mut view, window, &target));
            match &mut mask {
                Some(mask) => {
                    let mut view = mask.view_mut();
                    let mask = sub_window(&mut view, window, &target);
                    self.source.read_parts(self.bands, &part, Parts::both(out, mask))
                }
                None => self.source.read_into(self.bands, &part, out),
            }?;
            col += count as i64;
        }
        let valid = self.validity(&planes(&pixels), (window.height, window.width), mask);
        Ok(Loaded { pixels, valid, window: *window, limits: self.limits })
    }

    /// 0 where a sample is invalid, and nothing at all when every one counts in full. `planes` are the bands in the
    /// order of `self.bands`, of this height and width.
    pub(crate) fn validity<T: Pixel>(
        &self,
        planes: &[&[T]],
        (height, width): (usize, usize),
        mask: Option<Array3<u8>>,
    ) -> Option<Mask> {
        let mut mask = mask;
        let all_valid = || Array3::from_elem((planes.len(), height, width), 255);
        let mut by_opacity = vec![false; planes.len()];
        for (i, (&band, plane)) in self.bands.iter().zip(planes).enumerate() {
            let info = self.source.info();
            match self.mixing(band) {
                Mixing::ByOpacity => by_opacity[i] = true,
                Mixing::All => {
                    if let Some(mask) = &mut mask {
                        mask.index_axis_mut(Axis(0), i).fill(255);
                    }
                }
                // Transparent pixels are left out of alpha as they are of the colours.
                Mixing::Visible => {
                    let mut to = mask.get_or_insert_with(all_valid).index_axis_mut(Axis(0), i);
                    if let Ok(plane) = ArrayView3::from_shape((1, height, width), plane) {
                        let stored = T::erase_view(plane).to_owned().convert_to(info.data_type);
                        validity::of_alpha(&stored.view(), &mut to);
                    }
                }
                // Any other alpha band is data of its own: transparent is not missing.
                _ if info.bands[band - 1].color == ColorInterp::Alpha => {
                    if let Some(mask) = &mut mask {
                        mask.index_axis_mut(Axis(0), i).fill(255);
                    }
                }
                _ => {}
            }
        }
        for (i, (&band, plane)) in self.bands.iter().zip(planes).enumerate() {
            let nodata = self.nodata_of::<T>(band);
            if nodata.is_none() && !T::HAS_NAN {
                continue;
            }
            let invalid = |v: &T| (T::HAS_NAN && v.is_nan()) || nodata.is_some_and(|n| *v == n);
            let mut any = false;
            dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
                // Without a way out of the loop, so that it vectorises.
                any = plane.iter().fold(false, |any, v| any | invalid(v));
            }));
            if any {
                let mask = mask.get_or_insert_with(all_valid);
                for (m, v) in mask.index_axis_mut(Axis(0), i).iter_mut().zip(*plane) {
                    *m = if invalid(v) { 0 } else { *m };
                }
            }
        }
        let values = mask?;
        for (by_opacity, values) in by_opacity.iter_mut().zip(values.outer_iter()) {
            *by_opacity &= values.iter().any(|v| *v != 255);
        }
        let counts = by_opacity.contains(&true) || layout::samples(values.view()).contains(&0);
        counts.then_some(Mask { values, by_opacity })
    }
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
