//! `mucho entropy`: diversity of categories.

use crate::{
    Global,
    blur::BlurArgs,
    categories, input,
    job::{StepCommand, StepJob},
};
use kernels::{DiversityOptions, Measure};
use mucho::Step;
use mucho::jobs::{CategoryTag, EntropyFrom, EntropyJob, entropy};
use raster_core::{DataType, Error, RasterSource, Result};
use std::sync::Arc;

/// Arguments of `mucho entropy`.
pub(crate) type Args = StepJob<StepArgs>;

/// What is computed; a step of `mucho run` takes the same.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho entropy landcover.tif entropy.tif --sigma 10 --dtype f32       straight from a band of categories, all of them
  mucho entropy landcover.tif entropy.tif --sigma 10 --categories 10,20,30+40
  mucho entropy landcover.tif hill.tif --sigma 250m --measure hill --order 1 --raw
  mucho entropy shares.tif entropy.tif                                 over the bands that `mucho extract` made")]
pub(crate) struct StepArgs {
    #[command(flatten)]
    blur: BlurArgs,
    /// Band that holds the categories
    #[arg(long, value_name = "N", default_value_t = 1)]
    band: usize,
    /// Categories that count, such as 10,20,30+40 (30 and 40 as one); all when not given. Without a blur: the tags of
    /// the bands
    #[arg(long, value_name = "LIST")]
    categories: Option<String>,
    /// Without a blur: bands that hold the shares, by number
    #[arg(long, value_delimiter = ',', value_name = "LIST", conflicts_with = "categories")]
    bands: Option<Vec<usize>>,
    /// shannon, simpson, hill, renyi, richness or evenness
    #[arg(long, value_name = "NAME", default_value = "shannon")]
    measure: String,
    /// Order of hill and renyi
    #[arg(long, value_name = "Q", default_value_t = 2.0)]
    order: f64,
    /// The measure itself instead of its share of the maximum
    #[arg(long)]
    raw: bool,
    /// Number of categories that the maximum is taken for
    #[arg(long, value_name = "N", conflicts_with = "raw")]
    max_categories: Option<usize>,
    /// Type of the output
    #[arg(long, value_name = "TYPE", default_value = "f32")]
    dtype: DataType,
    /// What 0 and the maximum become; default: 0,1 for floats and the full range for integers
    #[arg(long, value_name = "LOW,HIGH", conflicts_with = "raw", allow_hyphen_values = true)]
    range: Option<String>,
}

impl StepCommand for StepArgs {
    fn step(&self, source: Arc<dyn RasterSource>, global: &Global) -> Result<Step> {
        let from = match self.blur.options(source.info())? {
            Some(blur) => {
                if self.bands.is_some() {
                    return Err(Error::misuse(
                        "--bands is for shares; with a blur, --band says which band holds categories",
                    ));
                }
                let categories =
                    self.categories.as_deref().map(categories::parse).transpose()?.unwrap_or_default();
                EntropyFrom::Categories { band: self.band, categories, blur }
            }
            None => match (&self.bands, &self.categories) {
                (Some(bands), _) => EntropyFrom::BandNumbers(bands.clone()),
                (None, Some(list)) => EntropyFrom::Bands(list.split(',').map(CategoryTag::parse).collect()),
                (None, None) => EntropyFrom::Bands(Vec::new()),
            },
        };
        let mut options =
            DiversityOptions::new(measure(&self.measure, self.order)?, self.dtype).normed(!self.raw);
        if let Some(n) = self.max_categories {
            options = options.max_categories(n);
        }
        if let Some(range) = &self.range {
            let (low, high) = input::parse_pair(range, ',')?;
            options = options.output_range(low, high);
        }
        let mut what = EntropyJob::new(from);
        what.options = options;
        what.scan_workers = global.workers();
        entropy(source, &what)
    }
}

fn measure(name: &str, order: f64) -> Result<Measure> {
    Ok(match name {
        "shannon" => Measure::Shannon,
        "simpson" => Measure::Simpson,
        "hill" => Measure::Hill(order),
        "renyi" => Measure::Renyi(order),
        "richness" => Measure::Richness,
        "evenness" => Measure::Evenness,
        _ => {
            return Err(Error::misuse(format!(
                "--measure {name}: there are shannon, simpson, hill, renyi, richness and evenness"
            )));
        }
    })
}
