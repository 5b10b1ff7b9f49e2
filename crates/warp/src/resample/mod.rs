//! What value an output pixel gets, once its source position is known.
//!
//! Formulae are those of GDAL 3.10's warper. Each method exists in up to four forms, which give the same bits:
//! - *runs* ([`runs`]): as lanes, along output rows whose source pixels follow each other; band by band, a vector
//!   of neighbouring pixels at once;
//! - *lanes* ([`lanes`]): every pixel that it needs is there and valid; the source window is turned once into
//!   f64 with all bands of a pixel side by side, and the bands are computed together;
//! - *checked* ([`checked`], [`area`]): per pixel and band, with the edge of the raster and validity;
//! - *reference* (tests only): slow and obvious.

pub(crate) mod area;
pub(crate) mod checked;
pub(crate) mod lanes;
#[cfg(test)]
mod reference;
pub(crate) mod runs;
pub(crate) mod select;
pub(crate) mod sum;
pub(crate) mod view;
pub(crate) mod weights;

use raster_core::Resampling;

/// A resampling made ready for one scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kernel {
    Nearest,
    /// Four pixels.
    Bilinear,
    /// Sixteen pixels, bilinear where they are not all there.
    Cubic,
    /// A separable kernel of any width.
    Convolution(Convolution),
    /// Pixels under the output pixel.
    Area(Resampling),
    /// Source pixels shared out.
    Sum,
}

/// A separable kernel, widened when the source shrinks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Convolution {
    pub(crate) method: Resampling,
    /// Output pixels per source pixel, at most 1.
    pub(crate) scale: (f64, f64),
    /// Farthest tap along columns and rows.
    pub(crate) reach: (usize, usize),
}

impl Kernel {
    /// `single` is a source of one row or column: as in GDAL nothing is interpolated there.
    pub(crate) fn new(method: Resampling, scale: (f64, f64), single: bool) -> Self {
        if method == Resampling::Sum {
            return Self::Sum;
        }
        if method.is_area() {
            return Self::Area(method);
        }
        if method == Resampling::Nearest || single {
            return Self::Nearest;
        }
        let same = scale.0 >= 0.95 && scale.1 >= 0.95;
        match method {
            Resampling::Bilinear if same => Self::Bilinear,
            Resampling::Cubic if same => Self::Cubic,
            _ => {
                // GDAL's own floor: beyond a reduction of 1000 the kernel does not widen further.
                let scale = (scale.0.clamp(1e-3, 1.0), scale.1.clamp(1e-3, 1.0));
                let reach = |s: f64| (method.radius() as f64 / s).ceil() as usize;
                Self::Convolution(Convolution { method, scale, reach: (reach(scale.0), reach(scale.1)) })
            }
        }
    }

    /// Source pixels needed around a position along columns and rows.
    pub(crate) fn reach(&self) -> (usize, usize) {
        match self {
            Self::Nearest => (1, 1),
            Self::Bilinear | Self::Area(_) | Self::Sum => (2, 2),
            Self::Cubic => (3, 3),
            Self::Convolution(c) => (c.reach.0 + 1, c.reach.1 + 1),
        }
    }

    /// Are positions needed at pixel corners instead of centres?
    pub(crate) fn wants_corners(&self) -> bool {
        matches!(self, Self::Area(_) | Self::Sum)
    }
}
