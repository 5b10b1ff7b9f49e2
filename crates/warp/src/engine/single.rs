//! Pieces where something is missing, and what has no faster way: pixel by pixel.

use super::work::{Job, Scratch};
use crate::{
    mapping::TILE,
    pixel::Pixel,
    resample::{
        Kernel,
        area::{self, Footprint},
        checked::{self, Outcome},
    },
};

impl<T: Pixel> Job<'_, '_, T> {
    /// Any kernel but sums.
    pub(super) fn pixel_by_pixel(&mut self, scratch: &mut Scratch<T>) {
        let Scratch { places, checked, area, .. } = scratch;
        let (kernel, view) = (self.known.kernel, self.view);
        if !self.known.stored {
            self.engine.mapping.places(self.piece, kernel.wants_corners(), places);
        }
        if let Kernel::Area(method) = kernel {
            let turn = self.engine.mapping.exact().turn();
            self.each(|band, pixel| match Footprint::new(places, pixel, turn) {
                Some(footprint) => area::sample(method, view, band, &footprint, area),
                None => Outcome::Outside,
            });
        } else {
            self.each(|band, pixel| {
                checked::sample(&kernel, view, band, places.x[pixel], places.y[pixel], checked)
            });
        }
    }

    /// Sums, which are made the other way round: from the source's pixels to the output's.
    pub(super) fn sums(&mut self, scratch: &mut Scratch<T>) {
        let totals = &mut scratch.totals;
        totals.collect(self.engine.mapping.exact(), self.view, &self.known.needs, &self.piece.window);
        self.each(|band, pixel| totals.get(band, pixel).map_or(Outcome::Outside, Outcome::Computed));
    }

    fn each(&mut self, mut outcome: impl FnMut(usize, usize) -> Outcome<T>) {
        let (width, height) = (self.piece.window.width, self.piece.window.height);
        for band in 0..self.engine.loader.bands.len() {
            let fill = self.engine.fill::<T>(band);
            for r in 0..height {
                let mut valid = [0u8; TILE];
                for (c, out) in self.target.row(band, r).iter_mut().enumerate() {
                    (*out, valid[c]) = match outcome(band, r * width + c) {
                        Outcome::Copied(v) => (fill.keep(v), 255),
                        Outcome::Computed(v) => (fill.keep(T::store(v)), 255),
                        Outcome::Invalid => (fill.invalid, 0),
                        Outcome::Outside => (fill.outside, 0),
                    };
                }
                if let Some(mask) = self.target.mask_row(band, r) {
                    mask.copy_from_slice(&valid[..width]);
                }
            }
        }
    }
}
