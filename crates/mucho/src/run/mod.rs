//! A plan, carried out.

mod events;
mod identity;
mod journal;

pub use events::{Event, Report, WindowTime};
pub(crate) use identity::Identity;
pub(crate) use journal::Journal;

use crate::{
    computed::shared_mask,
    function::{Inputs, WindowContext, WindowFunction, Worker},
    plan::Plan,
    sink::Sink,
};
use ndarray::Array2;
use raster_core::{Error, ErrorKind, RasterInfo, Result};
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Instant,
};

/// Tells a running job to stop; clones stop the same job.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Stop: windows that were begun are finished, nothing is left at the output.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
    /// Was it told to stop?
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What to do when a window fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// Stop the job; nothing is left at the output.
    #[default]
    Stop,
    /// Leave the window missing, go on, and list it in the report. An output without a nodata value has a mask for it.
    Continue,
}

/// Is told what happens, from the threads where it happens.
pub(crate) type Listener = Box<dyn Fn(&Event) + Send + Sync>;

/// How a plan is run.
#[derive(Default)]
pub(crate) struct RunOptions {
    pub(crate) on_error: OnError,
    pub(crate) cancel: CancelToken,
    pub(crate) journal: Option<PathBuf>,
    /// What tells one job from another in a journal.
    pub(crate) identity: u128,
    pub(crate) events: Option<Listener>,
}

struct Shared<'a> {
    plan: &'a Plan,
    function: &'a dyn WindowFunction,
    inputs: Inputs<'a>,
    sink: &'a dyn Sink,
    options: &'a RunOptions,
    journal: Option<&'a Journal>,
    /// What the output states.
    info: &'a RasterInfo,
    next: AtomicUsize,
    done: AtomicUsize,
    stop: AtomicBool,
    /// The failed windows by number; with [`OnError::Stop`] the lowest one is the job's error.
    failures: Mutex<Vec<(usize, Error)>>,
    times: Mutex<Vec<WindowTime>>,
}

/// Run every window of the plan that the journal does not have yet.
pub(crate) fn run(
    plan: &Plan,
    function: &dyn WindowFunction,
    inputs: Inputs<'_>,
    info: &RasterInfo,
    sink: &dyn Sink,
    options: &RunOptions,
) -> Result<(Report, Option<Journal>)> {
    let start = Instant::now();
    let (journal, resumed) = match &options.journal {
        Some(path) => {
            let (journal, resumed) = Journal::open(path, options.identity, plan, sink)?;
            (Some(journal), resumed)
        }
        None => (None, vec![false; plan.windows.len()]),
    };
    let todo: Vec<usize> = (0..plan.windows.len()).filter(|&index| !resumed[index]).collect();
    let resumed = plan.windows.len() - todo.len();
    let shared = Shared {
        plan,
        function,
        inputs,
        sink,
        options,
        journal: journal.as_ref(),
        info,
        next: AtomicUsize::new(0),
        done: AtomicUsize::new(resumed),
        stop: AtomicBool::new(false),
        failures: Mutex::default(),
        times: Mutex::default(),
    };
    shared.tell(&Event::Started { windows: plan.windows.len(), resumed });
    // Each worker has its part of the threads for what it calls: of one for each thread no other is left.
    parallel::workers(plan.workers.min(todo.len()), "mucho", || shared.work(&todo));
    let mut failures = shared.failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    failures.sort_by_key(|(index, _)| *index);
    // A window that failed says more than that the job was told to stop as well.
    if options.on_error == OnError::Stop && !failures.is_empty() {
        return Err(failures.swap_remove(0).1);
    }
    if options.cancel.is_cancelled() {
        return Err(Error::new(ErrorKind::Cancelled, "the job was cancelled"));
    }
    let mut times = shared.times.into_inner().unwrap_or_else(PoisonError::into_inner);
    times.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    times.truncate(5);
    let pixels = plan.windows.iter().map(|w| w.core.area() as u64).sum();
    let failed = failures.into_iter().map(|(index, error)| (plan.windows[index].core, error)).collect();
    let report = Report {
        windows: plan.windows.len(),
        resumed,
        failed,
        pixels,
        workers: plan.workers,
        seconds: start.elapsed().as_secs_f64(),
        slowest: times,
        ..Report::default()
    };
    Ok((report, journal))
}

impl Shared<'_> {
    fn tell(&self, event: &Event) {
        if let Some(events) = &self.options.events {
            events(event);
        }
    }

    fn work(&self, todo: &[usize]) {
        let mut worker = Worker::default();
        while !self.stop.load(Ordering::Relaxed) && !self.options.cancel.is_cancelled() {
            let Some(&index) = todo.get(self.next.fetch_add(1, Ordering::Relaxed)) else { return };
            let start = Instant::now();
            let window = self.plan.windows[index].core;
            match self.window(index, &mut worker) {
                Ok(()) => {
                    let seconds = start.elapsed().as_secs_f64();
                    let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
                    self.times
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(WindowTime { window, seconds });
                    self.tell(&Event::WindowDone { window, seconds, done, of: self.plan.windows.len() });
                }
                Err(error) => {
                    let error = error.at_window(window);
                    if self.options.on_error == OnError::Stop {
                        self.stop.store(true, Ordering::Relaxed);
                    } else {
                        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
                        self.tell(&Event::WindowFailed { window, error: format!("{error:#}"), done });
                    }
                    // A panic may have left buffers half filled.
                    worker = Worker::default();
                    self.failures.lock().unwrap_or_else(PoisonError::into_inner).push((index, error));
                }
            }
        }
    }

    fn window(&self, index: usize, worker: &mut Worker) -> Result<()> {
        let planned = &self.plan.windows[index];
        let context = WindowContext {
            index,
            block: planned.block,
            core: planned.core,
            read: planned.read,
            halo: planned.read.halo_around(&planned.core),
            raster: self.info.size().into_tuple(),
        };
        worker.forget_validity();
        let result = catch_unwind(AssertUnwindSafe(|| self.function.run(&self.inputs, &context, worker)))
            .unwrap_or_else(|panic| Err(panic_error(&*panic)))?;
        let (pixels, masks) =
            result.fitted(&context)?.settle(self.info, || self.inputs.validity(&context, worker))?;
        let mask = masks.map(|m| shared_mask(&m, |_| true)).transpose()?;
        self.sink.write(&planned.core, pixels.view(), mask.as_ref().map(Array2::view))?;
        if let Some(journal) = self.journal {
            journal.record(index, &pixels, mask.as_ref())?;
        }
        worker.keep(pixels);
        Ok(())
    }
}

fn panic_error(panic: &(dyn Any + Send)) -> Error {
    let text = panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    Error::new(ErrorKind::Function, format!("the function panicked: {text}"))
}
