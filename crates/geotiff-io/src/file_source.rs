//! Local files as sources of bytes, with a bounded number of them open.

use crate::source::{ByteSource, bytes_of, outside};
use crate::temporary::{TemporaryFile, scratch_directory};
use crate::tiff::header::Header;
use crate::workspace::{KEPT_BYTES, Resting};
use bytes::Bytes;
use raster_core::{Error, Result};
use std::{
    collections::{BTreeMap, HashMap},
    fs::{File, Metadata},
    io::{Read, Write},
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

/// A bounded set of open files. Datasets that are opened with one ([`OpenOptions::handles`](crate::OpenOptions::handles)) share
/// it: each opens its file when it reads, and the one that was used longest ago is closed for it. So thousands of datasets
/// can be open at once, whatever number of files the system allows.
///
/// Clones are the same set.
///
/// ```
/// use geotiff_io::{FileHandles, OpenOptions, raster_core::{RasterSource, Window}};
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/landcover.tif");
/// let options = OpenOptions::new().handles(FileHandles::new(2));
/// let many = (0..10).map(|_| options.open(path)).collect::<Result<Vec<_>, _>>()?;
/// for dataset in &many {
///     dataset.read_window(&[1], &Window::new(0, 0, 10, 10))?;
/// }
/// # Ok::<(), geotiff_io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FileHandles(Arc<Mutex<Open>>);

#[derive(Debug)]
struct Open {
    capacity: usize,
    /// Files and the time of their last use, by the number of their source.
    files: HashMap<u64, (Arc<Handle>, u64)>,
    by_age: BTreeMap<u64, u64>,
    clock: u64,
    next: u64,
}

impl FileHandles {
    /// At most `capacity` files open, but at least one. A file that is being read stays open until that is done, so for a moment
    /// there may be one more for each thread.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let (files, by_age) = (HashMap::new(), BTreeMap::new());
        Self(Arc::new(Mutex::new(Open { capacity: capacity.max(1), files, by_age, clock: 0, next: 0 })))
    }
    /// The number of files that are open now.
    #[must_use]
    pub fn open_files(&self) -> usize {
        self.lock().files.len()
    }
    fn lock(&self) -> MutexGuard<'_, Open> {
        // Changed by statements that do not panic between each other.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn number(&self) -> u64 {
        let mut open = self.lock();
        open.next += 1;
        open.next
    }
    fn get(&self, number: u64) -> Option<Arc<Handle>> {
        let mut open = self.lock();
        let open = &mut *open;
        open.clock += 1;
        let (file, age) = open.files.get_mut(&number)?;
        open.by_age.remove(age);
        open.by_age.insert(open.clock, number);
        *age = open.clock;
        Some(Arc::clone(file))
    }
    fn put(&self, number: u64, file: &Arc<Handle>) {
        let mut closed = Vec::new();
        let mut open = self.lock();
        open.clock += 1;
        let clock = open.clock;
        if let Some((_, age)) = open.files.insert(number, (Arc::clone(file), clock)) {
            open.by_age.remove(&age);
        }
        open.by_age.insert(clock, number);
        while open.files.len() > open.capacity {
            let Some((_, oldest)) = open.by_age.pop_first() else { break };
            closed.extend(open.files.remove(&oldest));
        }
        // Closing may take time: not under the lock.
        drop(open);
    }
    fn remove(&self, number: u64) {
        let mut open = self.lock();
        let file = open.files.remove(&number);
        if let Some((_, age)) = &file {
            open.by_age.remove(age);
        }
        drop(open);
    }
}

/// What tells a file from another one that took its name, and from itself with other content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    #[cfg(unix)]
    device_and_inode: (u64, u64),
    len: u64,
    modified: Option<SystemTime>,
}

impl Identity {
    fn of(meta: &Metadata) -> Self {
        Self {
            #[cfg(unix)]
            device_and_inode: {
                use std::os::unix::fs::MetadataExt;
                (meta.dev(), meta.ino())
            },
            len: meta.len(),
            modified: meta.modified().ok(),
        }
    }
}

/// A local file, read by position: no cursor is shared between threads.
#[derive(Debug)]
pub(crate) struct FileSource {
    file: Place,
    len: u64,
    modified: Option<SystemTime>,
}

/// Where the open file is.
#[derive(Debug)]
enum Place {
    /// Here, as long as the source lives.
    Own(Handle),
    /// In a set; opened again when it is not.
    Shared { path: PathBuf, identity: Identity, handles: FileHandles, number: u64 },
}

/// What came through a stream beyond this stays on the disk (chosen: most rasters that go through pipes are smaller).
const STREAM_MEMORY: u64 = 64 << 20;

/// Must a path be read from front to back, as it can be read once only: a FIFO, `<(…)`, a device?
#[must_use]
pub fn is_stream(path: impl AsRef<Path>) -> bool {
    path.as_ref().metadata().is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Everything that a reader gives, to be read by range: in memory while it is short (64 MiB), then in a scratch file without a name in
/// the system's folder for such files (`TMPDIR`). Of what does not begin as a TIFF file, no more than 64 MiB are read.
///
/// # Errors
/// `Io` when reading fails, or when there is no room for the scratch file.
pub fn read_stream(mut reader: impl Read) -> Result<Arc<dyn ByteSource>> {
    let failed = |e| Error::io("cannot read", e);
    let mut head = Vec::new();
    reader.by_ref().take(STREAM_MEMORY).read_to_end(&mut head).map_err(failed)?;
    // What is no TIFF file may go on for ever (/dev/zero): what was read is enough to say what it is.
    if (head.len() as u64) < STREAM_MEMORY || Header::parse(&head[..Header::MAX_LEN]).is_err() {
        return Ok(Arc::new(Bytes::from(head)));
    }
    let folder = scratch_directory();
    let full = |e| {
        let text =
            format!("cannot keep what was read in the folder {} (TMPDIR names another)", folder.display());
        Error::io(text, e)
    };
    let mut scratch = TemporaryFile::scratch(&folder)?;
    scratch.file().write_all(&head).map_err(full)?;
    let mut len = head.len() as u64;
    loop {
        let n = match reader.read(&mut head[..1 << 20]) {
            Ok(0) => break,
            Ok(n) => n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(failed(e)),
        };
        scratch.file().write_all(&head[..n]).map_err(full)?;
        len += n as u64;
    }
    Ok(Arc::new(FileSource {
        file: Place::Own(Handle::of_scratch(scratch).map_err(failed)?),
        len,
        modified: None,
    }))
}

/// An open file, to be read by range: where it is, when it is a file of the disk that nobody has begun to read, and else as
/// [`read_stream`] does.
///
/// # Errors
/// As [`read_stream`].
pub fn read_open_file(mut file: File) -> Result<Arc<dyn ByteSource>> {
    let found = file.metadata().map_err(|e| Error::io("cannot read", e))?;
    if found.is_file() && std::io::Seek::stream_position(&mut file).is_ok_and(|at| at == 0) {
        return Ok(Arc::new(FileSource {
            file: Place::Own(Handle::new(file)),
            len: found.len(),
            modified: found.modified().ok(),
        }));
    }
    read_stream(file)
}

/// A path as a source of bytes, whatever it is.
pub(crate) fn open_path(path: &Path, handles: Option<&FileHandles>) -> Result<Arc<dyn ByteSource>> {
    if is_stream(path) {
        let file = File::open(path).map_err(|e| Error::io("cannot open the file", e).in_file(path))?;
        return read_stream(file).map_err(|e| e.in_file(path));
    }
    Ok(Arc::new(FileSource::open(path, handles)?))
}

impl FileSource {
    pub(crate) fn open(path: &Path, handles: Option<&FileHandles>) -> Result<Self> {
        let cannot = |e| Error::io("cannot open the file", e).in_file(path);
        let file = File::open(path).map_err(cannot)?;
        let meta = file.metadata().map_err(cannot)?;
        if meta.is_dir() {
            return Err(cannot(std::io::ErrorKind::IsADirectory.into()));
        }
        let (file, len) = (Handle::new(file), meta.len());
        // What is no regular file may not come again with the same bytes.
        let file = match handles.filter(|_| meta.is_file()) {
            None => Place::Own(file),
            Some(handles) => {
                let number = handles.number();
                handles.put(number, &Arc::new(file));
                let (path, identity) = (path.to_owned(), Identity::of(&meta));
                Place::Shared { path, identity, handles: handles.clone(), number }
            }
        };
        Ok(Self { file, len, modified: meta.modified().ok() })
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<()> {
        let failed = |e| Error::io("cannot read", e).at_offset(offset);
        match &self.file {
            Place::Own(file) => file.read_at(buffer, offset).map_err(failed),
            Place::Shared { path, identity, handles, number } => {
                let file = match handles.get(*number) {
                    Some(file) => file,
                    None => {
                        let file = Arc::new(reopen(path, identity)?);
                        handles.put(*number, &file);
                        file
                    }
                };
                file.read_at(buffer, offset).map_err(failed)
            }
        }
    }
}

impl Drop for FileSource {
    fn drop(&mut self) {
        if let Place::Shared { handles, number, .. } = &self.file {
            handles.remove(*number);
        }
    }
}

/// Open the same file again.
fn reopen(path: &Path, identity: &Identity) -> Result<Handle> {
    let cannot = |e| Error::io("cannot open the file again", e).in_file(path);
    let file = File::open(path).map_err(cannot)?;
    if Identity::of(&file.metadata().map_err(cannot)?) == *identity {
        return Ok(Handle::new(file));
    }
    let changed = std::io::Error::other("another file, or other content, has its name now");
    Err(Error::io("the file changed while it was open", changed).in_file(path))
}

impl ByteSource for FileSource {
    fn modified(&self) -> Option<SystemTime> {
        self.modified
    }
    fn len(&self) -> u64 {
        self.len
    }
    fn is_local(&self) -> bool {
        true
    }
    fn read_range(&self, range: Range<u64>) -> Result<Bytes> {
        if range.start > range.end || range.end > self.len {
            return Err(outside(&range, self.len));
        }
        let mut buffer = PooledBuffer::take(bytes_of(&range)?);
        self.read_at(&mut buffer.0, range.start)?;
        Ok(Bytes::from_owner(buffer))
    }
}

/// An open file.
#[derive(Debug)]
struct Handle {
    #[cfg(any(unix, windows))]
    file: File,
    #[cfg(not(any(unix, windows)))]
    file: Mutex<File>,
    /// A scratch file that still has a name, which goes with this.
    _scratch: Option<TemporaryFile>,
}

impl Handle {
    fn new(file: File) -> Self {
        #[cfg(not(any(unix, windows)))]
        let file = Mutex::new(file);
        Self { file, _scratch: None }
    }
    fn of_scratch(mut scratch: TemporaryFile) -> std::io::Result<Self> {
        let file = scratch.file().try_clone()?;
        Ok(Self { _scratch: Some(scratch), ..Self::new(file) })
    }

    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.file, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, mut buffer: &mut [u8], mut offset: u64) -> std::io::Result<()> {
        while !buffer.is_empty() {
            match std::os::windows::fs::FileExt::seek_read(&self.file, buffer, offset) {
                Ok(0) => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => {
                    buffer = &mut buffer[n..];
                    offset += n as u64;
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    #[cfg(not(any(unix, windows)))]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        crate::source::read_seek(&mut *file, buffer, offset)
    }
}

/// Buffers at rest, of the whole process: fresh memory costs more in page faults than reading into it.
static RESTING: Resting<Vec<u8>> = Resting::new(64 << 20);

/// A buffer that comes back when the last `Bytes` into it is dropped.
struct PooledBuffer(Vec<u8>);

impl PooledBuffer {
    fn take(len: usize) -> Self {
        let mut bytes = RESTING.take().unwrap_or_default();
        bytes.resize(len, 0);
        Self(bytes)
    }
}

impl AsRef<[u8]> for PooledBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for PooledBuffer {
    fn drop(&mut self) {
        let bytes = self.0.capacity();
        if bytes <= KEPT_BYTES {
            drop(RESTING.put(std::mem::take(&mut self.0), bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_handles_for_many_files_and_none_for_another_file() {
        let dir = std::env::temp_dir().join(format!("geotiff-io-handles-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let handles = FileHandles::new(3);
        let paths: Vec<_> = (0..20).map(|i| dir.join(format!("{i}.bin"))).collect();
        let open = |(i, path): (usize, &PathBuf)| {
            std::fs::write(path, [i as u8; 10]).unwrap();
            FileSource::open(path, Some(&handles)).unwrap()
        };
        let sources: Vec<_> = paths.iter().enumerate().map(open).collect();
        assert_eq!(handles.open_files(), 3);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for round in 0..3 {
                        for i in 0..sources.len() {
                            let i = if round == 1 { sources.len() - 1 - i } else { i };
                            assert_eq!(sources[i].read_range(3..5).unwrap(), [i as u8; 2][..]);
                        }
                    }
                });
            }
        });
        assert!(handles.open_files() <= 3);
        // The first is closed by now; another file takes its name.
        std::fs::write(dir.join("new"), [0; 10]).unwrap();
        std::fs::rename(dir.join("new"), &paths[0]).unwrap();
        let error = sources[0].read_range(0..1).unwrap_err();
        assert!(error.to_string().contains("changed while it was open"), "{error}");
        drop(sources);
        assert_eq!(handles.open_files(), 0);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
