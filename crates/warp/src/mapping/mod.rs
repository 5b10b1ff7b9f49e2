//! Where output pixels come from.
//!
//! The output grid is cut into fixed tiles of 128 × 128 pixels. Over each the exact map is replaced by a
//! polynomial with a certified bound ([`Polynomial`]); where that cannot be had the tile is split, down to
//! pieces of 8 × 8 pixels, and those are mapped exactly. Since tiles and pieces lie on the grid and not in
//! the window that is read, no cut of the output changes a position.

mod chunks;
mod footprint;
mod pixel_map;
mod polynomial;
mod scanline;

use crate::options::Positions;
use crate::simd::{self, level};
pub(crate) use chunks::ChunkRule;
use chunks::{Chunk, chunks};
use fearless_simd::dispatch;
pub(crate) use pixel_map::PixelMap;
use polynomial::{Fit, Polynomial};
use raster_core::Window;
use scanline::Scanline;
use std::sync::Arc;

/// Side of a tile of the output grid, in pixels.
pub(crate) const TILE: usize = 128;
/// Pieces are not split below this side.
const SMALLEST: usize = 8;

/// The map of a whole output grid.
#[derive(Clone)]
pub(crate) struct Mapping {
    map: PixelMap,
    width: usize,
    height: usize,
    source: (usize, usize),
    positions: Positions,
    /// How GDAL cuts the output; empty unless its approximation is asked for.
    chunks: Arc<[Chunk]>,
    /// Output pixels per source pixel, where the caller has fixed it.
    scale: Option<(f64, f64)>,
}

/// A rectangle of output pixels and how its positions are found.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) window: Window,
    how: How,
    /// Output pixels per source pixel along source columns and rows; at most 1 (a larger one changes nothing).
    pub(crate) scale: (f64, f64),
}

#[derive(Clone, Debug)]
enum How {
    Polynomial(Box<Polynomial>),
    Exact,
    /// By GDAL's approximation along the rows of a chunk.
    Scanline {
        tolerance: f64,
        /// First column of the chunk, and how many it has.
        start: usize,
        width: usize,
    },
    Nowhere,
}

/// Source positions of the pixels of a piece, row by row: of centres, or of two corners.
#[derive(Default)]
pub(crate) struct Places {
    /// Of the centre, or of the upper left corner.
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
    /// Of the lower right corner.
    pub(crate) corner: Option<Box<Places>>,
}

/// Smallest and largest source column and row of some positions; `None` when there are none.
pub(crate) type Range = Option<[(f64, f64); 2]>;

impl Places {
    fn resize(&mut self, count: usize) {
        // Kept at its largest: everything is overwritten, nothing needs clearing.
        if self.x.len() < count {
            self.x.resize(count, 0.0);
            self.y.resize(count, 0.0);
        }
    }
    /// Is each of the first `count` positions a number?
    pub(crate) fn all_finite(&self, count: usize) -> bool {
        self.x[..count].iter().zip(&self.y[..count]).all(|(x, y)| (x + y).is_finite())
    }
    /// Columns and rows of one line of `width` positions.
    pub(crate) fn row(&self, row: usize, width: usize) -> (&[f64], &[f64]) {
        let part = row * width..(row + 1) * width;
        (&self.x[part.clone()], &self.y[part])
    }
}

impl Mapping {
    pub(crate) fn new(
        map: PixelMap,
        size: (usize, usize),
        source: (usize, usize),
        positions: Positions,
        scale: Option<(f64, f64)>,
        rule: &ChunkRule,
    ) -> Self {
        let chunks = match positions {
            Positions::GdalApproximation { memory, .. } => chunks(&map, size, source, memory, rule).into(),
            _ => Arc::default(),
        };
        Self { map, width: size.0, height: size.1, source, positions, chunks, scale }
    }

    pub(crate) fn exact(&self) -> &PixelMap {
        &self.map
    }

    /// The tiles that a window touches, clipped to it, row by row.
    pub(crate) fn tiles(window: &Window) -> (Vec<usize>, Vec<usize>) {
        let cuts = |start: i64, length: usize| {
            let (start, end) = (start as usize, start as usize + length);
            let inner = (start / TILE + 1..end.div_ceil(TILE)).map(|k| k * TILE);
            std::iter::once(start).chain(inner).chain(std::iter::once(end)).collect()
        };
        (cuts(window.col, window.width), cuts(window.row, window.height))
    }

    /// The pieces of the part of one tile that `window` covers (it does not cross a tile's border).
    pub(crate) fn pieces(&self, window: &Window) -> Vec<Piece> {
        let corner = |v: i64| v / TILE as i64 * TILE as i64;
        let (col, row) = (corner(window.col), corner(window.row));
        let tile = Window::new(col, row, TILE, TILE).crop(self.width, self.height);
        let scale = self.scale_over(&tile);
        let mut pieces = Vec::new();
        let whole = |how| vec![Piece { window: *window, how, scale }];
        match self.positions {
            Positions::Certified { tolerance } if !self.map.is_affine() => {
                self.split(&tile, window, tolerance, scale, &mut pieces);
                pieces
            }
            Positions::GdalApproximation { tolerance, .. } => self
                .chunks
                .iter()
                .filter_map(|chunk| {
                    let window = chunk.window.intersection(window)?;
                    let (start, width) = (chunk.window.col as usize, chunk.window.width);
                    let how = How::Scanline { tolerance, start, width };
                    Some(Piece { window, how, scale: self.scale.unwrap_or(chunk.scale) })
                })
                .collect(),
            _ => whole(How::Exact),
        }
    }

    fn split(&self, area: &Window, window: &Window, tolerance: f64, scale: (f64, f64), out: &mut Vec<Piece>) {
        let Some(part) = area.intersection(window) else { return };
        let how = match Polynomial::fit(&self.map, area, tolerance) {
            Fit::Certified(polynomial) => How::Polynomial(polynomial),
            // Only a small piece is believed to be empty: a larger one may hide something between its nodes.
            Fit::Nowhere if area.width.max(area.height) <= 2 * SMALLEST => How::Nowhere,
            _ if area.width.max(area.height) <= SMALLEST => How::Exact,
            _ => {
                let (w, h) = (area.width.div_ceil(2).max(1), area.height.div_ceil(2).max(1));
                for (col, width) in [(0, w), (w, area.width - w)] {
                    for (row, height) in [(0, h), (h, area.height - h)] {
                        let quarter =
                            Window::new(area.col + col as i64, area.row + row as i64, width, height);
                        self.split(&quarter, window, tolerance, scale, out);
                    }
                }
                return;
            }
        };
        out.push(Piece { window: part, how, scale });
    }

    /// Output pixels per source pixel in the middle of the output.
    pub(crate) fn overall_scale(&self) -> (f64, f64) {
        self.scale_over(&Window::whole(self.width, self.height))
    }

    /// Output pixels per source pixel, from the derivative in the middle of a tile.
    fn scale_over(&self, tile: &Window) -> (f64, f64) {
        if let Some(fixed) = self.scale {
            return fixed;
        }
        // The middle first, then other places, should the map not exist there.
        let places = [(0.5, 0.5), (0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)];
        let (mut x, mut y) = ([0.0; 20], [0.0; 20]);
        for (k, (u, v)) in places.into_iter().enumerate() {
            let (col, row) =
                (tile.col as f64 + u * tile.width as f64, tile.row as f64 + v * tile.height as f64);
            for (i, (dx, dy)) in [(-0.5, 0.0), (0.5, 0.0), (0.0, -0.5), (0.0, 0.5)].into_iter().enumerate() {
                (x[4 * k + i], y[4 * k + i]) = (col + dx, row + dy);
            }
        }
        self.map.to_source(&mut x, &mut y);
        let turn = self.map.turn().unwrap_or(f64::INFINITY);
        let size = |p: &[f64], turn: f64| {
            let step = |d: f64| d.abs().min((turn - d.abs()).abs());
            let scale = snap(1.0 / libm::hypot(step(p[1] - p[0]), step(p[3] - p[2])));
            // As good as the same: methods do not widen, everywhere or nowhere on an output of the same scale.
            if scale >= 0.95 { 1.0 } else { scale }
        };
        let scales =
            x.chunks_exact(4).zip(y.chunks_exact(4)).map(|(x, y)| (size(x, turn), size(y, f64::INFINITY)));
        scales.into_iter().find(|s| s.0.is_finite() && s.1.is_finite()).unwrap_or((1.0, 1.0))
    }

    /// The range of a piece whose rows are so cheap that they are best computed when they are used; all its
    /// positions are numbers.
    pub(crate) fn cheap_range(&self, piece: &Piece) -> Range {
        match &piece.how {
            How::Polynomial(p) if p.is_about(&piece.window) => Some([p.x_range, p.y_range]),
            How::Exact if self.map.is_monotone() => self.corner_range(&piece.window),
            _ => None,
        }
    }

    /// The range of a monotone map over a window: that of its corners.
    fn corner_range(&self, w: &Window) -> Range {
        let (left, top) = (w.col as f64, w.row as f64);
        let (right, bottom) = (w.end_col() as f64, w.end_row() as f64);
        let (mut x, mut y) = ([left, right, left, right], [top, top, bottom, bottom]);
        self.map.to_source(&mut x, &mut y);
        let exists = x.iter().chain(&y).all(|v| v.is_finite());
        if exists { Some([extent(&x)?, extent(&y)?]) } else { None }
    }

    /// One row of [`places`](Self::places), at the start of `out`.
    pub(crate) fn line(&self, piece: &Piece, row: usize, corners: bool, out: &mut Places) {
        let window = Window { row: piece.window.row + row as i64, height: 1, ..piece.window };
        self.all_points(&window, &piece.how, corners, out);
    }

    fn all_points(&self, window: &Window, how: &How, corners: bool, out: &mut Places) {
        if corners {
            self.points(window, how, 0.0, out);
            self.points(window, how, 1.0, out.corner.get_or_insert_default());
        } else {
            self.points(window, how, 0.5, out);
        }
    }

    /// Source positions of the pixel centres of a piece, or of the pixels' upper left and lower right corners.
    pub(crate) fn places(&self, piece: &Piece, corners: bool, out: &mut Places) -> Range {
        let w = &piece.window;
        match &piece.how {
            How::Nowhere => return None,
            how => self.all_points(w, how, corners, out),
        }
        if let How::Polynomial(p) = &piece.how
            && p.is_about(w)
        {
            return Some([p.x_range, p.y_range]);
        }
        let range = |p: &Places| Some([extent(&p.x[..w.area()])?, extent(&p.y[..w.area()])?]);
        match (range(out), out.corner.as_ref().filter(|_| corners).and_then(|c| range(c))) {
            (Some(a), Some(b)) => Some([0, 1].map(|i| (a[i].0.min(b[i].0), a[i].1.max(b[i].1)))),
            (a, b) => a.or(b),
        }
    }

    /// Source positions of the points `shift` pixels right of and below the pixels' upper left corners.
    fn points(&self, w: &Window, how: &How, shift: f64, out: &mut Places) {
        out.resize(w.area());
        for r in 0..w.height {
            let row = w.row as f64 + r as f64 + shift;
            let part = r * w.width..(r + 1) * w.width;
            let (x, y) = (&mut out.x[part.clone()], &mut out.y[part]);
            match how {
                How::Nowhere => {
                    x.fill(f64::NAN);
                    y.fill(f64::NAN);
                }
                How::Polynomial(p) => p.row(w.col as f64 + shift, row, x, y),
                &How::Scanline { tolerance, start, width } => {
                    let (map, source) = (&self.map, self.source);
                    let line = Scanline { map, start, width, source, tolerance, shift };
                    line.row(w.col as usize, row, x, y);
                }
                How::Exact => {
                    for (i, x) in x.iter_mut().enumerate() {
                        *x = w.col as f64 + i as f64 + shift;
                    }
                    y.fill(row);
                    self.map.to_source(x, y);
                }
            }
        }
    }

    /// What [`places`](Self::places) would say, without keeping the positions.
    pub(crate) fn range(&self, piece: &Piece, corners: bool, scratch: &mut Places) -> Range {
        match &piece.how {
            How::Polynomial(p) => Some([p.x_range, p.y_range]),
            How::Nowhere => None,
            _ => self.places(piece, corners, scratch),
        }
    }
}

/// GDAL's rule: a reduction that is within 0.05 of a whole factor is that factor.
fn snap(scale: f64) -> f64 {
    let factor = 1.0 / scale;
    let whole = (factor + 0.5).floor();
    if scale < 1.0 && (factor - whole).abs() < 0.05 { 1.0 / whole } else { scale }
}

/// Smallest and largest, leaving out what is not a number.
fn extent(values: &[f64]) -> Option<(f64, f64)> {
    // Several minima side by side, so that the loop vectorises.
    let (mut low, mut high) = ([f64::INFINITY; 8], [f64::NEG_INFINITY; 8]);
    let (blocks, rest) = values.as_chunks::<8>();
    dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
        for block in blocks {
            for k in 0..8 {
                let (v, finite) = (block[k], block[k].abs() < f64::INFINITY);
                low[k] = if finite && v < low[k] { v } else { low[k] };
                high[k] = if finite && v > high[k] { v } else { high[k] };
            }
        }
    }));
    let finite = rest.iter().copied().filter(|v| v.is_finite());
    let low = finite.clone().chain(low).fold(f64::INFINITY, f64::min);
    let high = finite.chain(high).fold(f64::NEG_INFINITY, f64::max);
    (low <= high).then_some((low, high))
}
