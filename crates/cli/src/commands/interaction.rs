//! `mucho interaction`: how strongly categories meet.

use crate::{
    Global,
    blur::BlurArgs,
    categories,
    job::{StepCommand, StepJob},
};
use kernels::Interaction;
use mucho::Step;
use mucho::jobs::{CategoryTag, ExtractJob, InteractionFrom, InteractionJob, interaction};
use raster_core::{DataType, Error, RasterSource, Result};
use std::sync::Arc;

/// Arguments of `mucho interaction`.
pub(crate) type Args = StepJob<StepArgs>;

/// What is computed; a step of `mucho run` takes the same.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho interaction landcover.tif edge.tif --categories 10,40 --sigma 10     straight from a band of categories
  mucho interaction shares.tif edge.tif --categories 10,40                   over bands that `mucho extract` made
  mucho interaction shares.tif edge.tif --bands 1,2 --standardize --dtype u8")]
pub(crate) struct StepArgs {
    #[command(flatten)]
    blur: BlurArgs,
    /// Band that holds the categories
    #[arg(long, value_name = "N", default_value_t = 1)]
    band: usize,
    /// Categories that meet, such as 10,40 (20+30 as one). Without a blur: the tags of the bands
    #[arg(long, value_name = "LIST")]
    categories: Option<String>,
    /// Without a blur: bands that hold the shares, by number
    #[arg(long, value_delimiter = ',', value_name = "LIST", conflicts_with = "categories")]
    bands: Option<Vec<usize>>,
    /// Divide by the sum of the shares
    #[arg(long)]
    standardize: bool,
    /// The product itself instead of its share of the maximum
    #[arg(long)]
    raw: bool,
    /// Type of the output
    #[arg(long, value_name = "TYPE", default_value = "f32")]
    dtype: DataType,
}

impl StepCommand for StepArgs {
    fn step(&self, source: Arc<dyn RasterSource>, _: &Global) -> Result<Step> {
        let from = match self.blur.options(source.info())? {
            Some(blur) => {
                let list = self
                    .categories
                    .as_deref()
                    .ok_or_else(|| Error::misuse("say which categories meet: --categories 10,40"))?;
                let mut extract = ExtractJob::new(categories::parse(list)?);
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
        what.options = Interaction::new(self.dtype).standardize(self.standardize).normed(!self.raw);
        interaction(source, &what)
    }
}
