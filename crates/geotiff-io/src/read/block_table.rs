//! Where the blocks are in the file: the arrays of offsets and sizes, loaded as far as they are needed.

use super::layout::ImageLayout;
use crate::format::Compression;
use crate::tiff::{
    directory::{Directory, TiffFile},
    entry::{Entry, FieldType, ValuePlace, integer},
    tag,
};
use raster_core::{Error, Result};
use std::sync::{Arc, OnceLock};

/// Numbers that were read together; empty until then.
type Piece = OnceLock<Arc<[u64]>>;

/// Numbers of a tag that are read in pieces, each when it is first needed: the arrays of a file of some
/// terabytes have hundreds of megabytes.
#[derive(Debug)]
struct LazyNumbers {
    entry: Entry,
    /// Made when a number is first asked for: opening a file with many overviews costs nothing for them.
    pieces: OnceLock<Box<[Piece]>>,
}

/// Numbers per piece: 32 KiB of the file for 8-byte offsets, which is one request of a remote source.
const PIECE: usize = 4096;

impl LazyNumbers {
    fn new(file: &TiffFile, entry: &Entry) -> Result<Self> {
        let at = |e: Error| e.at_tag(entry.tag).at_offset(entry.offset);
        if !matches!(
            entry.field_type,
            FieldType::Short
                | FieldType::Long
                | FieldType::Long8
                | FieldType::Ifd
                | FieldType::Ifd8
                | FieldType::Byte
                | FieldType::SLong8
        ) {
            return Err(at(Error::malformed(format!("values of type {:?}", entry.field_type))));
        }
        if let ValuePlace::At(offset) = entry.place {
            file.range(offset, entry.byte_len()?).map_err(at)?;
        }
        Ok(Self { entry: entry.clone(), pieces: OnceLock::new() })
    }

    fn get(&self, file: &TiffFile, index: usize) -> Result<Option<u64>> {
        let pieces = self.pieces.get_or_init(|| {
            let count = (self.entry.count as usize).div_ceil(PIECE);
            (0..count).map(|_| OnceLock::new()).collect()
        });
        let Some(piece) = pieces.get(index / PIECE) else { return Ok(None) };
        let numbers = match piece.get() {
            Some(numbers) => numbers,
            None => {
                let loaded = self.load(file, index / PIECE)?;
                piece.get_or_init(|| loaded)
            }
        };
        Ok(numbers.get(index % PIECE).copied())
    }

    fn load(&self, file: &TiffFile, piece: usize) -> Result<Arc<[u64]>> {
        let (entry, size) = (&self.entry, self.entry.field_type.size());
        let first = piece * PIECE;
        let count = (entry.count as usize - first).min(PIECE);
        let bytes = match entry.place {
            ValuePlace::Inline(_) => file.value_bytes(entry)?,
            ValuePlace::At(offset) => file
                .bytes(offset + (first * size) as u64, (count * size) as u64)
                .map_err(|e| e.at_tag(entry.tag))?,
        };
        Ok(bytes.chunks_exact(size).map(|b| integer(entry.field_type, b, file.header.order) as u64).collect())
    }
}

/// The bytes of one block in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockPlace {
    pub(crate) offset: u64,
    pub(crate) len: u64,
}

/// Offsets and sizes of the blocks of one image.
#[derive(Debug)]
pub(crate) struct BlockTable {
    offsets: LazyNumbers,
    /// Missing in some old uncompressed files.
    counts: Option<LazyNumbers>,
    /// Bytes of an uncompressed block of one row; 0 for a compressed image.
    stored_row: u64,
    /// Does one strip hold the whole image?
    single_strip: bool,
}

impl BlockTable {
    /// Find the arrays. An array that is too short becomes a warning.
    pub(crate) fn new(
        file: &TiffFile,
        directory: &Directory,
        layout: &ImageLayout,
        warnings: &mut Vec<Error>,
    ) -> Result<Self> {
        Self::parse(file, directory, layout, warnings).map_err(|e| e.in_directory(directory.index))
    }

    fn parse(
        file: &TiffFile,
        directory: &Directory,
        layout: &ImageLayout,
        warnings: &mut Vec<Error>,
    ) -> Result<Self> {
        // Tiles whose places stand under the tags of strips, and the other way round, occur.
        let (offsets, counts) = if layout.tiled {
            ([tag::TILE_OFFSETS, tag::STRIP_OFFSETS], [tag::TILE_BYTE_COUNTS, tag::STRIP_BYTE_COUNTS])
        } else {
            ([tag::STRIP_OFFSETS, tag::TILE_OFFSETS], [tag::STRIP_BYTE_COUNTS, tag::TILE_BYTE_COUNTS])
        };
        let find = |tags: [u16; 2]| tags.into_iter().find_map(|t| directory.entry(t));
        let Some(entry) = find(offsets) else {
            return Err(Error::malformed("the tag is missing").at_tag(offsets[0]));
        };
        let offsets = LazyNumbers::new(file, entry)?;
        let blocks = layout.grid.len() * layout.planes();
        if (entry.count as usize) < blocks {
            // As libtiff has it: what has no offset is not stored.
            let few = Error::malformed(format!("{} offsets for {blocks} blocks", entry.count));
            warnings.push(few.at_tag(entry.tag).at_offset(entry.offset).in_directory(directory.index));
        }
        let format = &layout.format;
        let stored_row = if format.compression == Compression::None {
            let bits = format.width as u64 * format.samples as u64 * u64::from(format.bits);
            bits.div_ceil(8)
        } else {
            0
        };
        let counts = match find(counts) {
            Some(entry) => Some(LazyNumbers::new(file, entry)?),
            None if stored_row > 0 => None,
            None => return Err(Error::malformed("the tag is missing").at_tag(counts[0])),
        };
        let single_strip = !layout.tiled && blocks == 1;
        Ok(Self { offsets, counts, stored_row, single_strip })
    }

    /// Where block `index` of `rows` rows is; `None` when it is not stored (sparse).
    pub(crate) fn place(&self, file: &TiffFile, index: usize, rows: usize) -> Result<Option<BlockPlace>> {
        let offset = self.offsets.get(file, index)?.unwrap_or(0);
        if offset == 0 {
            return Ok(None);
        }
        let stated = match &self.counts {
            Some(counts) => Some(counts.get(file, index)?.unwrap_or(0)),
            None => None,
        };
        // Uncompressed blocks have a known size. libtiff takes it where the file states none, and for a single
        // strip whatever the file states; a stated size that is too large must at least lie in the file.
        let expected = self.stored_row * rows as u64;
        let len = match stated {
            Some(0) if !(self.single_strip && expected > 0) => return Ok(None),
            None => expected,
            Some(_) if self.single_strip && expected > 0 => expected,
            Some(n) if n > expected && expected > 0 => {
                file.range(offset, n)?;
                expected
            }
            Some(n) => n,
        };
        file.limits.check_block(len)?;
        file.range(offset, len)?;
        Ok(Some(BlockPlace { offset, len }))
    }
}
