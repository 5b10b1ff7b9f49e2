//! `mucho preview`: a picture of a raster.

use crate::{Global, input};
use geotiff_io::OutputFile;
use mucho::Opener;
use mucho::preview::{Picture, PreviewOptions, Shading, Stretch, render};
use raster_core::{Error, Result};
use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
};

/// Arguments of `mucho preview`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho preview entropy.tif entropy.png
  mucho preview aerial.tif                            straight into the terminal
  mucho preview elevation.tif relief.png --colormap terrain --hillshade
  mucho preview scene.tif rgb.png --bands 4,3,2 --stretch 1,99

Colour maps: gray, viridis, magma, terrain, diverging, heat.")]
pub(crate) struct Args {
    /// File to look at; `-` for standard input
    file: PathBuf,
    /// PNG to write, `-` for standard output; without it the picture is shown in the terminal (in black and white in a
    /// pipe, or with NO_COLOR)
    output: Option<PathBuf>,
    /// Longest side of the picture in pixels
    #[arg(long, value_name = "PIXELS")]
    size: Option<usize>,
    /// One band, or three for red, green and blue
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    bands: Vec<usize>,
    /// Percentiles that become dark and bright, such as 2,98
    #[arg(long, value_name = "LOW,HIGH", conflicts_with = "range")]
    stretch: Option<String>,
    /// Values that become dark and bright
    #[arg(long, value_name = "LOW,HIGH", allow_hyphen_values = true)]
    range: Option<String>,
    /// Colours of a single band
    #[arg(long, value_name = "NAME")]
    colormap: Option<mucho::preview::Colormap>,
    /// Light and shadow on an elevation raster, optionally exaggerated
    #[arg(long, value_name = "FACTOR", num_args = 0..=1, default_missing_value = "1")]
    hillshade: Option<f64>,
    #[command(flatten)]
    read: input::ReadArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let dataset = input::open(&args.file, &args.read, &Opener::new().threads(global.threads), global)?;
    let mut options = PreviewOptions::default();
    options.bands.clone_from(&args.bands);
    options.colormap = args.colormap;
    if let Some(text) = &args.stretch {
        let (low, high) = input::parse_pair(text, ',')?;
        options.stretch = Stretch::Percentiles(low, high);
    }
    if let Some(text) = &args.range {
        let (low, high) = input::parse_pair(text, ',')?;
        options.stretch = Stretch::Range(low, high);
    }
    if let Some(factor) = args.hillshade {
        options.shading = Shading::Hillshade(factor);
    }
    match &args.output {
        None => {
            options.size = args.size.unwrap_or_else(terminal_columns);
            let picture = render(&dataset, &options)?;
            // https://no-color.org
            let colours =
                std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
            let text = if colours { picture.to_terminal() } else { picture.to_text() };
            std::io::stdout().write_all(text.as_bytes())?;
            Ok(())
        }
        Some(path) => {
            input::check_output(path, "PNG", &args.file)?;
            options.size = args.size.unwrap_or(options.size);
            write_png(&render(&dataset, &options)?, path)
        }
    }
}

/// As wide as the terminal; the usual 80 when its size is not known.
fn terminal_columns() -> usize {
    let known = std::io::stdout().is_terminal().then(terminal_size::terminal_size).flatten();
    known.map_or(80, |(width, height)| {
        usize::from(width.0).min(2 * usize::from(height.0).saturating_sub(2)).max(20)
    })
}

fn write_png(picture: &Picture, path: &Path) -> Result<()> {
    let bytes = picture.to_png()?;
    if path == Path::new("-") {
        std::io::stdout().write_all(&bytes)?;
        return Ok(());
    }
    let mut output = OutputFile::create(path)?;
    output.write_all(&bytes).map_err(|e| Error::io("cannot write", e).in_file(path))?;
    output.commit()
}
