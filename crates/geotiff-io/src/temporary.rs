//! Scratch files, and files that wait under a made-up name.

use raster_core::{Error, Result};
use std::{
    fs::{File, OpenOptions},
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// Are there files at all? On bare WebAssembly `std` panics when it is asked for a directory or the process.
pub(crate) const HAS_FILES: bool = !cfg!(all(target_family = "wasm", target_os = "unknown"));

/// Where scratch files go by default.
pub(crate) fn scratch_directory() -> PathBuf {
    if HAS_FILES { std::env::temp_dir() } else { PathBuf::new() }
}

/// A file with a made-up name that goes when this does.
#[derive(Debug)]
pub(crate) struct TemporaryFile {
    file: Option<File>,
    path: PathBuf,
    /// Already without a name.
    unlinked: bool,
}

impl TemporaryFile {
    /// A scratch file in `directory`. Where the system allows it the file has no name from the start, so that
    /// nothing is left behind even when the process is killed.
    pub(crate) fn create(directory: &Path) -> Result<Self> {
        let mut file = Self::named(directory, "scratch")?;
        file.unlinked = cfg!(unix) && std::fs::remove_file(&file.path).is_ok();
        Ok(file)
    }
    /// An empty file with a name that is made from `stem`.
    pub(crate) fn named(directory: &Path, stem: &str) -> Result<Self> {
        if !HAS_FILES {
            let why = ErrorKind::Unsupported.into();
            return Err(Error::io("there are no files on this system", why).in_file(directory));
        }
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        for _ in 0..1000 {
            let number = COUNTER.fetch_add(1, Ordering::Relaxed);
            let path = directory.join(format!(".{stem}.{}-{number}.tmp", std::process::id()));
            match OpenOptions::new().read(true).write(true).create_new(true).open(&path) {
                Ok(file) => return Ok(Self { file: Some(file), path, unlinked: false }),
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
                Err(e) => return Err(Error::io("cannot create a temporary file", e).in_file(path)),
            }
        }
        Err(Error::internal(format!("no free name for a temporary file in {}", directory.display())))
    }
    pub(crate) fn file(&mut self) -> &mut File {
        self.file.as_mut().expect("taken only when the file is given up")
    }
    /// Close the file and give it the name `target`, in the same directory.
    pub(crate) fn rename(mut self, target: &Path) -> Result<()> {
        drop(self.file.take());
        std::fs::rename(&self.path, target)
            .map_err(|e| Error::io("cannot move the output to its place", e).in_file(target))?;
        self.unlinked = true;
        Ok(())
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // Closed first: an open file cannot be removed on every system.
        drop(self.file.take());
        if !self.unlinked {
            // Nobody is left to hear that it failed.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
