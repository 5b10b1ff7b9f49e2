//! Any textual form of a coordinate system: which one it is.

use crate::definition::Crs;
use crate::error::{CrsError, ErrorKind, Location};

/// Longer texts are refused; the longest in the EPSG registry is under 10 kB.
const MAX_LENGTH: usize = 1 << 20;

pub(crate) fn parse(text: &str) -> Result<Crs, CrsError> {
    if text.len() > MAX_LENGTH {
        return Err(CrsError::new(ErrorKind::Limit, format!("the text is longer than {MAX_LENGTH} bytes")));
    }
    let trimmed = text.trim();
    let number = trimmed.rsplit(':').next().unwrap_or("");
    if let (true, Ok(code)) = (trimmed.to_ascii_uppercase().contains("EPSG:"), number.parse()) {
        return Crs::from_epsg(code);
    }
    Err(CrsError::new(ErrorKind::Unsupported, "text form").at(Location::Offset(0)))
}
