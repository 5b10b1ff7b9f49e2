//! One band per category.

use crate::{
    Gaussian, GaussianOptions, Kernel, KernelInput, Rescale, Scratch, Signature,
    gaussian::write_plane,
    kernel::{check_mask, require_real},
};
use ndarray::ArrayViewMut3;
use raster_core::{AnyViewMut, DataType, Error, Halo, Result};

/// A category of a raster: one value of its pixels, or several.
#[derive(Clone, Debug, PartialEq)]
pub struct Category {
    values: Vec<f64>,
}

impl Category {
    /// The pixels of one value.
    #[must_use]
    pub fn value(value: f64) -> Self {
        Self { values: vec![value] }
    }
    /// The pixels of any of these values.
    #[must_use]
    pub fn set(values: impl IntoIterator<Item = f64>) -> Self {
        Self { values: values.into_iter().collect() }
    }
    /// Its values.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

/// One band per category: 1 where band 1 of the input has a value of the category and 0 elsewhere, optionally
/// blurred, in the type and range of the output (upstream's `extract_categories`).
///
/// Missing pixels belong to no category. Whole categories stay exact: where a category fills the footprint of the
/// blur, the output is the upper end of its range, never one less. Computes in f64; halo: that of the blur; scratch:
/// five planes of f64.
///
/// ```
/// use kernels::{Categories, Category, GaussianOptions, Scratch, apply};
/// use raster_core::{AnyArray, DataType};
///
/// let cover = AnyArray::from(ndarray::Array3::from_shape_fn((1, 40, 40), |(_, r, _)| if r < 20 { 10u8 } else { 40 }));
/// let categories = vec![Category::value(10.0), Category::set([30.0, 40.0])];
/// let shares = Categories::new(categories, Some(GaussianOptions::new(3.0)), DataType::F32, None)?;
/// let shares = apply(&shares, cover.view(), &mut Scratch::new())?;
/// assert_eq!(shares.shape(), (2, 40, 40));
/// # Ok::<(), raster_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Categories {
    categories: Vec<Category>,
    blur: Option<Gaussian>,
    output: Rescale,
}

impl Categories {
    /// Memberships of 0 to 1 become `output_range`, or, where none is given, 0 to 1 in a float type and the full
    /// range of an integer type; fractions are cut off. Of the blur's options sigma, truncation and border are
    /// used.
    ///
    /// # Errors
    /// `Misuse` when there are no categories or a category has no value or NaN, for blur options that have no
    /// meaning here, and for an output range that [`Rescale::plan`] refuses.
    pub fn new(
        categories: Vec<Category>,
        blur: Option<GaussianOptions>,
        data_type: DataType,
        output_range: Option<(f64, f64)>,
    ) -> Result<Self> {
        if categories.is_empty() {
            return Err(Error::misuse("no categories are given"));
        }
        if categories.iter().any(|c| c.values.is_empty() || c.values.iter().any(|v| v.is_nan())) {
            return Err(Error::misuse("a category needs at least one value, and NaN is none"));
        }
        let blur = blur.map(GaussianOptions::build_shape).transpose()?;
        let full = if data_type.is_float() { (0.0, 1.0) } else { data_type.range() };
        let (low, high) = output_range.unwrap_or(full);
        let output = Rescale::to_type(data_type).with_input_range(0.0, 1.0).with_output_range(low, high);
        output.plan(DataType::F64)?;
        Ok(Self { categories, blur, output })
    }
}

impl Kernel for Categories {
    /// A share is known everywhere: missing pixels belong to no category.
    fn run_masked(
        &self,
        input: &KernelInput<'_>,
        output: AnyViewMut<'_>,
        mut mask: ArrayViewMut3<'_, u8>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        check_mask(&output, &mask)?;
        mask.fill(255);
        self.run(input, output, scratch)
    }
    fn halo(&self) -> Halo {
        self.blur.as_ref().map_or(Halo::NONE, Kernel::halo)
    }
    fn wraps(&self) -> bool {
        self.blur.as_ref().is_some_and(Kernel::wraps)
    }
    fn output(&self, input: Signature) -> Result<Signature> {
        require_real(input, "category extraction")?;
        Ok(Signature { bands: self.categories.len(), data_type: self.output.data_type() })
    }
    fn run(&self, input: &KernelInput<'_>, mut output: AnyViewMut<'_>, scratch: &mut Scratch) -> Result<()> {
        let trimmed = input.prepare(self, &output)?;
        let scaler = self.output.plan(DataType::F64)?;
        let level = scratch.level;
        let buffers = &mut scratch.f64;
        let values = &mut buffers.weight;
        trimmed.check_exact(0)?;
        trimmed.fill_plane(0, values);
        for (band, category) in self.categories.iter().enumerate() {
            let source = &mut buffers.source;
            source.clear();
            source.extend(values.iter().map(|v| f64::from(u8::from(category.values.contains(v)))));
            let plane = if let Some(blur) = &self.blur {
                blur.blur_simple(level, source, &trimmed, &mut buffers.result, &mut buffers.separable);
                &buffers.result
            } else {
                source
            };
            write_plane(plane, Some(scaler), band, &mut output);
        }
        Ok(())
    }
}
