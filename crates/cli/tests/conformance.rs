//! What the tool says of odd files is what GDAL says, but for the differences that `docs/differences.md` lists.

#![allow(clippy::print_stdout, reason = "tests say what they skip")]

use std::{path::Path, process::Command};

/// Cases and beginnings of differences in the first table of the page.
fn listed(page: &str) -> Vec<(String, String)> {
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split('|');
        let case = cells.next()?.trim().trim_matches('`').to_owned();
        Some((case, cells.next()?.trim().to_owned()))
    });
    rows.collect()
}

#[test]
fn every_difference_from_gdal_is_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let check = root.join("../shared/cases/io/check.py");
    if !check.exists() {
        println!("skipped: there is no {}", check.display());
        return;
    }
    let run = Command::new("python3").arg(&check).arg(env!("CARGO_BIN_EXE_mucho")).output();
    let Ok(output) = run else {
        println!("skipped: python3 cannot be run");
        return;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.trim_end().ends_with("as GDAL"), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let page = std::fs::read_to_string(root.join("docs/differences.md")).unwrap();
    let listed = listed(&page);
    let differences: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once(": ")).collect();
    let unlisted: Vec<_> = differences
        .iter()
        .filter(|(case, what)| {
            !listed.iter().any(|(name, begins)| name == case && what.starts_with(begins.as_str()))
        })
        // Side cars are tested where they are read.
        .filter(|(case, _)| !case.starts_with("sc_"))
        .collect();
    assert!(unlisted.is_empty(), "not in docs/differences.md: {unlisted:#?}");
    for (case, _) in listed.iter().filter(|(name, _)| !differences.iter().any(|(case, _)| case == name)) {
        println!("{case} is listed in docs/differences.md and reads as GDAL reads it");
    }
}
