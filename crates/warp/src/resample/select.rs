//! One value out of many: extremes, quantiles, mode.

use fearless_simd::{Select as _, Simd, SimdBase as _};
use raster_core::Resampling;
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

/// Up to this many values [`choose_few`] is used.
pub(crate) const FEW: usize = 16;

/// Several numbers side by side, for choosing among them without branches.
pub(crate) trait Numbers {
    type Many: Copy;
    fn low(&self, a: Self::Many, b: Self::Many) -> Self::Many;
    fn high(&self, a: Self::Many, b: Self::Many) -> Self::Many;
    fn ones(&self) -> Self::Many;
    /// `count`, and one more where `a` equals `b`.
    fn count_equal(&self, count: Self::Many, a: Self::Many, b: Self::Many) -> Self::Many;
    /// `a` where `p` is greater than `q`, else `b`.
    fn where_greater(&self, p: Self::Many, q: Self::Many, a: Self::Many, b: Self::Many) -> Self::Many;
}

/// `L` bands of one pixel.
pub(crate) struct Bands<const L: usize>;

impl<const L: usize> Numbers for Bands<L> {
    type Many = [f64; L];
    #[inline(always)]
    fn low(&self, a: [f64; L], b: [f64; L]) -> [f64; L] {
        std::array::from_fn(|i| if b[i] < a[i] { b[i] } else { a[i] })
    }
    #[inline(always)]
    fn high(&self, a: [f64; L], b: [f64; L]) -> [f64; L] {
        std::array::from_fn(|i| if b[i] < a[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    fn ones(&self) -> [f64; L] {
        [1.0; L]
    }
    #[inline(always)]
    fn count_equal(&self, count: [f64; L], a: [f64; L], b: [f64; L]) -> [f64; L] {
        std::array::from_fn(|i| count[i] + if a[i] == b[i] { 1.0 } else { 0.0 })
    }
    #[inline(always)]
    fn where_greater(&self, p: [f64; L], q: [f64; L], a: [f64; L], b: [f64; L]) -> [f64; L] {
        std::array::from_fn(|i| if p[i] > q[i] { a[i] } else { b[i] })
    }
}

/// Neighbouring pixels of one band in a vector.
pub(crate) struct Pixels<S>(pub(crate) S);

impl<S: Simd> Numbers for Pixels<S> {
    type Many = S::f64s;
    #[inline(always)]
    fn low(&self, a: S::f64s, b: S::f64s) -> S::f64s {
        a.min(b)
    }
    #[inline(always)]
    fn high(&self, a: S::f64s, b: S::f64s) -> S::f64s {
        a.max(b)
    }
    #[inline(always)]
    fn ones(&self) -> S::f64s {
        S::f64s::splat(self.0, 1.0)
    }
    #[inline(always)]
    fn count_equal(&self, count: S::f64s, a: S::f64s, b: S::f64s) -> S::f64s {
        a.simd_eq(b).select(count + 1.0, count)
    }
    #[inline(always)]
    fn where_greater(&self, p: S::f64s, q: S::f64s, a: S::f64s, b: S::f64s) -> S::f64s {
        p.simd_gt(q).select(a, b)
    }
}

/// [`choose`] for a few pixels of several places at once.
#[inline(always)]
pub(crate) fn choose_few<N: Numbers>(n: &N, method: Resampling, values: &mut [N::Many]) -> N::Many {
    match method {
        Resampling::Min => values[1..].iter().fold(values[0], |a, b| n.low(a, *b)),
        Resampling::Max => values[1..].iter().fold(values[0], |a, b| n.high(a, *b)),
        Resampling::Mode => mode_few(n, values),
        _ => quantile_few(n, values, rank(method, values.len())),
    }
}

/// Each pass lets the largest of the rest rise to the end, or the smallest sink to the start, whichever
/// needs fewer passes.
#[inline(always)]
fn quantile_few<N: Numbers>(n: &N, values: &mut [N::Many], rank: usize) -> N::Many {
    let count = values.len();
    let (passes, up) = if rank < count - rank { (rank + 1, false) } else { (count - rank, true) };
    let mut carried = values[0];
    for pass in 0..passes {
        carried = values[0];
        for i in 1..count - pass {
            let (low, high) = (n.low(carried, values[i]), n.high(carried, values[i]));
            (carried, values[i - 1]) = if up { (high, low) } else { (low, high) };
        }
    }
    carried
}

#[inline(always)]
fn mode_few<N: Numbers>(n: &N, values: &[N::Many]) -> N::Many {
    let (mut best, mut most) = (values[0], n.ones());
    for (i, value) in values.iter().enumerate().skip(1) {
        let count =
            values[..i].iter().fold(n.ones(), |count, earlier| n.count_equal(count, *earlier, *value));
        best = n.where_greater(count, most, *value, best);
        most = n.high(count, most);
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
                for method in Resampling::WARP.iter().copied().filter(|m| m.is_area()) {
                    if matches!(method, Resampling::Average | Resampling::Rms | Resampling::Sum) {
                        continue;
                    }
                    let lanes = choose_few(&Bands::<2>, method, &mut values.clone());
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
