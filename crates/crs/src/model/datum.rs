//! Ellipsoid, prime meridian and datum.

use std::borrow::Cow;

use super::{DEGREE, Name, Unit, sexagesimal};
use crate::error::{CrsError, ErrorKind};
use crate::spheroid::Spheroid;
use crate::tables;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    InverseFlattening(f64),
    SemiMinorAxis(f64),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ellipsoid {
    pub(crate) name: Name,
    pub(crate) epsg: Option<u16>,
    /// Metres.
    pub(crate) a: f64,
    pub(crate) shape: Shape,
}

impl Ellipsoid {
    pub(crate) fn of_epsg(code: u32) -> Option<Ellipsoid> {
        let row = tables::ellipsoid(code)?;
        let shape = if row.second_is_axis {
            Shape::SemiMinorAxis(row.second)
        } else {
            Shape::InverseFlattening(row.second)
        };
        Some(Ellipsoid { name: Cow::Borrowed(row.name), epsg: Some(row.code), a: row.a, shape })
    }

    /// Checks what came from outside: an ellipsoid of a planet, not flatter than a third.
    pub(crate) fn checked(self) -> Result<Ellipsoid, CrsError> {
        let b = self.b();
        if self.a.is_finite() && self.a > 1e-3 && self.a < 1e12 && b > 0.6 * self.a && b < 1.5 * self.a {
            Ok(self)
        } else {
            Err(CrsError::new(ErrorKind::Invalid, format!("the axes {} and {b} make no ellipsoid", self.a)))
        }
    }

    pub(crate) fn flattening(&self) -> f64 {
        match self.shape {
            Shape::InverseFlattening(rf) if rf == 0.0 || rf.is_infinite() => 0.0,
            Shape::InverseFlattening(rf) => 1.0 / rf,
            Shape::SemiMinorAxis(b) => (self.a - b) / self.a,
        }
    }

    pub(crate) fn b(&self) -> f64 {
        match self.shape {
            Shape::SemiMinorAxis(b) => b,
            Shape::InverseFlattening(_) => self.a * (1.0 - self.flattening()),
        }
    }

    /// Zero for a sphere, as WKT writes it.
    pub(crate) fn inverse_flattening(&self) -> f64 {
        match self.shape {
            Shape::InverseFlattening(rf) if rf.is_infinite() => 0.0,
            Shape::InverseFlattening(rf) => rf,
            Shape::SemiMinorAxis(b) if b == self.a => 0.0,
            Shape::SemiMinorAxis(b) => self.a / (self.a - b),
        }
    }

    pub(crate) fn spheroid(&self) -> Spheroid {
        let f = self.flattening();
        Spheroid { a: self.a, e2: f * (2.0 - f) }
    }

    /// The same figure within a tenth of a millimetre.
    pub(crate) fn same(&self, other: &Ellipsoid) -> bool {
        (self.a - other.a).abs() < 1e-4 && (self.b() - other.b()).abs() < 2e-4
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Meridian {
    pub(crate) name: Name,
    pub(crate) epsg: Option<u16>,
    /// East of Greenwich, in `unit`.
    pub(crate) longitude: f64,
    pub(crate) unit: Unit,
}

impl Meridian {
    pub(crate) const GREENWICH: Meridian =
        Meridian { name: Cow::Borrowed("Greenwich"), epsg: Some(8901), longitude: 0.0, unit: Unit::DEGREE };

    pub(crate) fn of_epsg(code: u32) -> Option<Meridian> {
        if code == 8901 {
            return Some(Meridian::GREENWICH);
        }
        let row = tables::meridian(code)?;
        let name = Cow::Borrowed(row.name);
        let (longitude, unit) = match sexagesimal(row.longitude, row.unit) {
            Some(degrees) => (degrees, Unit::DEGREE),
            None => (row.longitude, Unit::of_epsg(u32::from(row.unit))?),
        };
        let unit = if unit.epsg == Some(9102) { Unit::DEGREE } else { unit };
        Some(Meridian { name, epsg: Some(row.code), longitude, unit })
    }

    /// From a longitude in degrees: the registered meridian there, if there is one.
    pub(crate) fn of_degrees(name: &str, degrees: f64) -> Meridian {
        if degrees == 0.0 {
            return Meridian::GREENWICH;
        }
        let near = |m: &Meridian| (m.radians() - degrees * DEGREE).abs() < 1e-9;
        tables::meridians()
            .filter_map(|row| Meridian::of_epsg(u32::from(row.code)))
            .find(near)
            .unwrap_or_else(|| Meridian {
                name: Cow::Owned(name.to_owned()),
                epsg: None,
                longitude: degrees,
                unit: Unit::DEGREE,
            })
    }

    /// From a longitude in any unit: the registered meridian there, if there is one, or one that keeps value and unit.
    pub(crate) fn of_longitude(name: &str, longitude: f64, unit: Unit) -> Meridian {
        let near = Meridian::of_degrees(name, longitude * unit.factor / DEGREE);
        if near.epsg.is_some() { near } else { Meridian { longitude, unit, ..near } }
    }

    /// Is it a place on the Earth? Once around either way is accepted.
    pub(crate) fn is_on_the_globe(&self) -> bool {
        self.radians().abs() <= 2.0 * std::f64::consts::PI
    }

    pub(crate) fn radians(&self) -> f64 {
        self.longitude * self.unit.factor
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Datum {
    pub(crate) name: Name,
    pub(crate) epsg: Option<u16>,
    pub(crate) ellipsoid: Ellipsoid,
    /// Metres, if it is an ensemble.
    pub(crate) ensemble_accuracy: Option<f64>,
    /// Helmert parameters to WGS 84 that the definition itself gives: metres, arc-seconds (position vector), parts per
    /// million.
    pub(crate) to_wgs84: Option<[f64; 7]>,
    /// Grids to WGS 84 that the definition itself names (`+nadgrids`): files, comma-separated, `@` before those that may
    /// be missing.
    pub(crate) grids: Option<String>,
}

impl Datum {
    /// A datum of WGS 84's figure that nothing is known of.
    pub(crate) fn unknown() -> Datum {
        Datum {
            name: Cow::Borrowed("unknown"),
            epsg: None,
            ellipsoid: Ellipsoid {
                name: Cow::Borrowed("WGS 84"),
                epsg: Some(7030),
                a: 6_378_137.0,
                shape: Shape::InverseFlattening(298.257_223_563),
            },
            ensemble_accuracy: None,
            to_wgs84: None,
            grids: None,
        }
    }

    pub(crate) fn of_epsg(code: u32) -> Option<(Datum, Meridian)> {
        let row = tables::datum(code)?;
        let datum = Datum {
            name: Cow::Borrowed(row.name),
            epsg: Some(row.code),
            ellipsoid: Ellipsoid::of_epsg(u32::from(row.ellipsoid))?,
            ensemble_accuracy: row.accuracy,
            to_wgs84: None,
            grids: None,
        };
        Some((datum, Meridian::of_epsg(u32::from(row.meridian))?))
    }
}
