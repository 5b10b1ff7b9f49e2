//! `mucho cog`: any raster as a Cloud Optimized GeoTIFF.

use super::convert::PixelArgs;
use crate::{
    Global,
    create::CreateArgs,
    grid::{self, GridArgs, nodata_rule},
    input,
    web::WebArgs,
    write::write,
};
use geotiff_io::{Compression, Dataset, TransferOptions, ValidityAs};
use raster_core::{Error, MaskKind, RasterInfo, RasterSource, Result};
use std::path::PathBuf;
use warp::{Resampling, WarpOptions, WarpedRaster};

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
    create: CreateArgs,
    #[command(flatten)]
    pixels: PixelArgs,
    #[command(flatten)]
    grid: GridArgs,
    #[command(flatten)]
    web: WebArgs,
    /// When the grid changes: nearest, bilinear, cubic, average, mode, …; default: nearest for classes, cubic otherwise
    #[arg(long, short = 'r', value_name = "NAME", help_heading = "Output grid")]
    resampling: Option<Resampling>,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    if args.create.plain {
        return Err(Error::misuse("--plain: use `mucho convert` for a file that is no COG"));
    }
    let source = input::open_for_job(&args.input)?;
    if args.grid.wanted() || args.web.wanted() {
        return reproject(args, source, global);
    }
    if args.resampling.is_some() {
        return Err(Error::misuse(
            "--resampling is for another grid: give --crs, --res, --like or --web-tiles too",
        ));
    }
    let options = args.pixels.options(args.create.options()?.carrying_from(&source)?)?;
    write(&source, &args.output, options, global)
}

/// By way of another grid.
fn reproject(args: &Args, source: Dataset, global: &Global) -> Result<()> {
    let mut create = args.create.options()?;
    let info = source.info();
    let (target, metadata) = args.web.grid_or(&args.grid, &[info], args.create.block_size, &mut create)?;
    let classes = info.bands.iter().any(|b| b.color_table.is_some());
    let by_default = if classes { Resampling::Nearest } else { Resampling::Cubic };
    let mut how = WarpOptions::new(args.resampling.unwrap_or(by_default));
    // Bands, type and nodata are chosen on the way through the warper: no cubic over bands that nobody wants.
    how.bands.clone_from(&args.pixels.bands);
    how.data_type = args.pixels.dtype;
    how.nodata = nodata_rule(args.pixels.nodata.as_deref(), "--nodata")?;
    let source = grid::shared(vec![source], how.bands.as_deref())?.remove(0);
    let view = WarpedRaster::new(source, &target, &how)?;
    let mut options = TransferOptions::new(create);
    options.validity = match &args.pixels.validity {
        Some(_) => args.pixels.validity()?,
        None => edges(view.info(), &options),
    };
    options.metadata = metadata;
    write(&view, &args.output, options, global)
}

/// How pixels beyond the source's edge are told from others: by nodata where there is one; else by an alpha band, as
/// GDAL's COG driver has it, or by a mask where an alpha band has no place.
fn edges(view: &RasterInfo, options: &TransferOptions) -> ValidityAs {
    if view.bands.iter().all(|b| b.mask != MaskKind::PerDataset) {
        return ValidityAs::Source;
    }
    let jpeg = matches!(options.create.compression, Compression::Jpeg);
    let palette = view.bands.iter().any(|b| b.color_table.is_some());
    if jpeg || palette { ValidityAs::Mask } else { ValidityAs::Alpha }
}
