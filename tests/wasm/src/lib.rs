//! Bytes of a COG in, bytes of another COG out, through all crates that run on wasm32-unknown-unknown; and the exports
//! by which JavaScript passes the bytes, without wasm-bindgen.

mod exports;

use geotiff_io::{Compression, CreateOptions, Dataset, Error, Result, TransferOptions, validate_source, write_raster_into};
use kernels::{GaussianOptions, Scratch};
use raster_core::{AnyArray, CrsRef, MemoryRaster, RasterSource, Window};
use std::sync::Arc;
use warp::{GridRequest, Resampling, WarpOptions, WarpedRaster};

/// A window of the raster, blurred, on the grid of web maps, as a COG with overviews.
///
/// # Errors
/// What reading, warping and writing refuse; `Internal` when the result is no valid COG.
pub fn publish(cog: Vec<u8>) -> Result<Vec<u8>> {
    let dataset = Dataset::from_bytes(cog)?;
    let window = Window::new(20, 30, 400, 300);
    let pixels = dataset.read_window(&[1], &window)?;
    let kernel = GaussianOptions::new(1.5).build()?;
    let blurred: AnyArray = kernels::apply(&kernel, pixels.view(), &mut Scratch::new())?;

    let grid = dataset.info().grid().crop(&window);
    let source = MemoryRaster::new(blurred).update_info(|info| {
        info.transform = Some(grid.transform);
        info.crs = grid.crs;
    })?;
    let request = GridRequest { crs: Some(CrsRef::Epsg(3857)), ..GridRequest::default() };
    let target = request.grid(source.info())?;
    let warped = WarpedRaster::new(Arc::new(source), &target, &WarpOptions::new(Resampling::Cubic))?;

    let options = CreateOptions::cog().with_compression(Compression::Zstd).with_block_size(128);
    let mut out = Vec::new();
    write_raster_into(&warped, &mut out, &TransferOptions::new(options))?;
    let report = validate_source(Arc::new(bytes::Bytes::from(out.clone())))?;
    if !report.is_valid(true) {
        return Err(Error::internal(format!("no valid COG: {report:?}")));
    }
    Ok(out)
}
