//! Round trips of everything that can be written, twins, and hostile input.

use super::*;
use crate::format::Predictor;
use raster_core::ErrorKind;

/// A small generator of repeatable numbers (xorshift64*).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n
    }
}

/// Blocks of several kinds: noise, nearly constant, steps, long repeats.
fn content(kind: usize, len: usize, random: &mut Random) -> Vec<u8> {
    match kind {
        0 => (0..len).map(|_| random.next() as u8).collect(),
        1 => vec![7; len],
        2 => {
            let mut value = 0_u8;
            (0..len)
                .map(|_| {
                    value =
                        value.wrapping_add(if random.below(4) == 0 { random.next() as u8 % 5 } else { 0 });
                    value
                })
                .collect()
        }
        3 => (0..len).map(|i| (i % 255 * (i / 510 % 3)) as u8).collect(),
        _ => (0..len).map(|_| [0, 0, 0, 1, 200][random.below(5)]).collect(),
    }
}

fn format(compression: Compression, predictor: Predictor, data_type: DataType) -> BlockFormat {
    BlockFormat {
        compression,
        predictor,
        data_type,
        bits: 8 * data_type.size() as u16,
        samples: 1,
        width: 33,
        height: 17,
        byte_order: ByteOrder::Little,
        reversed_bits: false,
        photometric: Photometric::BlackIsZero,
        ycbcr_subsampling: (2, 2),
        view: None,
        jpeg_tables: None,
        fax_options: 0,
        level: 0,
        quality: 90,
        max_z_error: 0.0,
    }
}

const BYTE_CODECS: [Compression; 6] = [
    Compression::None,
    Compression::Lzw,
    Compression::Deflate,
    Compression::PackBits,
    Compression::Lzma,
    Compression::Zstd,
];

fn encoded(format: &BlockFormat, pixels: &[u8], rows: usize, scratch: &mut Scratch) -> Vec<u8> {
    let mut stream = vec![1, 2, 3];
    encode(format, &mut pixels.to_vec(), rows, &mut stream, scratch)
        .unwrap_or_else(|e| panic!("{e}: {format:?} {rows} rows"));
    stream
}

fn assert_round_trip(format: &BlockFormat, pixels: &[u8], rows: usize, scratch: &mut Scratch) {
    check_writable(format).unwrap();
    let stream = encoded(format, pixels, rows, scratch);
    let mut out = vec![9; 5];
    decode(format, &stream, rows, &mut out, scratch).unwrap_or_else(|e| panic!("{e}: {format:?}"));
    assert!(out == pixels, "{format:?} {rows} rows");
}

#[test]
fn bytes_round_trip_for_every_type_predictor_and_order() {
    let mut random = Random(1);
    let mut scratch = Scratch::default();
    for compression in BYTE_CODECS {
        for data_type in DataType::ALL {
            for predictor in [Predictor::None, Predictor::Horizontal, Predictor::FloatingPoint] {
                for (case, samples) in [1, 2, 3, 4, 5].into_iter().enumerate() {
                    let mut format = BlockFormat { samples, ..format(compression, predictor, data_type) };
                    format.byte_order = if case % 2 == 0 { ByteOrder::Little } else { ByteOrder::Big };
                    format.reversed_bits = case == 3;
                    if check_writable(&format).is_err() {
                        continue;
                    }
                    for rows in [format.height, 1, 0] {
                        let pixels = content((case + rows) % 5, format.decoded_len(rows), &mut random);
                        assert_round_trip(&format, &pixels, rows, &mut scratch);
                    }
                }
            }
        }
    }
}

/// A build without high levels refuses them before anything is written, and says what they need.
fn assert_names_the_feature(format: &BlockFormat, pixels: &[u8], rows: usize, scratch: &mut Scratch) {
    let early = check_writable(format).unwrap_err();
    let late = encode(format, &mut pixels.to_vec(), rows, &mut Vec::new(), scratch).unwrap_err();
    for error in [early, late] {
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.message().contains("`zstd-high`"), "{error}");
    }
}

#[test]
fn every_level_round_trips() {
    let mut random = Random(2);
    let mut scratch = Scratch::default();
    for compression in [Compression::Deflate, Compression::Zstd, Compression::Lzma] {
        for level in compression.levels().unwrap().take_while(|l| *l <= 10) {
            for kind in 0..5 {
                for (width, rows) in [(1, 1), (3, 2), (7, 1), (257, 300)] {
                    let base = format(compression, Predictor::Horizontal, DataType::U16);
                    let format = BlockFormat { level, width, height: rows, ..base };
                    let pixels = content(kind, format.decoded_len(rows), &mut random);
                    if compression == Compression::Zstd && level > 4 && !cfg!(feature = "zstd-high") {
                        assert_names_the_feature(&format, &pixels, rows, &mut scratch);
                        continue;
                    }
                    assert_round_trip(&format, &pixels, rows, &mut scratch);
                }
            }
        }
    }
}

#[test]
fn odd_bit_depths_round_trip_and_clamp() {
    let mut random = Random(3);
    let mut scratch = Scratch::default();
    for bits in (1..=7).chain(9..=15).chain(17..=31) {
        let data_type = match bits {
            1..=7 => DataType::U8,
            9..=15 => DataType::U16,
            _ => DataType::U32,
        };
        for samples in [1, 3] {
            let base = format(Compression::Deflate, Predictor::None, data_type);
            let format = BlockFormat { bits, samples, ..base };
            let pixels: Vec<u8> = (0..format.width * format.height * samples)
                .flat_map(|_| {
                    let value = random.next() as u32 & (u32::MAX >> (32 - bits));
                    value.to_le_bytes().into_iter().take(data_type.size())
                })
                .collect();
            assert_round_trip(&format, &pixels, format.height, &mut scratch);
            let stream = encoded(&format, &vec![255; pixels.len()], format.height, &mut scratch);
            let mut out = Vec::new();
            decode(&format, &stream, format.height, &mut out, &mut scratch).unwrap();
            let largest = (u32::MAX >> (32 - bits)).to_le_bytes();
            assert!(out.chunks(data_type.size()).all(|v| v == &largest[..data_type.size()]));
        }
    }
}

#[test]
fn bits_are_packed_from_the_top() {
    let format =
        BlockFormat { bits: 12, width: 3, ..format(Compression::None, Predictor::None, DataType::U16) };
    let mut out = Vec::new();
    decode(&format, &[0x12, 0x34, 0x56, 0x78, 0x90], 1, &mut out, &mut Scratch::default()).unwrap();
    assert_eq!(out, [0x23, 0x01, 0x56, 0x04, 0x89, 0x07]);
}

#[test]
fn floats_of_24_bits_become_f32() {
    let mut format =
        BlockFormat { bits: 24, width: 6, ..format(Compression::None, Predictor::None, DataType::F32) };
    // 1, -2, infinity, NaN, the smallest normal and the smallest subnormal number.
    let stored = [0x3f_0000_u32, 0xc0_0000, 0x7f_0000, 0x7f_8000, 0x01_0000, 0x00_0001];
    for order in [ByteOrder::Little, ByteOrder::Big] {
        format.byte_order = order;
        let input: Vec<u8> = stored
            .iter()
            .flat_map(|v| match order {
                ByteOrder::Little => [v.to_le_bytes()[0], v.to_le_bytes()[1], v.to_le_bytes()[2]],
                ByteOrder::Big => [v.to_be_bytes()[1], v.to_be_bytes()[2], v.to_be_bytes()[3]],
            })
            .collect();
        let mut out = Vec::new();
        decode(&format, &input, 1, &mut out, &mut Scratch::default()).unwrap();
        let values: Vec<f32> = out.as_chunks().0.iter().map(|v| f32::from_le_bytes(*v)).collect();
        assert_eq!(values[..3], [1.0, -2.0, f32::INFINITY]);
        assert!(values[3].is_nan());
        assert_eq!(values[4..], [2.0_f32.powi(-62), 2.0_f32.powi(-62 - 16)]);
    }
}

#[test]
fn lerc_keeps_values_and_invalid_pixels() {
    let mut random = Random(4);
    let mut scratch = Scratch::default();
    for compression in [Compression::Lerc, Compression::LercDeflate, Compression::LercZstd] {
        for data_type in DataType::ALL {
            for samples in [1, 3] {
                let mut format = BlockFormat { samples, ..format(compression, Predictor::None, data_type) };
                if check_writable(&format).is_err() {
                    continue;
                }
                if samples == 1 && data_type.is_integer() {
                    format.byte_order = ByteOrder::Big;
                }
                let count = format.width * format.height * samples;
                // Without NaN, with NaN in whole pixels, and with NaN in single bands.
                for nan in 0..3 {
                    let pixels: Vec<u8> = (0..count)
                        .flat_map(|i| {
                            let value = 100.0 + (random.below(256) as f64) / 8.0;
                            let is_nan = (nan == 1 && i / samples % 5 == 0) || (nan == 2 && i % 7 == 0);
                            let value = if is_nan { f64::NAN } else { value };
                            match data_type {
                                DataType::F32 => (value as f32).to_le_bytes().to_vec(),
                                DataType::F64 => value.to_le_bytes().to_vec(),
                                _ => (value as u64).to_le_bytes()[..data_type.size()].to_vec(),
                            }
                        })
                        .collect();
                    assert_round_trip(&format, &pixels, format.height, &mut scratch);
                }
            }
        }
    }
}

#[test]
fn lerc_respects_the_error_allowed() {
    let mut random = Random(5);
    let mut scratch = Scratch::default();
    for (data_type, error) in [(DataType::F32, 0.25), (DataType::I16, 3.0)] {
        let format =
            BlockFormat { max_z_error: error, ..format(Compression::Lerc, Predictor::None, data_type) };
        let values: Vec<f64> =
            (0..format.width * format.height).map(|_| (random.below(4000) / 4) as f64).collect();
        let number = |v: &f64| match data_type {
            DataType::F32 => (*v as f32).to_le_bytes().to_vec(),
            _ => (*v as i16).to_le_bytes().to_vec(),
        };
        let pixels: Vec<u8> = values.iter().flat_map(number).collect();
        let stream = encoded(&format, &pixels, format.height, &mut scratch);
        assert!(stream.len() < pixels.len());
        let mut out = Vec::new();
        decode(&format, &stream, format.height, &mut out, &mut scratch).unwrap();
        for (value, out) in values.iter().zip(out.chunks(data_type.size())) {
            let got = match data_type {
                DataType::F32 => f64::from(f32::from_le_bytes(out.try_into().unwrap())),
                _ => f64::from(i16::from_le_bytes(out.try_into().unwrap())),
            };
            assert!((got - value).abs() <= error);
        }
    }
}

#[test]
fn webp_is_lossless() {
    let mut random = Random(6);
    let mut scratch = Scratch::default();
    for samples in [3, 4] {
        for kind in 0..5 {
            let format = BlockFormat { samples, ..format(Compression::Webp, Predictor::None, DataType::U8) };
            let pixels = content(kind, format.decoded_len(format.height), &mut random);
            assert_round_trip(&format, &pixels, format.height, &mut scratch);
        }
    }
}

#[test]
fn jpeg_comes_close() {
    let mut scratch = Scratch::default();
    for (samples, photometric, subsampling) in [
        (1, Photometric::BlackIsZero, (1, 1)),
        (3, Photometric::YCbCr, (2, 2)),
        (3, Photometric::YCbCr, (2, 1)),
        (3, Photometric::Rgb, (1, 1)),
    ] {
        let base = format(Compression::Jpeg, Predictor::None, DataType::U8);
        let mut format = BlockFormat { samples, photometric, ycbcr_subsampling: subsampling, ..base };
        format.jpeg_tables = shared_tables(&format);
        check_writable(&format).unwrap();
        let pixels: Vec<u8> = (0..format.height * format.width)
            .flat_map(|i| {
                let (x, y) = (i % format.width, i / format.width);
                [40 + 4 * x, 90 + 5 * y, 200 - 2 * x - 3 * y].into_iter().map(|v| v as u8).take(samples)
            })
            .collect();
        let stream = encoded(&format, &pixels, format.height, &mut scratch);
        let mut out = Vec::new();
        decode(&format, &stream, format.height, &mut out, &mut scratch).unwrap();
        let worst = out.iter().zip(&pixels).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(worst <= 12, "{photometric:?}: off by {worst}");
    }
}

#[test]
fn fax_round_trips() {
    let mut random = Random(7);
    let mut scratch = Scratch::default();
    for width in [1, 7, 8, 9, 64, 333, 2600] {
        for kind in 0..4 {
            let base = format(Compression::CcittG4, Predictor::None, DataType::U8);
            let format = BlockFormat { bits: 1, width, ..base };
            let mut colour = 0;
            let pixels: Vec<u8> = (0..width * format.height)
                .map(|_| {
                    let changes = [true, random.below(20) == 0, random.below(2) == 0, false][kind];
                    colour ^= u8::from(changes);
                    colour
                })
                .collect();
            assert_round_trip(&format, &pixels, format.height, &mut scratch);
        }
    }
}

#[test]
fn what_cannot_be_written_is_refused() {
    let check = |format: BlockFormat| check_writable(&format).unwrap_err().to_string();
    let base = format(Compression::Deflate, Predictor::FloatingPoint, DataType::U8);
    assert!(check(base.clone()).contains("predictor 3"));
    assert!(
        check(BlockFormat {
            predictor: Predictor::Horizontal,
            data_type: DataType::CF64,
            bits: 128,
            ..base.clone()
        })
        .contains("predictor 2")
    );
    assert!(check(BlockFormat { compression: Compression::OldJpeg, ..base.clone() }).contains("ojpeg"));
    assert!(
        check(BlockFormat { compression: Compression::Jpeg, samples: 4, ..base.clone() }).contains("jpeg")
    );
    assert!(check(BlockFormat { compression: Compression::Webp, ..base.clone() }).contains("webp"));
    assert!(
        check(BlockFormat {
            compression: Compression::Lerc,
            data_type: DataType::U64,
            bits: 64,
            ..base.clone()
        })
        .contains("lerc")
    );
    assert!(check(BlockFormat { compression: Compression::CcittG4, ..base }).contains("ccittfax4"));
}

#[test]
fn damaged_streams_never_panic() {
    let mut random = Random(8);
    let mut scratch = Scratch::default();
    let byte_codecs = BYTE_CODECS.map(|c| format(c, Predictor::None, DataType::U8));
    let mut formats = byte_codecs.to_vec();
    for c in [Compression::Lerc, Compression::LercDeflate, Compression::LercZstd] {
        formats.push(format(c, Predictor::None, DataType::F32));
        formats.push(BlockFormat { samples: 3, ..format(c, Predictor::None, DataType::U8) });
    }
    formats.push(BlockFormat { samples: 3, ..format(Compression::Webp, Predictor::None, DataType::U8) });
    formats.push(format(Compression::Jpeg, Predictor::None, DataType::U8));
    formats.push(BlockFormat {
        samples: 3,
        photometric: Photometric::YCbCr,
        ..format(Compression::Jpeg, Predictor::None, DataType::U8)
    });
    formats.push(BlockFormat { bits: 1, ..format(Compression::CcittG4, Predictor::None, DataType::U8) });
    formats.iter_mut().for_each(|format| format.jpeg_tables = shared_tables(format));
    for format in &formats {
        for kind in [0, 2] {
            let mut pixels = content(kind, format.decoded_len(format.height), &mut random);
            if format.data_type == DataType::F32 {
                pixels.chunks_exact_mut(4).for_each(|v| v[3] = 0x40);
            }
            if format.bits == 1 {
                pixels.iter_mut().for_each(|v| *v &= 1);
            }
            let stream = encoded(format, &pixels, format.height, &mut scratch);
            let readers: Vec<BlockFormat> = match format.compression {
                // The other fax codes have no encoder here: the damaged stream serves as theirs.
                Compression::CcittG4 => [
                    Compression::CcittG4,
                    Compression::CcittG3,
                    Compression::CcittRle,
                    Compression::CcittRleWord,
                ]
                .map(|compression| BlockFormat { compression, fax_options: 1, ..format.clone() })
                .to_vec(),
                _ => vec![format.clone()],
            };
            for round in 0..300 {
                let mut damaged = stream.clone();
                match round % 4 {
                    0 => damaged.truncate(random.below(stream.len() + 1)),
                    1 => damaged.extend((0..random.below(9)).map(|_| random.next() as u8)),
                    _ => {}
                }
                for _ in 0..if damaged.is_empty() { 0 } else { round % 5 } {
                    let at = random.below(damaged.len());
                    damaged[at] = match random.below(3) {
                        0 => random.next() as u8,
                        1 => damaged[at] ^ 1 << random.below(8),
                        _ => [0, 255, 128][random.below(3)],
                    };
                }
                for reader in &readers {
                    let mut out = Vec::new();
                    match decode(reader, &damaged, reader.height, &mut out, &mut scratch) {
                        Ok(()) => assert_eq!(out.len(), reader.decoded_len(reader.height)),
                        Err(error) => {
                            assert_ne!(error.kind(), raster_core::ErrorKind::Internal, "{error}");
                        }
                    }
                }
            }
            // And good input still decodes with the same scratch.
            let mut out = Vec::new();
            decode(format, &stream, format.height, &mut out, &mut scratch).unwrap();
        }
    }
}

#[test]
fn noise_is_no_stream_of_any_codec() {
    let mut random = Random(9);
    let mut scratch = Scratch::default();
    for len in (0..40).chain([100, 1000, 5000]) {
        for _ in 0..20 {
            let noise = content(0, len, &mut random);
            for c in [
                Compression::Lzw,
                Compression::Deflate,
                Compression::PackBits,
                Compression::Lzma,
                Compression::Zstd,
                Compression::Lerc,
                Compression::LercDeflate,
                Compression::LercZstd,
                Compression::Webp,
                Compression::Jpeg,
                Compression::CcittG3,
                Compression::CcittG4,
                Compression::CcittRle,
                Compression::CcittRleWord,
            ] {
                let base = format(c, Predictor::None, DataType::U8);
                let bits = if c.name().starts_with("ccitt") { 1 } else { 8 };
                let samples = if c == Compression::Webp { 3 } else { 1 };
                let format = BlockFormat { bits, samples, ..base };
                // PackBits and LZW can be anything; the others must see it.
                let _ = decode(&format, &noise, format.height, &mut Vec::new(), &mut scratch);
            }
        }
    }
}
