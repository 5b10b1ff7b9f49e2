//! `mucho interaction`: how strongly categories meet.

use crate::cli::{Global, blur::BlurArgs, categories, create::CreateArgs, input, job, job::RunArgs};
use kernels::Interaction;
use mucho::jobs::{CategoryTag, ExtractJob, InteractionFrom, InteractionJob, interaction};
use raster_core::{DataType, Error, RasterSource, Result};
use std::{path::PathBuf, sync::Arc};

/// Arguments of `mucho interaction`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho interaction landcover.tif edge.tif --categories 10,40 --sigma 10     straight from a band of categories
  mucho interaction shares.tif edge.tif --categories 10,40                   over bands that `mucho extract` made
  mucho interaction shares.tif edge.tif --bands 1,2 --standardize --dtype u8")]
pub(crate) struct Args {
    /// File to read; `-` for standard input
    input: PathBuf,
    /// File to write; `-` for standard output
    output: PathBuf,
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
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    create: CreateArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let dataset = input::open_for_job(&args.input)?;
    let from = match args.blur.options(dataset.info())? {
        Some(blur) => {
            let list = args
                .categories
                .as_deref()
                .ok_or_else(|| Error::misuse("say which categories meet: --categories 10,40"))?;
            let mut extract = ExtractJob::new(categories::parse(list)?);
            extract.band = args.band;
            extract.blur = Some(blur);
            extract.data_type = DataType::F64;
            InteractionFrom::Categories(extract)
        }
        None => match (&args.bands, &args.categories) {
            (Some(bands), _) => InteractionFrom::BandNumbers(bands.clone()),
            (None, Some(list)) => InteractionFrom::Bands(list.split(',').map(CategoryTag::parse).collect()),
            (None, None) => InteractionFrom::Bands(Vec::new()),
        },
    };
    let mut what = InteractionJob::new(from);
    what.options = Interaction::new(args.dtype).standardize(args.standardize).normed(!args.raw);
    job::run(interaction(Arc::new(dataset), &what)?, &args.output, &args.create, &args.run, global)
}
