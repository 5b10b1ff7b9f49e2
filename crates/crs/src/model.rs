//! The parts that a coordinate system is made of. Plain data: readers build it, writers and transformations use it.

use std::borrow::Cow;

use crate::error::{CrsError, ErrorKind, Location};
use crate::method::{Kind, Method, Quantity, Role, squash, squashes_to};
use crate::projection::Spheroid;
use crate::tables::{self, GeodeticKind, UnitKind};

pub(crate) type Name = Cow<'static, str>;

/// Radians in a degree, and the value that texts round it to.
pub(crate) const DEGREE: f64 = std::f64::consts::PI / 180.0;

/// A unit of length, angle or scale.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unit {
    pub(crate) name: Name,
    pub(crate) epsg: Option<u16>,
    /// Metres, radians or ones in the unit.
    pub(crate) factor: f64,
}

impl Unit {
    pub(crate) const METRE: Unit = Unit { name: Cow::Borrowed("metre"), epsg: Some(9001), factor: 1.0 };
    pub(crate) const DEGREE: Unit = Unit { name: Cow::Borrowed("degree"), epsg: Some(9122), factor: DEGREE };
    pub(crate) const UNITY: Unit = Unit { name: Cow::Borrowed("unity"), epsg: Some(9201), factor: 1.0 };

    /// The unit of an EPSG code. Sexagesimal codes have no factor and are not found.
    pub(crate) fn of_epsg(code: u32) -> Option<Unit> {
        if code == 9122 || code == 9102 {
            return Some(Unit { epsg: u16::try_from(code).ok(), ..Unit::DEGREE });
        }
        let row = tables::unit(code)?;
        Some(Unit { name: Cow::Borrowed(row.name), epsg: Some(row.code), factor: row.factor? })
    }

    /// Can a unit be this large, in metres, radians or ones? Nobody measures in angles of ten radians, and what is counted
    /// in units next to nothing is not finite.
    pub(crate) fn is_possible(factor: f64, kind: UnitKind) -> bool {
        let most = if kind == UnitKind::Angle { 10.0 } else { 1e9 };
        (1e-20..most).contains(&factor)
    }

    /// A unit from a name and a factor, known or not: a factor within 1e-8 of a known unit's, in a definition that gives
    /// its name too, is that unit with its digits restored.
    pub(crate) fn of_factor(name: &str, factor: f64, kind: UnitKind) -> Unit {
        let close = |a: f64| (a - factor).abs() <= 1e-10 * factor.abs();
        if kind == UnitKind::Angle && close(DEGREE) {
            return Unit::DEGREE;
        }
        let wanted = squash(name);
        let same = |row: &tables::UnitRow| {
            row.kind == kind && row.factor.is_some_and(|f| (f - factor).abs() <= 1e-8 * factor.abs())
        };
        let named = |row: &tables::UnitRow| squashes_to(row.name, &wanted) || squashes_to(row.esri, &wanted);
        let by_name = tables::units().find(|row| same(row) && named(row));
        let by_value = || tables::units().find(|row| row.kind == kind && row.factor.is_some_and(close));
        match by_name.or_else(by_value) {
            Some(row) => Unit {
                name: Cow::Borrowed(row.name),
                epsg: Some(row.code),
                factor: row.factor.unwrap_or(factor),
            },
            None => Unit { name: Cow::Owned(name.to_owned()), epsg: None, factor },
        }
    }

    pub(crate) fn is_metre(&self) -> bool {
        self.factor == 1.0
    }
}

/// An angle in one of EPSG's sexagesimal codes as decimal degrees: 9110 is `D.MMSSsss`, 9111 `D.MMmmm`.
pub(crate) fn sexagesimal(value: f64, code: u16) -> Option<f64> {
    if !matches!(code, 9110 | 9111) {
        return None;
    }
    // the digits are what was meant, so they are read as digits
    let text = format!("{:.12}", value.abs());
    let (degrees, fraction) = text.split_once('.')?;
    let digits = |from: usize, to: usize| fraction.get(from..to)?.parse::<f64>().ok();
    let seconds = match code {
        9110 => digits(0, 2)? * 60.0 + digits(2, 4)? + (digits(4, 12)? / 1e8 * 1e6).round() / 1e6,
        _ => digits(0, 2)? * 60.0 + digits(2, 12)? / 1e10 * 60.0,
    };
    Some(((degrees.parse::<f64>().ok()? * 3600.0 + seconds) / 3600.0).copysign(value))
}

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
}

impl Datum {
    pub(crate) fn of_epsg(code: u32) -> Option<(Datum, Meridian)> {
        let row = tables::datum(code)?;
        let datum = Datum {
            name: Cow::Borrowed(row.name),
            epsg: Some(row.code),
            ellipsoid: Ellipsoid::of_epsg(u32::from(row.ellipsoid))?,
            ensemble_accuracy: row.accuracy,
            to_wgs84: None,
        };
        Some((datum, Meridian::of_epsg(u32::from(row.meridian))?))
    }
}

/// Where an axis points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Direction {
    East,
    North,
    West,
    South,
    Up,
    Down,
    GeocentricX,
    GeocentricY,
    GeocentricZ,
    Other,
}

impl Direction {
    pub(crate) fn of(text: &str) -> Direction {
        match text.to_ascii_lowercase().as_str() {
            "east" => Direction::East,
            "north" => Direction::North,
            "west" => Direction::West,
            "south" => Direction::South,
            "up" => Direction::Up,
            "down" => Direction::Down,
            "geocentricx" => Direction::GeocentricX,
            "geocentricy" => Direction::GeocentricY,
            "geocentricz" => Direction::GeocentricZ,
            _ => Direction::Other,
        }
    }

    /// In WKT2 and PROJJSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Direction::East => "east",
            Direction::North => "north",
            Direction::West => "west",
            Direction::South => "south",
            Direction::Up => "up",
            Direction::Down => "down",
            Direction::GeocentricX => "geocentricX",
            Direction::GeocentricY => "geocentricY",
            Direction::GeocentricZ => "geocentricZ",
            Direction::Other => "unspecified",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Axis {
    pub(crate) name: Name,
    pub(crate) abbreviation: Name,
    pub(crate) direction: Direction,
    /// Degrees east of Greenwich of the meridian that the axis follows, near a pole.
    pub(crate) meridian: Option<f64>,
    pub(crate) unit: Unit,
}

impl Axis {
    pub(crate) fn new(
        name: &'static str,
        abbreviation: &'static str,
        direction: Direction,
        unit: &Unit,
    ) -> Axis {
        Axis {
            name: Cow::Borrowed(name),
            abbreviation: Cow::Borrowed(abbreviation),
            direction,
            meridian: None,
            unit: unit.clone(),
        }
    }

    /// Latitude then longitude (and height), as EPSG has it.
    pub(crate) fn geographic(unit: &Unit, three: bool) -> Vec<Axis> {
        let mut axes = vec![
            Axis::new("Geodetic latitude", "Lat", Direction::North, unit),
            Axis::new("Geodetic longitude", "Lon", Direction::East, unit),
        ];
        if three {
            axes.push(Axis::new("Ellipsoidal height", "h", Direction::Up, &Unit::METRE));
        }
        axes
    }

    pub(crate) fn projected(unit: &Unit) -> Vec<Axis> {
        vec![
            Axis::new("Easting", "E", Direction::East, unit),
            Axis::new("Northing", "N", Direction::North, unit),
        ]
    }

    pub(crate) fn geocentric() -> Vec<Axis> {
        vec![
            Axis::new("Geocentric X", "X", Direction::GeocentricX, &Unit::METRE),
            Axis::new("Geocentric Y", "Y", Direction::GeocentricY, &Unit::METRE),
            Axis::new("Geocentric Z", "Z", Direction::GeocentricZ, &Unit::METRE),
        ]
    }

    fn of_system(system: u16) -> Vec<Axis> {
        tables::axes(system)
            .map(|row| {
                let (direction, meridian) = match row.direction.split_once(" along ") {
                    Some((d, m)) => (d, parse_meridian(m)),
                    None => (row.direction, None),
                };
                Axis {
                    name: Cow::Borrowed(row.name),
                    abbreviation: Cow::Borrowed(if row.abbreviation == "none" {
                        ""
                    } else {
                        row.abbreviation
                    }),
                    direction: Direction::of(direction),
                    meridian,
                    // sexagesimal systems are stored in degrees
                    unit: Unit::of_epsg(u32::from(row.unit)).unwrap_or(Unit::DEGREE),
                }
            })
            .collect()
    }
}

/// "90°E" in degrees.
fn parse_meridian(text: &str) -> Option<f64> {
    let (value, side) = text.split_once('°')?;
    let value: f64 = value.trim().parse().ok()?;
    Some(if side.trim() == "W" { -value } else { value })
}

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

/// One parameter of a conversion.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameter {
    pub(crate) code: u16,
    pub(crate) value: f64,
    pub(crate) unit: Unit,
}

/// A map projection with its values.
#[derive(Clone, Debug)]
pub(crate) struct Conversion {
    pub(crate) name: Name,
    pub(crate) epsg: Option<u16>,
    pub(crate) method: &'static Method,
    pub(crate) parameters: Vec<Parameter>,
}

impl Conversion {
    pub(crate) fn of_epsg(code: u32) -> Result<Conversion, CrsError> {
        let unknown = || CrsError::new(ErrorKind::UnknownCode, "no such conversion").at(Location::Epsg(code));
        let row = tables::conversion(code).ok_or_else(unknown)?;
        let method = Method::of_epsg(row.method).ok_or_else(|| {
            CrsError::new(ErrorKind::Unsupported, format!("\"{}\": method {}", row.name, row.method))
                .at(Location::Epsg(code))
        })?;
        let parameters = row
            .parameters()
            .map(|p| match sexagesimal(p.value, p.unit) {
                Some(degrees) => Parameter { code: p.code, value: degrees, unit: Unit::DEGREE },
                None => {
                    let unit = Unit::of_epsg(u32::from(p.unit)).unwrap_or(Unit::UNITY);
                    let unit = if unit.epsg == Some(9102) { Unit::DEGREE } else { unit };
                    Parameter { code: p.code, value: p.value, unit }
                }
            })
            .collect();
        Ok(Conversion { name: Cow::Borrowed(row.name), epsg: Some(row.code), method, parameters })
    }

    /// A conversion from roles and values; values of other roles than the method has are ignored by the caller's choice.
    pub(crate) fn new(name: Name, kind: Kind, values: &[(Role, f64, Unit)]) -> Conversion {
        let method = Method::of_kind(kind);
        let parameters = method
            .parameters
            .iter()
            .map(|&code| {
                let role = method.role_of(code);
                let given = values.iter().find(|v| Some(v.0) == role);
                let default = role.map_or(0.0, Role::default);
                let unit = || match role.map(Role::quantity) {
                    Some(Quantity::Length) => Unit::METRE,
                    Some(Quantity::Scale) => Unit::UNITY,
                    _ => Unit::DEGREE,
                };
                match given {
                    Some((_, value, unit)) => Parameter { code, value: *value, unit: unit.clone() },
                    None => Parameter { code, value: default, unit: unit() },
                }
            })
            .collect();
        Conversion { name, epsg: None, method, parameters }
    }

    /// The parameter with a role.
    pub(crate) fn parameter(&self, role: Role) -> Option<&Parameter> {
        self.parameters.iter().find(|p| self.method.role_of(p.code) == Some(role))
    }

    /// Radians, metres or ones; the default if the definition leaves it out.
    pub(crate) fn si(&self, role: Role) -> f64 {
        self.parameter(role).map_or(role.default(), |p| p.value * p.unit.factor)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sexagesimal_digits_are_read_as_digits() {
        assert_eq!(sexagesimal(-58.3, 9110), Some(-58.5));
        assert_eq!(sexagesimal(46.570_866, 9110), Some((46.0 * 3600.0 + 57.0 * 60.0 + 8.66) / 3600.0));
        assert_eq!(sexagesimal(9.1509, 9111), Some(9.0 + 15.09 / 60.0));
        assert_eq!(sexagesimal(9.15, 9102), None);
    }
}
