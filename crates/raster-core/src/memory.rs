//! A raster whose pixels are an array.

use crate::{
    AnyArray, Digest, Error, Grid, MaskKind, Nodata, Parts, RasterInfo, RasterSource, Result, Sample, Window,
    validity::{self, Validity},
    with_array,
};
use ndarray::{Array2, Axis, Slice};

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
    /// With a description that belongs to the array. An array has no overviews, whatever the description says.
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
    pub fn with_nodata(mut self, nodata: impl Into<Nodata>) -> Self {
        self.info = self.info.with_nodata(nodata);
        self
    }
    /// On this grid: its transform and coordinate system.
    ///
    /// # Errors
    /// `Misuse` when the grid has another size.
    pub fn with_grid(mut self, grid: &Grid) -> Result<Self> {
        if (grid.width, grid.height) != (self.info.width, self.info.height) {
            return Err(Error::misuse(format!(
                "a grid of {} × {} for an array of {} × {} pixels",
                grid.width, grid.height, self.info.width, self.info.height
            )));
        }
        self.info = self.info.with_grid(grid);
        Ok(self)
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
    /// From all samples.
    fn content_id(&self) -> Result<Option<u128>> {
        let mut digest = Digest::new();
        let mut bytes = Vec::new();
        with_array!(AnyArray, &self.pixels, a => {
            for row in a.rows() {
                let samples: Vec<_> = row.iter().copied().collect();
                bytes.resize(samples.len() * self.info.data_type.size(), 0);
                Sample::copy_to_le(&samples, &mut bytes);
                digest.bytes(&bytes);
            }
        });
        if let Some(mask) = &self.mask {
            mask.iter().for_each(|m| digest.bytes(&[*m]));
        }
        Ok(Some(digest.finish()))
    }

    fn read_parts(&self, bands: &[usize], window: &Window, mut parts: Parts<'_>) -> Result<()> {
        parts.check(&self.info, bands, window)?;
        let view = self.pixels.view();
        let part = view.window(window);
        if let Some(mask) = &mut parts.mask {
            for (&band, mut to) in bands.iter().zip(mask.outer_iter_mut()) {
                match (self.info.validity(band), &self.mask) {
                    (Validity::Alpha(alpha), _) => validity::of_alpha(&part.band(alpha - 1), &mut to),
                    (Validity::Stored, Some(mask)) => {
                        let (r, c) = (window.row as usize, window.col as usize);
                        let rows = Slice::from(r..r + window.height);
                        let cols = Slice::from(c..c + window.width);
                        to.assign(&mask.slice_each_axis(|d| if d.axis == Axis(0) { rows } else { cols }));
                    }
                    _ => validity::of_band(&self.info, band, &part.band(band - 1), &mut to),
                }
            }
        }
        if let Some(pixels) = &mut parts.pixels {
            for (i, &band) in bands.iter().enumerate() {
                pixels.band_mut(i).assign(&part.band(band - 1))?;
            }
        }
        Ok(())
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
