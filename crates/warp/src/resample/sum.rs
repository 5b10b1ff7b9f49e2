//! Sum: each source pixel is laid over the output and its value shared out by area, so that totals are kept.

use super::view::SourceView;
use crate::{mapping::PixelMap, pixel::Pixel};
use raster_core::Window;

/// Overlaps below this part of an output pixel are slivers of rounding, not coverage.
const SLIVER: f64 = 1e-10;

/// Totals and covered areas of a piece, by band, row and column.
#[derive(Default)]
pub(crate) struct Totals {
    sum: Vec<f64>,
    area: Vec<f64>,
    size: usize,
}

type Point = (f64, f64);

impl Totals {
    /// The total of an output sample; `None` where nothing valid falls.
    pub(crate) fn get(&self, band: usize, pixel: usize) -> Option<f64> {
        let at = band * self.size + pixel;
        (self.area[at] > 0.0).then(|| self.sum[at])
    }

    /// Lay all source pixels of `from` over the output pixels of `piece`, in reading order: what an output
    /// pixel gets does not depend on what else is computed.
    pub(crate) fn collect<T: Pixel>(
        &mut self,
        map: &PixelMap,
        source: &SourceView<'_, T>,
        from: &Window,
        piece: &Window,
    ) {
        let bands = source.planes.len();
        self.size = piece.area();
        for v in [&mut self.sum, &mut self.area] {
            v.clear();
            v.resize(bands * self.size, 0.0);
        }
        let turn = map.destination_turn();
        let mut above = Corners::new(map, from, from.row);
        for row in from.row..from.end_row() {
            let below = Corners::new(map, from, row + 1);
            for (i, col) in (from.col..from.end_col()).enumerate() {
                let mut quad = [above.at(i), above.at(i + 1), below.at(i + 1), below.at(i)];
                if let Some(turn) = turn {
                    bring_together(&mut quad, turn, piece);
                }
                self.share(source, (col, row), &quad, piece);
            }
            above = below;
        }
    }

    fn share<T: Pixel>(
        &mut self,
        source: &SourceView<'_, T>,
        pixel: (i64, i64),
        quad: &[Point; 4],
        piece: &Window,
    ) {
        let whole = area(quad);
        // A quad with a corner that does not exist has no area that can be compared.
        if !(whole > 0.0 && whole.is_finite()) {
            return;
        }
        let range = |v: [f64; 4], start: i64, length: usize| {
            let (low, high) =
                v.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
            let end = start + length as i64;
            (low.floor().max(start as f64) as i64, high.ceil().min(end as f64) as i64)
        };
        let (left, right) = range(quad.map(|p| p.0), piece.col, piece.width);
        let (top, bottom) = range(quad.map(|p| p.1), piece.row, piece.height);
        for row in top..bottom {
            for col in left..right {
                let shared = area(&clip(quad, col as f64, row as f64));
                if shared <= SLIVER {
                    continue;
                }
                let at = (row - piece.row) as usize * piece.width + (col - piece.col) as usize;
                for band in 0..source.planes.len() {
                    if source.is_valid(band, pixel.0, pixel.1) {
                        let at = band * self.size + at;
                        self.sum[at] += source.value(band, pixel.0, pixel.1) * (shared / whole);
                        self.area[at] += shared;
                    }
                }
            }
        }
    }
}

/// Output positions of one row of source pixel corners.
struct Corners {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Corners {
    fn new(map: &PixelMap, from: &Window, row: i64) -> Self {
        let mut x: Vec<f64> = (from.col..=from.end_col()).map(|c| c as f64).collect();
        let mut y = vec![row as f64; x.len()];
        map.to_destination(&mut x, &mut y);
        Self { x, y }
    }
    fn at(&self, i: usize) -> Point {
        (self.x[i], self.y[i])
    }
}

/// On an output that goes round the Earth: all corners on one side, and that side the piece's.
fn bring_together(quad: &mut [Point; 4], turn: f64, piece: &Window) {
    let middle = piece.col as f64 + 0.5 * piece.width as f64;
    let anchor = quad[0].0 - turn * ((quad[0].0 - middle) / turn).round();
    for p in quad {
        p.0 -= turn * ((p.0 - anchor) / turn).round();
    }
}

/// Area of a polygon.
fn area(points: &[Point]) -> f64 {
    let next = points.iter().cycle().skip(1);
    (points.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>() * 0.5).abs()
}

/// A polygon cut to the output pixel (`col`, `row`), side by side (Sutherland and Hodgman), relative to the
/// pixel's corner.
fn clip(quad: &[Point; 4], col: f64, row: f64) -> Vec<Point> {
    let mut points: Vec<Point> = quad.iter().map(|p| (p.0 - col, p.1 - row)).collect();
    // Distance inside of each of the four sides.
    let sides: [fn(Point) -> f64; 4] = [|p| p.0, |p| 1.0 - p.0, |p| p.1, |p| 1.0 - p.1];
    for inside in sides {
        let mut kept = Vec::with_capacity(points.len() + 2);
        for (i, &b) in points.iter().enumerate() {
            let a = points[(i + points.len() - 1) % points.len()];
            let (da, db) = (inside(a), inside(b));
            if (da < 0.0) != (db < 0.0) {
                let t = da / (da - db);
                kept.push((a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1)));
            }
            if db >= 0.0 {
                kept.push(b);
            }
        }
        points = kept;
        if points.is_empty() {
            break;
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polygons_are_cut() {
        let quad = [(0.5, 0.5), (1.5, 0.5), (1.5, 1.5), (0.5, 1.5)];
        for (col, row) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            assert_eq!(area(&clip(&quad, col, row)), 0.25);
        }
        assert_eq!(area(&clip(&quad, 2.0, 0.0)), 0.0);
        assert_eq!(area(&quad), 1.0);
    }
}
