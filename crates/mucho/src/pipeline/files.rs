//! The files of a pipeline: what is read is not written over, and nothing is written twice.

use super::{Input, Pipeline, Resolver, Step};
use crate::{Location, names};
use geotiff_io::{check_ending, is_same_file, side_cars_of};
use raster_core::{Error, RasterSource as _, Result};
use std::path::{Path, PathBuf};

/// What becomes of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Read,
    Written,
}

impl Pipeline {
    /// Every location in the description but the journal's.
    pub(super) fn each_location(&mut self, each: &mut dyn FnMut(&mut Option<String>, Role)) {
        self.inputs.iter_mut().for_each(|input| of_input(input, each));
        self.steps.iter_mut().for_each(|step| of_step(step, each));
        if let Some(output) = &mut self.output {
            each(&mut output.path, Role::Written);
        }
    }

    /// A text that differs when what is read does: the rasters by [`RasterSource::content_id`], polygons by their text.
    pub(super) fn read_content(&self, opener: &dyn Resolver) -> Result<String> {
        let mut locations = Vec::new();
        let mut of_text = Vec::new();
        let mut polygons = |step: &Step| {
            if let Step::Clip(clip) = step {
                of_text.extend(clip.polygon.clone());
            }
        };
        self.each_step(&mut polygons);
        self.clone().each_location(&mut |location, role| {
            if let Some(location) = location.as_ref().filter(|l| role == Role::Read && !of_text.contains(l)) {
                locations.push(location.clone());
            }
        });
        let mut content = String::new();
        for location in locations {
            let id = opener.open(&location)?.content_id()?;
            content += &id.map_or_else(|| "\n?".to_owned(), |id| format!("\n{id:032x}"));
        }
        for text in of_text.iter().filter(|t| !t.trim_start().starts_with('{')) {
            content += &format!("\n{}", opener.read_text(text)?);
        }
        Ok(content)
    }

    fn each_output(&self, each: &mut dyn FnMut(&super::Output)) {
        self.each_step(&mut |step| {
            if let Step::Tee(output) = step {
                each(output);
            }
        });
        self.output.iter().for_each(each);
    }

    fn each_step(&self, each: &mut dyn FnMut(&Step)) {
        fn of(input: &Input, each: &mut dyn FnMut(&Step)) {
            input.inputs.iter().for_each(|input| of(input, each));
            in_steps(&input.steps, each);
        }
        fn in_steps(steps: &[Step], each: &mut dyn FnMut(&Step)) {
            for step in steps {
                each(step);
                if let Step::Read(input) = step {
                    of(input, each);
                }
            }
        }
        self.inputs.iter().for_each(|input| of(input, each));
        in_steps(&self.steps, each);
    }

    /// Refuse outputs that are inputs, also by another name or as their side cars; outputs that are each other; names that say
    /// another format; and all of that for the journal.
    pub(super) fn check_files(&self, opener: &dyn Resolver) -> Result<()> {
        let mut read = opener.also_reads();
        let mut written = Vec::new();
        self.clone().each_location(&mut |location, role| {
            let Some(text) = location else { return };
            match role {
                Role::Written if text == "-" => written.push(PathBuf::from("/dev/stdout")),
                Role::Written => written.push(opener.path(text)),
                Role::Read => match Location::from(text.as_str()) {
                    Location::Stdin => read.push("/dev/stdin".into()),
                    Location::Path(_) => read.push(opener.path(text.strip_prefix("file://").unwrap_or(text))),
                    Location::Image(path, _) => read.push(names::path_of(&path.to_string_lossy())),
                    _ => {}
                },
            }
        });
        self.each_output(&mut |output| {
            read.extend(output.color_table.as_ref().map(|file| opener.path(file)))
        });
        for (i, output) in written.iter().enumerate() {
            check_ending(output, "TIFF")?;
            not_among(output, "output", &read)?;
            if let Some(other) = written[..i].iter().find(|other| is_same_file(output, other)) {
                let text = format!("two outputs are this file; the other one is {}", other.display());
                return Err(Error::misuse(text).in_file(output));
            }
        }
        if let Some(journal) = &self.run.journal {
            let journal = names::path_of(journal);
            not_among(&journal, "journal", &read)?;
            not_among(&journal, "journal", &written)?;
        }
        Ok(())
    }
}

/// Refuse a file to write that one of the others is, or that would take one of them with it.
fn not_among(output: &Path, what: &str, others: &[PathBuf]) -> Result<()> {
    for other in others {
        let other_name = || other.display();
        if is_same_file(output, other) {
            let text =
                format!("the {what} is a file that this job needs itself ({}); name another", other_name());
            return Err(Error::misuse(text).in_file(output));
        }
        if side_cars_of(other).any(|side_car| is_same_file(side_car, output)) {
            let text = format!(
                "the {what} is a side car of a file that this job needs ({}); name another",
                other_name()
            );
            return Err(Error::misuse(text).in_file(output));
        }
        if what == "output" && side_cars_of(output).any(|side_car| is_same_file(side_car, other)) {
            let text = format!(
                "the output would replace a file whose side car is an input ({}), and side cars of a replaced file are removed",
                other_name()
            );
            return Err(Error::misuse(text).in_file(output));
        }
    }
    Ok(())
}

fn of_input(input: &mut Input, each: &mut dyn FnMut(&mut Option<String>, Role)) {
    each(&mut input.path, Role::Read);
    input.inputs.iter_mut().for_each(|input| of_input(input, each));
    input.steps.iter_mut().for_each(|step| of_step(step, each));
}

fn of_step(step: &mut Step, each: &mut dyn FnMut(&mut Option<String>, Role)) {
    match step {
        Step::Warp(warp) => each(&mut warp.like, Role::Read),
        Step::Clip(clip) => each(&mut clip.polygon, Role::Read),
        Step::Read(input) => of_input(input, each),
        Step::Tee(output) => each(&mut output.path, Role::Written),
        _ => {}
    }
}
