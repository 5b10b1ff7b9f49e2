//! Decoded blocks of a source, kept while neighbouring windows need them.

use ndarray::{Array3, ArrayViewMut2, ArrayViewMut3, Axis, Slice};
use raster_core::{
    AnyArray, AnyViewMut, BlockGrid, BlockIndex, ColorInterp, DataType, Error, ErrorKind, MaskKind, Parts,
    RasterInfo, RasterSource, Result, Sample, Window, with_array,
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// A block that is made once; threads that need it at the same time wait for the first of them.
type Slot<T> = Arc<OnceLock<Result<T, Failure>>>;

/// An [`Error`] cannot be cloned; every waiting thread gets one of its own that says the same.
#[derive(Clone)]
struct Failure {
    kind: ErrorKind,
    message: String,
}

struct Entry<T> {
    slot: Slot<T>,
    bytes: usize,
    last_use: u64,
}

struct State<T> {
    entries: HashMap<BlockIndex, Entry<T>>,
    bytes: usize,
    clock: u64,
}

/// Blocks within a budget of bytes; the one that was used longest ago goes first.
struct Blocks<T> {
    budget: usize,
    state: Mutex<State<T>>,
}

impl<T> Blocks<T> {
    fn new(budget: usize) -> Self {
        Self { budget, state: Mutex::new(State { entries: HashMap::new(), bytes: 0, clock: 0 }) }
    }

    fn slot(&self, index: BlockIndex, bytes: usize) -> Slot<T> {
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

    /// Use a block of this many bytes; `make` is called when it is not there.
    fn with<R>(
        &self,
        index: BlockIndex,
        bytes: usize,
        make: impl FnOnce() -> Result<T>,
        then: impl FnOnce(&T) -> Result<R>,
    ) -> Result<R> {
        let slot = self.slot(index, bytes);
        let failure = |e: Error| Failure { kind: e.kind(), message: format!("{e:#}") };
        match slot.get_or_init(|| make().map_err(failure)) {
            Ok(block) => then(block),
            Err(failure) => Err(Error::new(failure.kind, failure.message.clone())),
        }
    }
}

/// A source that decodes each of its blocks once while the block stays within a budget of bytes; the block
/// that was used longest ago goes first. All bands of a block are read together, and nodata is found in the pixels.
/// Blocks of a mask that is stored apart are kept as well.
///
/// Memory: at most the budget, plus one block per reading thread.
pub struct CachedSource {
    source: Arc<dyn RasterSource>,
    bands: Vec<usize>,
    grid: BlockGrid,
    pixels: Blocks<AnyArray>,
    masks: Blocks<Array3<u8>>,
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
        let grid = BlockGrid::new((info.width, info.height), info.block)?;
        // An alpha band among the cached ones is the mask itself.
        let apart = |kind| is_stored(kind) && !(kind == MaskKind::Alpha && alpha_band(info, bands).is_some());
        // A byte of mask beside the bytes of a pixel.
        let of_masks = if bands.iter().any(|b| apart(info.bands[b - 1].mask)) {
            budget / (1 + bands.len() * info.data_type.size())
        } else {
            0
        };
        Ok(Self {
            bands: bands.to_vec(),
            grid,
            pixels: Blocks::new(budget - of_masks),
            masks: Blocks::new(of_masks),
            decoded: AtomicU64::new(0),
            source,
        })
    }

    /// How many blocks of pixels were decoded so far.
    #[must_use]
    pub fn blocks_decoded(&self) -> u64 {
        self.decoded.load(Ordering::Relaxed)
    }

    /// How many blocks the source has.
    #[must_use]
    pub fn block_count(&self) -> usize {
        self.grid.len()
    }

    /// Use the decoded block, all bands of it.
    fn with_block<R>(&self, index: BlockIndex, then: impl FnOnce(&AnyArray) -> Result<R>) -> Result<R> {
        let window = self.grid.window(index);
        let bytes = window.area() * self.bands.len() * self.source.info().data_type.size();
        let decode = || {
            self.decoded.fetch_add(1, Ordering::Relaxed);
            self.source.read_window(&self.bands, &window)
        };
        self.pixels.with(index, bytes, decode, then)
    }

    /// Positions among the cached bands; `None` when one of them is not cached.
    fn positions(&self, bands: &[usize]) -> Option<Vec<usize>> {
        bands.iter().map(|b| self.bands.iter().position(|c| c == b)).collect()
    }

    /// The blocks that a window touches, each with its part of the window: counted from the block's corner, and from the
    /// window's.
    fn parts(&self, window: &Window) -> impl Iterator<Item = (BlockIndex, Window, Window)> {
        self.grid.touching(window).filter_map(move |index| {
            let block = self.grid.window(index);
            let part = block.intersection(window)?;
            Some((index, part.relative_to(&block), part.relative_to(window)))
        })
    }

    /// Validity of one band from the cached pixels.
    fn nodata_mask(&self, band: usize, window: &Window, mut out: ArrayViewMut2<'_, u8>) -> Result<()> {
        let mut pixels = AnyArray::zeros(self.info().data_type, (1, window.height, window.width));
        self.read_into(&[band], window, pixels.view_mut())?;
        let nodata = self.info().bands[band - 1].nodata;
        with_array!(AnyArray, &pixels, a => {
            let nodata = nodata.and_then(|n| n.to_sample());
            let missing = |v| nodata.is_some_and(|n| same(v, n));
            out.iter_mut().zip(a).for_each(|(m, v)| *m = if missing(*v) { 0 } else { 255 });
        });
        Ok(())
    }

    /// Validity that is stored apart from the pixels, or in an alpha band: bands share it.
    fn stored_mask(&self, band: usize, window: &Window, mut out: ArrayViewMut2<'_, u8>) -> Result<()> {
        for (index, from, to) in self.parts(window) {
            let block = self.grid.window(index);
            let read = || self.source.read_mask_window(&[band], &block);
            self.masks.with(index, block.area(), read, |mask| {
                let mask = mask.index_axis(Axis(0), 0);
                out.slice_each_axis_mut(|d| extent(&to, d.axis))
                    .assign(&mask.slice_each_axis(|d| extent(&from, d.axis)));
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// The alpha band, if it is among `bands` and of bytes, which makes it its own mask.
fn alpha_band(info: &RasterInfo, bands: &[usize]) -> Option<usize> {
    let alpha = info.bands.iter().rposition(|b| b.color == ColorInterp::Alpha)? + 1;
    (info.data_type == DataType::U8 && bands.contains(&alpha)).then_some(alpha)
}

/// A window's rows (axis 0) or columns.
fn extent(window: &Window, axis: Axis) -> Slice {
    match axis {
        Axis(0) => Slice::from(window.row as usize..window.end_row() as usize),
        _ => Slice::from(window.col as usize..window.end_col() as usize),
    }
}

/// Is validity something else to read than the band's pixels?
pub(crate) fn is_stored(kind: MaskKind) -> bool {
    matches!(kind, MaskKind::PerDataset | MaskKind::Alpha)
}

/// Equal, NaN to NaN.
pub(crate) fn same<T: Sample>(a: T, b: T) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

impl RasterSource for CachedSource {
    fn info(&self) -> &RasterInfo {
        self.source.info()
    }

    fn read_parts(&self, bands: &[usize], window: &Window, parts: Parts<'_>) -> Result<()> {
        parts.check(self.info(), bands, window)?;
        let masked = parts.masked(bands);
        if let Some(out) = parts.pixels {
            self.read_pixels(bands, window, out)?;
        }
        match parts.mask {
            Some(mask) => self.read_validity(masked, window, mask),
            None => Ok(()),
        }
    }

    fn overview(&self, index: usize) -> Option<Arc<dyn RasterSource>> {
        self.source.overview(index)
    }
}

impl CachedSource {
    fn read_pixels(&self, bands: &[usize], window: &Window, mut out: AnyViewMut<'_>) -> Result<()> {
        let Some(positions) = self.positions(bands) else {
            // A band that this cache was not made for.
            return self.source.read_into(bands, window, out);
        };
        for (index, from, to) in self.parts(window) {
            self.with_block(index, |block| {
                let block = block.view();
                let block = block.window(&from);
                let mut to = out.window_mut(&to);
                positions.iter().enumerate().try_for_each(|(i, &p)| to.band_mut(i).assign(&block.band(p)))
            })?;
        }
        Ok(())
    }

    fn read_validity(&self, bands: &[usize], window: &Window, mut out: ArrayViewMut3<'_, u8>) -> Result<()> {
        if self.positions(bands).is_none() {
            return self.source.read_mask_into(bands, window, out);
        }
        let alpha = alpha_band(self.info(), &self.bands);
        for (mut plane, &band) in out.outer_iter_mut().zip(bands) {
            match (self.info().bands[band - 1].mask, alpha) {
                (MaskKind::AllValid, _) => plane.fill(255),
                (MaskKind::Nodata, _) => self.nodata_mask(band, window, plane)?,
                (MaskKind::Alpha, Some(alpha)) => {
                    let plane = plane.insert_axis(Axis(0));
                    self.read_into(&[alpha], window, Sample::erase_view_mut(plane))?;
                }
                _ => self.stored_mask(band, window, plane)?,
            }
        }
        Ok(())
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
    use ndarray::Array2;
    use raster_core::{MemoryRaster, Nodata, Size};

    fn source() -> Arc<dyn RasterSource> {
        let pixels = Array3::from_shape_fn((2, 50, 70), |(b, r, c)| (b * 10_000 + r * 100 + c) as u16);
        Arc::new(MemoryRaster::new(pixels).update_info(|i| i.block = Size::square(16)).unwrap())
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

    /// Masks equal the source's, and are found without decoding a block twice.
    #[test]
    fn masks_of_every_kind() {
        let array = || Array3::from_shape_fn((2, 50, 70), |(b, r, c)| ((b * 90 + r * 7 + c) % 256) as u8);
        let blocks = |i: &mut RasterInfo| i.block = Size::square(16);
        let mask = Array2::from_shape_fn((50, 70), |(r, c)| if (r / 9 + c / 5) % 3 == 0 { 0 } else { 255 });
        let nodata = MemoryRaster::new(array()).with_nodata(Nodata::Int(7)).update_info(blocks).unwrap();
        let stored = MemoryRaster::new(array()).with_mask(mask).unwrap().update_info(blocks).unwrap();
        let alpha = MemoryRaster::new(array()).update_info(|i| {
            blocks(i);
            i.bands[1].color = ColorInterp::Alpha;
            i.bands[0].mask = MaskKind::Alpha;
        });
        for source in [nodata, stored, alpha.unwrap()] {
            let source: Arc<dyn RasterSource> = Arc::new(source);
            let cached = CachedSource::new(Arc::clone(&source), &[1, 2], 1 << 20).unwrap();
            for window in [Window::new(10, 10, 40, 30), Window::whole(70, 50), Window::new(3, 47, 1, 2)] {
                cached.read_window(&[2, 1], &window).unwrap();
                for bands in [&[1][..], &[2, 1]] {
                    let wanted = source.read_mask_window(bands, &window).unwrap();
                    assert_eq!(cached.read_mask_window(bands, &window).unwrap(), wanted);
                }
            }
            assert_eq!(cached.blocks_decoded(), 5 * 4);
        }
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
