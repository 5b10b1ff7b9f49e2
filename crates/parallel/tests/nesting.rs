//! Loops in loops: how many threads, which results, which error.

use parallel::{Pool, alone, for_each, map, share, within, workers};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Counts how many are inside at once.
#[derive(Default)]
struct Gauge {
    inside: AtomicUsize,
    most: AtomicUsize,
}

impl Gauge {
    fn busy(&self) {
        let now = self.inside.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let start = Instant::now();
        while start.elapsed() < Duration::from_micros(200) {
            std::thread::yield_now();
        }
        self.inside.fetch_sub(1, Ordering::SeqCst);
    }
    fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

fn sum(values: Vec<u64>) -> u64 {
    values.into_iter().sum()
}

/// Three loops in each other.
fn nested(sizes: [u64; 3], gauge: &Gauge) -> u64 {
    sum(map(
        0..sizes[0] as usize,
        || (),
        |_, i| {
            sum(map(
                0..sizes[1] as usize,
                || (),
                |_, j| {
                    sum(map(
                        0..sizes[2] as usize,
                        || (),
                        |_, k| {
                            gauge.busy();
                            (i * 10_000 + j * 100 + k) as u64
                        },
                    ))
                },
            ))
        },
    ))
}

#[test]
fn nested_loops_stay_within_the_threads_and_give_the_same() {
    for sizes in [[1, 1, 40], [2, 3, 20], [3, 40, 1], [20, 2, 2], [5, 5, 5]] {
        let expected = within(1, || nested(sizes, &Gauge::default()));
        for threads in [1, 2, 3, 8] {
            let gauge = Gauge::default();
            let got = Pool::new(threads).unwrap().run(|| nested(sizes, &gauge));
            assert_eq!(got, expected);
            assert!(gauge.most() <= threads, "{sizes:?}: {} at once on {threads} threads", gauge.most());
        }
    }
}

#[test]
fn named_workers_stay_within_the_threads_too() {
    for (threads, count) in [(1, 1), (2, 2), (8, 2), (8, 3), (4, 4)] {
        let gauge = Gauge::default();
        let next = AtomicUsize::new(0);
        let names = Mutex::new(Vec::new());
        Pool::new(threads).unwrap().run(|| {
            workers(count, "test", || {
                names.lock().unwrap().push(std::thread::current().name().map(str::to_owned));
                while next.fetch_add(1, Ordering::Relaxed) < 10 {
                    map(0..30, || (), |_, _| gauge.busy());
                }
            });
        });
        assert!(gauge.most() <= threads, "{} at once, {count} workers on {threads} threads", gauge.most());
        let mut names = names.into_inner().unwrap();
        names.sort();
        // Tasks of the pool.
        assert!(!cfg!(feature = "threads") || names.iter().all(Option::is_none), "{names:?}");
    }
}

#[cfg(feature = "threads")]
#[test]
fn all_threads_are_used_when_the_outer_loop_is_narrow() {
    let gauge = Gauge::default();
    Pool::new(8).unwrap().run(|| nested([2, 2, 400], &gauge));
    assert_eq!(gauge.most(), 8);
    // One piece is no loop at all.
    let gauge = Gauge::default();
    Pool::new(4).unwrap().run(|| nested([1, 1, 400], &gauge));
    assert_eq!(gauge.most(), 4);
}

#[cfg(feature = "threads")]
#[test]
fn the_share_inside() {
    let pool = Pool::new(8).unwrap();
    pool.run(|| {
        assert_eq!(share(), 8);
        assert_eq!(within(3, share), 3);
        assert_eq!(within(0, share), 1);
        assert_eq!(within(100, share), 8);
        assert_eq!(alone(|| within(8, share)), 1);
        assert_eq!(alone(|| map(0..20, || (), |_, _| share())), [1; 20]);
        assert_eq!(share(), 8);
        // A full loop leaves its parts one thread each, until the first worker has nothing left.
        let barrier = std::sync::Barrier::new(8);
        let inside = map(
            0..8,
            || (),
            |_, _| {
                barrier.wait();
                let share = share();
                barrier.wait();
                share
            },
        );
        assert_eq!(inside, [1; 8]);
        let barrier = std::sync::Barrier::new(2);
        let inside = map(
            0..2,
            || (),
            |_, _| {
                barrier.wait();
                let share = share();
                barrier.wait();
                share
            },
        );
        assert_eq!(inside, [4; 2]);
        // Of two workers the one that is left has all.
        let inside = map(
            0..2,
            || (),
            |_, i| {
                let start = Instant::now();
                while i == 1 && share() < 8 && start.elapsed() < Duration::from_secs(20) {
                    std::thread::yield_now();
                }
                share()
            },
        );
        assert_eq!(inside[1], 8);
    });
}

#[test]
fn the_first_error_by_order() {
    for threads in [1, 2, 8] {
        let done = AtomicUsize::new(0);
        Pool::new(threads).unwrap().run(|| {
            let states = AtomicUsize::new(0);
            let failed = for_each(
                0..100usize,
                || states.fetch_add(1, Ordering::Relaxed),
                |_, i| {
                    done.fetch_add(1, Ordering::Relaxed);
                    // Later pieces fail sooner.
                    std::thread::sleep(Duration::from_millis(20u64.saturating_sub(i as u64)));
                    if i >= 7 { Err(i) } else { Ok(()) }
                },
            );
            assert_eq!(failed, Err(7));
            assert!(states.into_inner() <= threads);
        });
        assert!(done.into_inner() <= 8 + threads, "pieces after a failure are left out");
    }
}

#[test]
fn panics_pass_through_and_the_share_is_as_before() {
    for threads in [1, 4] {
        let pool = Pool::new(threads).unwrap();
        let said = |result: std::thread::Result<()>| *result.unwrap_err().downcast::<&str>().unwrap();
        let in_loop = || {
            let before = share();
            let result = catch_unwind(AssertUnwindSafe(|| {
                map(
                    0..100,
                    || (),
                    |_, i| {
                        map(0..10, || (), |_, j| assert!(i != 3 || j != 5, "three"));
                    },
                );
            }));
            assert_eq!(share(), before);
            result
        };
        assert_eq!(said(pool.run(in_loop)), "three");
        let in_worker = || {
            let first = Mutex::new(true);

            catch_unwind(AssertUnwindSafe(|| {
                workers(3, "test", || {
                    if std::mem::take(&mut *first.lock().unwrap()) {
                        std::panic::panic_any("worker");
                    }
                });
            }))
        };
        assert_eq!(said(pool.run(in_worker)), "worker");
    }
}

#[test]
fn nothing_to_do() {
    let state = || -> () { panic!("no worker is needed") };
    assert!(map(0..0, state, |_, i| i).is_empty());
    assert_eq!(for_each(0..0, state, |_, _| Err(1)), Ok(()));
}
