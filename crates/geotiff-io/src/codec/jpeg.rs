//! JPEG (compression 7), 8 bit: decoded by `zune-jpeg`. It is written by `jpeg_encode.rs`.

use crate::format::{BlockFormat, Photometric};
use raster_core::{Error, Result};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

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
