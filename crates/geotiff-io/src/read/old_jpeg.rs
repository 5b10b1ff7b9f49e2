//! Old-style JPEG (compression 6; TIFF 6.0, section 22): what comes before the data of each strip, from a stream that stands
//! elsewhere in the file or from tables.

use crate::codec::{head_of_stream, head_of_tables};
use crate::tiff::{
    directory::{Directory, TiffFile},
    tag,
};
use bytes::Bytes;
use raster_core::{Error, Result};

/// Bytes that are read of a stream whose length is not stated (chosen: its head has some hundreds).
const MOST_HEAD: u64 = 64 << 10;
/// Bytes of a table of codes: 16 counts, then at most 256 values.
const MOST_CODES: u64 = 16 + 256;

/// The head of the streams of strips or tiles of this size; `None` when each is a stream of its own.
///
/// # Errors
/// `Malformed` when the tables that the tags name cannot be read.
pub(super) fn head(
    file: &TiffFile,
    directory: &Directory,
    block: (usize, usize),
    samples: usize,
    subsampling: (u16, u16),
) -> Result<Option<Bytes>> {
    let numbers = |tag: u16| directory.entry(tag).map(|e| file.unsigned(e)).transpose();
    let restart = numbers(tag::JPEG_RESTART_INTERVAL)?.and_then(|n| n.first().copied()).unwrap_or(0);
    if let Some(offset) = numbers(tag::JPEG_INTERCHANGE_FORMAT)?.and_then(|n| n.first().copied()) {
        let rest = file.source.len().saturating_sub(offset);
        let stream = file.bytes(offset, rest.min(MOST_HEAD));
        if let Some(stream) = stream.ok().filter(|s| s.starts_with(&[0xff, 0xd8])) {
            let found = head_of_stream(&stream).map_err(|e| e.at_tag(tag::JPEG_INTERCHANGE_FORMAT))?;
            return Ok(Some(found.into()));
        }
    }
    let tables = [tag::JPEG_Q_TABLES, tag::JPEG_DC_TABLES, tag::JPEG_AC_TABLES];
    let [Some(steps), Some(dc), Some(ac)] = [numbers(tables[0])?, numbers(tables[1])?, numbers(tables[2])?]
    else {
        return Ok(None);
    };
    let codes = |offset: u64, tag: u16| -> Result<Vec<u8>> {
        let rest = file.source.len().saturating_sub(offset);
        let bytes = file.bytes(offset, rest.min(MOST_CODES)).map_err(|e| e.at_tag(tag))?;
        let count: usize = bytes.iter().take(16).map(|&n| usize::from(n)).sum();
        let table = bytes.get(..16 + count.min(256));
        let table =
            table.ok_or_else(|| Error::malformed("a table is cut off").at_tag(tag).at_offset(offset))?;
        Ok(table.to_vec())
    };
    let mut components = Vec::new();
    for i in 0..samples.min(4) {
        let offset = |list: &[u64], tag: u16| {
            list.get(i)
                .copied()
                .ok_or_else(|| Error::malformed(format!("{i} tables for {samples} samples")).at_tag(tag))
        };
        let steps = file.bytes(offset(&steps, tables[0])?, 64).map_err(|e| e.at_tag(tables[0]))?;
        let dc = codes(offset(&dc, tables[1])?, tables[1])?;
        let ac = codes(offset(&ac, tables[2])?, tables[2])?;
        components.push((steps.to_vec(), dc, ac));
    }
    Ok(Some(head_of_tables(block, subsampling, &components, restart.min(0xffff) as u16).into()))
}
