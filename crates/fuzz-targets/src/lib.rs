//! What the fuzzers run. Each target is a plain function of bytes that panics when something does not hold, so that
//! `cargo test` replays seeds and findings without a fuzzer; `fuzz/` at the top of the repository wraps them for
//! `cargo fuzz`.
#![forbid(unsafe_code)]

mod choices;
mod codec;
mod crs;
mod expression;
mod file;
mod round_trip;
pub mod seeds;
mod text;
mod tiff;

pub use codec::codec;
pub use crs::{crs_text, geokeys};
pub use expression::expression;
pub use file::{open, window};
pub use round_trip::round_trip;
pub use text::text;

/// A target: bytes in, a panic when something is wrong.
pub type Target = fn(&[u8]);

/// All targets by name.
pub const TARGETS: [(&str, Target); 8] = [
    ("open", open),
    ("window", window),
    ("codec", codec),
    ("round_trip", round_trip),
    ("geokeys", geokeys),
    ("crs_text", crs_text),
    ("expression", expression),
    ("text", text),
];
