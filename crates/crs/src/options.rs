//! What the caller asks of a transformation.

use std::sync::Arc;

use crate::grid::DatumGrid;

/// What a [`Transformer`](crate::Transformer) must satisfy.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TransformerOptions {
    /// The worst acceptable accuracy in metres. Operations that are worse or of unknown accuracy are not used: an error
    /// if none is left, and points that only they would cover fail.
    pub required_accuracy: Option<f64>,
    /// West, south, east, north in degrees: where the points will lie. One operation is used for all of them, the best one
    /// for this area, so that nothing tears where two would meet; without it the best one at each point is.
    pub area_of_interest: Option<[f64; 4]>,
    /// Grids of the user's. Where one joins the datums (or one of them to a third) and has a value, it is used; elsewhere
    /// the registered operations are.
    pub grids: Vec<DatumGrid>,
}

impl TransformerOptions {
    /// Sets [`Self::required_accuracy`], metres.
    #[must_use]
    pub fn required_accuracy(mut self, metres: f64) -> Self {
        self.required_accuracy = Some(metres);
        self
    }

    /// Sets [`Self::area_of_interest`]: west, south, east, north in degrees.
    #[must_use]
    pub fn area_of_interest(mut self, area: [f64; 4]) -> Self {
        self.area_of_interest = Some(area);
        self
    }

    /// Adds to [`Self::grids`].
    #[must_use]
    pub fn grid(mut self, grid: DatumGrid) -> Self {
        self.grids.push(grid);
        self
    }
}

/// Grids are equal when they are the same object.
impl PartialEq for TransformerOptions {
    fn eq(&self, other: &TransformerOptions) -> bool {
        let same = |(a, b): (&DatumGrid, &DatumGrid)| {
            Arc::ptr_eq(&a.grid, &b.grid) && a.source == b.source && a.target == b.target
        };
        self.required_accuracy == other.required_accuracy
            && self.area_of_interest == other.area_of_interest
            && self.grids.len() == other.grids.len()
            && self.grids.iter().zip(&other.grids).all(same)
    }
}
