//! Slow and obvious twins of the kernels, in f64, on whole rasters: what tests and benchmarks compare with.
//!
//! Nothing here shares code with the fast paths except [`Border`]'s rule and the measures' names.

use crate::{Border, FocalStatistic, Measure, Neighbourhood};
use ndarray::Array2;

/// The value at a position that may lie outside.
fn at(plane: &Array2<f64>, row: i64, col: i64, border: Border) -> f64 {
    let (rows, cols) = plane.dim();
    match (border.position(row, rows), border.position(col, cols)) {
        (Some(r), Some(c)) => plane[[r, c]],
        _ => border.value(),
    }
}

/// scipy's weights, -r to r.
fn weights(sigma: f64, truncate: f64) -> Vec<f64> {
    if sigma <= 1e-15 {
        return vec![1.0];
    }
    let r = (truncate * sigma + 0.5).floor() as i64;
    let raw: Vec<f64> = (-r..=r).map(|k| (-0.5 * (k * k) as f64 / (sigma * sigma)).exp()).collect();
    let sum: f64 = raw.iter().sum();
    raw.into_iter().map(|w| w / sum).collect()
}

/// The blur as its definition: a weighted sum over rows, then over columns. `sigma` is (rows, columns).
#[must_use]
pub fn gaussian(plane: &Array2<f64>, sigma: (f64, f64), truncate: f64, border: Border) -> Array2<f64> {
    let (down, along) = (weights(sigma.0, truncate), weights(sigma.1, truncate));
    let offset = |k: usize, w: &[f64]| k as i64 - (w.len() / 2) as i64;
    let sum =
        |w: &[f64], value: &dyn Fn(i64) -> f64| (0..w.len()).map(|k| w[k] * value(offset(k, w))).sum::<f64>();
    let half = Array2::from_shape_fn(plane.dim(), |(r, c)| {
        sum(&down, &|k| at(plane, r as i64 + k, c as i64, border))
    });
    Array2::from_shape_fn(plane.dim(), |(r, c)| sum(&along, &|k| at(&half, r as i64, c as i64 + k, border)))
}

/// The blur of the pixels that are not NaN: upstream's `bpgaussian`.
#[must_use]
pub fn gaussian_valid(plane: &Array2<f64>, sigma: (f64, f64), truncate: f64, border: Border) -> Array2<f64> {
    let missing_edge = border.value().is_nan() && matches!(border, Border::Missing | Border::Constant(_));
    let edge = |v: f64| match border {
        Border::Missing | Border::Constant(_) if missing_edge => Border::Constant(0.0),
        Border::Constant(_) => Border::Constant(v),
        other => other,
    };
    let zeros = plane.mapv(|v| if v.is_nan() { 0.0 } else { v });
    let valid = plane.mapv(|v| f64::from(u8::from(!v.is_nan())));
    let sums = gaussian(&zeros, sigma, truncate, edge(border.value()));
    let weights = gaussian(&valid, sigma, truncate, edge(1.0));
    Array2::from_shape_fn(plane.dim(), |i| if plane[i].is_nan() { f64::NAN } else { sums[i] / weights[i] })
}

/// A measure from shares that sum to 1.
#[must_use]
pub fn measure(measure: Measure, shares: &[f64]) -> f64 {
    let p = || shares.iter().copied().filter(|p| *p > 0.0);
    let shannon = || p().map(|p| -p * p.ln()).sum::<f64>();
    let hill = |q: f64| {
        if q == 1.0 { shannon().exp() } else { p().map(|p| p.powf(q)).sum::<f64>().powf(1.0 / (1.0 - q)) }
    };
    match measure {
        Measure::Shannon => shannon(),
        Measure::Simpson => 1.0 - p().map(|p| p * p).sum::<f64>(),
        Measure::Hill(q) => hill(q),
        Measure::Renyi(q) => hill(q).ln(),
        Measure::Richness => p().count() as f64,
        Measure::Evenness => {
            if p().count() < 2 {
                0.0
            } else {
                shannon() / (p().count() as f64).ln()
            }
        }
    }
}

/// A measure over the blurred indicators of `categories` (each a set of values); all values where there are none.
#[must_use]
pub fn category_diversity(
    plane: &Array2<f64>,
    categories: Option<&[Vec<f64>]>,
    sigma: (f64, f64),
    truncate: f64,
    border: Border,
    what: Measure,
) -> Array2<f64> {
    let all: Vec<Vec<f64>> = categories.map(<[_]>::to_vec).unwrap_or_else(|| {
        let mut values: Vec<f64> = plane.iter().copied().filter(|v| !v.is_nan()).collect();
        values.extend(Some(border.value()).filter(|v| !v.is_nan()));
        values.sort_by(f64::total_cmp);
        values.dedup();
        values.into_iter().map(|v| vec![v]).collect()
    });
    let blurred: Vec<Array2<f64>> = all
        .iter()
        .map(|category| {
            let inside = |v: f64| f64::from(u8::from(category.contains(&v)));
            let edge = match border {
                Border::Constant(v) => Border::Constant(inside(v)),
                Border::Missing => Border::Constant(0.0),
                other => other,
            };
            gaussian(&plane.mapv(inside), sigma, truncate, edge)
        })
        .collect();
    Array2::from_shape_fn(plane.dim(), |i| {
        let total: f64 = blurred.iter().map(|b| b[i]).sum();
        if total == 0.0 {
            return f64::NAN;
        }
        measure(what, &blurred.iter().map(|b| b[i] / total).collect::<Vec<_>>())
    })
}

/// Interaction before it is brought to its type; `bands` are 0 to 1.
#[must_use]
pub fn interaction(bands: &[Array2<f64>], standardize: bool, normed: bool) -> Array2<f64> {
    let n = bands.len() as f64;
    Array2::from_shape_fn(bands[0].dim(), |i| {
        let product: f64 = bands.iter().map(|b| b[i]).product();
        let sum: f64 = bands.iter().map(|b| b[i]).sum();
        let value = if !standardize {
            product
        } else if sum == 0.0 {
            0.0
        } else {
            product / sum
        };
        if normed { value * n.powf(n) } else { value }
    })
}

/// A statistic of the pixels of a neighbourhood that are not NaN.
#[must_use]
pub fn focal(
    plane: &Array2<f64>,
    statistic: FocalStatistic,
    neighbourhood: Neighbourhood,
    border: Border,
) -> Array2<f64> {
    let (reach, inside): (i64, Box<dyn Fn(i64, i64) -> bool>) = match neighbourhood {
        Neighbourhood::Square { radius_px } => (radius_px as i64, Box::new(|_, _| true)),
        Neighbourhood::Disc { radius_px } => {
            (radius_px as i64, Box::new(move |dr, dc| ((dr * dr + dc * dc) as f64) <= radius_px * radius_px))
        }
    };
    Array2::from_shape_fn(plane.dim(), |(r, c)| {
        let mut values = Vec::new();
        for dr in -reach..=reach {
            for dc in -reach..=reach {
                let v = at(plane, r as i64 + dr, c as i64 + dc, border);
                if inside(dr, dc) && !v.is_nan() {
                    values.push(v);
                }
            }
        }
        if values.is_empty() {
            return f64::NAN;
        }
        values.sort_by(f64::total_cmp);
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        match statistic {
            FocalStatistic::Mean => mean,
            FocalStatistic::StandardDeviation => {
                (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt()
            }
            FocalStatistic::Minimum => values[0],
            FocalStatistic::Maximum => values[values.len() - 1],
            FocalStatistic::Median => values[values.len() / 2],
            FocalStatistic::Majority => {
                let count = |v: f64| values.iter().filter(|w| **w == v).count();
                let most = values.iter().map(|v| count(*v)).max().unwrap_or(0);
                values.iter().copied().find(|v| count(*v) == most).unwrap_or(f64::NAN)
            }
        }
    })
}
