//! What a coordinate system is.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::error::{CrsError, ErrorKind, Location};
use crate::geokeys::GeoKeys;

/// The sort of a coordinate system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CrsKind {
    /// Longitude and latitude.
    Geographic2D,
    /// Longitude, latitude and ellipsoidal height.
    Geographic3D,
    /// Earth-centred x, y, z in metres.
    Geocentric,
    /// Easting and northing on a map projection.
    Projected,
    /// A horizontal and a vertical system together.
    Compound,
    /// Heights alone.
    Vertical,
    /// A local system with no known place on the Earth.
    Local,
}

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

/// The vertical part of a compound coordinate system.
#[derive(Clone, Debug, PartialEq)]
pub struct VerticalCrs {
    /// Name of the vertical coordinate system.
    pub name: String,
    /// EPSG code, if stated.
    pub epsg: Option<u32>,
    /// Name of the vertical datum.
    pub datum: String,
    /// Name of the unit of the heights.
    pub unit_name: String,
    /// Metres in one unit of the heights.
    pub metres_per_unit: f64,
    /// Whether values grow downwards (a depth).
    pub down: bool,
}

#[derive(Debug)]
struct Data {
    name: String,
    epsg: Option<u32>,
    kind: CrsKind,
}

/// A coordinate reference system. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Crs(Arc<Data>);

impl Crs {
    /// The coordinate system of an EPSG code.
    ///
    /// # Errors
    /// When the code is not in the built-in tables.
    pub fn from_epsg(code: u32) -> Result<Crs, CrsError> {
        let (name, kind) = match code {
            4326 => ("WGS 84".to_owned(), CrsKind::Geographic2D),
            3857 => ("WGS 84 / Pseudo-Mercator".to_owned(), CrsKind::Projected),
            32601..=32660 => (format!("WGS 84 / UTM zone {}N", code - 32600), CrsKind::Projected),
            32701..=32760 => (format!("WGS 84 / UTM zone {}S", code - 32700), CrsKind::Projected),
            _ => {
                return Err(CrsError::new(ErrorKind::UnknownCode, "no such EPSG code").at(Location::Epsg(code)));
            }
        };
        Ok(Crs(Arc::new(Data { name, epsg: Some(code), kind })))
    }

    /// Reads any textual form: `EPSG:32633`, `urn:ogc:def:crs:EPSG::32633`, `OGC:CRS84`, WKT1 (GDAL, ESRI),
    /// WKT2, PROJJSON, or a PROJ string.
    ///
    /// # Errors
    /// When the text is malformed, impossible, or names something unknown; the error says at which byte.
    pub fn parse(text: &str) -> Result<Crs, CrsError> {
        let trimmed = text.trim();
        match trimmed.strip_prefix("EPSG:").or(trimmed.strip_prefix("urn:ogc:def:crs:EPSG::")).map(str::parse) {
            Some(Ok(code)) => Crs::from_epsg(code),
            _ => Err(CrsError::new(ErrorKind::Unsupported, "text form").at(Location::Offset(0))),
        }
    }

    /// Reads the GeoKeys of a GeoTIFF.
    ///
    /// # Errors
    /// When the keys contradict themselves or name something unknown; the error says which key.
    pub fn from_geokeys(keys: &GeoKeys) -> Result<Crs, CrsError> {
        let _ = keys;
        Err(CrsError::new(ErrorKind::Unsupported, "GeoKeys"))
    }

    /// The GeoKeys of this system: GDAL's layout plus what OGC 19-008r4 makes mandatory.
    ///
    /// # Errors
    /// When GeoTIFF has no way to say this system.
    pub fn to_geokeys(&self) -> Result<GeoKeys, CrsError> {
        Err(CrsError::new(ErrorKind::Unsupported, "GeoKeys"))
    }

    /// WKT2:2019.
    #[must_use]
    pub fn to_wkt2(&self) -> String {
        String::new()
    }

    /// WKT1 as GDAL writes it.
    ///
    /// # Errors
    /// When WKT1 has no way to say this system.
    pub fn to_wkt1(&self) -> Result<String, CrsError> {
        Err(CrsError::new(ErrorKind::Unsupported, "WKT1"))
    }

    /// PROJJSON.
    #[must_use]
    pub fn to_projjson(&self) -> String {
        String::new()
    }

    /// A PROJ string, and a list of what the string cannot say.
    ///
    /// # Errors
    /// When PROJ has no name for the projection.
    pub fn to_proj_string(&self) -> Result<(String, Vec<String>), CrsError> {
        Err(CrsError::new(ErrorKind::Unsupported, "PROJ string"))
    }

    /// The EPSG code that the definition states.
    #[must_use]
    pub fn epsg(&self) -> Option<u32> {
        self.0.epsg
    }

    /// The EPSG code of this system, found by its meaning when the definition states none.
    #[must_use]
    pub fn identify(&self) -> Option<u32> {
        self.0.epsg
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The sort of this system.
    #[must_use]
    pub fn kind(&self) -> CrsKind {
        self.0.kind
    }

    /// Whether the horizontal coordinates are longitude and latitude.
    #[must_use]
    pub fn is_geographic(&self) -> bool {
        matches!(self.0.kind, CrsKind::Geographic2D | CrsKind::Geographic3D)
    }

    /// Whether the horizontal coordinates are on a map projection.
    #[must_use]
    pub fn is_projected(&self) -> bool {
        self.0.kind == CrsKind::Projected
    }

    /// Name of the unit of the horizontal coordinates.
    #[must_use]
    pub fn unit_name(&self) -> &str {
        if self.is_geographic() { "degree" } else { "metre" }
    }

    /// Metres in one unit of the horizontal coordinates; none for angles.
    #[must_use]
    pub fn metres_per_unit(&self) -> Option<f64> {
        self.is_projected().then_some(1.0)
    }

    /// Radians in one unit of the horizontal coordinates; none for lengths.
    #[must_use]
    pub fn radians_per_unit(&self) -> Option<f64> {
        self.is_geographic().then_some(1f64.to_radians())
    }

    /// Where the system is meant to be used.
    #[must_use]
    pub fn area_of_use(&self) -> Option<AreaOfUse> {
        None
    }

    /// The vertical part, if there is one.
    #[must_use]
    pub fn vertical(&self) -> Option<VerticalCrs> {
        None
    }
}

impl FromStr for Crs {
    type Err = CrsError;
    fn from_str(text: &str) -> Result<Crs, CrsError> {
        Crs::parse(text)
    }
}

impl PartialEq for Crs {
    fn eq(&self, other: &Crs) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.epsg.is_some() && self.0.epsg == other.0.epsg
    }
}

impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name)
    }
}
