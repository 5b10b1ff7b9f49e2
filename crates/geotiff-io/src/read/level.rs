//! One resolution of a dataset as a source of pixels: an image, its mask, and what it says about itself.

use super::block_table::{BlockPlace, Page};
use super::image::Image;
use super::window::{Task, Wanted, WindowRead};
use super::workers::run;
use crate::tiff::directory::TiffFile;
use bytes::Bytes;
use ndarray::{Array3, ArrayViewMut3};
use parallel::Claim;
use raster_core::{
    AnyArray, Error, Masked, Parts, RasterInfo, RasterSource, Result, Sample, Size, Window, with_array,
    with_type,
};
use std::{
    collections::BTreeSet,
    ops::Range,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

/// What all resolutions of a dataset share.
pub(crate) struct Shared {
    pub(crate) file: TiffFile,
    pub(crate) path: Option<PathBuf>,
    /// Of the thread that fetches pages of a block index from far away: others that need the same ones wait for them.
    pub(crate) index: Mutex<Option<Arc<Claim>>>,
}

/// The claim of the thread that fetches pages of a block index. It ends in any case.
struct IndexClaim<'a>(Arc<Claim>, &'a Mutex<Option<Arc<Claim>>>);

impl Drop for IndexClaim<'_> {
    fn drop(&mut self) {
        *self.1.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.0.end();
    }
}

impl Shared {
    /// The right to fetch pages of the block index, or the claim of the thread that has it.
    fn claim_index(&self) -> std::result::Result<IndexClaim<'_>, Arc<Claim>> {
        let mut claim = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        match &*claim {
            Some(others) => Err(Arc::clone(others)),
            // Below all blocks that are made of the file's.
            None => Ok(IndexClaim(Arc::clone(claim.insert(Arc::new(Claim::new(0)))), &self.index)),
        }
    }
}

/// One resolution.
#[derive(Clone)]
pub(crate) struct Level {
    pub(crate) shared: Arc<Shared>,
    pub(crate) image: Arc<Image>,
    pub(crate) mask: Option<Arc<Image>>,
    /// The file that has the mask, where that is another one.
    pub(crate) mask_file: Option<Arc<Shared>>,
    /// The full resolution, where it has a mask and this one has none: what is missing there is missing here.
    pub(crate) full: Option<Arc<Level>>,
    pub(crate) info: Arc<RasterInfo>,
    /// Blocks decoded at once at most; 0 for as many as the reading thread's share.
    pub(crate) threads: usize,
}

/// Bytes of a mask of the full resolution that are read together for a smaller one (chosen: some rows of blocks of most rasters).
const MASK_BYTES: usize = 16 << 20;

/// Gives the bytes of ranges, in the order asked for.
pub(super) type Fetch<'a> = &'a (dyn Fn(&[Range<u64>]) -> Result<Vec<Bytes>> + Sync);

/// A page of the block index of the pixels, or of the mask, and where it is.
pub(super) struct MissingPage {
    of_mask: bool,
    page: Page,
    pub(super) range: Range<u64>,
}

/// A block that is stored, and the parts of the caller's arrays that it fills.
type Placed<'a, T> = (BlockPlace, Task<'a, T>);

impl Level {
    /// Blocks to decode at once: what a call asks for, else what the dataset was opened with.
    pub(super) fn threads(&self, asked: Option<usize>) -> usize {
        match asked.unwrap_or(self.threads) {
            0 => parallel::share(),
            n => n.min(parallel::share()),
        }
    }

    /// Name the file in an error.
    pub(crate) fn located(&self, error: Error) -> Error {
        match &self.shared.path {
            Some(path) => error.in_file(path),
            None => error,
        }
    }

    /// May an array of these sizes be allocated?
    fn check_array(&self, sizes: &[usize]) -> Result<()> {
        self.shared.file.limits.check_array(sizes).map_err(|e| self.located(e))
    }

    /// The file that has the pixels, or the mask.
    pub(super) fn shared_of(&self, of_mask: bool) -> &Shared {
        match &self.mask_file {
            Some(file) if of_mask => file,
            _ => &self.shared,
        }
    }

    pub(super) fn wanted<'a>(&'a self, bands: &'a [usize]) -> Wanted<'a> {
        Wanted { image: &self.image, mask: self.mask.as_deref(), info: &self.info, bands }
    }

    /// The pages of the block indexes that windows of these planes need and that have not been read.
    pub(super) fn missing_pages(
        &self,
        wanted: &Wanted<'_>,
        planes: &[(bool, usize)],
        windows: &[Window],
    ) -> Vec<MissingPage> {
        let mut missing = Vec::new();
        for of_mask in [false, true] {
            let image = wanted.image(of_mask);
            let mut pages = BTreeSet::new();
            for &(_, plane) in planes.iter().filter(|p| p.0 == of_mask) {
                windows.iter().for_each(|window| image.missing_pages(plane, window, &mut pages));
            }
            missing.extend(pages.into_iter().filter_map(|page| {
                let range = image.table.page_range(&self.shared_of(of_mask).file, page)?;
                Some(MissingPage { of_mask, page, range })
            }));
        }
        missing
    }

    /// Keep pages that were read.
    pub(super) fn set_pages(&self, wanted: &Wanted<'_>, pages: &[MissingPage], bytes: &[Bytes]) {
        for (missing, bytes) in pages.iter().zip(bytes) {
            let file = &self.shared_of(missing.of_mask).file;
            wanted.image(missing.of_mask).table.set_page(file, missing.page, bytes);
        }
    }

    /// Read all pages of the block indexes that are missing, by one call; by another one those of a mask in another file.
    fn load_index(
        &self,
        wanted: &Wanted<'_>,
        planes: &[(bool, usize)],
        windows: &[Window],
        fetch: Fetch<'_>,
    ) -> Result<()> {
        if let Some(beside) = &self.mask_file {
            let (of_mask, own): (Vec<_>, Vec<_>) = planes.iter().partition(|p| p.0);
            self.load_index_of(wanted, &own, windows, fetch)?;
            return self.load_index_of(wanted, &of_mask, windows, &|ranges| beside.file.fetch(ranges));
        }
        self.load_index_of(wanted, planes, windows, fetch)
    }
    fn load_index_of(
        &self,
        wanted: &Wanted<'_>,
        planes: &[(bool, usize)],
        windows: &[Window],
        fetch: Fetch<'_>,
    ) -> Result<()> {
        let local = self.shared.file.source.is_local();
        let mut may_wait = !local;
        loop {
            let missing = self.missing_pages(wanted, planes, windows);
            if missing.is_empty() {
                return Ok(());
            }
            let load = || -> Result<()> {
                let ranges: Vec<Range<u64>> = missing.iter().map(|m| m.range.clone()).collect();
                self.set_pages(wanted, &missing, &fetch(&ranges)?);
                Ok(())
            };
            if !may_wait {
                return if local { load() } else { parallel::alone(load) };
            }
            match self.shared.claim_index() {
                // What is missing was looked up before the claim: another may have brought it meanwhile.
                Ok(ours) if self.missing_pages(wanted, planes, windows).len() == missing.len() => {
                    return ours.0.keep(load);
                }
                Ok(_) => {}
                Err(others) => may_wait = others.wait(),
            }
        }
    }

    /// Read windows that lie inside, into arrays of the right shapes: the bytes of all of them are fetched together.
    pub(super) fn read_parts_together<T: Sample>(
        &self,
        bands: &[usize],
        reads: &mut [WindowRead<'_, T>],
        threads: Option<usize>,
    ) -> Result<()> {
        let fetch = |ranges: &[Range<u64>]| self.shared.file.fetch(ranges);
        self.read_windows_from(bands, reads, threads, &fetch).map_err(|e| self.located(e))
    }

    pub(super) fn read_windows_from<T: Sample>(
        &self,
        bands: &[usize],
        reads: &mut [WindowRead<'_, T>],
        threads: Option<usize>,
        fetch: Fetch<'_>,
    ) -> Result<()> {
        let wanted = self.wanted(bands);
        let masked = reads.iter().filter_map(|r| r.mask.as_ref()).map(|m| m.dim().0).max().unwrap_or(0);
        let planes = wanted.planes(reads.iter().any(|r| r.pixels.is_some()), masked);
        let windows: Vec<Window> = reads.iter().map(|r| r.window).collect();
        self.load_index(&wanted, &planes, &windows, fetch)?;
        let mut blocks: Vec<Placed<'_, T>> = Vec::new();
        for read in reads.iter_mut() {
            for mut task in read.cut(&wanted) {
                let image = wanted.image(task.of_mask);
                match image.place(&self.shared_of(task.of_mask).file, task.block, task.plane)? {
                    Some(place) => blocks.push((place, task)),
                    None => task.fill_sparse(&wanted),
                }
            }
        }
        // Neighbours in the file are fetched together.
        blocks.sort_by_key(|(place, _)| place.offset);
        let threads = self.threads(threads);
        match &self.mask_file {
            Some(beside) => {
                let (of_mask, own): (Vec<_>, Vec<_>) = blocks.into_iter().partition(|(_, task)| task.of_mask);
                self.fill(&self.shared, &wanted, own, threads, fetch)?;
                self.fill(beside, &wanted, of_mask, threads, &|ranges| beside.file.fetch(ranges))?;
            }
            None => self.fill(&self.shared, &wanted, blocks, threads, fetch)?,
        }
        for read in reads.iter_mut() {
            read.share(&wanted);
            if let (Some(full), Some(mask)) = (&self.full, &mut read.mask) {
                full.reduced_mask(bands, &read.window, self.info.size(), mask.view_mut())?;
            }
        }
        Ok(())
    }

    /// The validity of a window of a reduced image of size `size`: that of the pixel in the middle of each of its pixels.
    fn reduced_mask(
        &self,
        bands: &[usize],
        window: &Window,
        size: Size,
        mut mask: ArrayViewMut3<'_, u8>,
    ) -> Result<()> {
        let middle = |i: usize, of: usize, full: usize| {
            let at = (2 * i as u128 + 1) * full as u128 / (2 * of as u128);
            (at as usize).min(full - 1)
        };
        let (count, height, width) = mask.dim();
        if count * height * width == 0 {
            return Ok(());
        }
        let col = |c: usize| middle(window.col as usize + c, size.width, self.info.width);
        let row = |r: usize| middle(window.row as usize + r, size.height, self.info.height);
        let (left, right) = (col(0), col(width - 1) + 1);
        // Rows of blocks are decoded once; what is read at a time stays small.
        let most = (MASK_BYTES / (count * (right - left))).max(1);
        let mut done = 0;
        while done < height {
            let first = row(done);
            let next = (done + 1..height).find(|&r| row(r) - first >= most).unwrap_or(height);
            let part = Window::new(left as i64, first as i64, right - left, row(next - 1) + 1 - first);
            let full = self.read_mask_window(&bands[..count], &part)?;
            for r in done..next {
                for b in 0..count {
                    for c in 0..width {
                        mask[[b, r, c]] = full[[b, row(r) - first, col(c) - left]];
                    }
                }
            }
            done = next;
        }
        Ok(())
    }

    /// Fetch blocks of one file and fill what they belong to.
    fn fill<T: Sample>(
        &self,
        shared: &Shared,
        wanted: &Wanted<'_>,
        blocks: Vec<Placed<'_, T>>,
        threads: usize,
        fetch: Fetch<'_>,
    ) -> Result<()> {
        let source = &shared.file.source;
        if source.is_local() {
            // Each thread reads what it decodes. Four pieces per thread (chosen) lose little when one takes longer.
            let total: u64 = blocks.iter().map(|(place, _)| place.len).sum();
            let most = source.fetch_size().min(total / (4 * threads.max(1)) as u64);
            run(batches(blocks, most), threads, |work, batch| {
                let blobs = fetch(&ranges(&batch))?;
                let mut pairs = batch.into_iter().zip(blobs);
                pairs.try_for_each(|((place, task), blob)| task.fill(wanted, work, place, &blob))
            })?;
        } else {
            for batch in batches(blocks, source.fetch_size()) {
                let blobs = fetch(&ranges(&batch))?;
                run(batch.into_iter().zip(blobs).collect(), threads, |work, ((place, task), blob)| {
                    task.fill(wanted, work, place, &blob)
                })?;
            }
        }
        Ok(())
    }

    /// [`RasterSource::read_parts`] with a bound on threads.
    pub(crate) fn read_parts_on(
        &self,
        bands: &[usize],
        window: &Window,
        parts: Parts<'_>,
        threads: Option<usize>,
    ) -> Result<()> {
        parts.check(&self.info, bands, window).map_err(|e| self.located(e))?;
        let (window, mask) = (*window, parts.mask);
        match parts.pixels {
            Some(pixels) => with_array!(AnyViewMut, pixels, a => {
                self.read_parts_together(bands, &mut [WindowRead { window, pixels: Some(a), mask }], threads)
            }),
            None => self.read_parts_together::<u8>(
                bands,
                &mut [WindowRead { window, pixels: None, mask }],
                threads,
            ),
        }
    }

    /// Several windows, fetched together; masks without planes unless they are wanted.
    fn read_together(
        &self,
        bands: &[usize],
        windows: &[Window],
        masked: bool,
    ) -> Result<Vec<Masked<AnyArray>>> {
        let shape = |window: &Window| (bands.len(), window.height, window.width);
        for window in windows {
            self.info.check_read(bands, window, shape(window)).map_err(|e| self.located(e))?;
        }
        let area = windows.iter().fold(0usize, |sum, w| sum.saturating_add(w.height.saturating_mul(w.width)));
        self.check_array(&[bands.len(), area, self.info.data_type.size() + usize::from(masked)])?;
        with_type!(self.info.data_type, T => {
            let zeros = |window: &Window| {
                let (b, rows, cols) = shape(window);
                (Array3::from_elem((b, rows, cols), T::default()), Array3::zeros((if masked { b } else { 0 }, rows, cols)))
            };
            let mut arrays: Vec<_> = windows.iter().map(zeros).collect();
            let mut reads: Vec<WindowRead<'_, T>> = Vec::with_capacity(windows.len());
            for (window, (pixels, mask)) in windows.iter().zip(&mut arrays) {
                let mask = masked.then(|| mask.view_mut());
                reads.push(WindowRead { window: *window, pixels: Some(pixels.view_mut()), mask });
            }
            self.read_parts_together(bands, &mut reads, None)?;
            drop(reads);
            Ok(arrays.into_iter().map(|(pixels, mask)| Masked { data: pixels.into(), mask }).collect())
        })
    }

    /// The ranges of the file that hold windows, pixels and validity; their pages of the block index are read on the way.
    fn ranges_of(&self, bands: &[usize], windows: &[Window]) -> Result<Vec<Range<u64>>> {
        let wanted = self.wanted(bands);
        // A mask in another file is a local one, as this file then is.
        let planes = wanted.planes(true, if self.mask_file.is_some() { 0 } else { bands.len() });
        self.load_index(&wanted, &planes, windows, &|ranges| self.shared.file.fetch(ranges))?;
        let mut ranges = Vec::new();
        for &(of_mask, plane) in &planes {
            let image = wanted.image(of_mask);
            for block in windows.iter().flat_map(|w| image.layout.grid.touching(w)) {
                let place = image.place(&self.shared.file, block, plane)?;
                ranges.extend(place.map(|p| p.range()));
            }
        }
        Ok(ranges)
    }
}

/// Blocks in pieces of about `most` stored bytes.
fn batches<T>(blocks: Vec<Placed<'_, T>>, most: u64) -> Vec<Vec<Placed<'_, T>>> {
    let mut batches = Vec::new();
    let (mut batch, mut bytes) = (Vec::new(), 0u64);
    for block in blocks {
        if bytes >= most.max(1) {
            batches.push(std::mem::take(&mut batch));
            bytes = 0;
        }
        bytes = bytes.saturating_add(block.0.len);
        batch.push(block);
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

fn ranges<T>(batch: &[Placed<'_, T>]) -> Vec<Range<u64>> {
    batch.iter().map(|(place, _)| place.range()).collect()
}

impl RasterSource for Level {
    fn info(&self) -> &RasterInfo {
        &self.info
    }
    fn read_parts(&self, bands: &[usize], window: &Window, parts: Parts<'_>) -> Result<()> {
        self.read_parts_on(bands, window, parts, None)
    }
    fn is_blank(&self, bands: &[usize], window: &Window) -> bool {
        let stored_apart = |b: &usize| self.info.validity(*b).is_stored();
        if self.mask.is_none() && bands.iter().any(stored_apart) {
            // Without the mask all of it counts as valid.
            return false;
        }
        let wanted = self.wanted(bands);
        let planes = wanted.planes(true, bands.len());
        // A look at the index is all that it costs where the file is here; elsewhere only what was fetched is looked at.
        let fetch = |ranges: &[Range<u64>]| match self.shared.file.source.is_local() {
            true => self.shared.file.fetch(ranges),
            false => Err(Error::internal("not fetched yet")),
        };
        if self.load_index(&wanted, &planes, std::slice::from_ref(window), &fetch).is_err() {
            return false;
        }
        planes.iter().all(|&(of_mask, plane)| {
            let image = wanted.image(of_mask);
            let stored =
                |block| !matches!(image.place(&self.shared_of(of_mask).file, block, plane), Ok(None));
            !image.layout.grid.touching(window).any(stored)
        })
    }
    /// Tells the source of bytes which ranges these windows are in. Local files are not told.
    fn prefetch(&self, bands: &[usize], windows: &[Window]) {
        let file = &self.shared.file;
        let possible =
            windows.iter().all(|w| self.info.check_read(bands, w, (bands.len(), w.height, w.width)).is_ok());
        if file.source.is_local() || !possible {
            return;
        }
        // Whoever reads the windows meets the error again, and reports it.
        if let Ok(ranges) = self.ranges_of(bands, windows) {
            let ranges = file.unknown(&ranges);
            if !ranges.is_empty() {
                file.source.prefetch(&ranges);
            }
        }
    }
    fn read_window(&self, bands: &[usize], window: &Window) -> Result<AnyArray> {
        let shape = (bands.len(), window.height, window.width);
        self.info.check_read(bands, window, shape).map_err(|e| self.located(e))?;
        self.check_array(&[shape.0, shape.1, shape.2, self.info.data_type.size()])?;
        let mut out = AnyArray::zeros(self.info.data_type, shape);
        self.read_into(bands, window, out.view_mut())?;
        Ok(out)
    }
    fn read_mask_window(&self, bands: &[usize], window: &Window) -> Result<Array3<u8>> {
        let shape = (bands.len(), window.height, window.width);
        self.info.check_read(bands, window, shape).map_err(|e| self.located(e))?;
        self.check_array(&[shape.0, shape.1, shape.2])?;
        let mut out = Array3::zeros(shape);
        self.read_mask_into(bands, window, out.view_mut())?;
        Ok(out)
    }
    fn reads_together(&self) -> bool {
        !self.shared.file.source.is_local()
    }
    fn read_windows(&self, bands: &[usize], windows: &[Window]) -> Result<Vec<AnyArray>> {
        Ok(self.read_together(bands, windows, false)?.into_iter().map(|read| read.data).collect())
    }
    fn read_masked_windows(&self, bands: &[usize], windows: &[Window]) -> Result<Vec<Masked<AnyArray>>> {
        self.read_together(bands, windows, true)
    }
    fn read_masked(&self, bands: &[usize], window: &Window) -> Result<Masked<AnyArray>> {
        let shape = (bands.len(), window.height, window.width);
        self.info.check_read(bands, window, shape).map_err(|e| self.located(e))?;
        self.check_array(&[shape.0, shape.1, shape.2, self.info.data_type.size() + 1])?;
        let mut read =
            Masked { data: AnyArray::zeros(self.info.data_type, shape), mask: Array3::zeros(shape) };
        self.read_masked_into(bands, window, read.data.view_mut(), read.mask.view_mut())?;
        Ok(read)
    }
}
