//! The rows of a complete piece: all source pixels are there and valid.
//!
//! A row whose source pixels follow each other is computed a vector at a time ([`runs`]), any other pixel by pixel
//! ([`lanes`]); both give the same bits. The source is turned into f64 for either when it is first wanted.

use super::{
    Engine,
    work::{GROUP, Job, Known, Scratch},
};
use crate::{
    mapping::{Piece, Places, TILE},
    pixel::{Fill, Pixel},
    resample::{
        Kernel,
        area::Footprint,
        lanes::{self, Lanes},
        runs::{self, Origin},
    },
    simd::{self, index, level},
};
use fearless_simd::dispatch;
use raster_core::Resampling;

/// The positions of one row, from the scratch or computed now.
fn line<'a>(
    engine: &Engine<'_>,
    known: &Known,
    piece: &Piece,
    row: usize,
    stored: &'a Places,
    line: &'a mut Places,
) -> (&'a Places, usize) {
    if known.stored {
        return (stored, row);
    }
    engine.mapping.line(piece, row, known.kernel.wants_corners(), line);
    (line, 0)
}

impl<T: Pixel> Job<'_, '_, T> {
    pub(super) fn rows(&mut self, scratch: &mut Scratch<T>) {
        match self.known.kernel {
            Kernel::Nearest => self.nearest(scratch),
            // Of samples that f64 cannot hold the very one is wanted.
            Kernel::Area(method) if !T::EXACT_IN_F64 && selects(method) => {
                self.pixel_by_pixel(scratch);
                return;
            }
            _ => match self.view.planes.len() {
                1 => self.computed::<1>(scratch),
                2 => self.computed::<2>(scratch),
                _ => self.computed::<GROUP>(scratch),
            },
        }
        if let Some(mask) = &mut self.target.mask {
            mask.fill(255);
        }
    }

    /// Nearest, band by band from the source as it is.
    fn nearest(&mut self, scratch: &mut Scratch<T>) {
        let Self { engine, piece, known, view, target } = self;
        let fills: Vec<Fill<T>> = (0..view.planes.len()).map(|b| engine.fill(b)).collect();
        let (stride, needs, width) = (view.stride, known.needs, piece.window.width);
        let first = (needs.row - view.window.row) as usize * stride + (needs.col - view.window.col) as usize;
        // What is nodata in the source as well cannot be among its valid samples.
        let never_nodata = fills
            .iter()
            .zip(engine.loader.bands)
            .all(|(fill, &b)| fill.leaves() || fill.is_nodata(engine.loader.nodata_of::<T>(b)));
        let rows = &mut scratch.rows;
        rows.copies.clear();
        for r in 0..piece.window.height {
            let (places, at) = line(engine, known, piece, r, &scratch.places, &mut rows.line);
            let (x, y) = places.row(at, width);
            if rows.runs.nearest(x, y, Origin::new(&needs, stride)) {
                rows.copies.extend(rows.runs.runs().iter().map(|run| (r, *run)));
                continue;
            }
            let at = nearest_at(x, y, (needs.col, needs.row), stride);
            for (band, plane) in view.planes.iter().enumerate() {
                for (out, at) in target.row(band, r).iter_mut().zip(&at) {
                    *out = plane[first + *at as usize];
                }
            }
        }
        // With nothing computed between them, copies wait for memory together and not one after the other.
        for (band, plane) in view.planes.iter().enumerate() {
            for (r, run) in &rows.copies {
                let part = &plane[first + run.at..][..run.end - run.start];
                target.row(band, *r)[run.start..run.end].copy_from_slice(part);
            }
        }
        if !never_nodata {
            for (band, r) in
                (0..view.planes.len()).flat_map(|b| (0..piece.window.height).map(move |r| (b, r)))
            {
                fills[band].keep_all(target.row(band, r));
            }
        }
    }

    /// The other methods, up to `L` bands at a time.
    fn computed<const L: usize>(&mut self, scratch: &mut Scratch<T>) {
        let Self { engine, piece, known, view, target } = self;
        let fills: Vec<Fill<T>> = (0..view.planes.len()).map(|b| engine.fill(b)).collect();
        let (width, needs) = (piece.window.width, &known.needs);
        let origin = Origin::new(needs, needs.width);
        let wraps = engine.limits().wraps;
        let rows = &mut scratch.rows;
        rows.side_by_side.resize(width * L, 0.0);
        for first in (0..view.planes.len()).step_by(L) {
            let count = L.min(view.planes.len() - first);
            let (mut planes_are_made, mut lanes_are_made) = (false, false);
            for r in 0..piece.window.height {
                let (places, at) = line(engine, known, piece, r, &scratch.places, &mut rows.line);
                if find_runs((&known.kernel, wraps), (places, at), width, origin, &mut rows.runs) {
                    if !planes_are_made {
                        for (b, plane) in rows.planes[..count].iter_mut().enumerate() {
                            lanes::interleave::<T, 1>(view, first + b, needs, plane, runs::BEYOND);
                        }
                        planes_are_made = true;
                    }
                    for (b, plane) in rows.planes[..count].iter().enumerate() {
                        rows.runs.compute(&known.kernel, plane, needs.width, &mut rows.row);
                        store::<T, 1>(&rows.row[..width], 0, target.row(first + b, r), fills[first + b]);
                    }
                } else {
                    if !lanes_are_made {
                        lanes::interleave::<T, L>(view, first, needs, &mut rows.lanes, 0);
                        lanes_are_made = true;
                    }
                    let pixels = rows.lanes[..needs.area() * L].as_chunks::<L>().0;
                    let source = Lanes { pixels, window: *needs };
                    let out = rows.side_by_side.as_chunks_mut::<L>().0;
                    let (x, y) = places.row(at, width);
                    match &known.kernel {
                        Kernel::Bilinear => source.bilinear(x, y, out),
                        Kernel::Cubic => source.cubic(x, y, out),
                        Kernel::Area(method) => {
                            let turn = engine.mapping.exact().turn();
                            let pixels = at * width..(at + 1) * width;
                            rows.footprints.clear();
                            rows.footprints.extend(pixels.filter_map(|i| Footprint::new(places, i, turn)));
                            match method {
                                Resampling::Average => source.mean(false, &rows.footprints, out),
                                Resampling::Rms => source.mean(true, &rows.footprints, out),
                                _ => source.select(*method, &rows.footprints, &mut rows.many, out),
                            }
                        }
                        Kernel::Convolution(c) => match (c.is_fixed(), c.method) {
                            (true, Resampling::Lanczos) => source.convolve_fixed::<3>(c.method, x, y, out),
                            (true, _) => source.convolve_fixed::<2>(c.method, x, y, out),
                            (false, _) => source.convolve(c, x, y, &mut rows.weights, out),
                        },
                        Kernel::Nearest | Kernel::Sum => {}
                    }
                    for b in 0..count {
                        store::<T, L>(&rows.side_by_side, b, target.row(first + b, r), fills[first + b]);
                    }
                }
            }
        }
    }
}

/// Find the runs of one row; false when there are none worth the name.
fn find_runs(
    (kernel, wraps): (&Kernel, bool),
    (places, row): (&Places, usize),
    width: usize,
    origin: Origin,
    runs: &mut runs::Row,
) -> bool {
    let (x, y) = places.row(row, width);
    match (kernel, &places.corner) {
        // Round the Earth the two corners of a pixel may be far apart.
        (Kernel::Area(_), _) if wraps => false,
        (Kernel::Area(method), Some(corner)) => {
            let (right, lower) = corner.row(row, width);
            runs.areas(*method, [x, right], [y, lower], origin)
        }
        (kernel, _) => runs.points(kernel, x, y, origin),
    }
}

fn selects(method: Resampling) -> bool {
    !matches!(method, Resampling::Average | Resampling::Rms)
}

/// Indices of the pixels that contain the positions.
fn nearest_at(x: &[f64], y: &[f64], origin: (i64, i64), stride: usize) -> [u32; TILE] {
    let mut at = [0u32; TILE];
    let (col, row, stride) = (origin.0 as f64, origin.1 as f64, stride as u32);
    dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
        for ((at, x), y) in at.iter_mut().zip(x).zip(y) {
            *at = index((y + 1e-10).floor() - row) * stride + index((x + 1e-10).floor() - col);
        }
    }));
    at
}

/// Lane `lane` of a row of `L` lanes as samples.
fn store<T: Pixel, const L: usize>(row: &[f64], lane: usize, out: &mut [T], fill: Fill<T>) {
    dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
        for (out, pixel) in out.iter_mut().zip(row.as_chunks::<L>().0) {
            *out = fill.keep(T::store(pixel[lane]));
        }
    }));
}
