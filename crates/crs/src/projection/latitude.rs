//! Auxiliary latitudes as Fourier series: conformal, authalic and rectifying latitude from the geographic one and back.
//!
//! Each is `angle + sum c[k] sin(2 (k + 1) angle)`, k = 0..6, with coefficients that are polynomials in the third
//! flattening n, up to n^6: C. F. F. Karney, "On auxiliary latitudes", Survey Review 56 (2024), arXiv:2212.05818. For
//! the ellipsoids of the Earth (n = 0.0017) the truncation is below 1e-18 radians.

use crate::math::sincos;

/// Coefficients of one conversion, for one ellipsoid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Series([f64; 6]);

/// Row k holds the coefficients of n^(k+1), n^(k+2), ... n^6 in c[k].
type Table = [&'static [f64]; 6];

const CONFORMAL_FROM_GEOGRAPHIC: Table = [
    &[-2.0, 2.0 / 3.0, 4.0 / 3.0, -82.0 / 45.0, 32.0 / 45.0, 4642.0 / 4725.0],
    &[5.0 / 3.0, -16.0 / 15.0, -13.0 / 9.0, 904.0 / 315.0, -1522.0 / 945.0],
    &[-26.0 / 15.0, 34.0 / 21.0, 8.0 / 5.0, -12686.0 / 2835.0],
    &[1237.0 / 630.0, -12.0 / 5.0, -24832.0 / 14175.0],
    &[-734.0 / 315.0, 109_598.0 / 31185.0],
    &[444_337.0 / 155_925.0],
];
const GEOGRAPHIC_FROM_CONFORMAL: Table = [
    &[2.0, -2.0 / 3.0, -2.0, 116.0 / 45.0, 26.0 / 45.0, -2854.0 / 675.0],
    &[7.0 / 3.0, -8.0 / 5.0, -227.0 / 45.0, 2704.0 / 315.0, 2323.0 / 945.0],
    &[56.0 / 15.0, -136.0 / 35.0, -1262.0 / 105.0, 73814.0 / 2835.0],
    &[4279.0 / 630.0, -332.0 / 35.0, -399_572.0 / 14175.0],
    &[4174.0 / 315.0, -144_838.0 / 6237.0],
    &[601_676.0 / 22275.0],
];
const AUTHALIC_FROM_GEOGRAPHIC: Table = [
    &[-4.0 / 3.0, -4.0 / 45.0, 88.0 / 315.0, 538.0 / 4725.0, 20824.0 / 467_775.0, -44732.0 / 2_837_835.0],
    &[34.0 / 45.0, 8.0 / 105.0, -2482.0 / 14175.0, -37192.0 / 467_775.0, -12_467_764.0 / 212_837_625.0],
    &[-1532.0 / 2835.0, -898.0 / 14175.0, 54968.0 / 467_775.0, 100_320_856.0 / 1_915_538_625.0],
    &[6007.0 / 14175.0, 24496.0 / 467_775.0, -5_884_124.0 / 70_945_875.0],
    &[-23356.0 / 66825.0, -839_792.0 / 19_348_875.0],
    &[570_284_222.0 / 1_915_538_625.0],
];
const GEOGRAPHIC_FROM_AUTHALIC: Table = [
    &[
        4.0 / 3.0,
        4.0 / 45.0,
        -16.0 / 35.0,
        -2582.0 / 14175.0,
        60136.0 / 467_775.0,
        28_112_932.0 / 212_837_625.0,
    ],
    &[46.0 / 45.0, 152.0 / 945.0, -11966.0 / 14175.0, -21016.0 / 51975.0, 251_310_128.0 / 638_512_875.0],
    &[3044.0 / 2835.0, 3802.0 / 14175.0, -94388.0 / 66825.0, -8_797_648.0 / 10_945_935.0],
    &[6059.0 / 4725.0, 41072.0 / 93555.0, -1_472_637_812.0 / 638_512_875.0],
    &[768_272.0 / 467_775.0, 455_935_736.0 / 638_512_875.0],
    &[4_210_684_958.0 / 1_915_538_625.0],
];
const RECTIFYING_FROM_GEOGRAPHIC: Table = [
    &[-3.0 / 2.0, 0.0, 9.0 / 16.0, 0.0, -3.0 / 32.0, 0.0],
    &[15.0 / 16.0, 0.0, -15.0 / 32.0, 0.0, 135.0 / 2048.0],
    &[-35.0 / 48.0, 0.0, 105.0 / 256.0, 0.0],
    &[315.0 / 512.0, 0.0, -189.0 / 512.0],
    &[-693.0 / 1280.0, 0.0],
    &[1001.0 / 2048.0],
];
const GEOGRAPHIC_FROM_RECTIFYING: Table = [
    &[3.0 / 2.0, 0.0, -27.0 / 32.0, 0.0, 269.0 / 512.0, 0.0],
    &[21.0 / 16.0, 0.0, -55.0 / 32.0, 0.0, 6759.0 / 4096.0],
    &[151.0 / 96.0, 0.0, -417.0 / 128.0, 0.0],
    &[1097.0 / 512.0, 0.0, -15543.0 / 2560.0],
    &[8011.0 / 2560.0, 0.0],
    &[293_393.0 / 61440.0],
];

/// Evaluates such a table at third flattening `n`.
pub(super) fn coefficients(table: &[&[f64]; 6], n: f64) -> [f64; 6] {
    let mut power = 1.0;
    table.map(|row| {
        power *= n;
        power * row.iter().rev().fold(0.0, |sum, c| sum * n + c)
    })
}

impl Series {
    pub(super) fn conformal(n: f64) -> Self {
        Self(coefficients(&CONFORMAL_FROM_GEOGRAPHIC, n))
    }
    pub(super) fn from_conformal(n: f64) -> Self {
        Self(coefficients(&GEOGRAPHIC_FROM_CONFORMAL, n))
    }
    pub(super) fn authalic(n: f64) -> Self {
        Self(coefficients(&AUTHALIC_FROM_GEOGRAPHIC, n))
    }
    pub(super) fn from_authalic(n: f64) -> Self {
        Self(coefficients(&GEOGRAPHIC_FROM_AUTHALIC, n))
    }
    pub(super) fn rectifying(n: f64) -> Self {
        Self(coefficients(&RECTIFYING_FROM_GEOGRAPHIC, n))
    }
    pub(super) fn from_rectifying(n: f64) -> Self {
        Self(coefficients(&GEOGRAPHIC_FROM_RECTIFYING, n))
    }

    /// What the series adds to an angle whose sine and cosine are given (Clenshaw).
    #[inline(always)]
    pub(super) fn correction(&self, sin: f64, cos: f64) -> f64 {
        let two_cos_2 = 2.0 * (cos - sin) * (cos + sin);
        let c = &self.0;
        let (mut b1, mut b2) = (c[5], 0.0);
        for k in (0..5).rev() {
            let b = two_cos_2 * b1 - b2 + c[k];
            b2 = b1;
            b1 = b;
        }
        2.0 * sin * cos * b1
    }

    /// The converted angle.
    #[inline(always)]
    pub(super) fn convert(&self, angle: f64) -> f64 {
        let (sin, cos) = sincos(angle);
        angle + self.correction(sin, cos)
    }

    /// Sine and cosine of the converted angle, from those of the angle: a rotation by the small correction.
    #[inline(always)]
    pub(super) fn rotate(&self, sin: f64, cos: f64) -> (f64, f64) {
        let d = self.correction(sin, cos);
        let z = d * d;
        // |d| < 0.02 for every ellipsoid flatter than 1/50 down to the sphere
        let s = d * (1.0 - z * (1.0 / 6.0 - z * (1.0 / 120.0 - z * (1.0 / 5040.0))));
        let c = 1.0 - z * (0.5 - z * (1.0 / 24.0 - z * (1.0 / 720.0 - z / 40320.0)));
        (sin * c + cos * s, cos * c - sin * s)
    }
}

/// Length of the meridian from the equator to the pole over a quarter circle of radius `a`: the factor by which the
/// rectifying latitude is multiplied to give metres over `a`.
pub(super) fn rectifying_radius(n: f64) -> f64 {
    let n2 = n * n;
    (1.0 + n2 * (1.0 / 4.0 + n2 * (1.0 / 64.0 + n2 / 256.0))) / (1.0 + n)
}

#[cfg(test)]
mod tests {
    use super::*;

    const F: f64 = 1.0 / 293.465; // the flattest of the EPSG registry is close to this

    fn n() -> f64 {
        F / (2.0 - F)
    }

    #[test]
    fn conformal_and_authalic_agree_with_their_definitions() {
        let e2 = F * (2.0 - F);
        let e = e2.sqrt();
        let q = |s: f64| (1.0 - e2) * (s / (1.0 - e2 * s * s) + (e * s).atanh() / e);
        for i in -89..90i32 {
            let phi = f64::from(i).to_radians();
            let s = phi.sin();
            let conformal = (phi.tan().asinh() - e * (e * s).atanh()).sinh().atan();
            let authalic = (q(s) / q(1.0)).asin();
            assert!((Series::conformal(n()).convert(phi) - conformal).abs() < 1e-15, "{i}");
            assert!((Series::from_conformal(n()).convert(conformal) - phi).abs() < 1e-15, "{i}");
            // asin loses digits near the pole
            let tolerance = if i.abs() < 80 { 2e-15 } else { 1e-13 };
            assert!((Series::authalic(n()).convert(phi) - authalic).abs() < tolerance, "{i}");
            assert!((Series::from_authalic(n()).convert(authalic) - phi).abs() < tolerance, "{i}");
            let (rs, rc) = Series::conformal(n()).rotate(s, phi.cos());
            assert!((rs - conformal.sin()).abs() < 1e-15 && (rc - conformal.cos()).abs() < 1e-15, "{i}");
        }
    }

    #[test]
    fn rectifying_agrees_with_the_integral() {
        let e2 = F * (2.0 - F);
        // Simpson's rule over the meridian radius of curvature
        let arc = |phi: f64| {
            let m = 20_000;
            let h = phi / f64::from(m);
            let r = |t: f64| (1.0 - e2) / (1.0 - e2 * t.sin().powi(2)).powf(1.5);
            (0..=m)
                .map(|i| {
                    r(h * f64::from(i)) * if i == 0 || i == m { 1.0 } else { f64::from(2 + 2 * (i % 2)) }
                })
                .sum::<f64>()
                * h
                / 3.0
        };
        for i in [5, 30, 45, 60, 85, 90] {
            let phi = f64::from(i).to_radians();
            let mu = Series::rectifying(n()).convert(phi);
            assert!((mu * rectifying_radius(n()) - arc(phi)).abs() < 1e-12, "{i}");
            assert!((Series::from_rectifying(n()).convert(mu) - phi).abs() < 1e-15, "{i}");
        }
    }
}
