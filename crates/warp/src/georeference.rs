//! How a source's pixels lie on the ground: by an affine transform, or by ground control points.

use crate::gcp::GcpPolynomial;
use raster_core::{Bounds, Error, GeoTransform, RasterInfo, Result};

/// Pixel positions to coordinates and back.
#[derive(Clone, Debug)]
pub(crate) enum Georeference {
    Affine(GeoTransform),
    Gcps(Box<GcpPolynomial>),
}

impl Georeference {
    /// The transform when there is one, else the control points.
    pub(crate) fn of(info: &RasterInfo) -> Result<Self> {
        match (info.transform, info.gcps.is_empty()) {
            (Some(transform), _) => {
                transform.inverse()?;
                Ok(Self::Affine(transform))
            }
            (None, false) => Ok(Self::Gcps(Box::new(GcpPolynomial::fit(&info.gcps)?))),
            (None, true) => Err(Error::misuse("the source has neither a transform nor control points")),
        }
    }

    /// Of an overview whose pixels are this many times as wide and high.
    pub(crate) fn scaled(&self, ratio: (f64, f64)) -> Self {
        match self {
            Self::Affine(t) => Self::Affine(t.scaled(ratio.0, ratio.1)),
            Self::Gcps(gcps) => Self::Gcps(Box::new(gcps.scaled(ratio))),
        }
    }

    /// Bounds on the ground of a raster of this size, in its coordinates.
    pub(crate) fn outline(&self, width: usize, height: usize) -> Bounds {
        const PIECES: usize = 8;
        let (w, h) = (width as f64, height as f64);
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for i in 0..=PIECES {
            let t = i as f64 / PIECES as f64;
            x.extend([t * w, t * w, 0.0, w]);
            y.extend([0.0, h, t * h, t * h]);
        }
        self.to_ground(&mut x, &mut y);
        let points = x.into_iter().zip(y).filter(|(x, y)| x.is_finite() && y.is_finite());
        points.fold(Bounds::EMPTY, |b, (x, y)| b.union(&Bounds::new(x, y, x, y)))
    }

    pub(crate) fn is_affine(&self) -> bool {
        matches!(self, Self::Affine(_))
    }

    pub(crate) fn is_rectilinear(&self) -> bool {
        matches!(self, Self::Affine(t) if t.is_rectilinear())
    }

    /// Columns of a full turn, for a source whose rows run along the parallels.
    pub(crate) fn columns_of(&self, turn: Option<f64>) -> Option<f64> {
        match self {
            Self::Affine(t) if self.is_rectilinear() => turn.map(|turn| turn / t.a.abs()),
            _ => None,
        }
    }

    pub(crate) fn to_pixels(&self, x: &mut [f64], y: &mut [f64]) {
        match self {
            // Subtract first, then divide: keeps whole positions whole, which a multiplication by the
            // inverse does not.
            Self::Affine(t) if t.is_rectilinear() => {
                for (x, y) in x.iter_mut().zip(y) {
                    (*x, *y) = ((*x - t.c) / t.a, (*y - t.f) / t.e);
                }
            }
            Self::Affine(t) => {
                let det = t.a * t.e - t.b * t.d;
                for (x, y) in x.iter_mut().zip(y) {
                    let (dx, dy) = (*x - t.c, *y - t.f);
                    (*x, *y) = ((dx * t.e - dy * t.b) / det, (dy * t.a - dx * t.d) / det);
                }
            }
            Self::Gcps(gcps) => gcps.to_pixels(x, y),
        }
    }

    pub(crate) fn to_ground(&self, cols: &mut [f64], rows: &mut [f64]) {
        match self {
            Self::Affine(t) => {
                for (col, row) in cols.iter_mut().zip(rows) {
                    (*col, *row) = t.apply(*col, *row);
                }
            }
            Self::Gcps(gcps) => gcps.to_ground(cols, rows),
        }
    }
}
