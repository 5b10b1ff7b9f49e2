//! A window holds the same pixels as the same part of the whole, for any cut and any number of threads.

mod support;

use geotiff_io::{Dataset, OpenOptions};
use raster_core::{AnyArray, DataType, MemoryRaster, RasterSource, Window, with_type};
use std::fs;
use support::{Dice, fixture};

fn fixtures() -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = fs::read_dir(fixture("valid"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "tif"))
        .collect();
    files.sort();
    assert!(files.len() > 40);
    files
}

/// NaN pixels are equal when their bits are.
fn same(a: &AnyArray, b: &AnyArray) -> bool {
    a.shape() == b.shape() && a.data_type() == b.data_type() && support::bytes(a) == support::bytes(b)
}

fn random_window(dice: &mut Dice, width: usize, height: usize) -> Window {
    let (col, row) = (dice.below(width), dice.below(height));
    Window::new(col as i64, row as i64, 1 + dice.below(width - col), 1 + dice.below(height - row))
}

#[test]
fn windows_are_parts_of_the_whole() {
    let mut dice = Dice(1);
    for path in fixtures() {
        let dataset = Dataset::open(&path).unwrap();
        let info = dataset.info();
        // The digests of whole rasters are checked elsewhere; a copy in memory is the slow twin.
        let twin = MemoryRaster::new(dataset.read_any().array().unwrap());
        let datasets = [1, 2, 8].map(|n| OpenOptions::new().threads(n).open(&path).unwrap());
        for i in 0..12 {
            let window = random_window(&mut dice, info.width, info.height);
            let bands: Vec<usize> =
                (0..1 + dice.below(4)).map(|_| 1 + dice.below(info.band_count())).collect();
            let expected = twin.read_window(&bands, &window).unwrap();
            let read = datasets[i % 3].read_window(&bands, &window).unwrap();
            assert!(same(&read, &expected), "{} {window} bands {bands:?}", path.display());
        }
    }
}

#[test]
fn windows_may_go_into_a_part_of_an_array_and_change_the_type() {
    for path in fixtures() {
        let dataset = Dataset::open(&path).unwrap();
        let info = dataset.info();
        let window = Window::new(0, 0, info.width.div_ceil(2), info.height.div_ceil(2));
        let bands = info.all_bands();
        let native = dataset.read_window(&bands, &window).unwrap();
        for data_type in DataType::ALL {
            let expected = native.clone().convert_to(data_type);
            let mut larger = AnyArray::zeros(data_type, (bands.len(), window.height + 2, window.width + 3));
            let place = Window::new(1, 1, window.width, window.height);
            dataset.read_into(&bands, &window, larger.view_mut().window_mut(&place)).unwrap();
            let read = larger.view().window(&place).to_owned();
            assert!(same(&read, &expected), "{} as {data_type}", path.display());
            with_type!(data_type, T => {
                let typed = dataset.read::<T>().window(window).array().unwrap();
                assert!(same(&AnyArray::from(typed), &expected), "{} as {data_type}", path.display());
            });
        }
    }
}

#[test]
fn masks_by_windows_are_parts_of_the_whole_mask() {
    let mut dice = Dice(2);
    for path in fixtures() {
        let dataset = Dataset::open(&path).unwrap();
        let info = dataset.info();
        let bands = info.all_bands();
        let whole = dataset.read_any().mask().unwrap();
        let twin = MemoryRaster::new(AnyArray::from(whole));
        for _ in 0..4 {
            let window = random_window(&mut dice, info.width, info.height);
            let expected = twin.read_window(&bands, &window).unwrap().into_typed::<u8>().unwrap();
            assert_eq!(dataset.read_mask_window(&bands, &window).unwrap(), expected, "{}", path.display());
        }
    }
}

#[test]
fn every_block_once() {
    for path in fixtures() {
        let dataset = Dataset::open(&path).unwrap();
        let info = dataset.info();
        let mut seen = vec![0u8; info.width * info.height];
        for (_, window) in dataset.block_windows() {
            for row in window.row..window.end_row() {
                for col in window.col..window.end_col() {
                    seen[row as usize * info.width + col as usize] += 1;
                }
            }
        }
        assert!(seen.iter().all(|&n| n == 1), "{}", path.display());
    }
}

#[test]
fn what_does_not_fit_is_misuse() {
    let dataset = Dataset::open(fixture("valid/tags.tif")).unwrap();
    let misuse = |result: geotiff_io::Result<AnyArray>| {
        assert_eq!(result.unwrap_err().kind(), geotiff_io::ErrorKind::Misuse);
    };
    misuse(dataset.read_window(&[3], &Window::new(0, 0, 1, 1)));
    misuse(dataset.read_window(&[0], &Window::new(0, 0, 1, 1)));
    misuse(dataset.read_window(&[1], &Window::new(0, 0, 49, 1)));
    misuse(dataset.read_window(&[1], &Window::new(-1, 0, 2, 1)));
    misuse(dataset.read_any().bands([7]).array());
    misuse(
        dataset
            .read_any()
            .float_window(raster_core::FloatWindow { col: f64::NAN, row: 0.0, width: 1.0, height: 1.0 })
            .array(),
    );
    assert!(dataset.tile_windows((1, 0), 0).is_err());
    assert_eq!(dataset.tile_windows((24, 20), 4).unwrap().count(), 9);
    assert!(dataset.tags(0).unwrap().iter().any(|t| t.name == Some("IMAGE_WIDTH")));
    assert!(dataset.tags(1).is_err());
}
