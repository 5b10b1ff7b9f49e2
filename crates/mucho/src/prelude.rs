//! The names that most programs need: `use mucho::prelude::*;`.

pub use crate::{
    CancelToken, Computed, Event, Job, Location, MemorySink, Opened, Opener, Output, SourceExt,
    WindowContext, open, write_cog,
};
pub use bytes::Bytes;
pub use geotiff_io::{CreateOptions, Dataset, TransferOptions};
pub use ndarray::{self, Array3, ArrayView3};
pub use raster_core::{
    AnyArray, Bands, Bounds, CrsRef, DataType, Error, GeoTransform, Grid, Halo, Masked, MemoryRaster, Nodata,
    Parts, RasterInfo, RasterSource, Resampling, Result, Size, SourceFn, Value, Window,
};
