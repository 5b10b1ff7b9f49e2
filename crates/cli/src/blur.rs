//! Options about a gaussian blur, shared by the commands that have one.

use clap::Args;
use kernels::{BlurSize, Border, GaussianOptions, map_units_to_pixels};
use raster_core::{Error, RasterInfo, Result};

/// How far around a pixel, with which weights.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Blur")]
pub(crate) struct BlurArgs {
    /// Standard deviation in pixels, or in map units with a trailing m, such as 250m
    #[arg(long, value_name = "PIXELS", allow_hyphen_values = true)]
    pub(crate) sigma: Option<String>,
    /// Diameter of the kernel in pixels (or 500m); with --sigma it decides where the kernel is cut off
    #[arg(long, value_name = "PIXELS", allow_hyphen_values = true)]
    pub(crate) diameter: Option<String>,
    /// The kernel reaches this many standard deviations
    #[arg(long, value_name = "N")]
    pub(crate) truncate: Option<f64>,
    /// Beyond the edge of the raster: nearest, reflect, mirror, or a value
    #[arg(long, value_name = "HOW", default_value = "nearest", allow_hyphen_values = true)]
    pub(crate) border: String,
}

impl BlurArgs {
    /// The blur, if one is asked for.
    pub(crate) fn options(&self, info: &RasterInfo) -> Result<Option<GaussianOptions>> {
        let length = |text: &Option<String>| text.as_deref().map(|t| pixels(t, info)).transpose();
        let truncate = self.truncate.unwrap_or(4.0);
        let size = match (length(&self.sigma)?, length(&self.diameter)?) {
            (None, None) => return Ok(None),
            (Some(sigma), None) => BlurSize { diameter: 2.0 * sigma * truncate, sigma, truncate },
            (None, Some(diameter)) => {
                BlurSize::from_diameter(diameter, self.truncate.unwrap_or(BlurSize::DEFAULT_TRUNCATE))?
            }
            (Some(_), Some(_)) if self.truncate.is_some() => {
                return Err(Error::misuse(
                    "--sigma and --diameter together decide on --truncate; leave one out",
                ));
            }
            (Some(sigma), Some(diameter)) => BlurSize::from_diameter_and_sigma(diameter, sigma)?,
        };
        let blur = GaussianOptions::new(size.sigma).truncate(size.truncate).border(border(&self.border)?);
        Ok(Some(blur))
    }
    /// The blur; an error when none is asked for.
    pub(crate) fn required(&self, info: &RasterInfo) -> Result<GaussianOptions> {
        self.options(info)?
            .ok_or_else(|| Error::misuse("say how far around a pixel: --sigma PIXELS or --diameter PIXELS"))
    }
}

/// A length in pixels; map units are divided by the pixel's size.
fn pixels(text: &str, info: &RasterInfo) -> Result<f64> {
    let number = |t: &str| {
        t.trim()
            .parse::<f64>()
            .map_err(|_| Error::misuse(format!("'{text}' is no length; write for instance 10 or 250m")))
    };
    let Some(units) = text.strip_suffix('m') else { return number(text) };
    let transform = info.transform.ok_or_else(|| {
        Error::misuse(format!("'{text}': the raster does not say how large its pixels are"))
    })?;
    let (cols, rows) = map_units_to_pixels(number(units)?, &transform)?;
    if ((cols - rows) / cols).abs() > 1e-6 {
        return Err(Error::misuse(format!("'{text}' is {cols} columns but {rows} rows; give pixels")));
    }
    Ok(cols)
}

fn border(text: &str) -> Result<Border> {
    Ok(match text {
        "nearest" => Border::Nearest,
        "reflect" => Border::Reflect,
        "mirror" => Border::Mirror,
        value => Border::Constant(value.parse().map_err(|_| {
            Error::misuse(format!("--border {text}: there are nearest, reflect, mirror, or a value"))
        })?),
    })
}
