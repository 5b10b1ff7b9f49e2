//! Work that lasts, on threads that share it.

use crate::{
    pool,
    share::{Team, is_alone},
};
use std::panic::resume_unwind;

/// Run `work` on `count` threads at the same time, and wait for them: each is to take pieces of some common work until there
/// are none, and none may wait for another to begin. Each thread has its part of this thread's [`share`](crate::share) (at
/// least 1).
///
/// They are threads of their own, named `name-1`, `name-2`, …, unless this is a thread of a pool: one that sat waiting for
/// them would be missing in the pool that their own loops need, and when all its threads sat so, for ever. There they are tasks of
/// that pool (at most `count` at once), this thread does one of them, and whoever waits does other work of the pool.
///
/// `count` of 0 or 1, [`alone`](crate::alone), and the feature `threads` switched off: `work` runs once, on the calling
/// thread. It does as well when the system gives no thread at all; when it gives fewer, these do the work.
///
/// # Panics
/// When `work` does: with what it said, after all threads have ended.
pub fn workers(count: usize, name: &str, work: impl Fn() + Sync) {
    if count <= 1 || is_alone() || !cfg!(feature = "threads") {
        return work();
    }
    let team = Team::new(count);
    if pool::is_pool_thread() {
        return pool::on_threads(count, || team.member(&work));
    }
    std::thread::scope(|scope| {
        let mut threads = Vec::with_capacity(count);
        for number in 1..=count {
            let begin = || team.member(&work);
            match std::thread::Builder::new().name(format!("{name}-{number}")).spawn_scoped(scope, begin) {
                Ok(thread) => threads.push(thread),
                Err(_) if number == 1 => return work(),
                Err(_) => break,
            }
        }
        let mut panic = None;
        for thread in threads {
            panic = panic.or(thread.join().err());
        }
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    });
}
