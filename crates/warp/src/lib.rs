//! Reprojection, resampling, merging and coregistration of rasters in pure Rust.
#![forbid(unsafe_code)]
