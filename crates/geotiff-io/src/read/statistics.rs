//! Smallest, largest, mean and standard deviation of a band.

use super::level::Level;
use crate::Dataset;
use raster_core::{Error, RasterSource, Result, Sample, Window, with_array};

/// Statistics of the valid pixels of a band; NaN does not count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statistics {
    /// Number of valid pixels.
    pub count: u64,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Mean.
    pub mean: f64,
    /// Standard deviation of the population (divided by the count).
    pub std: f64,
}

/// Pixels per piece. A constant: pieces, and so the rounding of their sums, must not depend on threads.
const PIECE_PIXELS: usize = 1 << 22;

impl Dataset {
    /// Statistics of a band (from 1), from all pixels; `None` when none is valid. With `approximate`, from
    /// the smallest overview whose sides have together more than 1000 pixels, if there is one.
    ///
    /// Memory is that of a few rows of blocks.
    ///
    /// # Errors
    /// `Misuse` for a band that does not exist or complex samples; what reading blocks meets.
    pub fn statistics(&self, band: usize, approximate: bool) -> Result<Option<Statistics>> {
        let levels = self.levels();
        let enough = |l: &&Level| l.info.width + l.info.height > 1000;
        let level = levels.iter().skip(1).rev().filter(|_| approximate).find(enough).unwrap_or(&levels[0]);
        let info = &level.info;
        if info.data_type.is_complex() {
            return Err(Error::misuse("complex samples have no statistics"));
        }
        let (block_rows, width) = (info.block.height, info.width.max(1));
        let rows = (PIECE_PIXELS / width / block_rows).max(1) * block_rows;
        let mut total = Moments::default();
        for row in (0..info.height).step_by(rows) {
            let window = Window::new(0, row as i64, info.width, rows.min(info.height - row));
            let pixels = level.read_window(&[band], &window)?;
            let mask = level.read_mask_window(&[band], &window)?;
            let mask = mask.as_slice().unwrap_or_default();
            total = total.merged(&with_array!(AnyArray, &pixels, a => {
                Moments::of(a.as_slice().unwrap_or_default(), mask)
            }));
        }
        Ok(total.finish())
    }
}

/// Count, extremes, mean, and the sum of squared differences from the mean.
#[derive(Clone, Copy, Debug)]
struct Moments {
    count: u64,
    min: f64,
    max: f64,
    mean: f64,
    squares: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self { count: 0, min: f64::INFINITY, max: f64::NEG_INFINITY, mean: 0.0, squares: 0.0 }
    }
}

impl Moments {
    /// Two passes over samples that are in memory: exact where a running mean rounds.
    fn of<T: Sample>(pixels: &[T], mask: &[u8]) -> Self {
        let valid =
            || pixels.iter().zip(mask).filter(|&(v, &m)| m != 0 && !v.is_nan()).map(|(v, _)| v.to_f64());
        let mut moments = Self::default();
        let mut sum = 0.0;
        for v in valid() {
            moments.count += 1;
            moments.min = moments.min.min(v);
            moments.max = moments.max.max(v);
            sum += v;
        }
        if moments.count > 0 {
            moments.mean = sum / moments.count as f64;
            moments.squares = valid().map(|v| (v - moments.mean).powi(2)).sum();
        }
        moments
    }

    /// Chan, Golub, LeVeque 1979.
    fn merged(self, other: &Self) -> Self {
        if self.count == 0 || other.count == 0 {
            return if self.count == 0 { *other } else { self };
        }
        let (n, m) = (self.count as f64, other.count as f64);
        let delta = other.mean - self.mean;
        Self {
            count: self.count + other.count,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            mean: self.mean + delta * m / (n + m),
            squares: self.squares + other.squares + delta * delta * n * m / (n + m),
        }
    }

    fn finish(self) -> Option<Statistics> {
        let Self { count, min, max, mean, squares } = self;
        (count > 0).then(|| Statistics { count, min, max, mean, std: (squares / count as f64).sqrt() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_merge_to_the_whole() {
        let values: Vec<i16> = (0..1000).map(|i| (i * 37 % 211) as i16).collect();
        let mask = vec![255; 1000];
        let whole = Moments::of(&values, &mask).finish().unwrap();
        let (a, b) = (Moments::of(&values[..300], &mask), Moments::of(&values[300..], &mask));
        let merged = a.merged(&Moments::default()).merged(&b).finish().unwrap();
        assert_eq!((whole.count, whole.min, whole.max), (merged.count, merged.min, merged.max));
        assert!((whole.mean - merged.mean).abs() < 1e-12 && (whole.std - merged.std).abs() < 1e-12);
        assert_eq!(Moments::of(&[f32::NAN, 1.0], &[255, 0]).finish(), None);
    }
}
