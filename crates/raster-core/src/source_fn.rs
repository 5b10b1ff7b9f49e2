//! A source made of a closure.

use crate::{AnyArray, Parts, RasterInfo, RasterSource, Result, Window};
use std::fmt;

/// A [`RasterSource`] whose pixels a closure computes: it is given bands (numbered from 1) and a window, and gives an array of shape
/// (bands, rows, columns). Validity follows from the description: samples that equal a band's nodata value are missing.
///
/// ```
/// use raster_core::{DataType, RasterInfo, RasterSource, SourceFn, Window};
/// let rows = SourceFn::new(RasterInfo::new(300, 200, 1, DataType::U8), |bands: &[usize], w: &Window| {
///     Ok(ndarray::Array3::from_shape_fn((bands.len(), w.height, w.width), |(_, r, _)| (w.row as usize + r) as u8))
/// });
/// assert_eq!(rows.read_window(&[1], &Window::new(5, 100, 1, 1))?.view().value(0, 0, 0).to_f64(), 100.0);
/// # Ok::<(), raster_core::Error>(())
/// ```
#[derive(Clone)]
pub struct SourceFn<F> {
    info: RasterInfo,
    function: F,
}

impl<F> SourceFn<F> {
    /// A raster that says this about itself.
    #[must_use]
    pub fn new(info: RasterInfo, function: F) -> Self {
        Self { info, function }
    }
}

impl<F> fmt::Debug for SourceFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceFn").field("info", &self.info).finish_non_exhaustive()
    }
}

impl<F, A> RasterSource for SourceFn<F>
where
    F: Fn(&[usize], &Window) -> Result<A> + Send + Sync,
    A: Into<AnyArray>,
{
    fn info(&self) -> &RasterInfo {
        &self.info
    }
    fn read_parts(&self, bands: &[usize], window: &Window, mut parts: Parts<'_>) -> Result<()> {
        parts.check(&self.info, bands, window)?;
        let samples = (self.function)(bands, window)?.into().convert_to(self.info.data_type);
        let shape = (bands.len(), window.height, window.width);
        self.info.check_read(bands, window, samples.shape()).map_err(|e| {
            e.context(format!("the function gave an array of shape {:?} for {shape:?}", samples.shape()))
        })?;
        parts.put(&self.info, bands, &samples.view())
    }
}
