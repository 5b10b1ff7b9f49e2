//! The slow twin: one destination pixel at a time over the whole source, in f64, straight from the formulae.

use super::Method;
use ndarray::Array2;

/// An overview of `size` (width, height): values and validity.
pub(super) fn overview(
    values: &Array2<f64>,
    valid: &Array2<bool>,
    size: (usize, usize),
    method: Method,
) -> (Array2<f64>, Array2<bool>) {
    let (height, width) = values.dim();
    let (ry, rx) = (height as f64 / size.1 as f64, width as f64 / size.0 as f64);
    let mut out = Array2::zeros((size.1, size.0));
    let mut out_valid = Array2::from_elem((size.1, size.0), true);
    for i in 0..size.1 {
        for j in 0..size.0 {
            let value = match method {
                Method::Nearest => {
                    let (r, c) = ((0.5 + i as f64 * ry) as usize, (0.5 + j as f64 * rx) as usize);
                    valid[[r, c]].then(|| values[[r, c]])
                }
                Method::Average | Method::Rms | Method::Mode => {
                    covered(values, valid, (i, ry), (j, rx), method)
                }
                Method::Gauss => gauss(values, valid, (i, ry), (j, rx)),
                _ => convolved(values, valid, (i, ry), (j, rx), method),
            };
            out[[i, j]] = value.unwrap_or(0.0);
            out_valid[[i, j]] = value.is_some();
        }
    }
    (out, out_valid)
}

fn covered(
    values: &Array2<f64>,
    valid: &Array2<bool>,
    (i, ry): (usize, f64),
    (j, rx): (usize, f64),
    method: Method,
) -> Option<f64> {
    let overlap = |pixel: usize, index: usize, ratio: f64| {
        let (start, end) = (index as f64 * ratio, (index + 1) as f64 * ratio);
        (end.min(pixel as f64 + 1.0) - start.max(pixel as f64)).max(0.0)
    };
    let (mut sum, mut weight, mut counts) = (0.0, 0.0, Vec::<(f64, usize)>::new());
    let mut best: Option<(f64, usize)> = None;
    for ((r, c), &v) in values.indexed_iter() {
        let w = overlap(r, i, ry) * overlap(c, j, rx);
        // Slivers that come from rounding are no coverage.
        if w < 1e-7 || !valid[[r, c]] {
            continue;
        }
        sum += w * if method == Method::Rms { v * v } else { v };
        weight += w;
        let count = match counts.iter_mut().find(|x| x.0 == v) {
            Some(x) => {
                x.1 += 1;
                x.1
            }
            None => {
                counts.push((v, 1));
                1
            }
        };
        if best.is_none_or(|b| count > b.1) {
            best = Some((v, count));
        }
    }
    (weight > 0.0).then_some(match method {
        Method::Mode => best?.0,
        Method::Rms => (sum / weight).sqrt(),
        _ => sum / weight,
    })
}

fn gauss(
    values: &Array2<f64>,
    valid: &Array2<bool>,
    (i, ry): (usize, f64),
    (j, rx): (usize, f64),
) -> Option<f64> {
    let kernel: &[f64] = match (0.5 + ry) as usize {
        0..=2 => &[1., 2., 1.],
        3..=4 => &[1., 4., 6., 4., 1.],
        _ => &[1., 6., 15., 20., 15., 6., 1.],
    };
    let first = |index: usize, ratio: f64| {
        let start = (0.5 + index as f64 * ratio) as i64;
        let end = (0.5 + (index + 1) as f64 * ratio) as i64 + 1;
        start + (end - start) / 2 - kernel.len() as i64 / 2
    };
    let (top, left) = (first(i, ry), first(j, rx));
    let (mut sum, mut weight) = (0.0, 0.0);
    for (y, wy) in kernel.iter().enumerate() {
        for (x, wx) in kernel.iter().enumerate() {
            let at = (top + y as i64, left + x as i64);
            let (Ok(r), Ok(c)) = (usize::try_from(at.0), usize::try_from(at.1)) else { continue };
            if valid.get((r, c)) == Some(&true) {
                sum += wy * wx * values[[r, c]];
                weight += wy * wx;
            }
        }
    }
    (weight > 0.0).then(|| sum / weight)
}

fn kernel(method: Method, x: f64) -> f64 {
    let a = x.abs();
    match method {
        Method::Bilinear if a < 1.0 => 1.0 - a,
        Method::Cubic if a <= 1.0 => 1.5 * a.powi(3) - 2.5 * a.powi(2) + 1.0,
        Method::Cubic if a <= 2.0 => -0.5 * a.powi(3) + 2.5 * a.powi(2) - 4.0 * a + 2.0,
        Method::CubicSpline => {
            let plus = |v: f64| v.max(0.0).powi(3);
            (plus(x + 2.0) - 4.0 * plus(x + 1.0) + 6.0 * plus(x) - 4.0 * plus(x - 1.0)) / 6.0
        }
        Method::Lanczos if a == 0.0 => 1.0,
        Method::Lanczos if a < 3.0 => {
            let sinc = |v: f64| (std::f64::consts::PI * v).sin() / (std::f64::consts::PI * v);
            sinc(x) * sinc(x / 3.0)
        }
        _ => 0.0,
    }
}

/// Taps of one axis: source positions and weights.
fn taps(method: Method, index: usize, ratio: f64, len: usize) -> Vec<(usize, f64)> {
    let radius = match method {
        Method::Bilinear => 1.0,
        Method::Lanczos => 3.0,
        _ => 2.0,
    } * ratio.max(1.0);
    let centre = (index as f64 + 0.5) * ratio;
    let first = (centre - radius + 0.5).floor().max(0.0) as usize;
    let last = ((centre + radius + 0.5) as usize).min(len);
    (first..last).map(|p| (p, kernel(method, (p as f64 + 0.5 - centre) / ratio.max(1.0)))).collect()
}

/// The longest run of `true`.
fn longest_run(valid: impl Iterator<Item = bool>) -> usize {
    valid.fold((0, 0), |(run, best), v| if v { (run + 1, best.max(run + 1)) } else { (0, best) }).1
}

fn convolved(
    values: &Array2<f64>,
    valid: &Array2<bool>,
    (i, ry): (usize, f64),
    (j, rx): (usize, f64),
    method: Method,
) -> Option<f64> {
    let lobes = matches!(method, Method::Cubic | Method::Lanczos);
    let line = |samples: Vec<(Option<f64>, f64)>| {
        let run = longest_run(samples.iter().map(|s| s.0.is_some()));
        if lobes && run < samples.len() / 2 {
            return None;
        }
        let weight: f64 = samples.iter().filter(|s| s.0.is_some()).map(|s| s.1).sum();
        (weight > 0.0).then(|| samples.iter().map(|s| s.0.unwrap_or(0.0) * s.1).sum::<f64>() / weight)
    };
    let across = taps(method, j, rx, values.ncols());
    let down = taps(method, i, ry, values.nrows());
    line(
        down.iter()
            .map(|&(r, w)| {
                let at = |c: usize| valid[[r, c]].then(|| values[[r, c]]);
                (line(across.iter().map(|&(c, w)| (at(c), w)).collect()), w)
            })
            .collect(),
    )
}
