//! `mucho run`: a job as a file.

use super::{calc, entropy, extract, filter, focal, gaussian, interaction};
use crate::{
    Global,
    create::CreateArgs,
    grid::{GridArgs, PixelArgs},
    input, job,
    job::{RunArgs, StepCommand},
};
use clap::{Args as _, FromArgMatches};
use mucho::{CachedSource, Job, Simple, WindowContext, WindowFunction};
use raster_core::{AnyArray, Error, RasterSource, Result};
use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Arguments of `mucho run`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
A job file:
  input = \"landcover.tif\"
  output = \"entropy.tif\"
  compress = \"zstd\"                     # options of the output file and of running, as on the command line
  memory = \"512MB\"

  [[step]]                              # steps in order, each reads what the one before computes
  warp = { crs = \"EPSG:3857\", resampling = \"nearest\" }

  [[step]]
  entropy = { sigma = 10, dtype = \"f32\" }

Steps: warp, gaussian, entropy, interaction, extract, filter, focal (what = \"slope\"), calc (expression = \"A * 2\"; A is what
comes in), each with the options of the command of that name. No intermediate raster is written. Paths are relative to the
job file.

Examples:
  mucho run job.toml --plan
  mucho run job.toml --threads 2")]
pub(crate) struct Args {
    /// The job file
    job: PathBuf,
    /// Print what would be done, and do nothing
    #[arg(long)]
    plan: bool,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let named = |e: Error| e.in_file(&args.job);
    let text = std::fs::read_to_string(&args.job).map_err(|e| named(Error::io("cannot read", e)))?;
    let table: toml::Table =
        text.parse().map_err(|e: toml::de::Error| named(Error::misuse("no job file").with_source(e)))?;
    let folder = args.job.parent().unwrap_or(Path::new(""));
    let plan = JobFile::new(table).map_err(named)?;
    let mut source: Arc<dyn RasterSource> = Arc::new(input::open_for_job(&folder.join(&plan.input))?);
    let last = plan.steps.len().saturating_sub(1);
    let (create, mut running) = (plan.create, plan.running);
    running.plan = args.plan;
    let output = folder.join(&plan.output);
    for (number, (name, words)) in plan.steps.iter().enumerate() {
        let named = |e: Error| e.context(format!("step {} ({name})", number + 1)).in_file(&args.job);
        if args.plan {
            let info = source.info();
            let line = format!(
                "{name:<12}from {} × {}, {} bands of {}",
                info.width,
                info.height,
                info.band_count(),
                info.data_type
            );
            writeln!(std::io::stdout(), "{line}")?;
        }
        // What a neighbourhood reads again and again is decoded, warped or computed once.
        let cached = cache(Arc::clone(&source), running.memory.0 / (2 * plan.steps.len()))?;
        match Parsed::new(name, words).map_err(named)? {
            Parsed::Kernel(step) => {
                let step = step(cached, global).map_err(named)?;
                if number == last {
                    return job::run(step.into_job(), &output, &create, &running, global);
                }
                source = Arc::new(step.into_view().map_err(named)?);
            }
            Parsed::View(view) => source = view(source, folder).map_err(named)?,
            Parsed::Calc(calc) => {
                let (function, describe) = calc.over(&[("A", source.info())]).map_err(named)?;
                if number == last {
                    let job = Job::new(function).shared_input(source).describe(describe);
                    return job::run(job, &output, &create, &running, global);
                }
                return Err(named(Error::misuse("calc has to be the last step")));
            }
        }
    }
    job::run(Job::new(Copy).shared_input(source), &output, &create, &running, global)
}

/// The raster as it is.
struct Copy;

impl WindowFunction for Copy {
    fn any_windows(&self) -> bool {
        true
    }
    fn run(
        &self,
        inputs: &mucho::Inputs<'_>,
        context: &WindowContext,
        worker: &mut mucho::Worker,
    ) -> Result<mucho::Computed> {
        Simple(|mut arrays: Vec<AnyArray>, _: &WindowContext| Ok(arrays.remove(0)))
            .run(inputs, context, worker)
    }
}

fn cache(source: Arc<dyn RasterSource>, bytes: usize) -> Result<Arc<dyn RasterSource>> {
    let bands = source.info().all_bands();
    Ok(Arc::new(CachedSource::new(source, &bands, bytes)?))
}

/// A job file, taken apart.
struct JobFile {
    input: PathBuf,
    output: PathBuf,
    create: CreateArgs,
    running: RunArgs,
    /// Name and command-line words of each step.
    steps: Vec<(String, Vec<String>)>,
}

impl JobFile {
    fn new(mut table: toml::Table) -> Result<Self> {
        let mut path = |key: &str| match table.remove(key) {
            Some(toml::Value::String(text)) => Ok(PathBuf::from(text)),
            _ => Err(Error::misuse(format!("'{key} = \"file.tif\"' is missing"))),
        };
        let (input, output) = (path("input")?, path("output")?);
        let steps = match table.remove("step") {
            None => Vec::new(),
            Some(toml::Value::Array(steps)) => steps.into_iter().map(step_words).collect::<Result<_>>()?,
            Some(_) => return Err(Error::misuse("steps are written as [[step]]")),
        };
        let words = words(table)?;
        // Options of the file and of running stand side by side: try which one each belongs to.
        let both = clap::Command::new("options").no_binary_name(true).disable_help_flag(true);
        let both = RunArgs::augment_args(CreateArgs::augment_args(both));
        let matches = both.try_get_matches_from(words).map_err(|e| usage(&e))?;
        let create = CreateArgs::from_arg_matches(&matches).map_err(|e| usage(&e))?;
        let running = RunArgs::from_arg_matches(&matches).map_err(|e| usage(&e))?;
        Ok(Self { input, output, create, running, steps })
    }
}

fn step_words(step: toml::Value) -> Result<(String, Vec<String>)> {
    let wrong =
        || Error::misuse("a step is one table with the name of what it does: gaussian = { sigma = 3 }");
    let toml::Value::Table(step) = step else { return Err(wrong()) };
    let mut entries = step.into_iter();
    match (entries.next(), entries.next()) {
        (Some((name, toml::Value::Table(options))), None) => Ok((name, words(options)?)),
        _ => Err(wrong()),
    }
}

/// `{ sigma = 3, disc = true, bands = [1, 2] }` as `--sigma=3 --disc --bands=1,2`; `what` and `expression` stand by
/// themselves.
fn words(options: toml::Table) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let plain = |value: toml::Value| match value {
        toml::Value::String(text) => Ok(text),
        toml::Value::Integer(number) => Ok(number.to_string()),
        toml::Value::Float(number) => Ok(number.to_string()),
        other => Err(Error::misuse(format!("'{other}' is no value of an option"))),
    };
    for (key, value) in options {
        let flag = key.replace('_', "-");
        match value {
            toml::Value::Boolean(true) => words.push(format!("--{flag}")),
            toml::Value::Boolean(false) => {}
            toml::Value::Array(list) => {
                let list = list.into_iter().map(plain).collect::<Result<Vec<_>>>()?;
                words.push(format!("--{flag}={}", list.join(",")));
            }
            value if ["what", "expression"].contains(&key.as_str()) => words.insert(0, plain(value)?),
            value => words.push(format!("--{flag}={}", plain(value)?)),
        }
    }
    Ok(words)
}

fn usage(error: &clap::Error) -> Error {
    let text = error.to_string();
    Error::misuse(text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned())
}

fn parse<T: clap::Args + FromArgMatches>(words: &[String]) -> Result<T> {
    let command = clap::Command::new("step").no_binary_name(true).disable_help_flag(true);
    let matches = T::augment_args(command).try_get_matches_from(words).map_err(|e| usage(&e))?;
    T::from_arg_matches(&matches).map_err(|e| usage(&e))
}

type KernelStep = Box<dyn Fn(Arc<dyn RasterSource>, &Global) -> Result<mucho::Step>>;
type ViewStep = Box<dyn Fn(Arc<dyn RasterSource>, &Path) -> Result<Arc<dyn RasterSource>>>;

enum Parsed {
    Kernel(KernelStep),
    View(ViewStep),
    Calc(calc::StepArgs),
}

impl Parsed {
    fn new(name: &str, words: &[String]) -> Result<Self> {
        macro_rules! kernel {
            ($module:ident) => {{
                let args: $module::StepArgs = parse(words)?;
                Self::Kernel(Box::new(move |source, global| args.step(source, global)))
            }};
        }
        Ok(match name {
            "gaussian" => kernel!(gaussian),
            "entropy" => kernel!(entropy),
            "interaction" => kernel!(interaction),
            "extract" => kernel!(extract),
            "filter" => kernel!(filter),
            "focal" => kernel!(focal),
            "calc" => Self::Calc(parse(words)?),
            "warp" => {
                let args: WarpStep = parse(words)?;
                Self::View(Box::new(move |source, folder| args.view(source, folder)))
            }
            other => {
                return Err(Error::misuse(format!(
                    "no step is called '{other}'; there are warp, gaussian, entropy, interaction, extract, filter, focal, calc"
                )));
            }
        })
    }
}

/// A warp between other steps: the options of `mucho warp`.
#[derive(clap::Args, Debug)]
struct WarpStep {
    #[command(flatten)]
    grid: GridArgs,
    #[command(flatten)]
    pixels: PixelArgs,
}

impl WarpStep {
    /// `like` is relative to `folder`.
    fn view(&self, source: Arc<dyn RasterSource>, folder: &Path) -> Result<Arc<dyn RasterSource>> {
        let mut grid = self.grid.clone();
        grid.like = grid.like.map(|path| folder.join(path));
        let grid = grid.grid(&[source.info()])?;
        Ok(Arc::new(warp::WarpedRaster::new(source, &grid, &self.pixels.options()?)?))
    }
}
