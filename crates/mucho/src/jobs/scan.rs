//! Which values a band has.

use crate::cache::same;
use raster_core::{
    BlockGrid, Error, RasterSource, Result, Sample, Window, layout, validity::Validity, with_array,
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

/// More values than this are no categories.
const MOST_VALUES: usize = 65_536;

/// The values of a band (from 1) that are not missing, in increasing order. The raster is read once, by windows.
///
/// # Errors
/// `Misuse` when the band does not exist or has more than 65,536 values; what the source meets.
pub fn distinct_values(source: &Arc<dyn RasterSource>, band: usize, workers: usize) -> Result<Vec<f64>> {
    let info = source.info();
    info.check_read(&[band], &Window::new(0, 0, 0, 0), (1, 0, 0))?;
    let found: Mutex<BTreeSet<Key>> = Mutex::default();
    let blocks = BlockGrid::new((info.width, info.height), info.block)?;
    let windows: Vec<_> = blocks.iter().map(|(_, window)| window).collect();
    let validity = info.validity(band);
    let scan = |own: &mut Values<'_>, window: Window| -> Result<()> {
        // Nodata is found in the pixels themselves.
        let (pixels, mask) = if validity.is_elsewhere() {
            let read = source.read_masked(&[band], &window)?;
            (read.data, Some(read.mask))
        } else {
            (source.read_window(&[band], &window)?, None)
        };
        let mask = mask.as_ref().map(|m| layout::samples(m.view()));
        with_array!(AnyArray, &pixels, a => {
            let nodata = match validity {
                Validity::Nodata(nodata) => nodata.to_sample(),
                _ => None,
            };
            collect(layout::samples(a.view()), mask, nodata, &mut own.own);
        });
        check(&own.own, band)
    };
    let state = || Values { own: BTreeSet::new(), all: &found };
    parallel::within(workers, || parallel::for_each(windows, state, scan))?;
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    check(&found, band)?;
    Ok(found.into_iter().map(|k| k.0).collect())
}

fn check(found: &BTreeSet<Key>, band: usize) -> Result<()> {
    if found.len() > MOST_VALUES {
        return Err(Error::misuse(format!(
            "band {band} has more than {MOST_VALUES} different values: these are no categories"
        )));
    }
    Ok(())
}

/// What one worker has found; joined with the others' when it ends.
struct Values<'a> {
    own: BTreeSet<Key>,
    all: &'a Mutex<BTreeSet<Key>>,
}

impl Drop for Values<'_> {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).append(&mut self.own);
    }
}

/// Add the values that are not missing. Neighbours are equal more often than not, and a value comes back soon: the last few
/// are remembered.
fn collect<T: Sample>(samples: &[T], mask: Option<&[u8]>, nodata: Option<T>, found: &mut BTreeSet<Key>) {
    let mut recent: [Option<T>; 16] = [nodata; 16];
    let mut next = 0;
    for (i, sample) in samples.iter().enumerate() {
        if recent[next] == Some(*sample) || mask.is_some_and(|m| m[i] == 0) {
            continue;
        }
        if let Some(at) = recent.iter().position(|r| *r == Some(*sample)) {
            next = at;
            continue;
        }
        if sample.is_nan() || nodata.is_some_and(|n| same(*sample, n)) {
            continue;
        }
        found.insert(Key(sample.to_f64()));
        next = (next + 1) % recent.len();
        recent[next] = Some(*sample);
    }
}

/// A float in total order.
struct Key(f64);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Key {}
impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // 0 and -0 are one category.
        (self.0 + 0.0).total_cmp(&(other.0 + 0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;
    use raster_core::{MemoryRaster, Nodata};

    #[test]
    fn values_without_the_missing_ones() {
        let pixels = Array3::from_shape_fn((1, 40, 50), |(_, r, c)| [3u8, 7, 0, 255][(r / 7 + c / 9) % 4]);
        let raster = MemoryRaster::new(pixels).with_nodata(Nodata::Int(0));
        let source: Arc<dyn RasterSource> = Arc::new(raster);
        for workers in [1, 3] {
            assert_eq!(distinct_values(&source, 1, workers).unwrap(), [3.0, 7.0, 255.0]);
        }
        assert!(distinct_values(&source, 2, 1).is_err());
    }
}
