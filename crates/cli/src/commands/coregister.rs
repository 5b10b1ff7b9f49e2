//! `mucho coregister`: rasters onto the grid of a reference, merged.

use crate::{
    Global,
    create::CreateArgs,
    grid::{self, PixelArgs},
    input,
    write::write,
};
use geotiff_io::{OpenOptions, TransferOptions};
use raster_core::{RasterSource, Result};
use std::path::PathBuf;
use warp::{MergeMethod, coregister};

/// Arguments of `mucho coregister`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho coregister --like reference.tif in.tif out.tif
  mucho coregister --like reference.tif a.tif b.tif c.tif out.tif --resampling bilinear --method mean
  mucho coregister --like reference.tif scene.tif out.tif --resampling cubic --nodata -9999 --dtype f32")]
pub(crate) struct Args {
    /// The raster whose grid is taken
    #[arg(long, value_name = "FILE")]
    like: PathBuf,
    /// Files to read, then the file to write (`-` for standard output)
    #[arg(required = true, num_args = 2.., value_name = "INPUT ... OUTPUT")]
    files: Vec<PathBuf>,
    /// Where inputs overlap: first, last, min, max, sum, count, mean
    #[arg(long, value_name = "METHOD", default_value = "first")]
    method: MergeMethod,
    #[command(flatten)]
    pixels: PixelArgs,
    #[command(flatten)]
    create: CreateArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let (options, create) = (args.pixels.options()?, args.create.options()?);
    let reference = input::open(&args.like, &OpenOptions::new())?.info().grid();
    let (inputs, output) = grid::open_all(&args.files)?;
    let sources = grid::shared(inputs, options.bands.as_deref())?;
    let mosaic = coregister(&sources, &reference, args.method.clone(), &options)?;
    write(&mosaic, output, TransferOptions::new(create), global)
}
