//! Where does this output pixel come from, and what value does it get: reprojection, resampling, merging,
//! coregistration and clipping of rasters. No file formats: everything reads and is a
//! [`RasterSource`](raster_core::RasterSource), lazily and by window.
//!
//! | quantity | unit |
//! |---|---|
//! | positions, tolerances | pixels of the source; (0, 0) is the upper left corner of the first pixel |
//! | bounds, resolution | units of the coordinate system named beside them (degrees or metres as a rule) |
//! | masks | 0 invalid, 255 valid |
//!
//! - [`WarpedRaster`] and [`reproject`]: one raster on another grid; [`GridRequest`] and [`web_grid`] choose it.
//! - [`merge`], [`coregister`]: many rasters as one [`Mosaic`].
//! - [`clip`], [`footprint`]: parts and outlines.
//!
//! What holds for all: the pixels do not depend on windows, threads or SIMD level; values are GDAL's (equal to
//! `gdalwarp -et 0` for nearest, bilinear and cubic of integers); no valid result is stored as nodata.
//!
//! Not here: cutlines while warping, RPC and geolocation arrays, vertical shifts, weights from partial alpha
//! (an alpha of 0 is invalid, anything else is valid), computing with complex samples.
#![forbid(unsafe_code)]

mod clip;
mod engine;
mod gcp;
mod georeference;
mod mapping;
mod mosaic;
mod options;
mod output_grid;
mod pixel;
mod plan;
mod resample;
mod simd;
mod transform;
mod warped;
mod web_tiles;

pub use clip::{ClipArea, ClipOptions, ClippedRaster, clip, footprint, polygons_from_geojson};
pub use mosaic::{MergeFunction, MergeMethod, MergeOptions, MergeStep, Mosaic, coregister, merge};
pub use options::{NodataRule, Positions, WarpOptions};
pub use output_grid::GridRequest;
pub use raster_core::Resampling;
pub use transform::{CrsTransform, Identity, PointTransform};
pub use warped::{WarpedRaster, reproject, reproject_into, reproject_with};
pub use web_tiles::{WebGrid, WebTiling, ZoomChoice, web_grid, web_tile};
