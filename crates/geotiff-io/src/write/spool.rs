//! Encoded blocks on their way to the file: in memory while they are few, then in a temporary file.

use crate::temporary::TemporaryFile;
use raster_core::{Error, Result};
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
    path::PathBuf,
};

/// Memory is taken in pieces of this size (chosen: large enough to be few, small enough to waste little).
const SEGMENT: usize = 1 << 20;

/// Bytes that only grow, addressed by position.
#[derive(Debug)]
pub(crate) struct Spool {
    /// Not yet in the file; each but the last is full.
    segments: Vec<Vec<u8>>,
    file: Option<TemporaryFile>,
    /// Bytes in the file; the segments follow them.
    in_file: u64,
    memory_limit: usize,
    directory: PathBuf,
}

impl Spool {
    /// An empty spool that keeps `memory_limit` bytes in memory and then goes to a file in `directory`.
    pub(crate) fn new(memory_limit: usize, directory: PathBuf) -> Self {
        Self { segments: Vec::new(), file: None, in_file: 0, memory_limit, directory }
    }
    /// Bytes so far.
    pub(crate) fn len(&self) -> u64 {
        let in_memory = match self.segments.last() {
            Some(last) => (self.segments.len() - 1) * SEGMENT + last.len(),
            None => 0,
        };
        self.in_file + in_memory as u64
    }
    /// Add bytes; returns their position.
    pub(crate) fn push(&mut self, parts: &[&[u8]]) -> Result<u64> {
        let at = self.len();
        for part in parts {
            let mut rest = *part;
            while !rest.is_empty() {
                if self.segments.last().is_none_or(|s| s.len() == SEGMENT) {
                    if self.segments.len() * SEGMENT >= self.memory_limit {
                        self.spill()?;
                    }
                    // After a spill the first segment's memory is used again.
                    if self.segments.last().is_none_or(|s| s.len() == SEGMENT) {
                        self.segments.push(Vec::with_capacity(SEGMENT));
                    }
                }
                let last = self.segments.last_mut().expect("pushed above");
                let n = rest.len().min(SEGMENT - last.len());
                last.extend_from_slice(&rest[..n]);
                rest = &rest[n..];
            }
        }
        Ok(at)
    }
    /// Move what is in memory to the file.
    fn spill(&mut self) -> Result<()> {
        if self.file.is_none() {
            self.file = Some(TemporaryFile::scratch(&self.directory)?);
            // From now on memory is only a buffer for writing.
            self.memory_limit = self.memory_limit.min(4 * SEGMENT);
        }
        let file = self.file.as_mut().expect("made above");
        for segment in &self.segments {
            file.file().write_all(segment).map_err(|e| {
                let folder = self.directory.display();
                Error::io(format!("cannot write to a temporary file in the folder {folder}"), e)
            })?;
            self.in_file += segment.len() as u64;
        }
        self.segments.truncate(1);
        if let Some(first) = self.segments.first_mut() {
            first.clear();
        }
        Ok(())
    }
    /// Make the bytes readable.
    pub(crate) fn into_reader(mut self) -> Result<SpoolReader> {
        if self.file.is_some() {
            self.spill()?;
            self.segments.clear();
        }
        Ok(SpoolReader { segments: self.segments, file: self.file, at: None })
    }
}

/// A finished spool.
#[derive(Debug)]
pub(crate) struct SpoolReader {
    segments: Vec<Vec<u8>>,
    file: Option<TemporaryFile>,
    /// Where the file's cursor stands, to save seeks.
    at: Option<u64>,
}

impl SpoolReader {
    /// Copy a range to `sink`; `buffer` is used for what comes from the file.
    pub(crate) fn copy(
        &mut self,
        position: u64,
        len: u64,
        sink: &mut dyn Write,
        buffer: &mut Vec<u8>,
    ) -> Result<()> {
        match &mut self.file {
            None => copy_segments(&self.segments, position, len, sink),
            Some(file) => {
                let file: &mut File = file.file();
                if self.at != Some(position) {
                    file.seek(SeekFrom::Start(position)).map_err(read_failed)?;
                }
                buffer.resize(SEGMENT, 0);
                let mut left = len;
                while left > 0 {
                    let part = &mut buffer[..left.min(SEGMENT as u64) as usize];
                    file.read_exact(part).map_err(read_failed)?;
                    sink.write_all(part).map_err(write_failed)?;
                    left -= part.len() as u64;
                }
                self.at = Some(position + len);
                Ok(())
            }
        }
    }
}

fn copy_segments(segments: &[Vec<u8>], position: u64, len: u64, sink: &mut dyn Write) -> Result<()> {
    let (mut at, end) = (position as usize, (position + len) as usize);
    while at < end {
        let (segment, offset) = (at / SEGMENT, at % SEGMENT);
        let n = (SEGMENT - offset).min(end - at);
        sink.write_all(&segments[segment][offset..offset + n]).map_err(write_failed)?;
        at += n;
    }
    Ok(())
}

fn read_failed(e: std::io::Error) -> Error {
    Error::io("cannot read the temporary file", e)
}

pub(crate) fn write_failed(e: std::io::Error) -> Error {
    if e.kind() == std::io::ErrorKind::BrokenPipe {
        // Not as of text that has been read as far as somebody wants: half a raster is none.
        let gone = std::io::Error::other("who reads it has gone away");
        return Error::io("cannot write the output", gone);
    }
    Error::io("cannot write the output", e)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_was_pushed_with_and_without_a_file() {
        for limit in [usize::MAX, SEGMENT, 0] {
            let mut spool = Spool::new(limit, std::env::temp_dir());
            let mut expected = Vec::new();
            let mut places = Vec::new();
            for i in 0..40usize {
                let block: Vec<u8> = (0..100_003 * (i % 3 + 1)).map(|k| (k * 7 + i) as u8).collect();
                let at = spool.push(&[&block[..5], &block[5..]]).unwrap();
                assert_eq!(at, expected.len() as u64);
                places.push((at, block.len() as u64));
                expected.extend_from_slice(&block);
            }
            assert_eq!(spool.len(), expected.len() as u64);
            let mut reader = spool.into_reader().unwrap();
            assert_eq!(reader.file.is_some(), limit < usize::MAX);
            for (at, len) in places.into_iter().rev() {
                let mut out = Vec::new();
                reader.copy(at, len, &mut out, &mut Vec::new()).unwrap();
                assert_eq!(out, expected[at as usize..][..len as usize]);
            }
        }
    }
}
