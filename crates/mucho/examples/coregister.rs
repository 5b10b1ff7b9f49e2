//! Two rasters onto the grid of a third, merged, written as a COG; nothing in between is stored.
//!
//! `cargo run --release -p mucho --example coregister`

#![allow(clippy::print_stdout, reason = "an example tells what it did")]

use geotiff_io::{CreateOptions, Dataset, TransferOptions, write_raster};
use raster_core::{CrsRef, RasterSource, Result};
use std::sync::Arc;
use warp::{GridRequest, MergeMethod, Resampling, WarpOptions, coregister};

fn main() -> Result<()> {
    let fixture = |name: &str| Dataset::open(format!("{}/../../fixtures/{name}", env!("CARGO_MANIFEST_DIR")));
    let sources: Vec<Arc<dyn RasterSource>> =
        vec![Arc::new(fixture("elevation.tif")?), Arc::new(fixture("elevation.tif")?)];
    // The reference: here the web-map grid of the land cover; any dataset's `info().grid()` does as well.
    let request = GridRequest { crs: Some(CrsRef::Epsg(3857)), ..GridRequest::default() };
    let reference = request.grid(fixture("landcover.tif")?.info())?;
    let merged =
        coregister(&sources, &reference, MergeMethod::First, &WarpOptions::new(Resampling::Bilinear))?;
    let output = std::env::temp_dir().join("coregistered.tif");
    write_raster(&merged, &output, &TransferOptions::new(CreateOptions::cog()))?;
    println!("{}: {} × {}", output.display(), reference.width, reference.height);
    Ok(())
}
