//! Coordinate reference systems in pure Rust: EPSG, WKT, PROJJSON, GeoKeys, and transformations between them.
//!
//! No PROJ, no data files, no network: the EPSG registry is a compact table inside the crate.
//!
//! | quantity | unit | where |
//! |---|---|---|
//! | geographic coordinates at the API | the unit of the CRS, nearly always degrees | [`Transformer::transform`] |
//! | projected coordinates at the API | the linear unit of the CRS | [`Transformer::transform`] |
//! | angles inside | radians, longitude from the prime meridian of the CRS | [`Crs`] |
//! | lengths inside | metres | [`Crs`] |
//!
//! Axis order is always x (east, longitude) then y (north, latitude), whatever the authority says.
#![forbid(unsafe_code)]

mod bounds;
mod datum;
mod definition;
mod error;
mod factors;
mod geokeys;
mod grid;
mod identify;
mod lookup;
mod math;
mod method;
mod model;
mod operation;
mod proj_string;
mod projection;
mod projjson;
mod route;
mod simd;
mod tables;
mod text;
mod transform;
mod wkt;

pub use definition::{AreaOfUse, Crs, CrsKind, VerticalCrs};
pub use error::{CrsError, ErrorKind, Location};
pub use factors::Factors;
pub use geokeys::{GeoKeyValue, GeoKeys};
pub use grid::{DatumGrid, GridShift, Ntv2Grid};
pub use transform::{Transformer, TransformerOptions};
