//! Count, extremes, mean and spread of samples, mergeable.

/// Sums over samples.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moments {
    pub(crate) count: u64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) mean: f64,
    /// Sum of squared distances from the mean.
    squares: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self { count: 0, min: f64::INFINITY, max: f64::NEG_INFINITY, mean: 0.0, squares: 0.0 }
    }
}

impl Moments {
    /// Two passes over samples that are in memory: exact where a running mean rounds.
    pub(crate) fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let mut moments = Self::default();
        let mut sum = 0.0;
        for v in values.clone() {
            moments.count += 1;
            moments.min = moments.min.min(v);
            moments.max = moments.max.max(v);
            sum += v;
        }
        if moments.count > 0 {
            moments.mean = sum / moments.count as f64;
            moments.squares = values.map(|v| (v - moments.mean) * (v - moments.mean)).sum();
        }
        moments
    }
    /// Those of `count` equal samples.
    pub(crate) fn of_one(value: f64, count: u64) -> Self {
        if count == 0 {
            return Self::default();
        }
        Self { count, min: value, max: value, mean: value, squares: 0.0 }
    }
    /// Both together (Chan, Golub, LeVeque 1979).
    pub(crate) fn merged(self, other: &Self) -> Self {
        if other.count == 0 {
            return self;
        }
        let count = self.count + other.count;
        let (n, m, all) = (self.count as f64, other.count as f64, count as f64);
        let delta = other.mean - self.mean;
        Self {
            count,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            mean: self.mean + delta * m / all,
            squares: self.squares + other.squares + delta * delta * n * m / all,
        }
    }
    /// Standard deviation of the population (divided by the count).
    pub(crate) fn deviation(&self) -> f64 {
        (self.squares / self.count as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_merge_to_the_whole() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i * 37 % 211)).collect();
        let of = |part: &[f64]| Moments::of(part.iter().copied());
        let whole = of(&values);
        let merged = Moments::default().merged(&of(&values[..300])).merged(&of(&values[300..]));
        let merged = merged.merged(&Moments::default());
        assert_eq!((whole.count, whole.min, whole.max), (merged.count, merged.min, merged.max));
        assert!((whole.mean - merged.mean).abs() < 1e-12);
        assert!((whole.deviation() - merged.deviation()).abs() < 1e-12);
    }
}
