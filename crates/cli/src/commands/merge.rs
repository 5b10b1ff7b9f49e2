//! `mucho merge`: rasters of one coordinate system as one.

use crate::{
    Global,
    input::{Files, ReadArgs},
    job,
};
use mucho::pipeline::{Create, Mosaic, Pipeline};
use raster_core::Result;
use std::path::PathBuf;

/// Arguments of `mucho merge`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho merge tiles/*.tif mosaic.tif
  mucho merge a.tif b.tif out.tif --method max --bounds 500000,5190000,510000,5200000
  mucho merge a.tif b.tif out.tif --method mean --dtype f32 --res 20 --resampling average")]
pub(crate) struct Args {
    /// Files to read, then the file to write (`-` for standard output)
    #[arg(required = true, num_args = 2.., value_name = "INPUT ... OUTPUT")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    mosaic: Mosaic,
    #[command(flatten)]
    run: job::WriteArgs,
    #[command(flatten)]
    create: Create,
    #[command(flatten)]
    read: ReadArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let mut files = Files::for_windows(&args.read, global);
    let (inputs, output) = job::inputs_and_output(&args.files, &args.create, &mut files)?;
    let mut pipeline = Pipeline::default().step(args.mosaic.clone()).write(output).run_with(args.run.run());
    pipeline.inputs = inputs;
    job::run_flags(pipeline, &files, args.run.show, global)
}
