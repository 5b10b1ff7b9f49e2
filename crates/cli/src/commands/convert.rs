//! `mucho convert`: a raster in another storage, with everything that it says about itself.

use crate::{Global, create::CreateArgs, input, write::write};
use geotiff_io::{CreateOptions, TransferOptions, ValidityAs};
use raster_core::{DataType, Error, Nodata, Result};
use std::path::PathBuf;

/// Arguments of `mucho convert`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho convert in.tif out.tif --plain --compress zstd
  mucho convert in.tif out.tif --bands 4,3,2 --dtype u8
  mucho convert in.tif - --validity alpha | viewer -")]
pub(crate) struct Args {
    /// File to read; `-` for standard input
    input: PathBuf,
    /// File to write; `-` for standard output
    output: PathBuf,
    #[command(flatten)]
    create: CreateArgs,
    #[command(flatten)]
    pixels: PixelArgs,
}

/// What happens to pixels on the way.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Pixels")]
pub(crate) struct PixelArgs {
    /// Bands to write, from 1, such as 4,3,2
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(super) bands: Option<Vec<usize>>,
    /// Convert to u8, i8, u16, i16, u32, i32, u64, i64, f16, f32, f64, …; values out of range saturate
    #[arg(long, visible_alias = "data-type", value_name = "TYPE")]
    pub(super) dtype: Option<DataType>,
    /// State this nodata value; pixels are not changed
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    pub(super) nodata: Option<String>,
    /// What becomes of validity: source (as it is, the default), mask, alpha or none
    #[arg(long, value_name = "AS")]
    pub(super) validity: Option<String>,
}

impl PixelArgs {
    pub(super) fn options(&self, create: CreateOptions) -> Result<TransferOptions> {
        let mut options = TransferOptions::new(create);
        options.bands = self.bands.clone();
        options.data_type = self.dtype;
        options.nodata = match &self.nodata {
            Some(text) => Some(
                Nodata::parse(text)
                    .ok_or_else(|| Error::misuse(format!("--nodata {text}: a number or nan is expected")))?,
            ),
            None => None,
        };
        options.validity = self.validity()?;
        Ok(options)
    }

    pub(super) fn validity(&self) -> Result<ValidityAs> {
        match self.validity.as_deref() {
            None | Some("source") => Ok(ValidityAs::Source),
            Some("mask") => Ok(ValidityAs::Mask),
            Some("alpha") => Ok(ValidityAs::Alpha),
            Some("none") => Ok(ValidityAs::None),
            Some(other) => {
                Err(Error::misuse(format!("--validity {other}: there are source, mask, alpha and none")))
            }
        }
    }
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let source = input::open_for_job(&args.input)?;
    let options = args.pixels.options(args.create.options()?.carrying_from(&source)?)?;
    write(&source, &args.output, options, global)
}
