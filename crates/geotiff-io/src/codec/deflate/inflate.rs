//! Decoding, by `zlib-rs`.

use raster_core::{Error, Result};
use zlib_rs::{Inflate, InflateFlush, Status};

/// Decodes zlib streams; keeps its tables between blocks.
pub(in crate::codec) struct Inflater(Inflate);

impl Default for Inflater {
    fn default() -> Self {
        Self(Inflate::new(true, 15))
    }
}

impl Inflater {
    /// Decode until `out` is full or the stream ends; returns how many bytes of `out` were written.
    pub(in crate::codec) fn inflate(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize> {
        self.0.reset(true);
        let status = self.0.decompress(input, out, InflateFlush::Finish);
        let got = usize::try_from(self.0.total_out()).unwrap_or(usize::MAX).min(out.len());
        match status {
            // Behind the last byte that is wanted only the checksum can be wrong, or a longer stream goes on.
            Ok(Status::StreamEnd | Status::Ok | Status::BufError) => Ok(got),
            Err(_) if got == out.len() => Ok(got),
            Err(error) => Err(Error::malformed(format!("Deflate stream: {}", error.as_str()))),
        }
    }
}
