//! Where a system is meant to be used.

use crate::tables;

/// Where a coordinate system is meant to be used, in degrees on the WGS 84 ellipsoid; `west > east` crosses the antimeridian.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaOfUse {
    /// Western limit, degrees.
    pub west: f64,
    /// Southern limit, degrees.
    pub south: f64,
    /// Eastern limit, degrees; less than `west` across the antimeridian.
    pub east: f64,
    /// Northern limit, degrees.
    pub north: f64,
    /// Name of the area.
    pub name: String,
}

impl AreaOfUse {
    pub(super) fn of_index(index: Option<u16>) -> Option<AreaOfUse> {
        let row = tables::extent(index?)?;
        let name = row.name.to_owned();
        Some(AreaOfUse { west: row.west, south: row.south, east: row.east, north: row.north, name })
    }
}
