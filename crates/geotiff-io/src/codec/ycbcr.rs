//! YCbCr images that are not JPEG: subsampled chroma unfolded and converted to RGB (TIFF 6.0, section 21).

use crate::format::{BlockFormat, Photometric};
use raster_core::{DataType, Error, Result};

/// Is the block stored as YCbCr, to be shown as RGB?
pub(super) fn is_stored(format: &BlockFormat) -> bool {
    format.photometric == Photometric::YCbCr
        && format.samples == 3
        && format.bits == 8
        && format.data_type == DataType::U8
}

/// Columns and rows of pixels that share one Cb and one Cr.
fn unit(format: &BlockFormat) -> Result<(usize, usize)> {
    match format.ycbcr_subsampling {
        (h @ (1 | 2 | 4), v @ (1 | 2 | 4)) => Ok((h.into(), v.into())),
        (h, v) => Err(Error::malformed(format!("YCbCr subsampling {h} × {v}")).at_tag(530)),
    }
}

/// Bytes of a stored block of `rows` rows: for each unit its Y, row by row, then Cb and Cr.
pub(super) fn len(format: &BlockFormat, rows: usize) -> Result<usize> {
    let (h, v) = unit(format)?;
    Ok(format.width.div_ceil(h) * rows.div_ceil(v) * (h * v + 2))
}

/// Unfold and convert a stored block.
pub(super) fn unpack(format: &BlockFormat, stored: &[u8], rows: usize, out: &mut Vec<u8>) -> Result<()> {
    let (h, v) = unit(format)?;
    out.resize(format.decoded_len(rows), 0);
    let (pixels, _) = out.as_chunks_mut::<3>();
    let across = format.width.div_ceil(h);
    for (i, unit) in stored.chunks_exact(h * v + 2).enumerate() {
        let (left, top) = (i % across * h, i / across * v);
        let (luma, chroma) = unit.split_at(h * v);
        for (row, luma) in luma.chunks_exact(h).enumerate().take(rows - top) {
            let start = (top + row) * format.width + left;
            let end = start + h.min(format.width - left);
            for (pixel, &y) in pixels[start..end].iter_mut().zip(luma) {
                *pixel = rgb(y, chroma[0], chroma[1]);
            }
        }
    }
    Ok(())
}

/// ITU-R BT.601 with full ranges: the default YCbCrCoefficients and no head- or footroom.
pub(super) fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    // The conversion to u8 saturates.
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb].map(|x| (x + 0.5) as u8)
}
