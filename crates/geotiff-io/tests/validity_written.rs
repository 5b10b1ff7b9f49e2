//! What is missing stays missing in what is written, and what is not stays valid: other types and nodata values, lossy codecs, alpha
//! bands that stay behind; and whatever changes is told.

use geotiff_io::{
    Compression, CreateOptions, Dataset, Interleave, Overviews, Resampling, Statistics, TransferOptions,
    ValidityAs, write_raster_into,
};
use ndarray::{Array2, Array3, Axis};
use raster_core::{
    AnyArray, ColorInterp, ColorTable, DataType, ErrorKind, MaskKind, MemoryRaster, Nodata, RasterSource,
    Result,
};
use std::sync::{Arc, Mutex};

const SIZE: (usize, usize) = (90, 70);

/// A disc is valid, with some holes.
fn valid(row: usize, col: usize) -> bool {
    (row as f64 - 35.0).hypot(col as f64 - 45.0) < 31.0 && !(row * 7 + col * 3).is_multiple_of(29)
}

fn write(
    source: &dyn RasterSource,
    change: impl FnOnce(&mut TransferOptions),
) -> Result<(Dataset, Vec<String>)> {
    let notes: Arc<Mutex<Vec<String>>> = Arc::default();
    let told = Arc::clone(&notes);
    let mut options = TransferOptions::new(CreateOptions::cog().with_block_size(32));
    options.on_note = Some(Arc::new(move |note: &str| told.lock().unwrap().push(note.to_owned())));
    change(&mut options);
    let mut bytes = Vec::new();
    write_raster_into(source, &mut bytes, &options)?;
    let notes = notes.lock().unwrap().clone();
    Ok((Dataset::from_bytes(bytes)?, notes))
}

/// What a dataset says is valid in any band.
fn shown(dataset: &dyn RasterSource) -> Array2<bool> {
    let window = dataset.info().window();
    let bands: Vec<usize> = (1..=dataset.info().bands.len())
        .filter(|b| dataset.info().bands[b - 1].color != ColorInterp::Alpha)
        .collect();
    let masks = dataset.read_mask_window(&bands, &window).unwrap();
    masks.fold_axis(Axis(0), false, |any, m| *any || *m != 0)
}

fn expected() -> Array2<bool> {
    Array2::from_shape_fn((SIZE.1, SIZE.0), |(r, c)| valid(r, c))
}

/// One band of values from `low` up, and `nodata` where nothing is.
fn single(data_type: DataType, low: f64, nodata: f64) -> MemoryRaster {
    let values = Array3::from_shape_fn((1, SIZE.1, SIZE.0), |(_, r, c)| {
        if valid(r, c) { low + ((r * 31 + c * 17) % 200) as f64 } else { nodata }
    });
    MemoryRaster::new(AnyArray::from(values).convert_to(data_type)).with_nodata(Nodata::from(nodata))
}

fn rgba(data_type: DataType) -> MemoryRaster {
    let top = data_type.range().1;
    let values = Array3::from_shape_fn((4, SIZE.1, SIZE.0), |(b, r, c)| match (valid(r, c), b) {
        (false, _) => 0.0,
        (true, 3) => top,
        _ => (60 + (r * 5 + c * 3 + b * 40) % 140) as f64,
    });
    MemoryRaster::new(AnyArray::from(values).convert_to(data_type))
        .update_info(|i| {
            let colours = [ColorInterp::Red, ColorInterp::Green, ColorInterp::Blue, ColorInterp::Alpha];
            i.bands.iter_mut().zip(colours).for_each(|(b, c)| b.color = c);
            i.bands[..3].iter_mut().for_each(|b| b.mask = MaskKind::Alpha);
        })
        .unwrap()
}

/// Another type with another nodata value, which valid samples hit by value, by rounding or by saturation.
#[test]
fn another_type_and_nodata_lose_and_hide_nothing() {
    let nan = f64::NAN;
    for (from, low, own, to, stated) in [
        (DataType::U16, 0.0, 65535.0, DataType::U8, 0.0),
        (DataType::U16, 200.0, 65535.0, DataType::U8, 255.0),
        (DataType::F32, -0.4, nan, DataType::I16, 0.0),
        (DataType::F32, -50.0, nan, DataType::I16, -9999.0),
        (DataType::F32, -50.0, -9999.0, DataType::U8, 7.0),
        (DataType::I16, -100.0, -32768.0, DataType::I16, 5.0),
        (DataType::I16, -100.0, -32768.0, DataType::F32, 5.0),
        (DataType::F64, 0.25, -9999.0, DataType::F32, 10.25),
        (DataType::U8, 0.0, 255.0, DataType::U8, 0.0),
        (DataType::I32, 66000.0, -1.0, DataType::U16, 65535.0),
    ] {
        let source = single(from, low, own);
        let (made, notes) = write(&source, |o| {
            o.data_type = Some(to);
            o.nodata = Some(stated.into());
        })
        .unwrap();
        let what = format!("{from} {low} {own} to {to} {stated}: {notes:?}");
        assert_eq!(made.info().nodata(), Some(Nodata::from(stated)), "{what}");
        assert_eq!(shown(&made), expected(), "{what}");
        let values = made.read_window(&[1], &made.info().window()).unwrap().convert::<f64>();
        let own = source.read_window(&[1], &made.info().window()).unwrap().convert::<f64>();
        let (low, high) = to.range();
        let mut moved = false;
        for ((_, r, c), v) in values.indexed_iter() {
            if valid(r, c) {
                let plain = own[[0, r, c]].clamp(low, high);
                let becomes = if to.is_integer() { plain.round() } else { plain };
                moved |= (becomes - stated).abs() < 1e-9;
                assert!((v - plain).abs() <= 1.0, "{what}: {v} of {plain}");
            }
        }
        assert_eq!(notes.iter().any(|n| n.contains("without being missing")), moved, "{what}");
    }
}

/// Stating a value of a raster that knows of nothing missing says that this value is missing; saturated ones are not meant.
#[test]
fn a_declared_value_is_missing_from_then_on() {
    let values = Array3::from_shape_fn((1, 20, 20), |(_, r, c)| (r * 20 + c) as u16);
    let source = MemoryRaster::new(values);
    let (made, notes) = write(&source, |o| o.nodata = Some(7.into())).unwrap();
    let missing = |d: &Dataset| shown(d).iter().filter(|v| !**v).count();
    assert_eq!((missing(&made), notes.len()), (1, 1), "{notes:?}");
    assert!(notes[0].contains("1 sample of value 7"), "{notes:?}");
    let (made, notes) = write(&source, |o| {
        o.data_type = Some(DataType::U8);
        o.nodata = Some(255.into());
    })
    .unwrap();
    assert_eq!(missing(&made), 1, "255 itself");
    assert!(notes.iter().any(|n| n.contains("144 samples beyond the range of u8")), "{notes:?}");
    assert!(notes.iter().any(|n| n.contains("values from 256 to 399")), "{notes:?}");
}

/// NaN is missing, and integers have none: another value, a mask, or an alpha band says so.
#[test]
fn nan_is_missing_in_integers_too() {
    let with_nan = |nodata: Option<f64>| {
        let mut raster = single(DataType::F32, 10.0, f64::NAN);
        raster = raster
            .update_info(|i| {
                i.bands[0].nodata = nodata.map(Nodata::from);
                i.bands[0].mask = if nodata.is_some() { MaskKind::Nodata } else { MaskKind::AllValid };
            })
            .unwrap();
        raster
    };
    for own in [None, Some(-9999.0), Some(f64::NAN)] {
        for (stated, validity) in [
            (None, ValidityAs::Source),
            (Some(-1.0), ValidityAs::Source),
            (None, ValidityAs::Mask),
            (None, ValidityAs::Alpha),
        ] {
            let made = write(&with_nan(own), |o| {
                o.data_type = Some(DataType::I16);
                o.nodata = stated.map(Nodata::from);
                o.validity = validity;
            });
            let what = format!("nodata {own:?}, {stated:?}, {validity:?}");
            match made {
                Ok((made, _)) => assert_eq!(shown(&made), expected(), "{what}"),
                // A value that the type does not have cannot be kept as one.
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Misuse, "{what}");
                    assert!(
                        own.is_some_and(f64::is_nan) && stated.is_none() && validity == ValidityAs::Source,
                        "{what}: {error}"
                    );
                }
            }
        }
        let (made, _) = write(&with_nan(own), |o| o.validity = ValidityAs::Mask).unwrap();
        assert_eq!(shown(&made), expected(), "mask of floats, {own:?}");
    }
}

#[test]
fn half_precision_rounds_its_nodata_value() {
    let (made, _) =
        write(&single(DataType::F32, 1.0, -9999.0), |o| o.data_type = Some(DataType::F16)).unwrap();
    assert_eq!(made.info().nodata(), Some(Nodata::from(-10000)));
    assert_eq!(shown(&made), expected());
}

/// Validity comes through codecs that change pixels, to the bit, and nothing is refused that GDAL writes.
#[test]
fn lossy_codecs_keep_validity_exactly() {
    let jpeg = |o: &mut TransferOptions| o.create.compression = Compression::Jpeg;
    let lerc = |o: &mut TransferOptions| {
        o.create.compression = Compression::LercZstd;
        o.create.max_z_error = 3.0;
    };
    let rgb = rgba(DataType::U8);
    let colours = rgb.read_window(&[1, 2, 3], &rgb.info().window()).unwrap();
    let by_nodata = MemoryRaster::new(colours.clone()).with_nodata(0);
    let by_mask = MemoryRaster::new(colours).with_mask(expected().mapv(|v| if v { 255 } else { 0 })).unwrap();
    type Case<'a> = (&'a str, &'a dyn RasterSource, &'a dyn Fn(&mut TransferOptions));
    let many: [Case<'_>; 9] = [
        ("jpeg rgba", &rgb, &jpeg),
        ("jpeg rgb nodata", &by_nodata, &jpeg),
        ("jpeg rgb mask", &by_mask, &jpeg),
        ("jpeg grey nodata", &single(DataType::U8, 3.0, 0.0), &jpeg),
        ("lerc rgba", &rgb, &lerc),
        ("lerc i16", &single(DataType::I16, -90.0, -99.0), &lerc),
        ("lerc f32", &single(DataType::F32, -9998.0, -9999.0), &lerc),
        ("lerc f32 nan", &single(DataType::F32, -9998.0, f64::NAN), &lerc),
        ("lerc rgba u16", &rgba(DataType::U16), &lerc),
    ];
    for (name, source, change) in many {
        for interleave in [Interleave::Pixel, Interleave::Band] {
            let (made, notes) = write(source, |o| {
                o.create.interleave = interleave;
                change(o);
            })
            .unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(shown(&made), expected(), "{name}");
            assert!(notes.is_empty(), "{name}: {notes:?}");
            assert!(made.info().alpha_band().is_none(), "{name}");
        }
    }
    // A value that is declared, by a raster in which nothing was missing.
    let plain = MemoryRaster::new(single(DataType::U8, 3.0, 0.0).into_pixels());
    let (made, _) = write(&plain, |o| {
        jpeg(o);
        o.nodata = Some(0.into());
    })
    .unwrap();
    assert_eq!(shown(&made), expected());
    // Half transparent pixels are no more; that is told.
    let faint = rgba(DataType::U8);
    let info = faint.info().clone();
    let mut pixels = faint.into_pixels().into_typed::<u8>().unwrap();
    pixels.index_axis_mut(Axis(0), 3).mapv_inplace(|a| if a == 255 { 90 } else { a });
    let (made, notes) = write(&MemoryRaster::new(pixels).with_info(info).unwrap(), jpeg).unwrap();
    assert_eq!(shown(&made), expected());
    assert!(notes.iter().any(|n| n.contains("partly transparent")), "{notes:?}");
}

#[test]
fn colours_without_their_alpha_band_keep_a_mask() {
    let source = rgba(DataType::U8);
    for bands in [vec![1, 2, 3], vec![2]] {
        let (made, _) = write(&source, |o| o.bands = Some(bands.clone())).unwrap();
        assert_eq!(shown(&made), expected(), "{bands:?}");
    }
}

#[test]
fn an_alpha_band_that_nobody_reads_has_a_mask_beside_it() {
    for data_type in [DataType::U8, DataType::U16, DataType::I16, DataType::F32] {
        for nan in [false, true] {
            let source = single(data_type, 5.0, if nan && data_type.is_float() { f64::NAN } else { 1.0 });
            let (made, _) = write(&source, |o| o.validity = ValidityAs::Alpha).unwrap();
            assert_eq!(made.info().bands.len(), 2);
            let mask = made.read_mask_window(&[1], &made.info().window()).unwrap();
            assert_eq!(mask.index_axis(Axis(0), 0).mapv(|m| m != 0), expected(), "{data_type}");
        }
    }
}

/// Statistics are those of the pixels: of the source where those are the source's, else none or new ones, without what is missing.
#[test]
fn statistics_tell_of_the_pixels_that_are_there() {
    let stated = |raster: MemoryRaster| {
        raster.update_info(|i| i.metadata.set("", Some(1), "STATISTICS_MAXIMUM", "59999")).unwrap()
    };
    let source = stated(single(DataType::U16, 100.0, 65535.0));
    let kept = |change: &dyn Fn(&mut TransferOptions)| {
        let (made, _) = write(&source, change).unwrap();
        made.info().metadata.get("", Some(1), "STATISTICS_MAXIMUM").map(str::to_owned)
    };
    assert_eq!(kept(&|_| {}).as_deref(), Some("59999"));
    for to in [DataType::U8, DataType::I32, DataType::F32] {
        let other = |o: &mut TransferOptions| (o.data_type, o.nodata) = (Some(to), Some(0.into()));
        assert_eq!(kept(&other), None, "{to}");
    }
    assert_eq!(kept(&|o| o.nodata = Some(0.into())), None);
    assert_eq!(kept(&|o| o.validity = ValidityAs::None), None);
}

/// What the writer computes agrees with what reading computes, whatever says what is missing.
#[test]
fn written_statistics_agree_with_those_that_are_read() {
    let masked = MemoryRaster::new(single(DataType::U8, 3.0, 1.0).into_pixels())
        .with_mask(expected().mapv(|v| if v { 255 } else { 0 }))
        .unwrap();
    let mut premultiplied = rgba(DataType::U8);
    premultiplied = premultiplied.update_info(|i| i.bands[3].premultiplied = true).unwrap();
    let sources: [(&str, &dyn RasterSource); 6] = [
        ("nodata", &single(DataType::I16, -70.0, -99.0)),
        ("nan", &single(DataType::F32, -70.0, f64::NAN)),
        ("mask", &masked),
        ("alpha", &rgba(DataType::U8)),
        ("alpha of 16 bits", &rgba(DataType::U16)),
        ("premultiplied", &premultiplied),
    ];
    for (name, source) in sources {
        let (made, _) = write(source, |o| o.create.statistics = true).unwrap();
        for band in 1..=made.info().bands.len() {
            let Some(Statistics { count, min, max, mean, std }) = made.statistics(band, false).unwrap()
            else {
                panic!("{name}: nothing valid")
            };
            let item = |key: &str| -> f64 {
                let text = made.info().metadata.get("", Some(band), &format!("STATISTICS_{key}"));
                text.unwrap_or_else(|| panic!("{name}: no {key}")).parse().unwrap()
            };
            assert_eq!((item("MINIMUM"), item("MAXIMUM")), (min, max), "{name} {band}");
            assert!((item("MEAN") - mean).abs() < 1e-9 * mean.abs().max(1.0), "{name} {band}");
            assert!((item("STDDEV") - std).abs() < 1e-9 * std.max(1.0), "{name} {band}");
            let percent = 100.0 * count as f64 / (SIZE.0 * SIZE.1) as f64;
            assert!((item("VALID_PERCENT") - percent).abs() < 0.01, "{name} {band}");
        }
    }
}

#[test]
fn premultiplied_alpha_stays_premultiplied() {
    let source = rgba(DataType::U8).update_info(|i| i.bands[3].premultiplied = true).unwrap();
    let (made, _) = write(&source, |_| {}).unwrap();
    assert!(made.info().bands[3].premultiplied);
    let (made, _) = write(&rgba(DataType::U8), |_| {}).unwrap();
    assert!(!made.info().bands[3].premultiplied);
}

/// The colours of a palette are averaged and the nearest entry is taken; never the one of nodata.
#[test]
fn palettes_are_averaged_by_their_colours() {
    let entries = vec![[0, 0, 0, 255], [200, 0, 0, 255], [100, 0, 0, 255], [0, 250, 0, 255]];
    let indices = |r: usize, c: usize| match (r / 2 % 2, c % 4) {
        // Dark and bright red beside each other: the middle one, whose index is not between theirs.
        (0, 0 | 1) => c as u8 % 2,
        (0, _) => 3,
        _ => 1,
    };
    let values = Array3::from_shape_fn((1, 32, 32), |(_, r, c)| indices(r, c));
    let raster = MemoryRaster::new(values)
        .update_info(|i| {
            i.bands[0].color_table = Some(ColorTable { entries: entries.clone() });
            i.bands[0].color = ColorInterp::Palette;
        })
        .unwrap();
    for method in [Resampling::Average, Resampling::Bilinear, Resampling::Cubic, Resampling::Rms] {
        let (made, _) = write(&raster, |o| {
            o.create.overviews = Overviews::Factors(vec![2]);
            o.create.overview_resampling = Some(method);
        })
        .unwrap();
        let level = made.overview(0).unwrap();
        let read = level.read_window(&[1], &level.info().window()).unwrap().into_typed::<u8>().unwrap();
        if method == Resampling::Average {
            assert_eq!((read[[0, 0, 0]], read[[0, 0, 1]], read[[0, 1, 0]]), (2, 3, 1), "{method}");
        }
        assert!(read.iter().all(|v| *v < 4));
    }
}

#[test]
fn options_without_meaning_are_refused() {
    let source = single(DataType::U8, 3.0, 0.0);
    let refused = |change: &dyn Fn(&mut TransferOptions)| {
        assert_eq!(write(&source, change).unwrap_err().kind(), ErrorKind::Misuse);
    };
    for (compression, level) in [
        (Compression::Deflate, 99),
        (Compression::Deflate, -1),
        (Compression::Zstd, 23),
        (Compression::Lzma, 10),
        (Compression::None, 3),
        (Compression::Lzw, 1),
        (Compression::Jpeg, 5),
    ] {
        refused(&|o| (o.create.compression, o.create.level) = (compression, level));
    }
    refused(&|o| (o.nodata, o.validity) = (Some(5.into()), ValidityAs::Mask));
    refused(&|o| o.nodata = Some(300.into()));
}
