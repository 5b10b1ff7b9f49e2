//! What the caller asks of a transformation.

use crate::grid::DatumGrid;

/// What a [`Transformer`](crate::Transformer) must satisfy.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TransformerOptions {
    /// The worst acceptable accuracy in metres. Operations that are worse or of unknown accuracy are not used: an error
    /// if none is left, and points that only they would cover fail.
    pub required_accuracy: Option<f64>,
    /// West, south, east, north in degrees: where the points will lie. Operations elsewhere are not used.
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
