//! Reprojection, resampling, merging and coregistration of rasters.
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
mod resampling;
mod simd;
mod transform;
mod warped;
mod web_tiles;

pub use clip::{ClipArea, ClipOptions, ClippedRaster, clip, footprint, polygons_from_geojson};
pub use mosaic::{MergeFunction, MergeMethod, MergeOptions, MergeStep, Mosaic, coregister, merge};
pub use options::{NodataRule, Positions, WarpOptions};
pub use output_grid::GridRequest;
pub use resampling::Resampling;
pub use transform::{CrsTransform, Identity, PointTransform};
pub use warped::{WarpedRaster, reproject, reproject_into, reproject_with};
pub use web_tiles::{WebGrid, ZoomChoice, web_grid};
