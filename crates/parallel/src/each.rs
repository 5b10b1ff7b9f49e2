//! Loops over pieces of work.

use crate::{
    pool,
    share::{Team, share},
};
use std::{
    convert::Infallible,
    iter::Enumerate,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// Do `work` for every piece, on as many threads as [`share`] allows here. Each worker makes a state for itself (`state`),
/// and takes the next piece as soon as it has done one: pieces are begun in their order.
///
/// After an error, or a panic, no further piece is begun. A loop on one thread, or over one piece, is an ordinary
/// loop on the calling thread; loops inside it have the share that it had.
///
/// # Errors
/// The error of the earliest piece that failed: the same for any number of threads.
///
/// # Panics
/// When `work` or `state` does: with what they said.
pub fn for_each<I, S, E>(
    pieces: I,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, I::Item) -> Result<(), E> + Sync,
) -> Result<(), E>
where
    I: IntoIterator<IntoIter: ExactSizeIterator + Send>,
    E: Send,
{
    let mut pieces = pieces.into_iter();
    let workers = share().min(pieces.len());
    if workers <= 1 {
        if pieces.len() == 0 {
            return Ok(());
        }
        let mut state = state();
        return pieces.try_for_each(|piece| work(&mut state, piece));
    }
    let queue = Queue {
        pieces: Mutex::new(pieces.enumerate()),
        failed: Mutex::new(None),
        stop: AtomicBool::new(false),
    };
    let team = Team::new(workers);
    pool::on_threads(workers, || {
        team.member(|| {
            let _stop = StopOnPanic(&queue.stop);
            // Not for a worker that comes too late: a state may be costly.
            let Some((mut index, mut piece)) = queue.next() else { return };
            let mut state = state();
            loop {
                if let Err(error) = work(&mut state, piece) {
                    queue.fail(index, error);
                }
                match queue.next() {
                    Some(next) => (index, piece) = next,
                    None => return,
                }
            }
        });
    });
    match queue.failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

/// The results of `work` for every piece, in the order of the pieces; otherwise as [`for_each`].
///
/// # Panics
/// When `work` or `state` does: with what they said.
pub fn map<I, S, R>(
    pieces: I,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, I::Item) -> R + Sync,
) -> Vec<R>
where
    I: IntoIterator<IntoIter: ExactSizeIterator + Send>,
    R: Send,
{
    let pieces = pieces.into_iter();
    let mut results: Vec<Option<R>> = Vec::new();
    results.resize_with(pieces.len(), || None);
    let done: Result<(), Infallible> =
        for_each(pieces.zip(results.iter_mut()), state, |state, (piece, result)| {
            *result = Some(work(state, piece));
            Ok(())
        });
    match done {
        Ok(()) => results.into_iter().flatten().collect(),
        Err(never) => match never {},
    }
}

/// What the workers of a loop have in common.
struct Queue<I, E> {
    pieces: Mutex<Enumerate<I>>,
    /// The earliest piece that failed.
    failed: Mutex<Option<(usize, E)>>,
    stop: AtomicBool,
}

impl<I: Iterator, E> Queue<I, E> {
    fn next(&self) -> Option<(usize, I::Item)> {
        // Pieces are handed out in order, so all before a failed one are done or under way.
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner).next()
    }

    fn fail(&self, index: usize, error: E) {
        self.stop.store(true, Ordering::Relaxed);
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.as_ref().is_none_or(|(first, _)| index < *first) {
            *failed = Some((index, error));
        }
    }
}

struct StopOnPanic<'a>(&'a AtomicBool);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}
