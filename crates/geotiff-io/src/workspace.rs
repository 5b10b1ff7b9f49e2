//! Buffers and codecs that threads work with. They belong to the process: thousands of open datasets share as many as
//! there are threads. They hold no data of anyone, only memory that is warm.

use crate::codec::Scratch;
use std::{
    ops::{Deref, DerefMut},
    sync::{Mutex, OnceLock, PoisonError},
};

/// What a thread needs to decode or encode blocks.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    pub(crate) scratch: Scratch,
    /// The block in memory.
    pub(crate) pixels: Vec<u8>,
    /// The block as it is stored.
    pub(crate) encoded: Vec<u8>,
}

/// Buffers at rest: fresh memory costs more in page faults than decoding into it.
static RESTING: Mutex<Vec<Buffers>> = Mutex::new(Vec::new());

/// A larger buffer is given back to the system: one image with huge strips must not hold memory for ever.
const KEPT_BYTES: usize = 8 << 20;

/// Buffers on loan; they go back when this is dropped.
#[derive(Debug)]
pub(crate) struct Workspace(Buffers);

impl Workspace {
    pub(crate) fn take() -> Self {
        Self(resting().pop().unwrap_or_default())
    }
}

fn resting() -> std::sync::MutexGuard<'static, Vec<Buffers>> {
    RESTING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As many as can be at work at once; more would never be warm.
fn most_resting() -> usize {
    static MOST: OnceLock<usize> = OnceLock::new();
    *MOST.get_or_init(|| std::thread::available_parallelism().map_or(8, |n| n.get().max(8)))
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // A codec that panicked may be half-way through a block.
        if std::thread::panicking() {
            return;
        }
        let mut buffers = std::mem::take(&mut self.0);
        buffers.give_back(KEPT_BYTES);
        let mut resting = resting();
        if resting.len() < most_resting() {
            resting.push(buffers);
        }
    }
}

impl Buffers {
    /// Let go of buffers of more than `most` bytes.
    fn give_back(&mut self, most: usize) {
        self.scratch.give_back(most, self.pixels.capacity());
        for buffer in [&mut self.pixels, &mut self.encoded] {
            if buffer.capacity() > most {
                *buffer = Vec::new();
            }
        }
    }
}

impl Deref for Workspace {
    type Target = Buffers;
    fn deref(&self) -> &Buffers {
        &self.0
    }
}

impl DerefMut for Workspace {
    fn deref_mut(&mut self) -> &mut Buffers {
        &mut self.0
    }
}
