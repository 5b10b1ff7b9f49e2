//! Zstandard at levels 5 to 22, by `structured-zstd`.
//!
//! A crate of its own because that encoder is generic: whoever names it compiles it. Inside `geotiff-io` it was half of
//! the code that the compiler had to make (1.5 of 2.9 million units of rustc's estimate), every time and for
//! every test of that crate.
#![forbid(unsafe_code)]

use std::cell::RefCell;
use structured_zstd::encoding::{CompressionLevel, FrameCompressor};

// One for each thread: it holds tables that are worth keeping, and cannot be sent to another thread.
thread_local! {
    static COMPRESSOR: RefCell<Option<(i32, FrameCompressor)>> = const { RefCell::new(None) };
}

/// Append `input` to `out` as one frame without checksum. `level` is zstd's, 1 to 22.
pub fn compress(input: &[u8], level: i32, out: &mut Vec<u8>) {
    COMPRESSOR.with_borrow_mut(|slot| {
        let compressor = match slot {
            Some((of, compressor)) if *of == level => compressor,
            other => &mut other.insert((level, FrameCompressor::new(CompressionLevel::Level(level)))).1,
        };
        compressor.compress_independent_frame_into(input, out);
    });
}
