//! From a coordinate system to WKT1, in GDAL's dialect and in Esri's.

use super::write2::quote;
use crate::error::{CrsError, ErrorKind};
use crate::method::{Kind, Quantity, Role};
use crate::model::{DEGREE, Data, Direction, Form, Geodetic, Horizontal, Projected, Unit, Vertical};
use crate::number::number;
use crate::tables::{self, UnitKind};

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Dialect {
    Gdal,
    Esri,
}

/// WKT1 of any system, on one line.
///
/// # Errors
/// When the dialect has no word for the method or the kind of system.
pub(crate) fn write(data: &Data, dialect: Dialect) -> Result<String, CrsError> {
    let w = Writer { dialect };
    match (&data.compound, &data.vertical) {
        (Some(compound), Some(vertical)) => Ok(format!(
            "COMPD_CS[{},{},{}{}]",
            quote(&compound.name),
            w.horizontal(&data.horizontal)?,
            w.vertical(vertical),
            w.authority(compound.epsg)
        )),
        (None, Some(vertical)) => Ok(w.vertical(vertical)),
        _ => w.horizontal(&data.horizontal),
    }
}

struct Writer {
    dialect: Dialect,
}

/// Words joined by single underscores.
fn underscored(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_alphanumeric() || matches!(c, '(' | ')' | '-' | '+' | '.') {
            out.push(c);
        } else if !out.ends_with('_') && !out.is_empty() {
            out.push('_');
        }
    }
    out.trim_end_matches('_').to_owned()
}

impl Writer {
    fn esri(&self) -> bool {
        self.dialect == Dialect::Esri
    }

    fn authority(&self, code: Option<u32>) -> String {
        match code {
            Some(code) if !self.esri() => format!(",AUTHORITY[\"EPSG\",\"{code}\"]"),
            _ => String::new(),
        }
    }

    fn unit(&self, unit: &Unit, kind: UnitKind) -> String {
        let row = unit.epsg.and_then(|c| tables::unit(u32::from(c)));
        let esri = row.map(|r| r.esri).filter(|e| !e.is_empty());
        let name = match (self.esri(), unit.epsg, esri) {
            (true, Some(9001), _) => "Meter",
            (true, Some(9122), _) => "Degree",
            (true, _, Some(esri)) => esri,
            (_, Some(9122), _) => "degree",
            _ => &unit.name,
        };
        let code = if self.esri() { None } else { unit.epsg.map(u32::from) };
        // digits as GDAL and Esri write them, which readers know
        let factor = if unit.factor == DEGREE && kind == UnitKind::Angle {
            "0.0174532925199433".to_owned()
        } else {
            number(unit.factor)
        };
        format!("UNIT[{},{factor}{}]", quote(name), self.authority(code))
    }

    fn horizontal(&self, horizontal: &Horizontal) -> Result<String, CrsError> {
        match horizontal {
            Horizontal::Geodetic(g) => self.geodetic(g),
            Horizontal::Projected(p) => self.projected(p),
            Horizontal::Local(l) => {
                Ok(format!("LOCAL_CS[{},{}]", quote(&l.name), self.unit(&l.unit, UnitKind::Length)))
            }
            Horizontal::None => Err(CrsError::new(ErrorKind::Unsupported, "a system with nothing in it")),
        }
    }

    fn geodetic(&self, g: &Geodetic) -> Result<String, CrsError> {
        let e = &g.datum.ellipsoid;
        let (mut name, mut datum, mut figure) =
            (g.name.to_string(), underscored(&g.datum.name), e.name.to_string());
        if datum == "World_Geodetic_System_1984_ensemble" || datum == "World_Geodetic_System_1984" {
            datum = "WGS_1984".to_owned();
        }
        if self.esri() {
            let known = |text: Option<&'static str>| text.filter(|t| !t.is_empty()).map(str::to_owned);
            let system = g.epsg.and_then(tables::geodetic).map(|r| r.esri);
            let own =
                if name.starts_with("GCS_") { name.clone() } else { format!("GCS_{}", underscored(&name)) };
            name = known(system).unwrap_or(own);
            let frame = g.datum.epsg.and_then(|c| tables::datum(u32::from(c))).map(|r| r.esri);
            let own = if datum.starts_with("D_") { datum } else { format!("D_{datum}") };
            datum = known(frame).unwrap_or(own);
            let shape = e.epsg.and_then(|c| tables::ellipsoid(u32::from(c))).map(|r| r.esri);
            figure = known(shape).unwrap_or_else(|| underscored(&figure));
        }
        let to_wgs84 = match (g.datum.to_wgs84, self.esri()) {
            (Some(v), false) => format!(",TOWGS84[{}]", v.map(number).join(",")),
            _ => String::new(),
        };
        let datum = format!(
            "DATUM[{},SPHEROID[{},{},{}{}]{to_wgs84}{}]",
            quote(&datum),
            quote(&figure),
            number(e.a),
            number(e.inverse_flattening()),
            self.authority(e.epsg.map(u32::from)),
            self.authority(g.datum.epsg.map(u32::from))
        );
        // A registered meridian in degrees, as GDAL and Esri write it and every reader expects. Another one in the unit of
        // the system, as OGC 01-009 has it and PROJ reads it.
        let unit =
            if g.meridian.epsg.is_some() || g.form == Form::Geocentric { DEGREE } else { g.unit().factor };
        let meridian = format!(
            "PRIMEM[{},{}{}]",
            quote(&g.meridian.name),
            number(((g.meridian.radians() / unit) * 1e13).round() / 1e13),
            self.authority(g.meridian.epsg.map(u32::from))
        );
        let code = self.authority(g.epsg);
        if g.form == Form::Geocentric {
            let unit = self.unit(&Unit::METRE, UnitKind::Length);
            return Ok(format!("GEOCCS[{},{datum},{meridian},{unit}{code}]", quote(&name)));
        }
        if g.form == Form::Geographic3D && !self.esri() {
            let what = format!("WKT1 has no ellipsoidal heights, which \"{}\" has", g.name);
            return Err(CrsError::new(ErrorKind::Unsupported, what));
        }
        let axes = if self.esri() || !g.latitude_first() {
            ""
        } else {
            ",AXIS[\"Latitude\",NORTH],AXIS[\"Longitude\",EAST]"
        };
        let unit = self.unit(g.unit(), UnitKind::Angle);
        Ok(format!("GEOGCS[{},{datum},{meridian},{unit}{axes}{code}]", quote(&name)))
    }

    fn projected(&self, p: &Projected) -> Result<String, CrsError> {
        let c = &p.conversion;
        let name = if self.esri() {
            esri_method(c.method.kind)
        } else {
            Some(c.method.wkt1).filter(|n| !n.is_empty())
        };
        let Some(name) = name else {
            let what = format!("WKT1 has no word for the method \"{}\"", c.method.name);
            return Err(CrsError::new(ErrorKind::Unsupported, what));
        };
        let base = Geodetic { form: Form::Geographic2D, ..p.base.clone() };
        let base_text = match self.dialect {
            Dialect::Esri => self.geodetic(&base)?,
            // the axes of the base are not written inside a projected system
            Dialect::Gdal => {
                self.geodetic(&base)?.replace(",AXIS[\"Latitude\",NORTH],AXIS[\"Longitude\",EAST]", "")
            }
        };
        let parameters: String = self
            .parameters(p)
            .iter()
            .map(|(name, value)| format!(",PARAMETER[{},{}]", quote(name), number(*value)))
            .collect();
        let system = if self.esri() { underscored(&p.name) } else { p.name.to_string() };
        let extension = if c.method.kind == Kind::PseudoMercator && !self.esri() {
            let (a, unit) = (number(p.base.datum.ellipsoid.a), "m");
            let [lon, fe, fnorth] = [c.si(Role::Lon0) / DEGREE, c.si(Role::Fe), c.si(Role::Fn)].map(number);
            format!(
                ",EXTENSION[\"PROJ4\",\"+proj=merc +a={a} +b={a} +lat_ts=0 +lon_0={lon} +x_0={fe} +y_0={fnorth} +k=1 \
                 +units={unit} +nadgrids=@null +wktext +no_defs\"]"
            )
        } else {
            String::new()
        };
        Ok(format!(
            "PROJCS[{},{base_text},PROJECTION[{}]{parameters},{}{}{extension}{}]",
            quote(&system),
            quote(name),
            self.unit(p.unit(), UnitKind::Length),
            self.axes(p),
            self.authority(p.epsg)
        ))
    }

    fn axes(&self, p: &Projected) -> String {
        let [a, b, ..] = p.axes.as_slice() else { return String::new() };
        if self.esri() || a.direction == b.direction {
            return String::new();
        }
        let axis = |d: Direction| match d {
            Direction::East => "AXIS[\"Easting\",EAST]",
            Direction::North => "AXIS[\"Northing\",NORTH]",
            Direction::West => "AXIS[\"Westing\",WEST]",
            Direction::South => "AXIS[\"Southing\",SOUTH]",
            _ => "AXIS[\"Other\",OTHER]",
        };
        format!(",{},{}", axis(a.direction), axis(b.direction))
    }

    /// Names and values, angles in the unit of the base and lengths in that of the system.
    fn parameters(&self, p: &Projected) -> Vec<(&'static str, f64)> {
        let c = &p.conversion;
        let kind = c.method.kind;
        let value = |role: Role| {
            let target = match role.quantity() {
                Quantity::Angle => p.base.unit().factor,
                Quantity::Length => p.unit().factor,
                Quantity::Scale => 1.0,
            };
            let parameter = c.parameter(role)?;
            let same = parameter.unit.factor == target;
            Some(if same { parameter.value } else { parameter.value * parameter.unit.factor / target })
        };
        let names = if self.esri() { esri_names(kind) } else { gdal_names(kind) };
        let mut out: Vec<_> = names.iter().filter_map(|(role, name)| Some((*name, value(*role)?))).collect();
        if self.esri() {
            out.extend(esri_extras(kind, p.base.unit()));
            // one parallel, told twice
            if kind == Kind::Lambert1 {
                out.extend(value(Role::Lat0).map(|v| ("Standard_Parallel_1", v)));
            }
            if kind == Kind::MercatorA {
                let k = c.si(Role::K);
                let e2 = p.base.datum.ellipsoid.spheroid().e2;
                // the parallel where the map is true to scale
                let cos2 = k * k * (1.0 - e2) / (1.0 - e2 * k * k);
                out.push((
                    "Standard_Parallel_1",
                    libm::acos(cos2.sqrt().clamp(0.0, 1.0)) / p.base.unit().factor,
                ));
            }
        } else if kind == Kind::PseudoMercator {
            out.push(("scale_factor", 1.0));
        }
        out
    }

    fn vertical(&self, v: &Vertical) -> String {
        let direction = if v.axis.direction == Direction::Down { "DOWN" } else { "UP" };
        let axis = format!("AXIS[\"Gravity-related height\",{direction}]");
        format!(
            "VERT_CS[{},VERT_DATUM[{},2005{}],{},{axis}{}]",
            quote(&v.name),
            quote(&v.datum),
            self.authority(v.datum_epsg.map(u32::from)),
            self.unit(&v.axis.unit, UnitKind::Length),
            self.authority(v.epsg)
        )
    }
}

type Names = &'static [(Role, &'static str)];

const ORIGIN: Names = &[
    (Role::Lat1, "standard_parallel_1"),
    (Role::Lat2, "standard_parallel_2"),
    (Role::Lat0, "latitude_of_origin"),
    (Role::Lon0, "central_meridian"),
    (Role::K, "scale_factor"),
    (Role::Height, "satellite_height"),
    (Role::Fe, "false_easting"),
    (Role::Fn, "false_northing"),
];
const CENTER: Names = &[
    (Role::Lat0, "latitude_of_center"),
    (Role::Lon0, "longitude_of_center"),
    (Role::Lat1, "standard_parallel_1"),
    (Role::Lat2, "standard_parallel_2"),
    (Role::Azimuth, "azimuth"),
    (Role::Rectified, "rectified_grid_angle"),
    (Role::K, "scale_factor"),
    (Role::Fe, "false_easting"),
    (Role::Fn, "false_northing"),
];

fn gdal_names(kind: Kind) -> Names {
    match kind {
        Kind::KrovakNorth | Kind::Krovak => &[
            (Role::Lat0, "latitude_of_center"),
            (Role::Lon0, "longitude_of_center"),
            (Role::ConeAxis, "azimuth"),
            (Role::Lat1, "pseudo_standard_parallel_1"),
            (Role::K, "scale_factor"),
            (Role::Fe, "false_easting"),
            (Role::Fn, "false_northing"),
        ],
        // the parallel goes by the name of the origin
        Kind::PolarB => &[
            (Role::Lat1, "latitude_of_origin"),
            (Role::Lon0, "central_meridian"),
            (Role::Fe, "false_easting"),
            (Role::Fn, "false_northing"),
        ],
        Kind::MercatorA | Kind::MercatorSpherical1 | Kind::PseudoMercator => &[
            (Role::Lon0, "central_meridian"),
            (Role::K, "scale_factor"),
            (Role::Fe, "false_easting"),
            (Role::Fn, "false_northing"),
        ],
        Kind::LambertAzimuthal
        | Kind::LambertAzimuthalSpherical
        | Kind::AzimuthalEquidistant
        | Kind::AzimuthalModified
        | Kind::Albers
        | Kind::EquidistantConic
        | Kind::HotineA
        | Kind::HotineB
        | Kind::Laborde
        | Kind::LocalOrthographic
        | Kind::Robinson
        | Kind::Sinusoidal => CENTER,
        _ => ORIGIN,
    }
}

/// Esri's name of a method.
fn esri_method(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::TransverseMercator | Kind::TransverseMercator3D => "Transverse_Mercator",
        Kind::TransverseMercatorSouth => "Transverse_Mercator_South_Orientated",
        Kind::Lambert1 | Kind::Lambert1B | Kind::Lambert2 | Kind::LambertBelgium | Kind::LambertMichigan => {
            "Lambert_Conformal_Conic"
        }
        Kind::Albers => "Albers",
        Kind::LambertAzimuthal | Kind::LambertAzimuthalSpherical => "Lambert_Azimuthal_Equal_Area",
        Kind::CylindricalEqualArea | Kind::CylindricalEqualAreaSpherical => "Cylindrical_Equal_Area",
        Kind::MercatorA | Kind::MercatorB => "Mercator",
        Kind::PseudoMercator => "Mercator_Auxiliary_Sphere",
        Kind::PolarA => "Stereographic",
        Kind::PolarB => "Polar_Stereographic_Variant_B",
        Kind::DoubleStereographic => "Double_Stereographic",
        Kind::Stereographic => "Stereographic",
        Kind::HotineA => "Rectified_Skew_Orthomorphic_Natural_Origin",
        Kind::HotineB => "Rectified_Skew_Orthomorphic_Center",
        Kind::Laborde => "Laborde_Oblique_Mercator",
        Kind::Cassini => "Cassini",
        Kind::EquidistantCylindrical | Kind::EquidistantCylindricalSpherical => "Equidistant_Cylindrical",
        Kind::EquidistantConic => "Equidistant_Conic",
        Kind::Polyconic => "Polyconic",
        Kind::Bonne => "Bonne",
        Kind::Krovak | Kind::KrovakNorth => "Krovak",
        Kind::AzimuthalEquidistant | Kind::AzimuthalModified => "Azimuthal_Equidistant",
        Kind::Orthographic => "Orthographic",
        Kind::LocalOrthographic => "Local",
        Kind::Gnomonic => "Gnomonic",
        Kind::ColombiaUrban => "IGAC_Plano_Cartesiano",
        Kind::NewZealand => "New_Zealand_Map_Grid",
        Kind::EqualEarth => "Equal_Earth",
        Kind::Miller => "Miller_Cylindrical",
        Kind::Mollweide => "Mollweide",
        Kind::Robinson => "Robinson",
        Kind::Sinusoidal => "Sinusoidal",
        Kind::VanDerGrinten => "Van_der_Grinten_I",
        Kind::GeostationaryX | Kind::GeostationaryY => "Geostationary_Satellite",
        _ => return None,
    })
}

const ESRI_ORIGIN: Names = &[
    (Role::Fe, "False_Easting"),
    (Role::Fn, "False_Northing"),
    (Role::Lon0, "Central_Meridian"),
    (Role::Lat1, "Standard_Parallel_1"),
    (Role::Lat2, "Standard_Parallel_2"),
    (Role::K, "Scale_Factor"),
    (Role::EllipsoidScale, "Scale_Factor"),
    (Role::Lat0, "Latitude_Of_Origin"),
];
const ESRI_CENTER: Names = &[
    (Role::Fe, "False_Easting"),
    (Role::Fn, "False_Northing"),
    (Role::K, "Scale_Factor"),
    (Role::Azimuth, "Azimuth"),
    (Role::Lon0, "Longitude_Of_Center"),
    (Role::Lat0, "Latitude_Of_Center"),
    (Role::Rectified, "XY_Plane_Rotation"),
    (Role::Height, "Height"),
];
const ESRI_KROVAK: Names = &[
    (Role::Fe, "False_Easting"),
    (Role::Fn, "False_Northing"),
    (Role::Lat1, "Pseudo_Standard_Parallel_1"),
    (Role::K, "Scale_Factor"),
    (Role::ConeAxis, "Azimuth"),
    (Role::Lon0, "Longitude_Of_Center"),
    (Role::Lat0, "Latitude_Of_Center"),
];

fn esri_names(kind: Kind) -> Names {
    match kind {
        Kind::Krovak | Kind::KrovakNorth => ESRI_KROVAK,
        Kind::MercatorA => {
            &[(Role::Fe, "False_Easting"), (Role::Fn, "False_Northing"), (Role::Lon0, "Central_Meridian")]
        }
        Kind::HotineA
        | Kind::HotineB
        | Kind::Laborde
        | Kind::Orthographic
        | Kind::LocalOrthographic
        | Kind::Gnomonic
        | Kind::ColombiaUrban
        | Kind::GeostationaryX
        | Kind::GeostationaryY => ESRI_CENTER,
        _ => ESRI_ORIGIN,
    }
}

fn esri_extras(kind: Kind, angle: &Unit) -> Vec<(&'static str, f64)> {
    match kind {
        Kind::KrovakNorth => {
            vec![("X_Scale", -1.0), ("Y_Scale", 1.0), ("XY_Plane_Rotation", 90.0 * DEGREE / angle.factor)]
        }
        Kind::Krovak => vec![("X_Scale", 1.0), ("Y_Scale", 1.0), ("XY_Plane_Rotation", 0.0)],
        Kind::PseudoMercator => vec![("Standard_Parallel_1", 0.0), ("Auxiliary_Sphere_Type", 0.0)],
        Kind::GeostationaryX => vec![("Option", 1.0)],
        Kind::GeostationaryY => vec![("Option", 0.0)],
        _ => Vec::new(),
    }
}
