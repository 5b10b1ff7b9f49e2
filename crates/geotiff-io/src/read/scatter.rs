//! From a decoded block to the caller's array.

use crate::format::BlockFormat;
use fearless_simd::{Level, Simd, dispatch};
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
    let level = Level::new();
    for (r, mut lines) in out.axis_iter_mut(Axis(1)).enumerate() {
        load(&mut pixels, bytes_of(r));
        let mut split = false;
        if samples.iter().copied().eq(0..format.samples) {
            let slices = lines.outer_iter_mut().map(|l| l.into_slice().unwrap_or_default());
            split = deinterleave(level, &pixels, &mut slices.collect::<Vec<_>>());
        }
        if !split {
            for (line, &s) in lines.outer_iter_mut().zip(samples) {
                copy_strided(&pixels, format.samples, s, line);
            }
        }
    }
}

fn copy_strided<T: Sample>(pixels: &[T], stride: usize, first: usize, mut line: ArrayViewMut1<'_, T>) {
    let values = pixels[first..].iter().step_by(stride);
    line.iter_mut().zip(values).for_each(|(o, &v)| *o = v);
}

/// All samples of a pixel at once, so that each byte is read once. Says no where it has nothing better than
/// [`copy_strided`]: other than 2 to 4 samples, or rows that do not lie in one piece.
fn deinterleave<T: Sample>(level: Level, pixels: &[T], lines: &mut [&mut [T]]) -> bool {
    match lines {
        [a, b] => dispatch!(level, simd => split(simd, pixels, [a, b])),
        [a, b, c] => dispatch!(level, simd => split(simd, pixels, [a, b, c])),
        [a, b, c, d] => dispatch!(level, simd => split(simd, pixels, [a, b, c, d])),
        _ => false,
    }
}

#[inline(always)]
fn split<S: Simd, T: Sample, const N: usize>(simd: S, pixels: &[T], lines: [&mut [T]; N]) -> bool {
    let (pixels, _) = pixels.as_chunks::<N>();
    if lines.iter().any(|l| l.len() != pixels.len()) {
        return false;
    }
    // Plain loops: the compiler knows the shuffles of each level for strides 2, 3 and 4.
    simd.vectorize(
        #[inline(always)]
        || {
            for (s, line) in lines.into_iter().enumerate() {
                for (to, pixel) in line.iter_mut().zip(pixels) {
                    *to = pixel[s];
                }
            }
        },
    );
    true
}
