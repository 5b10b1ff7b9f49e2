//! Blocks of pixels to bytes and back: one file per compression, and the predictors.
//!
//! A block goes through the same steps in both directions: the codec (bytes to bytes, or bytes to pixels for
//! the image codecs), byte order, predictor, and the packing of samples that do not fill whole bytes.

mod ccitt;
mod deflate;
mod jpeg;
mod jpeg_encode;
mod lerc;
mod lzma;
mod lzw;
mod next;
mod packbits;
mod predictor;
mod sgi_log;
mod stored;
mod thunder_scan;
mod view;
mod webp;
mod ycbcr;
mod zstd;

use crate::format::{BlockFormat, ByteOrder, Compression, Photometric};
pub(crate) use jpeg::{head_of_stream, head_of_tables};
use raster_core::{DataType, Error, Result};
use std::fmt;
pub(crate) use view::View;

/// Buffers that a thread keeps between blocks.
#[derive(Default)]
pub(crate) struct Scratch {
    /// The input with its bits reversed (FillOrder 2).
    reversed: Vec<u8>,
    /// The block as it is stored, when that differs from the block in memory.
    stored: Vec<u8>,
    /// Rows on their way through a predictor.
    rows: Vec<u8>,
    /// Colours as they are stored, when they are shown otherwise.
    colors: Vec<u8>,
    lzw_decoder: Option<lzw::Decoder>,
    inflater: Option<deflate::Inflater>,
    zstd_decoder: Option<zstd::Decoder>,
    lerc_decoder: lerc::Decoder,
    lzw_encoder: Option<lzw::Encoder>,
    deflater: Option<deflate::Deflater>,
    zstd_encoder: Option<zstd::Encoder>,
    /// Bytes of the largest block, which is what the buffers of Zstandard and LERC follow.
    largest: usize,
}

impl Scratch {
    /// The memory that is held, about. What codecs keep that does not grow with blocks is small.
    pub(crate) fn bytes(&self) -> usize {
        let own = [&self.reversed, &self.stored, &self.rows, &self.colors].map(Vec::capacity);
        let as_blocks =
            [self.zstd_decoder.is_some(), self.zstd_encoder.is_some(), self.lerc_decoder.is_filled()];
        let as_blocks = as_blocks.into_iter().filter(|b| *b).count();
        own.into_iter().sum::<usize>() + as_blocks * self.largest
    }
    /// Let go of buffers of more than `most` bytes.
    pub(crate) fn give_back(&mut self, most: usize) {
        for buffer in [&mut self.reversed, &mut self.stored, &mut self.rows, &mut self.colors] {
            if buffer.capacity() > most {
                *buffer = Vec::new();
            }
        }
        if self.largest > most {
            self.lerc_decoder = lerc::Decoder::default();
            (self.zstd_decoder, self.zstd_encoder, self.largest) = (None, None, 0);
        }
    }
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
#[cfg_attr(not(test), allow(dead_code, reason = "tests and benchmarks decode whole blocks"))]
pub(crate) fn decode(
    format: &BlockFormat,
    input: &[u8],
    rows: usize,
    out: &mut Vec<u8>,
    scratch: &mut Scratch,
) -> Result<()> {
    decode_rows(format, input, (rows, rows), out, scratch)
}

/// [`decode`] a block of which the first rows are enough: the second of `rows`. What the stream does not have of the others
/// is 0.
pub(crate) fn decode_rows(
    format: &BlockFormat,
    input: &[u8],
    rows: (usize, usize),
    out: &mut Vec<u8>,
    scratch: &mut Scratch,
) -> Result<()> {
    scratch.largest = scratch.largest.max(format.decoded_len(rows.0));
    if let Some(view) = &format.view {
        let mut colors = std::mem::take(&mut scratch.colors);
        let result = decode_rows(&view.stored, input, rows, &mut colors, scratch);
        if result.is_ok() {
            out.resize(format.decoded_len(rows.0), 0);
            view.convert(&colors, out);
        }
        scratch.colors = colors;
        return result;
    }
    let mut reversed = std::mem::take(&mut scratch.reversed);
    let input = if format.reversed_bits && !is_jpeg(format.compression) {
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

fn is_jpeg(compression: Compression) -> bool {
    matches!(compression, Compression::Jpeg | Compression::OldJpeg)
}

fn decode_block(
    format: &BlockFormat,
    input: &[u8],
    (rows, needed): (usize, usize),
    out: &mut Vec<u8>,
    scratch: &mut Scratch,
) -> Result<()> {
    match format.compression {
        Compression::None
        | Compression::Lzw
        | Compression::Deflate
        | Compression::PackBits
        | Compression::Lzma
        | Compression::Zstd
        | Compression::Next
        | Compression::ThunderScan => decode_bytes(format, input, (rows, needed), out, scratch),
        Compression::SgiLog | Compression::SgiLog24 => {
            out.resize(format.decoded_len(rows), 0);
            sgi_log::decode(format, input, out)
        }
        Compression::CcittRle | Compression::CcittRleWord | Compression::CcittG3 | Compression::CcittG4 => {
            if format.bits != 1 || format.samples != 1 {
                return Err(Error::unsupported(format!(
                    "{} with {} samples of {} bits: fax codes have one bit",
                    format.compression.name(),
                    format.samples,
                    format.bits
                )));
            }
            let mut stored = std::mem::take(&mut scratch.stored);
            stored.resize(stored::len(format, rows), 0);
            let result = ccitt::decode(format, input, format.width, &mut stored)
                .and_then(|()| stored::unpack(format, &stored, rows, out));
            scratch.stored = stored;
            result
        }
        Compression::Jpeg | Compression::OldJpeg => {
            out.resize(format.decoded_len(rows), 0);
            jpeg::decode(format, input, rows, out)
        }
        Compression::Webp => {
            out.resize(format.decoded_len(rows), 0);
            webp::decode(format, input, rows, out)
        }
        Compression::Lerc | Compression::LercDeflate | Compression::LercZstd => {
            decode_lerc(format, input, rows, out, scratch)
        }
        Compression::JpegXl => Err(Error::unsupported("JPEG XL (compression 50002) cannot be read")),
        Compression::Other(number) => Err(Error::unsupported(match Compression::other_name(number) {
            Some(name) => format!("{name} (compression {number}) cannot be read"),
            None => format!("compression {number} is not known"),
        })),
    }
}

/// The codecs from bytes to bytes, and what lies on top of them.
fn decode_bytes(
    format: &BlockFormat,
    input: &[u8],
    (rows, needed): (usize, usize),
    out: &mut Vec<u8>,
    scratch: &mut Scratch,
) -> Result<()> {
    let is_ycbcr = ycbcr::is_stored(format);
    if stored::is_memory_layout(format) && !is_ycbcr {
        out.resize(format.decoded_len(rows), 0);
        decompress(format, input, out, format.decoded_len(needed), scratch)?;
        return predictor::undo(format, out, &mut scratch.rows);
    }
    let (len, needed) = (stored_len(format, rows)?, stored_len(format, needed)?);
    let mut stored = std::mem::take(&mut scratch.stored);
    stored.resize(len, 0);
    let result = decompress(format, input, &mut stored, needed, scratch)
        .and_then(|()| predictor::undo(format, &mut stored, &mut scratch.rows))
        .and_then(|()| match is_ycbcr {
            true => ycbcr::unpack(format, &stored, rows, out),
            false => stored::unpack(format, &stored, rows, out),
        });
    scratch.stored = stored;
    result
}

fn decode_lerc(
    format: &BlockFormat,
    input: &[u8],
    rows: usize,
    out: &mut Vec<u8>,
    scratch: &mut Scratch,
) -> Result<()> {
    let len = format.decoded_len(rows);
    out.resize(len, 0);
    // LERC can grow what it cannot compress, by headers and masks.
    let limit = len + len / 4 + (64 << 10);
    let mut blob = std::mem::take(&mut scratch.stored);
    let result = match format.compression {
        Compression::Lerc => scratch.lerc_decoder.decode(format, input, rows, out),
        wrapped => {
            blob.resize(limit, 0);
            let got = match wrapped {
                Compression::LercDeflate => {
                    scratch.inflater.get_or_insert_default().inflate(input, &mut blob)
                }
                _ => scratch.zstd_decoder.get_or_insert_default().decode(input, &mut blob),
            };
            got.and_then(|got| scratch.lerc_decoder.decode(format, &blob[..got], rows, out))
        }
    };
    scratch.stored = blob;
    result?;
    swap_for_lerc(format, out);
    Ok(())
}

/// Fill `out` from a stream of one of the byte codecs; a stream that ends before `needed` bytes is an error, one that goes
/// on is not (strips are written longer than the image by some programs). What is behind the end is 0.
fn decompress(
    format: &BlockFormat,
    input: &[u8],
    out: &mut [u8],
    needed: usize,
    scratch: &mut Scratch,
) -> Result<()> {
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
        Compression::Next | Compression::ThunderScan => {
            let bits = if format.compression == Compression::Next { 2 } else { 4 };
            if (usize::from(format.bits), format.samples) != (bits, 1) {
                return Err(Error::unsupported(format!(
                    "{} with {} samples of {} bits: it has one of {bits}",
                    format.compression.name(),
                    format.samples,
                    format.bits
                )));
            }
            let (width, row_len) = (format.width, stored::len(format, 1));
            if bits == 2 {
                next::decode(input, width, row_len, out)
            } else {
                thunder_scan::decode(input, width, out)
            }
        }
        other => return Err(Error::internal(format!("{} is not a codec of bytes", other.name()))),
    };
    let len = out.len();
    out[got.min(len)..].fill(0);
    if got < needed {
        return Err(Error::malformed(format!(
            "a {} block of {} bytes ends early: {got} of {} bytes decoded",
            format.compression.name(),
            input.len(),
            needed
        )));
    }
    Ok(())
}

/// Bytes of a block of `rows` rows that is stored without compression.
///
/// # Errors
/// `Malformed` for an impossible subsampling of YCbCr.
pub(crate) fn stored_len(format: &BlockFormat, rows: usize) -> Result<usize> {
    if let Some(view) = &format.view {
        stored_len(&view.stored, rows)
    } else if ycbcr::is_stored(format) {
        ycbcr::len(format, rows)
    } else {
        Ok(stored::len(format, rows))
    }
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
    scratch.largest = scratch.largest.max(pixels.len());
    out.clear();
    match format.compression {
        Compression::Jpeg => jpeg_encode::encode(format, pixels, rows, out),
        Compression::Webp => webp::encode(format, pixels, rows, out),
        Compression::Lerc => {
            swap_for_lerc(format, pixels);
            lerc::encode(format, pixels, rows, out)
        }
        Compression::LercDeflate | Compression::LercZstd => {
            swap_for_lerc(format, pixels);
            let mut blob = std::mem::take(&mut scratch.stored);
            blob.clear();
            let result = lerc::encode(format, pixels, rows, &mut blob).and_then(|()| {
                let byte_codec = match format.compression {
                    Compression::LercDeflate => Compression::Deflate,
                    _ => Compression::Zstd,
                };
                compress(format, byte_codec, &blob, rows, out, scratch)
            });
            scratch.stored = blob;
            result
        }
        byte_codec if stored::is_memory_layout(format) => {
            predictor::apply(format, pixels, &mut scratch.rows)?;
            compress(format, byte_codec, pixels, rows, out, scratch)
        }
        byte_codec => {
            let mut stored = std::mem::take(&mut scratch.stored);
            stored::pack(format, pixels, &mut stored);
            let result = compress(format, byte_codec, &stored, rows, out, scratch);
            scratch.stored = stored;
            result
        }
    }?;
    if format.reversed_bits && format.compression != Compression::Jpeg {
        out.iter_mut().for_each(|b| *b = b.reverse_bits());
    }
    Ok(())
}

/// libtiff swaps what it gives to and gets from LERC, which has a byte order of its own.
fn swap_for_lerc(format: &BlockFormat, samples: &mut [u8]) {
    if format.byte_order == ByteOrder::Big {
        stored::swap_bytes(samples, stored::number_len(format));
    }
}

/// Append `input`, `rows` rows, to `out` by one of the codecs from bytes to bytes.
fn compress(
    format: &BlockFormat,
    compression: Compression,
    input: &[u8],
    rows: usize,
    out: &mut Vec<u8>,
    scratch: &mut Scratch,
) -> Result<()> {
    let row_len = input.len() / rows.max(1);
    match compression {
        Compression::None => out.extend_from_slice(input),
        Compression::Lzw => scratch.lzw_encoder.get_or_insert_default().encode(input, out),
        Compression::Deflate => {
            let pixel = format.samples * usize::from(format.bits).div_ceil(8);
            let distances = deflate::Distances { pixel, row: row_len };
            scratch.deflater.get_or_insert_default().deflate(input, distances, format.level, out)?;
        }
        Compression::PackBits => packbits::encode(input, row_len, out),
        Compression::Lzma => lzma::encode(input, format.level, out)?,
        Compression::Zstd => scratch.zstd_encoder.get_or_insert_default().encode(input, format.level, out)?,
        Compression::CcittG4 => ccitt::encode(input, format.width, out)?,
        other => return Err(cannot_write(other)),
    }
    Ok(())
}

/// What all blocks of an image share and its directory holds (JPEGTables).
pub(crate) fn shared_tables(format: &BlockFormat) -> Option<bytes::Bytes> {
    (format.compression == Compression::Jpeg).then(|| jpeg_encode::tables(format))
}

fn cannot_write(compression: Compression) -> Error {
    Error::unsupported(format!("compression {} cannot be written", compression.name()))
}

/// Can blocks of this format be written? The error says what is wrong with it.
pub(crate) fn check_writable(format: &BlockFormat) -> Result<()> {
    let (data_type, bits, samples) = (format.data_type, format.bits, format.samples);
    let name = format.compression.name();
    let whole = stored::is_memory_layout(format);
    match format.compression.levels() {
        Some(range) if !range.contains(&format.level) => {
            let (first, last) = (range.start(), range.end());
            return Err(Error::misuse(format!("level {}: {name} has {first} to {last}", format.level)));
        }
        None if format.level != 0 => {
            return Err(Error::misuse(format!("level {}: {name} has no levels", format.level)));
        }
        _ => {}
    }
    match format.compression {
        Compression::None
        | Compression::Lzw
        | Compression::Deflate
        | Compression::PackBits
        | Compression::Lzma => {}
        Compression::Zstd => zstd::check_level(format.level)?,
        Compression::Lerc | Compression::LercDeflate | Compression::LercZstd => {
            if format.compression == Compression::LercZstd {
                zstd::check_level(format.level)?;
            }
            if !whole
                || matches!(data_type, DataType::U64 | DataType::I64 | DataType::F16)
                || data_type.is_complex()
            {
                return Err(Error::misuse(format!(
                    "{name} cannot hold samples of type {data_type} in {bits} bits"
                )));
            }
            if data_type.is_float() && format.byte_order == ByteOrder::Big {
                return Err(Error::misuse(format!(
                    "{name} of type {data_type} is not written in big-endian files: libtiff swaps the bytes before \
                     LERC sees them, which then are other numbers, or none"
                )));
            }
        }
        Compression::Jpeg => {
            if !matches!((data_type, bits, samples), (DataType::U8, 8, 1 | 3)) {
                return Err(Error::misuse(format!(
                    "jpeg is written for 1 or 3 bands of type u8 in a block, not {samples} of {data_type}; bands that lie \
                     apart (interleave by band), or some of them (bands), can be"
                )));
            }
            if samples == 3 && format.photometric == Photometric::YCbCr {
                jpeg_encode::check_sampling(format)?;
            }
            return Ok(());
        }
        Compression::Webp => {
            if !matches!((data_type, bits, samples), (DataType::U8, 8, 3 | 4)) {
                return Err(Error::misuse(format!(
                    "webp holds 3 or 4 bands of type u8 in a block, not {samples} of {data_type}"
                )));
            }
            if format.width > 16383 || format.height > 16383 {
                return Err(Error::misuse("webp holds blocks of at most 16383 × 16383 pixels"));
            }
        }
        Compression::CcittG4 => {
            if (data_type, bits, samples) != (DataType::U8, 1, 1) {
                return Err(Error::misuse(format!(
                    "{name} holds single bits, not {samples} × {bits} in a block"
                )));
            }
        }
        other => return Err(cannot_write(other)),
    }
    if format.photometric == Photometric::YCbCr {
        return Err(Error::misuse(format!("YCbCr is written with jpeg only, not with {name}")));
    }
    if !whole
        && (!data_type.is_integer()
            || data_type.is_signed()
            || usize::from(bits) >= 8 * data_type.size()
            || bits > 32)
    {
        return Err(Error::misuse(format!("samples of type {data_type} cannot be written in {bits} bits")));
    }
    predictor::check(format)
}

#[cfg(test)]
mod tests;
