//! Files that appear whole or not at all.

use super::early_sync::{EarlySync, SyncedFile, synced};
use crate::temporary::TemporaryFile;
use raster_core::{Error, Result};
use std::{
    fs::File,
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// An output file under a temporary name beside its target.
#[derive(Debug)]
pub(crate) struct PendingFile {
    temporary: TemporaryFile,
    target: PathBuf,
    sync: EarlySync,
}

impl PendingFile {
    /// Start. Nothing happens to what stands at `target` before [`commit`](Self::commit).
    ///
    /// # Errors
    /// `Io` when the directory does not exist or cannot be written to, or when a read-only file stands at `target`.
    pub(crate) fn create(target: &Path) -> Result<Self> {
        if target.is_dir() {
            return Err(Error::misuse("the output is a directory").in_file(target));
        }
        // Renaming would replace it all the same: the directory's permissions decide, not the file's.
        if target.metadata().is_ok_and(|m| m.permissions().readonly()) {
            let denied = std::io::Error::from(ErrorKind::PermissionDenied);
            return Err(Error::io("the output exists and is read-only", denied).in_file(target));
        }
        let stem = target
            .file_name()
            .ok_or_else(|| Error::misuse("the output path names no file").in_file(target))?
            .to_string_lossy()
            .into_owned();
        let temporary = TemporaryFile::named(directory_of(target), &stem).map_err(|e| e.in_file(target))?;
        Ok(Self { temporary, target: target.to_owned(), sync: EarlySync::default() })
    }
    pub(crate) fn file(&mut self) -> &mut File {
        self.temporary.file()
    }
    /// Where it will be.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }
    /// The file to be written from front to back: the disk is at work meanwhile.
    pub(super) fn writer(&mut self) -> SyncedFile<'_> {
        SyncedFile { file: self.temporary.file(), sync: &self.sync }
    }
    /// Put the file at its target. The bytes are on the disk before the name is: a crash of the machine leaves what stood
    /// there or the whole file, and a disk that is found to be full while the system writes back is an error here.
    pub(crate) fn commit(mut self) -> Result<()> {
        self.sync.finish().map_err(|e| e.in_file(&self.target))?;
        synced(self.temporary.file().sync_data()).map_err(|e| e.in_file(&self.target))?;
        self.temporary.rename(&self.target)
    }
}

/// The directory that a path is in.
pub(crate) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn whole_or_not_at_all() {
        let dir = std::env::temp_dir().join(format!("geotiff-io-target-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let target = dir.join("a.tif");
        std::fs::write(&target, b"before").unwrap();
        let mut pending = PendingFile::create(&target).unwrap();
        pending.file().write_all(b"after").unwrap();
        drop(pending);
        assert_eq!(std::fs::read(&target).unwrap(), b"before");
        let mut pending = PendingFile::create(&target).unwrap();
        pending.file().write_all(b"after").unwrap();
        pending.commit().unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"after");
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1);
        let mut permissions = std::fs::metadata(&target).unwrap().permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(&target, permissions).unwrap();
        let error = PendingFile::create(&target).unwrap_err();
        assert!(format!("{error:#}").contains("read-only"), "{error}");
        assert!(PendingFile::create(&dir).is_err());
        assert!(PendingFile::create(&dir.join("no/such/a.tif")).is_err());
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
