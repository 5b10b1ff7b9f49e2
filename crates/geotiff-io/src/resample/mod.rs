//! Fewer pixels from many: the resampling of overviews and of decimated reads, as GDAL's `RasterIO` and
//! `gdaladdo` do it.
//!
//! Each axis is described by an [`AxisPlan`]: which source samples a destination sample comes from, and with
//! which weights. Kernels are cut at the edge of the raster and renormalised. The result depends on the plan
//! and the samples only, never on how the destination was cut into windows.

mod area;
mod convolve;
mod plan;
#[cfg(test)]
mod reference;

pub(crate) use plan::{Axis, AxisPlan};

use ndarray::{ArrayView2, ArrayViewMut2};
use raster_core::{Error, Result, Sample};
use std::{fmt, str::FromStr};

/// How destination pixels are computed from source pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resampling {
    /// One source pixel. The only choice, with [`Mode`](Self::Mode), for classes.
    #[default]
    Nearest,
    /// Tent of radius 1 (times the reduction).
    Bilinear,
    /// Cubic convolution (a = -1/2), radius 2.
    Cubic,
    /// Cubic B-spline, radius 2.
    CubicSpline,
    /// Windowed sinc, radius 3.
    Lanczos,
    /// Mean of the covered pixels, weighted by covered area.
    Average,
    /// The most frequent of the covered pixels; the first to reach that count wins.
    Mode,
    /// Root of the mean square of the covered pixels.
    Rms,
    /// Binomial weights over 3, 5 or 7 pixels a side, by the reduction.
    Gauss,
}

impl Resampling {
    /// All of them.
    pub const ALL: [Self; 9] = [
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
    /// rasterio's name.
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
            Self::Rms => "rms",
            Self::Gauss => "gauss",
        }
    }
    /// Does it only pick values that are there, so that classes stay classes?
    #[must_use]
    pub const fn keeps_values(self) -> bool {
        matches!(self, Self::Nearest | Self::Mode)
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
    fn from_str(text: &str) -> Result<Self> {
        let name = text.to_ascii_lowercase();
        let name = if name == "cubicspline" { "cubic_spline" } else { &name };
        Self::ALL.into_iter().find(|r| r.name() == name).ok_or_else(|| {
            Error::misuse(format!(
                "no resampling is called '{text}'; there are {}",
                Self::ALL.map(Self::name).join(", ")
            ))
        })
    }
}

/// A plane of source samples that covers what the plans ask for.
#[derive(Clone, Copy)]
pub(crate) struct SourcePlane<'a, T> {
    /// The samples.
    pub(crate) samples: ArrayView2<'a, T>,
    /// Nonzero where a sample is valid; `None` when all are.
    pub(crate) valid: Option<ArrayView2<'a, u8>>,
    /// Row and column of the first sample in the whole source.
    pub(crate) origin: (usize, usize),
}

/// Compute a plane of destination samples. `out_valid` becomes 255 where a sample could be computed and 0 where
/// all its sources are invalid; there `out` is `nodata` (or 0). Integers are rounded half away from zero, and
/// one that would equal `nodata` by accident is moved by one, as GDAL does.
pub(crate) fn resample<T: Sample>(
    source: SourcePlane<'_, T>,
    rows: &AxisPlan,
    cols: &AxisPlan,
    nodata: Option<T>,
    mut out: ArrayViewMut2<'_, T>,
    mut out_valid: Option<ArrayViewMut2<'_, u8>>,
) {
    debug_assert_eq!(out.dim(), (rows.len(), cols.len()), "a plan per axis");
    // A mask that hides nothing here must not cost anything.
    let valid = source.valid.filter(|v| v.iter().any(|&m| m == 0));
    let source = SourcePlane { valid, ..source };
    if source.valid.is_none()
        && let Some(mask) = out_valid.as_mut()
    {
        mask.fill(255);
    }
    match rows.method() {
        Resampling::Nearest => nearest(source, rows, cols, &mut out, &mut out_valid),
        Resampling::Mode => area::mode(source, rows, cols, nodata, &mut out, &mut out_valid),
        Resampling::Average | Resampling::Rms | Resampling::Gauss => {
            area::weighted(source, rows, cols, nodata, &mut out, &mut out_valid);
        }
        Resampling::Bilinear | Resampling::Cubic | Resampling::CubicSpline | Resampling::Lanczos => {
            convolve::convolve(source, rows, cols, nodata, &mut out, &mut out_valid);
        }
    }
}

fn nearest<T: Sample>(
    source: SourcePlane<'_, T>,
    rows: &AxisPlan,
    cols: &AxisPlan,
    out: &mut ArrayViewMut2<'_, T>,
    out_valid: &mut Option<ArrayViewMut2<'_, u8>>,
) {
    for i in 0..rows.len() {
        let r = rows.first(i) - source.origin.0;
        for j in 0..cols.len() {
            let c = cols.first(j) - source.origin.1;
            out[[i, j]] = source.samples[[r, c]];
            if let (Some(mask), Some(valid)) = (out_valid.as_mut(), source.valid) {
                mask[[i, j]] = if valid[[r, c]] == 0 { 0 } else { 255 };
            }
        }
    }
}

/// A computed number as a sample. Weights are rounded, so a sum that is exactly half way between two integers comes
/// out a little off at times; it is rounded away from zero all the same, as exact arithmetic would.
fn to_sample<T: Sample>(value: f64) -> T {
    T::from_f64(if T::DATA_TYPE.is_integer() { value * (1.0 + 1e-12) } else { value })
}

/// Move a computed integer away from the value that stands for no data.
fn avoid_nodata<T: Sample>(value: T, nodata: Option<T>) -> T {
    match nodata {
        Some(nd) if T::DATA_TYPE.is_integer() && value == nd => {
            let (min, _) = T::DATA_TYPE.range();
            let lowest = nd == T::from_f64(min);
            match nd.to_value() {
                raster_core::Value::Int(v) => {
                    T::from_value(raster_core::Value::Int(if lowest { v + 1 } else { v - 1 }))
                }
                _ => value,
            }
        }
        _ => value,
    }
}

#[cfg(test)]
mod tests;
