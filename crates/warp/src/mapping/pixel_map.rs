//! Exact: from a pixel position of the output to a pixel position of the source, and back.

use crate::{georeference::Georeference, transform::PointTransform};
use raster_core::{GeoTransform, Result};
use std::sync::Arc;

/// Output pixel position → output coordinates → source coordinates → source pixel position.
#[derive(Clone)]
pub(crate) struct PixelMap {
    destination: GeoTransform,
    destination_inverse: GeoTransform,
    source: Georeference,
    transform: Arc<dyn PointTransform>,
    /// Columns of a full turn, and the first column of the turn that has the raster in its middle.
    turn: Option<(f64, f64)>,
}

impl PixelMap {
    pub(crate) fn new(
        destination: GeoTransform,
        source: Georeference,
        source_width: usize,
        transform: Arc<dyn PointTransform>,
    ) -> Result<Self> {
        let width = source_width as f64;
        let turn = source.columns_of(transform.source_turn()).map(|turn| {
            // A raster once round the Earth: exactly as many columns as it has.
            let turn = if (turn - width).abs() < 0.01 { width } else { turn };
            (turn, 0.5 * (width - turn))
        });
        Ok(Self { destination, destination_inverse: destination.inverse()?, source, transform, turn })
    }

    /// The same without going round: a source column may be any number.
    pub(crate) fn unwrapped(self) -> Self {
        Self { turn: None, ..self }
    }

    /// Is x a longitude in the source?
    pub(crate) fn source_is_geographic(&self) -> bool {
        self.transform.source_turn().is_some()
    }

    /// Output positions (columns, rows) to source positions, in place; NaN where there is none.
    pub(crate) fn to_source(&self, cols: &mut [f64], rows: &mut [f64]) {
        self.destination_to_ground(cols, rows);
        self.transform.backward(cols, rows);
        self.source.to_pixels(cols, rows);
        if let Some((turn, first)) = self.turn {
            for col in cols {
                // Subtracts a true zero for positions that are already in range.
                *col -= turn * ((*col - first) / turn).floor();
            }
        }
    }

    fn destination_to_ground(&self, cols: &mut [f64], rows: &mut [f64]) {
        let t = &self.destination;
        if t.is_rectilinear() {
            for (col, row) in cols.iter_mut().zip(rows) {
                (*col, *row) = (t.a * *col + t.c, t.e * *row + t.f);
            }
        } else {
            for (col, row) in cols.iter_mut().zip(rows) {
                (*col, *row) = t.apply(*col, *row);
            }
        }
    }

    /// Source positions to output positions, in place; NaN where there is none.
    pub(crate) fn to_destination(&self, cols: &mut [f64], rows: &mut [f64]) {
        self.source.to_ground(cols, rows);
        self.transform.forward(cols, rows);
        for (col, row) in cols.iter_mut().zip(rows) {
            (*col, *row) = self.destination_inverse.apply(*col, *row);
        }
    }

    /// Columns of a full turn of the source, when its x is a longitude.
    pub(crate) fn turn(&self) -> Option<f64> {
        self.turn.map(|(turn, _)| turn)
    }

    /// Columns of a full turn of the output, when its x is a longitude.
    pub(crate) fn destination_turn(&self) -> Option<f64> {
        let t = &self.destination;
        t.is_rectilinear().then(|| self.transform.destination_turn().map(|turn| turn / t.a.abs()))?
    }

    /// Is it so cheap and so exact that nothing is won by approximating?
    pub(crate) fn is_affine(&self) -> bool {
        self.transform.is_identity() && self.source.is_affine()
    }

    /// Do columns depend on columns only, rows on rows, each growing or falling throughout? Rounding keeps it
    /// so, since every step is one rounded operation.
    pub(crate) fn is_monotone(&self) -> bool {
        self.is_affine()
            && self.destination.is_rectilinear()
            && self.source.is_rectilinear()
            && self.turn.is_none()
    }

    /// The whole-pixel shift that this map is, if it is one (within 1e-6 pixel).
    pub(crate) fn whole_shift(&self) -> Option<(i64, i64)> {
        if !self.is_affine() {
            return None;
        }
        let (mut cols, mut rows) = ([0.0, 1.0, 0.0], [0.0, 0.0, 1.0]);
        self.to_source(&mut cols, &mut rows);
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        let unit = near(cols[1] - cols[0], 1.0)
            && near(rows[2] - rows[0], 1.0)
            && near(rows[1] - rows[0], 0.0)
            && near(cols[2] - cols[0], 0.0);
        let whole = |v: f64| (v - v.round()).abs() < 1e-6 && v.abs() < 9e15;
        (unit && whole(cols[0]) && whole(rows[0])).then(|| (cols[0].round() as i64, rows[0].round() as i64))
    }
}
