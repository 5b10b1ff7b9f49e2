//! Complete blocks of pixels to encoded blocks in the assembler.

use super::assemble::TileAssembler;
use super::pack::pack;
use super::spec::Spec;
use super::statistics;
use crate::codec::{self, Scratch};
use crate::format::{Compression, Interleave};
use crate::moments::Moments;
use crate::pyramid::{
    BandRule,
    pyramid::TileSink,
    tile::{Tile, TileView},
};
use raster_core::{AnyView, BlockIndex, Nodata, Result, Sample, with_array};
use std::sync::{Mutex, PoisonError};

/// Encodes blocks and hands them to the assembler.
#[derive(Debug)]
pub(super) struct Encoder {
    pub(super) assembler: TileAssembler,
    bands: Vec<BandRule>,
    /// Buffers of threads that are between two blocks.
    pool: Mutex<Vec<Buffers>>,
    /// The finest level that is stored: 1 when overviews are added to a file.
    first_level: usize,
    /// Per block of the full resolution, when statistics are wanted.
    moments: Option<Mutex<Vec<Vec<Moments>>>>,
}

#[derive(Debug, Default)]
struct Buffers {
    pixels: Vec<u8>,
    encoded: Vec<u8>,
    scratch: Scratch,
}

/// A block without data, encoded.
struct EmptyBlock {
    /// One per plane that is stored apart.
    planes: Vec<Vec<u8>>,
    mask: Option<Vec<u8>>,
}

impl Encoder {
    pub(super) fn new(assembler: TileAssembler, bands: Vec<BandRule>, first_level: usize) -> Self {
        let spec = assembler.spec();
        let moments = spec.options.statistics.then(|| Mutex::new(vec![Vec::new(); spec.grid(0).len()]));
        Self { bands, pool: Mutex::new(Vec::new()), first_level, moments, assembler }
    }
    fn spec(&self) -> &Spec {
        self.assembler.spec()
    }
    fn with_buffers<R>(&self, work: impl FnOnce(&mut Buffers) -> R) -> R {
        let take = || self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let mut buffers = take().pop().unwrap_or_default();
        let result = work(&mut buffers);
        take().push(buffers);
        result
    }
    /// Rows of a block as it is stored: strips at the end are shorter, tiles are not.
    fn rows(&self, level: usize, index: BlockIndex) -> usize {
        let spec = self.spec();
        if spec.tiled { spec.block.1 } else { spec.grid(level).window(index).height }
    }
    fn put(&self, level: usize, plane: usize, index: BlockIndex, view: &AnyView<'_>) -> Result<()> {
        let rows = self.rows(level, index);
        let format = self.spec().block_format(false);
        self.with_buffers(|b| {
            b.pixels.resize(format.decoded_len(rows), 0);
            pack(view, format.width, format.compression == Compression::Jpeg, &mut b.pixels);
            codec::encode(format, &mut b.pixels, rows, &mut b.encoded, &mut b.scratch)?;
            self.assembler.put(level, plane, index, &b.encoded)
        })
    }
    fn put_mask(&self, level: usize, index: BlockIndex, mask: &ndarray::ArrayView2<'_, u8>) -> Result<()> {
        let rows = self.rows(level, index);
        let format = self.spec().block_format(true);
        self.with_buffers(|b| {
            b.pixels.clear();
            b.pixels.resize(format.decoded_len(rows), 0);
            for (line, row) in b.pixels.chunks_exact_mut(format.width).zip(mask.outer_iter()) {
                for (to, v) in line.iter_mut().zip(row) {
                    *to = u8::from(*v != 0);
                }
            }
            codec::encode(format, &mut b.pixels, rows, &mut b.encoded, &mut b.scratch)?;
            self.assembler.put_mask(level, index, &b.encoded)
        })
    }
    /// Store every block that never came as nodata (0 without nodata), and invalid. They are all alike, and are
    /// encoded once per shape.
    pub(super) fn fill_missing(&self) -> Result<()> {
        let spec = self.spec();
        let mut full: Option<(EmptyBlock, usize)> = None;
        for level in self.first_level..spec.levels.len() {
            for (index, _) in spec.grid(level).iter() {
                if self.assembler.has(level, index) {
                    continue;
                }
                let rows = self.rows(level, index);
                if full.as_ref().is_none_or(|f| f.1 != rows) {
                    full = Some((self.encode_empty(rows)?, rows));
                }
                let Some((EmptyBlock { planes, mask }, _)) = &full else { continue };
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
    fn encode_empty(&self, rows: usize) -> Result<EmptyBlock> {
        let spec = self.spec();
        let mut tile = Tile::new(spec.info.data_type, (spec.info.bands.len(), rows, spec.block.0), false);
        for (i, band) in self.bands.iter().enumerate() {
            if let Some(nodata) = band.nodata {
                tile.pixels.view_mut().band_mut(i).fill(nodata.value());
            }
        }
        let encode = |mask: bool, view: Option<&AnyView<'_>>| {
            let format = spec.block_format(mask);
            self.with_buffers(|b| {
                b.pixels.clear();
                b.pixels.resize(format.decoded_len(rows), 0);
                if let Some(view) = view {
                    pack(view, format.width, format.compression == Compression::Jpeg, &mut b.pixels);
                }
                codec::encode(format, &mut b.pixels, rows, &mut b.encoded, &mut b.scratch)?;
                Ok(b.encoded.clone())
            })
        };
        let view = tile.view().pixels;
        let planes = match spec.options.interleave {
            Interleave::Pixel => vec![encode(false, Some(&view))?],
            _ => (0..spec.planes).map(|p| encode(false, Some(&view.band(p)))).collect::<Result<_>>()?,
        };
        let mask = spec.mask_format.is_some().then(|| encode(true, None)).transpose()?;
        Ok(EmptyBlock { planes, mask })
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
        if level < self.first_level || (spec.options.sparse && is_empty(tile, &self.bands)) {
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
        tile.mask.as_ref().map_or(Ok(()), |mask| self.put_mask(level, index, mask))
    }
}

/// Are all samples nodata (0 without nodata), and is nothing valid?
fn is_empty(tile: &TileView<'_>, bands: &[BandRule]) -> bool {
    tile.mask.as_ref().is_none_or(|m| m.iter().all(|&v| v == 0))
        && bands.iter().enumerate().all(|(i, rule)| {
            let band = tile.pixels.band(i);
            with_array!(AnyView, &band, a => all_are(a.iter().copied(), rule.nodata))
        })
}

fn all_are<T: Sample>(mut samples: impl Iterator<Item = T>, nodata: Option<Nodata>) -> bool {
    let empty = nodata.and_then(Nodata::to_sample::<T>).unwrap_or_default();
    samples.all(|v| v == empty || (v.is_nan() && empty.is_nan()))
}
