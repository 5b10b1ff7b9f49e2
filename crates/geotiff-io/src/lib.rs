//! TIFF, BigTIFF, GeoTIFF and COG reading and writing in pure Rust.
#![forbid(unsafe_code)]

mod codec;
mod dataset;
mod format;
mod geo;
mod limits;
mod read;
mod source;
mod tiff;

pub use dataset::{Dataset, OpenOptions, Storage, Tag};
pub use format::{ByteOrder, Compression, Interleave, Photometric, Predictor};
pub use limits::ReadLimits;
pub use raster_core;
pub use raster_core::{Error, ErrorKind, Result};
pub use source::ByteSource;
pub use tiff::entry::{FieldType, TagValue};
