//! A source of one's own, computed where it is read, on another grid as a COG: the cosine of the latitude, for the whole Earth.
//!
//! `cargo run --release -p mucho --example procedural`

use mucho::prelude::*;

fn main() -> Result<()> {
    let grid = Grid::new(720, 360, GeoTransform::from_origin(-180.0, 90.0, 0.5, 0.5)).with_crs(4326);
    let info = RasterInfo::new(720, 360, 1, DataType::F32).with_grid(&grid);
    let cosine = SourceFn::new(info, |bands: &[usize], window: &Window| {
        Ok(Array3::from_shape_fn((bands.len(), window.height, window.width), |(_, row, _)| {
            (89.75 - 0.5 * (window.row as f32 + row as f32)).to_radians().cos()
        }))
    });
    cosine.warp_to("EPSG:8857")?.write_cog(std::env::temp_dir().join("cosine.tif"))?;
    Ok(())
}
