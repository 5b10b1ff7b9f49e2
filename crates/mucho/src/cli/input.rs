//! Opening what the command line names as input.

use geotiff_io::{Dataset, OpenOptions};
use raster_core::{Error, Result};
use std::{io::Read, path::Path};

/// Open a file, or standard input (`-`), which is read into memory.
pub(crate) fn open(path: &Path, options: &OpenOptions) -> Result<Dataset> {
    if path != Path::new("-") {
        return options.open(path);
    }
    let mut bytes = Vec::new();
    let named = |e: Error| e.in_file("standard input");
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(|e| named(Error::io("cannot read", e)))?;
    options.from_bytes(bytes).map_err(named)
}
