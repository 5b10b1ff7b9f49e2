//! `mucho clip`: a part of a raster.

use crate::{
    Global,
    input::{Files, ReadArgs},
    job,
};
use mucho::pipeline::{Clip, Create, Pipeline};
use raster_core::Result;
use std::path::PathBuf;

/// Arguments of `mucho clip`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// File to read; `-` for standard input
    input: PathBuf,
    /// File to write; `-` for standard output
    output: PathBuf,
    #[command(flatten)]
    clip: Clip,
    #[command(flatten)]
    run: job::WriteArgs,
    #[command(flatten)]
    create: Create,
    #[command(flatten)]
    read: ReadArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let files = Files::for_windows(&args.read, global);
    let pipeline = Pipeline::read(files.input(&args.input))
        .step(args.clip.clone())
        .write(files.output(&args.output, &args.create))
        .run_with(args.run.run());
    job::run_flags(pipeline, &files, args.run.show, global)
}
