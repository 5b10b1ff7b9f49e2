//! Rational polynomial coefficients (tag 50844), as GDAL's metadata domain `RPC` names them.

use raster_core::{Error, Metadata, Result};

/// Numbers of the tag: two errors, five offsets, five scales, four polynomials of 20 terms.
const NUMBERS: usize = 92;

const SINGLE: [&str; 12] = [
    "ERR_BIAS",
    "ERR_RAND",
    "LINE_OFF",
    "SAMP_OFF",
    "LAT_OFF",
    "LONG_OFF",
    "HEIGHT_OFF",
    "LINE_SCALE",
    "SAMP_SCALE",
    "LAT_SCALE",
    "LONG_SCALE",
    "HEIGHT_SCALE",
];
const POLYNOMIALS: [&str; 4] = ["LINE_NUM_COEFF", "LINE_DEN_COEFF", "SAMP_NUM_COEFF", "SAMP_DEN_COEFF"];

/// Set the items of the domain `RPC` from the numbers of the tag; nothing when there are too few.
pub(crate) fn set_items(numbers: &[f64], metadata: &mut Metadata) {
    if numbers.len() < NUMBERS {
        return;
    }
    for (name, value) in SINGLE.into_iter().zip(numbers) {
        metadata.set("RPC", None, name, value.to_string());
    }
    for (name, terms) in POLYNOMIALS.into_iter().zip(numbers[SINGLE.len()..].as_chunks::<20>().0) {
        metadata.set("RPC", None, name, terms.map(|v| v.to_string()).join(" "));
    }
}

/// The numbers of the tag from the items of the domain `RPC`; `None` when there are no such items. The two errors
/// may be missing (-1: unknown).
///
/// # Errors
/// `Misuse` when an item is missing or is not made of numbers.
pub(crate) fn numbers(metadata: &Metadata) -> Result<Option<Vec<f64>>> {
    if metadata.domain("RPC", None).next().is_none() {
        return Ok(None);
    }
    let item = |name: &str, count: usize| {
        let text = metadata.get("RPC", None, name).or(name.starts_with("ERR_").then_some("-1"));
        let values: Option<Vec<f64>> =
            text.and_then(|t| t.split_ascii_whitespace().map(|v| v.parse().ok()).collect());
        values.filter(|v| v.len() == count).ok_or_else(|| {
            Error::misuse(format!(
                "the metadata item {name} of the domain RPC is not made of {count} numbers"
            ))
        })
    };
    let mut numbers = Vec::with_capacity(NUMBERS);
    for name in SINGLE {
        numbers.extend(item(name, 1)?);
    }
    for name in POLYNOMIALS {
        numbers.extend(item(name, 20)?);
    }
    Ok(Some(numbers))
}
