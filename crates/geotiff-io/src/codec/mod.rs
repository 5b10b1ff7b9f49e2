//! Blocks of pixels to bytes and back: one file per compression, and the predictors.
//!
//! A block goes through the same steps in both directions: the codec (bytes to bytes, or bytes to pixels for
//! the image codecs), byte order, predictor, and the packing of samples that do not fill whole bytes.

mod deflate;
mod lzma;
mod lzw;
mod packbits;
mod predictor;
mod stored;
mod zstd;

use crate::format::{BlockFormat, Compression};
use raster_core::{Error, Result};
use std::fmt;

/// Buffers that a thread keeps between blocks.
#[derive(Default)]
pub(crate) struct Scratch {
    /// The input with its bits reversed (FillOrder 2).
    reversed: Vec<u8>,
    /// The block as it is stored, when that differs from the block in memory.
    stored: Vec<u8>,
    /// Rows on their way through a predictor.
    rows: Vec<u8>,
    lzw_decoder: Option<lzw::Decoder>,
    inflater: Option<deflate::Inflater>,
    zstd_decoder: Option<zstd::Decoder>,
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scratch").finish_non_exhaustive()
    }
}

/// Decode one block of `rows` rows (`format.height` for tiles) into `out`, which becomes
/// `format.decoded_len(rows)` bytes long. See [`BlockFormat`] for what the bytes are.
///
/// Nothing is allocated by what the stream claims: every buffer follows from `format` and `rows`.
pub(crate) fn decode(
    format: &BlockFormat,
    input: &[u8],
    rows: usize,
    out: &mut Vec<u8>,
    scratch: &mut Scratch,
) -> Result<()> {
    let mut reversed = std::mem::take(&mut scratch.reversed);
    let input = if format.reversed_bits && format.compression != Compression::Jpeg {
        reversed.clear();
        reversed.extend(input.iter().map(|b| b.reverse_bits()));
        &reversed
    } else {
        input
    };
    let result = decode_block(format, input, rows, out, scratch);
    scratch.reversed = reversed;
    result
}

fn decode_block(
    format: &BlockFormat,
    input: &[u8],
    rows: usize,
    out: &mut Vec<u8>,
    scratch: &mut Scratch,
) -> Result<()> {
    match format.compression {
        Compression::None
        | Compression::Lzw
        | Compression::Deflate
        | Compression::PackBits
        | Compression::Lzma
        | Compression::Zstd => {}
        other => return Err(Error::unsupported(format!("compression {} cannot be read", other.name()))),
    }
    if stored::is_memory_layout(format) {
        out.resize(format.decoded_len(rows), 0);
        decompress(format, input, out, scratch)?;
        predictor::undo(format, out, &mut scratch.rows)
    } else {
        let mut stored = std::mem::take(&mut scratch.stored);
        stored.resize(stored::len(format, rows), 0);
        let result = decompress(format, input, &mut stored, scratch)
            .and_then(|()| predictor::undo(format, &mut stored, &mut scratch.rows))
            .and_then(|()| stored::unpack(format, &stored, rows, out));
        scratch.stored = stored;
        result
    }
}

/// Fill `out` from a stream of one of the byte codecs; a stream that ends early is an error, one that goes on is
/// not (strips are written longer than the image by some programs).
fn decompress(format: &BlockFormat, input: &[u8], out: &mut [u8], scratch: &mut Scratch) -> Result<()> {
    let got = match format.compression {
        Compression::None => {
            let n = input.len().min(out.len());
            out[..n].copy_from_slice(&input[..n]);
            n
        }
        Compression::Lzw => scratch.lzw_decoder.get_or_insert_default().decode(input, out)?,
        Compression::Deflate => scratch.inflater.get_or_insert_default().inflate(input, out)?,
        Compression::PackBits => packbits::decode(input, out),
        Compression::Lzma => lzma::decode(input, out)?,
        Compression::Zstd => scratch.zstd_decoder.get_or_insert_default().decode(input, out)?,
        other => return Err(Error::internal(format!("{} is not a codec of bytes", other.name()))),
    };
    if got < out.len() {
        return Err(Error::malformed(format!(
            "a {} block of {} bytes ends early: {got} of {} bytes decoded",
            format.compression.name(),
            input.len(),
            out.len()
        )));
    }
    Ok(())
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
