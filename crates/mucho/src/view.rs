//! A kernel as a raster: computed where and when somebody reads it.

use crate::{
    function::{KernelFunction, WindowFunction},
    output::computed_band,
};
use kernels::{Kernel, Scratch};
use raster_core::{
    AnyArray, BandInfo, Error, MaskKind, Metadata, Nodata, Parts, RasterInfo, RasterSource, Result, Sample,
    Window, with_array,
};
use std::sync::{Arc, Mutex, PoisonError};

/// A source seen through a kernel. Views stack: a kernel over a kernel over a warped file computes only what is
/// read, window by window.
///
/// Validity: NaN is invalid in floating-point results; every pixel of an integer result is valid, unless
/// [`with_info`](Self::with_info) states a nodata value.
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
        let Some(signature) = function.output(&[from])? else {
            return Err(Error::internal("a kernel did not say what it gives"));
        };
        let mut info = RasterInfo { overviews: Vec::new(), metadata: Metadata::new(), ..from.clone() };
        info.data_type = signature.data_type;
        info.bands = vec![computed_band(signature.data_type); signature.bands];
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

    fn compute(&self, window: &Window) -> Result<AnyArray> {
        let take = || self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = take().pop().unwrap_or_default();
        let result = self.function.compute(&*self.source, window, &mut scratch);
        take().push(scratch);
        result
    }
}

impl RasterSource for KernelView {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read_parts(&self, bands: &[usize], window: &Window, mut parts: Parts<'_>) -> Result<()> {
        parts.check(&self.info, bands, window)?;
        let all_valid = |b: &usize| self.info.bands[b - 1].mask == MaskKind::AllValid;
        if parts.masked(bands).iter().all(all_valid) {
            if let Some(mask) = &mut parts.mask {
                mask.fill(255);
            }
            parts.mask = None;
            if parts.pixels.is_none() {
                return Ok(());
            }
        }
        let result = self.compute(window)?;
        if let Some(mask) = &mut parts.mask {
            for (mut to, &band) in mask.outer_iter_mut().zip(bands) {
                let nodata = self.info.bands[band - 1].nodata;
                with_array!(AnyArray, &result, a => {
                    mark(a.index_axis(ndarray::Axis(0), band - 1).iter(), nodata, to.iter_mut());
                });
            }
        }
        let Some(out) = &mut parts.pixels else { return Ok(()) };
        let view = result.view();
        bands.iter().enumerate().try_for_each(|(i, band)| out.band_mut(i).assign(&view.band(band - 1)))
    }
}

fn mark<'a, T: Sample>(
    samples: impl Iterator<Item = &'a T>,
    nodata: Option<Nodata>,
    mask: impl Iterator<Item = &'a mut u8>,
) {
    let nodata = nodata.and_then(Nodata::to_sample::<T>);
    for (m, v) in mask.zip(samples) {
        *m = if v.is_nan() || Some(*v) == nodata { 0 } else { 255 };
    }
}
