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
                *pixel = match &format.ycbcr {
                    Some(own) => own.rgb(y, chroma[0], chroma[1]),
                    None => rgb(y, chroma[0], chroma[1]),
                };
            }
        }
    }
    Ok(())
}

/// A conversion to RGB by YCbCrCoefficients and ReferenceBlackWhite, in tables as libtiff has them.
#[derive(Clone, Debug)]
pub(crate) struct YCbCr {
    luma: [i64; 256],
    cr_to_red: [i64; 256],
    cb_to_blue: [i64; 256],
    cr_to_green: [i64; 256],
    cb_to_green: [i64; 256],
}

impl YCbCr {
    /// What the tags say; `None` when it is the usual conversion, or makes no sense.
    pub(crate) fn of(coefficients: Option<&[f64]>, range: Option<&[f64]>) -> Option<Self> {
        const LUMA: [f64; 3] = [0.299, 0.587, 0.114];
        const FULL: [f64; 6] = [0.0, 255.0, 128.0, 255.0, 128.0, 255.0];
        let luma = coefficients.and_then(|c| c.first_chunk::<3>().copied()).unwrap_or(LUMA);
        let range = range.and_then(|r| r.first_chunk::<6>().copied()).unwrap_or(FULL);
        let same = luma.iter().zip(LUMA).all(|(a, b)| (a - b).abs() < 1e-6);
        let sane = luma.iter().chain(&range).all(|v| v.is_finite() && v.abs() < 1e6) && luma[1] > 0.0;
        if (same && range == FULL) || !sane {
            return None;
        }
        let [red, green, blue] = luma.map(|v| v as f32);
        let fixed = |v: f32| (f64::from(v.clamp(0.0, 2.0)) * 65536.0 + 0.5) as i64;
        let (f1, f3) = (2.0 - 2.0 * red, 2.0 - 2.0 * blue);
        let (d1, d2) = (fixed(f1), -fixed(f1 * red / green));
        let (d3, d4) = (fixed(f3), -fixed(f3 * blue / green));
        // A code to a value, given the codes of black and white.
        let value = |code: i32, black: f64, white: f64, top: f32| {
            let span = (white as i32).wrapping_sub(black as i32);
            let value = (code - black as i32) as f32 * top / if span == 0 { 1.0 } else { span as f32 };
            (value as i64).clamp(-128 * 32, 128 * 32)
        };
        let each = |f: &dyn Fn(i32) -> i64| std::array::from_fn(|i| f(i as i32));
        let cb = |i: i32| value(i - 128, range[2] - 128.0, range[3] - 128.0, 127.0);
        let cr = |i: i32| value(i - 128, range[4] - 128.0, range[5] - 128.0, 127.0);
        const HALF: i64 = 1 << 15;
        Some(Self {
            luma: each(&|i| value(i, range[0], range[1], 255.0)),
            cr_to_red: each(&|i| (d1 * cr(i) + HALF) >> 16),
            cb_to_blue: each(&|i| (d3 * cb(i) + HALF) >> 16),
            cr_to_green: each(&|i| d2 * cr(i)),
            cb_to_green: each(&|i| d4 * cb(i) + HALF),
        })
    }

    pub(super) fn rgb(&self, y: u8, cb: u8, cr: u8) -> [u8; 3] {
        let (y, cb, cr) = (self.luma[usize::from(y)], usize::from(cb), usize::from(cr));
        let green = (self.cb_to_green[cb] + self.cr_to_green[cr]) >> 16;
        [y + self.cr_to_red[cr], y + green, y + self.cb_to_blue[cb]].map(|v| v.clamp(0, 255) as u8)
    }
}

/// ITU-R BT.601 with full ranges: the default YCbCrCoefficients and no head- or footroom.
pub(super) fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    // The conversion to u8 saturates.
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb].map(|x| (x + 0.5) as u8)
}
