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

/// Open an input of a job: its workers are the threads, so that each of them decodes by itself.
pub(crate) fn open_for_job(path: &Path) -> Result<Dataset> {
    open(path, &OpenOptions::new().threads(1))
}

/// Two numbers with a separator between them, such as 256x512.
pub(crate) fn parse_pair<T: std::str::FromStr>(text: &str, separator: char) -> Result<(T, T)> {
    let parsed =
        text.split_once(separator).and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
    parsed.ok_or_else(|| {
        Error::misuse(format!("'{text}': two numbers with '{separator}' between them are expected"))
    })
}
