//! LZMA2 in xz streams, by `lzma-rust2`.

use raster_core::{Error, Result};
use std::io::{Read, Write};

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

/// Append `input` as an xz stream to `out`; `level` 1 to 9, 0 for the default of 6.
pub(super) fn encode(input: &[u8], level: i32, out: &mut Vec<u8>) -> Result<()> {
    let preset = if level == 0 { 6 } else { level.clamp(1, 9) };
    let mut options = lzma_rust2::XzOptions::with_preset(preset.unsigned_abs());
    // A larger window than the block only costs the reader memory.
    let window = u32::try_from(input.len().next_power_of_two()).unwrap_or(u32::MAX).max(4096);
    options.lzma_options.dict_size = options.lzma_options.dict_size.min(window);
    let failed = |error| Error::internal(format!("the LZMA encoder failed: {error}"));
    let mut writer = lzma_rust2::XzWriter::new(out, options).map_err(failed)?;
    writer.write_all(input).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(())
}
