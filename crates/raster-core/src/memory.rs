//! A raster whose pixels are an array.

use crate::{
    AnyArray, AnyViewMut, Error, MaskKind, Nodata, RasterInfo, RasterSource, Result, Sample, Window,
    with_array,
};
use ndarray::{Array2, ArrayView2, ArrayViewMut2, ArrayViewMut3, Axis, Slice};

/// An array together with what it says about itself; a [`RasterSource`].
#[derive(Clone, Debug)]
pub struct MemoryRaster {
    info: RasterInfo,
    pixels: AnyArray,
    mask: Option<Array2<u8>>,
}

impl MemoryRaster {
    /// An array of shape (bands, rows, columns) with nothing else stated.
    #[must_use]
    pub fn new(pixels: impl Into<AnyArray>) -> Self {
        let pixels = pixels.into();
        let (bands, height, width) = pixels.shape();
        Self { info: RasterInfo::new(width, height, bands, pixels.data_type()), pixels, mask: None }
    }
    /// With a description that belongs to the array.
    ///
    /// # Errors
    /// `Misuse` when size, number of bands or type differ.
    pub fn with_info(mut self, info: RasterInfo) -> Result<Self> {
        let own = &self.info;
        if (info.width, info.height, info.bands.len(), info.data_type)
            != (own.width, own.height, own.bands.len(), own.data_type)
        {
            return Err(Error::misuse("the description does not belong to an array of this shape and type"));
        }
        self.info = RasterInfo { overviews: Vec::new(), ..info };
        Ok(self)
    }
    /// Change the description in place; size, bands and type must stay as they are.
    ///
    /// # Errors
    /// As [`with_info`](Self::with_info).
    pub fn update_info(self, change: impl FnOnce(&mut RasterInfo)) -> Result<Self> {
        let mut info = self.info.clone();
        change(&mut info);
        self.with_info(info)
    }
    /// The same nodata value for every band; validity comes from it.
    #[must_use]
    pub fn with_nodata(mut self, nodata: Nodata) -> Self {
        for band in &mut self.info.bands {
            band.nodata = Some(nodata);
            band.mask = MaskKind::Nodata;
        }
        self
    }
    /// A mask that all bands share (0 invalid, 255 valid), of shape (rows, columns).
    ///
    /// # Errors
    /// `Misuse` when the shape differs.
    pub fn with_mask(mut self, mask: Array2<u8>) -> Result<Self> {
        if mask.dim() != (self.info.height, self.info.width) {
            return Err(Error::misuse(format!("a mask of shape {:?}", mask.dim())));
        }
        for band in &mut self.info.bands {
            band.mask = MaskKind::PerDataset;
        }
        self.mask = Some(mask);
        Ok(self)
    }
    /// The pixels.
    #[must_use]
    pub fn pixels(&self) -> &AnyArray {
        &self.pixels
    }
    /// The pixels.
    #[must_use]
    pub fn into_pixels(self) -> AnyArray {
        self.pixels
    }
}

impl RasterSource for MemoryRaster {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read_into(&self, bands: &[usize], window: &Window, mut out: AnyViewMut<'_>) -> Result<()> {
        self.info.check_read(bands, window, out.shape())?;
        let view = self.pixels.view();
        let part = view.window(window);
        for (i, &band) in bands.iter().enumerate() {
            out.band_mut(i).assign(&part.band(band - 1))?;
        }
        Ok(())
    }

    fn read_mask_into(&self, bands: &[usize], window: &Window, mut out: ArrayViewMut3<'_, u8>) -> Result<()> {
        self.info.check_read(bands, window, out.dim())?;
        let view = self.pixels.view();
        let part = view.window(window);
        for (&band, mut to) in bands.iter().zip(out.outer_iter_mut()) {
            let info = &self.info.bands[band - 1];
            match (info.mask, &self.mask) {
                (MaskKind::Nodata, _) => {
                    with_array!(AnyView, &part, a => mask_nodata(&a.index_axis(Axis(0), band - 1), info.nodata, &mut to));
                }
                (MaskKind::PerDataset, Some(mask)) => {
                    let (r, c) = (window.row as usize, window.col as usize);
                    let rows = Slice::from(r..r + window.height);
                    let cols = Slice::from(c..c + window.width);
                    to.assign(&mask.slice_each_axis(|d| if d.axis == Axis(0) { rows } else { cols }));
                }
                (MaskKind::Alpha, _) => {
                    let alpha = self.info.bands.iter().position(|b| b.color == crate::ColorInterp::Alpha);
                    let alpha = alpha.unwrap_or(self.info.bands.len() - 1);
                    with_array!(AnyView, &part, a => {
                        to.zip_mut_with(&a.index_axis(Axis(0), alpha), |m, v| *m = u8::from_f64(v.to_f64()));
                    });
                }
                _ => to.fill(255),
            }
        }
        Ok(())
    }
}

/// 0 where the sample equals nodata (NaN equals NaN), 255 elsewhere.
fn mask_nodata<T: Sample>(
    pixels: &ArrayView2<'_, T>,
    nodata: Option<Nodata>,
    out: &mut ArrayViewMut2<'_, u8>,
) {
    match nodata.and_then(Nodata::to_sample::<T>) {
        None => out.fill(255),
        Some(nd) if nd.is_nan() => out.zip_mut_with(pixels, |m, v| *m = if v.is_nan() { 0 } else { 255 }),
        Some(nd) => out.zip_mut_with(pixels, |m, v| *m = if *v == nd { 0 } else { 255 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;

    #[test]
    fn windows_bands_and_masks() {
        let pixels = Array3::from_shape_fn((2, 3, 4), |(b, r, c)| (b * 100 + r * 10 + c) as u8);
        let raster = MemoryRaster::new(pixels).with_nodata(Nodata::Int(111));
        let window = Window::new(1, 1, 2, 2);
        let read = raster.read_window(&[2, 1], &window).unwrap().into_typed::<u8>().unwrap();
        assert_eq!(read, ndarray::arr3(&[[[111, 112], [121, 122]], [[11, 12], [21, 22]]]));
        let mask = raster.read_mask_window(&[2], &window).unwrap();
        assert_eq!(mask, ndarray::arr3(&[[[0, 255], [255, 255]]]));
        assert!(raster.read_window(&[3], &window).is_err());
        assert!(raster.read_window(&[1], &Window::new(3, 0, 2, 1)).is_err());
    }
}
