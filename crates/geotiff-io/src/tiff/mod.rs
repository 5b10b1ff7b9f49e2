//! Headers and directories of TIFF and BigTIFF files.

pub(crate) mod tag;
