//! Shortest lines on the ellipsoid: T. Vincenty, "Direct and inverse solutions of geodesics on the ellipsoid with
//! application of nested equations", Survey Review 23 (1975). Below 0.1 mm, except between nearly antipodal points,
//! which give NaN.

use super::Spheroid;

/// Coefficients of the distance series at the squared expansion parameter `u2`.
fn series(u2: f64) -> (f64, f64) {
    // Vincenty's k1 form (1979), more accurate than the nested one
    let r = (1.0 + u2).sqrt();
    let k1 = (r - 1.0) / (r + 1.0);
    ((1.0 + 0.25 * k1 * k1) / (1.0 - k1), k1 * (1.0 - 0.375 * k1 * k1))
}

/// Length correction of an arc of `sigma` on the auxiliary sphere.
fn delta(b: f64, sin_s: f64, cos_s: f64, cos_2m: f64) -> f64 {
    b * sin_s
        * (cos_2m
            + 0.25
                * b
                * (cos_s * (2.0 * cos_2m * cos_2m - 1.0)
                    - b / 6.0 * cos_2m * (4.0 * sin_s * sin_s - 3.0) * (4.0 * cos_2m * cos_2m - 3.0)))
}

/// Distance in metres and azimuth at the first point, radians clockwise from north.
pub(super) fn inverse(s: Spheroid, lat1: f64, lat2: f64, lon: f64) -> (f64, f64) {
    let f = 1.0 - (1.0 - s.e2).sqrt();
    let b = s.a * (1.0 - f);
    let (u1, u2) = (((1.0 - f) * lat1.sin()).atan2(lat1.cos()), ((1.0 - f) * lat2.sin()).atan2(lat2.cos()));
    let ((s1, c1), (s2, c2)) = (u1.sin_cos(), u2.sin_cos());
    let mut lambda = lon;
    for _ in 0..200 {
        let (sl, cl) = lambda.sin_cos();
        let (p, q) = (c2 * sl, c1 * s2 - s1 * c2 * cl);
        let sin_s = p.hypot(q);
        if sin_s == 0.0 {
            return (0.0, 0.0);
        }
        let cos_s = s1 * s2 + c1 * c2 * cl;
        let sigma = sin_s.atan2(cos_s);
        let sin_a = c1 * c2 * sl / sin_s;
        let cos2_a = 1.0 - sin_a * sin_a;
        let cos_2m = if cos2_a < 1e-30 { 0.0 } else { cos_s - 2.0 * s1 * s2 / cos2_a };
        let c = f / 16.0 * cos2_a * (4.0 + f * (4.0 - 3.0 * cos2_a));
        let next = lon
            + (1.0 - c)
                * f
                * sin_a
                * (sigma + c * sin_s * (cos_2m + c * cos_s * (2.0 * cos_2m * cos_2m - 1.0)));
        if (next - lambda).abs() < 1e-14 {
            let (big_a, big_b) = series(cos2_a * s.e2 / (1.0 - s.e2));
            return (b * big_a * (sigma - delta(big_b, sin_s, cos_s, cos_2m)), p.atan2(q));
        }
        if next.abs() > std::f64::consts::PI {
            break;
        }
        lambda = next;
    }
    (f64::NAN, f64::NAN)
}

/// Longitude difference and latitude of the point at a distance and azimuth from a point at `lat1`.
pub(super) fn direct(s: Spheroid, lat1: f64, distance: f64, azimuth: f64) -> (f64, f64) {
    let f = 1.0 - (1.0 - s.e2).sqrt();
    let b = s.a * (1.0 - f);
    let u1 = ((1.0 - f) * lat1.sin()).atan2(lat1.cos());
    let ((s1, c1), (sa1, ca1)) = (u1.sin_cos(), azimuth.sin_cos());
    let sigma1 = s1.atan2(c1 * ca1);
    let sin_a = c1 * sa1;
    let cos2_a = 1.0 - sin_a * sin_a;
    let (big_a, big_b) = series(cos2_a * s.e2 / (1.0 - s.e2));
    let start = distance / (b * big_a);
    let mut sigma = start;
    for _ in 0..50 {
        let cos_2m = (2.0 * sigma1 + sigma).cos();
        let next = start + delta(big_b, sigma.sin(), sigma.cos(), cos_2m);
        let done = (next - sigma).abs() < 1e-15;
        sigma = next;
        if done {
            break;
        }
    }
    let (ss, cs) = sigma.sin_cos();
    let cos_2m = (2.0 * sigma1 + sigma).cos();
    let t = s1 * ss - c1 * cs * ca1;
    let lat = (s1 * cs + c1 * ss * ca1).atan2((1.0 - f) * sin_a.hypot(t));
    let lambda = (ss * sa1).atan2(c1 * cs - s1 * ss * ca1);
    let c = f / 16.0 * cos2_a * (4.0 + f * (4.0 - 3.0 * cos2_a));
    let lon =
        lambda - (1.0 - c) * f * sin_a * (sigma + c * ss * (cos_2m + c * cs * (2.0 * cos_2m * cos_2m - 1.0)));
    (lon, lat)
}
