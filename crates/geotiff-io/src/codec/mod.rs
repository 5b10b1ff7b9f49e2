//! Blocks of pixels to bytes and back: one file per compression, and the predictors.

use crate::format::BlockFormat;
use raster_core::{Error, Result};

/// Buffers that a thread keeps between blocks.
#[derive(Debug, Default)]
pub(crate) struct Scratch {}

/// Decode one block of `rows` rows (`format.height` for tiles) into `out`, which becomes
/// `format.decoded_len(rows)` bytes long. See [`BlockFormat`] for what the bytes are.
pub(crate) fn decode(
    format: &BlockFormat,
    input: &[u8],
    rows: usize,
    out: &mut Vec<u8>,
    scratch: &mut Scratch,
) -> Result<()> {
    let _ = (input, rows, out, scratch);
    Err(Error::unsupported(format!("compression {}", format.compression.name())))
}

/// Encode one block of `rows` rows; `pixels` is `format.decoded_len(rows)` bytes as [`BlockFormat`] says, and may be
/// changed on the way. `out` is cleared first.
pub(crate) fn encode(
    format: &BlockFormat,
    pixels: &mut [u8],
    rows: usize,
    out: &mut Vec<u8>,
    scratch: &mut Scratch,
) -> Result<()> {
    let _ = (pixels, rows, out, scratch);
    Err(Error::unsupported(format!("compression {}", format.compression.name())))
}
