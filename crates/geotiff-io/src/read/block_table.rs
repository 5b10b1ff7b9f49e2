//! Where the blocks are in the file: the arrays of offsets and sizes, loaded as far as they are needed.

use super::layout::ImageLayout;
use crate::codec;
use crate::format::{BlockFormat, ByteOrder, Compression};
use crate::tiff::{
    directory::{Directory, TiffFile},
    entry::{Entry, FieldType, ValuePlace, integer},
    tag,
};
use raster_core::{Error, Result};
use std::{
    collections::BTreeSet,
    ops::Range,
    sync::{Arc, OnceLock},
};

/// Numbers that were read together; empty until then.
type Piece = OnceLock<Arc<[u64]>>;

/// Numbers of a tag that are read in pieces ("pages"), each when it is first needed: the arrays of a file of some
/// terabytes have hundreds of megabytes.
#[derive(Debug)]
struct LazyNumbers {
    entry: Entry,
    /// How many there are, but no more than there are blocks.
    count: usize,
    /// Made when a number is first asked for: opening a file with many overviews costs nothing for them.
    pieces: OnceLock<Box<[Piece]>>,
}

/// Numbers per piece: 32 KiB of the file for 8-byte offsets, which is one request of a remote source.
const PIECE: usize = 4096;

impl LazyNumbers {
    fn new(file: &TiffFile, entry: &Entry, blocks: usize) -> Result<Self> {
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
        // Compared before it is cut to the width of the machine.
        let count = entry.count.min(blocks as u64) as usize;
        Ok(Self { entry: entry.clone(), count, pieces: OnceLock::new() })
    }

    fn pieces(&self) -> &[Piece] {
        self.pieces.get_or_init(|| (0..self.count.div_ceil(PIECE)).map(|_| OnceLock::new()).collect())
    }

    /// Is the piece with this number one that has to be read?
    fn is_missing(&self, index: usize) -> bool {
        self.pieces().get(index / PIECE).is_some_and(|piece| piece.get().is_none())
    }

    /// Where a piece is in the file; `None` for numbers in the entry itself.
    fn range(&self, piece: usize) -> Option<Range<u64>> {
        let ValuePlace::At(offset) = self.entry.place else { return None };
        let size = self.entry.field_type.size() as u64;
        let first = (piece * PIECE) as u64;
        let count = (self.count as u64 - first).min(PIECE as u64);
        Some(offset + first * size..offset + (first + count) * size)
    }

    fn set(&self, piece: usize, bytes: &[u8], order: ByteOrder) {
        let (kind, size) = (self.entry.field_type, self.entry.field_type.size());
        let numbers = bytes.chunks_exact(size).map(|b| integer(kind, b, order) as u64).collect();
        if let Some(piece) = self.pieces().get(piece) {
            // Another thread may have read it as well.
            let _ = piece.set(numbers);
        }
    }

    /// 0 where the array has no such number, as libtiff has it. Its piece has been read.
    fn get(&self, index: usize) -> Result<u64> {
        let Some(piece) = self.pieces().get(index / PIECE) else { return Ok(0) };
        let numbers = piece.get().ok_or_else(|| {
            Error::internal("a page of the block index is used before it was read").at_tag(self.entry.tag)
        })?;
        Ok(numbers.get(index % PIECE).copied().unwrap_or(0))
    }
}

/// A page of a block index that has not been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Page {
    /// Of the sizes, not of the offsets?
    counts: bool,
    piece: usize,
}

/// The bytes of one block in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockPlace {
    pub(crate) offset: u64,
    pub(crate) len: u64,
}

impl BlockPlace {
    pub(crate) fn range(&self) -> Range<u64> {
        self.offset..self.offset.saturating_add(self.len)
    }
}

/// Offsets and sizes of the blocks of one image.
#[derive(Debug)]
pub(crate) struct BlockTable {
    offsets: LazyNumbers,
    /// Missing in some old files.
    counts: Option<LazyNumbers>,
    /// Bytes of an uncompressed block by its number of rows; `None` for a compressed image.
    stored: Option<BlockFormat>,
    /// Bytes that a block has in the file at the most where the file does not say how many.
    most: u64,
    /// Strips (not tiles) of all bands?
    strips: bool,
    /// Is there one block only?
    single: bool,
}

/// What a block that codes badly, with tables and profiles, can have in the file beside a multiple of its samples (chosen).
const MOST_BESIDE: u64 = 1 << 20;

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
        let blocks = layout.grid.len() * layout.planes();
        let offsets = LazyNumbers::new(file, entry, blocks)?;
        if entry.count < blocks as u64 {
            // As libtiff has it: what has no offset is not stored.
            let few = Error::malformed(format!("{} offsets for {blocks} blocks", entry.count));
            warnings.push(few.at_tag(entry.tag).at_offset(entry.offset).in_directory(directory.index));
        }
        let format = &layout.format;
        let stored = (format.compression == Compression::None).then(|| format.clone());
        let few = |what: String, tag: u16| Error::malformed(what).at_tag(tag).in_directory(directory.index);
        let counts = match find(counts) {
            Some(entry) => {
                if entry.count < blocks as u64 {
                    let what = format!("{} byte counts for {blocks} blocks", entry.count);
                    warnings.push(few(what, entry.tag).at_offset(entry.offset));
                }
                Some(LazyNumbers::new(file, entry, blocks)?)
            }
            None => {
                let what = "the tag is missing: blocks are read up to where the next one begins";
                if stored.is_none() {
                    warnings.push(few(what.to_owned(), counts[0]));
                }
                None
            }
        };
        let decoded = format.decoded_len(format.height) as u64;
        let most = decoded.saturating_mul(4).saturating_add(MOST_BESIDE).min(file.limits.block_bytes);
        let strips = !layout.tiled;
        Ok(Self { offsets, counts, stored, most, strips, single: blocks == 1 })
    }

    /// Add the pages to `pages` that block `index` needs and that have not been read.
    pub(crate) fn missing(&self, index: usize, pages: &mut BTreeSet<Page>) {
        let mut needs = |counts: bool, numbers: &LazyNumbers, index: usize| {
            if numbers.is_missing(index) {
                pages.insert(Page { counts, piece: index / PIECE });
            }
        };
        needs(false, &self.offsets, index);
        if self.needs_next() {
            needs(false, &self.offsets, index + 1);
        }
        if let Some(counts) = &self.counts {
            needs(true, counts, index);
        }
    }

    /// Is it the next block that tells where a block ends?
    fn needs_next(&self) -> bool {
        !self.single && (self.counts.is_none() || (self.stored.is_some() && self.strips))
    }

    /// Where block `index`, at `offset`, has to end: where the next one begins, or the file ends.
    fn end(&self, file: &TiffFile, index: usize, offset: u64) -> Result<u64> {
        let next = if self.needs_next() { self.offsets.get(index + 1)? } else { 0 };
        let end = file.source.len();
        Ok(if next > offset { next.min(end) } else { end })
    }

    fn numbers(&self, page: Page) -> &LazyNumbers {
        match &self.counts {
            Some(counts) if page.counts => counts,
            _ => &self.offsets,
        }
    }

    /// Where a page is in the file. One that stands in the directory itself is set at once, and has no place.
    pub(crate) fn page_range(&self, file: &TiffFile, page: Page) -> Option<Range<u64>> {
        let numbers = self.numbers(page);
        if let ValuePlace::Inline(bytes) = numbers.entry.place {
            let len = numbers.count * numbers.entry.field_type.size();
            numbers.set(page.piece, &bytes[..len], file.header.order);
        }
        numbers.range(page.piece)
    }

    /// Keep a page that was read.
    pub(crate) fn set_page(&self, file: &TiffFile, page: Page, bytes: &[u8]) {
        self.numbers(page).set(page.piece, bytes, file.header.order);
    }

    /// Where block `index` of `rows` rows is; `None` when it is not stored (sparse). Its pages have been read.
    pub(crate) fn place(&self, file: &TiffFile, index: usize, rows: usize) -> Result<Option<BlockPlace>> {
        let offset = self.offsets.get(index)?;
        if offset == 0 {
            return Ok(None);
        }
        let stated = match &self.counts {
            Some(counts) => Some(counts.get(index)?),
            None => None,
        };
        // Uncompressed blocks have a known size. As libtiff has it: that size is taken where the file states none, for a
        // single strip whatever the file states, and for strips whose stated sizes are wrong, if there is room before
        // the next one. A stated size that is too large must at least lie in the file.
        let expected = match &self.stored {
            Some(format) => Some(codec::stored_len(format, rows)? as u64),
            None => None,
        };
        let one_strip = self.single && self.strips;
        let len = match (stated, expected) {
            // Of a compressed block without a size: what there is. A size of 0 says of one among several that it is sparse.
            (None, None) => self.end(file, index, offset)?.saturating_sub(offset).min(self.most),
            (Some(0), None) if one_strip => file.source.len().saturating_sub(offset).min(self.most),
            (None, Some(expected)) => expected,
            (Some(_), Some(expected)) if one_strip => expected,
            (Some(0), _) => return Ok(None),
            (Some(n), Some(expected)) if n != expected && self.strips => {
                let room = self.end(file, index, offset)?.saturating_sub(offset);
                if room >= expected { expected } else { n }
            }
            (Some(n), Some(expected)) if n > expected => {
                file.range(offset, n)?;
                expected
            }
            (Some(n), _) => n,
        };
        file.limits.check_block(len)?;
        file.range(offset, len)?;
        Ok(Some(BlockPlace { offset, len }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{limits::ReadLimits, source::ByteSource};
    use bytes::Bytes;

    /// A file of a terabyte, of which the head is enough.
    struct Huge(Vec<u8>);

    impl ByteSource for Huge {
        fn len(&self) -> u64 {
            1 << 40
        }
        fn read_range(&self, range: Range<u64>) -> Result<Bytes> {
            let byte = |i: u64| self.0.get(i as usize).copied().unwrap_or(0);
            Ok(range.map(byte).collect::<Vec<_>>().into())
        }
    }

    /// More numbers than 32 bits count: what is behind those of the blocks does not matter, on any machine.
    #[test]
    fn counts_are_compared_before_they_are_cut() {
        let mut head = b"II\x2b\0\x08\0\0\0\x10\0\0\0\0\0\0\0".to_vec();
        head.extend(1u64.to_le_bytes());
        head.extend(tag::TILE_OFFSETS.to_le_bytes());
        head.extend(16u16.to_le_bytes());
        head.extend(((1u64 << 32) + 5).to_le_bytes());
        head.extend(1000u64.to_le_bytes());
        head.resize(1000, 0);
        (0..9u64).for_each(|i| head.extend((7000 + i).to_le_bytes()));
        let file = TiffFile::open(Arc::new(Huge(head)), ReadLimits::default()).unwrap();
        let (directories, _) = file.directories().unwrap();
        let numbers = LazyNumbers::new(&file, &directories[0].entries[0], 9).unwrap();
        assert_eq!(numbers.count, 9);
        assert!(numbers.is_missing(8) && !numbers.is_missing(PIECE));
        assert!(numbers.get(8).is_err(), "not read yet");
        let range = numbers.range(0).unwrap();
        assert_eq!(range, 1000..1072);
        numbers.set(0, &file.bytes(range.start, 72).unwrap(), file.header.order);
        assert_eq!((numbers.get(8).unwrap(), numbers.get(9).unwrap()), (7008, 0));
    }
}
