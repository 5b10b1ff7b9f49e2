//! What is known about a piece of the output, and what it is computed with.

use super::Engine;
use crate::{
    mapping::{Piece, Places},
    pixel::Pixel,
    resample::{
        Kernel,
        area::{self, Footprint},
        checked, runs,
        sum::Totals,
        view::SourceView,
    },
};
use ndarray::{ArrayViewMut3, Axis};
use raster_core::{Window, layout};

/// Bands that are computed together.
pub(super) const GROUP: usize = 4;

/// Where a piece goes. Rows are contiguous.
pub(super) struct Target<'a, T> {
    pub(super) pixels: ArrayViewMut3<'a, T>,
    /// Of the first bands, or of all.
    pub(super) mask: Option<ArrayViewMut3<'a, u8>>,
}

impl<'a, T> Target<'a, T> {
    pub(super) fn row(&mut self, band: usize, row: usize) -> &mut [T] {
        layout::samples_mut(self.pixels.index_axis_mut(Axis(0), band).index_axis_move(Axis(0), row))
    }
    pub(super) fn mask_row(&mut self, band: usize, row: usize) -> Option<&mut [u8]> {
        let mask = self.mask.as_mut().filter(|m| band < m.dim().0)?;
        Some(layout::samples_mut(mask.index_axis_mut(Axis(0), band).index_axis_move(Axis(0), row)))
    }
    pub(super) fn fill(&mut self, sample: T, valid: u8)
    where
        T: Copy,
    {
        self.pixels.fill(sample);
        if let Some(mask) = &mut self.mask {
            mask.fill(valid);
        }
    }
    pub(super) fn split_at(self, axis: Axis, at: usize) -> (Self, Self) {
        let (first, second) = self.pixels.split_at(axis, at);
        let (first_mask, second_mask) = self.mask.map(|m| m.split_at(axis, at)).unzip();
        (Self { pixels: first, mask: first_mask }, Self { pixels: second, mask: second_mask })
    }
    /// Cut along these columns and rows (first and last included), row by row.
    pub(super) fn tiles(self, cols: &[usize], rows: &[usize]) -> Vec<Self> {
        let mut tiles = Vec::with_capacity((cols.len() - 1) * (rows.len() - 1));
        let mut rest = self;
        for row in rows.windows(2) {
            let (mut line, below) = rest.split_at(Axis(1), row[1] - row[0]);
            for col in cols.windows(2) {
                let (tile, right) = line.split_at(Axis(2), col[1] - col[0]);
                tiles.push(tile);
                line = right;
            }
            rest = below;
        }
        tiles
    }
    /// The part of a tile that a window covers; `whole` is the tile's.
    pub(super) fn part<'b>(&'b mut self, whole: &Window, window: &Window) -> Target<'b, T>
    where
        'a: 'b,
    {
        Target {
            pixels: super::load::sub_window(&mut self.pixels, whole, window),
            mask: self.mask.as_mut().map(|m| super::load::sub_window(m, whole, window)),
        }
    }
}

/// What is known about a piece before its pixels are computed.
pub(super) struct Known {
    pub(super) kernel: Kernel,
    /// Positions are in the scratch; otherwise they are computed row by row.
    pub(super) stored: bool,
    /// Smallest and largest source column and row.
    pub(super) range: [(f64, f64); 2],
    /// Source pixels that are needed.
    pub(super) needs: Window,
}

/// A piece with its source pixels at hand.
pub(super) struct Job<'a, 't, T> {
    pub(super) engine: &'a Engine<'a>,
    pub(super) piece: &'a Piece,
    pub(super) known: Known,
    pub(super) view: &'a SourceView<'a, T>,
    pub(super) target: Target<'t, T>,
}

/// Buffers that a worker keeps.
pub(super) struct Scratch<T> {
    pub(super) places: Places,
    pub(super) rows: Rows,
    pub(super) checked: checked::Scratch,
    pub(super) area: area::Scratch<T>,
    pub(super) totals: Totals,
}

impl<T: Pixel> Default for Scratch<T> {
    fn default() -> Self {
        Self {
            places: Places::default(),
            rows: Rows::default(),
            checked: checked::Scratch::default(),
            area: area::Scratch::default(),
            totals: Totals::default(),
        }
    }
}

/// Those for complete pieces.
pub(super) struct Rows {
    pub(super) line: Places,
    pub(super) runs: runs::Row,
    /// Runs of all rows of a piece, by row.
    pub(super) copies: Vec<(usize, runs::Run)>,
    /// One band each, for runs.
    pub(super) planes: [Vec<f64>; GROUP],
    /// Bands side by side, and what else lanes need.
    pub(super) lanes: Vec<f64>,
    pub(super) footprints: Vec<Footprint>,
    pub(super) weights: [Vec<f64>; 2],
    pub(super) many: (Vec<f64>, Vec<(f64, u32)>),
    pub(super) row: Box<[f64; runs::PADDED]>,
    pub(super) side_by_side: Vec<f64>,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            line: Places::default(),
            runs: runs::Row::default(),
            copies: Vec::new(),
            planes: Default::default(),
            lanes: Vec::new(),
            footprints: Vec::new(),
            weights: Default::default(),
            many: Default::default(),
            row: Box::new([0.0; runs::PADDED]),
            side_by_side: Vec::new(),
        }
    }
}
