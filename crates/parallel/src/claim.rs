//! What one thread makes and others wait for.

use crate::{pool, share::alone};
use std::{
    cell::RefCell,
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

/// How long a thread of a pool waits (chosen): longer than most reads from far away.
const PATIENCE: Duration = Duration::from_secs(1);

thread_local! {
    /// The ranks of the claims that are being kept on this thread's stack.
    static KEPT: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// A promise that something is being made, for those who want the same thing and would rather wait than make it again.
///
/// Whoever keeps a claim may need what another claim promises, and waits for that one. So that such waits never go round
/// in a circle, every claim has a rank, and a thread that keeps claims waits only for those of a lower rank than all of its own
/// ([`wait`](Self::wait)): with the ranks in the order in which sources are built on each other, that is every wait that code
/// which calls down needs. All other waits come about when a thread, while it keeps a claim, takes up work that has nothing
/// to do with it; then it makes the thing itself, and so does a thread that has waited too long.
///
/// ```
/// let claim = parallel::Claim::new(7);
/// std::thread::scope(|scope| {
///     scope.spawn(|| assert!(claim.wait()));
///     // Its keeper cannot wait for it, nor for its like.
///     assert!(!claim.keep(|| claim.wait()));
///     claim.end();
/// });
/// ```
#[derive(Debug)]
pub struct Claim {
    rank: u64,
    is_over: Mutex<bool>,
    ended: Condvar,
}

impl Claim {
    /// A claim that has not ended. What stands on other things has a higher rank than they.
    #[must_use]
    pub fn new(rank: u64) -> Self {
        Self { rank, is_over: Mutex::new(false), ended: Condvar::new() }
    }

    /// Make what was promised: [`alone`], with the claim on this thread's stack. It is still to be [ended](Self::end), in any case.
    pub fn keep<R>(&self, work: impl FnOnce() -> R) -> R {
        struct Pop;
        impl Drop for Pop {
            fn drop(&mut self) {
                KEPT.with_borrow_mut(Vec::pop);
            }
        }
        KEPT.with_borrow_mut(|kept| kept.push(self.rank));
        let _pop = Pop;
        alone(work)
    }

    /// Wait for its end. `false`: do it yourself, since this thread keeps a claim of this rank or a lower one, or is a thread of a
    /// pool that has waited for a second: code that uses the pool without this crate (rayon) can have put the wait
    /// on top of something that the claim's keeper is waiting for.
    #[must_use]
    pub fn wait(&self) -> bool {
        let may_wait = KEPT.with_borrow(|kept| kept.iter().all(|rank| self.rank < *rank));
        let is_over = self.is_over.lock().unwrap_or_else(PoisonError::into_inner);
        if *is_over || !may_wait {
            return *is_over;
        }
        if pool::is_pool_thread() {
            let waited = self.ended.wait_timeout_while(is_over, PATIENCE, |is_over| !*is_over);
            return *waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *self.ended.wait_while(is_over, |is_over| !*is_over).unwrap_or_else(PoisonError::into_inner)
    }

    /// It is made, or given up.
    pub fn end(&self) {
        *self.is_over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.ended.notify_all();
    }
}
