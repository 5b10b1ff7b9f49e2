//! The threads: rayon's, or only the calling one.

use std::fmt;

#[cfg(not(feature = "threads"))]
mod serial;
#[cfg(feature = "threads")]
mod threaded;

#[cfg(not(feature = "threads"))]
use serial as imp;
#[cfg(feature = "threads")]
use threaded as imp;

pub(crate) use imp::{is_pool_thread, on_threads};

/// The number of threads of the pool that this thread belongs to, or else of the process's pool; at least 1. Whatever loops
/// run: for the sizes of what threads share. How many a loop may use is [`share`](crate::share).
#[must_use]
pub fn threads() -> usize {
    imp::threads()
}

/// Set the number of threads of the process's pool; 0 for one per processor. Without the feature `threads` nothing happens.
///
/// # Errors
/// When the pool has been started already, or the system gives no threads.
pub fn set_threads(threads: usize) -> Result<(), PoolError> {
    imp::set_threads(threads)
}

/// Threads apart from the process's pool.
///
/// ```
/// let pool = parallel::Pool::new(2)?;
/// # #[cfg(feature = "threads")]
/// assert_eq!(pool.run(parallel::share), 2);
/// # Ok::<(), parallel::PoolError>(())
/// ```
pub struct Pool(imp::Pool);

impl Pool {
    /// Start `threads` threads; 0 for one per processor.
    ///
    /// # Errors
    /// When the system does not give them.
    pub fn new(threads: usize) -> Result<Self, PoolError> {
        imp::Pool::new(threads).map(Self)
    }

    /// Run `work` on these threads: it is an outermost loop's place, with all of them as its share. Inside
    /// [`alone`](crate::alone) it runs on the calling thread, alone: a thread of another pool that waited here would take up
    /// that pool's work.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        if crate::share::is_alone() {
            return work();
        }
        self.0.run(work)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

/// Why there are no threads.
#[derive(Clone, Debug)]
pub struct PoolError(String);

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PoolError {}
