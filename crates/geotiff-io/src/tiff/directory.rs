//! Directories: reading one, walking the chain of them, and reading values of tags.

use super::entry::{Entry, FieldType, TagValue, ValuePlace, float, integer, text};
use super::header::Header;
use super::known::{KnownBytes, coalesced, cut, gaps};
use crate::cog::structure::Structure;
use crate::limits::ReadLimits;
use crate::source::ByteSource;
use bytes::Bytes;
use raster_core::{Error, ErrorKind, Result};
use std::{collections::HashSet, ops::Range, sync::Arc};

/// One directory, values not yet read.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    /// Position in the chain, from 0; SubIFDs are numbered after it.
    pub(crate) index: usize,
    /// Offset in the file.
    pub(crate) offset: u64,
    /// Bytes in the file.
    pub(crate) len: u64,
    /// Entries in the order of the file.
    pub(crate) entries: Vec<Entry>,
    /// Offset of the next directory, 0 for the last.
    pub(crate) next: u64,
}

impl Directory {
    /// The entry of a tag; the first one where a damaged file repeats it.
    pub(crate) fn entry(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|e| e.tag == tag)
    }
}

/// The chain of directories of a file.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    /// Where each of them is.
    pub(crate) offsets: Vec<u64>,
    /// Why the chain ended before its end.
    pub(crate) problem: Option<Error>,
}

/// A file whose header is read: directories and values can be asked for.
pub(crate) struct TiffFile {
    pub(crate) source: Arc<dyn ByteSource>,
    pub(crate) header: Header,
    pub(crate) limits: ReadLimits,
    /// What was read of directories, values and lists: the head of a COG has them all.
    known: KnownBytes,
}

/// Read ahead at a directory of a local file, where one more read costs little.
const LOCAL_AHEAD: u64 = 4 << 10;

/// Directories of a local file after which what was read for them is let go (chosen).
const DIRECTORIES_AT_ONCE: usize = 64;

impl TiffFile {
    /// Read the header, with as much behind it as the source wishes.
    pub(crate) fn open(source: Arc<dyn ByteSource>, limits: ReadLimits) -> Result<Self> {
        let len = source.len().min(source.head_size().max(Header::MAX_LEN as u64));
        let head = source.read_range(0..len)?;
        if (head.len() as u64) < len {
            return Err(too_few(0));
        }
        let header = Header::parse(&head[..head.len().min(Header::MAX_LEN)])?;
        let known = KnownBytes::default();
        known.insert(0, &head);
        Ok(Self { source, header, limits, known })
    }

    /// Opening is over. What was read of a local file is let go: reading it again costs next to nothing, and many
    /// files may be open.
    pub(crate) fn opened(&self) {
        if self.source.is_local() {
            self.known.clear();
        }
    }

    /// Bytes of a range; `Malformed` when it reaches over the end, since the file itself states it.
    pub(crate) fn bytes(&self, offset: u64, len: u64) -> Result<Bytes> {
        let range = self.range(offset, len)?;
        let ranges = [range];
        if let Some(mut known) = self.known.cut(&ranges) {
            return Ok(known.swap_remove(0));
        }
        let [range] = ranges;
        if self.source.is_local() {
            return self.source.read_range(range);
        }
        Ok(self.read(&[range], len <= self.source.head_size())?.swap_remove(0))
    }

    /// Bytes of ranges that lie inside the file, in the order asked for: what is known is not read again, and all else by
    /// one call.
    pub(crate) fn fetch(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.read(ranges, false)
    }

    /// Read ranges (inside the file) that are going to be asked for, by one call.
    pub(crate) fn preload(&self, ranges: &[Range<u64>]) -> Result<()> {
        self.read(ranges, true).map(drop)
    }

    /// What a call of [`fetch`](Self::fetch) would ask the source for.
    pub(crate) fn unknown(&self, ranges: &[Range<u64>]) -> Vec<Range<u64>> {
        let known = self.known.parts();
        let missing = ranges.iter().flat_map(|r| gaps(r, &known)).collect();
        coalesced(missing, self.source.max_gap(), &known)
    }

    fn read(&self, ranges: &[Range<u64>], keep: bool) -> Result<Vec<Bytes>> {
        if let Some(known) = self.known.cut(ranges) {
            return Ok(known);
        }
        let mut parts = self.known.parts();
        let missing: Vec<Range<u64>> = ranges.iter().flat_map(|r| gaps(r, &parts)).collect();
        if !missing.is_empty() {
            let missing = coalesced(missing, self.source.max_gap(), &parts);
            let fetched = self.source.read_ranges(&missing)?;
            for (i, range) in missing.iter().enumerate() {
                let bytes = fetched.get(i).filter(|b| b.len() as u64 >= range.end - range.start);
                let bytes = bytes.ok_or_else(|| too_few(range.start))?;
                let bytes = bytes.slice(..(range.end - range.start) as usize);
                if keep {
                    self.known.insert(range.start, &bytes);
                }
                parts.push((range.start, bytes));
            }
            parts.sort_by_key(|p| p.0);
        }
        ranges.iter().map(|r| cut(r, &parts).ok_or_else(|| too_few(r.start))).collect()
    }

    /// Have the directory at `offset` read together with what follows it, and at the end of the file with what precedes
    /// it: values lie close to their directory.
    fn read_ahead(&self, offset: u64) -> Result<()> {
        let (len, local) = (self.source.len(), self.source.is_local());
        let ahead = if local { LOCAL_AHEAD } else { self.source.head_size().max(LOCAL_AHEAD) };
        // A count, the least that a directory has.
        let needed = offset.min(len)..offset.saturating_add(8).min(len);
        if self.known.cut(std::slice::from_ref(&needed)).is_some() {
            return Ok(());
        }
        let mut region = offset..offset.saturating_add(ahead).min(len);
        if !local && region.end == len {
            region.start = len.saturating_sub(ahead);
        }
        self.preload(&[region])
    }

    /// The range, if it lies inside the file.
    pub(crate) fn range(&self, offset: u64, len: u64) -> Result<Range<u64>> {
        match offset.checked_add(len) {
            Some(end) if end <= self.source.len() => Ok(offset..end),
            _ => Err(Error::malformed(format!(
                "{len} bytes are expected there, but the file ends at {}",
                self.source.len()
            ))
            .at_offset(offset)),
        }
    }

    /// The structural metadata of a COG, when the file has them.
    pub(crate) fn structure(&self) -> Option<Structure> {
        let start = self.header.len();
        Structure::read(|range| self.bytes(start + range.start, range.end - range.start).ok())
    }

    /// Read the directory at `offset`.
    pub(crate) fn directory(&self, offset: u64, index: usize) -> Result<Directory> {
        self.directory_at(offset, index).map_err(|e| e.in_directory(index))
    }

    fn directory_at(&self, offset: u64, index: usize) -> Result<Directory> {
        self.read_ahead(offset)?;
        let order = self.header.order;
        let (count_size, entry_size) = (if self.header.big { 8 } else { 2 }, self.header.entry_size());
        let count_bytes = self.bytes(offset, count_size)?;
        let count =
            if self.header.big { order.u64(&count_bytes) } else { u64::from(order.u16(&count_bytes)) };
        // There are 65536 tags, so more entries are no directory.
        if count == 0 || count > 0xffff {
            return Err(Error::malformed(format!("a directory of {count} entries")).at_offset(offset));
        }
        let start = offset.saturating_add(count_size);
        // One that reaches beyond what is known: the rest of it at once.
        if let Ok(range) = self.range(start, count * entry_size as u64 + self.header.offset_size() as u64) {
            self.preload(&[range])?;
        }
        let bytes = self.bytes(start, count * entry_size as u64)?;
        let mut entries = Vec::new();
        for (i, raw) in bytes.chunks_exact(entry_size).enumerate() {
            entries.extend(self.parse_entry(raw, start + (i * entry_size) as u64));
        }
        // A file that is cut off behind the last directory is still readable: no next directory.
        let next_at = start + bytes.len() as u64;
        let next = match self.bytes(next_at, self.header.offset_size() as u64) {
            Ok(b) if self.header.big => order.u64(&b),
            Ok(b) => u64::from(order.u32(&b)),
            Err(e) if e.kind() == ErrorKind::Malformed => 0,
            Err(e) => return Err(e),
        };
        Ok(Directory { index, offset, len: next_at - offset, entries, next })
    }

    /// `None` for a type of value that does not exist: such tags are skipped, as TIFF 6.0 asks for.
    fn parse_entry(&self, raw: &[u8], offset: u64) -> Option<Entry> {
        let order = self.header.order;
        let field_type = FieldType::from_number(order.u16(&raw[2..]))?;
        let (count, value) = if self.header.big {
            (order.u64(&raw[4..]), &raw[12..])
        } else {
            (u64::from(order.u32(&raw[4..])), &raw[8..])
        };
        let fits = count.checked_mul(field_type.size() as u64).is_some_and(|n| n <= value.len() as u64);
        let place = if fits {
            let mut inline = [0; 8];
            inline[..value.len()].copy_from_slice(value);
            ValuePlace::Inline(inline)
        } else if self.header.big {
            ValuePlace::At(order.u64(value))
        } else {
            ValuePlace::At(u64::from(order.u32(value)))
        };
        Some(Entry { tag: order.u16(raw), field_type, count, place, offset })
    }

    /// Walk the chain of directories; each is parsed once and given to `visit`, which keeps what it needs. What is kept
    /// here of each is its place.
    ///
    /// The chain ends, for a reason that is kept in the result, where it comes to a directory that it has passed already
    /// (a circle), to one that cannot be read, to more bytes than the file has (directories that lie over each other)
    /// or to more directories than the limit allows. What is before that is good.
    ///
    /// # Errors
    /// When not even the first directory can be read; what the source meets.
    pub(crate) fn walk(&self, mut visit: impl FnMut(Directory)) -> Result<Chain> {
        let mut chain = Chain::default();
        let mut seen = HashSet::new();
        let (mut offset, mut bytes) = (self.header.first, 0u64);
        while offset != 0 || chain.offsets.is_empty() {
            let index = chain.offsets.len();
            let damaged = |what: &str| Error::malformed(what).in_directory(index).at_offset(offset);
            if !seen.insert(offset) {
                chain.problem = Some(damaged("the chain of directories runs in a circle: it ends there"));
                break;
            }
            if let Err(e) = self.limits.check_directories(index + 1) {
                chain.problem = Some(e.in_directory(index).at_offset(offset));
                break;
            }
            let directory = match self.directory(offset, index) {
                Ok(directory) => directory,
                Err(e) if index > 0 && e.kind() == ErrorKind::Malformed => {
                    chain.problem = Some(e);
                    break;
                }
                Err(e) => return Err(e),
            };
            // Directories that do not overlap fit into the file: what is kept of them is then a small multiple of it.
            bytes = bytes.saturating_add(directory.len);
            if bytes > self.source.len() {
                let what = "the directories have more bytes than the file: they lie over each other";
                chain.problem = Some(damaged(what));
                break;
            }
            chain.offsets.push(offset);
            offset = directory.next;
            visit(directory);
            // Reading again from a local file costs less than searching in what was read of thousands of directories.
            if self.source.is_local() && index % DIRECTORIES_AT_ONCE == DIRECTORIES_AT_ONCE - 1 {
                self.known.clear();
            }
        }
        Ok(chain)
    }

    /// All directories of the chain, and why it ended early.
    pub(crate) fn directories(&self) -> Result<(Vec<Directory>, Option<Error>)> {
        let mut found = Vec::new();
        let chain = self.walk(|directory| found.push(directory))?;
        Ok((found, chain.problem))
    }

    /// The directories at `offsets` (of tag SubIFDs), numbered from `chain.len()`; those of the chain, and those that are
    /// named twice, are left out. They are not followed further: what libtiff's writers put behind them are the
    /// same directories again. The reason why some cannot be read is kept in the second result.
    pub(crate) fn sub_directories(
        &self,
        offsets: &[u64],
        chain: &[u64],
    ) -> Result<(Vec<Directory>, Option<Error>)> {
        let mut seen: HashSet<u64> = chain.iter().copied().collect();
        let (mut found, mut problem) = (Vec::new(), None);
        let (mut tried, mut bytes) = (chain.len(), 0u64);
        for &offset in offsets.iter().filter(|&&o| o != 0) {
            if !seen.insert(offset) {
                continue;
            }
            tried += 1;
            let index = chain.len() + found.len();
            let read = self.limits.check_directories(tried).and_then(|()| self.directory(offset, index));
            match read {
                Ok(directory) => {
                    bytes = bytes.saturating_add(directory.len);
                    if bytes > self.source.len() {
                        let what = "the SubIFDs have more bytes than the file: they lie over each other";
                        return Ok((found, Some(Error::malformed(what).in_directory(index))));
                    }
                    found.push(directory);
                }
                Err(e) if e.kind() == ErrorKind::Limit => return Ok((found, Some(e.in_directory(index)))),
                Err(e) if e.kind() == ErrorKind::Malformed => {
                    problem.get_or_insert(e);
                }
                Err(e) => return Err(e),
            }
        }
        Ok((found, problem))
    }

    /// The bytes of a tag's values.
    pub(crate) fn value_bytes(&self, entry: &Entry) -> Result<Bytes> {
        let len = entry.byte_len()?;
        match entry.place {
            ValuePlace::Inline(bytes) => Ok(Bytes::copy_from_slice(&bytes[..len as usize])),
            ValuePlace::At(offset) => self
                .limits
                .check_tag(len)
                .and_then(|()| self.bytes(offset, len))
                .map_err(|e| e.at_tag(entry.tag)),
        }
    }

    /// The values of a tag.
    pub(crate) fn value(&self, entry: &Entry) -> Result<TagValue> {
        Ok(TagValue::parse(entry.field_type, &self.value_bytes(entry)?, self.header.order))
    }

    /// Non-negative integers of any integer type.
    pub(crate) fn unsigned(&self, entry: &Entry) -> Result<Vec<u64>> {
        let t = entry.field_type;
        let wrong = |what: String| Error::malformed(what).at_tag(entry.tag).at_offset(entry.offset);
        if matches!(
            t,
            FieldType::Ascii
                | FieldType::Undefined
                | FieldType::Float
                | FieldType::Double
                | FieldType::Rational
                | FieldType::SRational
        ) {
            return Err(wrong(format!("values of type {t:?}, expected whole numbers")));
        }
        self.value_bytes(entry)?
            .chunks_exact(t.size())
            .map(|b| {
                let v = integer(t, b, self.header.order);
                u64::try_from(v).map_err(|_| wrong(format!("the value {v}, expected none below 0")))
            })
            .collect()
    }

    /// The value of a tag that has exactly one; `None` when the tag is missing.
    pub(crate) fn one_unsigned(&self, directory: &Directory, tag: u16) -> Result<Option<u64>> {
        let Some(entry) = directory.entry(tag) else { return Ok(None) };
        match self.unsigned(entry)?[..] {
            [one] => Ok(Some(one)),
            ref many => Err(Error::malformed(format!("{} values, expected 1", many.len()))
                .at_tag(tag)
                .at_offset(entry.offset)),
        }
    }

    /// Numbers of any type as floats; `None` when the tag is missing.
    pub(crate) fn floats(&self, directory: &Directory, tag: u16) -> Result<Option<Vec<f64>>> {
        let Some(entry) = directory.entry(tag) else { return Ok(None) };
        let bytes = self.value_bytes(entry)?;
        let numbers = bytes.chunks_exact(entry.field_type.size());
        Ok(Some(numbers.map(|b| float(entry.field_type, b, self.header.order)).collect()))
    }

    /// Text; `None` when the tag is missing. Bytes are taken as text too: some writers store it so.
    pub(crate) fn text(&self, directory: &Directory, tag: u16) -> Result<Option<String>> {
        let Some(entry) = directory.entry(tag) else { return Ok(None) };
        Ok(match entry.field_type {
            FieldType::Ascii | FieldType::Byte | FieldType::Undefined => {
                Some(text(&self.value_bytes(entry)?))
            }
            _ => None,
        })
    }
}

fn too_few(offset: u64) -> Error {
    let why = std::io::ErrorKind::UnexpectedEof.into();
    Error::io("the source returned fewer bytes than asked for", why).at_offset(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(bytes: &'static [u8]) -> Result<TiffFile> {
        TiffFile::open(Arc::new(Bytes::from_static(bytes)), ReadLimits::default())
    }

    #[test]
    fn a_circle_ends_the_chain() {
        let file = open(b"II*\0\x08\0\0\0\x01\0\0\x01\x03\0\x01\0\0\0\x07\0\0\0\x08\0\0\0").unwrap();
        let directory = file.directory(8, 0).unwrap();
        assert_eq!(file.one_unsigned(&directory, 256).unwrap(), Some(7));
        let (found, problem) = file.directories().unwrap();
        let problem = problem.unwrap();
        assert_eq!((found.len(), problem.kind()), (1, ErrorKind::Malformed));
        assert_eq!((problem.location().directory, problem.location().offset), (Some(1), Some(8)));
    }

    #[test]
    fn a_cut_chain_keeps_what_is_before() {
        let file = open(b"II*\0\x08\0\0\0\x01\0\0\x01\x03\0\x01\0\0\0\x07\0\0\0\xff\0\0\0").unwrap();
        let (found, problem) = file.directories().unwrap();
        assert_eq!((found.len(), problem.unwrap().location().directory), (1, Some(1)));
    }

    #[test]
    fn sizes_pass_the_limits() {
        let file = open(b"II*\0\x08\0\0\0\x01\0\x11\x01\x04\0\xff\xff\xff\xff\x08\0\0\0\0\0\0\0").unwrap();
        let directory = file.directory(8, 0).unwrap();
        assert_eq!(file.value_bytes(&directory.entries[0]).unwrap_err().kind(), ErrorKind::Limit);
    }
}
