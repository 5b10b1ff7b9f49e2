//! One band per category, optionally blurred.

use super::bands::{categories, check_band, check_categories};
use crate::{
    jobs::{ExtractJob, distinct_values, extract_categories},
    pipeline::{fault::Fault, values::*},
};
use kernels::Category;
use raster_core::{DataType, RasterSource, Result};
use std::sync::Arc;

options! {
    /// One band per category, optionally blurred.
    #[cfg_attr(feature = "clap", command(after_help = "\
Examples:
  mucho extract landcover.tif masks.tif                                  0 or 255, one band per value
  mucho extract landcover.tif shares.tif --sigma 10 --dtype f32          share of each category around each pixel
  mucho extract landcover.tif green.tif --categories 10+20+30,40"))]
    pub struct Extract {
        use blur;
        /// Band that holds the categories
        [value_name = "N"]
        val band: usize = 1;
        /// Categories, such as 10,20,30+40 (30 and 40 as one); all when not given
        [value_name = "LIST"]
        opt categories: String;
        /// Type of the output
        [value_name = "TYPE"]
        val dtype: DataType = DataType::U8;
        /// What 0 and 1 become; default: 0,1 for floats and the full range for integers
        [value_name = "LOW,HIGH", allow_hyphen_values = true]
        opt range: Range;
    }
}

impl Extract {
    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        self.blur().check()?;
        check_band("band", self.band)?;
        check_categories(self.categories.as_deref())
    }

    pub(super) fn step(&self, source: Arc<dyn RasterSource>, workers: usize) -> Result<crate::Step> {
        let blur = self.blur().options(source.info())?;
        let list = match &self.categories {
            Some(list) => categories(list)?,
            None => distinct_values(&source, self.band, workers)?.into_iter().map(Category::value).collect(),
        };
        let mut what = ExtractJob::new(list);
        what.band = self.band;
        what.blur = blur;
        what.data_type = self.dtype;
        what.output_range = self.range.map(|r| (r.low, r.high));
        extract_categories(source, &what)
    }
}
