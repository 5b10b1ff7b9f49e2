//! Timing for the benchmark programs.

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
