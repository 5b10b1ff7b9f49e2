//! Colours beside an alpha band, warped: no visible pixel gets a colour that no visible pixel had, by any method, and transparent
//! pixels are left out of alpha as they are of the colours.

use ndarray::Array3;
use raster_core::{
    AnyArray, ColorInterp, DataType, GeoTransform, Grid, MaskKind, MemoryRaster, RasterSource, Resampling,
    Window,
};
use std::sync::Arc;
use warp::{WarpOptions, WarpedRaster, reproject};

const SIZE: (usize, usize) = (90, 80);

/// Colours of 100 to 200 where something shows, black where nothing does.
fn picture(data_type: DataType, soft: bool, premultiplied: bool) -> MemoryRaster {
    let top = data_type.range().1;
    let mut state = 7u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 24)
    };
    let mut values = Array3::<f64>::zeros((4, SIZE.1, SIZE.0));
    for (r, c) in (0..SIZE.1).flat_map(|r| (0..SIZE.0).map(move |c| (r, c))) {
        let distance = (r as f64 - 40.0).hypot(c as f64 - 45.0);
        let alpha = if soft { (1.4 - distance / 26.0).clamp(0.0, 1.0) } else { f64::from(distance < 34.0) };
        let alpha = (alpha * top).round();
        values[[3, r, c]] = alpha;
        for band in 0..3 {
            let colour = (100.0 + 100.0 * random()).round();
            let part = if premultiplied { alpha / top } else { f64::from(alpha > 0.0) };
            values[[band, r, c]] = (colour * part).round();
        }
    }
    MemoryRaster::new(AnyArray::from(values).convert_to(data_type))
        .update_info(|i| {
            let colours = [ColorInterp::Red, ColorInterp::Green, ColorInterp::Blue, ColorInterp::Alpha];
            i.bands.iter_mut().zip(colours).for_each(|(b, c)| b.color = c);
            i.bands[..3].iter_mut().for_each(|b| b.mask = MaskKind::Alpha);
            i.bands[3].premultiplied = premultiplied;
            i.transform = Some(GeoTransform::IDENTITY);
        })
        .unwrap()
}

fn places() -> [GeoTransform; 4] {
    [
        GeoTransform { a: 0.7, b: 0.0, c: -3.3, d: 0.0, e: 0.7, f: -2.2 },
        GeoTransform { a: 2.4, b: 0.0, c: -5.2, d: 0.0, e: 3.1, f: 1.1 },
        GeoTransform { a: 0.8, b: 0.6, c: -10.3, d: -0.6, e: 0.8, f: 40.7 },
        GeoTransform { a: 1.0, b: 0.0, c: 0.5, d: 0.0, e: 1.0, f: 0.25 },
    ]
}

#[test]
fn nothing_is_invented() {
    for data_type in [DataType::U8, DataType::U16] {
        for soft in [false, true] {
            let source = picture(data_type, soft, false);
            for t in places() {
                for &method in Resampling::WARP.iter().filter(|m| **m != Resampling::Sum) {
                    for to in [None, Some(DataType::F32)] {
                        let mut options = WarpOptions::new(method);
                        options.data_type = to;
                        let made = reproject(&source, &Grid::new(100, 90, t), &options).unwrap();
                        let read =
                            made.pixels().clone().convert_to(DataType::F64).into_typed::<f64>().unwrap();
                        let lobes = matches!(
                            method,
                            Resampling::Cubic | Resampling::Lanczos | Resampling::CubicSpline
                        );
                        // Where all is opaque lobes overshoot by some of the contrast.
                        let slack = if lobes { 45.0 } else { 1e-4 };
                        let mut shown = 0;
                        for (r, c) in (0..90).flat_map(|r| (0..100).map(move |c| (r, c))) {
                            let what = || format!("{data_type} {soft} {t} {method} {to:?} at {r}, {c}");
                            if read[[3, r, c]] > 0.0 {
                                shown += 1;
                                for band in 0..3 {
                                    let v = read[[band, r, c]];
                                    assert!((100.0 - slack..=200.0 + slack).contains(&v), "{}: {v}", what());
                                }
                            }
                            assert!(!read[[3, r, c]].is_nan(), "{}", what());
                            if !soft && !lobes {
                                // A mask stays one.
                                assert!([0.0, data_type.range().1].contains(&read[[3, r, c]]), "{}", what());
                            }
                        }
                        assert!(shown > 100, "{method}");
                    }
                }
            }
        }
    }
}

/// Whatever the cut into windows, and whichever bands are read together.
#[test]
fn windows_and_bands_do_not_show() {
    let source: Arc<dyn RasterSource> = Arc::new(picture(DataType::U8, true, false));
    for t in places() {
        for &method in Resampling::WARP.iter().filter(|m| **m != Resampling::Sum) {
            let view =
                WarpedRaster::new(Arc::clone(&source), &Grid::new(100, 90, t), &WarpOptions::new(method))
                    .unwrap();
            let whole = view.read_window(&[1, 2, 3, 4], &Window::new(0, 0, 100, 90)).unwrap();
            for window in [Window::new(13, 7, 40, 30), Window::new(0, 41, 100, 1), Window::new(50, 0, 1, 90)]
            {
                let part = view.read_window(&[1, 2, 3, 4], &window).unwrap();
                assert!(
                    part.view().to_owned() == whole.view().window(&window).to_owned(),
                    "{method} {window}"
                );
                for band in 1..=4 {
                    let one = view.read_window(&[band], &window).unwrap();
                    let same = whole.view().window(&window).band(band - 1).to_owned();
                    assert!(one == same, "{method} {window} band {band}");
                }
            }
        }
    }
}

/// Opaque colours are those of a raster without alpha, and multiplied ones those of four plain bands.
#[test]
fn what_hides_nothing_changes_nothing() {
    let opaque = {
        let source = picture(DataType::U8, false, false);
        let info = source.info().clone();
        let mut pixels = source.into_pixels().into_typed::<u8>().unwrap();
        pixels.index_axis_mut(ndarray::Axis(0), 3).fill(255);
        MemoryRaster::new(pixels).with_info(info).unwrap()
    };
    let plain = |source: &MemoryRaster| {
        MemoryRaster::new(source.pixels().clone())
            .update_info(|i| i.transform = Some(GeoTransform::IDENTITY))
            .unwrap()
    };
    for source in [opaque, picture(DataType::U8, true, true)] {
        for t in places() {
            for &method in Resampling::WARP {
                let grid = Grid::new(60, 60, t);
                let a = reproject(&source, &grid, &WarpOptions::new(method)).unwrap();
                let b = reproject(&plain(&source), &grid, &WarpOptions::new(method)).unwrap();
                assert!(a.pixels() == b.pixels(), "{method} {t}");
            }
        }
    }
}

#[test]
fn indices_of_a_palette_are_not_mixed() {
    let source = MemoryRaster::new(Array3::<u8>::zeros((1, 8, 8)))
        .update_info(|i| {
            i.transform = Some(GeoTransform::IDENTITY);
            i.bands[0].color_table = Some(raster_core::ColorTable { entries: vec![[1, 2, 3, 255]] });
        })
        .unwrap();
    for &method in Resampling::WARP {
        let made = reproject(&source, &Grid::new(4, 4, GeoTransform::IDENTITY), &WarpOptions::new(method));
        assert_eq!(made.is_ok(), method.keeps_values(), "{method}");
    }
}
