//! Hostile sizes do not make the reader allocate. One test alone in its process: it looks at the process' peak.
#![allow(clippy::print_stdout, reason = "tests say what they skip")]

mod support;

use geotiff_io::{Dataset, ErrorKind, OpenOptions, ReadLimits};
use raster_core::RasterSource;
use std::fs;
use support::fixture;

/// Largest resident set of this process so far, in MiB; `None` where the system does not say.
fn peak_mib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
}

/// 20000 × 20000 pixels of which no block is stored: legal, and 400 MB as an array.
fn sparse_giant() -> Vec<u8> {
    let mut bytes = fs::read(fixture("malformed/size/sparse_array_of_4_exabytes.tif")).unwrap();
    let directory = 72;
    for entry in bytes[directory + 2..].chunks_exact_mut(12).take(9) {
        if matches!(u16::from_le_bytes([entry[0], entry[1]]), 256 | 257) {
            entry[8..12].copy_from_slice(&20_000u32.to_le_bytes());
        }
    }
    bytes
}

#[test]
fn hostile_sizes_cost_no_memory() {
    let Some(before) = peak_mib() else {
        let _ = std::io::Write::write_all(
            &mut std::io::stderr(),
            b"skipped: this system does not tell the peak of memory\n",
        );
        return;
    };
    for folder in ["size", "tag", "directory", "block"] {
        for entry in fs::read_dir(fixture("malformed").join(folder)).unwrap() {
            let dataset = Dataset::open(entry.unwrap().path());
            let read = dataset.and_then(|d| d.read_any().run());
            assert!(read.is_err());
        }
    }
    let mut limits = ReadLimits::default();
    limits.array_bytes = 100 << 20;
    let giant = OpenOptions::new().limits(limits).from_bytes(sparse_giant()).unwrap();
    assert_eq!(giant.read_any().run().unwrap_err().kind(), ErrorKind::Limit);
    assert_eq!(giant.read_window(&[1], &giant.info().window()).unwrap_err().kind(), ErrorKind::Limit);
    // Strip by strip such a raster is no problem.
    assert_eq!(giant.statistics(1, false).unwrap().unwrap().max, 0.0);
    assert_eq!(giant.read::<u8>().shape(100, 100).run().unwrap().dim(), (1, 100, 100));
    let after = peak_mib().unwrap();
    assert!(after - before < 250, "memory grew from {before} to {after} MiB");
}
