//! Rasters and options: what can be written is read back equal.

use crate::{
    choices::Choices,
    file::{open_limited, same},
};
use bytes::Bytes;
use geotiff_io::{
    BigTiff, Blocks, ByteOrder, Compression, CreateOptions, GeoTiffWriter, Interleave, Overviews, Predictor,
    Resampling, validate_source,
};
use ndarray::{Array2, Array3};
use raster_core::{
    AnyArray, ColorInterp, CrsRef, DataType, Gcp, GeoTransform, MaskKind, Nodata, RasterInfo, RasterSource,
    Sample, Window, with_type,
};
use std::sync::Arc;

const COMPRESSIONS: [Compression; 12] = [
    Compression::None,
    Compression::Deflate,
    Compression::Lzw,
    Compression::Zstd,
    Compression::PackBits,
    Compression::Lzma,
    Compression::Lerc,
    Compression::LercDeflate,
    Compression::LercZstd,
    Compression::Webp,
    Compression::CcittG4,
    Compression::Jpeg,
];

fn options(c: &mut Choices<'_>) -> CreateOptions {
    let mut options = if c.flag() { CreateOptions::cog() } else { CreateOptions::geotiff() };
    options.compression = c.pick(&COMPRESSIONS);
    options.predictor = c.pick(&[
        None,
        None,
        Some(Predictor::None),
        Some(Predictor::Horizontal),
        Some(Predictor::FloatingPoint),
    ]);
    options.blocks = match c.below(4) {
        0 => Blocks::Strips { rows: c.below(40) },
        1 => Blocks::Tiles { width: 16 * c.below(5), height: 16 * c.below(5) },
        _ => Blocks::Tiles { width: 16, height: 32 },
    };
    options.interleave = c.pick(&[Interleave::Pixel, Interleave::Band, Interleave::Tile]);
    options.byte_order = c.pick(&[ByteOrder::Little, ByteOrder::Big]);
    options.big_tiff = c.pick(&[BigTiff::IfNeeded, BigTiff::Yes, BigTiff::No]);
    options.level = if options.compression == Compression::Lzma { 0 } else { c.below(8) as i32 };
    let bits = c.below(40) as u16;
    options.bits = (bits < 10).then_some(bits);
    options.mask = c.pick(&[None, None, Some(false), Some(true)]);
    (options.sparse, options.statistics) = (c.flag(), c.flag());
    options.overviews = match c.below(4) {
        0 => Overviews::None,
        1 => Overviews::Auto,
        2 => Overviews::Count(c.below(4)),
        _ => Overviews::Factors(vec![2, 2 + c.below(4)]),
    };
    options.overview_resampling = if c.flag() { Some(c.pick(&Resampling::ALL)) } else { None };
    options
}

fn info(c: &mut Choices<'_>) -> RasterInfo {
    let data_type = c.pick(&DataType::ALL);
    let (width, height) = (c.below(70) + 1, c.below(70) + 1);
    let bands = c.pick(&[1, 1, 2, 3, 3, 4, 5]);
    let mut info = RasterInfo::new(width, height, bands, data_type);
    let nodata = match c.below(4) {
        0 => Some(Nodata::Int(i128::from(c.short() as i16))),
        1 => Some(Nodata::from(c.float())),
        _ => None,
    };
    for band in &mut info.bands {
        band.nodata = nodata;
        band.mask = if nodata.is_some() { MaskKind::Nodata } else { MaskKind::AllValid };
    }
    match c.below(5) {
        0 => info.transform = Some(GeoTransform::from_origin(c.float(), c.float(), 10.0, 10.0)),
        1 => {
            info.transform = Some(GeoTransform {
                a: c.float(),
                b: c.float(),
                c: c.float(),
                d: c.float(),
                e: c.float(),
                f: c.float(),
            });
        }
        2 => {
            info.gcps = (0..c.below(4))
                .map(|_| Gcp { row: c.float(), col: c.float(), x: c.float(), y: c.float(), z: c.float() })
                .collect();
        }
        _ => {}
    }
    if c.flag() {
        info.crs = Some(CrsRef::Epsg(u32::from(c.short())));
    }
    for _ in 0..c.below(4) {
        let band = c.below(bands + 2).checked_sub(1);
        let (domain, name, value) = (c.text(), c.text(), c.text());
        info.metadata.set(if c.flag() { &domain } else { "" }, band, &name, value);
    }
    let band = &mut info.bands[c.below(bands)];
    if c.flag() {
        (band.description, band.unit) = (Some(c.text()), Some(c.text()));
        (band.scale, band.offset) = (c.float(), c.float());
        band.color =
            ColorInterp::parse(c.pick(&["Gray", "Red", "Alpha", "Cyan", "Undefined"])).unwrap_or_default();
    }
    info
}

/// The last bytes repeated over the raster, after `bits`.
fn pixels(info: &RasterInfo, bits: Option<u16>, bytes: &[u8]) -> AnyArray {
    let shape = (info.band_count(), info.height, info.width);
    let size = info.data_type.size();
    let kept = bits.map_or(0xff, |b| ((1u16 << b.min(8)) - 1) as u8);
    let cycle = if bytes.is_empty() { &[0] } else { bytes };
    let mut next = cycle.iter().cycle();
    with_type!(info.data_type, T => {
        let mut raw = vec![0; size];
        Array3::from_shape_simple_fn(shape, || {
            raw.iter_mut().for_each(|b| *b = next.next().copied().unwrap_or(0) & kept);
            let mut sample = [T::default()];
            Sample::copy_from_le(&mut sample, &raw);
            sample[0]
        })
        .into()
    })
}

/// Choices make a raster, what it says about itself, and how to write it; the rest of the bytes are its pixels.
///
/// # Panics
/// When that does not hold.
pub fn round_trip(data: &[u8]) {
    let mut c = Choices::new(data);
    let options = options(&mut c);
    let info = info(&mut c);
    let split = c.below(info.height) + 1;
    let pixels = pixels(&info, options.bits, c.rest());
    let Some((file, mask)) = write(&info, &options, &pixels, split) else { return };
    if options.layout == geotiff_io::FileLayout::Cog {
        let report = validate_source(Arc::new(file.clone())).expect("a report of what was just written");
        // The validators count reductions by rounded ratios, which for a few pixels say nothing.
        assert!(report.is_valid_for_gdal() || info.width.min(info.height) < 16, "{report:?}");
    }
    let dataset = open_limited(file, 0).expect("what was just written");
    let back = dataset.info();
    assert_eq!((back.width, back.height, back.data_type), (info.width, info.height, info.data_type));
    assert!(dataset.warnings().is_empty(), "{:?}", dataset.warnings());
    let read = dataset.read_window(&info.all_bands(), &info.window()).expect("pixels that were just written");
    if options.compression != Compression::Jpeg {
        assert!(
            same(&read, &pixels) || (lerc(options.compression) && same_numbers(&read, &pixels)),
            "other pixels: {options:?} {info:?}"
        );
    }
    for i in 0..back.overviews.len() {
        let overview = dataset.overview(i).expect("an overview that is listed");
        overview.read_window(&[1], &overview.info().window()).expect("an overview that was just written");
    }
    if let Some(mask) = mask {
        let stored = dataset.read_mask_window(&[1], &info.window()).expect("a mask that was just written");
        assert!(stored.iter().zip(&mask).all(|(a, b)| (*a == 0) == (*b == 0)), "another mask");
    }
    said_again(&info, back);
}

/// LERC has one NaN.
fn lerc(compression: Compression) -> bool {
    matches!(compression, Compression::Lerc | Compression::LercDeflate | Compression::LercZstd)
}

/// The same numbers, and NaN at the same places.
fn same_numbers(a: &AnyArray, b: &AnyArray) -> bool {
    let numbers = |array: &AnyArray| array.clone().convert::<f64>();
    let equal = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
    a.shape() == b.shape() && numbers(a).iter().zip(&numbers(b)).all(equal)
}

/// Write in two windows; nothing when the options do not fit the raster. The mask, when there is one.
fn write(
    info: &RasterInfo,
    options: &CreateOptions,
    pixels: &AnyArray,
    split: usize,
) -> Option<(Bytes, Option<Array2<u8>>)> {
    let writer = GeoTiffWriter::new(info, options).ok()?;
    let upper = Window::new(0, 0, info.width, split);
    let lower = Window::new(0, split as i64, info.width, info.height - split);
    let mask = Array2::from_shape_fn((info.height, info.width), |(r, c)| u8::from((r + c) % 3 > 0) * 255);
    for window in [lower, upper].into_iter().filter(|w| !w.is_empty()) {
        let part = pixels.view().window(&window).to_owned();
        let rows = window.row as usize..window.row as usize + window.height;
        let mask = mask.slice_axis(ndarray::Axis(0), rows.into());
        let written = if writer.has_mask() {
            writer.write_masked_window(&window, &part.view(), &mask)
        } else {
            writer.write_window(&window, &part.view())
        };
        written.expect("a window of the raster");
    }
    let has_mask = writer.has_mask();
    let file = match writer.finish_bytes() {
        Ok(file) => file,
        Err(error) => {
            // What only turns out at the end: statements that have no place in a TIFF.
            assert_ne!(error.kind(), raster_core::ErrorKind::Internal, "{error}");
            return None;
        }
    };
    Some((file, has_mask.then_some(mask)))
}

/// What a file has a place for is said again.
fn said_again(info: &RasterInfo, back: &RasterInfo) {
    assert_eq!(back.band_count(), info.band_count());
    for (wrote, read) in info.bands.iter().zip(&back.bands) {
        assert_eq!(read.nodata, wrote.nodata.map(|n| as_stored(n, info.data_type)), "nodata");
    }
    for item in info.metadata.items() {
        if item.domain.is_empty() && item.band.is_none() && plain(&item.name) && plain(&item.value) {
            let read = back.metadata.get("", None, &item.name);
            assert_eq!(read, Some(item.value.as_str()), "{item:?}");
        }
    }
}

/// In single precision, readers present the number that samples are compared with.
fn as_stored(nodata: Nodata, data_type: DataType) -> Nodata {
    let value = nodata.to_f64();
    if data_type == DataType::F32 && value.is_finite() {
        return f64::from(value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32).into();
    }
    nodata
}

/// Names that are not kept in other tags, and texts without control characters, which XML cannot say.
fn plain(text: &str) -> bool {
    let kept =
        |c: char| matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    text.chars().all(kept) && text != "AREA_OR_POINT" && !text.starts_with("TIFFTAG_")
}
