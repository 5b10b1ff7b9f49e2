//! Running the tool as a user does; shared by the tests of its commands.
#![allow(dead_code, reason = "each test file takes what it needs")]

use std::{
    path::PathBuf,
    process::{Command, Output, Stdio},
};

/// The tool.
pub(crate) const MUCHO: &str = env!("CARGO_BIN_EXE_mucho");

/// A file of `fixtures`.
pub(crate) fn fixture(name: &str) -> String {
    format!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/{}"), name)
}

/// Run the tool.
pub(crate) fn mucho(words: &[&str]) -> Output {
    Command::new(MUCHO).args(words).stdin(Stdio::null()).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A directory of its own for each test, removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mucho-cli-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    pub(crate) fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Run the tool, which must succeed.
pub(crate) fn ok(words: &[&str]) -> Output {
    let output = mucho(words);
    assert!(output.status.success(), "mucho {words:?}: {}", text(&output.stderr));
    output
}
