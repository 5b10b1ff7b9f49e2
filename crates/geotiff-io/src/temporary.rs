//! Scratch files, and files that wait for their name.

use crate::unfinished::{Listed, Trace, undisturbed};
use raster_core::{Error, ErrorKind, Result};
use std::{
    fs::{File, Metadata, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// Are there files at all? On bare WebAssembly `std` panics when it is asked for a directory or the process.
pub(crate) const HAS_FILES: bool = !cfg!(all(target_family = "wasm", target_os = "unknown"));

/// Where scratch files go by default: `TMPDIR`, or what the system has for it.
pub(crate) fn scratch_directory() -> PathBuf {
    if HAS_FILES { std::env::temp_dir() } else { PathBuf::new() }
}

/// The bytes that this process may still write to the file system of a folder, where the system says so.
pub(crate) fn free_bytes(directory: &Path) -> Option<u64> {
    #[cfg(unix)]
    if let Ok(found) = rustix::fs::statvfs(directory)
        && found.f_blocks > 0
    {
        return found.f_bavail.checked_mul(found.f_frsize);
    }
    let _ = directory;
    None
}

/// A file that is gone with this, unless it is [placed](Self::place). Where the system has such files it has no name until then,
/// so that nothing is left behind even when the process is killed.
#[derive(Debug)]
pub(crate) struct TemporaryFile {
    file: Option<File>,
    /// Of a system, or a file system, without files that have no name.
    name: Option<(PathBuf, Listed)>,
}

/// Who may do what with a file, and whose it is: of the one that an output replaces.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    permissions: std::fs::Permissions,
    #[cfg(unix)]
    owner: (u32, u32),
}

impl Access {
    pub(crate) fn of(found: &Metadata) -> Self {
        Self {
            permissions: found.permissions(),
            #[cfg(unix)]
            owner: {
                use std::os::unix::fs::MetadataExt;
                (found.uid(), found.gid())
            },
        }
    }
    /// Give a file this access, as far as the system lets this process.
    fn give(&self, file: &File) -> io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
            let now = file.metadata()?;
            let (user, group) = self.owner;
            if (now.uid(), now.gid()) != self.owner && fchown(file, Some(user), Some(group)).is_err() {
                // Only the superuser gives files away; the group may be one of ours.
                let _ = fchown(file, None, Some(group));
            }
            // Not that the file runs as somebody.
            file.set_permissions(PermissionsExt::from_mode(self.permissions.mode() & 0o777))
        }
        #[cfg(not(unix))]
        file.set_permissions(self.permissions.clone())
    }
}

impl TemporaryFile {
    /// A scratch file in `directory`.
    pub(crate) fn scratch(directory: &Path) -> Result<Self> {
        let mut this = Self::create(directory, true)?;
        if cfg!(unix)
            && let Some((path, _)) = &this.name
            && std::fs::remove_file(path).is_ok()
        {
            this.name = None;
        }
        Ok(this)
    }
    /// A file that will get a name in `directory`. `private`: others may not look into it before that.
    pub(crate) fn create(directory: &Path, private: bool) -> Result<Self> {
        if !HAS_FILES {
            let why = io::ErrorKind::Unsupported.into();
            return Err(Error::io("there are no files on this system", why).in_file(directory));
        }
        #[cfg(target_os = "linux")]
        if let Some(file) = unnamed::create(directory, private) {
            return Ok(Self { file: Some(file), name: None });
        }
        Self::named(directory, private)
    }
    /// With a made-up name from the start.
    fn named(directory: &Path, private: bool) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        if private {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        let _ = private;
        let (file, path, listed) = made_up(directory, |path| {
            let made = || options.open(path).map(|file| (file, Trace::Name(path.to_owned())));
            Listed::leave(made)
        })
        .map(|((file, listed), path)| (file, path, listed))
        .map_err(|e| cannot_create(directory, e))?;
        Ok(Self { file: Some(file), name: Some((path, listed)) })
    }
    pub(crate) fn file(&mut self) -> &mut File {
        self.file.as_mut().expect("taken only when the file is given up")
    }
    /// Give the file the name `target`, in the directory that it was made for, and the access that it shall have. What has that
    /// name is replaced.
    pub(crate) fn place(mut self, target: &Path, access: Option<&Access>) -> Result<()> {
        let failed = |e| Error::io("cannot move the output to its place", e).in_file(target);
        let Some(file) = self.file.take() else { return Err(Error::internal("a file that is gone")) };
        if let Some(access) = access {
            access.give(&file).map_err(failed)?;
        }
        if self.name.is_none() {
            #[cfg(target_os = "linux")]
            match unnamed::place(&file, target) {
                Ok(()) => return Ok(()),
                // A file system that has files without names, and lets none have one later.
                Err(_) => self = copied(&file, target, access)?,
            }
        } else {
            // Closed first: an open file cannot be renamed on every system.
            drop(file);
        }
        drop(self.file.take());
        let Some((path, listed)) = self.name.take() else {
            return Err(Error::internal("a file without a name"));
        };
        listed.settle(|| std::fs::rename(&path, target)).map_err(|(listed, e)| {
            self.name = Some((path, listed));
            failed(e)
        })
    }
}

/// The same bytes in a file with a made-up name beside `target`.
#[cfg(target_os = "linux")]
fn copied(file: &File, target: &Path, access: Option<&Access>) -> Result<TemporaryFile> {
    use std::io::{Seek, SeekFrom};
    let failed = |e| Error::io("cannot copy the output to its place", e).in_file(target);
    let directory = crate::write::target::directory_of(target);
    let mut copy = TemporaryFile::named(directory, access.is_some())?;
    let mut from = file;
    from.seek(SeekFrom::Start(0)).map_err(failed)?;
    io::copy(&mut from, copy.file()).map_err(failed)?;
    if let Some(access) = access {
        access.give(copy.file()).map_err(failed)?;
    }
    copy.file().sync_data().map_err(failed)?;
    Ok(copy)
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // Closed first: an open file cannot be removed on every system.
        drop(self.file.take());
        if let Some((path, _)) = &self.name {
            // Nobody is left to hear that it failed.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Make something under a name that nothing has yet; short, since the name that it shall get may be as long as names can be.
fn made_up<T>(directory: &Path, make: impl Fn(&Path) -> io::Result<T>) -> io::Result<(T, PathBuf)> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    for _ in 0..1000 {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = directory.join(format!(".mucho-{}-{number}.tmp", std::process::id()));
        match make(&path) {
            Ok(made) => return Ok((made, path)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// In words about the folder: the file has a name that nobody knows, or none.
fn cannot_create(directory: &Path, e: io::Error) -> Error {
    match missing_folder(directory) {
        Some(error) => error,
        None => Error::io(format!("cannot create a file in the folder {}", directory.display()), e),
    }
}

/// That a folder is none.
pub(crate) fn missing_folder(directory: &Path) -> Option<Error> {
    let what = match directory.metadata() {
        Ok(found) if found.is_dir() => return None,
        Ok(_) => "is no folder",
        Err(e) if e.kind() == io::ErrorKind::NotFound => "does not exist",
        Err(_) => return None,
    };
    Some(Error::new(ErrorKind::Io, format!("the folder {} {what}", directory.display())))
}

#[cfg(target_os = "linux")]
mod unnamed {
    use super::{made_up, undisturbed};
    use rustix::{
        fs::{AtFlags, CWD, Mode, OFlags, linkat, openat},
        io::Errno,
    };
    use std::{
        fs::File,
        io,
        os::fd::AsRawFd,
        path::{Path, PathBuf},
    };

    fn path_of(file: &File) -> PathBuf {
        format!("/proc/self/fd/{}", file.as_raw_fd()).into()
    }

    /// `None` where there are no such files, or where they could not get a name.
    pub(super) fn create(directory: &Path, private: bool) -> Option<File> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(if private { 0o600 } else { 0o666 });
        let file = File::from(openat(CWD, directory, flags, mode).ok()?);
        path_of(&file).exists().then_some(file)
    }

    pub(super) fn place(file: &File, target: &Path) -> io::Result<()> {
        let link = |to: &Path| linkat(CWD, path_of(file), CWD, to, AtFlags::SYMLINK_FOLLOW);
        match link(target) {
            Ok(()) => return Ok(()),
            Err(Errno::EXIST) => {}
            Err(e) => return Err(e.into()),
        }
        // What exists is replaced by renaming, and what is renamed needs a name, for a moment.
        let directory = crate::write::target::directory_of(target);
        undisturbed(|| {
            let ((), path) = made_up(directory, |path| link(path).map_err(io::Error::from))?;
            std::fs::rename(&path, target).inspect_err(|_| drop(std::fs::remove_file(&path)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn named_or_not_the_file_gets_its_place() {
        let dir = std::env::temp_dir().join(format!("geotiff-io-temporary-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let target = dir.join("a");
        let names = || std::fs::read_dir(&dir).unwrap().count();
        for (i, named) in [false, false, true, true].into_iter().enumerate() {
            let new = || {
                if named { TemporaryFile::named(&dir, true) } else { TemporaryFile::create(&dir, true) }
                    .unwrap()
            };
            let before = names();
            let mut file = new();
            assert_eq!(names(), before + usize::from(named || !cfg!(target_os = "linux")));
            write!(file.file(), "{i}").unwrap();
            drop(file);
            assert_eq!(names(), before);
            let mut file = new();
            write!(file.file(), "{i}").unwrap();
            let access = target.metadata().ok().map(|m| Access::of(&m));
            file.place(&target, access.as_ref()).unwrap();
            assert_eq!(std::fs::read_to_string(&target).unwrap(), i.to_string());
            assert_eq!(names(), 1);
        }
        #[cfg(target_os = "linux")]
        {
            let mut file = TemporaryFile::create(&dir, false).unwrap();
            write!(file.file(), "copied").unwrap();
            copied(file.file(), &target, None).unwrap().place(&target, None).unwrap();
            assert_eq!(std::fs::read_to_string(&target).unwrap(), "copied");
        }
        assert!(TemporaryFile::scratch(&dir).unwrap().name.is_none() || !cfg!(unix));
        assert_eq!(names(), 1);
        let error = TemporaryFile::create(&dir.join("none"), false).unwrap_err();
        assert_eq!(error.to_string(), format!("the folder {} does not exist", dir.join("none").display()));
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
