//! Overviews: which ones, and their pixels, made in the pass that writes the full resolution.

mod overview;
mod palette;
#[expect(clippy::module_inception, reason = "the folder's main idea")]
pub(crate) mod pyramid;
pub(crate) mod tile;
mod transition;
mod waiting;

pub use overview::Overviews;
pub(crate) use transition::BandRule;
