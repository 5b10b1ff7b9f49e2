//! Where on the output a source lies.

use super::Mapping;
use crate::options::Positions;
use raster_core::Window;

/// Samples along each side of the source, chosen: with 21 a tile of an UTM zone is known to a fraction of a pixel, and a thousand
/// sources take a tenth of a second.
const SIDE: usize = 21;

impl Mapping {
    /// A window of the output outside of which no pixel comes from the source: its outline and a margin. All of the output, where
    /// the outline does not tell: positions that do not exist, a map that tears, folds or winds (poles, antimeridian), or
    /// that bends too much between samples. `radius` is the reach of the resampling in pixels.
    pub(crate) fn footprint(&self, radius: f64) -> Window {
        let whole = Window::whole(self.width, self.height);
        // Approximated positions may be wrong by more than any outline says.
        if matches!(self.positions, Positions::GdalApproximation { .. }) {
            return whole;
        }
        let size = (self.source.0 as f64, self.source.1 as f64);
        // A raster that goes round the Earth is everywhere.
        if self.map.turn().is_some_and(|turn| size.0 > 0.9 * turn) {
            return whole;
        }
        let step = 1.0 / (SIDE - 1) as f64;
        let places = (0..SIDE * SIDE).map(|i| ((i % SIDE) as f64 * step, (i / SIDE) as f64 * step));
        let (mut x, mut y): (Vec<f64>, Vec<f64>) = places.map(|(u, v)| (u * size.0, v * size.1)).unzip();
        self.map.to_destination(&mut x, &mut y);
        if !x.iter().chain(&y).all(|v| v.is_finite()) || !keeps_orientation(&x, &y) {
            return whole;
        }
        let (Some(cols), Some(rows)) = (span(&x, radius, size), span(&y, radius, size)) else { return whole };
        // Longitudes come back after a turn.
        let cols = if self.map.destination_turn().is_some() { (0, self.width as i64) } else { cols };
        let found = Window::new(cols.0, rows.0, (cols.1 - cols.0) as usize, (rows.1 - rows.0) as usize);
        found.intersection(&whole).unwrap_or(Window::new(0, 0, 0, 0))
    }
}

/// First and end of one coordinate's range, with a margin; `None` where it is not smooth.
fn span(values: &[f64], radius: f64, size: (f64, f64)) -> Option<(i64, i64)> {
    let at = |col: usize, row: usize| values[row * SIDE + col];
    let (mut step, mut bend) = (0.0f64, 0.0f64);
    for a in 0..SIDE {
        for b in 0..SIDE - 1 {
            step = step.max((at(b + 1, a) - at(b, a)).abs()).max((at(a, b + 1) - at(a, b)).abs());
        }
        for b in 1..SIDE - 1 {
            let along = at(b - 1, a) - 2.0 * at(b, a) + at(b + 1, a);
            let across = at(a, b - 1) - 2.0 * at(a, b) + at(a, b + 1);
            bend = bend.max(along.abs()).max(across.abs());
        }
    }
    // A tear is as large as a step of its own.
    if bend > 0.25 * step {
        return None;
    }
    // Output pixels per source pixel, where sources are magnified.
    let scale = step * (SIDE - 1) as f64 / size.0.min(size.1).max(1.0);
    // Between samples a smooth line leaves its chord by an eighth of the second difference.
    let margin = 2.0 * bend + (radius + 2.0) * scale.max(1.0) + 2.0;
    let (low, high) =
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    // Casts saturate; a little inside of the range of numbers, so that the length is one.
    let bound = |v: f64| (v as i64).clamp(-(1 << 60), 1 << 60);
    Some((bound((low - margin).floor()), bound((high + margin).ceil())))
}

/// Do all cells between samples lie the same way round?
fn keeps_orientation(x: &[f64], y: &[f64]) -> bool {
    let cross = |o: usize, a: usize, b: usize| (x[a] - x[o]) * (y[b] - y[o]) - (x[b] - x[o]) * (y[a] - y[o]);
    let mut signs = (0..(SIDE - 1) * (SIDE - 1)).flat_map(|i| {
        let first = i / (SIDE - 1) * SIDE + i % (SIDE - 1);
        let last = first + SIDE + 1;
        [cross(first, first + 1, first + SIDE), cross(last, last - 1, last - SIDE)]
    });
    let Some(first) = signs.next().filter(|c| *c != 0.0) else { return false };
    signs.all(|c| c * first > 0.0)
}
