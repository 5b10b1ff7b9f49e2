//! The usual next step of every source, as a method.

use crate::{KernelView, Opened};
use bytes::Bytes;
use geotiff_io::{CreateOptions, TransferOptions, Written, write_raster, write_raster_into};
use kernels::Kernel;
use raster_core::{
    AnyArray, Bounds, CrsRef, Grid, Masked, MemoryRaster, Parts, RasterInfo, RasterSource, Resampling,
    Result, Window,
};
use std::{path::Path, sync::Arc};
use warp::{ClipArea, ClipOptions, ClippedRaster, GridRequest, WarpOptions, WarpedRaster, clip};

/// One-liners over every [`RasterSource`]. Nothing is computed before pixels are read or written.
///
/// ```
/// use mucho::SourceExt;
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/elevation.tif");
/// # let folder = std::env::temp_dir().join(format!("mucho-ext-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let target = folder.join("webmap.tif");
/// mucho::open(path)?.warp_to("EPSG:3857")?.write_cog(&target)?;
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), mucho::Error>(())
/// ```
pub trait SourceExt: RasterSource + Sized + 'static {
    /// In another coordinate system, on the grid that gdalwarp would suggest, by nearest neighbour where a band has a palette
    /// and bilinear elsewhere.
    ///
    /// # Errors
    /// As [`WarpedRaster::new`].
    fn warp_to(self, crs: impl Into<CrsRef>) -> Result<WarpedRaster> {
        let request = GridRequest { crs: Some(crs.into()), ..GridRequest::default() };
        let classes = self.info().bands.iter().any(|b| b.color_table.is_some());
        let resampling = if classes { Resampling::Nearest } else { Resampling::Bilinear };
        let grid = request.grid(self.info())?;
        self.warp_onto(&grid, resampling)
    }
    /// On another grid.
    ///
    /// # Errors
    /// As [`WarpedRaster::new`].
    fn warp_onto(self, grid: &Grid, resampling: Resampling) -> Result<WarpedRaster> {
        WarpedRaster::new(Arc::new(self), grid, &WarpOptions::new(resampling))
    }
    /// The pixels that a box in the raster's own coordinates touches.
    ///
    /// # Errors
    /// As [`clip`].
    fn clip_to(self, bounds: Bounds) -> Result<ClippedRaster> {
        clip(Arc::new(self), &ClipOptions::new(ClipArea::Bounds(bounds)))
    }
    /// Seen through a kernel.
    ///
    /// # Errors
    /// As [`KernelView::new`].
    fn through(self, kernel: impl Kernel + 'static) -> Result<KernelView> {
        KernelView::new(Arc::new(self), kernel)
    }
    /// Write it as a Cloud Optimized GeoTIFF with default options: whole, or not at all.
    ///
    /// # Errors
    /// As [`write_raster`].
    fn write_cog(&self, path: impl AsRef<Path>) -> Result<Written> {
        write_raster(self, path, &TransferOptions::new(CreateOptions::cog()))
    }
    /// The bytes of a Cloud Optimized GeoTIFF with default options.
    ///
    /// # Errors
    /// As [`write_raster_into`].
    fn to_cog_bytes(&self) -> Result<Bytes> {
        let mut bytes = Vec::new();
        write_raster_into(self, &mut bytes, &TransferOptions::new(CreateOptions::cog()))?;
        Ok(bytes.into())
    }
}

impl<S: RasterSource + 'static> SourceExt for S {}

impl RasterSource for Opened {
    fn info(&self) -> &RasterInfo {
        self.source.info()
    }
    fn read_parts(&self, bands: &[usize], window: &Window, parts: Parts<'_>) -> Result<()> {
        self.source.read_parts(bands, window, parts)
    }
    fn name(&self) -> Option<String> {
        self.source.name()
    }
    fn read_window(&self, bands: &[usize], window: &Window) -> Result<AnyArray> {
        self.source.read_window(bands, window)
    }
    fn read_mask_window(&self, bands: &[usize], window: &Window) -> Result<ndarray::Array3<u8>> {
        self.source.read_mask_window(bands, window)
    }
    fn read_masked(&self, bands: &[usize], window: &Window) -> Result<Masked<AnyArray>> {
        self.source.read_masked(bands, window)
    }
    fn reads_together(&self) -> bool {
        self.source.reads_together()
    }
    fn read_windows(&self, bands: &[usize], windows: &[Window]) -> Result<Vec<AnyArray>> {
        self.source.read_windows(bands, windows)
    }
    fn read_masked_windows(&self, bands: &[usize], windows: &[Window]) -> Result<Vec<Masked<AnyArray>>> {
        self.source.read_masked_windows(bands, windows)
    }
    fn overview(&self, index: usize) -> Option<Arc<dyn RasterSource>> {
        self.source.overview(index)
    }
    fn prefetch(&self, bands: &[usize], windows: &[Window]) {
        self.source.prefetch(bands, windows);
    }

    fn is_blank(&self, bands: &[usize], window: &Window) -> bool {
        self.source.is_blank(bands, window)
    }
}

/// Write an array of shape (bands, rows, columns) on a grid as a Cloud Optimized GeoTIFF.
///
/// ```
/// use mucho::{SourceExt, raster_core::{GeoTransform, Grid}, write_cog};
/// # let folder = std::env::temp_dir().join(format!("mucho-write-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("ones.tif");
/// let ones = ndarray::Array3::<u8>::ones((1, 40, 60));
/// let grid = Grid::new(60, 40, GeoTransform::from_origin(500_000.0, 5_000_000.0, 10.0, 10.0)).with_crs(32633);
/// write_cog(ones, &grid, &path)?;
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), mucho::Error>(())
/// ```
///
/// # Errors
/// `Misuse` when array and grid differ in size; as [`write_raster`].
pub fn write_cog(array: impl Into<AnyArray>, grid: &Grid, path: impl AsRef<Path>) -> Result<Written> {
    MemoryRaster::new(array).with_grid(grid)?.write_cog(path)
}
