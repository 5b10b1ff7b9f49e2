//! Smallest, largest, mean and standard deviation of a band.

use super::level::Level;
use crate::{Dataset, moments::Moments};
use raster_core::{Error, Masked, RasterSource, Result, Sample, Window, with_array};

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
        let mut total: Option<Moments> = None;
        for row in (0..info.height).step_by(rows) {
            let window = Window::new(0, row as i64, info.width, rows.min(info.height - row));
            let Masked { data: pixels, mask } = level.read_masked(&[band], &window)?;
            let mask = mask.as_slice().unwrap_or_default();
            let piece =
                with_array!(AnyArray, &pixels, a => of_samples(a.as_slice().unwrap_or_default(), mask));
            if piece.count > 0 {
                total = Some(total.map_or(piece, |t| t.merged(&piece)));
            }
        }
        Ok(total.map(|t| Statistics {
            count: t.count,
            min: t.min,
            max: t.max,
            mean: t.mean,
            std: t.deviation(),
        }))
    }
}

/// The moments of the valid samples; NaN does not count.
fn of_samples<T: Sample>(samples: &[T], mask: &[u8]) -> Moments {
    let valid = |&(v, &m): &(&T, &u8)| m != 0 && !v.is_nan();
    Moments::of(samples.iter().zip(mask).filter(valid).map(|(v, _)| v.to_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_masked_or_no_number_does_not_count() {
        let moments = of_samples(&[f32::NAN, 1.0, 4.0, 2.0], &[255, 0, 255, 1]);
        assert_eq!((moments.count, moments.min, moments.max), (2, 2.0, 4.0));
    }
}
