//! Buffers and codecs that threads work with. They belong to the process: thousands of open datasets share as many as
//! there are threads. They hold no data of anyone, only memory that is warm.

use crate::codec::Scratch;
use std::{
    ops::{Deref, DerefMut},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
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
static RESTING: Resting<Buffers> = Resting::new(RESTING_BYTES);

/// Buffers of more bytes than that together do not rest, however many threads there are.
const RESTING_BYTES: usize = 192 << 20;

/// A larger buffer is given back to the system: one image with huge strips must not hold memory for ever. Tiles of many bands
/// whose size is ours to choose are no larger, but for those of thousands of bands.
pub(crate) const KEPT_BYTES: usize = 8 << 20;

/// Things at rest that may be taken up again, within a number of bytes.
#[derive(Debug)]
pub(crate) struct Resting<T> {
    most: usize,
    /// With the bytes of each.
    state: Mutex<(Vec<(T, usize)>, usize)>,
}

impl<T> Resting<T> {
    pub(crate) const fn new(most: usize) -> Self {
        Self { most, state: Mutex::new((Vec::new(), 0)) }
    }
    fn state(&self) -> MutexGuard<'_, (Vec<(T, usize)>, usize)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The one that was put last: the warmest.
    pub(crate) fn take(&self) -> Option<T> {
        let (items, bytes) = &mut *self.state();
        let (item, own) = items.pop()?;
        *bytes -= own;
        Some(item)
    }
    /// Let it rest, unless there are as many as can be at work at once, or too many bytes: then it comes back.
    pub(crate) fn put(&self, item: T, own: usize) -> Option<T> {
        let (items, bytes) = &mut *self.state();
        if items.len() >= most_resting() || *bytes + own > self.most {
            return Some(item);
        }
        *bytes += own;
        items.push((item, own));
        None
    }
}

/// Buffers on loan; they go back when this is dropped.
#[derive(Debug)]
pub(crate) struct Workspace(Buffers);

impl Workspace {
    pub(crate) fn take() -> Self {
        Self(RESTING.take().unwrap_or_default())
    }
}

/// As many as can be at work at once; more would never be warm.
fn most_resting() -> usize {
    static MOST: OnceLock<usize> = OnceLock::new();
    *MOST.get_or_init(|| std::thread::available_parallelism().map_or(16, |n| n.get().max(16)))
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // A codec that panicked may be half-way through a block.
        if std::thread::panicking() {
            return;
        }
        let mut buffers = std::mem::take(&mut self.0);
        buffers.give_back(KEPT_BYTES);
        let bytes = buffers.bytes();
        drop(RESTING.put(buffers, bytes));
    }
}

impl Buffers {
    /// The memory that is held.
    fn bytes(&self) -> usize {
        self.scratch.bytes() + self.pixels.capacity() + self.encoded.capacity()
    }
    /// Let go of buffers of more than `most` bytes.
    fn give_back(&mut self, most: usize) {
        self.scratch.give_back(most);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rests_stays_within_its_bytes() {
        let resting = Resting::new(100);
        assert_eq!(resting.take(), None);
        assert_eq!(resting.put('a', 60), None);
        assert_eq!(resting.put('b', 50), Some('b'));
        assert_eq!(resting.put('c', 40), None);
        assert_eq!((resting.take(), resting.put('b', 50)), (Some('c'), Some('b')));
        assert_eq!((resting.take(), resting.put('b', 100)), (Some('a'), None));
        let resting = Resting::new(100);
        assert_eq!((0..1000).filter(|i| resting.put(*i, 0).is_none()).count(), most_resting());
    }
}
