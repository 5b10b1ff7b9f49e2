//! TIFF, BigTIFF, GeoTIFF and COG reading and writing in pure Rust.
#![forbid(unsafe_code)]
