//! What a remote source is asked for: how many calls, and no byte twice.

use bytes::Bytes;
use geotiff_io::{
    ByteSource, CreateOptions, Dataset, GeoTiffWriter, Interleave, OpenOptions, Overviews, Result,
    validate_source,
};
use ndarray::{Array2, Array3};
use raster_core::{AnyArray, DataType, GeoTransform, Nodata, Parts, RasterInfo, RasterSource, Window};
use std::{
    ops::Range,
    sync::{Arc, Mutex},
};

/// An object far away that remembers what it was asked for.
struct Counting {
    object: Bytes,
    head: u64,
    calls: Mutex<Vec<Vec<Range<u64>>>>,
    hints: Mutex<Vec<Vec<Range<u64>>>>,
}

impl Counting {
    fn new(object: impl Into<Bytes>, head: u64) -> Arc<Self> {
        let (calls, hints) = (Mutex::default(), Mutex::default());
        Arc::new(Self { object: object.into(), head, calls, hints })
    }
    /// Calls since the last question.
    fn calls(&self) -> usize {
        self.take().len()
    }
    fn take(&self) -> Vec<Vec<Range<u64>>> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }
}

impl ByteSource for Counting {
    fn len(&self) -> u64 {
        self.object.len() as u64
    }
    fn read_range(&self, range: Range<u64>) -> Result<Bytes> {
        Ok(self.read_ranges(&[range])?.remove(0))
    }
    fn read_ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.calls.lock().unwrap().push(ranges.to_vec());
        ranges.iter().map(|r| self.object.read_range(r.clone())).collect()
    }
    fn head_size(&self) -> u64 {
        self.head
    }
    fn max_gap(&self) -> u64 {
        64
    }
    fn prefetch(&self, ranges: &[Range<u64>]) {
        self.hints.lock().unwrap().push(ranges.to_vec());
    }
}

fn assert_no_byte_twice(calls: &[Vec<Range<u64>>]) {
    let mut ranges: Vec<&Range<u64>> = calls.iter().flatten().collect();
    ranges.sort_by_key(|r| r.start);
    for pair in ranges.windows(2) {
        assert!(pair[0].end <= pair[1].start, "{:?} and {:?}", pair[0], pair[1]);
    }
}

/// Numbers that do not compress.
fn noise(seed: usize) -> impl FnMut() -> u8 {
    let mut state = seed as u64 * 2 + 0x9e37_79b9_7f4a_7c15;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    }
}

fn write(info: &RasterInfo, options: &CreateOptions) -> Bytes {
    let writer = GeoTiffWriter::new(info, options).unwrap();
    let mut next = noise(1);
    let pixels = Array3::from_shape_fn((info.bands.len(), info.height, info.width), |_| next());
    let window = info.window();
    let pixels = AnyArray::from(pixels);
    if writer.has_mask() {
        let mask =
            Array2::from_shape_fn((info.height, info.width), |(r, c)| u8::from((r / 7 + c / 5) % 3 > 0));
        writer.write_masked_window(&window, &pixels.view(), &mask.view()).unwrap();
    } else {
        writer.write_window(&window, &pixels.view()).unwrap();
    }
    writer.finish_bytes().unwrap()
}

fn info(bands: usize) -> RasterInfo {
    let mut info = RasterInfo::new(1024, 1024, bands, DataType::U8);
    info.transform = Some(GeoTransform::from_gdal([0.0, 1.0, 0.0, 0.0, 0.0, -1.0]));
    info
}

fn cog() -> CreateOptions {
    CreateOptions::cog().with_block_size(64)
}

#[test]
fn a_cog_opens_by_one_read_and_a_window_takes_one() {
    for threads in [1, 2, 8] {
        let source = Counting::new(write(&info(1), &cog()), 16 << 10);
        let dataset = OpenOptions::new().threads(threads).from_source(source.clone()).unwrap();
        assert_eq!(source.calls(), 1, "opening");
        dataset.read_window(&[1], &Window::new(640, 640, 64, 64)).unwrap();
        assert_eq!(source.calls(), 1, "one tile");
        dataset.read_window(&[1], &Window::new(128, 192, 256, 256)).unwrap();
        assert_eq!(source.calls(), 1, "4 × 4 tiles");
        dataset.overview(0).unwrap().read_window(&[1], &Window::new(0, 0, 256, 256)).unwrap();
        assert_eq!(source.calls(), 1, "an overview");
        dataset.read::<u8>().shape(100, 100).array().unwrap();
        assert_eq!(source.calls(), 1, "a reduced read");
    }
}

#[test]
fn everything_once_and_nothing_twice() {
    let mut with_nodata = info(3);
    with_nodata.bands.iter_mut().for_each(|b| b.nodata = Some(Nodata::from(7)));
    let mut masked = cog();
    masked.mask = Some(true);
    let mut by_band = masked.clone();
    by_band.interleave = Interleave::Band;
    let mut plain = CreateOptions::geotiff().with_block_size(64);
    plain.overviews = Overviews::None;
    for (info, options) in
        [(info(1), cog()), (with_nodata, cog()), (info(3), masked), (info(3), by_band), (info(2), plain)]
    {
        let source = Counting::new(write(&info, &options), 8 << 10);
        let dataset = Dataset::from_source(source.clone()).unwrap();
        let bands = dataset.info().all_bands();
        let mut calls = source.take();
        assert_eq!(calls.len(), 1, "opening");
        let read = dataset.read_masked(&bands, &dataset.info().window()).unwrap();
        let of_window = source.take();
        // The lists of blocks, where the head does not have them; then all blocks.
        assert!(of_window.len() <= 2, "{} calls", of_window.len());
        calls.extend(of_window);
        for i in 0..dataset.info().overviews.len() {
            let overview = dataset.overview(i).unwrap();
            overview.read_masked(&bands, &overview.info().window()).unwrap();
            let of_overview = source.take();
            assert!(of_overview.len() <= 2, "{} calls", of_overview.len());
            calls.extend(of_overview);
        }
        assert_no_byte_twice(&calls);
        // What is read is what a local file gives.
        let local = Dataset::from_bytes(source.object.clone()).unwrap();
        assert_eq!(read, local.read_masked(&bands, &local.info().window()).unwrap());
    }
}

#[test]
fn pages_of_the_index_are_fetched_together_and_kept() {
    let info = RasterInfo::new(2048, 1024, 1, DataType::U8);
    let mut options = CreateOptions::geotiff().with_block_size(16);
    options.overviews = Overviews::None;
    let writer = GeoTiffWriter::new(&info, &options).unwrap();
    let pixels = AnyArray::from(Array3::from_shape_fn((1, 1024, 2048), |(_, r, c)| (r ^ c) as u8));
    writer.write_window(&info.window(), &pixels.view()).unwrap();
    let source = Counting::new(writer.finish_bytes().unwrap(), 1 << 10);
    let dataset = Dataset::from_source(source.clone()).unwrap();
    assert_eq!(source.calls(), 1);
    // Four pages of offsets and as many of sizes, in two runs of the file; then the blocks.
    dataset.read_window(&[1], &Window::new(1000, 0, 16, 1024)).unwrap();
    let calls = source.take();
    assert_eq!(calls.len(), 2);
    assert_no_byte_twice(&calls);
    dataset.read_window(&[1], &Window::new(0, 0, 100, 1024)).unwrap();
    assert_eq!(source.calls(), 1, "the index is known");
}

/// Strips of noise, then the directory, then its values: as libtiff writes files.
fn directory_at_the_end(width: u32, strips: u32) -> Vec<u8> {
    let mut file = b"II*\0\0\0\0\0".to_vec();
    let mut next = noise(5);
    let mut offsets = Vec::new();
    for _ in 0..strips {
        offsets.push(file.len() as u32);
        file.extend((0..width).map(|_| next()));
    }
    let directory = file.len() as u32;
    file[4..8].copy_from_slice(&directory.to_le_bytes());
    let values = directory + 2 + 9 * 12 + 4;
    let mut description = b"a text that lies behind the lists".to_vec();
    description.push(0);
    let entries: [(u16, u16, u32, u32); 9] = [
        (256, 4, 1, width),
        (257, 4, 1, strips),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (270, 2, description.len() as u32, values + 8 * strips),
        (273, 4, strips, values),
        (278, 4, 1, 1),
        (279, 4, strips, values + 4 * strips),
    ];
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    offsets.iter().for_each(|o| file.extend(o.to_le_bytes()));
    (0..strips).for_each(|_| file.extend(width.to_le_bytes()));
    file.extend(description);
    file
}

#[test]
fn a_directory_at_the_end_takes_two_reads() {
    let file = directory_at_the_end(500, 300);
    let source = Counting::new(file, 16 << 10);
    let dataset = Dataset::from_source(source.clone()).unwrap();
    let mut calls = source.take();
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert_eq!(dataset.info().metadata.get("", None, "TIFFTAG_IMAGEDESCRIPTION").map(str::len), Some(33));
    dataset.read_window(&[1], &dataset.info().window()).unwrap();
    let of_window = source.take();
    assert_eq!(of_window.len(), 1, "the lists came with the directory");
    calls.extend(of_window);
    assert_no_byte_twice(&calls);
    // A file that is all head: one read in its life.
    let source = Counting::new(directory_at_the_end(50, 30), 16 << 10);
    let dataset = Dataset::from_source(source.clone()).unwrap();
    dataset.read_window(&[1], &dataset.info().window()).unwrap();
    assert_eq!(source.calls(), 1);
}

#[test]
fn values_far_from_their_directory_come_together() {
    // The directory in front, its values at the end, the pixels between.
    let mut file = directory_at_the_end(500, 300);
    let at = u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize;
    let directory: Vec<u8> = file[at..at + 2 + 9 * 12 + 4].to_vec();
    let mut moved = file[..4].to_vec();
    moved.extend(8u32.to_le_bytes());
    moved.extend(&directory);
    // All places stay: what the directory covers is part of the first strip.
    moved.extend(&file.split_off(moved.len()));
    let source = Counting::new(moved, 1 << 10);
    Dataset::from_source(source.clone()).unwrap();
    assert_eq!(source.calls(), 2);
}

#[test]
fn statistics_and_samples_fetch_together() {
    let source = Counting::new(write(&info(1), &cog()), 16 << 10);
    let dataset = Dataset::from_source(source.clone()).unwrap();
    source.take();
    dataset.statistics(1, false).unwrap();
    assert_eq!(source.calls(), 1);
    let points: Vec<(f64, f64)> =
        (0..200).map(|i| (f64::from(i * 37 % 1024), -f64::from(i * 53 % 1024))).collect();
    let samples = dataset.sample::<u8>(&[1], &points).unwrap();
    assert_eq!(source.calls(), 1);
    let local = Dataset::from_bytes(source.object.clone()).unwrap();
    assert_eq!(samples, local.sample::<u8>(&[1], &points).unwrap());
}

#[test]
fn hints_name_the_ranges_that_will_be_read() {
    let mut with_mask = cog();
    with_mask.mask = Some(true);
    let source = Counting::new(write(&info(1), &with_mask), 16 << 10);
    let dataset = Dataset::from_source(source.clone()).unwrap();
    source.take();
    let windows = [Window::new(0, 0, 200, 100), Window::new(512, 512, 64, 64)];
    dataset.prefetch(&[1], &windows);
    assert_eq!(source.calls(), 0, "the index is in the head");
    let hints = std::mem::take(&mut *source.hints.lock().unwrap());
    assert_eq!(hints.len(), 1);
    for window in windows {
        dataset.read_masked(&[1], &window).unwrap();
    }
    let read = source.take();
    let hinted = |r: &Range<u64>| hints[0].iter().any(|h| h.start <= r.start && r.end <= h.end);
    assert!(read.iter().flatten().all(hinted));
    // A window that does not exist is no reason to fail, or to read.
    dataset.prefetch(&[1], &[Window::new(5000, 0, 10, 10)]);
    assert_eq!((source.calls(), source.hints.lock().unwrap().len()), (0, 0));
}

#[test]
fn checking_a_cog_reads_a_level_at_once() {
    let source = Counting::new(write(&info(1), &cog()), 16 << 10);
    let report = validate_source(source.clone()).unwrap();
    assert!(report.is_valid_for_gdal(), "{report:?}");
    let calls = source.take();
    // The head, and what stands around the blocks of each level that is not in it.
    assert!(calls.len() <= 1 + 5, "{} calls", calls.len());
    assert_no_byte_twice(&calls);
}

/// A source that answers with too little.
struct Short(Bytes);

impl ByteSource for Short {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
    fn read_range(&self, range: Range<u64>) -> Result<Bytes> {
        self.0.read_range(range)
    }
    fn read_ranges(&self, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        ranges.iter().skip(1).map(|r| self.0.read_range(r.clone())).collect()
    }
    fn head_size(&self) -> u64 {
        16 << 10
    }
}

#[test]
fn an_answer_that_is_too_short_is_an_error() {
    let dataset = Dataset::from_source(Arc::new(Short(write(&info(1), &cog())))).unwrap();
    let mut pixels = AnyArray::zeros(DataType::U8, (1, 64, 64));
    let window = Window::new(640, 640, 64, 64);
    let error = dataset.read_parts(&[1], &window, Parts::pixels(pixels.view_mut())).unwrap_err();
    assert_eq!(error.kind(), geotiff_io::ErrorKind::Io);
}
