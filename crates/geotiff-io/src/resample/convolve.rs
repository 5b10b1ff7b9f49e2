//! Separable convolution: along rows first, then along columns, in f64.

use super::{AxisPlan, Method, SourcePlane, avoid_nodata, to_sample};
use ndarray::{Array2, ArrayView2, ArrayViewMut2};
use raster_core::{
    Sample,
    opacity::{self, Mixing, Palette},
};

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
    let Some(valid) = source.valid else {
        return all_valid(source, rows, cols, nodata, out);
    };
    let value = |at: [usize; 2]| source.samples[at].to_f64();
    let store = |at: (usize, usize), value: Option<f64>, out: &mut ArrayViewMut2<'_, T>| {
        out[at] = match value {
            Some(value) => avoid_nodata(to_sample(value), nodata),
            None => nodata.unwrap_or_default(),
        };
        value.is_some()
    };
    let mut put = |at: (usize, usize), value: Option<f64>| {
        let ok = store(at, value, out);
        if let Some(mask) = out_valid.as_mut() {
            mask[at] = if ok { 255 } else { 0 };
        }
    };
    let opacity = |at: [usize; 2]| opacity::weight(valid[at]);
    if source.mixing != Mixing::ByOpacity {
        let (values, computed) = masked(&value, valid, source.origin, rows, cols);
        // Where lobes leave no colour there is no opacity either, whatever is left of it in finer steps.
        let lobes =
            source.mixing == Mixing::Visible && matches!(rows.method(), Method::Cubic | Method::Lanczos);
        let weights = lobes.then(|| masked(&opacity, valid, source.origin, rows, cols).0);
        for (at, value) in values.indexed_iter() {
            let shows = weights.as_ref().is_none_or(|w| w[at] > 0.0);
            put(at, computed[at].then_some(if shows { *value } else { 0.0 }));
        }
        return;
    }
    // The same weights for both sums, so that there is a colour wherever there is opacity.
    let (sums, computed) = masked(&|at| opacity(at) * value(at), valid, source.origin, rows, cols);
    let (weights, _) = masked(&opacity, valid, source.origin, rows, cols);
    let palettes = palettes(&value, valid, source.origin, rows, cols);
    for (at, sum) in sums.indexed_iter() {
        let palette = &palettes[at];
        // The same bits as without a look at opacity.
        let colour = if palette.is_opaque() { Some(*sum) } else { palette.colour(*sum, weights[at]) };
        put(at, colour.filter(|_| computed[at]));
    }
}

/// Every sample is valid: without a look at validity.
fn all_valid<T: Sample>(
    source: SourcePlane<'_, T>,
    rows: &AxisPlan,
    cols: &AxisPlan,
    nodata: Option<T>,
    out: &mut ArrayViewMut2<'_, T>,
) {
    let (width, top, height) = (cols.len(), rows.first(0), covered(rows));
    let mut between = vec![0.0; height * width];
    let mut line = vec![0.0; source.samples.ncols()];
    for y in 0..height {
        let row = top + y - source.origin.0;
        for (d, v) in line.iter_mut().zip(source.samples.row(row)) {
            *d = v.to_f64();
        }
        for (j, to) in between[y * width..][..width].iter_mut().enumerate() {
            let weights = cols.weights(j);
            let from = &line[cols.first(j) - source.origin.1..][..weights.len()];
            *to = from.iter().zip(weights).map(|(v, w)| v * w).sum();
        }
    }
    vertical(&between, width, rows, nodata, out);
}

/// Source rows that a plan covers.
fn covered(rows: &AxisPlan) -> usize {
    rows.span(rows.len() - 1).end - rows.first(0)
}

/// The sums of what `value_at` gives for source samples, and where there are any. `origin` is the position of the first sample.
fn masked(
    value_at: &dyn Fn([usize; 2]) -> f64,
    valid: ArrayView2<'_, u8>,
    origin: (usize, usize),
    rows: &AxisPlan,
    cols: &AxisPlan,
) -> (Array2<f64>, Array2<bool>) {
    let (width, top, height) = (cols.len(), rows.first(0), covered(rows));
    let (mut between, mut between_valid) = (vec![0.0; height * width], vec![true; height * width]);
    for (y, (to, to_valid)) in
        between.chunks_exact_mut(width).zip(between_valid.chunks_exact_mut(width)).enumerate()
    {
        let row = top + y - origin.0;
        along_masked(cols, origin.1, &|c| value_at([row, c]), &|c| valid[[row, c]] != 0, to, to_valid);
    }
    let (mut out, mut computed) =
        (Array2::zeros((rows.len(), width)), Array2::from_elem((rows.len(), width), true));
    let (mut column, mut column_valid) = (vec![0.0; rows.len()], vec![true; rows.len()]);
    for j in 0..width {
        let (value_at, valid_at) =
            (|r: usize| between[r * width + j], |r: usize| between_valid[r * width + j]);
        along_masked(rows, top, &value_at, &valid_at, &mut column, &mut column_valid);
        out.column_mut(j).iter_mut().zip(&column).for_each(|(to, v)| *to = *v);
        computed.column_mut(j).iter_mut().zip(&column_valid).for_each(|(to, v)| *to = *v);
    }
    (out, computed)
}

/// The colours under each kernel, axis by axis.
fn palettes(
    value_at: &dyn Fn([usize; 2]) -> f64,
    valid: ArrayView2<'_, u8>,
    origin: (usize, usize),
    rows: &AxisPlan,
    cols: &AxisPlan,
) -> Array2<Palette> {
    let (width, top, height) = (cols.len(), rows.first(0), covered(rows));
    let between = Array2::from_shape_fn((height, width), |(y, j)| {
        let row = top + y - origin.0;
        cols.span(j).fold(Palette::default(), |mut palette, c| {
            let at = [row, c - origin.1];
            palette.add(value_at(at), valid[at]);
            palette
        })
    });
    Array2::from_shape_fn((rows.len(), width), |(i, j)| {
        rows.span(i).fold(Palette::default(), |mut palette, r| {
            palette.merge(&between[[r - top, j]]);
            palette
        })
    })
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
