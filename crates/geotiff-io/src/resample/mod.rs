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
use raster_core::{Error, Resampling, Result, Sample, opacity::Mixing};

/// How destination pixels are computed from source pixels: the part of [`Resampling`] that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Nearest,
    /// Tent of radius 1 (times the reduction).
    Bilinear,
    /// Cubic convolution (a = -1/2), radius 2.
    Cubic,
    /// Cubic B-spline, radius 2.
    CubicSpline,
    /// Windowed sinc, radius 3.
    Lanczos,
    Average,
    /// The first value to reach the highest count wins.
    Mode,
    Rms,
    Gauss,
}

impl Method {
    pub(crate) const fn resampling(self) -> Resampling {
        match self {
            Self::Nearest => Resampling::Nearest,
            Self::Bilinear => Resampling::Bilinear,
            Self::Cubic => Resampling::Cubic,
            Self::CubicSpline => Resampling::CubicSpline,
            Self::Lanczos => Resampling::Lanczos,
            Self::Average => Resampling::Average,
            Self::Mode => Resampling::Mode,
            Self::Rms => Resampling::Rms,
            Self::Gauss => Resampling::Gauss,
        }
    }
    /// rasterio's name.
    pub(crate) const fn name(self) -> &'static str {
        self.resampling().name()
    }
    pub(crate) const fn keeps_values(self) -> bool {
        self.resampling().keeps_values()
    }
}

impl TryFrom<Resampling> for Method {
    type Error = Error;
    fn try_from(resampling: Resampling) -> Result<Self> {
        resampling.check_for_decimation()?;
        Ok(match resampling {
            Resampling::Bilinear => Self::Bilinear,
            Resampling::Cubic => Self::Cubic,
            Resampling::CubicSpline => Self::CubicSpline,
            Resampling::Lanczos => Self::Lanczos,
            Resampling::Average => Self::Average,
            Resampling::Mode => Self::Mode,
            Resampling::Rms => Self::Rms,
            Resampling::Gauss => Self::Gauss,
            _ => Self::Nearest,
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
    /// What `valid` is: for [`Mixing::ByOpacity`] and [`Mixing::Visible`] the opacity ([`raster_core::opacity`]).
    pub(crate) mixing: Mixing,
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
    let of_opacity = matches!(source.mixing, Mixing::ByOpacity | Mixing::Visible)
        && source.valid.is_some_and(|v| v.iter().any(|&m| m != 255));
    let valid = source.valid.filter(|v| of_opacity || v.iter().any(|&m| m == 0));
    let mixing = if of_opacity { source.mixing } else { Mixing::Valid };
    let source = SourcePlane { valid, mixing, ..source };
    if source.valid.is_none()
        && let Some(mask) = out_valid.as_mut()
    {
        mask.fill(255);
    }
    match rows.method() {
        Method::Nearest => nearest(source, rows, cols, &mut out, &mut out_valid),
        Method::Mode => area::mode(source, rows, cols, nodata, &mut out, &mut out_valid),
        Method::Average | Method::Rms | Method::Gauss => {
            area::weighted(source, rows, cols, nodata, &mut out, &mut out_valid);
        }
        Method::Bilinear | Method::Cubic | Method::CubicSpline | Method::Lanczos => {
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
