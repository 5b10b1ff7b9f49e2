//! Where everything goes in a file, from the lengths of its blocks: the pure step between encoding and writing.

use super::assemble::trailer;
use super::options::CreateOptions;
use super::spec::Spec;
use crate::cog::layout::{BlockRef, LEADER, Layout, TRAILER};
use crate::image_id::ImageId;
use raster_core::{Error, RasterInfo, Result};
use std::{collections::BTreeMap, ops::Range};

/// The layout of a file whose blocks are encoded: lengths in; the bytes before the data, and the place of each block
/// out. Nothing is read or written, so that a file can be put together by whoever has the blocks: by parts of a
/// multipart upload, or by many machines each writing its range. The bytes are those of
/// [`GeoTiffWriter`](crate::GeoTiffWriter). Files that are no COGs are laid out too.
///
/// ```
/// use geotiff_io::{BlockEncoder, CogLayout, CreateOptions, Dataset};
/// use raster_core::{BlockIndex, DataType, RasterInfo, Sample};
/// let info = RasterInfo::new(32, 32, 1, DataType::U8);
/// let options = CreateOptions::cog().with_block_size(32);
/// let pixels = ndarray::Array3::from_elem((1, 32, 32), 9u8);
/// let index = BlockIndex { row: 0, col: 0 };
/// let block = BlockEncoder::new(&info, &options)?.encode(0, 0, index, &u8::erase_view(pixels.view()))?;
///
/// let lengths = [(block.image, vec![block.bytes.len() as u32])].into();
/// let layout = CogLayout::new(&info, &options, &lengths)?;
/// let mut file = layout.head().to_vec();
/// for placed in layout.blocks() {
///     assert_eq!((placed.image, placed.number, placed.range.start), (block.image, 0, file.len() as u64));
///     layout.append_block(&block.bytes, &mut file);
/// }
/// assert_eq!(file.len() as u64, layout.file_len());
/// assert_eq!(Dataset::from_bytes(file)?.read::<u8>().array()?[[0, 31, 31]], 9);
/// # Ok::<(), geotiff_io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CogLayout {
    layout: Layout,
    data: Vec<BlockRef>,
    lengths: BTreeMap<ImageId, Vec<u32>>,
    leaders: bool,
}

/// A block that has its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedBlock {
    /// The image that it belongs to.
    pub image: ImageId,
    /// Its number among the blocks of the image.
    pub number: usize,
    /// Its bytes in the file, leader and trailer included.
    pub range: Range<u64>,
}

impl CogLayout {
    /// Lay out a raster of this description. `lengths` has the bytes of each block per image, in the order of
    /// [`EncodedBlock::number`](crate::EncodedBlock), 0 for a block that is not stored; an image that is missing has no
    /// stored block. Statistics, which need pixels, are not written, unless `info` has them in its metadata.
    ///
    /// # Errors
    /// `Misuse` when description and options do not fit together, when there is no such image or the number of its
    /// blocks is another one, or when the file needs BigTIFF and the options forbid it.
    pub fn new(
        info: &RasterInfo,
        options: &CreateOptions,
        lengths: &BTreeMap<ImageId, Vec<u32>>,
    ) -> Result<Self> {
        let spec = Spec::new(info, options)?;
        let images = spec.images();
        for (id, own) in lengths {
            let blocks = images.contains(id).then(|| spec.block_count(*id));
            if blocks != Some(own.len()) {
                return Err(Error::misuse(format!(
                    "lengths of {} blocks for {id:?}, which has {}",
                    own.len(),
                    blocks.unwrap_or(0)
                )));
            }
        }
        let all = |id: ImageId| lengths.get(&id).cloned().unwrap_or_else(|| vec![0; spec.block_count(id)]);
        let (layout, data) = spec.lay_out(all, &[])?;
        let lengths = images.iter().map(|&id| (id, all(id))).collect();
        Ok(Self { layout, data, lengths, leaders: spec.has_leaders() })
    }
    /// All bytes before the data: header, structural metadata, directories, lists of offsets and lengths.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        &self.layout.head
    }
    /// Bytes of the whole file.
    #[must_use]
    pub fn file_len(&self) -> u64 {
        self.layout.total
    }
    /// Is it a BigTIFF?
    #[must_use]
    pub fn is_big_tiff(&self) -> bool {
        self.layout.big
    }
    /// The stored blocks in the order of the file: each begins where the one before it ends, the first behind
    /// [`head`](Self::head).
    pub fn blocks(&self) -> impl Iterator<Item = PlacedBlock> + '_ {
        let (before, behind) = if self.leaders { (LEADER as u64, TRAILER as u64) } else { (0, 0) };
        self.data.iter().filter_map(move |&BlockRef { image, block }| {
            let len = u64::from(self.lengths[&image][block]);
            let at = self.layout.offsets[&image][block];
            let range = at.checked_sub(before)?..at + len + behind;
            (len > 0).then_some(PlacedBlock { image, number: block, range })
        })
    }
    /// Append a block to `out` as it stands in the file: with leader and trailer in a COG.
    pub fn append_block(&self, bytes: &[u8], out: &mut Vec<u8>) {
        if self.leaders {
            out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        }
        out.extend_from_slice(bytes);
        if self.leaders {
            out.extend_from_slice(&trailer(bytes));
        }
    }
}
