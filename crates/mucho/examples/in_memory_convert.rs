//! A GeoTIFF in memory becomes a COG in memory: no file, no temporary file.
//!
//! `cargo run --release -p mucho --example in_memory_convert`

#![allow(clippy::print_stdout, reason = "an example tells what it did")]

use geotiff_io::{Compression, CreateOptions, Dataset, TransferOptions, write_raster_into};
use raster_core::{RasterSource, Result};

fn main() -> Result<()> {
    // Bytes from anywhere: a request, an archive, an object store.
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/landcover.tif"))?;
    let dataset = Dataset::from_bytes(bytes)?;
    let options = TransferOptions::new(CreateOptions::cog().with_compression(Compression::Zstd));
    let mut cog = Vec::new();
    write_raster_into(&dataset, &mut cog, &options)?;
    let again = Dataset::from_bytes(cog)?;
    println!("{} × {}, overviews {:?}", again.info().width, again.info().height, again.info().overviews);
    Ok(())
}
