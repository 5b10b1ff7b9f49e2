//! Bounds of a rectangle in another system.

use crate::definition::Crs;
use crate::error::{CrsError, ErrorKind};
use crate::model::DEGREE;
use crate::transform::Transformer;

/// Points per edge at most: more would only cost time.
const MAX_PIECES: usize = 10_000;

/// The ring of points around a rectangle, counter-clockwise from the lower left, closed.
fn ring([left, bottom, right, top]: [f64; 4], pieces: usize) -> (Vec<f64>, Vec<f64>) {
    let corners = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)];
    let (mut x, mut y) = (Vec::with_capacity(4 * pieces + 1), Vec::with_capacity(4 * pieces + 1));
    for pair in corners.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        for i in 0..pieces {
            let t = i as f64 / pieces as f64;
            x.push(x0 + (x1 - x0) * t);
            y.push(y0 + (y1 - y0) * t);
        }
    }
    x.push(left);
    y.push(bottom);
    (x, y)
}

/// Degrees in the unit of a geographic system.
fn turn(crs: &Crs) -> f64 {
    std::f64::consts::TAU / crs.radians_per_unit().unwrap_or(DEGREE)
}

impl Transformer {
    /// The bounds `[left, bottom, right, top]` around the transformed rectangle, each edge cut into `densify` pieces (21 is
    /// usual).
    ///
    /// A geographic rectangle with `left > right` crosses the antimeridian, in the argument and in the result; where a pole
    /// lies inside, the result reaches it and holds all longitudes. A coarse grid inside is looked at as well, since a
    /// curved map may bulge beyond its edges.
    ///
    /// # Errors
    /// When the bounds are not in order or not numbers, or no point of the edges can be transformed.
    ///
    /// # Examples
    /// ```
    /// use crs::{Crs, Transformer};
    ///
    /// let to_degrees = Transformer::new(&Crs::from_epsg(32633)?, &Crs::from_epsg(4326)?)?;
    /// let [west, south, east, north] = to_degrees.transform_bounds([4e5, 5.5e6, 6e5, 5.6e6], 21)?;
    /// assert!(west < 15.0 && 15.0 < east && 49.0 < south && north < 51.0);
    /// # Ok::<(), crs::CrsError>(())
    /// ```
    pub fn transform_bounds(&self, bounds: [f64; 4], densify: usize) -> Result<[f64; 4], CrsError> {
        let [left, bottom, right, top] = bounds;
        let geographic_source = self.source().is_geographic();
        // a geographic rectangle may cross the antimeridian
        let across = geographic_source && left > right;
        if !bounds.iter().all(|b| b.is_finite()) || bottom > top || (left > right && !across) {
            let what = format!("the bounds {bounds:?} are not left, bottom, right, top");
            return Err(CrsError::new(ErrorKind::Argument, what));
        }
        let right = if across { right + turn(self.source()) } else { right };
        let (mut x, mut y) = ring([left, bottom, right, top], densify.clamp(1, MAX_PIECES));
        self.transform(&mut x, &mut y);
        let geographic = self.target().is_geographic();
        let unit = geographic.then(|| turn(self.target()));
        let mut out = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        let (mut turns, mut previous) = (0.0, None);
        for (&x, &y) in x.iter().zip(&y).filter(|(x, y)| x.is_finite() && y.is_finite()) {
            // longitudes are followed around the ring: a jump of more than half a turn is a crossing
            let mut x = x;
            if let Some(turn) = unit {
                x += turns;
                if let Some(last) = previous {
                    let jump: f64 = x - last;
                    let step = -turn * (jump / turn).round();
                    turns += step;
                    x += step;
                }
                previous = Some(x);
            }
            out = [out[0].min(x), out[1].min(y), out[2].max(x), out[3].max(y)];
        }
        if !out.iter().all(|v| v.is_finite()) {
            return Err(CrsError::new(ErrorKind::NoOperation, "no point of the edges can be transformed"));
        }
        let Some(turn) = unit else {
            return Ok(with_inside(self, [left, bottom, right, top], out));
        };
        for (pole, side) in [(0.25 * turn, 3), (-0.25 * turn, 1)] {
            if holds_pole(self, bounds, pole) {
                out[side] = pole;
                (out[0], out[2]) = (-0.5 * turn, 0.5 * turn);
            }
        }
        if out[2] - out[0] >= turn {
            (out[0], out[2]) = (-0.5 * turn, 0.5 * turn);
        }
        let wrap = |v: f64| if v.abs() <= 0.5 * turn { v } else { v - turn * (v / turn).round() };
        (out[0], out[2]) = (wrap(out[0]), wrap(out[2]));
        Ok(out)
    }
}

/// A curved map may bulge beyond the image of the edges: a coarse grid inside tells where.
fn with_inside(
    transformer: &Transformer,
    [left, bottom, right, top]: [f64; 4],
    mut out: [f64; 4],
) -> [f64; 4] {
    const N: usize = 21;
    let at = |i: usize, a: f64, b: f64| a + (b - a) * (i as f64 + 0.5) / N as f64;
    let mut x: Vec<f64> = (0..N * N).map(|k| at(k % N, left, right)).collect();
    let mut y: Vec<f64> = (0..N * N).map(|k| at(k / N, bottom, top)).collect();
    transformer.transform(&mut x, &mut y);
    for (&x, &y) in x.iter().zip(&y).filter(|(x, y)| x.is_finite() && y.is_finite()) {
        out = [out[0].min(x), out[1].min(y), out[2].max(x), out[3].max(y)];
    }
    out
}

/// Whether a pole of the geographic target lies inside the rectangle of the projected source.
fn holds_pole(transformer: &Transformer, [left, bottom, right, top]: [f64; 4], pole: f64) -> bool {
    if transformer.source().is_geographic() {
        return false;
    }
    let back = transformer.inverse();
    // a map that has no pole gives nothing, or a line: then the two longitudes disagree
    match (back.transform_point(0.0, pole), back.transform_point(0.1 * pole, pole)) {
        (Some(a), Some(b)) => {
            let near = libm::hypot(a.0 - b.0, a.1 - b.1) <= 1e-6 * libm::hypot(right - left, top - bottom);
            near && a.0 >= left && a.0 <= right && a.1 >= bottom && a.1 <= top
        }
        _ => false,
    }
}
