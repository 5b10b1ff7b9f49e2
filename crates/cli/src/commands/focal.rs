//! `mucho focal`: a statistic of each pixel's neighbourhood, or the shape of terrain.

use crate::{
    Global,
    job::{StepCommand, StepJob},
};
use kernels::{Focal, FocalStatistic, Neighbourhood, Terrain, TerrainMeasure};
use mucho::{KernelFunction, Step};
use raster_core::{Error, MaskKind, Nodata, RasterInfo, RasterSource, Result};
use std::sync::Arc;

/// Arguments of `mucho focal`.
pub(crate) type Args = StepJob<StepArgs>;

/// What is computed; a step of `mucho run` takes the same.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho focal landcover.tif clean.tif majority --radius 2
  mucho focal elevation.tif relief.tif hillshade
  mucho focal elevation.tif rough.tif std --radius 5 --disc")]
pub(crate) struct StepArgs {
    /// mean, std, min, max, median, majority; slope, slope_percent, aspect, hillshade
    what: String,
    /// Pixels on each side of the centre (not for terrain)
    #[arg(long, value_name = "PIXELS", default_value_t = 1.0)]
    radius: f64,
    /// A disc instead of a square
    #[arg(long)]
    disc: bool,
    /// Bands, such as 1,3; all when not given
    #[arg(long, value_delimiter = ',', value_name = "LIST")]
    bands: Option<Vec<usize>>,
    /// Terrain: factor on the heights, for heights in other units than the pixels
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, allow_hyphen_values = true)]
    z_factor: f64,
    /// Hillshade: direction of the light, degrees clockwise from north
    #[arg(long, value_name = "DEGREES", default_value_t = 315.0)]
    azimuth: f64,
    /// Hillshade: height of the light, degrees above the horizon
    #[arg(long, value_name = "DEGREES", default_value_t = 45.0)]
    altitude: f64,
}

impl StepCommand for StepArgs {
    fn step(&self, source: Arc<dyn RasterSource>, _: &Global) -> Result<Step> {
        let info = source.info();
        let statistic = |s| self.statistic(s);
        let mut function = match self.what.as_str() {
            "mean" => statistic(FocalStatistic::Mean)?,
            "std" => statistic(FocalStatistic::StandardDeviation)?,
            "min" => statistic(FocalStatistic::Minimum)?,
            "max" => statistic(FocalStatistic::Maximum)?,
            "median" => statistic(FocalStatistic::Median)?,
            "majority" => statistic(FocalStatistic::Majority)?,
            "slope" => self.terrain(TerrainMeasure::SlopeDegrees, info)?,
            "slope_percent" => self.terrain(TerrainMeasure::SlopePercent, info)?,
            "aspect" => self.terrain(TerrainMeasure::Aspect, info)?,
            "hillshade" => {
                let light =
                    TerrainMeasure::Hillshade { azimuth_deg: self.azimuth, altitude_deg: self.altitude };
                self.terrain(light, info)?
            }
            other => {
                return Err(Error::misuse(format!(
                    "'{other}': there are mean, std, min, max, median, majority, slope, slope_percent, aspect, hillshade"
                )));
            }
        };
        if let Some(bands) = &self.bands {
            function = function.with_bands(bands);
        }
        let hillshade = self.what == "hillshade";
        Ok(Step::new(source, function).describe(move |info| {
            // No shade is 0, as gdaldem has it.
            for band in info.bands.iter_mut().filter(|_| hillshade) {
                (band.nodata, band.mask) = (Some(Nodata::Int(0)), MaskKind::Nodata);
            }
        }))
    }
}

impl StepArgs {
    fn statistic(&self, statistic: FocalStatistic) -> Result<KernelFunction> {
        let around = if self.disc {
            Neighbourhood::Disc { radius_px: self.radius }
        } else if self.radius.fract() == 0.0 && self.radius >= 0.0 {
            Neighbourhood::Square { radius_px: self.radius as usize }
        } else {
            return Err(Error::misuse(format!(
                "--radius {}: a square has a whole number of pixels",
                self.radius
            )));
        };
        Ok(KernelFunction::new(Focal::new(statistic, around)?))
    }
    fn terrain(&self, measure: TerrainMeasure, info: &RasterInfo) -> Result<KernelFunction> {
        let transform = info.transform.ok_or_else(|| {
            Error::misuse("the raster does not say how large its pixels are, which slopes depend on")
        })?;
        let (width, height) = transform.resolution();
        Ok(KernelFunction::new(Terrain::new(measure, width, height)?.with_z_factor(self.z_factor)?))
    }
}
