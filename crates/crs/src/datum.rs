//! Shifts between datums: the steps of one operation, over blocks of points.

use fearless_simd::Level;

use crate::math::{atan2, sincos, wrap};
use crate::model::DEGREE;
use crate::simd::wide;
use crate::spheroid::Spheroid;

/// Radians in a second of arc.
const ARC_SECOND: f64 = DEGREE / 3600.0;

/// One step. Horizontal coordinates are longitude and latitude in radians, or geocentric x and y in metres with z beside.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Longitude and latitude at height zero to geocentric coordinates.
    ToGeocentric(Spheroid),
    /// Geocentric coordinates to longitude and latitude; the height is dropped.
    FromGeocentric(Spheroid),
    /// Rotation about a pivot, scale, translation: `target = matrix * (source - pivot) + shift`.
    Helmert { matrix: [[f64; 3]; 3], pivot: [f64; 3], shift: [f64; 3] },
    /// Added to longitude and latitude, radians.
    Offset(f64, f64),
}

impl Step {
    /// Position-vector Helmert or Molodensky-Badekas: metres, arc-seconds, parts per million, pivot in metres; with the
    /// approximate (small-angle) rotation matrix that the published parameters belong to, and its transpose backwards, as
    /// PROJ.
    pub(crate) fn helmert(v: &[f64; 10], inverse: bool) -> Step {
        let [rx, ry, rz] = [v[3], v[4], v[5]].map(|r| r * ARC_SECOND);
        let scale = 1.0 + v[6] * 1e-6;
        let rotation = [[1.0, -rz, ry], [rz, 1.0, -rx], [-ry, rx, 1.0]];
        let pivot = [v[7], v[8], v[9]];
        let shift = [v[0] + pivot[0], v[1] + pivot[1], v[2] + pivot[2]];
        let mut matrix = rotation;
        for (i, row) in matrix.iter_mut().enumerate() {
            for (j, m) in row.iter_mut().enumerate() {
                *m = if inverse { rotation[j][i] / scale } else { rotation[i][j] * scale };
            }
        }
        if inverse {
            Step::Helmert { matrix, pivot: shift, shift: pivot }
        } else {
            Step::Helmert { matrix, pivot, shift }
        }
    }

    /// From an opcode of the operation table.
    pub(crate) fn of_opcode(opcode: u8, v: &[f64; 10]) -> Option<Step> {
        let spheroid = || Spheroid { a: v[0], e2: v[1] * (2.0 - v[1]) };
        Some(match opcode {
            1 => Step::ToGeocentric(spheroid()),
            2 => Step::FromGeocentric(spheroid()),
            3 | 5 => Step::helmert(v, false),
            4 | 6 => Step::helmert(v, true),
            7 => Step::Offset(v[0] * DEGREE, 0.0),
            8 => Step::Offset(v[0] * ARC_SECOND, v[1] * ARC_SECOND),
            _ => return None,
        })
    }

    /// The step that undoes this one.
    pub(crate) fn inverse(self) -> Step {
        match self {
            Step::ToGeocentric(s) => Step::FromGeocentric(s),
            Step::FromGeocentric(s) => Step::ToGeocentric(s),
            Step::Offset(lon, lat) => Step::Offset(-lon, -lat),
            Step::Helmert { matrix, pivot, shift } => {
                // rotation times scale: the transpose over the squared scale
                let square = matrix[0][0] * matrix[0][0];
                let mut back = matrix;
                for (i, row) in back.iter_mut().enumerate() {
                    for (j, m) in row.iter_mut().enumerate() {
                        *m = matrix[j][i] / square;
                    }
                }
                Step::Helmert { matrix: back, pivot: shift, shift: pivot }
            }
        }
    }

    pub(crate) fn run(&self, level: Level, x: &mut [f64], y: &mut [f64], z: &mut [f64]) {
        match self {
            Step::ToGeocentric(s) => wide!(level, to_geocentric(*s, x, y, z)),
            Step::FromGeocentric(s) => wide!(level, from_geocentric(*s, x, y, z)),
            Step::Helmert { matrix, pivot, shift } => helmert(matrix, pivot, shift, x, y, z),
            Step::Offset(lon, lat) => {
                for (x, y) in x.iter_mut().zip(y) {
                    *x = wrap(*x + lon);
                    *y += lat;
                }
            }
        }
    }
}

#[inline(always)]
fn to_geocentric(s: Spheroid, x: &mut [f64], y: &mut [f64], z: &mut [f64]) {
    for ((x, y), z) in x.iter_mut().zip(y).zip(z) {
        let (sin, cos) = sincos(*y);
        let (sl, cl) = sincos(*x);
        let nu = s.a / (1.0 - s.e2 * sin * sin).sqrt();
        *x = nu * cos * cl;
        *y = nu * cos * sl;
        *z = nu * (1.0 - s.e2) * sin;
    }
}

/// Bowring's formula (1976): below 1e-11 radians within 10 km of the ellipsoid.
#[inline(always)]
fn from_geocentric(s: Spheroid, x: &mut [f64], y: &mut [f64], z: &mut [f64]) {
    let ratio = (1.0 - s.e2).sqrt();
    let b = s.a * ratio;
    let second = s.e2 / (1.0 - s.e2) * b;
    for ((x, y), z) in x.iter_mut().zip(y).zip(z) {
        let p = (*x * *x + *y * *y).sqrt();
        let (tz, tp) = (*z, p * ratio);
        let r = 1.0 / (tz * tz + tp * tp).sqrt();
        let (sin, cos) = (tz * r, tp * r);
        let lat = atan2(*z + second * sin * sin * sin, p - s.e2 * s.a * cos * cos * cos);
        *x = atan2(*y, *x);
        *y = lat;
    }
}

fn helmert(
    m: &[[f64; 3]; 3],
    pivot: &[f64; 3],
    shift: &[f64; 3],
    x: &mut [f64],
    y: &mut [f64],
    z: &mut [f64],
) {
    for ((x, y), z) in x.iter_mut().zip(y).zip(z) {
        let (px, py, pz) = (*x - pivot[0], *y - pivot[1], *z - pivot[2]);
        *x = m[0][0] * px + m[0][1] * py + m[0][2] * pz + shift[0];
        *y = m[1][0] * px + m[1][1] * py + m[1][2] * pz + shift[1];
        *z = m[2][0] * px + m[2][1] * py + m[2][2] * pz + shift[2];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_undo_themselves() {
        let s = Spheroid { a: 6378137.0, e2: 0.006_694_38 };
        let steps = [
            Step::ToGeocentric(s),
            Step::helmert(&[100.0, -50.0, 30.0, 1.0, -2.0, 3.0, 5.0, 3e6, 4e6, 2e6], false),
            Step::FromGeocentric(s),
            Step::Offset(0.1, -0.001),
        ];
        let (mut x, mut y, mut z) = (vec![0.1, -2.0, 3.0], vec![0.7, -1.2, 0.1], vec![0.0; 3]);
        let before = (x.clone(), y.clone());
        let level = Level::new();
        for step in &steps {
            step.run(level, &mut x, &mut y, &mut z);
        }
        for step in steps.iter().rev() {
            step.inverse().run(level, &mut x, &mut y, &mut z);
        }
        for i in 0..3 {
            // heights are dropped on the way, which a shift of 100 m turns into some centimetres (1e-8 rad)
            assert!((x[i] - before.0[i]).abs() < 1e-7 && (y[i] - before.1[i]).abs() < 1e-7);
        }
        assert!((Step::helmert(&[1.0; 10], true).inverse_gap(&Step::helmert(&[1.0; 10], false))) < 1e-9);
    }

    impl Step {
        fn inverse_gap(self, other: &Step) -> f64 {
            let (Step::Helmert { matrix: a, .. }, Step::Helmert { matrix: b, .. }) = (self.inverse(), *other)
            else {
                return f64::NAN;
            };
            (0..9).map(|i| (a[i / 3][i % 3] - b[i / 3][i % 3]).abs()).fold(0.0, f64::max)
        }
    }
}
