//! Fetching, decoding, encoding and laying out as steps of their own give what the reader and the writer give.

use bytes::Bytes;
use geotiff_io::{
    BlockEncoder, Blocks, ByteSource, CogLayout, Compression, CreateOptions, Dataset, EncodedBlock,
    FileHandles, GeoTiffWriter, ImageId, Interleave, Needs, OpenOptions, Opening, PartialBytes,
    TileAssembler, WindowQuery,
};
use ndarray::{Array2, Array3};
use raster_core::{
    AnyArray, BlockIndex, ColorInterp, DataType, Masked, Nodata, Parts, RasterInfo, RasterSource, Sample,
    Window,
};
use std::{collections::BTreeMap, sync::Arc};

fn pixels(info: &RasterInfo) -> Array3<u16> {
    Array3::from_shape_fn((info.bands.len(), info.height, info.width), |(b, r, c)| {
        ((r * r / 5 + c * 3 + b * 1000) % 700) as u16 / 7 * 7
    })
}

fn mask(info: &RasterInfo) -> Array2<u8> {
    Array2::from_shape_fn((info.height, info.width), |(r, c)| if (r / 9 + c / 11) % 4 == 0 { 0 } else { 255 })
}

fn write(info: &RasterInfo, options: &CreateOptions) -> Bytes {
    let writer = GeoTiffWriter::new(info, options).unwrap();
    let pixels = AnyArray::from(pixels(info));
    if writer.has_mask() {
        writer.write_masked_window(&info.window(), &pixels.view(), &mask(info).view()).unwrap();
    } else {
        writer.write_window(&info.window(), &pixels.view()).unwrap();
    }
    writer.finish_bytes().unwrap()
}

/// Layouts of all kinds.
fn kinds() -> Vec<(RasterInfo, CreateOptions)> {
    let mut kinds = Vec::new();
    for interleave in [Interleave::Pixel, Interleave::Band, Interleave::Tile] {
        for masked in [false, true] {
            for (mut options, sparse) in [
                (CreateOptions::cog(), false),
                (CreateOptions::geotiff(), false),
                (CreateOptions::cog(), true),
            ] {
                if interleave == Interleave::Tile && options.layout == geotiff_io::FileLayout::GeoTiff {
                    continue;
                }
                options.interleave = interleave;
                options.mask = Some(masked);
                options.sparse = sparse;
                options.compression = if sparse { Compression::Deflate } else { Compression::Lzw };
                options.blocks = Blocks::Tiles { width: 64, height: 48 };
                kinds.push((RasterInfo::new(300, 170, 3, DataType::U16), options));
            }
        }
    }
    let mut strips = CreateOptions::geotiff();
    strips.blocks = Blocks::Strips { rows: 13 };
    strips.overviews = geotiff_io::Overviews::None;
    kinds.push((RasterInfo::new(300, 170, 1, DataType::U16), strips));
    kinds
}

#[test]
fn blocks_encoded_elsewhere_make_the_same_file() {
    for (info, options) in kinds() {
        let expected = write(&info, &options);
        let dataset = Dataset::from_bytes(expected.clone()).unwrap();
        let encoder = BlockEncoder::new(&info, &options).unwrap();
        let mut blocks: Vec<EncodedBlock> = Vec::new();
        let bands = info.all_bands();
        for level in 0..encoder.levels().len() {
            let source: Arc<dyn RasterSource> = match level {
                0 => Arc::new(dataset.clone()),
                n => dataset.overview(n - 1).unwrap(),
            };
            for (index, window) in encoder.grid(level).unwrap().iter() {
                let pixels = source.read_window(&bands, &window).unwrap();
                let mask = (options.mask == Some(true)).then(|| {
                    source.read_mask_window(&[1], &window).unwrap().index_axis_move(ndarray::Axis(0), 0)
                });
                let mask = mask.as_ref().map(Array2::view);
                blocks.extend(encoder.encode_all(level, index, &pixels.view(), mask.as_ref()).unwrap());
            }
        }
        blocks.reverse();

        let assembler = TileAssembler::new(&info, &options).unwrap();
        blocks.iter().for_each(|b| assembler.put_block(b).unwrap());
        let mut assembled = Vec::new();
        assembler.finish(&mut assembled).unwrap();
        assert!(assembled == expected, "assembled: {:?}", options.interleave);

        let by_place: BTreeMap<(ImageId, usize), &EncodedBlock> =
            blocks.iter().map(|b| ((b.image, b.number), b)).collect();
        let mut lengths: BTreeMap<ImageId, Vec<u32>> = BTreeMap::new();
        for image in encoder.images() {
            let planes = if image.mask { 1 } else { encoder.planes() };
            let count = planes * encoder.grid(image.level).unwrap().len();
            let len = |n| by_place.get(&(image, n)).map_or(0, |b| b.bytes.len() as u32);
            lengths.insert(image, (0..count).map(len).collect());
        }
        let layout = CogLayout::new(&info, &options, &lengths).unwrap();
        let mut laid_out = layout.head().to_vec();
        for placed in layout.blocks() {
            assert_eq!(placed.range.start, laid_out.len() as u64);
            layout.append_block(&by_place[&(placed.image, placed.number)].bytes, &mut laid_out);
            assert_eq!(placed.range.end, laid_out.len() as u64);
        }
        assert_eq!(layout.file_len(), laid_out.len() as u64);
        assert!(laid_out == expected, "laid out: {:?}", options.interleave);

        // Stored blocks are what was encoded, and decode to the pixels.
        for block in &blocks {
            let grid = encoder.grid(block.image.level).unwrap();
            let place = block.number % grid.len();
            let index = BlockIndex { row: place / grid.columns(), col: place % grid.columns() };
            let plane = block.number / grid.len();
            let stored = dataset.stored_block(block.image, plane, index).unwrap().unwrap();
            assert_eq!(stored, block.bytes);
            if !block.image.mask && block.image.level == 0 {
                let decoded = dataset.block_decoder(block.image).unwrap().decode(index, &stored).unwrap();
                let bands = if encoder.planes() == 1 { info.all_bands() } else { vec![plane + 1] };
                assert_eq!(decoded, dataset.read_window(&bands, &grid.window(index)).unwrap());
            }
        }
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let info = RasterInfo::new(100, 100, 2, DataType::U16);
    let options = CreateOptions::cog().with_block_size(64);
    let encoder = BlockEncoder::new(&info, &options).unwrap();
    let index = BlockIndex { row: 0, col: 0 };
    let ok = Array3::<u16>::zeros((2, 64, 64));
    let encode = |index, pixels: &AnyArray| encoder.encode(0, 0, index, &pixels.view()).is_err();
    assert!(encoder.encode(0, 0, index, &u16::erase_view(ok.view())).is_ok());
    assert!(encode(index, &AnyArray::zeros(DataType::U8, (2, 64, 64))), "type");
    assert!(encode(index, &AnyArray::zeros(DataType::U16, (1, 64, 64))), "bands");
    assert!(encode(BlockIndex { row: 0, col: 1 }, &ok.clone().into()), "the edge is clipped");
    assert!(encode(BlockIndex { row: 2, col: 0 }, &ok.into()), "no such block");
    assert!(encoder.encode_mask(0, index, &Array2::zeros((64, 64)).view()).is_err(), "no mask");
    assert!(encoder.grid(9).is_err());
    for lengths in [
        BTreeMap::from([(ImageId::pixels(0), vec![1; 3])]),
        BTreeMap::from([(ImageId::mask(0), vec![1; 4])]),
        BTreeMap::from([(ImageId::pixels(7), vec![])]),
    ] {
        assert!(CogLayout::new(&info, &options, &lengths).is_err());
    }
    let assembler = TileAssembler::new(&info, &options).unwrap();
    let block = EncodedBlock { image: ImageId::pixels(0), number: 4, bytes: vec![1] };
    assert!(assembler.put_block(&block).is_err());
}

/// As an asynchronous client does it: nothing but requests that it makes itself.
fn read_by_needs(dataset: &Dataset, file: &Bytes, query: &WindowQuery) -> Masked<AnyArray> {
    let fetch = |ranges: Vec<std::ops::Range<u64>>| -> Vec<(u64, Bytes)> {
        // A client may fetch more than it has to.
        let wide = |r: std::ops::Range<u64>| r.start.saturating_sub(5)..(r.end + 9).min(file.len() as u64);
        ranges.into_iter().map(wide).map(|r| (r.start, file.read_range(r).unwrap())).rev().collect()
    };
    let blocks = loop {
        match dataset.needs(query).unwrap() {
            Needs::Index(ranges) => dataset.supply_index(query, &fetch(ranges)).unwrap(),
            Needs::Blocks(blocks) => break blocks,
        }
    };
    let parts = fetch(blocks.into_iter().map(|b| b.range).collect());
    let bands = query.bands.of(dataset.info()).unwrap();
    let shape = (bands.len(), query.window.height, query.window.width);
    let mut read =
        Masked { data: AnyArray::zeros(dataset.info().data_type, shape), mask: Array3::zeros(shape) };
    let both = Parts::both(read.data.view_mut(), read.mask.view_mut());
    dataset.read_supplied(query, &parts, both).unwrap();
    read
}

#[test]
fn a_dataset_read_through_needs_is_the_dataset() {
    for (mut info, options) in kinds() {
        if options.mask == Some(false) {
            info.bands.iter_mut().for_each(|b| b.nodata = Some(Nodata::from(14)));
        }
        let file = write(&info, &options);
        let partial = Arc::new(PartialBytes::new(file.len() as u64).with_head_size(2000));
        let mut rounds = 0;
        let dataset = loop {
            rounds += 1;
            assert!(rounds < 20);
            match OpenOptions::new().open_partial(&partial).unwrap() {
                Opening::Done(dataset) => break dataset,
                Opening::Needs(ranges) => {
                    for r in ranges {
                        partial.insert(r.start, &file.read_range(r).unwrap());
                    }
                }
            }
        };
        let local = Dataset::from_bytes(file.clone()).unwrap();
        assert_eq!(dataset.info(), local.info());
        for (level, bands, window) in [
            (0, vec![1], Window::new(0, 0, 10, 10)),
            (0, vec![1, 1], Window::new(50, 40, 200, 100)),
            (1, vec![1], Window::new(1, 2, 90, 70)),
        ] {
            let Some(overviews) = Some(local.info().overviews.len()).filter(|&n| level <= n) else {
                continue;
            };
            let expected = match level {
                0 => local.read_masked(&bands, &window).unwrap(),
                n => local.overview(n - 1).unwrap().read_masked(&bands, &window).unwrap(),
            };
            let query = WindowQuery::new(bands, window).level(level).masked();
            assert!(read_by_needs(&dataset, &file, &query) == expected, "{overviews} {query:?}");
        }
        // Bytes that were not supplied are an error, not pixels.
        let query = WindowQuery::new(1, Window::new(64, 64, 30, 30));
        let mut out = AnyArray::zeros(DataType::U16, (1, 30, 30));
        if matches!(dataset.needs(&query).unwrap(), Needs::Blocks(b) if !b.is_empty()) {
            assert!(dataset.read_supplied(&query, &[], Parts::pixels(out.view_mut())).is_err());
        }
    }
}

/// Pixels and validity in one pass against the slow twin: bands one by one, validity from the pixels.
#[test]
fn validity_in_one_pass_is_that_of_the_pixels() {
    let mut kinds: Vec<(RasterInfo, CreateOptions)> = Vec::new();
    for interleave in [Interleave::Pixel, Interleave::Band] {
        for (nodata, alpha, masked) in
            [(Some(14), false, false), (None, true, false), (None, false, true), (None, false, false)]
        {
            let mut info = RasterInfo::new(200, 130, 4, DataType::U16);
            info.bands.iter_mut().for_each(|b| b.nodata = nodata.map(Nodata::from));
            if alpha {
                info.bands[3].color = ColorInterp::Alpha;
            }
            let mut options = CreateOptions::geotiff().with_block_size(64);
            options.interleave = interleave;
            options.mask = Some(masked);
            kinds.push((info, options));
        }
    }
    for (info, options) in kinds {
        let dataset = Dataset::from_bytes(write(&info, &options)).unwrap();
        for threads in [1, 4] {
            let dataset = dataset.with_threads(threads);
            for bands in [vec![1], vec![1, 2, 3, 4], vec![4, 2], vec![3, 3, 4, 1], vec![2, 3]] {
                for window in
                    [Window::new(0, 0, 200, 130), Window::new(60, 50, 70, 30), Window::new(1, 129, 1, 1)]
                {
                    let twin = |band: usize| -> Array2<u8> {
                        let of = |band: usize| {
                            let pixels = dataset.read_window(&[band], &window).unwrap();
                            pixels.into_typed::<u16>().unwrap().index_axis_move(ndarray::Axis(0), 0)
                        };
                        if let Some(nodata) = info.bands[0].nodata {
                            return of(band).mapv(|v| if f64::from(v) == nodata.to_f64() { 0 } else { 255 });
                        }
                        if info.bands[3].color == ColorInterp::Alpha && band != 4 {
                            let narrow =
                                |v: u16| if v == 0 { 0 } else { (u32::from(v) * 255 / 65535).max(1) as u8 };
                            return of(4).mapv(narrow);
                        }
                        let stored = mask(&info);
                        Array2::from_shape_fn((window.height, window.width), |(r, c)| match options.mask {
                            Some(true) => stored[[window.row as usize + r, window.col as usize + c]],
                            _ => 255,
                        })
                    };
                    let read = dataset.read_masked(&bands, &window).unwrap();
                    let masks = dataset.read_mask_window(&bands, &window).unwrap();
                    assert_eq!(read.mask, masks);
                    // Converted pixels do not change validity.
                    let converted =
                        dataset.read::<f32>().bands(bands.clone()).window(window).masked().unwrap();
                    assert_eq!(converted.mask, masks);
                    for (i, &band) in bands.iter().enumerate() {
                        assert_eq!(
                            masks.index_axis(ndarray::Axis(0), i),
                            twin(band),
                            "band {band} of {bands:?}"
                        );
                        let alone = dataset.read_window(&[band], &window).unwrap();
                        assert_eq!(read.data.view().band(i).to_owned(), alone);
                    }
                    // Fewer masks than bands.
                    let mut first = Array3::zeros((1, window.height, window.width));
                    let mut data = read.data.clone();
                    let parts = Parts::both(data.view_mut(), first.view_mut());
                    dataset.read_parts(&bands, &window, parts).unwrap();
                    assert_eq!(first.index_axis(ndarray::Axis(0), 0), masks.index_axis(ndarray::Axis(0), 0));
                }
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn many_datasets_share_few_handles() {
    let dir = std::env::temp_dir().join(format!("geotiff-io-many-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let info = RasterInfo::new(40, 40, 1, DataType::U16);
    let bytes = write(&info, &CreateOptions::geotiff());
    let handles = FileHandles::new(4);
    let options = OpenOptions::new().handles(handles.clone());
    let open: Vec<Dataset> = (0..100)
        .map(|i| {
            let path = dir.join(format!("{i}.tif"));
            std::fs::write(&path, &bytes).unwrap();
            options.open(path).unwrap()
        })
        .collect();
    let expected = open[0].read_any().array().unwrap();
    for dataset in open.iter().rev() {
        assert_eq!(dataset.read_any().array().unwrap(), expected);
        assert!(handles.open_files() <= 4);
    }
    std::fs::write(dir.join("50.tif"), b"something else").unwrap();
    let error = open[50].read_any().array().unwrap_err();
    assert!(error.to_string().contains("changed while it was open"), "{error}");
    std::fs::remove_dir_all(&dir).unwrap();
}
