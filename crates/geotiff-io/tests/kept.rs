//! What a copy keeps beside the pixels: tags that are metadata, and the number of bits.

use geotiff_io::{Compression, CreateOptions, Dataset, GeoTiffWriter, TransferOptions, write_raster_into};
use raster_core::{AnyArray, ColorTable, DataType, Nodata, RasterInfo, RasterSource, Window};

fn written(info: &RasterInfo, options: &CreateOptions, pixels: &AnyArray) -> Dataset {
    let writer = GeoTiffWriter::new(info, options).unwrap();
    writer.write_window(&info.window(), &pixels.view()).unwrap();
    Dataset::from_bytes(writer.finish_bytes().unwrap()).unwrap()
}

fn copied(source: &Dataset, options: &TransferOptions) -> Dataset {
    let mut file = Vec::new();
    write_raster_into(source, &mut file, options).unwrap();
    Dataset::from_bytes(file).unwrap()
}

/// Samples up to `most`, in two bands of 40 × 30.
fn pixels(data_type: DataType, bands: usize, most: u64) -> AnyArray {
    let sample = |(b, r, c): (usize, usize, usize)| (b * 17 + r * 41 + c * 5) as u64 % (most + 1);
    AnyArray::from(ndarray::Array3::from_shape_fn((bands, 30, 40), sample)).convert_to(data_type)
}

const ITEMS: [(&str, &str); 14] = [
    ("TIFFTAG_DOCUMENTNAME", "sheet 7"),
    ("TIFFTAG_IMAGEDESCRIPTION", "ü\nzwei"),
    ("TIFFTAG_SOFTWARE", "scan"),
    ("TIFFTAG_DATETIME", "2020:01:02 03:04:05"),
    ("TIFFTAG_ARTIST", "me"),
    ("TIFFTAG_HOSTCOMPUTER", "host"),
    ("TIFFTAG_COPYRIGHT", "(c)"),
    ("GEO_METADATA", "<MD_Metadata/>"),
    ("TIFF_RSID", "b4f1"),
    ("TIFFTAG_XRESOLUTION", "299.99939"),
    ("TIFFTAG_YRESOLUTION", "300"),
    ("TIFFTAG_MINSAMPLEVALUE", "2"),
    ("TIFFTAG_MAXSAMPLEVALUE", "200"),
    ("TIFFTAG_RESOLUTIONUNIT", "3 (pixels/cm)"),
];

#[test]
fn tags_that_are_metadata() {
    let mut info = RasterInfo::new(40, 30, 2, DataType::U8);
    ITEMS.iter().for_each(|(name, value)| info.metadata.set("", None, name, *value));
    // What the tag cannot hold stays an item.
    info.metadata.set("", None, "TIFFTAG_OTHER", "kept as an item");
    let source = written(&info, &CreateOptions::geotiff(), &pixels(DataType::U8, 2, 200));
    let same = copied(&source, &TransferOptions::new(CreateOptions::cog()));
    for (name, value) in ITEMS.iter().chain(&[("TIFFTAG_OTHER", "kept as an item")]) {
        assert_eq!(same.info().metadata.get("", None, name), Some(*value), "{name}");
    }
    // Other samples have other extremes.
    let mut options = TransferOptions::new(CreateOptions::cog());
    options.data_type = Some(DataType::U16);
    let other = copied(&source, &options).info().metadata.clone();
    assert_eq!(other.get("", None, "TIFFTAG_MAXSAMPLEVALUE"), None);
    assert_eq!(other.get("", None, "TIFFTAG_XRESOLUTION"), Some("299.99939"));
}

#[test]
fn the_number_of_bits() {
    for (data_type, bits) in [
        (DataType::U8, 1),
        (DataType::U8, 2),
        (DataType::U8, 4),
        (DataType::U8, 7),
        (DataType::U16, 9),
        (DataType::U16, 12),
        (DataType::U32, 17),
        (DataType::U32, 31),
    ] {
        for bands in [1, 2] {
            let info = RasterInfo::new(40, 30, bands, data_type);
            let samples = pixels(data_type, bands, (1 << bits) - 1);
            let mut narrow = CreateOptions::geotiff();
            narrow.bits = Some(bits);
            let source = written(&info, &narrow, &samples);
            assert_eq!((source.storage().bits, source.info().bits()), (bits, Some(bits)));
            for (compression, expected) in [
                (Compression::None, bits),
                (Compression::Deflate, bits),
                (Compression::Lzw, bits),
                (Compression::Zstd, bits),
                // It holds whole numbers of any range as it is.
                (Compression::Lerc, 8 * data_type.size() as u16),
            ] {
                let create = CreateOptions::cog().with_compression(compression);
                let copy = copied(&source, &TransferOptions::new(create));
                assert_eq!(copy.storage().bits, expected, "{data_type} {bits} {compression:?}");
                assert!(copy.read_any().array().unwrap() == samples, "{data_type} {bits} {compression:?}");
            }
            // A value that does not fit, and another type: all bits.
            let mut options = TransferOptions::new(CreateOptions::cog());
            options.nodata = Some(Nodata::from(if data_type == DataType::U8 { 255.0 } else { 65535.0 }));
            if bits < 16 {
                assert_eq!(copied(&source, &options).storage().bits, 8 * data_type.size() as u16);
            }
            if (bits, bands) != (1, 1) {
                // One band of single bits has a palette, as in GDAL, and that needs u8 or u16.
                options = TransferOptions::new(CreateOptions::cog());
                options.data_type = Some(DataType::I32);
                assert_eq!(copied(&source, &options).storage().bits, 32);
            }
        }
    }
}

#[test]
fn a_palette_of_two_colours_has_two() {
    let mut info = RasterInfo::new(40, 30, 1, DataType::U8);
    let table = ColorTable { entries: vec![[255, 0, 0, 255], [0, 0, 255, 255]] };
    info.bands[0].color_table = Some(table.clone());
    let mut narrow = CreateOptions::geotiff();
    narrow.bits = Some(1);
    let source = written(&info, &narrow, &pixels(DataType::U8, 1, 1));
    for compression in [Compression::Deflate, Compression::CcittG4] {
        let create = CreateOptions::cog().with_compression(compression);
        let copy = copied(&source, &TransferOptions::new(create));
        assert_eq!(copy.info().bands[0].color_table, Some(table.clone()), "{compression:?}");
        assert_eq!(copy.read_any().array().unwrap(), source.read_any().array().unwrap());
    }
}

#[test]
fn bits_that_do_not_fit_are_refused() {
    let info = |data_type| RasterInfo::new(4, 4, 1, data_type);
    let mut palette = info(DataType::U8);
    palette.bands[0].color_table = Some(ColorTable { entries: vec![[0; 4]; 5] });
    for (info, bits, word) in [
        (info(DataType::U8), 9, "1 to 8"),
        (info(DataType::U8), 0, "1 to 8"),
        (info(DataType::U16), 4, "9 to 16"),
        (info(DataType::I16), 12, "which has 16"),
        (info(DataType::F32), 24, "which has 32"),
        (info(DataType::U8).with_nodata(4), 2, "nodata value 4"),
        (palette, 2, "5 colours"),
    ] {
        let mut options = CreateOptions::geotiff();
        options.bits = Some(bits);
        let error = GeoTiffWriter::new(&info, &options).map(drop).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    // Samples, too; but not those that are missing.
    let mut options = CreateOptions::geotiff();
    (options.bits, options.mask) = (Some(4), Some(true));
    let pixels = AnyArray::from(ndarray::Array3::from_shape_fn((1, 4, 4), |(_, r, c)| (r * 4 + c) as u8 * 2));
    for (hidden, fits) in [(false, false), (true, true)] {
        let writer = GeoTiffWriter::new(&info(DataType::U8), &options).unwrap();
        let mask = ndarray::Array2::from_shape_fn((4, 4), |(r, _)| if hidden && r > 1 { 0u8 } else { 255 });
        let result = writer.write_masked_window(&Window::new(0, 0, 4, 4), &pixels.view(), &mask.view());
        assert_eq!(result.is_ok(), fits, "{result:?}");
    }
}
