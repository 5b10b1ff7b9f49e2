//! Rasters of one coordinate system as one.

use super::{
    bands::check_bands,
    grid::{check_bounds, check_resolution},
};
use crate::pipeline::{fault::Fault, values::*};
use raster_core::{Bounds, DataType, RasterSource, Resampling, Result};
use std::sync::Arc;
use warp::{MergeOptions, merge};

options! {
    /// Rasters of one coordinate system, merged.
    pub struct Mosaic {
        /// Where inputs overlap: first, last, min, max, sum, count, mean
        [value_name = "METHOD"]
        val method: Method = Method::First;
        /// West, south, east, north; what all inputs cover when not given
        [value_name = "W,S,E,N", allow_hyphen_values = true]
        opt bounds: Bounds;
        /// Size of a pixel, such as 10 or 10,20; the first input's when not given
        [value_name = "X[,Y]"]
        opt res: Resolution;
        /// Take the smallest pixel size of all inputs
        flag highest_res;
        /// Move the sides outwards to multiples of the pixel size
        flag align;
        /// For inputs of another pixel size: nearest, bilinear, cubic, average, mode, …
        [short = 'r', value_name = "NAME"]
        val resampling: Resampling = Resampling::Nearest;
        /// Value of pixels that no input has; the first input's when not given, none for none
        [value_name = "VALUE", allow_hyphen_values = true]
        opt nodata: NodataAs;
        /// Type of the output
        [value_name = "TYPE"]
        opt dtype: DataType;
        /// Bands of the inputs, from 1, such as 4,3,2
        [value_name = "LIST"]
        list bands;
    }
}

impl Mosaic {
    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        check_bounds(self.bounds)?;
        check_resolution(self.res)?;
        if self.highest_res && self.res.is_some() {
            return Err(Fault::key("highest_res", "not together with `res`"));
        }
        check_bands(self.bands.as_deref())
    }

    pub(super) fn view(&self, sources: &[Arc<dyn RasterSource>]) -> Result<Arc<dyn RasterSource>> {
        let mut options = MergeOptions::new(self.method.into());
        options.bounds = self.bounds;
        options.resolution = self.res.map(|r| (r.x, r.y));
        options.highest_resolution = self.highest_res;
        options.aligned = self.align;
        options.resampling = self.resampling;
        options.nodata = nodata_rule(self.nodata);
        options.data_type = self.dtype;
        options.bands.clone_from(&self.bands);
        Ok(Arc::new(merge(sources, &options)?))
    }
}
