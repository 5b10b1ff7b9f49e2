//! `mucho run`: a job as a file.

use crate::{
    Global,
    input::{Files, ReadArgs},
    job,
};
use mucho::{
    pipeline::{Pipeline, read},
    plan::Budget,
};
use raster_core::{Error, Result, Size};
use std::{
    io::Read,
    path::{Path, PathBuf},
};

/// Arguments of `mucho run`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
A job file (TOML; the same in JSON):
  inputs = \"landcover.tif\"             # or a list; a raster may have options: { path = \"b.tif\", name = \"B\", bands = [1] }

  [[steps]]                             # steps in order, each reads what the one before computes
  warp = { crs = \"EPSG:3857\", resampling = \"nearest\" }

  [[steps]]
  entropy = { sigma = 10, dtype = \"f32\" }

  [output]                              # options of the output file as on the command line
  path = \"entropy.tif\"
  compress = \"zstd\"

  [run]
  memory = \"512MB\"

Steps: warp, mosaic, stack, clip, select, gaussian, entropy, interaction, extract, filter, focal (what = \"slope\"), calc
(expression = \"A * 2\"; rasters are A, B, … or what their inputs call them), read (another raster), tee (write an
intermediate), each with the options of the command of that name. No intermediate raster is written but by tee. Paths are
relative to the job file, those of a job on standard input to this folder. Every key: docs/pipeline.md.

Examples:
  mucho run job.toml --plan
  mucho run job.toml --threads 2 --memory 1GB
  mucho pipe \"read a.tif ! gaussian --sigma 3 ! write b.tif\" --print json | mucho run -")]
pub(crate) struct Args {
    /// The job file, TOML or JSON; `-` for standard input
    job: PathBuf,
    #[command(flatten)]
    instead: Instead,
}

/// What the command line says instead of the job.
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Running")]
pub(crate) struct Instead {
    /// Write this file instead of the job's output
    #[arg(long, short, value_name = "FILE", value_parser = mucho::names::parser())]
    output: Option<String>,
    /// Memory to stay within, such as 512MB or 2GiB, instead of the job's
    #[arg(long, value_name = "SIZE", value_parser = read::<Budget>)]
    memory: Option<Budget>,
    /// Windows of this many pixels, such as 1024 or 2048x512; the result does not depend on it
    #[arg(long, value_name = "SIZE", value_parser = read::<Size>)]
    window: Option<Size>,
    /// Keep finished windows in this file: a job that was stopped goes on from it
    #[arg(long, value_name = "FILE", value_parser = mucho::names::parser())]
    journal: Option<String>,
    /// Leave windows that fail empty, go on, and list them at the end
    #[arg(long)]
    keep_going: bool,
    /// Print the job as toml or json, with what the command line says, and do nothing
    #[arg(long, value_name = "AS")]
    print: Option<PrintAs>,
    #[command(flatten)]
    show: job::Show,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum PrintAs {
    Toml,
    Json,
}

/// Values of the environment, for keys that a job does not state.
pub(crate) fn environment() -> Vec<(&'static str, &'static str, String)> {
    let variables = [("output", "compress", "MUCHO_COMPRESS"), ("run", "memory", "MUCHO_MEMORY")];
    let stated = |(part, key, name)| Some((part, key, std::env::var(name).ok()?));
    variables.into_iter().filter_map(stated).collect()
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let stdin = args.job == Path::new("-");
    let named = |e: Error| if stdin { e.in_file("standard input") } else { e.in_file(&args.job) };
    let text = if stdin {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(&args.job)
    };
    let text = text.map_err(|e| named(Error::io("cannot read", e)))?;
    let environment = environment();
    let defaults: Vec<_> =
        environment.iter().map(|(part, key, value)| (*part, *key, value.as_str())).collect();
    let parsed = if text.trim_start().starts_with('{') {
        Pipeline::from_json_with(&text, &defaults)
    } else {
        Pipeline::from_toml_with(&text, &defaults)
    };
    let mut pipeline = parsed.map_err(named)?;
    if !stdin {
        pipeline.locate_in(args.job.parent().unwrap_or(Path::new("")));
    }
    let mut files = Files::for_workers(&ReadArgs::default(), global);
    if !stdin {
        files.also_read(&args.job);
    }
    run_instead(pipeline, &files, &args.instead, global, named)
}

/// A job with what the command line says instead of it. `named` names the job in messages about it.
pub(crate) fn run_instead(
    mut pipeline: Pipeline,
    files: &Files,
    instead: &Instead,
    global: &Global,
    named: impl Fn(Error) -> Error,
) -> Result<()> {
    if let Some(path) = &instead.output {
        pipeline.output.get_or_insert_default().path = Some(path.clone());
    }
    if let Some(memory) = instead.memory {
        pipeline.run.memory = memory;
    }
    pipeline.run.window = instead.window.or(pipeline.run.window);
    pipeline.run.journal = instead.journal.clone().or(pipeline.run.journal);
    pipeline.run.keep_going |= instead.keep_going;
    pipeline.check().map_err(&named)?;
    let text = match instead.print {
        None => return job::run(pipeline, files, instead.show, global),
        Some(PrintAs::Toml) => pipeline.to_toml()?,
        Some(PrintAs::Json) => pipeline.to_json()? + "\n",
    };
    Ok(std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes())?)
}
