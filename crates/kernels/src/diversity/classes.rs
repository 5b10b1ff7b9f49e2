//! From pixel values to numbers of classes.

use crate::{categories::Category, kernel::Trimmed};
use ndarray::ArrayView3;
use raster_core::{Error, Result, Sample, with_array};

/// Numbers of classes per pixel, in the order in which classes are summed.
#[derive(Default)]
pub(crate) struct Labels {
    /// The class of every pixel, row after row; `classes` for a pixel of none.
    pub labels: Vec<u16>,
    /// How many classes occur in the window.
    pub classes: usize,
    /// The label of a value that a constant border stands for.
    pub border: u16,
}

/// At most so many classes in one window: their shares have to be held together.
const MAX_CLASSES: usize = 1024;
/// A pixel of no class, before numbers are made consecutive.
const NONE: u32 = u32::MAX;

/// The positions of listed values in their list, found by value.
#[derive(Debug)]
pub(crate) struct ValueIndex {
    /// (value, position), sorted by value.
    pairs: Vec<(f64, u32)>,
}

impl ValueIndex {
    /// # Errors
    /// `Misuse` when a value belongs to two categories.
    pub(crate) fn new(categories: &[Category]) -> Result<Self> {
        let mut pairs: Vec<(f64, u32)> = categories
            .iter()
            .zip(0u32..)
            .flat_map(|(category, i)| category.values().iter().map(move |&v| (v, i)))
            .collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        pairs.dedup();
        if let Some(pair) = pairs.windows(2).find(|p| p[0].0 == p[1].0) {
            return Err(Error::misuse(format!("the value {} belongs to two categories", pair[0].0)));
        }
        Ok(Self { pairs })
    }

    fn find(&self, value: f64) -> u32 {
        self.pairs
            .binary_search_by(|p| p.0.partial_cmp(&value).unwrap_or(std::cmp::Ordering::Less))
            .map_or(NONE, |i| self.pairs[i].1)
    }
}

impl Labels {
    /// Label band 0 of `input` by position in a list, or by value when there is none. Missing pixels (NaN, and
    /// nodata or masked ones) belong to no class.
    pub(crate) fn fill(
        &mut self,
        input: &Trimmed<'_>,
        index: Option<&ValueIndex>,
        border: Option<f64>,
    ) -> Result<()> {
        let mut numbers: Vec<u32> = Vec::with_capacity(input.rows * input.cols);
        let border = border.filter(|v| !v.is_nan());
        let own;
        let index = if let Some(index) = index {
            index
        } else {
            own = distinct_values(input, border)?;
            &own
        };
        with_array!(AnyView, &input.pixels, pixels => numbers_of(pixels, index, &mut numbers));
        input.for_missing(0, |i| numbers[i] = NONE);
        let border = border.map_or(NONE, |v| index.find(v));
        self.compact(&numbers, border, index.pairs.iter().map(|p| p.1 as usize + 1).max().unwrap_or(0))
    }

    /// Give the classes that occur consecutive numbers, in their order.
    fn compact(&mut self, numbers: &[u32], border: u32, listed: usize) -> Result<()> {
        let mut present = vec![false; listed];
        let mut last = NONE;
        for &n in numbers.iter().chain([&border]) {
            if n != last && n != NONE {
                present[n as usize] = true;
            }
            last = n;
        }
        self.classes = present.iter().filter(|p| **p).count();
        if self.classes > MAX_CLASSES {
            return Err(Error::limit(format!(
                "{} classes in one window, the limit is {MAX_CLASSES}",
                self.classes
            )));
        }
        let none = self.classes as u16;
        let mut next = 0;
        let mut short: Vec<u16> = present
            .iter()
            .map(|p| {
                let number = next;
                next += u16::from(*p);
                number
            })
            .collect();
        short.push(none);
        let of = |n: u32| short[(n as usize).min(listed)];
        self.labels.clear();
        self.labels.extend(numbers.iter().map(|&n| of(n)));
        self.border = of(border);
        Ok(())
    }
}

/// Every value of the window as a class of its own, in order of value.
fn distinct_values(input: &Trimmed<'_>, border: Option<f64>) -> Result<ValueIndex> {
    let mut values: Vec<f64> = border.into_iter().collect();
    with_array!(AnyView, &input.pixels, pixels => {
        let mut last = f64::NAN;
        let mut limit = 4 * MAX_CLASSES;
        for v in pixels.iter() {
            let value = v.to_f64();
            if value != last && !value.is_nan() {
                values.push(value);
                last = value;
                if values.len() > limit {
                    values.sort_by(f64::total_cmp);
                    values.dedup();
                    limit = 2 * values.len() + 4 * MAX_CLASSES;
                }
            }
        }
    });
    values.sort_by(f64::total_cmp);
    values.dedup();
    Ok(ValueIndex { pairs: values.into_iter().zip(0..).collect() })
}

/// The class of every pixel.
fn numbers_of<S: Sample>(pixels: &ArrayView3<'_, S>, index: &ValueIndex, numbers: &mut Vec<u32>) {
    if S::DATA_TYPE.is_integer() && size_of::<S>() <= 2 {
        let (low, high) = S::DATA_TYPE.range();
        let mut table = vec![NONE; (high - low) as usize + 1];
        for &(value, number) in &index.pairs {
            if value.fract() == 0.0 && (low..=high).contains(&value) {
                table[(value - low) as usize] = number;
            }
        }
        numbers.extend(pixels.iter().map(|v| table[(v.to_f64() - low) as usize]));
    } else {
        // Neighbours are alike: the value before is looked up once.
        let mut last = (f64::NAN, NONE);
        numbers.extend(pixels.iter().map(|v| {
            let value = v.to_f64();
            if value != last.0 {
                last = (value, index.find(value));
            }
            last.1
        }));
    }
}
