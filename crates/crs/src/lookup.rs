//! From names to the registry: datums, ellipsoids, geographic systems, methods and parameters, in any spelling.

use crate::error::{CrsError, ErrorKind};
use crate::method::{Method, Role, parameter_code, squash, squashes_to};
use crate::model::{Datum, Ellipsoid, Geodetic};
use crate::tables::{self, GeodeticKind};

/// The registered datum of a name, if its ellipsoid is the same.
///
/// Spellings: EPSG's, with underscores, Esri's (`D_...`), with or without "ensemble".
pub(crate) fn datum_by_name(name: &str, ellipsoid: Option<&Ellipsoid>) -> Option<Datum> {
    let wanted = squash(name);
    let plain = wanted.strip_suffix("ensemble").unwrap_or(&wanted);
    if plain.len() < 3 || plain.starts_with("unknown") {
        return None;
    }
    let esri = format!("d{plain}");
    let ensemble = format!("{plain}ensemble");
    let fits = |row: &tables::DatumRow| {
        ellipsoid.is_none_or(|e| Ellipsoid::of_epsg(u32::from(row.ellipsoid)).is_some_and(|own| own.same(e)))
    };
    tables::datums()
        .find(|row| {
            (squashes_to(row.name, plain)
                || squashes_to(row.name, &ensemble)
                || !row.esri.is_empty() && (squashes_to(row.esri, plain) || squashes_to(row.esri, &esri)))
                && fits(row)
        })
        .and_then(|row| Datum::of_epsg(u32::from(row.code)))
        .map(|(datum, _)| datum)
}

/// The registered geographic 2D system of a name, if its ellipsoid is the same.
pub(crate) fn geographic_by_name(name: &str, ellipsoid: &Ellipsoid) -> Option<Geodetic> {
    let wanted = squash(name);
    let esri = format!("gcs{wanted}");
    if wanted.len() < 3 || wanted.starts_with("unknown") {
        return None;
    }
    tables::geodetics()
        .filter(|row| row.kind == GeodeticKind::Geographic2D)
        .filter(|row| {
            squashes_to(row.name, &wanted)
                || !row.esri.is_empty() && (squashes_to(row.esri, &wanted) || squashes_to(row.esri, &esri))
        })
        .filter_map(|row| Geodetic::of_epsg(u32::from(row.code)))
        .find(|g| g.datum.ellipsoid.same(ellipsoid))
}

/// The registered ellipsoid of the same name and figure, or the given one.
pub(crate) fn ellipsoid(given: Ellipsoid) -> Ellipsoid {
    let wanted = squash(&given.name);
    tables::ellipsoids()
        .filter(|row| {
            squashes_to(row.name, &wanted) || !row.esri.is_empty() && squashes_to(row.esri, &wanted)
        })
        .filter_map(|row| Ellipsoid::of_epsg(u32::from(row.code)))
        .find(|e| e.same(&given))
        .unwrap_or(given)
}

/// The registered ellipsoid of the same figure, whatever its name.
pub(crate) fn ellipsoid_of_figure(a: f64, inverse_flattening: f64) -> Option<Ellipsoid> {
    // two that differ from GRS 1980 and WGS 84 by a tenth of a millimetre must not hide them
    [7019, 7030].into_iter().chain(tables::ellipsoids().map(|row| u32::from(row.code))).find_map(|code| {
        let e = Ellipsoid::of_epsg(code)?;
        let same = (e.a - a).abs() < 1e-5 && (e.inverse_flattening() - inverse_flattening).abs() < 1e-7;
        same.then_some(e)
    })
}

/// What a text says about a datum, before the registry is asked.
pub(crate) struct StatedDatum<'a> {
    pub(crate) name: &'a str,
    pub(crate) epsg: Option<u32>,
    pub(crate) ellipsoid: Ellipsoid,
    /// Name and code of the system that it belongs to.
    pub(crate) system: &'a str,
    pub(crate) system_epsg: Option<u32>,
}

/// The registered datum that is meant: by its code, its name, the code or the name of its system; the ellipsoid must be
/// the same. Else a datum of its own.
pub(crate) fn datum(stated: StatedDatum<'_>) -> Datum {
    let same = |d: &Datum| d.ellipsoid.same(&stated.ellipsoid);
    let by_code = || stated.epsg.and_then(Datum::of_epsg).map(|(d, _)| d).filter(same);
    let by_system = || stated.system_epsg.and_then(Geodetic::of_epsg).map(|g| g.datum).filter(same);
    by_code()
        .or_else(|| datum_by_name(stated.name, Some(&stated.ellipsoid)))
        .or_else(by_system)
        .or_else(|| geographic_by_name(stated.system, &stated.ellipsoid).map(|g| g.datum))
        .unwrap_or_else(|| Datum {
            // Esri's prefix is no part of a name
            name: stated.name.strip_prefix("D_").unwrap_or(stated.name).to_owned().into(),
            epsg: None,
            ellipsoid: ellipsoid(stated.ellipsoid.clone()),
            ensemble_accuracy: None,
            to_wgs84: None,
            grids: None,
        })
}

/// The method that a definition means by a code or a name.
///
/// # Errors
/// When this crate computes neither.
pub(crate) fn method(epsg: Option<u32>, name: &str) -> Result<&'static Method, CrsError> {
    let by_code = epsg.and_then(|c| u16::try_from(c).ok()).and_then(Method::of_epsg);
    by_code
        .or_else(|| Method::of_name(name))
        .ok_or_else(|| CrsError::new(ErrorKind::Unsupported, format!("the method \"{name}\"")))
}

/// The role of a parameter in a method, by its code or its name.
pub(crate) fn role(method: &Method, epsg: Option<u32>, name: &str) -> Option<Role> {
    let code = epsg.and_then(|c| u16::try_from(c).ok()).or_else(|| parameter_code(name));
    code.and_then(|c| method.role_of(c)).or_else(|| Role::of_name(name))
}
