//! `mucho windows`: how a raster is cut.

use crate::{Global, input};
use mucho::Opener;
use raster_core::{BlockGrid, BlockIndex, RasterSource, Result, Window, tile_windows};
use std::{io::Write, path::PathBuf};

/// Arguments of `mucho windows`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho windows landcover.tif                        the blocks of the file
  mucho windows landcover.tif --tile 256x256         tiles of 256 rows and columns
  mucho windows landcover.tif --tile 256x256 --overlap 16 --json")]
pub(crate) struct Args {
    /// File to look into; `-` for standard input
    file: PathBuf,
    /// Tiles of this many rows and columns instead of the file's blocks, such as 256x512
    #[arg(long, value_name = "ROWSxCOLS")]
    tile: Option<String>,
    /// Rows and columns that neighbouring tiles share
    #[arg(long, default_value_t = 0, value_name = "PIXELS", requires = "tile")]
    overlap: usize,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    read: input::ReadArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let dataset = input::open(&args.file, &args.read, &Opener::new().threads(global.threads), global)?;
    let info = dataset.info();
    let size = (info.width, info.height);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match &args.tile {
        None => {
            for (index, window) in BlockGrid::new(size, info.block)?.iter() {
                print(&mut out, Some(index), &window, args.json)?;
            }
        }
        Some(text) => {
            let (rows, cols) = input::parse_pair(text, 'x')?;
            for window in tile_windows(size, (cols, rows), args.overlap)? {
                print(&mut out, None, &window, args.json)?;
            }
        }
    }
    out.flush()?;
    Ok(())
}

fn print(out: &mut impl Write, index: Option<BlockIndex>, w: &Window, json: bool) -> Result<()> {
    if json {
        let block = index.map(|i| [i.row, i.col]);
        let object = serde_json::json!({
            "block": block, "col": w.col, "row": w.row, "width": w.width, "height": w.height
        });
        writeln!(out, "{object}")?;
    } else {
        if let Some(i) = index {
            write!(out, "{} {}\t", i.row, i.col)?;
        }
        writeln!(out, "{}\t{}\t{}\t{}", w.col, w.row, w.width, w.height)?;
    }
    Ok(())
}
