//! Options about the file to write, shared by every command that writes one.

use clap::{Args, ValueEnum};
use geotiff_io::{BigTiff, Blocks, Compression, CreateOptions, Interleave, Overviews, Predictor, Resampling};
use raster_core::{Error, Result};

/// What the output file shall be like.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output file")]
pub(crate) struct CreateArgs {
    /// Write a plain tiled GeoTIFF instead of a COG
    #[arg(long)]
    pub(crate) plain: bool,
    /// none, deflate, zstd, lzw, packbits, lerc, lerc_deflate, lerc_zstd, jpeg, webp, lzma
    #[arg(long, short = 'c', value_name = "NAME", default_value = "deflate", env = "MUCHO_COMPRESS")]
    pub(crate) compress: String,
    /// How hard to compress; the range is the codec's
    #[arg(long, value_name = "N")]
    pub(crate) level: Option<i32>,
    /// none, horizontal (2), float (3), or yes: chosen by the data type, as when not given
    #[arg(long, value_name = "NAME")]
    pub(crate) predictor: Option<String>,
    /// Quality of JPEG, 1 to 100
    #[arg(long, value_name = "N", default_value_t = 75)]
    pub(crate) quality: u8,
    /// Largest error of LERC; 0 is lossless
    #[arg(long, value_name = "ERROR", default_value_t = 0.0)]
    pub(crate) max_z_error: f64,
    /// Tiles of this many pixels a side; default: 512, web tiles 256
    #[arg(long, visible_alias = "blocksize", value_name = "PIXELS")]
    pub(crate) block_size: Option<usize>,
    /// How bands lie in the file
    #[arg(long, value_name = "HOW", default_value = "pixel")]
    pub(crate) interleave: InterleaveArg,
    /// auto, none, or reduction factors such as 2,4,8; default: auto for a COG, none for a plain file
    #[arg(long, value_name = "LEVELS")]
    pub(crate) overviews: Option<String>,
    /// nearest, average, bilinear, cubic, cubic_spline, lanczos, mode, rms, gauss; default: nearest for classes, cubic
    /// otherwise
    #[arg(long, value_name = "NAME")]
    pub(crate) overview_resampling: Option<String>,
    /// 8-byte offsets
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) bigtiff: BigTiffArg,
    /// Leave out tiles without data
    #[arg(long)]
    pub(crate) sparse: bool,
    /// Store minimum, maximum, mean and standard deviation
    #[arg(long)]
    pub(crate) statistics: bool,
}

/// `--interleave`
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum InterleaveArg {
    /// A tile holds all bands, pixel by pixel
    Pixel,
    /// A tile holds one band; band after band
    Band,
    /// A tile holds one band; the tiles of one place together
    Tile,
}

/// `--bigtiff`
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum BigTiffArg {
    /// When the file needs it
    Auto,
    /// Always
    Yes,
    /// Never
    No,
}

impl CreateArgs {
    /// Checked and translated.
    pub(crate) fn options(&self) -> Result<CreateOptions> {
        let mut options = if self.plain { CreateOptions::geotiff() } else { CreateOptions::cog() };
        options.compression = Compression::parse(&self.compress).ok_or_else(|| {
            Error::misuse(format!("--compress {}: there is no such compression", self.compress))
        })?;
        options.level = self.level.unwrap_or(0);
        options.predictor = self.predictor.as_deref().map_or(Ok(None), predictor)?;
        options.quality = self.quality;
        options.max_z_error = self.max_z_error;
        let side = self.block_size.unwrap_or(512);
        options.blocks = Blocks::Tiles { width: side, height: side };
        options.interleave = match self.interleave {
            InterleaveArg::Pixel => Interleave::Pixel,
            InterleaveArg::Band => Interleave::Band,
            InterleaveArg::Tile => Interleave::Tile,
        };
        if let Some(text) = &self.overviews {
            options.overviews = overviews(text)?;
        }
        if let Some(name) = &self.overview_resampling {
            options.overview_resampling = Some(name.parse::<Resampling>()?);
        }
        options.big_tiff = match self.bigtiff {
            BigTiffArg::Auto => BigTiff::IfNeeded,
            BigTiffArg::Yes => BigTiff::Yes,
            BigTiffArg::No => BigTiff::No,
        };
        options.sparse = self.sparse;
        options.statistics = self.statistics;
        Ok(options)
    }
}

/// By our names, by TIFF's numbers, or by GDAL's names. `None`: chosen by the data type.
fn predictor(name: &str) -> Result<Option<Predictor>> {
    Ok(Some(match name.to_ascii_lowercase().as_str() {
        "yes" | "auto" => return Ok(None),
        "none" | "no" | "1" => Predictor::None,
        "horizontal" | "standard" | "2" => Predictor::Horizontal,
        "float" | "floating_point" | "floating-point" | "3" => Predictor::FloatingPoint,
        _ => {
            return Err(Error::misuse(format!(
                "--predictor {name}: there are none, horizontal, float and yes"
            )));
        }
    }))
}

pub(crate) fn overviews(text: &str) -> Result<Overviews> {
    match text {
        "auto" => Ok(Overviews::Auto),
        "none" => Ok(Overviews::None),
        list => {
            let factors: Result<Vec<usize>, _> = list.split(',').map(|f| f.trim().parse()).collect();
            factors.map(Overviews::Factors).map_err(|_| {
                Error::misuse(format!("--overviews {text}: write auto, none, or factors such as 2,4,8"))
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictors_by_any_name() {
        assert_eq!(predictor("YES").unwrap(), None);
        assert_eq!(predictor("standard").unwrap(), Some(Predictor::Horizontal));
        assert_eq!(predictor("3").unwrap(), Some(Predictor::FloatingPoint));
        assert!(predictor("2.5").unwrap_err().to_string().contains("yes"));
    }
}
