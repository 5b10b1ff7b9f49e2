//! LZMA2 in xz streams, by `lzma-rust2`.

use raster_core::{Error, Result};
use std::io::Read;

/// Dictionaries up to 64 MiB are accepted: xz's largest preset, which libtiff can write.
const MEMORY_LIMIT_KIB: u32 = 72 << 10;

/// Decode until `out` is full or the stream ends; returns how many bytes of `out` were written.
pub(super) fn decode(input: &[u8], out: &mut [u8]) -> Result<usize> {
    let mut reader = lzma_rust2::XzReader::new_mem_limit(input, true, MEMORY_LIMIT_KIB);
    let mut done = 0;
    while done < out.len() {
        match reader.read(&mut out[done..]) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(error) => return Err(Error::malformed(format!("LZMA stream: {error}"))),
        }
    }
    Ok(done)
}
