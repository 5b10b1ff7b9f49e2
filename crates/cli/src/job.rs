//! Commands that make a raster: their flags become a pipeline, and the pipeline is run.

use crate::{Global, input::Files, progress::Progress};
use clap::Args;
use mucho::{
    CancelToken, Report,
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
    run: Run,
    #[command(flatten)]
    show: Show,
    #[command(flatten)]
    create: Create,
}

/// Run a step as a command.
pub(crate) fn run_step<S: Args + Clone + Into<Step>>(args: &OneStep<S>, global: &Global) -> Result<()> {
    let mut files = Files::for_workers();
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
    let inputs = inputs.iter().map(|path| files.input(path)).collect();
    Ok((inputs, files.output(output, create)))
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
    if show.json && output == "-" && !show.plan {
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
    cancel_on_interrupt(&hooks.cancel);
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
                let progress = Progress::of(path, quiet);
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
        let path = files.shown(&output.path);
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

/// The first Ctrl-C stops the job in order; a second one ends the program.
fn cancel_on_interrupt(token: &CancelToken) {
    let token = token.clone();
    // A handler that cannot be set leaves the system's own behaviour: the program ends, the target is untouched.
    let _ = ctrlc::set_handler(move || {
        if token.is_cancelled() {
            std::process::exit(130);
        }
        token.cancel();
    });
}
