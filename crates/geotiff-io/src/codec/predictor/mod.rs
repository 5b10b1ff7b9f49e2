//! Predictors (tag 317), undone and applied, with the byte order on the way.
//!
//! Predictor 2 works on whole samples of 8, 16, 32 or 64 bits, so that a complex sample of that size counts as one
//! integer (as in libtiff). Predictor 3 stores the bytes of a row's floats by significance, whatever the byte order.

mod floating;
mod horizontal;

use super::stored;
use crate::format::{BlockFormat, ByteOrder, Compression, Predictor};
use raster_core::{Error, Result};

/// The predictor that a block really has: other codecs than these ignore the tag.
fn effective(format: &BlockFormat) -> Predictor {
    match format.compression {
        Compression::Lzw | Compression::Deflate | Compression::Zstd | Compression::Lzma => format.predictor,
        _ => Predictor::None,
    }
}

/// From what the codec gave to little-endian samples. `rows` is a buffer to work in.
pub(super) fn undo(format: &BlockFormat, block: &mut [u8], rows: &mut Vec<u8>) -> Result<()> {
    let swap = format.byte_order == ByteOrder::Big;
    let bits = usize::from(format.bits);
    match effective(format) {
        Predictor::None => {
            if swap {
                stored::swap_bytes(block, stored::number_len(format));
            }
        }
        Predictor::Horizontal => {
            check_horizontal(format)?;
            if swap {
                stored::swap_bytes(block, bits / 8);
            }
            horizontal::undo(block, format.width * format.samples * bits / 8, bits / 8, format.samples);
        }
        Predictor::FloatingPoint => {
            check_floating(format)?;
            floating::undo(block, format.width * format.samples, bits / 8, format.samples, rows);
        }
    }
    Ok(())
}

/// From little-endian samples to what the codec gets; the reverse of [`undo`].
pub(super) fn apply(format: &BlockFormat, block: &mut [u8], rows: &mut Vec<u8>) -> Result<()> {
    let swap = format.byte_order == ByteOrder::Big;
    let bits = usize::from(format.bits);
    match effective(format) {
        Predictor::None => {
            if swap {
                stored::swap_bytes(block, stored::number_len(format));
            }
        }
        Predictor::Horizontal => {
            check_horizontal(format)?;
            horizontal::apply(
                block,
                format.width * format.samples * bits / 8,
                bits / 8,
                format.samples,
                rows,
            );
            if swap {
                stored::swap_bytes(block, bits / 8);
            }
        }
        Predictor::FloatingPoint => {
            check_floating(format)?;
            floating::apply(block, format.width * format.samples, bits / 8, format.samples, rows);
        }
    }
    Ok(())
}

/// Is the predictor defined for these samples?
pub(super) fn check(format: &BlockFormat) -> Result<()> {
    match effective(format) {
        Predictor::None => Ok(()),
        Predictor::Horizontal => check_horizontal(format),
        Predictor::FloatingPoint => check_floating(format),
    }
}

fn check_horizontal(format: &BlockFormat) -> Result<()> {
    match format.bits {
        8 | 16 | 32 | 64 => Ok(()),
        _ => Err(unsupported(format)),
    }
}

fn check_floating(format: &BlockFormat) -> Result<()> {
    match format.bits {
        16 | 24 | 32 | 64 if format.data_type.is_float() => Ok(()),
        _ => Err(unsupported(format)),
    }
}

fn unsupported(format: &BlockFormat) -> Error {
    Error::unsupported(format!(
        "predictor {} for samples of type {} stored in {} bits",
        if format.predictor == Predictor::Horizontal { 2 } else { 3 },
        format.data_type,
        format.bits
    ))
}
