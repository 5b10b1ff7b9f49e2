//! Shortest lines on the ellipsoid: T. Vincenty, "Direct and inverse solutions of geodesics on the ellipsoid with
//! application of nested equations", Survey Review 23 (1975). Below 0.1 mm, except between nearly antipodal points,
//! which give NaN.

use crate::spheroid::Spheroid;

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
    let (u1, u2) = (
        libm::atan2((1.0 - f) * libm::sin(lat1), libm::cos(lat1)),
        libm::atan2((1.0 - f) * libm::sin(lat2), libm::cos(lat2)),
    );
    let ((s1, c1), (s2, c2)) = (libm::sincos(u1), libm::sincos(u2));
    let mut lambda = lon;
    for _ in 0..200 {
        let (sl, cl) = libm::sincos(lambda);
        let (p, q) = (c2 * sl, c1 * s2 - s1 * c2 * cl);
        let sin_s = libm::hypot(p, q);
        if sin_s == 0.0 {
            return (0.0, 0.0);
        }
        let cos_s = s1 * s2 + c1 * c2 * cl;
        let sigma = libm::atan2(sin_s, cos_s);
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
            return (b * big_a * (sigma - delta(big_b, sin_s, cos_s, cos_2m)), libm::atan2(p, q));
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
    let u1 = libm::atan2((1.0 - f) * libm::sin(lat1), libm::cos(lat1));
    let ((s1, c1), (sa1, ca1)) = (libm::sincos(u1), libm::sincos(azimuth));
    let sigma1 = libm::atan2(s1, c1 * ca1);
    let sin_a = c1 * sa1;
    let cos2_a = 1.0 - sin_a * sin_a;
    let (big_a, big_b) = series(cos2_a * s.e2 / (1.0 - s.e2));
    let start = distance / (b * big_a);
    let mut sigma = start;
    for _ in 0..50 {
        let cos_2m = libm::cos(2.0 * sigma1 + sigma);
        let next = start + delta(big_b, libm::sin(sigma), libm::cos(sigma), cos_2m);
        let done = (next - sigma).abs() < 1e-15;
        sigma = next;
        if done {
            break;
        }
    }
    let (ss, cs) = libm::sincos(sigma);
    let cos_2m = libm::cos(2.0 * sigma1 + sigma);
    let t = s1 * ss - c1 * cs * ca1;
    let lat = libm::atan2(s1 * cs + c1 * ss * ca1, (1.0 - f) * libm::hypot(sin_a, t));
    let lambda = libm::atan2(ss * sa1, c1 * cs - s1 * ss * ca1);
    let c = f / 16.0 * cos2_a * (4.0 + f * (4.0 - 3.0 * cos2_a));
    let lon =
        lambda - (1.0 - c) * f * sin_a * (sigma + c * ss * (cos_2m + c * cs * (2.0 * cos_2m * cos_2m - 1.0)));
    (lon, lat)
}
