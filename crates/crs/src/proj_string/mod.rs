//! PROJ strings: `+proj=utm +zone=33 +datum=WGS84 +units=m`, both ways.
//!
//! A PROJ string has no names, no codes, no areas and no heights; what gets lost is said.

mod names;
mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;
