//! TIFF, BigTIFF, GeoTIFF and COG reading and writing in pure Rust.
#![forbid(unsafe_code)]

mod codec;
mod cog;
mod dataset;
mod format;
mod geo;
mod limits;
mod memory_file;
mod plane;
mod read;
mod resample;
mod source;
mod tiff;
mod write;

pub use cog::{BigTiff, Finding, Overviews, Report, Rule, Severity, validate, validate_source};
pub use dataset::{Dataset, OpenOptions, Storage, Tag};
pub use format::{ByteOrder, Compression, Interleave, Photometric, Predictor};
pub use limits::ReadLimits;
pub use memory_file::{MemoryFile, MemoryFileWriter};
pub use raster_core;
pub use raster_core::{Error, ErrorKind, Result};
pub use read::points::PointSample;
pub use read::request::{FileType, Masked, Read};
pub use read::statistics::Statistics;
pub use resample::Resampling;
pub use source::ByteSource;
pub use tiff::entry::{FieldType, TagValue};
pub use write::{
    Blocks, CarriedTags, CreateOptions, FileLayout, GeoTiffWriter, OnProgress, Progress, TileAssembler,
    TransferOptions, ValidityAs, Written, add_overviews, write_raster, write_raster_into,
};
