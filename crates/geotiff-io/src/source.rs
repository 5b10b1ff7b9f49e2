//! Ranged reads from files, memory, and anything else that has bytes.

use bytes::Bytes;
use raster_core::{Error, Result};
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    ops::Range,
    path::Path,
    sync::{Arc, Mutex},
};

/// Bytes that can be read by range, from many threads at once.
///
/// Implement this for a remote object: [`read_ranges`](Self::read_ranges) is called with everything that a
/// piece of work needs, so that the requests can go out together.
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

    /// How much is best fetched by one call of [`read_ranges`](Self::read_ranges), in bytes. More makes
    /// fewer calls and takes more memory; a remote source wants some megabytes.
    fn fetch_size(&self) -> u64 {
        1 << 20
    }

    /// Two ranges with at most this many bytes between them are fetched as one.
    fn max_gap(&self) -> u64 {
        4096
    }
}

fn outside(range: &Range<u64>, len: u64) -> Error {
    Error::io(
        format!("bytes {} to {} of {len} bytes", range.start, range.end),
        std::io::ErrorKind::UnexpectedEof.into(),
    )
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
    fn max_gap(&self) -> u64 {
        0
    }
}

/// A local file, read by position: no cursor is shared between threads.
#[derive(Debug)]
pub(crate) struct FileSource {
    #[cfg(any(unix, windows))]
    file: File,
    #[cfg(not(any(unix, windows)))]
    file: Mutex<File>,
    len: u64,
    buffers: Arc<BufferPool>,
}

impl FileSource {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let cannot = |e| Error::io("cannot open the file", e).in_file(path);
        let file = File::open(path).map_err(cannot)?;
        let meta = file.metadata().map_err(cannot)?;
        if meta.is_dir() {
            return Err(cannot(std::io::ErrorKind::IsADirectory.into()));
        }
        #[cfg(not(any(unix, windows)))]
        let file = Mutex::new(file);
        Ok(Self { file, len: meta.len(), buffers: Arc::default() })
    }

    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, mut buffer: &mut [u8], mut offset: u64) -> std::io::Result<()> {
        while !buffer.is_empty() {
            match std::os::windows::fs::FileExt::seek_read(&self.file, buffer, offset)? {
                0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                n => {
                    buffer = &mut buffer[n..];
                    offset += n as u64;
                }
            }
        }
        Ok(())
    }

    #[cfg(not(any(unix, windows)))]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
        read_seek(&mut *self.file.lock().unwrap_or_else(|e| e.into_inner()), buffer, offset)
    }
}

impl ByteSource for FileSource {
    fn len(&self) -> u64 {
        self.len
    }
    fn read_range(&self, range: Range<u64>) -> Result<Bytes> {
        if range.start > range.end || range.end > self.len {
            return Err(outside(&range, self.len));
        }
        let mut buffer = self.buffers.take((range.end - range.start) as usize);
        self.read_at(&mut buffer.bytes, range.start)
            .map_err(|e| Error::io("cannot read", e).at_offset(range.start))?;
        Ok(Bytes::from_owner(buffer))
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
    fn len(&self) -> u64 {
        self.len
    }
    fn read_range(&self, range: Range<u64>) -> Result<Bytes> {
        if range.start > range.end || range.end > self.len {
            return Err(outside(&range, self.len));
        }
        let mut buffer = vec![0; (range.end - range.start) as usize];
        // A panic of the reader in another thread leaves no state behind that the next seek does not set.
        let mut reader = self.reader.lock().unwrap_or_else(|e| e.into_inner());
        read_seek(&mut *reader, &mut buffer, range.start)
            .map_err(|e| Error::io("cannot read", e).at_offset(range.start))?;
        Ok(buffer.into())
    }
}

fn read_seek(reader: &mut (impl Read + Seek), buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
    reader.seek(SeekFrom::Start(offset))?;
    reader.read_exact(buffer)
}

/// Buffers that come back when the last `Bytes` into them is dropped: fresh memory costs more in page faults
/// than reading into it.
#[derive(Debug, Default)]
struct BufferPool(Mutex<Vec<Vec<u8>>>);

/// Buffers kept: more than threads that read at once are of no use.
const KEPT_BUFFERS: usize = 16;
/// Larger buffers are given back to the system.
const KEPT_BYTES: usize = 4 << 20;

struct PooledBuffer {
    bytes: Vec<u8>,
    pool: Arc<BufferPool>,
}

impl BufferPool {
    fn take(self: &Arc<Self>, len: usize) -> PooledBuffer {
        let mut bytes = self.0.lock().unwrap_or_else(|e| e.into_inner()).pop().unwrap_or_default();
        bytes.resize(len, 0);
        PooledBuffer { bytes, pool: Arc::clone(self) }
    }
}

impl AsRef<[u8]> for PooledBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for PooledBuffer {
    fn drop(&mut self) {
        if self.bytes.capacity() <= KEPT_BYTES {
            let mut kept = self.pool.0.lock().unwrap_or_else(|e| e.into_inner());
            if kept.len() < KEPT_BUFFERS {
                kept.push(std::mem::take(&mut self.bytes));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        obeys_the_trait(&FileSource::open(&path).unwrap());
        std::fs::remove_file(&path).unwrap();
        assert!(FileSource::open(&path).is_err());
        assert!(FileSource::open(&std::env::temp_dir()).is_err());
    }
}
