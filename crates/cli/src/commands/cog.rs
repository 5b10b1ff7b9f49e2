//! `mucho cog`: any raster as a Cloud Optimized GeoTIFF.

use super::edit::parse_item;
use crate::{
    Global,
    input::{Files, ReadArgs},
    job,
};
use mucho::pipeline::{Create, Describe, Pipeline, Place, ResampleBy, Transfer, Validity, read};
use raster_core::{Error, Result};
use std::path::PathBuf;

/// Arguments of `mucho cog`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho cog in.tif out.tif
  mucho cog in.tif out.tif --compress zstd --overview-resampling average
  mucho cog classes.tif out.tif --overview-resampling mode
  mucho cog in.tif out.tif --crs EPSG:3035 --res 10 --align
  mucho cog in.tif out.tif --web-tiles --aligned-levels 4
  cat in.tif | mucho cog - - | upload")]
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
    describe: Describe,
    /// State this metadata item beside the input's; may be given several times
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Description", value_parser = parse_item)]
    metadata: Vec<(String, String)>,
    #[command(flatten)]
    place: Place,
    /// When the grid changes: nearest, bilinear, cubic, average, mode, …; default: nearest for classes, cubic otherwise
    #[arg(long, short = 'r', value_name = "NAME", help_heading = "Output grid", value_parser = read::<ResampleBy>)]
    resampling: Option<ResampleBy>,
    #[command(flatten)]
    run: job::WriteArgs,
    #[command(flatten)]
    read: ReadArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    if args.create.plain {
        return Err(Error::misuse("--plain: use `mucho convert` for a file that is no COG"));
    }
    let files = Files::for_workers(&args.read, global);
    let mut pipeline = Pipeline::read(files.input(&args.input)).run_with(args.run.run());
    let mut output = files.output(&args.output, &args.create).with_description(&args.describe);
    output.metadata = args.metadata.iter().cloned().collect();
    if args.place.is_given() {
        let mut warp = args.place.clone().warp().resampling(args.resampling.unwrap_or(ResampleBy::Auto));
        // Bands, type and nodata are chosen on the way through the warper: no cubic over bands that nobody wants.
        warp.bands.clone_from(&args.pixels.bands);
        warp.dtype = args.pixels.dtype;
        warp.nodata = args.pixels.nodata;
        pipeline = pipeline.step(warp);
        output.validity = args.pixels.validity.unwrap_or(Validity::Auto);
    } else {
        if args.resampling.is_some() {
            return Err(Error::misuse(
                "--resampling is for another grid: give --crs, --res, --like or --web-tiles too",
            ));
        }
        output = output.with_transfer(&args.pixels);
    }
    job::run_flags(pipeline.write(output), &files, args.run.show, global)
}
