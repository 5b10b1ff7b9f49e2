//! Coordinate reference systems in pure Rust: EPSG, WKT, PROJJSON, GeoKeys, and transformations between them.
#![forbid(unsafe_code)]
