//! Timing for the benchmark programs.
#![allow(dead_code, clippy::print_stdout, reason = "each program uses some of it, to print")]

use kernels::{Kernel, KernelInput, Scratch, SimdLevel};
use raster_core::{AnyArray, Window};
use std::time::Instant;

/// Median CPU seconds of this thread over `repeats` runs, after one that warms up buffers and caches. Wall seconds
/// where the system does not say.
pub(crate) fn median(repeats: usize, f: impl FnMut()) -> f64 {
    let start = Instant::now();
    median_by(repeats, f, || cpu_seconds().unwrap_or_else(|| start.elapsed().as_secs_f64()))
}

/// What this thread has computed so far, as Linux counts it: nanoseconds, the first number.
fn cpu_seconds() -> Option<f64> {
    // The count is brought up to date by the scheduler: without this, at its next tick.
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? * 1e-9)
}

fn median_by(repeats: usize, mut f: impl FnMut(), clock: impl Fn() -> f64) -> f64 {
    f();
    let mut times: Vec<f64> = (0..repeats)
        .map(|_| {
            let start = clock();
            f();
            clock() - start
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

/// The sigmas of an argument such as `sigma=10,30`, or else these.
pub(crate) fn sigmas(all: &[f64]) -> Vec<f64> {
    std::env::args()
        .find_map(|a| Some(a.strip_prefix("sigma=")?.split(',').filter_map(|s| s.parse().ok()).collect()))
        .unwrap_or_else(|| all.to_vec())
}

/// Are runs on two threads wanted?
pub(crate) fn two_threads() -> bool {
    std::env::args().all(|a| a != "one-thread")
}

/// A line of results.
pub(crate) fn print(level: &SimdLevel, case: &str, size: usize, seconds: f64) {
    print_as(&level.name(), case, size, seconds);
}

/// A line of results that no level belongs to.
pub(crate) fn print_as(level: &str, case: &str, size: usize, seconds: f64) {
    println!("{level:8} | {case:44} | {seconds:8.4} s | {:7.1} Mpix/s", (size * size) as f64 / seconds / 1e6);
}

/// Median wall seconds when the upper and the lower half are computed at the same time.
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
    let start = Instant::now();
    let clock = || start.elapsed().as_secs_f64();
    let f = || {
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
    };
    median_by(3, f, clock)
}
