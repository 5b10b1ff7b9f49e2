//! Decoded blocks within a budget of bytes, which several sources may share.
//!
//! A block is claimed, filled, published. Who finds it claimed waits for the claim to end, holding nothing. Who fills runs
//! alone (`parallel::alone`), so that a filling thread never takes up other work that might want the same block; so every
//! claim ends. An error goes to those who wait now, and is not kept; a panic gives the claim back, and one of those who
//! wait takes it.

use ndarray::Array3;
use raster_core::{AnyArray, BlockIndex, Error, Result};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// A store of decoded blocks with a budget, for any number of [`CachedSource`](crate::CachedSource)s; clones are the same store.
///
/// The block that was used longest ago goes first, whichever source it is of. Memory: at most the budget, plus the blocks that
/// reading threads have in hand.
#[derive(Clone)]
pub struct BlockCache(Arc<Store>);

struct Store {
    budget: usize,
    state: Mutex<State>,
    sources: AtomicU64,
}

/// A block of a source: its pixels, and its validity where that does not follow from them.
pub(crate) struct Block {
    /// All cached bands.
    pub(crate) pixels: AnyArray,
    /// One plane for all bands where theirs are equal.
    pub(crate) mask: Option<Array3<u8>>,
}

/// The number of a source, and a block of it.
pub(crate) type Key = (u64, BlockIndex);

#[derive(Default)]
struct State {
    slots: HashMap<Key, Slot>,
    /// Those that are kept, by the time of their last use.
    by_age: BTreeMap<u64, Key>,
    clock: u64,
    bytes: usize,
}

enum Slot {
    Claimed(Arc<Claim>),
    Kept { block: Arc<Block>, bytes: usize, age: u64 },
}

/// Somebody fills a block.
#[derive(Default)]
struct Claim {
    /// `None` until it ends.
    outcome: Mutex<Option<Outcome>>,
    ended: Condvar,
}

#[derive(Clone)]
enum Outcome {
    Filled(Arc<Block>),
    Failed(Error),
    /// Nobody knows.
    Released,
}

impl Block {
    fn bytes(&self) -> usize {
        let (bands, rows, cols) = self.pixels.shape();
        bands * rows * cols * self.pixels.data_type().size() + self.mask.as_ref().map_or(0, Array3::len)
    }
}

impl fmt::Debug for BlockCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockCache").field("budget", &self.budget()).field("bytes", &self.bytes()).finish()
    }
}

impl BlockCache {
    /// An empty store for this many bytes of decoded pixels and masks.
    #[must_use]
    pub fn new(budget: usize) -> Self {
        Self(Arc::new(Store { budget, state: Mutex::default(), sources: AtomicU64::new(0) }))
    }
    /// The most bytes that are kept.
    #[must_use]
    pub fn budget(&self) -> usize {
        self.0.budget
    }
    /// The bytes that are kept now.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.state().bytes
    }

    /// A number for a source whose blocks are to be kept here.
    pub(crate) fn enter(&self) -> u64 {
        self.0.sources.fetch_add(1, Ordering::Relaxed)
    }
    /// Forget the blocks of a source.
    pub(crate) fn leave(&self, source: u64) {
        let mut state = self.state();
        let keys: Vec<Key> = state.by_age.values().filter(|key| key.0 == source).copied().collect();
        keys.iter().for_each(|key| state.remove(key));
    }

    /// Those of these blocks that are there.
    pub(crate) fn kept(&self, keys: impl Iterator<Item = Key>) -> Vec<Option<Arc<Block>>> {
        let mut state = self.state();
        keys.map(|key| state.touch(&key)).collect()
    }

    /// A block; `fill` makes it, on this thread alone, when it is not there and nobody else makes it already.
    pub(crate) fn get(&self, key: Key, fill: impl Fn() -> Result<Block>) -> Result<Arc<Block>> {
        loop {
            let claim = match self.find(key) {
                Found::Kept(block) => return Ok(block),
                Found::Claimed(claim) => claim,
                Found::Ours(ours) => {
                    return match parallel::alone(&fill) {
                        Ok(block) => Ok(ours.publish(block)),
                        Err(error) => {
                            ours.end(Outcome::Failed(error.clone()));
                            Err(error)
                        }
                    };
                }
            };
            match claim.wait() {
                Outcome::Filled(block) => return Ok(block),
                Outcome::Failed(error) => return Err(error),
                Outcome::Released => {}
            }
        }
    }

    fn find(&self, key: Key) -> Found<'_> {
        let mut state = self.state();
        if let Some(block) = state.touch(&key) {
            return Found::Kept(block);
        }
        if let Some(Slot::Claimed(claim)) = state.slots.get(&key) {
            return Found::Claimed(Arc::clone(claim));
        }
        let claim = Arc::new(Claim::default());
        state.slots.insert(key, Slot::Claimed(Arc::clone(&claim)));
        Found::Ours(Ours { store: &self.0, key, claim })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state()
    }
}

impl Store {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Found<'a> {
    Kept(Arc<Block>),
    Claimed(Arc<Claim>),
    Ours(Ours<'a>),
}

impl Claim {
    fn wait(&self) -> Outcome {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match &*outcome {
                Some(outcome) => return outcome.clone(),
                None => outcome = self.ended.wait(outcome).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
    fn end(&self, with: Outcome) {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        if outcome.is_none() {
            *outcome = Some(with);
            self.ended.notify_all();
        }
    }
}

/// A claim of this thread. It ends in any case.
struct Ours<'a> {
    store: &'a Store,
    key: Key,
    claim: Arc<Claim>,
}

impl Ours<'_> {
    fn publish(self, block: Block) -> Arc<Block> {
        let block = Arc::new(block);
        let gone = self.store.state().keep(self.key, &block, self.store.budget);
        self.claim.end(Outcome::Filled(Arc::clone(&block)));
        // What made room is freed without the lock.
        drop(gone);
        block
    }
    fn end(self, outcome: Outcome) {
        self.store.state().unclaim(&self.key);
        self.claim.end(outcome);
    }
}

impl Drop for Ours<'_> {
    fn drop(&mut self) {
        let mut outcome = self.claim.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        if outcome.is_none() {
            // Filling panicked.
            self.store.state().unclaim(&self.key);
            *outcome = Some(Outcome::Released);
            self.claim.ended.notify_all();
        }
    }
}

impl State {
    /// A block that is kept, as used now.
    fn touch(&mut self, key: &Key) -> Option<Arc<Block>> {
        let Some(Slot::Kept { block, age, .. }) = self.slots.get_mut(key) else { return None };
        self.by_age.remove(age);
        self.clock += 1;
        *age = self.clock;
        self.by_age.insert(*age, *key);
        Some(Arc::clone(block))
    }

    /// Keep a block in the place of its claim, if it fits; what goes for it.
    fn keep(&mut self, key: Key, block: &Arc<Block>, budget: usize) -> Vec<Arc<Block>> {
        let bytes = block.bytes();
        let mut gone = Vec::new();
        self.unclaim(&key);
        if bytes > budget {
            return gone;
        }
        while self.bytes + bytes > budget {
            let Some((_, oldest)) = self.by_age.pop_first() else { break };
            if let Some(Slot::Kept { block, bytes, .. }) = self.slots.remove(&oldest) {
                self.bytes -= bytes;
                gone.push(block);
            }
        }
        self.clock += 1;
        self.bytes += bytes;
        self.by_age.insert(self.clock, key);
        self.slots.insert(key, Slot::Kept { block: Arc::clone(block), bytes, age: self.clock });
        gone
    }

    fn unclaim(&mut self, key: &Key) {
        if let Some(Slot::Claimed(_)) = self.slots.get(key) {
            self.slots.remove(key);
        }
    }

    fn remove(&mut self, key: &Key) {
        if let Some(Slot::Kept { bytes, age, .. }) = self.slots.remove(key) {
            self.by_age.remove(&age);
            self.bytes -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use raster_core::DataType;
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::{Barrier, atomic::AtomicUsize},
        time::Duration,
    };

    fn block(value: u8) -> Block {
        Block { pixels: Array3::from_elem((1, 10, 10), value).into(), mask: None }
    }
    fn key(col: usize) -> Key {
        (0, BlockIndex { row: 0, col })
    }
    fn first(block: &Block) -> f64 {
        block.pixels.view().value(0, 0, 0).to_f64()
    }

    #[test]
    fn the_oldest_goes_first() {
        let cache = BlockCache::new(350);
        for col in 0..3 {
            cache.get(key(col), || Ok(block(col as u8))).unwrap();
        }
        assert_eq!(cache.bytes(), 300);
        // Used again: now the second is the oldest.
        assert!(cache.kept(std::iter::once(key(0)))[0].is_some());
        cache.get(key(3), || Ok(block(3))).unwrap();
        let kept = cache.kept((0..4).map(key));
        assert_eq!(kept.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true, true]);
        // Larger than everything: given, not kept, and nothing goes for it.
        let large = || Ok(Block { pixels: AnyArray::zeros(DataType::U8, (4, 10, 10)), mask: None });
        cache.get(key(9), large).unwrap();
        assert_eq!(cache.bytes(), 300);
        cache.leave(0);
        assert_eq!((cache.bytes(), cache.state().slots.len()), (0, 0));
    }

    #[test]
    fn one_fills_and_the_others_wait() {
        let (cache, fills) = (BlockCache::new(0), AtomicUsize::new(0));
        let barrier = Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    barrier.wait();
                    let got = cache.get(key(0), || {
                        fills.fetch_add(1, Ordering::Relaxed);
                        assert_eq!(parallel::share(), 1);
                        std::thread::sleep(Duration::from_millis(200));
                        Ok(block(7))
                    });
                    assert_eq!(first(&got.unwrap()), 7.0);
                });
            }
        });
        // Without a budget nothing is kept, and yet what is made is made for all who wait.
        assert_eq!(fills.into_inner(), 1);
        assert_eq!(cache.state().slots.len(), 0);
    }

    #[test]
    fn errors_are_told_to_those_who_wait_and_not_kept() {
        let (cache, barrier) = (BlockCache::new(1000), Barrier::new(4));
        let fail = || {
            std::thread::sleep(Duration::from_millis(100));
            Err(Error::io("away", std::io::ErrorKind::TimedOut.into()).at_offset(77))
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    barrier.wait();
                    let error = cache.get(key(0), fail).err().unwrap();
                    assert_eq!(error.location().offset, Some(77), "{error}");
                });
            }
        });
        assert_eq!(first(&cache.get(key(0), || Ok(block(1))).unwrap()), 1.0);
    }

    #[test]
    fn a_panic_gives_the_claim_back() {
        let (cache, begun) = (BlockCache::new(1000), Barrier::new(2));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let result = catch_unwind(AssertUnwindSafe(|| {
                    cache.get(key(0), || {
                        begun.wait();
                        std::thread::sleep(Duration::from_millis(100));
                        panic!("in the middle of it")
                    })
                }));
                assert!(result.is_err());
            });
            scope.spawn(|| {
                begun.wait();
                assert_eq!(first(&cache.get(key(0), || Ok(block(5))).unwrap()), 5.0);
            });
        });
    }
}
