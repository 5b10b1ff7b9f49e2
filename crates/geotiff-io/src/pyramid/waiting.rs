//! Blocks that wait for others: in memory within a budget, beyond it in a scratch file.
//!
//! However windows are ordered, the border between what is done and what is not grows with the raster, and every block
//! along it waits. The one that was used longest ago goes to the file, and comes back when it is wanted: along a
//! Z-curve that happens to a tenth of all blocks at most, whatever the size of the raster.

use super::tile::{Coverage, Tile};
use crate::temporary::{HAS_FILES, TemporaryFile};
use raster_core::{BlockIndex, Error, Result, Sample, with_array};
use std::{
    collections::{BTreeMap, HashMap},
    io::{Read, Seek, SeekFrom, Write},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A block of which some pixels have come.
#[derive(Clone, Debug)]
pub(super) struct Partial {
    pub(super) tile: Tile,
    pub(super) pixels: Coverage,
    pub(super) mask: Option<Coverage>,
}

/// A block by level and place.
pub(super) type Key = (usize, BlockIndex);

/// See the module.
#[derive(Debug)]
pub(super) struct Waiting {
    budget: usize,
    directory: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// By key; a whole block has a place beside the parts of the same one.
    items: HashMap<(Key, bool), Entry>,
    /// Those in memory, by the time of their last use.
    by_age: BTreeMap<u64, (Key, bool)>,
    clock: u64,
    bytes: usize,
    file: Option<TemporaryFile>,
    file_len: u64,
    /// Places in the file that are free again, by length.
    free: HashMap<usize, Vec<u64>>,
    buffer: Vec<u8>,
}

#[derive(Debug)]
enum Entry {
    Memory { item: Item, bytes: usize, age: u64 },
    File { at: u64, bytes: usize },
}

#[derive(Clone, Debug)]
enum Item {
    Parts(Arc<Mutex<Partial>>),
    Whole(Arc<Tile>),
}

impl Waiting {
    /// `budget` bytes in memory, beside the blocks that are being worked on; the rest in a file in `directory`.
    pub(super) fn new(budget: usize, directory: PathBuf) -> Self {
        let budget = if HAS_FILES { budget } else { usize::MAX };
        Self { budget, directory, state: Mutex::default() }
    }
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The parts of a block that have come; `new` makes a block of the same shape without any.
    pub(super) fn parts(&self, key: Key, new: impl FnOnce() -> Partial) -> Result<Arc<Mutex<Partial>>> {
        let mut state = self.state();
        if let Some(Item::Parts(parts)) = state.touch((key, false)) {
            return Ok(parts);
        }
        let mut partial = new();
        state.load((key, false), |bytes| partial.load(bytes))?;
        let bytes = partial.bytes();
        let parts = Arc::new(Mutex::new(partial));
        state.insert((key, false), Item::Parts(Arc::clone(&parts)), bytes);
        self.keep_within(&mut state)?;
        Ok(parts)
    }
    /// Has some part of this block come, and not yet been removed?
    pub(super) fn has_parts(&self, key: Key) -> bool {
        self.state().items.contains_key(&(key, false))
    }
    /// The blocks of a level of which parts have come.
    pub(super) fn begun(&self, level: usize) -> Vec<BlockIndex> {
        let mut begun: Vec<_> =
            self.state().items.keys().filter(|k| !k.1 && k.0.0 == level).map(|k| k.0.1).collect();
        begun.sort_unstable();
        begun
    }
    pub(super) fn remove_parts(&self, key: Key) {
        self.state().remove((key, false));
    }

    /// Keep a complete block.
    pub(super) fn keep(&self, key: Key, tile: Arc<Tile>) -> Result<()> {
        let mut state = self.state();
        let bytes = tile.bytes();
        state.insert((key, true), Item::Whole(tile), bytes);
        self.keep_within(&mut state)
    }
    /// A complete block that was kept; `new` makes one of the same shape.
    pub(super) fn whole(&self, key: Key, new: impl FnOnce() -> Tile) -> Result<Option<Arc<Tile>>> {
        let mut state = self.state();
        if let Some(Item::Whole(tile)) = state.touch((key, true)) {
            return Ok(Some(tile));
        }
        if !state.items.contains_key(&(key, true)) {
            return Ok(None);
        }
        let mut tile = new();
        state.load((key, true), |bytes| {
            tile.load(bytes);
        })?;
        let (bytes, tile) = (tile.bytes(), Arc::new(tile));
        state.insert((key, true), Item::Whole(Arc::clone(&tile)), bytes);
        self.keep_within(&mut state)?;
        Ok(Some(tile))
    }
    pub(super) fn remove_whole(&self, key: Key) {
        self.state().remove((key, true));
    }

    /// Move the blocks that were used longest ago to the file, but for those in use.
    fn keep_within(&self, state: &mut State) -> Result<()> {
        while state.bytes > self.budget {
            let idle = |key: &(Key, bool)| match state.items.get(key) {
                // Others get hold of a block only through this table, which is locked.
                Some(Entry::Memory { item: Item::Parts(parts), .. }) => Arc::strong_count(parts) == 1,
                Some(Entry::Memory { item: Item::Whole(tile), .. }) => Arc::strong_count(tile) == 1,
                _ => false,
            };
            let Some(&key) = state.by_age.values().find(|key| idle(key)) else { return Ok(()) };
            if state.file.is_none() {
                state.file = Some(TemporaryFile::scratch(&self.directory)?);
            }
            state.save(key)?;
        }
        Ok(())
    }
}

impl State {
    /// A block that is in memory, as used now.
    fn touch(&mut self, key: (Key, bool)) -> Option<Item> {
        let Some(Entry::Memory { item, age, .. }) = self.items.get_mut(&key) else { return None };
        self.by_age.remove(age);
        self.clock += 1;
        *age = self.clock;
        self.by_age.insert(*age, key);
        Some(item.clone())
    }
    fn insert(&mut self, key: (Key, bool), item: Item, bytes: usize) {
        self.clock += 1;
        let age = self.clock;
        self.by_age.insert(age, key);
        self.bytes += bytes;
        self.items.insert(key, Entry::Memory { item, bytes, age });
    }
    fn remove(&mut self, key: (Key, bool)) {
        match self.items.remove(&key) {
            Some(Entry::Memory { bytes, age, .. }) => {
                self.by_age.remove(&age);
                self.bytes -= bytes;
            }
            Some(Entry::File { at, bytes }) => self.free.entry(bytes).or_default().push(at),
            None => {}
        }
    }
    /// From memory to the file.
    fn save(&mut self, key: (Key, bool)) -> Result<()> {
        let Some(Entry::Memory { item, .. }) = self.items.get(&key) else { return Ok(()) };
        self.buffer.clear();
        match item {
            Item::Parts(parts) => {
                parts.lock().unwrap_or_else(PoisonError::into_inner).save(&mut self.buffer);
            }
            Item::Whole(tile) => tile.save(&mut self.buffer),
        }
        let bytes = self.buffer.len();
        let at = self.free.get_mut(&bytes).and_then(Vec::pop).unwrap_or(self.file_len);
        let file = self.file.as_mut().ok_or_else(|| Error::internal("no file for blocks that wait"))?.file();
        file.seek(SeekFrom::Start(at))
            .and_then(|_| file.write_all(&self.buffer))
            .map_err(|e| Error::io("cannot write to the temporary file", e))?;
        self.file_len = self.file_len.max(at + bytes as u64);
        self.remove(key);
        self.items.insert(key, Entry::File { at, bytes });
        Ok(())
    }
    /// Take a block out of the file, if it is there.
    fn load(&mut self, key: (Key, bool), into: impl FnOnce(&[u8])) -> Result<()> {
        let Some(&Entry::File { at, bytes }) = self.items.get(&key) else { return Ok(()) };
        let file = self.file.as_mut().ok_or_else(|| Error::internal("no file for blocks that wait"))?.file();
        self.buffer.resize(bytes, 0);
        file.seek(SeekFrom::Start(at))
            .and_then(|_| file.read_exact(&mut self.buffer))
            .map_err(|e| Error::io("cannot read the temporary file", e))?;
        into(&self.buffer);
        self.remove(key);
        Ok(())
    }
}

impl Tile {
    fn bytes(&self) -> usize {
        let (bands, rows, cols) = self.pixels.shape();
        let mask = if self.mask.is_some() { rows * cols } else { 0 };
        bands * rows * cols * self.pixels.data_type().size() + mask
    }
    fn save(&self, out: &mut Vec<u8>) {
        with_array!(AnyArray, &self.pixels, a => save_samples(a.iter().copied(), a.as_slice(), out));
        if let Some(mask) = &self.mask {
            save_samples(mask.iter().copied(), mask.as_slice(), out);
        }
    }
    /// Fill with what was saved of a tile of the same shape; returns what follows it.
    fn load<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (bands, rows, cols) = self.pixels.shape();
        let (pixels, rest) = bytes.split_at(bands * rows * cols * self.pixels.data_type().size());
        with_array!(AnyArray, &mut self.pixels, a => {
            // Made just now, in standard layout.
            Sample::copy_from_le(a.as_slice_mut().unwrap_or_default(), pixels);
        });
        let Some(mask) = self.mask.as_mut().and_then(|m| m.as_slice_mut()) else { return rest };
        let (bytes, rest) = rest.split_at(mask.len());
        mask.copy_from_slice(bytes);
        rest
    }
}

impl Partial {
    fn bytes(&self) -> usize {
        self.tile.bytes() + self.pixels.bytes() + self.mask.as_ref().map_or(0, Coverage::bytes)
    }
    fn save(&self, out: &mut Vec<u8>) {
        self.tile.save(out);
        self.pixels.save(out);
        if let Some(mask) = &self.mask {
            mask.save(out);
        }
    }
    fn load(&mut self, bytes: &[u8]) {
        let rest = self.tile.load(bytes);
        let rest = self.pixels.load(rest);
        if let Some(mask) = &mut self.mask {
            mask.load(rest);
        }
    }
}

fn save_samples<T: Sample>(samples: impl Iterator<Item = T>, slice: Option<&[T]>, out: &mut Vec<u8>) {
    let start = out.len();
    let collected;
    let slice = match slice {
        Some(slice) => slice,
        None => {
            collected = samples.collect::<Vec<_>>();
            &collected
        }
    };
    out.resize(start + size_of_val(slice), 0);
    T::copy_to_le(slice, &mut out[start..]);
}
