//! The names of the resampling methods.

use raster_core::{Error, Result};
use std::{fmt, str::FromStr};

/// How the value of an output pixel is made from source pixels.
///
/// The first five look at the position of the output pixel's centre. When the source has to shrink, all but
/// nearest widen in proportion (anti-aliasing). The others look at the source pixels under the output pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Resampling {
    /// The pixel that contains the centre.
    #[default]
    Nearest,
    /// Linear along both axes, 2 × 2 pixels.
    Bilinear,
    /// Cubic convolution (Catmull-Rom, a = -0.5), 4 × 4 pixels.
    Cubic,
    /// Cubic B-spline, 4 × 4 pixels; smooths.
    CubicSpline,
    /// Windowed sinc of radius 3, 6 × 6 pixels.
    Lanczos,
    /// Mean, weighted by covered area.
    Average,
    /// The value that most pixels have; of several the one that gets there first in reading order.
    Mode,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// The middle value (lower of two).
    Median,
    /// The first quartile.
    Q1,
    /// The third quartile.
    Q3,
    /// Total, each source pixel shared out by area: the sum over the raster is kept.
    Sum,
    /// Root of the mean square, weighted by covered area.
    Rms,
}

impl Resampling {
    /// Every method.
    pub const ALL: [Self; 14] = [
        Self::Nearest,
        Self::Bilinear,
        Self::Cubic,
        Self::CubicSpline,
        Self::Lanczos,
        Self::Average,
        Self::Mode,
        Self::Min,
        Self::Max,
        Self::Median,
        Self::Q1,
        Self::Q3,
        Self::Sum,
        Self::Rms,
    ];

    /// Its name, as in rasterio.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Bilinear => "bilinear",
            Self::Cubic => "cubic",
            Self::CubicSpline => "cubic_spline",
            Self::Lanczos => "lanczos",
            Self::Average => "average",
            Self::Mode => "mode",
            Self::Min => "min",
            Self::Max => "max",
            Self::Median => "med",
            Self::Q1 => "q1",
            Self::Q3 => "q3",
            Self::Sum => "sum",
            Self::Rms => "rms",
        }
    }

    /// Does it look at the source pixels under the whole output pixel, not around its centre?
    #[must_use]
    pub const fn is_area(self) -> bool {
        !matches!(self, Self::Nearest | Self::Bilinear | Self::Cubic | Self::CubicSpline | Self::Lanczos)
    }

    /// Radius of the kernel in source pixels at scale 1; 0 for nearest and the area methods.
    #[must_use]
    pub const fn radius(self) -> usize {
        match self {
            Self::Bilinear => 1,
            Self::Cubic | Self::CubicSpline => 2,
            Self::Lanczos => 3,
            _ => 0,
        }
    }
}

impl fmt::Display for Resampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Resampling {
    type Err = Error;
    /// rasterio's and gdalwarp's names.
    fn from_str(name: &str) -> Result<Self> {
        let plain = name.to_ascii_lowercase().replace('-', "_");
        let plain = match plain.as_str() {
            "near" => "nearest",
            "cubicspline" => "cubic_spline",
            "median" => "med",
            other => other,
        };
        Self::ALL.into_iter().find(|r| r.name() == plain).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::misuse(format!("no resampling {name:?}; there are {names}"))
        })
    }
}
