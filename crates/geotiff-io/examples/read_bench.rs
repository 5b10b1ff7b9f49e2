//! Read a whole file some times; print seconds, CPU seconds, peak memory and a checksum as JSON.
//!
//! `cargo run --release --example read_bench -- FILE [THREADS] [ROUNDS]`; `benches/read_vs_gdal.py` runs it beside GDAL.
#![allow(clippy::print_stdout, reason = "the output is the purpose")]

use geotiff_io::{OpenOptions, Result};
use raster_core::{RasterSource, Sample, with_array};
use std::time::Instant;

/// Sum of the samples, cheap beside decoding: did the read do its work?
fn sum<T: Sample>(samples: &[T]) -> f64 {
    samples.iter().step_by(997).map(|v| v.to_f64()).sum()
}

/// User and system time of this process so far, in seconds; 0 where the system does not say.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Fields 14 and 15 of proc(5), counted behind the name in brackets; in hundredths of a second.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// Largest resident set so far, in MiB.
fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "raster.tif".to_owned());
    let threads = arguments.next().and_then(|t| t.parse().ok()).unwrap_or(1);
    let rounds: usize = arguments.next().and_then(|t| t.parse().ok()).unwrap_or(1);
    let dataset = OpenOptions::new().threads(threads).open(&file)?;
    let info = dataset.info();
    let (mut wall, mut cpu, mut checksum) = (Vec::new(), Vec::new(), 0.0);
    for _ in 0..rounds {
        let (start, cpu_start) = (Instant::now(), cpu_seconds());
        let pixels = dataset.read_any().array()?;
        wall.push(start.elapsed().as_secs_f64());
        cpu.push(cpu_seconds() - cpu_start);
        checksum = with_array!(AnyArray, &pixels, a => sum(a.as_slice().unwrap_or_default()));
    }
    wall.sort_by(f64::total_cmp);
    cpu.sort_by(f64::total_cmp);
    let pixels = info.width * info.height * info.band_count();
    println!(
        "{{\"wall\": {:.4}, \"cpu\": {:.4}, \"peak_mib\": {:.1}, \"array_mib\": {:.1}, \"checksum\": {checksum}}}",
        wall[rounds / 2],
        cpu[rounds / 2],
        peak_mib(),
        (pixels * info.data_type.size()) as f64 / 1048576.0,
    );
    Ok(())
}
