//! `mucho gaussian`: blur every band.

use crate::{
    Global,
    blur::BlurArgs,
    job::{StepCommand, StepJob},
};
use kernels::{Rescale, Rounding};
use mucho::{KernelFunction, Step};
use raster_core::{DataType, RasterSource, Result};
use std::sync::Arc;

/// Arguments of `mucho gaussian`.
pub(crate) type Args = StepJob<StepArgs>;

/// What is computed; a step of `mucho run` takes the same.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho gaussian elevation.tif smooth.tif --sigma 3
  mucho gaussian elevation.tif smooth.tif --sigma 250m --dtype f32
  mucho gaussian elevation.tif smooth.tif --diameter 21 --border reflect")]
pub(crate) struct StepArgs {
    #[command(flatten)]
    blur: BlurArgs,
    /// Bands to blur, such as 1,3; all when not given
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    bands: Option<Vec<usize>>,
    /// Type of the output; default: f32 for f16 and f32, f64 for all others. Integers are rounded.
    #[arg(long, value_name = "TYPE")]
    dtype: Option<DataType>,
    /// Missing pixels make their whole neighbourhood missing, instead of being left out
    #[arg(long)]
    spread_missing: bool,
}

impl StepCommand for StepArgs {
    fn step(&self, source: Arc<dyn RasterSource>, _: &Global) -> Result<Step> {
        let blur = self.blur.required(source.info())?.preserve_range(true).skip_missing(!self.spread_missing);
        let blur = match self.dtype {
            Some(data_type) => blur.output(Rescale::to_type(data_type).with_rounding(Rounding::Nearest)),
            None => blur,
        };
        let mut function = KernelFunction::new(blur.build()?);
        if let Some(bands) = &self.bands {
            function = function.with_bands(bands);
        }
        Ok(Step::new(source, function))
    }
}
