//! Many rasters onto the grid of one.

use super::{MergeMethod, Mosaic, Placed};
use crate::{
    options::{NodataRule, WarpOptions},
    plan::{Plan, check_size, crs_of, transform_between},
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
        .map(|source| {
            let transform = transform_between(crs_of(source.info()), reference.crs.as_ref())?;
            let plan = Plan::new(source.as_ref(), reference, transform, &each)?;
            Ok(Placed { source: Arc::clone(source), window: reference.window(), plan })
        })
        .collect::<Result<Vec<_>>>()?;
    let nodata = match (options.nodata, options.source_nodata) {
        (NodataRule::FromSource, given @ NodataRule::Value(_)) => given,
        (rule, _) => rule,
    };
    Mosaic::new(first.info(), &bands, reference.clone(), placed, method, options.data_type, nodata)
}
