//! Entropy and other measures of the diversity of categories.

use super::bands::{categories, check_band, check_bands, check_categories};
use crate::{
    jobs::{CategoryTag, EntropyFrom, EntropyJob, entropy},
    pipeline::{fault::Fault, values::*},
};
use kernels::{DiversityOptions, Measure};
use raster_core::{DataType, RasterSource, Result};
use std::sync::Arc;

options! {
    /// Entropy and other measures of the diversity of categories.
    #[cfg_attr(feature = "clap", command(after_help = "\
Examples:
  mucho entropy landcover.tif entropy.tif --sigma 10 --dtype f32       straight from a band of categories, all of them
  mucho entropy landcover.tif entropy.tif --sigma 10 --categories 10,20,30+40
  mucho entropy landcover.tif hill.tif --sigma 250m --measure hill --order 1 --raw
  mucho entropy shares.tif entropy.tif                                 over the bands that `mucho extract` made"))]
    pub struct Entropy {
        use blur;
        /// Band that holds the categories
        [value_name = "N"]
        val band: usize = 1;
        /// Categories that count, such as 10,20,30+40 (30 and 40 as one); all when not given. Without a blur: the tags of
        /// the bands
        [value_name = "LIST"]
        opt categories: String;
        /// Without a blur: bands that hold the shares, by number
        [value_name = "LIST"]
        list bands;
        /// shannon, simpson, hill, renyi, richness or evenness
        [value_name = "NAME"]
        val measure: DiversityMeasure = DiversityMeasure::Shannon;
        /// Order of hill and renyi
        [value_name = "Q"]
        val order: f64 = 2.0;
        /// The measure itself instead of its share of the maximum
        flag raw;
        /// Number of categories that the maximum is taken for
        [value_name = "N"]
        opt max_categories: usize;
        /// Type of the output
        [value_name = "TYPE"]
        val dtype: DataType = DataType::F32;
        /// What 0 and the maximum become; default: 0,1 for floats and the full range for integers
        [value_name = "LOW,HIGH", allow_hyphen_values = true]
        opt range: Range;
    }
}

impl Entropy {
    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        self.blur().check()?;
        check_band("band", self.band)?;
        check_bands(self.bands.as_deref())?;
        if self.bands.is_some() && self.categories.is_some() {
            return Err(Fault::key("bands", "not together with `categories`"));
        }
        if self.blur().wanted() {
            if self.bands.is_some() {
                return Err(Fault::key(
                    "bands",
                    "is for shares; with a blur, `band` says which band holds categories",
                ));
            }
            check_categories(self.categories.as_deref())?;
        }
        if self.raw && self.max_categories.is_some() {
            return Err(Fault::key("max_categories", "not together with `raw`"));
        }
        if self.raw && self.range.is_some() {
            return Err(Fault::key("range", "not together with `raw`"));
        }
        if self.order.is_nan() || self.order < 0.0 {
            return Err(Fault::key("order", format!("{}: an order is 0 or more", self.order)));
        }
        Ok(())
    }

    pub(super) fn step(&self, source: Arc<dyn RasterSource>, workers: usize) -> Result<crate::Step> {
        let from = match self.blur().options(source.info())? {
            Some(blur) => {
                let categories = self.categories.as_deref().map(categories).transpose()?.unwrap_or_default();
                EntropyFrom::Categories { band: self.band, categories, blur }
            }
            None => match (&self.bands, &self.categories) {
                (Some(bands), _) => EntropyFrom::BandNumbers(bands.clone()),
                (None, Some(list)) => EntropyFrom::Bands(list.split(',').map(CategoryTag::parse).collect()),
                (None, None) => EntropyFrom::Bands(Vec::new()),
            },
        };
        let mut options = DiversityOptions::new(self.chosen(), self.dtype).normed(!self.raw);
        if let Some(n) = self.max_categories {
            options = options.max_categories(n);
        }
        if let Some(range) = self.range {
            options = options.output_range(range.low, range.high);
        }
        let mut what = EntropyJob::new(from);
        what.options = options;
        what.scan_workers = workers;
        entropy(source, &what)
    }

    fn chosen(&self) -> Measure {
        match self.measure {
            DiversityMeasure::Shannon => Measure::Shannon,
            DiversityMeasure::Simpson => Measure::Simpson,
            DiversityMeasure::Hill => Measure::Hill(self.order),
            DiversityMeasure::Renyi => Measure::Renyi(self.order),
            DiversityMeasure::Richness => Measure::Richness,
            DiversityMeasure::Evenness => Measure::Evenness,
        }
    }
}
