//! Pixels of a view to the bytes of a block.

use ndarray::{ArrayView3, Axis};
use raster_core::{AnyView, Sample, with_array};

/// Write the bands of `view` (bands, rows, columns) pixel by pixel as little-endian samples into `out`, a block of
/// `width` columns and as many rows as fit. What the view does not cover (the right and lower edge of a
/// raster) becomes zero, or with `replicate` the nearest pixel: what a lossy codec does there reaches into the
/// raster.
pub(super) fn pack(view: &AnyView<'_>, width: usize, replicate: bool, out: &mut [u8]) {
    with_array!(AnyView, view, a => pack_typed(a, width, out));
    let (bands, rows, cols) = view.shape();
    if replicate && rows > 0 && cols > 0 {
        let pixel = bands * view.data_type().size();
        replicate_edges(rows, cols * pixel, pixel, width * pixel, out);
    }
}

fn replicate_edges(rows: usize, used: usize, pixel: usize, line: usize, out: &mut [u8]) {
    for line in out.chunks_exact_mut(line).take(rows) {
        let (covered, padding) = line.split_at_mut(used);
        let last = &covered[used - pixel..];
        padding.chunks_exact_mut(pixel).for_each(|p| p.copy_from_slice(last));
    }
    let (covered, padding) = out.split_at_mut(rows * line);
    let last = &covered[(rows - 1) * line..];
    padding.chunks_exact_mut(line).for_each(|l| l.copy_from_slice(last));
}

fn pack_typed<T: Sample>(view: &ArrayView3<'_, T>, width: usize, out: &mut [u8]) {
    let (bands, rows, cols) = view.dim();
    let pixel = bands * size_of::<T>();
    let mut row_buffer = Vec::new();
    let mut lines = out.chunks_exact_mut(width * pixel);
    for (r, line) in lines.by_ref().take(rows).enumerate() {
        let row = view.index_axis(Axis(1), r);
        let (used, padding) = line.split_at_mut(cols * pixel);
        padding.fill(0);
        if bands == 1 {
            match row.row(0).to_slice() {
                Some(samples) => T::copy_to_le(samples, used),
                None => T::copy_to_le(&row.iter().copied().collect::<Vec<_>>(), used),
            }
            continue;
        }
        row_buffer.resize(cols * bands, T::default());
        interleave(&row, &mut row_buffer);
        T::copy_to_le(&row_buffer, used);
    }
    lines.for_each(|line| line.fill(0));
}

/// One row, from band by band to pixel by pixel.
fn interleave<T: Sample>(row: &ndarray::ArrayView2<'_, T>, out: &mut [T]) {
    let bands = row.nrows();
    let band = |b: usize| row.index_axis_move(Axis(0), b).to_slice();
    match (bands, band(0), row.get((1, 0)).and_then(|_| band(1))) {
        (2, Some(a), Some(b)) => {
            for ((p, a), b) in out.as_chunks_mut::<2>().0.iter_mut().zip(a).zip(b) {
                *p = [*a, *b];
            }
        }
        (3, Some(a), Some(b)) => {
            if let Some(c) = band(2) {
                for (((p, a), b), c) in out.as_chunks_mut::<3>().0.iter_mut().zip(a).zip(b).zip(c) {
                    *p = [*a, *b, *c];
                }
            }
        }
        (4, Some(a), Some(b)) => {
            if let (Some(c), Some(d)) = (band(2), band(3)) {
                let abc = a.iter().zip(b).zip(c).zip(d);
                for (p, (((a, b), c), d)) in out.as_chunks_mut::<4>().0.iter_mut().zip(abc) {
                    *p = [*a, *b, *c, *d];
                }
            }
        }
        _ => {
            for (b, band) in row.outer_iter().enumerate() {
                for (p, v) in out[b..].iter_mut().step_by(bands).zip(&band) {
                    *p = *v;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array3, Slice};

    #[test]
    fn any_number_of_bands_and_any_strides() {
        for bands in 1..6 {
            let whole = Array3::from_shape_fn((bands, 9, 11), |(b, r, c)| (b * 1000 + r * 50 + c) as u16);
            let mut reversed = whole.view();
            reversed.invert_axis(Axis(1));
            reversed.invert_axis(Axis(2));
            for mut view in [whole.view(), reversed] {
                view.slice_axis_inplace(Axis(1), Slice::from(2..7));
                view.slice_axis_inplace(Axis(2), Slice::from(3..9));
                let (width, rows) = (8, 7);
                let mut out = vec![1; width * rows * bands * 2];
                pack(&Sample::erase_view(view), width, false, &mut out);
                for (i, bytes) in out.chunks(2).enumerate() {
                    let (r, c, b) = (i / bands / width, i / bands % width, i % bands);
                    let expected = view.get((b, r, c)).copied().unwrap_or(0);
                    assert_eq!(u16::from_le_bytes([bytes[0], bytes[1]]), expected);
                }
            }
        }
    }
}
