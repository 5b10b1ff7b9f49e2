//! From a coordinate system to GeoKeys: GDAL's layout, with the citations that OGC 19-008r4 makes mandatory.

use super::key::*;
use super::read::ESRI_PE;
use super::{GeoKeyValue, GeoKeys};
use crate::error::{CrsError, ErrorKind};
use crate::identify;
use crate::method::{Kind, Role};
use crate::model::{Conversion, DEGREE, Data, Datum, Form, Geodetic, Horizontal, Meridian, Projected, Unit};
use crate::tables::{self, UnitKind};
use crate::wkt::{self, Dialect};

fn short(keys: &mut GeoKeys, key: u16, value: u16) {
    keys.set(key, GeoKeyValue::Short(value));
}

fn double(keys: &mut GeoKeys, key: u16, value: f64) {
    keys.set(key, GeoKeyValue::Double(vec![value]));
}

/// Text may hold neither the separator nor NUL, and is ASCII in GeoTIFF 1.1.
fn ascii(keys: &mut GeoKeys, key: u16, text: &str) {
    let clean: String = text.chars().filter(|c| *c != '\0').collect();
    keys.set(key, GeoKeyValue::Ascii(clean));
}

/// Writes the keys of a system.
pub(crate) fn write(data: &Data) -> Result<GeoKeys, CrsError> {
    let mut keys = GeoKeys::default();
    short(&mut keys, RASTER_TYPE, 1);
    match &data.horizontal {
        Horizontal::Projected(p) => projected(&mut keys, data, p)?,
        Horizontal::Geodetic(g) => geodetic_system(&mut keys, data, g),
        Horizontal::Local(l) => {
            short(&mut keys, MODEL_TYPE, USER_DEFINED);
            ascii(&mut keys, CITATION, &l.name);
            linear_unit(&mut keys, PROJECTED_UNITS, PROJECTED_UNIT_SIZE, &l.unit);
        }
        Horizontal::None => {
            let what = format!("GeoTIFF cannot say \"{}\", which has heights only", data.name());
            return Err(CrsError::new(ErrorKind::Unsupported, what));
        }
    }
    vertical(&mut keys, data);
    Ok(keys)
}

fn vertical(keys: &mut GeoKeys, data: &Data) {
    let Some(vertical) = &data.vertical else { return };
    keys.version = (1, 1, 1);
    let code = code(vertical.epsg).filter(|&c| tables::vertical(u32::from(c)).is_some());
    short(keys, VERTICAL, code.unwrap_or(USER_DEFINED));
    if code.is_none() {
        ascii(keys, VERTICAL_CITATION, &vertical.name);
        short(keys, VERTICAL_DATUM, vertical.datum_epsg.unwrap_or(USER_DEFINED));
        let unit = unit_code(&vertical.axis.unit, UnitKind::Length);
        short(keys, VERTICAL_UNITS, unit.unwrap_or(9001));
    }
    if let Some(compound) = &data.compound {
        ascii(keys, CITATION, &compound.name);
    }
}

fn linear_unit(keys: &mut GeoKeys, code_key: u16, size_key: u16, unit: &Unit) {
    match unit_code(unit, UnitKind::Length) {
        Some(code) => short(keys, code_key, code),
        None => {
            short(keys, code_key, USER_DEFINED);
            double(keys, size_key, unit.factor);
        }
    }
}

fn angular_unit(keys: &mut GeoKeys, unit: &Unit) {
    match unit_code(unit, UnitKind::Angle) {
        Some(9122) => short(keys, ANGULAR_UNITS, 9102),
        Some(code) => short(keys, ANGULAR_UNITS, code),
        None => {
            short(keys, ANGULAR_UNITS, USER_DEFINED);
            double(keys, ANGULAR_UNIT_SIZE, unit.factor);
        }
    }
}

/// The code of a unit, if the registry means the same by it: a definition may state any.
fn unit_code(unit: &Unit, kind: UnitKind) -> Option<u16> {
    let same = |code: &u16| {
        let row = tables::unit(u32::from(*code));
        row.is_some_and(|r| r.kind == kind && r.factor.is_some_and(|f| (f / unit.factor - 1.0).abs() < 1e-9))
    };
    unit.epsg.filter(same)
}

/// The code of a geodetic system, if the registry has one of this form by it.
fn geodetic_code(stated: Option<u32>, form: Form) -> Option<u16> {
    code(stated).filter(|&c| Geodetic::of_epsg(u32::from(c)).is_some_and(|g| g.form == form))
}

/// A code that fits the registry's range of a key.
fn code(code: Option<u32>) -> Option<u16> {
    code.and_then(|c| u16::try_from(c).ok()).filter(|c| (1024..USER_DEFINED).contains(c))
}

fn geodetic_system(keys: &mut GeoKeys, data: &Data, g: &Geodetic) {
    let found = geodetic_code(g.epsg.or_else(|| identify::code(data)), g.form);
    match g.form {
        Form::Geographic2D => {
            short(keys, MODEL_TYPE, 2);
            geodetic(keys, g, found);
        }
        Form::Geographic3D => {
            // GeoTIFF 1.1: the 2D code, and the 3D code in the vertical key
            keys.version = (1, 1, 1);
            short(keys, MODEL_TYPE, 2);
            let flat = tables::geodetics()
                .filter(|row| Some(row.datum) == g.datum.epsg && row.kind == Form::Geographic2D)
                .min_by_key(|row| (row.name != g.name, row.deprecated, row.code));
            match (flat, found) {
                (Some(flat), Some(three)) => {
                    short(keys, GEODETIC_CRS, flat.code);
                    short(keys, VERTICAL, three);
                }
                _ => geodetic(keys, g, None),
            }
        }
        Form::Geocentric => {
            short(keys, MODEL_TYPE, 3);
            ascii(keys, CITATION, &g.name);
            short(keys, LINEAR_UNITS, 9001);
            geodetic(keys, g, None);
        }
    }
}

/// By code with the figure beside it, as GDAL; or in all its parts.
fn geodetic(keys: &mut GeoKeys, g: &Geodetic, found: Option<u16>) {
    let e = &g.datum.ellipsoid;
    let angle = if g.form == Form::Geocentric { &Unit::DEGREE } else { g.unit() };
    angular_unit(keys, angle);
    double(keys, SEMI_MAJOR_AXIS, e.a);
    if e.inverse_flattening() == 0.0 {
        double(keys, SEMI_MINOR_AXIS, e.b());
    } else {
        double(keys, INVERSE_FLATTENING, e.inverse_flattening());
    }
    if let Some(found) = found {
        short(keys, GEODETIC_CRS, found);
        ascii(keys, GEODETIC_CITATION, &g.name);
        return;
    }
    short(keys, GEODETIC_CRS, USER_DEFINED);
    let datum = g.datum.epsg.filter(|&c| Datum::of_epsg(u32::from(c)).is_some());
    short(keys, DATUM, datum.unwrap_or(USER_DEFINED));
    let mut citation = format!("GCS Name = {}|", g.name);
    if datum.is_none() {
        citation += &format!("Datum = {}|Ellipsoid = {}|", g.datum.name, e.name);
        match e.epsg {
            Some(code) => short(keys, ELLIPSOID, code),
            None => short(keys, ELLIPSOID, USER_DEFINED),
        }
        if let Some(values) = g.datum.to_wgs84 {
            keys.set(TO_WGS84, GeoKeyValue::Double(values.to_vec()));
        }
    }
    citation += &format!("Primem = {}|", g.meridian.name);
    ascii(keys, GEODETIC_CITATION, &citation);
    match g.meridian.epsg.filter(|&c| Meridian::of_epsg(u32::from(c)).is_some()) {
        Some(code) => short(keys, PRIME_MERIDIAN, code),
        None => short(keys, PRIME_MERIDIAN, USER_DEFINED),
    }
    double(keys, PRIME_MERIDIAN_LONGITUDE, g.meridian.radians() / angle.factor);
}

fn projected(keys: &mut GeoKeys, data: &Data, p: &Projected) -> Result<(), CrsError> {
    short(keys, MODEL_TYPE, 1);
    ascii(keys, CITATION, &p.name);
    let stated = data.horizontal_epsg().or_else(|| identify::horizontal(data));
    // What the registry has under that code may be no projected system, or nothing: definitions state any.
    let registered = |c: &u16| Data::of_epsg(u32::from(*c)).is_ok_and(|found| found.is_projected());
    if let Some(code) = code(stated).filter(registered) {
        short(keys, PROJECTED_CRS, code);
        ascii(keys, GEODETIC_CITATION, &p.base.name);
        angular_unit(keys, p.base.unit());
        linear_unit(keys, PROJECTED_UNITS, PROJECTED_UNIT_SIZE, p.unit());
        return Ok(());
    }
    geodetic(keys, &p.base, geodetic_code(p.base.epsg, p.base.form));
    linear_unit(keys, PROJECTED_UNITS, PROJECTED_UNIT_SIZE, p.unit());
    short(keys, PROJECTED_CRS, USER_DEFINED);
    match geotiff_method(&p.conversion) {
        Some(method) => {
            short(keys, PROJECTION, USER_DEFINED);
            short(keys, METHOD, method);
            ascii(keys, PROJECTED_CITATION, &p.name);
            parameters(keys, p);
        }
        None => {
            // as GDAL: Esri's words where GeoTIFF has none
            let text = wkt::write_wkt1(data, Dialect::Esri)?;
            short(keys, MODEL_TYPE, USER_DEFINED);
            ascii(keys, PROJECTED_CITATION, &format!("{ESRI_PE}{text}"));
        }
    }
    Ok(())
}

fn geotiff_method(c: &Conversion) -> Option<u16> {
    match c.method.kind {
        Kind::MercatorB => Some(7),
        Kind::PolarB => Some(15),
        // other methods of EPSG, the same formulas
        Kind::TransverseMercator3D => Some(1),
        Kind::LambertBelgium => Some(8),
        Kind::AzimuthalModified => Some(12),
        Kind::EquidistantCylindricalSpherical => Some(17),
        // the standard has no word for the height or the cone axis
        _ => Some(c.method.geotiff).filter(|&code| code != 0),
    }
}

/// Keys of the origin of a method: longitude, latitude, easting, northing, scale.
fn origin_keys(kind: Kind) -> [u16; 5] {
    match kind {
        Kind::Lambert2 => {
            [FALSE_ORIGIN_LONG, FALSE_ORIGIN_LAT, FALSE_ORIGIN_EASTING, FALSE_ORIGIN_NORTHING, 0]
        }
        Kind::PolarA | Kind::PolarB => [
            STRAIGHT_VERTICAL_POLE_LONG,
            NATURAL_ORIGIN_LAT,
            FALSE_EASTING,
            FALSE_NORTHING,
            SCALE_AT_NATURAL_ORIGIN,
        ],
        Kind::HotineA | Kind::HotineB | Kind::Laborde => {
            [CENTER_LONG, CENTER_LAT, FALSE_EASTING, FALSE_NORTHING, SCALE_AT_CENTER]
        }
        Kind::LambertAzimuthal
        | Kind::AzimuthalEquidistant
        | Kind::AzimuthalModified
        | Kind::Gnomonic
        | Kind::Orthographic
        | Kind::Miller
        | Kind::Stereographic
        | Kind::EquidistantCylindrical
        | Kind::EquidistantCylindricalSpherical
        | Kind::Robinson
        | Kind::Sinusoidal
        | Kind::VanDerGrinten => {
            [CENTER_LONG, CENTER_LAT, FALSE_EASTING, FALSE_NORTHING, SCALE_AT_NATURAL_ORIGIN]
        }
        _ => {
            [NATURAL_ORIGIN_LONG, NATURAL_ORIGIN_LAT, FALSE_EASTING, FALSE_NORTHING, SCALE_AT_NATURAL_ORIGIN]
        }
    }
}

fn parameters(keys: &mut GeoKeys, p: &Projected) {
    let c = &p.conversion;
    let kind = c.method.kind;
    let [lon, lat, east, north, scale] = origin_keys(kind);
    let angle = p.base.unit().factor;
    // values that were in the unit of the angles stay as they were written
    let angle_of = |role| {
        let parameter = c.parameter(role)?;
        let same = (parameter.unit.factor - angle).abs() < 1e-17;
        Some(if same { parameter.value } else { parameter.value * parameter.unit.factor / angle })
    };
    let unit = p.unit();
    let mut offsets = false;
    for (role, key) in [(Role::Fe, east), (Role::Fn, north)] {
        if let Some(parameter) = c.parameter(role) {
            let same = parameter.unit.factor == unit.factor;
            let value =
                if same { parameter.value } else { parameter.value * parameter.unit.factor / unit.factor };
            offsets |= value != 0.0;
            double(keys, key, value);
        }
    }
    if offsets && !unit.is_metre() {
        short(keys, OFFSETS_IN_UNIT, 1);
    }
    let latitude = if kind == Kind::PolarB { Role::Lat1 } else { Role::Lat0 };
    for (role, key) in [(Role::Lon0, lon), (latitude, lat)] {
        if let Some(value) = angle_of(role) {
            double(keys, key, value);
        }
    }
    if matches!(kind, Kind::MercatorB | Kind::Miller) {
        double(keys, lat, 0.0);
    }
    if kind != Kind::PolarB
        && let Some(value) = angle_of(Role::Lat1)
    {
        double(keys, STANDARD_PARALLEL_1, value);
    }
    if let Some(value) = angle_of(Role::Lat2) {
        double(keys, STANDARD_PARALLEL_2, value);
    }
    match c.parameter(Role::K) {
        Some(k) if scale != 0 => double(keys, scale, k.value * k.unit.factor),
        None if matches!(kind, Kind::PolarB | Kind::Polyconic) => double(keys, scale, 1.0),
        _ => {}
    }
    // azimuths are in degrees unless key 2060 says otherwise; GDAL writes them in the angular unit
    for (role, key) in [(Role::Azimuth, AZIMUTH_ANGLE), (Role::Rectified, RECTIFIED_GRID_ANGLE)] {
        if let Some(value) = angle_of(role) {
            double(keys, key, value);
        }
    }
    if c.parameter(Role::Azimuth).is_some() && (angle - DEGREE).abs() > 1e-15 {
        short(keys, AZIMUTH_UNITS, p.base.unit().epsg.unwrap_or(9102));
    }
}
