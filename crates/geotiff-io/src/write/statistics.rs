//! Minimum, maximum, mean and standard deviation of the full resolution, block by block.

use crate::moments::Moments;
use crate::pyramid::{BandRule, tile::TileView};
use ndarray::{ArrayView2, Axis};
use raster_core::{Sample, with_array};

/// As GDAL's metadata items; none when there are no valid samples. The deviation is the population's.
pub(super) fn items(moments: &Moments, valid_percent_of: f64) -> Vec<(&'static str, String)> {
    if moments.count == 0 {
        return Vec::new();
    }
    vec![
        ("STATISTICS_MAXIMUM", moments.max.to_string()),
        ("STATISTICS_MEAN", moments.mean.to_string()),
        ("STATISTICS_MINIMUM", moments.min.to_string()),
        ("STATISTICS_STDDEV", moments.deviation().to_string()),
        ("STATISTICS_VALID_PERCENT", percent(100.0 * moments.count as f64 / valid_percent_of)),
    ]
}

fn percent(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The moments of the valid samples of every band of a block.
pub(super) fn of_tile(tile: &TileView<'_>, bands: &[BandRule]) -> Vec<Moments> {
    let band = |(i, rule): (usize, &BandRule)| {
        let view = tile.pixels.band(i);
        let mask = rule.validity(tile, i);
        with_array!(AnyView, &view, a => of_plane(&a.index_axis(Axis(0), 0), mask.as_ref().map(|m| m.view())))
    };
    bands.iter().enumerate().map(band).collect()
}

fn of_plane<T: Sample>(plane: &ArrayView2<'_, T>, mask: Option<ArrayView2<'_, u8>>) -> Moments {
    let mut rows = Moments::default();
    let mut values = Vec::with_capacity(plane.ncols());
    for (r, row) in plane.outer_iter().enumerate() {
        values.clear();
        for (c, v) in row.iter().enumerate() {
            let valid = mask.is_none_or(|m| m[[r, c]] != 0) && !v.is_nan();
            if valid {
                values.push(v.to_f64());
            }
        }
        // Two passes over a row in cache: exact for integers, stable for floats.
        rows = rows.merged(&Moments::of(values.iter().copied()));
    }
    rows
}
