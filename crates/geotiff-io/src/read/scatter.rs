//! From a decoded block to the caller's array.

use crate::format::BlockFormat;
use ndarray::{ArrayViewMut1, ArrayViewMut3, Axis};
use raster_core::{Sample, Window, with_type};

/// Copy the part `part` (counted from the block's corner) of a decoded block into `out`, whose shape is
/// (`samples.len()`, part height, part width). `samples` are indices among the samples of a block's pixel.
pub(super) fn scatter<T: Sample>(
    decoded: &[u8],
    format: &BlockFormat,
    part: &Window,
    samples: &[usize],
    out: ArrayViewMut3<'_, T>,
) {
    if format.data_type == T::DATA_TYPE {
        scatter_rows(decoded, format, part, samples, out, &mut T::copy_from_le);
    } else {
        with_type!(format.data_type, S => {
            let mut stored: Vec<S> = vec![S::default(); part.width * format.samples];
            scatter_rows(decoded, format, part, samples, out, &mut |row: &mut [T], bytes| {
                let stored = &mut stored[..row.len()];
                S::copy_from_le(stored, bytes);
                raster_core::convert_slice(stored, row);
            });
        });
    }
}

/// `load` turns little-endian bytes of stored samples into samples. Called once a row through a pointer: there would be
/// 225 copies of this function otherwise, one per pair of types.
fn scatter_rows<T: Sample>(
    decoded: &[u8],
    format: &BlockFormat,
    part: &Window,
    samples: &[usize],
    mut out: ArrayViewMut3<'_, T>,
    load: &mut dyn FnMut(&mut [T], &[u8]),
) {
    let pixel = format.samples * format.data_type.size();
    let (col, row) = (part.col as usize, part.row as usize);
    let bytes_of = |r: usize| {
        let start = ((row + r) * format.width + col) * pixel;
        &decoded[start..start + part.width * pixel]
    };
    if format.samples == 1 {
        let mut unpacked = Vec::new();
        for mut band in out.outer_iter_mut() {
            for (r, mut line) in band.outer_iter_mut().enumerate() {
                match line.as_slice_mut() {
                    Some(line) => load(line, bytes_of(r)),
                    None => {
                        unpacked.resize(part.width, T::default());
                        load(&mut unpacked, bytes_of(r));
                        line.iter_mut().zip(&unpacked).for_each(|(o, &v)| *o = v);
                    }
                }
            }
        }
        return;
    }
    let mut pixels = vec![T::default(); part.width * format.samples];
    for (r, mut lines) in out.axis_iter_mut(Axis(1)).enumerate() {
        load(&mut pixels, bytes_of(r));
        let mut lines = lines.outer_iter_mut();
        match (format.samples, samples) {
            (3, [0, 1, 2]) => deinterleave::<T, 3>(&pixels, &mut lines),
            (4, [0, 1, 2, 3]) => deinterleave::<T, 4>(&pixels, &mut lines),
            (n, _) => {
                for (line, &s) in lines.zip(samples) {
                    copy_strided(&pixels, n, s, line);
                }
            }
        }
    }
}

fn copy_strided<T: Sample>(pixels: &[T], stride: usize, first: usize, mut line: ArrayViewMut1<'_, T>) {
    let values = pixels[first..].iter().step_by(stride);
    line.iter_mut().zip(values).for_each(|(o, &v)| *o = v);
}

/// All samples of a pixel at once: each byte is read once.
fn deinterleave<'a, T: Sample, const N: usize>(
    pixels: &[T],
    lines: &mut impl Iterator<Item = ArrayViewMut1<'a, T>>,
) {
    let mut lines: [Option<ArrayViewMut1<'a, T>>; N] = std::array::from_fn(|_| lines.next());
    let mut slices = lines.each_mut().map(|l| l.as_mut().and_then(ArrayViewMut1::as_slice_mut));
    if slices.iter().all(Option::is_some) {
        let mut slices = slices.each_mut().map(|s| s.as_deref_mut().unwrap_or_default());
        let (pixels, _) = pixels.as_chunks::<N>();
        for s in &mut slices {
            let n = s.len().min(pixels.len());
            *s = &mut std::mem::take(s)[..n];
        }
        for (i, pixel) in pixels.iter().enumerate() {
            for (s, &v) in slices.iter_mut().zip(pixel) {
                s[i] = v;
            }
        }
    } else {
        for (s, line) in lines.into_iter().enumerate() {
            if let Some(line) = line {
                copy_strided(pixels, N, s, line);
            }
        }
    }
}
