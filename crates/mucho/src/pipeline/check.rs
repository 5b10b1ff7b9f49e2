//! What can be told to be wrong before anything is opened: values, names, numbers of rasters, files that are both read and
//! written.

use super::{Pipeline, Step, fault::Fault, input::Input, output::Output, steps::Arity};
use std::path::{Component, Path, PathBuf};

type Checked<T> = Result<T, Fault>;

/// The letters A, B, …, Z, AA, … by place.
fn letter(place: usize) -> String {
    let last = char::from(b'A' + (place % 26) as u8);
    match place / 26 {
        0 => last.to_string(),
        n => format!("{}{last}", letter(n - 1)),
    }
}

/// What a raster is called that comes as the number `place` (from 0).
pub(super) fn name_of(input: &Input, place: usize) -> String {
    input.name.clone().unwrap_or_else(|| letter(place))
}

/// Names of the rasters that come in.
pub(super) fn rasters(inputs: &[Input]) -> Checked<Vec<String>> {
    let mut names = Vec::new();
    for (place, input) in inputs.iter().enumerate() {
        let within = |fault: Fault| fault.within(format!("input {}", place + 1));
        input.check().map_err(within)?;
        add_name(&mut names, name_of(input, place)).map_err(within)?;
    }
    Ok(names)
}

fn add_name(names: &mut Vec<String>, name: String) -> Checked<()> {
    if names.contains(&name) {
        return Err(Fault::key("name", format!("two rasters are called '{name}'")));
    }
    names.push(name);
    Ok(())
}

/// The steps over rasters of these names; one raster is left.
pub(super) fn steps(steps: &[Step], mut names: Vec<String>) -> Checked<()> {
    for (i, step) in steps.iter().enumerate() {
        let within = |fault: Fault| fault.within(part(i, step));
        step.check_values().map_err(within)?;
        match step.arity() {
            Arity::Adds => {
                if let Step::Read(input) = step {
                    let name = name_of(input, names.len());
                    add_name(&mut names, name).map_err(within)?;
                }
            }
            Arity::One if names.len() > 1 => {
                return Err(within(Fault::new(format!(
                    "takes one raster, and {} come in ({}): combine them before by mosaic, stack, warp or calc, or give \
                     the input steps of its own",
                    names.len(),
                    names.join(", ")
                ))));
            }
            Arity::One => {}
            Arity::All => {
                step.check_names(&names).map_err(within)?;
                // One raster keeps its name.
                if names.len() > 1 {
                    names = vec![letter(0)];
                }
            }
        }
    }
    if names.len() > 1 {
        return Err(Fault::key(
            "steps",
            format!(
                "{} rasters are left at the end ({}): mosaic, stack, warp or calc makes one of them",
                names.len(),
                names.join(", ")
            ),
        ));
    }
    Ok(())
}

/// `step 2 (warp)`
pub(super) fn part(index: usize, step: &Step) -> String {
    format!("step {} ({})", index + 1, step.name())
}

/// Everything.
pub(super) fn pipeline(job: &Pipeline) -> Checked<()> {
    if job.version != Pipeline::VERSION {
        return Err(Fault::key(
            "version",
            format!("{} is not known here; this is version {}", job.version, Pipeline::VERSION),
        ));
    }
    if job.inputs.is_empty() {
        return Err(Fault::key("inputs", "is missing; which raster is read?"));
    }
    let names = rasters(&job.inputs)?;
    steps(&job.steps, names)?;
    if let Some(output) = &job.output {
        output.check().map_err(|fault| fault.within("output"))?;
    }
    job.run.check().map_err(|fault| fault.within("run"))?;
    files(job)
}

/// No file is written twice, and none that is read.
fn files(job: &Pipeline) -> Checked<()> {
    let mut read = Vec::new();
    job.inputs.iter().for_each(|input| collect(input, &mut read));
    locations(&job.steps, &mut read);
    let mut written: Vec<(String, &str)> = Vec::new();
    for (part, output) in outputs(job) {
        let Some(path) = output.path.as_deref() else { continue };
        let fault = |message: String| Fault::key("path", message).within(part.clone());
        if path == "-" {
            if let Some((other, _)) = written.iter().find(|(_, p)| *p == "-") {
                return Err(fault(format!("standard output is {other}'s already")));
            }
        } else if read.iter().any(|r| same_file(r, path)) {
            return Err(fault(format!("'{path}' is read by this job; write another file")));
        } else if let Some((other, _)) = written.iter().find(|(_, p)| same_file(p, path)) {
            return Err(fault(format!("'{path}' is written by {other} already")));
        }
        written.push((part, path));
    }
    Ok(())
}

/// What is written, in order: intermediates, then the output.
fn outputs(job: &Pipeline) -> Vec<(String, &Output)> {
    let mut all = Vec::new();
    for (i, step) in job.steps.iter().enumerate() {
        if let Step::Tee(output) = step {
            all.push((part(i, step), &**output));
        }
    }
    all.extend(job.output.iter().map(|output| ("output".to_owned(), output)));
    all
}

fn collect(input: &Input, to: &mut Vec<String>) {
    to.extend(input.path.clone());
    input.inputs.iter().for_each(|input| collect(input, to));
    locations(&input.steps, to);
}

fn locations(steps: &[Step], to: &mut Vec<String>) {
    for step in steps {
        match step {
            Step::Read(input) => collect(input, to),
            Step::Warp(warp) => to.extend(warp.like.clone()),
            _ => {}
        }
    }
}

/// Do both name the same file, by their text or on the disk?
fn same_file(a: &str, b: &str) -> bool {
    if a == "-" || b == "-" {
        return false;
    }
    let (a, b) = (file_of(a), file_of(b));
    if plain(a) == plain(b) {
        return true;
    }
    match (std::fs::canonicalize(a), std::fs::canonicalize(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

/// The file that has the image: `GTIFF_DIR:2:a.tif` is in `a.tif`.
pub(super) fn file_of(location: &str) -> &str {
    let number = |t: &&str| t.split_once(':').is_some_and(|(n, _)| n.parse::<usize>().is_ok());
    let image = location.strip_prefix("GTIFF_DIR:").filter(number);
    image.and_then(|t| t.split_once(':')).map_or(location, |(_, path)| path)
}

/// Without `.` and `x/..`.
fn plain(path: &str) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in Path::new(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!([0, 1, 25, 26, 27, 52].map(letter), ["A", "B", "Z", "AA", "AB", "BA"]);
    }

    #[test]
    fn one_file_by_several_names() {
        assert!(same_file("a/./b.tif", "a/b.tif") && same_file("a/c/../b.tif", "a/b.tif"));
        assert!(same_file("GTIFF_DIR:2:a.tif", "a.tif") && !same_file("GTIFF_DIR:a.tif", "a.tif"));
        assert!(!same_file("../b.tif", "b.tif") && !same_file("-", "-"));
    }
}
