//! Decoded blocks of a source, kept while neighbouring windows need them.

use crate::block_cache::{Block, BlockCache, Key};
use ndarray::{Array3, Axis, Slice};
use raster_core::{
    BlockGrid, BlockIndex, Error, Masked, Parts, RasterInfo, RasterSource, Result, Sample, Window,
    validity::{self, Validity},
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// A source that decodes each of its blocks once while the block stays within a budget of bytes; the block
/// that was used longest ago goes first. All bands of a block are read together, pixels and validity: what follows from the
/// pixels (nodata, an alpha band among them) is found in them when it is asked for, another mask is kept beside them.
///
/// A window of several blocks that are not there has them decoded in parallel, a block by a thread; those of a source that is far
/// away ([`RasterSource::reads_together`]) are fetched by one call and decoded by the reading thread.
///
/// Memory: at most the budget, plus two blocks per reading thread; of a source that is far away, plus a quarter of the budget per
/// reading thread. Sources may share a budget: [`sharing`](Self::sharing).
pub struct CachedSource {
    source: Arc<dyn RasterSource>,
    bands: Vec<usize>,
    grid: BlockGrid,
    cache: BlockCache,
    /// The source's number in the cache.
    number: u64,
    /// Is there validity that the cached pixels do not tell?
    has_mask: bool,
    decoded: AtomicU64,
}

/// A block that a window touches, with its part of the window: counted from the block's corner, and from the window's.
type Touched = (BlockIndex, Window, Window);

impl CachedSource {
    /// Cache `bands` (numbered from 1) of `source` within `budget` bytes.
    ///
    /// # Errors
    /// `Misuse` when a band does not exist or the source's blocks have no pixels.
    pub fn new(source: Arc<dyn RasterSource>, bands: &[usize], budget: usize) -> Result<Self> {
        Self::sharing(source, bands, &BlockCache::new(budget))
    }

    /// Cache `bands` (numbered from 1) of `source` in a store that other sources use too. Blocks leave it with the source.
    ///
    /// # Errors
    /// `Misuse` when a band does not exist or the source's blocks have no pixels.
    pub fn sharing(source: Arc<dyn RasterSource>, bands: &[usize], cache: &BlockCache) -> Result<Self> {
        let info = source.info();
        info.check_read(bands, &Window::new(0, 0, 0, 0), (bands.len(), 0, 0))?;
        let grid = BlockGrid::new((info.width, info.height), info.block)?;
        let apart = |band: &usize| match info.validity(*band) {
            Validity::AllValid | Validity::Nodata(_) => false,
            Validity::Alpha(alpha) => !bands.contains(&alpha),
            _ => true,
        };
        Ok(Self {
            bands: bands.to_vec(),
            grid,
            cache: cache.clone(),
            number: cache.enter(),
            has_mask: bands.iter().any(apart),
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

    /// Positions among the cached bands; `None` when one of them is not cached.
    fn positions(&self, bands: &[usize]) -> Option<Vec<usize>> {
        bands.iter().map(|b| self.bands.iter().position(|c| c == b)).collect()
    }

    fn touched(&self, window: &Window) -> impl Iterator<Item = Touched> {
        self.grid.touching(window).filter_map(move |index| {
            let block = self.grid.window(index);
            let part = block.intersection(window)?;
            Some((index, part.relative_to(&block), part.relative_to(window)))
        })
    }

    /// What the cache keeps of some blocks, from the source.
    fn fill(&self, indexes: &[BlockIndex]) -> Result<Vec<Block>> {
        self.decoded.fetch_add(indexes.len() as u64, Ordering::Relaxed);
        let windows: Vec<Window> = indexes.iter().map(|index| self.grid.window(*index)).collect();
        let blocks: Vec<Block> = if self.has_mask {
            let block = |Masked { data, mask }| Block { pixels: data, mask: Some(one_if_equal(mask)) };
            self.source.read_masked_windows(&self.bands, &windows)?.into_iter().map(block).collect()
        } else {
            let block = |pixels| Block { pixels, mask: None };
            self.source.read_windows(&self.bands, &windows)?.into_iter().map(block).collect()
        };
        if blocks.len() != windows.len() {
            let (read, wanted) = (blocks.len(), windows.len());
            return Err(Error::misuse(format!("a source was asked for {wanted} windows and gave {read}")));
        }
        Ok(blocks)
    }

    /// Some blocks; those that are not there are made in parallel, or together.
    fn blocks(&self, touched: &[Touched]) -> Result<Vec<Arc<Block>>> {
        let keys: Vec<Key> = touched.iter().map(|t| (self.number, t.0)).collect();
        if keys.len() == 1 || self.source.reads_together() {
            return self.cache.get(&keys, |indexes| self.fill(indexes));
        }
        let mut blocks = self.cache.kept(keys.iter().copied());
        let missing: Vec<_> = blocks.iter_mut().zip(&keys).filter(|(block, _)| block.is_none()).collect();
        let make = |(block, key): (&mut Option<Arc<Block>>, &Key)| -> Result<()> {
            *block = self.cache.get(&[*key], |indexes| self.fill(indexes))?.pop();
            Ok(())
        };
        parallel::for_each(missing, || (), |_, piece| make(piece))?;
        Ok(blocks.into_iter().flatten().collect())
    }

    /// How many blocks a read has in hand at once: a window may be larger than the budget.
    fn together(&self) -> usize {
        let by_threads = match parallel::share() {
            1 => 1,
            threads => 2 * threads,
        };
        if !self.source.reads_together() {
            return by_threads;
        }
        let info = self.info();
        let sample = info.data_type.size() + usize::from(self.has_mask);
        let block =
            info.block.width.saturating_mul(info.block.height).saturating_mul(self.bands.len() * sample);
        by_threads.max(self.cache.budget() / 4 / block.max(1))
    }

    /// The part `from` of a block; `positions` are those of `bands` among the cached ones.
    fn copy(
        &self,
        block: &Block,
        from: &Window,
        (bands, positions): (&[usize], &[usize]),
        mut parts: Parts<'_>,
    ) -> Result<()> {
        let pixels = block.pixels.view();
        let pixels = pixels.window(from);
        if let Some(out) = &mut parts.pixels {
            positions.iter().enumerate().try_for_each(|(i, &p)| out.band_mut(i).assign(&pixels.band(p)))?;
        }
        let Some(out) = &mut parts.mask else { return Ok(()) };
        for ((mut out, &band), &position) in out.outer_iter_mut().zip(bands).zip(positions) {
            if let Some(mask) = &block.mask {
                let mask = mask.index_axis(Axis(0), position.min(mask.dim().0 - 1));
                out.assign(&mask.slice_each_axis(|d| match d.axis {
                    Axis(0) => Slice::from(from.row as usize..from.end_row() as usize),
                    _ => Slice::from(from.col as usize..from.end_col() as usize),
                }));
                continue;
            }
            let info = self.info();
            match info.validity(band) {
                Validity::Alpha(alpha) => {
                    if let Some(alpha) = self.bands.iter().position(|b| *b == alpha) {
                        validity::of_alpha(&pixels.band(alpha), &mut out);
                    }
                }
                _ => validity::of_band(info, band, &pixels.band(position), &mut out),
            }
        }
        Ok(())
    }
}

impl Drop for CachedSource {
    fn drop(&mut self) {
        self.cache.leave(self.number);
    }
}

/// One plane of a mask whose planes are equal.
fn one_if_equal(mask: Array3<u8>) -> Array3<u8> {
    let first = mask.index_axis(Axis(0), 0);
    if mask.dim().0 > 1 && mask.outer_iter().all(|plane| plane == first) {
        return first.to_owned().insert_axis(Axis(0));
    }
    mask
}

/// Equal, NaN to NaN.
pub(crate) fn same<T: Sample>(a: T, b: T) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

impl RasterSource for CachedSource {
    fn info(&self) -> &RasterInfo {
        self.source.info()
    }

    fn name(&self) -> Option<String> {
        self.source.name()
    }
    fn content_id(&self) -> Result<Option<u128>> {
        self.source.content_id()
    }

    fn read_parts(&self, bands: &[usize], window: &Window, mut parts: Parts<'_>) -> Result<()> {
        parts.check(self.info(), bands, window)?;
        let Some(positions) = self.positions(bands) else {
            // A band that this cache was not made for.
            return self.source.read_parts(bands, window, parts);
        };
        if parts.pixels.is_none()
            && parts.masked(bands).iter().all(|b| self.info().validity(*b) == Validity::AllValid)
        {
            if let Some(mask) = &mut parts.mask {
                mask.fill(255);
            }
            return Ok(());
        }
        let touched: Vec<Touched> = self.touched(window).collect();
        for touched in touched.chunks(self.together()) {
            for ((_, from, to), block) in touched.iter().zip(self.blocks(touched)?) {
                self.copy(&block, from, (bands, &positions), parts.window_mut(to))?;
            }
        }
        Ok(())
    }

    fn overview(&self, index: usize) -> Option<Arc<dyn RasterSource>> {
        self.source.overview(index)
    }

    fn prefetch(&self, bands: &[usize], windows: &[Window]) {
        self.source.prefetch(bands, windows);
    }

    fn is_blank(&self, bands: &[usize], window: &Window) -> bool {
        self.source.is_blank(bands, window)
    }
    fn reads_together(&self) -> bool {
        self.source.reads_together()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use raster_core::{ColorInterp, MaskKind, MemoryRaster, Nodata, Size};

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
}
