//! Peak memory stays within the budget, measured at the built tool over rasters larger than the budget.
#![cfg(target_os = "linux")]

mod support;

use geotiff_io::{Compression, CreateOptions, GeoTiffWriter};
use ndarray::Array3;
use raster_core::{AnyArray, DataType, RasterInfo, Window};
use std::{path::Path, process::Command, time::Duration};
use support::Folder;

/// What comes to the program itself, measured as `mucho info` (more in a debug build): stacks, code that only jobs
/// run, what the allocator holds back.
const BESIDE: u64 = 16_000_000;

/// 67 MB of pixels that compress to little, one row of tiles at a time.
fn write(path: &Path, (width, height): (usize, usize)) {
    let info = RasterInfo::new(width, height, 1, DataType::F32);
    let options = CreateOptions::geotiff().with_block_size(256).with_compression(Compression::Zstd);
    let writer = GeoTiffWriter::create(path, &info, &options).unwrap();
    for row in (0..height).step_by(256) {
        let pixels =
            Array3::from_shape_fn((1, 256, width), |(_, r, c)| ((row + r) / 9 * 7 + c / 5 % 91) as f32);
        writer.write_window(&Window::new(0, row as i64, width, 256), &AnyArray::from(pixels).view()).unwrap();
    }
    writer.finish().unwrap();
}

/// Run the tool; the largest resident set that was seen, in bytes.
fn peak_of(arguments: &[&str]) -> u64 {
    let mut child = Command::new(env!("CARGO_BIN_EXE_mucho")).args(arguments).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        if let Some(line) = text.lines().find_map(|l| l.strip_prefix("VmHWM:")) {
            let kilobytes: u64 = line.split_whitespace().next().unwrap().parse().unwrap();
            peak = peak.max(kilobytes * 1024);
        }
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{arguments:?}: {status}");
            return peak;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn peak_memory_stays_within_the_budget() {
    let folder = Folder::new("memory");
    let (input, output) = (folder.file("in.tif"), folder.file("out.tif"));
    write(&input, (2048, 8192));
    let (input, output) = (input.to_str().unwrap(), output.to_str().unwrap());
    let bound = format!("A={input}");
    let program = peak_of(&["info", input, "--json"]) + BESIDE;
    let jobs: [&[&str]; 4] = [
        &["gaussian", input, output, "--sigma", "4"],
        // Encoded blocks that are as large as the pixels.
        &["gaussian", input, output, "--sigma", "1", "-c", "none", "--plain"],
        &["calc", "A * 2 + 1", &bound, output, "--dtype", "f32"],
        // Windows across the blocks of input and output.
        &["calc", "A > 50", &bound, output, "--window", "300x700"],
    ];
    for job in jobs {
        for (budget, threads) in [(32_000_000, "2"), (48_000_000, "3")] {
            let memory = budget.to_string();
            let mut arguments = job.to_vec();
            arguments.extend(["--quiet", "--block-size", "256", "--memory", &memory, "--threads", threads]);
            let peak = peak_of(&arguments);
            assert!(peak > 0, "the system did not say");
            assert!(peak <= budget + program, "{job:?}: {peak} bytes with a budget of {budget}");
        }
    }
}

/// Rows of tiles that are larger than the budget: what overviews wait for goes to a file.
#[test]
fn wide_rasters_stay_within_the_budget() {
    let folder = Folder::new("memory-wide");
    let (input, output) = (folder.file("in.tif"), folder.file("out.tif"));
    write(&input, (32768, 512));
    let (input, output) = (input.to_str().unwrap(), output.to_str().unwrap());
    let bound = format!("A={input}");
    let program = peak_of(&["info", input, "--json"]) + BESIDE;
    let budget = 32_000_000;
    for tail in [["--window", "256"], ["--window", "300x700"]] {
        let mut arguments = vec!["calc", "A * 2 + 1", &bound, output, "--dtype", "f32", "--quiet"];
        arguments.extend(["--block-size", "256", "--memory", "32000000", "--threads", "2"]);
        arguments.extend(tail);
        let peak = peak_of(&arguments);
        assert!(peak <= budget + program, "{tail:?}: {peak} bytes with a budget of {budget}");
    }
}
