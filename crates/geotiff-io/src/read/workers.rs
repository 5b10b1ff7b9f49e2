//! Running pieces of work on a bounded number of threads, with buffers that live on between calls.

use crate::workspace::{Buffers, Workspace};
use raster_core::{Error, Result};
use std::sync::{Mutex, PoisonError};

/// Do all of `work` on up to `threads` threads of the current rayon pool. The error of the earliest piece that
/// failed is returned; pieces behind it may be left out.
pub(crate) fn run<W: Send>(
    work: Vec<W>,
    threads: usize,
    piece: impl Fn(&mut Buffers, W) -> Result<()> + Sync,
) -> Result<()> {
    let threads = threads.min(work.len());
    if threads <= 1 {
        let mut worker = Workspace::take();
        return work.into_iter().try_for_each(|w| piece(&mut worker, w));
    }
    let queue = Mutex::new(work.into_iter().enumerate());
    let failed: Mutex<Option<(usize, Error)>> = Mutex::new(None);
    let next = || {
        // Pieces are handed out in order, so all before a failed one are done or under way.
        if failed.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            return None;
        }
        queue.lock().unwrap_or_else(PoisonError::into_inner).next()
    };
    let drain = || {
        let mut worker = Workspace::take();
        while let Some((i, w)) = next() {
            if let Err(e) = piece(&mut worker, w) {
                let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                if failed.as_ref().is_none_or(|(first, _)| i < *first) {
                    *failed = Some((i, e));
                }
            }
        }
    };
    rayon::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|_| drain());
        }
        drain();
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn all_pieces_run_and_the_first_error_wins() {
        for threads in [1, 2, 8] {
            let done = AtomicUsize::new(0);
            run((0..100).collect(), threads, |_, _| {
                done.fetch_add(1, Ordering::Relaxed);
                Ok(())
            })
            .unwrap();
            assert_eq!(done.into_inner(), 100);
            let failing = |_: &mut Buffers, i: usize| {
                if i % 10 == 7 { Err(Error::internal(i.to_string())) } else { Ok(()) }
            };
            assert_eq!(run((0..100).collect(), threads, failing).unwrap_err().message(), "7");
        }
    }
}
