//! `mucho merge`: rasters of one coordinate system as one.

use crate::{
    Global,
    create::CreateArgs,
    grid::{self, nodata_rule},
    write::write,
};
use geotiff_io::TransferOptions;
use raster_core::{Bounds, DataType, Result};
use std::path::PathBuf;
use warp::{MergeMethod, MergeOptions, Resampling, merge};

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
    /// Where inputs overlap: first, last, min, max, sum, count, mean
    #[arg(long, value_name = "METHOD", default_value = "first")]
    method: MergeMethod,
    /// West, south, east, north; what all inputs cover when not given
    #[arg(long, value_name = "W,S,E,N", value_parser = grid::parse_bounds, allow_hyphen_values = true)]
    bounds: Option<Bounds>,
    /// Size of a pixel, such as 10 or 10,20; the first input's when not given
    #[arg(long, value_name = "X[,Y]", value_parser = grid::parse_resolution)]
    res: Option<(f64, f64)>,
    /// Take the smallest pixel size of all inputs
    #[arg(long, conflicts_with = "res")]
    highest_res: bool,
    /// Move the sides outwards to multiples of the pixel size
    #[arg(long)]
    align: bool,
    /// For inputs of another pixel size: nearest, bilinear, cubic, average, mode, …
    #[arg(long, short = 'r', value_name = "NAME", default_value = "nearest")]
    resampling: Resampling,
    /// Value of pixels that no input has; the first input's when not given, none for none
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    nodata: Option<String>,
    /// Type of the output
    #[arg(long, value_name = "TYPE")]
    dtype: Option<DataType>,
    /// Bands of the inputs, from 1, such as 4,3,2
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    bands: Option<Vec<usize>>,
    #[command(flatten)]
    create: CreateArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let mut options = MergeOptions::new(args.method.clone());
    options.bounds = args.bounds;
    options.resolution = args.res;
    options.highest_resolution = args.highest_res;
    options.aligned = args.align;
    options.resampling = args.resampling;
    options.nodata = nodata_rule(args.nodata.as_deref(), "--nodata")?;
    options.data_type = args.dtype;
    options.bands.clone_from(&args.bands);
    let create = args.create.options()?;
    let (inputs, output) = grid::open_all(&args.files)?;
    let sources = grid::shared(inputs, options.bands.as_deref())?;
    write(&merge(&sources, &options)?, output, TransferOptions::new(create), global)
}
