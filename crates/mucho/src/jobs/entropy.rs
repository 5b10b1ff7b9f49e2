//! Entropy and its relatives as a raster.

use super::{
    scan::distinct_values,
    tags::{CategoryTag, DOMAIN, bands_of_categories, category_of},
};
use crate::{KernelFunction, Step};
use kernels::{
    BandDiversity, Category, CategoryDiversity, Counted, DiversityOptions, GaussianOptions, Measure,
};
use raster_core::{DataType, Error, RasterInfo, RasterSource, Result};
use std::sync::Arc;

/// What the shares of the categories come from.
#[derive(Clone, Debug)]
pub enum EntropyFrom {
    /// Bands that hold them, chosen by their tags; empty for every band of the source.
    Bands(Vec<CategoryTag>),
    /// These bands (from 1), tagged or not.
    BandNumbers(Vec<usize>),
    /// A band of categories (from 1): they are extracted, blurred and measured in one pass. No categories given: all
    /// values of the band.
    Categories {
        /// The band.
        band: usize,
        /// The categories that count.
        categories: Vec<Category>,
        /// How far around a pixel, with which weights.
        blur: GaussianOptions,
    },
}

/// What to compute.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EntropyJob {
    /// Where the shares come from.
    pub from: EntropyFrom,
    /// Measure, norm, type and range.
    pub options: DiversityOptions,
    /// Threads that look for the categories when none are given.
    pub scan_workers: usize,
}

impl EntropyJob {
    /// Shannon's entropy, normed, as u8 of 0 to 255 (convster's defaults).
    #[must_use]
    pub fn new(from: EntropyFrom) -> Self {
        Self { from, options: DiversityOptions::new(Measure::Shannon, DataType::U8), scan_workers: 1 }
    }
}

/// The diversity of categories per pixel; one band, tagged as `entropy`. When it is taken straight from a band of
/// categories and none are given, the band is read once before, to find them.
///
/// # Errors
/// `Misuse` for tags that are not there and options that contradict each other; what the source meets.
pub fn entropy(source: Arc<dyn RasterSource>, what: &EntropyJob) -> Result<Step> {
    let function = match &what.from {
        EntropyFrom::Bands(tags) => {
            let bands = tagged_bands(source.info(), tags)?;
            KernelFunction::new(BandDiversity::new(what.options.clone())?).with_bands(&bands)
        }
        EntropyFrom::BandNumbers(bands) => {
            KernelFunction::new(BandDiversity::new(what.options.clone())?).with_bands(bands)
        }
        EntropyFrom::Categories { band, categories, blur } => {
            let counted = if categories.is_empty() {
                let values = distinct_values(&source, *band, what.scan_workers)?;
                if values.is_empty() {
                    return Err(Error::misuse(format!(
                        "band {band} has no valid pixels, so there are no categories"
                    )));
                }
                Counted::Categories(values.into_iter().map(Category::value).collect())
            } else {
                Counted::Categories(categories.clone())
            };
            let kernel = CategoryDiversity::new(what.options.clone(), blur.clone(), &counted)?;
            KernelFunction::new(kernel).with_bands(&[*band])
        }
    };
    Ok(Step::new(source, function).describe(|info| tag_single(info, "entropy")))
}

/// Bands by their tags; without tags, every band, which then must all be tagged (convster's rule).
pub(super) fn tagged_bands(info: &RasterInfo, tags: &[CategoryTag]) -> Result<Vec<usize>> {
    if !tags.is_empty() {
        return bands_of_categories(info, tags);
    }
    if let Some(band) = info.all_bands().into_iter().find(|&b| category_of(info, b).is_none()) {
        return Err(Error::misuse(format!(
            "band {band} is not tagged with a category; name the bands by number, or start from the band of categories"
        )));
    }
    Ok(info.all_bands())
}

/// Tag the only band of an output.
pub(super) fn tag_single(info: &mut RasterInfo, what: &str) {
    info.metadata.set(DOMAIN, Some(1), "category", CategoryTag::name(what).to_json());
}
