//! Values to colours.

use super::{
    Colormap,
    decimate::{Decimation, Plane, read},
};
use raster_core::{ColorInterp, DataType, Error, RasterInfo, RasterSource, Result};

/// A picture: red, green, blue, alpha, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 4 bytes a pixel.
    pub rgba: Vec<u8>,
}

impl Picture {
    /// As a PNG file.
    ///
    /// # Errors
    /// `Limit` for a picture of more pixels than a PNG can have.
    pub fn to_png(&self) -> Result<Vec<u8>> {
        let internal = |e: png::EncodingError| Error::internal("cannot encode the picture").with_source(e);
        let side = |n: usize| u32::try_from(n).map_err(|_| Error::limit(format!("a picture of {n} pixels")));
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, side(self.width)?, side(self.height)?);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(internal)?;
        writer.write_image_data(&self.rgba).map_err(internal)?;
        writer.finish().map_err(internal)?;
        Ok(bytes)
    }
}

/// Which values become the darkest and the brightest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stretch {
    /// Bytes as they are, everything else by the 2nd and 98th percentile.
    Auto,
    /// These percentiles of the picture's pixels, 0 to 100.
    Percentiles(f64, f64),
    /// These values.
    Range(f64, f64),
}

/// Light and shadow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shading {
    /// None.
    Off,
    /// The first band is a height: light from the north-west, with this exaggeration.
    Hillshade(f64),
}

/// How a picture is made.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PreviewOptions {
    /// Longest side in pixels.
    pub size: usize,
    /// One band, or three for red, green and blue; empty for what the raster says about its bands.
    pub bands: Vec<usize>,
    /// Contrast.
    pub stretch: Stretch,
    /// Colours of a single band; `None`: the raster's colour table, else viridis (grey for bytes).
    pub colormap: Option<Colormap>,
    /// Light and shadow.
    pub shading: Shading,
}

impl Default for PreviewOptions {
    fn default() -> Self {
        Self { size: 1024, bands: Vec::new(), stretch: Stretch::Auto, colormap: None, shading: Shading::Off }
    }
}

fn default_bands(info: &RasterInfo) -> Vec<usize> {
    let find = |color| info.bands.iter().position(|b| b.color == color).map(|i| i + 1);
    match [ColorInterp::Red, ColorInterp::Green, ColorInterp::Blue].map(find) {
        [Some(r), Some(g), Some(b)] => vec![r, g, b],
        _ => vec![1],
    }
}

/// The bands of cyan, magenta, yellow and black, where a raster of whole numbers has them.
fn inks(info: &RasterInfo) -> Option<Vec<usize>> {
    let find = |color| info.bands.iter().position(|b| b.color == color).map(|i| i + 1);
    let inks = [ColorInterp::Cyan, ColorInterp::Magenta, ColorInterp::Yellow, ColorInterp::Black].map(find);
    inks.into_iter().collect::<Option<Vec<_>>>().filter(|_| info.data_type.is_integer())
}

/// Red, green and blue of four inks on white paper, each of which takes its part of the light; as GDAL shows them.
fn printed(inks: &[Plane], full: f64) -> Vec<Plane> {
    let [colours @ .., black] = inks else { return Vec::new() };
    let light = |ink: f64, black: f64| (full - ink) * (full - black) / full;
    colours.iter().map(|ink| ink.iter().zip(black).map(|(i, k)| light(*i, *k)).collect()).collect()
}

/// Make a picture of a raster. Only the overview that is needed is read, strip by strip.
///
/// # Errors
/// `Misuse` for bands that do not exist, a raster without pixels or of complex numbers; what the source meets.
pub fn render(source: &dyn RasterSource, options: &PreviewOptions) -> Result<Picture> {
    let info = source.info();
    if info.width == 0 || info.height == 0 || info.band_count() == 0 {
        return Err(Error::misuse("the raster has no pixels"));
    }
    if options.size == 0 {
        return Err(Error::misuse("a picture of 0 pixels"));
    }
    let inks = if options.bands.is_empty() { inks(info) } else { None };
    let bands = match &inks {
        Some(inks) => inks.clone(),
        None if options.bands.is_empty() => default_bands(info),
        None => options.bands.clone(),
    };
    if inks.is_none() && bands.len() != 1 && bands.len() != 3 {
        return Err(Error::misuse(format!("a picture shows one band or three, not {}", bands.len())));
    }
    if let Some(band) = bands.iter().find(|&&b| b == 0 || b > info.band_count()) {
        return Err(Error::misuse(format!("band {band} of a raster with {} bands", info.band_count())));
    }
    let scale = (options.size.max(1) as f64 / info.width.max(info.height) as f64).min(1.0);
    let side = |n: usize| ((n as f64 * scale + 0.5) as usize).clamp(1, n);
    let size = (side(info.width), side(info.height));
    let table = (bands.len() == 1 && options.colormap.is_none())
        .then(|| info.bands[bands[0] - 1].color_table.as_ref())
        .flatten();
    let how = if table.is_some() { Decimation::Nearest } else { Decimation::Average };
    let mut planes = read(source, &bands, size, how)?;
    if inks.is_some() {
        planes = printed(&planes, info.data_type.range().1);
    }
    let mut rgba = vec![0; size.0 * size.1 * 4];
    if let Some(table) = table {
        for (pixel, &value) in rgba.chunks_exact_mut(4).zip(&planes[0]) {
            if let Some(color) = table.entries.get(value as usize).filter(|_| !value.is_nan()) {
                pixel.copy_from_slice(color);
            }
        }
    } else {
        color_planes(&planes, options, info.data_type, &mut rgba);
    }
    if let Shading::Hillshade(exaggeration) = options.shading {
        shade(&planes[0], size, source, exaggeration, &mut rgba);
    }
    Ok(Picture { width: size.0, height: size.1, rgba })
}

fn color_planes(planes: &[Plane], options: &PreviewOptions, data_type: DataType, rgba: &mut [u8]) {
    let ranges: Vec<_> = planes.iter().map(|p| range(p, options.stretch, data_type)).collect();
    let position = |band: usize, value: f64| {
        let (low, high) = ranges[band];
        if high > low { (value - low) / (high - low) } else { 0.5 }
    };
    let default = if data_type == DataType::U8 { Colormap::GRAY } else { Colormap::VIRIDIS };
    let colormap = options.colormap.unwrap_or(default);
    for (i, pixel) in rgba.chunks_exact_mut(4).enumerate() {
        if planes.iter().any(|p| p[i].is_nan()) {
            continue;
        }
        let color = if planes.len() == 1 {
            colormap.color(position(0, planes[0][i]))
        } else {
            std::array::from_fn(|b| (position(b, planes[b][i]).clamp(0.0, 1.0) * 255.0 + 0.5) as u8)
        };
        pixel[..3].copy_from_slice(&color);
        pixel[3] = 255;
    }
}

fn range(plane: &Plane, stretch: Stretch, data_type: DataType) -> (f64, f64) {
    let (low, high) = match stretch {
        Stretch::Range(low, high) => return (low, high),
        Stretch::Auto if data_type == DataType::U8 => return (0.0, 255.0),
        Stretch::Auto => (2.0, 98.0),
        Stretch::Percentiles(low, high) => (low, high),
    };
    let mut values: Vec<f64> = plane.iter().copied().filter(|v| v.is_finite()).collect();
    if values.is_empty() {
        return (0.0, 1.0);
    }
    values.sort_by(f64::total_cmp);
    let last = values.len() - 1;
    let at = |percent: f64| percent.clamp(0.0, 100.0) / 100.0 * last as f64;
    // Rounded inwards: of a few pixels one outlier is left out as well.
    let (first, end) = (at(low).ceil() as usize, at(high).floor() as usize);
    if first < end && values[first] < values[end] {
        return (values[first], values[end]);
    }
    // Nearly everything is one value: what differs from it shall be seen.
    (values[0], values[last])
}

/// Darken slopes that face away from the light (Horn's gradient, light from 315° at 45°).
fn shade(
    heights: &Plane,
    size: (usize, usize),
    source: &dyn RasterSource,
    exaggeration: f64,
    rgba: &mut [u8],
) {
    let info = source.info();
    let (x, y) = info.transform.map_or((1.0, 1.0), |t| t.resolution());
    // Degrees of latitude and longitude as metres, well enough for a picture.
    let metres = if x.max(y) < 0.1 { 111_320.0 } else { 1.0 };
    let dx = x * metres * info.width as f64 / size.0 as f64;
    let dy = y * metres * info.height as f64 / size.1 as f64;
    let at = |col: i64, row: i64| {
        let col = col.clamp(0, size.0 as i64 - 1) as usize;
        let row = row.clamp(0, size.1 as i64 - 1) as usize;
        heights[row * size.0 + col]
    };
    let half = std::f64::consts::FRAC_1_SQRT_2;
    for row in 0..size.1 as i64 {
        for col in 0..size.0 as i64 {
            let side = |c: i64| at(c, row - 1) + 2.0 * at(c, row) + at(c, row + 1);
            let line = |r: i64| at(col - 1, r) + 2.0 * at(col, r) + at(col + 1, r);
            let east = exaggeration * (side(col + 1) - side(col - 1)) / (8.0 * dx);
            let south = exaggeration * (line(row + 1) - line(row - 1)) / (8.0 * dy);
            let light = (half + half * half * (east + south)) / (1.0 + east * east + south * south).sqrt();
            if light.is_nan() {
                continue;
            }
            let factor = (0.35 + 0.92 * light.max(0.0)).min(1.25);
            let pixel = (row as usize * size.0 + col as usize) * 4;
            for v in &mut rgba[pixel..pixel + 3] {
                *v = (f64::from(*v) * factor + 0.5).min(255.0) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;
    use raster_core::{ColorTable, MemoryRaster, Nodata};

    #[test]
    fn a_palette_shows_its_colours_and_nodata_is_transparent() {
        let pixels = Array3::from_shape_fn((1, 4, 6), |(_, r, c)| if r == 0 { 9 } else { (c % 2) as u8 });
        let table = ColorTable { entries: vec![[1, 2, 3, 255], [4, 5, 6, 255]] };
        let raster = MemoryRaster::new(pixels)
            .with_nodata(Nodata::Int(9))
            .update_info(|i| i.bands[0].color_table = Some(table))
            .unwrap();
        let picture = render(&raster, &PreviewOptions::default()).unwrap();
        assert_eq!((picture.width, picture.height), (6, 4));
        assert_eq!(picture.rgba[..4], [0, 0, 0, 0]);
        assert_eq!(picture.rgba[24..32], [1, 2, 3, 255, 4, 5, 6, 255]);
    }

    #[test]
    fn decimation_averages() {
        let pixels = Array3::from_shape_fn(
            (1, 10, 20),
            |(_, r, c)| if (r / 5, c / 10) == (1, 1) { 200u8 } else { 100 },
        );
        let options = PreviewOptions { size: 2, ..PreviewOptions::default() };
        let picture = render(&MemoryRaster::new(pixels), &options).unwrap();
        assert_eq!((picture.width, picture.height), (2, 1));
        assert_eq!(picture.rgba, [100, 100, 100, 255, 150, 150, 150, 255]);
    }

    #[test]
    fn outliers_do_not_blank_the_picture() {
        // A ramp with one wild value, in every size from a few pixels on.
        for side in [4usize, 5, 10, 40] {
            let pixels = Array3::from_shape_fn((1, side, side), |(_, r, c)| {
                if (r, c) == (1, 1) { 3e38f32 } else { (r * side + c) as f32 }
            });
            let picture = render(&MemoryRaster::new(pixels), &PreviewOptions::default()).unwrap();
            let colours: std::collections::HashSet<_> = picture.rgba.chunks_exact(4).collect();
            assert!(colours.len() > side, "{side}: {} colours", colours.len());
        }
        // One class and a few pixels of another.
        let pixels = Array3::from_shape_fn((1, 40, 40), |(_, r, c)| u16::from((r, c) == (3, 3)));
        let picture = render(&MemoryRaster::new(pixels), &PreviewOptions::default()).unwrap();
        assert_ne!(picture.rgba[..4], picture.rgba[4 * (3 * 40 + 3)..][..4]);
        let empty = PreviewOptions { size: 0, ..PreviewOptions::default() };
        assert!(render(&MemoryRaster::new(Array3::<u8>::zeros((1, 2, 2))), &empty).is_err());
    }

    #[test]
    fn inks_are_shown_as_colours() {
        let inks = [[0u8, 0, 0, 0], [255, 0, 0, 0], [0, 255, 255, 0], [0, 0, 0, 255]];
        let pixels = Array3::from_shape_fn((4, 1, 4), |(b, _, c)| inks[c][b]);
        let colours = [ColorInterp::Cyan, ColorInterp::Magenta, ColorInterp::Yellow, ColorInterp::Black];
        let raster = MemoryRaster::new(pixels)
            .update_info(|i| i.bands.iter_mut().zip(colours).for_each(|(b, c)| b.color = c))
            .unwrap();
        let picture = render(&raster, &PreviewOptions::default()).unwrap();
        let shown: Vec<_> = picture.rgba.chunks_exact(4).map(|p| [p[0], p[1], p[2]]).collect();
        assert_eq!(shown, [[255, 255, 255], [0, 255, 255], [255, 0, 0], [0, 0, 0]]);
    }

    #[test]
    fn bands_that_do_not_exist() {
        let raster = MemoryRaster::new(Array3::<u8>::zeros((1, 2, 2)));
        for bands in [vec![2], vec![0], vec![1, 1]] {
            assert!(render(&raster, &PreviewOptions { bands, ..PreviewOptions::default() }).is_err());
        }
    }
}
