//! One piece of the output: positions, source pixels, values, stored samples.

use super::{Engine, rows};
use crate::{
    mapping::{Piece, Places, TILE},
    pixel::{Fill, Pixel},
    resample::{
        Kernel,
        area::{self, Footprint},
        checked::{self, Outcome},
        sum::Totals,
        view::SourceView,
    },
};
use ndarray::{ArrayViewMut3, Axis};
use raster_core::{Result, Window};

/// Pieces of at most this many pixels are looked at pixel by pixel.
const SMALL: usize = 128;

/// Where a piece goes.
pub(crate) struct Target<'a, T> {
    pub(crate) pixels: ArrayViewMut3<'a, T>,
    /// Of the first bands, or of all.
    pub(crate) mask: Option<ArrayViewMut3<'a, u8>>,
}

/// Buffers that a worker keeps.
pub(crate) struct Scratch<T> {
    pub(super) places: Places,
    pub(super) rows: rows::Scratch,
    checked: checked::Scratch,
    area: area::Scratch<T>,
    totals: Totals,
}

impl<T: Pixel> Default for Scratch<T> {
    fn default() -> Self {
        Self {
            places: Places::default(),
            rows: rows::Scratch::default(),
            checked: checked::Scratch::default(),
            area: area::Scratch::default(),
            totals: Totals::default(),
        }
    }
}

/// What is known about a piece before its pixels are computed.
pub(super) struct Known {
    pub(super) kernel: Kernel,
    /// Positions are in the scratch; otherwise they are computed row by row.
    pub(super) stored: bool,
    /// Smallest and largest source column and row.
    range: [(f64, f64); 2],
    /// Source pixels that are needed.
    pub(super) needs: Window,
}

impl<T> Target<'_, T> {
    pub(super) fn row(&mut self, band: usize, row: usize) -> &mut [T] {
        // Output arrays are created here, in standard layout, so rows are contiguous.
        self.pixels
            .index_axis_mut(Axis(0), band)
            .index_axis_move(Axis(0), row)
            .into_slice()
            .unwrap_or_default()
    }
    fn mask_row(&mut self, band: usize, row: usize) -> Option<&mut [u8]> {
        let mask = self.mask.as_mut().filter(|m| band < m.dim().0)?;
        mask.index_axis_mut(Axis(0), band).index_axis_move(Axis(0), row).into_slice()
    }
    fn fill(&mut self, sample: T, valid: u8)
    where
        T: Copy,
    {
        self.pixels.fill(sample);
        if let Some(mask) = &mut self.mask {
            mask.fill(valid);
        }
    }
}

impl Engine<'_> {
    /// Compute one piece.
    pub(super) fn piece<T: Pixel>(
        &self,
        shared: Option<&SourceView<'_, T>>,
        piece: &Piece,
        mut target: Target<'_, T>,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        let Some(known) = self.know(piece, &mut scratch.places) else {
            target.fill(Fill::<T>::new(self.nodata).outside, 0);
            return Ok(());
        };
        if let Some(view) = shared
            && view.window.contains(&known.needs)
        {
            return self.with_view(&known, piece, view, target, scratch);
        }
        if self.samples(&known.needs) > self.window_limit {
            if piece.window.area() <= 1 {
                return Err(self.too_large(piece, &known.needs));
            }
            return self.halves(None, piece, target, scratch);
        }
        let loaded = self.loader.load::<T>(&known.needs)?;
        self.with_view(&known, piece, &loaded.view(), target, scratch)
    }

    /// Where a piece comes from; `None` when that is outside the source.
    fn know(&self, piece: &Piece, places: &mut Places) -> Option<Known> {
        let kernel = self.kernel(piece);
        let corners = kernel.wants_corners();
        // On a source that goes round the Earth the corners of one pixel may be at opposite ends.
        let cheap = if corners && self.limits().wraps { None } else { self.mapping.cheap_range(piece) };
        let range = match cheap {
            Some(range) => range,
            None if corners => {
                self.mapping.places(piece, true, places)?;
                self.footprint_range(piece, places)?
            }
            None => self.mapping.places(piece, false, places)?,
        };
        let needs = self.source_window(&kernel, range)?;
        Some(Known { kernel, stored: cheap.is_none(), range, needs })
    }

    /// With the pixels at hand. A piece with something missing is halved, until what has to be looked at
    /// pixel by pixel is small.
    fn with_view<T: Pixel>(
        &self,
        known: &Known,
        piece: &Piece,
        view: &SourceView<'_, T>,
        mut target: Target<'_, T>,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        let fill = Fill::new(self.nodata);
        if known.kernel == Kernel::Sum {
            scratch.totals.collect(self.mapping.exact(), view, &known.needs, &piece.window);
            let totals = &scratch.totals;
            self.each(piece, &mut target, fill, |band, pixel| {
                totals.get(band, pixel).map_or(Outcome::Outside, Outcome::Computed)
            });
        } else if self.complete(known, piece, view, &scratch.places) {
            self.rows(known, piece, view, &mut target, fill, scratch);
        } else if piece.window.area() > SMALL {
            return self.halves(Some(view), piece, target, scratch);
        } else {
            self.sample_by_sample(known, piece, view, &mut target, fill, scratch);
        }
        Ok(())
    }

    /// Is everything there that the kernel can touch: nothing cut off, no position missing, all valid?
    fn complete<T: Pixel>(
        &self,
        known: &Known,
        piece: &Piece,
        view: &SourceView<'_, T>,
        places: &Places,
    ) -> bool {
        let (rx, ry) = (known.kernel.reach().0 as f64, known.kernel.reach().1 as f64);
        let (limits, [x, y]) = (self.limits(), known.range);
        let cols = limits.wraps || x.0 - rx >= limits.cols.0 as f64 && x.1 + rx <= limits.cols.1 as f64;
        let inside = cols && y.0 - ry >= limits.rows.0 as f64 && y.1 + ry <= limits.rows.1 as f64;
        let count = piece.window.area();
        let finite = || {
            let corner = places.corner.as_ref().filter(|_| known.kernel.wants_corners());
            places.all_finite(count) && corner.is_none_or(|c| c.all_finite(count))
        };
        // Indices into the window have 32 bits.
        let countable = known.needs.height.saturating_mul(view.stride) < u32::MAX as usize;
        // A polynomial exists everywhere on its piece.
        inside && countable && (!known.stored || finite()) && all_valid(view, &known.needs)
    }

    /// The piece as two halves, each with a smaller part of the source.
    fn halves<T: Pixel>(
        &self,
        shared: Option<&SourceView<'_, T>>,
        piece: &Piece,
        target: Target<'_, T>,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        let w = piece.window;
        let (mut first, mut second) = (piece.clone(), piece.clone());
        let (along, at) = if w.width >= w.height {
            first.window.width = w.width / 2;
            (Axis(2), first.window.width)
        } else {
            first.window.height = w.height / 2;
            (Axis(1), first.window.height)
        };
        second.window = if along == Axis(2) {
            Window::new(w.col + at as i64, w.row, w.width - at, w.height)
        } else {
            Window::new(w.col, w.row + at as i64, w.width, w.height - at)
        };
        let (a, b) = target.pixels.split_at(along, at);
        let (ma, mb) = target.mask.map(|m| m.split_at(along, at)).unzip();
        self.piece(shared, &first, Target { pixels: a, mask: ma }, scratch)?;
        self.piece(shared, &second, Target { pixels: b, mask: mb }, scratch)
    }

    /// Range of the footprints of all pixels.
    fn footprint_range(&self, piece: &Piece, places: &Places) -> Option<[(f64, f64); 2]> {
        let turn = self.mapping.exact().turn();
        let mut range = [(f64::INFINITY, f64::NEG_INFINITY); 2];
        for i in 0..piece.window.area() {
            let f = Footprint::new(places, i, turn)?;
            // min and max leave NaN out.
            for (range, (p, q)) in range.iter_mut().zip([f.x, f.y]) {
                *range = (range.0.min(p).min(q), range.1.max(p).max(q));
            }
        }
        range.iter().all(|r| r.0 <= r.1).then_some(range)
    }

    pub(super) fn sample_by_sample<T: Pixel>(
        &self,
        known: &Known,
        piece: &Piece,
        view: &SourceView<'_, T>,
        target: &mut Target<'_, T>,
        fill: Fill<T>,
        scratch: &mut Scratch<T>,
    ) {
        let Scratch { places, checked, area, .. } = scratch;
        let corners = known.kernel.wants_corners();
        if !known.stored {
            self.mapping.places(piece, corners, places);
        }
        if let Kernel::Area(method) = known.kernel {
            let turn = self.mapping.exact().turn();
            self.each(piece, target, fill, |band, pixel| match Footprint::new(places, pixel, turn) {
                Some(footprint) => area::sample(method, view, band, &footprint, area),
                None => Outcome::Outside,
            });
        } else {
            self.each(piece, target, fill, |band, pixel| {
                checked::sample(&known.kernel, view, band, places.x[pixel], places.y[pixel], checked)
            });
        }
    }

    fn each<T: Pixel>(
        &self,
        piece: &Piece,
        target: &mut Target<'_, T>,
        fill: Fill<T>,
        mut outcome: impl FnMut(usize, usize) -> Outcome<T>,
    ) {
        let (width, height) = (piece.window.width, piece.window.height);
        for band in 0..self.loader.bands.len() {
            for r in 0..height {
                let mut valid = [0u8; TILE];
                for (c, out) in target.row(band, r).iter_mut().enumerate() {
                    (*out, valid[c]) = match outcome(band, r * width + c) {
                        Outcome::Copied(v) => (fill.keep(v), 255),
                        Outcome::Computed(v) => (fill.keep(T::store(v)), 255),
                        Outcome::Invalid => (fill.invalid, 0),
                        Outcome::Outside => (fill.outside, 0),
                    };
                }
                if let Some(mask) = target.mask_row(band, r) {
                    mask.copy_from_slice(&valid[..width]);
                }
            }
        }
    }
}

fn all_valid<T: Pixel>(view: &SourceView<'_, T>, window: &Window) -> bool {
    let Some(valid) = &view.valid else { return true };
    let start =
        (window.row - view.window.row) as usize * valid.stride + (window.col - view.window.col) as usize;
    valid.planes.iter().all(|plane| {
        (0..window.height).all(|r| plane[start + r * valid.stride..][..window.width].iter().all(|v| *v != 0))
    })
}
