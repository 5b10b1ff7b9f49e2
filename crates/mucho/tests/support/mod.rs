//! What the tests of this crate share: folders that go away, golden references where they are at hand.

#![allow(dead_code, reason = "each test uses its part")]

use geotiff_io::Dataset;
use raster_core::{AnyArray, RasterSource};
use serde_json::Value;
use std::path::PathBuf;

/// A directory of its own for each test, removed at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mucho-test-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
    /// Names of everything in it.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = names.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

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
