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
    let (distance, azimuth, _) = inverse_arc(s, lat1, lat2, lon);
    (distance, azimuth)
}

/// The same with the arc on the auxiliary sphere.
pub(super) fn inverse_arc(s: Spheroid, lat1: f64, lat2: f64, lon: f64) -> (f64, f64, f64) {
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
            return (0.0, 0.0, 0.0);
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
            let distance = b * big_a * (sigma - delta(big_b, sin_s, cos_s, cos_2m));
            return (distance, libm::atan2(p, q), sigma);
        }
        if next.abs() > std::f64::consts::PI {
            break;
        }
        lambda = next;
    }
    (f64::NAN, f64::NAN, f64::NAN)
}

/// Reduced length in metres and geodesic scale of an arc `sigma` of the auxiliary sphere from a point at `lat1`: C. F. F.
/// Karney, "Algorithms for geodesics", J. Geodesy 87 (2013), equations 38 to 40, the integral by Gauss's rule.
pub(super) fn lengths(s: Spheroid, lat1: f64, azimuth: f64, sigma: f64) -> (f64, f64) {
    // Gauss-Legendre, eight points
    const NODES: [(f64, f64); 4] = [
        (0.183_434_642_495_649_8, 0.362_683_783_378_362),
        (0.525_532_409_916_329, 0.313_706_645_877_887_29),
        (0.796_666_477_413_626_7, 0.222_381_034_453_374_47),
        (0.960_289_856_497_536_2, 0.101_228_536_290_376_26),
    ];
    let ratio = (1.0 - s.e2).sqrt();
    let u1 = libm::atan2(ratio * libm::sin(lat1), libm::cos(lat1));
    let ((s1, c1), (sa1, ca1)) = (libm::sincos(u1), libm::sincos(azimuth));
    let start = libm::atan2(s1, c1 * ca1);
    let k2 = s.e2 / (1.0 - s.e2) * (1.0 - c1 * c1 * sa1 * sa1);
    let w = |t: f64| {
        let sin = libm::sin(t);
        (1.0 + k2 * sin * sin).sqrt()
    };
    let term = |t: f64| (w(t) * w(t) - 1.0) / w(t);
    let (middle, half) = (start + 0.5 * sigma, 0.5 * sigma);
    let sum =
        |(node, weight): &(f64, f64)| weight * (term(middle - half * node) + term(middle + half * node));
    let j = half * NODES.iter().map(sum).sum::<f64>();
    let ((sin1, cos1), (sin2, cos2)) = (libm::sincos(start), libm::sincos(start + sigma));
    let (w1, w2) = (w(start), w(start + sigma));
    let reduced = s.a * ratio * (w2 * cos1 * sin2 - w1 * sin1 * cos2 - cos1 * cos2 * j);
    (reduced, cos1 * cos2 + w2 / w1 * sin1 * sin2 - sin1 * cos2 * j / w1)
}

/// Longitude difference and latitude of the point at a distance and azimuth from a point at `lat1`.
pub(super) fn direct(s: Spheroid, lat1: f64, distance: f64, azimuth: f64) -> (f64, f64) {
    let (lon, lat, _) = direct_arc(s, lat1, distance, azimuth);
    (lon, lat)
}

/// The same with the arc on the auxiliary sphere.
pub(super) fn direct_arc(s: Spheroid, lat1: f64, distance: f64, azimuth: f64) -> (f64, f64, f64) {
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
    (lon, lat, sigma)
}
