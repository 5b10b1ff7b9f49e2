//! Streams a COG of any size from windows that are computed on the way, and prints the peak of its memory (Linux).
//!
//! `cargo run --release --example stream_cog -- OUT.tif [SIDE] [THREADS] [average|cubic|…]`

use geotiff_io::{CreateOptions, GeoTiffWriter, Overviews, Resampling};
use ndarray::Array3;
use raster_core::{AnyView, BlockGrid, DataType, RasterInfo, Result, Sample};
use std::{
    io::Write,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let path = args.next().unwrap_or_else(|| "stream.tif".into());
    let side: usize = args.next().and_then(|s| s.parse().ok()).unwrap_or(32768);
    let threads: usize = args.next().and_then(|s| s.parse().ok()).unwrap_or(2);
    let resampling: Resampling = args.next().map_or(Ok(Resampling::Average), |s| s.parse())?;
    let start = Instant::now();
    let info = RasterInfo::new(side, side, 1, DataType::U8);
    let options = CreateOptions::cog().with_overviews(Overviews::Auto, resampling);
    let writer = GeoTiffWriter::create(&path, &info, &options)?;
    let windows: Vec<_> = BlockGrid::new((side, side), (512, 512))?.iter().map(|b| b.1).collect();
    let next = AtomicUsize::new(0);
    let work = || -> Result<()> {
        while let Some(window) = windows.get(next.fetch_add(1, Ordering::Relaxed)) {
            let pixels = Array3::from_shape_fn((1, window.height, window.width), |(_, r, c)| {
                let (y, x) = (r as i64 + window.row, c as i64 + window.col);
                ((x * x / 4096 + y * y / 2048) / 64 + ((x * 31 + y * 17) & 3)) as u8
            });
            let view: AnyView<'_> = u8::erase_view(pixels.view());
            writer.write_window(window, &view)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().try_for_each(|t| t.join().unwrap_or_else(|p| std::panic::resume_unwind(p)))
    })?;
    let written = writer.finish()?;
    let peak = std::fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find(|l| l.starts_with("VmHWM"))
        .unwrap_or("VmHWM: unknown")
        .to_owned();
    writeln!(std::io::stdout(), "{} bytes, {:.2} s, {peak}", written.bytes, start.elapsed().as_secs_f64())?;
    Ok(())
}
