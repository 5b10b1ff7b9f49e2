//! Which pixels are inside polygons.

use super::touched_window;
use geo_types::Coord;
use ndarray::Array2;
use raster_core::{Bounds, Error, Result, Window};

/// Rings in pixel positions. What a pixel is does not depend on the window that is asked for.
#[derive(Clone, Debug)]
pub(super) struct Scanner {
    /// From, to.
    edges: Vec<(Coord<f64>, Coord<f64>)>,
    bounds: Bounds,
    all_touched: bool,
    inverse: bool,
}

impl Scanner {
    pub(super) fn new(rings: &[Vec<Coord<f64>>], all_touched: bool, inverse: bool) -> Result<Self> {
        let mut edges = Vec::new();
        let mut bounds = Bounds::EMPTY;
        for ring in rings {
            // Rings are closed, whether or not the last point repeats the first.
            let next = ring.iter().cycle().skip(1);
            edges.extend(ring.iter().zip(next).map(|(a, b)| (*a, *b)).filter(|(a, b)| a != b));
            bounds = ring.iter().fold(bounds, |b, c| b.including(c.x, c.y));
        }
        if !(bounds.width() > 0.0 && bounds.height() > 0.0) {
            return Err(Error::misuse("the area to clip encloses nothing"));
        }
        Ok(Self { edges, bounds, all_touched, inverse })
    }

    /// Every pixel that the rings can touch.
    pub(super) fn window(&self) -> Window {
        touched_window(&self.bounds)
    }

    /// Which pixels of a window belong.
    pub(super) fn inside(&self, window: &Window) -> Array2<bool> {
        let mut kept = Array2::from_elem((window.height, window.width), false);
        let mut crossings = Vec::new();
        for (r, mut line) in kept.outer_iter_mut().enumerate() {
            let y = (window.row + r as i64) as f64 + 0.5;
            crossings.clear();
            // Half-open in y: a corner on the line counts once.
            for (a, b) in self.edges.iter().filter(|(a, b)| (a.y <= y) != (b.y <= y)) {
                crossings.push(a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x));
            }
            crossings.sort_unstable_by(f64::total_cmp);
            for pair in crossings.chunks_exact(2) {
                // Pixels whose centre lies between.
                let column = |x: f64| ((x - 0.5).ceil() as i64).saturating_sub(window.col);
                let (from, to) = (column(pair[0]).max(0), column(pair[1]).min(window.width as i64));
                for c in from..to {
                    line[c as usize] = true;
                }
            }
        }
        if self.all_touched {
            self.edges.iter().for_each(|(a, b)| touch(&mut kept, window, *a, *b));
        }
        if self.inverse {
            kept.mapv_inplace(|k| !k);
        }
        kept
    }
}

/// Mark the pixels that an edge passes through, row by row.
fn touch(kept: &mut Array2<bool>, window: &Window, a: Coord<f64>, b: Coord<f64>) {
    let (low, high) = if a.y <= b.y { (a, b) } else { (b, a) };
    let first = (low.y.floor() as i64).max(window.row);
    let last = (high.y.floor() as i64).min(window.end_row() - 1);
    for row in first..=last {
        let at = |y: f64| {
            if high.y == low.y { low.x } else { low.x + (y - low.y) / (high.y - low.y) * (high.x - low.x) }
        };
        let (mut x0, mut x1) = (at(low.y.max(row as f64)), at(high.y.min(row as f64 + 1.0)));
        if high.y == low.y {
            (x0, x1) = (low.x, high.x);
        }
        let from = (x0.min(x1).floor() as i64).max(window.col);
        let to = (x0.max(x1).floor() as i64).min(window.end_col() - 1);
        for col in from..=to {
            kept[[(row - window.row) as usize, (col - window.col) as usize]] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(points: &[(f64, f64)]) -> Vec<Coord<f64>> {
        points.iter().map(|&(x, y)| Coord { x, y }).collect()
    }

    #[test]
    fn centres_decide_and_holes_are_out() {
        let outer = ring(&[(0.6, 0.4), (8.4, 0.4), (8.4, 8.0), (0.6, 8.0)]);
        let hole = ring(&[(3.0, 3.0), (3.0, 6.0), (6.0, 6.0), (6.0, 3.0), (3.0, 3.0)]);
        let scanner = Scanner::new(&[outer, hole], false, false).unwrap();
        let kept = scanner.inside(&Window::whole(10, 10));
        assert_eq!(kept.iter().filter(|k| **k).count(), 7 * 8 - 9);
        assert!(!kept[[0, 0]] && kept[[0, 1]] && kept[[7, 7]] && !kept[[8, 7]] && !kept[[4, 4]]);
        // Any window says the same.
        let part = scanner.inside(&Window::new(2, 1, 5, 6));
        for ((r, c), k) in part.indexed_iter() {
            assert_eq!(*k, kept[[r + 1, c + 2]]);
        }
    }

    #[test]
    fn touched_pixels_are_more() {
        let triangle = [ring(&[(1.2, 1.2), (8.9, 2.1), (3.3, 7.7)])];
        let plain = Scanner::new(&triangle, false, false).unwrap().inside(&Window::whole(10, 10));
        let touched = Scanner::new(&triangle, true, false).unwrap().inside(&Window::whole(10, 10));
        let inverse = Scanner::new(&triangle, false, true).unwrap().inside(&Window::whole(10, 10));
        assert!(plain.iter().zip(&touched).all(|(p, t)| *t || !*p));
        assert!(touched.iter().filter(|t| **t).count() > plain.iter().filter(|p| **p).count() + 5);
        assert!(plain.iter().zip(&inverse).all(|(p, i)| p != i));
        assert!(Scanner::new(&[ring(&[(1.0, 1.0), (1.0, 1.0), (1.0, 1.0)])], false, false).is_err());
    }
}
