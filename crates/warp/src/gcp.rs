//! Polynomials through ground control points, by least squares, as GDAL's `GDALCreateGCPTransformer` does it:
//! degree 1 from 3 points, 2 from 6, and never 3 unless asked for.

use raster_core::{Error, Gcp, Result};

/// Terms of a polynomial of degree 2 in two variables.
const TERMS: usize = 6;

/// One polynomial of two variables, on variables that were brought to about [-1, 1].
#[derive(Clone, Debug)]
struct Surface {
    coefficients: [f64; TERMS],
}

#[derive(Clone, Copy, Debug)]
struct Normal {
    centre: (f64, f64),
    scale: (f64, f64),
}

impl Normal {
    fn of(points: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        let n = points.clone().count() as f64;
        let (sx, sy) = points.clone().fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
        let centre = (sx / n, sy / n);
        let (mx, my) = points.fold((0.0f64, 0.0f64), |m, p| {
            (m.0.max((p.0 - centre.0).abs()), m.1.max((p.1 - centre.1).abs()))
        });
        let safe = |v: f64| if v > 0.0 { 1.0 / v } else { 1.0 };
        Self { centre, scale: (safe(mx), safe(my)) }
    }
    fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        ((x - self.centre.0) * self.scale.0, (y - self.centre.1) * self.scale.1)
    }
}

fn terms(x: f64, y: f64) -> [f64; TERMS] {
    [1.0, x, y, x * x, x * y, y * y]
}

impl Surface {
    fn at(&self, x: f64, y: f64) -> f64 {
        terms(x, y).iter().zip(self.coefficients).map(|(t, c)| t * c).sum()
    }
}

/// A point and where it goes.
type Pair = ((f64, f64), (f64, f64));

/// One direction: two surfaces over normalised variables.
#[derive(Clone, Debug)]
struct Fit {
    normal: Normal,
    x: Surface,
    y: Surface,
}

impl Fit {
    fn new(points: &[Pair], count: usize) -> Result<Self> {
        let normal = Normal::of(points.iter().map(|p| p.0));
        let rows: Vec<[f64; TERMS]> = points
            .iter()
            .map(|&((x, y), _)| {
                let (x, y) = normal.apply(x, y);
                terms(x, y)
            })
            .collect();
        let solve = |value: fn(&(f64, f64)) -> f64| {
            let values: Vec<f64> = points.iter().map(|p| value(&p.1)).collect();
            least_squares(&rows, &values, count).map(|coefficients| Surface { coefficients })
        };
        Ok(Self { normal, x: solve(|p| p.0)?, y: solve(|p| p.1)? })
    }
    fn apply(&self, xs: &mut [f64], ys: &mut [f64]) {
        for (x, y) in xs.iter_mut().zip(ys) {
            let (u, v) = self.normal.apply(*x, *y);
            (*x, *y) = (self.x.at(u, v), self.y.at(u, v));
        }
    }
}

/// Normal equations, solved by elimination with row exchange; the variables are normalised, so that they
/// stay well conditioned.
fn least_squares(rows: &[[f64; TERMS]], values: &[f64], count: usize) -> Result<[f64; TERMS]> {
    let mut m = [[0.0; TERMS + 1]; TERMS];
    for (row, value) in rows.iter().zip(values) {
        for i in 0..count {
            for j in 0..count {
                m[i][j] += row[i] * row[j];
            }
            m[i][TERMS] += row[i] * value;
        }
    }
    for pivot in 0..count {
        let best = (pivot..count).max_by(|&a, &b| m[a][pivot].abs().total_cmp(&m[b][pivot].abs()));
        m.swap(pivot, best.unwrap_or(pivot));
        // NaN is refused as well.
        if m[pivot][pivot].is_nan() || m[pivot][pivot].abs() <= 1e-10 {
            return Err(Error::misuse("the ground control points lie on one line or are not finite"));
        }
        for row in pivot + 1..count {
            let factor = m[row][pivot] / m[pivot][pivot];
            let above = m[pivot];
            for (value, above) in m[row].iter_mut().zip(above).skip(pivot) {
                *value -= factor * above;
            }
        }
    }
    let mut out = [0.0; TERMS];
    for i in (0..count).rev() {
        let known: f64 = (i + 1..count).map(|j| m[i][j] * out[j]).sum();
        out[i] = (m[i][TERMS] - known) / m[i][i];
    }
    Ok(out)
}

/// Pixel positions to coordinates and back, by polynomials of degree 1 (3 to 5 points) or 2 (6 and more).
#[derive(Clone, Debug)]
pub(crate) struct GcpPolynomial {
    forward: Fit,
    backward: Fit,
    /// Pixels of the raster that the points were given for, per pixel of this one (an overview's are larger).
    ratio: (f64, f64),
}

impl GcpPolynomial {
    pub(crate) fn fit(gcps: &[Gcp]) -> Result<Self> {
        let count = match gcps.len() {
            0..=2 => {
                return Err(Error::misuse(format!(
                    "{} ground control points; at least 3 are needed",
                    gcps.len()
                )));
            }
            3..=5 => 3,
            _ => TERMS,
        };
        let pairs: Vec<_> = gcps.iter().map(|g| ((g.col, g.row), (g.x, g.y))).collect();
        let back: Vec<_> = pairs.iter().map(|&(a, b)| (b, a)).collect();
        Ok(Self { forward: Fit::new(&pairs, count)?, backward: Fit::new(&back, count)?, ratio: (1.0, 1.0) })
    }
    pub(crate) fn scaled(&self, ratio: (f64, f64)) -> Self {
        Self { ratio: (self.ratio.0 * ratio.0, self.ratio.1 * ratio.1), ..self.clone() }
    }
    pub(crate) fn to_ground(&self, cols: &mut [f64], rows: &mut [f64]) {
        cols.iter_mut().for_each(|c| *c *= self.ratio.0);
        rows.iter_mut().for_each(|r| *r *= self.ratio.1);
        self.forward.apply(cols, rows);
    }
    pub(crate) fn to_pixels(&self, x: &mut [f64], y: &mut [f64]) {
        self.backward.apply(x, y);
        x.iter_mut().for_each(|c| *c /= self.ratio.0);
        y.iter_mut().for_each(|r| *r /= self.ratio.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gcps(n: usize, f: impl Fn(f64, f64) -> (f64, f64)) -> Vec<Gcp> {
        (0..n)
            .map(|i| {
                let (col, row) =
                    ((i % 3) as f64 * 50.0 + (i * i) as f64, (i / 3) as f64 * 40.0 + (i % 2) as f64 * 7.0);
                let (x, y) = f(col, row);
                Gcp { col, row, x, y, z: 0.0 }
            })
            .collect()
    }

    #[test]
    fn affine_points_are_met_both_ways() {
        for n in [3, 4, 9] {
            let fit =
                GcpPolynomial::fit(&gcps(n, |c, r| (6e5 + 10.0 * c - 2.0 * r, 5e6 - 9.0 * r + c))).unwrap();
            let (mut x, mut y) = ([17.0], [23.0]);
            fit.to_ground(&mut x, &mut y);
            assert!((x[0] - (6e5 + 170.0 - 46.0)).abs() < 1e-6 && (y[0] - (5e6 - 207.0 + 17.0)).abs() < 1e-6);
            fit.to_pixels(&mut x, &mut y);
            assert!((x[0] - 17.0).abs() < 1e-7 && (y[0] - 23.0).abs() < 1e-7, "{x:?} {y:?}");
        }
    }

    #[test]
    fn hopeless_points_are_refused() {
        assert!(GcpPolynomial::fit(&gcps(2, |c, r| (c, r))).is_err());
        assert!(GcpPolynomial::fit(&gcps(4, |_, _| (1.0, 1.0))).is_err());
        assert!(GcpPolynomial::fit(&gcps(4, |_, _| (f64::NAN, 1.0))).is_err());
    }
}
