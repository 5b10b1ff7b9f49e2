//! Blur every band.

use super::bands::check_bands;
use crate::{
    KernelFunction,
    pipeline::{fault::Fault, values::*},
};
use kernels::{Rescale, Rounding};
use raster_core::{DataType, RasterSource, Result};
use std::sync::Arc;

options! {
    /// Gaussian blur of every band.
    #[cfg_attr(feature = "clap", command(after_help = "\
Examples:
  mucho gaussian elevation.tif smooth.tif --sigma 3
  mucho gaussian elevation.tif smooth.tif --sigma 250m --dtype f32
  mucho gaussian elevation.tif smooth.tif --diameter 21 --border reflect"))]
    pub struct Gaussian {
        use blur;
        /// Bands to blur, such as 1,3; all when not given
        [value_name = "LIST"]
        list bands;
        /// Type of the output; default: f32 for f16 and f32, f64 for all others. Integers are rounded.
        [value_name = "TYPE"]
        opt dtype: DataType;
        /// Missing pixels make their whole neighbourhood missing, instead of being left out
        flag spread_missing;
    }
}

impl Gaussian {
    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        self.blur().check_required()?;
        check_bands(self.bands.as_deref())
    }

    pub(super) fn step(&self, source: Arc<dyn RasterSource>) -> Result<crate::Step> {
        let blur =
            self.blur().required(source.info())?.preserve_range(true).skip_missing(!self.spread_missing);
        let blur = match self.dtype {
            Some(data_type) => blur.output(Rescale::to_type(data_type).with_rounding(Rounding::Nearest)),
            None => blur,
        };
        let mut function = KernelFunction::new(blur.build()?);
        if let Some(bands) = &self.bands {
            function = function.with_bands(bands);
        }
        Ok(crate::Step::new(source, function))
    }
}
