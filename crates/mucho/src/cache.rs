//! Decoded blocks of a source, kept while neighbouring windows need them.

use ndarray::{ArrayViewMut3, Axis, Slice};
use raster_core::{
    AnyArray, AnyViewMut, BlockGrid, BlockIndex, Error, ErrorKind, RasterInfo, RasterSource, Result, Sample,
    Window, with_array,
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// A block that is decoded once; threads that need it at the same time wait for the first of them.
type Slot = Arc<OnceLock<Result<AnyArray, Failure>>>;

/// An [`Error`] cannot be cloned; every waiting thread gets one of its own that says the same.
#[derive(Clone)]
struct Failure {
    kind: ErrorKind,
    message: String,
}

struct Entry {
    slot: Slot,
    bytes: usize,
    last_use: u64,
}

#[derive(Default)]
struct State {
    entries: HashMap<BlockIndex, Entry>,
    bytes: usize,
    clock: u64,
}

/// A source that decodes each of its blocks once while the block stays within a budget of bytes; the block
/// that was used longest ago goes first. All bands of a block are read together.
///
/// Memory: at most the budget, plus one block per reading thread.
pub struct CachedSource {
    source: Arc<dyn RasterSource>,
    bands: Vec<usize>,
    blocks: BlockGrid,
    budget: usize,
    state: Mutex<State>,
    decoded: AtomicU64,
}

impl CachedSource {
    /// Cache `bands` (numbered from 1) of `source` within `budget` bytes.
    ///
    /// # Errors
    /// `Misuse` when a band does not exist or the source's blocks have no pixels.
    pub fn new(source: Arc<dyn RasterSource>, bands: &[usize], budget: usize) -> Result<Self> {
        let info = source.info();
        info.check_read(bands, &Window::new(0, 0, 0, 0), (bands.len(), 0, 0))?;
        let blocks = BlockGrid::new((info.width, info.height), info.block)?;
        let bands = bands.to_vec();
        Ok(Self { bands, blocks, budget, state: Mutex::default(), decoded: AtomicU64::new(0), source })
    }

    /// How many blocks were decoded so far.
    #[must_use]
    pub fn blocks_decoded(&self) -> u64 {
        self.decoded.load(Ordering::Relaxed)
    }

    /// How many blocks the source has.
    #[must_use]
    pub fn block_count(&self) -> usize {
        self.blocks.len()
    }

    fn slot(&self, index: BlockIndex) -> Slot {
        let window = self.blocks.window(index);
        let bytes = window.area() * self.bands.len() * self.source.info().data_type.size();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.clock += 1;
        let now = state.clock;
        if let Some(entry) = state.entries.get_mut(&index) {
            entry.last_use = now;
            return Arc::clone(&entry.slot);
        }
        while state.bytes + bytes > self.budget {
            let Some(oldest) = state.entries.iter().min_by_key(|(_, e)| e.last_use).map(|(i, _)| *i) else {
                break;
            };
            if let Some(gone) = state.entries.remove(&oldest) {
                state.bytes -= gone.bytes;
            }
        }
        let slot = Slot::default();
        if state.bytes + bytes <= self.budget {
            state.bytes += bytes;
            state.entries.insert(index, Entry { slot: Arc::clone(&slot), bytes, last_use: now });
        }
        slot
    }

    /// Copy the part of a block that lies in `window` to its place in `out`.
    fn copy_block(
        &self,
        index: BlockIndex,
        window: &Window,
        order: &[usize],
        out: &mut AnyViewMut<'_>,
    ) -> Result<()> {
        let block_window = self.blocks.window(index);
        let Some(part) = block_window.intersection(window) else { return Ok(()) };
        let slot = self.slot(index);
        let decoded = slot.get_or_init(|| {
            self.decoded.fetch_add(1, Ordering::Relaxed);
            self.source
                .read_window(&self.bands, &block_window)
                .map_err(|e| Failure { kind: e.kind(), message: e.to_string() })
        });
        let block = match decoded {
            Ok(block) => block.view(),
            Err(failure) => return Err(Error::new(failure.kind, failure.message.clone())),
        };
        let from = block.window(&part.relative_to(&block_window));
        let mut to = out.window_mut(&part.relative_to(window));
        for (i, &position) in order.iter().enumerate() {
            to.band_mut(i).assign(&from.band(position))?;
        }
        Ok(())
    }
}

impl RasterSource for CachedSource {
    fn info(&self) -> &RasterInfo {
        self.source.info()
    }

    fn read_into(&self, bands: &[usize], window: &Window, mut out: AnyViewMut<'_>) -> Result<()> {
        self.info().check_read(bands, window, out.shape())?;
        let order: Option<Vec<_>> = bands.iter().map(|b| self.bands.iter().position(|c| c == b)).collect();
        let Some(order) = order else {
            // A band that this cache was not made for.
            return self.source.read_into(bands, window, out);
        };
        self.blocks.touching(window).try_for_each(|index| self.copy_block(index, window, &order, &mut out))
    }

    fn read_mask_into(&self, bands: &[usize], window: &Window, out: ArrayViewMut3<'_, u8>) -> Result<()> {
        self.source.read_mask_into(bands, window, out)
    }

    fn overview(&self, index: usize) -> Option<&dyn RasterSource> {
        self.source.overview(index)
    }
}

/// The bands of several arrays of one height and width, stacked in order (rio-mucho's `array_stack`). Types may
/// differ: the result has the type of the first array.
///
/// # Errors
/// `Misuse` when there is no array, or when heights or widths differ.
pub fn stack(arrays: &[AnyArray]) -> Result<AnyArray> {
    let Some(first) = arrays.first() else { return Err(Error::misuse("no arrays to stack")) };
    let (_, rows, cols) = first.shape();
    if arrays.iter().any(|a| (a.shape().1, a.shape().2) != (rows, cols)) {
        return Err(Error::misuse("all input arrays must have the same height and width for this mode"));
    }
    let bands = arrays.iter().map(|a| a.shape().0).sum();
    let mut out = AnyArray::zeros(first.data_type(), (bands, rows, cols));
    let mut at = 0;
    for array in arrays {
        let count = array.shape().0;
        let mut view = out.view_mut();
        let range = Slice::from(at..at + count);
        let mut part =
            with_array!(AnyViewMut, &mut view, a => Sample::erase_view_mut(a.slice_axis_mut(Axis(0), range)));
        part.assign(&array.view())?;
        at += count;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;
    use raster_core::MemoryRaster;

    fn source() -> Arc<dyn RasterSource> {
        let pixels = Array3::from_shape_fn((2, 50, 70), |(b, r, c)| (b * 10_000 + r * 100 + c) as u16);
        Arc::new(MemoryRaster::new(pixels).update_info(|i| i.block = (16, 16)).unwrap())
    }

    #[test]
    fn same_pixels_and_each_block_once() {
        let cached = CachedSource::new(source(), &[1, 2], usize::MAX).unwrap();
        let window = Window::new(10, 10, 40, 30);
        for bands in [&[1, 2][..], &[2], &[2, 1]] {
            assert_eq!(
                cached.read_window(bands, &window).unwrap(),
                source().read_window(bands, &window).unwrap()
            );
        }
        assert_eq!(cached.blocks_decoded(), 4 * 3);
    }

    #[test]
    fn a_small_budget_decodes_again_but_stays_right() {
        let cached = CachedSource::new(source(), &[1], 600).unwrap();
        let whole = Window::whole(70, 50);
        for _ in 0..2 {
            assert_eq!(
                cached.read_window(&[1], &whole).unwrap(),
                source().read_window(&[1], &whole).unwrap()
            );
        }
        assert_eq!(cached.blocks_decoded(), 2 * 20);
    }

    #[test]
    fn stacking() {
        let a = AnyArray::from(Array3::from_elem((2, 3, 4), 1u8));
        let b = AnyArray::from(Array3::from_elem((1, 3, 4), 2u8));
        assert_eq!(stack(&[a.clone(), b]).unwrap().shape(), (3, 3, 4));
        let odd = AnyArray::from(Array3::from_elem((1, 1, 1), 2u8));
        assert!(stack(&[a, odd]).is_err());
    }
}
