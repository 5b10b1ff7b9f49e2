//! JPEG (compression 7), 8 bit: decoded by `zune-jpeg`, encoded by `jpeg-encoder`.

use crate::format::{BlockFormat, Photometric};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use raster_core::{Error, Result};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// GDAL's.
const DEFAULT_QUALITY: u8 = 75;

/// Decode into `out`. Only a YCbCr image is converted, to RGB; all others come as they are stored.
///
/// A stream may be smaller than the block (what is missing is 0) but not larger.
pub(super) fn decode(format: &BlockFormat, input: &[u8], rows: usize, out: &mut [u8]) -> Result<()> {
    if format.bits != 8 {
        return Err(Error::unsupported(format!(
            "JPEG with {} bits per sample: only 8 are read",
            format.bits
        )));
    }
    let merged = format.jpeg_tables.as_ref().map(|tables| with_tables(tables, input)).transpose()?;
    let stream = merged.as_deref().unwrap_or(input);
    let malformed = |error| Error::malformed(format!("JPEG stream: {error}"));
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(format.width)
        .set_max_height(format.height.max(rows));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(stream), options);
    decoder.decode_headers().map_err(malformed)?;
    let info = decoder.info().ok_or_else(|| Error::malformed("JPEG stream: no frame"))?;
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    if usize::from(info.components) != format.samples {
        return Err(Error::malformed(format!(
            "a JPEG block of {} components where {} samples are expected",
            info.components, format.samples
        )));
    }
    if width > format.width || height > format.height.max(rows) {
        return Err(Error::malformed(format!(
            "a JPEG block of {width} × {height} pixels where {} × {rows} are expected",
            format.width
        )));
    }
    let stored = decoder.input_colorspace().unwrap_or(ColorSpace::Unknown);
    let wanted = if format.photometric == Photometric::YCbCr && format.samples == 3 {
        ColorSpace::RGB
    } else {
        stored
    };
    decoder.set_options(options.jpeg_set_out_colorspace(wanted));
    let row_len = format.width * format.samples;
    if (width, height) == (format.width, rows) {
        return decoder.decode_into(out).map_err(malformed);
    }
    let mut pixels = vec![0; width * height * format.samples];
    decoder.decode_into(&mut pixels).map_err(malformed)?;
    out.fill(0);
    for (out, pixels) in out.chunks_exact_mut(row_len).zip(pixels.chunks_exact(width * format.samples)) {
        out[..pixels.len()].copy_from_slice(pixels);
    }
    Ok(())
}

/// The tables of the tag (SOI … EOI) and then the abbreviated stream, as one stream.
fn with_tables(tables: &[u8], input: &[u8]) -> Result<Vec<u8>> {
    let Some(body) = input.strip_prefix(b"\xff\xd8") else {
        return Err(Error::malformed("a JPEG block does not start with SOI"));
    };
    let tables = tables.strip_suffix(b"\xff\xd9").unwrap_or(tables);
    if !tables.starts_with(b"\xff\xd8") {
        return Err(Error::malformed("JPEGTables does not start with SOI").at_tag(347));
    }
    Ok([tables, body].concat())
}

/// Append a self-contained stream to `out`: one band grey, three as YCbCr (converted from RGB, chroma subsampled as
/// the format says) or as they are.
pub(super) fn encode(format: &BlockFormat, pixels: &[u8], rows: usize, out: &mut Vec<u8>) -> Result<()> {
    let size = |n: usize| {
        u16::try_from(n).map_err(|_| Error::misuse("a JPEG block has at most 65535 × 65535 pixels"))
    };
    let (width, height) = (size(format.width)?, size(rows)?);
    let quality = if format.quality == 0 { DEFAULT_QUALITY } else { format.quality.min(100) };
    let mut encoder = Encoder::new(out, quality);
    let color = match (format.samples, format.photometric) {
        (1, _) => ColorType::Luma,
        (_, Photometric::YCbCr) => {
            encoder.set_sampling_factor(sampling(format)?);
            ColorType::Rgb
        }
        _ => {
            encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
            // "Already converted": the encoder leaves the samples alone.
            ColorType::Ycbcr
        }
    };
    encoder
        .encode(pixels, width, height, color)
        .map_err(|error| Error::misuse(format!("JPEG cannot hold this block: {error}")))
}

/// The chroma subsampling of the format.
pub(super) fn sampling(format: &BlockFormat) -> Result<SamplingFactor> {
    match format.ycbcr_subsampling {
        (1, 1) => Ok(SamplingFactor::R_4_4_4),
        (2, 1) => Ok(SamplingFactor::R_4_2_2),
        (2, 2) => Ok(SamplingFactor::R_4_2_0),
        (h, v) => Err(Error::misuse(format!(
            "JPEG is written with chroma subsampling 1 × 1, 2 × 1 or 2 × 2, not {h} × {v}"
        ))),
    }
}
