//! Values at coordinates.

use super::window::WindowRead;
use crate::Dataset;
use ndarray::Array3;
use raster_core::{BlockGrid, BlockIndex, Error, GeoTransform, RasterSource, Result, Sample, Window};
use std::collections::BTreeMap;

/// The pixel at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct PointSample<T> {
    /// One value per band asked for; nodata (or 0) outside the raster.
    pub values: Vec<T>,
    /// Is the value of the band valid? `false` outside the raster.
    pub valid: Vec<bool>,
}

impl Dataset {
    /// The pixel that contains a point: column and row, which may lie outside the raster.
    ///
    /// # Errors
    /// `Misuse` when the transform cannot be inverted. Without a transform points are pixel positions.
    pub fn pixel_at(&self, x: f64, y: f64) -> Result<(i64, i64)> {
        Ok(floor(self.to_pixels()?.apply(x, y)))
    }

    fn to_pixels(&self) -> Result<GeoTransform> {
        self.info().transform.unwrap_or(GeoTransform::IDENTITY).inverse()
    }

    /// The values of `bands` (from 1) in the pixels that contain the points (x, y), in the coordinates of
    /// the dataset. Each block is read once, whatever the order of the points.
    ///
    /// ```
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/landcover.tif");
    /// let dataset = geotiff_io::Dataset::open(path)?;
    /// let samples = dataset.sample::<u8>(&[1], &[(504_505.0, 5_166_495.0), (0.0, 0.0)])?;
    /// assert!(samples[0].valid[0] && !samples[1].valid[0]);
    /// # Ok::<(), geotiff_io::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`pixel_at`](Self::pixel_at); `Misuse` for a band that does not exist; what reading blocks meets.
    pub fn sample<T: Sample>(&self, bands: &[usize], points: &[(f64, f64)]) -> Result<Vec<PointSample<T>>> {
        let info = self.info();
        let to_pixels = self.to_pixels()?;
        let outside = PointSample {
            values: bands.iter().map(|&b| self.outside_value(b)).collect::<Result<_>>()?,
            valid: vec![false; bands.len()],
        };
        let mut samples = vec![outside; points.len()];
        let blocks = BlockGrid::new((info.width, info.height), info.block)?;
        let mut by_block: BTreeMap<BlockIndex, Vec<(usize, i64, i64)>> = BTreeMap::new();
        for (i, &(x, y)) in points.iter().enumerate() {
            let (col, row) = floor(to_pixels.apply(x, y));
            if let Some(block) = blocks.touching(&Window::new(col, row, 1, 1)).next() {
                by_block.entry(block).or_default().push((i, col, row));
            }
        }
        let groups: Vec<PointsInBlock> = by_block.into_values().map(PointsInBlock::new).collect();
        let pixel = bands.len() * (size_of::<T>() + 1);
        let mut rest = &groups[..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at(together(rest, pixel));
            self.sample_blocks(bands, now, &mut samples)?;
            rest = later;
        }
        Ok(samples)
    }

    /// The points of some blocks, which are fetched together.
    fn sample_blocks<T: Sample>(
        &self,
        bands: &[usize],
        groups: &[PointsInBlock],
        samples: &mut [PointSample<T>],
    ) -> Result<()> {
        let shape = |g: &PointsInBlock| (bands.len(), g.window.height, g.window.width);
        let mut arrays: Vec<(Array3<T>, Array3<u8>)> = groups
            .iter()
            .map(|g| (Array3::from_elem(shape(g), T::default()), Array3::zeros(shape(g))))
            .collect();
        let mut reads: Vec<WindowRead<'_, T>> = groups
            .iter()
            .zip(&mut arrays)
            .map(|(group, (values, mask))| WindowRead {
                window: group.window,
                pixels: Some(values.view_mut()),
                mask: Some(mask.view_mut()),
            })
            .collect();
        self.levels()[0].read_parts_together(bands, &mut reads, None)?;
        for (group, (values, mask)) in groups.iter().zip(&arrays) {
            for &(i, col, row) in &group.points {
                let (row, col) = ((row - group.window.row) as usize, (col - group.window.col) as usize);
                for band in 0..bands.len() {
                    samples[i].values[band] = values[[band, row, col]];
                    samples[i].valid[band] = mask[[band, row, col]] != 0;
                }
            }
        }
        Ok(())
    }

    fn outside_value<T: Sample>(&self, band: usize) -> Result<T> {
        let bands = &self.info().bands;
        let info = band
            .checked_sub(1)
            .and_then(|i| bands.get(i))
            .ok_or_else(|| Error::misuse(format!("band {band} of a raster with {} bands", bands.len())))?;
        Ok(info.nodata.map_or_else(T::default, |n| T::from_value(n.value())))
    }
}

/// Points in one block: their number, column and row; and the window that they span.
struct PointsInBlock {
    points: Vec<(usize, i64, i64)>,
    window: Window,
}

impl PointsInBlock {
    fn new(points: Vec<(usize, i64, i64)>) -> Self {
        let pixel = |&(_, col, row): &(usize, i64, i64)| Window::new(col, row, 1, 1);
        let window = points.iter().skip(1).fold(pixel(&points[0]), |w, p| w.union(&pixel(p)));
        Self { points, window }
    }
}

/// Bytes of the windows that are read together (chosen: many blocks, little memory).
const TOGETHER: usize = 64 << 20;

/// How many of the first groups are read together, when a pixel takes `pixel` bytes; at least one.
fn together(groups: &[PointsInBlock], pixel: usize) -> usize {
    let mut bytes = 0usize;
    let fits = |g: &&PointsInBlock| {
        bytes = bytes.saturating_add(g.window.area().saturating_mul(pixel));
        bytes <= TOGETHER
    };
    groups.iter().take_while(fits).count().max(1)
}

/// Whole pixels; far outside where a coordinate is not finite or too large.
fn floor((col, row): (f64, f64)) -> (i64, i64) {
    let whole = |v: f64| if v.is_nan() { i64::MIN } else { v.floor().clamp(-9e15, 9e15) as i64 };
    (whole(col), whole(row))
}
