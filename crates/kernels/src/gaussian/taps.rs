//! Sigma to weights.

use crate::simd::Real;

/// The radius of the kernel: `int(truncate * sigma + 0.5)`, as scipy.
pub(crate) fn radius(sigma: f64, truncate: f64) -> usize {
    (truncate * sigma + 0.5) as usize
}

/// The weights `w[0..=radius]` of a symmetric kernel, `w[k] = exp(-k² / (2 sigma²)) / sum`.
///
/// The weight of the centre takes up what rounding left over, so that the filters of this crate, which add
/// from the outermost pair inwards and the centre last, turn a plane of ones into exactly one.
pub(crate) fn half_kernel<T: Real>(sigma: f64, radius: usize) -> Vec<T> {
    if radius == 0 {
        return vec![T::from(1u8)];
    }
    let factor = -0.5 / (sigma * sigma);
    let raw: Vec<f64> = (0..=radius).map(|k| libm::exp(factor * (k * k) as f64)).collect();
    let sum = raw[0] + 2.0 * raw[1..].iter().rev().sum::<f64>();
    let mut weights: Vec<T> = raw.iter().map(|w| T::from_f64(w / sum)).collect();
    let pairs =
        weights[1..].iter().rev().fold(T::default(), |acc, &w| T::accumulate_one(w, T::from(2u8), acc));
    weights[0] = T::from(1u8) - pairs;
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ones_stay_one() {
        for sigma in [0.3, 0.8, 1.0, 5.0 / 3.0, 2.5, 10.0, 25.0, 64.0] {
            for truncate in [1.0, 2.0, 3.0, 4.0, 6.0] {
                let r = radius(sigma, truncate);
                let w = half_kernel::<f32>(sigma, r);
                let pairs = w[1..].iter().rev().fold(0.0, |acc, &w| f32::accumulate_one(w, 2.0, acc));
                assert_eq!(f32::accumulate_one(w[0], 1.0, pairs), 1.0);
                let w = half_kernel::<f64>(sigma, r);
                let pairs = w[1..].iter().rev().fold(0.0, |acc, &w| f64::accumulate_one(w, 2.0, acc));
                assert_eq!(f64::accumulate_one(w[0], 1.0, pairs), 1.0);
                assert!(
                    (w[0]
                        - 1.0
                            / (1.0
                                + 2.0
                                    * (1..=r)
                                        .map(|k| (-0.5 / (sigma * sigma) * (k * k) as f64).exp())
                                        .sum::<f64>()))
                    .abs()
                        < 1e-14
                );
            }
        }
    }
}
