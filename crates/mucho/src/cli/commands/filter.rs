//! `mucho filter`: blur bands, zone by zone where a selector is given.

use crate::cli::{Global, blur::BlurArgs, create::CreateArgs, input, job, job::RunArgs};
use kernels::{Gaussian, OutsideZone, Rescale, Rounding, Zones};
use mucho::jobs::{FilterJob, apply_filter};
use raster_core::{DataType, Error, RasterSource, Result};
use std::{path::PathBuf, sync::Arc};

/// Arguments of `mucho filter`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho filter shares.tif smooth.tif --sigma 5 --bands 1,2
  mucho filter stack.tif zonal.tif --sigma 5 --selector 3                mean of the pixels of the same zone
  mucho filter stack.tif zonal.tif --sigma 5 --selector 3 --outside zero as convster: values fade towards zone edges")]
pub(crate) struct Args {
    /// File to read; `-` for standard input
    input: PathBuf,
    /// File to write; `-` for standard output
    output: PathBuf,
    #[command(flatten)]
    blur: BlurArgs,
    /// Bands to filter, in the order of the output; all but the selector when not given
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    bands: Option<Vec<usize>>,
    /// Band whose values are zones; each zone is filtered by itself
    #[arg(long, value_name = "N")]
    selector: Option<usize>,
    /// What a zone sees of the pixels outside it: missing or zero
    #[arg(long, value_name = "WHAT", default_value = "missing", requires = "selector")]
    outside: String,
    /// Value that the filter sees in the place of missing pixels
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    replace_missing: Option<f64>,
    /// Type of the output
    #[arg(long, value_name = "TYPE", default_value = "f32")]
    dtype: DataType,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    create: CreateArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let dataset = input::open_for_job(&args.input)?;
    let outside = match args.outside.as_str() {
        "missing" => OutsideZone::Missing,
        "zero" => OutsideZone::Zero,
        other => return Err(Error::misuse(format!("--outside {other}: there are missing and zero"))),
    };
    let skip = outside == OutsideZone::Missing;
    let blur = args.blur.required(dataset.info())?.preserve_range(true).skip_missing(skip);
    let mut what = FilterJob::new(Gaussian::new(blur)?, args.dtype);
    what.output = Rescale::to_type(args.dtype).with_rounding(Rounding::Nearest);
    what.bands.clone_from(&args.bands);
    what.zones = args.selector.map(|selector| Zones { selector, outside });
    what.replace_missing = args.replace_missing;
    job::run(apply_filter(Arc::new(dataset), what)?, &args.output, &args.create, &args.run, global)
}
