//! One image of a file: its layout, its blocks, and reading a window of it.

use super::block_table::{BlockPlace, BlockTable};
use super::layout::ImageLayout;
use super::scatter::scatter;
use super::workers::{Worker, WorkerPool, run};
use crate::codec;
use crate::format::Interleave;
use crate::tiff::directory::{Directory, TiffFile};
use bytes::Bytes;
use ndarray::{ArrayViewMut3, Axis};
use raster_core::{BlockIndex, Error, Result, Sample, Window};
use std::ops::Range;

/// One image (the full resolution, an overview, a mask).
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) layout: ImageLayout,
    pub(crate) table: BlockTable,
}

/// What reading needs besides the image.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    pub(crate) file: &'a TiffFile,
    pub(crate) workers: &'a WorkerPool,
    /// Blocks decoded at once at most.
    pub(crate) threads: usize,
}

/// A block to decode, and the part of the caller's array that it fills.
struct Task<'a, T> {
    block: BlockIndex,
    place: BlockPlace,
    out: ArrayViewMut3<'a, T>,
}

impl Image {
    pub(crate) fn open(file: &TiffFile, directory: &Directory, warnings: &mut Vec<Error>) -> Result<Self> {
        let layout = ImageLayout::from_directory(file, directory)?;
        let table = BlockTable::new(file, directory, &layout, warnings)?;
        Ok(Self { layout, table })
    }

    /// Number of a block in the arrays of offsets.
    fn block_number(&self, block: BlockIndex, plane: usize) -> usize {
        plane * self.layout.grid.len() + block.row * self.layout.grid.columns() + block.col
    }

    /// Where a block is stored; `None` when it is not.
    pub(crate) fn place(
        &self,
        file: &TiffFile,
        block: BlockIndex,
        plane: usize,
    ) -> Result<Option<BlockPlace>> {
        self.table
            .place(file, self.block_number(block, plane), self.layout.stored_rows(block.row))
            .map_err(|e| e.in_directory(self.layout.directory).at_window(self.layout.grid.window(block)))
    }

    /// Read bands (from 0) of a window inside the image into `out` of shape (bands, rows, columns).
    /// Blocks that are not stored become `sparse`.
    pub(crate) fn read_into<T: Sample>(
        &self,
        reading: Reading<'_>,
        bands: &[usize],
        window: &Window,
        mut out: ArrayViewMut3<'_, T>,
        sparse: T,
    ) -> Result<()> {
        let mut tasks = Vec::new();
        match self.layout.interleave {
            Interleave::Pixel => self.plan(reading.file, 0, window, out.view_mut(), sparse, &mut tasks)?,
            Interleave::Band | Interleave::Tile => {
                for (&band, out) in bands.iter().zip(out.axis_chunks_iter_mut(Axis(0), 1)) {
                    self.plan(reading.file, band, window, out, sparse, &mut tasks)?;
                }
            }
        }
        let samples = if self.layout.interleave == Interleave::Pixel { bands } else { &[0] };
        // Neighbours in the file are fetched together.
        tasks.sort_by_key(|t| t.place.offset);
        let batches = batches(tasks, reading.file.source.fetch_size(), reading.threads);
        run(batches, reading.workers, reading.threads, |worker, batch| {
            self.read_batch(reading.file, worker, batch, window, samples)
        })
    }

    /// Cut `out` along the blocks of a plane that `window` touches; fill what is not stored.
    fn plan<'a, T: Sample>(
        &self,
        file: &TiffFile,
        plane: usize,
        window: &Window,
        mut out: ArrayViewMut3<'a, T>,
        sparse: T,
        tasks: &mut Vec<Task<'a, T>>,
    ) -> Result<()> {
        let mut row_blocks: Option<(usize, ArrayViewMut3<'a, T>)> = None;
        for block in self.layout.grid.touching(window) {
            let Some(part) = self.layout.grid.window(block).intersection(window) else { continue };
            // Blocks come row by row: cut off the rows of a new block row, then its columns.
            let mut rest = match row_blocks.take() {
                Some((row, rest)) if row == block.row => rest,
                _ => {
                    let (rows, below) = out.split_at(Axis(1), part.height);
                    out = below;
                    rows
                }
            };
            let (mut piece, right) = rest.split_at(Axis(2), part.width);
            rest = right;
            row_blocks = Some((block.row, rest));
            match self.place(file, block, plane)? {
                Some(place) => tasks.push(Task { block, place, out: piece }),
                None => piece.fill(sparse),
            }
        }
        Ok(())
    }

    /// Fetch the blocks of a batch together, decode each, scatter it.
    fn read_batch<T: Sample>(
        &self,
        file: &TiffFile,
        worker: &mut Worker,
        batch: Vec<Task<'_, T>>,
        window: &Window,
        samples: &[usize],
    ) -> Result<()> {
        let blobs = fetch(file, batch.iter().map(|t| t.place))?;
        for (task, blob) in batch.into_iter().zip(blobs) {
            let full = self.layout.grid.full_window(task.block);
            let shown = self.layout.grid.window(task.block);
            let located = |e: Error| {
                e.in_directory(self.layout.directory).at_offset(task.place.offset).at_window(shown)
            };
            self.decode(worker, task.block, &blob).map_err(located)?;
            let part = shown.intersection(window).unwrap_or(Window::new(0, 0, 0, 0)).relative_to(&full);
            scatter(&worker.decoded, &self.layout.format, &part, samples, task.out);
        }
        Ok(())
    }

    /// Decode a block into `worker.decoded`.
    fn decode(&self, worker: &mut Worker, block: BlockIndex, blob: &[u8]) -> Result<()> {
        let (format, rows) = (&self.layout.format, self.layout.stored_rows(block.row));
        codec::decode(format, blob, rows, &mut worker.decoded, &mut worker.scratch)?;
        if worker.decoded.len() == format.decoded_len(rows) {
            return Ok(());
        }
        Err(Error::internal(format!(
            "the {} decoder gave {} bytes for a block of {}",
            format.compression.name(),
            worker.decoded.len(),
            format.decoded_len(rows)
        )))
    }
}

/// Pieces of work: of about `fetch_size` stored bytes each, and enough of them to keep the threads busy.
fn batches<T>(tasks: Vec<Task<'_, T>>, fetch_size: u64, threads: usize) -> Vec<Vec<Task<'_, T>>> {
    let total: u64 = tasks.iter().map(|t| t.place.len).sum();
    // Chosen: four pieces per thread lose little when one piece takes longer than the others.
    let target = fetch_size.min(total / (4 * threads.max(1)) as u64).max(1);
    let mut batches = Vec::new();
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for task in tasks {
        if bytes >= target {
            batches.push(std::mem::take(&mut batch));
            bytes = 0;
        }
        bytes += task.place.len;
        batch.push(task);
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

/// The bytes of blocks that are sorted by offset, fetched by one call.
fn fetch(file: &TiffFile, places: impl Iterator<Item = BlockPlace>) -> Result<Vec<Bytes>> {
    let max_gap = file.source.max_gap();
    let mut ranges: Vec<Range<u64>> = Vec::new();
    let mut parts = Vec::new();
    for BlockPlace { offset, len } in places {
        let end = offset + len;
        match ranges.last_mut() {
            Some(last) if offset <= last.end.saturating_add(max_gap) => last.end = last.end.max(end),
            _ => ranges.push(offset..end),
        }
        parts.push((ranges.len() - 1, offset, len));
    }
    let fetched = file.source.read_ranges(&ranges)?;
    parts
        .into_iter()
        .map(|(range, offset, len)| {
            let start = (offset - ranges[range].start) as usize;
            match fetched.get(range) {
                Some(bytes) if start + len as usize <= bytes.len() => {
                    Ok(bytes.slice(start..start + len as usize))
                }
                _ => Err(Error::io(
                    "the source returned fewer bytes than asked for",
                    std::io::ErrorKind::UnexpectedEof.into(),
                )
                .at_offset(offset)),
            }
        })
        .collect()
}
