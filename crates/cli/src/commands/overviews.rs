//! `mucho overviews`: overviews added to an existing file.

use crate::{Global, progress::Progress};
use geotiff_io::{Dataset, Overviews, add_overviews, check_changeable};
use mucho::pipeline::read;
use raster_core::{RasterSource as _, Result};
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
    /// auto (instead of those that the file has), or reduction factors such as 2,4,8 (beside those that it has, which are made
    /// anew)
    #[arg(long, value_name = "LEVELS", default_value = "auto", value_parser = read::<Overviews>)]
    levels: Overviews,
    /// nearest, average, bilinear, cubic, cubic_spline, lanczos, mode, rms, gauss; default: nearest for classes, cubic
    /// otherwise
    #[arg(long, value_name = "NAME")]
    resampling: Option<String>,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    check_changeable(&args.file)?;
    let resampling = args.resampling.as_deref().map(str::parse).transpose()?;
    // Levels that the file has stay, as with gdaladdo.
    let levels = {
        let dataset = Dataset::open(&args.file)?;
        let info = dataset.info();
        args.levels.beside((info.width, info.height), &info.overviews)
    };
    let progress = Progress::new(&args.file, global);
    progress.start(1000, 0);
    let bar = progress.clone();
    let result = add_overviews(
        &args.file,
        &levels,
        resampling,
        Some(Arc::new(move |p| {
            bar.set((p.done * 1000 / p.total.max(1)) as usize);
            ControlFlow::Continue(())
        })),
    );
    progress.finish();
    result
}
