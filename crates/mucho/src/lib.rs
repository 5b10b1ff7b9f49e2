//! Functions, kernels and pipelines over windows of rasters larger than memory, in parallel; and, by re-export, everything below
//! it: one dependency is enough for most programs.
//!
//! | to | start at |
//! |---|---|
//! | open whatever a location names | [`open()`], [`Opener`] |
//! | warp, clip, write in one line | [`SourceExt`], [`write_cog`] |
//! | run a function over windows, in parallel, within a budget | [`Job`], [`WindowFunction`] |
//! | see a raster through a kernel, lazily | [`KernelView`], [`Step`] |
//! | keep decoded blocks | [`CachedSource`], [`BlockCache`] |
//! | expressions over bands | [`calc`] |
//! | TIFF, GeoTIFF and COG files | [`geotiff_io`] |
//! | warp, merge, coregister, clip | [`warp`] |
//! | neighbourhood mathematics | [`kernels`] |
//! | coordinate systems | [`crs`] |
//! | windows, grids, data types, pixels with validity | [`raster_core`] |
#![forbid(unsafe_code)]

mod block_cache;
mod cache;
pub mod calc;
mod computed;
mod extend;
mod function;
mod job;
pub mod jobs;
pub mod names;
mod open;
mod output;
pub mod pipeline;
pub mod plan;
pub mod prelude;
pub mod preview;
mod run;
mod same_grid;
mod sink;
mod stack;
mod step;
mod view;

pub use block_cache::BlockCache;
pub use cache::CachedSource;
pub use computed::{Computed, ComputedValidity};
pub use extend::{SourceExt, write_cog};
pub use function::{
    Edge, Inputs, KernelFunction, Manual, Simple, Stacked, Typed, WindowContext, WindowFunction, WithHalo,
    Worker,
};
pub use job::Job;
pub use open::{Location, Opened, Opener, Page, Reading, open, standard_input};
pub use output::{Output, OutputRequest};
pub use run::{CancelToken, Event, OnError, Report, WindowTime};
pub use sink::{MemorySink, Sink};
pub use stack::stack;
pub use step::Step;
pub use view::KernelView;

pub use bytes;
pub use crs;
pub use geo_types;
pub use geotiff_io;
pub use kernels;
pub use ndarray;
pub use raster_core::{self, Error, ErrorKind, Result};
pub use warp;
