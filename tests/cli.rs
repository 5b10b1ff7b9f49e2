//! The tool from outside: flags in, exit code and output out.

mod support;

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};
use support::{Folder, MUCHO, fixture, mucho, ok, text};

#[test]
fn every_command_has_help_with_examples() {
    let help = text(&ok(&["--help"]).stdout);
    let list = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let commands: Vec<&str> =
        list.lines().filter_map(|l| l.split_whitespace().next()).filter(|c| *c != "help").collect();
    assert!(commands.len() >= 15, "{commands:?}");
    for command in commands {
        let help = text(&ok(&[command, "--help"]).stdout);
        if command != "dump" && command != "info" {
            assert!(help.contains("Examples:"), "mucho {command} --help shows no examples");
        }
    }
}

#[test]
fn exit_codes_tell_who_must_act() {
    let folder = Folder::new("exit");
    let garbage = folder.word("garbage.tif");
    std::fs::write(&garbage, b"this is no TIFF file at all").unwrap();
    let out = folder.word("out.tif");
    let landcover = fixture("landcover.tif");
    for (words, code, part) in [
        (vec!["info", "no-such-file.tif"], 6, "no-such-file.tif"),
        (vec!["info", &garbage], 3, "garbage.tif"),
        (vec!["gaussian", &landcover, &out], 2, "--sigma"),
        (vec!["gaussian", &landcover, &out, "--sigma", "-1"], 2, "sigma"),
        (vec!["entropy", &landcover, &out, "--sigma", "8", "--memory", "1kB"], 5, "budget"),
        (vec!["calc", "A +", "A=x.tif", &out], 2, "character 4"),
        (vec!["cog", &landcover, &out, "--compress", "zip"], 2, "zip"),
        (vec!["sample", &landcover, "1"], 2, "pairs"),
        (vec!["frobnicate"], 2, "frobnicate"),
    ] {
        let output = mucho(&words);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {message}");
        assert!(message.contains(part), "{words:?}: {message}");
        assert!(output.stdout.is_empty());
    }
    assert!(!Path::new(&out).exists());
}

#[test]
fn pipes_in_and_out() {
    let folder = Folder::new("pipes");
    let (file, piped) = (folder.word("file.tif"), folder.word("piped.tif"));
    let landcover = fixture("landcover.tif");
    ok(&["cog", &landcover, &file, "--quiet"]);
    let mut child = Command::new(MUCHO)
        .args(["cog", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&std::fs::read(&landcover).unwrap()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    std::fs::write(&piped, &output.stdout).unwrap();
    assert!(std::fs::read(&file).unwrap() == output.stdout, "a pipe gives the same bytes");
    ok(&["validate", &piped]);
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let folder = Folder::new("threads");
    for command in [
        vec!["cog", "--overview-resampling", "mode"],
        vec!["entropy", "--sigma", "6"],
        vec!["focal", "majority", "--radius", "2"],
        vec!["extract", "--sigma", "4", "--categories", "10,20+30"],
    ] {
        let mut reference = None;
        for threads in ["1", "2", "8"] {
            let out = folder.word("out.tif");
            let landcover = fixture("landcover.tif");
            let mut words = vec![command[0], &landcover, &out];
            words.extend(&command[1..]);
            words.extend(["--threads", threads, "--quiet"]);
            ok(&words);
            let bytes = std::fs::read(&out).unwrap();
            assert!(
                *reference.get_or_insert_with(|| bytes.clone()) == bytes,
                "{command:?} with {threads} threads"
            );
        }
    }
}

#[test]
fn samples_and_windows() {
    let landcover = fixture("landcover.tif");
    assert_eq!(text(&ok(&["sample", &landcover, "--pixels", "450", "350"]).stdout).lines().count(), 1);
    assert_eq!(text(&ok(&["sample", &landcover, "0", "0"]).stdout), "outside\n");
    assert_eq!(text(&ok(&["sample", &landcover, "--pixels", "0", "0"]).stdout), "nodata\n");
    let there = text(&ok(&["sample", &landcover, "504505", "5166495"]).stdout);
    let geographic = mucho(&["sample", &landcover, "9.058751", "46.652829", "--crs", "EPSG:4326", "--json"]);
    assert!(geographic.status.success(), "{}", text(&geographic.stderr));
    assert!(text(&geographic.stdout).contains("\"values\":["), "{}", text(&geographic.stdout));
    assert!(there.trim().parse::<u8>().is_ok(), "{there}");
    assert_eq!(text(&ok(&["windows", &landcover]).stdout).lines().count(), 4 * 3);
    assert_eq!(text(&ok(&["windows", &landcover, "--tile", "700x450"]).stdout).lines().count(), 2);
}

#[test]
fn a_job_file_equals_its_steps() {
    let folder = Folder::new("job");
    let landcover = fixture("landcover.tif");
    let (one, two, job) = (folder.word("one.tif"), folder.word("two.tif"), folder.word("job.toml"));
    let (blurred, stepwise) = (folder.word("blurred.tif"), folder.word("stepwise.tif"));
    let steps = |output: &str| {
        format!(
            "input = '{landcover}'\noutput = '{output}'\ncompress = 'zstd'\n\
             [[step]]\nextract = {{ categories = '10,40', sigma = 3, dtype = 'f32' }}\n\
             [[step]]\ninteraction = {{ bands = [1, 2] }}\n"
        )
    };
    for (output, threads) in [(&one, "1"), (&two, "3")] {
        std::fs::write(&job, steps(output)).unwrap();
        ok(&["run", &job, "--threads", threads, "--quiet"]);
    }
    assert!(std::fs::read(&one).unwrap() == std::fs::read(&two).unwrap());
    ok(&["extract", &landcover, &blurred, "--categories", "10,40", "--sigma", "3", "--dtype", "f32"]);
    ok(&["interaction", &blurred, &stepwise, "--bands", "1,2", "--compress", "zstd"]);
    let pixels = |path: &str| {
        let dump = text(&ok(&["dump", path]).stdout);
        dump.split("\"sha256\":").last().unwrap().to_owned()
    };
    assert_eq!(pixels(&one), pixels(&stepwise));
    assert!(text(&ok(&["run", &job, "--plan"]).stdout).contains("windows"));
    std::fs::write(&job, "input = 'a'\noutput = 'b'\n[[step]]\nfry = { }\n").unwrap();
    let output = mucho(&["run", &job]);
    assert!(!output.status.success());
}

#[test]
fn pictures() {
    let folder = Folder::new("pictures");
    let png = folder.word("a.png");
    ok(&["preview", &fixture("landcover.tif"), &png, "--size", "300"]);
    let bytes = std::fs::read(&png).unwrap();
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!(bytes[16..24], [0, 0, 1, 44, 0, 0, 0, 233]);
    let shown = text(&ok(&["preview", &fixture("aerial.tif"), "--size", "40"]).stdout);
    assert_eq!(shown.lines().count(), 16);
    assert!(shown.contains('▀'));
    ok(&["preview", &fixture("elevation.tif"), &png, "--colormap", "terrain", "--hillshade"]);
}

/// One job by a command, a job file of the first form, a line, and a job on standard input: the same bytes, validity included.
#[test]
fn a_job_writes_what_its_command_writes() {
    let folder = Folder::new("spelled");
    let aerial = fixture("aerial.tif");
    let out = |name: &str| folder.word(name);
    ok(&["warp", &aerial, &out("a.tif"), "--crs", "EPSG:3857"]);
    let job = format!("input = '{aerial}'\noutput = 'b.tif'\n[[step]]\nwarp = {{ crs = 'EPSG:3857' }}\n");
    std::fs::write(out("job.toml"), job).unwrap();
    ok(&["run", &out("job.toml"), "--quiet"]);
    let line = format!("read {aerial} ! warp --crs EPSG:3857 ! write {}", out("c.tif"));
    ok(&["pipe", &line, "--quiet"]);
    for (print, name) in [("json", "d.tif"), ("toml", "e.tif")] {
        let text = ok(&["pipe", &line, "--print", print, "--output", &out(name)]).stdout;
        assert!(!std::path::Path::new(&out(name)).exists(), "printing writes nothing");
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_mucho"))
            .args(["run", "-"])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), &text).unwrap();
        assert!(child.wait().unwrap().success());
    }
    let bytes = |name: &str| std::fs::read(out(name)).unwrap();
    for name in ["b.tif", "c.tif", "d.tif", "e.tif"] {
        assert!(bytes(name) == bytes("a.tif"), "{name}");
    }
    let plan = text(&ok(&["pipe", &line, "--plan"]).stdout).to_owned();
    assert!(plan.contains("step 1 (warp)") && plan.contains("total"), "{plan}");
    let wrong = mucho(&["pipe", &line.replace("--crs", "--csr")]);
    assert_eq!(wrong.status.code(), Some(2));
    let said = text(&wrong.stderr).to_owned();
    assert!(said.contains("step 1 (warp): key `csr`") && said.contains("did you mean crs?"), "{said}");
    let same = mucho(&["cog", &out("a.tif"), &out("a.tif")]);
    assert_eq!(same.status.code(), Some(2), "{}", text(&same.stderr));
}
