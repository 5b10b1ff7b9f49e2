//! `mucho convert`: a raster in another storage, with everything that it says about itself.

use crate::cli::{Global, create::CreateArgs, input, progress::Progress};
use geotiff_io::{CreateOptions, TransferOptions, ValidityAs, write_raster, write_raster_into};
use raster_core::{DataType, Error, Nodata, Result};
use std::{
    io::Write,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Arguments of `mucho convert`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho convert in.tif out.tif --plain --compress zstd
  mucho convert in.tif out.tif --bands 4,3,2 --data-type u8
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
    bands: Option<Vec<usize>>,
    /// Convert to u8, i8, u16, i16, u32, i32, u64, i64, f16, f32, f64, …; values out of range saturate
    #[arg(long, value_name = "TYPE")]
    data_type: Option<DataType>,
    /// State this nodata value; pixels are not changed
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    nodata: Option<String>,
    /// What becomes of validity: source (as it is), mask, alpha or none
    #[arg(long, value_name = "AS", default_value = "source")]
    validity: String,
}

impl PixelArgs {
    fn options(&self, create: CreateOptions) -> Result<TransferOptions> {
        let mut options = TransferOptions::new(create);
        options.bands = self.bands.clone();
        options.data_type = self.data_type;
        options.nodata = match &self.nodata {
            Some(text) => Some(
                Nodata::parse(text)
                    .ok_or_else(|| Error::misuse(format!("--nodata {text}: a number or nan is expected")))?,
            ),
            None => None,
        };
        options.validity = match self.validity.as_str() {
            "source" => ValidityAs::Source,
            "mask" => ValidityAs::Mask,
            "alpha" => ValidityAs::Alpha,
            "none" => ValidityAs::None,
            other => {
                return Err(Error::misuse(format!(
                    "--validity {other}: there are source, mask, alpha and none"
                )));
            }
        };
        Ok(options)
    }
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    transfer(&args.input, &args.output, args.create.options()?, &args.pixels, global)
}

/// Read `input` and write `output`.
pub(super) fn transfer(
    input: &Path,
    output: &Path,
    create: CreateOptions,
    pixels: &PixelArgs,
    global: &Global,
) -> Result<()> {
    let source = input::open_for_job(input)?;
    let mut options = pixels.options(create.carrying_from(&source)?)?;
    let progress = Progress::new(output, global);
    // The bar counts in thousandths: pixels of large rasters do not fit into every usize.
    progress.start(1000, 0);
    let bar = progress.clone();
    options.on_progress = Some(Arc::new(move |p| {
        bar.set((p.done * 1000 / p.total.max(1)) as usize);
        ControlFlow::Continue(())
    }));
    let result = if output == Path::new("-") {
        let mut out = std::io::stdout().lock();
        write_raster_into(&source, &mut out, &options).and_then(|_| Ok(out.flush()?))
    } else {
        write_raster(&source, output, &options).map(|_| ())
    };
    progress.finish();
    result
}
