//! How many threads a loop may use where it is started.

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The workers of one loop.
pub(crate) struct Team {
    /// What all of them may use together.
    threads: usize,
    /// Those that have not yet found their loop at its end.
    working: AtomicUsize,
}

#[derive(Clone)]
enum Share {
    Fixed(usize),
    Of(Arc<Team>),
    /// One, and no part in other threads' loops.
    Alone,
}

thread_local! {
    /// `None` outside of every loop.
    static SHARE: RefCell<Option<Share>> = const { RefCell::new(None) };
}

/// Puts back what was there before, after a panic too.
struct Restore(Option<Share>);

impl Drop for Restore {
    fn drop(&mut self) {
        SHARE.set(self.0.take());
    }
}

/// The number of threads that a loop may use here, at least 1: all of the pool outside of loops, a part of them inside.
#[must_use]
pub fn share() -> usize {
    SHARE
        .with_borrow(|share| match share {
            None => crate::threads(),
            Some(Share::Fixed(threads)) => *threads,
            Some(Share::Of(team)) => team.threads / team.working.load(Ordering::Relaxed).max(1),
            Some(Share::Alone) => 1,
        })
        .max(1)
}

/// Does this thread run something [`alone`]?
pub(crate) fn is_alone() -> bool {
    SHARE.with_borrow(|share| matches!(share, Some(Share::Alone)))
}

/// Run `work` on this thread alone: loops, [`workers`](crate::workers) and [`Pool::run`](crate::Pool::run) inside it stay on
/// this thread, and this thread takes no part in other threads' loops, even when `work` waits in rayon without this crate. For
/// whatever others wait for.
pub fn alone<R>(work: impl FnOnce() -> R) -> R {
    with(Share::Alone, work)
}

/// Run `work` with at most `threads` threads (at least 1), and no more than [`share`] gives here.
pub fn within<R>(threads: usize, work: impl FnOnce() -> R) -> R {
    let share = if is_alone() { Share::Alone } else { Share::Fixed(threads.clamp(1, share())) };
    with(share, work)
}

fn with<R>(share: Share, work: impl FnOnce() -> R) -> R {
    let _restore = Restore(SHARE.replace(Some(share)));
    work()
}

impl Team {
    /// `workers` of them, on the threads that are this thread's share.
    pub(crate) fn new(workers: usize) -> Arc<Self> {
        Arc::new(Self { threads: share(), working: AtomicUsize::new(workers) })
    }

    /// Run all the work of one worker; nothing on a thread that is [`alone`]. Whoever is alone starts no loop, so this is a task
    /// that such a thread took up while it waited in the pool by code that is not ours. What lies below on its stack may
    /// be what the task would wait for; the thread that started the loop does the work.
    pub(crate) fn member(self: &Arc<Self>, work: impl FnOnce()) {
        struct Leave<'a>(&'a Team);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.working.fetch_sub(1, Ordering::Relaxed);
            }
        }
        let _leave = Leave(self);
        if is_alone() {
            return;
        }
        with(Share::Of(Arc::clone(self)), work);
    }
}

/// As if nothing ran outside: the share is that of `threads` threads.
#[cfg(feature = "threads")]
pub(crate) fn afresh<R>(threads: usize, work: impl FnOnce() -> R) -> R {
    with(Share::Fixed(threads), work)
}
