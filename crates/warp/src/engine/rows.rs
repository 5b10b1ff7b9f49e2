//! The rows of a complete piece: all source pixels are there and valid.

use super::{
    Engine,
    piece::{Known, Scratch as PieceScratch, Target},
};
use crate::{
    mapping::{Piece, Places, TILE},
    pixel::{Fill, Pixel},
    resample::{
        Kernel,
        area::Footprint,
        lanes::{self, Lanes},
        view::SourceView,
    },
    resampling::Resampling,
    simd::{self, index, level},
};
use fearless_simd::dispatch;

/// Buffers that a worker keeps.
#[derive(Default)]
pub(crate) struct Scratch {
    line: Places,
    footprints: Vec<Footprint>,
    lanes: Vec<f64>,
    row: Vec<f64>,
    weights: [Vec<f64>; 2],
    many: (Vec<f64>, Vec<(f64, u32)>),
}

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

impl Engine<'_> {
    pub(super) fn rows<T: Pixel>(
        &self,
        known: &Known,
        piece: &Piece,
        view: &SourceView<'_, T>,
        target: &mut Target<'_, T>,
        fill: Fill<T>,
        scratch: &mut PieceScratch<T>,
    ) {
        match known.kernel {
            Kernel::Nearest => self.nearest(known, piece, view, target, fill, scratch),
            // Of samples that f64 cannot hold the very one is wanted.
            Kernel::Area(method) if !T::EXACT_IN_F64 && selects(method) => {
                self.sample_by_sample(known, piece, view, target, fill, scratch);
                return;
            }
            _ => match view.planes.len() {
                1 => self.lanes::<T, 1>(known, piece, view, target, fill, scratch),
                2 => self.lanes::<T, 2>(known, piece, view, target, fill, scratch),
                _ => self.lanes::<T, 4>(known, piece, view, target, fill, scratch),
            },
        }
        if let Some(mask) = &mut target.mask {
            mask.fill(255);
        }
    }

    /// Nearest, band by band from the source as it is.
    fn nearest<T: Pixel>(
        &self,
        known: &Known,
        piece: &Piece,
        view: &SourceView<'_, T>,
        target: &mut Target<'_, T>,
        fill: Fill<T>,
        scratch: &mut PieceScratch<T>,
    ) {
        let (stride, needs, width) = (view.stride, known.needs, piece.window.width);
        let first = (needs.row - view.window.row) as usize * stride + (needs.col - view.window.col) as usize;
        for r in 0..piece.window.height {
            let (places, at) = line(self, known, piece, r, &scratch.places, &mut scratch.rows.line);
            let (x, y) = places.row(at, width);
            let at = nearest_at(x, y, (needs.col, needs.row), stride);
            for band in 0..view.planes.len() {
                let plane = &view.planes[band][first..];
                for (out, at) in target.row(band, r).iter_mut().zip(&at) {
                    *out = fill.keep(plane[*at as usize]);
                }
            }
        }
    }

    /// The other methods, `L` bands at a time.
    fn lanes<T: Pixel, const L: usize>(
        &self,
        known: &Known,
        piece: &Piece,
        view: &SourceView<'_, T>,
        target: &mut Target<'_, T>,
        fill: Fill<T>,
        scratch: &mut PieceScratch<T>,
    ) {
        let (width, needs) = (piece.window.width, &known.needs);
        let turn = self.mapping.exact().turn();
        let rows = &mut scratch.rows;
        rows.row.resize(width * L, 0.0);
        for first in (0..view.planes.len()).step_by(L) {
            let count = L.min(view.planes.len() - first);
            lanes::interleave::<T, L>(view, first, needs, &mut rows.lanes);
            let pixels = rows.lanes[..needs.area() * L].as_chunks::<L>().0;
            let source = Lanes { pixels, window: *needs };
            for r in 0..piece.window.height {
                let out = rows.row.as_chunks_mut::<L>().0;
                let (places, at) = line(self, known, piece, r, &scratch.places, &mut rows.line);
                if known.kernel == Kernel::Bilinear {
                    let (x, y) = places.row(at, width);
                    source.bilinear(x, y, out);
                } else if known.kernel == Kernel::Cubic {
                    let (x, y) = places.row(at, width);
                    source.cubic(x, y, out);
                } else if let Kernel::Area(method) = known.kernel {
                    rows.footprints.clear();
                    rows.footprints.extend(
                        (at * width..(at + 1) * width).filter_map(|i| Footprint::new(places, i, turn)),
                    );
                    match method {
                        Resampling::Average => source.mean(false, &rows.footprints, out),
                        Resampling::Rms => source.mean(true, &rows.footprints, out),
                        _ => source.select(method, &rows.footprints, &mut rows.many, out),
                    }
                } else if let Kernel::Convolution(c) = &known.kernel {
                    let (x, y) = places.row(at, width);
                    match (c.is_fixed(), c.method) {
                        (true, Resampling::Lanczos) => source.convolve_fixed::<3>(c.method, x, y, out),
                        (true, _) => source.convolve_fixed::<2>(c.method, x, y, out),
                        (false, _) => source.convolve(c, x, y, &mut rows.weights, out),
                    }
                }
                for b in 0..count {
                    store(&rows.row, L, b, target.row(first + b, r), fill);
                }
            }
        }
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

/// Lane `lane` of a row of lanes as samples.
fn store<T: Pixel>(row: &[f64], lanes: usize, lane: usize, out: &mut [T], fill: Fill<T>) {
    dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
        for (out, pixel) in out.iter_mut().zip(row.chunks_exact(lanes)) {
            *out = fill.keep(T::store(pixel[lane]));
        }
    }));
}
