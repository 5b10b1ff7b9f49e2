//! Rasters on another grid.

use super::{bands::check_bands, grid::WebBlocks};
use crate::{
    pipeline::{fault::Fault, lower::Resolver, values::*},
    plan::Budget,
};
use raster_core::{DataType, RasterSource, Resampling, Result};
use std::sync::Arc;
use warp::{Positions, WarpOptions, WarpedRaster, coregister};

/// As gdalwarp's -wm by default.
const GDAL_MEMORY: Budget = Budget(64 << 20);

options! {
    /// Rasters on another grid: reprojected, resampled. Several are merged.
    pub struct Warp {
        use grid;
        /// nearest, bilinear, cubic, cubic_spline, lanczos, average, mode, min, max, med, q1, q3, sum, rms; auto: nearest for
        /// classes, cubic otherwise
        [short = 'r', value_name = "NAME", help_heading = "Pixels"]
        val resampling: ResampleBy = ResampleBy::Name(Resampling::Nearest);
        /// Value of pixels without data; the input's when not given, none for none
        [value_name = "VALUE", allow_hyphen_values = true, help_heading = "Pixels"]
        opt nodata: NodataAs;
        /// Take this value of the inputs as missing, instead of what they say themselves
        [value_name = "VALUE", allow_hyphen_values = true, help_heading = "Pixels"]
        opt source_nodata: NodataAs;
        /// Bands of the inputs, from 1, such as 4,3,2
        [value_name = "LIST", help_heading = "Pixels"]
        list bands;
        /// Type of the output
        [value_name = "TYPE", help_heading = "Pixels"]
        opt dtype: DataType;
        /// Compute the position of every pixel by itself, as gdalwarp -et 0: by default it is known to 1e-6 source pixels
        [help_heading = "Pixels"]
        flag exact;
        /// Place pixels as gdalwarp does, wrong by up to this many source pixels (its default is 0.125)
        [value_name = "PIXELS", help_heading = "Pixels"]
        opt gdal_approx: f64;
        /// With --gdal-approx: the memory that gdalwarp is given (its -wm), which decides where it cuts the output
        [value_name = "SIZE", help_heading = "Pixels"]
        val gdal_memory: Budget = GDAL_MEMORY;
        /// Reductions from the inputs' overviews where they are fine enough (auto), or always from all pixels (none)
        [value_name = "USE", help_heading = "Pixels"]
        val ovr: OverviewUse = OverviewUse::Auto;
        /// Where several inputs overlap: first, last, min, max, sum, count, mean
        [value_name = "METHOD", help_heading = "Pixels"]
        val method: Method = Method::First;
        /// Append a band that tells which pixels are valid
        [help_heading = "Pixels"]
        flag alpha;
    }
}

options! {
    /// Where the pixels of an output lie: the keys of [`Warp`] about its grid.
    pub struct Place {
        use place;
    }
}

impl Place {
    /// Is any of them given?
    #[must_use]
    pub fn is_given(&self) -> bool {
        *self != Self::default()
    }
    /// A warp onto this grid; everything else is its default.
    #[must_use]
    pub fn warp(self) -> Warp {
        Warp {
            crs: self.crs,
            like: self.like,
            res: self.res,
            size: self.size,
            bounds: self.bounds,
            align: self.align,
            web_tiles: self.web_tiles,
            zoom: self.zoom,
            aligned_levels: self.aligned_levels,
            ..Warp::default()
        }
    }
}

impl Warp {
    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        self.grid_fields().check()?;
        check_bands(self.bands.as_deref())?;
        if self.exact && self.gdal_approx.is_some() {
            return Err(Fault::key("gdal_approx", "not together with `exact`"));
        }
        if self.gdal_approx.is_none() && self.gdal_memory != GDAL_MEMORY {
            return Err(Fault::key("gdal_memory", "only with `gdal_approx`"));
        }
        match self.gdal_approx {
            Some(n) if !(n > 0.0 && n.is_finite()) => {
                Err(Fault::key("gdal_approx", format!("{n} pixels; it must be above 0")))
            }
            Some(_) if self.gdal_memory.0 < 100_000 => {
                Err(Fault::key("gdal_memory", format!("{} bytes; 100000 at least", self.gdal_memory.0)))
            }
            _ => Ok(()),
        }
    }

    fn options(&self, info: &raster_core::RasterInfo) -> WarpOptions {
        let mut options = WarpOptions::new(self.resampling.of(info));
        options.nodata = nodata_rule(self.nodata);
        options.source_nodata = nodata_rule(self.source_nodata);
        options.bands.clone_from(&self.bands);
        options.data_type = self.dtype;
        options.add_alpha = self.alpha;
        options.overviews = self.ovr == OverviewUse::Auto;
        if self.exact {
            options.positions = Positions::Exact;
        }
        if let Some(tolerance) = self.gdal_approx {
            options.positions = Positions::GdalApproximation { tolerance, memory: self.gdal_memory.0 as u64 };
        }
        options
    }

    /// The rasters as one view. `tile`: the side of the output's blocks where it is stated.
    pub(super) fn view(
        &self,
        sources: &[Arc<dyn RasterSource>],
        tile: Option<usize>,
        open: &dyn Resolver,
    ) -> Result<(Arc<dyn RasterSource>, Option<WebBlocks>)> {
        let infos: Vec<_> = sources.iter().map(|s| s.info()).collect();
        let (grid, web) = self.grid_fields().resolve(&infos, tile, open)?;
        let options = self.options(infos[0]);
        let view: Arc<dyn RasterSource> = match sources {
            [source] => Arc::new(WarpedRaster::new(Arc::clone(source), &grid, &options)?),
            several => Arc::new(coregister(several, &grid, self.method.into(), &options)?),
        };
        Ok((view, web))
    }
}
