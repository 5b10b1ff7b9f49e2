//! Interaction of u8 bands as u8: bounds in f32 first, since most pixels need no more.
//!
//! The f64 result of a pixel lies between two bounds computed in f32. Where both round up to the same whole number,
//! that is the result; the few other pixels are left to f64, so the bytes are those of the plain way. Bounds cost a
//! fifth of the f64 way, whose divisions take most of its time.

use super::Finish;
use fearless_simd::Simd;

/// Pixels computed at a time.
pub(super) const CHUNK: usize = 512;
/// More bands would leave the range and the error bound of f32: 255^8 is 2e19.
pub(super) const MAX_BANDS: usize = 8;
/// Relative half width of the bounds. The f32 value is the result of at most 8 + 3 roundings of 2^-24, the bound of
/// two more: less than 2^-20.
const MARGIN: f32 = 1.0 / (1 << 19) as f32;

/// Buffers for a chunk.
pub(super) struct Bounds {
    product: [f32; CHUNK],
    sum: [f32; CHUNK],
    low: [u8; CHUNK],
    high: [u8; CHUNK],
}

impl Bounds {
    pub(super) fn new() -> Self {
        Self { product: [0.0; CHUNK], sum: [0.0; CHUNK], low: [0; CHUNK], high: [0; CHUNK] }
    }

    /// The interaction of bands of equal length, at most [`CHUNK`], into `out`.
    pub(super) fn run<'a>(
        &mut self,
        level: fearless_simd::Level,
        finish: Finish,
        bands: impl Iterator<Item = &'a [u8]> + Clone,
        out: &mut [u8],
    ) {
        fearless_simd::dispatch!(level, simd => self.fill(simd, finish, bands.clone(), out.len()));
        let (low, high) = (&self.low[..out.len()], &self.high[..out.len()]);
        out.copy_from_slice(low);
        if low == high {
            return;
        }
        for (i, o) in out.iter_mut().enumerate().filter(|(i, _)| low[*i] != high[*i]) {
            let (mut product, mut sum) = (1.0, 0.0);
            for band in bands.clone() {
                let share = f64::from(band[i]) / 255.0;
                product *= share;
                sum += share;
            }
            *o = finish.value(product, sum);
        }
    }

    #[inline(always)]
    fn fill<'a, S: Simd>(
        &mut self,
        _: S,
        finish: Finish,
        bands: impl Iterator<Item = &'a [u8]>,
        width: usize,
    ) {
        let (product, sum) = (&mut self.product[..width], &mut self.sum[..width]);
        product.fill(1.0);
        sum.fill(0.0);
        // What remains to be multiplied: 1 / 255 per band, the norm, and 255 for the output.
        let mut factor = 255.0 / finish.norm.unwrap_or(1.0);
        for band in bands {
            factor /= 255.0;
            for (p, &v) in product.iter_mut().zip(band) {
                *p *= f32::from(v);
            }
            if finish.standardize {
                for (s, &v) in sum.iter_mut().zip(band) {
                    *s += f32::from(v);
                }
            }
        }
        if finish.standardize {
            factor *= 255.0;
            // Where the sum is 0 so is the product.
            product.iter_mut().zip(sum).for_each(|(p, s)| *p /= s.max(1.0));
        }
        let factor = factor as f32;
        for ((p, low), high) in product.iter().zip(&mut self.low).zip(&mut self.high) {
            let value = p * factor;
            *low = round_up(value * (1.0 - MARGIN));
            *high = round_up(value * (1.0 + MARGIN));
        }
    }
}

/// The least whole number that is not less, at most 255; for values that are not negative.
#[inline(always)]
fn round_up(value: f32) -> u8 {
    // Beside 2^23 an f32 has no fraction, and its lowest bits are the whole number.
    const WHOLE: f32 = (1 << 23) as f32;
    let value = if value < 255.0 { value } else { 255.0 };
    let nearest = (value + WHOLE) - WHOLE;
    let up = if value > nearest { 1.0 } else { 0.0 };
    (nearest + up + WHOLE).to_bits() as u8
}
