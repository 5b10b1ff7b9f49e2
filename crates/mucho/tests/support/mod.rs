//! What the tests of this crate share: folders that go away, golden references where they are at hand.

#![allow(dead_code, reason = "each test uses its part")]

#[path = "../../../../tests/support/folder.rs"]
mod folder;

pub(crate) use folder::Folder;
use geotiff_io::Dataset;
use raster_core::{AnyArray, RasterSource};
use serde_json::Value;
use std::path::PathBuf;

/// A section of the golden references (recorded from the Python packages), and its manifest; `None` where they are not
/// at hand.
#[allow(clippy::print_stderr, reason = "says what was skipped")]
pub(crate) fn golden(section: &str, manifest: &str) -> Option<(PathBuf, Value)> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/golden")).join(section);
    let Ok(text) = std::fs::read_to_string(folder.join(manifest)) else {
        eprintln!("skipped: no golden references at {}", folder.display());
        return None;
    };
    Some((folder, serde_json::from_str(&text).expect("JSON")))
}

/// All bands of the whole raster.
pub(crate) fn pixels(source: &dyn RasterSource) -> AnyArray {
    source.read_window(&source.info().all_bands(), &source.info().window()).unwrap()
}

/// All bands of a file.
pub(crate) fn pixels_of(path: &std::path::Path) -> AnyArray {
    pixels(&Dataset::open(path).unwrap())
}
