//! The same pixels for any cut of the output, any number of threads, any limit on the source window, and for
//! a source that is a view itself.
#![allow(clippy::unwrap_used, reason = "tests")]

use ndarray::Array3;
use raster_core::{AnyArray, CrsRef, GeoTransform, Grid, MemoryRaster, Nodata, RasterSource, Window};
use std::sync::Arc;
use warp::{GridRequest, Positions, Resampling, WarpOptions, WarpedRaster, reproject};

/// Two bands with holes, with a pixel of `size` metres in UTM zone 32.
fn source(size: f64, holes: bool) -> MemoryRaster {
    let mut state = 5u32;
    let pixels = Array3::from_shape_fn((2, 150, 190), |(b, r, c)| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let hole = holes && (state >> 26 == 0 || (60..75).contains(&r) && (100..130).contains(&c));
        if hole { 0 } else { 300 + ((r * 7 + c * 13 + b * 31) % 500) as u16 + (state >> 25) as u16 }
    });
    let raster = MemoryRaster::new(pixels).with_nodata(Nodata::Int(0));
    raster
        .update_info(|i| {
            i.transform = Some(GeoTransform::from_origin(600_000.0, 5_205_000.0, size, size));
            i.crs = Some(CrsRef::Epsg(32632));
        })
        .unwrap()
}

fn grid(source: &MemoryRaster, code: u32, factor: f64) -> Grid {
    let request = GridRequest { crs: Some(CrsRef::Epsg(code)), ..GridRequest::default() };
    let base = request.grid(source.info()).unwrap();
    let r = (base.transform.a * factor, -base.transform.e * factor);
    GridRequest { resolution: Some(r), ..request }.grid(source.info()).unwrap()
}

fn windows(view: &dyn RasterSource, width: usize, height: usize) -> impl Iterator<Item = Window> {
    let (w, h) = (view.info().width, view.info().height);
    let corners =
        (0..h).step_by(height).flat_map(move |row| (0..w).step_by(width).map(move |col| (col, row)));
    corners.map(move |(col, row)| Window::new(col as i64, row as i64, width, height).crop(w, h))
}

fn pixels_by_windows(view: &dyn RasterSource, width: usize, height: usize) -> AnyArray {
    let info = view.info();
    let bands = info.all_bands();
    let mut pixels = AnyArray::zeros(info.data_type, (bands.len(), info.height, info.width));
    for w in windows(view, width, height) {
        view.read_into(&bands, &w, pixels.view_mut().window_mut(&w)).unwrap();
    }
    pixels
}

fn mask_by_windows(view: &dyn RasterSource, width: usize, height: usize) -> Array3<u8> {
    let bands = view.info().all_bands();
    let mut mask = Array3::zeros((bands.len(), view.info().height, view.info().width));
    for w in windows(view, width, height) {
        for ((b, r, c), v) in view.read_mask_window(&bands, &w).unwrap().indexed_iter() {
            mask[[b, w.row as usize + r, w.col as usize + c]] = *v;
        }
    }
    mask
}

#[test]
fn any_cut_gives_the_same_pixels() {
    for (factor, methods) in [(1.0, Resampling::WARP), (2.7, Resampling::WARP), (0.6, &Resampling::WARP[..5])]
    {
        for holes in [false, true] {
            let source = source(30.0, holes);
            let grid = grid(&source, 3857, factor);
            for &method in methods {
                let options = WarpOptions::new(method);
                let whole = reproject(&source, &grid, &options).unwrap();
                let pixels = whole.pixels();
                let view = WarpedRaster::new(Arc::new(source.clone()), &grid, &options).unwrap();
                for (w, h) in [(grid.width, grid.height), (61, 47), (128, 128)] {
                    let read = pixels_by_windows(&view, w, h);
                    assert!(&read == pixels, "{method} × {factor}, holes {holes}, windows {w} × {h}");
                }
                let expected = whole.read_mask_window(&[1, 2], &whole.info().window()).unwrap();
                let mask = mask_by_windows(&view, 97, 61);
                assert_eq!(mask, expected, "{method} × {factor}: validity is what nodata says");
                let threads = 3;
                let pool = parallel::Pool::new(threads).unwrap();
                let read = pool.run(|| reproject(&source, &grid, &options).unwrap());
                assert!(read.pixels() == pixels, "{method} on {threads} threads");
                let mut tight = options.clone();
                tight.window_limit = 2000;
                let view = WarpedRaster::new(Arc::new(source.clone()), &grid, &tight).unwrap();
                let read = pixels_by_windows(&view, grid.width, grid.height);
                assert!(&read == pixels, "{method} × {factor} with small source windows");
            }
        }
    }
}

#[test]
fn single_pixels_are_the_whole_ones() {
    let source = source(30.0, true);
    let grid = grid(&source, 4326, 1.3);
    for method in
        [Resampling::Nearest, Resampling::Cubic, Resampling::Lanczos, Resampling::Average, Resampling::Median]
    {
        for positions in [Positions::default(), Positions::Exact, Positions::gdalwarp()] {
            let options = WarpOptions::new(method).with_positions(positions);
            let whole = reproject(&source, &grid, &options).unwrap();
            let view = WarpedRaster::new(Arc::new(source.clone()), &grid, &options).unwrap();
            for i in 0..400 {
                let (col, row) = ((i * 37) % grid.width, (i * 53) % grid.height);
                let one = view.read_window(&[2], &Window::new(col as i64, row as i64, 1, 1)).unwrap();
                assert_eq!(
                    one.view().value(0, 0, 0),
                    whole.pixels().view().value(1, row, col),
                    "{method} {positions:?}"
                );
            }
        }
    }
}

#[test]
fn views_stack() {
    // A view of a view is the view of what the first one holds.
    let source = source(30.0, true);
    let first_grid = grid(&source, 3857, 1.0);
    let second_grid = grid(&source, 32633, 1.5);
    let options = WarpOptions::new(Resampling::Bilinear);
    let first = WarpedRaster::new(Arc::new(source.clone()), &first_grid, &options).unwrap();
    let held = reproject(&source, &first_grid, &options).unwrap();
    let stacked = WarpedRaster::new(Arc::new(first), &second_grid, &options).unwrap();
    let expected = reproject(&held, &second_grid, &options).unwrap();
    let read = pixels_by_windows(&stacked, 90, 70);
    assert!(&read == expected.pixels());
}

#[test]
fn certified_positions_give_the_exact_pixels() {
    for code in [3857, 4326, 32633] {
        let source = source(10.0, true);
        let grid = grid(&source, code, 1.0);
        for method in [Resampling::Nearest, Resampling::Bilinear, Resampling::Cubic] {
            let run = |p| reproject(&source, &grid, &WarpOptions::new(method).with_positions(p)).unwrap();
            let (a, b) = (run(Positions::default()), run(Positions::Exact));
            assert!(a.pixels() == b.pixels(), "{method} to {code}");
        }
    }
}

#[test]
fn pixels_and_masks_in_one_go_are_those_read_apart() {
    for holes in [false, true] {
        let source = source(30.0, holes);
        let grid = grid(&source, 3857, 0.7);
        for method in [Resampling::Nearest, Resampling::Cubic, Resampling::Average] {
            let mut with_alpha = WarpOptions::new(method);
            with_alpha.add_alpha = true;
            let mut wider = WarpOptions::new(method);
            wider.data_type = Some(raster_core::DataType::F64);
            for options in [WarpOptions::new(method), with_alpha, wider] {
                let view = WarpedRaster::new(Arc::new(source.clone()), &grid, &options).unwrap();
                let all = view.info().all_bands();
                for window in windows(&view, 90, 70) {
                    for count in [0, 1, all.len()] {
                        let (rows, cols) = (window.height, window.width);
                        let mut pixels = AnyArray::zeros(view.info().data_type, (all.len(), rows, cols));
                        let mut mask = Array3::zeros((count, rows, cols));
                        view.read_masked_into(&all, &window, pixels.view_mut(), mask.view_mut()).unwrap();
                        assert!(pixels == view.read_window(&all, &window).unwrap(), "{method} {window}");
                        assert!(
                            mask == view.read_mask_window(&all[..count], &window).unwrap(),
                            "{method} {window}, masks of {count}"
                        );
                    }
                }
            }
        }
    }
}
