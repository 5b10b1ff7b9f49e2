//! One file per command: its arguments, and a few lines around the library.

pub(crate) mod dump;
pub(crate) mod info;
