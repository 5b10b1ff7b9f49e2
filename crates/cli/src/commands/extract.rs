//! `mucho extract`: one band per category.

use crate::{
    Global,
    blur::BlurArgs,
    categories, input,
    job::{StepCommand, StepJob},
};
use kernels::Category;
use mucho::Step;
use mucho::jobs::{ExtractJob, distinct_values, extract_categories};
use raster_core::{DataType, RasterSource, Result};
use std::sync::Arc;

/// Arguments of `mucho extract`.
pub(crate) type Args = StepJob<StepArgs>;

/// What is computed; a step of `mucho run` takes the same.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho extract landcover.tif masks.tif                                  0 or 255, one band per value
  mucho extract landcover.tif shares.tif --sigma 10 --dtype f32          share of each category around each pixel
  mucho extract landcover.tif green.tif --categories 10+20+30,40")]
pub(crate) struct StepArgs {
    #[command(flatten)]
    blur: BlurArgs,
    /// Band that holds the categories
    #[arg(long, value_name = "N", default_value_t = 1)]
    band: usize,
    /// Categories, such as 10,20,30+40 (30 and 40 as one); all when not given
    #[arg(long, value_name = "LIST")]
    categories: Option<String>,
    /// Type of the output
    #[arg(long, value_name = "TYPE", default_value = "u8")]
    dtype: DataType,
    /// What 0 and 1 become; default: 0,1 for floats and the full range for integers
    #[arg(long, value_name = "LOW,HIGH", allow_hyphen_values = true)]
    range: Option<String>,
}

impl StepCommand for StepArgs {
    fn step(&self, source: Arc<dyn RasterSource>, global: &Global) -> Result<Step> {
        let blur = self.blur.options(source.info())?;
        let list = match &self.categories {
            Some(list) => categories::parse(list)?,
            None => distinct_values(&source, self.band, global.workers())?
                .into_iter()
                .map(Category::value)
                .collect(),
        };
        let mut what = ExtractJob::new(list);
        what.band = self.band;
        what.blur = blur;
        what.data_type = self.dtype;
        what.output_range = self.range.as_deref().map(|r| input::parse_pair(r, ',')).transpose()?;
        extract_categories(source, &what)
    }
}
