//! Windows in, complete blocks of every level out, in one pass.
//!
//! Windows of the full resolution arrive in any order and from any thread. A block that is complete goes to the
//! sink once, and feeds the cells of the next level that need it; a cell whose source blocks are all there is
//! computed by the thread that brought the last one, and arrives at its level as a window does. Nothing waits
//! for a whole row, and pixels are let go when the last cell that needs them is done. What a pixel of an
//! overview is made of depends on its position only, so order and threads cannot change it.

use super::tile::{Coverage, Tile, TileView, written_twice};
use super::transition::{BandRule, Transition, decimate};
use super::waiting::{Partial, Waiting};
use crate::plane::{part, part_mut};
use crate::resample::{Axis, AxisPlan, Method};
use crate::table::table;
use ndarray::ArrayView2;
use raster_core::{
    AnyView, BlockGrid, BlockIndex, DataType, Error, Nodata, Result, Sample, Window, with_array,
};
use std::{
    collections::HashMap,
    ops::Range,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Bytes of the bands that are gathered together from several blocks (chosen: what a core's own cache holds).
const GATHERED_BYTES: usize = 2 << 20;

/// Takes complete blocks.
pub(crate) trait TileSink: Sync {
    /// A block of a level, clipped to the level's size. Called once per block, from any thread.
    fn tile(&self, level: usize, index: BlockIndex, tile: &TileView<'_>) -> Result<()>;
}

/// What a pyramid is made of.
#[derive(Clone, Debug)]
pub(crate) struct PyramidSpec {
    /// Sizes, full resolution first.
    pub(crate) levels: Vec<(usize, usize)>,
    /// Width and height of the blocks of every level.
    pub(crate) block: (usize, usize),
    pub(crate) data_type: DataType,
    pub(crate) resampling: Method,
    /// Is every level sampled from the full resolution, instead of made from the level before?
    pub(crate) sampled: bool,
    pub(crate) has_mask: bool,
    /// One rule per band.
    pub(crate) bands: Vec<BandRule>,
    /// Bytes of memory for blocks that wait, and the directory of the file for the others.
    pub(crate) waiting: (usize, PathBuf),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Pyramid {
    spec: PyramidSpec,
    levels: Vec<Level>,
    /// Blocks of which parts have come, and blocks that cells of the next level still need.
    waiting: Waiting,
}

#[derive(Debug)]
struct Level {
    grid: BlockGrid,
    state: Mutex<LevelState>,
    /// To the next level; none for the last, nor when every level is sampled from the first.
    next: Option<Transition>,
}

#[derive(Debug, Default)]
struct LevelState {
    /// Per block: has it gone to the sink?
    done: Vec<bool>,
    /// Per block that waits whole: cells of the next level that still need it.
    held: HashMap<BlockIndex, usize>,
    /// Per cell of the next level: source blocks that have not come.
    pending: Vec<u32>,
    /// Per block of which only blank parts have come: these parts, counted from its corner.
    blank: HashMap<BlockIndex, Vec<Window>>,
}

/// What a caller brings: pixels, a mask, or both.
#[derive(Clone, Debug)]
pub(crate) struct Piece<'a> {
    pub(crate) pixels: Option<AnyView<'a>>,
    pub(crate) mask: Option<ArrayView2<'a, u8>>,
}

impl Pyramid {
    pub(crate) fn new(spec: PyramidSpec) -> Result<Self> {
        let mut levels = Vec::with_capacity(spec.levels.len());
        for (i, &size) in spec.levels.iter().enumerate() {
            let grid = BlockGrid::new(size, spec.block)?;
            let next = match spec.levels.get(i + 1) {
                Some(&to) if !spec.sampled => Some(Transition::new(spec.resampling, size, to, spec.block)),
                _ => None,
            };
            let pending = next.as_ref().map_or_else(Vec::new, |t| {
                cells(0..t.rows.len(), 0..t.cols.len())
                    .map(|(r, c)| (t.rows.cell(r).blocks.len() * t.cols.cell(c).blocks.len()) as u32)
                    .collect()
            });
            let state = LevelState { done: table(false, grid.len())?, pending, ..LevelState::default() };
            levels.push(Level { grid, state: Mutex::new(state), next });
        }
        let waiting = Waiting::new(spec.waiting.0, spec.waiting.1.clone());
        Ok(Self { spec, levels, waiting })
    }

    /// Bring a window of the full resolution. The shapes have been checked.
    pub(crate) fn write(&self, window: &Window, piece: &Piece<'_>, sink: &dyn TileSink) -> Result<()> {
        self.write_level(0, window, piece, sink)
    }

    /// Say of a window of the full resolution that there is nothing in it: nodata (0 without nodata), and nothing valid
    /// where there is a mask. What is blank all over goes to no sink, costs no pixels, and is blank in the next level.
    pub(crate) fn write_blank(&self, window: &Window, sink: &dyn TileSink) -> Result<()> {
        self.blank_level(0, window, sink)
    }

    fn blank_level(&self, level: usize, window: &Window, sink: &dyn TileSink) -> Result<()> {
        let grid = &self.levels[level].grid;
        for index in grid.touching(window) {
            let block = grid.window(index);
            let Some(common) = block.intersection(window) else { continue };
            let part = common.relative_to(&block);
            if let Some(partial) = self.add_blank(level, index, &block, &part)? {
                match partial {
                    Some(partial) => self.complete_partial(level, index, partial, sink)?,
                    None => self.complete_blank(level, index, sink)?,
                }
            }
        }
        Ok(())
    }

    /// Note a blank part of a block. When that made it complete: the block, or `None` inside when all of it is blank.
    #[allow(clippy::option_option, reason = "whether it is complete, and whether there is anything in it")]
    fn add_blank(
        &self,
        level: usize,
        index: BlockIndex,
        block: &Window,
        part: &Window,
    ) -> Result<Option<Option<Partial>>> {
        let number = self.number(level, index);
        let mut state = self.state(level);
        if state.done[number] {
            return Err(written_twice());
        }
        if self.waiting.has_parts((level, index)) {
            drop(state);
            let bands = self.spec.bands.len();
            let mut tile =
                Tile::new(self.spec.data_type, (bands, part.height, part.width), self.spec.has_mask);
            self.fill_nodata(&mut tile);
            let view = tile.view();
            return Ok(self.add_part(level, index, part, Some(view.pixels), view.mask)?.map(Some));
        }
        let parts = state.blank.entry(index).or_default();
        if parts.iter().any(|p| p.intersection(part).is_some()) {
            return Err(written_twice());
        }
        parts.push(*part);
        if parts.iter().map(Window::area).sum::<usize>() < block.area() {
            return Ok(None);
        }
        state.blank.remove(&index);
        state.done[number] = true;
        Ok(Some(None))
    }

    /// All of a block is blank: so are the cells that it is the last one for, where the others are.
    fn complete_blank(&self, level: usize, index: BlockIndex, sink: &dyn TileSink) -> Result<()> {
        if self.spec.sampled {
            return if level == 0 { self.sample_levels(index, None, sink) } else { Ok(()) };
        }
        let Some(next) = &self.levels[level].next else { return Ok(()) };
        let (rows, cols) = (next.rows.consumers[index.row].clone(), next.cols.consumers[index.col].clone());
        let ready = count_down(&mut self.state(level), next, &cells(rows, cols).collect::<Vec<_>>());
        ready.into_iter().try_for_each(|cell| self.compute_shared(level, next, cell, sink))
    }

    fn write_level(
        &self,
        level: usize,
        window: &Window,
        piece: &Piece<'_>,
        sink: &dyn TileSink,
    ) -> Result<()> {
        let grid = &self.levels[level].grid;
        for index in grid.touching(window) {
            let block = grid.window(index);
            let Some(common) = block.intersection(window) else { continue };
            let from = common.relative_to(window);
            let pixels = piece.pixels.as_ref().map(|p| p.window(&from));
            let mask = piece.mask.as_ref().map(|m| part(m, &from));
            match pixels {
                Some(pixels) if common == block && mask.is_some() == self.spec.has_mask => {
                    self.claim(level, index)?;
                    self.complete(level, index, TileView { pixels, mask }, None, sink)?;
                }
                pixels => {
                    let to = common.relative_to(&block);
                    if let Some(partial) = self.add_part(level, index, &to, pixels, mask)? {
                        self.complete_partial(level, index, partial, sink)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn state(&self, level: usize) -> MutexGuard<'_, LevelState> {
        // A panic in another thread leaves the tables whole: they are changed by single statements.
        self.levels[level].state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self, level: usize, index: BlockIndex) -> usize {
        index.row * self.levels[level].grid.columns() + index.col
    }

    /// Mark a block as done before any of its pixels came in parts.
    fn claim(&self, level: usize, index: BlockIndex) -> Result<()> {
        let number = self.number(level, index);
        let mut state = self.state(level);
        if state.done[number] || self.waiting.has_parts((level, index)) || state.blank.contains_key(&index) {
            return Err(written_twice());
        }
        state.done[number] = true;
        Ok(())
    }

    /// Put a part of a block into its place. Returns the block when that made it complete.
    fn add_part(
        &self,
        level: usize,
        index: BlockIndex,
        to: &Window,
        pixels: Option<AnyView<'_>>,
        mask: Option<ArrayView2<'_, u8>>,
    ) -> Result<Option<Partial>> {
        let partial = {
            let number = self.number(level, index);
            let mut state = self.state(level);
            if state.done[number] {
                return Err(written_twice());
            }
            let blank = state.blank.remove(&index).unwrap_or_default();
            self.waiting.parts((level, index), || self.new_partial(level, index, &blank))?
        };
        {
            let mut guard = partial.lock().unwrap_or_else(PoisonError::into_inner);
            let partial = &mut *guard;
            if let Some(pixels) = pixels {
                partial.pixels.add(to)?;
                partial.tile.pixels.view_mut().window_mut(to).assign(&pixels)?;
            }
            if let (Some(mask), Some(coverage), Some(plane)) =
                (mask, partial.mask.as_mut(), partial.tile.mask.as_mut())
            {
                coverage.add(to)?;
                part_mut(&mut plane.view_mut(), to).assign(&mask);
            }
            if !(partial.pixels.is_complete() && partial.mask.as_ref().is_none_or(Coverage::is_complete)) {
                return Ok(None);
            }
        }
        let number = self.number(level, index);
        let mut state = self.state(level);
        self.waiting.remove_parts((level, index));
        state.done[number] = true;
        drop(state);
        // Threads that brought earlier parts may still be leaving their locks.
        let whole = Arc::try_unwrap(partial)
            .map(|m| m.into_inner().unwrap_or_else(PoisonError::into_inner))
            .unwrap_or_else(|shared| {
                let guard = shared.lock().unwrap_or_else(PoisonError::into_inner);
                Partial { tile: guard.tile.clone(), pixels: guard.pixels.clone(), mask: guard.mask.clone() }
            });
        Ok(Some(whole))
    }

    fn new_tile(&self, block: &Window) -> Tile {
        Tile::new(self.spec.data_type, (self.spec.bands.len(), block.height, block.width), self.spec.has_mask)
    }

    /// A block of which only `blank` parts have come.
    fn new_partial(&self, level: usize, index: BlockIndex, blank: &[Window]) -> Partial {
        let block = self.levels[level].grid.window(index);
        let mut coverage = Coverage::new(block.width, block.height);
        let mut tile = self.new_tile(&block);
        if !blank.is_empty() {
            // The rest is going to be overwritten.
            self.fill_nodata(&mut tile);
            // They do not overlap: that was looked at when they came.
            blank.iter().for_each(|part| drop(coverage.add(part)));
        }
        Partial { tile, mask: self.spec.has_mask.then(|| coverage.clone()), pixels: coverage }
    }

    fn complete_partial(
        &self,
        level: usize,
        index: BlockIndex,
        partial: Partial,
        sink: &dyn TileSink,
    ) -> Result<()> {
        let tile = Arc::new(partial.tile);
        let view = tile.view();
        self.complete(level, index, view, Some(Arc::clone(&tile)), sink)
    }

    /// A block is complete: hand it out and feed the next level. `owned` is the same block when it is ours.
    fn complete(
        &self,
        level: usize,
        index: BlockIndex,
        view: TileView<'_>,
        owned: Option<Arc<Tile>>,
        sink: &dyn TileSink,
    ) -> Result<()> {
        sink.tile(level, index, &view)?;
        if self.spec.sampled {
            return if level == 0 { self.sample_levels(index, Some(&view), sink) } else { Ok(()) };
        }
        let Some(next) = &self.levels[level].next else { return Ok(()) };
        let (rows, cols) = (next.rows.consumers[index.row].clone(), next.cols.consumers[index.col].clone());
        let alone = |&(r, c): &(usize, usize)| {
            next.rows.cell(r).blocks.len() == 1 && next.cols.cell(c).blocks.len() == 1
        };
        let block = self.levels[level].grid.window(index);
        for cell in cells(rows.clone(), cols.clone()).filter(alone) {
            let window = next.source_window(cell).relative_to(&block);
            let tile = next.compute(cell, &view.window(&window), &self.spec.bands);
            self.arrive(level + 1, &next.output_window(cell), &tile, sink)?;
        }
        let shared: Vec<_> = cells(rows, cols).filter(|c| !alone(c)).collect();
        if shared.is_empty() {
            return Ok(());
        }
        let tile = owned.unwrap_or_else(|| Arc::new(view.to_tile()));
        let ready = {
            let mut state = self.state(level);
            self.waiting.keep((level, index), tile)?;
            state.held.insert(index, shared.len());
            count_down(&mut state, next, &shared)
        };
        ready.into_iter().try_for_each(|cell| self.compute_shared(level, next, cell, sink))
    }

    /// Compute a cell whose source blocks are held, or will never come.
    fn compute_shared(
        &self,
        level: usize,
        next: &Transition,
        cell: (usize, usize),
        sink: &dyn TileSink,
    ) -> Result<()> {
        let blocks = || {
            cells(next.rows.cell(cell.0).blocks.clone(), next.cols.cell(cell.1).blocks.clone())
                .map(|(row, col)| BlockIndex { row, col })
        };
        let sources: Vec<BlockIndex> = {
            let state = self.state(level);
            blocks().filter(|b| state.held.contains_key(b)).collect()
        };
        if sources.is_empty() {
            self.blank_level(level + 1, &next.output_window(cell), sink)?;
        } else {
            let computed = self.compute_gathered(level, next, cell, &sources)?;
            self.arrive(level + 1, &next.output_window(cell), &computed, sink)?;
        }
        let mut state = self.state(level);
        for block in blocks() {
            if let Some(cells_left) = state.held.get_mut(&block) {
                *cells_left -= 1;
                if *cells_left == 0 {
                    state.held.remove(&block);
                    self.waiting.remove_whole((level, block));
                }
            }
        }
        Ok(())
    }

    /// Compute a cell from several blocks: some bands at a time, so that what is gathered of hundreds of bands stays
    /// small.
    fn compute_gathered(
        &self,
        level: usize,
        next: &Transition,
        cell: (usize, usize),
        sources: &[BlockIndex],
    ) -> Result<Tile> {
        let (window, rules) = (next.source_window(cell), &self.spec.bands);
        let plane = window.area() * self.spec.data_type.size();
        // An alpha band is looked at with each of the others.
        let together = match rules.iter().any(|rule| rule.alpha.is_some()) {
            true => rules.len(),
            false => (GATHERED_BYTES / plane.max(1)).clamp(1, rules.len()),
        };
        let mut blocks = Vec::with_capacity(sources.len());
        for &index in sources {
            let block = self.levels[level].grid.window(index);
            let tile = self.waiting.whole((level, index), || self.new_tile(&block))?;
            blocks.push((block, tile.ok_or_else(|| Error::internal("a block that cells need was let go"))?));
        }
        if together == rules.len() {
            let tile = self.gather(&window, 0..together, &blocks)?;
            drop(blocks);
            return Ok(next.compute(cell, &tile.view(), rules));
        }
        let mut out = self.new_tile(&next.output_window(cell));
        for first in (0..rules.len()).step_by(together) {
            let bands = first..(first + together).min(rules.len());
            let tile = self.gather(&window, bands.clone(), &blocks)?;
            let computed = next.compute(cell, &tile.view(), &rules[bands.clone()]);
            for (i, band) in bands.enumerate() {
                out.pixels.view_mut().band_mut(band).assign(&computed.pixels.view().band(i))?;
            }
            if first == 0 {
                out.mask = computed.mask;
            }
        }
        Ok(out)
    }

    /// Some bands of one array from parts of several blocks; what no block covers is nodata, and invalid.
    fn gather(&self, window: &Window, bands: Range<usize>, blocks: &[(Window, Arc<Tile>)]) -> Result<Tile> {
        let shape = (bands.len(), window.height, window.width);
        let mut out = Tile::new(self.spec.data_type, shape, self.spec.has_mask);
        let covered: usize =
            blocks.iter().filter_map(|(block, _)| block.intersection(window)).map(|w| w.area()).sum();
        if covered < window.area() {
            fill_nodata(&mut out, &self.spec.bands[bands.clone()]);
        }
        for (block, tile) in blocks {
            let Some(common) = block.intersection(window) else { continue };
            let (from, to) = (common.relative_to(block), common.relative_to(window));
            let view = tile.view();
            let view = view.window(&from);
            for (i, band) in bands.clone().enumerate() {
                let mut out = out.pixels.view_mut();
                out.band_mut(i).window_mut(&to).assign(&view.pixels.band(band))?;
            }
            if let (Some(mask), Some(from)) = (out.mask.as_mut(), view.mask) {
                part_mut(&mut mask.view_mut(), &to).assign(&from);
            }
        }
        Ok(out)
    }

    fn fill_nodata(&self, tile: &mut Tile) {
        fill_nodata(tile, &self.spec.bands);
    }

    fn arrive(&self, level: usize, window: &Window, tile: &Tile, sink: &dyn TileSink) -> Result<()> {
        let view = tile.view();
        self.write_level(level, window, &Piece { pixels: Some(view.pixels), mask: view.mask }, sink)
    }

    /// Every level takes its samples from the full resolution.
    fn sample_levels(
        &self,
        index: BlockIndex,
        view: Option<&TileView<'_>>,
        sink: &dyn TileSink,
    ) -> Result<()> {
        let (width, height) = self.spec.levels[0];
        let block = self.levels[0].grid.window(index);
        for (level, &(w, h)) in self.spec.levels.iter().enumerate().skip(1) {
            let (row_axis, col_axis) = (Axis::overview(height, h, 1.0), Axis::overview(width, w, 1.0));
            let rows = sampled(&row_axis, h, block.row as usize..block.end_row() as usize);
            let cols = sampled(&col_axis, w, block.col as usize..block.end_col() as usize);
            if rows.is_empty() || cols.is_empty() {
                continue;
            }
            let window = Window::new(cols.start as i64, rows.start as i64, cols.len(), rows.len());
            let Some(view) = view else {
                self.blank_level(level, &window, sink)?;
                continue;
            };
            let plan = |axis: &Axis, range| AxisPlan::new(axis, Method::Nearest, range);
            let origin = (block.row as usize, block.col as usize);
            let tile =
                decimate(view, origin, &plan(&row_axis, rows), &plan(&col_axis, cols), &self.spec.bands);
            self.arrive(level, &window, &tile, sink)?;
        }
        Ok(())
    }

    /// No more windows will come: complete blocks that have some of their pixels (the others become nodata, and
    /// invalid), and compute what was waiting for blocks that have none.
    pub(crate) fn finish(&self, sink: &dyn TileSink) -> Result<()> {
        for level in 0..self.levels.len() {
            for index in self.waiting.begun(level) {
                let number = self.number(level, index);
                let partial = self.waiting.parts((level, index), || self.new_partial(level, index, &[]))?;
                self.waiting.remove_parts((level, index));
                self.state(level).done[number] = true;
                let mut partial = partial.lock().unwrap_or_else(PoisonError::into_inner);
                let whole = self.fill_missing(&mut partial);
                self.complete_partial(level, index, whole, sink)?;
            }
            let columns = self.levels[level].grid.columns();
            for number in 0..self.levels[level].grid.len() {
                // What never came is blank.
                let index = BlockIndex { row: number / columns, col: number % columns };
                let mut state = self.state(level);
                state.blank.remove(&index);
                if !std::mem::replace(&mut state.done[number], true) {
                    drop(state);
                    self.complete_blank(level, index, sink)?;
                }
            }
        }
        Ok(())
    }

    fn fill_missing(&self, partial: &mut Partial) -> Partial {
        let empty = Partial {
            tile: Tile::new(self.spec.data_type, (self.spec.bands.len(), 0, 0), false),
            pixels: Coverage::new(0, 0),
            mask: None,
        };
        let mut whole = std::mem::replace(partial, empty);
        let (_, height, width) = whole.tile.pixels.shape();
        for (i, band) in self.spec.bands.iter().enumerate() {
            if let Some(nodata) = band.nodata {
                with_array!(AnyArray, &mut whole.tile.pixels, a => {
                    let plane = a.index_axis_mut(ndarray::Axis(0), i);
                    fill_uncovered(plane, nodata, &whole.pixels);
                });
            }
        }
        if let (Some(mask), Some(coverage)) = (whole.tile.mask.as_mut(), &whole.mask) {
            for (r, c) in (0..height).flat_map(|r| (0..width).map(move |c| (r, c))) {
                if !whole.pixels.has(r, c) {
                    mask[[r, c]] = 0;
                } else if !coverage.has(r, c) {
                    mask[[r, c]] = 255;
                }
            }
        }
        whole
    }
}

fn fill_nodata(tile: &mut Tile, bands: &[BandRule]) {
    for (i, band) in bands.iter().enumerate() {
        if let Some(nodata) = band.nodata {
            tile.pixels.view_mut().band_mut(i).fill(nodata.value());
        }
    }
}

fn fill_uncovered<T: Sample>(mut plane: ndarray::ArrayViewMut2<'_, T>, nodata: Nodata, covered: &Coverage) {
    let value = nodata.to_sample::<T>().unwrap_or_default();
    for ((r, c), v) in plane.indexed_iter_mut() {
        if !covered.has(r, c) {
            *v = value;
        }
    }
}

/// One block of each of these cells has come, or never will; returns the cells that wait for no other.
fn count_down(state: &mut LevelState, next: &Transition, touched: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut ready = Vec::new();
    for &(r, c) in touched {
        let pending = &mut state.pending[r * next.cols.len() + c];
        *pending -= 1;
        if *pending == 0 {
            ready.push((r, c));
        }
    }
    ready
}

fn cells(rows: Range<usize>, cols: Range<usize>) -> impl Iterator<Item = (usize, usize)> {
    rows.flat_map(move |r| cols.clone().map(move |c| (r, c)))
}

/// The output samples whose source sample lies in `source`.
fn sampled(axis: &Axis, len: usize, source: Range<usize>) -> Range<usize> {
    let at = |i: usize| axis.span(Method::Nearest, i).start;
    let guess = |s: usize| ((s as f64 / axis.ratio) as usize).min(len);
    // The rounded position is at most one sample away from the guess.
    let first_not_below = |s: usize| {
        let start = guess(s).saturating_sub(2);
        (start..len).find(|&i| at(i) >= s).unwrap_or(len)
    };
    first_not_below(source.start)..first_not_below(source.end)
}

/// Refuse a window that does not fit the raster or the array.
pub(crate) fn check_window(
    window: &Window,
    size: (usize, usize),
    shape: (usize, usize, usize),
    bands: usize,
) -> Result<()> {
    if !Window::whole(size.0, size.1).contains(window) {
        return Err(
            Error::misuse(format!("the raster has {} × {} pixels", size.0, size.1)).at_window(*window)
        );
    }
    let expected = (bands, window.height, window.width);
    if shape != expected {
        return Err(Error::misuse(format!(
            "the array has the shape (bands, rows, columns) {shape:?}, the window needs {expected:?}"
        ))
        .at_window(*window));
    }
    Ok(())
}
