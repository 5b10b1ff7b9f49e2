//! From GeoKeys to a coordinate system, as leniently as GDAL and libgeotiff.

use std::borrow::Cow;

use super::GeoKeys;
use super::key::*;
use crate::error::{CrsError, ErrorKind, Location};
use crate::lookup::{self, StatedDatum};
use crate::method::{Kind, Method, Role};
use crate::model::{
    AreaOfUse, Axis, Compound, Conversion, CrsKind, DEGREE, Data, Datum, Direction, Ellipsoid, Form,
    Geodetic, Horizontal, Local, Meridian, Projected, Shape, Unit, Vertical,
};
use crate::projection;
use crate::tables::{self, UnitKind};

/// What GDAL puts before Esri's WKT1 where GeoTIFF has no words for a projection.
pub(super) const ESRI_PE: &str = "ESRI PE String = ";

/// Reads a whole directory of keys.
pub(crate) fn read(keys: &GeoKeys) -> Result<Data, CrsError> {
    let model = keys.short(MODEL_TYPE);
    let projected =
        model == Some(1) || model != Some(2) && model != Some(3) && keys.code(PROJECTED_CRS).is_some();
    if projected {
        let (horizontal, area) = self::projected(keys)?;
        return with_vertical(keys, Data::of_horizontal(horizontal, area));
    }
    match model {
        Some(2 | 3) => with_vertical(keys, geodetic_system(keys, model == Some(3))?),
        _ => {
            if let Some(crs) = esri_string(keys) {
                return crs;
            }
            if keys.short(GEODETIC_CRS).is_some() && model.is_none() {
                return with_vertical(keys, geodetic_system(keys, false)?);
            }
            local(keys)
        }
    }
}

/// The code that replaces a deprecated one: GDAL reads GeoTIFFs so, and writes them so.
fn current(code: u32) -> u32 {
    tables::successor(code).unwrap_or(code)
}

fn bad(key: u16, what: impl Into<String>) -> CrsError {
    CrsError::new(ErrorKind::Invalid, what).at(Location::Key(key))
}

/// The definition in a citation, which wins where GDAL wrote one.
fn esri_string(keys: &GeoKeys) -> Option<Result<Data, CrsError>> {
    let found = [PROJECTED_CITATION, CITATION].into_iter().find_map(|key| {
        let text = keys.text(key)?;
        let start = text.find(ESRI_PE)?;
        Some((key, text[start + ESRI_PE.len()..].trim_end_matches('|')))
    });
    let (key, text) = found?;
    let read =
        crate::wkt::read(text).map_err(|e| CrsError::new(e.kind(), e.to_string()).at(Location::Key(key)));
    // the code beside it wins if it is one that Esri's text could not say
    match (read, keys.code(PROJECTED_CRS).map(Data::of_epsg)) {
        (_, Some(Ok(crs))) => Some(Ok(crs)),
        (read, _) => Some(read),
    }
}

fn local(keys: &GeoKeys) -> Result<Data, CrsError> {
    let citation = keys.text(PROJECTED_CITATION).or(keys.text(CITATION));
    let Some(name) = citation else {
        return Err(CrsError::new(ErrorKind::Malformed, "no model type, no code and no citation")
            .at(Location::Key(MODEL_TYPE)));
    };
    let unit = linear_unit(keys, PROJECTED_UNITS, PROJECTED_UNIT_SIZE)?.unwrap_or(Unit::METRE);
    let local = Local { name: Cow::Owned(name.trim_end_matches('|').to_owned()), unit };
    Ok(Data::of_horizontal(Horizontal::Local(local), None))
}

/// A unit of length by code, or by its size.
fn linear_unit(keys: &GeoKeys, code_key: u16, size_key: u16) -> Result<Option<Unit>, CrsError> {
    match keys.short(code_key) {
        None | Some(0) => Ok(None),
        Some(USER_DEFINED) => match keys.number(size_key) {
            Some(size) if Unit::is_possible(size, UnitKind::Length) => {
                let name = part(keys, "LUnits").unwrap_or("unknown");
                Ok(Some(Unit::of_factor(name, size, UnitKind::Length)))
            }
            _ => Err(bad(size_key, "a user-defined unit of length without a size")),
        },
        Some(code) => match tables::unit(u32::from(code)) {
            Some(row) if row.kind == UnitKind::Length => Ok(Unit::of_epsg(u32::from(code))),
            _ => Err(bad(code_key, format!("{code} is no unit of length"))),
        },
    }
}

fn angular_unit(keys: &GeoKeys, code_key: u16) -> Result<Unit, CrsError> {
    match keys.short(code_key) {
        None | Some(0 | USER_DEFINED) => match keys.number(ANGULAR_UNIT_SIZE) {
            Some(size) if Unit::is_possible(size, UnitKind::Angle) => {
                Ok(Unit::of_factor("unknown", size, UnitKind::Angle))
            }
            Some(_) => Err(bad(ANGULAR_UNIT_SIZE, "the size of an angular unit must be positive")),
            None => Ok(Unit::DEGREE),
        },
        Some(code) => match Unit::of_epsg(u32::from(code)) {
            Some(unit) if tables::unit(u32::from(code)).is_some_and(|r| r.kind == UnitKind::Angle) => {
                Ok(if unit.factor == DEGREE { Unit::DEGREE } else { unit })
            }
            // sexagesimal numbers are decimal degrees in every file that was ever seen
            _ if matches!(code, 9107 | 9108 | 9110 | 9111 | 9115..=9121) => Ok(Unit::DEGREE),
            _ => Err(bad(code_key, format!("{code} is no angular unit"))),
        },
    }
}

/// `name` of "GCS Name = ..|Datum = ..|Ellipsoid = ..|Primem = ..|" in a citation.
fn part<'a>(keys: &'a GeoKeys, name: &str) -> Option<&'a str> {
    [GEODETIC_CITATION, PROJECTED_CITATION, CITATION].into_iter().find_map(|key| {
        keys.text(key)?.split('|').find_map(|piece| {
            let (left, right) = piece.split_once('=')?;
            (left.trim() == name).then(|| right.trim()).filter(|v| !v.is_empty())
        })
    })
}

fn plain_citation(keys: &GeoKeys, key: u16) -> Option<&str> {
    let text = keys.text(key)?.trim_end_matches('|');
    (!text.contains(" = ") && !text.is_empty()).then_some(text)
}

fn geodetic_system(keys: &GeoKeys, geocentric: bool) -> Result<Data, CrsError> {
    // GeoTIFF 1.1: a geographic 3D system is its 2D code and its own code as the vertical one
    let three = keys.code(VERTICAL).and_then(tables::geodetic);
    if let (false, Some(row)) = (geocentric, three) {
        return Data::of_epsg(current(u32::from(row.code)));
    }
    let geodetic = geodetic(keys, geocentric)?;
    if let Some(Ok(crs)) = geodetic.epsg.map(Data::of_epsg) {
        return Ok(crs);
    }
    Ok(Data::of_horizontal(Horizontal::Geodetic(Box::new(geodetic)), None))
}

/// The geodetic system, by code or from its parts.
fn geodetic(keys: &GeoKeys, geocentric: bool) -> Result<Geodetic, CrsError> {
    if let Some(code) = keys.code(GEODETIC_CRS) {
        if let Some(geodetic) = Geodetic::of_epsg(current(code)).or_else(|| Geodetic::of_epsg(code)) {
            return Ok(geodetic);
        }
        if keys.short(DATUM).is_none() && keys.number(SEMI_MAJOR_AXIS).is_none() {
            let what = format!("no geodetic system has the code {code}");
            return Err(CrsError::new(ErrorKind::UnknownCode, what).at(Location::Key(GEODETIC_CRS)));
        }
    }
    let name = part(keys, "GCS Name")
        .or(plain_citation(keys, GEODETIC_CITATION))
        .or(if geocentric { plain_citation(keys, CITATION) } else { None })
        .unwrap_or("unknown");
    let unit = angular_unit(keys, ANGULAR_UNITS)?;
    let ellipsoid = ellipsoid(keys)?;
    let known = match keys.code(DATUM) {
        Some(code) => Some(Datum::of_epsg(code).ok_or_else(|| {
            CrsError::new(ErrorKind::UnknownCode, format!("no datum has the code {code}"))
                .at(Location::Key(DATUM))
        })?),
        None => None,
    };
    let (datum, own_meridian) = match (known, ellipsoid) {
        (Some((datum, meridian)), _) => (datum, Some(meridian)),
        (None, ellipsoid) => {
            let figure = ellipsoid
                .or_else(|| Ellipsoid::of_epsg(7030))
                .ok_or_else(|| bad(ELLIPSOID, "no ellipsoid"))?;
            let stated = StatedDatum {
                name: part(keys, "Datum").unwrap_or("unknown"),
                epsg: None,
                ellipsoid: figure,
                system: name,
                system_epsg: None,
            };
            let mut datum = lookup::datum(stated);
            datum.to_wgs84 = to_wgs84(keys).filter(|_| datum.epsg.is_none());
            (datum, None)
        }
    };
    let meridian = meridian(keys, &unit)?.or(own_meridian).unwrap_or(Meridian::GREENWICH);
    let (form, axes) = if geocentric {
        (Form::Geocentric, Axis::geocentric())
    } else {
        (Form::Geographic2D, Axis::geographic(&unit, false))
    };
    let geodetic = Geodetic { name: Cow::Owned(name.to_owned()), epsg: None, form, datum, meridian, axes };
    Ok(recognised(geodetic))
}

/// The registered system of the same name (or, without one, of the same datum), if it means the same.
fn recognised(geodetic: Geodetic) -> Geodetic {
    let Some(datum) = geodetic.datum.epsg else { return geodetic };
    let mut found = tables::geodetics().filter(|row| {
        row.datum == datum
            && row.kind == geodetic.form
            && geodetic.form == Form::Geocentric
            && !row.deprecated
    });
    match (found.next(), found.next()) {
        (Some(row), None) => Geodetic::of_epsg(u32::from(row.code)).unwrap_or(geodetic),
        _ => geodetic,
    }
}

/// An ellipsoid by code, or by its axes; none if neither is there.
fn ellipsoid(keys: &GeoKeys) -> Result<Option<Ellipsoid>, CrsError> {
    if let Some(known) = keys.code(ELLIPSOID).and_then(Ellipsoid::of_epsg) {
        return Ok(Some(known));
    }
    let Some(a) = keys.number(SEMI_MAJOR_AXIS) else { return Ok(None) };
    let unit = linear_unit(keys, LINEAR_UNITS, LINEAR_UNIT_SIZE)?.unwrap_or(Unit::METRE);
    let a = a * unit.factor;
    let shape = match (keys.number(INVERSE_FLATTENING), keys.number(SEMI_MINOR_AXIS)) {
        (Some(rf), _) if rf != 0.0 && rf.is_finite() => Shape::InverseFlattening(rf),
        (_, Some(b)) if b > 0.0 && b * unit.factor != a => Shape::SemiMinorAxis(b * unit.factor),
        _ => Shape::InverseFlattening(0.0),
    };
    let name = part(keys, "Ellipsoid").unwrap_or("unknown").to_owned();
    let given = Ellipsoid { name: Cow::Owned(name), epsg: None, a, shape };
    let given = given.checked().map_err(|e| e.at(Location::Key(SEMI_MAJOR_AXIS)))?;
    let known = lookup::ellipsoid_of_figure(given.a, given.inverse_flattening());
    Ok(Some(known.unwrap_or(given)))
}

fn meridian(keys: &GeoKeys, unit: &Unit) -> Result<Option<Meridian>, CrsError> {
    if let Some(code) = keys.code(PRIME_MERIDIAN) {
        let what = || CrsError::new(ErrorKind::UnknownCode, format!("no prime meridian has the code {code}"));
        return Meridian::of_epsg(code).map(Some).ok_or_else(|| what().at(Location::Key(PRIME_MERIDIAN)));
    }
    let Some(longitude) = keys.number(PRIME_MERIDIAN_LONGITUDE) else { return Ok(None) };
    let degrees = longitude * unit.factor / DEGREE;
    let found = Meridian::of_degrees(part(keys, "Primem").unwrap_or("unknown"), degrees);
    if !found.is_on_the_globe() {
        return Err(bad(PRIME_MERIDIAN_LONGITUDE, "a prime meridian beyond the globe"));
    }
    Ok(Some(found))
}

fn to_wgs84(keys: &GeoKeys) -> Option<[f64; 7]> {
    match keys.get(TO_WGS84)? {
        super::GeoKeyValue::Double(v) if matches!(v.len(), 3 | 7) && v.iter().all(|v| v.is_finite()) => {
            let mut out = [0.0; 7];
            out[..v.len()].copy_from_slice(v);
            Some(out)
        }
        _ => None,
    }
}

type WithArea = (Horizontal, Option<AreaOfUse>);

fn projected(keys: &GeoKeys) -> Result<WithArea, CrsError> {
    if let Some(code) = keys.code(PROJECTED_CRS) {
        match Data::of_epsg(current(code)).or_else(|_| Data::of_epsg(code)) {
            Ok(crs) if crs.is_projected() => return with_unit(keys, crs),
            Ok(_) => return Err(bad(PROJECTED_CRS, format!("EPSG:{code} is not projected"))),
            Err(e) if keys.short(METHOD).is_none() && keys.code(PROJECTION).is_none() => {
                return Err(CrsError::new(e.kind(), e.to_string()).at(Location::Key(PROJECTED_CRS)));
            }
            Err(_) => {}
        }
    }
    if let Some(crs) = esri_string(keys) {
        let crs = crs?;
        return Ok((crs.horizontal, None));
    }
    let base = geodetic(keys, false)?;
    let unit = linear_unit(keys, PROJECTED_UNITS, PROJECTED_UNIT_SIZE)?.unwrap_or(Unit::METRE);
    let conversion = match keys.code(PROJECTION) {
        Some(code) => Conversion::of_epsg(code)
            .map_err(|e| CrsError::new(e.kind(), e.to_string()).at(Location::Key(PROJECTION)))?,
        None => conversion(keys, &base, &unit)?,
    };
    projection::projection(&conversion, base.datum.ellipsoid.spheroid())
        .map_err(|e| e.at(Location::Key(METHOD)))?;
    let axes = match conversion.method.kind {
        Kind::TransverseMercatorSouth => vec![
            Axis::new("Westing", "Y", Direction::West, &unit),
            Axis::new("Southing", "X", Direction::South, &unit),
        ],
        _ => Axis::projected(&unit),
    };
    let name = part(keys, "PCS Name")
        .or(plain_citation(keys, PROJECTED_CITATION))
        .or(plain_citation(keys, CITATION))
        .unwrap_or("unknown");
    let projected = Projected { name: Cow::Owned(name.to_owned()), epsg: None, base, conversion, axes };
    Ok((Horizontal::Projected(Box::new(projected)), None))
}

/// A registered system whose unit the file overrides: easting and northing count in the other unit.
fn with_unit(keys: &GeoKeys, data: Data) -> Result<WithArea, CrsError> {
    let stated = linear_unit(keys, PROJECTED_UNITS, PROJECTED_UNIT_SIZE)?;
    let mut horizontal = data.horizontal;
    if let (Horizontal::Projected(p), Some(unit)) = (&mut horizontal, stated)
        && (unit.factor / p.unit().factor - 1.0).abs() > 1e-9
    {
        p.axes.iter_mut().for_each(|a| a.unit = unit.clone());
        p.epsg = None;
    }
    Ok((horizontal, data.area))
}

/// The kind of a GeoTIFF coordinate transformation code.
fn kind(keys: &GeoKeys, code: u16, angle: &Unit) -> Option<Kind> {
    let lat0 = keys.number(NATURAL_ORIGIN_LAT).map(|v| v * angle.factor);
    let pole = lat0.is_some_and(|v| (v.abs() - std::f64::consts::FRAC_PI_2).abs() < 1e-9);
    Some(match code {
        5 => Kind::HotineB,
        7 if keys.number(STANDARD_PARALLEL_1).is_some_and(|v| v != 0.0) => Kind::MercatorB,
        15 if !pole && keys.number(NATURAL_ORIGIN_LAT).is_some() => Kind::PolarB,
        _ => Method::of_geotiff(code)?.kind,
    })
}

fn conversion(keys: &GeoKeys, base: &Geodetic, length: &Unit) -> Result<Conversion, CrsError> {
    let code = keys
        .short(METHOD)
        .ok_or_else(|| bad(METHOD, "a projected system without code and without method"))?;
    let angle = match keys.short(ANGULAR_UNITS) {
        // the base has the unit where the keys do not say it
        None => base.unit().clone(),
        Some(_) => angular_unit(keys, ANGULAR_UNITS)?,
    };
    let kind = kind(keys, code, &angle).ok_or_else(|| {
        CrsError::new(ErrorKind::Unsupported, format!("the projection method {code}"))
            .at(Location::Key(METHOD))
    })?;
    let azimuth = match keys.short(AZIMUTH_UNITS) {
        Some(_) => angular_unit(keys, AZIMUTH_UNITS)?,
        None => angle.clone(),
    };
    let first = |list: &[u16]| list.iter().find_map(|&k| keys.number(k));
    let quarter = std::f64::consts::FRAC_PI_2 / azimuth.factor;
    let lon0 = if matches!(kind, Kind::PolarA | Kind::PolarB) {
        first(&[STRAIGHT_VERTICAL_POLE_LONG, NATURAL_ORIGIN_LONG, FALSE_ORIGIN_LONG, CENTER_LONG])
    } else {
        first(&[NATURAL_ORIGIN_LONG, FALSE_ORIGIN_LONG, CENTER_LONG])
    };
    let latitude = first(&[NATURAL_ORIGIN_LAT, FALSE_ORIGIN_LAT, CENTER_LAT]);
    let parallel = if kind == Kind::PolarB { latitude } else { keys.number(STANDARD_PARALLEL_1) };
    let found = [
        (Role::Lat0, latitude, &angle),
        (Role::Lon0, lon0, &angle),
        (Role::Lat1, parallel, &angle),
        (Role::Lat2, keys.number(STANDARD_PARALLEL_2), &angle),
        (Role::K, first(&[SCALE_AT_NATURAL_ORIGIN, SCALE_AT_CENTER]), &Unit::UNITY),
        (Role::Fe, first(&[FALSE_EASTING, CENTER_EASTING, FALSE_ORIGIN_EASTING]), length),
        (Role::Fn, first(&[FALSE_NORTHING, CENTER_NORTHING, FALSE_ORIGIN_NORTHING]), length),
        (Role::Azimuth, keys.number(AZIMUTH_ANGLE).or((code == 5).then_some(quarter)), &azimuth),
        (Role::Rectified, keys.number(RECTIFIED_GRID_ANGLE).or(Some(quarter)), &azimuth),
    ];
    let values: Vec<(Role, f64, Unit)> =
        found.into_iter().filter_map(|(role, value, unit)| Some((role, value?, unit.clone()))).collect();
    Ok(Conversion::new(Cow::Borrowed("unnamed"), kind, &values))
}

/// Adds the vertical keys, if there are any that mean something.
fn with_vertical(keys: &GeoKeys, crs: Data) -> Result<Data, CrsError> {
    // Heights above the WGS 84 ellipsoid, as GeoTIFF 1.0 states them: a 3D system. Of projected ones there are none here.
    let ellipsoidal = match keys.short(VERTICAL) {
        Some(5030) => true,
        Some(USER_DEFINED) => keys.short(VERTICAL_DATUM) == Some(6030),
        _ => false,
    };
    if ellipsoidal {
        return if crs.epsg() == Some(4326) { Data::of_epsg(4979) } else { Ok(crs) };
    }
    let vertical = match keys.short(VERTICAL) {
        None | Some(0) => return Ok(crs),
        Some(USER_DEFINED) => user_vertical(keys)?,
        Some(code) => match registered_vertical(keys, u32::from(code)) {
            Some(vertical) => vertical,
            // a 3D code was used before; old files have ellipsoids here, and private codes mean nothing to us
            None if crs.kind() == CrsKind::Geographic3D || code > 32767 || (5001..=5033).contains(&code) => {
                return Ok(crs);
            }
            None => {
                let what = format!("no vertical system has the code {code}");
                return Err(CrsError::new(ErrorKind::UnknownCode, what).at(Location::Key(VERTICAL)));
            }
        },
    };
    let codes = (crs.epsg(), vertical.epsg);
    if let (Some(h), Some(v)) = codes {
        let same = |row: &tables::CompoundRow| u32::from(row.horizontal) == h && u32::from(row.vertical) == v;
        let stated = plain_citation(keys, CITATION);
        let named = tables::compounds().find(|row| same(row) && stated == Some(row.name));
        if let Some(row) = named.or_else(|| tables::compounds().find(same)) {
            return Data::of_epsg(u32::from(row.code));
        }
    }
    let name = match plain_citation(keys, CITATION) {
        Some(name) => name.to_owned(),
        None => format!("{} + {}", crs.name(), vertical.name),
    };
    let compound = Some(Compound { name: Cow::Owned(name), epsg: None });
    Ok(Data { vertical: Some(vertical), compound, ..crs })
}

/// Codes of GeoTIFF 1.0 that are datums stand for the system 600 above.
fn registered_vertical(keys: &GeoKeys, code: u32) -> Option<Vertical> {
    let code = match code {
        5101..=5112 if keys.version.2 == 0 => code + 600,
        5171 if keys.version.2 == 0 => 5773,
        _ => code,
    };
    Vertical::of_epsg(code)
}

fn user_vertical(keys: &GeoKeys) -> Result<Vertical, CrsError> {
    let unit = linear_unit(keys, VERTICAL_UNITS, VERTICAL_UNITS)?.unwrap_or(Unit::METRE);
    let name = plain_citation(keys, VERTICAL_CITATION).unwrap_or("unknown").to_owned();
    let datum_epsg = keys.code(VERTICAL_DATUM).and_then(|c| u16::try_from(c).ok());
    let datum = datum_epsg.and_then(|c| tables::vertical_datum(u32::from(c))).unwrap_or("unknown");
    Ok(Vertical {
        name: Cow::Owned(name),
        epsg: None,
        datum: Cow::Borrowed(datum),
        datum_epsg,
        axis: Axis::new("Gravity-related height", "H", Direction::Up, &unit),
    })
}
