//! Finished windows on disk, so that a job that was killed goes on where it stopped.
//!
//! Format: `MUCHOJ3\n`, the job's identity (16 bytes), then one record per window: number, length, checksum, the pixels as
//! little-endian samples and, where the output has one, the mask as bytes (all numbers little-endian u64). A record that is cut off or damaged ends the file.

use crate::{plan::Plan, sink::Sink};
use ndarray::{Array2, ArrayView2};
use raster_core::{AnyArray, DataType, Error, ErrorKind, Result, Sample, layout, with_array};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

const MAGIC: &[u8; 8] = b"MUCHOJ3\n";
/// Of any version.
const ANY: &[u8; 6] = b"MUCHOJ";
/// Magic and identity.
const HEAD: usize = 24;

pub(crate) struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

/// FNV-1a: the same on every machine and in every version.
fn checksum(seed: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(seed ^ 0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

impl Journal {
    /// Open or begin a journal. The windows that it holds are written to the sink; which they are is returned.
    pub(crate) fn open(
        path: &Path,
        identity: u128,
        plan: &Plan,
        sink: &dyn Sink,
    ) -> Result<(Self, Vec<bool>)> {
        Self::begin(path, identity, plan, sink).map_err(|e| e.in_file(path))
    }
    fn begin(path: &Path, identity: u128, plan: &Plan, sink: &dyn Sink) -> Result<(Self, Vec<bool>)> {
        let failed = |e| Error::io("the journal cannot be used", e);
        if path.metadata().is_ok_and(|found| !found.is_file()) {
            return Err(Error::misuse("the journal is a folder, a device or a FIFO; it has to be a file"));
        }
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(Error::new(ErrorKind::Io, "another process keeps this journal"));
        }
        let length = file.metadata().map_err(failed)?.len();
        let mut done = vec![false; plan.windows.len()];
        if length == 0 {
            // At once, so that no journal has half a head: what is shorter is somebody else's.
            file.write_all(&[&MAGIC[..], &identity.to_le_bytes()].concat()).map_err(failed)?;
        } else {
            let end = replay(&mut file, length, identity, plan, sink, &mut done)?;
            file.set_len(end).map_err(failed)?;
            file.seek(SeekFrom::Start(end)).map_err(failed)?;
        }
        Ok((Self { path: path.to_owned(), file: Mutex::new(file) }, done))
    }
    /// The job is done.
    pub(crate) fn remove(self) -> Result<()> {
        std::fs::remove_file(&self.path)
            .map_err(|e| Error::io("the journal cannot be removed", e).in_file(self.path))
    }

    /// Note a finished window.
    pub(crate) fn record(&self, index: usize, pixels: &AnyArray, mask: Option<&Array2<u8>>) -> Result<()> {
        let mut bytes = to_bytes(pixels);
        bytes.extend(mask.into_iter().flatten());
        let mut record = Vec::with_capacity(24 + bytes.len());
        for number in [index as u64, bytes.len() as u64, checksum(index as u64, &bytes)] {
            record.extend_from_slice(&number.to_le_bytes());
        }
        record.extend_from_slice(&bytes);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&record).map_err(|e| Error::io("the journal cannot be written", e).in_file(&self.path))
    }
}

fn to_bytes(pixels: &AnyArray) -> Vec<u8> {
    let (bands, rows, cols) = pixels.shape();
    let mut bytes = vec![0; bands * rows * cols * pixels.data_type().size()];
    with_array!(AnyArray, pixels, a => match a.as_slice() {
        Some(samples) => Sample::copy_to_le(samples, &mut bytes),
        None => Sample::copy_to_le(&a.iter().copied().collect::<Vec<_>>(), &mut bytes),
    });
    bytes
}

fn from_bytes(data_type: DataType, shape: (usize, usize, usize), bytes: &[u8]) -> AnyArray {
    let mut pixels = AnyArray::zeros(data_type, shape);
    with_array!(AnyViewMut, pixels.view_mut(), mut a => {
        Sample::copy_from_le(layout::samples_mut(a.view_mut()), bytes);
    });
    pixels
}

/// Write the journal's windows to the sink; where the whole records end.
fn replay(
    file: &mut File,
    length: u64,
    identity: u128,
    plan: &Plan,
    sink: &dyn Sink,
    done: &mut [bool],
) -> Result<u64> {
    let mut reader = BufReader::new(file);
    let mut head = Vec::with_capacity(HEAD);
    reader.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    if head.len() < HEAD || !head.starts_with(ANY) {
        return Err(Error::misuse("this file is not a journal; it stays as it is"));
    }
    if !head.starts_with(MAGIC) {
        return Err(Error::misuse("the journal is of another version of this program; delete it"));
    }
    if head[8..] != identity.to_le_bytes() {
        return Err(Error::misuse(
            "the journal belongs to another job (other inputs, windows, parameters or version); delete it",
        ));
    }
    let (data_type, bands) = sink.sample();
    let mut end = HEAD as u64;
    loop {
        let mut numbers = [0; 24];
        if end + 24 > length || reader.read_exact(&mut numbers).is_err() {
            return Ok(end);
        }
        let number = |i: usize| u64::from_le_bytes(std::array::from_fn(|k| numbers[8 * i + k]));
        let (index, size, sum) = (number(0), number(1), number(2));
        let Some(window) = usize::try_from(index).ok().and_then(|i| plan.windows.get(i)) else {
            return Ok(end);
        };
        let core = window.core;
        let of_pixels = core.area() * bands * data_type.size();
        let with_mask = size == (of_pixels + core.area()) as u64;
        if !(with_mask || size == of_pixels as u64) || end + 24 + size > length {
            return Ok(end);
        }
        let mut bytes = vec![0; size as usize];
        if reader.read_exact(&mut bytes).is_err() || checksum(index, &bytes) != sum {
            return Ok(end);
        }
        end += 24 + size;
        if !std::mem::replace(&mut done[index as usize], true) {
            let pixels = from_bytes(data_type, (bands, core.height, core.width), &bytes[..of_pixels]);
            let mask = ArrayView2::from_shape((core.height, core.width), &bytes[of_pixels..]);
            sink.write(&core, pixels.view(), mask.ok().filter(|_| with_mask))?;
        }
    }
}
