//! `mucho convert`: a raster in another storage, with everything that it says about itself.

use super::edit::parse_item;
use crate::{
    Global,
    input::{Files, ReadArgs},
    job,
};
use mucho::pipeline::{Create, Describe, Pipeline, Transfer};
use raster_core::{Error, Result};
use std::path::{Path, PathBuf};

/// Arguments of `mucho convert`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho convert in.tif out.tif --plain --compress zstd
  mucho convert in.tif out.tif --bands 4,3,2 --dtype u8
  mucho convert scans.tif page_{page}.tif --pages
  mucho convert in.tif - --validity alpha | viewer -")]
pub(crate) struct Args {
    /// File to read; `-` for standard input
    input: PathBuf,
    /// File to write; `-` for standard output
    output: PathBuf,
    /// Write every image of the input into a file of its own: {page} in the output's name is its number, as in out_{page}.tif
    #[arg(long)]
    pages: bool,
    #[command(flatten)]
    create: Create,
    #[command(flatten)]
    pixels: Transfer,
    #[command(flatten)]
    describe: Describe,
    /// State this metadata item beside the input's; may be given several times
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Description", value_parser = parse_item)]
    metadata: Vec<(String, String)>,
    #[command(flatten)]
    run: job::WriteArgs,
    #[command(flatten)]
    read: ReadArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    if !args.pages {
        return one(args, &args.read, &args.output, global);
    }
    if args.read.directory.is_some() {
        return Err(Error::misuse("--pages: not together with --directory, which names one image"));
    }
    let pattern = args.output.to_str().filter(|t| t.contains(PLACE));
    let Some(pattern) = pattern else {
        return Err(Error::misuse(format!(
            "--pages: the output's name has {PLACE} where the number of the image comes"
        )));
    };
    let pages = mucho::Opener::new().open(args.input.as_path())?.into_dataset()?.pages();
    let digits = pages.last().map_or(1, |p| p.directory.to_string().len());
    for page in pages {
        let mut how = args.read.clone();
        how.directory = Some(mucho::Page::Directory(page.directory));
        let number = format!("{:0digits$}", page.directory);
        one(args, &how, Path::new(&pattern.replace(PLACE, &number)), global)?;
    }
    Ok(())
}

/// Stands for the number of an image in the name of an output.
const PLACE: &str = "{page}";

fn one(args: &Args, how: &ReadArgs, output: &Path, global: &Global) -> Result<()> {
    let files = Files::for_workers(how, global);
    let mut output =
        files.output(output, &args.create).with_description(&args.describe).with_transfer(&args.pixels);
    output.metadata = args.metadata.iter().cloned().collect();
    let pipeline = Pipeline::read(files.input(&args.input)).write(output).run_with(args.run.run());
    job::run_flags(pipeline, &files, args.run.show, global)
}
