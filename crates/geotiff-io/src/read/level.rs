//! One resolution of a dataset as a source of pixels: an image, its mask, and what it says about itself.

use super::image::{Image, Reading};
use super::workers::WorkerPool;
use crate::tiff::directory::TiffFile;
use ndarray::{Array3, ArrayView3, ArrayViewMut3, Axis, Zip};
use raster_core::{
    AnyArray, AnyViewMut, ColorInterp, Error, MaskKind, Nodata, Parts, RasterInfo, RasterSource, Result,
    Sample, Window, with_array, with_type,
};
use std::{path::PathBuf, sync::Arc};

/// What all resolutions of a dataset share.
pub(crate) struct Shared {
    pub(crate) file: TiffFile,
    pub(crate) path: Option<PathBuf>,
    pub(crate) workers: WorkerPool,
}

/// One resolution.
#[derive(Clone)]
pub(crate) struct Level {
    pub(crate) shared: Arc<Shared>,
    pub(crate) image: Arc<Image>,
    pub(crate) mask: Option<Arc<Image>>,
    pub(crate) info: Arc<RasterInfo>,
    /// Blocks decoded at once at most; 0 for as many as the reading thread's share.
    pub(crate) threads: usize,
}

impl Level {
    /// Blocks to decode at once: what a call asks for, else what the dataset was opened with.
    pub(super) fn threads(&self, asked: Option<usize>) -> usize {
        match asked.unwrap_or(self.threads) {
            0 => parallel::share(),
            n => n.min(parallel::share()),
        }
    }

    fn reading(&self, threads: Option<usize>) -> Reading<'_> {
        let threads = self.threads(threads);
        Reading { file: &self.shared.file, workers: &self.shared.workers, threads }
    }

    /// Name the file in an error.
    pub(crate) fn located(&self, error: Error) -> Error {
        match &self.shared.path {
            Some(path) => error.in_file(path),
            None => error,
        }
    }

    /// May an array of these sizes be allocated?
    fn check_array(&self, sizes: &[usize]) -> Result<()> {
        self.shared.file.limits.check_array(sizes).map_err(|e| self.located(e))
    }

    /// What a block that is not stored holds: nodata, or 0.
    fn sparse_value<T: Sample>(&self) -> T {
        let nodata = self.info.nodata();
        with_type!(self.info.data_type, S => {
            match nodata.and_then(Nodata::to_sample::<S>) {
                Some(value) => T::from_value(value.to_value()),
                None => T::default(),
            }
        })
    }

    /// [`RasterSource::read_into`] with a bound on threads.
    pub(crate) fn read_bands(
        &self,
        bands: &[usize],
        window: &Window,
        out: AnyViewMut<'_>,
        threads: Option<usize>,
    ) -> Result<()> {
        self.info.check_read(bands, window, out.shape()).map_err(|e| self.located(e))?;
        let bands: Vec<usize> = bands.iter().map(|b| b - 1).collect();
        let reading = self.reading(threads);
        with_array!(AnyViewMut, out, a => {
            self.image.read_into(reading, &bands, window, a, self.sparse_value())
        })
        .map_err(|e| self.located(e))
    }

    /// [`RasterSource::read_mask_into`] with a bound on threads.
    pub(crate) fn read_masks(
        &self,
        bands: &[usize],
        window: &Window,
        mut out: ArrayViewMut3<'_, u8>,
        threads: Option<usize>,
    ) -> Result<()> {
        self.info.check_read(bands, window, out.dim()).map_err(|e| self.located(e))?;
        // What bands share (a mask, an alpha band) is read once and copied.
        let mut shared: Option<usize> = None;
        for (i, &band) in bands.iter().enumerate() {
            let info = &self.info.bands[band - 1];
            match (info.mask, shared) {
                (MaskKind::PerDataset | MaskKind::Alpha, Some(first)) => {
                    let (done, mut rest) = out.view_mut().split_at(Axis(0), i);
                    rest.index_axis_mut(Axis(0), 0).assign(&done.index_axis(Axis(0), first));
                }
                (kind, _) => {
                    let slot = out.slice_axis_mut(Axis(0), (i..i + 1).into());
                    self.read_mask(band, kind, window, slot, threads)?;
                    if matches!(kind, MaskKind::PerDataset | MaskKind::Alpha) {
                        shared = Some(i);
                    }
                }
            }
        }
        Ok(())
    }

    fn read_mask(
        &self,
        band: usize,
        kind: MaskKind,
        window: &Window,
        mut out: ArrayViewMut3<'_, u8>,
        threads: Option<usize>,
    ) -> Result<()> {
        match (kind, &self.mask) {
            (MaskKind::PerDataset, Some(mask)) => {
                // A mask block that is not stored is empty: everything is invalid there.
                mask.read_into(self.reading(threads), &[0], window, out.view_mut(), 0)
                    .map_err(|e| self.located(e))?;
                out.mapv_inplace(|v| if v == 0 { 0 } else { 255 });
            }
            (MaskKind::Nodata, _) => {
                let pixels = self.read_native(band, window, threads)?;
                let nodata = self.info.bands[band - 1].nodata;
                with_array!(AnyArray, &pixels, a => nodata_mask(a.view(), nodata, out));
            }
            (MaskKind::Alpha, _) => {
                let alpha = self.info.bands.iter().rposition(|b| b.color == ColorInterp::Alpha);
                let alpha = alpha.map_or(self.info.bands.len(), |i| i + 1);
                match self.read_native(alpha, window, threads)? {
                    AnyArray::U8(a) => out.assign(&a),
                    // GDAL scales 16-bit alpha to 8 bit, and keeps what is not quite 0 from becoming 0.
                    AnyArray::U16(a) => Zip::from(&mut out).and(&a).for_each(|m, &v| {
                        *m = if v == 0 { 0 } else { (u32::from(v) * 255 / 65535).max(1) as u8 };
                    }),
                    other => out.assign(&other.convert::<u8>()),
                }
            }
            _ => out.fill(255),
        }
        Ok(())
    }

    fn read_native(&self, band: usize, window: &Window, threads: Option<usize>) -> Result<AnyArray> {
        self.check_array(&[window.height, window.width, self.info.data_type.size()])?;
        let mut pixels = AnyArray::zeros(self.info.data_type, (1, window.height, window.width));
        self.read_bands(&[band], window, pixels.view_mut(), threads)?;
        Ok(pixels)
    }
}

/// 0 where a sample equals nodata (NaN equals NaN), 255 elsewhere.
pub(crate) fn nodata_mask<T: Sample>(
    pixels: ArrayView3<'_, T>,
    nodata: Option<Nodata>,
    mut out: ArrayViewMut3<'_, u8>,
) {
    match nodata.and_then(Nodata::to_sample::<T>) {
        None => out.fill(255),
        Some(n) if n.is_nan() => {
            Zip::from(&mut out).and(&pixels).for_each(|m, v| *m = if v.is_nan() { 0 } else { 255 });
        }
        Some(n) => Zip::from(&mut out).and(&pixels).for_each(|m, v| *m = if *v == n { 0 } else { 255 }),
    }
}

impl RasterSource for Level {
    fn info(&self) -> &RasterInfo {
        &self.info
    }
    fn read_parts(&self, bands: &[usize], window: &Window, parts: Parts<'_>) -> Result<()> {
        parts.check(&self.info, bands, window).map_err(|e| self.located(e))?;
        let masked = parts.masked(bands);
        if let Some(out) = parts.pixels {
            self.read_bands(bands, window, out, None)?;
        }
        match parts.mask {
            Some(mask) => self.read_masks(masked, window, mask, None),
            None => Ok(()),
        }
    }
    fn read_window(&self, bands: &[usize], window: &Window) -> Result<AnyArray> {
        let shape = (bands.len(), window.height, window.width);
        self.info.check_read(bands, window, shape).map_err(|e| self.located(e))?;
        self.check_array(&[shape.0, shape.1, shape.2, self.info.data_type.size()])?;
        let mut out = AnyArray::zeros(self.info.data_type, shape);
        self.read_into(bands, window, out.view_mut())?;
        Ok(out)
    }
    fn read_mask_window(&self, bands: &[usize], window: &Window) -> Result<Array3<u8>> {
        let shape = (bands.len(), window.height, window.width);
        self.info.check_read(bands, window, shape).map_err(|e| self.located(e))?;
        self.check_array(&[shape.0, shape.1, shape.2])?;
        let mut out = Array3::zeros(shape);
        self.read_mask_into(bands, window, out.view_mut())?;
        Ok(out)
    }
}
