//! Well-known text: WKT1 as GDAL and Esri write it, WKT2:2015 and WKT2:2019.
//!
//! OGC 01-009 with the habits of GDAL; OGC 18-010r11 (ISO 19162:2019).

mod axes;
mod legacy;
mod read;
mod tree;
mod write1;
mod write2;

pub(crate) use read::read;
pub(crate) use write1::{Dialect, write as write_wkt1};
pub(crate) use write2::write as write_wkt2;
