//! From pixels to files.

mod append;
mod assemble;
mod block_encoder;
pub(crate) mod change;
mod cog_layout;
mod early_sync;
mod edit;
mod encode;
mod in_place;
mod metadata;
mod options;
mod pack;
mod spec;
mod spool;
mod statistics;
mod tags;
pub(crate) mod target;
mod transfer;
mod writer;

pub use append::add_overviews;
pub use assemble::{TileAssembler, Written};
pub use block_encoder::{BlockEncoder, EncodedBlock};
pub use change::check_changeable;
pub use cog_layout::{CogLayout, PlacedBlock};
pub use edit::{Edited, edit};
pub use metadata::not_kept;
pub use options::{Blocks, CarriedTags, CreateOptions, FileLayout};
pub use target::{OutputFile, check_ending, is_same_file, side_cars_of};
pub use transfer::{
    OnNote, OnProgress, Progress, TransferOptions, ValidityAs, write_raster, write_raster_into,
};
pub use writer::GeoTiffWriter;
