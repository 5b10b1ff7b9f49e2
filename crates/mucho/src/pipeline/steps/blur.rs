//! How far around a pixel, with which weights: what the steps that blur share.

use crate::pipeline::{
    fault::Fault,
    values::{Length, Spelled},
};
use kernels::{BlurSize, Border, GaussianOptions, map_units_to_pixels};
use raster_core::{Error, RasterInfo, Result};

/// The keys about a blur.
pub(super) struct Blur {
    pub(super) sigma: Option<Length>,
    pub(super) diameter: Option<Length>,
    pub(super) truncate: Option<f64>,
    pub(super) border: Border,
}

impl Blur {
    /// Is a blur asked for?
    pub(super) fn wanted(&self) -> bool {
        self.sigma.is_some() || self.diameter.is_some()
    }

    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        let positive = |key, length: Option<Length>| match length {
            Some(Length::Pixels(n) | Length::MapUnits(n)) if !(n > 0.0 && n.is_finite()) => {
                Err(Fault::key(key, format!("{n} is no size; it must be above 0")))
            }
            _ => Ok(()),
        };
        positive("sigma", self.sigma)?;
        positive("diameter", self.diameter)?;
        if let Some(n) = self.truncate
            && !(n > 0.0 && n.is_finite())
        {
            return Err(Fault::key("truncate", format!("{n} standard deviations; it must be above 0")));
        }
        if self.truncate.is_some() && self.sigma.is_some() && self.diameter.is_some() {
            return Err(Fault::key(
                "truncate",
                "`sigma` and `diameter` together decide on it; leave one out",
            ));
        }
        Ok(())
    }

    pub(super) fn check_required(&self) -> std::result::Result<(), Fault> {
        if !self.wanted() {
            return Err(Fault::key(
                "sigma",
                "say how far around a pixel: `sigma` or `diameter`, in pixels or as 250m",
            ));
        }
        self.check()
    }

    /// The blur over this raster, if one is asked for.
    pub(super) fn options(&self, info: &RasterInfo) -> Result<Option<GaussianOptions>> {
        let length = |length: Option<Length>| length.map(|l| pixels(l, info)).transpose();
        let truncate = self.truncate.unwrap_or(4.0);
        let size = match (length(self.sigma)?, length(self.diameter)?) {
            (None, None) => return Ok(None),
            (Some(sigma), None) => BlurSize { diameter: 2.0 * sigma * truncate, sigma, truncate },
            (None, Some(diameter)) => {
                BlurSize::from_diameter(diameter, self.truncate.unwrap_or(BlurSize::DEFAULT_TRUNCATE))?
            }
            (Some(sigma), Some(diameter)) => BlurSize::from_diameter_and_sigma(diameter, sigma)?,
        };
        Ok(Some(GaussianOptions::new(size.sigma).truncate(size.truncate).border(self.border)))
    }

    /// The blur; an error when none is asked for.
    pub(super) fn required(&self, info: &RasterInfo) -> Result<GaussianOptions> {
        self.check_required()?;
        self.options(info)?.ok_or_else(|| Error::internal("a blur without a size"))
    }
}

/// A length in pixels; map units are divided by the pixel's size.
fn pixels(length: Length, info: &RasterInfo) -> Result<f64> {
    let units = match length {
        Length::Pixels(n) => return Ok(n),
        Length::MapUnits(n) => n,
    };
    let text = length.spell();
    let transform = info.transform.ok_or_else(|| {
        Error::misuse(format!("'{text}': the raster does not say how large its pixels are"))
    })?;
    let (cols, rows) = map_units_to_pixels(units, &transform)?;
    if ((cols - rows) / cols).abs() > 1e-6 {
        return Err(Error::misuse(format!("'{text}' is {cols} columns but {rows} rows; give pixels")));
    }
    Ok(cols)
}
