//! Every data type × compression × predictor × layout that can be written, read back equal.

use crs::{GeoKeyValue, GeoKeys};
use geotiff_io::{
    BigTiff, Blocks, ByteOrder, Compression, CreateOptions, Dataset, GeoTiffWriter, Interleave, Overviews,
    Predictor, Resampling, TransferOptions, ValidityAs, write_raster_into,
};
use ndarray::{Array2, Array3};
use raster_core::{
    AnyArray, ColorInterp, ColorTable, DataType, ErrorKind, Gcp, GeoTransform, MaskKind, MemoryRaster,
    Nodata, RasterInfo, RasterSource, Sample, Value, Window, with_type,
};

/// Smooth in places, rough in others, with the extremes of the type in it.
fn pixels(data_type: DataType, bands: usize, height: usize, width: usize) -> AnyArray {
    let (min, max) = data_type.range();
    with_type!(data_type, T => {
        let at = |(b, r, c): (usize, usize, usize)| {
            let x = (b * 31 + r * 7 + c * 3 + (r * c) % 11) as f64;
            let v = match (r + c) % 17 {
                0 => max,
                1 => min,
                _ if data_type.is_integer() => min.max(-90.0) + x % 120.0,
                _ => x * 0.37 - 20.0,
            };
            T::from_value(if data_type.is_complex() { Value::Complex(v, -x) } else { Value::Float(v) })
        };
        Array3::from_shape_fn((bands, height, width), at).into()
    })
}

fn write(pixels: &AnyArray, info: &RasterInfo, options: &CreateOptions) -> geotiff_io::Result<bytes::Bytes> {
    let writer = GeoTiffWriter::new(info, options)?;
    writer.write_window(&info.window(), &pixels.view())?;
    writer.finish_bytes()
}

fn read(bytes: bytes::Bytes) -> AnyArray {
    let dataset = Dataset::from_bytes(bytes).unwrap();
    dataset.read_window(&dataset.info().all_bands(), &dataset.info().window()).unwrap()
}

const LOSSLESS: [Compression; 9] = [
    Compression::None,
    Compression::Lzw,
    Compression::Deflate,
    Compression::Zstd,
    Compression::PackBits,
    Compression::Lzma,
    Compression::Lerc,
    Compression::LercDeflate,
    Compression::LercZstd,
];

#[test]
fn every_type_compression_predictor_and_layout() {
    let (width, height) = (37, 41);
    let mut written = 0;
    for data_type in DataType::ALL {
        for compression in LOSSLESS {
            for predictor in
                [None, Some(Predictor::None), Some(Predictor::Horizontal), Some(Predictor::FloatingPoint)]
            {
                for (i, blocks) in [Blocks::Tiles { width: 16, height: 32 }, Blocks::Strips { rows: 9 }]
                    .into_iter()
                    .enumerate()
                {
                    for (bands, interleave) in
                        [(1, Interleave::Pixel), (3, Interleave::Pixel), (2, Interleave::Band)]
                    {
                        let mut options = CreateOptions::geotiff().with_compression(compression);
                        options.predictor = predictor;
                        options.blocks = blocks;
                        options.interleave = interleave;
                        options.byte_order =
                            if (i + bands) % 2 == 0 { ByteOrder::Big } else { ByteOrder::Little };
                        options.big_tiff = if bands == 3 { BigTiff::Yes } else { BigTiff::IfNeeded };
                        let info = RasterInfo::new(width, height, bands, data_type);
                        let pixels = pixels(data_type, bands, height, width);
                        let what =
                            format!("{data_type} {compression:?} {predictor:?} {blocks:?} {interleave:?}");
                        match write(&pixels, &info, &options) {
                            Ok(bytes) => {
                                assert_eq!(read(bytes), pixels, "{what}");
                                written += 1;
                            }
                            // What cannot be written is refused by name, and only for these reasons.
                            Err(e) => {
                                assert!(
                                    matches!(e.kind(), ErrorKind::Misuse | ErrorKind::Unsupported),
                                    "{what}: {e}"
                                );
                                assert!(
                                    predictor.is_some_and(|p| p != Predictor::None)
                                        || compression.name().starts_with("lerc"),
                                    "{what}: {e}"
                                );
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(written > 2000, "{written}");
}

#[test]
fn jpeg_and_webp() {
    let smooth = Array3::from_shape_fn((3, 70, 90), |(b, r, c)| (b * 40 + r + c) as u8);
    let info = RasterInfo::new(90, 70, 3, DataType::U8);
    let pixels = AnyArray::from(smooth.clone());
    let webp = CreateOptions::cog().with_block_size(32).with_compression(Compression::Webp);
    assert_eq!(read(write(&pixels, &info, &webp).unwrap()), pixels);
    let mut jpeg = CreateOptions::cog().with_block_size(32).with_compression(Compression::Jpeg);
    jpeg.quality = 95;
    let back = read(write(&pixels, &info, &jpeg).unwrap()).into_typed::<u8>().unwrap();
    for (at, v) in back.indexed_iter() {
        assert!(v.abs_diff(smooth[at]) < 12, "{at:?}: {v}, was {}", smooth[at]);
    }
}

#[test]
fn everything_that_a_raster_says_about_itself() {
    let mut info = RasterInfo::new(20, 10, 3, DataType::U16);
    info.transform = Some(GeoTransform::from_origin(600_000.0, 5_200_000.0, 30.0, 30.0));
    info.metadata.set("", None, "TITLE", "<dataset & tag>");
    info.metadata.set("", None, "literal", " &amp; &#65; '\"\r\n");
    info.metadata.set("a&b", None, "k<\n\">", "v");
    info.metadata.set("", None, "AREA_OR_POINT", "Area");
    info.metadata.set("", None, "TIFFTAG_SOFTWARE", "mucho");
    info.metadata.set("ALT", None, "k", "v");
    info.metadata.set("GEORACOON", Some(2), "category", "\"forest\"");
    for (i, band) in info.bands.iter_mut().enumerate() {
        band.nodata = Some(Nodata::Int(7));
        band.mask = MaskKind::Nodata;
        band.description = Some(format!("band {i}"));
    }
    info.bands[0].scale = 0.5;
    info.bands[0].offset = 10.0;
    info.bands[0].unit = Some("metre".into());
    info.bands[0].color = ColorInterp::Gray;
    info.bands[1].color = ColorInterp::Red;
    let options = CreateOptions::cog().with_block_size(16);
    let bytes = write(&pixels(DataType::U16, 3, 10, 20), &info, &options).unwrap();
    let dataset = Dataset::from_bytes(bytes).unwrap();
    let back = dataset.info();
    assert_eq!(back.transform, info.transform);
    // That pixels are areas is the default, and has no key in a file without a coordinate system.
    let stated =
        |i: &&raster_core::MetadataItem| (i.name.as_str(), i.value.as_str()) != ("AREA_OR_POINT", "Area");
    for item in info.metadata.items().iter().filter(stated) {
        assert_eq!(
            back.metadata.get(&item.domain, item.band, &item.name),
            Some(item.value.as_str()),
            "{item:?}"
        );
    }
    assert_eq!(back.bands, info.bands);
}

#[test]
fn colour_tables_control_points_and_rotation() {
    let mut info = RasterInfo::new(20, 10, 1, DataType::U8);
    let entries: Vec<[u8; 4]> = (0..=255).map(|i| [i, 255 - i, i / 2, 255]).collect();
    info.bands[0].color = ColorInterp::Palette;
    info.bands[0].color_table = Some(ColorTable { entries });
    info.transform = Some(GeoTransform { a: 2.0, b: 0.5, c: 10.0, d: 0.25, e: -3.0, f: 20.0 });
    let array = pixels(DataType::U8, 1, 10, 20);
    let back = Dataset::from_bytes(write(&array, &info, &CreateOptions::cog()).unwrap()).unwrap();
    assert_eq!(back.info().bands, info.bands);
    assert_eq!(back.info().transform, info.transform);
    info.transform = None;
    info.gcps = (0..4)
        .map(|i| Gcp { col: f64::from(i), row: f64::from(i * i), x: 10.0 + f64::from(i), y: 5.0, z: 1.0 })
        .collect();
    let back = Dataset::from_bytes(write(&array, &info, &CreateOptions::geotiff()).unwrap()).unwrap();
    assert_eq!(back.info().gcps, info.gcps);
    // The colours are averaged, not the indices.
    let options = CreateOptions::cog().with_overviews(Overviews::Auto, Resampling::Average);
    assert!(write(&array, &info, &options).is_ok());
}

#[test]
fn masks_and_their_overviews() {
    let array = pixels(DataType::I16, 2, 60, 70);
    let mask = Array2::from_shape_fn((60, 70), |(r, c)| if (r / 9 + c / 7) % 3 == 0 { 0 } else { 255 });
    let source = MemoryRaster::new(array.clone()).with_mask(mask.clone()).unwrap();
    for compression in [Compression::None, Compression::Deflate] {
        let create = CreateOptions::cog()
            .with_block_size(16)
            .with_compression(compression)
            .with_overviews(Overviews::Auto, Resampling::Average);
        let mut bytes = Vec::new();
        write_raster_into(&source, &mut bytes, &TransferOptions::new(create)).unwrap();
        let dataset = Dataset::from_bytes(bytes).unwrap();
        assert_eq!(dataset.read_window(&[1, 2], &Window::whole(70, 60)).unwrap(), array);
        let back = dataset.read_mask_window(&[1], &Window::whole(70, 60)).unwrap();
        assert_eq!(back.index_axis(ndarray::Axis(0), 0), mask);
        let level = dataset.overview(0).unwrap();
        let small = level.read_mask_window(&[1], &level.info().window()).unwrap();
        for ((_, r, c), &v) in small.indexed_iter() {
            let any = (0..4).any(|i| mask[[2 * r + i / 2, 2 * c + i % 2]] != 0);
            assert_eq!(v != 0, any, "{r} {c}");
        }
    }
}

#[test]
fn validity_becomes_a_mask_or_alpha() {
    let array = Array3::from_shape_fn((1, 20, 30), |(_, r, c)| (r * c % 5) as u8);
    let source = MemoryRaster::new(array.clone()).with_nodata(Nodata::Int(0));
    for validity in [ValidityAs::Mask, ValidityAs::Alpha, ValidityAs::None] {
        let mut options = TransferOptions::new(CreateOptions::cog().with_block_size(16));
        options.validity = validity;
        let mut bytes = Vec::new();
        write_raster_into(&source, &mut bytes, &options).unwrap();
        let dataset = Dataset::from_bytes(bytes).unwrap();
        assert_eq!(dataset.info().nodata(), None);
        let mask = dataset.read_mask_window(&[1], &Window::whole(30, 20)).unwrap();
        for ((_, r, c), &v) in mask.indexed_iter() {
            assert_eq!(v != 0, validity == ValidityAs::None || array[[0, r, c]] != 0);
        }
    }
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let array = pixels(DataType::U8, 1, 10, 20);
    let info = RasterInfo::new(20, 10, 1, DataType::U8);
    let refused = |info: &RasterInfo, options: &CreateOptions| {
        let kind = GeoTiffWriter::new(info, options).unwrap_err().kind();
        assert!(matches!(kind, ErrorKind::Misuse | ErrorKind::Unsupported), "{options:?}: {kind:?}");
    };
    for (data_type, nodata) in [
        (DataType::U8, "256"),
        (DataType::U8, "-1"),
        (DataType::U8, "nan"),
        (DataType::I16, "nan"),
        (DataType::F32, "1e40"),
    ] {
        let mut info = RasterInfo::new(20, 10, 1, data_type);
        info.bands[0].nodata = Nodata::parse(nodata);
        refused(&info, &CreateOptions::geotiff());
    }
    let geotiff = CreateOptions::geotiff;
    refused(&info, &geotiff().with_block_size(17));
    let mut strips = CreateOptions::cog();
    strips.blocks = Blocks::Strips { rows: 4 };
    refused(&info, &strips);
    refused(
        &info,
        &geotiff().with_compression(Compression::Deflate).with_predictor(Predictor::FloatingPoint),
    );
    refused(&RasterInfo::new(0, 10, 1, DataType::U8), &geotiff());
    refused(&RasterInfo::new(10, 10, 0, DataType::U8), &geotiff());
    refused(&RasterInfo::new(10, 10, 2, DataType::U16), &geotiff().with_compression(Compression::Jpeg));

    let writer = GeoTiffWriter::new(&info, &geotiff()).unwrap();
    let window = Window::whole(20, 10);
    let misuse = |r: geotiff_io::Result<()>| assert_eq!(r.unwrap_err().kind(), ErrorKind::Misuse);
    misuse(writer.write_window(&Window::new(1, 0, 20, 10), &array.view()));
    misuse(writer.write_window(&Window::new(0, 0, 10, 10), &array.view()));
    misuse(writer.write_window(&window, &pixels(DataType::I8, 1, 10, 20).view()));
    misuse(writer.write_mask_window(&window, &Array2::zeros((10, 20)).view()));
    // Refused calls have changed nothing; writing twice has.
    writer.write_window(&window, &array.view()).unwrap();
    misuse(writer.write_window(&Window::new(3, 3, 2, 2), &array.view().window(&Window::new(3, 3, 2, 2))));
    assert!(writer.finish_bytes().is_err());
}

#[test]
fn a_failing_sink_or_source_leaves_nothing() {
    struct Full(usize);
    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let source = MemoryRaster::new(pixels(DataType::F32, 1, 100, 100));
    let options = TransferOptions::new(CreateOptions::cog().with_block_size(32));
    for room in [0, 100, 2000, 10_000] {
        let error = write_raster_into(&source, &mut Full(room), &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
    }
    let directory = std::env::temp_dir().join(format!("geotiff-io-roundtrip-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let target = directory.join("a.tif");
    std::fs::write(&target, b"before").unwrap();
    let mut cancelled = options.clone();
    cancelled.on_progress = Some(std::sync::Arc::new(|_| std::ops::ControlFlow::Break(())));
    let error = geotiff_io::write_raster(&source, &target, &cancelled).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut panics = options.clone();
        panics.on_progress = Some(std::sync::Arc::new(|_| panic!("in the callback")));
        geotiff_io::write_raster(&source, &target, &panics)
    }));
    assert!(panicked.is_err());
    assert_eq!(std::fs::read(&target).unwrap(), b"before");
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 1, "no temporary file is left");
    geotiff_io::write_raster(&source, &target, &options).unwrap();
    assert_eq!(&std::fs::read(&target).unwrap()[..2], b"II");
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn keys_that_are_too_long_are_refused() {
    let info = RasterInfo::new(1, 1, 1, DataType::U8);
    let mut options = CreateOptions::geotiff();
    for value in [GeoKeyValue::Ascii("x".repeat(70_000)), GeoKeyValue::Double(vec![0.5; 70_000])] {
        let mut keys = GeoKeys::default();
        keys.set(1026, value);
        options.geo_keys = Some(keys);
        let error = write(&pixels(DataType::U8, 1, 1, 1), &info, &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misuse, "{error}");
    }
}

/// Whole numbers beyond 2^24 that single precision does not have are presented as what samples are compared with.
#[test]
fn nodata_of_single_precision_is_a_number_that_samples_can_have() {
    let mut info = RasterInfo::new(1, 1, 1, DataType::F32);
    let stated = -2.021_864_329_071_243e17;
    (info.bands[0].nodata, info.bands[0].mask) = (Some(Nodata::Float(stated)), MaskKind::Nodata);
    let pixels = Array3::from_elem((1, 1, 1), stated as f32).into();
    let dataset = Dataset::from_bytes(write(&pixels, &info, &CreateOptions::geotiff()).unwrap()).unwrap();
    assert_eq!(dataset.info().nodata(), Some(Nodata::Float(f64::from(stated as f32))));
    assert_eq!(dataset.read_mask_window(&[1], &info.window()).unwrap()[[0, 0, 0]], 0);
}

#[test]
fn overviews_of_strips_are_refused() {
    let info = RasterInfo::new(2, 19, 1, DataType::U8);
    let mut options = CreateOptions::geotiff();
    (options.blocks, options.overviews) = (Blocks::Strips { rows: 2 }, Overviews::Factors(vec![2]));
    let error = GeoTiffWriter::new(&info, &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse, "{error}");
}

#[test]
fn overviews_added_to_a_file() {
    let directory = std::env::temp_dir().join(format!("geotiff-io-append-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("a.tif");
    let array = pixels(DataType::I16, 2, 90, 110);
    let info = RasterInfo::new(110, 90, 2, DataType::I16);
    for byte_order in [ByteOrder::Little, ByteOrder::Big] {
        for big in [BigTiff::No, BigTiff::Yes] {
            for cog in [false, true] {
                let mut options = if cog { CreateOptions::cog() } else { CreateOptions::geotiff() }
                    .with_block_size(32)
                    .with_compression(Compression::Deflate);
                options.overviews = Overviews::None;
                (options.byte_order, options.big_tiff) = (byte_order, big);
                std::fs::write(&path, write(&array, &info, &options).unwrap()).unwrap();
                geotiff_io::add_overviews(
                    &path,
                    &Overviews::Factors(vec![2, 4]),
                    Some(Resampling::Average),
                    None,
                )
                .unwrap();
                let dataset = Dataset::open(&path).unwrap();
                assert_eq!(dataset.info().overviews, [(55, 45), (28, 23)]);
                assert_eq!(dataset.read_window(&[1, 2], &info.window()).unwrap(), array);
                let level = dataset.overview(1).unwrap();
                let small = level.read_window(&[2], &level.info().window()).unwrap();
                options.overviews = Overviews::Factors(vec![2, 4]);
                options.overview_resampling = Some(Resampling::Average);
                let whole = Dataset::from_bytes(write(&array, &info, &options).unwrap()).unwrap();
                let expected = whole.overview(1).unwrap();
                assert_eq!(small, expected.read_window(&[2], &expected.info().window()).unwrap());
                let report = geotiff_io::validate(&path).unwrap();
                assert!(!report.is_valid(false), "a file that was added to is no COG");
                // Again: other overviews take the place of those.
                let factors = Overviews::Factors(vec![3]);
                geotiff_io::add_overviews(&path, &factors, Some(Resampling::Nearest), None).unwrap();
                let dataset = Dataset::open(&path).unwrap();
                assert_eq!(dataset.info().overviews, [(37, 30)]);
                assert_eq!((dataset.directory_count(), dataset.warnings().len()), (2, 0));
                assert_eq!(dataset.read_window(&[1, 2], &info.window()).unwrap(), array);
                options.overviews = factors;
                options.overview_resampling = Some(Resampling::Nearest);
                let whole = Dataset::from_bytes(write(&array, &info, &options).unwrap()).unwrap();
                let (new, expected) = (dataset.overview(0).unwrap(), whole.overview(0).unwrap());
                let window = expected.info().window();
                assert_eq!(
                    new.read_window(&[2], &window).unwrap(),
                    expected.read_window(&[2], &window).unwrap()
                );
            }
        }
    }
    std::fs::remove_dir_all(&directory).unwrap();
}
