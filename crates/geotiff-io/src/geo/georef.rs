//! Tags to the transform and to ground control points (OGC 19-008r4, annex B and C).

use crate::tiff::{
    directory::{Directory, TiffFile},
    tag,
};
use raster_core::{Gcp, GeoTransform, Result};

/// Where the pixels are, as the tags of a directory say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Georef {
    pub(crate) transform: Option<GeoTransform>,
    pub(crate) gcps: Vec<Gcp>,
}

/// Read ModelPixelScale with ModelTiepoint, or ModelTransformation, or tie points alone (control points).
/// With `pixel_is_point`, coordinates are those of pixel centres and the origin moves by half a pixel.
pub(crate) fn read(file: &TiffFile, directory: &Directory, pixel_is_point: bool) -> Result<Georef> {
    let numbers = |tag| file.floats(directory, tag);
    let scale = numbers(tag::MODEL_PIXEL_SCALE)?.unwrap_or_default();
    let tie_points = numbers(tag::MODEL_TIEPOINT)?.unwrap_or_default();
    let matrix = numbers(tag::MODEL_TRANSFORMATION)?.unwrap_or_default();
    let half = if pixel_is_point { 0.5 } else { 0.0 };

    if let ([x_size, y_size, ..], [col, row, _, x, y, _, ..]) = (&scale[..], &tie_points[..])
        && *x_size != 0.0
        && *y_size != 0.0
    {
        // The standard has y_size positive for north up. GDAL reads a negative one as north up, too.
        let (a, e) = (*x_size, -y_size.abs());
        let transform = GeoTransform { a, b: 0.0, c: x - col * a, d: 0.0, e, f: y - row * e };
        return Ok(Georef { transform: Some(shifted(transform, half)), gcps: Vec::new() });
    }
    if let [a, b, _, c, d, e, _, f, ..] = matrix[..]
        && matrix.len() == 16
    {
        let transform = GeoTransform { a, b, c, d, e, f };
        return Ok(Georef { transform: Some(shifted(transform, half)), gcps: Vec::new() });
    }
    let gcps = tie_points
        .as_chunks::<6>()
        .0
        .iter()
        .map(|&[col, row, _, x, y, z]| Gcp { col: col + half, row: row + half, x, y, z })
        .collect();
    Ok(Georef { transform: None, gcps })
}

fn shifted(transform: GeoTransform, half: f64) -> GeoTransform {
    if half == 0.0 { transform } else { transform.translated(-half, -half) }
}
