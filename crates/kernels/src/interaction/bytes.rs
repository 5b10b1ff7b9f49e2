//! Interaction of u8 bands as u8: in f32 first, since most pixels need no more.
//!
//! An f32 result whose distance from the nearest whole number is more than its error rounds up to the same byte as the
//! f64 result; the few other pixels are left to f64, so the bytes are those of the plain way, whose divisions
//! take most of its time.

use super::Finish;
use fearless_simd::Simd;

/// Pixels computed at a time.
pub(super) const CHUNK: usize = 512;
/// More bands would leave the range and the error bound of f32: 255^8 is 2e19.
pub(super) const MAX_BANDS: usize = 8;
/// Relative error of a result, more than at most 8 + 3 roundings of 2^-24.
const MARGIN: f32 = 1.0 / (1 << 19) as f32;

/// Buffers for a chunk.
pub(super) struct Bytes {
    product: [f32; CHUNK],
    sum: [f32; CHUNK],
    /// How much farther a result is from a whole number than its error: less than 0 where f64 has to decide.
    slack: [f32; CHUNK],
}

impl Bytes {
    pub(super) fn new() -> Self {
        Self { product: [0.0; CHUNK], sum: [0.0; CHUNK], slack: [0.0; CHUNK] }
    }

    /// The interaction of bands of equal length, at most [`CHUNK`], into `out`.
    pub(super) fn run<'a>(
        &mut self,
        level: fearless_simd::Level,
        finish: Finish,
        bands: impl Iterator<Item = &'a [u8]> + Clone,
        out: &mut [u8],
    ) {
        if fearless_simd::dispatch!(level, simd => self.fill(simd, finish, bands.clone(), out)) {
            return;
        }
        for (i, o) in out.iter_mut().enumerate().filter(|(i, _)| self.slack[*i] < 0.0) {
            let (mut product, mut sum) = (1.0, 0.0);
            for band in bands.clone() {
                let share = f64::from(band[i]) / 255.0;
                product *= share;
                sum += share;
            }
            *o = finish.value(product, sum);
        }
    }

    /// The bytes as f32 gives them. Are all of them right?
    #[inline(always)]
    fn fill<'a, S: Simd>(
        &mut self,
        _: S,
        finish: Finish,
        bands: impl Iterator<Item = &'a [u8]>,
        out: &mut [u8],
    ) -> bool {
        let width = out.len();
        let (product, sum, slack) =
            (&mut self.product[..width], &mut self.sum[..width], &mut self.slack[..width]);
        if finish.standardize {
            sum.fill(0.0);
        }
        // What remains to be multiplied: 1 / 255 per band, the norm, and 255 for the output.
        let mut factor = 255.0 / finish.norm.unwrap_or(1.0);
        for (k, band) in bands.enumerate() {
            factor /= 255.0;
            if k == 0 {
                product.iter_mut().zip(band).for_each(|(p, &v)| *p = f32::from(v));
            } else {
                product.iter_mut().zip(band).for_each(|(p, &v)| *p *= f32::from(v));
            }
            if finish.standardize {
                sum.iter_mut().zip(band).for_each(|(s, &v)| *s += f32::from(v));
            }
        }
        if finish.standardize {
            factor *= 255.0;
            // Where the sum is 0 so is the product.
            product.iter_mut().zip(sum).for_each(|(p, s)| *p /= s.max(1.0));
        }
        let factor = factor as f32;
        let mut signs = 0;
        for ((p, o), slack) in product.iter().zip(out).zip(slack) {
            // Beside 2^23 an f32 has no fraction, and its lowest bits are the whole number.
            const WHOLE: f32 = (1 << 23) as f32;
            let value = p * factor;
            // All that is more than 254 becomes 255.
            let value = if value < 254.5 { value } else { 254.5 };
            let nearest = (value + WHOLE) - WHOLE;
            let up = if value > nearest { 1.0 } else { 0.0 };
            *o = (nearest + up + WHOLE).to_bits() as u8;
            *slack = (value - nearest).abs() - value * MARGIN;
            signs |= slack.to_bits();
        }
        signs >> 31 == 0
    }
}
