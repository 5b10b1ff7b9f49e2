//! The measures, as sums over shares.

use raster_core::{Error, Result};

/// How diverse a pixel's surroundings are, from the shares p of the categories there (they sum to 1).
///
/// Logarithms are natural. A pixel whose shares are all 0 has no value (NaN).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Measure {
    /// Shannon's entropy, -Σ p ln p. At most ln n.
    #[default]
    Shannon,
    /// Simpson's index in the form of Gini, 1 - Σ p²: the chance that two draws differ. At most 1 - 1/n.
    Simpson,
    /// Hill's number of this order q ≥ 0, (Σ p^q)^(1/(1-q)): the effective number of categories. Order 1 is the
    /// limit, e to the Shannon entropy; order 0 counts categories. At most n.
    Hill(f64),
    /// Rényi's entropy of this order, ln of Hill's number. At most ln n.
    Renyi(f64),
    /// The number of categories with a share above 0. At most n.
    Richness,
    /// Pielou's evenness, Shannon's entropy over ln richness; 0 where there is one category only. At most 1.
    Evenness,
}

impl Measure {
    pub(crate) fn check(self) -> Result<Self> {
        match self {
            Self::Hill(q) | Self::Renyi(q) if !(q.is_finite() && q >= 0.0) => {
                Err(Error::misuse(format!("the order is {q}, expected a finite number that is not negative")))
            }
            _ => Ok(self),
        }
    }

    /// The largest value with `n` categories.
    #[must_use]
    pub fn maximum(self, n: usize) -> f64 {
        // From n equal shares, summed as the shares of a pixel are: a pixel with equal shares reaches it exactly.
        let equal = vec![1.0 / n as f64; n];
        match self {
            Self::Shannon => super::pairwise_sum(&equal.iter().map(|&p| entropy_term(p)).collect::<Vec<_>>()),
            Self::Simpson => 1.0 - 1.0 / n as f64,
            Self::Hill(_) | Self::Richness => n as f64,
            Self::Renyi(_) => libm::log(n as f64),
            Self::Evenness => 1.0,
        }
    }

    /// The sum that the measure is made of.
    pub(crate) fn term(self) -> Term {
        match self {
            Self::Shannon => Term::Entropy,
            Self::Evenness => Term::EntropyAndCount,
            Self::Simpson => Term::Square,
            Self::Richness => Term::Count,
            Self::Hill(q) | Self::Renyi(q) if q == 0.0 => Term::Count,
            Self::Hill(q) | Self::Renyi(q) if q == 1.0 => Term::Entropy,
            Self::Hill(q) | Self::Renyi(q) if q == 2.0 => Term::Square,
            Self::Hill(q) | Self::Renyi(q) => Term::Power(q),
        }
    }

    /// The measure from Σ of its [`term`](Self::term) over weights b, the number of b above 0 (where the term says
    /// so), and the sum of the weights: p = b / total.
    pub(crate) fn value(self, sum: f64, count: f64, total: f64) -> f64 {
        if total.is_nan() || total <= 0.0 {
            return f64::NAN;
        }
        let entropy = || if total == 1.0 { 0.0 - sum } else { libm::log(total) - sum / total };
        let hill = |q: f64| match q {
            0.0 => sum,
            1.0 => libm::exp(entropy()),
            q => libm::pow(sum / libm::pow(total, q), 1.0 / (1.0 - q)),
        };
        match self {
            Self::Shannon => entropy(),
            Self::Evenness if count <= 1.0 => 0.0,
            Self::Evenness => entropy() / libm::log(count),
            Self::Simpson => 1.0 - sum / (total * total),
            Self::Richness => sum,
            Self::Hill(q) => hill(q),
            Self::Renyi(q) => libm::log(hill(q)),
        }
    }
}

/// What is summed over the categories.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Term {
    /// b ln b.
    Entropy,
    /// b ln b, and 1 where b > 0.
    EntropyAndCount,
    /// b².
    Square,
    /// 1 where b > 0.
    Count,
    /// b^q.
    Power(f64),
}

impl Term {
    /// The term of one weight.
    pub(crate) fn of(self, b: f64) -> f64 {
        match self {
            Self::Entropy | Self::EntropyAndCount => -entropy_term(b),
            Self::Square => b * b,
            Self::Count => f64::from(u8::from(b > 0.0)),
            Self::Power(q) if b > 0.0 => libm::pow(b, q),
            Self::Power(_) => 0.0,
        }
    }
}

/// -p ln p; 0 for 0, -∞ for a negative share (as scipy's `entr`).
pub(crate) fn entropy_term(p: f64) -> f64 {
    if p > 0.0 {
        -p * libm::log(p)
    } else if p == 0.0 {
        0.0
    } else if p < 0.0 {
        f64::NEG_INFINITY
    } else {
        f64::NAN
    }
}
