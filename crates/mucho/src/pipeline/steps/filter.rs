//! Blur bands, zone by zone where a selector is given.

use super::bands::{check_band, check_bands};
use crate::{
    jobs::{FilterJob, apply_filter},
    pipeline::{fault::Fault, values::*},
};
use kernels::{OutsideZone, Rescale, Rounding, Zones};
use raster_core::{DataType, RasterSource, Result};
use std::sync::Arc;

options! {
    /// Blur bands, zone by zone where a selector is given.
    #[cfg_attr(feature = "clap", command(after_help = "\
Examples:
  mucho filter shares.tif smooth.tif --sigma 5 --bands 1,2
  mucho filter stack.tif zonal.tif --sigma 5 --selector 3                mean of the pixels of the same zone
  mucho filter stack.tif zonal.tif --sigma 5 --selector 3 --outside zero as convster: values fade towards zone edges"))]
    pub struct Filter {
        use blur;
        /// Bands to filter, in the order of the output; all but the selector when not given
        [value_name = "LIST"]
        list bands;
        /// Band whose values are zones; each zone is filtered by itself
        [value_name = "N"]
        opt selector: usize;
        /// What a zone sees of the pixels outside it: missing or zero
        [value_name = "WHAT"]
        val outside: Outside = Outside::Missing;
        /// Value that the filter sees in the place of missing pixels
        [value_name = "VALUE", allow_hyphen_values = true]
        opt replace_missing: f64;
        /// Type of the output
        [value_name = "TYPE"]
        val dtype: DataType = DataType::F32;
    }
}

impl Filter {
    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        self.blur().check_required()?;
        check_bands(self.bands.as_deref())?;
        if let Some(band) = self.selector {
            check_band("selector", band)?;
        } else if self.outside != Outside::Missing {
            return Err(Fault::key("outside", "only with a `selector`"));
        }
        Ok(())
    }

    pub(super) fn step(&self, source: Arc<dyn RasterSource>) -> Result<crate::Step> {
        let outside: OutsideZone = self.outside.into();
        let skip = outside == OutsideZone::Missing;
        let blur = self.blur().required(source.info())?.preserve_range(true).skip_missing(skip);
        let mut what = FilterJob::new(blur.build()?, self.dtype);
        what.output = Rescale::to_type(self.dtype).with_rounding(Rounding::Nearest);
        what.bands.clone_from(&self.bands);
        what.zones = self.selector.map(|selector| Zones { selector, outside });
        what.replace_missing = self.replace_missing;
        apply_filter(source, what)
    }
}
