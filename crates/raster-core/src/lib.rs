//! The words that raster crates share: windows, grids, data types, pixels, sources.
#![forbid(unsafe_code)]
