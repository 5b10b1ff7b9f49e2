//! A TIFF file that is changed in place, so that it is a readable file at every moment, also after a crash.
//!
//! What is new goes behind the end and is on the disk before anything leads to it. Then few small places are overwritten: offsets
//! that lead to what is new, and texts of the same length. Each of them is right whether or not the others have been written, so
//! their order on the disk does not matter. A change that fails takes everything back.

use crate::format::ByteOrder;
use crate::tiff::{header::Header, serialize::Flavor};
use crate::unfinished::{Listed, Trace, undisturbed};
use raster_core::{Error, Result};
use std::{
    cell::RefCell,
    fs::File,
    io::{BufWriter, Read, Seek, SeekFrom, Write},
    path::Path,
};

/// What a change needs of a file.
pub(crate) trait Medium: Read + Write + Seek {
    /// All that was written is on the disk before what is written from now on.
    fn sync(&mut self) -> std::io::Result<()>;
    fn set_len(&mut self, length: u64) -> std::io::Result<()>;
    /// The same file once more, to be cut back when the process is told to end.
    fn another(&self) -> std::io::Result<Option<File>>;
}

impl Medium for File {
    fn sync(&mut self) -> std::io::Result<()> {
        match self.sync_data() {
            // Not every file system can.
            Err(e)
                if matches!(e.kind(), std::io::ErrorKind::Unsupported | std::io::ErrorKind::InvalidInput) =>
            {
                Ok(())
            }
            other => other,
        }
    }
    fn set_len(&mut self, length: u64) -> std::io::Result<()> {
        Self::set_len(self, length)
    }
    fn another(&self) -> std::io::Result<Option<File>> {
        self.try_clone().map(Some)
    }
}

/// Refuse what is no regular file, without opening it: that may wait for ever.
///
/// # Errors
/// `Misuse` then; `Io` when there is nothing.
pub fn check_changeable(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let found = path.metadata().map_err(|e| Error::io("cannot be opened for writing", e).in_file(path))?;
    if found.is_file() {
        return Ok(());
    }
    Err(Error::misuse("only a file can be changed in place; this is none").in_file(path))
}

/// Open a file to change it, for this process alone.
///
/// # Errors
/// `Misuse` for what is no regular file; `Io` when it cannot be written to or another process changes it.
pub(crate) fn open_to_change(path: &Path) -> Result<File> {
    let cannot = |e| Error::io("cannot be opened for writing", e).in_file(path);
    check_changeable(path)?;
    let file = File::options().read(true).write(true).open(path).map_err(cannot)?;
    match file.try_lock() {
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(Error::new(raster_core::ErrorKind::Io, "another process is changing this file").in_file(path))
        }
        // Where files cannot be locked, nobody is kept out.
        Ok(()) | Err(std::fs::TryLockError::Error(_)) => Ok(file),
    }
}

/// A change that takes itself back unless it is [committed](Self::commit).
pub(crate) struct Change<M: Medium = File> {
    file: M,
    header: Header,
    /// Of the file before the change.
    length: u64,
    /// Places and what will stand there.
    overwrites: Vec<(u64, Vec<u8>)>,
    /// What stood at places that were written.
    undo: Vec<(u64, Vec<u8>)>,
    listed: Option<Listed>,
    done: bool,
}

/// Writes that a signal waits for: once bytes were taken back, no more follow.
struct Undisturbed<'a, M>(&'a mut M);

impl<M: Write> Write for Undisturbed<'_, M> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        undisturbed(|| self.0.write(bytes))
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// A directory of the chain.
pub(crate) struct Link {
    /// Its offset.
    pub(crate) directory: u64,
    /// Where its own offset stands: in the header or behind the directory before it.
    pub(crate) led_from: u64,
    /// Where the offset of the next one stands.
    pub(crate) next_at: u64,
}

impl<M: Medium> Change<M> {
    /// Begin: nothing is written yet.
    pub(crate) fn begin(mut file: M) -> Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        let mut head = vec![0; length.min(Header::MAX_LEN as u64) as usize];
        file.seek(SeekFrom::Start(0))?;
        file.read_exact(&mut head)?;
        let header = Header::parse(&head)?;
        let listed = match file.another()? {
            None => None,
            Some(another) => {
                let listed = || Ok::<_, Error>(((), Trace::Tail(another, length)));
                Some(Listed::leave(listed)?.1)
            }
        };
        Ok(Self { file, header, length, overwrites: Vec::new(), undo: Vec::new(), listed, done: false })
    }
    /// Byte order and size of offsets.
    pub(crate) fn flavor(&self) -> Flavor {
        Flavor { order: self.header.order, big: self.header.big }
    }
    /// Where the first pointer to a directory stands.
    pub(crate) fn first_pointer(&self) -> u64 {
        if self.header.big { 8 } else { 4 }
    }
    /// Where the next byte that is [appended](Self::append) will stand: an even offset.
    pub(crate) fn end(&mut self) -> Result<u64> {
        let end = self.file.seek(SeekFrom::End(0))?;
        Ok(end + end % 2)
    }
    /// Bytes behind the end, from [`end`](Self::end) on.
    pub(crate) fn append<T>(&mut self, write: impl FnOnce(&mut dyn Write) -> Result<T>) -> Result<T> {
        let failed = |e| Error::io("cannot write behind the end of the file", e);
        let end = self.file.seek(SeekFrom::End(0)).map_err(failed)?;
        let mut out = BufWriter::with_capacity(1 << 20, Undisturbed(&mut self.file));
        out.write_all(&[0][..(end % 2) as usize]).map_err(failed)?;
        let result = write(&mut out)?;
        out.into_inner().map_err(|e| failed(e.into_error()))?;
        Ok(result)
    }
    /// The bytes of a range, if the file has them.
    pub(crate) fn read(&mut self, at: u64, len: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(at))?;
        (&mut self.file).take(len as u64).read_to_end(&mut bytes)?;
        if bytes.len() < len {
            return Err(
                Error::malformed(format!("{len} bytes are expected behind this offset")).at_offset(at)
            );
        }
        Ok(bytes)
    }
    /// A number of `size` bytes, at most 8.
    pub(crate) fn number(&mut self, at: u64, size: usize) -> Result<u64> {
        let bytes = self.read(at, size)?;
        let byte = |i: usize| match self.header.order {
            ByteOrder::Little => u64::from(bytes[size - 1 - i]),
            ByteOrder::Big => u64::from(bytes[i]),
        };
        Ok((0..size).fold(0, |value, i| value << 8 | byte(i)))
    }
    /// The directories along the chain.
    pub(crate) fn chain(&mut self) -> Result<Vec<Link>> {
        let (offset_size, entry_size) = (self.header.offset_size(), self.header.entry_size() as u64);
        let count_size = if self.header.big { 8 } else { 2 };
        let mut links: Vec<Link> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        let mut at = self.first_pointer();
        loop {
            let directory = self.number(at, offset_size)?;
            if directory == 0 {
                return Ok(links);
            }
            if !seen.insert(directory) {
                return Err(Error::malformed("the chain of directories is a circle").at_offset(directory));
            }
            let entries = self.number(directory, count_size)?;
            let next_at = entries
                .checked_mul(entry_size)
                .and_then(|n| n.checked_add(directory)?.checked_add(count_size as u64))
                .ok_or_else(|| Error::malformed("the directory is too long").at_offset(directory))?;
            links.push(Link { directory, led_from: at, next_at });
            at = next_at;
        }
    }
    /// Let bytes be overwritten at the end of the change. The file must be readable with any part of these places written.
    pub(crate) fn overwrite(&mut self, at: u64, bytes: impl Into<Vec<u8>>) {
        self.overwrites.push((at, bytes.into()));
    }
    /// Let the pointer at `at` lead to a directory.
    pub(crate) fn point(&mut self, at: u64, directory: u64) -> Result<()> {
        if !self.header.big && u32::try_from(directory).is_err() {
            return Err(Error::misuse("the file would pass 4 GiB, which needs BigTIFF; write it anew"));
        }
        let mut pointer = Vec::new();
        self.flavor().put_offset(&mut pointer, directory);
        self.overwrite(at, pointer);
        Ok(())
    }
    /// A COG says from now on that it has lost its layout.
    pub(crate) fn mark_as_changed(&mut self) {
        let start = self.header.len();
        let this = RefCell::new(&mut *self);
        let structure = crate::cog::structure::Structure::read(|range| {
            this.borrow_mut().read(start + range.start, (range.end - range.start) as usize).ok()
        });
        if let Some((at, text)) = structure.and_then(|s| s.mark()) {
            self.overwrite(start + at, text);
        }
    }
    /// Make the change. The file has it, on the disk, when this returns; after an error it is as it was.
    pub(crate) fn commit(mut self) -> Result<()> {
        let failed = |e| Error::io("cannot write the change to the disk", e);
        self.file.sync().map_err(failed)?;
        let overwrites = std::mem::take(&mut self.overwrites);
        for (at, bytes) in &overwrites {
            let before = self.read(*at, bytes.len())?;
            self.undo.push((*at, before));
        }
        // From the first of these writes on a signal no longer undoes the change: it waits for the last.
        match self.listed.take() {
            None => self.write(&overwrites).map_err(failed)?,
            Some(listed) => {
                let result = listed.settle(|| self.write(&overwrites));
                result.map_err(|(listed, e)| {
                    self.listed = Some(listed);
                    failed(e)
                })?;
            }
        }
        self.done = true;
        Ok(())
    }
    fn write(&mut self, overwrites: &[(u64, Vec<u8>)]) -> std::io::Result<()> {
        let result = self.put(overwrites);
        if result.is_err() {
            let undo = std::mem::take(&mut self.undo);
            // Where what was overwritten does not come back, what it leads to has to stay.
            self.done = self.put(&undo).is_err();
        }
        result
    }
    fn put(&mut self, overwrites: &[(u64, Vec<u8>)]) -> std::io::Result<()> {
        for (at, bytes) in overwrites {
            self.file.seek(SeekFrom::Start(*at))?;
            self.file.write_all(bytes)?;
        }
        self.file.sync()
    }
}

impl<M: Medium> Drop for Change<M> {
    fn drop(&mut self) {
        if !self.done {
            // The error that ended the change matters more than this one; bytes that stay behind the end do no harm.
            let _ = self.file.set_len(self.length);
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::{
        io::Cursor,
        sync::{Arc, Mutex},
    };

    /// What was done to a file.
    #[derive(Clone, Debug)]
    pub(in crate::write) enum Step {
        Write(u64, Vec<u8>),
        Sync,
        Length(u64),
    }

    /// A file in memory that remembers what was done to it, and fails after some steps if told to.
    #[derive(Clone)]
    pub(in crate::write) struct Recorded {
        pub(in crate::write) bytes: Cursor<Vec<u8>>,
        pub(in crate::write) steps: Arc<Mutex<Vec<Step>>>,
        pub(in crate::write) fails_after: usize,
    }

    impl Recorded {
        pub(in crate::write) fn new(bytes: Vec<u8>) -> Self {
            Self { bytes: Cursor::new(bytes), steps: Arc::default(), fails_after: usize::MAX }
        }
        /// A step once fails, as of a disk that is full for a moment.
        fn step(&self, step: Step) -> std::io::Result<()> {
            let mut steps = self.steps.lock().unwrap();
            steps.push(step);
            if steps.len() == self.fails_after.saturating_add(1) {
                return Err(std::io::ErrorKind::StorageFull.into());
            }
            Ok(())
        }
    }

    impl Read for Recorded {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.bytes.read(buffer)
        }
    }
    impl Seek for Recorded {
        fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
            self.bytes.seek(to)
        }
    }
    impl Write for Recorded {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.step(Step::Write(self.bytes.position(), bytes.to_vec()))?;
            self.bytes.write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    impl Medium for Recorded {
        fn sync(&mut self) -> std::io::Result<()> {
            self.step(Step::Sync)
        }
        fn set_len(&mut self, length: u64) -> std::io::Result<()> {
            self.step(Step::Length(length))?;
            self.bytes.get_mut().resize(length as usize, 0);
            Ok(())
        }
        fn another(&self) -> std::io::Result<Option<File>> {
            Ok(None)
        }
    }

    /// A disk after some of the steps.
    pub(in crate::write) fn apply(disk: &mut Vec<u8>, step: &Step) {
        match step {
            Step::Write(at, bytes) => {
                let (at, end) = (*at as usize, *at as usize + bytes.len());
                disk.resize(disk.len().max(end), 0);
                disk[at..end].copy_from_slice(bytes);
            }
            Step::Sync => {}
            Step::Length(length) => disk.resize(*length as usize, 0),
        }
    }

    /// Every state that a crash may leave: after each prefix of the steps, also within a write of what is appended, and with any
    /// part of the small writes that no sync has ordered.
    pub(in crate::write) fn crashes(before: &[u8], steps: &[Step]) -> Vec<Vec<u8>> {
        let mut disk = before.to_vec();
        let mut states = vec![disk.clone()];
        for (i, step) in steps.iter().enumerate() {
            if let Step::Write(at, bytes) = step
                && *at as usize >= before.len()
            {
                for part in [1, bytes.len() / 3, bytes.len() - 1] {
                    let mut torn = disk.clone();
                    apply(&mut torn, &Step::Write(*at, bytes[..part.min(bytes.len())].to_vec()));
                    states.push(torn);
                }
                // The length may be on the disk before the bytes.
                let mut holes = disk.clone();
                holes.resize(holes.len().max(*at as usize + bytes.len()), 0);
                states.push(holes);
            }
            let epoch = steps[..i].iter().rposition(|s| matches!(s, Step::Sync)).map_or(0, |at| at + 1);
            if matches!(step, Step::Sync) && i - epoch <= 10 && i > epoch {
                for chosen in 0u32..1 << (i - epoch) {
                    let mut some = before.to_vec();
                    steps[..epoch].iter().for_each(|s| apply(&mut some, s));
                    let picked = (epoch..i).filter(|k| chosen >> (k - epoch) & 1 == 1);
                    picked.for_each(|k| apply(&mut some, &steps[k]));
                    states.push(some);
                }
            }
            apply(&mut disk, step);
            states.push(disk.clone());
        }
        states
    }
}
