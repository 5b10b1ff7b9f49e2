//! Decoded blocks within a budget of bytes, which several sources may share.
//!
//! A block is claimed, filled, published. Who finds it claimed waits for the claim to end ([`parallel::Claim`]). Who fills runs
//! alone, so that a filling thread never takes up other work that might want the same block; and it waits only for
//! blocks of sources that are older than its own, such as those that its source reads. So every claim ends. What the rule does not
//! let wait makes the block as well. An error goes to those who wait now, and is not kept; a panic gives the claim
//! back, and one of those who wait takes it.

use ndarray::Array3;
use parallel::Claim;
use raster_core::{AnyArray, BlockIndex, Error, Result};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
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
}

/// The number of the next source, of all stores: a source is made before those that read it. 0 is below all.
static SOURCES: AtomicU64 = AtomicU64::new(1);

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
    Claimed(Arc<Filling>),
    Kept { block: Arc<Block>, bytes: usize, age: u64 },
}

/// Somebody fills a block.
struct Filling {
    claim: Claim,
    /// Set before the claim ends.
    outcome: OnceLock<Outcome>,
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

/// A place among the blocks that are asked for, and who fills it.
type Others = (usize, Arc<Filling>);

impl BlockCache {
    /// An empty store for this many bytes of decoded pixels and masks.
    #[must_use]
    pub fn new(budget: usize) -> Self {
        Self(Arc::new(Store { budget, state: Mutex::default() }))
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
        SOURCES.fetch_add(1, Ordering::Relaxed)
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

    /// Blocks of one source, in the order of the keys; `fill` makes some of them, on this thread alone: by one call those that are not
    /// there and that nobody else makes already.
    pub(crate) fn get(
        &self,
        keys: &[Key],
        fill: impl Fn(&[BlockIndex]) -> Result<Vec<Block>>,
    ) -> Result<Vec<Arc<Block>>> {
        let mut blocks: Vec<Option<Arc<Block>>> = vec![None; keys.len()];
        loop {
            let (ours, others) = self.find(keys, &mut blocks);
            if let Some((_, first)) = ours.first() {
                let wanted: Vec<BlockIndex> = ours.iter().map(|(i, _)| keys[*i].1).collect();
                match first.filling.claim.keep(|| fill(&wanted)) {
                    Ok(made) => {
                        for ((i, ours), block) in ours.into_iter().zip(made) {
                            blocks[i] = Some(ours.publish(block));
                        }
                    }
                    Err(error) => {
                        // Whose block failed is known of one alone.
                        let alone = ours.len() == 1;
                        for (_, ours) in ours {
                            ours.end(if alone { Outcome::Failed(error.clone()) } else { Outcome::Released });
                        }
                        return Err(error);
                    }
                }
            }
            // No claim of this call is open when it waits for others.
            let mut left = Vec::new();
            for (i, others) in others {
                if !others.claim.wait() {
                    left.push(i);
                    continue;
                }
                match others.outcome.get() {
                    Some(Outcome::Filled(block)) => blocks[i] = Some(Arc::clone(block)),
                    Some(Outcome::Failed(error)) => return Err(error.clone()),
                    Some(Outcome::Released) | None => {}
                }
            }
            if !left.is_empty() {
                let wanted: Vec<BlockIndex> = left.iter().map(|i| keys[*i].1).collect();
                let made = parallel::alone(|| fill(&wanted))?;
                left.into_iter().zip(made).for_each(|(i, block)| blocks[i] = Some(Arc::new(block)));
            }
            if blocks.iter().all(Option::is_some) {
                return Ok(blocks.into_iter().flatten().collect());
            }
        }
    }

    /// Those of the blocks that are still to be had and are kept, put into their places; claims of those that are nobody's,
    /// and those that others fill.
    fn find(&self, keys: &[Key], blocks: &mut [Option<Arc<Block>>]) -> (Vec<(usize, Ours<'_>)>, Vec<Others>) {
        let (mut ours, mut others) = (Vec::new(), Vec::new());
        let mut state = self.state();
        for (i, key) in keys.iter().enumerate().filter(|(i, _)| blocks[*i].is_none()).collect::<Vec<_>>() {
            if let Some(block) = state.touch(key) {
                blocks[i] = Some(block);
            } else if let Some(Slot::Claimed(filling)) = state.slots.get(key) {
                others.push((i, Arc::clone(filling)));
            } else {
                let filling = Arc::new(Filling { claim: Claim::new(key.0), outcome: OnceLock::new() });
                state.slots.insert(*key, Slot::Claimed(Arc::clone(&filling)));
                ours.push((i, Ours { store: &self.0, key: *key, filling }));
            }
        }
        (ours, others)
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

/// A claim of this thread. It ends in any case.
struct Ours<'a> {
    store: &'a Store,
    key: Key,
    filling: Arc<Filling>,
}

impl Ours<'_> {
    fn publish(self, block: Block) -> Arc<Block> {
        let block = Arc::new(block);
        let gone = self.store.state().keep(self.key, &block, self.store.budget);
        self.finish(Outcome::Filled(Arc::clone(&block)));
        // What made room is freed without the lock.
        drop(gone);
        block
    }
    fn end(self, outcome: Outcome) {
        self.store.state().unclaim(&self.key);
        self.finish(outcome);
    }
    fn finish(&self, outcome: Outcome) {
        // One that is set stays.
        let _ = self.filling.outcome.set(outcome);
        self.filling.claim.end();
    }
}

impl Drop for Ours<'_> {
    fn drop(&mut self) {
        if self.filling.outcome.get().is_none() {
            // Filling panicked.
            self.store.state().unclaim(&self.key);
            self.finish(Outcome::Released);
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
    fn one(cache: &BlockCache, key: Key, fill: impl Fn() -> Result<Block>) -> Result<Arc<Block>> {
        cache.get(&[key], |_| Ok(vec![fill()?])).map(|mut blocks| blocks.remove(0))
    }
    fn first(block: &Block) -> f64 {
        block.pixels.view().value(0, 0, 0).to_f64()
    }

    #[test]
    fn the_oldest_goes_first() {
        let cache = BlockCache::new(350);
        for col in 0..3 {
            one(&cache, key(col), || Ok(block(col as u8))).unwrap();
        }
        assert_eq!(cache.bytes(), 300);
        // Used again: now the second is the oldest.
        assert!(cache.kept(std::iter::once(key(0)))[0].is_some());
        one(&cache, key(3), || Ok(block(3))).unwrap();
        let kept = cache.kept((0..4).map(key));
        assert_eq!(kept.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true, true]);
        // Larger than everything: given, not kept, and nothing goes for it.
        let large = || Ok(Block { pixels: AnyArray::zeros(DataType::U8, (4, 10, 10)), mask: None });
        one(&cache, key(9), large).unwrap();
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
                    let got = one(&cache, key(0), || {
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
                    let error = one(&cache, key(0), fail).err().unwrap();
                    assert_eq!(error.location().offset, Some(77), "{error}");
                });
            }
        });
        assert_eq!(first(&one(&cache, key(0), || Ok(block(1))).unwrap()), 1.0);
    }

    #[test]
    fn a_panic_gives_the_claim_back() {
        let (cache, begun) = (BlockCache::new(1000), Barrier::new(2));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let result = catch_unwind(AssertUnwindSafe(|| {
                    one(&cache, key(0), || {
                        begun.wait();
                        std::thread::sleep(Duration::from_millis(100));
                        panic!("in the middle of it")
                    })
                }));
                assert!(result.is_err());
            });
            scope.spawn(|| {
                begun.wait();
                assert_eq!(first(&one(&cache, key(0), || Ok(block(5))).unwrap()), 5.0);
            });
        });
    }
}
