//! Options about the tiles of web maps.

use crate::grid::GridArgs;
use clap::Args;
use geotiff_io::{Blocks, CreateOptions};
use raster_core::{Grid, Metadata, RasterInfo, Result};
use warp::{WebTiling, ZoomChoice, web_grid};

/// Whether the output shall have the grid of web tiles.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Web tiles")]
pub(crate) struct WebArgs {
    /// The grid of web map tiles (GoogleMapsCompatible, EPSG:3857), in blocks of 256 that are the map's tiles
    #[arg(long, conflicts_with_all = ["crs", "like", "res", "size", "bounds", "align"])]
    web_tiles: bool,
    /// Zoom level of the full resolution: a number, or nearest, coarser, finer by the input's resolution
    #[arg(long, value_name = "LEVEL", default_value = "nearest", requires = "web_tiles", value_parser = parse_zoom)]
    zoom: ZoomChoice,
    /// Zoom levels that shall have whole tiles: the extent grows until they do
    #[arg(long, value_name = "N", default_value_t = 0, requires = "web_tiles")]
    aligned_levels: u32,
}

impl WebArgs {
    /// Shall the output have the grid of web tiles?
    pub(crate) fn wanted(&self) -> bool {
        self.web_tiles
    }

    /// The output's grid, and what the file shall say about it: the web grid for the first input, with blocks in the file that
    /// are its tiles; or where that is not wanted, the grid that `plain` describes.
    pub(crate) fn grid_or(
        &self,
        plain: &GridArgs,
        inputs: &[&RasterInfo],
        block_size: Option<usize>,
        create: &mut CreateOptions,
    ) -> Result<(Grid, Metadata)> {
        let (true, Some(first)) = (self.web_tiles, inputs.first()) else {
            return Ok((plain.grid(inputs)?, Metadata::new()));
        };
        let mut tiling = WebTiling::default();
        tiling.tile = block_size.unwrap_or(tiling.tile);
        tiling.zoom = self.zoom;
        tiling.aligned_levels = self.aligned_levels;
        create.blocks = Blocks::Tiles { width: tiling.tile, height: tiling.tile };
        let web = web_grid(first, &tiling)?;
        let metadata = web.metadata();
        Ok((web.grid, metadata))
    }
}

fn parse_zoom(text: &str) -> std::result::Result<ZoomChoice, String> {
    Ok(match text {
        "nearest" => ZoomChoice::Nearest,
        "coarser" => ZoomChoice::Coarser,
        "finer" => ZoomChoice::Finer,
        level => ZoomChoice::Level(
            level.parse().map_err(|_| "a level, nearest, coarser or finer is expected".to_owned())?,
        ),
    })
}
