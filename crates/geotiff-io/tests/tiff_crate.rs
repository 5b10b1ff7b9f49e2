//! What we write, read by an independent reader: the crate `tiff`, with `weezl`, `flate2` and `fax34` under it.
//!
//! Every combination of type, bits, compression, predictor, layout, interleave, number of bands and meaning that the writer takes
//! is written; byte order and BigTIFF alternate. What the crate cannot read is listed with the reason ([`why_not`]), and the
//! list is checked from both sides: it must fail there, and nowhere else.

mod support;

use geotiff_io::{
    BigTiff, Blocks, ByteOrder, Compression, CreateOptions, Dataset, FileLayout, GeoTiffWriter, Interleave,
    Overviews, Photometric, Predictor, Resampling,
};
use ndarray::Array3;
use raster_core::{
    AnyArray, ColorTable, DataType, RasterInfo, RasterSource, Sample, Value, with_array, with_type,
};
use std::{collections::BTreeMap, io::Cursor};
use tiff::decoder::{Decoder, DecodingResult};

/// Samples (bands, rows, columns) that repeat in places, with the extremes of the type (or of its bits) among them.
fn pixels(data_type: DataType, bits: Option<u16>, (bands, height, width): (usize, usize, usize)) -> AnyArray {
    let (min, max) = data_type.range();
    let max = bits.map_or(max, |bits| f64::from((1u32 << bits) - 1));
    let mut dice = support::Dice(data_type.size() as u64);
    with_type!(data_type, T => {
        let mut at = |(b, r, c): (usize, usize, usize)| T::from_value(Value::Float(match (r * 3 + c) % 19 {
            0 => max,
            1 => min,
            2 => (dice.below(100) as f64).min(max),
            _ => ((b * 31 + r / 4 + c / 5) as f64) % (max + 1.0).min(1e6),
        }));
        Array3::from_shape_fn((bands, height, width), &mut at).into()
    })
}

/// Little-endian bytes in the order of a file with interleaved pixels: rows, columns, bands; or of bands one after the other.
fn ordered(array: &AnyArray, interleaved: bool) -> Vec<u8> {
    let axes = if interleaved { [1, 2, 0] } else { [0, 1, 2] };
    with_array!(AnyArray, array, a => {
        let samples: Vec<_> = a.view().permuted_axes(axes).iter().copied().collect();
        let mut bytes = vec![0; size_of_val(&samples[..])];
        Sample::copy_to_le(&samples, &mut bytes);
        bytes
    })
}

/// All samples of the image that the decoder is at, of all planes, as little-endian bytes.
fn read(decoder: &mut Decoder<Cursor<&[u8]>>) -> tiff::TiffResult<Vec<u8>> {
    macro_rules! bytes {
        ($samples:expr) => {
            $samples.iter().flat_map(|v| v.to_le_bytes()).collect()
        };
    }
    let mut result = DecodingResult::U8(Vec::new());
    decoder.read_image_to_buffer(&mut result)?;
    Ok(match result {
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

/// Rows of `width` samples of few bits, as the crate hands them out, to bytes.
fn unpacked(packed: &[u8], width: usize, bits: u16) -> Vec<u8> {
    let bits = usize::from(bits);
    let row = |row: &[u8]| {
        let bit = |i: usize| row[i / 8] >> (7 - i % 8) & 1;
        let sample = |i: usize| (i * bits..(i + 1) * bits).fold(0, |sample, i| sample << 1 | bit(i));
        (0..width).map(sample).collect::<Vec<_>>()
    };
    packed.chunks_exact((width * bits).div_ceil(8)).flat_map(row).collect()
}

const COMPRESSIONS: [Compression; 12] = [
    Compression::None,
    Compression::Lzw,
    Compression::Deflate,
    Compression::PackBits,
    Compression::Jpeg,
    Compression::CcittG4,
    Compression::Zstd,
    Compression::Lzma,
    Compression::Lerc,
    Compression::LercDeflate,
    Compression::LercZstd,
    Compression::Webp,
];
const PREDICTORS: [Predictor; 3] = [Predictor::None, Predictor::Horizontal, Predictor::FloatingPoint];

/// Ways to lay out a file.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Layout {
    Strips,
    Tiles,
    Cog,
}

#[derive(Clone, Copy, Debug)]
struct Case {
    data_type: DataType,
    /// Fewer than those of the type.
    bits: Option<u16>,
    compression: Compression,
    predictor: Predictor,
    layout: Layout,
    interleave: Interleave,
    bands: usize,
    palette: bool,
}

/// Why the crate cannot read a case; `None` for one that it reads.
fn why_not(case: &Case) -> Option<&'static str> {
    Some(match case {
        c if c.data_type.is_complex() => "complex samples",
        Case { compression: Compression::Zstd, .. } => "Zstandard: the crate's decoder is C",
        // zune-jpeg, of which Cargo links one version only: ours is a later one.
        Case { compression: Compression::Jpeg, .. } => "JPEG: by an earlier version of our own decoder",
        Case { compression: Compression::Lzma, .. } => "LZMA",
        Case {
            compression: Compression::Lerc | Compression::LercDeflate | Compression::LercZstd, ..
        } => "LERC",
        Case { compression: Compression::Webp, .. } => "WebP: the same crate as ours would read it",
        Case { palette: true, .. } => "palettes",
        Case { bits: Some(9..), .. } => "9 to 15, 17 to 31 bits",
        Case { bits: Some(1..=7), bands: 3, .. } => "colours of few bits",
        _ => return None,
    })
}

/// The options of a case, number `n`; `None` where the writer does not take it.
fn writer(case: &Case, n: usize, info: &RasterInfo) -> Option<GeoTiffWriter> {
    let mut options =
        if case.layout == Layout::Cog { CreateOptions::cog() } else { CreateOptions::geotiff() }
            .with_compression(case.compression);
    options.overviews = Overviews::None;
    options.predictor = Some(case.predictor);
    options.bits = case.bits;
    options.blocks = match case.layout {
        Layout::Strips => Blocks::Strips { rows: 9 },
        Layout::Tiles | Layout::Cog => Blocks::Tiles { width: 32, height: 16 },
    };
    options.interleave = case.interleave;
    options.byte_order = if n % 2 == 1 { ByteOrder::Big } else { ByteOrder::Little };
    options.big_tiff = if n / 2 % 2 == 1 { BigTiff::Yes } else { BigTiff::IfNeeded };
    GeoTiffWriter::new(info, &options).ok()
}

fn cases() -> impl Iterator<Item = Case> {
    let types = DataType::ALL.into_iter().flat_map(|t| {
        let bits: &[Option<u16>] = match t {
            DataType::U8 => &[None, Some(1), Some(2), Some(3), Some(4), Some(7)],
            DataType::U16 => &[None, Some(12)],
            DataType::U32 => &[None, Some(24)],
            _ => &[None],
        };
        bits.iter().map(move |&bits| (t, bits))
    });
    let layouts = [
        (Layout::Strips, Interleave::Pixel),
        (Layout::Strips, Interleave::Band),
        (Layout::Tiles, Interleave::Pixel),
        (Layout::Tiles, Interleave::Band),
        (Layout::Cog, Interleave::Pixel),
        (Layout::Cog, Interleave::Band),
        (Layout::Cog, Interleave::Tile),
    ];
    let meanings = [(1, false), (1, true), (3, false), (4, false)];
    types.flat_map(move |(data_type, bits)| {
        COMPRESSIONS.into_iter().flat_map(move |compression| {
            PREDICTORS.into_iter().flat_map(move |predictor| {
                layouts.into_iter().flat_map(move |(layout, interleave)| {
                    meanings.into_iter().map(move |(bands, palette)| Case {
                        data_type,
                        bits,
                        compression,
                        predictor,
                        layout,
                        interleave,
                        bands,
                        palette,
                    })
                })
            })
        })
    })
}

#[test]
fn every_combination_that_we_write() {
    let mut read_back: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unread: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (n, case) in cases().enumerate() {
        // What it cannot read is tried now and then: it takes the writer longer than all the rest.
        if why_not(&case).is_some() && n % 7 != 0 {
            continue;
        }
        // Its LZW (weezl 0.1) loses streams that it decodes into pieces of rows (mended in weezl 0.2: image-rs/weezl, issue 68),
        // so there the image is as wide as its tiles.
        let in_pieces = case.compression == Compression::Lzw && case.layout != Layout::Strips;
        // It takes the last tiles of all planes but the first for whole ones: there they are.
        let apart = case.layout != Layout::Strips && case.interleave != Interleave::Pixel;
        let (width, height) = (if in_pieces { 32 } else { 75 }, if apart { 48 } else { 49 });
        let mut info = RasterInfo::new(width, height, case.bands, case.data_type);
        if case.palette {
            info.bands[0].color_table = Some(ColorTable { entries: vec![[1, 2, 3, 255], [4, 5, 6, 255]] });
        }
        let Some(writer) = writer(&case, n, &info) else { continue };
        let ours = pixels(case.data_type, case.bits, (case.bands, height, width));
        writer.write_window(&info.window(), &ours.view()).unwrap();
        let file = writer.finish_bytes().unwrap();
        let mut decoder = Decoder::new(Cursor::new(&file[..])).unwrap();
        assert_eq!(decoder.dimensions().unwrap(), (width as u32, height as u32), "{case:?}");
        let expected = ordered(&ours, case.interleave == Interleave::Pixel);
        let theirs = read(&mut decoder);
        match (why_not(&case), theirs) {
            (None, Ok(mut theirs)) => {
                if let Some(bits) = case.bits.filter(|b| *b < 8) {
                    let samples = if case.interleave == Interleave::Pixel { case.bands } else { 1 };
                    theirs = unpacked(&theirs, width * samples, bits);
                }
                if theirs != expected {
                    wrong.push(format!("{case:?}: other samples"));
                }
                *read_back.entry(case.compression.name()).or_default() += 1;
            }
            (Some(reason), Err(_)) => *unread.entry(reason).or_default() += 1,
            (None, Err(e)) => wrong.push(format!("{case:?}: {e}")),
            (Some(reason), Ok(_)) => wrong.push(format!("{case:?}: it reads what it should not: {reason}")),
        }
    }
    let (first, count) = (wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n"), wrong.len());
    assert!(wrong.is_empty(), "{count} of\n{read_back:?}\n{unread:?}\n{first}");
    assert!(read_back.values().sum::<usize>() > 2000, "{read_back:?}");
    assert_eq!(read_back.len(), 5, "{read_back:?}");
}

/// Meanings that bands state: the tags say so, and the samples are what they were.
#[test]
fn colours_and_alpha() {
    use tiff::ColorType;
    for (photometric, bands, data_type, expected) in [
        (Photometric::Rgb, 3, DataType::U8, ColorType::RGB(8)),
        (Photometric::Rgb, 3, DataType::U16, ColorType::RGB(16)),
        (Photometric::Rgb, 4, DataType::U8, ColorType::RGBA(8)),
        (Photometric::Separated, 4, DataType::U8, ColorType::CMYK(8)),
        (Photometric::BlackIsZero, 1, DataType::F32, ColorType::Gray(32)),
        (Photometric::BlackIsZero, 7, DataType::U16, ColorType::Multiband { bit_depth: 16, num_samples: 7 }),
    ] {
        let mut info = RasterInfo::new(40, 30, bands, data_type);
        if (photometric, bands) == (Photometric::Rgb, 4) {
            info.bands[3].color = raster_core::ColorInterp::Alpha;
        }
        let mut options = CreateOptions::geotiff().with_compression(Compression::Deflate);
        options.photometric = Some(photometric);
        options.layout = FileLayout::Cog;
        let ours = pixels(data_type, None, (bands, 30, 40));
        let writer = GeoTiffWriter::new(&info, &options).unwrap();
        writer.write_window(&info.window(), &ours.view()).unwrap();
        let file = writer.finish_bytes().unwrap();
        let mut decoder = Decoder::new(Cursor::new(&file[..])).unwrap();
        assert_eq!(decoder.colortype().unwrap(), expected);
        assert!(read(&mut decoder).unwrap() == ordered(&ours, true), "{photometric:?} {bands} {data_type}");
    }
}

#[test]
fn every_image_of_a_cog() {
    for interleave in [Interleave::Pixel, Interleave::Band, Interleave::Tile] {
        let pixel = interleave == Interleave::Pixel;
        // Whole tiles where planes lie apart, as above.
        let (width, height, side) = if pixel { (300, 200, 64) } else { (256, 128, 32) };
        let info = RasterInfo::new(width, height, 3, DataType::U8);
        let mut options = CreateOptions::cog()
            .with_compression(Compression::Deflate)
            .with_interleave(interleave)
            .with_overviews(Overviews::Factors(vec![2, 4]), Resampling::Nearest);
        options.blocks = Blocks::Tiles { width: side, height: side };
        let ours = pixels(DataType::U8, None, (3, height, width));
        let writer = GeoTiffWriter::new(&info, &options).unwrap();
        writer.write_window(&info.window(), &ours.view()).unwrap();
        let file = writer.finish_bytes().unwrap();
        let mut decoder = Decoder::new(Cursor::new(&file[..])).unwrap();
        assert!(read(&mut decoder).unwrap() == ordered(&ours, pixel));
        for level in [1, 2] {
            decoder.next_image().unwrap();
            let size = ((width >> level) as u32, (height >> level) as u32);
            assert_eq!(decoder.dimensions().unwrap(), size);
            let dataset = Dataset::from_bytes(file.clone()).unwrap();
            let overview = RasterSource::overview(&dataset, level - 1).unwrap();
            let info = overview.info();
            let small = overview.read_window(&info.all_bands(), &info.window()).unwrap();
            assert!(read(&mut decoder).unwrap() == ordered(&small, pixel), "level {level}");
        }
        assert!(!decoder.more_images());
    }
}
