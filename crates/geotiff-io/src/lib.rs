//! TIFF, BigTIFF, GeoTIFF and COG reading and writing in pure Rust.
#![forbid(unsafe_code)]

mod codec;
mod format;
mod tiff;

pub use format::{ByteOrder, Compression, Interleave, Photometric, Predictor};
pub use raster_core::{Error, ErrorKind, Result};
