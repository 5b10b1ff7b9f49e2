//! An array with a nodata value and a coordinate system as the bytes of a COG.
//!
//! `cargo run --release -p mucho --example array_to_cog`

#![allow(clippy::print_stdout, reason = "an example tells what it did")]

use mucho::prelude::*;

fn main() -> Result<()> {
    let array = Array3::from_shape_fn((1, 700, 900), |(_, row, col)| ((row * col) % 251) as u8);
    let grid = Grid::new(900, 700, GeoTransform::from_origin(5e5, 5e6, 10.0, 10.0)).with_crs(32633);
    let bytes = MemoryRaster::new(array).with_grid(&grid)?.with_nodata(0).to_cog_bytes()?;
    println!("{} bytes", bytes.len());
    Ok(())
}
