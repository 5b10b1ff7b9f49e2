//! Ranged reads from files, memory, and anything else that has bytes.

use bytes::Bytes;
use raster_core::{Error, Result};
use std::{
    io::{Read, Seek, SeekFrom},
    ops::Range,
    sync::Mutex,
};

/// Bytes that can be read by range, from many threads at once.
///
/// Implement this for a remote object: [`read_ranges`](Self::read_ranges) is called once with everything that a piece of
/// work needs (a window of one level; all pages of lists that are missing), so that the requests can go out together,
/// and no byte of directories, lists and head is asked for twice.
///
/// ```
/// use bytes::Bytes;
/// use geotiff_io::{ByteSource, CreateOptions, Dataset, Result, TransferOptions, write_raster_into};
/// use raster_core::{MemoryRaster, RasterSource, Window};
/// use std::{ops::Range, sync::{Arc, atomic::{AtomicUsize, Ordering}}};
///
/// /// An object far away; here it only counts the calls.
/// struct Remote { object: Bytes, calls: AtomicUsize }
///
/// impl ByteSource for Remote {
///     fn len(&self) -> u64 {
///         self.object.len() as u64
///     }
///     fn read_range(&self, range: Range<u64>) -> Result<Bytes> {
///         Ok(self.read_ranges(&[range])?.remove(0))
///     }
///     fn read_ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
///         self.calls.fetch_add(1, Ordering::Relaxed);
///         // A real one sends a request for each range, all at the same time.
///         ranges.iter().map(|r| self.object.read_range(r.clone())).collect()
///     }
///     fn head_size(&self) -> u64 {
///         16 << 10
///     }
/// }
///
/// let raster = MemoryRaster::new(ndarray::Array3::from_shape_fn((1, 900, 900), |(_, r, c)| (r * c % 251) as u8));
/// let mut cog = Vec::new();
/// write_raster_into(&raster, &mut cog, &TransferOptions::new(CreateOptions::cog()))?;
/// let remote = Arc::new(Remote { object: cog.into(), calls: AtomicUsize::new(0) });
/// let dataset = Dataset::from_source(remote.clone())?;
/// dataset.read_window(&[1], &Window::new(500, 500, 100, 100))?;
/// assert_eq!(remote.calls.load(Ordering::Relaxed), 2);
/// # Ok::<(), geotiff_io::Error>(())
/// ```
pub trait ByteSource: Send + Sync {
    /// The number of bytes.
    fn len(&self) -> u64;

    /// Are there no bytes?
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of a range that lies inside the source.
    ///
    /// # Errors
    /// `Io` when reading fails or the range reaches over the end.
    fn read_range(&self, range: Range<u64>) -> Result<Bytes>;

    /// The bytes of several ranges, in the order asked for.
    ///
    /// # Errors
    /// As [`read_range`](Self::read_range).
    fn read_ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        ranges.iter().map(|r| self.read_range(r.clone())).collect()
    }

    /// Does a read cost little beside the work on its bytes, as in memory and on a local disk? Then threads read by themselves
    /// in small batches, and what can be read again is not kept. `false` unless a source says so: everything is then fetched
    /// by as few calls as possible, whatever the number of threads.
    fn is_local(&self) -> bool {
        false
    }

    /// When the bytes were last changed, where that is known.
    fn modified(&self) -> Option<std::time::SystemTime> {
        None
    }

    /// How many bytes of blocks one call of [`read_ranges`](Self::read_ranges) may ask for, about. By default a source that
    /// is not [local](Self::is_local) gets one call for all that a window needs.
    fn fetch_size(&self) -> u64 {
        if self.is_local() { 1 << 20 } else { u64::MAX }
    }

    /// How many bytes to read from the front when a file is opened, and around a directory that is not among them. More
    /// than the directories and lists of a COG (some 64 KiB up to 30000² pixels in tiles of 512²) makes opening one read.
    fn head_size(&self) -> u64 {
        if self.is_local() { 32 << 10 } else { 64 << 10 }
    }

    /// A hint: these ranges, sorted, will be asked for soon. A source may begin to fetch them; nothing depends on it.
    fn prefetch(&self, ranges: &[Range<u64>]) {
        let _ = ranges;
    }

    /// Two ranges with at most this many bytes between them are fetched as one.
    fn max_gap(&self) -> u64 {
        4096
    }
}

pub(crate) fn outside(range: &Range<u64>, len: u64) -> Error {
    Error::io(
        format!("bytes {} to {} of {len} bytes", range.start, range.end),
        std::io::ErrorKind::UnexpectedEof.into(),
    )
}

/// The bytes of a range, where memory can have so many addresses.
pub(crate) fn bytes_of(range: &Range<u64>) -> Result<usize> {
    let bytes = range.end.saturating_sub(range.start);
    usize::try_from(bytes).map_err(|_| Error::limit(format!("{bytes} bytes do not fit into memory")))
}

impl ByteSource for Bytes {
    fn len(&self) -> u64 {
        self.as_ref().len() as u64
    }
    /// A slice, without a copy.
    fn read_range(&self, range: Range<u64>) -> Result<Bytes> {
        if range.start > range.end || range.end > ByteSource::len(self) {
            return Err(outside(&range, ByteSource::len(self)));
        }
        Ok(self.slice(range.start as usize..range.end as usize))
    }
    fn is_local(&self) -> bool {
        true
    }
    fn max_gap(&self) -> u64 {
        0
    }
}

/// Anything that reads and seeks, one caller at a time.
pub(crate) struct ReaderSource<R> {
    reader: Mutex<R>,
    len: u64,
}

impl<R: Read + Seek + Send> ReaderSource<R> {
    pub(crate) fn new(mut reader: R) -> Result<Self> {
        let len = reader.seek(SeekFrom::End(0)).map_err(|e| Error::io("cannot find the end", e))?;
        Ok(Self { reader: Mutex::new(reader), len })
    }
}

impl<R: Read + Seek + Send> ByteSource for ReaderSource<R> {
    fn is_local(&self) -> bool {
        true
    }
    fn len(&self) -> u64 {
        self.len
    }
    fn read_range(&self, range: Range<u64>) -> Result<Bytes> {
        if range.start > range.end || range.end > self.len {
            return Err(outside(&range, self.len));
        }
        let mut buffer = vec![0; bytes_of(&range)?];
        // A panic of the reader in another thread leaves no state behind that the next seek does not set.
        let mut reader = self.reader.lock().unwrap_or_else(|e| e.into_inner());
        read_seek(&mut *reader, &mut buffer, range.start)
            .map_err(|e| Error::io("cannot read", e).at_offset(range.start))?;
        Ok(buffer.into())
    }
}

pub(crate) fn read_seek(
    reader: &mut (impl Read + Seek),
    buffer: &mut [u8],
    offset: u64,
) -> std::io::Result<()> {
    reader.seek(SeekFrom::Start(offset))?;
    reader.read_exact(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_source::{FileHandles, FileSource};

    /// What every source must do.
    fn obeys_the_trait(source: &dyn ByteSource) {
        assert_eq!(source.len(), 6);
        assert_eq!(source.read_range(1..4).unwrap(), &b"bcd"[..]);
        assert_eq!(source.read_range(6..6).unwrap(), &b""[..]);
        assert_eq!(source.read_ranges(&[4..6, 0..1]).unwrap(), [&b"ef"[..], &b"a"[..]]);
        assert!(source.read_range(4..7).is_err());
        assert!(source.read_range(u64::MAX - 1..u64::MAX).is_err());
    }

    #[test]
    fn sources_agree() {
        obeys_the_trait(&Bytes::from_static(b"abcdef"));
        obeys_the_trait(&ReaderSource::new(std::io::Cursor::new(b"abcdef")).unwrap());
        let path = std::env::temp_dir().join(format!("geotiff-io-source-{}", std::process::id()));
        std::fs::write(&path, b"abcdef").unwrap();
        obeys_the_trait(&FileSource::open(&path, None).unwrap());
        obeys_the_trait(&FileSource::open(&path, Some(&FileHandles::new(1))).unwrap());
        std::fs::remove_file(&path).unwrap();
        assert!(FileSource::open(&path, None).is_err());
        assert!(FileSource::open(&std::env::temp_dir(), None).is_err());
    }
}
