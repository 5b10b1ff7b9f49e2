//! Rayon's pool. It is kept because starting threads for each read costs more than many a read.

use super::PoolError;
use crate::share::afresh;

pub(super) struct Pool(rayon::ThreadPool);

pub(super) fn threads() -> usize {
    rayon::current_num_threads()
}

pub(super) fn set_threads(threads: usize) -> Result<(), PoolError> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().map_err(failed)
}

/// Run `worker` `count` times at once, once of them on the calling thread; back when all have ended. A panic goes on in the
/// caller.
///
/// In place: a thread of the pool goes on with other work of the pool when it waits, and one that is not of the pool never has
/// its own part done by another, on top of whatever that one waits for.
pub(crate) fn on_threads(count: usize, worker: impl Fn() + Sync) {
    rayon::in_place_scope(|scope| {
        for _ in 1..count {
            scope.spawn(|_| worker());
        }
        worker();
    });
}

impl Pool {
    pub(super) fn new(threads: usize) -> Result<Self, PoolError> {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().map(Self).map_err(failed)
    }
    pub(super) fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.0.install(|| afresh(self.0.current_num_threads(), work))
    }
}

fn failed(error: rayon::ThreadPoolBuildError) -> PoolError {
    PoolError(error.to_string())
}

/// Does this thread belong to a pool?
pub(crate) fn is_pool_thread() -> bool {
    rayon::current_thread_index().is_some()
}
