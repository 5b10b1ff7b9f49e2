//! Entropy and its relatives: over bands that hold shares, and straight from a raster of categories.

mod bands;
mod classes;
mod edges;
mod measure;
mod strip;
mod surroundings;

pub use bands::BandDiversity;
pub use measure::Measure;
pub(crate) use surroundings::ClassScratch;
pub use surroundings::{CategoryDiversity, Counted};

use crate::{Rescale, Scaler};
use raster_core::{DataType, Error, Result};

/// What is measured, and how it is written.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DiversityOptions {
    /// The measure.
    pub measure: Measure,
    /// Whether the measure is divided by its maximum, and scaled to `output_range`.
    pub normed: bool,
    /// The number of categories that the maximum is taken for; those at hand when `None`. A smaller number than
    /// there are gives values above the maximum: integers saturate, floats exceed the range.
    pub max_categories: Option<usize>,
    /// The type of the output.
    pub data_type: DataType,
    /// What 0 and the maximum become: 0..1 for floats and the full range for integers when `None`. For a measure
    /// that is not normed it has to be `None`.
    pub output_range: Option<(f64, f64)>,
}

impl DiversityOptions {
    /// A normed measure as this type.
    #[must_use]
    pub fn new(measure: Measure, data_type: DataType) -> Self {
        Self { measure, normed: true, max_categories: None, data_type, output_range: None }
    }
    /// Divided by its maximum or not.
    #[must_use]
    pub fn normed(self, normed: bool) -> Self {
        Self { normed, ..self }
    }
    /// Another number of categories for the maximum.
    #[must_use]
    pub fn max_categories(self, n: usize) -> Self {
        Self { max_categories: Some(n), ..self }
    }
    /// Another output range.
    #[must_use]
    pub fn output_range(self, low: f64, high: f64) -> Self {
        Self { output_range: Some((low, high)), ..self }
    }

    /// From the measure's value to the output, with `n` categories at hand.
    fn scaler(&self, n: Option<usize>) -> Result<Scaler> {
        self.measure.check()?;
        if !self.normed {
            if self.output_range.is_some() || self.max_categories.is_some() {
                return Err(Error::misuse(
                    "output range and maximum number of categories are for a normed measure",
                ));
            }
            return Rescale::to_type(self.data_type).plan(DataType::F64);
        }
        let n = self.max_categories.or(n).ok_or_else(|| {
            Error::misuse("a normed measure of all values needs the maximum number of categories")
        })?;
        let maximum = self.measure.maximum(n.max(1));
        if n == 0 || maximum <= 0.0 {
            return Err(Error::misuse(format!(
                "{:?} of {n} categories has the maximum 0: it cannot be normed",
                self.measure
            )));
        }
        let full = if self.data_type.is_float() { (0.0, 1.0) } else { self.data_type.range() };
        let (low, high) = self.output_range.unwrap_or(full);
        Rescale::to_type(self.data_type)
            .with_input_range(0.0, maximum)
            .with_output_range(low, high)
            .plan(DataType::F64)
    }
}

/// The sum in numpy's order: one after another below 8 numbers, eight interleaved partial sums up to 128, halves
/// beyond.
pub(crate) fn pairwise_sum(values: &[f64]) -> f64 {
    match values.len() {
        n if n < 8 => values.iter().fold(0.0, |sum, v| sum + v),
        n if n <= 128 => {
            let (chunks, rest) = values.as_chunks::<8>();
            let mut s = chunks[0];
            for chunk in &chunks[1..] {
                s.iter_mut().zip(chunk).for_each(|(s, v)| *s += v);
            }
            let sum = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
            rest.iter().fold(sum, |sum, v| sum + v)
        }
        n => {
            let (left, right) = values.split_at(n / 2 - n / 2 % 8);
            pairwise_sum(left) + pairwise_sum(right)
        }
    }
}
