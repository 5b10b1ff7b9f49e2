//! The parts that a coordinate system is made of. Plain data: readers build it, writers and transformations use it.

mod area;
mod axis;
mod conversion;
mod datum;
mod single;
mod system;
mod unit;

use std::borrow::Cow;

pub use area::AreaOfUse;
pub use system::CrsKind;

pub(crate) use axis::{Axis, Direction};
pub(crate) use conversion::Conversion;
pub(crate) use datum::{Datum, Ellipsoid, Meridian, Shape};
pub(crate) use single::{Form, Geodetic, Local, Projected, Vertical};
pub(crate) use system::{Compound, Data, Horizontal};
pub(crate) use unit::{DEGREE, Unit, sexagesimal};

/// Names of the registry are borrowed, those of definitions owned.
pub(crate) type Name = Cow<'static, str>;
