//! UTM zone 31N to EPSG:3857, three bands of u16, in memory: every method, one thread and two.
//!
//! `cargo bench -p warp [-- SIDE [METHOD]]`; the default side is 8192. Prints megapixels of output per second (median
//! of three) and the CPU time of one run. The answer is checked first: a part of the output, against
//! exact positions.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program that prints figures")]

use ndarray::Array3;
use raster_core::{AnyArray, CrsRef, DataType, GeoTransform, Grid, MemoryRaster, RasterSource as _, Window};
use std::{sync::Arc, time::Instant};
use warp::{GridRequest, Positions, Resampling, WarpOptions, WarpedRaster, reproject_into};

fn source(side: usize) -> MemoryRaster {
    let mut state = 1u32;
    let pixels = Array3::from_shape_fn((3, side, side), |(b, r, c)| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let wave = ((r * 7) & 0x1fff) + ((c * 5) & 0x1fff) + 500 * b;
        wave as u16 + (state >> 20) as u16
    });
    MemoryRaster::new(pixels)
        .update_info(|i| {
            i.transform = Some(GeoTransform::from_origin(500_000.0, 5_000_000.0, 10.0, 10.0));
            i.crs = Some(CrsRef::Epsg(32631));
        })
        .unwrap()
}

fn cpu_seconds() -> f64 {
    // utime and stime of /proc/self/stat, in ticks of 1/100 s; 0 where there is no such file.
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let tick = |i: usize| fields.get(i).and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0);
    (tick(11) + tick(12)) / 100.0
}

fn check(source: &Arc<MemoryRaster>, grid: &Grid, options: &WarpOptions) {
    let window =
        Window::new(grid.width as i64 / 3, grid.height as i64 / 3, 300, 200).crop(grid.width, grid.height);
    let read = |o: &WarpOptions| {
        let view = WarpedRaster::new(source.clone(), grid, o).unwrap();
        view.read_window(&[1, 2, 3], &window).unwrap().into_typed::<u16>().unwrap()
    };
    let (fast, exact) = (read(options), read(&options.clone().with_positions(Positions::Exact)));
    let far = fast.iter().zip(&exact).filter(|(a, b)| a.abs_diff(**b) > 1).count();
    assert!(far * 1000 < fast.len(), "{}: {far} samples differ by more than 1", options.resampling);
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let side = args.first().and_then(|a| a.parse().ok()).unwrap_or(8192);
    let source = Arc::new(source(side));
    let request = GridRequest { crs: Some(CrsRef::Epsg(3857)), ..GridRequest::default() };
    let grid = request.grid(source.info()).unwrap();
    let pixels = (grid.width * grid.height) as f64 / 1e6;
    // Written again and again, so that the system's first touch of memory is not part of the figures.
    let mut out = AnyArray::zeros(DataType::U16, (3, grid.height, grid.width));
    println!("{side} x {side} x 3 u16 -> {} x {}", grid.width, grid.height);
    for &method in Resampling::WARP {
        if args.get(1).is_some_and(|m| m != method.name()) {
            continue;
        }
        let options = WarpOptions::new(method);
        if method != Resampling::Sum {
            check(&source, &grid, &options);
        }
        for threads in [1, 2] {
            let pool = parallel::Pool::new(threads).unwrap();
            let mut runs: Vec<(f64, f64)> = (0..3)
                .map(|_| {
                    let (cpu, wall) = (cpu_seconds(), Instant::now());
                    pool.run(|| reproject_into(&source, &grid, &options, out.view_mut()).unwrap());
                    (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu)
                })
                .collect();
            runs.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (wall, cpu) = runs[1];
            println!(
                "{:12} {threads} thread(s): {:7.1} Mpix/s, {wall:.3} s, {cpu:.2} s cpu",
                method.name(),
                pixels / wall
            );
        }
    }
}
