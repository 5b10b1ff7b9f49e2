//! The tool, killed and short of room: nothing half-written at the target, and a journal that goes on.

mod support;

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
