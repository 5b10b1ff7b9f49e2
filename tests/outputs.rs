//! Where outputs go: every command that writes × everything that may stand at its path.
#![cfg(unix)]

mod support;

use std::{
    ffi::{OsStr, OsString},
    io::Write as _,
    os::unix::{
        ffi::OsStrExt,
        fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, symlink},
    },
    path::Path,
    process::{Command, Output, Stdio},
};
use support::{
    Folder, MUCHO, fixture, text,
    writing::{Inputs, Writing, commands, long_name},
};

/// A command, its inputs, and what it writes where nothing is in the way.
struct Case<'a> {
    writing: &'a Writing,
    inputs: &'a Inputs,
    folder: Folder,
    expected: Vec<u8>,
    /// What an output in place begins with.
    start: Vec<u8>,
}

impl Case<'_> {
    fn run(&self, output: impl AsRef<OsStr>) -> Output {
        self.writing.command(output.as_ref(), self.inputs).output().unwrap()
    }
    fn ok(&self, output: impl AsRef<OsStr>, what: &str) {
        let result = self.run(output);
        assert!(result.status.success(), "{} to {what}: {}", self.writing.name, text(&result.stderr));
        let left: Vec<_> = std::fs::read_dir(self.inputs.scratch()).unwrap().collect();
        assert!(left.is_empty(), "{} to {what}: {left:?}", self.writing.name);
    }
    /// It must fail with a code and words.
    fn refused(&self, output: impl AsRef<OsStr>, code: i32, words: &str) {
        let result = self.run(output);
        let said = text(&result.stderr);
        assert_eq!(result.status.code(), Some(code), "{}: {said}", self.writing.name);
        assert!(said.contains(words), "{}: '{words}' in {said}", self.writing.name);
        assert!(!said.contains(".tmp"), "{said}");
    }
    fn is_whole(&self, path: &Path, what: &str) {
        assert!(std::fs::read(path).unwrap() == self.expected, "{} to {what}", self.writing.name);
    }
    /// What stands at a path before.
    fn old(&self) -> &[u8] {
        if self.writing.in_place { &self.start } else { b"old" }
    }
}

/// Is this program run by somebody whom permissions do not bind?
fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout == b"0\n")
}

fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}");
}

#[test]
fn every_command_to_everything_that_may_stand_at_its_path() {
    let inputs = Inputs::new("outputs", true);
    let start = std::fs::read(&inputs.heights).unwrap();
    for writing in commands(&inputs) {
        let folder = Folder::new("outputs-of");
        let mut case =
            Case { writing: &writing, inputs: &inputs, folder, expected: Vec::new(), start: start.clone() };
        let name = writing.name();
        let path = case.folder.file(&name);

        // Fresh.
        if writing.in_place {
            std::fs::write(&path, &case.start).unwrap();
        }
        case.ok(&path, "a fresh name");
        case.expected = std::fs::read(&path).unwrap();
        assert!(case.expected.len() > 100);
        assert_eq!(case.folder.names(), std::slice::from_ref(&name), "{}", writing.name);
        if !writing.in_place {
            let plain = case.folder.file("plain");
            std::fs::write(&plain, b"").unwrap();
            assert_eq!(path.metadata().unwrap().mode(), plain.metadata().unwrap().mode(), "as any new file");
            std::fs::remove_file(plain).unwrap();
        }

        // A private file with side cars.
        std::fs::write(&path, case.old()).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        let side_cars =
            ["msk", "ovr", "msk.ovr", "aux.xml"].map(|e| case.folder.file(&format!("{name}.{e}")));
        let more = ["tfw", "keep"].map(|e| case.folder.file(&format!("{name}.{e}")));
        side_cars.iter().chain(&more).for_each(|s| std::fs::write(s, b"old").unwrap());
        if writing.in_place {
            side_cars.iter().for_each(|s| std::fs::remove_file(s).unwrap());
        }
        case.ok(&path, "a file");
        case.is_whole(&path, "a file");
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600, "{}", writing.name);
        assert!(side_cars.iter().all(|s| !s.exists()), "{}: {:?}", writing.name, case.folder.names());
        more.iter().for_each(|m| std::fs::remove_file(m).unwrap());
        if is_root() {
            std::os::unix::fs::chown(&path, Some(12345), Some(54321)).unwrap();
            if writing.in_place {
                std::fs::write(&path, case.old()).unwrap();
            }
            case.ok(&path, "somebody's file");
            let found = path.metadata().unwrap();
            assert_eq!((found.uid(), found.gid()), (12345, 54321), "{}", writing.name);
        } else {
            skipped("the owner is kept: not root");
        }
        std::fs::remove_file(&path).unwrap();

        // Links, one to another, to something and to nothing.
        let target = case.folder.file(&format!("target.{}", writing.ending));
        symlink(format!("second.{}", writing.ending), &path).unwrap();
        symlink(&target, case.folder.file(&format!("second.{}", writing.ending))).unwrap();
        for exists in [true, false] {
            let _ = std::fs::remove_file(&target);
            if exists || writing.in_place {
                std::fs::write(&target, case.old()).unwrap();
            }
            case.ok(&path, "a symbolic link");
            assert!(path.symlink_metadata().unwrap().is_symlink());
            assert!(target.symlink_metadata().unwrap().is_file());
            case.is_whole(&target, "a symbolic link");
        }
        std::fs::remove_file(&path).unwrap();
        symlink(&name, &path).unwrap();
        if !writing.in_place {
            case.refused(&path, 2, "leads to itself");
        }
        std::fs::remove_file(&path).unwrap();

        // A hard link: the other name keeps what it had; what is changed in place has it under both.
        let other = case.folder.file("other");
        std::fs::write(&other, case.old()).unwrap();
        std::fs::hard_link(&other, &path).unwrap();
        case.ok(&path, "a hard link");
        case.is_whole(&path, "a hard link");
        if writing.in_place {
            case.is_whole(&other, "a hard link");
        } else {
            assert_eq!(std::fs::read(&other).unwrap(), b"old");
        }
        std::fs::remove_file(&path).unwrap();

        // A FIFO.
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        if writing.in_place {
            case.refused(&path, 2, "in place");
        } else {
            let reader = path.clone();
            let reader = std::thread::spawn(move || std::fs::read(reader).unwrap());
            case.ok(&path, "a FIFO");
            assert!(reader.join().unwrap() == case.expected, "{} to a FIFO", writing.name);
        }
        assert!(path.metadata().unwrap().file_type().is_fifo());
        std::fs::remove_file(&path).unwrap();

        // A device of our own making: what goes into it is gone.
        let made = Command::new("mknod").arg(&path).args(["c", "1", "3"]).stderr(Stdio::null()).status();
        if made.is_ok_and(|s| s.success()) && std::fs::OpenOptions::new().write(true).open(&path).is_ok() {
            if writing.in_place {
                case.refused(&path, 2, "in place");
            } else {
                case.ok(&path, "a device");
            }
            assert!(path.metadata().unwrap().file_type().is_char_device(), "{}", writing.name);
        } else {
            skipped("devices: they cannot be made here");
        }
        let _ = std::fs::remove_file(&path);

        // No folder; a folder; no permission.
        if !writing.in_place {
            case.refused(case.folder.file(&format!("none/{name}")), 6, "none does not exist");
            case.refused(&case.folder.0, 2, "is a folder");
        }
        std::fs::write(&path, case.old()).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o444)).unwrap();
        if !writing.in_place {
            case.refused(&path, 6, "read-only");
            assert_eq!(std::fs::read(&path).unwrap(), b"old");
        }
        std::fs::remove_file(&path).unwrap();
        read_only_folder(&case);

        // Names.
        let long = case.folder.0.join(long_name(writing.ending));
        let odd = case.folder.0.join(OsStr::from_bytes(&[b"\xff\xfe.", writing.ending.as_bytes()].concat()));
        for (path, possible) in [(long, true), (odd, writing.any_name)] {
            if !possible {
                continue;
            }
            if writing.in_place {
                std::fs::write(&path, case.old()).unwrap();
            }
            case.ok(&path, "an odd name");
            case.is_whole(&path, "an odd name");
            if writing.journal {
                let mut journal = path.clone().into_os_string();
                journal.push("j");
                let mut command = writing.command(path.as_os_str(), &inputs);
                let result = command.arg("--journal").arg(&journal).output().unwrap();
                assert!(result.status.success(), "{}: {}", writing.name, text(&result.stderr));
                case.is_whole(&path, "an odd name with a journal");
                assert!(!Path::new(&journal).exists());
            }
            std::fs::remove_file(&path).unwrap();
        }

        // The input itself, by its name and by links; endings of other formats.
        if !writing.in_place {
            let input = if matches!(
                writing.name,
                "cog"
                    | "convert"
                    | "warp"
                    | "clip"
                    | "run"
                    | "tee"
                    | "gaussian"
                    | "entropy"
                    | "interaction"
                    | "extract"
            ) {
                &inputs.classes
            } else {
                &inputs.heights
            };
            let before = std::fs::read(input).unwrap();
            let link = case.folder.file(&format!("link.{}", writing.ending));
            symlink(input, &link).unwrap();
            let hard = case.folder.file(&format!("hard.{}", writing.ending));
            std::fs::hard_link(input, &hard).unwrap();
            let mut same = vec![link, hard];
            if writing.ending == "tif" {
                same.push(input.clone());
            }
            for path in same {
                let result = case.run(&path);
                assert_eq!(result.status.code(), Some(2), "{}: {}", writing.name, text(&result.stderr));
                assert!(std::fs::read(input).unwrap() == before && path.exists(), "{}", writing.name);
            }
        }
        let others: &[&str] = match writing.ending {
            "tif" => &["o.png", "o.JPG", "o.nc", "o.vrt", "o.tif.gz"],
            "png" => &["o.tif", "o.jpg", "o.TIFF", "o.webp"],
            _ => &[],
        };
        for name in others.iter().filter(|_| !writing.in_place) {
            case.refused(case.folder.file(name), 2, "the ending");
            assert!(!case.folder.file(name).exists());
        }
    }
}

/// As root, by somebody else.
fn read_only_folder(case: &Case<'_>) {
    if case.writing.in_place {
        return;
    }
    let folder = case.folder.file("read-only");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o555)).unwrap();
    let path = folder.join(case.writing.name());
    let command = case.writing.command(path.as_os_str(), case.inputs);
    let mut command = if is_root() {
        let mut other = Command::new("setpriv");
        other.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(command.get_program());
        other.args(command.get_args()).env("TMPDIR", case.inputs.scratch());
        other
    } else {
        command
    };
    match command.stdin(Stdio::null()).output() {
        // 126 and 127: the other user may not run the tool, or read where it stands.
        Ok(result) if !matches!(result.status.code(), Some(126 | 127)) => {
            let said = text(&result.stderr);
            assert_eq!(result.status.code(), Some(6), "{}: {said}", case.writing.name);
            assert!(said.contains("cannot create a file in the folder") && !said.contains(".tmp"), "{said}");
        }
        _ => skipped("folders that cannot be written to: no other user"),
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    std::fs::remove_dir(&folder).unwrap();
}

#[test]
fn side_inputs_lists_and_other_outputs_are_not_written_over() {
    let inputs = Inputs::new("side", true);
    let folder = Folder::new("side-outputs");
    let (a, h) = (inputs.classes.to_str().unwrap(), inputs.heights.to_str().unwrap());
    std::fs::write(folder.file("list.tif"), format!("{a}\n")).unwrap();
    std::fs::write(folder.file("area.tif"), "{\"type\": \"Polygon\", \"coordinates\": []}").unwrap();
    std::fs::write(folder.file("job.tif"), "inputs = \"a.tif\"\n[output]\npath = \"o.tif\"\n").unwrap();
    std::fs::copy(a, folder.file("a.tif")).unwrap();
    std::fs::copy(a, folder.file("b.tif.ovr")).unwrap();
    std::fs::write(folder.file("b.tif"), b"old").unwrap();
    let (list, area, job, own) =
        (folder.word("list.tif"), folder.word("area.tif"), folder.word("job.tif"), folder.word("a.tif"));
    let (at_list, side_car, beside) = (format!("@{list}"), folder.word("b.tif.ovr"), folder.word("b.tif"));
    let fresh = folder.word("fresh.tif");
    let twice = format!("read {a} ! tee {fresh} ! select --bands 1 ! write {fresh}");
    let branch = format!("read A={a} ! read B={h} [ warp --like {own} ] ! calc 'A + B' ! write {own}");
    for words in [
        &["warp", a, &own, "--like", &own][..],
        &["cog", a, &own, "--like", &own],
        &["warp", &at_list, &list, "--crs", "EPSG:3857"],
        &["coregister", h, &own, "--like", &own],
        &["clip", a, &area, "--polygon", &area],
        &["run", &job, "-o", &job],
        &["pipe", &twice],
        &["pipe", &branch],
        &["calc", "A + B", &format!("A={h}"), &format!("B={own}"), &own],
        // Removed with the file that it belongs to.
        &["cog", &side_car, &beside],
        &["convert", &beside, &side_car],
        &["convert", a, &own, "--color-table", &own],
        &["gaussian", a, &fresh, "--sigma", "1", "--journal", &fresh],
        &["gaussian", &own, &fresh, "--sigma", "1", "--journal", &own],
        &["preview", &own, &own],
    ] {
        let names = folder.names();
        let contents = || names.iter().map(|n| std::fs::read(folder.file(n)).unwrap()).collect::<Vec<_>>();
        let before = contents();
        let result = Command::new(MUCHO).args(words).stdin(Stdio::null()).output().unwrap();
        assert_eq!(result.status.code(), Some(2), "{words:?}: {}", text(&result.stderr));
        assert!(names == folder.names() && before == contents(), "{words:?}");
    }
    // Standard input and output that are files.
    let script = format!("exec '{MUCHO}' cog - '{own}' < '{own}'");
    let result = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(result.status.code(), Some(2), "{}", text(&result.stderr));
    let script = format!("exec '{MUCHO}' cog '{own}' - >> '{own}'");
    let result = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(result.status.code(), Some(2), "{}", text(&result.stderr));
    assert!(std::fs::read(&own).unwrap() == std::fs::read(a).unwrap());
}

#[test]
fn standard_output_by_all_its_names() {
    let inputs = Inputs::new("stdout", true);
    let a = inputs.classes.to_str().unwrap();
    let folder = Folder::new("stdout-files");
    for command in [&["cog", a][..], &["gaussian", a], &["preview", a]] {
        let whole = |output: &str| {
            let mut run = Command::new(MUCHO);
            run.arg("-q")
                .args(command)
                .arg(output)
                .args((command[0] == "gaussian").then_some(["--sigma", "2"]).into_iter().flatten());
            run.stdin(Stdio::null());
            run
        };
        let expected = whole("-").output().unwrap();
        assert!(expected.status.success() && expected.stdout.len() > 100, "{}", text(&expected.stderr));
        for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
            let result = whole(name).output().unwrap();
            assert!(
                result.status.success() && result.stdout == expected.stdout,
                "{name}: {}",
                text(&result.stderr)
            );
            // Led into a file behind what is there: nothing is written over, and the file is the same.
            let path = folder.file("appended");
            std::fs::write(&path, b"before").unwrap();
            let inode = path.metadata().unwrap().ino();
            let file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
            assert!(whole(name).stdout(file).status().unwrap().success());
            assert!(std::fs::read(&path).unwrap() == [b"before", &expected.stdout[..]].concat(), "{name}");
            assert_eq!(path.metadata().unwrap().ino(), inode);
        }
    }
}

/// Of Linux.
const O_NONBLOCK: i32 = 0o4000;

#[cfg(target_os = "linux")]
#[test]
fn fifos_are_read_by_every_command_that_reads() {
    let inputs = Inputs::new("fifos", true);
    let folder = Folder::new("fifos-read");
    let (a, fifo) = (inputs.classes.to_str().unwrap(), folder.file("f"));
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let fifo = fifo.to_str().unwrap();
    let out = folder.word("o.tif");
    let bytes = std::fs::read(a).unwrap();
    let commands: Vec<Vec<&str>> = vec![
        vec!["info", "FILE"],
        vec!["info", "--stats", "FILE"],
        vec!["windows", "FILE"],
        vec!["dump", "FILE"],
        vec!["sample", "FILE", "500100", "5169900"],
        vec!["validate", "FILE"],
        vec!["preview", "FILE"],
        vec!["cog", "FILE", &out],
        vec!["convert", "FILE", &out],
        vec!["warp", "FILE", &out, "--crs", "EPSG:3857"],
        vec!["warp", a, &out, "--like", "FILE"],
        vec!["merge", "FILE", &out],
        vec!["coregister", a, &out, "--like", "FILE"],
        vec!["gaussian", "FILE", &out, "--sigma", "2"],
        vec!["entropy", "FILE", &out, "--sigma", "2"],
        vec!["calc", "A + 1", "A=FILE", &out],
    ];
    for words in commands {
        let run = |name: &str| {
            let words: Vec<OsString> = words.iter().map(|w| w.replace("FILE", name).into()).collect();
            let _ = std::fs::remove_file(&out);
            let result = Command::new(MUCHO).arg("-q").args(words).stdin(Stdio::null()).output().unwrap();
            (result, std::fs::read(&out).ok())
        };
        let (expected, written) = run(a);
        let (writer_to, content) = (fifo.to_owned(), bytes.clone());
        let writer = std::thread::spawn(move || {
            let _ = std::fs::OpenOptions::new()
                .write(true)
                .open(writer_to)
                .and_then(|mut f| f.write_all(&content));
        });
        let (result, through) = run(fifo);
        // A command that never opened it lets the writer wait.
        let reader = std::fs::OpenOptions::new().read(true).custom_flags(O_NONBLOCK).open(fifo).unwrap();
        drop(reader);
        writer.join().unwrap();
        assert!(expected.status.success() || words[0] == "validate", "{words:?}: {}", text(&expected.stderr));
        assert_eq!(result.status.code(), expected.status.code(), "{words:?}: {}", text(&result.stderr));
        assert!(written == through, "{words:?}");
        let shown = |o: &Output| text(&o.stdout).replace(a, "FILE").replace(fifo, "FILE");
        assert!(shown(&expected) == shown(&result), "{words:?}");
    }
    // As shells write it.
    let script = format!("exec '{MUCHO}' info <(cat '{a}')");
    let result = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert!(result.status.success(), "{}", text(&result.stderr));
}

/// What comes through a pipe is kept on the disk when it is long, and what waits for standard output too; where there is no room that
/// is said at once.
#[test]
fn streams_that_are_long_go_to_the_folder_for_scratch_files() {
    let folder = Folder::new("long");
    let (big, scratch) = (folder.word("big.tif"), folder.file("scratch"));
    std::fs::create_dir(&scratch).unwrap();
    let line = format!("read {} ! warp --size 9000x9000 -r nearest ! write {big}", fixture("landcover.tif"));
    let made = Command::new(MUCHO).args(["-q", "pipe", &line, "--output", &big]).output().unwrap();
    assert!(made.status.success(), "{}", text(&made.stderr));
    let plain = folder.word("plain.tif");
    support::ok(&["-q", "convert", &big, &plain, "--plain", "-c", "none"]);
    assert!(std::fs::metadata(&plain).unwrap().len() > 64 << 20);
    let through = |tmp: &Path| {
        let script = format!(
            "cat '{plain}' | '{MUCHO}' -q convert - - -c none --plain | cmp - '{plain}'; echo ${{PIPESTATUS[1]}}"
        );
        Command::new("bash").args(["-c", &script]).env("TMPDIR", tmp).output().unwrap()
    };
    let result = through(&scratch);
    assert_eq!((text(&result.stdout).trim(), text(&result.stderr).trim()), ("0", ""));
    assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0);
    let result = through(&folder.file("none"));
    assert!(text(&result.stdout).trim().ends_with('6'), "{}", text(&result.stdout));
    assert!(text(&result.stderr).contains("none does not exist"), "{}", text(&result.stderr));
}
