//! Separable convolution: along rows first, then along columns, in f64.

use super::{AxisPlan, Method, SourcePlane, avoid_nodata, to_sample};
use ndarray::{ArrayView2, ArrayViewMut2};
use raster_core::Sample;

/// Weights of invalid samples are dropped and the rest renormalised. Kernels with negative lobes (cubic,
/// lanczos) give no value when their longest run of valid samples is shorter than half the kernel, since the
/// lobes would dominate.
pub(super) fn convolve<T: Sample>(
    source: SourcePlane<'_, T>,
    rows: &AxisPlan,
    cols: &AxisPlan,
    nodata: Option<T>,
    out: &mut ArrayViewMut2<'_, T>,
    out_valid: &mut Option<ArrayViewMut2<'_, u8>>,
) {
    if rows.len() == 0 || cols.len() == 0 {
        return;
    }
    let (width, top) = (cols.len(), rows.first(0));
    let bottom = rows.span(rows.len() - 1).end;
    let height = bottom - top;
    let mut between = vec![0.0; height * width];
    let mut between_valid = source.valid.map(|_| vec![true; height * width]);
    let mut line = vec![0.0; source.samples.ncols()];
    for y in 0..height {
        let row = top + y - source.origin.0;
        for (d, v) in line.iter_mut().zip(source.samples.row(row)) {
            *d = v.to_f64();
        }
        let to = &mut between[y * width..][..width];
        match (source.valid, between_valid.as_mut()) {
            (Some(valid), Some(to_valid)) => {
                let valid_at = |c: usize| valid[[row, c]] != 0;
                along_masked(cols, source.origin.1, &|c| line[c], &valid_at, to, &mut to_valid[y * width..]);
            }
            _ => {
                for (j, to) in to.iter_mut().enumerate() {
                    let weights = cols.weights(j);
                    let from = &line[cols.first(j) - source.origin.1..][..weights.len()];
                    *to = from.iter().zip(weights).map(|(v, w)| v * w).sum();
                }
            }
        }
    }
    match between_valid {
        None => vertical(&between, width, rows, nodata, out),
        Some(between_valid) => {
            let between = ArrayView2::from_shape((height, width), &between).expect("sized above");
            let between_valid = ArrayView2::from_shape((height, width), &between_valid).expect("sized above");
            let (mut column, mut valid) = (vec![0.0; rows.len()], vec![true; rows.len()]);
            for j in 0..width {
                let (value_at, valid_at) = (|r: usize| between[[r, j]], |r: usize| between_valid[[r, j]]);
                along_masked(rows, top, &value_at, &valid_at, &mut column, &mut valid);
                for i in 0..rows.len() {
                    out[[i, j]] = if valid[i] {
                        avoid_nodata(to_sample(column[i]), nodata)
                    } else {
                        nodata.unwrap_or_default()
                    };
                    if let Some(mask) = out_valid.as_mut() {
                        mask[[i, j]] = if valid[i] { 255 } else { 0 };
                    }
                }
            }
        }
    }
}

/// Down the columns when every sample is valid: whole rows at a time.
fn vertical<T: Sample>(
    between: &[f64],
    width: usize,
    rows: &AxisPlan,
    nodata: Option<T>,
    out: &mut ArrayViewMut2<'_, T>,
) {
    let top = rows.first(0);
    let mut sums = vec![0.0; width];
    for i in 0..rows.len() {
        sums.fill(0.0);
        for (k, weight) in rows.weights(i).iter().enumerate() {
            let from = &between[(rows.first(i) + k - top) * width..][..width];
            for (s, v) in sums.iter_mut().zip(from) {
                *s += v * weight;
            }
        }
        for (o, s) in out.row_mut(i).iter_mut().zip(&sums) {
            *o = avoid_nodata(to_sample(*s), nodata);
        }
    }
}

/// One line, with validity. `origin` is the source position of sample 0.
fn along_masked(
    plan: &AxisPlan,
    origin: usize,
    value_at: &dyn Fn(usize) -> f64,
    valid_at: &dyn Fn(usize) -> bool,
    out: &mut [f64],
    out_valid: &mut [bool],
) {
    let negative_lobes = matches!(plan.method(), Method::Cubic | Method::Lanczos);
    for i in 0..plan.len() {
        let weights = plan.weights(i);
        let first = plan.first(i) - origin;
        let (mut sum, mut total, mut run, mut longest, mut count) = (0.0, 0.0, 0, 0, 0);
        for (k, weight) in weights.iter().enumerate() {
            if valid_at(first + k) {
                sum += value_at(first + k) * weight;
                total += weight;
                count += 1;
                run += 1;
                longest = longest.max(run);
            } else {
                run = 0;
            }
        }
        out_valid[i] = total > 0.0 && !(negative_lobes && longest < weights.len() / 2);
        // With every sample valid the weights already add up to 1: the same arithmetic as without a mask.
        out[i] = match (out_valid[i], count == weights.len()) {
            (true, true) => sum,
            (true, false) => sum / total,
            (false, _) => 0.0,
        };
    }
}
