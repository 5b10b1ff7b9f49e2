//! `mucho pipe`: a job in one line.

use super::run::{Instead, environment, run_instead};
use crate::{
    Global,
    input::{Files, ReadArgs},
};
use mucho::pipeline::Pipeline;
use raster_core::Result;

/// Arguments of `mucho pipe`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Parts have ! between them: what is read, what is done, what is written. Options are those of the commands of the same names;
words are quoted as in a shell.

  read FILE, read NAME=FILE             a raster; --bands, --source-nodata, --ovr none, --crs
  read B=b.tif [ warp --like a.tif ]    a raster with steps of its own
  STEP --option value                   warp, mosaic, stack, clip, select, gaussian, entropy, interaction, extract, filter,
                                        focal WHAT, calc EXPRESSION
  tee FILE                              write the raster as it is here, and go on
  write FILE                            the output; options of the file and of running: --compress zstd --memory 1GB

Steps take one raster; warp, mosaic, stack and calc take all that were read.

Examples:
  mucho pipe \"read a.tif ! warp --crs EPSG:3857 ! entropy --sigma 10 ! write b.tif\"
  mucho pipe \"read N=nir.tif ! read R=red.tif ! calc '(N - R) / (N + R)' ! write ndvi.tif --compress zstd\"
  mucho pipe \"read a.tif b.tif c.tif ! mosaic --method max ! tee mosaic.tif ! focal slope ! write slope.tif\"
  mucho pipe \"read A=new.tif ! read B=old.tif [ warp --like new.tif ] ! calc 'A - B' ! write change.tif\" --plan
  mucho pipe \"read a.tif ! gaussian --sigma 3 ! write b.tif\" --print toml      the same as a job file")]
pub(crate) struct Args {
    /// The job: \"read a.tif ! gaussian --sigma 3 ! write b.tif\"
    line: String,
    #[command(flatten)]
    instead: Instead,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let environment = environment();
    let defaults: Vec<_> =
        environment.iter().map(|(part, key, value)| (*part, *key, value.as_str())).collect();
    let pipeline = Pipeline::from_line_with(&args.line, &defaults)?;
    run_instead(pipeline, &Files::for_workers(&ReadArgs::default(), global), &args.instead, global, |e| e)
}
