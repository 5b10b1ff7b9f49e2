//! One value out of many: extremes, quantiles, mode.

use crate::resampling::Resampling;
use std::cmp::Ordering;

/// Position of a quantile among `count` sorted values: `ceil(q · count - 1)`.
#[inline(always)]
pub(crate) fn rank(method: Resampling, count: usize) -> usize {
    let quarters = match method {
        Resampling::Q1 => 1,
        Resampling::Median => 2,
        _ => 3,
    };
    (quarters * count).div_ceil(4).max(1) - 1
}

fn order<T: PartialOrd>(a: &T, b: &T) -> Ordering {
    a.partial_cmp(b).unwrap_or(Ordering::Equal)
}

/// The chosen one of some values in reading order (reordered meanwhile); `None` when there are none.
pub(crate) fn choose<T: Copy + PartialOrd>(
    method: Resampling,
    values: &mut [T],
    pairs: &mut Vec<(T, u32)>,
) -> Option<T> {
    let &first = values.first()?;
    Some(match method {
        Resampling::Min => values.iter().fold(first, |a, &b| if b < a { b } else { a }),
        Resampling::Max => values.iter().fold(first, |a, &b| if b > a { b } else { a }),
        Resampling::Mode => mode(values, pairs),
        _ => *values.select_nth_unstable_by(rank(method, values.len()), order).1,
    })
}

/// The value whose count reaches the highest count first in reading order.
fn mode<T: Copy + PartialOrd>(values: &[T], pairs: &mut Vec<(T, u32)>) -> T {
    pairs.clear();
    pairs.extend(values.iter().copied().zip(0..));
    pairs.sort_unstable_by(|a, b| order(&a.0, &b.0).then(a.1.cmp(&b.1)));
    // A run of equal values ends with the position at which its count was reached.
    let mut best = (0, 0, values[0]);
    for run in pairs.chunk_by(|a, b| a.0 == b.0) {
        let (value, reached) = run[run.len() - 1];
        if run.len() > best.0 || run.len() == best.0 && reached < best.1 {
            best = (run.len(), reached, value);
        }
    }
    best.2
}

/// Up to this many values [`choose_lanes`] is used.
pub(crate) const FEW: usize = 16;

/// [`choose`] for a few pixels of `L` bands at once, without branches on values.
#[inline(always)]
pub(crate) fn choose_lanes<const L: usize>(method: Resampling, values: &mut [[f64; L]]) -> [f64; L] {
    match method {
        Resampling::Min => fold(values, |a, b| if b < a { b } else { a }),
        Resampling::Max => fold(values, |a, b| if b > a { b } else { a }),
        Resampling::Mode => mode_lanes(values),
        _ => quantile_lanes(values, rank(method, values.len())),
    }
}

#[inline(always)]
fn fold<const L: usize>(values: &[[f64; L]], f: impl Fn(f64, f64) -> f64) -> [f64; L] {
    let mut best = values[0];
    for value in &values[1..] {
        for b in 0..L {
            best[b] = f(best[b], value[b]);
        }
    }
    best
}

/// Each pass lets the largest of the rest rise to the end, or the smallest sink to the start, whichever
/// needs fewer passes.
#[inline(always)]
fn quantile_lanes<const L: usize>(values: &mut [[f64; L]], rank: usize) -> [f64; L] {
    let n = values.len();
    let (passes, up) = if rank < n - rank { (rank + 1, false) } else { (n - rank, true) };
    let mut carried = values[0];
    for pass in 0..passes {
        carried = values[0];
        for i in 1..n - pass {
            for b in 0..L {
                let (a, v) = (carried[b], values[i][b]);
                let (low, high) = if v < a { (v, a) } else { (a, v) };
                (carried[b], values[i - 1][b]) = if up { (high, low) } else { (low, high) };
            }
        }
    }
    carried
}

#[inline(always)]
fn mode_lanes<const L: usize>(values: &[[f64; L]]) -> [f64; L] {
    let (mut best, mut most) = (values[0], [1.0; L]);
    for i in 1..values.len() {
        let mut count = [1.0; L];
        for earlier in &values[..i] {
            for b in 0..L {
                count[b] += if earlier[b] == values[i][b] { 1.0 } else { 0.0 };
            }
        }
        for b in 0..L {
            let more = count[b] > most[b];
            most[b] = if more { count[b] } else { most[b] };
            best[b] = if more { values[i][b] } else { best[b] };
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_agree_with_sorting_and_counting() {
        let mut state = 7u32;
        for n in 1..=FEW {
            for _ in 0..50 {
                let values: Vec<[f64; 2]> = (0..n)
                    .map(|_| {
                        [0, 1].map(|_| {
                            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                            f64::from(state >> 29)
                        })
                    })
                    .collect();
                for method in Resampling::ALL.into_iter().filter(|m| m.is_area()) {
                    if matches!(method, Resampling::Average | Resampling::Rms | Resampling::Sum) {
                        continue;
                    }
                    let lanes = choose_lanes(method, &mut values.clone());
                    for b in 0..2 {
                        let mut one: Vec<f64> = values.iter().map(|v| v[b]).collect();
                        let plain = slow(method, &one);
                        assert_eq!(
                            choose(method, &mut one, &mut Vec::new()),
                            Some(plain),
                            "{method} {one:?}"
                        );
                        assert_eq!(lanes[b], plain, "{method}");
                    }
                }
            }
        }
    }

    fn slow(method: Resampling, values: &[f64]) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |q: f64| sorted[(q * values.len() as f64 - 1.0).ceil().max(0.0) as usize];
        match method {
            Resampling::Min => sorted[0],
            Resampling::Max => sorted[sorted.len() - 1],
            Resampling::Q1 => at(0.25),
            Resampling::Median => at(0.5),
            Resampling::Q3 => at(0.75),
            _ => {
                let (mut best, mut most) = (values[0], 0);
                for i in 0..values.len() {
                    let count = values[..=i].iter().filter(|v| **v == values[i]).count();
                    if count > most {
                        (best, most) = (values[i], count);
                    }
                }
                best
            }
        }
    }
}
