//! Complete blocks of pixels to encoded blocks in the assembler.

use super::assemble::TileAssembler;
use super::block_encoder::{BlockEncoder, EmptyBlock, is_empty};
use super::spec::Spec;
use super::statistics;
use crate::format::Interleave;
use crate::moments::Moments;
use crate::pyramid::{BandRule, pyramid::TileSink, tile::TileView};
use raster_core::{AnyView, BlockIndex, Result};
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Mutex, PoisonError},
};

/// Encodes blocks and hands them to the assembler.
#[derive(Debug)]
pub(super) struct Encoder {
    pub(super) assembler: TileAssembler,
    blocks: BlockEncoder,
    bands: Vec<BandRule>,
    /// The finest level that is stored: 1 when overviews are added to a file.
    first_level: usize,
    /// Per block of the full resolution, when statistics are wanted.
    moments: Option<Mutex<Vec<Vec<Moments>>>>,
}

impl Encoder {
    pub(super) fn new(assembler: TileAssembler, bands: Vec<BandRule>, first_level: usize) -> Self {
        let spec = assembler.spec();
        let moments = spec.options.statistics.then(|| Mutex::new(vec![Vec::new(); spec.grid(0).len()]));
        let blocks = BlockEncoder::with_spec(assembler.shared_spec());
        Self { blocks, bands, first_level, moments, assembler }
    }
    fn spec(&self) -> &Spec {
        self.assembler.spec()
    }
    fn put(&self, level: usize, plane: usize, index: BlockIndex, view: &AnyView<'_>) -> Result<()> {
        self.blocks.pixels(level, index, view, |bytes| self.assembler.put(level, plane, index, bytes))
    }
    /// Store every block that never came as nodata (0 without nodata), and invalid. They are all alike, and are
    /// encoded once per shape.
    pub(super) fn fill_missing(&self) -> Result<()> {
        let spec = self.spec();
        let mut empty: HashMap<(usize, usize, usize), EmptyBlock> = HashMap::new();
        for level in self.first_level..spec.levels.len() {
            for (index, window) in spec.grid(level).iter() {
                if self.assembler.has(level, index) {
                    continue;
                }
                let shape = (self.blocks.rows(level, index), window.height, window.width);
                let EmptyBlock { planes, mask } = match empty.entry(shape) {
                    Entry::Occupied(found) => found.into_mut(),
                    Entry::Vacant(place) => place.insert(self.blocks.empty(level, index)?),
                };
                for (plane, bytes) in planes.iter().enumerate() {
                    self.assembler.put(level, plane, index, bytes)?;
                }
                if let Some(bytes) = mask {
                    self.assembler.put_mask(level, index, bytes)?;
                }
            }
        }
        Ok(())
    }
    /// Statistics per band as metadata items (band from 1, name, value).
    pub(super) fn statistics(&self) -> Vec<(usize, &'static str, String)> {
        let Some(moments) = &self.moments else { return Vec::new() };
        let moments = moments.lock().unwrap_or_else(PoisonError::into_inner);
        let (width, height) = self.spec().levels[0];
        let band = |b: usize| {
            // Block by block in a fixed order: the sums do not depend on who came first.
            let all = moments.iter().filter_map(|m| m.get(b)).fold(Moments::default(), |a, m| a.merged(m));
            statistics::items(&all, width as f64 * height as f64)
                .into_iter()
                .map(move |(name, value)| (b + 1, name, value))
        };
        (0..self.bands.len()).flat_map(band).collect()
    }
}

impl TileSink for Encoder {
    fn tile(&self, level: usize, index: BlockIndex, tile: &TileView<'_>) -> Result<()> {
        let spec = self.spec();
        if let Some(moments) = self.moments.as_ref().filter(|_| level == 0) {
            let own = statistics::of_tile(tile, &self.bands);
            let number = index.row * spec.grid(0).columns() + index.col;
            moments.lock().unwrap_or_else(PoisonError::into_inner)[number] = own;
        }
        if level < self.first_level
            || (spec.options.sparse && is_empty(&tile.pixels, tile.mask.as_ref(), spec.info.nodata()))
        {
            return Ok(());
        }
        match spec.options.interleave {
            Interleave::Pixel => self.put(level, 0, index, &tile.pixels)?,
            _ => {
                for plane in 0..spec.planes {
                    self.put(level, plane, index, &tile.pixels.band(plane))?;
                }
            }
        }
        let Some(mask) = &tile.mask else { return Ok(()) };
        self.blocks.mask(level, index, mask, |bytes| self.assembler.put_mask(level, index, bytes))
    }
}
