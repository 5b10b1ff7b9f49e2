//! Axes: name, direction, unit.

use std::borrow::Cow;

use super::{Name, Unit};
use crate::tables;

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

    pub(super) fn of_system(system: u16) -> Vec<Axis> {
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
