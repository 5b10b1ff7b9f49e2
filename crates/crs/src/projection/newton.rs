//! Exact inverses of projections whose published inverse is an approximation.

/// Solves `forward(lon, lat) = (x, y)` from a first guess by Newton's method with a numerical Jacobian.
///
/// NaN when it does not converge to 1e-13 radians.
pub(super) fn solve(
    forward: impl Fn(f64, f64) -> (f64, f64),
    (x, y): (f64, f64),
    mut guess: (f64, f64),
) -> (f64, f64) {
    const H: f64 = 1e-6;
    for _ in 0..30 {
        let (lon, lat) = guess;
        let (px, py) = forward(lon, lat);
        let (ex, ey) = (px - x, py - y);
        let (ax, ay) = forward(lon + H, lat);
        let (bx, by) = forward(lon - H, lat);
        let (cx, cy) = forward(lon, lat + H);
        let (dx, dy) = forward(lon, lat - H);
        let (xl, yl) = ((ax - bx) / (2.0 * H), (ay - by) / (2.0 * H));
        let (xp, yp) = ((cx - dx) / (2.0 * H), (cy - dy) / (2.0 * H));
        let det = xl * yp - xp * yl;
        let (sl, sp) = ((ex * yp - ey * xp) / det, (ey * xl - ex * yl) / det);
        guess = (lon - sl, lat - sp);
        if !(guess.0.is_finite() && guess.1.is_finite()) || guess.1.abs() > 2.0 || guess.0.abs() > 7.0 {
            break;
        }
        if sl.abs() + sp.abs() < 1e-13 {
            return guess;
        }
    }
    (f64::NAN, f64::NAN)
}
