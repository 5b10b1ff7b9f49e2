//! Plain loops, compiled for each SIMD level and chosen at run time.

use fearless_simd::{Level, Simd};
use std::sync::OnceLock;

/// What this machine has.
pub(crate) fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(Level::new)
}

/// Run `f` compiled for the level of `simd`. To be called inside `fearless_simd::dispatch!`.
#[inline(always)]
pub(crate) fn run<S: Simd, R>(simd: S, f: impl FnOnce() -> R) -> R {
    simd.vectorize(f)
}

/// A whole number in [0, 2³²) as an index. Adding 2⁵² moves it into the low bits of the mantissa, which
/// vectorises on every level; `as u32` saturates, and does not.
#[inline(always)]
pub(crate) fn index(whole: f64) -> u32 {
    (whole + 4_503_599_627_370_496.0).to_bits() as u32
}
