//! Smallest, largest, mean and standard deviation of a band.

use super::level::Level;
use crate::{Dataset, format::Interleave, moments::Moments};
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

/// Samples per piece. A constant: pieces, and so the rounding of their sums, must not depend on threads, nor on how many
/// bands are asked for.
const PIECE_SAMPLES: usize = 1 << 22;

/// Bytes of samples and masks that are read together.
const TOGETHER_BYTES: usize = 96 << 20;

impl Dataset {
    /// Statistics of a band (from 1), from all pixels; `None` when none is valid. With `approximate`, from
    /// the smallest overview whose sides have together more than 1000 pixels, if there is one.
    ///
    /// Memory is that of a few rows of blocks.
    ///
    /// # Errors
    /// `Misuse` for a band that does not exist or complex samples; what reading blocks meets.
    pub fn statistics(&self, band: usize, approximate: bool) -> Result<Option<Statistics>> {
        Ok(self.statistics_of(&[band], approximate)?.pop().flatten())
    }

    /// [`statistics`](Self::statistics) of several bands, in their order: blocks that hold several of them are decoded once
    /// for all, or for as many as about 100 MB hold.
    ///
    /// # Errors
    /// As [`statistics`](Self::statistics).
    pub fn statistics_of(&self, bands: &[usize], approximate: bool) -> Result<Vec<Option<Statistics>>> {
        let levels = self.levels();
        let enough = |l: &&Level| l.info.width + l.info.height > 1000;
        let level = levels.iter().skip(1).rev().filter(|_| approximate).find(enough).unwrap_or(&levels[0]);
        let info = &level.info;
        if info.data_type.is_complex() {
            return Err(Error::misuse("complex samples have no statistics"));
        }
        let (block_rows, width) = (info.block.height.max(1), info.width.max(1));
        let apart = level.image.layout.interleave != Interleave::Pixel;
        let in_block = if apart { 1 } else { info.bands.len() };
        let rows = (PIECE_SAMPLES / in_block / width / block_rows).max(1) * block_rows;
        let band_bytes = rows.min(info.height) * width * (info.data_type.size() + 1);
        let together = if apart { 1 } else { (TOGETHER_BYTES / band_bytes.max(1)).max(1) };
        let mut totals: Vec<Option<Moments>> = vec![None; bands.len()];
        for row in (0..info.height).step_by(rows) {
            let window = Window::new(0, row as i64, info.width, rows.min(info.height - row));
            for (bands, totals) in bands.chunks(together).zip(totals.chunks_mut(together)) {
                for (piece, total) in level.moments(bands, &window)?.into_iter().zip(totals) {
                    if piece.count > 0 {
                        *total = Some(total.map_or(piece, |t| t.merged(&piece)));
                    }
                }
            }
        }
        let statistics = |t: Moments| Statistics {
            count: t.count,
            min: t.min,
            max: t.max,
            mean: t.mean,
            std: t.deviation(),
        };
        Ok(totals.into_iter().map(|t| t.map(statistics)).collect())
    }
}

impl Level {
    /// The moments of bands in a window.
    fn moments(&self, bands: &[usize], window: &Window) -> Result<Vec<Moments>> {
        let info = &self.info;
        info.check_read(bands, window, (bands.len(), window.height, window.width))?;
        if self.is_blank(bands, window) {
            // All alike, and not read.
            let sample = info.blank_sample().to_f64();
            let of = |&band: &usize| match info.is_blank_missing(band) || sample.is_nan() {
                true => Moments::default(),
                false => Moments::of_one(sample, window.area() as u64),
            };
            return Ok(bands.iter().map(of).collect());
        }
        let Masked { data: pixels, mask } = self.read_masked(bands, window)?;
        let (mask, plane) = (mask.as_slice().unwrap_or_default(), window.area().max(1));
        Ok(with_array!(AnyArray, &pixels, a => {
            let samples = a.as_slice().unwrap_or_default().chunks_exact(plane);
            samples.zip(mask.chunks_exact(plane)).map(|(s, m)| of_samples(s, m)).collect()
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
