//! Encoded blocks to a file: blocks arrive in any order and are laid out when all are in.

use super::in_place::InPlace;
use super::options::{CreateOptions, FileLayout};
use super::spec::Spec;
use super::spool::{Spool, write_failed};
use super::tags;
use crate::cog::layout::{BlockRef, LEADER, Layout, LayoutImage, TRAILER, lay_out, lay_out_behind};
use crate::cog::structure::Ghost;
use crate::format::Interleave;
use crate::temporary::{HAS_FILES, scratch_directory};
use crate::tiff::serialize::Flavor;
use raster_core::{BlockIndex, Error, RasterInfo, Result, Size};
use std::{
    io::Write,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Bytes of the file.
    pub bytes: u64,
    /// Is it a BigTIFF?
    pub big_tiff: bool,
}

/// Puts a file together from blocks that were encoded elsewhere: by another thread, process or machine.
///
/// A block's bytes are what stands in the file between leader and trailer. Levels count from 0, the full
/// resolution; planes are bands (from 0), or 0 alone when bands are interleaved by pixel. Blocks that never
/// came are left out (sparse).
///
/// ```
/// use geotiff_io::{CreateOptions, Dataset, TileAssembler};
/// use raster_core::{BlockIndex, DataType, RasterInfo, RasterSource, Window};
/// // 32 × 16 pixels of one byte in two uncompressed tiles, of which the second is stored.
/// let info = RasterInfo::new(32, 16, 1, DataType::U8);
/// let assembler = TileAssembler::new(&info, &CreateOptions::geotiff().with_block_size(16))?;
/// assembler.put(0, 0, BlockIndex { row: 0, col: 1 }, &[7; 256])?;
/// let mut file = Vec::new();
/// assembler.finish(&mut file)?;
/// let pixels = Dataset::from_bytes(file)?.read_window(&[1], &Window::new(15, 0, 2, 1))?.into_typed::<u8>()?;
/// assert_eq!(pixels.into_raw_vec_and_offset().0, [0, 7]);
/// # Ok::<(), geotiff_io::Error>(())
/// ```
#[derive(Debug)]
pub struct TileAssembler {
    spec: Spec,
    state: Mutex<State>,
    /// Takes the blocks instead of the spool.
    in_place: Option<InPlace>,
}

#[derive(Debug)]
struct State {
    spool: Spool,
    /// Per image (levels, then masks of the levels): the place of each block.
    images: Vec<Vec<Place>>,
}

/// Where a block is in the spool, leader included; `len` is that of the block alone, 0 when it has not come.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    at: u64,
    len: u32,
}

impl TileAssembler {
    /// For a raster of this description.
    ///
    /// # Errors
    /// `Misuse` when description and options do not fit together.
    pub fn new(info: &RasterInfo, options: &CreateOptions) -> Result<Self> {
        Ok(Self::with_spec(Spec::new(info, options)?, scratch_directory()))
    }
    pub(crate) fn with_spec(spec: Spec, spool_directory: PathBuf) -> Self {
        let levels = spec.levels.len();
        let blocks = |planes: usize, level: usize| vec![Place::default(); planes * spec.grid(level).len()];
        let mut images: Vec<_> = (0..levels).map(|l| blocks(spec.planes, l)).collect();
        if spec.mask_format.is_some() {
            images.extend((0..levels).map(|l| blocks(1, l)));
        }
        let memory = if HAS_FILES { spec.options.spool_memory } else { usize::MAX };
        let spool = Spool::new(memory, spool_directory);
        Self { state: Mutex::new(State { spool, images }), spec, in_place: None }
    }
    /// Send blocks to `file`, the output itself, where their places can be known beforehand.
    pub(crate) fn write_in_place(&mut self, file: std::fs::File) -> Result<()> {
        let known = [false, true].map(|mask| self.spec.known_block_len(mask));
        let [Some(len), Some(mask_len)] = known.map(|len| len.filter(|_| InPlace::POSSIBLE)) else {
            return Ok(());
        };
        let order = self.image_order();
        let mut images = self.layout_images(&order, &[])?;
        for (image, (_, mask)) in images.iter_mut().zip(&order) {
            image.lengths.fill(if *mask { mask_len } else { len });
        }
        let layout = self.lay_out(&images, &data_order(&self.spec, &order))?;
        // By image number, as blocks are put.
        let place = |level: usize, mask: bool| order.iter().position(|&o| o == (level, mask));
        let levels = 0..self.spec.levels.len();
        let numbers = levels.clone().map(|l| place(l, false)).chain(levels.map(|l| place(l, true)));
        let numbers = numbers.flatten().collect();
        self.in_place = Some(InPlace::new(file, layout, numbers));
        Ok(())
    }
    pub(crate) fn spec(&self) -> &Spec {
        &self.spec
    }
    /// Sizes of the levels, the full resolution first.
    #[must_use]
    pub fn levels(&self) -> Vec<Size> {
        self.spec.levels.iter().copied().map(Size::from).collect()
    }
    /// Add a block of pixels.
    ///
    /// # Errors
    /// `Misuse` when there is no such block, when it came before, or when it has no bytes; `Io` when the
    /// temporary file cannot be written.
    pub fn put(&self, level: usize, plane: usize, index: BlockIndex, bytes: &[u8]) -> Result<()> {
        self.put_image(level, false, plane, index, bytes)
    }
    /// Add a block of the mask.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn put_mask(&self, level: usize, index: BlockIndex, bytes: &[u8]) -> Result<()> {
        self.put_image(level, true, 0, index, bytes)
    }
    pub(crate) fn put_image(
        &self,
        level: usize,
        mask: bool,
        plane: usize,
        index: BlockIndex,
        bytes: &[u8],
    ) -> Result<()> {
        let planes = if mask { 1 } else { self.spec.planes };
        let known = level < self.spec.levels.len() && (!mask || self.spec.mask_format.is_some());
        let grid = self.spec.grid(level.min(self.spec.levels.len() - 1));
        if !known || plane >= planes || index.row >= grid.rows() || index.col >= grid.columns() {
            return Err(Error::misuse(format!(
                "there is no block in level {level}, plane {plane}, row {}, column {}",
                index.row, index.col
            )));
        }
        let len = u32::try_from(bytes.len()).ok().filter(|&n| n > 0);
        let Some(len) = len else {
            return Err(Error::misuse(format!("a block of {} bytes", bytes.len())));
        };
        let number = (plane * grid.rows() + index.row) * grid.columns() + index.col;
        let image = if mask { self.spec.levels.len() + level } else { level };
        let (leader, trailer) = (len.to_le_bytes(), trailer(bytes));
        let with_leader = [&leader[..], bytes, &trailer];
        let parts = if self.has_leaders() { &with_leader[..] } else { &with_leader[1..2] };
        let came_before =
            || Error::misuse(format!("the block in row {}, column {} came before", index.row, index.col));
        if let Some(in_place) = &self.in_place {
            if self.state().images[image][number].len > 0 {
                return Err(came_before());
            }
            // Every block has a place of its own: no lock is held while it is written.
            in_place.put(image, number, parts)?;
            self.state().images[image][number].len = len;
            return Ok(());
        }
        let mut guard = self.state();
        let state = &mut *guard;
        let place = &mut state.images[image][number];
        if place.len > 0 {
            return Err(came_before());
        }
        *place = Place { at: state.spool.push(parts)?, len };
        Ok(())
    }
    /// Has this block come?
    pub(crate) fn has(&self, level: usize, index: BlockIndex) -> bool {
        let number = index.row * self.spec.grid(level).columns() + index.col;
        self.state().images[level][number].len > 0
    }
    fn has_leaders(&self) -> bool {
        self.spec.options.layout == FileLayout::Cog
    }
    fn state(&self) -> MutexGuard<'_, State> {
        // A block is registered only after its bytes are in: a panic on the way leaves no half.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lay the file out and write it from front to back.
    ///
    /// # Errors
    /// `Misuse` when the file needs BigTIFF and the options forbid it; `Io` when `sink` fails.
    pub fn finish(self, sink: &mut dyn Write) -> Result<Written> {
        self.finish_with(&[], sink)
    }
    pub(crate) fn finish_with(
        mut self,
        statistics: &[(usize, &'static str, String)],
        sink: &mut dyn Write,
    ) -> Result<Written> {
        if let Some(in_place) = &self.in_place {
            let written = self.all_in_place(in_place)?;
            sink.write_all(&in_place.layout().head).map_err(write_failed)?;
            in_place.copy_data(sink)?;
            sink.flush().map_err(write_failed)?;
            return Ok(written);
        }
        let order = self.image_order();
        let images = self.layout_images(&order, statistics)?;
        let data = data_order(&self.spec, &order);
        let layout = self.lay_out(&images, &data)?;
        self.emit(&layout, &order, &data, sink)
    }
    /// Complete the file that blocks went to directly; `None` when there is no such file.
    pub(crate) fn finish_in_place(&self) -> Result<Option<Written>> {
        let Some(in_place) = &self.in_place else { return Ok(None) };
        let written = self.all_in_place(in_place)?;
        in_place.finish()?;
        Ok(Some(written))
    }
    fn all_in_place(&self, in_place: &InPlace) -> Result<Written> {
        if self.state().images.iter().flatten().any(|place| place.len == 0) {
            return Err(Error::internal("a block that was to be written in place never came"));
        }
        Ok(Written { bytes: in_place.layout().total, big_tiff: in_place.layout().big })
    }
    fn lay_out(&self, images: &[LayoutImage], data: &[BlockRef]) -> Result<Layout> {
        let ghost = self.has_leaders().then(|| Ghost {
            interleave: (self.spec.info.bands.len() > 1).then_some(self.spec.options.interleave),
            mask_interleaved: self.mask_interleaved(),
        });
        let options = &self.spec.options;
        lay_out(options.byte_order, options.big_tiff, ghost, images, data)
    }
    /// Write the overviews, without the full resolution, as what follows byte `start` of a file. Returns the length
    /// of the file.
    pub(crate) fn finish_overviews(
        mut self,
        flavor: Flavor,
        start: u64,
        sink: &mut dyn Write,
    ) -> Result<u64> {
        let order: Vec<_> = self.image_order().into_iter().filter(|o| o.0 > 0).collect();
        let images = self.layout_images(&order, &[])?;
        let data = data_order(&self.spec, &order);
        let layout = lay_out_behind(flavor, start, &images, &data)?;
        self.emit(&layout, &order, &data, sink).map(|w| w.bytes)
    }
    fn layout_images(
        &self,
        order: &[(usize, bool)],
        statistics: &[(usize, &'static str, String)],
    ) -> Result<Vec<LayoutImage>> {
        let state = self.state();
        let image = |&(level, mask): &(usize, bool)| {
            let places = &state.images[image_number(&self.spec, level, mask)];
            Ok(LayoutImage {
                fields: tags::fields(&self.spec, level, mask, statistics)?,
                tiled: self.spec.tiled,
                lengths: places.iter().map(|p| p.len).collect(),
            })
        };
        order.iter().map(image).collect()
    }
    fn emit(
        &mut self,
        layout: &Layout,
        order: &[(usize, bool)],
        data: &[BlockRef],
        sink: &mut dyn Write,
    ) -> Result<Written> {
        sink.write_all(&layout.head).map_err(write_failed)?;
        let around = if self.has_leaders() { (LEADER + TRAILER) as u64 } else { 0 };
        let State { spool, images } = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut spool = std::mem::replace(spool, Spool::new(0, PathBuf::new())).into_reader()?;
        let mut buffer = Vec::new();
        // Blocks that follow each other in the spool as in the file are copied in one go.
        let mut run = (0, 0);
        for block in data {
            let (level, mask) = order[block.image];
            let place = images[image_number(&self.spec, level, mask)][block.block];
            if place.len == 0 {
                continue;
            }
            let len = u64::from(place.len) + around;
            if place.at == run.0 + run.1 {
                run.1 += len;
            } else {
                spool.copy(run.0, run.1, sink, &mut buffer)?;
                run = (place.at, len);
            }
        }
        spool.copy(run.0, run.1, sink, &mut buffer)?;
        sink.flush().map_err(write_failed)?;
        Ok(Written { bytes: layout.total, big_tiff: layout.big })
    }
    fn mask_interleaved(&self) -> bool {
        self.spec.mask_format.is_some() && self.spec.options.interleave == Interleave::Pixel
    }
    /// The images in the order of their directories: full resolution, its mask, overviews, their masks.
    fn image_order(&self) -> Vec<(usize, bool)> {
        let levels = self.spec.levels.len();
        let masks = self.spec.mask_format.is_some();
        let mut order = vec![(0, false)];
        order.extend(masks.then_some((0, true)));
        order.extend((1..levels).map(|l| (l, false)));
        if masks {
            order.extend((1..levels).map(|l| (l, true)));
        }
        order
    }
}

fn image_number(spec: &Spec, level: usize, mask: bool) -> usize {
    if mask { spec.levels.len() + level } else { level }
}

/// The last four bytes again; zeros behind fewer.
fn trailer(bytes: &[u8]) -> [u8; TRAILER] {
    let mut out = [0; TRAILER];
    let n = bytes.len().min(TRAILER);
    out[..n].copy_from_slice(&bytes[bytes.len() - n..]);
    out
}

/// The order of the data: smallest level first in a COG, full resolution first otherwise; row by row; with
/// pixel or tile interleave everything of one place together, the mask last.
fn data_order(spec: &Spec, order: &[(usize, bool)]) -> Vec<BlockRef> {
    let image = |level: usize, mask: bool| order.iter().position(|&o| o == (level, mask));
    let mut levels: Vec<usize> = (0..spec.levels.len()).collect();
    if spec.options.layout == FileLayout::Cog {
        levels.reverse();
    }
    let mut data = Vec::new();
    for level in levels {
        let Some(pixels) = image(level, false) else { continue };
        let mask = image(level, true);
        let blocks = spec.grid(level).len();
        match spec.options.interleave {
            Interleave::Band => {
                data.extend((0..spec.planes * blocks).map(|block| BlockRef { image: pixels, block }));
                data.extend(
                    mask.into_iter()
                        .flat_map(|image| (0..blocks).map(move |block| BlockRef { image, block })),
                );
            }
            Interleave::Pixel | Interleave::Tile => {
                for block in 0..blocks {
                    data.extend(
                        (0..spec.planes).map(|p| BlockRef { image: pixels, block: p * blocks + block }),
                    );
                    data.extend(mask.map(|image| BlockRef { image, block }));
                }
            }
        }
    }
    data
}
