//! WebP (compression 50001), by `image-webp`: RGB or RGBA, lossless or lossy.

use crate::format::BlockFormat;
use image_webp::{ColorType, WebPDecoder, WebPEncoder};
use raster_core::{Error, Result};
use std::io::Cursor;

/// Decode into `out`; opaque where the block has an alpha band and the stream has none.
pub(super) fn decode(format: &BlockFormat, input: &[u8], rows: usize, out: &mut [u8]) -> Result<()> {
    if format.bits != 8 || !matches!(format.samples, 3 | 4) {
        return Err(Error::unsupported(format!(
            "WebP with {} bands of {} bits: it has 3 or 4 of 8",
            format.samples, format.bits
        )));
    }
    let malformed = |error| Error::malformed(format!("WebP stream: {error}"));
    let mut decoder = WebPDecoder::new(Cursor::new(input)).map_err(malformed)?;
    let (width, height) = decoder.dimensions();
    if (width as usize, height as usize) != (format.width, rows) {
        return Err(Error::malformed(format!(
            "a WebP block of {width} × {height} pixels where {} × {rows} are expected",
            format.width
        )));
    }
    match (decoder.has_alpha(), format.samples) {
        (true, 4) | (false, 3) => decoder.read_image(out).map_err(malformed)?,
        (true, _) => {
            let mut rgba = vec![0; out.len() / 3 * 4];
            decoder.read_image(&mut rgba).map_err(malformed)?;
            for (out, [r, g, b, _]) in out.as_chunks_mut().0.iter_mut().zip(rgba.as_chunks().0) {
                *out = [*r, *g, *b];
            }
        }
        (false, _) => {
            let mut rgb = vec![0; out.len() / 4 * 3];
            decoder.read_image(&mut rgb).map_err(malformed)?;
            for (out, [r, g, b]) in out.as_chunks_mut().0.iter_mut().zip(rgb.as_chunks().0) {
                *out = [*r, *g, *b, 255];
            }
        }
    }
    Ok(())
}

/// Append a lossless stream to `out`.
pub(super) fn encode(format: &BlockFormat, pixels: &[u8], rows: usize, out: &mut Vec<u8>) -> Result<()> {
    let color = if format.samples == 4 { ColorType::Rgba8 } else { ColorType::Rgb8 };
    let size = |n: usize| {
        u32::try_from(n).map_err(|_| Error::misuse("a WebP block has at most 16384 × 16384 pixels"))
    };
    WebPEncoder::new(out)
        .encode(pixels, size(format.width)?, size(rows)?, color)
        .map_err(|error| Error::misuse(format!("WebP cannot hold this block: {error}")))
}
