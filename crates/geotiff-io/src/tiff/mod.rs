//! Headers and directories of TIFF and BigTIFF files.

pub(crate) mod directory;
pub(crate) mod entry;
pub(crate) mod header;
pub(crate) mod known;
pub(crate) mod serialize;
pub(crate) mod tag;
