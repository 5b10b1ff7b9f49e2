//! `mucho filter`: blur bands, zone by zone where a selector is given.

use crate::{
    Global,
    blur::BlurArgs,
    job::{StepCommand, StepJob},
};
use kernels::{OutsideZone, Rescale, Rounding, Zones};
use mucho::Step;
use mucho::jobs::{FilterJob, apply_filter};
use raster_core::{DataType, Error, RasterSource, Result};
use std::sync::Arc;

/// Arguments of `mucho filter`.
pub(crate) type Args = StepJob<StepArgs>;

/// What is computed; a step of `mucho run` takes the same.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho filter shares.tif smooth.tif --sigma 5 --bands 1,2
  mucho filter stack.tif zonal.tif --sigma 5 --selector 3                mean of the pixels of the same zone
  mucho filter stack.tif zonal.tif --sigma 5 --selector 3 --outside zero as convster: values fade towards zone edges")]
pub(crate) struct StepArgs {
    #[command(flatten)]
    blur: BlurArgs,
    /// Bands to filter, in the order of the output; all but the selector when not given
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    bands: Option<Vec<usize>>,
    /// Band whose values are zones; each zone is filtered by itself
    #[arg(long, value_name = "N")]
    selector: Option<usize>,
    /// What a zone sees of the pixels outside it: missing or zero
    #[arg(long, value_name = "WHAT", default_value = "missing", requires = "selector")]
    outside: String,
    /// Value that the filter sees in the place of missing pixels
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    replace_missing: Option<f64>,
    /// Type of the output
    #[arg(long, value_name = "TYPE", default_value = "f32")]
    dtype: DataType,
}

impl StepCommand for StepArgs {
    fn step(&self, source: Arc<dyn RasterSource>, _: &Global) -> Result<Step> {
        let outside = match self.outside.as_str() {
            "missing" => OutsideZone::Missing,
            "zero" => OutsideZone::Zero,
            other => return Err(Error::misuse(format!("--outside {other}: there are missing and zero"))),
        };
        let skip = outside == OutsideZone::Missing;
        let blur = self.blur.required(source.info())?.preserve_range(true).skip_missing(skip);
        let mut what = FilterJob::new(blur.build()?, self.dtype);
        what.output = Rescale::to_type(self.dtype).with_rounding(Rounding::Nearest);
        what.bands.clone_from(&self.bands);
        what.zones = self.selector.map(|selector| Zones { selector, outside });
        what.replace_missing = self.replace_missing;
        apply_filter(source, what)
    }
}
