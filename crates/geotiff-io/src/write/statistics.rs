//! Minimum, maximum, mean and standard deviation of the full resolution, block by block.

use crate::cog::{BandRule, tile::TileView};
use ndarray::{ArrayView2, Axis};
use raster_core::{Nodata, Sample, with_array};

/// Sums over the valid samples of one band of one block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moments {
    count: f64,
    min: f64,
    max: f64,
    mean: f64,
    /// Sum of squared distances from the mean.
    spread: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self { count: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY, mean: 0.0, spread: 0.0 }
    }
}

impl Moments {
    /// Both together (Chan, Golub, LeVeque 1979).
    pub(super) fn merge(self, other: Self) -> Self {
        if other.count == 0.0 {
            return self;
        }
        let count = self.count + other.count;
        let delta = other.mean - self.mean;
        Self {
            count,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            mean: self.mean + delta * other.count / count,
            spread: self.spread + other.spread + delta * delta * self.count * other.count / count,
        }
    }
    /// As GDAL's metadata items; none when there are no valid samples. The deviation is the population's.
    pub(super) fn items(&self, valid_percent_of: f64) -> Vec<(&'static str, String)> {
        if self.count == 0.0 {
            return Vec::new();
        }
        vec![
            ("STATISTICS_MAXIMUM", self.max.to_string()),
            ("STATISTICS_MEAN", self.mean.to_string()),
            ("STATISTICS_MINIMUM", self.min.to_string()),
            ("STATISTICS_STDDEV", (self.spread / self.count).sqrt().to_string()),
            ("STATISTICS_VALID_PERCENT", percent(100.0 * self.count / valid_percent_of)),
        ]
    }
}

fn percent(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The moments of every band of a block.
pub(super) fn of_tile(tile: &TileView<'_>, bands: &[BandRule]) -> Vec<Moments> {
    let band = |(i, rule): (usize, &BandRule)| {
        let view = tile.pixels.band(i);
        let mask = tile.mask.as_ref().map(|m| m.view());
        let nodata = if mask.is_some() { None } else { rule.nodata };
        with_array!(AnyView, &view, a => of_plane(&a.index_axis(Axis(0), 0), mask, nodata))
    };
    bands.iter().enumerate().map(band).collect()
}

fn of_plane<T: Sample>(
    plane: &ArrayView2<'_, T>,
    mask: Option<ArrayView2<'_, u8>>,
    nodata: Option<Nodata>,
) -> Moments {
    let nodata = nodata.and_then(Nodata::to_sample::<T>);
    let mut rows = Moments::default();
    let mut values = Vec::with_capacity(plane.ncols());
    for (r, row) in plane.outer_iter().enumerate() {
        values.clear();
        for (c, v) in row.iter().enumerate() {
            let valid = mask.is_none_or(|m| m[[r, c]] != 0) && !v.is_nan() && nodata != Some(*v);
            if valid {
                values.push(v.to_f64());
            }
        }
        if values.is_empty() {
            continue;
        }
        // Two passes over a row in cache: exact for integers, stable for floats.
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        rows = rows.merge(Moments {
            count,
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            mean,
            spread: values.iter().map(|v| (v - mean) * (v - mean)).sum(),
        });
    }
    rows
}
