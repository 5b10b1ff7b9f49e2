//! What a caller can choose.

use raster_core::Resampling;
use raster_core::{DataType, Error, Nodata, Result};

/// How exactly output pixels are placed in the source.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Positions {
    /// Approximated over pieces of the output grid with a certified bound on the error, in source pixels;
    /// exact where the bound cannot be had. The default, with 1e-6.
    Certified {
        /// Largest error in source pixels.
        tolerance: f64,
    },
    /// Every position by itself, as `gdalwarp -et 0`.
    Exact,
    /// GDAL's approximation along rows, as `gdalwarp -et 0.125` (its default): for equality with it, nothing
    /// else. Positions may be wrong by the tolerance, and depend on how the output is cut into parts, which is
    /// done as GDAL does it. [`Positions::gdalwarp`] has its defaults.
    GdalApproximation {
        /// Largest error in source pixels at the middle of an interpolated stretch.
        tolerance: f64,
        /// Bytes that a part may take (`gdalwarp -wm`), at least 100,000. Nothing is allocated by it.
        memory: u64,
    },
}

impl Positions {
    /// As gdalwarp by default: `-et 0.125 -wm 64`.
    #[must_use]
    pub const fn gdalwarp() -> Self {
        Self::GdalApproximation { tolerance: 0.125, memory: 64 << 20 }
    }
}

impl Default for Positions {
    fn default() -> Self {
        Self::Certified { tolerance: 1e-6 }
    }
}

/// Which value stands for no data.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum NodataRule {
    /// What the source declares.
    #[default]
    FromSource,
    /// None.
    None,
    /// This one.
    Value(Nodata),
}

/// How a raster is warped.
///
/// | quantity | unit |
/// |---|---|
/// | positions, tolerances | source pixels |
/// | `scale` | output pixels per source pixel |
/// | `window_limit` | samples |
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WarpOptions {
    /// How values are made.
    pub resampling: Resampling,
    /// How exactly pixels are placed.
    pub positions: Positions,
    /// Which source value is invalid. A value here replaces the source's mask.
    pub source_nodata: NodataRule,
    /// Which value is written where there is no valid source; without one it is 0 (NaN where the source
    /// itself is NaN), and only the mask tells. A valid result that equals it is moved to its neighbour.
    pub nodata: NodataRule,
    /// Type of the output; the source's by default.
    pub data_type: Option<DataType>,
    /// Source bands (from 1) in output order; all by default.
    pub bands: Option<Vec<usize>>,
    /// What is asked of the datum operations: accuracy, grids, a region. By default the best one for where the source lies.
    pub operations: crs::TransformerOptions,
    /// Append a band that holds the validity (the type's largest value where valid).
    pub add_alpha: bool,
    /// Anti-aliasing: output pixels per source pixel along columns and rows, instead of the local scale
    /// (GDAL's `XSCALE`, `YSCALE`).
    pub scale: Option<(f64, f64)>,
    /// Read a smaller overview of the source when the output is coarser, as GDAL does (`-ovr AUTO`).
    pub overviews: bool,
    /// The most samples of the source that are held for one piece of work.
    pub window_limit: usize,
    /// The most pixels (columns × rows) that an output may have.
    pub size_limit: u64,
}

impl Default for WarpOptions {
    fn default() -> Self {
        Self {
            resampling: Resampling::Nearest,
            positions: Positions::default(),
            source_nodata: NodataRule::FromSource,
            nodata: NodataRule::FromSource,
            data_type: None,
            bands: None,
            operations: crs::TransformerOptions::default(),
            add_alpha: false,
            scale: None,
            overviews: true,
            window_limit: 1 << 24,
            size_limit: 1 << 48,
        }
    }
}

impl WarpOptions {
    /// The defaults with this resampling.
    #[must_use]
    pub fn new(resampling: Resampling) -> Self {
        Self { resampling, ..Self::default() }
    }
    /// With this output nodata.
    #[must_use]
    pub fn with_nodata(mut self, nodata: impl Into<Nodata>) -> Self {
        self.nodata = NodataRule::Value(nodata.into());
        self
    }
    /// With this way of placing pixels.
    #[must_use]
    pub fn with_positions(mut self, positions: Positions) -> Self {
        self.positions = positions;
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.resampling.check_for_warp()?;
        let tolerance = match self.positions {
            Positions::Certified { tolerance } | Positions::GdalApproximation { tolerance, .. } => tolerance,
            Positions::Exact => 1.0,
        };
        if !(tolerance.is_finite() && tolerance > 0.0) {
            return Err(Error::misuse(format!("a position tolerance of {tolerance} pixels")));
        }
        if let Positions::GdalApproximation { memory: memory @ ..100_000, .. } = self.positions {
            return Err(Error::misuse(format!("{memory} bytes for a part of GDAL's; 100000 at least")));
        }
        if let Some((x, y)) = self.scale
            && !(x.is_finite() && y.is_finite() && x > 0.0 && y > 0.0)
        {
            return Err(Error::misuse(format!("a scale of {x} by {y}")));
        }
        if self.window_limit == 0 {
            return Err(Error::misuse("a window limit of 0 samples"));
        }
        Ok(())
    }
}
