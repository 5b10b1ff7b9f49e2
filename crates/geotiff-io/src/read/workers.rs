//! Running pieces of work on a bounded number of threads, with buffers that live on between calls.

use crate::codec::Scratch;
use raster_core::Result;
use std::sync::{Mutex, PoisonError};

/// What a thread needs to decode blocks.
#[derive(Debug, Default)]
pub(crate) struct Worker {
    pub(crate) scratch: Scratch,
    /// The block decoded last.
    pub(crate) decoded: Vec<u8>,
}

/// Workers at rest. Their buffers stay warm: fresh memory costs more than decoding into it.
#[derive(Debug, Default)]
pub(crate) struct WorkerPool(Mutex<Vec<Worker>>);

/// A larger buffer is given back to the system: one image with huge strips must not hold memory for ever.
const KEPT_BYTES: usize = 8 << 20;

impl WorkerPool {
    fn take(&self) -> Worker {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }
    fn put(&self, mut worker: Worker) {
        if worker.decoded.capacity() > KEPT_BYTES {
            worker.decoded = Vec::new();
        }
        let mut resting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if resting.len() < parallel::threads() {
            resting.push(worker);
        }
    }
}

/// A worker that goes back to its pool.
struct Lent<'a> {
    pool: &'a WorkerPool,
    worker: Worker,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        // A panic may have left buffers half filled.
        if !std::thread::panicking() {
            self.pool.put(std::mem::take(&mut self.worker));
        }
    }
}

/// Do all of `work` on up to `threads` threads, and no more than this thread's share. The error of the earliest piece that
/// failed is returned; pieces behind it may be left out.
pub(crate) fn run<W: Send>(
    work: Vec<W>,
    pool: &WorkerPool,
    threads: usize,
    piece: impl Fn(&mut Worker, W) -> Result<()> + Sync,
) -> Result<()> {
    let lend = || Lent { pool, worker: pool.take() };
    parallel::within(threads, || parallel::for_each(work, lend, |lent, w| piece(&mut lent.worker, w)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use raster_core::Error;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn all_pieces_run_and_the_first_error_wins() {
        for threads in [1, 2, 8] {
            let done = AtomicUsize::new(0);
            let pool = WorkerPool::default();
            run((0..100).collect(), &pool, threads, |_, _| {
                done.fetch_add(1, Ordering::Relaxed);
                Ok(())
            })
            .unwrap();
            assert_eq!(done.into_inner(), 100);
            let failing = |_: &mut Worker, i: usize| {
                if i % 10 == 7 { Err(Error::internal(i.to_string())) } else { Ok(()) }
            };
            assert_eq!(run((0..100).collect(), &pool, threads, failing).unwrap_err().message(), "7");
        }
    }
}
