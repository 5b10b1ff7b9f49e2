//! How strongly categories meet, as a raster.

use super::{
    entropy::{tag_single, tagged_bands},
    extract::ExtractJob,
    tags::CategoryTag,
};
use crate::{KernelFunction, Step};
use kernels::Interaction;
use raster_core::{Error, RasterSource, Result};
use std::sync::Arc;

/// What meets.
#[derive(Clone, Debug)]
pub enum InteractionFrom {
    /// Bands, chosen by their tags; empty for every band of the source.
    Bands(Vec<CategoryTag>),
    /// These bands (from 1), tagged or not.
    BandNumbers(Vec<usize>),
    /// Categories of a band, extracted and blurred on the way: no intermediate raster.
    Categories(ExtractJob),
}

/// What to compute.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InteractionJob {
    /// What meets.
    pub from: InteractionFrom,
    /// Standardize, norm, type.
    pub options: Interaction,
}

impl InteractionJob {
    /// Normed, not standardized, as u8 (convster's defaults).
    #[must_use]
    pub fn new(from: InteractionFrom) -> Self {
        Self { from, options: Interaction::new(raster_core::DataType::U8) }
    }
}

/// The product of the shares of two or more categories per pixel; one band, tagged as `interaction`.
///
/// # Errors
/// `Misuse` for tags that are not there, fewer than two bands, impossible categories.
pub fn interaction(source: Arc<dyn RasterSource>, what: &InteractionJob) -> Result<Step> {
    let over_bands = |bands: Vec<usize>| KernelFunction::new(what.options).with_bands(&bands);
    let function = match &what.from {
        InteractionFrom::Bands(tags) => over_bands(tagged_bands(source.info(), tags)?),
        InteractionFrom::BandNumbers(bands) => over_bands(bands.clone()),
        InteractionFrom::Categories(extract) => {
            if extract.categories.len() < 2 {
                return Err(Error::misuse("an interaction needs two categories at least"));
            }
            KernelFunction::new(extract.kernel()?).with_bands(&[extract.band]).then(what.options)
        }
    };
    Ok(Step::new(source, function).describe(|info| tag_single(info, "interaction")))
}
