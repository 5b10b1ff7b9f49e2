//! Windows of a level: which blocks they need, and the blocks into the caller's arrays. Each block is decoded once, for all
//! bands, for pixels and validity.
//!
//! Three steps that know nothing of each other's business: [`cut`](WindowRead::cut) splits the arrays along the blocks,
//! `plan` looks up where these are, and [`Task::fill`] decodes one. Who fetches the bytes in between, and on which thread,
//! is decided elsewhere.

use super::block_table::BlockPlace;
use super::image::Image;
use super::scatter::scatter;
use crate::format::{BlockFormat, Interleave};
use crate::workspace::Buffers;
use ndarray::{Array3, ArrayView3, ArrayViewMut3, Axis, Slice};
use raster_core::{
    BlockIndex, Error, RasterInfo, Result, Sample, Window,
    validity::{self, Missing, Validity},
    with_type,
};
use std::{collections::BTreeMap, sync::Arc};

/// A window, and what is to be filled from it: pixels of shape (bands, rows, columns), the validity of the first bands.
pub(super) struct WindowRead<'a, T> {
    pub(super) window: Window,
    pub(super) pixels: Option<ArrayViewMut3<'a, T>>,
    pub(super) mask: Option<ArrayViewMut3<'a, u8>>,
}

/// Rows of a block that are scattered, and marked in its mask, in one go: what a core's cache of the second level holds.
const STRIP_BYTES: usize = 1 << 18;

/// Which image of a level a block belongs to: that of the mask, or of the pixels?
type OfMask = bool;

/// What is read from one plane of an image.
struct PlaneRead<'a, T> {
    of_mask: OfMask,
    plane: usize,
    /// Samples of a block's pixel, and where they go.
    pixels: Vec<(Arc<[usize]>, ArrayViewMut3<'a, T>)>,
    masks: Vec<MaskPart<'a>>,
}

/// Validity that follows from samples.
pub(super) struct MaskPart<'a> {
    rule: Validity,
    /// Samples of a block's pixel, one per band of `out`.
    samples: Arc<[usize]>,
    out: ArrayViewMut3<'a, u8>,
}

/// A block, and the parts of the caller's arrays that it fills.
pub(super) struct Task<'a, T> {
    pub(super) of_mask: OfMask,
    pub(super) block: BlockIndex,
    pub(super) plane: usize,
    window: Window,
    pixels: Vec<(Arc<[usize]>, ArrayViewMut3<'a, T>)>,
    masks: Vec<MaskPart<'a>>,
}

/// Bands to read, and where the validity of each is to be found.
pub(super) struct Wanted<'a> {
    pub(super) image: &'a Image,
    pub(super) mask: Option<&'a Image>,
    pub(super) info: &'a RasterInfo,
    /// Numbered from 1.
    pub(super) bands: &'a [usize],
}

impl Wanted<'_> {
    pub(super) fn image(&self, of_mask: OfMask) -> &Image {
        match self.mask {
            Some(mask) if of_mask => mask,
            _ => self.image,
        }
    }

    /// Where to look for the validity of the band at `i`.
    fn rule(&self, i: usize) -> Validity {
        match self.info.validity(self.bands[i]) {
            rule if rule.is_stored() && self.mask.is_none() => Validity::AllValid,
            rule => rule,
        }
    }

    /// The first place among the bands whose validity is the same as that of the band at `i`, where bands share it.
    pub(super) fn shared_with(&self, i: usize) -> Option<usize> {
        let rule = self.rule(i);
        if rule.is_shared() { (0..i).find(|&k| self.rule(k) == rule) } else { None }
    }

    /// The plane that has a band (from 0), and its place there.
    fn plane_of(&self, band: usize) -> (usize, usize) {
        match self.image.layout.interleave {
            Interleave::Pixel => (0, band),
            Interleave::Band | Interleave::Tile => (band, 0),
        }
    }

    /// The plane of the mask image that has the mask of a band (from 0) alone, and its place there.
    fn mask_plane_of(&self, band: usize) -> (usize, usize) {
        match self.image(true).layout.interleave {
            Interleave::Pixel => (0, band),
            Interleave::Band | Interleave::Tile => (band, 0),
        }
    }

    /// The planes that pixels and the validity of the first `masked` bands are read from.
    pub(super) fn planes(&self, pixels: bool, masked: usize) -> Vec<(OfMask, usize)> {
        let mut planes = Vec::new();
        if pixels {
            planes.extend(self.bands.iter().map(|b| (false, self.plane_of(b - 1).0)));
        }
        for i in 0..masked {
            match self.rule(i) {
                Validity::Nodata(_) => planes.push((false, self.plane_of(self.bands[i] - 1).0)),
                Validity::Alpha(alpha) => planes.push((false, self.plane_of(alpha - 1).0)),
                Validity::Stored => planes.push((true, 0)),
                Validity::StoredApart => planes.push((true, self.mask_plane_of(self.bands[i] - 1).0)),
                _ => {}
            }
        }
        planes.sort_unstable();
        planes.dedup();
        planes
    }

    /// What a block that is not stored holds: nodata, or 0.
    fn sparse_value<T: Sample>(&self) -> T {
        T::from_value(self.info.blank_sample())
    }

    /// The validity that a block that is not stored has.
    fn sparse_validity(&self, rule: Validity) -> u8 {
        let Validity::Nodata(nodata) = rule else { return 0 };
        with_type!(self.info.data_type, S => {
            let sparse = S::from_value(self.info.blank_sample());
            if Missing::<S>::new(Some(nodata)).is(sparse) { 0 } else { 255 }
        })
    }
}

impl<T: Sample> WindowRead<'_, T> {
    /// Split along the blocks. What needs no block is filled.
    pub(super) fn cut(&mut self, wanted: &Wanted<'_>) -> Vec<Task<'_, T>> {
        let window = self.window;
        let mut tasks = Vec::new();
        if wanted.bands.is_empty() {
            return tasks;
        }
        for read in self.by_plane(wanted) {
            let grid = &wanted.image(read.of_mask).layout.grid;
            let parts: Vec<(BlockIndex, Window)> = grid
                .touching(&window)
                .filter_map(|b| Some((b, grid.window(b).intersection(&window)?)))
                .collect();
            let first = tasks.len();
            tasks.extend(parts.iter().map(|&(block, window)| Task {
                of_mask: read.of_mask,
                block,
                plane: read.plane,
                window,
                pixels: Vec::new(),
                masks: Vec::new(),
            }));
            for (samples, view) in read.pixels {
                for (task, piece) in tasks[first..].iter_mut().zip(cut(view, &parts)) {
                    task.pixels.push((Arc::clone(&samples), piece));
                }
            }
            for MaskPart { rule, samples, out } in read.masks {
                for (task, out) in tasks[first..].iter_mut().zip(cut(out, &parts)) {
                    task.masks.push(MaskPart { rule, samples: Arc::clone(&samples), out });
                }
            }
        }
        tasks
    }

    fn by_plane(&mut self, wanted: &Wanted<'_>) -> Vec<PlaneRead<'_, T>> {
        let mut reads: BTreeMap<(OfMask, usize), PlaneRead<'_, T>> = BTreeMap::new();
        fn at<'r, 'a, T>(
            reads: &'r mut BTreeMap<(OfMask, usize), PlaneRead<'a, T>>,
            of_mask: OfMask,
            plane: usize,
        ) -> &'r mut PlaneRead<'a, T> {
            let new = || PlaneRead { of_mask, plane, pixels: Vec::new(), masks: Vec::new() };
            reads.entry((of_mask, plane)).or_insert_with(new)
        }
        let interleaved = wanted.image.layout.interleave == Interleave::Pixel;
        if let Some(pixels) = &mut self.pixels {
            if interleaved {
                let samples = wanted.bands.iter().map(|b| b - 1).collect();
                at(&mut reads, false, 0).pixels.push((samples, pixels.view_mut()));
            } else {
                for (band, out) in wanted.bands.iter().zip(pixels.axis_chunks_iter_mut(Axis(0), 1)) {
                    at(&mut reads, false, band - 1).pixels.push((Arc::new([0]), out));
                }
            }
        }
        let Some(mask) = &mut self.mask else { return reads.into_values().collect() };
        let masked = mask.dim().0;
        let mut rest = mask.view_mut();
        let mut i = 0;
        while i < masked {
            let rule = wanted.rule(i);
            // Bands that lie in the same blocks are marked together.
            let together = interleaved && matches!(rule, Validity::Nodata(_));
            let run = (i + 1..masked).take_while(|&k| together && wanted.rule(k) == rule).count() + 1;
            let (mut out, behind) = rest.split_at(Axis(0), run);
            rest = behind;
            let (of_mask, plane, samples): (OfMask, usize, Arc<[usize]>) = match rule {
                Validity::Nodata(_) => {
                    let bands = &wanted.bands[i..i + run];
                    let samples = bands.iter().map(|b| wanted.plane_of(b - 1).1).collect();
                    (false, wanted.plane_of(bands[0] - 1).0, samples)
                }
                Validity::Alpha(alpha) => {
                    let (plane, sample) = wanted.plane_of(alpha - 1);
                    (false, plane, Arc::new([sample]))
                }
                Validity::Stored => (true, 0, Arc::new([0])),
                Validity::StoredApart => {
                    let (plane, sample) = wanted.mask_plane_of(wanted.bands[i] - 1);
                    (true, plane, Arc::new([sample]))
                }
                _ => {
                    out.fill(255);
                    i += run;
                    continue;
                }
            };
            // What bands share is read into the place of the first one.
            if wanted.shared_with(i).is_none() {
                at(&mut reads, of_mask, plane).masks.push(MaskPart { rule, samples, out });
            }
            i += run;
        }
        reads.into_values().collect()
    }

    /// Copy the validity that bands share to all of them: the last step.
    pub(super) fn share(&mut self, wanted: &Wanted<'_>) {
        let Some(mask) = &mut self.mask else { return };
        for i in 0..mask.dim().0 {
            if let Some(first) = wanted.shared_with(i) {
                let (done, mut rest) = mask.view_mut().split_at(Axis(0), i);
                rest.index_axis_mut(Axis(0), 0).assign(&done.index_axis(Axis(0), first));
            }
        }
    }
}

/// The pieces of `view` along the blocks, whose parts come row by row.
fn cut<'a, T>(view: ArrayViewMut3<'a, T>, parts: &[(BlockIndex, Window)]) -> Vec<ArrayViewMut3<'a, T>> {
    let mut below = Some(view);
    let mut row_blocks: Option<(usize, ArrayViewMut3<'a, T>)> = None;
    let mut pieces = Vec::with_capacity(parts.len());
    for (block, part) in parts {
        // Cut off the rows of a new block row, then its columns.
        let row = match row_blocks.take() {
            Some((row, rest)) if row == block.row => Some(rest),
            _ => below.take().map(|view| {
                let (rows, rest) = view.split_at(Axis(1), part.height);
                below = Some(rest);
                rows
            }),
        };
        let Some(row) = row else { break };
        let (piece, right) = row.split_at(Axis(2), part.width);
        row_blocks = Some((block.row, right));
        pieces.push(piece);
    }
    pieces
}

impl<T: Sample> Task<'_, T> {
    /// Fill the parts of a block that is not stored.
    pub(super) fn fill_sparse(&mut self, wanted: &Wanted<'_>) {
        for (_, out) in &mut self.pixels {
            out.fill(wanted.sparse_value());
        }
        for part in &mut self.masks {
            part.out.fill(wanted.sparse_validity(part.rule));
        }
    }

    /// Decode a block and fill its parts.
    pub(super) fn fill(
        self,
        wanted: &Wanted<'_>,
        work: &mut Buffers,
        place: BlockPlace,
        blob: &[u8],
    ) -> Result<()> {
        let image = wanted.image(self.of_mask);
        let located = |e: Error| image.locate(e.at_offset(place.offset), self.block);
        image.decode(work, self.block, blob).map_err(located)?;
        let format = &image.layout.format;
        let part = self.window.relative_to(&image.layout.grid.full_window(self.block));
        // Samples that were asked for as pixels, in the type of the file, need not be looked up again for their validity; they are
        // marked in strips of rows, while they are in the processor's cache.
        let (mut pixels, mut masks) = (self.pixels, self.masks);
        let marked = masks.iter().any(|mask| !mask.rule.is_stored());
        let row_bytes =
            pixels.iter().map(|(samples, _)| samples.len()).sum::<usize>() * part.width * size_of::<T>();
        let rows = if marked { (STRIP_BYTES / row_bytes.max(1)).max(1) } else { part.height.max(1) };
        for top in (0..part.height).step_by(rows) {
            let rows = rows.min(part.height - top);
            let strip = Window { row: part.row + top as i64, height: rows, ..part };
            let of_strip = Slice::from(top..top + rows);
            for (samples, out) in &mut pixels {
                scatter(&work.pixels, format, &strip, samples, out.slice_axis_mut(Axis(1), of_strip));
            }
            for mask in &mut masks {
                let out = mask.out.slice_axis_mut(Axis(1), of_strip);
                let mut mask = MaskPart { rule: mask.rule, samples: Arc::clone(&mask.samples), out };
                let same_type = format.data_type == T::DATA_TYPE;
                let there = pixels.iter().filter(|_| same_type).find_map(|(samples, out)| {
                    let at = samples.windows(mask.samples.len()).position(|s| *s == *mask.samples)?;
                    let mut there = out.view();
                    there.slice_axis_inplace(Axis(0), Slice::from(at..at + mask.samples.len()));
                    there.slice_axis_inplace(Axis(1), of_strip);
                    Some(there)
                });
                match there {
                    _ if mask.rule.is_stored() => mask.mark_stored(&work.pixels, format, &strip),
                    Some(samples) => mask.mark(&samples),
                    None => mask.mark_decoded(&work.pixels, format, &strip),
                }
            }
        }
        Ok(())
    }
}

impl MaskPart<'_> {
    fn mark_stored(&mut self, decoded: &[u8], format: &BlockFormat, part: &Window) {
        scatter(decoded, format, part, &self.samples, self.out.view_mut());
        self.out.outer_iter_mut().for_each(|mut m| validity::of_stored(&mut m));
    }
    /// Mark from the block itself. Not generic: it does not depend on the type that the caller reads.
    fn mark_decoded(&mut self, decoded: &[u8], format: &BlockFormat, part: &Window) {
        with_type!(format.data_type, S => {
            let mut samples = Array3::from_elem(self.out.dim(), S::default());
            scatter(decoded, format, part, &self.samples, samples.view_mut());
            self.mark(&samples.view());
        });
    }
    fn mark<S: Sample>(&mut self, samples: &ArrayView3<'_, S>) {
        for (i, mut out) in self.out.outer_iter_mut().enumerate() {
            match self.rule {
                Validity::Nodata(nodata) => {
                    validity::of_samples(samples.index_axis(Axis(0), i), Some(nodata), &mut out);
                }
                _ => {
                    let alpha = samples.slice_axis(Axis(0), (i..i + 1).into());
                    validity::of_alpha(&S::erase_view(alpha), &mut out);
                }
            }
        }
    }
}
