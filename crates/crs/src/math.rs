//! Branch-free elementary functions, `f64` in and out, that vectorise inside array loops.
//!
//! The functions of `std` are calls that the compiler cannot vectorise. These are plain arithmetic and selects, so a
//! loop over an array compiles to vector code at every SIMD level. No fused multiply-add is used and nothing depends on
//! the vector length, so every level gives the same bits. Errors are below 2 units in the last place in the range that
//! each function states; NaN goes through. Polynomials: Cephes (Moshier) and fdlibm (Sun), both free to use.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, LOG2_E, PI};

/// Adding and subtracting 1.5 * 2^52 rounds to the nearest integer, which then sits in the low bits of the sum.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// Nearest integer, |x| < 2^51.
#[inline(always)]
pub(crate) fn round(x: f64) -> f64 {
    (x + ROUNDER) - ROUNDER
}

/// Sine and cosine, |x| < 10^5.
#[inline(always)]
pub(crate) fn sincos(x: f64) -> (f64, f64) {
    let shifted = x * (2.0 / PI) + ROUNDER;
    let quadrant = shifted.to_bits();
    let n = shifted - ROUNDER;
    // pi/2 in three parts whose products with n are exact enough
    let r = x - n * 1.570_796_326_734_125_6;
    let r = r - n * 6.077_100_506_303_966e-11;
    let r = r - n * 2.022_266_248_795_950_6e-21;
    let z = r * r;
    let s = r + r
        * z
        * (-1.666_666_666_666_663_2e-1
            + z * (8.333_333_333_322_49e-3
                + z * (-1.984_126_982_985_795e-4
                    + z * (2.755_731_370_707_006_8e-6
                        + z * (-2.505_076_025_340_686_3e-8 + z * 1.589_690_995_211_55e-10)))));
    let c = 1.0 - 0.5 * z
        + z * z
            * (4.166_666_666_666_66e-2
                + z * (-1.388_888_888_887_411e-3
                    + z * (2.480_158_728_947_673e-5
                        + z * (-2.755_731_435_139_066_3e-7
                            + z * (2.087_572_321_298_175e-9 + z * -1.135_964_755_778_819_5e-11)))));
    let swap = quadrant & 1 != 0;
    let a = if swap { c } else { s };
    let b = if swap { s } else { c };
    // bit 1 of the quadrant is the sign of the sine; of the quadrant plus one, that of the cosine
    let sign_a = (quadrant & 2) << 62;
    let sign_b = (quadrant.wrapping_add(1) & 2) << 62;
    (f64::from_bits(a.to_bits() ^ sign_a), f64::from_bits(b.to_bits() ^ sign_b))
}

/// Arc tangent.
#[inline(always)]
pub(crate) fn atan(x: f64) -> f64 {
    let a = x.abs();
    let big = a > 2.414_213_562_373_095;
    let middle = a > 0.66;
    let numerator = if big {
        -1.0
    } else if middle {
        a - 1.0
    } else {
        a
    };
    let denominator = if big {
        a
    } else if middle {
        a + 1.0
    } else {
        1.0
    };
    let offset = if big {
        FRAC_PI_2
    } else if middle {
        FRAC_PI_4
    } else {
        0.0
    };
    let low = if big {
        6.123_233_995_736_766e-17
    } else if middle {
        3.061_616_997_868_383e-17
    } else {
        0.0
    };
    (offset + (atan_reduced(numerator / denominator) + low)).copysign(x)
}

/// Arc tangent of |t| <= 0.66 (Cephes).
#[inline(always)]
fn atan_reduced(t: f64) -> f64 {
    let z = t * t;
    let p = (((-8.750_608_600_031_904e-1 * z - 1.615_753_718_733_365e1) * z - 7.500_855_792_314_705e1) * z
        - 1.228_866_684_490_136_1e2)
        * z
        - 6.485_021_904_942_025e1;
    let q = ((((z + 2.485_846_490_142_306_4e1) * z + 1.650_270_098_316_988_4e2) * z
        + 4.328_810_604_912_902_6e2)
        * z
        + 4.853_903_996_359_137e2)
        * z
        + 1.945_506_571_482_614e2;
    t * z * (p / q) + t
}

/// Angle of the vector (x, y) from the x axis; zero for the zero vector.
#[inline(always)]
pub(crate) fn atan2(y: f64, x: f64) -> f64 {
    let (ax, ay) = (x.abs(), y.abs());
    let steep = ay > ax;
    let low = if steep { ax } else { ay };
    let high = if steep { ay } else { ax };
    // t in 0..=1; fold once more at 0.66 without a second division: (low - high) / (low + high)
    let middle = low > 0.66 * high;
    let numerator = if middle { low - high } else { low };
    let denominator = if middle { low + high } else { high };
    let t = atan_reduced(numerator / if denominator == 0.0 { 1.0 } else { denominator });
    let t = if middle { FRAC_PI_4 + (t + 3.061_616_997_868_383e-17) } else { t };
    let t = if steep { FRAC_PI_2 - (t - 6.123_233_995_736_766e-17) } else { t };
    let t = if x < 0.0 { PI - (t - 1.224_646_799_147_353_2e-16) } else { t };
    t.copysign(y)
}

/// Natural exponential, |x| < 700; NaN stays NaN.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    let x = if x > 700.0 { 700.0 } else { x };
    let x = if x < -700.0 { -700.0 } else { x };
    let shifted = x * LOG2_E + ROUNDER;
    let k = shifted - ROUNDER;
    let r = (x - k * 6.931_457_519_531_25e-1) - k * 1.428_606_820_309_417_2e-6;
    let z = r * r;
    let p = r * (1.0 + z * (3.029_944_077_074_419_6e-2 + z * 1.261_771_930_748_105_9e-4));
    let q = 2.0
        + z * (2.272_655_482_081_550_2e-1 + z * (2.524_483_403_496_841e-3 + z * 3.001_985_051_386_644_6e-6));
    let e = 1.0 + 2.0 * p / (q - p);
    f64::from_bits(e.to_bits().wrapping_add(shifted.to_bits() << 52))
}

/// Natural logarithm of a positive normal number (fdlibm); anything else gives a number without meaning or NaN.
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    // split x = m * 2^k with m in sqrt(1/2)..sqrt(2)
    let bits = x.to_bits().wrapping_sub(0x3fe6_a09e_667f_3bcd);
    let k_bits = bits >> 52;
    let m = f64::from_bits(x.to_bits().wrapping_sub(k_bits << 52));
    // the 12-bit exponent difference as a signed number, without an integer conversion
    let k = f64::from_bits(0x4330_0000_0000_0000 | (k_bits ^ 0x800)) - 4_503_599_627_372_544.0;
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let t1 =
        w * (3.999_999_999_940_942e-1 + w * (2.222_219_843_214_978_4e-1 + w * 1.531_383_769_920_937_3e-1));
    let t2 = z
        * (6.666_666_666_666_735e-1
            + w * (2.857_142_874_366_239e-1
                + w * (1.818_357_216_161_805e-1 + w * 1.479_819_860_511_658_6e-1)));
    let h = 0.5 * f * f;
    k * 6.931_471_803_691_238e-1 - ((h - (s * (h + (t1 + t2)) + k * 1.908_214_929_270_587_7e-10)) - f)
}

/// Inverse hyperbolic sine, |x| < 10^150.
#[inline(always)]
pub(crate) fn asinh(x: f64) -> f64 {
    let a = x.abs();
    // ln(1 + y) with the rounding error of 1 + y put back keeps small arguments exact
    let y = a + a * a / (1.0 + (a * a + 1.0).sqrt());
    ln_1p(y).copysign(x)
}

/// ln(1 + y) for y > -0.5.
#[inline(always)]
pub(crate) fn ln_1p(y: f64) -> f64 {
    let u = 1.0 + y;
    ln(u) + (y - (u - 1.0)) / u
}

/// Brings an angle into -pi..=pi; angles already there keep their bits, and so do those that overshoot by
/// rounding only (1e-12, PROJ's tolerance): the date line stays on the side it was on.
#[inline(always)]
pub(crate) fn wrap(angle: f64) -> f64 {
    let wrapped = angle - 2.0 * PI * round(angle * (0.5 / PI));
    if angle.abs() <= PI + 1e-12 { angle } else { wrapped }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest error in units of the last place of the expected value, and of `floor` below it.
    fn worst(mine: impl Fn(f64) -> f64, theirs: impl Fn(f64) -> f64, from: f64, to: f64, floor: f64) -> f64 {
        let n = 100_000;
        (0..=n)
            .map(|i| from + (to - from) * f64::from(i) / f64::from(n))
            .map(|x| (mine(x) - theirs(x)).abs() / (theirs(x).abs().max(floor) * f64::EPSILON))
            .fold(0.0, f64::max)
    }

    #[test]
    fn elementary_functions_agree_with_std() {
        assert!(worst(|x| sincos(x).0, f64::sin, -30.0, 30.0, 1.0) < 1.5);
        assert!(worst(|x| sincos(x).1, f64::cos, -30.0, 30.0, 1.0) < 1.5);
        assert!(worst(|x| sincos(x).0, f64::sin, -1.0, 1.0, 0.0) < 2.0);
        assert!(worst(atan, f64::atan, -5.0, 5.0, 0.0) < 2.0);
        assert!(worst(atan, f64::atan, -1e9, 1e9, 0.0) < 2.0);
        assert!(worst(exp, f64::exp, -40.0, 40.0, 0.0) < 2.5);
        assert!(worst(ln, f64::ln, 1e-9, 10.0, 0.0) < 2.0);
        assert!(worst(ln, f64::ln, 10.0, 1e9, 0.0) < 2.0);
        assert!(worst(asinh, f64::asinh, -10.0, 10.0, 0.0) < 4.0);
        for i in 0..3600 {
            let angle = (f64::from(i) / 10.0 - 180.0).to_radians();
            let (s, c) = angle.sin_cos();
            for r in [1e-300, 1.0, 1e9] {
                assert!((atan2(s * r, c * r) - f64::atan2(s * r, c * r)).abs() < 1e-15, "{angle} {r}");
            }
        }
        assert_eq!(atan2(0.0, 0.0), 0.0);
        assert!(exp(f64::NAN).is_nan() && sincos(f64::NAN).0.is_nan() && atan2(f64::NAN, 1.0).is_nan());
    }
}
