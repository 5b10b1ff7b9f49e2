//! The names of the resampling methods.

use crate::{Error, Result};
use std::{fmt, str::FromStr};

/// How the value of an output pixel is made from source pixels.
///
/// The first five look at the position of the output pixel's centre. When the source has to shrink, all but
/// nearest widen in proportion (anti-aliasing). The others look at the source pixels under the output pixel.
///
/// Not every work knows every method: warping knows [`WARP`](Self::WARP), overviews and decimated reads know
/// [`DECIMATION`](Self::DECIMATION). Options with another one are refused with the list.
///
/// ```
/// use raster_core::Resampling;
/// assert_eq!("cubicspline".parse::<Resampling>()?, Resampling::CubicSpline);
/// assert!(Resampling::Mode.keeps_values() && !Resampling::Average.keeps_values());
/// assert!(Resampling::Gauss.check_for_warp().is_err());
/// # Ok::<(), raster_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
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
    /// Binomial weights over 3, 5 or 7 pixels a side, by the reduction.
    Gauss,
}

impl Resampling {
    /// Every method.
    pub const ALL: [Self; 15] = [
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
        Self::Gauss,
    ];
    /// What warping knows.
    pub const WARP: &'static [Self] = Self::ALL.split_at(14).0;
    /// What overviews and reads of another shape know.
    pub const DECIMATION: &'static [Self] = &[
        Self::Nearest,
        Self::Bilinear,
        Self::Cubic,
        Self::CubicSpline,
        Self::Lanczos,
        Self::Average,
        Self::Mode,
        Self::Rms,
        Self::Gauss,
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
            Self::Gauss => "gauss",
        }
    }

    /// Is it one of [`WARP`](Self::WARP)?
    ///
    /// # Errors
    /// `Misuse` that lists them.
    pub fn check_for_warp(self) -> Result<()> {
        self.check_among(Self::WARP, "warping")
    }
    /// Is it one of [`DECIMATION`](Self::DECIMATION)?
    ///
    /// # Errors
    /// `Misuse` that lists them.
    pub fn check_for_decimation(self) -> Result<()> {
        self.check_among(Self::DECIMATION, "overviews and reads of another shape")
    }
    fn check_among(self, known: &[Self], work: &str) -> Result<()> {
        if known.contains(&self) {
            return Ok(());
        }
        let names: Vec<_> = known.iter().map(|r| r.name()).collect();
        Err(Error::misuse(format!("resampling {self} is not for {work}, which know {}", names.join(", "))))
    }

    /// Does it only pick values that are there, so that classes stay classes?
    #[must_use]
    pub const fn keeps_values(self) -> bool {
        matches!(
            self,
            Self::Nearest | Self::Mode | Self::Min | Self::Max | Self::Median | Self::Q1 | Self::Q3
        )
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
        f.pad(self.name())
    }
}

impl FromStr for Resampling {
    type Err = Error;
    /// rasterio's and GDAL's names, in any case.
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
            Error::misuse(format!("no resampling is called '{name}'; there are {names}"))
        })
    }
}
