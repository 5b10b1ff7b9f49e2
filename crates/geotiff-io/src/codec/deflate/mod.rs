//! Deflate in a zlib wrapper, as compressions 8 and 32946 have it.
//!
//! Decoding is by `flate2` on `zlib-rs`. Encoding is ours at levels 1 to 5, made for pixels after a predictor (1 the fastest, 2 to
//! 4 alike, 5 the slowest), and theirs at levels 6 to 9; see `NOTES.md` for what each costs and gives.

mod bit_writer;
mod encode;
mod huffman;
mod inflate;
mod repeats;
mod search;

use encode::Encoder;
pub(super) use inflate::Inflater;

use flate2::{Compress, Compression, FlushCompress, Status};
use raster_core::{Error, Result};

/// The farthest copy.
const WINDOW: usize = 32768;
/// The default level.
const DEFAULT: i32 = 4;
/// From this level on it is `zlib-rs` at the same level.
const ZLIB: i32 = 6;
/// The level of `zlib-rs` for blocks that our searches are not made for.
const ZLIB_INSTEAD: u32 = 4;

/// How far the pixel to the left and the row above are, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Distances {
    pub(super) pixel: usize,
    pub(super) row: usize,
}

impl Distances {
    /// With 1 in place of distances that cannot be coded.
    fn usable(self) -> Self {
        let usable = |d: usize| if (1..=WINDOW).contains(&d) { d } else { 1 };
        Self { pixel: usable(self.pixel), row: usable(self.row) }
    }
}

/// Encodes zlib streams of any level; keeps its tables between blocks.
#[derive(Default)]
pub(super) struct Deflater {
    own: Option<Encoder>,
    zlib: Option<(u32, Compress)>,
}

impl Deflater {
    /// Append `input` as a zlib stream to `out`. `distances` says how far a pixel and a row are.
    pub(super) fn deflate(
        &mut self,
        input: &[u8],
        distances: Distances,
        level: i32,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let level = if level == 0 { DEFAULT } else { level.clamp(1, 9) };
        if level >= ZLIB {
            return self.zlib(input, level.unsigned_abs(), out);
        }
        let own = self.own.get_or_insert_default();
        match own.choose(input, distances, level) {
            Some(search) => own.encode(input, distances, search, out),
            None => self.zlib(input, ZLIB_INSTEAD, out)?,
        }
        Ok(())
    }

    fn zlib(&mut self, input: &[u8], level: u32, out: &mut Vec<u8>) -> Result<()> {
        let zlib = match &mut self.zlib {
            Some((of, zlib)) if *of == level => {
                zlib.reset();
                zlib
            }
            other => &mut other.insert((level, Compress::new(Compression::new(level), true))).1,
        };
        // zlib's own bound for streams that do not compress, rounded up.
        let start = out.len();
        out.resize(start + input.len() + input.len() / 1000 + 1024, 0);
        match zlib.compress(input, &mut out[start..], FlushCompress::Finish) {
            Ok(Status::StreamEnd) => {}
            other => return Err(Error::internal(format!("zlib did not finish a stream: {other:?}"))),
        }
        out.truncate(start + usize::try_from(zlib.total_out()).unwrap_or(usize::MAX));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use miniz_oxide::{deflate::compress_to_vec_zlib, inflate::decompress_to_vec_zlib};

    fn blocks() -> Vec<Vec<u8>> {
        let mut random = 99_u32;
        let mut byte = move || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 24) as u8
        };
        let mut blocks = vec![vec![], vec![0], vec![1, 1], vec![5; 3], vec![0; 300_000]];
        for len in [2, 8, 9, 258, 259, 4000, 70_000, 131_072, 131_073, 280_000] {
            blocks.push((0..len).map(|_| byte()).collect());
            blocks
                .push((0..len).map(|_| [0, 0, 0, 0, 255, 1, 254, byte()][usize::from(byte() % 8)]).collect());
            blocks.push((0..len).map(|i| (i % 1024 / 9 * 7) as u8 ^ (byte() / 250)).collect());
        }
        blocks
    }

    /// A repeat of rare bytes that the end of a block cuts to one or two: too short for a copy, however dear they are.
    #[test]
    fn repeats_across_the_end_of_a_block() {
        let mut encoder = Encoder::default();
        let mut random = 7_u32;
        let common: Vec<u8> = (0..2 * encode::BLOCK)
            .map(|_| {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (random >> 31) as u8
            })
            .collect();
        for (pixel, row) in [(1, 1024), (4, 1024), (0, 0)] {
            for at in encode::BLOCK - 12..=encode::BLOCK {
                let mut block = common.clone();
                // The byte and the row before; where the nines begin two bytes before the end, one is left to copy.
                block[at..at + 12].copy_from_slice(&[200, 201, 202, 203, 9, 9, 9, 9, 9, 9, 9, 9]);
                block.copy_within(at..at + 12, at - 1024);
                for search in [search::Search::Fixed, search::Search::Quick, search::Search::Hash] {
                    let mut stream = Vec::new();
                    encoder.encode(&block, Distances { pixel, row }, search, &mut stream);
                    let twin = decompress_to_vec_zlib(&stream).unwrap();
                    assert!(twin == block, "{search:?}, {pixel}, {row}, {at}");
                }
            }
        }
    }

    #[test]
    fn miniz_oxide_reads_what_we_write_at_every_level() {
        let mut deflater = Deflater::default();
        for block in blocks() {
            for level in 0..=9 {
                for distances in [(1, 1024), (3, 33), (0, 0), (16, 40_000)] {
                    let distances = Distances { pixel: distances.0, row: distances.1 };
                    let mut stream = Vec::new();
                    deflater.deflate(&block, distances, level, &mut stream).unwrap();
                    let twin = decompress_to_vec_zlib(&stream).unwrap();
                    assert!(twin == block, "level {level}, {distances:?}, {} bytes", block.len());
                    if level >= 6 {
                        break;
                    }
                }
            }
        }
    }

    #[test]
    fn we_read_what_miniz_oxide_writes() {
        let mut inflater = Inflater::default();
        for block in blocks() {
            for level in [0, 1, 6, 9] {
                let stream = compress_to_vec_zlib(&block, level);
                let mut out = vec![0; block.len()];
                assert_eq!(inflater.inflate(&stream, &mut out).unwrap(), block.len());
                assert!(out == block);
            }
        }
    }

    #[test]
    fn longer_streams_give_their_beginning_and_shorter_ones_say_so() {
        let block: Vec<u8> = (0..5000_u32).map(|i| ((i * i) >> 7) as u8).collect();
        let mut stream = Vec::new();
        Deflater::default().deflate(&block, Distances { pixel: 1, row: 100 }, 0, &mut stream).unwrap();
        let mut inflater = Inflater::default();
        let mut out = vec![0; 1000];
        assert_eq!(inflater.inflate(&stream, &mut out).unwrap(), 1000);
        assert!(out == block[..1000]);
        let mut out = vec![0; 6000];
        assert_eq!(inflater.inflate(&stream, &mut out).unwrap(), 5000);
    }
}
