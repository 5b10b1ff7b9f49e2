//! Running pieces of work on a bounded number of threads, with buffers that live on between calls.

use crate::workspace::{Buffers, Workspace};
use raster_core::Result;

/// Do all of `work` on up to `threads` threads, and no more than this thread's share. The error of the earliest piece that
/// failed is returned; pieces behind it may be left out.
pub(crate) fn run<W: Send>(
    work: Vec<W>,
    threads: usize,
    piece: impl Fn(&mut Buffers, W) -> Result<()> + Sync,
) -> Result<()> {
    parallel::within(threads, || parallel::for_each(work, Workspace::take, |worker, w| piece(worker, w)))
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
