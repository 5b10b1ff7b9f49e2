//! Coordinate reference systems in pure Rust: EPSG, WKT, PROJJSON, GeoKeys, and transformations between them.
//!
//! No PROJ, no data files, no network: the EPSG registry (and PROJ's choice of datum operations) is a table of half a
//! megabyte inside the crate. Every EPSG projected system that PROJ computes is computed, within 1 mm of it.
//!
//! ```
//! use crs::{Crs, Transformer};
//!
//! let utm: Crs = "EPSG:32633".parse()?;
//! assert_eq!(utm.name(), "WGS 84 / UTM zone 33N");
//!
//! let to_utm = Transformer::new(&Crs::from_epsg(4326)?, &utm)?;
//! let (mut x, mut y) = ([15.0, 16.5], [50.0, 50.5]); // longitudes, latitudes
//! assert_eq!(to_utm.transform(&mut x, &mut y), 0); // none failed
//! assert!((x[0] - 500_000.0).abs() < 1e-3);
//!
//! // the same system in other words
//! assert_eq!(Crs::parse(&utm.to_wkt2())?, utm);
//! assert_eq!(Crs::parse("+proj=utm +zone=33 +datum=WGS84")?.identify(), Some(32633));
//! # Ok::<(), crs::CrsError>(())
//! ```
//!
//! | quantity | unit | where |
//! |---|---|---|
//! | geographic coordinates at the API | the unit of the system, nearly always degrees | [`Transformer::transform`] |
//! | projected coordinates at the API | the linear unit of the system | [`Transformer::transform`] |
//! | areas of use and of interest, grids | degrees from Greenwich | [`AreaOfUse`], [`GridShift`] |
//! | accuracies | metres | [`Transformer::accuracy`] |
//! | angles inside | radians, longitude from the prime meridian of the system | |
//! | lengths inside | metres | |
//!
//! **Axis order** is always x (east, longitude) then y (north, latitude), whatever the authority says. The few systems
//! whose axes point west and south keep those directions, in PROJ's `always_xy` order: x of EPSG:2046 is a westing, and x of
//! EPSG:5513 (Krovak, official order south-west) is a southing.
//!
//! **Datums.** Which datum operation runs is decided at each point, by extent and accuracy, as PROJ does without grids;
//! [`Transformer::accuracy`] says how good it is, [`TransformerOptions::required_accuracy`] refuses worse ones, and
//! [`DatumGrid`] brings grids. Operations that depend on time count at their reference epoch, and heights are not
//! transformed. `docs/accuracy.md` lists every system that is not within 1 mm of PROJ 9.5.1, with the reason.
//!
//! **Speed.** The common projections are branch-free series over arrays, compiled for AVX-512, AVX2 and the baseline, chosen
//! when a transformer is made; every level gives the same bits.
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
