//! Buffers that a worker keeps between windows.

use crate::{SimdLevel, gaussian::SeparableScratch};

/// Buffers that kernels reuse, one per thread. They grow to what the largest window needs and stay.
///
/// Memory: proportional to the window with its halo; each kernel says how many planes of which type it uses.
pub struct Scratch {
    pub(crate) level: SimdLevel,
    pub(crate) f32: Buffers<f32>,
    pub(crate) f64: Buffers<f64>,
    pub(crate) classes: crate::diversity::ClassScratch,
}

/// Planes of one element type.
#[derive(Default)]
pub(crate) struct Buffers<T> {
    pub(crate) source: Vec<T>,
    pub(crate) weight: Vec<T>,
    pub(crate) result: Vec<T>,
    pub(crate) total: Vec<T>,
    pub(crate) separable: SeparableScratch<T>,
}

impl Scratch {
    /// Empty, for the best instructions that this processor has.
    #[must_use]
    pub fn new() -> Self {
        Self::with_level(SimdLevel::detect())
    }

    /// Empty, for the instructions of this level. The results are the same.
    #[must_use]
    pub fn with_level(level: SimdLevel) -> Self {
        Self { level, f32: Buffers::default(), f64: Buffers::default(), classes: Default::default() }
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

/// A type that has buffers in a [`Scratch`].
pub(crate) trait Buffered: Sized {
    fn buffers(scratch: &mut Scratch) -> &mut Buffers<Self>;
}

impl Buffered for f32 {
    fn buffers(scratch: &mut Scratch) -> &mut Buffers<Self> {
        &mut scratch.f32
    }
}

impl Buffered for f64 {
    fn buffers(scratch: &mut Scratch) -> &mut Buffers<Self> {
        &mut scratch.f64
    }
}
