//! The one gate for sizes that come from a file.

use raster_core::{Error, Result};

/// Blocks of one image. GDAL's limit as well: block numbers fit into a signed 32-bit integer.
pub(crate) const MAX_BLOCKS: u64 = i32::MAX as u64;

/// How much a file may make the reader allocate. Every size that a file states passes here first.
///
/// Opening needs at most a small multiple of the file's own length; reading needs the array asked for, and per thread
/// a stored and a decoded block (`tests/memory.rs` measures it).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadLimits {
    /// Bytes of the value of one tag.
    pub tag_bytes: u64,
    /// Directories of a file, SubIFDs included; those behind are not looked at, which is a warning.
    pub directories: usize,
    /// Bytes of one block (tile or strip), stored or decoded.
    pub block_bytes: u64,
    /// Bytes of the array that one call of `read` returns.
    pub array_bytes: u64,
}

impl Default for ReadLimits {
    /// 64 MiB per tag, 1,048,576 directories (as libtiff), 512 MiB per block, 16 GiB per array.
    fn default() -> Self {
        Self { tag_bytes: 64 << 20, directories: 1 << 20, block_bytes: 512 << 20, array_bytes: 16 << 30 }
    }
}

impl ReadLimits {
    /// No limit but the machine's.
    #[must_use]
    pub const fn unlimited() -> Self {
        Self { tag_bytes: u64::MAX, directories: usize::MAX, block_bytes: u64::MAX, array_bytes: u64::MAX }
    }

    pub(crate) fn check_tag(&self, bytes: u64) -> Result<()> {
        check("the value of a tag", bytes, self.tag_bytes, "tag_bytes")
    }

    pub(crate) fn check_block(&self, bytes: u64) -> Result<()> {
        check("a block", bytes, self.block_bytes, "block_bytes")
    }

    /// The bytes of a product of sizes, if they are allowed.
    pub(crate) fn check_array(&self, sizes: &[usize]) -> Result<()> {
        let bytes = sizes.iter().try_fold(1u64, |p, &n| p.checked_mul(n as u64)).unwrap_or(u64::MAX);
        check("the array", bytes, self.array_bytes, "array_bytes")
    }

    pub(crate) fn check_directories(&self, count: usize) -> Result<()> {
        check("the list of directories", count as u64, self.directories as u64, "directories")
    }
}

fn check(what: &str, needed: u64, allowed: u64, name: &str) -> Result<()> {
    if needed <= allowed {
        return Ok(());
    }
    Err(Error::limit(format!("{what} has the size {needed}, more than ReadLimits::{name} = {allowed}")))
}
