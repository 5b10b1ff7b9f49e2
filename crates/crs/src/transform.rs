//! From one coordinate system to another.

use crate::definition::Crs;
use crate::error::{CrsError, ErrorKind};

/// What a [`Transformer`] must satisfy.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TransformerOptions {
    /// The worst acceptable accuracy in metres; a less accurate operation is an error.
    pub required_accuracy: Option<f64>,
    /// West, south, east, north in degrees: where the points will lie.
    pub area_of_interest: Option<[f64; 4]>,
}

/// Takes points from one coordinate system to another.
#[derive(Clone, Debug)]
pub struct Transformer {
    source: Crs,
    target: Crs,
}

impl Transformer {
    /// The best way from `source` to `target`.
    ///
    /// # Errors
    /// When there is none.
    pub fn new(source: &Crs, target: &Crs) -> Result<Transformer, CrsError> {
        Self::with_options(source, target, &TransformerOptions::default())
    }

    /// The best way from `source` to `target` that satisfies `options`.
    ///
    /// # Errors
    /// When there is none.
    pub fn with_options(source: &Crs, target: &Crs, options: &TransformerOptions) -> Result<Transformer, CrsError> {
        let _ = options;
        if source == target {
            return Ok(Transformer { source: source.clone(), target: target.clone() });
        }
        Err(CrsError::new(ErrorKind::NoOperation, "not between these systems"))
    }

    /// Transforms in place; points that cannot be done become NaN in both; returns how many failed.
    pub fn transform(&self, x: &mut [f64], y: &mut [f64]) -> usize {
        x.iter().zip(y.iter()).filter(|(x, y)| !(x.is_finite() && y.is_finite())).count()
    }

    /// The way back.
    #[must_use]
    pub fn inverse(&self) -> Transformer {
        Transformer { source: self.target.clone(), target: self.source.clone() }
    }

    /// Whether coordinates stay as they are.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.source == self.target
    }

    /// Metres, of the operations chosen; none when unknown.
    #[must_use]
    pub fn accuracy(&self) -> Option<f64> {
        Some(0.0)
    }

    /// The bounds `[left, bottom, right, top]` around the transformed rectangle, edges cut into `densify` pieces.
    ///
    /// # Errors
    /// When no point of the edges can be transformed.
    pub fn transform_bounds(&self, bounds: [f64; 4], densify: usize) -> Result<[f64; 4], CrsError> {
        let _ = densify;
        Ok(bounds)
    }
}
