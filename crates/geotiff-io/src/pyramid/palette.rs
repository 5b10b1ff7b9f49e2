//! Overviews of indices into a palette by methods that make new values: the colours are resampled, each channel as a byte, and the
//! palette's nearest entry is taken, as GDAL has it for the average. (GDAL interpolates the indices themselves by its other
//! smooth methods, whose classes have nothing to do with those around them.) The entry that stands for nodata is left out:
//! what was valid stays valid.

use crate::resample::{AxisPlan, SourcePlane, resample};
use ndarray::{Array2, ArrayView2, ArrayViewMut2};
use raster_core::{ColorTable, Nodata, Sample, opacity::Mixing};
use std::collections::HashMap;

/// Where the samples come from, and how they are reduced.
pub(super) struct Reduction<'a> {
    pub(super) valid: Option<ArrayView2<'a, u8>>,
    /// Row and column of the first sample in its level.
    pub(super) origin: (usize, usize),
    pub(super) rows: &'a AxisPlan,
    pub(super) cols: &'a AxisPlan,
    pub(super) nodata: Option<Nodata>,
}

/// Mix the colours of a plane of indices. What the palette lacks is black.
pub(super) fn mix<T: Sample>(
    table: &ColorTable,
    indices: ArrayView2<'_, T>,
    how: &Reduction<'_>,
    out: &mut ArrayViewMut2<'_, T>,
    out_valid: Option<&mut ArrayViewMut2<'_, u8>>,
) {
    let (rows, cols) = (how.rows.touching(), how.cols.touching());
    let size = (rows.len(), cols.len());
    let mut valid = Array2::zeros(size);
    let channels: [Array2<u8>; 3] = std::array::from_fn(|channel| {
        let samples = indices.map(|i| table.entries.get(i.to_f64() as usize).map_or(0, |c| c[channel]));
        let mut mixed = Array2::zeros(size);
        let source = SourcePlane {
            samples: samples.view(),
            valid: how.valid.as_ref().map(|v| v.reborrow()),
            mixing: Mixing::Valid,
            origin: how.origin,
        };
        resample(source, &rows, &cols, None, mixed.view_mut(), Some(valid.view_mut()));
        mixed
    });
    let nodata = how.nodata.map(Nodata::to_f64);
    let mut known: HashMap<[u8; 3], usize> = HashMap::new();
    let empty = how.nodata.and_then(Nodata::to_sample::<T>).unwrap_or_default();
    for (at, to) in out.indexed_iter_mut() {
        *to = if valid[at] == 0 {
            empty
        } else {
            let colour = [0, 1, 2].map(|c| channels[c][at]);
            T::from_f64(*known.entry(colour).or_insert_with(|| nearest(table, colour, nodata)) as f64)
        };
    }
    if let Some(mask) = out_valid {
        mask.assign(&valid);
    }
}

/// The entry whose colour is the nearest, the first of several; not the one of nodata.
fn nearest(table: &ColorTable, colour: [u8; 3], nodata: Option<f64>) -> usize {
    let distance = |entry: &[u8; 4]| -> u32 {
        colour.iter().zip(entry).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2)).sum()
    };
    let entries = table.entries.iter().enumerate().filter(|(i, _)| nodata != Some(*i as f64));
    entries.min_by_key(|(i, entry)| (distance(entry), *i)).map_or(0, |(i, _)| i)
}
