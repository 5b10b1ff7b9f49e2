//! The calling thread and no other: the twin of rayon's pool.

use super::PoolError;

pub(super) struct Pool;

pub(super) fn threads() -> usize {
    1
}

pub(super) fn set_threads(_: usize) -> Result<(), PoolError> {
    Ok(())
}

/// Loops have one worker here.
pub(crate) fn on_threads(count: usize, worker: impl Fn()) {
    (0..count).for_each(|_| worker());
}

impl Pool {
    pub(super) fn new(_: usize) -> Result<Self, PoolError> {
        Ok(Self)
    }
    pub(super) fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        work()
    }
}

/// Does this thread belong to a pool?
pub(crate) fn is_pool_thread() -> bool {
    false
}
