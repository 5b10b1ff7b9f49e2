//! `mucho cog`: any raster as a Cloud Optimized GeoTIFF.

use super::convert::transfer;
use crate::cli::{Global, create::CreateArgs};
use raster_core::{Error, Result};
use std::path::PathBuf;

/// Arguments of `mucho cog`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho cog in.tif out.tif
  mucho cog in.tif out.tif --compress zstd --overview-resampling average
  mucho cog classes.tif out.tif --overview-resampling mode
  cat in.tif | mucho cog - - | upload")]
pub(crate) struct Args {
    /// File to read; `-` for standard input
    input: PathBuf,
    /// File to write; `-` for standard output
    output: PathBuf,
    #[command(flatten)]
    create: CreateArgs,
    #[command(flatten)]
    pixels: super::convert::PixelArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    if args.create.plain {
        return Err(Error::misuse("--plain: use `mucho convert` for a file that is no COG"));
    }
    transfer(&args.input, &args.output, args.create.options()?, &args.pixels, global)
}
