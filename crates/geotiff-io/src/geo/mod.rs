//! What the tags say about the place and the meaning of pixels: GeoKeys, transform, control points, GDAL's
//! metadata, colours.

pub(crate) mod color;
pub(crate) mod gdal;
pub(crate) mod georef;
pub(crate) mod keys;
pub(crate) mod nodata;
pub(crate) mod rpc;
pub(crate) mod tiff_items;
