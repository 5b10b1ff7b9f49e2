//! Which vector instructions are used, and the two element types that the filters compute with.

use fearless_simd::{Level, SimdFloatElement, prelude::*};
use raster_core::Sample;

/// The vector instructions that a [`Scratch`](crate::Scratch) makes its kernels use.
///
/// The choice changes the speed only: every kernel gives the same bits at every level (see the crate page).
#[derive(Clone, Copy, Debug)]
pub struct SimdLevel(Level);

impl SimdLevel {
    /// The best that this processor has (detected once per process).
    #[must_use]
    pub fn detect() -> Self {
        Self(Level::new())
    }

    /// What every processor of this architecture has: SSE2 on x86-64, NEON on aarch64.
    #[must_use]
    pub fn baseline() -> Self {
        Self(Level::baseline())
    }

    /// Every level that this processor can run, the baseline first. For tests and benchmarks.
    #[must_use]
    pub fn available() -> Vec<Self> {
        #[cfg(target_arch = "x86_64")]
        let better = {
            let best = Level::new();
            [
                best.as_sse4_2().map(|t| t.level()),
                best.as_avx2().map(|t| t.level()),
                best.as_avx512().map(|t| t.level()),
            ]
        };
        #[cfg(not(target_arch = "x86_64"))]
        let better: [Option<Level>; 0] = [];
        std::iter::once(Self::baseline()).chain(better.into_iter().flatten().map(Self)).collect()
    }

    /// A short name, such as `Avx2`.
    #[must_use]
    pub fn name(&self) -> String {
        let name = format!("{:?}", self.0);
        name.split('(').next().unwrap_or_default().to_owned()
    }

    pub(crate) fn level(self) -> Level {
        self.0
    }
}

/// Has this level 32 vector registers? A filter across eight rows needs 25, across four 13.
pub(crate) const fn many_registers<S: Simd, T: Real>() -> bool {
    cfg!(target_arch = "aarch64") || <T::Native<S> as SimdBase<S>>::LEN * size_of::<T>() >= 64
}

/// An element type of the separable filters, with the one arithmetic step that has to round alike everywhere.
pub(crate) trait Real: Sample + SimdFloatElement {
    /// `weight * value + sum`, rounded the same way at every level.
    fn accumulate<S: Simd>(
        weight: Self::Native<S>,
        value: Self::Native<S>,
        sum: Self::Native<S>,
    ) -> Self::Native<S>;
    /// The same for one number.
    fn accumulate_one(weight: Self, value: Self, sum: Self) -> Self;
    /// The weights of this type.
    fn pick<'a>(single: &'a [f32], double: &'a [f64]) -> &'a [Self];
}

impl Real for f32 {
    /// Fused: one rounding. Levels without such an instruction (SSE2, SSE4.2) compute the same bits through f64.
    #[inline(always)]
    fn accumulate<S: Simd>(
        weight: Self::Native<S>,
        value: Self::Native<S>,
        sum: Self::Native<S>,
    ) -> Self::Native<S> {
        weight.mul_add_precise(value, sum)
    }
    fn accumulate_one(weight: Self, value: Self, sum: Self) -> Self {
        weight.mul_add(value, sum)
    }
    fn pick<'a>(single: &'a [f32], _: &'a [f64]) -> &'a [Self] {
        single
    }
}

impl Real for f64 {
    /// Two roundings: a fused step would have to be emulated in software where there is no instruction for it.
    #[inline(always)]
    fn accumulate<S: Simd>(
        weight: Self::Native<S>,
        value: Self::Native<S>,
        sum: Self::Native<S>,
    ) -> Self::Native<S> {
        weight * value + sum
    }
    fn accumulate_one(weight: Self, value: Self, sum: Self) -> Self {
        weight * value + sum
    }
    fn pick<'a>(_: &'a [f32], double: &'a [f64]) -> &'a [Self] {
        double
    }
}
