//! Overviews against GDAL 3.10.3 (rasterio 1.4.4), as `shared/golden/gen_golden.py` recorded them.

use geotiff_io::{BigTiff, CreateOptions, Dataset, GeoTiffWriter, Overviews, Resampling};
use raster_core::{AnyArray, RasterSource, Window};
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
