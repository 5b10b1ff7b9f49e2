//! What holds for all rasters, options and windows: written pixels are read back, by any window, from any order of
//! windows.

use bytes::Bytes;
use geotiff_io::{
    BigTiff, Blocks, ByteOrder, Compression, CreateOptions, Dataset, GeoTiffWriter, Interleave, OpenOptions,
    Overviews, Predictor, Resampling, validate_source,
};
use ndarray::Array3;
use proptest::{collection::vec, prelude::*, sample::select, test_runner::RngSeed};
use raster_core::{AnyArray, DataType, RasterInfo, RasterSource, Sample, Window, with_array, with_type};
use std::sync::Arc;

/// `PROPTEST_CASES`, or few enough to be quick; many and always others when long tests are asked for.
fn cases(quick: u32) -> ProptestConfig {
    let long = std::env::var_os("MUCHO_LONG_TESTS").is_some();
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = if long { 40 * quick } else { quick };
    }
    if !long {
        // The same cases in every run, so that a failure is one of the change at hand.
        config.rng_seed = RngSeed::Fixed(1);
    }
    config.failure_persistence = None;
    config
}

#[derive(Clone, Debug)]
struct Case {
    info: RasterInfo,
    options: CreateOptions,
    bytes: Vec<u8>,
}

prop_compose! {
    fn options()(
        cog in any::<bool>(),
        compression in select(vec![
            Compression::None, Compression::Lzw, Compression::Deflate, Compression::Zstd, Compression::PackBits,
            Compression::Lzma, Compression::Lerc, Compression::LercDeflate, Compression::LercZstd,
        ]),
        predictor in select(vec![None, Some(Predictor::None), Some(Predictor::Horizontal), Some(Predictor::FloatingPoint)]),
        tile in (1usize..5, 1usize..5),
        strip in prop::option::of(1usize..50),
        interleave in select(vec![Interleave::Pixel, Interleave::Band, Interleave::Tile]),
        big_endian in any::<bool>(),
        big_tiff in any::<bool>(),
        sparse in any::<bool>(),
    ) -> CreateOptions {
        let mut options = if cog { CreateOptions::cog() } else { CreateOptions::geotiff() };
        options.blocks = match strip {
            Some(rows) if !cog => Blocks::Strips { rows },
            _ => Blocks::Tiles { width: 16 * tile.0, height: 16 * tile.1 },
        };
        (options.compression, options.predictor, options.sparse) = (compression, predictor, sparse);
        options.interleave = if !cog && interleave == Interleave::Tile { Interleave::Band } else { interleave };
        options.byte_order = if big_endian { ByteOrder::Big } else { ByteOrder::Little };
        options.big_tiff = if big_tiff { BigTiff::Yes } else { BigTiff::IfNeeded };
        options.overview_resampling = Some(Resampling::Nearest);
        options
    }
}

prop_compose! {
    fn case()(
        options in options(),
        data_type in select(DataType::ALL.to_vec()),
        size in (1usize..90, 1usize..90),
        bands in 1usize..5,
        bytes in vec(any::<u8>(), 1..200),
    ) -> Case {
        Case { info: RasterInfo::new(size.0, size.1, bands, data_type), options, bytes }
    }
}

/// The bytes, over and over, with zeros between; numbers that are no NaN, since LERC keeps one NaN only.
fn pixels(case: &Case) -> AnyArray {
    let info = &case.info;
    let size = info.data_type.size();
    with_type!(info.data_type, T => {
        let mut next = case.bytes.iter().cycle();
        Array3::from_shape_fn((info.band_count(), info.height, info.width), |(_, r, c)| {
            let raw: Vec<u8> = (0..size).map(|_| *next.next().unwrap()).collect();
            let mut sample = [T::default()];
            if (r / 16 + c / 16) % 3 > 0 {
                Sample::copy_from_le(&mut sample, &raw);
            }
            if sample[0].is_nan() { T::default() } else { sample[0] }
        })
        .into()
    })
}

/// Nothing when the options do not fit the type.
fn writer(case: &Case) -> Option<GeoTiffWriter> {
    GeoTiffWriter::new(&case.info, &case.options).ok()
}

fn written(case: &Case, pixels: &AnyArray, windows: &[Window]) -> Option<Bytes> {
    let writer = writer(case)?;
    for window in windows {
        writer.write_window(window, &pixels.view().window(window)).unwrap();
    }
    Some(writer.finish_bytes().unwrap())
}

/// Bit for bit.
fn raw(array: &AnyArray) -> Vec<u8> {
    with_array!(AnyArray, array, a => {
        let samples: Vec<_> = a.iter().copied().collect();
        let mut bytes = vec![0; size_of_val(&samples[..])];
        Sample::copy_to_le(&samples, &mut bytes);
        bytes
    })
}

/// A raster cut at some rows and columns, in some order.
fn pieces(info: &RasterInfo, rows: usize, cols: usize, order: usize) -> Vec<Window> {
    let (rows, cols) = (rows.min(info.height), cols.min(info.width));
    let mut windows: Vec<_> =
        raster_core::tile_windows((info.width, info.height), (cols, rows), 0).unwrap().collect();
    let middle = order % windows.len();
    windows.rotate_left(middle);
    if order % 2 == 1 {
        windows.reverse();
    }
    windows
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn what_is_written_is_read(case in case(), asked in (0usize..90, 0usize..90, 1usize..90, 1usize..90), threads in 1usize..4) {
        let pixels = pixels(&case);
        let info = &case.info;
        let Some(file) = written(&case, &pixels, &[info.window()]) else { return Ok(()) };
        let dataset = OpenOptions::new().threads(threads).from_bytes(file.clone()).unwrap();
        prop_assert!(dataset.warnings().is_empty());
        let back = dataset.read_window(&info.all_bands(), &info.window()).unwrap();
        prop_assert_eq!(raw(&back), raw(&pixels));
        let window = Window::new(
            (asked.0 % info.width) as i64,
            (asked.1 % info.height) as i64,
            asked.2,
            asked.3,
        )
        .crop(info.width, info.height);
        let band = 1 + asked.0 % info.band_count();
        let part = dataset.read_window(&[band], &window).unwrap();
        prop_assert_eq!(raw(&part), raw(&pixels.view().band(band - 1).window(&window).to_owned()));
        if case.options.layout == geotiff_io::FileLayout::Cog {
            let report = validate_source(Arc::new(file)).unwrap();
            // The validators count reductions by rounded ratios, which for a few pixels say nothing.
            prop_assert!(report.is_valid(true) || info.width.min(info.height) < 16, "{:?}", report);
        }
    }

    #[test]
    fn the_order_of_windows_changes_no_byte(case in case(), rows in 1usize..60, cols in 1usize..60, order in 0usize..100) {
        let pixels = pixels(&case);
        let Some(whole) = written(&case, &pixels, &[case.info.window()]) else { return Ok(()) };
        let cut = written(&case, &pixels, &pieces(&case.info, rows, cols, order)).unwrap();
        prop_assert!(whole == cut, "other bytes");
    }

    /// Nearest overviews hold the pixels that `gdaladdo` takes.
    #[test]
    fn overviews_pick_pixels(case in case(), factor in 2usize..5) {
        let mut case = case;
        case.options.overviews = Overviews::Factors(vec![factor]);
        let pixels = pixels(&case);
        let Some(file) = written(&case, &pixels, &[case.info.window()]) else { return Ok(()) };
        let dataset = Dataset::from_bytes(file).unwrap();
        let overview = dataset.overview(0).unwrap();
        let (info, whole) = (overview.info(), pixels.view());
        let size = (case.info.width.div_ceil(factor), case.info.height.div_ceil(factor));
        prop_assert_eq!((info.width, info.height), size);
        let small = overview.read_window(&info.all_bands(), &info.window()).unwrap();
        let source = |at: usize, length: usize, reduced: usize| {
            ((at as f64 * (length as f64 / reduced as f64) + 0.5) as usize).min(length - 1)
        };
        for (band, row, col) in (0..case.info.band_count())
            .flat_map(|b| (0..size.1).flat_map(move |r| (0..size.0).map(move |c| (b, r, c))))
        {
            let from = (source(row, case.info.height, size.1), source(col, case.info.width, size.0));
            prop_assert_eq!(small.view().value(band, row, col), whole.value(band, from.0, from.1));
        }
    }
}

proptest! {
    #![proptest_config(cases(64))]

    /// Sizes of automatic overviews end in one block, and each is about half of the one before.
    #[test]
    fn automatic_overviews_end_in_one_block(size in (1usize..100_000, 1usize..100_000), block in (1usize..2000, 1usize..2000)) {
        let levels = Overviews::Auto.sizes(size, block).unwrap();
        let mut last = size;
        for level in levels {
            prop_assert!(last.0 > block.0 || last.1 > block.1);
            prop_assert_eq!(level, ((last.0 / 2).max(1), (last.1 / 2).max(1)));
            last = level;
        }
        prop_assert!(last.0 <= block.0 && last.1 <= block.1);
    }
}
