//! Encoded blocks to a file: blocks arrive in any order and are laid out when all are in.

use super::block_encoder::EncodedBlock;
use super::in_place::InPlace;
use super::options::CreateOptions;
use super::spec::Spec;
use super::spool::{Spool, write_failed};
use crate::cog::layout::{BlockRef, LEADER, Layout, TRAILER, lay_out_behind};
use crate::image_id::ImageId;
use crate::table::table;
use crate::temporary::{HAS_FILES, scratch_directory};
use crate::tiff::serialize::Flavor;
use raster_core::{BlockIndex, Error, RasterInfo, Result, Size};
use std::{
    collections::BTreeMap,
    io::Write,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
    spec: Arc<Spec>,
    state: Mutex<State>,
    /// Takes the blocks instead of the spool.
    in_place: Option<InPlace>,
}

#[derive(Debug)]
struct State {
    spool: Spool,
    /// The place of each block.
    images: BTreeMap<ImageId, Vec<Place>>,
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
    /// `Misuse` when description and options do not fit together; `Limit` when there are too many blocks.
    pub fn new(info: &RasterInfo, options: &CreateOptions) -> Result<Self> {
        Self::with_spec(Spec::new(info, options)?, scratch_directory())
    }
    pub(crate) fn with_spec(spec: Spec, spool_directory: PathBuf) -> Result<Self> {
        let places = |&id: &ImageId| Ok((id, table(Place::default(), spec.block_count(id))?));
        let images = spec.images().iter().map(places).collect::<Result<_>>()?;
        let memory = if HAS_FILES { spec.options.spool_memory } else { usize::MAX };
        let spool = Spool::new(memory, spool_directory);
        Ok(Self { state: Mutex::new(State { spool, images }), spec: Arc::new(spec), in_place: None })
    }
    /// Send blocks to `file`, the output itself, where their places can be known beforehand.
    pub(crate) fn write_in_place(&mut self, file: std::fs::File) -> Result<()> {
        let known = [false, true].map(|mask| self.spec.known_block_len(mask));
        let [Some(len), Some(mask_len)] = known.map(|len| len.filter(|_| InPlace::POSSIBLE)) else {
            return Ok(());
        };
        let lengths = |id: ImageId| vec![if id.mask { mask_len } else { len }; self.spec.block_count(id)];
        let (layout, _) = self.spec.lay_out(lengths, &[])?;
        self.in_place = Some(InPlace::new(file, layout));
        Ok(())
    }
    pub(crate) fn spec(&self) -> &Spec {
        &self.spec
    }
    pub(crate) fn shared_spec(&self) -> Arc<Spec> {
        Arc::clone(&self.spec)
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
        self.put_image(ImageId::pixels(level), plane, index, bytes)
    }
    /// Add a block of the mask.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn put_mask(&self, level: usize, index: BlockIndex, bytes: &[u8]) -> Result<()> {
        self.put_image(ImageId::mask(level), 0, index, bytes)
    }
    /// Add a block that [`BlockEncoder`](crate::BlockEncoder) made, here or elsewhere.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn put_block(&self, block: &EncodedBlock) -> Result<()> {
        let EncodedBlock { image, number, bytes } = block;
        if !self.spec.images().contains(image) || *number >= self.spec.block_count(*image) {
            return Err(Error::misuse(format!("there is no block {number} in {image:?}")));
        }
        self.put_number(*image, *number, bytes)
    }
    fn put_image(&self, image: ImageId, plane: usize, index: BlockIndex, bytes: &[u8]) -> Result<()> {
        let number = self.spec.block_number(image, plane, index)?;
        self.put_number(image, number, bytes)
    }
    fn put_number(&self, image: ImageId, number: usize, bytes: &[u8]) -> Result<()> {
        let len = u32::try_from(bytes.len()).ok().filter(|&n| n > 0);
        let Some(len) = len else {
            return Err(Error::misuse(format!("a block of {} bytes", bytes.len())));
        };
        let (leader, trailer) = (len.to_le_bytes(), trailer(bytes));
        let with_leader = [&leader[..], bytes, &trailer];
        let parts = if self.spec.has_leaders() { &with_leader[..] } else { &with_leader[1..2] };
        let came_before = || {
            let blocks = self.spec.grid(image.level);
            let place = number % blocks.len();
            Error::misuse(format!(
                "the block in row {}, column {} came before",
                place / blocks.columns(),
                place % blocks.columns()
            ))
        };
        if let Some(in_place) = &self.in_place {
            if self.state().place(image, number).len > 0 {
                return Err(came_before());
            }
            // Every block has a place of its own: no lock is held while it is written.
            in_place.put(image, number, parts)?;
            self.state().place(image, number).len = len;
            return Ok(());
        }
        let mut guard = self.state();
        let state = &mut *guard;
        if state.place(image, number).len > 0 {
            return Err(came_before());
        }
        let at = state.spool.push(parts)?;
        *state.place(image, number) = Place { at, len };
        Ok(())
    }
    /// Has this block come?
    pub(crate) fn has(&self, level: usize, index: BlockIndex) -> bool {
        let number = index.row * self.spec.grid(level).columns() + index.col;
        self.state().place(ImageId::pixels(level), number).len > 0
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
        let (layout, data) = self.spec.lay_out(|id| self.state().lengths(id), statistics)?;
        self.emit(&layout, &data, sink)
    }
    /// Complete the file that blocks went to directly; `None` when there is no such file.
    pub(crate) fn finish_in_place(&self) -> Result<Option<Written>> {
        let Some(in_place) = &self.in_place else { return Ok(None) };
        let written = self.all_in_place(in_place)?;
        in_place.finish()?;
        Ok(Some(written))
    }
    fn all_in_place(&self, in_place: &InPlace) -> Result<Written> {
        if self.state().images.values().flatten().any(|place| place.len == 0) {
            return Err(Error::internal("a block that was to be written in place never came"));
        }
        Ok(Written { bytes: in_place.layout().total, big_tiff: in_place.layout().big })
    }
    /// Write the overviews, without the full resolution, as what follows byte `start` of a file. Returns the length
    /// of the file.
    pub(crate) fn finish_overviews(
        mut self,
        flavor: Flavor,
        start: u64,
        sink: &mut dyn Write,
    ) -> Result<u64> {
        let overviews: Vec<ImageId> = self.spec.images().into_iter().filter(|id| id.level > 0).collect();
        let data = self.spec.data_order(&overviews);
        let images = self.spec.layout_images(&overviews, |id| self.state().lengths(id), &[])?;
        let layout = lay_out_behind(flavor, start, &images, &data)?;
        self.emit(&layout, &data, sink).map(|w| w.bytes)
    }
    fn emit(&mut self, layout: &Layout, data: &[BlockRef], sink: &mut dyn Write) -> Result<Written> {
        sink.write_all(&layout.head).map_err(write_failed)?;
        let around = if self.spec.has_leaders() { (LEADER + TRAILER) as u64 } else { 0 };
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut spool = std::mem::replace(&mut state.spool, Spool::new(0, PathBuf::new())).into_reader()?;
        let mut buffer = Vec::new();
        // Blocks that follow each other in the spool as in the file are copied in one go.
        let mut run = (0, 0);
        for block in data {
            let place = *state.place(block.image, block.block);
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
}

impl State {
    /// Of a block that exists.
    fn place(&mut self, image: ImageId, number: usize) -> &mut Place {
        &mut self.images.get_mut(&image).expect("every image of the file is there from the start")[number]
    }
    fn lengths(&self, image: ImageId) -> Vec<u32> {
        self.images[&image].iter().map(|place| place.len).collect()
    }
}

/// The last four bytes again; zeros behind fewer.
pub(super) fn trailer(bytes: &[u8]) -> [u8; TRAILER] {
    let mut out = [0; TRAILER];
    let n = bytes.len().min(TRAILER);
    out[..n].copy_from_slice(&bytes[bytes.len() - n..]);
    out
}
