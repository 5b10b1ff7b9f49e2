//! What a coordinate system is.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::error::{CrsError, ErrorKind, Location};
use crate::geokeys::GeoKeys;
use crate::model::{Direction, Form, Geodetic, Name, Projected, Unit, Vertical};
use crate::tables;

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

impl AreaOfUse {
    fn of_index(index: Option<u16>) -> Option<AreaOfUse> {
        let row = tables::extent(index?)?;
        let name = row.name.to_owned();
        Some(AreaOfUse { west: row.west, south: row.south, east: row.east, north: row.north, name })
    }
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

/// A system that is not tied to the Earth.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    pub(crate) name: Name,
    pub(crate) unit: Unit,
}

#[derive(Clone, Debug)]
pub(crate) enum Horizontal {
    Geodetic(Box<Geodetic>),
    Projected(Box<Projected>),
    Local(Local),
    /// A vertical system alone.
    None,
}

/// Name and code of a compound system.
#[derive(Clone, Debug)]
pub(crate) struct Compound {
    pub(crate) name: Name,
    pub(crate) epsg: Option<u32>,
}

#[derive(Clone, Debug)]
pub(crate) struct Data {
    pub(crate) horizontal: Horizontal,
    pub(crate) vertical: Option<Vertical>,
    pub(crate) compound: Option<Compound>,
    pub(crate) area: Option<AreaOfUse>,
}

/// A coordinate reference system. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Crs(Arc<Data>);

impl Crs {
    pub(crate) fn from_data(data: Data) -> Crs {
        Crs(Arc::new(data))
    }

    pub(crate) fn from_horizontal(horizontal: Horizontal, area: Option<AreaOfUse>) -> Crs {
        Crs::from_data(Data { horizontal, vertical: None, compound: None, area })
    }

    pub(crate) fn data(&self) -> &Data {
        &self.0
    }

    /// The coordinate system of an EPSG code.
    ///
    /// # Errors
    /// When the code is not in the built-in tables, or its method is one that this crate does not compute.
    pub fn from_epsg(code: u32) -> Result<Crs, CrsError> {
        // what GDAL and others called web Mercator before it had a code
        if code == 900_913 {
            return Crs::from_epsg(3857);
        }
        if let Some(row) = tables::projected(code) {
            if let Some(projected) = Projected::of_epsg(code)? {
                let horizontal = Horizontal::Projected(Box::new(projected));
                return Ok(Crs::from_horizontal(horizontal, AreaOfUse::of_index(row.extent)));
            }
        } else if let Some(row) = tables::geodetic(code) {
            if let Some(geodetic) = Geodetic::of_epsg(code) {
                return Ok(Crs::from_horizontal(
                    Horizontal::Geodetic(Box::new(geodetic)),
                    AreaOfUse::of_index(row.extent),
                ));
            }
        } else if let Some(row) = tables::compound(code) {
            let horizontal = Crs::from_epsg(u32::from(row.horizontal))?;
            if let Some(vertical) = Vertical::of_epsg(u32::from(row.vertical)) {
                return Ok(Crs::from_data(Data {
                    horizontal: horizontal.0.horizontal.clone(),
                    vertical: Some(vertical),
                    compound: Some(Compound { name: Cow::Borrowed(row.name), epsg: Some(code) }),
                    area: AreaOfUse::of_index(row.extent),
                }));
            }
        } else if let (Some(row), Some(vertical)) = (tables::vertical(code), Vertical::of_epsg(code)) {
            return Ok(Crs::from_data(Data {
                horizontal: Horizontal::None,
                vertical: Some(vertical),
                compound: None,
                area: AreaOfUse::of_index(row.extent),
            }));
        }
        let what = format!("the built-in registry ({}) has no such coordinate system", tables::label());
        Err(CrsError::new(ErrorKind::UnknownCode, what).at(Location::Epsg(code)))
    }

    /// Reads any textual form: `EPSG:32633`, `urn:ogc:def:crs:EPSG::32633`, `OGC:CRS84`, WKT1 (GDAL, ESRI),
    /// WKT2, PROJJSON, or a PROJ string.
    ///
    /// # Errors
    /// When the text is malformed, impossible, or names something unknown; the error says at which byte.
    pub fn parse(text: &str) -> Result<Crs, CrsError> {
        crate::text::parse(text)
    }

    /// Reads the GeoKeys of a GeoTIFF.
    ///
    /// # Errors
    /// When the keys contradict themselves or name something unknown; the error says which key.
    pub fn from_geokeys(keys: &GeoKeys) -> Result<Crs, CrsError> {
        crate::geokeys::read(keys)
    }

    /// The GeoKeys of this system: GDAL's layout plus what OGC 19-008r4 makes mandatory.
    ///
    /// # Errors
    /// When GeoTIFF has no way to say this system.
    pub fn to_geokeys(&self) -> Result<GeoKeys, CrsError> {
        crate::geokeys::write(self)
    }

    /// WKT2:2019.
    #[must_use]
    pub fn to_wkt2(&self) -> String {
        crate::wkt::write_wkt2(self)
    }

    /// WKT1 as GDAL writes it.
    ///
    /// # Errors
    /// When WKT1 has no way to say this system.
    pub fn to_wkt1(&self) -> Result<String, CrsError> {
        crate::wkt::write_wkt1(self, crate::wkt::Dialect::Gdal)
    }

    /// WKT1 as Esri writes it (`.prj` files).
    ///
    /// # Errors
    /// When Esri has no word for the projection.
    pub fn to_esri_wkt(&self) -> Result<String, CrsError> {
        crate::wkt::write_wkt1(self, crate::wkt::Dialect::Esri)
    }

    /// PROJJSON.
    #[must_use]
    pub fn to_projjson(&self) -> String {
        crate::projjson::write(self)
    }

    /// A PROJ string, and a list of what the string cannot say.
    ///
    /// # Errors
    /// When PROJ has no name for the projection.
    pub fn to_proj_string(&self) -> Result<(String, Vec<String>), CrsError> {
        crate::proj_string::write(self)
    }

    /// The EPSG code that the definition states.
    #[must_use]
    pub fn epsg(&self) -> Option<u32> {
        match &self.0.compound {
            Some(compound) => compound.epsg,
            None => self.horizontal_epsg().or(self.0.vertical.as_ref().and_then(|v| v.epsg)),
        }
    }

    pub(crate) fn horizontal_epsg(&self) -> Option<u32> {
        match &self.0.horizontal {
            Horizontal::Geodetic(g) => g.epsg,
            Horizontal::Projected(p) => p.epsg,
            Horizontal::Local(_) | Horizontal::None => None,
        }
    }

    /// The EPSG code of this system: the stated one, or the one that means the same when the definition states none.
    ///
    /// Of several, one that is not deprecated, then one of the same name, then the lowest. Takes up to a millisecond.
    #[must_use]
    pub fn identify(&self) -> Option<u32> {
        self.epsg().or_else(|| crate::identify::system(self))
    }

    /// Whether the registry no longer recommends this code.
    #[must_use]
    pub fn is_deprecated(&self) -> bool {
        let code = self.epsg().unwrap_or(0);
        tables::projected(code).is_some_and(|row| row.deprecated)
            || tables::geodetic(code).is_some_and(|row| row.deprecated)
    }

    /// The code that the registry recommends instead, where there is exactly one.
    #[must_use]
    pub fn successor(&self) -> Option<u32> {
        self.epsg().and_then(tables::successor)
    }

    /// The same of the horizontal part alone.
    pub(crate) fn identify_horizontal(&self) -> Option<u32> {
        self.horizontal_epsg().or_else(|| crate::identify::horizontal(&self.0))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        match (&self.0.compound, &self.0.horizontal) {
            (Some(compound), _) => &compound.name,
            (None, Horizontal::Geodetic(g)) => &g.name,
            (None, Horizontal::Projected(p)) => &p.name,
            (None, Horizontal::Local(l)) => &l.name,
            (None, Horizontal::None) => self.0.vertical.as_ref().map_or("", |v| &v.name),
        }
    }

    /// The sort of this system.
    #[must_use]
    pub fn kind(&self) -> CrsKind {
        match &self.0.horizontal {
            _ if self.0.compound.is_some() => CrsKind::Compound,
            Horizontal::Geodetic(g) => match g.form {
                Form::Geographic2D => CrsKind::Geographic2D,
                Form::Geographic3D => CrsKind::Geographic3D,
                Form::Geocentric => CrsKind::Geocentric,
            },
            Horizontal::Projected(_) => CrsKind::Projected,
            Horizontal::Local(_) => CrsKind::Local,
            Horizontal::None => CrsKind::Vertical,
        }
    }

    /// Whether the horizontal coordinates are longitude and latitude.
    #[must_use]
    pub fn is_geographic(&self) -> bool {
        matches!(&self.0.horizontal, Horizontal::Geodetic(g) if g.form != Form::Geocentric)
    }

    /// Whether the horizontal coordinates are on a map projection.
    #[must_use]
    pub fn is_projected(&self) -> bool {
        matches!(&self.0.horizontal, Horizontal::Projected(_))
    }

    pub(crate) fn unit(&self) -> &Unit {
        match &self.0.horizontal {
            Horizontal::Geodetic(g) => g.unit(),
            Horizontal::Projected(p) => p.unit(),
            Horizontal::Local(l) => &l.unit,
            Horizontal::None => self.0.vertical.as_ref().map_or(&Unit::METRE, |v| &v.axis.unit),
        }
    }

    /// The geographic system under a projected one; the system itself if it is geographic; none for the others.
    #[must_use]
    pub fn geographic(&self) -> Option<Crs> {
        match &self.0.horizontal {
            Horizontal::Projected(p) => {
                let area =
                    p.base.epsg.and_then(tables::geodetic).and_then(|row| AreaOfUse::of_index(row.extent));
                Some(Crs::from_horizontal(Horizontal::Geodetic(Box::new(p.base.clone())), area))
            }
            Horizontal::Geodetic(g) if g.form != Form::Geocentric => {
                Some(Crs::from_horizontal(Horizontal::Geodetic(g.clone()), self.0.area.clone()))
            }
            _ => None,
        }
    }

    /// Name of the unit of the horizontal coordinates.
    #[must_use]
    pub fn unit_name(&self) -> &str {
        let unit = self.unit();
        // EPSG's "degree (supplier to define representation)"
        if unit.epsg == Some(9122) { "degree" } else { &unit.name }
    }

    /// Metres in one unit of the horizontal coordinates; none for angles.
    #[must_use]
    pub fn metres_per_unit(&self) -> Option<f64> {
        (!self.is_geographic()).then_some(self.unit().factor)
    }

    /// Radians in one unit of the horizontal coordinates; none for lengths.
    #[must_use]
    pub fn radians_per_unit(&self) -> Option<f64> {
        self.is_geographic().then_some(self.unit().factor)
    }

    /// Where the system is meant to be used.
    #[must_use]
    pub fn area_of_use(&self) -> Option<AreaOfUse> {
        self.0.area.clone()
    }

    /// The vertical part, if there is one.
    #[must_use]
    pub fn vertical(&self) -> Option<VerticalCrs> {
        self.0.vertical.as_ref().map(|v| VerticalCrs {
            name: v.name.to_string(),
            epsg: v.epsg,
            datum: v.datum.to_string(),
            unit_name: v.axis.unit.name.to_string(),
            metres_per_unit: v.axis.unit.factor,
            down: v.axis.direction == Direction::Down,
        })
    }
}

impl FromStr for Crs {
    type Err = CrsError;
    fn from_str(text: &str) -> Result<Crs, CrsError> {
        Crs::parse(text)
    }
}

/// Two systems are equal when the same coordinates mean the same place: names, codes, areas of use and the official order
/// of the axes do not count; datum, prime meridian, projection, units and directions of the axes do.
impl PartialEq for Crs {
    fn eq(&self, other: &Crs) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || crate::identify::same(&self.0, &other.0)
    }
}

/// Name, code, unit and area on one line.
impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if let Some(code) = self.epsg() {
            write!(f, " (EPSG:{code})")?;
        }
        write!(f, ", {}", self.unit_name())?;
        if let Some(area) = &self.0.area {
            let side = |v: f64, plus: char, minus: char| {
                format!("{}{}", v.abs(), if v < 0.0 { minus } else { plus })
            };
            let [w, e] = [area.west, area.east].map(|v| side(v, 'E', 'W'));
            let [s, n] = [area.south, area.north].map(|v| side(v, 'N', 'S'));
            write!(
                f,
                ", {}{w} to {e}, {s} to {n}",
                if area.name.is_empty() { String::new() } else { format!("{}: ", area.name) }
            )?;
        }
        Ok(())
    }
}
