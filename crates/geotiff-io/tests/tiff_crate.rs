//! What we write, read by an independent reader: the crate `tiff`, with `weezl` under it.

mod support;

use geotiff_io::{
    BigTiff, Blocks, ByteOrder, Compression, CreateOptions, GeoTiffWriter, Interleave, Overviews, Predictor,
    Resampling,
};
use ndarray::Array3;
use raster_core::{AnyArray, DataType, RasterInfo, Sample, Value, with_array, with_type};
use std::io::Cursor;
use tiff::decoder::{Decoder, DecodingResult};

/// Samples (bands, rows, columns) that repeat in places, with the extremes of the type among them.
fn pixels(data_type: DataType, (bands, height, width): (usize, usize, usize)) -> AnyArray {
    let (min, max) = data_type.range();
    let mut dice = support::Dice(data_type.size() as u64);
    with_type!(data_type, T => {
        let mut at = |(b, r, c): (usize, usize, usize)| T::from_value(Value::Float(match (r * 3 + c) % 19 {
            0 => max,
            1 => min,
            2 => dice.below(100) as f64,
            _ => (b * 31 + r / 4 + c / 5) as f64,
        }));
        Array3::from_shape_fn((bands, height, width), &mut at).into()
    })
}

/// Little-endian bytes in the order of a file with interleaved pixels: rows, columns, bands.
fn interleaved(array: &AnyArray) -> Vec<u8> {
    with_array!(AnyArray, array, a => {
        let samples: Vec<_> = a.view().permuted_axes([1, 2, 0]).iter().copied().collect();
        let mut bytes = vec![0; size_of_val(&samples[..])];
        Sample::copy_to_le(&samples, &mut bytes);
        bytes
    })
}

/// All samples of the image that the decoder is at, as little-endian bytes.
fn read(decoder: &mut Decoder<Cursor<&[u8]>>) -> tiff::TiffResult<Vec<u8>> {
    macro_rules! bytes {
        ($samples:expr) => {
            $samples.iter().flat_map(|v| v.to_le_bytes()).collect()
        };
    }
    Ok(match decoder.read_image()? {
        DecodingResult::U8(v) => v,
        DecodingResult::U16(v) => bytes!(v),
        DecodingResult::U32(v) => bytes!(v),
        DecodingResult::U64(v) => bytes!(v),
        DecodingResult::I8(v) => bytes!(v),
        DecodingResult::I16(v) => bytes!(v),
        DecodingResult::I32(v) => bytes!(v),
        DecodingResult::I64(v) => bytes!(v),
        DecodingResult::F16(v) => bytes!(v),
        DecodingResult::F32(v) => bytes!(v),
        DecodingResult::F64(v) => bytes!(v),
    })
}

const COMPRESSIONS: [Compression; 4] =
    [Compression::None, Compression::Lzw, Compression::Deflate, Compression::PackBits];
const PREDICTORS: [Predictor; 3] = [Predictor::None, Predictor::Horizontal, Predictor::FloatingPoint];

#[test]
fn every_type_compression_predictor_and_layout_that_it_reads() {
    let mut read_back = 0;
    for data_type in DataType::ALL.into_iter().filter(|t| !t.is_complex()) {
        for compression in COMPRESSIONS {
            for predictor in PREDICTORS {
                for blocks in [Blocks::Tiles { width: 32, height: 16 }, Blocks::Strips { rows: 9 }] {
                    for bands in [1, 3, 4] {
                        let mut options = CreateOptions::geotiff().with_compression(compression);
                        options.predictor = Some(predictor);
                        options.blocks = blocks;
                        options.interleave = Interleave::Pixel;
                        options.byte_order = if bands == 3 { ByteOrder::Big } else { ByteOrder::Little };
                        options.big_tiff = if bands == 4 { BigTiff::Yes } else { BigTiff::IfNeeded };
                        // Its LZW (weezl 0.1) loses streams that it decodes into pieces of rows (mended in weezl 0.2:
                        // image-rs/weezl, issue 68), so there the image is as wide as its tiles.
                        let in_pieces =
                            compression == Compression::Lzw && matches!(blocks, Blocks::Tiles { .. });
                        let (width, height) = (if in_pieces { 32 } else { 75 }, 49);
                        let info = RasterInfo::new(width, height, bands, data_type);
                        let Ok(writer) = GeoTiffWriter::new(&info, &options) else { continue };
                        let ours = pixels(data_type, (bands, height, width));
                        writer.write_window(&info.window(), &ours.view()).unwrap();
                        let file = writer.finish_bytes().unwrap();
                        let what = format!("{data_type} {compression:?} {predictor:?} {blocks:?} {bands}");
                        let mut decoder = Decoder::new(Cursor::new(&file[..])).unwrap();
                        assert_eq!(decoder.dimensions().unwrap(), (width as u32, 49), "{what}");
                        let theirs = read(&mut decoder).unwrap_or_else(|e| panic!("{what}: {e}"));
                        assert!(theirs == interleaved(&ours), "{what}");
                        read_back += 1;
                    }
                }
            }
        }
    }
    assert_eq!(read_back, 696);
}

#[test]
fn every_image_of_a_cog() {
    let info = RasterInfo::new(300, 200, 3, DataType::U8);
    let mut options = CreateOptions::cog()
        .with_compression(Compression::Deflate)
        .with_overviews(Overviews::Factors(vec![2, 4]), Resampling::Nearest);
    options.blocks = Blocks::Tiles { width: 64, height: 64 };
    let ours = pixels(DataType::U8, (3, 200, 300));
    let writer = GeoTiffWriter::new(&info, &options).unwrap();
    writer.write_window(&info.window(), &ours.view()).unwrap();
    let file = writer.finish_bytes().unwrap();
    let mut decoder = Decoder::new(Cursor::new(&file[..])).unwrap();
    assert!(read(&mut decoder).unwrap() == interleaved(&ours));
    for (level, size) in [(1, (150, 100)), (2, (75, 50))] {
        decoder.next_image().unwrap();
        assert_eq!(decoder.dimensions().unwrap(), size);
        let dataset = geotiff_io::Dataset::from_bytes(file.clone()).unwrap();
        let overview = raster_core::RasterSource::overview(&dataset, level - 1).unwrap();
        let info = overview.info();
        let small = overview.read_window(&info.all_bands(), &info.window()).unwrap();
        assert!(read(&mut decoder).unwrap() == interleaved(&small), "level {level}");
    }
    assert!(!decoder.more_images());
}
