//! GDAL's approximation (`-et`), for those who must have gdalwarp's default to the bit.
//!
//! Per row of a [chunk](super::chunks): first, middle and last pixel exactly; where the middle lies within the tolerance of the
//! straight line between the ends, all between is interpolated; otherwise both halves are treated alike, and
//! pieces of at most 5 pixels are exact. Centres up to one pixel outside the source are made exact again.

use super::pixel_map::PixelMap;

/// A point of a row: output column (index) and its source position.
#[derive(Clone, Copy)]
struct Point {
    x: f64,
    y: f64,
}

/// One output row under approximation.
pub(crate) struct Scanline<'a> {
    pub(crate) map: &'a PixelMap,
    /// First column of the chunk, and how many it has.
    pub(crate) start: usize,
    pub(crate) width: usize,
    /// Source size.
    pub(crate) source: (usize, usize),
    /// In source pixels, |dx| + |dy|.
    pub(crate) tolerance: f64,
    /// Where in a pixel the positions are: 0.5 for centres, 0 and 1 for corners.
    pub(crate) shift: f64,
}

/// Where results go: the columns from `first` on.
struct Target<'a> {
    first: usize,
    x: &'a mut [f64],
    y: &'a mut [f64],
}

impl Scanline<'_> {
    /// Source positions of the points (`col` + i + shift, `row`).
    pub(crate) fn row(&self, col: usize, row: f64, x: &mut [f64], y: &mut [f64]) {
        let (start, n) = (self.start, self.width);
        let wanted = x.len();
        let mut target = Target { first: col, x, y };
        if n <= 5 {
            self.exact(&mut target, row, start, n);
        } else {
            let middle = (n - 1) / 2;
            let p = self.points(row, [start, start + middle, start + n - 1]);
            self.split(&mut target, row, start, n, p);
        }
        if self.shift != 0.5 {
            return;
        }
        let (w, h) = (self.source.0 as f64, self.source.1 as f64);
        for i in 0..wanted {
            // The first side that a position is beyond decides, as in GDAL.
            let (sx, sy) = (target.x[i], target.y[i]);
            let beyond = if sx < 0.0 {
                -sx
            } else if sy < 0.0 {
                -sy
            } else if sx + 1e-10 > w {
                sx - w
            } else if sy + 1e-10 > h {
                sy - h
            } else {
                continue;
            };
            if beyond < 1.0 {
                self.exact(&mut target, row, col + i, 1);
            }
        }
    }

    fn points(&self, row: f64, cols: [usize; 3]) -> [Point; 3] {
        let (mut x, mut y) = (cols.map(|c| c as f64 + self.shift), [row; 3]);
        self.map.to_source(&mut x, &mut y);
        std::array::from_fn(|i| Point { x: x[i], y: y[i] })
    }

    fn exact(&self, target: &mut Target<'_>, row: f64, start: usize, count: usize) {
        let from = start.max(target.first);
        let to = (start + count).min(target.first + target.x.len());
        if from < to {
            let part = from - target.first..to - target.first;
            let (x, y) = (&mut target.x[part.clone()], &mut target.y[part]);
            for (i, x) in x.iter_mut().enumerate() {
                *x = (from + i) as f64 + self.shift;
            }
            y.fill(row);
            self.map.to_source(x, y);
        }
    }

    /// Columns `start..start + n` between three exact points (first, middle, last).
    fn split(&self, target: &mut Target<'_>, row: f64, start: usize, n: usize, p: [Point; 3]) {
        let (first, end) = (target.first, target.first + target.x.len());
        if start >= end || start + n <= first {
            return;
        }
        let at = |i: usize| (start + i) as f64 + self.shift;
        let middle = (n - 1) / 2;
        let span = at(n - 1) - at(0);
        let slope = ((p[2].x - p[0].x) / span, (p[2].y - p[0].y) / span);
        let along = at(middle) - at(0);
        let error = (p[0].x + slope.0 * along - p[1].x).abs() + (p[0].y + slope.1 * along - p[1].y).abs();
        // A failed end makes the error NaN: then split as well, down to exact pieces.
        if error.is_nan() || error > self.tolerance {
            self.half(target, row, start, middle, |q| [p[0], q[0], q[1]], false);
            self.half(target, row, start + middle, n - middle, |q| [p[1], q[0], p[2]], true);
            // The ends that are known are exact by construction.
            return;
        }
        for col in start.max(first)..(start + n).min(end) {
            let d = at(col - start) - at(0);
            (target.x[col - first], target.y[col - first]) = (p[0].x + slope.0 * d, p[0].y + slope.1 * d);
        }
    }

    fn half(
        &self,
        target: &mut Target<'_>,
        row: f64,
        start: usize,
        n: usize,
        ends: impl Fn([Point; 2]) -> [Point; 3],
        last_known: bool,
    ) {
        if n <= 5 {
            self.exact(target, row, start, n);
            return;
        }
        let middle = (n - 1) / 2;
        let last = if last_known { start + middle } else { start + n - 1 };
        let q = self.points(row, [start + middle, last, last]);
        self.split(target, row, start, n, ends([q[0], q[1]]));
    }
}
