//! Overviews against GDAL 3.10.3 (rasterio 1.4.4), as `shared/golden/gen_golden.py` recorded them.

use geotiff_io::{BigTiff, CreateOptions, Dataset, GeoTiffWriter, Interleave, Overviews, Resampling};
use ndarray::{Array2, Array3};
use raster_core::{AnyArray, DataType, RasterInfo, RasterSource, Window};
use std::{io::Write, path::PathBuf};

fn golden(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/golden")).join(name);
    if !path.exists() {
        let _ = writeln!(std::io::stderr(), "skipped: {} is not here", path.display());
        return None;
    }
    Some(path)
}

fn read(dataset: &dyn RasterSource, band: usize) -> AnyArray {
    dataset.read_window(&[band], &dataset.info().window()).unwrap()
}

/// The bands of the recorded files, in order.
const METHODS: [Resampling; 9] = [
    Resampling::Nearest,
    Resampling::Bilinear,
    Resampling::Cubic,
    Resampling::CubicSpline,
    Resampling::Lanczos,
    Resampling::Average,
    Resampling::Mode,
    Resampling::Gauss,
    Resampling::Rms,
];

#[test]
fn levels_of_two_four_and_eight_are_gdals() {
    for input in ["u8", "u8nd", "f32", "f32nd"] {
        let Some(path) = golden(&format!("resample/in_{input}.tif")) else { return };
        let source = Dataset::open(path).unwrap();
        let info = source.info().clone();
        let pixels = read(&source, 1);
        for (i, method) in METHODS.into_iter().enumerate() {
            let options = CreateOptions::cog()
                .with_block_size(16)
                // As in the recorded files: nearest depends on it.
                .with_interleave(Interleave::Band)
                .with_overviews(Overviews::Factors(vec![2, 4, 8]), method)
                .carrying_from(&source)
                .unwrap();
            let writer = GeoTiffWriter::new(&info, &options).unwrap();
            writer.write_window(&Window::whole(info.width, info.height), &pixels.view()).unwrap();
            let made = Dataset::from_bytes(writer.finish_bytes().unwrap()).unwrap();
            // The last level is named by the ratio of sizes that rasterio rounds: 50 / 7.
            for (level, factor) in [2, 4, 7].into_iter().enumerate() {
                let Some(path) = golden(&format!("resample/ovr_{input}_{factor}.tif")) else { return };
                let expected = read(&Dataset::open(path).unwrap(), i + 1);
                let ours = read(&*made.overview(level).unwrap(), 1);
                assert_eq!(ours.shape(), expected.shape());
                let (expected, ours) = (expected.convert::<f64>(), ours.convert::<f64>());
                // GDAL's means put exact halves on either side, and its root mean square of bytes uses an integer square
                // root that is one off at times.
                let tolerance = match (info.data_type.is_integer(), method) {
                    (true, Resampling::Average | Resampling::Rms) => 1.0,
                    (true, _) => 0.0,
                    (false, _) => 1e-3,
                };
                for (at, v) in ours.indexed_iter() {
                    let difference = (v - expected[at]).abs();
                    assert!(
                        difference <= tolerance || (v.is_nan() && expected[at].is_nan()),
                        "{input} {method} /{factor} {at:?}: {v}, GDAL has {}",
                        expected[at]
                    );
                }
            }
        }
    }
}

#[test]
fn overview_levels_of_the_cog_driver() {
    let Some(path) = golden("cog/u8_deflate_default.tif") else { return };
    let theirs = Dataset::open(path).unwrap();
    let info = theirs.info().clone();
    let mut options = CreateOptions::cog().carrying_from(&theirs).unwrap();
    options.big_tiff = BigTiff::No;
    let writer = GeoTiffWriter::new(&info, &options).unwrap();
    writer.write_window(&info.window(), &read(&theirs, 1).view()).unwrap();
    let ours = Dataset::from_bytes(writer.finish_bytes().unwrap()).unwrap();
    assert_eq!(ours.info().overviews, info.overviews);
    for level in 0..info.overviews.len() {
        let (a, b) = (read(&*ours.overview(level).unwrap(), 1), read(&*theirs.overview(level).unwrap(), 1));
        assert!(a == b, "level {level}");
    }
}

/// Nearest: where pixels are interleaved each level is taken from the one before, where bands lie apart from the full resolution, as
/// GDAL 3.10 has it in both (129 × 65 pixels: odd sizes tell them apart).
#[test]
fn nearest_follows_the_interleave() {
    let info = RasterInfo::new(129, 65, 1, DataType::U16);
    let pixels = Array3::from_shape_fn((1, 65, 129), |(_, r, c)| (r * 129 + c) as u16);
    let sampled = |from: &Array2<u16>, size: (usize, usize)| {
        let at = |i: usize, full: usize, len: usize| {
            ((0.5 + i as f64 * full as f64 / len as f64) as usize).min(full - 1)
        };
        Array2::from_shape_fn(size, |(r, c)| from[[at(r, from.nrows(), size.0), at(c, from.ncols(), size.1)]])
    };
    for (interleave, cascades) in [(Interleave::Pixel, true), (Interleave::Band, false)] {
        let options = CreateOptions::cog()
            .with_block_size(16)
            .with_interleave(interleave)
            .with_overviews(Overviews::Factors(vec![2, 4, 8]), Resampling::Nearest);
        let writer = GeoTiffWriter::new(&info, &options).unwrap();
        writer.write_window(&info.window(), &AnyArray::from(pixels.clone()).view()).unwrap();
        let made = Dataset::from_bytes(writer.finish_bytes().unwrap()).unwrap();
        let full = pixels.index_axis(ndarray::Axis(0), 0).to_owned();
        let mut before = full.clone();
        for level in 0..3 {
            let read = read(&*made.overview(level).unwrap(), 1).into_typed::<u16>().unwrap();
            let read = read.index_axis_move(ndarray::Axis(0), 0);
            let expected = sampled(if cascades { &before } else { &full }, read.dim());
            assert_eq!(read, expected, "{interleave:?} {level}");
            before = read;
        }
    }
}
