//! A source of one's own, computed where it is read, on another grid as a COG.
//!
//! `cargo run --release -p mucho --example procedural`

#![allow(clippy::print_stdout, reason = "an example tells what it did")]

use mucho::{
    Result, SourceExt,
    ndarray::Array3,
    raster_core::{AnyArray, Bounds, DataType, GeoTransform, Grid, Parts, RasterInfo, RasterSource, Window},
};

/// The cosine of the latitude, for the whole Earth in degrees.
struct Cosine(RasterInfo);

impl RasterSource for Cosine {
    fn info(&self) -> &RasterInfo {
        &self.0
    }
    fn read_parts(&self, bands: &[usize], window: &Window, mut parts: Parts<'_>) -> Result<()> {
        parts.check(&self.0, bands, window)?;
        let pixels = Array3::from_shape_fn((bands.len(), window.height, window.width), |(_, row, _)| {
            (89.75 - 0.5 * (window.row as f32 + row as f32)).to_radians().cos()
        });
        parts.put(&self.0, bands, &AnyArray::from(pixels).view())
    }
}

fn main() -> Result<()> {
    let grid =
        Grid::new(720, 360, GeoTransform::from_bounds(&Bounds::new(-180.0, -90.0, 180.0, 90.0), 720, 360));
    let source = Cosine(RasterInfo::new(720, 360, 1, DataType::F32).with_grid(&grid.with_crs(4326)));
    let written = source.warp_to("EPSG:8857")?.write_cog(std::env::temp_dir().join("cosine.tif"))?;
    println!("{} bytes", written.bytes);
    Ok(())
}
