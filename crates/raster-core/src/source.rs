//! Something that pixels can be read from.

use crate::{AnyArray, AnyView, AnyViewMut, RasterInfo, Result, Window, validity};
use ndarray::{Array3, ArrayViewMut3, Axis, Slice};
use std::sync::Arc;

/// Pixels and their validity.
#[derive(Clone, Debug, PartialEq)]
pub struct Masked<A> {
    /// The pixels, shape (bands, rows, columns).
    pub data: A,
    /// 0 invalid, 255 valid, values between from an alpha band; the same shape.
    pub mask: Array3<u8>,
}

/// What a read fills: pixels, their validity, or both; each only where it is asked for.
#[derive(Debug)]
#[non_exhaustive]
pub struct Parts<'a> {
    /// The pixels, shape (bands, window height, window width), of any data type: samples are converted, saturating.
    pub pixels: Option<AnyViewMut<'a>>,
    /// The validity of the first of the bands, shape (any number up to that of the bands, window height, window width): 0
    /// invalid, 255 valid, values between from an alpha band.
    pub mask: Option<ArrayViewMut3<'a, u8>>,
}

impl<'a> Parts<'a> {
    /// Pixels alone.
    #[must_use]
    pub fn pixels(pixels: AnyViewMut<'a>) -> Self {
        Self { pixels: Some(pixels), mask: None }
    }
    /// Validity alone.
    #[must_use]
    pub fn mask(mask: ArrayViewMut3<'a, u8>) -> Self {
        Self { pixels: None, mask: Some(mask) }
    }
    /// Pixels and validity.
    #[must_use]
    pub fn both(pixels: AnyViewMut<'a>, mask: ArrayViewMut3<'a, u8>) -> Self {
        Self { pixels: Some(pixels), mask: Some(mask) }
    }
    /// A shorter borrow of the same.
    pub fn reborrow(&mut self) -> Parts<'_> {
        Parts {
            pixels: self.pixels.as_mut().map(AnyViewMut::reborrow),
            mask: self.mask.as_mut().map(ArrayViewMut3::view_mut),
        }
    }
    /// The part that `window` covers, counted from the upper left pixel.
    ///
    /// # Panics
    /// When the window reaches outside.
    pub fn window_mut(&mut self, window: &Window) -> Parts<'_> {
        let (row, col) = (window.row as usize, window.col as usize);
        Parts {
            pixels: self.pixels.as_mut().map(|p| p.window_mut(window)),
            mask: self.mask.as_mut().map(|m| {
                m.slice_each_axis_mut(|d| match d.axis {
                    Axis(1) => Slice::from(row..row + window.height),
                    Axis(2) => Slice::from(col..col + window.width),
                    _ => Slice::from(..),
                })
            }),
        }
    }
    /// The first of `bands`: those whose validity is asked for.
    #[must_use]
    pub fn masked<'b>(&self, bands: &'b [usize]) -> &'b [usize] {
        &bands[..self.mask.as_ref().map_or(0, |m| m.dim().0).min(bands.len())]
    }
    /// Are band numbers, window and shapes possible? What [`RasterSource::read_parts`] checks first.
    ///
    /// # Errors
    /// `Misuse` with the number that is out of range.
    pub fn check(&self, info: &RasterInfo, bands: &[usize], window: &Window) -> Result<()> {
        let pixels =
            self.pixels.as_ref().map_or((bands.len(), window.height, window.width), AnyViewMut::shape);
        info.check_read(bands, window, pixels)?;
        match &self.mask {
            Some(mask) if mask.dim().0 <= bands.len() => {
                info.check_read(&bands[..mask.dim().0], window, mask.dim())
            }
            Some(mask) => info.check_read(bands, window, mask.dim()),
            None => Ok(()),
        }
    }
    /// Fill both parts from `samples` of shape (bands, rows, columns), in the type of the source; validity follows from the
    /// samples themselves (nodata), or is whole. For sources whose pixels are all that there is to know: no stored mask, no
    /// alpha band beside them.
    ///
    /// # Errors
    /// `Misuse` when the shapes differ.
    pub fn put(&mut self, info: &RasterInfo, bands: &[usize], samples: &AnyView<'_>) -> Result<()> {
        if let Some(mask) = &mut self.mask {
            for (i, mut mask) in mask.outer_iter_mut().enumerate() {
                validity::of_band(info, bands[i], &samples.band(i), &mut mask);
            }
        }
        match &mut self.pixels {
            Some(pixels) => pixels.assign(samples),
            None => Ok(()),
        }
    }
}

/// Something that pixels can be read from by window: a file, an array in memory, a warped view, a mosaic.
/// Implementations are safe to read from many threads at once, and give the same pixels however the
/// raster is cut into windows.
///
/// Threads: a read may be made while others wait for it (a cache has a block made once for all who want it). It uses other
/// threads through the crate `parallel`, which knows when that is so and stays on the calling thread then. A read may also wait for
/// threads that belong to the source (a runtime for requests) as long as these read no raster, and, though it
/// costs the cache's readers up to a second now and then, for a pool such as rayon's. It does not start threads that read
/// rasters and wait for them.
///
/// Pixels travel with their validity: [`read_parts`](Self::read_parts) gives both in one pass, and everything else is made
/// of it. A source of your own:
///
/// ```
/// use raster_core::{AnyArray, DataType, Parts, RasterInfo, RasterSource, Result, Window};
///
/// /// Every pixel holds its column, and columns beyond 200 are missing.
/// struct Ramp(RasterInfo);
///
/// impl RasterSource for Ramp {
///     fn info(&self) -> &RasterInfo {
///         &self.0
///     }
///     fn read_parts(&self, bands: &[usize], window: &Window, mut parts: Parts<'_>) -> Result<()> {
///         parts.check(&self.0, bands, window)?;
///         let shape = (bands.len(), window.height, window.width);
///         let samples = ndarray::Array3::from_shape_fn(shape, |(_, _, c)| {
///             let col = window.col as usize + c;
///             if col > 200 { 255 } else { col as u8 }
///         });
///         parts.put(&self.0, bands, &AnyArray::from(samples).view())
///     }
/// }
///
/// let ramp = Ramp(RasterInfo::new(300, 10, 1, DataType::U8).with_nodata(255));
/// let read = ramp.read_masked(&[1], &Window::new(199, 0, 3, 1))?;
/// assert_eq!(read.data.into_typed::<u8>()?.as_slice(), Some(&[199, 200, 255][..]));
/// assert_eq!(read.mask.as_slice(), Some(&[255, 255, 0][..]));
/// # Ok::<(), raster_core::Error>(())
/// ```
pub trait RasterSource: Send + Sync {
    /// What it says about itself.
    fn info(&self) -> &RasterInfo;

    /// A number that differs when the pixels do, as far as that can be told without reading all of them: for jobs that go on another
    /// day. `None` (unless a source says otherwise) where it is not known.
    ///
    /// # Errors
    /// What the source meets.
    fn content_id(&self) -> Result<Option<u128>> {
        Ok(None)
    }

    /// Read `bands` (numbered from 1, any order, repeats allowed) of `window` (inside the raster) into the parts that are
    /// asked for, in one pass.
    ///
    /// # Errors
    /// `Misuse` when bands, window or shapes do not fit ([`Parts::check`]); what the source meets.
    fn read_parts(&self, bands: &[usize], window: &Window, parts: Parts<'_>) -> Result<()>;

    /// What it is called in messages, such as the path of a file; views are called as what they show.
    fn name(&self) -> Option<String> {
        None
    }

    /// The overview of this index in [`RasterInfo::overviews`] as a source of its own.
    fn overview(&self, index: usize) -> Option<Arc<dyn RasterSource>> {
        let _ = index;
        None
    }

    /// A hint: these windows of these bands will be read next, in this order. Sources that fetch from far away begin to do so;
    /// nothing depends on it.
    fn prefetch(&self, bands: &[usize], windows: &[Window]) {
        let _ = (bands, windows);
    }

    /// Is it known, without reading pixels, that these bands of the window (both exist) are blank: that nothing is stored of
    /// them? Every sample is then [`RasterInfo::blank_sample`], and
    /// [`RasterInfo::is_blank_missing`] says whether it is valid. `false` when it is not known.
    fn is_blank(&self, bands: &[usize], window: &Window) -> bool {
        let _ = (bands, window);
        false
    }

    /// Do several windows cost less when they are read by one call ([`read_windows`](Self::read_windows)) than one after the other
    /// or on several threads? So it is with sources that fetch from far away.
    fn reads_together(&self) -> bool {
        false
    }

    /// The pixels alone: into `out` of shape (bands, window height, window width), converted to its type, saturating.
    ///
    /// # Errors
    /// As [`read_parts`](Self::read_parts).
    fn read_into(&self, bands: &[usize], window: &Window, out: AnyViewMut<'_>) -> Result<()> {
        self.read_parts(bands, window, Parts::pixels(out))
    }

    /// The validity alone: into `out` of shape (bands, window height, window width), 0 invalid, 255 valid, values between from
    /// an alpha band.
    ///
    /// # Errors
    /// As [`read_parts`](Self::read_parts).
    fn read_mask_into(&self, bands: &[usize], window: &Window, out: ArrayViewMut3<'_, u8>) -> Result<()> {
        self.read_parts(bands, window, Parts::mask(out))
    }

    /// Both, into arrays that are there: see [`Parts`] for the shapes.
    ///
    /// # Errors
    /// As [`read_parts`](Self::read_parts).
    fn read_masked_into(
        &self,
        bands: &[usize],
        window: &Window,
        mut out: AnyViewMut<'_>,
        mut mask: ArrayViewMut3<'_, u8>,
    ) -> Result<()> {
        self.read_parts(bands, window, Parts::both(out.reborrow(), mask.view_mut()))
    }

    /// The pixels as a new array of the source's own type.
    ///
    /// # Errors
    /// As [`read_parts`](Self::read_parts).
    fn read_window(&self, bands: &[usize], window: &Window) -> Result<AnyArray> {
        let shape = (bands.len(), window.height, window.width);
        self.info().check_read(bands, window, shape)?;
        let mut out = AnyArray::zeros(self.info().data_type, shape);
        self.read_into(bands, window, out.view_mut())?;
        Ok(out)
    }

    /// The validity as a new array.
    ///
    /// # Errors
    /// As [`read_parts`](Self::read_parts).
    fn read_mask_window(&self, bands: &[usize], window: &Window) -> Result<Array3<u8>> {
        let shape = (bands.len(), window.height, window.width);
        self.info().check_read(bands, window, shape)?;
        let mut out = Array3::zeros(shape);
        self.read_mask_into(bands, window, out.view_mut())?;
        Ok(out)
    }

    /// Both as new arrays, the pixels in the source's own type.
    ///
    /// # Errors
    /// As [`read_parts`](Self::read_parts).
    fn read_masked(&self, bands: &[usize], window: &Window) -> Result<Masked<AnyArray>> {
        let shape = (bands.len(), window.height, window.width);
        self.info().check_read(bands, window, shape)?;
        let mut read =
            Masked { data: AnyArray::zeros(self.info().data_type, shape), mask: Array3::zeros(shape) };
        self.read_masked_into(bands, window, read.data.view_mut(), read.mask.view_mut())?;
        Ok(read)
    }

    /// The pixels of several windows, as [`read_window`](Self::read_window) gives them; with one fetch for all of them where
    /// the source [prefers it](Self::reads_together).
    ///
    /// # Errors
    /// As [`read_parts`](Self::read_parts).
    fn read_windows(&self, bands: &[usize], windows: &[Window]) -> Result<Vec<AnyArray>> {
        windows.iter().map(|window| self.read_window(bands, window)).collect()
    }

    /// Pixels and validity of several windows, as [`read_masked`](Self::read_masked) gives them; with one fetch for all of them
    /// where the source [prefers it](Self::reads_together).
    ///
    /// # Errors
    /// As [`read_parts`](Self::read_parts).
    fn read_masked_windows(&self, bands: &[usize], windows: &[Window]) -> Result<Vec<Masked<AnyArray>>> {
        windows.iter().map(|window| self.read_masked(bands, window)).collect()
    }
}

impl<S: RasterSource + ?Sized> RasterSource for Arc<S> {
    fn info(&self) -> &RasterInfo {
        (**self).info()
    }
    fn read_parts(&self, bands: &[usize], window: &Window, parts: Parts<'_>) -> Result<()> {
        (**self).read_parts(bands, window, parts)
    }
    fn content_id(&self) -> Result<Option<u128>> {
        (**self).content_id()
    }
    fn name(&self) -> Option<String> {
        (**self).name()
    }
    fn overview(&self, index: usize) -> Option<Arc<dyn RasterSource>> {
        (**self).overview(index)
    }
    fn prefetch(&self, bands: &[usize], windows: &[Window]) {
        (**self).prefetch(bands, windows);
    }
    fn is_blank(&self, bands: &[usize], window: &Window) -> bool {
        (**self).is_blank(bands, window)
    }
    fn reads_together(&self) -> bool {
        (**self).reads_together()
    }
    fn read_windows(&self, bands: &[usize], windows: &[Window]) -> Result<Vec<AnyArray>> {
        (**self).read_windows(bands, windows)
    }
    fn read_masked_windows(&self, bands: &[usize], windows: &[Window]) -> Result<Vec<Masked<AnyArray>>> {
        (**self).read_masked_windows(bands, windows)
    }
    fn read_window(&self, bands: &[usize], window: &Window) -> Result<AnyArray> {
        (**self).read_window(bands, window)
    }
    fn read_mask_window(&self, bands: &[usize], window: &Window) -> Result<Array3<u8>> {
        (**self).read_mask_window(bands, window)
    }
    fn read_masked(&self, bands: &[usize], window: &Window) -> Result<Masked<AnyArray>> {
        (**self).read_masked(bands, window)
    }
}
