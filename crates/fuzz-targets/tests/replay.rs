//! Seeds, and what fuzzing found, go through every target.

use fuzz_targets::{TARGETS, seeds};
use std::{fs, panic};

/// Names of the inputs that make a target panic.
fn failures(target: &str, run: fuzz_targets::Target) -> Vec<String> {
    let mut inputs = seeds::of(target).unwrap();
    assert!(inputs.len() > 5, "{target} has {} seeds", inputs.len());
    let found = seeds::fixtures().join("fuzz").join(target);
    if found.is_dir() {
        for entry in fs::read_dir(found).unwrap() {
            let path = entry.unwrap().path();
            inputs.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    let fails = |bytes: &[u8]| panic::catch_unwind(|| run(bytes)).is_err();
    inputs.into_iter().filter(|(_, bytes)| fails(bytes)).map(|(name, _)| name).collect()
}

#[test]
fn every_input_is_survived() {
    let failed: Vec<_> = TARGETS
        .into_iter()
        .map(|(name, run)| (name, failures(name, run)))
        .filter(|(_, f)| !f.is_empty())
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
}
