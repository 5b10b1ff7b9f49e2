//! What a coordinate system is to the outside: a facade over the data, its readers and its writers.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::error::CrsError;
use crate::geokeys::{self, GeoKeys};
use crate::model::{AreaOfUse, CrsKind, Data, Direction, Form, Horizontal};
use crate::wkt::{self, Dialect};
use crate::{identify, proj_string, projjson, tables, text};

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

/// A coordinate reference system. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Crs(Arc<Data>);

impl Crs {
    fn of(data: Data) -> Crs {
        Crs(Arc::new(data))
    }

    pub(crate) fn data(&self) -> &Data {
        &self.0
    }

    /// The coordinate system of an EPSG code.
    ///
    /// # Errors
    /// When the code is not in the built-in tables, or its method is one that this crate does not compute.
    ///
    /// # Examples
    /// ```
    /// use crs::{Crs, CrsKind};
    ///
    /// let utm = Crs::from_epsg(32633)?;
    /// assert_eq!(utm.kind(), CrsKind::Projected);
    /// assert_eq!(utm.metres_per_unit(), Some(1.0));
    /// assert_eq!(utm.geographic().and_then(|g| g.epsg()), Some(4326));
    /// assert!(Crs::from_epsg(1).is_err());
    /// # Ok::<(), crs::CrsError>(())
    /// ```
    pub fn from_epsg(code: u32) -> Result<Crs, CrsError> {
        Data::of_epsg(code).map(Crs::of)
    }

    /// Reads any textual form: `EPSG:32633`, `urn:ogc:def:crs:EPSG::32633`, `OGC:CRS84`, WKT1 (GDAL, ESRI),
    /// WKT2, PROJJSON, or a PROJ string.
    ///
    /// # Errors
    /// When the text is malformed, impossible, or names something unknown; the error says at which byte.
    ///
    /// # Examples
    /// ```
    /// use crs::{Crs, ErrorKind, Location};
    ///
    /// let spellings = [
    ///     "EPSG:3035",
    ///     "urn:ogc:def:crs:EPSG::3035",
    ///     "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80 +units=m",
    /// ];
    /// for text in spellings {
    ///     assert!(Crs::parse(text)?.is_projected());
    /// }
    /// // an error says who must act, and where
    /// let e = Crs::parse("GEOGCS[\"WGS 84\",DATUM[").unwrap_err();
    /// assert_eq!(e.kind(), ErrorKind::Malformed);
    /// assert!(matches!(e.location(), Some(Location::Offset(_))));
    /// # Ok::<(), crs::CrsError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Crs, CrsError> {
        text::parse(text).map(Crs::of)
    }

    /// Reads the GeoKeys of a GeoTIFF.
    ///
    /// # Errors
    /// When the keys contradict themselves or name something unknown; the error says which key.
    pub fn from_geokeys(keys: &GeoKeys) -> Result<Crs, CrsError> {
        geokeys::read(keys).map(Crs::of)
    }

    /// The GeoKeys of this system: GDAL's layout plus what OGC 19-008r4 makes mandatory.
    ///
    /// # Errors
    /// When GeoTIFF has no way to say this system.
    ///
    /// # Examples
    /// ```
    /// use crs::{Crs, GeoKeyValue};
    ///
    /// let keys = Crs::from_epsg(32633)?.to_geokeys()?;
    /// assert_eq!(keys.get(3072), Some(&GeoKeyValue::Short(32633))); // ProjectedCRSGeoKey
    /// assert_eq!(Crs::from_geokeys(&keys)?.epsg(), Some(32633));
    /// # Ok::<(), crs::CrsError>(())
    /// ```
    pub fn to_geokeys(&self) -> Result<GeoKeys, CrsError> {
        geokeys::write(&self.0)
    }

    /// WKT2:2019.
    ///
    /// # Examples
    /// ```
    /// use crs::Crs;
    ///
    /// let wgs84 = Crs::from_epsg(4326)?;
    /// let text = wgs84.to_wkt2();
    /// assert!(text.starts_with("GEOGCRS[\"WGS 84\""));
    /// assert_eq!(Crs::parse(&text)?, wgs84);
    /// # Ok::<(), crs::CrsError>(())
    /// ```
    #[must_use]
    pub fn to_wkt2(&self) -> String {
        wkt::write_wkt2(&self.0)
    }

    /// WKT1 as GDAL writes it.
    ///
    /// # Errors
    /// When WKT1 has no way to say this system.
    pub fn to_wkt1(&self) -> Result<String, CrsError> {
        wkt::write_wkt1(&self.0, Dialect::Gdal)
    }

    /// WKT1 as Esri writes it (`.prj` files).
    ///
    /// # Errors
    /// When Esri has no word for the projection.
    ///
    /// # Examples
    /// ```
    /// let prj = crs::Crs::from_epsg(25832)?.to_esri_wkt()?;
    /// assert!(prj.starts_with("PROJCS[") && prj.contains("PROJECTION[\"Transverse_Mercator\"]"));
    /// # Ok::<(), crs::CrsError>(())
    /// ```
    pub fn to_esri_wkt(&self) -> Result<String, CrsError> {
        wkt::write_wkt1(&self.0, Dialect::Esri)
    }

    /// PROJJSON.
    ///
    /// # Examples
    /// ```
    /// use crs::Crs;
    ///
    /// let lambert = Crs::from_epsg(2154)?;
    /// let text = lambert.to_projjson();
    /// assert!(text.contains("\"type\":\"ProjectedCRS\""));
    /// assert_eq!(Crs::parse(&text)?, lambert);
    /// # Ok::<(), crs::CrsError>(())
    /// ```
    #[must_use]
    pub fn to_projjson(&self) -> String {
        projjson::write(&self.0)
    }

    /// A PROJ string, and a list of what the string cannot say.
    ///
    /// # Errors
    /// When PROJ has no name for the projection.
    ///
    /// # Examples
    /// ```
    /// use crs::Crs;
    ///
    /// let utm = Crs::from_epsg(32633)?;
    /// let (text, lost) = utm.to_proj_string()?;
    /// assert_eq!(Crs::parse(&text)?, utm);
    /// assert!(lost.contains(&"names and codes".to_owned()));
    /// # Ok::<(), crs::CrsError>(())
    /// ```
    pub fn to_proj_string(&self) -> Result<(String, Vec<String>), CrsError> {
        proj_string::write(&self.0)
    }

    /// The EPSG code that the definition states.
    #[must_use]
    pub fn epsg(&self) -> Option<u32> {
        self.0.epsg()
    }

    /// The EPSG code of this system: the stated one, or the one that means the same when the definition states none.
    ///
    /// Of several, one that is not deprecated, then one of the same name, then the lowest. Takes up to a millisecond.
    ///
    /// # Examples
    /// ```
    /// use crs::Crs;
    ///
    /// let unnamed = Crs::parse("+proj=utm +zone=33 +datum=WGS84")?;
    /// assert_eq!(unnamed.epsg(), None);
    /// assert_eq!(unnamed.identify(), Some(32633));
    /// # Ok::<(), crs::CrsError>(())
    /// ```
    #[must_use]
    pub fn identify(&self) -> Option<u32> {
        identify::code(&self.0)
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

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// The sort of this system.
    #[must_use]
    pub fn kind(&self) -> CrsKind {
        self.0.kind()
    }

    /// Whether the horizontal coordinates are longitude and latitude.
    #[must_use]
    pub fn is_geographic(&self) -> bool {
        matches!(&self.0.horizontal, Horizontal::Geodetic(g) if g.form != Form::Geocentric)
    }

    /// Whether the horizontal coordinates are on a map projection.
    #[must_use]
    pub fn is_projected(&self) -> bool {
        self.0.is_projected()
    }

    /// The geographic system under a projected one; the system itself if it is geographic; none for the others.
    #[must_use]
    pub fn geographic(&self) -> Option<Crs> {
        self.0.geographic().map(Crs::of)
    }

    /// Name of the unit of the horizontal coordinates.
    #[must_use]
    pub fn unit_name(&self) -> &str {
        let unit = self.0.unit();
        // EPSG's "degree (supplier to define representation)"
        if unit.epsg == Some(9122) { "degree" } else { &unit.name }
    }

    /// Metres in one unit of the horizontal coordinates; none for angles.
    #[must_use]
    pub fn metres_per_unit(&self) -> Option<f64> {
        (!self.is_geographic()).then_some(self.0.unit().factor)
    }

    /// Radians in one unit of the horizontal coordinates; none for lengths.
    #[must_use]
    pub fn radians_per_unit(&self) -> Option<f64> {
        self.is_geographic().then_some(self.0.unit().factor)
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
        Arc::ptr_eq(&self.0, &other.0) || identify::same(&self.0, &other.0)
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
