//! How strongly categories meet.

use super::bands::{categories, check_band, check_bands, check_categories};
use crate::{
    jobs::{CategoryTag, ExtractJob, InteractionFrom, InteractionJob, interaction},
    pipeline::{fault::Fault, values::*},
};
use raster_core::{DataType, Error, RasterSource, Result};
use std::sync::Arc;

options! {
    /// How strongly categories meet.
    #[cfg_attr(feature = "clap", command(after_help = "\
Examples:
  mucho interaction landcover.tif edge.tif --categories 10,40 --sigma 10     straight from a band of categories
  mucho interaction shares.tif edge.tif --categories 10,40                   over bands that `mucho extract` made
  mucho interaction shares.tif edge.tif --bands 1,2 --standardize --dtype u8"))]
    pub struct Interaction {
        use blur;
        /// Band that holds the categories
        [value_name = "N"]
        val band: usize = 1;
        /// Categories that meet, such as 10,40 (20+30 as one). Without a blur: the tags of the bands
        [value_name = "LIST"]
        opt categories: String;
        /// Without a blur: bands that hold the shares, by number
        [value_name = "LIST"]
        list bands;
        /// Divide by the sum of the shares
        flag standardize;
        /// The product itself instead of its share of the maximum
        flag raw;
        /// Type of the output
        [value_name = "TYPE"]
        val dtype: DataType = DataType::F32;
    }
}

impl Interaction {
    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        self.blur().check()?;
        check_band("band", self.band)?;
        check_bands(self.bands.as_deref())?;
        if self.bands.is_some() && self.categories.is_some() {
            return Err(Fault::key("bands", "not together with `categories`"));
        }
        if self.blur().wanted() {
            if self.categories.is_none() {
                return Err(Fault::key("categories", "say which categories meet, such as 10,40"));
            }
            check_categories(self.categories.as_deref())?;
        }
        Ok(())
    }

    pub(super) fn step(&self, source: Arc<dyn RasterSource>) -> Result<crate::Step> {
        let from = match self.blur().options(source.info())? {
            Some(blur) => {
                let list = self
                    .categories
                    .as_deref()
                    .ok_or_else(|| Error::misuse("say which categories meet, such as 10,40"))?;
                let mut extract = ExtractJob::new(categories(list)?);
                extract.band = self.band;
                extract.blur = Some(blur);
                extract.data_type = DataType::F64;
                InteractionFrom::Categories(extract)
            }
            None => match (&self.bands, &self.categories) {
                (Some(bands), _) => InteractionFrom::BandNumbers(bands.clone()),
                (None, Some(list)) => {
                    InteractionFrom::Bands(list.split(',').map(CategoryTag::parse).collect())
                }
                (None, None) => InteractionFrom::Bands(Vec::new()),
            },
        };
        let mut what = InteractionJob::new(from);
        what.options = kernels::Interaction::new(self.dtype).standardize(self.standardize).normed(!self.raw);
        interaction(source, &what)
    }
}
