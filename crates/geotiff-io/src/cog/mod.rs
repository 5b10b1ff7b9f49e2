//! The layout of Cloud Optimized GeoTIFFs: laying files out, what they say about their structure, checking it.

pub(crate) mod layout;
pub(crate) mod structure;
mod validate;

pub use layout::BigTiff;
pub use validate::{Finding, Report, Rule, Severity, validate, validate_source};
