//! `mucho clip`: a part of a raster.

use crate::{
    Global,
    create::CreateArgs,
    grid::{self, nodata_rule},
    input,
    write::write,
};
use geotiff_io::{OpenOptions, TransferOptions};
use raster_core::{Bounds, CrsRef, Error, Result};
use std::{path::PathBuf, sync::Arc};
use warp::{ClipArea, ClipOptions, clip, polygons_from_geojson};

/// Arguments of `mucho clip`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho clip in.tif out.tif --bounds 500000,5190000,510000,5200000
  mucho clip in.tif out.tif --polygon lake.geojson --all-touched
  mucho clip in.tif out.tif --polygon lake.geojson --inverse --nodata 0
  mucho clip in.tif out.tif --bounds 10.1,46.2,10.3,46.4 --crs EPSG:4326")]
pub(crate) struct Args {
    /// File to read; `-` for standard input
    input: PathBuf,
    /// File to write; `-` for standard output
    output: PathBuf,
    /// West, south, east, north
    #[arg(long, value_name = "W,S,E,N", value_parser = grid::parse_bounds, allow_hyphen_values = true)]
    #[arg(conflicts_with = "polygon", required_unless_present = "polygon")]
    bounds: Option<Bounds>,
    /// GeoJSON file with polygons
    #[arg(long, value_name = "FILE")]
    polygon: Option<PathBuf>,
    /// Coordinate system of bounds (the raster's when not given) or polygons (EPSG:4326 when not given)
    #[arg(long, value_name = "CRS")]
    crs: Option<String>,
    /// Keep every pixel that the area touches, not only those whose centre is inside
    #[arg(long)]
    all_touched: bool,
    /// Keep what is outside
    #[arg(long)]
    inverse: bool,
    /// Keep the raster's size
    #[arg(long)]
    no_crop: bool,
    /// Value of pixels that are cut away; the input's when not given, none for none
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    nodata: Option<String>,
    #[command(flatten)]
    create: CreateArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let given = args.crs.as_deref().map(grid::crs).transpose()?;
    let (area, crs) = match (&args.polygon, args.bounds) {
        (Some(path), _) => {
            let text =
                std::fs::read_to_string(path).map_err(|e| Error::io("cannot read", e).in_file(path))?;
            let polygons = polygons_from_geojson(&text).map_err(|e| e.in_file(path))?;
            (ClipArea::Polygons(polygons), given.or(Some(CrsRef::Epsg(4326))))
        }
        (None, Some(bounds)) => (ClipArea::Bounds(bounds), given),
        (None, None) => return Err(Error::misuse("give --bounds or --polygon")),
    };
    let mut options = ClipOptions::new(area);
    options.crs = crs;
    options.all_touched = args.all_touched;
    options.inverse = args.inverse;
    options.crop = !args.no_crop;
    options.nodata = nodata_rule(args.nodata.as_deref(), "--nodata")?;
    let create = args.create.options()?;
    let source = Arc::new(input::open(&args.input, &OpenOptions::new())?);
    write(&clip(source, &options)?, &args.output, TransferOptions::new(create), global)
}
