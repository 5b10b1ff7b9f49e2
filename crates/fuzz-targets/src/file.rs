//! Files: open them and ask everything, read windows of them.

use crate::choices::Choices;
use bytes::Bytes;
use geotiff_io::{Dataset, OpenOptions, ReadLimits, Resampling, validate_source};
use raster_core::{AnyArray, RasterSource, Window};
use std::sync::Arc;

/// Small enough that a fuzzer is quick, large enough for every fixture.
fn limits() -> ReadLimits {
    let mut limits = ReadLimits::default();
    (limits.tag_bytes, limits.directories) = (1 << 20, 64);
    (limits.block_bytes, limits.array_bytes) = (1 << 22, 1 << 22);
    limits
}

/// Bytes before the file in the input of [`window`].
pub(crate) const WINDOW_HEADER: usize = 12;

/// Pixels above which nothing is asked that has to look at all of them.
const SMALL: usize = 1 << 18;

/// Open with small limits, on one thread.
pub(crate) fn open_limited(bytes: Bytes, directory: usize) -> geotiff_io::Result<Dataset> {
    OpenOptions::new().limits(limits()).threads(1).directory(directory).from_bytes(bytes)
}

/// Open the bytes as a file and ask for everything but pixels.
///
/// # Panics
/// When that does not hold.
pub fn open(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    let _ = validate_source(Arc::new(bytes.clone())).map(|r| (r.is_valid(true), r.is_valid_for_gdal()));
    let dataset = match open_limited(bytes, 0) {
        Ok(dataset) => dataset,
        Err(error) => {
            let _ = error.to_string();
            return;
        }
    };
    let info = dataset.info();
    assert!(info.width > 0 && info.height > 0 && !info.bands.is_empty(), "an image without pixels");
    let _ = (dataset.storage(), dataset.geo_keys(), dataset.is_cog(), format!("{dataset:?} {info:?}"));
    let _ = (dataset.xmp(), dataset.icc_profile(), info.grid().bounds());
    for warning in dataset.warnings() {
        let _ = warning.to_string();
    }
    for directory in 0..dataset.directory_count() {
        let _ = dataset.tags(directory);
    }
    for point in [(0.0, 0.0), (-1e308, 1e308), (f64::NAN, 3.0)] {
        let _ = (dataset.pixel_at(point.0, point.1), dataset.sample::<f64>(&[1], &[point]));
    }
    let _ = dataset.block_windows().take(100).count();
}

/// The first twelve bytes choose a window and how to read it, the others are the file. Where the whole raster can
/// be read, so can each window, and it holds the same pixels.
///
/// # Panics
/// When that does not hold.
pub fn window(data: &[u8]) {
    let Some((header, file)) = data.split_first_chunk::<WINDOW_HEADER>() else { return };
    let mut choices = Choices::new(header);
    let flags = choices.byte();
    let place = |c: &mut Choices<'_>| i64::from(c.short() as i16);
    let (col, row) = (place(&mut choices), place(&mut choices));
    let (width, height) = (choices.below(64), choices.below(64));
    let shape = (choices.below(64), choices.below(64));
    let resampling = choices.pick(&Resampling::ALL);
    let (band, directory) = (choices.below(5) + 1, choices.below(4));
    let Ok(dataset) = open_limited(Bytes::copy_from_slice(file), directory) else { return };
    let info = dataset.info();
    let asked = Window::new(col, row, width, height);
    let mut read = dataset.read_any().window(asked).resampling(resampling);
    if flags & 1 != 0 {
        read = read.boundless();
    }
    let read = if flags & 2 != 0 { read.bands([band, 1]) } else { read };
    let all = info.window();
    if flags & 4 == 0 {
        let _ = (read.array(), read.masked());
    } else if all.area() <= SMALL {
        let _ = read.shape(shape.0, shape.1).masked();
    }
    if all.area().saturating_mul(info.band_count()) > SMALL {
        return;
    }
    let bands = info.all_bands();
    let whole = dataset.read_window(&bands, &all);
    let mask = dataset.read_mask_window(&bands, &all);
    if flags & 8 != 0 {
        let _ = (dataset.statistics(1, flags & 16 != 0), dataset.dataset_mask(&all));
    }
    for i in 0..info.overviews.len() {
        let overview = dataset.overview(i).expect("an overview that is listed");
        let size = overview.info().window();
        if size.area() <= SMALL {
            let _ = (overview.read_window(&[1], &size), overview.read_mask_window(&[1], &size));
        }
    }
    let part = asked.crop(info.width, info.height);
    if part.is_empty() {
        return;
    }
    if let Ok(whole) = whole {
        let read = dataset.read_window(&bands, &part).expect("a window of what can be read whole");
        assert!(same(&read, &whole.view().window(&part).to_owned()), "window {part}");
    }
    if let Ok(mask) = mask {
        let read = dataset.read_mask_window(&bands, &part).expect("the mask of what can be read whole");
        let mask = AnyArray::from(mask);
        assert!(same(&read.into(), &mask.view().window(&part).to_owned()), "mask of {part}");
    }
}

/// The same samples, bit for bit: NaN equals NaN.
pub(crate) fn same(a: &AnyArray, b: &AnyArray) -> bool {
    raw(a) == raw(b)
}

/// Little-endian bytes of all samples behind the shape.
fn raw(array: &AnyArray) -> ((usize, usize, usize), Vec<u8>) {
    use raster_core::{Sample, with_array};
    let bytes = with_array!(AnyArray, array, a => {
        let samples: Vec<_> = a.iter().copied().collect();
        let mut bytes = vec![0; size_of_val(&samples[..])];
        Sample::copy_to_le(&samples, &mut bytes);
        bytes
    });
    (array.shape(), bytes)
}
