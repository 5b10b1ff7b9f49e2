//! Statistics of the pixels around each pixel, all of the same weight.

mod histogram;
mod order;
mod sums;

use crate::{
    Border, Kernel, KernelInput, Scratch, Signature,
    gaussian::write_plane,
    kernel::{check_mask, mark_plane, require_real},
    padded::Padded,
    scratch::Buffers,
};
use ndarray::{ArrayViewMut3, Axis};
use raster_core::{AnyViewMut, DataType, Error, Halo, Keeps, Nodata, Result};

/// The statistic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FocalStatistic {
    /// Arithmetic mean.
    Mean,
    /// Standard deviation of the population (divided by the number of pixels).
    StandardDeviation,
    /// Smallest value.
    Minimum,
    /// Largest value.
    Maximum,
    /// The middle value; of an even number of pixels the upper of the two in the middle, so that it is a value of
    /// the raster (as `scipy.ndimage.median_filter`).
    Median,
    /// The most frequent value, the smallest of them when several are.
    Majority,
}

/// The pixels around a pixel that count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Neighbourhood {
    /// A square of 2 `radius_px` + 1 pixels.
    Square {
        /// Pixels on each side of the centre.
        radius_px: usize,
    },
    /// The pixels whose centre is at most `radius_px` away.
    Disc {
        /// Distance in pixels.
        radius_px: f64,
    },
}

impl Neighbourhood {
    /// Half the width of each of its rows, from the uppermost to the lowest.
    fn half_widths(self) -> Vec<usize> {
        match self {
            Self::Square { radius_px } => vec![radius_px; 2 * radius_px + 1],
            Self::Disc { radius_px } => {
                let r = radius_px as i64;
                let half = |dy: i64| (radius_px * radius_px - (dy * dy) as f64).max(0.0).sqrt() as usize;
                (-r..=r).map(half).collect()
            }
        }
    }
}

/// A statistic of the valid pixels in a neighbourhood, band by band.
///
/// Missing pixels (NaN, nodata, masked; beyond the raster with [`Border::Missing`], the default) do not count.
/// Where none counts the result is missing: NaN, or in an integer type the nodata value of the input (0 if there is
/// none). Mean and standard deviation give f32 for f16 and f32 and f64 for all else; the others keep the type.
///
/// Computes in f64 (integers beyond 2⁵³ are rounded), sums row by row in a fixed order. Time per pixel in
/// proportion to the pixels of the neighbourhood; for means, minima and maxima over a square, and for medians and
/// majorities of 8-bit rasters, to its height. Scratch: four planes of f64.
///
/// ```
/// use kernels::{Focal, FocalStatistic, Neighbourhood, Scratch, apply};
/// use raster_core::AnyArray;
///
/// let cover = AnyArray::from(ndarray::Array3::from_shape_fn((1, 9, 9), |(_, r, c)| u8::from((r, c) == (4, 4))));
/// let majority = Focal::new(FocalStatistic::Majority, Neighbourhood::Disc { radius_px: 1.5 })?;
/// let clean = apply(&majority, cover.view(), &mut Scratch::new())?.convert::<u8>();
/// assert!(clean.iter().all(|v| *v == 0));
/// # Ok::<(), raster_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Focal {
    statistic: FocalStatistic,
    border: Border,
    /// Half the width of each row of the neighbourhood.
    half_widths: Vec<usize>,
}

impl Focal {
    /// The largest radius, in pixels.
    pub const MAX_RADIUS: usize = 1 << 12;

    /// A statistic over a neighbourhood.
    ///
    /// # Errors
    /// `Misuse` when the radius is negative or not finite, `Limit` when it exceeds [`MAX_RADIUS`](Self::MAX_RADIUS).
    pub fn new(statistic: FocalStatistic, neighbourhood: Neighbourhood) -> Result<Self> {
        let radius = match neighbourhood {
            Neighbourhood::Square { radius_px } => radius_px as f64,
            Neighbourhood::Disc { radius_px } => radius_px,
        };
        if !(radius.is_finite() && radius >= 0.0) {
            return Err(Error::misuse(format!(
                "the radius is {radius}, expected a finite number that is not negative"
            )));
        }
        if radius > Self::MAX_RADIUS as f64 {
            return Err(Error::limit(format!(
                "the radius is {radius} pixels, the limit is {}",
                Self::MAX_RADIUS
            )));
        }
        Ok(Self { statistic, border: Border::Missing, half_widths: neighbourhood.half_widths() })
    }
    /// Another border.
    #[must_use]
    pub fn with_border(self, border: Border) -> Self {
        Self { border, ..self }
    }

    fn radius(&self) -> usize {
        self.half_widths.len() / 2
    }
}

impl Kernel for Focal {
    fn halo(&self) -> Halo {
        Halo::uniform(self.radius())
    }
    fn wraps(&self) -> bool {
        self.border == Border::Wrap
    }
    fn output(&self, input: Signature) -> Result<Signature> {
        require_real(input, "focal statistics")?;
        let data_type = match (self.statistic, input.data_type) {
            (FocalStatistic::Mean | FocalStatistic::StandardDeviation, DataType::F16 | DataType::F32) => {
                DataType::F32
            }
            (FocalStatistic::Mean | FocalStatistic::StandardDeviation, _) => DataType::F64,
            (_, kept) => kept,
        };
        Ok(Signature { data_type, ..input })
    }
    fn run(&self, input: &KernelInput<'_>, output: AnyViewMut<'_>, scratch: &mut Scratch) -> Result<()> {
        self.compute(input, output, None, scratch)
    }
    fn run_masked(
        &self,
        input: &KernelInput<'_>,
        output: AnyViewMut<'_>,
        mask: ArrayViewMut3<'_, u8>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        check_mask(&output, &mask)?;
        self.compute(input, output, Some(mask), scratch)
    }
    fn keeps(&self) -> Keeps {
        match self.statistic {
            FocalStatistic::Mean => Keeps::Quantity,
            FocalStatistic::StandardDeviation => Keeps::Nothing,
            FocalStatistic::Minimum
            | FocalStatistic::Maximum
            | FocalStatistic::Median
            | FocalStatistic::Majority => Keeps::Values,
        }
    }
}

impl Focal {
    fn compute(
        &self,
        input: &KernelInput<'_>,
        mut output: AnyViewMut<'_>,
        mut mask: Option<ArrayViewMut3<'_, u8>>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let trimmed = input.prepare(self, &output)?;
        let level = scratch.level.level();
        let byte_range = match trimmed.pixels.data_type() {
            DataType::U8 | DataType::I8 => Some(trimmed.pixels.data_type().range().0),
            _ => None,
        };
        let Buffers { source, weight, total, result, .. } = &mut scratch.f64;
        for band in 0..input.signature().bands {
            let padded = Padded::new(&trimmed, band, self.halo(), self.border, source, weight)?;
            let area = Area { half_widths: &self.half_widths, rows: trimmed.rows, cols: trimmed.cols };
            result.clear();
            result.resize(trimmed.rows * trimmed.cols, 0.0);
            match (self.statistic, byte_range) {
                (FocalStatistic::Mean, _) => sums::mean(level, &area, &padded, total, result),
                (FocalStatistic::StandardDeviation, _) => {
                    sums::standard_deviation(level, &area, &padded, total, result)
                }
                (FocalStatistic::Minimum, _) => {
                    order::extreme(level, &area, &padded, total, result, order::lower)
                }
                (FocalStatistic::Maximum, _) => {
                    order::extreme(level, &area, &padded, total, result, order::higher)
                }
                (FocalStatistic::Median, Some(low)) => {
                    histogram::run(&area, &padded, low, result, histogram::Counts::median)
                }
                (FocalStatistic::Majority, Some(low)) => {
                    histogram::run(&area, &padded, low, result, histogram::Counts::majority)
                }
                (FocalStatistic::Median, None) => order::sorted(&area, &padded, result, order::median),
                (FocalStatistic::Majority, None) => order::sorted(&area, &padded, result, order::majority),
            }
            if let Some(mask) = &mut mask {
                mark_plane(result, &mut mask.index_axis_mut(Axis(0), band));
            }
            if let Some(nodata) = trimmed.nodata.filter(|_| self.output_keeps_nodata(&output)) {
                result.iter_mut().filter(|v| v.is_nan()).for_each(|v| *v = Nodata::to_f64(nodata));
            }
            write_plane(result, None, band, &mut output);
        }
        Ok(())
    }

    fn output_keeps_nodata(&self, output: &AnyViewMut<'_>) -> bool {
        output.data_type().is_integer()
    }
}

/// The neighbourhood and the size of the output.
struct Area<'a> {
    half_widths: &'a [usize],
    rows: usize,
    cols: usize,
}

impl Area<'_> {
    fn radius(&self) -> usize {
        self.half_widths.len() / 2
    }
    fn is_square(&self) -> bool {
        self.half_widths.iter().all(|h| *h == self.radius())
    }
    /// The parts of the rows around output row `y`, each as wide as all its footprints: from the first pixel of the
    /// first to the last pixel of the last.
    fn parts<'p>(&self, padded: &Padded<'p>, y: usize) -> impl Iterator<Item = (usize, &'p [f64])> {
        let (radius, cols) = (self.radius(), self.cols);
        let rows: Vec<_> = self
            .half_widths
            .iter()
            .enumerate()
            .map(|(i, &h)| (h, &padded.row(y + i)[radius - h..radius + h + cols]))
            .collect();
        rows.into_iter()
    }
}
