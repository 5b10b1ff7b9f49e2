//! The README, word by word: every `mucho` command in it is run, in order, as a newcomer would.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

const MUCHO: &str = env!("CARGO_BIN_EXE_mucho");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The lines of the README's `sh` blocks that call the tool; `\` at the end of a line joins it with the next.
fn commands(readme: &str) -> Vec<String> {
    let mut inside = false;
    let mut commands: Vec<String> = Vec::new();
    let mut joined = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            inside = line == "```sh";
            continue;
        }
        let line = line.trim_end().replace("cargo run --release --", "mucho");
        if inside && (joined || line.contains("mucho ")) {
            let text = line.trim_end_matches('\\').to_owned();
            match commands.last_mut() {
                Some(last) if joined => last.push_str(text.trim_start()),
                _ => commands.push(text),
            }
            joined = line.ends_with('\\');
        }
    }
    commands
}

#[test]
fn every_command_of_the_readme_works() {
    let folder = std::env::temp_dir().join(format!("mucho-readme-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("fixtures")).unwrap();
    for entry in std::fs::read_dir(root().join("fixtures")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::copy(&path, folder.join("fixtures").join(path.file_name().unwrap())).unwrap();
        }
    }
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let commands = commands(&readme);
    assert!(commands.len() >= 10, "the README shows {} commands", commands.len());
    for command in commands {
        // The README quotes and pipes as a shell does; so a shell takes it apart.
        let line = format!("set -o pipefail; mucho() {{ '{MUCHO}' \"$@\"; }}; {command}");
        let output = Command::new("bash").args(["-c", &line]).current_dir(&folder).output().unwrap();
        assert!(
            output.status.success(),
            "{command}\n{}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
