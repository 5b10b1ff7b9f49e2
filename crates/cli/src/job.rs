//! Commands that make a raster: their flags become a pipeline, and the pipeline is run.

use crate::{
    Global,
    input::{Files, ReadArgs},
    progress::Progress,
};
use clap::Args;
use mucho::{
    Report, names,
    pipeline::{Create, Hooks, Input, JobPlan, Output, Pipeline, Run, Step, read},
    plan::Budget,
};
use raster_core::{Error, Result, Window};
use serde_json::{Value, json};
use std::{
    io::Write,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

/// What is shown of a job.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Running")]
pub(crate) struct Show {
    /// Print what would be done, and do nothing
    #[arg(long)]
    pub(crate) plan: bool,
    /// Print the plan or the report as one JSON object on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

/// How a command runs whose windows are those of the file that it writes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Running")]
pub(crate) struct WriteArgs {
    /// Memory to stay within, such as 512MB or 2GiB; default: 240MiB
    #[arg(long, value_name = "SIZE", env = "MUCHO_MEMORY", value_parser = read::<Budget>)]
    memory: Option<Budget>,
    #[command(flatten)]
    pub(crate) show: Show,
}

impl WriteArgs {
    /// The way to run.
    pub(crate) fn run(&self) -> Run {
        // Chosen: along the Z-curve in which outputs are written, a raster of 8192 columns with three bands of u16 in tiles of
        // 512 then has a tenth of its blocks decoded twice (of twice as many kept blocks a twentieth).
        Run::default().memory(self.memory.unwrap_or(Budget(240 << 20)))
    }
}

/// A step as a command of its own: one file in, one file out.
#[derive(Args, Debug)]
pub(crate) struct OneStep<S: Args> {
    /// File to read; `-` for standard input
    input: PathBuf,
    /// File to write; `-` for standard output
    output: PathBuf,
    #[command(flatten)]
    step: S,
    #[command(flatten)]
    read: ReadArgs,
    #[command(flatten)]
    run: Run,
    #[command(flatten)]
    show: Show,
    #[command(flatten)]
    create: Create,
}

/// Run a step as a command.
pub(crate) fn run_step<S: Args + Clone + Into<Step>>(args: &OneStep<S>, global: &Global) -> Result<()> {
    let files = Files::for_workers(&args.read, global);
    let pipeline = Pipeline::read(files.input(&args.input))
        .step(args.step.clone())
        .write(files.output(&args.output, &args.create))
        .run_with(args.run.clone());
    run_flags(pipeline, &files, args.show, global)
}

/// Inputs and the output of a command that takes `INPUT ... OUTPUT`.
pub(crate) fn inputs_and_output(
    paths: &[PathBuf],
    create: &Create,
    files: &mut Files,
) -> Result<(Vec<Input>, Output)> {
    let (output, inputs) = paths
        .split_last()
        .filter(|f| !f.1.is_empty())
        .ok_or_else(|| Error::misuse("name inputs and an output"))?;
    let mut rasters = Vec::new();
    for word in inputs {
        rasters.extend(files.inputs(word)?);
    }
    Ok((rasters, files.output(output, create)))
}

/// A pipeline whose keys are flags.
pub(crate) fn run_flags(pipeline: Pipeline, files: &Files, show: Show, global: &Global) -> Result<()> {
    pipeline.check_flags()?;
    run(pipeline, files, show, global)
}

/// Run or plan a pipeline.
pub(crate) fn run(mut pipeline: Pipeline, files: &Files, show: Show, global: &Global) -> Result<()> {
    if global.threads > 0 {
        pipeline.run.threads = Some(global.threads);
    }
    let output = pipeline.output.as_ref().and_then(|o| o.path.clone()).unwrap_or_default();
    let to_stdout = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].contains(&output.as_str());
    if show.json && to_stdout && !show.plan {
        return Err(Error::misuse("--json: standard output is the raster's already"));
    }
    let job = || {
        if show.plan {
            return plan(&pipeline, files, show.json);
        }
        execute(&pipeline, files, show.json, global)
    };
    match pipeline.run.threads {
        // A job file may state another number than the flag.
        Some(threads) if global.threads == 0 => parallel::within(threads, job),
        _ => job(),
    }
}

fn plan(pipeline: &Pipeline, files: &Files, as_json: bool) -> Result<()> {
    let plans = pipeline.plan(files)?;
    let text = if as_json {
        let mut objects: Vec<Value> = plans.iter().map(plan_json).collect();
        let mut last = objects.pop().unwrap_or_default();
        if !objects.is_empty() {
            last["intermediates"] = objects.into();
        }
        last.to_string()
    } else {
        plans.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n")
    };
    writeln!(std::io::stdout(), "{text}").map_err(Error::from)
}

fn execute(pipeline: &Pipeline, files: &Files, as_json: bool, global: &Global) -> Result<()> {
    let mut hooks = Hooks::default();
    let bar: Mutex<Option<(String, Progress)>> = Mutex::new(None);
    let bar = Arc::new(bar);
    let shown = Arc::clone(&bar);
    let quiet = global.quiet;
    hooks.progress = Some(Arc::new(move |path: &str, done, of| {
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        match &*shown {
            Some((of_path, progress)) if of_path == path => progress.set(done),
            _ => {
                if let Some((_, before)) = shown.take() {
                    before.finish();
                }
                let progress = Progress::of(&names::shown(path), quiet);
                progress.start(of, done);
                *shown = Some((path.to_owned(), progress));
            }
        }
    }));
    let finished = pipeline.run(files, &hooks);
    if let Some((_, progress)) = bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
        progress.finish();
    }
    let finished = finished?;
    let mut failure = None;
    let mut objects = Vec::new();
    for output in &finished {
        let path = names::shown(&output.path);
        for lost in output.lost.iter().filter(|_| !quiet) {
            writeln!(std::io::stderr(), "mucho: {path}: {lost}")?;
        }
        // Whatever --quiet says: they tell of changes that nobody asked for.
        for note in &output.notes {
            writeln!(std::io::stderr(), "mucho: {path}: {note}")?;
        }
        match &output.report {
            Some(report) if as_json => objects.push(report_json(report, &path)),
            Some(report) if !quiet => writeln!(std::io::stderr(), "{path}: {report}")?,
            None if as_json => objects.push(json!({ "output": path })),
            _ => {}
        }
        if let Some(report) = &output.report {
            failure = failure.or(failures(report)?);
        }
    }
    if let Some(mut last) = objects.pop() {
        if !objects.is_empty() {
            last["intermediates"] = objects.into();
        }
        writeln!(std::io::stdout(), "{last}")?;
    }
    failure.map_or(Ok(()), Err)
}

/// The windows that are empty, as an error that names the first; the others are printed.
fn failures(report: &Report) -> Result<Option<Error>> {
    let Some(((_, first), others)) = report.failed.split_first() else { return Ok(None) };
    for (window, error) in others {
        writeln!(std::io::stderr(), "mucho: {window}: {error:#}")?;
    }
    let text =
        format!("{} windows of {} are empty; the first: {first:#}", report.failed.len(), report.windows);
    Ok(Some(Error::new(first.kind(), text)))
}

fn window_json(window: &Window) -> Value {
    json!({ "col": window.col, "row": window.row, "width": window.width, "height": window.height })
}

fn plan_json(plan: &JobPlan) -> Value {
    let shape = |info: &raster_core::RasterInfo| {
        json!({
            "width": info.width, "height": info.height, "bands": info.band_count(), "dtype": info.data_type.name(),
            "crs": info.crs.as_ref().map(ToString::to_string),
        })
    };
    let steps = plan.steps.iter().map(|s| {
        json!({
            "name": s.name, "from": s.from.iter().map(shape).collect::<Vec<_>>(), "to": shape(&s.to),
            "cache": s.cache, "pixels": s.held,
        })
    });
    let between: usize = plan.steps.iter().map(|s| s.cache + s.held).sum();
    let mut object = json!({
        "output": plan.path,
        "to": shape(&plan.to),
        "steps": steps.collect::<Vec<_>>(),
        "memory": { "total": plan.total(), "steps": between, "writer": plan.writing, "budget": plan.budget },
    });
    if let Some(job) = &plan.job {
        let memory = job.memory;
        let windows =
            job.windows.iter().map(|w| json!({ "core": window_json(&w.core), "read": window_json(&w.read) }));
        object["workers"] = job.workers.into();
        object["windows"] = windows.collect::<Vec<_>>().into();
        object["memory"] = json!({
            "total": plan.total(), "steps": between, "windows": memory.windows, "cache": memory.cache,
            "writer": memory.writer, "spool": memory.spool, "budget": plan.budget,
        });
    }
    object
}

fn report_json(report: &Report, output: &str) -> Value {
    let slowest =
        report.slowest.iter().map(|s| json!({ "window": window_json(&s.window), "seconds": s.seconds }));
    let failed =
        report.failed.iter().map(|(w, e)| json!({ "window": window_json(w), "error": format!("{e:#}") }));
    json!({
        "output": output,
        "windows": report.windows,
        "resumed": report.resumed,
        "pixels": report.pixels,
        "workers": report.workers,
        "seconds": report.seconds,
        "blocks": report.blocks,
        "blocks_decoded": report.blocks_decoded,
        "slowest": slowest.collect::<Vec<_>>(),
        "failed": failed.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::FromArgMatches;
    use mucho::pipeline::{
        Calc, Clip, Describe, Entropy, Extract, Filter, Focal, Gaussian, Interaction, Mosaic, Place,
        Transfer, Warp,
    };
    use serde_json::Map;

    /// Flags are the keys of the struct, and without flags all is as in a document without keys. `hidden`: keys that are no
    /// flags; `words`: what cannot be left out, with the key that it is.
    fn flags_are_keys<T>(hidden: &[&str], word: Option<(&str, &str)>)
    where
        T: Args + FromArgMatches + Default + PartialEq + std::fmt::Debug + serde_like::Keys,
    {
        let command = T::augment_args(clap::Command::new("options").no_binary_name(true));
        let mut flags: Vec<String> = command.get_arguments().map(|a| a.get_id().to_string()).collect();
        for argument in command.get_arguments().filter(|a| !a.is_positional()) {
            let long = argument.get_long().unwrap_or_default();
            assert_eq!(long.replace('-', "_"), argument.get_id().as_str());
        }
        let options = T::default().keys();
        let mut keys: Vec<String> =
            options.keys().filter(|k| !hidden.contains(&k.as_str())).cloned().collect();
        flags.sort();
        keys.sort();
        assert_eq!(flags, keys);
        let matches = command.try_get_matches_from(word.map(|w| w.1)).unwrap();
        let mut parsed = T::from_arg_matches(&matches).unwrap().keys();
        let mut default = options;
        if let Some((key, _)) = word {
            parsed.remove(key);
            default.remove(key);
        }
        assert_eq!(parsed, default);
    }

    mod serde_like {
        use super::*;
        /// Keys and values of options, as documents have them.
        pub(super) trait Keys {
            fn keys(&self) -> Map<String, Value>;
        }
        macro_rules! keys {
            ($($name:ident),*) => {$(
                impl Keys for $name {
                    fn keys(&self) -> Map<String, Value> {
                        serde_json::to_value(self).unwrap().as_object().unwrap().clone()
                    }
                }
            )*};
        }
        keys!(
            Calc,
            Clip,
            Create,
            Describe,
            Entropy,
            Extract,
            Filter,
            Focal,
            Gaussian,
            Interaction,
            Mosaic,
            Place,
            Run,
            Transfer,
            Warp
        );
    }

    #[test]
    fn every_flag_is_a_key_with_the_same_default() {
        flags_are_keys::<Warp>(&[], None);
        flags_are_keys::<Place>(&[], None);
        flags_are_keys::<Mosaic>(&[], None);
        flags_are_keys::<Clip>(&[], None);
        flags_are_keys::<Gaussian>(&[], None);
        flags_are_keys::<Entropy>(&[], None);
        flags_are_keys::<Interaction>(&[], None);
        flags_are_keys::<Extract>(&[], None);
        flags_are_keys::<Filter>(&[], None);
        flags_are_keys::<Focal>(&[], Some(("what", "slope")));
        flags_are_keys::<Calc>(&[], Some(("expression", "A")));
        flags_are_keys::<Create>(&[], None);
        flags_are_keys::<Transfer>(&[], None);
        flags_are_keys::<Run>(&["threads"], None);
        flags_are_keys::<Describe>(&[], None);
    }
}
