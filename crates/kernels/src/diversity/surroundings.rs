//! Diversity of the categories around each pixel, in one pass over a raster of categories.

use super::{
    DiversityOptions,
    classes::{Labels, ValueIndex},
    edges::{Edges, RowShape},
    strip::{Strip, StripScratch},
};
use crate::{
    Border, Gaussian, GaussianOptions, Kernel, KernelInput, Scaler, Scratch, Signature,
    categories::Category,
    kernel::{check_mask, require_real},
};
use fearless_simd::{Simd, dispatch};
use ndarray::{ArrayViewMut3, Axis};
use raster_core::{AnyViewMut, Error, Halo, Result, Sample, with_array};

/// Which pixels count, as what.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Counted {
    /// Every value is a category of its own.
    #[default]
    Values,
    /// These categories, no two with a value in common; pixels of other values do not count.
    Categories(Vec<Category>),
}

/// A measure of diversity over the gaussian-weighted shares of the categories around each pixel, straight from band
/// 1 of a raster of categories: the same as extracting each category, blurring it and measuring diversity over the
/// bands, without any of these rasters.
///
/// Missing pixels (NaN, nodata, masked) and those of unlisted values have no weight; where there is no other pixel
/// around, the result is missing (NaN; the low end of the range in an integer type). A pixel around which there is
/// one category only has entropy exactly 0.
///
/// Shares are computed in f32 and are exact to 2e-7; entropy with 10 categories is within 3e-5 of the exact
/// one. Halo: the radius of the blur. Scratch: 2 bytes per pixel of the window, 8 per run of equal pixels in a row
/// and per row of 64 columns, 700 kB or, where that is more, 256 (2 radius + 47) (classes + 1) bytes, and 100 kB.
/// At most 1024 classes in one window. The crate page has an example.
#[derive(Debug)]
pub struct CategoryDiversity {
    options: DiversityOptions,
    blur: Gaussian,
    index: Option<ValueIndex>,
    listed: Option<usize>,
    step: Vec<f32>,
}

/// Buffers of [`CategoryDiversity`].
#[derive(Default)]
pub(crate) struct ClassScratch {
    labels: Labels,
    edges: Edges,
    strip: StripScratch,
}

impl CategoryDiversity {
    /// From a measure, a blur and the pixels that count. Of the blur's options sigma, truncation and border are
    /// used; a constant border is a value of the raster.
    ///
    /// # Errors
    /// `Misuse` when there are no categories or two share a value, when options contradict each other, or when the
    /// blur asks for what has no meaning here (an output type, a preserved range).
    pub fn new(options: DiversityOptions, blur: GaussianOptions, counted: &Counted) -> Result<Self> {
        let blur = blur.build_shape()?;
        let (index, listed) = match counted {
            Counted::Values => (None, None),
            Counted::Categories(list) if list.is_empty() => {
                return Err(Error::misuse("no categories are given"));
            }
            Counted::Categories(list) => (Some(ValueIndex::new(list)?), Some(list.len())),
        };
        options.scaler(listed)?;
        let step = cumulative(blur.taps_along_row());
        Ok(Self { options, blur, index, listed, step })
    }
}

/// Sums of the kernel: entry t + radius is what a step at distance t to the left contributes.
fn cumulative(half: &[f32]) -> Vec<f32> {
    let radius = half.len() - 1;
    let mut sum = 0.0;
    (0..2 * radius)
        .map(|i| {
            sum += f64::from(half[radius.abs_diff(i)]);
            sum as f32
        })
        .collect()
}

#[inline(always)]
fn write_row<S: Simd, T: Sample>(_: S, scaler: Scaler, values: &[f32], out: &mut [T]) {
    scaler.apply_slice(values, out);
}

/// Pixels of the input whose edges are held at a time, at least.
const CHUNK_PIXELS: usize = 2 << 20;

impl Kernel for CategoryDiversity {
    fn halo(&self) -> Halo {
        self.blur.halo()
    }
    fn wraps(&self) -> bool {
        self.blur.wraps()
    }
    fn output(&self, input: Signature) -> Result<Signature> {
        require_real(input, "diversity of categories")?;
        if input.bands != 1 {
            return Err(Error::misuse(format!("categories come from one band, not {}", input.bands)));
        }
        Ok(Signature { bands: 1, data_type: self.options.data_type })
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
}

impl CategoryDiversity {
    fn compute(
        &self,
        input: &KernelInput<'_>,
        mut output: AnyViewMut<'_>,
        mut mask: Option<ArrayViewMut3<'_, u8>>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let trimmed = input.prepare(self, &output)?;
        if trimmed.rows == 0 || trimmed.cols == 0 {
            return Ok(());
        }
        let scaler = self.options.scaler(self.listed)?;
        let border = self.blur.options().border;
        let value = match border {
            Border::Constant(v) => Some(v),
            _ => None,
        };
        let level = scratch.level.level();
        let ClassScratch { labels, edges, strip } = &mut scratch.classes;
        labels.fill(&trimmed, self.index.as_ref(), value)?;
        let (in_rows, in_cols) = trimmed.input_size();
        let radius = self.blur.radius_cols_px();
        let shape = RowShape { left: trimmed.halo.left, input: in_cols, output: trimmed.cols, radius };
        // The edges of so many rows stay in the cache while strip after strip looks at them. Where a border reaches
        // over the whole raster, rows are needed from anywhere.
        let r_rows = self.blur.radius_rows_px();
        let far = border == Border::Wrap || in_rows <= 2 * r_rows;
        let chunk_rows = if far { trimmed.rows } else { (CHUNK_PIXELS / in_cols).max(8 * r_rows).max(1) };
        for start in (0..trimmed.rows).step_by(chunk_rows) {
            let rows = chunk_rows.min(trimmed.rows - start);
            let centre = trimmed.halo.top + start;
            let reach = if far {
                0..in_rows
            } else {
                centre.saturating_sub(r_rows)..(centre + rows + r_rows).min(in_rows)
            };
            edges.fill(labels, reach.clone(), shape, border);
            let job = Strip {
                measure: self.options.measure,
                edges,
                step: &self.step,
                half: self.blur.taps_across_rows(),
                border,
                in_rows,
                reach,
                centre,
                rows,
                cols: trimmed.cols,
            };
            with_array!(AnyViewMut, &mut output, out => {
                let mut out = out.index_axis_mut(Axis(0), 0);
                job.run(level, strip, &mut |row, col, values| {
                    if let Some(mask) = &mut mask {
                        let marks = mask.index_axis_mut(Axis(0), 0).index_axis_move(Axis(0), start + row);
                        let marks = marks.into_iter().skip(col).zip(values);
                        marks.for_each(|(m, v)| *m = if v.is_nan() { 0 } else { 255 });
                    }
                    let mut row = out.row_mut(start + row);
                    if let Some(row) = row.as_slice_mut() {
                        let row = &mut row[col..col + values.len()];
                        dispatch!(level, simd => write_row(simd, scaler, values, row));
                    } else {
                        row.iter_mut().skip(col).zip(values).for_each(|(o, &v)| *o = scaler.apply(f64::from(v)));
                    }
                });
            });
        }
        Ok(())
    }
}
