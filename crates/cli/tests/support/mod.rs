//! What the tests of the tool share.
#![allow(dead_code, reason = "each test uses its part")]

#[path = "../../../../tests/support/folder.rs"]
mod folder;

pub(crate) use folder::Folder;
use raster_core::{AnyArray, RasterSource};

/// All bands of a file.
pub(crate) fn pixels_of(path: &std::path::Path) -> AnyArray {
    let source = geotiff_io::Dataset::open(path).unwrap();
    source.read_window(&source.info().all_bands(), &source.info().window()).unwrap()
}
