//! SGI's logarithmic luminance and chrominance (compressions 34676 and 34677, photometric LogL and LogLuv; G. Ward Larson,
//! "The LogLuv encoding for full gamut, high dynamic range images", 1998), in the types that libtiff gives: 16-bit
//! codes as they are, or single precision (Y, or CIE XYZ).

use crate::format::{BlockFormat, Compression, Photometric};
use raster_core::{DataType, Error, Result};
use std::f64::consts::LN_2;

/// Side of a square of chrominance in the table of the 24-bit form.
const SQUARE: f64 = 0.003_5;
/// Where the first row of squares begins.
const V_START: f64 = 0.016_94;
/// Steps of u and v in the 32-bit form.
const SCALE: f64 = 410.0;
/// White, which stands for codes that have no square.
const NEUTRAL: (f64, f64) = (0.210_526_316, 0.473_684_211);

/// How the samples are stored and wanted.
enum Kind {
    /// One sample of luminance, 16 bits.
    Luminance,
    /// Three samples by the 24-bit form.
    Color24,
    /// Three samples by the 32-bit form.
    Color32,
}

/// Decode rows into `out`.
///
/// # Errors
/// `Unsupported` for samples that do not go with the codes, `Malformed` for a stream that ends early.
pub(super) fn decode(format: &BlockFormat, input: &[u8], out: &mut [u8]) -> Result<()> {
    let kind = match (format.photometric, format.samples, format.compression) {
        (Photometric::LogL, 1, Compression::SgiLog) => Kind::Luminance,
        (Photometric::LogLuv, 3, Compression::SgiLog24) => Kind::Color24,
        (Photometric::LogLuv, 3, Compression::SgiLog) => Kind::Color32,
        _ => return Err(mismatch(format)),
    };
    let floats = match format.data_type {
        DataType::F32 => true,
        DataType::I16 | DataType::U16 if format.bits == 16 => false,
        _ => return Err(mismatch(format)),
    };
    let width = format.width;
    let mut codes = vec![0u32; width];
    let mut input = input;
    let row_len = width * format.samples * if floats { 4 } else { 2 };
    for (y, row) in out.chunks_exact_mut(row_len.max(1)).enumerate() {
        let planes = match kind {
            Kind::Luminance => 2,
            Kind::Color32 => 4,
            Kind::Color24 => 0,
        };
        input = if planes == 0 { packed(input, &mut codes) } else { by_bytes(input, planes, &mut codes) }
            .ok_or_else(|| Error::malformed(format!("an SGI Log block ends early, in row {y}")))?;
        for (&code, pixel) in codes.iter().zip(row.chunks_exact_mut(row_len / width)) {
            match (&kind, floats) {
                (Kind::Luminance, false) => pixel.copy_from_slice(&(code as u16).to_le_bytes()),
                (Kind::Luminance, true) => {
                    pixel.copy_from_slice(&(luminance(code as u16) as f32).to_le_bytes())
                }
                (kind, false) => {
                    let (l, (u, v)) = match kind {
                        Kind::Color24 => ((code >> 12 & 0xffd) as i32 + 13314, chrominance(code & 0x3fff)),
                        _ => ((code >> 16) as i32, chrominance_of_bytes(code)),
                    };
                    let fixed = |x: f64| (x * 32768.0) as i32 as i16;
                    let (out, _) = pixel.as_chunks_mut::<2>();
                    for (out, value) in out.iter_mut().zip([l as i16, fixed(u), fixed(v)]) {
                        *out = value.to_le_bytes();
                    }
                }
                (kind, true) => {
                    let (l, uv) = match kind {
                        Kind::Color24 => {
                            (luminance_of_10_bits(code >> 14 & 0x3ff), chrominance(code & 0x3fff))
                        }
                        _ => (luminance((code >> 16) as u16), chrominance_of_bytes(code)),
                    };
                    let (out, _) = pixel.as_chunks_mut::<4>();
                    for (out, value) in out.iter_mut().zip(xyz(l, uv)) {
                        *out = value.to_le_bytes();
                    }
                }
            }
        }
    }
    Ok(())
}

fn mismatch(format: &BlockFormat) -> Error {
    Error::unsupported(format!(
        "{} with photometric {} and {} samples of {} bits: LogL has one, LogLuv three, of 16 bits or f32",
        format.compression.name(),
        format.photometric.tag_value(),
        format.samples,
        format.bits
    ))
}

/// Three bytes a pixel, the highest first; what is behind them.
fn packed<'a>(input: &'a [u8], codes: &mut [u32]) -> Option<&'a [u8]> {
    let (row, rest) = input.split_at_checked(3 * codes.len())?;
    for (code, &[a, b, c]) in codes.iter_mut().zip(row.as_chunks::<3>().0) {
        *code = u32::from_be_bytes([0, a, b, c]);
    }
    Some(rest)
}

/// Each byte of the codes of a row apart, the highest first, in runs; what is behind them.
fn by_bytes<'a>(input: &'a [u8], planes: u32, codes: &mut [u32]) -> Option<&'a [u8]> {
    codes.fill(0);
    let mut input = input;
    for shift in (0..planes).rev().map(|plane| 8 * plane) {
        let mut at = 0;
        while at < codes.len() {
            let (&count, rest) = input.split_first()?;
            if count >= 128 {
                let (&byte, rest) = rest.split_first()?;
                let end = (at + usize::from(count) + 2 - 128).min(codes.len());
                codes[at..end].iter_mut().for_each(|code| *code |= u32::from(byte) << shift);
                (at, input) = (end, rest);
            } else {
                let count = usize::from(count).min(codes.len() - at);
                let (bytes, rest) = rest.split_at_checked(count)?;
                for (code, &byte) in codes[at..].iter_mut().zip(bytes) {
                    *code |= u32::from(byte) << shift;
                }
                (at, input) = (at + count, rest);
            }
        }
    }
    Some(input)
}

/// Y of a code of 16 bits.
fn luminance(code: u16) -> f64 {
    match code & 0x7fff {
        0 => 0.0,
        exponent => {
            let y = libm::exp(LN_2 / 256.0 * (f64::from(exponent) + 0.5) - LN_2 * 64.0);
            if code & 0x8000 == 0 { y } else { -y }
        }
    }
}

/// Y of a code of 10 bits.
fn luminance_of_10_bits(code: u32) -> f64 {
    if code == 0 { 0.0 } else { libm::exp(LN_2 / 64.0 * (f64::from(code) + 0.5) - LN_2 * 12.0) }
}

fn chrominance_of_bytes(code: u32) -> (f64, f64) {
    let part = |byte: u32| (f64::from(byte & 0xff) + 0.5) / SCALE;
    (part(code >> 8), part(code))
}

/// u' and v' of the square with a number.
fn chrominance(code: u32) -> (f64, f64) {
    let mut left = code;
    for (row, (start, squares)) in ROWS.iter().enumerate() {
        if left < *squares {
            let u = f64::from((f64::from(*start) / 1e6) as f32) + (f64::from(left) + 0.5) * SQUARE;
            return (u, V_START + (row as f64 + 0.5) * SQUARE);
        }
        left -= squares;
    }
    NEUTRAL
}

/// CIE XYZ of a luminance and u', v'.
fn xyz(l: f64, (u, v): (f64, f64)) -> [f32; 3] {
    if l <= 0.0 {
        return [0.0; 3];
    }
    let s = 1.0 / (6.0 * u - 16.0 * v + 12.0);
    let (x, y) = (9.0 * u * s, 4.0 * v * s);
    [(x / y * l) as f32, l as f32, ((1.0 - x - y) / y * l) as f32]
}

/// The squares that lie in the visible gamut, row by row of v': u' where the row begins, in millionths, and how many. Measured from
/// what libtiff decodes of all 16384 codes (crates/geotiff-io/tests/data/README.md).
#[rustfmt::skip]
const ROWS: [(u32, u32); 163] = [
    (247663, 4), (243779, 6), (241684, 7), (237874, 9), (235906, 10), (232153, 12), (228352, 14),
    (226259, 15), (222371, 17), (220410, 18), (214710, 21), (212714, 22), (210721, 23), (204976, 26),
    (202986, 27), (199245, 29), (195525, 31), (193560, 32), (189878, 34), (186216, 36), (186216, 36),
    (182592, 38), (179003, 40), (175466, 42), (172001, 44), (172001, 44), (168612, 46), (168612, 46),
    (163575, 49), (158642, 52), (158642, 52), (158642, 52), (153815, 55), (153815, 55), (149097, 58),
    (149097, 58), (142746, 62), (142746, 62), (142746, 62), (138270, 65), (138270, 65), (138270, 65),
    (132166, 69), (132166, 69), (126204, 73), (126204, 73), (126204, 73), (120381, 77), (120381, 77),
    (120381, 77), (120381, 77), (112962, 82), (112962, 82), (112962, 82), (107450, 86), (107450, 86),
    (107450, 86), (107450, 86), (100343, 91), (100343, 91), (100343, 91), (95126, 95), (95126, 95),
    (95126, 95), (95126, 95), (88276, 100), (88276, 100), (88276, 100), (88276, 100), (81523, 105),
    (81523, 105), (81523, 105), (81523, 105), (74861, 110), (74861, 110), (74861, 110), (74861, 110),
    (68290, 115), (68290, 115), (68290, 115), (68290, 115), (63573, 119), (63573, 119), (63573, 119),
    (63573, 119), (57219, 124), (57219, 124), (57219, 124), (57219, 124), (50985, 129), (50985, 129),
    (50985, 129), (50985, 129), (50985, 129), (44859, 134), (44859, 134), (44859, 134), (44859, 134),
    (40571, 138), (40571, 138), (40571, 138), (40571, 138), (36339, 142), (36339, 142), (36339, 142),
    (36339, 142), (32139, 146), (32139, 146), (32139, 146), (32139, 146), (27947, 150), (27947, 150),
    (27947, 150), (23739, 154), (23739, 154), (23739, 154), (23739, 154), (19504, 158), (19504, 158),
    (19504, 158), (16976, 161), (16976, 161), (16976, 161), (16976, 161), (12639, 165), (12639, 165),
    (12639, 165), (9991, 168), (9991, 168), (9991, 168), (9016, 170), (9016, 170), (9016, 170),
    (6217, 173), (6217, 173), (5097, 175), (5097, 175), (5097, 175), (3909, 177), (3909, 177), (2340, 177),
    (2389, 170), (1068, 164), (1653, 157), (717, 150), (1614, 143), (270, 136), (484, 129), (1103, 123),
    (1242, 115), (1188, 109), (1011, 103), (709, 97), (301, 89), (2416, 82), (3251, 76), (3246, 69),
    (4141, 62), (5963, 55), (8839, 47), (10490, 40), (16994, 31), (23659, 21),
];
