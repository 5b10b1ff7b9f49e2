//! How much validity costs: 64 interleaved bands of 512² bytes, with and without nodata, read with and without masks.

#![allow(clippy::print_stdout, reason = "the output is the purpose")]

use geotiff_io::{Compression, CreateOptions, Dataset, GeoTiffWriter, OpenOptions, Resampling};
use ndarray::Array3;
use raster_core::{AnyArray, DataType, Nodata, RasterInfo, RasterSource};
use std::time::Instant;

fn file(nodata: bool) -> geotiff_io::Result<Dataset> {
    let mut info = RasterInfo::new(512, 512, 64, DataType::U8);
    info.bands.iter_mut().for_each(|b| b.nodata = nodata.then(|| Nodata::from(0)));
    let mut options = CreateOptions::geotiff().with_compression(Compression::Deflate);
    options.overviews = geotiff_io::Overviews::None;
    let writer = GeoTiffWriter::new(&info, &options)?;
    let pixels = Array3::from_shape_fn((64, 512, 512), |(b, r, c)| ((b * 3 + r / 4 + c / 3) % 256) as u8);
    writer.write_window(&info.window(), &AnyArray::from(pixels).view())?;
    OpenOptions::new().threads(1).from_bytes(writer.finish_bytes()?)
}

/// The fastest of some runs, in milliseconds.
fn time(mut run: impl FnMut() -> geotiff_io::Result<()>) -> geotiff_io::Result<f64> {
    let mut best = f64::INFINITY;
    for _ in 0..15 {
        let start = Instant::now();
        run()?;
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(best)
}

fn main() -> geotiff_io::Result<()> {
    for nodata in [false, true] {
        let dataset = file(nodata)?;
        let (bands, window) = (dataset.info().all_bands(), dataset.info().window());
        let pixels = time(|| dataset.read_window(&bands, &window).map(drop))?;
        let both = time(|| dataset.read_masked(&bands, &window).map(drop))?;
        let mask = time(|| dataset.read_mask_window(&bands, &window).map(drop))?;
        let reduced = dataset.read::<u8>().shape(200, 200).resampling(Resampling::Average);
        let averaged = time(|| reduced.masked().map(drop))?;
        let points: Vec<(f64, f64)> =
            (0..500).map(|i| (f64::from(i * 37 % 512), f64::from(i * 53 % 512))).collect();
        let sampled = time(|| dataset.sample::<u8>(&bands, &points).map(drop))?;
        println!(
            "nodata {nodata}: pixels {pixels:.1} ms, both {both:.1}, mask {mask:.1}, averaged {averaged:.1}, sampled {sampled:.1}"
        );
    }
    Ok(())
}
