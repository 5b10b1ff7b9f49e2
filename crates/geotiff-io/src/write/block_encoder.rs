//! Pixels of one block to the bytes that are stored: a step of its own, for whoever encodes elsewhere.

use super::options::CreateOptions;
use super::pack::pack;
use super::spec::Spec;
use crate::codec;
use crate::format::{Compression, Interleave};
use crate::image_id::ImageId;
use crate::workspace::Workspace;
use ndarray::ArrayView2;
use raster_core::{
    AnyView, BlockGrid, BlockIndex, Error, Nodata, RasterInfo, Result, Sample, Size, with_array,
};
use std::sync::Arc;

/// A block as it is stored, without leader and trailer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedBlock {
    /// The image that it belongs to.
    pub image: ImageId,
    /// Its number among the blocks of the image, as the tag lists them: plane after plane, row by row.
    pub number: usize,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The blocks of a place without data, encoded.
pub(super) struct EmptyBlock {
    /// One per plane that is stored apart.
    pub(super) planes: Vec<Vec<u8>>,
    pub(super) mask: Option<Vec<u8>>,
}

/// Encodes blocks, and nothing else: no file, no order, no state. Whoever has the pixels of a block (a thread, a process,
/// another machine) turns them into bytes; [`CogLayout`](crate::CogLayout) says from the lengths where they go, and
/// [`TileAssembler`](crate::TileAssembler) puts them together. The bytes are those that [`GeoTiffWriter`](crate::GeoTiffWriter)
/// writes.
///
/// ```
/// use geotiff_io::{BlockEncoder, CreateOptions, Dataset, ImageId, TileAssembler};
/// use raster_core::{BlockIndex, DataType, RasterInfo, RasterSource, Sample};
/// let info = RasterInfo::new(40, 20, 1, DataType::U16);
/// let options = CreateOptions::cog().with_block_size(32);
/// // Elsewhere: the pixels of each block, clipped to the raster …
/// let encoder = BlockEncoder::new(&info, &options)?;
/// let mut blocks = Vec::new();
/// for level in 0..encoder.levels().len() {
///     for (index, window) in encoder.grid(level)?.iter() {
///         let pixels = ndarray::Array3::from_elem((1, window.height, window.width), 7u16);
///         blocks.extend(encoder.encode_all(level, index, &u16::erase_view(pixels.view()), None)?);
///     }
/// }
/// // … and here: the file.
/// let assembler = TileAssembler::new(&info, &options)?;
/// for block in &blocks {
///     assembler.put_block(block)?;
/// }
/// let mut file = Vec::new();
/// assembler.finish(&mut file)?;
/// assert_eq!(Dataset::from_bytes(file)?.read::<u16>().array()?[[0, 19, 39]], 7);
/// # Ok::<(), geotiff_io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BlockEncoder {
    spec: Arc<Spec>,
}

impl BlockEncoder {
    /// For the blocks of a raster of this description.
    ///
    /// # Errors
    /// `Misuse` when description and options do not fit together.
    pub fn new(info: &RasterInfo, options: &CreateOptions) -> Result<Self> {
        Ok(Self::with_spec(Arc::new(Spec::new(info, options)?)))
    }
    pub(super) fn with_spec(spec: Arc<Spec>) -> Self {
        Self { spec }
    }
    /// Sizes of the levels, the full resolution first.
    #[must_use]
    pub fn levels(&self) -> Vec<Size> {
        self.spec.levels.iter().copied().map(Size::from).collect()
    }
    /// How a level is cut into blocks.
    ///
    /// # Errors
    /// `Misuse` when there is no such level.
    pub fn grid(&self, level: usize) -> Result<BlockGrid> {
        if level >= self.spec.levels.len() {
            return Err(Error::misuse(format!("level {level} of a file with {}", self.spec.levels.len())));
        }
        Ok(self.spec.grid(level))
    }
    /// The images of the file, in the order of their directories.
    #[must_use]
    pub fn images(&self) -> Vec<ImageId> {
        self.spec.images()
    }
    /// Blocks at one place: 1 when pixels are interleaved, else one per band.
    #[must_use]
    pub fn planes(&self) -> usize {
        self.spec.planes
    }

    /// Encode one block of pixels: of shape (bands, rows, columns) when pixels are interleaved, else (1, rows, columns) of
    /// the band `plane` (from 0). Rows and columns are those of the block inside the raster.
    ///
    /// # Errors
    /// `Misuse` when there is no such block, or shape or type do not fit; what the codec meets.
    pub fn encode(
        &self,
        level: usize,
        plane: usize,
        index: BlockIndex,
        pixels: &AnyView<'_>,
    ) -> Result<EncodedBlock> {
        let image = ImageId::pixels(level);
        let number = self.spec.block_number(image, plane, index)?;
        let bands = if self.spec.planes == 1 { self.spec.info.bands.len() } else { 1 };
        self.check(level, index, pixels.shape(), bands)?;
        self.check_type(pixels)?;
        let bytes = self.pixels(level, index, pixels, |bytes| Ok(bytes.to_vec()))?;
        Ok(EncodedBlock { image, number, bytes })
    }
    /// Encode one block of the mask, of shape (rows, columns): 0 is invalid, anything else valid.
    ///
    /// # Errors
    /// As [`encode`](Self::encode); `Misuse` when the file has no mask.
    pub fn encode_mask(
        &self,
        level: usize,
        index: BlockIndex,
        mask: &ArrayView2<'_, u8>,
    ) -> Result<EncodedBlock> {
        let image = ImageId::mask(level);
        let number = self.spec.block_number(image, 0, index)?;
        let (rows, cols) = mask.dim();
        self.check(level, index, (1, rows, cols), 1)?;
        let bytes = self.mask(level, index, mask, |bytes| Ok(bytes.to_vec()))?;
        Ok(EncodedBlock { image, number, bytes })
    }
    /// Encode all blocks of one place, the mask's included: `pixels` has the shape (bands, rows, columns). Without a mask
    /// everything is valid, where the file has one. Nothing comes back for a place that a sparse file leaves out.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn encode_all(
        &self,
        level: usize,
        index: BlockIndex,
        pixels: &AnyView<'_>,
        mask: Option<&ArrayView2<'_, u8>>,
    ) -> Result<Vec<EncodedBlock>> {
        let spec = &*self.spec;
        spec.block_number(ImageId::pixels(level), 0, index)?;
        self.check(level, index, pixels.shape(), spec.info.bands.len())?;
        self.check_type(pixels)?;
        if spec.options.sparse && is_empty(pixels, mask, spec.info.nodata()) {
            return Ok(Vec::new());
        }
        let mut blocks = match spec.options.interleave {
            Interleave::Pixel => vec![self.encode(level, 0, index, pixels)?],
            _ => (0..spec.planes)
                .map(|p| self.encode(level, p, index, &pixels.band(p)))
                .collect::<Result<Vec<_>>>()?,
        };
        if spec.mask_format.is_some() {
            let (_, rows, cols) = pixels.shape();
            let valid = ndarray::Array2::from_elem((rows, cols), 255);
            let mask = mask.map_or(valid.view(), |m| m.reborrow());
            blocks.push(self.encode_mask(level, index, &mask)?);
        } else if mask.is_some() {
            return Err(Error::misuse("this file has no mask; ask for one in the options"));
        }
        Ok(blocks)
    }

    fn check(
        &self,
        level: usize,
        index: BlockIndex,
        shape: (usize, usize, usize),
        bands: usize,
    ) -> Result<()> {
        let window = self.spec.grid(level).window(index);
        let expected = (bands, window.height, window.width);
        if shape == expected {
            return Ok(());
        }
        Err(Error::misuse(format!("an array of shape {shape:?} for a block of {expected:?}"))
            .at_window(window))
    }
    fn check_type(&self, pixels: &AnyView<'_>) -> Result<()> {
        let (own, expected) = (pixels.data_type(), self.spec.info.data_type);
        if own == expected {
            return Ok(());
        }
        Err(Error::misuse(format!("the array holds {own}, the raster {expected}")))
    }

    /// Rows of a block as it is stored: strips at the end are shorter, tiles are not.
    pub(super) fn rows(&self, level: usize, index: BlockIndex) -> usize {
        if self.spec.tiled { self.spec.block.1 } else { self.spec.grid(level).window(index).height }
    }
    /// Encode a block that has been checked; `take` gets its bytes.
    pub(super) fn pixels<R>(
        &self,
        level: usize,
        index: BlockIndex,
        view: &AnyView<'_>,
        take: impl FnOnce(&[u8]) -> Result<R>,
    ) -> Result<R> {
        let (format, rows) = (self.spec.block_format(false), self.rows(level, index));
        let mut work = Workspace::take();
        let work = &mut *work;
        work.pixels.resize(format.decoded_len(rows), 0);
        pack(view, format.width, format.compression == Compression::Jpeg, &mut work.pixels);
        codec::encode(format, &mut work.pixels, rows, &mut work.encoded, &mut work.scratch)?;
        take(&work.encoded)
    }
    /// Encode a block of the mask that has been checked; `take` gets its bytes.
    pub(super) fn mask<R>(
        &self,
        level: usize,
        index: BlockIndex,
        mask: &ArrayView2<'_, u8>,
        take: impl FnOnce(&[u8]) -> Result<R>,
    ) -> Result<R> {
        let (format, rows) = (self.spec.block_format(true), self.rows(level, index));
        let mut work = Workspace::take();
        let work = &mut *work;
        work.pixels.clear();
        work.pixels.resize(format.decoded_len(rows), 0);
        for (line, row) in work.pixels.chunks_exact_mut(format.width).zip(mask.outer_iter()) {
            for (to, v) in line.iter_mut().zip(row) {
                *to = u8::from(*v != 0);
            }
        }
        codec::encode(format, &mut work.pixels, rows, &mut work.encoded, &mut work.scratch)?;
        take(&work.encoded)
    }
    /// Nodata (0 without it) in all of a block, one per plane, and nothing valid in its mask.
    pub(super) fn empty(&self, level: usize, index: BlockIndex) -> Result<EmptyBlock> {
        let spec = &*self.spec;
        let window = spec.grid(level).window(index);
        let shape = (spec.info.bands.len(), window.height, window.width);
        let mut pixels = raster_core::AnyArray::zeros(spec.info.data_type, shape);
        if let Some(nodata) = spec.info.nodata() {
            for i in 0..shape.0 {
                pixels.view_mut().band_mut(i).fill(nodata.value());
            }
        }
        let view = pixels.view();
        let encode = |view: &AnyView<'_>| self.pixels(level, index, view, |bytes| Ok(bytes.to_vec()));
        let planes = match spec.options.interleave {
            Interleave::Pixel => vec![encode(&view)?],
            // All alike.
            _ => vec![encode(&view.band(0))?; spec.planes],
        };
        let nothing = ndarray::Array2::zeros((shape.1, shape.2));
        let mask = || self.mask(level, index, &nothing.view(), |bytes| Ok(bytes.to_vec()));
        let mask = spec.mask_format.is_some().then(mask).transpose()?;
        Ok(EmptyBlock { planes, mask })
    }
}

/// Are all samples nodata (0 without nodata), and is nothing valid?
pub(super) fn is_empty(
    pixels: &AnyView<'_>,
    mask: Option<&ArrayView2<'_, u8>>,
    nodata: Option<Nodata>,
) -> bool {
    mask.is_none_or(|m| m.iter().all(|&v| v == 0))
        && with_array!(AnyView, pixels, a => all_are(a.iter().copied(), nodata))
}

fn all_are<T: Sample>(mut samples: impl Iterator<Item = T>, nodata: Option<Nodata>) -> bool {
    let empty = nodata.and_then(Nodata::to_sample::<T>).unwrap_or_default();
    samples.all(|v| v == empty || (v.is_nan() && empty.is_nan()))
}
