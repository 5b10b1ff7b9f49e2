//! `mucho coregister`: rasters onto the grid of a reference, merged.

use super::warp;
use crate::Global;
use raster_core::{Error, Result};

/// Arguments of `mucho coregister`: those of `mucho warp`, with a reference.
#[derive(clap::Args, Debug)]
#[group(skip)]
#[command(after_help = "\
Examples:
  mucho coregister --like reference.tif in.tif out.tif
  mucho coregister --like reference.tif a.tif b.tif c.tif out.tif --resampling bilinear --method mean
  mucho coregister --like reference.tif scene.tif out.tif --resampling cubic --nodata -9999 --dtype f32")]
pub(crate) struct Args {
    #[command(flatten)]
    warp: warp::Args,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    if !args.warp.has_reference() {
        return Err(Error::misuse("--like is missing: the raster whose grid is taken"));
    }
    warp::run(&args.warp, global)
}
