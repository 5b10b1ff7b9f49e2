//! Decoding, by `flate2` on `zlib-rs`.

use flate2::{Decompress, FlushDecompress};
use raster_core::{Error, Result};

/// Decodes zlib streams; keeps its tables between blocks.
pub(in crate::codec) struct Inflater(Decompress);

impl Default for Inflater {
    fn default() -> Self {
        Self(Decompress::new(true))
    }
}

impl Inflater {
    /// Decode until `out` is full or the stream ends; returns how many bytes of `out` were written.
    pub(in crate::codec) fn inflate(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize> {
        self.0.reset(true);
        let status = self.0.decompress(input, out, FlushDecompress::Finish);
        let got = usize::try_from(self.0.total_out()).unwrap_or(usize::MAX).min(out.len());
        match status {
            // Behind the last byte that is wanted only the checksum can be wrong, or a longer stream goes on.
            Ok(_) => Ok(got),
            Err(_) if got == out.len() => Ok(got),
            Err(error) => {
                Err(Error::malformed(format!("Deflate stream: {}", error.message().unwrap_or("not valid"))))
            }
        }
    }
}
