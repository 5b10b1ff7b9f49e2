//! Rational polynomial coefficients (tag 50844), as GDAL's metadata domain `RPC` names them.

use raster_core::Metadata;

/// Numbers of the tag: two errors, five offsets, five scales, four polynomials of 20 terms.
const NUMBERS: usize = 92;

/// Set the items of the domain `RPC` from the numbers of the tag; nothing when there are too few.
pub(crate) fn set_items(numbers: &[f64], metadata: &mut Metadata) {
    if numbers.len() < NUMBERS {
        return;
    }
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
    for (name, value) in SINGLE.into_iter().zip(numbers) {
        metadata.set("RPC", None, name, value.to_string());
    }
    for (name, terms) in POLYNOMIALS.into_iter().zip(numbers[SINGLE.len()..].as_chunks::<20>().0) {
        metadata.set("RPC", None, name, terms.map(|v| v.to_string()).join(" "));
    }
}
