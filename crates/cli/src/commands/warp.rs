//! `mucho warp`: rasters on another grid.

use crate::{
    Global,
    create::CreateArgs,
    grid::{self, GridArgs, PixelArgs},
    web::WebArgs,
    write::write,
};
use geotiff_io::TransferOptions;
use raster_core::{RasterSource, Result};
use std::{path::PathBuf, sync::Arc};
use warp::{MergeMethod, WarpedRaster, coregister};

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
    grid: GridArgs,
    #[command(flatten)]
    web: WebArgs,
    #[command(flatten)]
    pixels: PixelArgs,
    /// Where several inputs overlap: first, last, min, max, sum, count, mean
    #[arg(long, value_name = "METHOD", default_value = "first")]
    method: MergeMethod,
    /// Append a band that tells which pixels are valid
    #[arg(long)]
    alpha: bool,
    #[command(flatten)]
    create: CreateArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let mut options = args.pixels.options()?;
    options.add_alpha = args.alpha;
    let mut create = args.create.options()?;
    let (inputs, output) = grid::open_all(&args.files)?;
    let infos: Vec<_> = inputs.iter().map(|d| d.info()).collect();
    let (grid, metadata) = args.web.grid_or(&args.grid, &infos, args.create.block_size, &mut create)?;
    let mut writing = TransferOptions::new(create);
    writing.metadata = metadata;
    let mut sources = grid::shared(inputs, options.bands.as_deref())?;
    if sources.len() == 1 {
        let source: Arc<dyn RasterSource> = sources.remove(0);
        return write(&WarpedRaster::new(source, &grid, &options)?, output, writing, global);
    }
    write(&coregister(&sources, &grid, args.method.clone(), &options)?, output, writing, global)
}
