//! Loops in loops, by several callers at once: whatever is in what, it ends.

use parallel::{Claim, Pool, alone, for_each, map, share, workers};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread::{scope, sleep},
    time::Duration,
};

/// Longer than a case takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn ends(what: &str, work: impl FnOnce() + Send + 'static) {
    // Of the process's pool; another test may have begun already.
    let _ = parallel::set_threads(4);
    let (tell, told) = mpsc::channel();
    let worker = std::thread::spawn(move || {
        work();
        let _ = tell.send(());
    });
    if told.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
        panic!("deadlock: {what}");
    }
    if let Err(panic) = worker.join() {
        std::panic::resume_unwind(panic);
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Loop,
    Workers,
    /// Two workers, one of which has nothing to do and leaves its threads to the other.
    Uneven,
    Pool,
    Alone,
}

const KINDS: [Kind; 5] = [Kind::Loop, Kind::Workers, Kind::Uneven, Kind::Pool, Kind::Alone];

/// Do `work` twice in the way of `kind`.
fn twice(kind: Kind, pool: &Pool, work: &(dyn Fn() + Sync)) {
    let both = || {
        map(0..2, || (), |_, _| work());
    };
    match kind {
        Kind::Loop => both(),
        Kind::Pool => pool.run(both),
        Kind::Alone => alone(both),
        Kind::Workers => {
            let next = AtomicUsize::new(0);
            workers(2, "test", || {
                while next.fetch_add(1, Ordering::Relaxed) < 2 {
                    work();
                }
            });
        }
        Kind::Uneven => {
            let first = AtomicUsize::new(0);
            workers(2, "test", || {
                if first.fetch_add(1, Ordering::Relaxed) == 0 {
                    sleep(Duration::from_millis(2));
                    work();
                    work();
                }
            });
        }
    }
}

#[test]
fn loops_in_each_other_by_two_callers_end() {
    for threads in [1, 2, 4, 8] {
        for outer in KINDS {
            for inner in KINDS {
                ends(&format!("{inner:?} in {outer:?}, {threads} threads"), move || {
                    let pools = [(); 2].map(|()| Pool::new(threads).unwrap());
                    let done = AtomicUsize::new(0);
                    scope(|scope| {
                        for own in [true, true, false] {
                            let (pools, done) = (&pools, &done);
                            let piece = move || {
                                for_each(
                                    0..4,
                                    || (),
                                    |_, _| -> Result<(), ()> {
                                        done.fetch_add(1, Ordering::Relaxed);
                                        sleep(Duration::from_micros(100));
                                        Ok(())
                                    },
                                )
                                .unwrap();
                            };
                            let job = move || {
                                twice(outer, &pools[0], &|| twice(inner, &pools[1], &piece));
                            };
                            // Two callers in one pool, one outside of any.
                            scope.spawn(move || if own { pools[0].run(job) } else { job() });
                        }
                    });
                    assert_eq!(done.into_inner(), 3 * 2 * 2 * 4);
                });
            }
        }
    }
}

/// What hung: all threads of the process's pool wait for workers, whose own loop needs one of them.
#[test]
fn workers_inside_loops_of_two_callers_end() {
    ends("workers in loops of two callers", || {
        let round = || {
            let one = |_: &mut (), _| -> Result<(), ()> {
                let first = AtomicUsize::new(0);
                workers(2, "test", || {
                    if first.fetch_add(1, Ordering::Relaxed) > 0 {
                        sleep(Duration::from_millis(300));
                        map(0..4, || (), |_, _| ());
                    }
                });
                Ok(())
            };
            for_each(0..2, || (), one).unwrap();
        };
        scope(|scope| (0..2).for_each(|_| drop(scope.spawn(round))));
    });
}

#[cfg(feature = "threads")]
#[test]
fn workers_outside_of_a_pool_have_names() {
    let names = Mutex::new(Vec::new());
    workers(2, "test", || names.lock().unwrap().push(std::thread::current().name().map(str::to_owned)));
    let mut names = names.into_inner().unwrap();
    names.sort();
    assert_eq!(names, [Some("test-1".to_owned()), Some("test-2".to_owned())]);
}

#[cfg(feature = "threads")]
#[test]
fn workers_in_a_pool_have_its_threads() {
    let pool = Pool::new(3).unwrap();
    let seen = Mutex::new(Vec::new());
    pool.run(|| {
        workers(3, "test", || {
            seen.lock().unwrap().push(parallel::threads());
            assert!(share() <= 3);
        });
    });
    assert_eq!(seen.into_inner().unwrap(), [3; 3]);
}

#[test]
fn alone_stays_on_its_thread() {
    let pool = Pool::new(2).unwrap();
    let other = Pool::new(2).unwrap();
    let here = || std::thread::current().id();
    other.run(|| {
        let thread = here();
        alone(|| {
            assert_eq!(pool.run(here), thread);
            assert_eq!(pool.run(share), 1);
            assert_eq!(parallel::within(8, || pool.run(share)), 1);
            let count = AtomicUsize::new(0);
            workers(4, "test", || {
                assert_eq!(here(), thread);
                count.fetch_add(1, Ordering::Relaxed);
            });
            assert_eq!(count.into_inner(), 1);
        });
    });
}

/// Waits go down in rank; everything else is for the thread to do itself.
#[test]
fn claims_are_waited_for_in_the_order_of_their_ranks() {
    ends("ranks", || {
        let claims: Arc<Vec<Claim>> = Arc::new((0..3).map(Claim::new).collect());
        for (kept, wanted) in [(1, 1), (1, 2), (0, 0), (0, 2)] {
            assert!(!claims[kept].keep(|| claims[wanted].wait()), "{wanted} from {kept}");
            // What lies in between does not hide it.
            assert!(!claims[kept].keep(|| claims[2].keep(|| claims[wanted].wait())));
        }
        scope(|scope| {
            scope.spawn(|| assert!(claims[2].keep(|| claims[1].keep(|| claims[0].wait()))));
            scope.spawn(|| assert!(claims[0].wait()));
            sleep(Duration::from_millis(50));
            claims[0].end();
        });
        assert!(claims[0].keep(|| claims[0].wait()), "it has ended");
    });
}

#[cfg(feature = "threads")]
#[test]
fn a_thread_of_a_pool_does_not_wait_for_ever() {
    ends("patience", || {
        let claim = Claim::new(1);
        assert!(!Pool::new(1).unwrap().run(|| claim.wait()));
    });
}
