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
        let border = border.filter(|v| !v.is_nan());
        self.labels.clear();
        with_array!(AnyView, &input.pixels, pixels => match index {
            Some(index) => self.fill_by(index, pixels, border),
            None => self.fill_by(&distinct_values(pixels, border), pixels, border),
        })?;
        let none = self.classes as u16;
        input.for_missing(0, |i| self.labels[i] = none);
        Ok(())
    }

    fn fill_by<S: Sample>(
        &mut self,
        index: &ValueIndex,
        pixels: &ArrayView3<'_, S>,
        border: Option<f64>,
    ) -> Result<()> {
        let mut numbering = Numbering::new(index);
        let border = border.map_or(NONE, |v| index.find(v));
        numbering.see(border);
        if is_small::<S>() {
            let table = small_table::<S>(index);
            let mut seen = vec![false; table.len()];
            pixels.iter().for_each(|v| seen[small_position(*v)] = true);
            table.iter().zip(&seen).filter(|(_, seen)| **seen).for_each(|(number, _)| numbering.see(*number));
            self.classes = numbering.count()?;
            let short: Vec<u16> = table.iter().map(|number| numbering.short(*number)).collect();
            self.labels.extend(pixels.iter().map(|v| short[small_position(*v)]));
        } else {
            // Neighbours are alike: a value is looked up when it changes.
            let mut last = (f64::NAN, NONE);
            let mut number = |v: &S| {
                let value = v.to_f64();
                if value != last.0 {
                    last = (value, index.find(value));
                }
                last.1
            };
            pixels.iter().for_each(|v| numbering.see(number(v)));
            self.classes = numbering.count()?;
            self.labels.extend(pixels.iter().map(|v| numbering.short(number(v))));
        }
        self.border = numbering.short(border);
        Ok(())
    }
}

/// Consecutive numbers for the classes that occur.
struct Numbering {
    seen: Vec<bool>,
    short: Vec<u16>,
    classes: u16,
}

impl Numbering {
    fn new(index: &ValueIndex) -> Self {
        let listed = index.pairs.iter().map(|p| p.1 as usize + 1).max().unwrap_or(0);
        Self { seen: vec![false; listed], short: Vec::new(), classes: 0 }
    }
    fn see(&mut self, number: u32) {
        if number != NONE {
            self.seen[number as usize] = true;
        }
    }
    /// How many were seen; from here on [`short`](Self::short) answers.
    fn count(&mut self) -> Result<usize> {
        let classes = self.seen.iter().filter(|s| **s).count();
        if classes > MAX_CLASSES {
            return Err(Error::limit(format!("{classes} classes in one window, the limit is {MAX_CLASSES}")));
        }
        for &seen in &self.seen {
            self.short.push(self.classes);
            self.classes += u16::from(seen);
        }
        Ok(classes)
    }
    fn short(&self, number: u32) -> u16 {
        if number == NONE { self.classes } else { self.short[number as usize] }
    }
}

/// Every value of the window as a class of its own, in order of value.
fn distinct_values<S: Sample>(pixels: &ArrayView3<'_, S>, border: Option<f64>) -> ValueIndex {
    let mut values: Vec<f64> = border.into_iter().collect();
    if is_small::<S>() {
        let (low, high) = S::DATA_TYPE.range();
        values.extend((0..=(high - low) as u32).map(|i| f64::from(i) + low));
    } else {
        let mut last = f64::NAN;
        let mut limit = 4 * MAX_CLASSES;
        for v in pixels {
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
    }
    values.sort_by(f64::total_cmp);
    values.dedup();
    ValueIndex { pairs: values.into_iter().zip(0..).collect() }
}

/// Is it an integer type with few enough values for a table?
fn is_small<S: Sample>() -> bool {
    S::DATA_TYPE.is_integer() && size_of::<S>() <= 2
}

/// Where a value of a small type stands in its table.
#[inline(always)]
fn small_position<S: Sample>(value: S) -> usize {
    // Beside 2^52 a whole number stands in the lowest bits of an f64: a quarter of the time of a saturating cast.
    const WHOLE: f64 = (1u64 << 52) as f64;
    usize::from((value.to_f64() - S::DATA_TYPE.range().0 + WHOLE).to_bits() as u16)
}

/// The number of every value of a small type.
fn small_table<S: Sample>(index: &ValueIndex) -> Vec<u32> {
    let (low, high) = S::DATA_TYPE.range();
    let mut table = vec![NONE; (high - low) as usize + 1];
    for &(value, number) in &index.pairs {
        if value.fract() == 0.0 && (low..=high).contains(&value) {
            table[(value - low) as usize] = number;
        }
    }
    table
}
