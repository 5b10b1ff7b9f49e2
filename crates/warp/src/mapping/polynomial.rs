//! The map over one rectangle of the output as a polynomial, with a bound on its error.
//!
//! Chebyshev interpolation at 6 × 6 nodes. What the polynomial of a lower degree leaves out is at most the
//! sum of the dropped coefficients; what interpolation itself leaves out is estimated by the outermost
//! coefficients, which for a smooth map are the largest of those not computed. Both must stay below the
//! tolerance, and so must the error at probes on the corners, the edges and inside, which find what a
//! series cannot see: a jump (dateline, change of datum operation) that cuts off less than a node.

use super::pixel_map::PixelMap;
use crate::simd::{self, level};
use fearless_simd::dispatch;
use raster_core::Window;
use std::{f64::consts::PI, sync::OnceLock};

/// Nodes per axis.
const NODES: usize = 6;
/// Where the probes are, in [-1, 1].
const PROBES: [(f64, f64); 16] = [
    (-1.0, -1.0),
    (1.0, -1.0),
    (-1.0, 1.0),
    (1.0, 1.0),
    (0.0, -1.0),
    (0.0, 1.0),
    (-1.0, 0.0),
    (1.0, 0.0),
    (-0.6, -1.0),
    (0.6, 1.0),
    (-1.0, 0.6),
    (1.0, -0.6),
    (0.11, 0.13),
    (-0.52, 0.47),
    (0.55, -0.49),
    (-0.83, -0.85),
];
/// Chebyshev polynomials T0 to T5 in powers of the variable.
const CHEBYSHEV: [[f64; NODES]; NODES] = [
    [1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
    [-1.0, 0.0, 2.0, 0.0, 0.0, 0.0],
    [0.0, -3.0, 0.0, 4.0, 0.0, 0.0],
    [1.0, 0.0, -8.0, 0.0, 8.0, 0.0],
    [0.0, 5.0, 0.0, -20.0, 0.0, 16.0],
];

/// Coefficients by (power of v, power of u).
type Coefficients = [[f64; NODES]; NODES];

#[derive(Clone, Debug)]
pub(crate) struct Polynomial {
    x: Coefficients,
    y: Coefficients,
    degree: usize,
    /// Largest error in source pixels, along x and along y.
    pub(crate) bound: f64,
    /// Smallest and largest source column and row over the rectangle.
    pub(crate) x_range: (f64, f64),
    pub(crate) y_range: (f64, f64),
    centre: (f64, f64),
    per_pixel: (f64, f64),
}

/// What came of an attempt.
pub(crate) enum Fit {
    Certified(Box<Polynomial>),
    /// The map exists at no node and no probe.
    Nowhere,
    /// Not smooth enough for the tolerance.
    Refused,
}

/// The nodes, and the weights that turn values at them into coefficients.
struct Table {
    nodes: [f64; NODES],
    weights: [[f64; NODES]; NODES],
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let angle = |k: usize| PI * (k as f64 + 0.5) / NODES as f64;
        let weight = |i: usize, k: usize| {
            libm::cos(i as f64 * angle(k)) * if i == 0 { 1.0 } else { 2.0 } / NODES as f64
        };
        Table {
            nodes: std::array::from_fn(|k| libm::cos(angle(k))),
            weights: std::array::from_fn(|i| std::array::from_fn(|k| weight(i, k))),
        }
    })
}

impl Polynomial {
    /// Over the area of `tile` (output pixels).
    pub(crate) fn fit(map: &PixelMap, tile: &Window, tolerance: f64) -> Fit {
        let half = (tile.width as f64 * 0.5, tile.height as f64 * 0.5);
        let centre = (tile.col as f64 + half.0, tile.row as f64 + half.1);
        const N: usize = NODES * NODES + PROBES.len();
        let (mut x, mut y) = ([0.0; N], [0.0; N]);
        let node = &table().nodes;
        let nodes = (0..NODES * NODES).map(|k| (node[k % NODES], node[k / NODES]));
        for (i, (u, v)) in nodes.chain(PROBES).enumerate() {
            (x[i], y[i]) = (centre.0 + half.0 * u, centre.1 + half.1 * v);
        }
        map.to_source(&mut x, &mut y);
        let missing = x.iter().zip(&y).filter(|(x, y)| !(x.is_finite() && y.is_finite())).count();
        match missing {
            0 => {}
            N => return Fit::Nowhere,
            _ => return Fit::Refused,
        }
        let (cx, cy) = (chebyshev(&x[..NODES * NODES]), chebyshev(&y[..NODES * NODES]));
        // No pixel position is farther off than rounding: a tolerance below that would refuse everything.
        let Some((degree, tail)) =
            (1..NODES).map(|d| (d, tail(&cx, d).max(tail(&cy, d)))).find(|(_, tail)| *tail <= tolerance)
        else {
            return Fit::Refused;
        };
        let mut fit = Self {
            x: powers(&cx, degree),
            y: powers(&cy, degree),
            degree,
            bound: tail,
            x_range: range(&cx),
            y_range: range(&cy),
            centre,
            per_pixel: (1.0 / half.0, 1.0 / half.1),
        };
        for (i, (u, v)) in PROBES.into_iter().enumerate() {
            let k = NODES * NODES + i;
            let (px, py) = (value(&fit.x, u, v), value(&fit.y, u, v));
            fit.bound = fit.bound.max((px - x[k]).abs()).max((py - y[k]).abs());
        }
        if fit.bound <= tolerance { Fit::Certified(Box::new(fit)) } else { Fit::Refused }
    }

    /// Is it of about this window, so that its ranges are not far too large for it?
    pub(crate) fn is_about(&self, window: &Window) -> bool {
        window.area() as f64 * self.per_pixel.0 * self.per_pixel.1 >= 2.0
    }

    /// Source positions of the output positions (`col` + i, `row`), i = 0, 1, …
    ///
    /// Each position depends on its own column and row only, not on where the call starts.
    pub(crate) fn row(&self, col: f64, row: f64, x: &mut [f64], y: &mut [f64]) {
        match self.degree {
            1 => self.row_of::<2>(col, row, x, y),
            2 => self.row_of::<3>(col, row, x, y),
            3 => self.row_of::<4>(col, row, x, y),
            4 => self.row_of::<5>(col, row, x, y),
            _ => self.row_of::<6>(col, row, x, y),
        }
    }

    /// With `N` coefficients per axis: first the polynomials in u of this row, then their values.
    fn row_of<const N: usize>(&self, col: f64, row: f64, x: &mut [f64], y: &mut [f64]) {
        let v = (row - self.centre.1) * self.per_pixel.1;
        let along = |m: &Coefficients| -> [f64; N] {
            std::array::from_fn(|i| (0..N).rev().fold(0.0, |c, k| c * v + m[k][i]))
        };
        let (a, b) = (along(&self.x), along(&self.y));
        let (first, step) = (col - self.centre.0, self.per_pixel.0);
        dispatch!(level(), simd => simd::run(simd, #[inline(always)] || {
            for (i, (x, y)) in x.iter_mut().zip(y.iter_mut()).enumerate() {
                let u = (first + f64::from(i as i32)) * step;
                (*x, *y) = (a[N - 1], b[N - 1]);
                for k in (0..N - 1).rev() {
                    (*x, *y) = (*x * u + a[k], *y * u + b[k]);
                }
            }
        }));
    }
}

/// Interpolation coefficients from the values at the nodes (row by row).
fn chebyshev(values: &[f64]) -> Coefficients {
    let basis = &table().weights;
    let rows: Coefficients = std::array::from_fn(|r| {
        std::array::from_fn(|i| (0..NODES).map(|k| values[r * NODES + k] * basis[i][k]).sum())
    });
    std::array::from_fn(|j| std::array::from_fn(|i| (0..NODES).map(|r| rows[r][i] * basis[j][r]).sum()))
}

/// Dropped coefficients, and the outermost ones once more for what was never computed.
fn tail(c: &Coefficients, degree: usize) -> f64 {
    let mut sum = 0.0;
    for (j, row) in c.iter().enumerate() {
        for (i, c) in row.iter().enumerate() {
            let dropped = if i > degree || j > degree { c.abs() } else { 0.0 };
            let outermost = if i == NODES - 1 || j == NODES - 1 { c.abs() } else { 0.0 };
            sum += dropped + outermost;
        }
    }
    sum
}

fn range(c: &Coefficients) -> (f64, f64) {
    let spread: f64 = c.iter().flatten().skip(1).map(|v| v.abs()).sum();
    (c[0][0] - spread, c[0][0] + spread)
}

/// From Chebyshev polynomials to powers, up to `degree` along each axis.
fn powers(c: &Coefficients, degree: usize) -> Coefficients {
    let mut m = [[0.0; NODES]; NODES];
    for j in 0..=degree {
        for i in 0..=degree {
            for k in 0..=j {
                for l in 0..=i {
                    m[k][l] += c[j][i] * CHEBYSHEV[j][k] * CHEBYSHEV[i][l];
                }
            }
        }
    }
    m
}

fn value(m: &Coefficients, u: f64, v: f64) -> f64 {
    m.iter().rev().fold(0.0, |s, row| s * v + row.iter().rev().fold(0.0, |t, c| t * u + c))
}
