//! The tool as scripts and people meet it: JSON, plans, failures that a job goes on over, settings, pages and completions.

mod support;

use geotiff_io::{Compression, CreateOptions, Dataset, GeoTiffWriter};
use ndarray::Array3;
use raster_core::{AnyArray, DataType, RasterInfo, RasterSource};
use serde_json::Value;
use std::{
    path::Path,
    process::{Command, Output},
};
use support::{Folder, pixels_of};

const LANDCOVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/landcover.tif");

fn mucho(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mucho"))
        .args(arguments)
        .env_remove("MUCHO_THREADS")
        .env_remove("MUCHO_MEMORY")
        .env_remove("MUCHO_COMPRESS")
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn ok(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = mucho(arguments, environment);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout).to_owned()
}

fn json(arguments: &[&str], environment: &[(&str, &str)]) -> Value {
    serde_json::from_str(&ok(arguments, environment)).unwrap()
}

#[test]
fn reports_and_plans_as_json() {
    let folder = Folder::new("json");
    let output = folder.file("a.tif");
    let output = output.to_str().unwrap();
    let job = ["entropy", LANDCOVER, output, "--sigma", "5", "--window", "200", "--json", "--threads", "2"];
    let mut planned = job.to_vec();
    planned.push("--plan");
    let plan = json(&planned, &[]);
    assert!(folder.names().is_empty(), "a plan does nothing");
    let windows = plan["windows"].as_array().unwrap();
    assert_eq!(windows.len(), 5 * 4);
    assert_eq!(windows[0]["core"], serde_json::json!({ "col": 0, "row": 0, "width": 200, "height": 200 }));
    assert_eq!(windows[0]["read"]["width"], 220);
    let memory = &plan["memory"];
    let parts = ["windows", "cache", "writer", "spool"].map(|k| memory[k].as_u64().unwrap());
    assert_eq!(memory["total"].as_u64().unwrap(), parts.iter().sum::<u64>());

    let report = json(&job, &[]);
    assert_eq!((report["windows"].as_u64(), report["pixels"].as_u64()), (Some(20), Some(630_000)));
    assert_eq!(report["blocks"], report["blocks_decoded"]);
    assert_eq!(report["failed"], serde_json::json!([]));
    assert!(report["slowest"][0]["seconds"].as_f64().unwrap() > 0.0);
    let refused = mucho(&["gaussian", LANDCOVER, "-", "--sigma", "1", "--json"], &[]);
    assert_eq!(refused.status.code(), Some(2));
}

/// Four tiles of Zstandard, the second of which is damaged.
fn write_damaged(path: &Path) {
    let info = RasterInfo::new(256, 64, 1, DataType::U8);
    let options = CreateOptions::geotiff().with_block_size(64).with_compression(Compression::Zstd);
    let writer = GeoTiffWriter::create(path, &info, &options).unwrap();
    let noise = Array3::from_shape_fn((1, 64, 256), |(_, r, c)| ((r * 7919 + c * 104_729) % 251) as u8);
    writer.write_window(&info.window(), &AnyArray::from(noise).view()).unwrap();
    writer.finish().unwrap();
    let mut bytes = std::fs::read(path).unwrap();
    let at = bytes.len() * 4 / 10;
    bytes[at..at + 40].fill(0x55);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_job_may_go_on_over_a_damaged_tile() {
    let folder = Folder::new("keep-going");
    let (input, output) = (folder.file("in.tif"), folder.file("out.tif"));
    write_damaged(&input);
    let dataset = Dataset::open(&input).unwrap();
    let bad: Vec<usize> = dataset
        .block_windows()
        .enumerate()
        .filter_map(|(i, (_, window))| dataset.read_window(&[1], &window).is_err().then_some(i))
        .collect();
    assert!(!bad.is_empty() && bad.len() < 4, "some tiles are damaged: {bad:?}");
    let bound = format!("A={}", input.display());
    let job = ["calc", "A", &bound, output.to_str().unwrap(), "--dtype", "u8", "--window", "64"];
    let stopped = mucho(&job, &[]);
    assert_eq!(stopped.status.code(), Some(3), "{}", text(&stopped.stderr));
    assert!(!output.exists());
    let mut going = job.to_vec();
    going.extend(["--keep-going", "--json"]);
    let result = mucho(&going, &[]);
    assert_eq!(result.status.code(), Some(3), "the exit code tells that something is missing");
    let report: Value = serde_json::from_slice(&result.stdout).unwrap();
    assert_eq!(report["failed"].as_array().unwrap().len(), bad.len());
    assert!(text(&result.stderr).contains(&format!("{} windows of 4 are empty", bad.len())));
    let written = Dataset::open(&output).unwrap();
    let result = pixels_of(&output).into_typed::<u8>().unwrap();
    for (i, (_, window)) in dataset.block_windows().enumerate() {
        let col = window.col as usize;
        let valid = written.read_mask_window(&[1], &window).unwrap();
        assert!(
            valid.iter().all(|m| (*m == 0) == bad.contains(&i)),
            "what failed is missing, all else is not"
        );
        let part = result.slice(ndarray::s![.., .., col..col + 64]);
        if bad.contains(&i) {
            assert!(part.iter().all(|v| *v == 0));
        } else {
            assert_eq!(AnyArray::from(part.to_owned()), dataset.read_window(&[1], &window).unwrap());
        }
    }
}

#[test]
fn settings_come_from_the_environment_and_flags_go_first() {
    let folder = Folder::new("environment");
    let output = folder.file("a.tif");
    let output = output.to_str().unwrap();
    let job = ["gaussian", LANDCOVER, output, "--sigma", "2"];
    let with = |more: &[&'static str]| [&job[..], more].concat();
    let workers = |more: &[&'static str], environment| {
        json(&with(&[more, &["--json"]].concat()), environment)["workers"].clone()
    };
    assert_eq!(workers(&[], &[("MUCHO_THREADS", "3")]), 3);
    assert_eq!(workers(&["--threads", "1"], &[("MUCHO_THREADS", "3")]), 1);
    let total = |more: &[&'static str], environment| {
        let plan = json(&with(&[more, &["--json", "--plan"]].concat()), environment);
        plan["memory"]["total"].as_u64().unwrap()
    };
    assert!(total(&[], &[("MUCHO_MEMORY", "40MB")]) <= 40_000_000);
    assert!(total(&["--memory", "32MiB"], &[("MUCHO_MEMORY", "1GB")]) <= 32 << 20);
    let compression = || format!("{:?}", Dataset::open(output).unwrap().storage().compression);
    ok(&with(&[]), &[("MUCHO_COMPRESS", "zstd")]);
    assert_eq!(compression(), "Zstd");
    ok(&with(&["-c", "lzw"]), &[("MUCHO_COMPRESS", "zstd")]);
    assert_eq!(compression(), "Lzw");
    let wrong = mucho(&job, &[("MUCHO_MEMORY", "5 apples")]);
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn no_colours_and_no_progress_in_a_pipe() {
    let folder = Folder::new("pipe");
    let picture = mucho(&["preview", LANDCOVER, "--size", "60"], &[]);
    assert!(picture.status.success());
    let output = folder.file("a.tif");
    let job = mucho(&["gaussian", LANDCOVER, output.to_str().unwrap(), "--sigma", "2"], &[]);
    assert!(text(&job.stderr).contains("Mpix/s"), "a summary");
    let failed = mucho(&["gaussian", "no-such-file.tif", "b.tif", "--sigma", "2"], &[]);
    let usage = mucho(&["gaussian"], &[]);
    for bytes in [&picture.stdout, &picture.stderr, &job.stdout, &job.stderr, &failed.stderr, &usage.stderr] {
        assert!(!bytes.contains(&0x1b), "{}", text(bytes));
    }
    assert!(text(&picture.stdout).contains('▀'));
}

#[test]
fn pages_and_completions_know_every_command() {
    let help = ok(&["--help"], &[]);
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|l| !l.starts_with("Commands:"))
        .skip(1)
        .take_while(|l| !l.trim().is_empty())
        .filter(|l| l.starts_with("  ") && !l.starts_with("   "))
        .filter_map(|l| l.split_whitespace().next())
        .filter(|c| *c != "help")
        .collect();
    assert!(commands.len() > 20, "{commands:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = ok(&["generate", shell], &[]);
        assert!(commands.iter().all(|c| script.contains(c)), "{shell}");
    }
    let page = ok(&["generate", "man"], &[]);
    assert!(page.contains(".TH mucho"));
    for command in commands {
        assert!(page.contains(&format!(".SH MUCHO {}", command.to_uppercase())), "{command}");
    }
    assert!(page.contains("\\-\\-sigma") && page.contains("mucho calc"), "options and examples");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_job_in_order() {
    let folder = Folder::new("interrupt");
    let output = folder.file("a.tif");
    std::fs::write(&output, b"before").unwrap();
    let job =
        ["entropy", LANDCOVER, output.to_str().unwrap(), "--sigma", "9", "--window", "16", "--threads", "2"];
    // A signal may come before the handler is there (the system ends the program), or after the end of the job.
    for milliseconds in (20..400).step_by(20) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mucho"))
            .args(job)
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        let signal = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        let status = child.wait().unwrap();
        if status.success() {
            std::fs::write(&output, b"before").unwrap();
            continue;
        }
        assert_eq!(std::fs::read(&output).unwrap(), b"before");
        if status.code() == Some(130) {
            assert!(signal.success());
            assert_eq!(folder.names(), ["a.tif"]);
            return;
        }
        // Killed by the signal itself: at most the temporary file is left.
        std::fs::remove_dir_all(&folder.0).unwrap();
        std::fs::create_dir_all(&folder.0).unwrap();
        std::fs::write(&output, b"before").unwrap();
    }
    panic!("no interrupt met the job while it ran");
}
