//! `mucho warp`: rasters on another grid.

use crate::{
    Global,
    input::{Files, ReadArgs},
    job,
};
use mucho::pipeline::{Create, Pipeline, Warp};
use raster_core::Result;
use std::path::PathBuf;

/// Arguments of `mucho warp`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho warp in.tif out.tif --crs EPSG:3857 --resampling bilinear
  mucho warp in.tif out.tif --like reference.tif --resampling cubic
  mucho warp a.tif b.tif c.tif out.tif --crs EPSG:32633 --res 10 --align
  mucho warp in.tif out.tif --web-tiles --resampling average
  mucho warp in.tif - --crs EPSG:4326 | viewer -")]
pub(crate) struct Args {
    /// Files to read (`-` for standard input), then the file to write (`-` for standard output)
    #[arg(required = true, num_args = 2.., value_name = "INPUT ... OUTPUT")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    warp: Warp,
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
    let mut pipeline = Pipeline::default().step(args.warp.clone()).write(output).run_with(args.run.run());
    pipeline.inputs = inputs;
    job::run_flags(pipeline, &files, args.run.show, global)
}

impl Args {
    /// Is the grid that of another raster?
    pub(crate) fn has_reference(&self) -> bool {
        self.warp.like.is_some()
    }
}
