//! Systems of one kind: geodetic, projected, vertical, local.

use std::borrow::Cow;

use super::{Axis, Conversion, Datum, Direction, Meridian, Name, Unit};
use crate::error::{CrsError, Location};
use crate::tables::{self, GeodeticKind};

/// Which form a geodetic system has.
pub(crate) type Form = GeodeticKind;

/// A geographic or geocentric system.
#[derive(Clone, Debug)]
pub(crate) struct Geodetic {
    pub(crate) name: Name,
    pub(crate) epsg: Option<u32>,
    pub(crate) form: Form,
    pub(crate) datum: Datum,
    pub(crate) meridian: Meridian,
    pub(crate) axes: Vec<Axis>,
}

impl Geodetic {
    pub(crate) fn of_epsg(code: u32) -> Option<Geodetic> {
        let row = tables::geodetic(code)?;
        let (datum, meridian) = Datum::of_epsg(u32::from(row.datum))?;
        Some(Geodetic {
            name: Cow::Borrowed(row.name),
            epsg: Some(u32::from(row.code)),
            form: row.kind,
            datum,
            meridian,
            axes: Axis::of_system(row.system),
        })
    }

    /// The unit of its angles (of its lengths, if geocentric).
    pub(crate) fn unit(&self) -> &Unit {
        self.axes.first().map_or(&Unit::DEGREE, |a| &a.unit)
    }

    /// Whether latitude comes first in the official order.
    pub(crate) fn latitude_first(&self) -> bool {
        self.axes.first().is_some_and(|a| a.direction == Direction::North)
    }
}

/// A projected system.
#[derive(Clone, Debug)]
pub(crate) struct Projected {
    pub(crate) name: Name,
    pub(crate) epsg: Option<u32>,
    pub(crate) base: Geodetic,
    pub(crate) conversion: Conversion,
    pub(crate) axes: Vec<Axis>,
}

impl Projected {
    pub(crate) fn of_epsg(code: u32) -> Result<Option<Projected>, CrsError> {
        let Some(row) = tables::projected(code) else { return Ok(None) };
        let Some(base) = Geodetic::of_epsg(u32::from(row.base)) else { return Ok(None) };
        let name = if row.short {
            Cow::Owned(format!("{} / {}", base.name, row.name))
        } else {
            Cow::Borrowed(row.name)
        };
        Ok(Some(Projected {
            name,
            epsg: Some(code),
            base,
            conversion: Conversion::of_epsg(u32::from(row.conversion))
                .map_err(|e| e.at(Location::Epsg(code)))?,
            axes: Axis::of_system(row.system),
        }))
    }

    pub(crate) fn unit(&self) -> &Unit {
        self.axes.first().map_or(&Unit::METRE, |a| &a.unit)
    }

    /// Whether x is the second official axis: PROJ's rule for coordinates in the order of maps. It swaps north-east order
    /// (and the same order at the poles), and nothing else: Krovak's southing stays x, as in PROJ and GDAL.
    fn swapped(&self) -> bool {
        let [first, second, ..] = self.axes.as_slice() else { return false };
        let along = |axis: &Axis, degrees: f64| axis.meridian.is_some_and(|m| (m - degrees).abs() < 1e-9);
        match (first.direction, second.direction) {
            (Direction::North, Direction::East) => true,
            (Direction::South, Direction::South) => along(first, 180.0) && along(second, 90.0),
            (Direction::North, Direction::North) => along(first, 0.0) && along(second, 90.0),
            _ => false,
        }
    }

    /// Directions of x and of y as the API has them; at a pole, where both axes point alike, east and north.
    pub(crate) fn directions(&self) -> (Direction, Direction) {
        match self.axes.as_slice() {
            [a, b, ..] if a.direction != b.direction => {
                if self.swapped() {
                    (b.direction, a.direction)
                } else {
                    (a.direction, b.direction)
                }
            }
            _ => (Direction::East, Direction::North),
        }
    }
}

/// A system of heights or depths.
#[derive(Clone, Debug)]
pub(crate) struct Vertical {
    pub(crate) name: Name,
    pub(crate) epsg: Option<u32>,
    pub(crate) datum: Name,
    pub(crate) datum_epsg: Option<u16>,
    pub(crate) axis: Axis,
}

impl Vertical {
    pub(crate) fn of_epsg(code: u32) -> Option<Vertical> {
        let row = tables::vertical(code)?;
        Some(Vertical {
            name: Cow::Borrowed(row.name),
            epsg: Some(u32::from(row.code)),
            datum: Cow::Borrowed(tables::vertical_datum(u32::from(row.datum))?),
            datum_epsg: Some(row.datum),
            axis: Axis::of_system(row.system).into_iter().next()?,
        })
    }
}

/// A system that is not tied to the Earth.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    pub(crate) name: Name,
    pub(crate) unit: Unit,
}
