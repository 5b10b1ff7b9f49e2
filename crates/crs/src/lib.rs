//! Coordinate reference systems in pure Rust: EPSG, WKT, PROJJSON, GeoKeys, and transformations between them.
//!
//! No PROJ, no data files, no network: the EPSG registry (and PROJ's choice of datum operations) is a table of three
//! quarters of a megabyte inside the crate. Every EPSG projected system that PROJ computes is computed, within 1 mm of it.
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
//! **Datums.** Which datum operation runs is decided at each point, by extent and accuracy, as PROJ does without grids; with
//! [`TransformerOptions::area_of_interest`] one is taken for the whole area, as PROJ and GDAL do for rasters. Where nothing is known
//! between two datums, longitudes and latitudes are carried over, and [`Transformer::is_ballpark`] says so;
//! [`Transformer::accuracy`] says how good it is, [`TransformerOptions::required_accuracy`] refuses worse ones, and
//! [`DatumGrid`] brings grids. Operations that depend on time count at their reference epoch, and heights are not
//! transformed. `docs/accuracy.md` lists every system that is not within 1 mm of PROJ 9.5.1, with the reason.
//!
//! **Other crates of the family.** This crate stands alone. With the feature `raster-core`, `?` turns a [`CrsError`] into
//! `raster_core::Error` (with the kind that says who must act), and `Crs` converts from and to `raster_core::CrsRef`.
//!
//! **Speed.** The common projections are branch-free series over arrays, compiled for AVX-512, AVX2 and the baseline, chosen
//! when a transformer is made; every level gives the same bits.
#![forbid(unsafe_code)]

// Modules by layer: each imports from layers above it here, and from modules of its own layer in one direction only
// (`tests/modules.rs` looks for circles).
//
// Ground: errors, numbers, the registry's tables, names of methods, the figure of the Earth.
mod error;
mod math;
mod method;
mod number;
mod simd;
mod spheroid;
mod tables;

// What a system is (`Data`), what the registry knows by name, what the numbers of a projection do, which systems are the
// same.
mod identify;
mod lookup;
mod model;
mod projection;

// Readers return `Data`, writers take `&Data`; `text` knows which reader.
mod geokeys;
mod proj_string;
mod projjson;
mod text;
mod wkt;

// The facade over all of the above, and what asks it for one system.
mod definition;
mod factors;
#[cfg(feature = "raster-core")]
mod raster;

// From one system to another: steps, the registry's operations, grids, the way, the points, rectangles.
mod bounds;
mod datum;
mod grid;
mod operation;
mod options;
mod plane;
mod route;
mod transform;

pub use definition::{Crs, VerticalCrs};
pub use error::{CrsError, ErrorKind, Location};
pub use factors::Factors;
pub use geokeys::{GeoKeyValue, GeoKeys};
pub use grid::{DatumGrid, GridShift, Ntv2Grid};
pub use model::{AreaOfUse, CrsKind};
pub use options::TransformerOptions;
pub use transform::{OperationInfo, Transformer};
