//! The words that the raster crates share: [`Window`], [`Halo`], [`Grid`], [`GeoTransform`], [`DataType`],
//! [`Sample`], [`Nodata`], [`AnyArray`], [`RasterSource`]. No I/O, no threads.
//!
//! # Conventions
//! - Pixel arrays have the shape (bands, rows, columns), C order.
//! - Columns grow to the right, rows grow downwards; positions are in pixels, and pixel (0, 0) covers
//!   \[0, 1) × \[0, 1).
//! - Bands are numbered from 1, as in GDAL and rasterio.
//! - A mask holds 255 where a pixel is valid and 0 where it is not; an alpha band used as a mask keeps its values.
//!
//! ```
//! use raster_core::{GeoTransform, Grid, Window};
//! let grid = Grid::new(512, 512, GeoTransform::from_origin(500_000.0, 4_600_000.0, 10.0, 10.0));
//! let window = Window::new(256, 0, 256, 512);
//! assert_eq!(grid.window_bounds(&window).left, 502_560.0);
//! ```
#![forbid(unsafe_code)]

mod array;
mod attribute_table;
mod bands;
mod color;
mod data_type;
mod digest;
mod dispatch;
mod edits;
mod error;
mod georef;
mod grid;
mod info;
mod keeps;
pub mod layout;
mod memory;
mod metadata;
mod nodata;
pub mod opacity;
mod resampling;
mod sample;
mod size;
mod source;
mod source_fn;
mod tiling;
pub mod validity;
mod window;

pub use array::{AnyArray, AnyView, AnyViewMut};
pub use attribute_table::{AttributeField, AttributeTable, FieldKind};
pub use bands::Bands;
pub use color::{ColorInterp, ColorTable};
pub use data_type::DataType;
pub use digest::Digest;
pub use edits::{Edits, OfBand, Unset};
pub use error::{Error, ErrorKind, Location, Result};
pub use georef::{Bounds, CrsRef, Gcp, GeoTransform};
pub use grid::Grid;
pub use info::{BandInfo, MaskKind, RasterInfo};
pub use keeps::Keeps;
pub use memory::MemoryRaster;
pub use metadata::{Metadata, MetadataItem};
pub use nodata::Nodata;
pub use resampling::Resampling;
pub use sample::{Complex, F16, Sample, Value, convert_slice};
pub use size::Size;
pub use source::{Masked, Parts, RasterSource};
pub use source_fn::SourceFn;
pub use tiling::{BlockGrid, BlockIndex, TileWindows, tile_windows};
pub use window::{FloatWindow, Halo, Window};
