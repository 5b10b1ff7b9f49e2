//! `mucho convert`: a raster in another storage, with everything that it says about itself.

use crate::{Global, input::Files, job};
use mucho::pipeline::{Create, Pipeline, Transfer};
use raster_core::Result;
use std::path::PathBuf;

/// Arguments of `mucho convert`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho convert in.tif out.tif --plain --compress zstd
  mucho convert in.tif out.tif --bands 4,3,2 --dtype u8
  mucho convert in.tif - --validity alpha | viewer -")]
pub(crate) struct Args {
    /// File to read; `-` for standard input
    input: PathBuf,
    /// File to write; `-` for standard output
    output: PathBuf,
    #[command(flatten)]
    create: Create,
    #[command(flatten)]
    pixels: Transfer,
    #[command(flatten)]
    run: job::WriteArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let files = Files::for_workers();
    let pipeline = Pipeline::read(files.input(&args.input))
        .write(files.output(&args.output, &args.create).with_transfer(&args.pixels))
        .run_with(args.run.run());
    job::run_flags(pipeline, &files, args.run.show, global)
}
