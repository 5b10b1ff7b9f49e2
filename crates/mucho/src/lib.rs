//! Parallel windowed raster processing, and the command line tool mucho.
#![forbid(unsafe_code)]
