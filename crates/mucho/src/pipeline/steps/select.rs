//! Some bands, another type, a nodata value.

use super::bands::check_bands;
use crate::pipeline::{fault::Fault, values::*, views::Selected};
use raster_core::{RasterSource, Result};
use std::sync::Arc;

options! {
    /// Bands in another order, samples of another type, a nodata value that is stated.
    pub struct Select {
        use transfer;
    }
}

impl Select {
    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        check_bands(self.bands.as_deref())
    }

    pub(super) fn view(&self, source: Arc<dyn RasterSource>) -> Result<Arc<dyn RasterSource>> {
        let nodata = self.nodata.map(|n| match n {
            NodataAs::None => None,
            NodataAs::Value(value) => Some(value),
        });
        Ok(Arc::new(Selected::new(source, self.bands.as_deref(), self.dtype, nodata)?))
    }
}

options! {
    /// The bands of all rasters, one after the other.
    pub struct Stack {}
}

impl Stack {
    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        Ok(())
    }
}
