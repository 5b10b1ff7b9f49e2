//! Many rasters onto the grid of one.

use super::{MergeMethod, Mosaic, Placed, named};
use crate::{
    options::{NodataRule, WarpOptions},
    plan::{Plan, check_size, transform_between},
};
use raster_core::{Error, Grid, RasterSource, Result};
use std::sync::Arc;

/// Warp `sources` onto the grid of a reference and merge them there.
///
/// All bands that `options` asks for, any resampling, any merge method. What is written where no source has
/// a valid pixel is the nodata value that the result declares: the one in `options`, else the first source's.
///
/// # Errors
/// As [`WarpedRaster::new`](crate::WarpedRaster::new) for each source; `Misuse` when there are none, or when
/// a source lacks a band.
pub fn coregister(
    sources: &[Arc<dyn RasterSource>],
    reference: &Grid,
    method: MergeMethod,
    options: &WarpOptions,
) -> Result<Mosaic> {
    let Some(first) = sources.first() else { return Err(Error::misuse("nothing to coregister")) };
    check_size(reference, options.size_limit)?;
    let bands = options.bands.clone().unwrap_or_else(|| first.info().all_bands());
    // Each view tells validity by its mask; only the merged result has a nodata value.
    let each = WarpOptions {
        nodata: NodataRule::None,
        data_type: None,
        add_alpha: false,
        bands: Some(bands.clone()),
        ..options.clone()
    };
    let placed = sources
        .iter()
        .enumerate()
        .map(|(number, source)| {
            let plan = transform_between(source.info(), reference.crs.as_ref(), &each.operations)
                .and_then(|transform| Plan::new(source.as_ref(), reference, transform, &each))
                .map_err(|e| named(e, source.as_ref(), number))?;
            // Whole pixels of the output under the source; where that cannot be told, all of it.
            Ok(Placed { source: Arc::clone(source), window: plan.footprint(), plan, number })
        })
        .collect::<Result<Vec<_>>>()?;
    let nodata = match (options.nodata, options.source_nodata) {
        (NodataRule::FromSource, given @ NodataRule::Value(_)) => given,
        (rule, _) => rule,
    };
    Mosaic::new(first.info(), &bands, reference.clone(), placed, method, options.data_type, nodata)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reproject;
    use ndarray::Array3;
    use raster_core::{CrsRef, GeoTransform, MemoryRaster, Resampling, Window};

    fn source(epsg: u32, (west, north, step): (f64, f64, f64)) -> MemoryRaster {
        MemoryRaster::new(Array3::from_elem((1, 150, 200), 7u8))
            .update_info(|i| {
                i.transform = Some(GeoTransform::from_origin(west, north, step, step));
                i.crs = Some(CrsRef::Epsg(epsg));
            })
            .unwrap()
    }

    fn grid(epsg: u32, (west, north, step): (f64, f64, f64)) -> Grid {
        let transform = GeoTransform::from_origin(west, north, step, step);
        Grid { crs: Some(CrsRef::Epsg(epsg)), ..Grid::new(720, 360, transform) }
    }

    /// No valid pixel lies outside of a footprint, and footprints are small where nothing stands against it.
    #[test]
    fn footprints_hold_every_valid_pixel() {
        let world = (-180.0, 90.0, 0.5);
        let mercator = (-20_037_508.0, 10_000_000.0, 55_660.0);
        let cases = [
            // UTM tiles in Europe, magnified and reduced.
            (
                source(32632, (500_000.0, 5_200_000.0, 1000.0)),
                grid(3857, (900_000.0, 6_000_000.0, 900.0)),
                true,
            ),
            (
                source(32632, (500_000.0, 5_200_000.0, 100.0)),
                grid(3857, (900_000.0, 6_100_000.0, 900.0)),
                true,
            ),
            (source(32632, (500_000.0, 5_200_000.0, 9000.0)), grid(4326, (5.0, 50.0, 0.01)), false),
            (
                source(3035, (4_000_000.0, 3_000_000.0, 2000.0)),
                grid(32632, (100_000.0, 6_000_000.0, 3000.0)),
                true,
            ),
            // Degrees.
            (source(4326, (5.0, 50.0, 0.02)), grid(3857, mercator), true),
            (source(4326, (170.0, 40.0, 0.1)), grid(3857, mercator), false),
            (source(4326, (170.0, 40.0, 0.1)), grid(4326, world), false),
            (source(4326, (-190.0, 40.0, 0.1)), grid(4326, world), false),
            (source(4326, (-180.0, 90.0, 1.8)), grid(3857, mercator), false),
            (source(4326, (-60.0, 90.0, 0.1)), grid(3413, (-3e6, 3e6, 10_000.0)), false),
            (source(4326, (-100.0, 88.0, 0.1)), grid(3413, (-3e6, 3e6, 10_000.0)), false),
            // The pole inside, beside, in a corner.
            (source(3413, (-1e6, 9e5, 10_000.0)), grid(4326, world), false),
            (source(3413, (-1e6, -1e5, 10_000.0)), grid(4326, world), false),
            (source(3413, (0.0, 0.0, 10_000.0)), grid(4326, world), false),
            (source(3413, (-1e6, 9e5, 10_000.0)), grid(3857, mercator), false),
            // Nowhere.
            (source(4326, (100.0, -50.0, 0.01)), grid(32632, (500_000.0, 5_200_000.0, 100.0)), false),
        ];
        for (number, (source, grid, small)) in cases.iter().enumerate() {
            for method in [Resampling::Nearest, Resampling::Lanczos, Resampling::Average, Resampling::Sum] {
                let options = WarpOptions { nodata: NodataRule::None, ..WarpOptions::new(method) };
                let transform =
                    transform_between(source.info(), grid.crs.as_ref(), &options.operations).unwrap();
                let footprint = Plan::new(source, grid, transform, &options).unwrap().footprint();
                let warped = reproject(source, grid, &options).unwrap();
                let mask = warped.read_mask_window(&[1], &grid.window()).unwrap();
                let mut valid = Window::new(0, 0, 0, 0);
                for ((_, r, c), m) in mask.indexed_iter() {
                    let pixel = Window::new(c as i64, r as i64, 1, 1);
                    if *m != 0 {
                        assert!(
                            footprint.contains(&pixel),
                            "case {number}, {method}: {pixel} outside {footprint}"
                        );
                        valid = if valid.is_empty() { pixel } else { valid.union(&pixel) };
                    }
                }
                if *small {
                    assert!(!valid.is_empty(), "case {number}");
                    let (w, h) = (valid.width + 40, valid.height + 40);
                    assert!(
                        footprint.width <= w && footprint.height <= h,
                        "case {number}: {footprint}, {valid}"
                    );
                }
            }
        }
    }

    /// Sources are not asked for windows that they do not touch.
    #[test]
    fn a_window_asks_the_sources_under_it() {
        use raster_core::{Parts, RasterInfo};
        use std::sync::atomic::{AtomicUsize, Ordering};

        struct Asked(MemoryRaster, AtomicUsize);
        impl RasterSource for Asked {
            fn info(&self) -> &RasterInfo {
                self.0.info()
            }
            fn read_parts(&self, bands: &[usize], window: &Window, parts: Parts<'_>) -> Result<()> {
                self.1.fetch_add(1, Ordering::Relaxed);
                self.0.read_parts(bands, window, parts)
            }
        }
        let sources: Vec<Arc<Asked>> = (0..12)
            .map(|i| {
                let west = 400_000.0 + 20_000.0 * f64::from(i);
                Arc::new(Asked(source(32632, (west, 5_200_000.0, 100.0)), AtomicUsize::new(0)))
            })
            .collect();
        let shared: Vec<Arc<dyn RasterSource>> = sources.iter().map(|s| Arc::clone(s) as _).collect();
        let reference = grid(3857, (850_000.0, 5_950_000.0, 700.0));
        let mosaic =
            coregister(&shared, &reference, MergeMethod::First, &WarpOptions::new(Resampling::Bilinear))
                .unwrap();
        let whole = mosaic.read_masked(&[1], &reference.window()).unwrap();
        assert!(sources.iter().all(|s| s.1.swap(0, Ordering::Relaxed) > 0));
        let row = (0..reference.height).find(|r| whole.mask[[0, *r, 100]] != 0).unwrap();
        let window = Window::new(90, row as i64, 30, 20);
        let part = mosaic.read_masked(&[1], &window).unwrap();
        let asked = sources.iter().filter(|s| s.1.load(Ordering::Relaxed) > 0).count();
        assert!((1..=3).contains(&asked), "{asked} of 12");
        let same = whole.data.view();
        assert_eq!(part.data, same.window(&window).to_owned());
    }
}
