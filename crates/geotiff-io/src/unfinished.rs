//! What unfinished outputs would leave behind when the process is told to end: names of temporary files, and bytes behind
//! the end of a file that is being changed.

use std::{
    collections::BTreeMap,
    fs::File,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Something that is to be undone.
#[derive(Debug)]
pub(crate) enum Trace {
    /// A name to remove.
    Name(PathBuf),
    /// A file to cut back to a length.
    Tail(File, u64),
}

#[derive(Debug)]
struct Traces {
    next: u64,
    kept: BTreeMap<u64, Trace>,
}

/// The signals that end a process are the process's, and so is this list.
static TRACES: Mutex<Traces> = Mutex::new(Traces { next: 0, kept: BTreeMap::new() });

fn lock() -> MutexGuard<'static, Traces> {
    // Changed by single statements: a panic leaves nothing half done.
    TRACES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A trace that is on the list as long as this lives.
#[derive(Debug)]
pub(crate) struct Listed(u64);

impl Listed {
    /// Leave a trace: `make` runs while nobody can end the process between it and its being listed.
    pub(crate) fn leave<T, E>(make: impl FnOnce() -> Result<(T, Trace), E>) -> Result<(T, Self), E> {
        let mut traces = lock();
        let (made, trace) = make()?;
        traces.next += 1;
        let number = traces.next;
        traces.kept.insert(number, trace);
        Ok((made, Self(number)))
    }
    /// Do what makes the trace part of a finished output (or takes it away), and take it from the list if that succeeds: nothing is
    /// undone in between.
    pub(crate) fn settle<T, E>(self, finish: impl FnOnce() -> Result<T, E>) -> Result<T, (Self, E)> {
        let mut traces = lock();
        match finish() {
            Ok(done) => {
                traces.kept.remove(&self.0);
                drop(traces);
                std::mem::forget(self);
                Ok(done)
            }
            Err(error) => {
                drop(traces);
                Err((self, error))
            }
        }
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        lock().kept.remove(&self.0);
    }
}

/// Do something that leaves no trace if it is done whole, such as giving a file its name in two steps.
pub(crate) fn undisturbed<T>(work: impl FnOnce() -> T) -> T {
    let _traces = lock();
    work()
}

/// Take back what unfinished outputs of this process have left: temporary files that have names, bytes behind the end of files
/// that are being changed. For programs that are about to end by a signal; an output whose last step has begun is finished first.
///
/// From then on no output of this process can be begun, finished or given up: threads that try wait for the end of the process.
pub fn abandon_outputs() {
    let mut traces = lock();
    for trace in std::mem::take(&mut traces.kept).into_values() {
        // Nobody is left to hear that it failed.
        let _ = match trace {
            Trace::Name(path) => std::fs::remove_file(path),
            Trace::Tail(file, length) => file.set_len(length),
        };
    }
    // Held for ever: what is whole stays whole, what is not cannot become so halfway.
    std::mem::forget(traces);
}
