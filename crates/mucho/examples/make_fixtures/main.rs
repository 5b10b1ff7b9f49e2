//! Makes the rasters of `fixtures/`: `cargo run --release -p mucho --example make_fixtures`.
//!
//! - `landcover.tif`: 900 × 700 pixels of 10 m, u8 with colours, nodata 0, classes of ESA WorldCover.
//! - `elevation.tif`: the same place at 20 m, i16 decimetres (scale 0.1, unit metre).
//! - `aerial.tif`: the same place at 20 m, three bands of u8, from above.

mod landscape;

use geotiff_io::{Compression, CreateOptions, GeoTiffWriter};
use ndarray::Array3;
use raster_core::{
    AnyArray, ColorInterp, ColorTable, CrsRef, GeoTransform, MaskKind, Nodata, RasterInfo, Result, Sample,
};
use std::path::Path;

/// UTM zone 32 north.
const CRS: CrsRef = CrsRef::Epsg(32632);
const WEST: f64 = 500_000.0;
const NORTH: f64 = 5_170_000.0;

fn main() -> Result<()> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures");
    for (name, (pixels, info)) in rasters() {
        write(&Path::new(folder).join(name), &pixels, &info)?;
    }
    Ok(())
}

/// File name, pixels and description of each raster.
fn rasters() -> [(&'static str, (AnyArray, RasterInfo)); 3] {
    [("landcover.tif", landcover()), ("elevation.tif", elevation()), ("aerial.tif", aerial())]
}

fn describe<T: Sample>(pixels: Array3<T>, pixel_m: f64) -> (AnyArray, RasterInfo) {
    let (bands, height, width) = pixels.dim();
    let mut info = RasterInfo::new(width, height, bands, T::DATA_TYPE);
    info.transform = Some(GeoTransform::from_origin(WEST, NORTH, pixel_m, pixel_m));
    info.crs = Some(CRS);
    (pixels.into(), info)
}

fn landcover() -> (AnyArray, RasterInfo) {
    let (width, height) = landscape::SIZE;
    let pixels = Array3::from_shape_fn((1, height, width), |(_, row, col)| landscape::land_cover(col, row));
    let (pixels, mut info) = describe(pixels, 10.0);
    let mut table = ColorTable { entries: vec![[0, 0, 0, 255]; 256] };
    for (code, name, [r, g, b]) in landscape::CLASSES {
        table.entries[usize::from(code)] = [r, g, b, 255];
        info.metadata.set("", None, &format!("CLASS_{code}"), name);
    }
    let band = &mut info.bands[0];
    band.nodata = Some(Nodata::Int(landscape::NODATA.into()));
    band.mask = MaskKind::Nodata;
    band.color = ColorInterp::Palette;
    band.color_table = Some(table);
    band.description = Some("Land cover".to_owned());
    (pixels, info)
}

/// Pixels of 20 m: the middle of each 2 × 2 of the map.
fn coarse() -> (usize, usize) {
    (landscape::SIZE.0 / 2, landscape::SIZE.1 / 2)
}

fn elevation() -> (AnyArray, RasterInfo) {
    let (width, height) = coarse();
    let decimetres = |col: usize, row: usize| {
        let metres = landscape::elevation(2.0 * col as f64 + 1.0, 2.0 * row as f64 + 1.0);
        (metres * 10.0 + 0.5).floor() as i16
    };
    let pixels = Array3::from_shape_fn((1, height, width), |(_, row, col)| decimetres(col, row));
    let (pixels, mut info) = describe(pixels, 20.0);
    let band = &mut info.bands[0];
    band.description = Some("Elevation".to_owned());
    band.scale = 0.1;
    band.unit = Some("metre".to_owned());
    (pixels, info)
}

fn aerial() -> (AnyArray, RasterInfo) {
    let (width, height) = coarse();
    let pixels = Array3::from_shape_fn((3, height, width), |(band, row, col)| {
        landscape::aerial(2 * col, 2 * row)[band]
    });
    let (pixels, mut info) = describe(pixels, 20.0);
    for (band, color) in info.bands.iter_mut().zip([ColorInterp::Red, ColorInterp::Green, ColorInterp::Blue])
    {
        band.color = color;
    }
    (pixels, info)
}

fn write(path: &Path, pixels: &AnyArray, info: &RasterInfo) -> Result<()> {
    let options =
        CreateOptions::geotiff().with_block_size(256).with_compression(Compression::Deflate).with_level(9);
    let writer = GeoTiffWriter::create(path, info, &options)?;
    writer.write_window(&info.window(), &pixels.view())?;
    writer.finish()?;
    Ok(())
}
