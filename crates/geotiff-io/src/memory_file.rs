//! A file in memory, as rasterio's `MemoryFile`.

use crate::dataset::{Dataset, OpenOptions};
use crate::write::{CreateOptions, GeoTiffWriter, Written};
use bytes::Bytes;
use raster_core::{Error, RasterInfo, Result};
use std::{
    io::{self, Read, Seek, SeekFrom, Write},
    ops::Deref,
};

/// Bytes that behave like a file: read, written, sought in, opened as a dataset.
///
/// Made [`from_bytes`](Self::from_bytes) it is read-only and shares the bytes; made [`new`](Self::new) it is empty
/// and grows. Unlike rasterio's, writing to a read-only one is an error and changes nothing, and datasets that
/// were opened from it stay usable after [`close`](Self::close): they hold the bytes themselves.
///
/// ```
/// use geotiff_io::{CreateOptions, MemoryFile, raster_core::*};
/// let mut file = MemoryFile::new();
/// let writer = file.create(&RasterInfo::new(4, 3, 1, DataType::U8), &CreateOptions::geotiff())?;
/// writer.write_window(&Window::whole(4, 3), &AnyArray::zeros(DataType::U8, (1, 3, 4)).view())?;
/// writer.finish()?;
/// assert_eq!(file.dataset()?.info().width, 4);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryFile {
    content: Content,
    read_only: bool,
    position: u64,
    closed: bool,
}

#[derive(Debug)]
enum Content {
    /// Shared with datasets that are open.
    Shared(Bytes),
    /// Being written.
    Own(Vec<u8>),
}

impl Default for Content {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

impl MemoryFile {
    /// An empty file that grows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// A read-only file of these bytes, without a copy. No bytes at all make an empty file that grows.
    #[must_use]
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        if bytes.is_empty() {
            return Self::new();
        }
        Self { content: Content::Shared(bytes), read_only: true, position: 0, closed: false }
    }
    /// A read-only file of all that a reader gives.
    ///
    /// # Errors
    /// `Io` when reading fails.
    pub fn from_reader(mut reader: impl Read) -> Result<Self> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(|e| Error::io("cannot read into memory", e))?;
        Ok(Self::from_bytes(bytes))
    }
    /// Bytes of the file; 0 once it is closed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.getbuffer().len()
    }
    /// Has it no bytes?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The bytes.
    #[must_use]
    pub fn getbuffer(&self) -> &[u8] {
        match &self.content {
            Content::Shared(bytes) => bytes,
            Content::Own(bytes) => bytes,
        }
    }
    /// The bytes, shared without a copy. What is written later goes to a copy.
    pub fn share(&mut self) -> Bytes {
        match &mut self.content {
            Content::Shared(bytes) => bytes.clone(),
            Content::Own(bytes) => {
                let shared = Bytes::from(std::mem::take(bytes));
                self.content = Content::Shared(shared.clone());
                shared
            }
        }
    }
    /// Can it be written to?
    #[must_use]
    pub fn is_writable(&self) -> bool {
        !self.read_only && !self.closed
    }
    /// Has it been closed?
    #[must_use]
    pub fn closed(&self) -> bool {
        self.closed
    }
    /// Let the bytes go. Reading, writing, seeking and opening are errors from now on; closing again is not.
    pub fn close(&mut self) {
        self.content = Content::default();
        self.closed = true;
    }
    /// Open it as a dataset. The dataset keeps the bytes as they are now.
    ///
    /// # Errors
    /// `Misuse` when the file is closed; as [`Dataset::from_bytes`].
    pub fn dataset(&mut self) -> Result<Dataset> {
        self.dataset_with(&OpenOptions::new())
    }
    /// Open it as a dataset.
    ///
    /// # Errors
    /// As [`dataset`](Self::dataset).
    pub fn dataset_with(&mut self, options: &OpenOptions) -> Result<Dataset> {
        if self.closed {
            return Err(Error::misuse("I/O operation on closed file."));
        }
        options.from_bytes(self.share())
    }
    /// A writer whose file this one becomes when it is finished. Until then it stays empty.
    ///
    /// # Errors
    /// `Misuse` when the file is closed, read-only or not empty; as [`GeoTiffWriter::new`].
    pub fn create(&mut self, info: &RasterInfo, options: &CreateOptions) -> Result<MemoryFileWriter<'_>> {
        if self.closed {
            return Err(Error::misuse("I/O operation on closed file."));
        }
        if !self.is_empty() || self.read_only {
            return Err(Error::misuse("the memory file is not empty; open it for reading"));
        }
        Ok(MemoryFileWriter { writer: GeoTiffWriter::new(info, options)?, file: self })
    }
    fn check_open(&self) -> io::Result<()> {
        if self.closed {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "I/O operation on closed MemoryFile"));
        }
        Ok(())
    }
}

/// A writer into a [`MemoryFile`]; everything but finishing is [`GeoTiffWriter`]'s.
#[derive(Debug)]
pub struct MemoryFileWriter<'a> {
    writer: GeoTiffWriter,
    file: &'a mut MemoryFile,
}

impl MemoryFileWriter<'_> {
    /// Write the file.
    ///
    /// # Errors
    /// As [`GeoTiffWriter::finish`]; the memory file then stays empty.
    pub fn finish(self) -> Result<Written> {
        let mut bytes = Vec::new();
        let written = self.writer.finish_into(&mut bytes)?;
        self.file.content = Content::Own(bytes);
        self.file.position = 0;
        Ok(written)
    }
}

impl Deref for MemoryFileWriter<'_> {
    type Target = GeoTiffWriter;
    fn deref(&self) -> &GeoTiffWriter {
        &self.writer
    }
}

impl Read for MemoryFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.check_open()?;
        let bytes = self.getbuffer();
        let start = usize::try_from(self.position).unwrap_or(usize::MAX).min(bytes.len());
        let n = out.len().min(bytes.len() - start);
        out[..n].copy_from_slice(&bytes[start..start + n]);
        self.position += n as u64;
        Ok(n)
    }
}

impl Write for MemoryFile {
    /// Writes at the position; what lies between the end and the position becomes zeros.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.check_open()?;
        if self.read_only {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the memory file is read-only"));
        }
        let too_long = || io::Error::new(io::ErrorKind::FileTooLarge, "the position is beyond memory");
        let start = usize::try_from(self.position).map_err(|_| too_long())?;
        let end = start.checked_add(bytes.len()).ok_or_else(too_long)?;
        if let Content::Shared(shared) = &mut self.content {
            self.content = Content::Own(std::mem::take(shared).into());
        }
        let Content::Own(own) = &mut self.content else { return Ok(0) };
        if end > own.len() && !bytes.is_empty() {
            own.try_reserve(end - own.len()).map_err(|_| too_long())?;
            own.resize(end, 0);
        }
        if !bytes.is_empty() {
            own[start..end].copy_from_slice(bytes);
        }
        self.position = end as u64;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        self.check_open()
    }
}

impl Seek for MemoryFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.check_open()?;
        let target = match to {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::End(n) => (self.len() as u64).checked_add_signed(n),
            SeekFrom::Current(n) => self.position.checked_add_signed(n),
        };
        self.position = target
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a position before the start"))?;
        Ok(self.position)
    }
}
