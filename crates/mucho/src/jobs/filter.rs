//! A filter over bands, zone by zone where a selector is given.

use super::tags::{CategoryTag, DOMAIN};
use crate::{KernelFunction, Step};
use kernels::{ApplyFilter, Kernel, Rescale, Zones};
use raster_core::{DataType, RasterSource, Result};
use std::sync::Arc;

/// What to filter, and how.
pub struct FilterJob {
    /// The filter: takes one band, gives one.
    pub filter: Box<dyn Kernel>,
    /// Bands (from 1) in the order of the output; `None` for all but the selector.
    pub bands: Option<Vec<usize>>,
    /// Conversion before the filter; `None` for none.
    pub data: Option<Rescale>,
    /// Conversion after it.
    pub output: Rescale,
    /// Filter each zone by itself.
    pub zones: Option<Zones>,
    /// The value that the filter sees in the place of a missing pixel.
    pub replace_missing: Option<f64>,
}

impl FilterJob {
    /// A filter over all bands, to this type without scaling.
    #[must_use]
    pub fn new(filter: impl Kernel + 'static, data_type: DataType) -> Self {
        Self {
            filter: Box::new(filter),
            bands: None,
            data: None,
            output: Rescale::to_type(data_type),
            zones: None,
            replace_missing: None,
        }
    }
}

/// A filtered raster. Band i is described as `LC_<number of the source's band>` and tagged with that number, as convster
/// does.
///
/// # Errors
/// `Misuse` for bands that do not exist.
pub fn apply_filter(source: Arc<dyn RasterSource>, what: FilterJob) -> Result<Step> {
    let selector = what.zones.map(|z| z.selector);
    let bands = what
        .bands
        .unwrap_or_else(|| source.info().all_bands().into_iter().filter(|b| Some(*b) != selector).collect());
    let mut kernel = ApplyFilter::new(what.filter, what.output).with_bands(bands.clone());
    if let Some(data) = what.data {
        kernel = kernel.with_data(data);
    }
    if let Some(zones) = what.zones {
        kernel = kernel.with_zones(zones);
    }
    if let Some(value) = what.replace_missing {
        kernel = kernel.with_missing_replaced(value);
    }
    Ok(Step::new(source, KernelFunction::new(kernel)).describe(move |info| {
        for (i, band) in bands.iter().enumerate() {
            let tag = CategoryTag::parse(&band.to_string());
            info.metadata.set(DOMAIN, Some(i + 1), "category", tag.to_json());
            if let Some(info) = info.bands.get_mut(i) {
                info.description = Some(format!("LC_{}", tag.to_label()));
            }
        }
    }))
}
