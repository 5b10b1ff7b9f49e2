//! `mucho info`: what a file says about itself.

use crate::cli::{Global, input};
use geotiff_io::OpenOptions;
use raster_core::{RasterSource, Result};
use serde_json::json;
use std::{io::Write, path::PathBuf};

/// Arguments of `mucho info`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// File to look into; `-` for standard input.
    file: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let dataset = input::open(&args.file, &OpenOptions::new().threads(global.threads))?;
    let info = dataset.info();
    let object = json!({"width": info.width, "height": info.height});
    let _ = args.json;
    writeln!(std::io::stdout(), "{object}")?;
    Ok(())
}
