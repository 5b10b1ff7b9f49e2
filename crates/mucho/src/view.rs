//! A kernel as a raster: computed where and when somebody reads it.

use crate::{function::KernelFunction, output};
use kernels::{Kernel, Scratch};
use ndarray::{Array3, Axis};
use raster_core::{
    AnyArray, BandInfo, Parts, RasterInfo, RasterSource, Result, Window,
    validity::{self, Validity},
};
use std::sync::{Arc, Mutex, PoisonError};

/// A source seen through a kernel. Views stack: a kernel over a kernel over a warped file computes only what is
/// read, window by window.
///
/// Validity is that of a job with the same kernel: NaN is missing in floating-point results; in integer ones the source's nodata
/// value where values are the source's, else what the kernel says of each pixel.
pub struct KernelView {
    source: Arc<dyn RasterSource>,
    function: KernelFunction,
    info: RasterInfo,
    scratch: Mutex<Vec<Scratch>>,
}

impl KernelView {
    /// See `source` (all bands) through `kernel`.
    ///
    /// # Errors
    /// `Misuse` when the kernel cannot take these bands or this type.
    pub fn new(source: Arc<dyn RasterSource>, kernel: impl Kernel + 'static) -> Result<Self> {
        Self::from_function(source, KernelFunction::new(kernel))
    }

    /// As [`new`](Self::new), with the bands that the function chooses.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_function(source: Arc<dyn RasterSource>, function: KernelFunction) -> Result<Self> {
        let from = source.info();
        let info = output::describe(from, &[from], &function)?;
        Ok(Self { source, function, info, scratch: Mutex::default() })
    }

    /// Say something else about the result: nodata, descriptions, metadata. Size, type and number of bands stay.
    #[must_use]
    pub fn with_info(mut self, change: impl FnOnce(&mut RasterInfo)) -> Self {
        let (width, height, bands, data_type) =
            (self.info.width, self.info.height, self.info.bands.len(), self.info.data_type);
        change(&mut self.info);
        self.info.bands.resize(bands, BandInfo::default());
        (self.info.width, self.info.height, self.info.data_type) = (width, height, data_type);
        self
    }

    /// Pixels, and the masks where the view's validity is told by masks.
    fn compute(&self, window: &Window) -> Result<(AnyArray, Option<Array3<u8>>)> {
        let take = || self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = take().pop().unwrap_or_default();
        let result = self.function.compute(&*self.source, window, &mut scratch);
        take().push(scratch);
        result?.settle(&self.info, || Ok(None))
    }
}

impl RasterSource for KernelView {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read_parts(&self, bands: &[usize], window: &Window, mut parts: Parts<'_>) -> Result<()> {
        parts.check(&self.info, bands, window)?;
        if parts.pixels.is_none() && self.info.is_all_valid() {
            if let Some(mask) = &mut parts.mask {
                mask.fill(255);
            }
            return Ok(());
        }
        let (pixels, stored) = self.compute(window)?;
        let pixels = pixels.convert_to(self.info.data_type);
        let view = pixels.view();
        if let Some(mask) = &mut parts.mask {
            for (mut to, &band) in mask.outer_iter_mut().zip(bands) {
                match (self.info.validity(band), &stored) {
                    (rule, Some(stored)) if rule.is_stored() => {
                        to.assign(&stored.index_axis(Axis(0), band - 1));
                    }
                    (Validity::Alpha(alpha), _) => validity::of_alpha(&view.band(alpha - 1), &mut to),
                    _ => validity::of_band(&self.info, band, &view.band(band - 1), &mut to),
                }
            }
        }
        let Some(out) = &mut parts.pixels else { return Ok(()) };
        bands.iter().enumerate().try_for_each(|(i, band)| out.band_mut(i).assign(&view.band(band - 1)))
    }
}
