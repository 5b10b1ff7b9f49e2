//! The tool, killed and short of room: nothing half-written at the target, and a journal that goes on.

mod support;

use raster_core::RasterSource as _;
use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};
use support::{Folder, MUCHO, fixture};

fn landcover() -> String {
    fixture("landcover.tif")
}

fn entropy(output: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(MUCHO);
    command.args([
        "entropy",
        &landcover(),
        output.to_str().unwrap(),
        "--sigma",
        "8",
        "--window",
        "64",
        "--quiet",
    ]);
    command.args(more).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn killed_at_random_moments_and_resumed_it_gives_the_same_bytes() {
    let folder = Folder::new("kill");
    let whole = folder.file("whole.tif");
    assert!(entropy(&whole, &[]).status().unwrap().success());
    let (output, journal) = (folder.file("out.tif"), folder.file("job.journal"));
    let arguments = ["--journal", journal.to_str().unwrap()];
    let (mut kills, mut milliseconds) = (0, 7);
    loop {
        let mut child = entropy(&output, &arguments).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        if child.try_wait().unwrap().is_none() {
            // SIGKILL: no destructor, no handler.
            child.kill().unwrap();
        }
        let status = child.wait().unwrap();
        if status.success() {
            break;
        }
        kills += 1;
        // Nothing appears before the job is done; a kill may fall between the renaming and the end.
        assert!(!output.exists() || std::fs::read(&output).unwrap() == std::fs::read(&whole).unwrap());
        milliseconds = 5 + (milliseconds * 31 + 17) % 40 + kills;
    }
    assert!(std::fs::read(&output).unwrap() == std::fs::read(&whole).unwrap());
    assert!(!journal.exists());
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_an_io_error_and_leaves_nothing() {
    let folder = Folder::new("full");
    let output = folder.file("out.tif");
    std::fs::write(&output, b"before").unwrap();
    // Files may grow to 32 kB; the signal that would end the process is ignored, so that writing fails.
    let script = format!(
        "trap '' XFSZ; ulimit -f 32; exec '{MUCHO}' entropy '{}' '{}' --sigma 8 -c none --quiet",
        landcover(),
        output.display()
    );
    let result = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert_eq!(result.status.code(), Some(6), "{}", String::from_utf8_lossy(&result.stderr));
    assert_eq!(std::fs::read(&output).unwrap(), b"before");
    let left: Vec<_> = std::fs::read_dir(&folder.0).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["out.tif"]);
}

/// As the last test, by a signal that nobody has asked to be ignored.
#[cfg(unix)]
#[test]
fn a_file_that_may_not_grow_is_an_io_error() {
    let folder = Folder::new("limit");
    let output = folder.file("out.tif");
    for command in ["cog", "convert"] {
        let script = format!(
            "ulimit -f 32; exec '{MUCHO}' {command} '{}' '{}' -c none --quiet",
            landcover(),
            output.display()
        );
        let result = Command::new("bash").args(["-c", &script]).output().unwrap();
        assert_eq!(result.status.code(), Some(6), "{}", String::from_utf8_lossy(&result.stderr));
        assert!(folder.names().is_empty());
    }
    std::fs::copy(landcover(), &output).unwrap();
    let before = std::fs::read(&output).unwrap();
    let blocks = before.len() / 1024 + 8;
    let script = format!("ulimit -f {blocks}; exec '{MUCHO}' overviews '{}' --quiet", output.display());
    let result = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert_eq!(result.status.code(), Some(6), "{}", String::from_utf8_lossy(&result.stderr));
    assert!(std::fs::read(&output).unwrap() == before, "appended bytes are taken back");
}

#[cfg(unix)]
fn signal(child: &std::process::Child, name: &str) {
    let _ = Command::new("kill")
        .args([&format!("-{name}"), &child.id().to_string()])
        .stderr(Stdio::null())
        .status();
}

/// SIGINT, SIGTERM and SIGKILL at moments all over the run of every command that writes: nothing is left, what stood at the path is
/// whole, and the exit code says which signal it was. More moments: MUCHO_LONG_TESTS.
#[cfg(unix)]
#[test]
fn signals_at_random_moments_leave_nothing() {
    use std::{os::unix::process::ExitStatusExt, time::Instant};
    use support::writing::{Inputs, commands};
    let moments = if std::env::var_os("MUCHO_LONG_TESTS").is_some() { 50 } else { 3 };
    let inputs = Inputs::new("signals", false);
    let start = std::fs::read(&inputs.heights).unwrap();
    let (mut random, mut met) = (1u64, [0; 3]);
    for writing in commands(&inputs) {
        let folder = Folder::new("signals-of");
        let output = folder.file(&writing.name());
        let before = if writing.in_place { &start[..] } else { b"before" };
        std::fs::write(&output, before).unwrap();
        let clock = Instant::now();
        assert!(writing.command(output.as_os_str(), &inputs).status().unwrap().success(), "{}", writing.name);
        let time = clock.elapsed();
        let whole = std::fs::read(&output).unwrap();
        for (i, (name, number)) in [("INT", 2), ("TERM", 15), ("KILL", 9)].into_iter().enumerate() {
            for moment in 0..moments {
                std::fs::write(&output, before).unwrap();
                random =
                    random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let part =
                    (f64::from(moment) + (random >> 40) as f64 / (1 << 24) as f64) / f64::from(moments);
                let mut child = writing.command(output.as_os_str(), &inputs).spawn().unwrap();
                std::thread::sleep(time.mul_f64(part));
                signal(&child, name);
                let status = child.wait().unwrap();
                let what = format!("{} at {part:.3} of its time by {name}: {status}", writing.name);
                met[i] += usize::from(!status.success());
                // Before the program has begun to watch, the system ends it.
                let expected = status.success()
                    || status.code() == Some(128 + number) && number != 9
                    || status.signal() == Some(number);
                assert!(expected, "{what}");
                assert_eq!(folder.names(), [writing.name()], "{what}");
                let left: Vec<_> = std::fs::read_dir(inputs.scratch()).unwrap().collect();
                assert!(left.is_empty(), "{what}: {left:?}");
                let now = std::fs::read(&output).unwrap();
                if writing.in_place && number == 9 && now != before && now != whole {
                    // Bytes behind the end, to which nothing leads.
                    let [now, was] =
                        [&now[..], before].map(|b| geotiff_io::Dataset::from_bytes(b.to_vec()).unwrap());
                    assert_eq!(now.info(), was.info(), "{what}");
                } else {
                    assert!(now == before || now == whole, "{what}");
                }
            }
        }
    }
    assert!(met.iter().all(|n| *n > 10), "signals met programs at work: {met:?}");
}

/// A program that waits for the reader of a FIFO, or for its writer, is ended by a signal too.
#[cfg(unix)]
#[test]
fn a_signal_ends_a_program_that_waits() {
    let folder = Folder::new("waiting");
    let fifo = folder.word("f.tif");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    for words in [["cog", &landcover(), &fifo], ["cog", &fifo, &folder.word("o.tif")], ["info", &fifo, "-q"]]
    {
        for (name, code) in [("INT", 130), ("TERM", 143)] {
            let mut child = Command::new(MUCHO).args(words).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(Duration::from_millis(300));
            signal(&child, name);
            assert_eq!(child.wait().unwrap().code(), Some(code), "{words:?}");
            assert_eq!(folder.names(), ["f.tif"]);
        }
    }
}

/// A journal is of one job over one content: of another input, parameter or version it is refused, and stays as it is.
#[cfg(unix)]
#[test]
fn a_journal_is_tied_to_inputs_parameters_and_version() {
    let folder = Folder::new("tied");
    let (a, b, o, j) = (folder.file("a.tif"), folder.file("b.tif"), folder.word("o.tif"), folder.file("j"));
    std::fs::copy(fixture("landcover.tif"), &a).unwrap();
    std::fs::copy(fixture("landcover.tif"), &b).unwrap();
    std::fs::write(
        folder.file("area.geojson"),
        r#"{"type":"Polygon","coordinates":[[[9,46],[9.1,46],[9.1,47],[9,46]]]}"#,
    )
    .unwrap();
    let line = |sigma: &str, more: &str| {
        format!(
            "read A={} ! read B={} [ clip --polygon {} --no-crop ] ! calc 'A + B' ! gaussian --sigma {sigma} ! write {o} {more}",
            a.display(),
            b.display(),
            folder.word("area.geojson")
        )
    };
    let run = |line: &str| {
        let mut command = Command::new(MUCHO);
        command.args(["pipe", line, "--window", "48", "--threads", "1", "-q", "--journal"]).arg(&j);
        command.stdin(Stdio::null()).stderr(Stdio::piped());
        command
    };
    let ours = line("9", "");
    assert!(run(&ours).status().unwrap().success() && !j.exists());
    let expected = std::fs::read(&o).unwrap();
    // Stopped when some windows are in.
    let begin = || {
        for _ in 0..20 {
            let mut child = run(&ours).spawn().unwrap();
            while child.try_wait().unwrap().is_none() && j.metadata().map_or(0, |m| m.len()) < 30_000 {
                std::thread::sleep(Duration::from_millis(1));
            }
            child.kill().unwrap();
            child.wait().unwrap();
            if j.exists() {
                return;
            }
        }
        panic!("the job was always done first");
    };
    begin();
    let kept = std::fs::read(&j).unwrap();
    let refused = |line: &str, words: &str| {
        let result = run(line).output().unwrap();
        let said = support::text(&result.stderr);
        assert_eq!(result.status.code(), Some(2), "{said}");
        assert!(said.contains(words), "{said}");
        assert!(std::fs::read(&j).unwrap() == kept, "the journal stays as it is");
    };
    refused(&line("8", ""), "another job");
    refused(&line("9", "--compress zstd"), "another job");
    for (file, other) in [(&a, fixture("aerial.tif")), (&b, fixture("aerial.tif"))] {
        let (before, time) = (std::fs::read(file).unwrap(), file.metadata().unwrap().modified().unwrap());
        let touch = || std::fs::File::options().write(true).open(file).unwrap().set_modified(time).unwrap();
        // The same length and time, other bytes: at the head, in the list of blocks, at the end.
        for at in [before.len() - 20, before.len() / 2, 600] {
            let mut changed = before.clone();
            changed[at] ^= 1;
            std::fs::write(file, changed).unwrap();
            touch();
            let result = run(&ours).output().unwrap();
            // What was changed may make the file unreadable, too.
            assert!(!result.status.success(), "{}", support::text(&result.stderr));
            assert!(std::fs::read(&j).unwrap() == kept);
        }
        // The same bytes at another time.
        std::fs::write(file, &before).unwrap();
        std::fs::File::options()
            .write(true)
            .open(file)
            .unwrap()
            .set_modified(time + Duration::from_secs(9))
            .unwrap();
        refused(&ours, "another job");
        std::fs::copy(other, file).unwrap();
        touch();
        let result = run(&ours).output().unwrap();
        assert_eq!(result.status.code(), Some(2), "{}", support::text(&result.stderr));
        assert!(std::fs::read(&j).unwrap() == kept);
        std::fs::write(file, &before).unwrap();
        touch();
    }
    let polygon = folder.file("area.geojson");
    let before = std::fs::read_to_string(&polygon).unwrap();
    std::fs::write(&polygon, before.replace("47", "46.9")).unwrap();
    refused(&ours, "another job");
    std::fs::write(&polygon, before).unwrap();
    // Another version of the result.
    let mut old = kept.clone();
    old[6] = b'2';
    std::fs::write(&j, &old).unwrap();
    let result = run(&ours).output().unwrap();
    assert_eq!(result.status.code(), Some(2));
    assert!(std::fs::read(&j).unwrap() == old);
    // And the job itself goes on.
    std::fs::write(&j, &kept).unwrap();
    assert!(run(&ours).status().unwrap().success());
    assert!(std::fs::read(&o).unwrap() == expected && !j.exists());
    // No journals.
    for content in [&b"x"[..], b"MUCHOJ3", b"MUCHOJ3\n0123456789", &[7; 500]] {
        std::fs::write(&j, content).unwrap();
        let result = run(&ours).output().unwrap();
        assert_eq!(result.status.code(), Some(2));
        assert_eq!(std::fs::read(&j).unwrap(), content);
    }
    std::fs::remove_file(&j).unwrap();
    assert!(Command::new("mkfifo").arg(&j).status().unwrap().success());
    assert_eq!(run(&ours).status().unwrap().code(), Some(2));
}
