//! However windows are ordered, what waits in the writer stays within the memory that it was given: the peak of all
//! allocations, measured. One test alone in its process.

use geotiff_io::{CreateOptions, GeoTiffWriter, Overviews, Resampling};
use peak_alloc::PeakAlloc;
use raster_core::{AnyArray, DataType, RasterInfo, Window};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const SIDE: usize = 4096;
const BLOCK: usize = 128;
const KIB: usize = 1 << 10;

/// Write a raster of [`SIDE`]², window by window in an order that leaves gaps everywhere until the end; the peak of
/// what was allocated.
fn peak(resampling: Resampling, memory: usize) -> usize {
    let mut options = CreateOptions::cog().with_block_size(BLOCK).with_overviews(Overviews::Auto, resampling);
    (options.spool_memory, options.waiting_memory) = (0, memory);
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let writer = GeoTiffWriter::new(&RasterInfo::new(SIDE, SIDE, 1, DataType::U8), &options).unwrap();
    let pixels = AnyArray::zeros(DataType::U8, (1, BLOCK, BLOCK));
    let n = SIDE / BLOCK;
    // 7 has no factor in common with the number of blocks: every block once.
    for i in (0..n * n).map(|i| i * (n * 7 + 7) % (n * n)) {
        let window = Window::new((i % n * BLOCK) as i64, (i / n * BLOCK) as i64, BLOCK, BLOCK);
        writer.write_window(&window, &pixels.view()).unwrap();
    }
    writer.finish_into(&mut std::io::sink()).unwrap();
    ALLOCATOR.peak_usage() - before
}

#[test]
fn blocks_that_wait_stay_within_their_memory() {
    // 16 MiB of pixels. Beside what waits: one block at work and its neighbours, the codec's tables, buffers in front of
    // the two files, and the lists of blocks.
    for resampling in [Resampling::Average, Resampling::Cubic] {
        let small = peak(resampling, 256 * KIB);
        assert!(small < 3072 * KIB, "{resampling}: {} KiB", small / KIB);
        let large = peak(resampling, usize::MAX);
        assert!(large > 2 * small, "{resampling}: this order has nothing wait: {} KiB", large / KIB);
    }
}
