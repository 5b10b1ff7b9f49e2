//! Threads of their own for work that lasts.

use crate::share::{Team, alone, in_loop};
use std::panic::resume_unwind;

/// Run `work` on `count` threads named `name-1`, `name-2`, … at the same time, and wait for them: each is to take pieces of
/// some common work until there are none. Each thread has its part of this thread's [`share`](crate::share) (at least 1).
///
/// `count` of 0 or 1, and the feature `threads` switched off: `work` runs on the calling thread. It does as well when the
/// system gives no thread at all; when it gives fewer, these do the work. On a thread of a rayon pool that is not inside one of our
/// loops, which waits here and cannot help, the workers are serial inside: their loops could wait for that thread for ever.
///
/// # Panics
/// When `work` does: with what it said, after all threads have ended.
pub fn workers(count: usize, name: &str, work: impl Fn() + Sync) {
    if count <= 1 || !cfg!(feature = "threads") {
        return work();
    }
    let foreign = crate::pool::is_pool_thread() && !in_loop();
    let team = Team::new(count);
    std::thread::scope(|scope| {
        let mut threads = Vec::with_capacity(count);
        for number in 1..=count {
            let begin = || team.member(|| if foreign { alone(&work) } else { work() });
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
