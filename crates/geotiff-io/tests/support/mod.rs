//! What several test programs need.
#![allow(dead_code, reason = "each test program uses a part")]
#![allow(clippy::print_stdout, reason = "tests say what they skip")]

use raster_core::{AnyArray, Sample, with_array};
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// A file of the workspace's `fixtures` folder.
pub(crate) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures")).join(name)
}

/// A file of the reference data that developers have beside the checkout; `None` (and a word) where it is not.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")).join(name);
    if !path.exists() {
        println!("skipped: there is no {}", path.display());
        return None;
    }
    Some(path)
}

/// Little-endian bytes of all samples, (bands, rows, columns).
pub(crate) fn bytes(array: &AnyArray) -> Vec<u8> {
    with_array!(AnyArray, array, a => {
        let samples: Vec<_> = a.iter().copied().collect();
        let mut bytes = vec![0; size_of_val(&samples[..])];
        Sample::copy_to_le(&samples, &mut bytes);
        bytes
    })
}

/// SHA-256 in hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// A small generator of numbers that need not be good, only the same everywhere.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}
