//! LZW as TIFF uses it: codes of 9 to 12 bits, clear 256, end 257.
//!
//! Two dialects: the standard one has the most significant bit first and widens a code one early; files from before
//! TIFF 6 have the least significant bit first and widen in time. As in libtiff, the first two bytes tell: an old
//! stream starts with a clear code of 9 bits, `00 x1`.

mod decode;
mod encode;

pub(super) use decode::Decoder;
pub(super) use encode::Encoder;

/// Empty the table.
const CLEAR: usize = 256;
/// The stream ends here.
const END: usize = 257;
/// The first code that is not a literal or a command.
const FIRST: usize = 258;

#[cfg(test)]
mod tests {
    use super::*;
    use weezl::BitOrder;

    fn blocks() -> Vec<Vec<u8>> {
        let mut random = 12_345_u32;
        let mut byte = move || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 24) as u8
        };
        let mut blocks = vec![vec![], vec![0], vec![1, 1], vec![5; 3], vec![0; 100_000]];
        for len in [10, 257, 3839, 3840, 3841, 4096, 60_000] {
            blocks.push((0..len).map(|_| byte()).collect());
            blocks.push((0..len).map(|_| byte() % 3).collect());
            blocks.push((0..len).map(|i| (i / 7 % 250) as u8).collect());
        }
        blocks
    }

    #[test]
    fn weezl_reads_what_we_write() {
        let mut encoder = Encoder::default();
        for block in blocks() {
            let mut stream = Vec::new();
            encoder.encode(&block, &mut stream);
            let mut twin = weezl::decode::Configuration::with_tiff_size_switch(BitOrder::Msb, 8).build();
            assert!(twin.decode(&stream).unwrap() == block, "{} bytes", block.len());
        }
    }

    #[test]
    fn we_read_what_weezl_writes() {
        let mut decoder = Decoder::default();
        for block in blocks() {
            let stream =
                weezl::encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(&block).unwrap();
            let mut out = vec![0; block.len()];
            assert_eq!(decoder.decode(&stream, &mut out).unwrap(), block.len());
            assert!(out == block);
        }
    }

    #[test]
    fn old_streams_are_told_by_their_start() {
        let mut decoder = Decoder::default();
        for block in blocks().into_iter().filter(|b| !b.is_empty()) {
            let stream = weezl::encode::Encoder::new(BitOrder::Lsb, 8).encode(&block).unwrap();
            assert_eq!((stream[0], stream[1] & 1), (0, 1));
            let mut out = vec![0; block.len()];
            assert_eq!(decoder.decode(&stream, &mut out).unwrap(), block.len());
            assert!(out == block);
        }
    }

    #[test]
    fn a_short_output_takes_the_beginning() {
        let block = vec![3; 1000];
        let mut stream = Vec::new();
        Encoder::default().encode(&block, &mut stream);
        let mut out = vec![0; 10];
        assert_eq!(Decoder::default().decode(&stream, &mut out).unwrap(), 10);
        assert_eq!(out, [3; 10]);
    }
}
