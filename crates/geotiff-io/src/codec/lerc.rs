//! LERC (compression 34887), by `lerc-rs`, with Deflate or Zstandard around it.
//!
//! As libtiff lays it out: the bands of a pixel are LERC's depth, or separate LERC bands where their validity differs;
//! invalid pixels become NaN in floats and 0 in integers; a u8 alpha band of only 0 and 255 may be the mask.

use crate::format::BlockFormat;
use lerc::bitmask::BitMask;
use raster_core::{DataType, Error, Result};
use std::any::Any;

/// Keeps a buffer of numbers between blocks.
#[derive(Default)]
pub(super) struct Decoder {
    /// A `Vec` of the type that was decoded last.
    numbers: Option<Box<dyn Any + Send>>,
}

impl Decoder {
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
