//! Options about running a job, shared by every command that runs one.

use crate::{Global, create::CreateArgs, input, progress::Progress};
use clap::Args;
use mucho::{
    CancelToken, Event, Job, OnError, Output, Report, Step, WindowFunction,
    plan::{Budget, Plan, Windows},
};
use raster_core::{Error, RasterSource, Result, Window};
use serde_json::{Value, json};
use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How a job shall run.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Running")]
pub(crate) struct RunArgs {
    /// Memory to stay within, such as 512MB or 2GiB
    #[arg(long, value_name = "SIZE", default_value = "512MB", env = "MUCHO_MEMORY")]
    pub(crate) memory: Budget,
    /// Windows of this many pixels, such as 1024 or 2048x512; the result does not depend on it
    #[arg(long, value_name = "SIZE")]
    pub(crate) window: Option<String>,
    /// Keep finished windows in this file: a job that was stopped goes on from it
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    /// Print what would be done, and do nothing
    #[arg(long)]
    pub(crate) plan: bool,
    /// Leave windows that fail empty, go on, and list them at the end
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// Print the plan or the report as one JSON object on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

/// A step as a command of its own: one file in, one file out.
#[derive(Args, Debug)]
pub(crate) struct StepJob<S: Args> {
    /// File to read; `-` for standard input
    input: PathBuf,
    /// File to write; `-` for standard output
    output: PathBuf,
    #[command(flatten)]
    step: S,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    create: CreateArgs,
}

/// What a command or a step of a job file computes.
pub(crate) trait StepCommand: Args {
    /// The step over a source.
    fn step(&self, source: Arc<dyn RasterSource>, global: &Global) -> Result<Step>;
}

/// Run a step as a command.
pub(crate) fn run_step<S: StepCommand>(args: &StepJob<S>, global: &Global) -> Result<()> {
    let source = Arc::new(input::open_for_job(&args.input)?);
    let step = args.step.step(source, global)?;
    run(step.into_job(), &args.output, &args.create, &args.run, global)
}

/// Run a job into the file that the command line names (`-` for standard output).
pub(crate) fn run<F: WindowFunction>(
    job: Job<F>,
    output: &Path,
    create: &CreateArgs,
    args: &RunArgs,
    global: &Global,
) -> Result<()> {
    let options = create.options()?;
    let target = if output == Path::new("-") {
        Output::Stream(Box::new(std::io::stdout()), options)
    } else {
        Output::File(output.to_owned(), options)
    };
    let mut job = job.output(target).memory(args.memory).workers(global.workers());
    if let Some(text) = &args.window {
        job = job.windows(parse_window(text)?);
    }
    if args.json && output == Path::new("-") && !args.plan {
        return Err(Error::misuse("--json: standard output is the raster's already"));
    }
    if args.plan {
        let plan = job.plan()?;
        let text = if args.json { plan_json(&plan).to_string() } else { plan.to_string() };
        return writeln!(std::io::stdout(), "{text}").map_err(Error::from);
    }
    if args.keep_going {
        job = job.on_error(OnError::Continue);
    }
    if let Some(path) = &args.journal {
        // The whole command line says what is computed.
        let parameters: Vec<_> = std::env::args().skip(1).collect();
        job = job.journal(path, &parameters.join("\u{1f}"));
    }
    let token = CancelToken::default();
    cancel_on_interrupt(&token);
    let progress = Progress::new(output, global);
    let bar = progress.clone();
    let report = job
        .cancel(token)
        .events(move |event| match event {
            Event::Started { windows, resumed } => bar.start(*windows, *resumed),
            Event::WindowDone { done, .. } | Event::WindowFailed { done, .. } => bar.set(*done),
            _ => {}
        })
        .run();
    progress.finish();
    let report = report?;
    if args.json {
        writeln!(std::io::stdout(), "{}", report_json(&report, output))?;
    } else if !global.quiet {
        writeln!(std::io::stderr(), "{}: {report}", output.display())?;
    }
    match report.failed.split_first() {
        None => Ok(()),
        Some(((_, first), others)) => {
            for (window, error) in others {
                writeln!(std::io::stderr(), "mucho: {window}: {error:#}")?;
            }
            let text = format!(
                "{} windows of {} are empty; the first: {first:#}",
                report.failed.len(),
                report.windows
            );
            Err(Error::new(first.kind(), text))
        }
    }
}

fn window_json(window: &Window) -> Value {
    json!({ "col": window.col, "row": window.row, "width": window.width, "height": window.height })
}

fn plan_json(plan: &Plan) -> Value {
    let memory = plan.memory;
    let windows =
        plan.windows.iter().map(|w| json!({ "core": window_json(&w.core), "read": window_json(&w.read) }));
    json!({
        "workers": plan.workers,
        "memory": {
            "total": memory.total(), "windows": memory.windows, "cache": memory.cache, "writer": memory.writer,
            "spool": memory.spool,
        },
        "windows": windows.collect::<Vec<_>>(),
    })
}

fn report_json(report: &Report, output: &Path) -> Value {
    let slowest =
        report.slowest.iter().map(|s| json!({ "window": window_json(&s.window), "seconds": s.seconds }));
    let failed =
        report.failed.iter().map(|(w, e)| json!({ "window": window_json(w), "error": format!("{e:#}") }));
    json!({
        "output": output.display().to_string(),
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

fn parse_window(text: &str) -> Result<Windows> {
    let wrong = || Error::misuse(format!("--window {text}: write for instance 1024 or 2048x512"));
    let number = |s: &str| s.trim().parse::<usize>().ok().filter(|n| *n > 0).ok_or_else(wrong);
    match text.split_once(['x', 'X']) {
        Some((width, height)) => Ok(Windows::Size(number(width)?, number(height)?)),
        None => number(text).map(|n| Windows::Size(n, n)),
    }
}
