//! LERC (compression 34887), by `lerc-rs`, with Deflate or Zstandard around it.
//!
//! As libtiff lays it out: the bands of a pixel are LERC's depth, or separate LERC bands where their validity differs;
//! invalid pixels become NaN in floats and 0 in integers; a u8 alpha band of only 0 and 255 may be the mask.

use crate::format::BlockFormat;
use lerc::{Precision, bitmask::BitMask};
use raster_core::{DataType, Error, Result};
use std::any::Any;

/// Keeps a buffer of numbers between blocks.
#[derive(Default)]
pub(super) struct Decoder {
    /// A `Vec` of the type that was decoded last.
    numbers: Option<Box<dyn Any + Send>>,
}

impl Decoder {
    /// Does it hold numbers of a block?
    pub(super) fn is_filled(&self) -> bool {
        self.numbers.is_some()
    }
    /// Decode into `out`.
    pub(super) fn decode(
        &mut self,
        format: &BlockFormat,
        input: &[u8],
        rows: usize,
        out: &mut [u8],
    ) -> Result<()> {
        match format.data_type {
            DataType::U8 => self.typed::<u8, 1>(format, input, rows, out, 0, u8::to_le_bytes),
            DataType::I8 => self.typed::<i8, 1>(format, input, rows, out, 0, i8::to_le_bytes),
            DataType::U16 => self.typed::<u16, 2>(format, input, rows, out, 0, u16::to_le_bytes),
            DataType::I16 => self.typed::<i16, 2>(format, input, rows, out, 0, i16::to_le_bytes),
            DataType::U32 => self.typed::<u32, 4>(format, input, rows, out, 0, u32::to_le_bytes),
            DataType::I32 => self.typed::<i32, 4>(format, input, rows, out, 0, i32::to_le_bytes),
            DataType::F32 => self.typed::<f32, 4>(format, input, rows, out, f32::NAN, f32::to_le_bytes),
            DataType::F64 => self.typed::<f64, 8>(format, input, rows, out, f64::NAN, f64::to_le_bytes),
            other => Err(Error::unsupported(format!("LERC with samples of type {other}"))),
        }
    }

    fn typed<T: lerc::Sample + Default + Send + 'static, const SIZE: usize>(
        &mut self,
        format: &BlockFormat,
        input: &[u8],
        rows: usize,
        out: &mut [u8],
        invalid: T,
        to_bytes: impl Fn(T) -> [u8; SIZE],
    ) -> Result<()> {
        let malformed = |error| Error::malformed(format!("LERC blob: {error}"));
        let info = lerc::decode_info(input).map_err(malformed)?;
        let (depth, bands) = (info.depth as usize, info.bands as usize);
        if (info.width as usize, info.height as usize) != (format.width, rows) {
            return Err(Error::malformed(format!(
                "a LERC block of {} × {} pixels where {} × {rows} are expected",
                info.width, info.height, format.width
            )));
        }
        let mask_is_alpha = format.data_type == DataType::U8 && bands == 1 && depth + 1 == format.samples;
        if !((depth == format.samples && bands == 1)
            || (depth == 1 && bands == format.samples)
            || mask_is_alpha)
        {
            return Err(Error::malformed(format!(
                "a LERC block of {bands} bands with {depth} values where {} samples are expected",
                format.samples
            )));
        }
        if info.data_type.size() != SIZE {
            return Err(Error::malformed(format!(
                "a LERC block of type {:?} where {} is expected",
                info.data_type, format.data_type
            )));
        }
        let pixels = format.width * rows;
        let count = pixels * depth * bands;
        let mut boxed = self.numbers.take().and_then(|b| b.downcast::<Vec<T>>().ok()).unwrap_or_default();
        boxed.resize(count, T::default());
        let numbers = &mut boxed[..count];
        let decoded = lerc::decode_into(input, numbers).map_err(malformed)?;
        let out = out.as_chunks_mut::<SIZE>().0;
        for band in 0..bands {
            let mask = decoded.valid_masks.get(band).filter(|mask| !mask.is_all_valid());
            let numbers = &mut numbers[band * pixels * depth..][..pixels * depth];
            if let Some(mask) = mask {
                blank(numbers, depth, mask, invalid);
            }
            if bands == 1 && depth == format.samples {
                out.iter_mut().zip(numbers).for_each(|(out, number)| *out = to_bytes(*number));
            } else {
                let pixels = out.chunks_exact_mut(format.samples).zip(numbers.chunks_exact(depth));
                for (out, numbers) in pixels {
                    out[band..].iter_mut().zip(numbers).for_each(|(out, number)| *out = to_bytes(*number));
                }
            }
        }
        if mask_is_alpha {
            let mask = decoded.valid_masks.first();
            for (i, out) in out.chunks_exact_mut(format.samples).enumerate() {
                out[depth].fill(if mask.is_none_or(|mask| mask.is_valid(i)) { 255 } else { 0 });
            }
        }
        self.numbers = Some(boxed);
        Ok(())
    }
}

/// Give pixels that the mask leaves out a value of their own.
fn blank<T: Copy>(numbers: &mut [T], depth: usize, mask: &BitMask, value: T) {
    for (i, pixel) in numbers.chunks_exact_mut(depth).enumerate() {
        if !mask.is_valid(i) {
            pixel.fill(value);
        }
    }
}

/// Append a blob to `out`. NaN in floats becomes invalid, in all bands of a pixel together or in bands of their own.
pub(super) fn encode(format: &BlockFormat, pixels: &[u8], rows: usize, out: &mut Vec<u8>) -> Result<()> {
    match format.data_type {
        DataType::U8 => encode_typed::<u8>(format, pixels, rows, out),
        DataType::I8 => encode_typed::<i8>(format, pixels, rows, out),
        DataType::U16 => encode_typed::<u16>(format, pixels, rows, out),
        DataType::I16 => encode_typed::<i16>(format, pixels, rows, out),
        DataType::U32 => encode_typed::<u32>(format, pixels, rows, out),
        DataType::I32 => encode_typed::<i32>(format, pixels, rows, out),
        DataType::F32 => encode_typed::<f32>(format, pixels, rows, out),
        DataType::F64 => encode_typed::<f64>(format, pixels, rows, out),
        other => Err(Error::misuse(format!("LERC cannot hold samples of type {other}"))),
    }
}

fn encode_typed<T: lerc::Sample>(
    format: &BlockFormat,
    pixels: &[u8],
    rows: usize,
    out: &mut Vec<u8>,
) -> Result<()> {
    let size = |n: usize| u32::try_from(n).map_err(|_| Error::misuse("a LERC block is too large"));
    let samples = format.samples;
    let mut numbers: Vec<T> = pixels.chunks_exact(T::BYTES).map(T::from_le_slice).collect();
    let is_nan = |number: &T| number.partial_cmp(number).is_none();
    let some_nan = numbers.iter().any(is_nan);
    let shared = || numbers.chunks_exact(samples).all(|p| p.iter().all(|n| is_nan(n) == is_nan(&p[0])));
    let (bands, depth) = if some_nan && !shared() { (samples, 1) } else { (1, samples) };
    if bands > 1 {
        numbers = (0..bands).flat_map(|b| numbers[b..].iter().step_by(samples).copied()).collect();
    }
    let band_len = format.width * rows * depth;
    let masks: Vec<BitMask> = numbers
        .chunks_exact_mut(band_len.max(1))
        .map(|band| {
            let mut mask = BitMask::all_valid(format.width * rows);
            for (i, pixel) in band.chunks_exact_mut(depth).enumerate() {
                if is_nan(&pixel[0]) {
                    mask.set_invalid(i);
                    pixel.fill(T::default());
                }
            }
            mask
        })
        .collect();
    let precision = match format.max_z_error {
        error if error > 0.0 && !(T::is_integer() && error < 1.0) => Precision::Tolerance(T::from_f64(error)),
        _ => Precision::Lossless,
    };
    let (width, rows, depth, bands) = (size(format.width)?, size(rows)?, size(depth)?, size(bands)?);
    let blob = lerc::encode_borrowed(width, rows, depth, bands, &numbers, &masks, None, precision)
        .map_err(|error| Error::misuse(format!("LERC cannot hold this block: {error}")))?;
    out.extend_from_slice(&blob);
    Ok(())
}
