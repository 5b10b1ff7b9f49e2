//! One file per command: its arguments, and a few lines around the library.

pub(crate) mod calc;
pub(crate) mod clip;
pub(crate) mod cog;
pub(crate) mod convert;
pub(crate) mod coregister;
pub(crate) mod crs;
pub(crate) mod dump;
pub(crate) mod edit;
pub(crate) mod generate;
pub(crate) mod info;
pub(crate) mod merge;
pub(crate) mod overviews;
pub(crate) mod pipe;
pub(crate) mod preview;
pub(crate) mod run;
pub(crate) mod sample;
pub(crate) mod transform;
pub(crate) mod validate;
pub(crate) mod warp;
pub(crate) mod windows;
