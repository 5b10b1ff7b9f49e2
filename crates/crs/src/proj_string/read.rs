//! From a PROJ string to a coordinate system.

use std::borrow::Cow;

use super::names::{DATUMS, ELLIPSOIDS, MERIDIANS, OTHER_ELLIPSOIDS, UNITS};
use crate::error::{CrsError, ErrorKind, Location};
use crate::lookup;
use crate::method::{Kind, Role};
use crate::model::{
    Axis, Conversion, DEGREE, Data, Datum, Direction, Ellipsoid, Form, Geodetic, Horizontal, Meridian,
    Projected, Shape, Unit,
};
use crate::projection;
use crate::tables::UnitKind;

/// Words of a PROJ string with their places.
struct Words<'a> {
    list: Vec<(&'a str, &'a str, usize)>,
}

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Self {
        let start = text.as_ptr() as usize;
        let list = text
            .split_whitespace()
            .map(|word| {
                let at = word.as_ptr() as usize - start;
                let (key, value) = word
                    .trim_start_matches('+')
                    .split_once('=')
                    .unwrap_or((word.trim_start_matches('+'), ""));
                (key, value, at)
            })
            .collect();
        Self { list }
    }

    fn find(&self, key: &str) -> Option<(&'a str, usize)> {
        self.list.iter().find(|w| w.0 == key).map(|w| (w.1, w.2))
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        self.find(key).map(|w| w.0)
    }

    fn number(&self, key: &str) -> Result<Option<f64>, CrsError> {
        let Some((value, at)) = self.find(key) else { return Ok(None) };
        match value.parse::<f64>() {
            Ok(v) if v.is_finite() => Ok(Some(v)),
            _ => Err(wrong(at, format!("+{key} must be a number"))),
        }
    }

    /// Degrees, decimal or as `12d30'15"E`.
    fn angle(&self, key: &str) -> Result<Option<f64>, CrsError> {
        let Some((value, at)) = self.find(key) else { return Ok(None) };
        let error = || wrong(at, format!("+{key} must be an angle"));
        if let Ok(v) = value.parse::<f64>() {
            return if v.is_finite() { Ok(Some(v)) } else { Err(error()) };
        }
        let (body, flip) = match value.char_indices().next_back() {
            Some((i, 'W' | 'w' | 'S' | 's')) => (&value[..i], -1.0),
            Some((i, 'E' | 'e' | 'N' | 'n')) => (&value[..i], 1.0),
            Some((i, 'r')) => {
                let radians: f64 = value[..i].parse().map_err(|_| error())?;
                return Ok(Some(radians / DEGREE));
            }
            _ => (value, 1.0),
        };
        let (sign, body) = body.strip_prefix('-').map_or((flip, body), |rest| (-flip, rest));
        let mut total = 0.0;
        let mut rest = body;
        for (mark, scale) in [('d', 1.0), ('\'', 60.0), ('"', 3600.0)] {
            let piece = match rest.split_once(mark) {
                Some((piece, tail)) => {
                    rest = tail;
                    piece
                }
                None => std::mem::take(&mut rest),
            };
            if !piece.is_empty() {
                total += piece.parse::<f64>().map_err(|_| error())? / scale;
            }
        }
        if rest.is_empty() && total.is_finite() { Ok(Some(sign * total)) } else { Err(error()) }
    }
}

fn wrong(at: usize, what: impl Into<String>) -> CrsError {
    CrsError::new(ErrorKind::Malformed, format!("PROJ string: {}", what.into())).at(Location::Offset(at))
}

/// Reads a PROJ string that defines a coordinate system.
pub(crate) fn read(text: &str) -> Result<Data, CrsError> {
    let words = Words::of(text);
    if let Some((init, at)) = words.find("init") {
        let code = init.to_ascii_lowercase().strip_prefix("epsg:").and_then(|c| c.parse().ok());
        return Data::of_epsg(code.ok_or_else(|| wrong(at, "+init must be epsg:code"))?);
    }
    let (proj, at) = words.find("proj").ok_or_else(|| wrong(0, "+proj is missing"))?;
    if proj == "pipeline" {
        return Err(wrong(at, "a pipeline is an operation, not a coordinate system"));
    }
    let base = geodetic(&words)?;
    if matches!(proj, "longlat" | "latlong" | "lonlat" | "latlon") {
        return Ok(Data::of_horizontal(Horizontal::Geodetic(Box::new(base)), None));
    }
    if proj == "geocent" {
        let geodetic = Geodetic { form: Form::Geocentric, axes: Axis::geocentric(), ..base };
        return Ok(Data::of_horizontal(Horizontal::Geodetic(Box::new(geodetic)), None));
    }
    let unit = unit(&words)?;
    let (kind, mut values) = method(&words, proj, at)?;
    // PROJ's offsets are in metres whatever the unit is
    for (role, key) in [(Role::Fe, "x_0"), (Role::Fn, "y_0")] {
        if let Some(metres) = words.number(key)? {
            values.retain(|v| v.0 != role);
            values.push((role, metres / unit.factor, unit.clone()));
        }
    }
    let conversion = Conversion::new(Cow::Borrowed("unknown"), kind, &values);
    projection::projection(&conversion, base.datum.ellipsoid.spheroid())
        .map_err(|e| e.at(Location::Offset(at)))?;
    let axes = match words.text("axis") {
        None | Some("enu") => Axis::projected(&unit),
        Some(order) if order.len() < 2 => return Err(wrong(0, "+axis must have two letters or three")),
        Some(order) => order
            .chars()
            .take(2)
            .map(|c| match c {
                'e' => Ok(Axis::new("Easting", "E", Direction::East, &unit)),
                'n' => Ok(Axis::new("Northing", "N", Direction::North, &unit)),
                'w' => Ok(Axis::new("Westing", "W", Direction::West, &unit)),
                's' => Ok(Axis::new("Southing", "S", Direction::South, &unit)),
                _ => Err(wrong(0, "+axis has an unknown letter")),
            })
            .collect::<Result<_, _>>()?,
    };
    let projected = Projected { name: Cow::Borrowed("unknown"), epsg: None, base, conversion, axes };
    Ok(Data::of_horizontal(Horizontal::Projected(Box::new(projected)), None))
}

fn unit(words: &Words<'_>) -> Result<Unit, CrsError> {
    if let Some((name, at)) = words.find("units") {
        let code = UNITS.iter().find(|u| u.0 == name).map(|u| u32::from(u.1));
        return code.and_then(Unit::of_epsg).ok_or_else(|| wrong(at, format!("unknown unit \"{name}\"")));
    }
    match words.number("to_meter")? {
        Some(factor) if Unit::is_possible(factor, UnitKind::Length) => {
            Ok(Unit::of_factor("unknown", factor, UnitKind::Length))
        }
        Some(_) => Err(wrong(0, "+to_meter must be positive")),
        None => Ok(Unit::METRE),
    }
}

fn geodetic(words: &Words<'_>) -> Result<Geodetic, CrsError> {
    let meridian = match words.find("pm") {
        Some((name, at)) => {
            let found = match MERIDIANS.iter().find(|m| m.0 == name).and_then(|m| Meridian::of_epsg(m.1)) {
                Some(meridian) => meridian,
                None => Meridian::of_degrees("unknown", words.angle("pm")?.unwrap_or(0.0)),
            };
            if !found.is_on_the_globe() {
                return Err(wrong(at, "a prime meridian beyond the globe"));
            }
            found
        }
        None => Meridian::GREENWICH,
    };
    let to_wgs84 = match words.find("towgs84") {
        Some((list, at)) => {
            let values: Vec<f64> =
                list.split(',').filter_map(|v| v.parse().ok()).filter(|v: &f64| v.is_finite()).collect();
            let mut out = [0.0; 7];
            if !(values.len() == 3 || values.len() == 7) || list.split(',').count() != values.len() {
                return Err(wrong(at, "+towgs84 must have three or seven numbers"));
            }
            out[..values.len()].copy_from_slice(&values);
            Some(out)
        }
        None => None,
    };
    let named = words.find("datum");
    if let Some(sphere) = sphere_of(words)? {
        let name = format!("Unknown based on {} ellipsoid", sphere.name);
        let datum = Datum { name: Cow::Owned(name), ellipsoid: sphere, to_wgs84, ..Datum::unknown() };
        return Ok(geographic(datum, meridian));
    }
    let datum = match named {
        Some((name, at)) => {
            let code = DATUMS.iter().find(|d| d.0 == name).map(|d| d.1);
            let found = code.and_then(Datum::of_epsg);
            found.ok_or_else(|| wrong(at, format!("unknown datum \"{name}\"")))?.0
        }
        // PROJ's default
        None if ["ellps", "a", "R"].iter().all(|key| words.find(key).is_none()) && to_wgs84.is_none() => {
            Datum::of_epsg(6326).ok_or_else(|| wrong(0, "no datum"))?.0
        }
        None => {
            let ellipsoid = ellipsoid(words)?;
            let name = format!("Unknown based on {} ellipsoid", ellipsoid.name);
            Datum { name: Cow::Owned(name), ellipsoid, to_wgs84, ..Datum::unknown() }
        }
    };
    let datum = match shift_grids(words) {
        Some(grids) if datum.epsg.is_none() || named.is_some() => {
            let name = Cow::Owned(format!(
                "Unknown based on {} ellipsoid using nadgrids={grids}",
                datum.ellipsoid.name
            ));
            Datum { name, grids: Some(grids), epsg: None, ensemble_accuracy: None, to_wgs84: None, ..datum }
        }
        _ => datum,
    };
    // WGS 84 by another name
    let datum = match (datum.epsg, datum.to_wgs84) {
        (None, Some(v)) if v == [0.0; 7] && datum.ellipsoid.epsg == Some(7030) => {
            Datum::of_epsg(6326).map_or(datum, |(d, _)| d)
        }
        _ => datum,
    };
    Ok(geographic(datum, meridian))
}

fn geographic(datum: Datum, meridian: Meridian) -> Geodetic {
    let mut axes = Axis::geographic(&Unit::DEGREE, false);
    axes.reverse();
    Geodetic { name: Cow::Borrowed("unknown"), epsg: None, form: Form::Geographic2D, datum, meridian, axes }
}

/// The files of `+nadgrids` and `+geoidgrids`, comma-separated, `@` before those that may be missing; none where no file is
/// meant (`@null`).
fn shift_grids(words: &Words<'_>) -> Option<String> {
    let list = ["nadgrids", "geoidgrids"].into_iter().filter_map(|key| words.text(key));
    let names: Vec<&str> = list.flat_map(|l| l.split(',')).filter(|n| !n.is_empty()).collect();
    let named = names.iter().any(|n| n.trim_start_matches('@') != "null");
    named.then(|| names.join(","))
}

/// The sphere that stands for the ellipsoid: `+R_A` (same area), `+R_V` (same volume), means of the axes, and radii at a latitude.
fn sphere_of(words: &Words<'_>) -> Result<Option<Ellipsoid>, CrsError> {
    const KEYS: [&str; 7] = ["R_A", "R_V", "R_a", "R_g", "R_h", "R_lat_a", "R_lat_g"];
    let Some(key) = KEYS.into_iter().find(|key| words.find(key).is_some()) else { return Ok(None) };
    let of = match words.text("datum").and_then(|name| DATUMS.iter().find(|d| d.0 == name)) {
        Some((_, code)) => match Datum::of_epsg(*code) {
            Some((datum, _)) => datum.ellipsoid,
            None => ellipsoid(words)?,
        },
        None => ellipsoid(words)?,
    };
    let (s, b) = (of.spheroid(), of.b());
    let at = words.angle(key)?.unwrap_or(0.0).to_radians();
    if at.abs() >= std::f64::consts::FRAC_PI_2 {
        return Err(wrong(0, format!("+{key} must be below the poles")));
    }
    let w2 = 1.0 - s.e2 * libm::sin(at) * libm::sin(at);
    let nu = s.a / w2.sqrt();
    let rho = nu * (1.0 - s.e2) / w2;
    let radius = match key {
        "R_A" => s.a * (0.5 * s.qp()).sqrt(),
        "R_V" => libm::cbrt(s.a * s.a * b),
        "R_a" => 0.5 * (s.a + b),
        "R_g" => (s.a * b).sqrt(),
        "R_h" => 2.0 * s.a * b / (s.a + b),
        "R_lat_a" => 0.5 * (nu + rho),
        _ => (nu * rho).sqrt(),
    };
    let shape = Shape::InverseFlattening(0.0);
    Ok(Some(Ellipsoid { name: Cow::Borrowed("unknown"), epsg: None, a: radius, shape }))
}

fn ellipsoid(words: &Words<'_>) -> Result<Ellipsoid, CrsError> {
    if let Some((name, at)) = words.find("ellps") {
        if let Some((_, a, second)) = OTHER_ELLIPSOIDS.iter().find(|e| e.0 == name) {
            let shape = if second == a {
                Shape::InverseFlattening(0.0)
            } else if *second > 1000.0 {
                Shape::SemiMinorAxis(*second)
            } else {
                Shape::InverseFlattening(*second)
            };
            let name = if name == "sphere" { "Normal Sphere (r=6370997)" } else { name };
            return Ok(Ellipsoid { name: Cow::Owned(name.to_owned()), epsg: None, a: *a, shape });
        }
        let code = ELLIPSOIDS.iter().find(|e| e.0 == name).map(|e| e.1);
        return code
            .and_then(Ellipsoid::of_epsg)
            .ok_or_else(|| wrong(at, format!("unknown ellipsoid \"{name}\"")));
    }
    let (a, shape) = if let Some(r) = words.number("R")? {
        (r, Shape::InverseFlattening(0.0))
    } else if let Some(a) = words.number("a")? {
        let shape = match (words.number("rf")?, words.number("f")?, words.number("b")?) {
            (Some(rf), ..) => Shape::InverseFlattening(rf),
            (_, Some(f), _) => Shape::InverseFlattening(if f == 0.0 { 0.0 } else { 1.0 / f }),
            (.., Some(b)) => Shape::SemiMinorAxis(b),
            _ => Shape::InverseFlattening(0.0),
        };
        (a, shape)
    } else {
        return Ellipsoid::of_epsg(7030).ok_or_else(|| wrong(0, "no ellipsoid"));
    };
    let given = Ellipsoid { name: Cow::Borrowed("unknown"), epsg: None, a, shape };

    let given = given.checked().map_err(|e| e.at(Location::Offset(0)))?;
    Ok(lookup::ellipsoid_of_figure(given.a, given.inverse_flattening()).unwrap_or(given))
}

type Values = Vec<(Role, f64, Unit)>;

/// The method of `+proj=` with its parameters.
fn method(words: &Words<'_>, proj: &str, at: usize) -> Result<(Kind, Values), CrsError> {
    let mut values: Values = Vec::new();
    for (role, keys) in [
        (Role::Lat0, &["lat_0"][..]),
        (Role::Lon0, &["lonc", "lon_0"]),
        (Role::Lat1, &["lat_1", "lat_ts"]),
        (Role::Lat2, &["lat_2"]),
        (Role::Azimuth, &["alpha", "azi"]),
        (Role::Rectified, &["gamma"]),
        (Role::Tilt, &["tilt"]),
    ] {
        for key in keys {
            if let (Some(v), false) = (words.angle(key)?, values.iter().any(|v| v.0 == role)) {
                values.push((role, v, Unit::DEGREE));
            }
        }
    }
    for key in ["k_0", "k"] {
        if let (Some(v), false) = (words.number(key)?, values.iter().any(|v| v.0 == Role::K)) {
            values.push((Role::K, v, Unit::UNITY));
        }
    }
    for key in ["h", "h_0"] {
        if let Some(v) = words.number(key)? {
            values.push((Role::Height, v, Unit::METRE));
        }
    }
    for (role, keys) in [(Role::FormN, ["n", "W"]), (Role::FormM, ["m", "M"])] {
        for key in keys {
            if let Some(v) = words.number(key)? {
                values.push((role, v, Unit::UNITY));
            }
        }
    }
    let get = |values: &Values, role: Role| values.iter().find(|v| v.0 == role).map(|v| v.1);
    let need = |values: &Values, role: Role, key: &str| match get(values, role) {
        Some(_) => Ok(()),
        None => Err(wrong(at, format!("+proj={proj} needs +{key}"))),
    };
    let polar = get(&values, Role::Lat0).is_some_and(|v| (v.abs() - 90.0).abs() < 1e-9);
    let kind = match proj {
        "utm" => {
            let zone = words.number("zone")?.filter(|z| (1.0..=60.0).contains(z) && z.fract() == 0.0);
            let zone = zone.ok_or_else(|| wrong(at, "+zone must be 1 to 60"))?;
            let south = words.find("south").is_some();
            values = vec![
                (Role::Lon0, 6.0 * zone - 183.0, Unit::DEGREE),
                (Role::K, 0.9996, Unit::UNITY),
                (Role::Fe, 500_000.0, Unit::METRE),
                (Role::Fn, if south { 10_000_000.0 } else { 0.0 }, Unit::METRE),
            ];
            Kind::TransverseMercator
        }
        "tmerc" | "etmerc" if words.text("axis") == Some("wsu") => Kind::TransverseMercatorSouth,
        "tmerc" | "etmerc" => Kind::TransverseMercator,
        "merc" if words.text("nadgrids") == Some("@null") => Kind::PseudoMercator,
        "merc" if get(&values, Role::Lat1).is_some_and(|v| v != 0.0) => Kind::MercatorB,
        "merc" => Kind::MercatorA,
        "webmerc" => Kind::PseudoMercator,
        "lcc" => cone(&mut values),
        "aea" => Kind::Albers,
        "eqdc" => Kind::EquidistantConic,
        "laea" => Kind::LambertAzimuthal,
        "cea" => Kind::CylindricalEqualArea,
        "eqc" => Kind::EquidistantCylindrical,
        "stere" if polar && words.find("lat_ts").is_some() => {
            let south = get(&values, Role::Lat0).is_some_and(|v| v < 0.0);
            for v in values.iter_mut().filter(|v| v.0 == Role::Lat1) {
                v.1 = if south { -v.1.abs() } else { v.1.abs() };
            }
            Kind::PolarB
        }
        "stere" if polar => Kind::PolarA,
        "stere" => Kind::Stereographic,
        "sterea" => Kind::DoubleStereographic,
        "somerc" => {
            values.retain(|v| !matches!(v.0, Role::Azimuth | Role::Rectified));
            values.extend([(Role::Azimuth, 90.0, Unit::DEGREE), (Role::Rectified, 90.0, Unit::DEGREE)]);
            Kind::HotineB
        }
        "omerc" => {
            if let (None, Some(azimuth)) = (get(&values, Role::Rectified), get(&values, Role::Azimuth)) {
                values.push((Role::Rectified, azimuth, Unit::DEGREE));
            }
            if words.find("no_uoff").or(words.find("no_off")).is_some() {
                Kind::HotineA
            } else {
                Kind::HotineB
            }
        }
        "labrd" => Kind::Laborde,
        "cass" if words.find("hyperbolic").is_some() => Kind::CassiniHyperbolic,
        "cass" => Kind::Cassini,
        "poly" => Kind::Polyconic,
        "bonne" => {
            values.iter_mut().filter(|v| v.0 == Role::Lat1).for_each(|v| v.0 = Role::Lat0);
            Kind::Bonne
        }
        "krovak" | "mod_krovak" => {
            values.iter_mut().filter(|v| v.0 == Role::Azimuth).for_each(|v| v.0 = Role::ConeAxis);
            values.extend([
                (Role::Lat1, 78.5, Unit::DEGREE),
                (Role::ConeAxis, 30.288_139_752_777_78, Unit::DEGREE),
                (Role::Lat0, 49.5, Unit::DEGREE),
                // 42.5 degrees east of Ferro
                (Role::Lon0, 24.833_333_333_333_332, Unit::DEGREE),
                (Role::K, 0.9999, Unit::UNITY),
            ]);
            match (proj, words.text("axis")) {
                ("krovak", Some("swu")) => Kind::Krovak,
                ("krovak", _) => Kind::KrovakNorth,
                (_, Some("swu")) => Kind::KrovakModified,
                _ => Kind::KrovakModifiedNorth,
            }
        }
        "aeqd" if words.find("guam").is_some() => Kind::Guam,
        "aeqd" => Kind::AzimuthalEquidistant,
        "ortho" if get(&values, Role::Azimuth).is_some() => Kind::LocalOrthographic,
        "ortho" => Kind::Orthographic,
        "gnom" => Kind::Gnomonic,
        "geos" if words.text("sweep") == Some("x") => Kind::GeostationaryX,
        "geos" => Kind::GeostationaryY,
        "col_urban" => Kind::ColombiaUrban,
        "nzmg" => {
            // PROJ takes no other values for it
            values.clear();
            values.extend([(Role::Lat0, -41.0, Unit::DEGREE), (Role::Lon0, 173.0, Unit::DEGREE)]);
            values.extend([(Role::Fe, 2_510_000.0, Unit::METRE), (Role::Fn, 6_023_150.0, Unit::METRE)]);
            Kind::NewZealand
        }
        "eqearth" => Kind::EqualEarth,
        "mill" => Kind::Miller,
        "moll" => Kind::Mollweide,
        "robin" => Kind::Robinson,
        "sinu" => Kind::Sinusoidal,
        "vandg" => Kind::VanDerGrinten,
        // without a parallel PROJ takes the equator in a coordinate system (and 50.46 degrees in an operation)
        "wintri" => Kind::WinkelTripel,
        "ups" => {
            let south = words.find("south").is_some();
            values = vec![
                (Role::Lat0, if south { -90.0 } else { 90.0 }, Unit::DEGREE),
                (Role::K, 0.994, Unit::UNITY),
                (Role::Fe, 2_000_000.0, Unit::METRE),
                (Role::Fn, 2_000_000.0, Unit::METRE),
            ];
            Kind::PolarA
        }
        "leac" => {
            if words.find("south").is_some() {
                return Err(wrong(at, "+proj=leac +south is not computed"));
            }
            Kind::EqualAreaCone
        }
        "hammer" => {
            values.extend([(Role::FormN, 0.5, Unit::UNITY), (Role::FormM, 1.0, Unit::UNITY)]);
            Kind::Hammer
        }
        "lagrng" => {
            values.push((Role::FormN, 2.0, Unit::UNITY));
            Kind::Lagrange
        }
        "fouc_s" => {
            values.push((Role::FormN, 0.0, Unit::UNITY));
            Kind::FoucautSinusoidal
        }
        "gn_sinu" => {
            need(&values, Role::FormN, "n")?;
            need(&values, Role::FormM, "m")?;
            Kind::GeneralSinusoidal
        }
        "urmfps" => {
            need(&values, Role::FormN, "n")?;
            Kind::FlatSine
        }
        _ if PLAIN.iter().any(|p| p.0 == proj) => {
            PLAIN.iter().find(|p| p.0 == proj).map_or(Kind::Mollweide, |p| p.1)
        }
        _ => {
            let what = format!("PROJ string: the projection \"{proj}\"");
            return Err(CrsError::new(ErrorKind::Unsupported, what).at(Location::Offset(at)));
        }
    };
    Ok((kind, values))
}

/// Names of methods whose parameters need no second look.
pub(super) const PLAIN: &[(&str, Kind)] = &[
    ("eck1", Kind::Eckert1),
    ("eck2", Kind::Eckert2),
    ("eck3", Kind::Eckert3),
    ("eck4", Kind::Eckert4),
    ("eck5", Kind::Eckert5),
    ("eck6", Kind::Eckert6),
    ("wink1", Kind::Winkel1),
    ("wink2", Kind::Winkel2),
    ("aitoff", Kind::Aitoff),
    ("natearth", Kind::NaturalEarth),
    ("natearth2", Kind::NaturalEarth2),
    ("goode", Kind::Goode),
    ("igh", Kind::GoodeInterrupted),
    ("igh_o", Kind::GoodeOcean),
    ("gall", Kind::Gall),
    ("patterson", Kind::Patterson),
    ("times", Kind::Times),
    ("comill", Kind::CompactMiller),
    ("crast", Kind::Craster),
    ("loxim", Kind::Loximuthal),
    ("qua_aut", Kind::QuarticAuthalic),
    ("mbtfpq", Kind::FlatPolarQuartic),
    ("wag1", Kind::Wagner1),
    ("wag2", Kind::Wagner2),
    ("wag3", Kind::Wagner3),
    ("wag4", Kind::Wagner4),
    ("wag5", Kind::Wagner5),
    ("wag6", Kind::Wagner6),
    ("wag7", Kind::Wagner7),
    ("tcea", Kind::TransverseEqualArea),
    ("kav5", Kind::Kavraisky5),
    ("kav7", Kind::Kavraisky7),
    ("putp1", Kind::Putnins1),
    ("putp2", Kind::Putnins2),
    ("putp3", Kind::Putnins3),
    ("putp3p", Kind::Putnins3P),
    ("putp4p", Kind::Putnins4P),
    ("putp5", Kind::Putnins5),
    ("putp5p", Kind::Putnins5P),
    ("putp6", Kind::Putnins6),
    ("putp6p", Kind::Putnins6P),
    ("weren", Kind::Werenskiold),
    ("mbt_s", Kind::FlatPolarSine1),
    ("mbt_fps", Kind::FlatPolarSine2),
    ("mbtfps", Kind::FlatPolarSinusoidal),
    ("mbtfpp", Kind::FlatPolarParabolic),
    ("fahey", Kind::Fahey),
    ("collg", Kind::Collignon),
    ("nell", Kind::Nell),
    ("nell_h", Kind::NellHammer),
    ("hatano", Kind::Hatano),
    ("fouc", Kind::Foucaut),
    ("cc", Kind::CentralCylindrical),
    ("boggs", Kind::Boggs),
    ("larr", Kind::Larrivee),
    ("august", Kind::August),
    ("denoy", Kind::Denoyer),
    ("nsper", Kind::Perspective),
    ("tpers", Kind::TiltedPerspective),
];

fn cone(values: &mut Values) -> Kind {
    let get = |role: Role| values.iter().find(|v| v.0 == role).map(|v| v.1);
    let (lat0, lat1, lat2, k) = (get(Role::Lat0), get(Role::Lat1), get(Role::Lat2), get(Role::K));
    let rename = |values: &mut Values, from: Role, to: Role| {
        values.iter_mut().filter(|v| v.0 == from).for_each(|v| v.0 = to);
    };
    match (lat1, lat2) {
        (Some(a), Some(b)) if a != b => {
            if k.is_some_and(|k| k != 1.0) {
                rename(values, Role::K, Role::EllipsoidScale);
                return Kind::LambertMichigan;
            }
            Kind::Lambert2
        }
        (Some(a), _) if lat0.is_some_and(|lat0| lat0 != a) => Kind::Lambert1B,
        // PROJ's reading: the second parallel is the equator
        (Some(_), None) if lat0.is_none() => Kind::Lambert2,
        (Some(_), _) => {
            values.retain(|v| v.0 != Role::Lat0);
            rename(values, Role::Lat1, Role::Lat0);
            Kind::Lambert1
        }
        _ => Kind::Lambert1,
    }
}
