//! `mucho overviews`: overviews added to an existing file.

use crate::{Global, progress::Progress};
use geotiff_io::{Overviews, add_overviews};
use mucho::pipeline::read;
use raster_core::Result;
use std::{ops::ControlFlow, path::PathBuf, sync::Arc};

/// Arguments of `mucho overviews`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
The file is changed in place; a COG is no longer one afterwards (use `mucho cog`).

Examples:
  mucho overviews big.tif
  mucho overviews classes.tif --levels 2,4,8 --resampling mode")]
pub(crate) struct Args {
    /// File to add overviews to
    file: PathBuf,
    /// auto, or reduction factors such as 2,4,8
    #[arg(long, value_name = "LEVELS", default_value = "auto", value_parser = read::<Overviews>)]
    levels: Overviews,
    /// nearest, average, bilinear, cubic, cubic_spline, lanczos, mode, rms, gauss; default: nearest for classes, cubic
    /// otherwise
    #[arg(long, value_name = "NAME")]
    resampling: Option<String>,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let resampling = args.resampling.as_deref().map(str::parse).transpose()?;
    let progress = Progress::new(&args.file, global);
    progress.start(1000, 0);
    let bar = progress.clone();
    let result = add_overviews(
        &args.file,
        &args.levels,
        resampling,
        Some(Arc::new(move |p| {
            bar.set((p.done * 1000 / p.total.max(1)) as usize);
            ControlFlow::Continue(())
        })),
    );
    progress.finish();
    result
}
