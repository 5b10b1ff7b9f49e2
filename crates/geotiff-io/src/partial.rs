//! A file of which only some bytes are here: opening without waiting.

use crate::dataset::{Dataset, OpenOptions};
use crate::source::{ByteSource, outside};
use crate::tiff::known::{KnownBytes, coalesced, cut, gaps};
use bytes::Bytes;
use raster_core::{Error, Result};
use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

/// A file of which only some bytes are here. Whoever fetches bytes in a way that cannot be waited for inside a read
/// (asynchronous clients, browsers) puts them in, and opens the file by asking what else is needed.
///
/// ```
/// use geotiff_io::{ByteSource, OpenOptions, Opening, PartialBytes};
/// use std::sync::Arc;
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/landcover.tif");
/// # let file = bytes::Bytes::from(std::fs::read(path)?);
/// // Stands for a request: `fetch(range).await`.
/// let fetch = |range: std::ops::Range<u64>| file.read_range(range);
///
/// let bytes = Arc::new(PartialBytes::new(file.len() as u64));
/// let dataset = loop {
///     match OpenOptions::new().open_partial(&bytes)? {
///         Opening::Done(dataset) => break dataset,
///         Opening::Needs(ranges) => {
///             for range in ranges {
///                 bytes.insert(range.start, &fetch(range)?);
///             }
///         }
///     }
/// };
/// assert_eq!(geotiff_io::raster_core::RasterSource::info(&dataset).width, 900);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PartialBytes {
    len: u64,
    head: u64,
    known: KnownBytes,
    /// What was asked for and is not here.
    missing: Mutex<Vec<Range<u64>>>,
}

/// How far opening has come.
#[derive(Debug)]
pub enum Opening {
    /// The dataset is open.
    Done(Dataset),
    /// These bytes are needed first.
    Needs(Vec<Range<u64>>),
}

impl PartialBytes {
    /// Nothing yet of a file of `len` bytes.
    #[must_use]
    pub fn new(len: u64) -> Self {
        Self { len, head: 64 << 10, known: KnownBytes::default(), missing: Mutex::default() }
    }
    /// Ask for this many bytes at the front, and around directories that are elsewhere ([`ByteSource::head_size`]).
    #[must_use]
    pub fn with_head_size(mut self, bytes: u64) -> Self {
        self.head = bytes;
        self
    }
    /// Put in the bytes that begin at `offset`.
    pub fn insert(&self, offset: u64, bytes: &Bytes) {
        self.known.insert(offset, bytes);
    }
    fn take_missing(&self) -> Vec<Range<u64>> {
        let missing = std::mem::take(&mut *self.missing.lock().unwrap_or_else(PoisonError::into_inner));
        coalesced(missing, 0, &[])
    }
}

impl ByteSource for PartialBytes {
    fn len(&self) -> u64 {
        self.len
    }
    fn read_range(&self, range: Range<u64>) -> Result<Bytes> {
        Ok(self.read_ranges(&[range])?.swap_remove(0))
    }
    fn read_ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        if let Some(range) = ranges.iter().find(|r| r.start > r.end || r.end > self.len) {
            return Err(outside(range, self.len));
        }
        let parts = self.known.parts();
        let here: Option<Vec<Bytes>> = ranges.iter().map(|r| cut(r, &parts)).collect();
        here.ok_or_else(|| {
            let missing = ranges.iter().flat_map(|r| gaps(r, &parts));
            self.missing.lock().unwrap_or_else(PoisonError::into_inner).extend(missing);
            Error::io("these bytes have not been fetched", std::io::ErrorKind::WouldBlock.into())
        })
    }
    fn head_size(&self) -> u64 {
        self.head
    }
    fn max_gap(&self) -> u64 {
        0
    }
}

impl OpenOptions {
    /// Open a file of which only some bytes are here: the dataset, or what to fetch and put in before asking again. It
    /// reads windows by [`Dataset::needs`].
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_partial(&self, bytes: &Arc<PartialBytes>) -> Result<Opening> {
        bytes.take_missing();
        let opened = self.from_source(Arc::clone(bytes) as Arc<dyn ByteSource>);
        // What could only be described with bytes that are missing is a warning, no error: look at both.
        let missing = bytes.take_missing();
        if missing.is_empty() { opened.map(Opening::Done) } else { Ok(Opening::Needs(missing)) }
    }
}
