//! Mean, root mean square, binomial mean and mode of the source samples that a destination sample covers.

use super::{AxisPlan, Method, SourcePlane, avoid_nodata};
use crate::plane::part;
use ndarray::ArrayViewMut2;
use raster_core::{
    AnyView, Sample, Window,
    opacity::{self, Mixing},
};

/// Weighted sums; weights are products of the two axes'.
pub(super) fn weighted<T: Sample>(
    source: SourcePlane<'_, T>,
    rows: &AxisPlan,
    cols: &AxisPlan,
    nodata: Option<T>,
    out: &mut ArrayViewMut2<'_, T>,
    out_valid: &mut Option<ArrayViewMut2<'_, u8>>,
) {
    let square = rows.method() == Method::Rms;
    if source.valid.is_none()
        && rows.method() == Method::Average
        && rows.is_exact_half()
        && cols.is_exact_half()
        && mean_of_four(source, rows, cols, out)
    {
        if nodata.is_some() {
            out.mapv_inplace(|v| avoid_nodata(v, nodata));
        }
        return;
    }
    let empty = nodata.unwrap_or_default();
    for i in 0..rows.len() {
        let row_weights = rows.weights(i);
        let first_row = rows.first(i) - source.origin.0;
        for j in 0..cols.len() {
            let col_weights = cols.weights(j);
            let first_col = cols.first(j) - source.origin.1;
            let (mut sum, mut total) = (0.0, 0.0);
            for (r, row_weight) in row_weights.iter().enumerate() {
                for (c, col_weight) in col_weights.iter().enumerate() {
                    let at = [first_row + r, first_col + c];
                    let counts = match source.valid {
                        Some(valid) if source.mixing == Mixing::ByOpacity => opacity::weight(valid[at]),
                        Some(valid) if valid[at] == 0 => 0.0,
                        _ => 1.0,
                    };
                    if counts > 0.0 {
                        let weight = row_weight * col_weight * counts;
                        let value = source.samples[at].to_f64();
                        sum += weight * if square { value * value } else { value };
                        total += weight;
                    }
                }
            }
            let ok = total > 0.0;
            out[[i, j]] = if ok {
                let mean = sum / total;
                avoid_nodata(T::from_f64(if square { mean.sqrt() } else { mean }), nodata)
            } else {
                empty
            };
            if let (Some(mask), true) = (out_valid.as_mut(), source.valid.is_some()) {
                mask[[i, j]] = if ok { 255 } else { 0 };
            }
        }
    }
}

/// The mean of 2 × 2 valid samples for the types where it can be done in registers; `false` for the others.
/// Gives what the weighted sums give: integer sums are exact there as well, and floats are added in f64 in
/// the same order.
fn mean_of_four<T: Sample>(
    source: SourcePlane<'_, T>,
    rows: &AxisPlan,
    cols: &AxisPlan,
    out: &mut ArrayViewMut2<'_, T>,
) -> bool {
    let (height, width) = (rows.len(), cols.len());
    let (top, left) = (rows.first(0) - source.origin.0, cols.first(0) - source.origin.1);
    let covered = Window::new(left as i64, top as i64, 2 * width, 2 * height);
    let any = T::erase_view(part(&source.samples, &covered).insert_axis(ndarray::Axis(0)));
    let mut out = out.view_mut().insert_axis(ndarray::Axis(0));
    let mut out = T::erase_view_mut(out.view_mut());
    macro_rules! integers {
        ($($variant:ident $t:ty),*) => {
            match (&any, &mut out) {
                $((AnyView::$variant(a), raster_core::AnyViewMut::$variant(o)) => {
                    halve(a, o, |p, q, r, s| {
                        let sum = i64::from(p) + i64::from(q) + i64::from(r) + i64::from(s);
                        // Half away from zero.
                        ((sum + if sum < 0 { 1 } else { 2 }) >> 2) as $t
                    })
                })*
                (AnyView::U8(a), raster_core::AnyViewMut::U8(o)) => halve(a, o, |p, q, r, s| {
                    ((u16::from(p) + u16::from(q) + u16::from(r) + u16::from(s) + 2) >> 2) as u8
                }),
                (AnyView::U16(a), raster_core::AnyViewMut::U16(o)) => halve(a, o, |p, q, r, s| {
                    ((u32::from(p) + u32::from(q) + u32::from(r) + u32::from(s) + 2) >> 2) as u16
                }),
                (AnyView::F32(a), raster_core::AnyViewMut::F32(o)) => halve(a, o, |p, q, r, s| {
                    ((f64::from(p) + f64::from(q) + f64::from(r) + f64::from(s)) / 4.0) as f32
                }),
                (AnyView::F64(a), raster_core::AnyViewMut::F64(o)) => {
                    halve(a, o, |p, q, r, s| (p + q + r + s) / 4.0)
                }
                _ => false,
            }
        };
    }
    integers!(I8 i8, I16 i16, U32 u32, I32 i32)
}

fn halve<T: Sample>(
    source: &ndarray::ArrayView3<'_, T>,
    out: &mut ndarray::ArrayViewMut3<'_, T>,
    mean: impl Fn(T, T, T, T) -> T,
) -> bool {
    let source = source.index_axis(ndarray::Axis(0), 0);
    let mut out = out.index_axis_mut(ndarray::Axis(0), 0);
    let (height, width) = out.dim();
    for i in 0..height {
        let (above, below) = (source.row(2 * i), source.row(2 * i + 1));
        let mut to = out.row_mut(i);
        let (Some(above), Some(below), Some(to)) = (above.to_slice(), below.to_slice(), to.as_slice_mut())
        else {
            return false;
        };
        let pairs = above[..2 * width].as_chunks::<2>().0.iter().zip(below.as_chunks::<2>().0);
        for (o, (a, b)) in to.iter_mut().zip(pairs) {
            *o = mean(a[0], a[1], b[0], b[1]);
        }
    }
    true
}

/// The most frequent value, row by row the first to reach the highest count.
pub(super) fn mode<T: Sample>(
    source: SourcePlane<'_, T>,
    rows: &AxisPlan,
    cols: &AxisPlan,
    nodata: Option<T>,
    out: &mut ArrayViewMut2<'_, T>,
    out_valid: &mut Option<ArrayViewMut2<'_, u8>>,
) {
    let mut seen: Vec<(T, u32)> = Vec::new();
    for i in 0..rows.len() {
        for j in 0..cols.len() {
            seen.clear();
            let mut best: Option<(T, u32)> = None;
            for r in rows.span(i) {
                for c in cols.span(j) {
                    let at = [r - source.origin.0, c - source.origin.1];
                    if source.valid.is_some_and(|v| v[at] == 0) {
                        continue;
                    }
                    let value = source.samples[at];
                    let same = |v: &T| *v == value || (v.is_nan() && value.is_nan());
                    let count = match seen.iter_mut().find(|s| same(&s.0)) {
                        Some(entry) => {
                            entry.1 += 1;
                            entry.1
                        }
                        None => {
                            seen.push((value, 1));
                            1
                        }
                    };
                    if best.is_none_or(|b| count > b.1) {
                        best = Some((value, count));
                    }
                }
            }
            out[[i, j]] = best.map_or(nodata.unwrap_or_default(), |b| b.0);
            if let (Some(mask), true) = (out_valid.as_mut(), source.valid.is_some()) {
                mask[[i, j]] = if best.is_some() { 255 } else { 0 };
            }
        }
    }
}
