//! Faults from outside: what goes wrong is said, and what stood at the target stays. A killed process and a disk without room
//! are tried with the built tool, in `tests/interrupted.rs` at the top of the repository.

mod support;

use geotiff_io::{ByteSource, Compression, CreateOptions, Dataset, GeoTiffWriter, OpenOptions};
use mucho::plan::Windows;
use mucho::{Job, Output, Simple, WindowContext};
use ndarray::Array3;
use raster_core::{AnyArray, DataType, Error, ErrorKind, MemoryRaster, RasterInfo, Result};
use std::{
    io::Write,
    ops::Range,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use support::Folder;

fn array() -> Array3<u16> {
    Array3::from_shape_fn((1, 300, 400), |(_, r, c)| (r * 211 + c * 37) as u16)
}

fn copy(mut inputs: Vec<AnyArray>, _: &WindowContext) -> Result<AnyArray> {
    Ok(inputs.remove(0))
}

fn write(path: &Path) {
    let info = RasterInfo::new(400, 300, 1, DataType::U16);
    let options = CreateOptions::geotiff().with_block_size(64).with_compression(Compression::Zstd);
    let writer = GeoTiffWriter::create(path, &info, &options).unwrap();
    writer.write_window(&info.window(), &AnyArray::from(array()).view()).unwrap();
    writer.finish().unwrap();
}

fn options() -> CreateOptions {
    CreateOptions::cog().with_block_size(64)
}

/// A file that cannot be read any more after some reads: a disk that was pulled, a share that went away.
#[derive(Debug)]
struct Failing {
    bytes: Vec<u8>,
    reads_left: AtomicU64,
}

impl ByteSource for Failing {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }
    fn is_local(&self) -> bool {
        true
    }
    fn read_range(&self, range: Range<u64>) -> Result<bytes::Bytes> {
        let left = self.reads_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
        if left.is_err() {
            let gone = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            return Err(Error::io("cannot read", gone));
        }
        Ok(bytes::Bytes::copy_from_slice(&self.bytes[range.start as usize..range.end as usize]))
    }
}

#[test]
fn an_input_that_stops_being_readable() {
    let folder = Folder::new("unreadable");
    let (input, output) = (folder.file("in.tif"), folder.file("out.tif"));
    write(&input);
    std::fs::write(&output, b"before").unwrap();
    let bytes = std::fs::read(&input).unwrap();
    for workers in [1, 4] {
        let source = Failing { bytes: bytes.clone(), reads_left: AtomicU64::new(15) };
        let dataset = OpenOptions::new().threads(1).from_source(Arc::new(source)).unwrap();
        let error = Job::new(Simple(copy))
            .input(dataset)
            .output(Output::File(output.clone(), options()))
            .workers(workers)
            .run()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert!(error.location().window.is_some(), "{error}");
        assert!(error.to_string().contains("input 0"), "{error}");
        assert_eq!(std::fs::read(&output).unwrap(), b"before");
        assert_eq!(folder.names(), ["in.tif", "out.tif"]);
    }
}

#[test]
fn a_read_only_target_is_refused_before_anything_is_computed() {
    let folder = Folder::new("read-only");
    let output = folder.file("out.tif");
    std::fs::write(&output, b"before").unwrap();
    let mut permissions = std::fs::metadata(&output).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&output, permissions).unwrap();
    let never = |_: Vec<AnyArray>, _: &WindowContext| -> Result<AnyArray> { panic!("computed") };
    let error = Job::new(Simple(never))
        .input(MemoryRaster::new(array()))
        .output(Output::cog(&output))
        .run()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert!(error.to_string().contains("read-only") && error.to_string().contains("out.tif"), "{error}");
    assert_eq!(std::fs::read(&output).unwrap(), b"before");
    assert_eq!(folder.names(), ["out.tif"]);
}

#[test]
fn a_panicking_function_leaves_the_target_alone() {
    let folder = Folder::new("panic");
    let (input, output) = (folder.file("in.tif"), folder.file("out.tif"));
    write(&input);
    std::fs::write(&output, b"before").unwrap();
    for workers in [1, 3] {
        let function = |inputs: Vec<AnyArray>, context: &WindowContext| {
            assert!(context.index != 11, "window eleven is cursed");
            copy(inputs, context)
        };
        let error = Job::new(Simple(function))
            .input(Dataset::open(&input).unwrap())
            .output(Output::cog(&output))
            .workers(workers)
            .run()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Function);
        assert!(error.to_string().contains("window eleven is cursed"), "{error}");
        assert_eq!(std::fs::read(&output).unwrap(), b"before");
        assert_eq!(folder.names(), ["in.tif", "out.tif"]);
    }
}

/// A pipe whose reader went away, or a disk that is full.
struct Full {
    room: usize,
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.room == 0 {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        let taken = bytes.len().min(self.room);
        self.room -= taken;
        Ok(taken)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_output_without_room() {
    for room in [0, 1, 1000, 20_000] {
        let error = Job::new(Simple(copy))
            .input(MemoryRaster::new(array()))
            .output(Output::Stream(Box::new(Full { room }), options().with_compression(Compression::None)))
            .workers(2)
            .run()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    }
}

/// Slow windows finish last, fast ones first: the order in which windows arrive at the writer is shuffled.
#[test]
fn any_order_of_completion_gives_the_same_bytes() {
    let run = |workers: usize, seed: usize| {
        let function = move |inputs: Vec<AnyArray>, context: &WindowContext| {
            let pause = (context.index * 7919 + seed * 104_729) % 13;
            if workers > 1 {
                std::thread::sleep(std::time::Duration::from_micros(pause as u64 * 150));
            }
            copy(inputs, context)
        };
        let job = Job::new(Simple(function)).input(MemoryRaster::new(array()));
        let job = job.windows(Windows::Size(50, 40)).workers(workers).output(Output::Memory(options()));
        job.run().unwrap().bytes.unwrap()
    };
    let reference = run(1, 0);
    for (workers, seed) in [(2, 1), (4, 2), (8, 3), (8, 4)] {
        assert!(run(workers, seed) == reference, "{workers} workers");
    }
}
