//! Timing for the benchmark programs.
#![allow(dead_code, clippy::print_stdout, reason = "each program uses some of it, to print")]

use kernels::{Kernel, KernelInput, Scratch, SimdLevel};
use raster_core::{AnyArray, Window};
use std::time::Instant;

/// Median seconds of `repeats` runs, after one that warms up buffers and caches.
pub(crate) fn median(repeats: usize, mut f: impl FnMut()) -> f64 {
    f();
    let mut times: Vec<f64> = (0..repeats)
        .map(|_| {
            let start = Instant::now();
            f();
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The side of the raster: the first number on the command line.
pub(crate) fn size() -> usize {
    std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(4096)
}

/// The SIMD levels named on the command line; all when none is.
pub(crate) fn levels() -> Vec<SimdLevel> {
    let named: Vec<String> = std::env::args().collect();
    let all = SimdLevel::available();
    let chosen: Vec<_> = all.iter().copied().filter(|l| named.contains(&l.name())).collect();
    if chosen.is_empty() { all } else { chosen }
}

/// A line of results.
pub(crate) fn print(level: &SimdLevel, case: &str, size: usize, seconds: f64) {
    print_as(&level.name(), case, size, seconds);
}

/// A line of results that no level belongs to.
pub(crate) fn print_as(level: &str, case: &str, size: usize, seconds: f64) {
    println!("{level:8} | {case:44} | {seconds:8.4} s | {:7.1} Mpix/s", (size * size) as f64 / seconds / 1e6);
}

/// Median seconds when the upper and the lower half are computed at the same time.
pub(crate) fn on_two_threads(
    kernel: &dyn Kernel,
    input: &AnyArray,
    out: &mut AnyArray,
    level: SimdLevel,
) -> f64 {
    let (_, rows, cols) = input.shape();
    let middle = rows / 2;
    let mut scratches = [Scratch::with_level(level), Scratch::with_level(level)];
    let windows = [Window::new(0, 0, cols, middle), Window::new(0, middle as i64, cols, rows - middle)];
    let mut parts = windows.map(|w| out.view_mut().window_mut(&w).view().to_owned());
    median(3, || {
        std::thread::scope(|scope| {
            for ((core, part), scratch) in windows.iter().zip(&mut parts).zip(&mut scratches) {
                let read = core.grow(kernel.halo()).crop(cols, rows);
                scope.spawn(move || {
                    let view = input.view();
                    let input = KernelInput::new(view.window(&read)).with_halo(read.halo_around(core));
                    kernel.run(&input, part.view_mut(), scratch).expect("the kernel runs");
                });
            }
        });
    })
}
