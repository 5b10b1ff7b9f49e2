//! One output band per category.

use super::tags::{CategoryTag, DOMAIN};
use crate::{KernelFunction, Step};
use kernels::{Categories, Category, GaussianOptions};
use raster_core::{DataType, RasterInfo, RasterSource, Result};
use std::sync::Arc;

/// What to extract.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExtractJob {
    /// Band of the source (from 1) that holds the categories.
    pub band: usize,
    /// The categories, one output band each.
    pub categories: Vec<Category>,
    /// Blur each of them.
    pub blur: Option<GaussianOptions>,
    /// Type of the output.
    pub data_type: DataType,
    /// What 0 and 1 become; `None` for 0 to 1 in floats and the full range of integers.
    pub output_range: Option<(f64, f64)>,
}

impl ExtractJob {
    /// These categories of band 1 as u8, 0 or 255, not blurred.
    #[must_use]
    pub fn new(categories: Vec<Category>) -> Self {
        Self { band: 1, categories, blur: None, data_type: DataType::U8, output_range: None }
    }
    /// The kernel that computes it.
    pub(super) fn kernel(&self) -> Result<Categories> {
        Categories::new(self.categories.clone(), self.blur.clone(), self.data_type, self.output_range)
    }
}

/// One band per category: how much of it there is in and around each pixel. Band i is described as `LC_<category>` and
/// tagged with its category.
///
/// # Errors
/// `Misuse` for categories, blur or range that are impossible.
pub fn extract_categories(source: Arc<dyn RasterSource>, what: &ExtractJob) -> Result<Step> {
    let tags: Vec<_> = what.categories.iter().map(CategoryTag::of).collect();
    let function = KernelFunction::new(what.kernel()?).with_bands(&[what.band]);
    Ok(Step::new(source, function).describe(move |info: &mut RasterInfo| {
        for (i, tag) in tags.iter().enumerate() {
            info.metadata.set(DOMAIN, Some(i + 1), "category", tag.to_json());
            if let Some(band) = info.bands.get_mut(i) {
                band.description = Some(format!("LC_{}", tag.to_label()));
                band.nodata = None;
                band.mask = raster_core::MaskKind::AllValid;
            }
        }
    }))
}
