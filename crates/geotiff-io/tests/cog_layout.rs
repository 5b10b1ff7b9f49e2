//! The structure of the files that the writer makes.

use geotiff_io::{CreateOptions, Dataset, GeoTiffWriter, Overviews, Resampling};
use ndarray::Array3;
use raster_core::{AnyArray, DataType, RasterInfo, RasterSource, Window};

fn ramp(bands: usize, height: usize, width: usize) -> AnyArray {
    Array3::from_shape_fn((bands, height, width), |(b, r, c)| (b * 70 + r * 3 + c * c / 50) as u8).into()
}

fn write_in_windows(pixels: &AnyArray, options: &CreateOptions, windows: &[Window]) -> bytes::Bytes {
    let (bands, height, width) = pixels.shape();
    let info = RasterInfo::new(width, height, bands, pixels.data_type());
    let writer = GeoTiffWriter::new(&info, options).unwrap();
    for window in windows {
        writer.write_window(window, &pixels.view().window(window)).unwrap();
    }
    writer.finish_bytes().unwrap()
}

#[test]
fn any_order_of_windows_gives_the_same_bytes() {
    let pixels = ramp(2, 301, 413);
    for resampling in Resampling::ALL.into_iter().filter(|r| r.check_for_decimation().is_ok()) {
        let options = CreateOptions::cog().with_block_size(64).with_overviews(Overviews::Auto, resampling);
        let whole = write_in_windows(&pixels, &options, &[Window::whole(413, 301)]);
        for (rows, cols) in [(64, 64), (50, 413), (301, 7), (33, 65)] {
            let mut windows: Vec<_> =
                raster_core::tile_windows((413, 301), (cols, rows), 0).unwrap().collect();
            assert!(whole == write_in_windows(&pixels, &options, &windows), "{resampling} {rows} {cols}");
            windows.reverse();
            assert!(whole == write_in_windows(&pixels, &options, &windows), "{resampling} {rows} {cols}");
            // Everything that waits goes through a file.
            let mut frugal = options.clone();
            frugal.waiting_memory = 0;
            assert!(whole == write_in_windows(&pixels, &frugal, &windows), "{resampling} {rows} {cols}");
        }
        let read = Dataset::from_bytes(whole).unwrap();
        assert_eq!(read.info().overviews, [(206, 150), (103, 75), (51, 37)]);
        assert!(read.is_cog());
        assert_eq!(read.read_window(&[1, 2], &Window::whole(413, 301)).unwrap(), pixels);
    }
}

/// Types, masks, windows that never come, and several threads, with nothing kept in memory and with everything.
#[test]
fn blocks_that_wait_in_a_file_are_the_same() {
    let write = |data_type: DataType, waiting_memory: usize, threads: usize| {
        let info = RasterInfo::new(413, 301, 2, data_type);
        let mut options = CreateOptions::cog().with_block_size(32);
        (options.mask, options.waiting_memory) = (Some(true), waiting_memory);
        let writer = GeoTiffWriter::new(&info, &options).unwrap();
        let windows: Vec<_> = raster_core::tile_windows((413, 301), (37, 29), 0).unwrap().collect();
        std::thread::scope(|scope| {
            for t in 0..threads {
                let (writer, windows) = (&writer, &windows);
                scope.spawn(move || {
                    // The fifth window never comes, the sixth without its mask.
                    for (i, w) in
                        windows.iter().enumerate().rev().filter(|(i, _)| *i != 5 && i % threads == t)
                    {
                        let at = |r: usize, c: usize| (w.row as usize + r, w.col as usize + c);
                        let pixels = Array3::from_shape_fn((2, w.height, w.width), |(b, r, c)| {
                            let (r, c) = at(r, c);
                            (b * 1000 + r * r / 3 + c * 7) as f64 / 4.0
                        });
                        let pixels = AnyArray::from(pixels).convert_to(data_type);
                        let mask = ndarray::Array2::from_shape_fn((w.height, w.width), |(r, c)| {
                            let (r, c) = at(r, c);
                            u8::from((r / 11 + c / 13) % 4 != 0)
                        });
                        if i == 6 {
                            writer.write_window(w, &pixels.view()).unwrap();
                        } else {
                            writer.write_masked_window(w, &pixels.view(), &mask.view()).unwrap();
                        }
                    }
                });
            }
        });
        writer.finish_bytes().unwrap()
    };
    for data_type in [DataType::U8, DataType::I16, DataType::F32, DataType::CF64] {
        let expected = write(data_type, usize::MAX, 1);
        for (waiting, threads) in [(0, 1), (0, 3), (40_000, 3)] {
            assert!(expected == write(data_type, waiting, threads), "{data_type} {waiting} {threads}");
        }
    }
}

#[test]
fn windows_that_never_came_are_nodata() {
    let mut info = RasterInfo::new(200, 200, 1, DataType::I16);
    info.bands[0].nodata = Some(raster_core::Nodata::Int(-7));
    for sparse in [false, true] {
        let mut options = CreateOptions::cog().with_block_size(64);
        options.sparse = sparse;
        let writer = GeoTiffWriter::new(&info, &options).unwrap();
        let window = Window::new(60, 60, 10, 10);
        let ones = AnyArray::from(Array3::from_elem((1, 10, 10), 1i16));
        writer.write_window(&window, &ones.view()).unwrap();
        let dataset = Dataset::from_bytes(writer.finish_bytes().unwrap()).unwrap();
        let read = dataset.read_window(&[1], &Window::whole(200, 200)).unwrap().into_typed::<i16>().unwrap();
        for ((_, r, c), v) in read.indexed_iter() {
            let inside = (60..70).contains(&r) && (60..70).contains(&c);
            assert_eq!(*v, if inside { 1 } else { -7 }, "{r} {c}");
        }
        let level = dataset.overview(0).unwrap();
        let small = level.read_window(&[1], &Window::whole(100, 100)).unwrap().into_typed::<i16>().unwrap();
        assert_eq!(small[[0, 32, 32]], 1);
        assert_eq!(small[[0, 90, 90]], -7);
    }
}

#[test]
fn verdicts_of_rio_cogeo() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/files/gen");
    if !std::path::Path::new(corpus).exists() {
        let _ = std::io::Write::write_all(&mut std::io::stderr(), b"skipped: the corpus is not here\n");
        return;
    }
    let mut checked = 0;
    for line in include_str!("data/rio_cogeo_verdicts.txt").lines().filter(|l| !l.starts_with('#')) {
        let [name, valid, strict] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let report = geotiff_io::validate(format!("{corpus}/{name}")).unwrap();
        assert_eq!(report.is_valid_for_rio_cogeo(false).to_string(), valid, "{name}: {report:?}");
        assert_eq!(report.is_valid_for_rio_cogeo(true).to_string(), strict, "{name}: {report:?}");
        checked += 1;
    }
    assert_eq!(checked, 300);
}

#[test]
fn our_cogs_are_valid_by_every_rule() {
    let pixels = ramp(3, 700, 900);
    for interleave in
        [geotiff_io::Interleave::Pixel, geotiff_io::Interleave::Band, geotiff_io::Interleave::Tile]
    {
        for sparse in [false, true] {
            let mut options = CreateOptions::cog().with_block_size(128).with_interleave(interleave);
            options.sparse = sparse;
            options.mask = Some(sparse);
            let bytes = write_in_windows(&pixels, &options, &[Window::new(100, 0, 500, 700)]);
            let report = geotiff_io::validate_source(std::sync::Arc::new(bytes.clone())).unwrap();
            assert!(report.is_valid(true), "{interleave:?} {sparse}: {report:?}");
            // The checks see that the file says it was changed.
            let mut damaged = bytes.to_vec();
            let at = damaged.windows(5).position(|w| w == b"=NO\n ").unwrap();
            damaged[at..at + 5].copy_from_slice(b"=YES\n");
            let source = std::sync::Arc::new(bytes::Bytes::from(damaged));
            assert!(!geotiff_io::validate_source(source).unwrap().is_valid(false));
        }
    }
}

#[test]
fn offsets_at_the_end_of_all_numbers_are_findings() {
    let mut options = CreateOptions::cog().with_block_size(512);
    options.big_tiff = geotiff_io::BigTiff::Yes;
    options.mask = Some(true);
    let bytes = write_in_windows(&ramp(1, 100, 100), &options, &[Window::new(0, 0, 100, 100)]);
    let first = u64::from_le_bytes(bytes[8..16].try_into().unwrap()) as usize;
    let entries = u64::from_le_bytes(bytes[first..first + 8].try_into().unwrap()) as usize;
    for (tag, value) in [(324u16, u64::MAX), (324, u64::MAX - 7), (325, u64::MAX)] {
        let mut damaged = bytes.to_vec();
        for entry in damaged[first + 8..].chunks_exact_mut(20).take(entries) {
            if entry[..2] == tag.to_le_bytes() {
                entry[12..20].copy_from_slice(&value.to_le_bytes());
            }
        }
        let source = std::sync::Arc::new(bytes::Bytes::from(damaged));
        assert!(!geotiff_io::validate_source(source).unwrap().is_valid_for_gdal(), "tag {tag}");
    }
}
