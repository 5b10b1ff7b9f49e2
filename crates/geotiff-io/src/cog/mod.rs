//! Levels, overviews and the layout of Cloud Optimized GeoTIFFs.

pub(crate) mod layout;
mod overview;
pub(crate) mod pyramid;
pub(crate) mod tile;
mod transition;
mod validate;
mod waiting;

pub use layout::BigTiff;
pub use overview::Overviews;
pub(crate) use transition::BandRule;
pub use validate::{Finding, Report, Rule, Severity, validate, validate_source};
