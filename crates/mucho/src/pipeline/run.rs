//! A pipeline, run: into its files, within its memory.

use super::{
    Output, Pipeline, Resolver, Run, Step,
    lower::{Caching, Lowered, Stage, computes_last, lower},
    steps::{Around, Made},
    values::NodataAs,
    views::Selected,
};
use crate::{
    CancelToken, Computed, Event, Inputs, Job, OnError, Output as JobOutput, Report, WindowContext,
    WindowFunction, Worker, names,
    plan::{Budget, Plan, Windows},
};
use geotiff_io::{Blocks, CreateOptions, TransferOptions, write_raster, write_raster_into};
use kernels::Signature;
use raster_core::{Error, ErrorKind, Halo, Keeps, Metadata, RasterInfo, RasterSource, Result};
use std::{
    fmt,
    io::Write,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Is told how far an output is: its path, what is done, and of how much.
pub type OnProgress = Arc<dyn Fn(&str, usize, usize) + Send + Sync>;

/// What a running pipeline listens and tells to.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Hooks {
    /// Stops it from another thread.
    pub cancel: CancelToken,
    /// Told about progress, from any thread.
    pub progress: Option<OnProgress>,
}

/// An output that was written.
#[derive(Debug)]
#[non_exhaustive]
pub struct Finished {
    /// Its path.
    pub path: String,
    /// What the rasters say about themselves that the file does not say, in words.
    pub lost: Vec<String>,
    /// Of the job that computed it; `None` where the last step is no computation over windows of its own.
    pub report: Option<Report>,
    /// What of its values or of their validity is another than in what was written, and was not asked for; a sentence each.
    pub notes: Vec<String>,
}

/// What a step of a pipeline makes of what it reads.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StepPlan {
    /// `step 1 (warp)`
    pub name: String,
    /// The rasters that come in.
    pub from: Vec<RasterInfo>,
    /// What comes out.
    pub to: RasterInfo,
    /// Bytes for blocks of what it reads that are kept.
    pub cache: usize,
    /// Bytes that it holds while it is read by the step after it, all threads together.
    pub held: usize,
}

/// How an output would be made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct JobPlan {
    /// Its path.
    pub path: String,
    /// What it is.
    pub to: RasterInfo,
    /// The steps.
    pub steps: Vec<StepPlan>,
    /// Windows, workers and memory of the last step; `None` where its windows are the writer's.
    pub job: Option<Plan>,
    /// Bytes that writing takes where [`job`](Self::job) does not say it.
    pub writing: usize,
    /// Bytes to stay within.
    pub budget: usize,
}

impl JobPlan {
    /// All bytes that are held at once.
    #[must_use]
    pub fn total(&self) -> usize {
        let steps: usize = self.steps.iter().map(|s| s.cache + s.held).sum();
        steps + self.writing + self.job.as_ref().map_or(0, |plan| plan.memory.total())
    }
}

/// `900 × 700, 1 band of u8`
struct Shape<'a>(&'a RasterInfo);

impl fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let info = self.0;
        let bands = match info.band_count() {
            1 => "1 band".to_owned(),
            n => format!("{n} bands"),
        };
        write!(f, "{} × {}, {bands} of {}", info.width, info.height, info.data_type)?;
        match &info.crs {
            Some(crs) if crs.to_string().len() <= 24 => write!(f, ", {crs}"),
            _ => Ok(()),
        }
    }
}

fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

impl fmt::Display for JobPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            let from: Vec<_> = step.from.iter().map(|info| Shape(info).to_string()).collect();
            writeln!(f, "{:<22} from {}", step.name, from.join(" and "))?;
            write!(f, "{:<22} to   {}", "", Shape(&step.to))?;
            if step.cache + step.held > 0 {
                write!(
                    f,
                    "; memory {:.1} MB (cache {:.1}, pixels {:.1})",
                    megabytes(step.cache + step.held),
                    megabytes(step.cache),
                    megabytes(step.held)
                )?;
            }
            writeln!(f)?;
        }
        writeln!(f, "output    {}: {}", self.path, Shape(&self.to))?;
        match &self.job {
            Some(plan) => writeln!(f, "{plan}")?,
            None => writeln!(
                f,
                "windows   those of the file's blocks\nmemory    {:.1} MB (writing)",
                megabytes(self.writing)
            )?,
        }
        write!(f, "total     {:.1} MB of {:.1} MB", megabytes(self.total()), megabytes(self.budget))
    }
}

impl Pipeline {
    /// What is written: intermediates in the order of their steps, then the output, each with the steps before it.
    fn outputs(&self) -> Result<Vec<(&[Step], &Output)>> {
        let mut outputs = Vec::new();
        for (i, step) in self.steps.iter().enumerate() {
            if let Step::Tee(output) = step {
                outputs.push((&self.steps[..i], &**output));
            }
        }
        let output = self.output.as_ref();
        let output = output.ok_or_else(|| Error::misuse("output is missing; which file is written?"))?;
        outputs.push((&self.steps, output));
        Ok(outputs)
    }

    /// How each output would be made; files are opened and described, categories looked for where a step needs them, and
    /// nothing is written.
    ///
    /// # Errors
    /// What [`check`](Self::check) finds; what the inputs meet; `Limit` when the memory is too small.
    pub fn plan(&self, opener: &dyn Resolver) -> Result<Vec<JobPlan>> {
        self.check()?;
        self.check_files(opener)?;
        let outputs = self.outputs()?;
        outputs.into_iter().map(|(steps, output)| self.one(steps, output, opener)?.plan(self)).collect()
    }

    /// Run it: each output appears whole or not at all, intermediates (`tee`) before the output. The steps before an
    /// intermediate are computed for it and once more for what follows, so that no output depends on how another is stored.
    ///
    /// # Errors
    /// What [`check`](Self::check) finds; what inputs and outputs meet; `Limit` when the memory is too small; `Cancelled`.
    pub fn run(&self, opener: &dyn Resolver, hooks: &Hooks) -> Result<Vec<Finished>> {
        self.check()?;
        self.check_files(opener)?;
        let outputs = self.outputs()?;
        let several = outputs.len() > 1;
        outputs
            .into_iter()
            .map(|(steps, output)| {
                let path = output.path.clone().unwrap_or_default();
                let named =
                    |e: Error| if several { e.context(format!("output {}", names::shown(&path))) } else { e };
                let one = self.one(steps, output, opener)?;
                let lost = one.lost();
                let mut notes = declared(&one.stages);
                let (report, told) = one.run(self, hooks).map_err(named)?;
                notes.extend(told);
                Ok(Finished { path: path.clone(), lost, report, notes })
            })
            .collect()
    }

    fn one(&self, steps: &[Step], output: &Output, opener: &dyn Resolver) -> Result<One> {
        // What is changed on the way into the file is changed by the writer, not by the job.
        let computed = computes_last(steps) && !output.changes_pixels();
        let memory = self.run.memory.0;
        let caching = if computed {
            Caching { total: memory / 2, job_keeps: true }
        } else {
            Caching { total: memory / 3, job_keeps: false }
        };
        let around = Around { open: opener, workers: self.run.workers(), tile: output.block_size };
        let lowered = lower(&self.inputs, steps, around, caching)?;
        let mut create = output.create();
        if let Some((location, how)) = &lowered.copy_of {
            create = opener.carry(location, how, create)?;
        }
        let Lowered { last, web, stages, .. } = lowered;
        let path = output.path.clone().unwrap_or_default();
        let mut describe = Metadata::new();
        if let Some(web) = &web {
            describe = web.metadata.clone();
        }
        for (name, value) in &output.metadata {
            describe.set("", None, name, value.clone());
        }
        let last = if computed {
            if let Some(web) = &web {
                create.blocks = Blocks::Tiles { width: web.tile, height: web.tile };
            }
            let job = job_of(last).describe(move |info| {
                for item in describe.items() {
                    info.metadata.set(&item.domain, item.band, &item.name, item.value.clone());
                }
            });
            Last::Job(Box::new(self.prepared(job)), create)
        } else {
            let mut view = last.into_view()?;
            if output.nodata == Some(NodataAs::None) {
                view = Arc::new(Selected::new(view, None, None, Some(None))?);
            }
            let mut transfer = output.transfer(view.info(), create, web.as_ref());
            transfer.edits = output.edits(opener)?;
            if self.run.journal.is_some() || self.run.keep_going {
                // Only a job can be taken up again, or go on over a window, and a job writes what the steps made as it is.
                if output.changes_pixels() && output.validity != super::Validity::Auto
                    || !transfer.edits.is_empty()
                {
                    return Err(Error::misuse(
                        "journal and keep_going: not together with options of the output that change pixels, validity or their \
                         description; let a step do it (select), or write the file anew afterwards",
                    ));
                }
                let job = Job::new(Function(Box::new(Copy))).shared_input(view).describe(move |info| {
                    for item in transfer.metadata.items() {
                        info.metadata.set(&item.domain, item.band, &item.name, item.value.clone());
                    }
                });
                Last::Job(Box::new(self.prepared(job)), transfer.create)
            } else {
                Last::Transfer(view, Box::new(transfer))
            }
        };
        let read = if self.run.journal.is_some() { self.read_content(opener)? } else { String::new() };
        Ok(One { file: opener.path(&path), path, last, stages, read })
    }

    /// A job that runs as this pipeline says.
    fn prepared(&self, mut job: Job<Function>) -> Job<Function> {
        if let Some(size) = self.run.window {
            job = job.windows(Windows::Size(size.width, size.height));
        }
        if self.run.keep_going {
            job = job.on_error(OnError::Continue);
        }
        job
    }
}

/// The last step as a job.
fn job_of(last: Made) -> Job<Function> {
    match last {
        Made::Kernel(step) => {
            let (source, function, describe) = step.into_parts();
            Job::new(Function(Box::new(function))).shared_input(source).describe(describe)
        }
        Made::Calc(expression) => {
            let job = Job::new(Function(Box::new(expression.calc)));
            expression.sources.into_iter().fold(job, Job::shared_input)
        }
        Made::View(view) => Job::new(Function(Box::new(Copy))).shared_input(view),
    }
}

/// Whatever the last step computes.
struct Function(Box<dyn WindowFunction>);

impl WindowFunction for Function {
    fn halo(&self) -> Halo {
        self.0.halo()
    }
    fn output(&self, inputs: &[&RasterInfo]) -> Result<Option<Signature>> {
        self.0.output(inputs)
    }
    fn working_bytes(&self, inputs: &[&RasterInfo]) -> usize {
        self.0.working_bytes(inputs)
    }
    fn any_windows(&self) -> bool {
        self.0.any_windows()
    }
    fn keeps(&self, inputs: &[&RasterInfo]) -> (Keeps, Vec<usize>) {
        self.0.keeps(inputs)
    }
    fn describe(&self, inputs: &[&RasterInfo], info: &mut RasterInfo) {
        self.0.describe(inputs, info);
    }
    fn run(&self, inputs: &Inputs<'_>, context: &WindowContext, worker: &mut Worker) -> Result<Computed> {
        self.0.run(inputs, context, worker)
    }
}

/// How the last step becomes a file.
enum Last {
    /// A computation over windows, with the file's options.
    Job(Box<Job<Function>>, CreateOptions),
    /// A view whose pixels and validity are copied by the writer.
    Transfer(Arc<dyn RasterSource>, Box<TransferOptions>),
}

/// One output of a pipeline.
struct One {
    path: String,
    /// The path as the system has it.
    file: PathBuf,
    last: Last,
    stages: Vec<Stage>,
    /// The content of all that is read, for a journal.
    read: String,
}

/// The raster as it is.
struct Copy;

impl WindowFunction for Copy {
    fn any_windows(&self) -> bool {
        true
    }
    fn run(&self, inputs: &Inputs<'_>, context: &WindowContext, _: &mut Worker) -> Result<Computed> {
        let source = &inputs.sources()[0];
        source.read_masked(&source.info().all_bands(), &context.core).map(Computed::from)
    }
}

/// A window of a transfer holds this at most (`geotiff_io`), and once more while it is converted and encoded.
const TRANSFER_WINDOW: usize = 16 << 20;

/// Source pixels that a warp reads at once at most, in samples.
const WARP_WINDOW: usize = 1 << 24;

fn bytes_of(info: &RasterInfo) -> usize {
    info.band_count() * info.data_type.size()
}

/// What the steps before the last one hold while windows of `window` pixels are read of what they make, in bytes for each.
fn held(stages: &[Stage], window: (usize, usize), job_caches: bool, workers: usize) -> Vec<usize> {
    let mut held = vec![0; stages.len()];
    let Some((last, before)) = stages.split_last() else { return held };
    let (mut size, mut by_blocks) = (window, job_caches || last.cache > 0);
    for (i, stage) in before.iter().enumerate().rev() {
        let info = &stage.to;
        if by_blocks {
            size = (info.block.width.min(info.width), info.block.height.min(info.height));
        }
        let out = size.0 * size.1;
        let read = (size.0 + stage.halo.left + stage.halo.right, size.1 + stage.halo.top + stage.halo.bottom);
        let mut bytes = 2 * out * bytes_of(info).max(4);
        for from in &stage.from {
            let ratio = (from.width as f64 * from.height as f64) / (info.width as f64 * info.height as f64);
            let area = (read.0 * read.1).max((out as f64 * ratio) as usize);
            let area = area
                .min(from.width * from.height)
                .min((WARP_WINDOW / from.band_count().max(1)).max(read.0 * read.1));
            bytes += area * (bytes_of(from) + 4 * from.band_count());
        }
        held[i] = bytes.saturating_mul(workers);
        size = read;
        by_blocks = stage.cache > 0;
    }
    held
}

impl One {
    /// What of the description of the pixels does not get into the file.
    fn lost(&self) -> Vec<String> {
        let beside = self.path != "-";
        match (&self.last, self.stages.last()) {
            (Last::Transfer(view, _), _) => geotiff_io::not_kept(view.info(), beside),
            (Last::Job(..), Some(stage)) => geotiff_io::not_kept(&stage.to, beside),
            (Last::Job(..), None) => Vec::new(),
        }
    }

    fn target(path: &str, file: &Path, create: CreateOptions) -> JobOutput {
        if path == "-" {
            JobOutput::Stream(Box::new(std::io::stdout()), create)
        } else {
            JobOutput::File(file.to_owned(), create)
        }
    }

    /// Windows and workers of a job such that it and the steps before it stay within the memory together.
    fn fit(mut job: Job<Function>, stages: &[Stage], run: &Run) -> Result<(Job<Function>, Plan, Vec<usize>)> {
        let caches: usize = stages.iter().map(|s| s.cache).sum();
        let left = run.memory.0.saturating_sub(caches);
        let mut refused = None;
        for workers in (1..=run.workers()).rev() {
            let mut before = 0;
            for _ in 0..4 {
                job = job.workers(workers).memory(Budget(left.saturating_sub(before)));
                let plan = match job.plan() {
                    Ok(plan) => plan,
                    Err(error) if error.kind() == ErrorKind::Limit => {
                        refused = Some(error);
                        break;
                    }
                    Err(error) => return Err(error),
                };
                let largest = plan.windows.iter().map(|w| w.read).max_by_key(raster_core::Window::area);
                let window = largest.map_or((0, 0), |w| (w.width, w.height));
                let held = held(stages, window, plan.cache_bytes > 0, plan.workers);
                let sum: usize = held.iter().sum();
                if plan.memory.total() + sum <= left {
                    return Ok((job, plan, held));
                }
                if sum <= before {
                    break;
                }
                before = sum;
            }
        }
        Err(refused.unwrap_or_else(|| {
            Error::limit(format!(
                "the steps need more than {:.1} MB together; allow more memory",
                megabytes(run.memory.0)
            ))
        }))
    }

    fn plan(self, pipeline: &Pipeline) -> Result<JobPlan> {
        let run = &pipeline.run;
        let stages = self.stages;
        let (to, job, held, writing) = match self.last {
            Last::Job(job, create) => {
                let job = job.output(Self::target(&self.path, &self.file, create));
                let to = job.result()?;
                let (_, plan, held) = Self::fit(job, &stages, run)?;
                (to, Some(plan), held, 0)
            }
            Last::Transfer(view, options) => {
                let info = view.info();
                let side = ((TRANSFER_WINDOW / bytes_of(info).max(1)) as f64).sqrt() as usize;
                let window = (side.min(info.width), side.min(info.height));
                let held = held(&stages_and(&stages, info), window, false, run.workers());
                let (waiting, spool) = writer_memory(run.memory);
                let window = 2 * window.0 * window.1 * bytes_of(info) * run.workers();
                let whole = 2 * info.width * info.height * bytes_of(info);
                let mut to = info.clone();
                if let Some(bands) = &options.bands {
                    to.bands = bands.iter().filter_map(|b| info.bands.get(b - 1).cloned()).collect();
                }
                to.data_type = options.data_type.unwrap_or(info.data_type);
                (to, None, held, window + (waiting + spool).min(whole))
            }
        };
        let steps = stages.into_iter().zip(held);
        let steps = steps
            .map(|(s, held)| StepPlan { name: s.name, from: s.from, to: s.to, cache: s.cache, held })
            .collect();
        Ok(JobPlan { path: self.path, to, steps, job, writing, budget: run.memory.0 })
    }

    fn run(self, pipeline: &Pipeline, hooks: &Hooks) -> Result<(Option<Report>, Vec<String>)> {
        let run = &pipeline.run;
        let path = self.path;
        match self.last {
            Last::Job(job, create) => {
                let mut job = job.output(Self::target(&path, &self.file, create));
                (job, _, _) = Self::fit(job, &self.stages, run)?;
                if let Some(journal) = &run.journal {
                    // What is computed is said by the description; how it runs does not matter.
                    let what = Pipeline { run: Run::default(), ..pipeline.clone() }.to_json()?;
                    job = job.journal(names::path_of(journal), &(what + &self.read));
                }
                if let Some(progress) = hooks.progress.clone() {
                    let of = std::sync::atomic::AtomicUsize::new(0);
                    let path = path.clone();
                    job = job.events(move |event| match event {
                        Event::Started { windows, resumed } => {
                            of.store(*windows, std::sync::atomic::Ordering::Relaxed);
                            progress(&path, *resumed, *windows);
                        }
                        Event::WindowDone { done, .. } | Event::WindowFailed { done, .. } => {
                            progress(&path, *done, of.load(std::sync::atomic::Ordering::Relaxed));
                        }
                    });
                }
                job.cancel(hooks.cancel.clone()).run().map(|report| (Some(report), Vec::new()))
            }
            Last::Transfer(view, mut options) => {
                let (waiting, spool) = writer_memory(run.memory);
                options.create.waiting_memory = waiting;
                options.create.spool_memory = spool;
                let (cancel, progress, name) = (hooks.cancel.clone(), hooks.progress.clone(), path.clone());
                if let Some(progress) = &progress {
                    progress(&name, 0, 1000);
                }
                options.on_progress = Some(Arc::new(move |p| {
                    if let Some(progress) = &progress {
                        // In thousandths: pixels of large rasters do not fit into every usize.
                        progress(&name, (p.done * 1000 / p.total.max(1)) as usize, 1000);
                    }
                    if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                }));
                let notes: Arc<Mutex<Vec<String>>> = Arc::default();
                let told = Arc::clone(&notes);
                options.on_note = Some(Arc::new(move |note: &str| {
                    told.lock().unwrap_or_else(PoisonError::into_inner).push(note.to_owned());
                }));
                if path == "-" {
                    let mut out = std::io::stdout().lock();
                    write_raster_into(&*view, &mut out, &options)?;
                    out.flush()?;
                } else {
                    write_raster(&*view, &self.file, &options)?;
                }
                let notes = std::mem::take(&mut *notes.lock().unwrap_or_else(PoisonError::into_inner));
                Ok((None, notes))
            }
        }
    }
}

/// Nodata values that steps state of rasters in which nothing was missing: said, since what has this value is missing from there on.
fn declared(stages: &[Stage]) -> Vec<String> {
    let moves =
        |name: &str| ["(warp)", "(merge)", "(mosaic)", "(select)"].iter().any(|kind| name.contains(kind));
    let told = |stage: &Stage| {
        let nodata = stage.to.nodata().filter(|n| !n.is_nan())?;
        let all_valid = !stage.from.is_empty() && stage.from.iter().all(RasterInfo::is_all_valid);
        (all_valid && moves(&stage.name)).then(|| {
            format!(
                "{} states the nodata value {nodata} of pixels of which none was missing: those that have it are missing from now on",
                stage.name
            )
        })
    };
    stages.iter().filter_map(told).collect()
}

/// With the writer as what reads the last step.
fn stages_and(stages: &[Stage], info: &RasterInfo) -> Vec<Stage> {
    let mut all = stages.to_vec();
    all.push(Stage {
        name: String::new(),
        from: vec![info.clone()],
        to: info.clone(),
        cache: 0,
        halo: Halo::NONE,
    });
    all
}

/// For pixels that wait for others, and for encoded blocks: the writer's own choice, or less of a small budget.
fn writer_memory(memory: Budget) -> (usize, usize) {
    let own = CreateOptions::cog();
    (own.waiting_memory.min(memory.0 / 5), own.spool_memory.min(memory.0 / 8))
}
