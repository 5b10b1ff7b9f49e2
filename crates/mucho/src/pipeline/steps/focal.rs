//! A statistic of each pixel's neighbourhood, or the shape of terrain.

use super::bands::check_bands;
use crate::{
    KernelFunction,
    pipeline::{fault::Fault, values::*},
};
use kernels::{FocalStatistic, Neighbourhood, Terrain, TerrainMeasure};
use raster_core::{Error, MaskKind, Nodata, RasterInfo, RasterSource, Result};
use std::sync::Arc;

options! {
    /// A statistic of each pixel's neighbourhood; slope, aspect, hillshade.
    #[cfg_attr(feature = "clap", command(after_help = "\
Examples:
  mucho focal landcover.tif clean.tif majority --radius 2
  mucho focal elevation.tif relief.tif hillshade
  mucho focal elevation.tif rough.tif std --radius 5 --disc"))]
    pub struct Focal {
        /// mean, std, min, max, median, majority; slope, slope_percent, aspect, hillshade
        pos what: FocalMeasure;
        /// Pixels on each side of the centre (not for terrain)
        [value_name = "PIXELS"]
        val radius: f64 = 1.0;
        /// A disc instead of a square
        flag disc;
        /// Bands, such as 1,3; all when not given
        [value_name = "LIST"]
        list bands;
        /// Terrain: factor on the heights, for heights in other units than the pixels
        [value_name = "FACTOR", allow_hyphen_values = true]
        val z_factor: f64 = 1.0;
        /// Hillshade: direction of the light, degrees clockwise from north
        [value_name = "DEGREES"]
        val azimuth: f64 = 315.0;
        /// Hillshade: height of the light, degrees above the horizon
        [value_name = "DEGREES"]
        val altitude: f64 = 45.0;
    }
}

impl Focal {
    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        if self.what.is_none() {
            return Err(Fault::key(
                "what",
                format!("is missing; there are {}", FocalMeasure::NAMES.join(", ")),
            ));
        }
        check_bands(self.bands.as_deref())?;
        let (terrain, shade) = match self.what {
            Some(FocalMeasure::Slope | FocalMeasure::SlopePercent | FocalMeasure::Aspect) => (true, false),
            Some(FocalMeasure::Hillshade) => (true, true),
            _ => (false, false),
        };
        for (key, given, applies, why) in [
            ("radius", self.radius != 1.0, !terrain, "terrain is computed from 3 × 3 pixels"),
            ("disc", self.disc, !terrain, "terrain is computed from 3 × 3 pixels"),
            ("z_factor", self.z_factor != 1.0, terrain, "it is for terrain"),
            ("azimuth", self.azimuth != 315.0, shade, "it is for hillshade"),
            ("altitude", self.altitude != 45.0, shade, "it is for hillshade"),
        ] {
            if given && !applies {
                return Err(Fault::key(key, format!("has no effect here: {why}")));
            }
        }
        if !(self.radius >= 0.0 && self.radius.is_finite()) {
            return Err(Fault::key("radius", format!("{} pixels; it must not be negative", self.radius)));
        }
        if !self.disc && self.radius.fract() != 0.0 {
            return Err(Fault::key(
                "radius",
                format!("{}: a square has a whole number of pixels", self.radius),
            ));
        }
        for (key, value) in
            [("z_factor", self.z_factor), ("azimuth", self.azimuth), ("altitude", self.altitude)]
        {
            if !value.is_finite() {
                return Err(Fault::key(key, format!("{value} is no such number")));
            }
        }
        Ok(())
    }

    pub(super) fn step(&self, source: Arc<dyn RasterSource>) -> Result<crate::Step> {
        let info = source.info();
        let what = self.what.ok_or_else(|| Error::misuse("what is missing"))?;
        let statistic = |s| self.statistic(s);
        let mut function = match what {
            FocalMeasure::Mean => statistic(FocalStatistic::Mean)?,
            FocalMeasure::Std => statistic(FocalStatistic::StandardDeviation)?,
            FocalMeasure::Min => statistic(FocalStatistic::Minimum)?,
            FocalMeasure::Max => statistic(FocalStatistic::Maximum)?,
            FocalMeasure::Median => statistic(FocalStatistic::Median)?,
            FocalMeasure::Majority => statistic(FocalStatistic::Majority)?,
            FocalMeasure::Slope => self.terrain(TerrainMeasure::SlopeDegrees, info)?,
            FocalMeasure::SlopePercent => self.terrain(TerrainMeasure::SlopePercent, info)?,
            FocalMeasure::Aspect => self.terrain(TerrainMeasure::Aspect, info)?,
            FocalMeasure::Hillshade => {
                let light =
                    TerrainMeasure::Hillshade { azimuth_deg: self.azimuth, altitude_deg: self.altitude };
                self.terrain(light, info)?
            }
        };
        if let Some(bands) = &self.bands {
            function = function.with_bands(bands);
        }
        let hillshade = what == FocalMeasure::Hillshade;
        Ok(crate::Step::new(source, function).describe(move |info| {
            // No shade is 0, as gdaldem has it.
            for band in info.bands.iter_mut().filter(|_| hillshade) {
                (band.nodata, band.mask) = (Some(Nodata::Int(0)), MaskKind::Nodata);
            }
        }))
    }

    fn statistic(&self, statistic: FocalStatistic) -> Result<KernelFunction> {
        let around = if self.disc {
            Neighbourhood::Disc { radius_px: self.radius }
        } else {
            Neighbourhood::Square { radius_px: self.radius as usize }
        };
        Ok(KernelFunction::new(kernels::Focal::new(statistic, around)?))
    }

    fn terrain(&self, measure: TerrainMeasure, info: &RasterInfo) -> Result<KernelFunction> {
        let transform = info.transform.ok_or_else(|| {
            Error::misuse("the raster does not say how large its pixels are, which slopes depend on")
        })?;
        let (width, height) = transform.resolution();
        Ok(KernelFunction::new(Terrain::new(measure, width, height)?.with_z_factor(self.z_factor)?))
    }
}
