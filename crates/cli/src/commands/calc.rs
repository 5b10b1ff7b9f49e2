//! `mucho calc`: an expression over bands.

use crate::{
    Global,
    input::{Files, ReadArgs},
    job,
};
use mucho::names;
use mucho::pipeline::{Calc, Create, Pipeline, Run};
use raster_core::{Error, Result};
use std::path::Path;

/// Arguments of `mucho calc`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    #[command(flatten)]
    calc: Calc,
    /// Inputs as NAME=FILE, then the file to write
    #[arg(required = true, num_args = 2.., value_name = "NAME=FILE ... OUTPUT")]
    files: Vec<std::ffi::OsString>,
    #[command(flatten)]
    run: Run,
    #[command(flatten)]
    show: job::Show,
    #[command(flatten)]
    create: Create,
    #[command(flatten)]
    read: ReadArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let Some((output, inputs)) = args.files.split_last() else {
        return Err(Error::misuse("name the inputs as A=file.tif, then the output"));
    };
    let files = Files::for_workers(&args.read, global);
    let mut pipeline = Pipeline::default()
        .step(args.calc.clone())
        .write(files.output(Path::new(output), &args.create))
        .run_with(args.run.clone());
    for input in inputs {
        let input = names::text_of(input);
        let (name, path) = input.split_once('=').ok_or_else(|| {
            Error::misuse(format!("'{}': inputs are written as NAME=FILE", names::shown(&input)))
        })?;
        pipeline = pipeline.input(files.input(&names::path_of(path)).name(name));
    }
    job::run_flags(pipeline, &files, args.show, global)
}
