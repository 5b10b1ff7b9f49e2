//! Tables whose length follows from sizes that somebody states.

use raster_core::{Error, Result};

/// A table with an entry for each of `len` blocks or cells.
///
/// # Errors
/// `Limit` when there is no memory for it.
pub(crate) fn table<T: Clone>(entry: T, len: usize) -> Result<Vec<T>> {
    let mut table = Vec::new();
    table.try_reserve_exact(len).map_err(|e| {
        Error::limit(format!("no memory for the tables of {len} blocks; choose larger ones")).with_source(e)
    })?;
    table.resize(len, entry);
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_long_is_an_error() {
        assert_eq!(table('a', 3).unwrap(), ['a'; 3]);
        assert_eq!(table(0u64, usize::MAX / 16).unwrap_err().kind(), raster_core::ErrorKind::Limit);
    }
}
