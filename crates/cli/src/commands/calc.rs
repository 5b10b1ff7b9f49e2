//! `mucho calc`: an expression over bands.

use crate::{Global, create::CreateArgs, input, job, job::RunArgs};
use mucho::{
    Job,
    calc::{Calc, Expression},
};
use raster_core::{DataType, Error, MaskKind, Nodata, RasterInfo, RasterSource, Result};
use std::path::Path;

/// Arguments of `mucho calc`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho calc \"(N - R) / (N + R)\" N=nir.tif R=red.tif ndvi.tif
  mucho calc \"where(A == 40, 1, 0)\" A=landcover.tif crops.tif --dtype u8
  mucho calc \"A[1] * 0.3 + A[2] * 0.59 + A[3] * 0.11\" A=aerial.tif grey.tif --dtype u8

Names: A is band 1 of the input A, A[3] its band 3. Operators: + - * / % ** < <= > >= == != and or not.
Functions: abs sqrt exp log log10 log2 sin cos tan asin acos atan sinh cosh tanh floor ceil round trunc sign radians
degrees isnan, atan2 hypot pow mod, where(c, a, b), clamp(x, low, high), min max sum mean.
Missing pixels are NaN: what is computed from them is missing, except in where, isnan, min, max, sum and mean.")]
pub(crate) struct Args {
    #[command(flatten)]
    step: StepArgs,
    /// Inputs as NAME=FILE, then the file to write
    #[arg(required = true, num_args = 2.., value_name = "NAME=FILE ... OUTPUT")]
    files: Vec<String>,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    create: CreateArgs,
}

/// What is computed; a step of `mucho run` takes the same.
#[derive(clap::Args, Debug)]
pub(crate) struct StepArgs {
    /// The expression
    expression: String,
    /// Type of the output; default: u8 for comparisons, f32 or f64 for all else
    #[arg(long, value_name = "TYPE")]
    dtype: Option<DataType>,
    /// Value of missing pixels in the output
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    nodata: Option<String>,
    /// Take nodata values as numbers
    #[arg(long, conflicts_with = "nodata")]
    ignore_nodata: bool,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let Some((output, inputs)) = args.files.split_last() else {
        return Err(Error::misuse("name the inputs as A=file.tif, then the output"));
    };
    let named: Vec<(&str, &str)> = inputs
        .iter()
        .map(|i| {
            i.split_once('=').ok_or_else(|| Error::misuse(format!("'{i}': inputs are written as NAME=FILE")))
        })
        .collect::<Result<_>>()?;
    // The expression first: its mistakes are reported before any file is opened.
    Expression::parse(&args.step.expression)?;
    let datasets =
        named.iter().map(|(_, path)| input::open_for_job(Path::new(path))).collect::<Result<Vec<_>>>()?;
    let infos: Vec<_> = named.iter().zip(&datasets).map(|((name, _), d)| (*name, d.info())).collect();
    let (calc, describe) = args.step.over(&infos)?;
    let job = datasets.into_iter().fold(Job::new(calc).describe(describe), Job::input);
    job::run(job, Path::new(output), &args.create, &args.run, global)
}

impl StepArgs {
    /// The expression over named inputs, and what is said about its result.
    pub(crate) fn over(
        &self,
        inputs: &[(&str, &RasterInfo)],
    ) -> Result<(Calc, impl Fn(&mut RasterInfo) + Send + Sync + use<>)> {
        let (names, infos): (Vec<_>, Vec<_>) = inputs.iter().copied().unzip();
        let mut calc = Calc::new(Expression::parse(&self.expression)?, &names)?;
        if let Some(data_type) = self.dtype {
            calc = calc.with_data_type(data_type);
        }
        if let Some(text) = &self.nodata {
            let nodata =
                Nodata::parse(text).ok_or_else(|| Error::misuse(format!("--nodata {text}: not a number")))?;
            calc = calc.with_nodata(nodata);
        }
        if self.ignore_nodata {
            calc = calc.ignoring_nodata();
        }
        let (_, nodata) = calc.result(&infos);
        let describe = move |info: &mut RasterInfo| {
            for band in &mut info.bands {
                band.nodata = nodata;
                band.mask = if nodata.is_some() { MaskKind::Nodata } else { MaskKind::AllValid };
            }
        };
        Ok((calc, describe))
    }
}
