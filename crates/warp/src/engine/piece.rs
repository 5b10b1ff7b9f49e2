//! One piece of the output: where it comes from, its source pixels, and how it is divided.

use super::{
    Engine,
    work::{Job, Known, Scratch, Target},
};
use crate::{
    mapping::{Piece, Places},
    pixel::{Fill, Pixel},
    resample::{Kernel, area::Footprint, view::SourceView},
};
use ndarray::Axis;
use raster_core::{Result, Window};

/// Pieces of at most this many pixels are looked at pixel by pixel.
const SMALL: usize = 128;

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
            for band in (0..self.loader.bands.len()).filter(|b| self.is_alpha(*b)) {
                (0..piece.window.height).for_each(|r| target.row(band, r).fill(T::default()));
            }
            return Ok(());
        };
        if let Some(view) = shared
            && view.window.contains(&known.needs)
        {
            return self.with_view(known, piece, view, target, scratch);
        }
        if self.is_missing::<T>(&known.needs) {
            target.fill(Fill::<T>::new(self.nodata).outside, 0);
            return Ok(());
        }
        if self.samples(&known.needs) > self.window_limit {
            if piece.window.area() <= 1 {
                return Err(self.too_large(piece, &known.needs));
            }
            return self.halves(None, piece, target, scratch);
        }
        let loaded = self.loader.load::<T>(&known.needs)?;
        self.with_view(known, piece, &loaded.view(), target, scratch)
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
        known: Known,
        piece: &Piece,
        view: &SourceView<'_, T>,
        target: Target<'_, T>,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        let mut job = Job { engine: self, piece, known, view, target };
        if job.known.kernel == Kernel::Sum {
            job.sums(scratch);
        } else if job.is_complete(&scratch.places) {
            job.rows(scratch);
        } else if piece.window.area() > SMALL {
            return self.halves(Some(view), piece, job.target, scratch);
        } else {
            job.pixel_by_pixel(scratch);
        }
        Ok(())
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
        let (a, b) = target.split_at(along, at);
        self.piece(shared, &first, a, scratch)?;
        self.piece(shared, &second, b, scratch)
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
}

impl<T: Pixel> Job<'_, '_, T> {
    /// Is everything there that the kernel can touch: nothing cut off, no position missing, all valid?
    fn is_complete(&self, places: &Places) -> bool {
        let Self { engine, known, piece, view, .. } = self;
        let (rx, ry) = (known.kernel.reach().0 as f64, known.kernel.reach().1 as f64);
        let (limits, [x, y]) = (engine.limits(), known.range);
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
}

fn all_valid<T: Pixel>(view: &SourceView<'_, T>, window: &Window) -> bool {
    let Some(valid) = &view.valid else { return true };
    let start =
        (window.row - view.window.row) as usize * valid.stride + (window.col - view.window.col) as usize;
    valid.planes.iter().zip(&valid.by_opacity).all(|(plane, by_opacity)| {
        let least = if *by_opacity { 255 } else { 1 };
        (0..window.height)
            .all(|r| plane[start + r * valid.stride..][..window.width].iter().all(|v| *v >= least))
    })
}
