//! Writing a raster or a view to the file that the command line names.

use crate::{Global, progress::Progress};
use geotiff_io::{TransferOptions, write_raster, write_raster_into};
use raster_core::{RasterSource, Result};
use std::{io::Write, ops::ControlFlow, path::Path, sync::Arc};

/// Write `source` to `output` (`-` for standard output), showing progress.
pub(crate) fn write(
    source: &dyn RasterSource,
    output: &Path,
    mut options: TransferOptions,
    global: &Global,
) -> Result<()> {
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
        write_raster_into(source, &mut out, &options).and_then(|_| Ok(out.flush()?))
    } else {
        write_raster(source, output, &options).map(|_| ())
    };
    progress.finish();
    result
}
