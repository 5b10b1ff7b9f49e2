//! Zstandard, by `zrip`.

use raster_core::{Error, Result};
use std::io::Read;

/// Decodes Zstandard streams; keeps its tables and a buffer between blocks.
#[derive(Default)]
pub(super) struct Decoder {
    context: zrip::DecompressContext,
}

impl Decoder {
    /// Decode until `out` is full or the stream ends, over all frames of the stream; returns how many bytes of `out`
    /// were written.
    pub(super) fn decode(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize> {
        match self.context.decompress_with_limit(input, out.len()) {
            Ok(bytes) => {
                out[..bytes.len()].copy_from_slice(&bytes);
                Ok(bytes.len())
            }
            Err(zrip::DecompressError::OutputTooSmall) => decode_start(input, out),
            Err(error) => Err(Error::malformed(format!("Zstandard stream: {error}"))),
        }
    }
}

/// The first `out.len()` bytes of a stream that is longer.
fn decode_start(input: &[u8], out: &mut [u8]) -> Result<usize> {
    let mut decoder = zrip::FrameDecoder::with_limit(input, usize::MAX);
    let mut done = 0;
    while done < out.len() {
        match decoder.read(&mut out[done..]) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(error) => return Err(Error::malformed(format!("Zstandard stream: {error}"))),
        }
    }
    Ok(done)
}

/// The default level.
const DEFAULT: i32 = 1;
/// The highest level of `zrip`; higher ones are those of `zstd-high`.
const HIGHEST_OF_ZRIP: i32 = 4;

/// Can this build write this level?
pub(super) fn check_level(level: i32) -> Result<()> {
    if level > HIGHEST_OF_ZRIP && !cfg!(feature = "zstd-high") {
        return Err(Error::unsupported(format!(
            "Zstandard level {level}: levels above {HIGHEST_OF_ZRIP} need the feature `zstd-high` of mucho-geotiff, \
             which this program was built without"
        )));
    }
    Ok(())
}

/// Encodes Zstandard streams; keeps its tables between blocks.
#[derive(Default)]
pub(super) struct Encoder {
    context: Option<zrip::CompressContext>,
}

impl Encoder {
    /// Append `input` as a frame to `out`.
    pub(super) fn encode(&mut self, input: &[u8], level: i32, out: &mut Vec<u8>) -> Result<()> {
        check_level(level)?;
        let level = if level == 0 { DEFAULT } else { level.clamp(1, 22) };
        #[cfg(feature = "zstd-high")]
        if level > HIGHEST_OF_ZRIP {
            zstd_high::compress(input, level, out);
            return Ok(());
        }
        let failed = |error| Error::internal(format!("the Zstandard encoder failed: {error}"));
        let context = match &mut self.context {
            Some(context) => context,
            empty => empty.insert(zrip::CompressContext::new(level).map_err(failed)?),
        };
        context.set_level(level).map_err(failed)?;
        // As GDAL: no checksum, which would cost the reader a tenth of its time.
        context.set_content_checksum(false);
        out.extend_from_slice(&context.compress(input).map_err(failed)?);
        Ok(())
    }
}
