//! GDAL's structural metadata ("ghost area"): what a COG says, right behind its header, about how its data lie.

use crate::format::Interleave;
use std::ops::Range;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ghost {
    /// Written when there are several bands.
    pub(crate) interleave: Option<Interleave>,
    /// Does each mask tile follow its image tile?
    pub(crate) mask_interleaved: bool,
}

const FIRST: &str = "GDAL_STRUCTURAL_METADATA_SIZE=";
/// Bytes of the line that states the size of the others: `FIRST`, six digits, ` bytes`, a line feed.
const FIRST_LINE: usize = FIRST.len() + 6 + " bytes\n".len();
/// The space leaves room to overwrite one with the other.
const UNCHANGED: &str = "KNOWN_INCOMPATIBLE_EDITION=NO\n ";
const CHANGED: &str = "KNOWN_INCOMPATIBLE_EDITION=YES\n";

impl Ghost {
    /// As it stands in the file.
    pub(crate) fn text(self) -> String {
        let mut body = String::from(
            "LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n\
             BLOCK_TRAILER=LAST_4_BYTES_REPEATED\n",
        );
        match self.interleave {
            Some(Interleave::Band) => body.push_str("INTERLEAVE=BAND\n"),
            Some(Interleave::Tile) => body.push_str("INTERLEAVE=TILE\n"),
            Some(Interleave::Pixel) | None => {}
        }
        body.push_str(UNCHANGED);
        if self.mask_interleaved {
            body.push_str("MASK_INTERLEAVED_WITH_IMAGERY=YES\n");
        }
        format!("{FIRST}{:06} bytes\n{body}", body.len())
    }
}

/// Structural metadata that were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Structure {
    /// The line that states the size, and the others.
    text: String,
}

impl Structure {
    /// Parse what stands behind the header. `read` gives the bytes of a range that is counted from there, or nothing
    /// where the file has none.
    pub(crate) fn read<B: AsRef<[u8]>>(read: impl Fn(Range<u64>) -> Option<B>) -> Option<Self> {
        let first = read(0..FIRST_LINE as u64)?;
        let size = std::str::from_utf8(first.as_ref()).ok()?.strip_prefix(FIRST)?.get(..6)?;
        let len = FIRST_LINE as u64 + size.parse::<u64>().ok()?;
        let all = read(0..len)?;
        Some(Self { text: String::from_utf8_lossy(all.as_ref()).into_owned() })
    }
    /// Bytes of it.
    pub(crate) fn len(&self) -> u64 {
        self.text.len() as u64
    }
    fn says(&self, line: &str) -> bool {
        self.text.contains(line)
    }
    /// Do the directories come before the data, and has nothing changed the file since?
    pub(crate) fn is_cog(&self) -> bool {
        self.says("LAYOUT=IFDS_BEFORE_DATA") && !self.is_changed()
    }
    /// Has the file lost the layout?
    pub(crate) fn is_changed(&self) -> bool {
        self.says(CHANGED.trim_end())
    }
    /// Do the blocks of a level follow each other row by row?
    pub(crate) fn is_row_major(&self) -> bool {
        self.says("BLOCK_ORDER=ROW_MAJOR")
    }
    /// Does the length of each block stand before it?
    pub(crate) fn has_leaders(&self) -> bool {
        self.says("BLOCK_LEADER=SIZE_AS_UINT4")
    }
    /// Are the last four bytes of each block repeated behind it?
    pub(crate) fn has_trailers(&self) -> bool {
        self.says("BLOCK_TRAILER=LAST_4_BYTES_REPEATED")
    }
    /// Do the blocks of all bands at one place come together?
    pub(crate) fn is_by_tile(&self) -> bool {
        self.says("INTERLEAVE=TILE")
    }
    /// Does each mask block follow its image block?
    pub(crate) fn is_mask_interleaved(&self) -> bool {
        self.says("MASK_INTERLEAVED_WITH_IMAGERY=YES")
    }
    /// What to write, and where (counted from the end of the header), to say that the file has lost the layout.
    pub(crate) fn mark(&self) -> Option<(u64, &'static str)> {
        Some((self.text.find(UNCHANGED)? as u64, CHANGED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<Structure> {
        Structure::read(|r| bytes.get(r.start as usize..r.end as usize))
    }

    #[test]
    fn what_is_written_is_read_and_marked() {
        for interleave in [None, Some(Interleave::Pixel), Some(Interleave::Band), Some(Interleave::Tile)] {
            for mask_interleaved in [false, true] {
                let mut text = Ghost { interleave, mask_interleaved }.text();
                let found = read(format!("{text}and what follows").as_bytes()).unwrap();
                assert_eq!(found.text, text);
                assert!(found.is_cog() && found.has_leaders() && found.has_trailers());
                assert_eq!(found.is_by_tile(), interleave == Some(Interleave::Tile));
                assert_eq!(found.is_mask_interleaved(), mask_interleaved);
                let (at, changed) = found.mark().unwrap();
                text.replace_range(at as usize..at as usize + changed.len(), changed);
                let marked = read(text.as_bytes()).unwrap();
                assert!(marked.is_changed() && !marked.is_cog() && marked.mark().is_none());
                assert_eq!(marked.len(), found.len());
            }
        }
        assert_eq!(read(b"GDAL_STRUCTURAL_METADATA_SIZE=999999 bytes\nLAYOUT=IFDS_BEFORE_DATA\n"), None);
        assert_eq!(read(b"GDAL_STRUCTURAL_METADATA_SIZE=?????? bytes\nLAYOUT=IFDS_BEFORE_DATA\n"), None);
        assert_eq!(read(b""), None);
    }
}
