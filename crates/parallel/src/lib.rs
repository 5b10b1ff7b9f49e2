//! Loops on a bounded number of threads that know of each other when they nest.
//!
//! The rule: whoever runs the outermost loop owns the threads. Each thread has a *share*, the number of threads that a loop
//! started on it may use. Where no loop runs, the share is the whole pool; a loop with `n` workers on `T` threads gives each
//! of them the share max(1, T / n), where `n` is the number of workers that still have work: the last window of a raster
//! is not computed by one thread while the others rest. So loops may nest to any depth, in code that knows nothing of
//! its callers, and never use more than `T` threads together.
//!
//! | call | use |
//! |---|---|
//! | [`for_each`], [`map`] | a loop over pieces of work, with a state for each worker |
//! | [`workers`] | threads for work that lasts |
//! | [`Claim`] | what one thread makes and others wait for |
//! | [`alone`] | code that others wait for: while it runs, its thread starts nothing on other threads |
//! | [`within`] | a bound on the threads of everything called inside |
//! | [`share`] | how many threads a loop would use here |
//! | [`Pool`], [`set_threads`] | other threads than one for each processor |
//!
//! A thread of the pool that waits for the end of a loop does other work of the pool meanwhile, whatever that is, and no
//! thread of the pool waits in any other way for work that needs the pool ([`workers`] are tasks there). Therefore
//! nothing may start a loop while it holds a lock, or has promised something that others wait for: the other work may wait
//! for that very lock or promise. [`alone`] makes sure of it: with a share of one every loop runs on the calling thread, which
//! then waits for nobody. A promise is a [`Claim`]: it is kept alone, and waiting for it follows an order.
//!
//! Without the feature `threads` (on by default) every share is one, and all runs on the calling thread.
//!
//! ```
//! let squares = parallel::map(0..100u32, || (), |_, i| i * i);
//! assert_eq!(squares[99], 99 * 99);
//!
//! // The first error in the order of the pieces, whichever came first in time.
//! let failed = parallel::for_each(0..100, || (), |_, i| if i % 10 == 7 { Err(i) } else { Ok(()) });
//! assert_eq!(failed, Err(7));
//! ```

#![forbid(unsafe_code)]

mod claim;
mod each;
mod pool;
mod share;
mod workers;

pub use claim::Claim;
pub use each::{for_each, map};
pub use pool::{Pool, PoolError, set_threads, threads};
pub use share::{alone, share, within};
pub use workers::workers;
