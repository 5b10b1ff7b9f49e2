//! Jobs over rasters in memory: modes, halos, failures, cancelling, resuming.

use mucho::plan::{Budget, Windows};
use mucho::{
    CancelToken, Edge, Event, Job, Manual, MemorySink, OnError, Simple, Stacked, Typed, WindowContext,
    WithHalo,
};
use ndarray::{Array3, s};
use raster_core::{AnyArray, BlockIndex, DataType, Error, ErrorKind, Halo, MemoryRaster, Value, Window};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

const SIZE: (usize, usize) = (130, 90);

fn pixels(seed: usize) -> Array3<u8> {
    Array3::from_shape_fn((1, SIZE.1, SIZE.0), |(_, r, c)| ((r * 31 + c * 7 + seed * 13) % 251) as u8)
}

fn raster(seed: usize) -> MemoryRaster {
    MemoryRaster::new(pixels(seed)).update_info(|i| i.block = (32, 16).into()).unwrap()
}

fn sink(bands: usize) -> MemorySink {
    MemorySink::new(DataType::U8, (bands, SIZE.1, SIZE.0))
}

/// Sum of the 3 × 3 neighbourhood within what was read, modulo 256: depends on every pixel of the halo.
fn neighbours(array: AnyArray, context: &WindowContext) -> raster_core::Result<AnyArray> {
    let a = array.into_typed::<u8>()?;
    let (_, rows, cols) = a.dim();
    let at = |r: i64, c: i64| {
        let inside = r >= 0 && c >= 0 && r < rows as i64 && c < cols as i64;
        if inside { a[[0, r as usize, c as usize]] } else { 0 }
    };
    let (top, left) = (context.halo.top as i64, context.halo.left as i64);
    let out = Array3::from_shape_fn((1, context.core.height, context.core.width), |(_, r, c)| {
        let (r, c) = (r as i64 + top, c as i64 + left);
        (-1..=1)
            .flat_map(|dr| (-1..=1).map(move |dc| (dr, dc)))
            .fold(0u8, |s, (dr, dc)| s.wrapping_add(at(r + dr, c + dc)))
    });
    Ok(out.into())
}

fn run_neighbours(windows: Windows, workers: usize, edge: Edge) -> AnyArray {
    let out = sink(1);
    let function = WithHalo { function: Stacked(neighbours), halo: Halo::uniform(1) };
    Job::new(function)
        .input(raster(1))
        .output(out.clone())
        .windows(windows)
        .workers(workers)
        .edge(edge)
        .run()
        .unwrap();
    out.to_array()
}

#[test]
fn any_cut_and_any_number_of_workers_give_the_same() {
    let whole = run_neighbours(Windows::Size(SIZE.0, SIZE.1), 1, Edge::Cut);
    for windows in [Windows::Auto, Windows::Size(7, 90), Windows::Size(130, 1), Windows::Size(33, 20)] {
        for workers in [1, 2, 8] {
            assert_eq!(run_neighbours(windows.clone(), workers, Edge::Cut), whole, "{windows:?} {workers}");
        }
        // Zeros around the raster are what `neighbours` takes for missing pixels.
        assert_eq!(run_neighbours(windows.clone(), 2, Edge::Fill(Value::Int(0))), whole);
    }
}

#[test]
fn every_block_is_decoded_once() {
    for workers in [1, 3] {
        let function = WithHalo { function: Stacked(neighbours), halo: Halo::uniform(5) };
        let report = Job::new(function).input(raster(1)).output(sink(1)).workers(workers).run().unwrap();
        assert_eq!(report.blocks, 5 * 6);
        // With several workers some blocks may be decoded again, as in tests/decodes.rs: a busy system can hold one worker up
        // until the others have left its blocks behind.
        let again = if workers > 1 { 5 * 6 / 4 } else { 0 };
        assert!(
            (5 * 6..=5 * 6 + again).contains(&report.blocks_decoded),
            "{workers}: {}",
            report.blocks_decoded
        );
    }
}

#[test]
fn simple_read_gives_one_array_per_input() {
    let out = sink(1);
    let function = Simple(|mut inputs: Vec<AnyArray>, _: &WindowContext| {
        assert_eq!(inputs.len(), 2);
        let mut first = inputs.remove(0).into_typed::<u8>()?;
        first.slice_mut(s![.., ..10.min(first.dim().1), ..10.min(first.dim().2)]).fill(0);
        Ok(first)
    });
    Job::new(function).input(raster(1)).input(raster(2)).output(out.clone()).workers(1).run().unwrap();
    let result = out.to_array().into_typed::<u8>().unwrap();
    assert!(result.slice(s![.., ..10, ..10]).iter().all(|&v| v == 0));
}

#[test]
fn array_read_stacks_the_bands() {
    let out = sink(2);
    let function = Typed::new(2, |a: ndarray::ArrayView3<'_, u8>, _: &WindowContext| Ok(a.to_owned()));
    Job::new(function).input(raster(1)).input(raster(2)).output(out.clone()).workers(4).run().unwrap();
    let result = out.to_array().into_typed::<u8>().unwrap();
    assert_eq!(result.slice(s![..1, .., ..]), pixels(1));
    assert_eq!(result.slice(s![1.., .., ..]), pixels(2));
}

#[test]
fn array_read_refuses_different_sizes() {
    let other = MemoryRaster::new(Array3::<u8>::zeros((1, 3, 3)));
    let error = Job::new(Stacked(|a, _: &WindowContext| Ok(a)))
        .input(raster(1))
        .input(other)
        .output(sink(2))
        .run()
        .unwrap_err();
    assert!(error.to_string().contains("same height and width"), "{error}");
}

#[test]
fn manual_read_leaves_the_reading_to_the_function() {
    let out = sink(2);
    let function = Manual(|inputs: &mucho::Inputs<'_>, context: &WindowContext| {
        let both: Vec<_> =
            inputs.sources().iter().map(|s| s.read_window(&[1], &context.core)).collect::<Result<_, _>>()?;
        mucho::stack(&both)
    });
    Job::new(function).input(raster(1)).input(raster(2)).output(out.clone()).workers(4).run().unwrap();
    assert_eq!(out.to_array().into_typed::<u8>().unwrap().slice(s![..1, .., ..]), pixels(1));
}

#[test]
fn the_first_failing_window_stops_the_job() {
    let function = Simple(|inputs: Vec<AnyArray>, context: &WindowContext| {
        if context.block == (BlockIndex { row: 2, col: 1 }) {
            let zero = inputs.len() - 1;
            assert!(zero != 0, "attempt to divide by zero");
        }
        Ok(inputs.into_iter().next().unwrap())
    });
    for workers in [1, 4] {
        let error = Job::new(function_ref(&function))
            .input(raster(1))
            .output(sink(1))
            .workers(workers)
            .run()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Function);
        assert_eq!(error.location().window, Some(Window::new(32, 32, 32, 16)));
        assert!(error.to_string().contains("attempt to divide by zero"), "{error}");
    }
}

fn function_ref<'a, F>(
    f: &'a Simple<F>,
) -> Simple<impl Fn(Vec<AnyArray>, &WindowContext) -> raster_core::Result<AnyArray> + use<'a, F>>
where
    F: Fn(Vec<AnyArray>, &WindowContext) -> raster_core::Result<AnyArray> + Send + Sync,
{
    Simple(move |inputs: Vec<AnyArray>, context: &WindowContext| (f.0)(inputs, context))
}

#[test]
fn a_job_can_go_on_and_report_the_failures() {
    let out = sink(1);
    let function = Simple(|inputs: Vec<AnyArray>, context: &WindowContext| {
        if context.index % 7 == 3 { Err(Error::misuse("no")) } else { Ok(inputs.into_iter().next().unwrap()) }
    });
    let report = Job::new(function)
        .input(raster(1))
        .output(out.clone())
        .workers(2)
        .on_error(OnError::Continue)
        .run()
        .unwrap();
    assert_eq!(report.failed.len(), 4);
    let (result, truth) = (out.to_array().into_typed::<u8>().unwrap(), pixels(1));
    let wrong = result.iter().zip(&truth).filter(|(a, b)| a != b).count();
    let failed: usize = report.failed.iter().map(|(w, _)| w.area()).sum();
    assert!(wrong <= failed && wrong > failed / 2, "{wrong} of {failed}");
}

#[test]
fn cancelling_stops() {
    let token = CancelToken::default();
    let inner = token.clone();
    let function = Simple(move |inputs: Vec<AnyArray>, context: &WindowContext| {
        if context.index == 4 {
            inner.cancel();
        }
        Ok(inputs.into_iter().next().unwrap())
    });
    let done = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&done);
    let error = Job::new(function)
        .input(raster(1))
        .output(sink(1))
        .workers(1)
        .cancel(token)
        .events(move |e| {
            if matches!(e, Event::WindowDone { .. }) {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        })
        .run()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(done.load(Ordering::Relaxed), 5);
}

#[test]
fn a_wrong_shape_is_refused() {
    let function = Simple(|_: Vec<AnyArray>, _: &WindowContext| Ok(Array3::<u8>::zeros((1, 2, 2))));
    let error = Job::new(function).input(raster(1)).output(sink(1)).run().unwrap_err();
    assert!(error.to_string().contains("2 × 2 pixels for a window of"), "{error}");
}

#[test]
fn a_journal_resumes_and_then_goes_away() {
    let dir = std::env::temp_dir().join(format!("mucho-journal-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("job.journal");
    let run = |fail_at: Option<usize>, parameters: &str, out: MemorySink| {
        let calls = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&calls);
        let function = WithHalo {
            function: Stacked(move |a, context: &WindowContext| {
                counter.fetch_add(1, Ordering::Relaxed);
                if Some(context.index) == fail_at {
                    Err(Error::misuse("killed"))
                } else {
                    neighbours(a, context)
                }
            }),
            halo: Halo::uniform(1),
        };
        let result = Job::new(function)
            .input(raster(1))
            .output(out)
            .workers(1)
            .memory(Budget(100_000_000))
            .journal(&path, parameters)
            .run();
        (result, calls.load(Ordering::Relaxed))
    };
    assert!(run(Some(9), "a", sink(1)).0.is_err());
    assert!(path.exists());
    // A record that was cut off by the kill is computed again.
    let length = std::fs::metadata(&path).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 10).unwrap();
    assert!(run(None, "b", sink(1)).0.unwrap_err().to_string().contains("another job"));
    // Other pixels.
    let other = Job::new(Stacked(neighbours)).input(raster(2)).output(sink(1)).workers(1).journal(&path, "a");
    assert!(other.run().unwrap_err().to_string().contains("another job"));
    let out = sink(1);
    let (report, calls) = run(None, "a", out.clone());
    assert_eq!((report.unwrap().resumed, calls), (8, 30 - 8));
    assert_eq!(out.to_array(), run_neighbours(Windows::Auto, 1, Edge::Cut));
    assert!(!path.exists());
    std::fs::remove_dir_all(&dir).unwrap();
}
