//! Grids that fit the tiles of web maps (the tile matrix set *GoogleMapsCompatible*, EPSG:3857).

use crate::output_grid::GridRequest;
use raster_core::{CrsRef, Error, GeoTransform, Grid, Metadata, RasterInfo, Result};

/// Half the length of the equator in EPSG:3857, metres: the map reaches from -HALF to HALF both ways.
const HALF: f64 = 20_037_508.342_789_244;
/// Deepest zoom level of the tile matrix set in GDAL.
const DEEPEST: u32 = 30;
/// Most aligned levels, as in GDAL: each doubles the extent that may be added.
const MOST_ALIGNED: u32 = 10;

/// Which zoom level, when the raster's own resolution lies between two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ZoomChoice {
    /// The nearer one (by ratio).
    #[default]
    Nearest,
    /// The coarser one.
    Coarser,
    /// The finer one.
    Finer,
    /// This one.
    Level(u32),
}

/// How a grid is laid on web tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebTiling {
    /// Pixels a side of a tile: a power of two from 16 to 8192; 256 as a rule.
    pub tile: usize,
    /// The zoom level of the full resolution.
    pub zoom: ZoomChoice,
    /// So many zoom levels, the full resolution among them, have whole tiles: the extent grows until its corners
    /// are corners of tiles at the coarsest of them. 0 and 1 align the full resolution only; 10 at most.
    pub aligned_levels: u32,
}

impl Default for WebTiling {
    fn default() -> Self {
        Self { tile: 256, zoom: ZoomChoice::default(), aligned_levels: 0 }
    }
}

/// A grid of whole web tiles.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WebGrid {
    /// In EPSG:3857; its corners are corners of tiles.
    pub grid: Grid,
    /// Zoom level of the full resolution.
    pub zoom: u32,
    /// Zoom levels whose tiles are whole, as asked for and as far as there are any; 0 when not asked for.
    pub aligned_levels: u32,
}

impl WebGrid {
    /// What GDAL's COG driver states about the tiling, and what its readers look for: the metadata domain
    /// `TILING_SCHEME`.
    #[must_use]
    pub fn metadata(&self) -> Metadata {
        let mut items = Metadata::new();
        items.set("TILING_SCHEME", None, "NAME", "GoogleMapsCompatible");
        items.set("TILING_SCHEME", None, "ZOOM_LEVEL", self.zoom.to_string());
        if self.aligned_levels > 0 {
            items.set("TILING_SCHEME", None, "ALIGNED_LEVELS", self.aligned_levels.to_string());
        }
        items
    }
}

/// Size of a pixel at a zoom level, metres at the equator.
fn resolution(zoom: u32, tile: usize) -> f64 {
    2.0 * HALF / (tile as f64 * libm::exp2(f64::from(zoom)))
}

/// The grid for a source on web tiles, as GDAL's COG driver lays it out for
/// `TILING_SCHEME=GoogleMapsCompatible`: the zoom level by the resolution of the suggested grid, the extent
/// moved outwards to whole tiles, cut at the map's edge (85.06 degrees).
///
/// # Errors
/// As [`GridRequest::grid`]; `Misuse` when the source lies outside the map, for a level beyond 30 and for more
/// than 10 aligned levels.
pub fn web_grid(source: &RasterInfo, tiling: &WebTiling) -> Result<WebGrid> {
    let tile = tiling.tile;
    if tiling.aligned_levels > MOST_ALIGNED {
        return Err(Error::misuse(format!(
            "{} aligned zoom levels; {MOST_ALIGNED} at most",
            tiling.aligned_levels
        )));
    }
    if !tile.is_power_of_two() || !(16..=8192).contains(&tile) {
        return Err(Error::misuse(format!(
            "web tiles of {tile} pixels; a power of two from 16 to 8192 is expected"
        )));
    }
    let crs = CrsRef::Epsg(3857);
    let own = GridRequest { crs: Some(crs.clone()), ..GridRequest::default() }.grid(source)?;
    let wanted = own.transform.a;
    // The first level that is as fine as the raster.
    let finer = (0..=DEEPEST).find(|z| resolution(*z, tile) <= wanted * (1.0 + 1e-10)).unwrap_or(DEEPEST);
    let coarser = finer.saturating_sub(1);
    let zoom = match tiling.zoom {
        ZoomChoice::Finer => finer,
        ZoomChoice::Coarser => {
            if (resolution(finer, tile) / wanted - 1.0).abs() < 1e-10 {
                finer
            } else {
                coarser
            }
        }
        ZoomChoice::Nearest => {
            let nearer = resolution(coarser, tile) / wanted < wanted / resolution(finer, tile);
            if nearer { coarser } else { finer }
        }
        ZoomChoice::Level(z) if z <= DEEPEST => z,
        ZoomChoice::Level(z) => {
            return Err(Error::misuse(format!("zoom level {z}; the deepest is {DEEPEST}")));
        }
    };
    let pixel = resolution(zoom, tile);
    let length = pixel * tile as f64;
    let last = libm::exp2(f64::from(zoom));
    let b = own.bounds();
    // Tiles in a row that make one tile of the coarsest aligned level.
    let aligned_levels = tiling.aligned_levels.min(zoom);
    let step = libm::exp2(f64::from(aligned_levels.saturating_sub(1)));
    // A border that misses a tile's by rounding is that tile's.
    let low = |v: f64| ((v / length + 1e-8).floor().max(0.0) / step).floor() * step;
    let high = |v: f64| (((v / length - 1e-8).ceil() / step).ceil() * step).min(last);
    let (left, right) = (low(b.left + HALF), high(b.right + HALF));
    let (top, bottom) = (low(HALF - b.top), high(HALF - b.bottom));
    if !(left < right && top < bottom) {
        return Err(Error::misuse("the source lies outside the web map"));
    }
    let transform = GeoTransform::from_origin(left * length - HALF, HALF - top * length, pixel, pixel);
    let grid = Grid::new((right - left) as usize * tile, (bottom - top) as usize * tile, transform);
    Ok(WebGrid { grid: grid.with_crs(crs), zoom, aligned_levels })
}

/// The grid of one tile of the web map (z, x, y as in the addresses of tiles: x eastwards, y southwards from the north-west
/// corner), of `side` × `side` pixels.
///
/// ```
/// let grid = warp::web_tile(1, 0, 0, 256)?;
/// assert_eq!((grid.transform.c, grid.bounds().right), (-20037508.342789244, 0.0));
/// # Ok::<(), raster_core::Error>(())
/// ```
///
/// # Errors
/// `Misuse` for a zoom level beyond 30, a tile beyond the map and a side of 0.
pub fn web_tile(z: u32, x: u32, y: u32, side: usize) -> Result<Grid> {
    if z > DEEPEST {
        return Err(Error::misuse(format!("zoom level {z}; the deepest is {DEEPEST}")));
    }
    let tiles = 1u64 << z;
    if u64::from(x) >= tiles || u64::from(y) >= tiles || side == 0 {
        return Err(Error::misuse(format!(
            "tile {z}/{x}/{y} of {side} pixels: x and y are from 0 to {}",
            tiles - 1
        )));
    }
    let pixel = resolution(z, side);
    let length = pixel * side as f64;
    let transform =
        GeoTransform::from_origin(f64::from(x) * length - HALF, HALF - f64::from(y) * length, pixel, pixel);
    Ok(Grid::new(side, side, transform).with_crs(CrsRef::Epsg(3857)))
}
