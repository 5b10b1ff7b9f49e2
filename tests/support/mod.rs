//! Running the tool as a user does; shared by the tests of its commands.
#![allow(dead_code, reason = "each test file takes what it needs")]

mod folder;
pub(crate) mod writing;

pub(crate) use folder::Folder;
use std::process::{Command, Output, Stdio};

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

/// Run the tool, which must succeed.
pub(crate) fn ok(words: &[&str]) -> Output {
    let output = mucho(words);
    assert!(output.status.success(), "mucho {words:?}: {}", text(&output.stderr));
    output
}
