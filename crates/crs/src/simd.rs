//! Array loops at the SIMD level of the processor.

/// Runs a call whose function is `#[inline(always)]` with the instructions of AVX-512 or AVX2 where the level has them, else
/// with those that every processor of the target has (SSE2, NEON): two more copies of a loop, not one for every level.
macro_rules! wide {
    ($level:expr, $call:expr) => {{
        #[cfg(target_arch = "x86_64")]
        {
            use fearless_simd::Simd as _;
            let level: fearless_simd::Level = $level;
            if let Some(simd) = level.as_avx512() {
                simd.vectorize(
                    #[inline(always)]
                    || $call,
                )
            } else if let Some(simd) = level.as_avx2() {
                simd.vectorize(
                    #[inline(always)]
                    || $call,
                )
            } else {
                $call
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            let _ = $level;
            $call
        }
    }};
}

pub(crate) use wide;
