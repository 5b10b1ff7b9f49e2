//! Bytes of a file on their way to the disk while there is still something to compute.
//!
//! An output is on the disk before it gets its name ([`OutputFile::commit`](super::target::OutputFile::commit)). Left to the
//! end, that is a time in which every processor waits.

use raster_core::{Error, Result};
use std::{
    fs::File,
    io::ErrorKind,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

/// The disk is asked again after this many bytes (chosen: some hundredths of a second of a fast disk's time).
const EVERY: u64 = 64 << 20;

/// Asks for the bytes of a file to be written to the disk, in a thread that exists only for large files.
#[derive(Debug, Default)]
pub(super) struct EarlySync {
    written: AtomicU64,
    syncer: Mutex<Option<Syncer>>,
}

#[derive(Debug)]
struct Syncer {
    wishes: SyncSender<()>,
    thread: JoinHandle<std::io::Result<()>>,
}

impl EarlySync {
    /// So many bytes more were written to `file`.
    pub(super) fn wrote(&self, file: &File, bytes: usize) {
        let before = self.written.fetch_add(bytes as u64, Ordering::Relaxed);
        if before / EVERY == (before + bytes as u64) / EVERY {
            return;
        }
        let mut syncer = self.syncer.lock().unwrap_or_else(PoisonError::into_inner);
        if syncer.is_none() {
            *syncer = Syncer::start(file);
        }
        if let Some(syncer) = &*syncer {
            // When it is at work and has been asked again already it need not be asked once more.
            let _ = syncer.wishes.try_send(());
        }
    }
    /// Wait for the thread. What it met is met by nobody else: the system says it once.
    pub(super) fn finish(&self) -> Result<()> {
        let syncer = self.syncer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Syncer { wishes, thread }) = syncer else { return Ok(()) };
        drop(wishes);
        match thread.join() {
            Ok(result) => synced(result),
            Err(_) => Err(Error::internal("the thread that writes to the disk panicked")),
        }
    }
}

/// What a request for the disk gave; not every file system can.
pub(super) fn synced(result: std::io::Result<()>) -> Result<()> {
    match result {
        Err(e) if !matches!(e.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => {
            Err(Error::io("cannot write the output to the disk", e))
        }
        _ => Ok(()),
    }
}

impl Syncer {
    /// `None` where there are no threads: then all is left to the end.
    fn start(file: &File) -> Option<Self> {
        let file = file.try_clone().ok()?;
        let (wishes, received) = sync_channel(1);
        let work = move || received.into_iter().try_for_each(|()| file.sync_data());
        let thread = std::thread::Builder::new().name("sync".to_owned()).spawn(work).ok()?;
        Some(Self { wishes, thread })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_thread_for_large_files_only() {
        let path = std::env::temp_dir().join(format!("geotiff-io-sync-{}", std::process::id()));
        let mut file = File::create(&path).unwrap();
        let sync = EarlySync::default();
        file.write_all(b"some bytes").unwrap();
        sync.wrote(&file, 10);
        assert!(sync.syncer.lock().unwrap().is_none());
        // Bytes that are counted need not be there.
        (0..3).for_each(|_| sync.wrote(&file, EVERY as usize));
        assert!(sync.syncer.lock().unwrap().is_some());
        sync.finish().unwrap();
        assert!(sync.syncer.lock().unwrap().is_none());
        assert_eq!(std::fs::read(&path).unwrap(), b"some bytes");
        std::fs::remove_file(&path).unwrap();
    }

    /// A disk that fails is told of, once; a file system that cannot is no failure.
    #[test]
    fn failures_of_the_disk_are_errors() {
        assert!(synced(Err(ErrorKind::StorageFull.into())).is_err());
        assert!(synced(Err(ErrorKind::Unsupported.into())).is_ok());
        assert!(synced(Ok(())).is_ok());
    }
}
