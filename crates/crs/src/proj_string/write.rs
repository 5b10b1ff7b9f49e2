//! From a coordinate system to a PROJ string.

use std::fmt::Write as _;

use super::names::{DATUMS, ELLIPSOIDS, MERIDIANS, UNITS};
use crate::error::{CrsError, ErrorKind};
use crate::method::{Kind, Method, Quantity, Role};
use crate::model::{DEGREE, Data, Form, Geodetic, Horizontal, Projected, Shape, Unit};
use crate::number::number;

/// Writes a PROJ string and says what it cannot hold.
///
/// # Errors
/// When PROJ has no word for the kind of system.
pub(crate) fn write(data: &Data) -> Result<(String, Vec<String>), CrsError> {
    let mut lost = Vec::new();
    let mut out = String::new();
    let base = match &data.horizontal {
        Horizontal::Projected(p) => {
            projected_words(p, &mut out)?;
            &p.base
        }
        Horizontal::Geodetic(g) => {
            out += if g.form == Form::Geocentric { "+proj=geocent" } else { "+proj=longlat" };
            if g.form != Form::Geocentric && g.unit().epsg != Some(9122) {
                lost.push(format!("the angular unit \"{}\"", g.unit().name));
            }
            g
        }
        Horizontal::Local(_) | Horizontal::None => {
            let what = format!("a PROJ string cannot say \"{}\"", data.name());
            return Err(CrsError::new(ErrorKind::Unsupported, what));
        }
    };
    datum_words(base, &mut out, &mut lost);
    match &data.horizontal {
        Horizontal::Projected(p) => unit_words(p.unit(), &mut out),
        Horizontal::Geodetic(g) if g.form == Form::Geocentric => out += " +units=m",
        _ => {}
    }
    out += " +no_defs +type=crs";
    if let Some(vertical) = &data.vertical {
        lost.push(format!("the heights \"{}\"", vertical.name));
    }
    if data.area.is_some() {
        lost.push("the area of use".to_owned());
    }
    lost.push("names and codes".to_owned());
    Ok((out, lost))
}

fn unit_words(unit: &Unit, out: &mut String) {
    match UNITS.iter().find(|u| Some(u.1) == unit.epsg) {
        Some((name, _)) => *out += &format!(" +units={name}"),
        None => *out += &format!(" +to_meter={}", number(unit.factor)),
    }
}

fn datum_words(base: &Geodetic, out: &mut String, lost: &mut Vec<String>) {
    let datum = &base.datum;
    let named = DATUMS.iter().find(|d| datum.epsg.is_some_and(|code| u32::from(code) == d.1));
    match named {
        Some((name, _)) if datum.to_wgs84.is_none() => *out += &format!(" +datum={name}"),
        _ => {
            let e = &datum.ellipsoid;
            let short = ELLIPSOIDS.iter().find(|x| e.epsg.is_some_and(|code| u32::from(code) == x.1));
            match (short, &e.shape) {
                (Some((name, _)), _) => *out += &format!(" +ellps={name}"),
                (None, _) if e.inverse_flattening() == 0.0 => *out += &format!(" +R={}", number(e.a)),
                (None, Shape::SemiMinorAxis(b)) => *out += &format!(" +a={} +b={}", number(e.a), number(*b)),
                (None, Shape::InverseFlattening(rf)) => {
                    *out += &format!(" +a={} +rf={}", number(e.a), number(*rf))
                }
            }
            match datum.to_wgs84 {
                Some(v) => *out += &format!(" +towgs84={}", v.map(number).join(",")),
                None => {
                    lost.push(format!("the datum \"{}\", and with it the way to other datums", datum.name))
                }
            }
        }
    }
    if base.meridian.radians() != 0.0 {
        let short = MERIDIANS.iter().find(|m| base.meridian.epsg.is_some_and(|code| u32::from(code) == m.1));
        match short {
            Some((name, _)) => *out += &format!(" +pm={name}"),
            None => *out += &format!(" +pm={}", number(base.meridian.radians() / DEGREE)),
        }
    }
}

fn projected_words(p: &Projected, out: &mut String) -> Result<(), CrsError> {
    let c = &p.conversion;
    let name = proj_name(c.method.kind).ok_or_else(|| {
        CrsError::new(
            ErrorKind::Unsupported,
            format!("PROJ has no word for the method \"{}\"", c.method.name),
        )
    })?;
    *out += &format!("+proj={name}");
    let oblique = matches!(c.method.kind, Kind::HotineA | Kind::HotineB) && !name.starts_with("somerc");
    let swiss = c.method.kind == Kind::HotineB
        && [Role::Azimuth, Role::Rectified].iter().all(|&r| (c.si(r) / DEGREE - 90.0).abs() < 1e-9);
    if swiss {
        *out = "+proj=somerc".to_owned();
    }
    let krovak = name.ends_with("krovak");
    for (role, key) in [
        (Role::Lat0, if name == "bonne" { "lat_1" } else { "lat_0" }),
        (Role::Lon0, if oblique && !swiss { "lonc" } else { "lon_0" }),
        (
            Role::Lat1,
            if matches!(name, "merc" | "cea" | "eqc" | "stere" | "wink1" | "wag3") {
                "lat_ts"
            } else {
                "lat_1"
            },
        ),
        (Role::Lat2, "lat_2"),
        (Role::Azimuth, if matches!(name, "labrd" | "tpers") { "azi" } else { "alpha" }),
        (Role::Tilt, "tilt"),
        (Role::FormN, if matches!(name, "hammer" | "lagrng") { "W" } else { "n" }),
        (Role::FormM, if name == "hammer" { "M" } else { "m" }),
        (Role::Rectified, "gamma"),
        (Role::ConeAxis, "alpha"),
        (Role::K, "k_0"),
        (Role::EllipsoidScale, "k_0"),
        (Role::Height, if matches!(name, "geos" | "nsper" | "tpers") { "h" } else { "h_0" }),
        (Role::Fe, "x_0"),
        (Role::Fn, "y_0"),
    ] {
        let hidden = swiss && matches!(role, Role::Azimuth | Role::Rectified)
            || krovak && role == Role::Lat1
            || c.method.kind == Kind::PolarB && role == Role::Lat0;
        let Some(_) = c.parameter(role).filter(|_| !hidden) else { continue };
        let value = if role.quantity() == Quantity::Angle { c.si(role) / DEGREE } else { c.si(role) };
        // what was written in degrees keeps its digits
        let value = c.parameter(role).filter(|q| q.unit.factor == DEGREE).map_or(value, |q| q.value);
        // writing to a String cannot fail
        let _ = write!(out, " +{key}={}", number(value));
    }
    match c.method.kind {
        Kind::PolarB => *out += if c.si(Role::Lat1) < 0.0 { " +lat_0=-90" } else { " +lat_0=90" },
        Kind::Lambert1 => *out += &format!(" +lat_1={}", number(c.si(Role::Lat0) / DEGREE)),
        Kind::HotineA => *out += " +no_uoff",
        Kind::CassiniHyperbolic => *out += " +hyperbolic",
        Kind::Guam => *out += " +guam",
        Kind::GeostationaryX => *out += " +sweep=x",
        Kind::TransverseMercatorSouth => *out += " +axis=wsu",
        Kind::Krovak | Kind::KrovakModified => *out += " +axis=swu",
        _ => {}
    }
    Ok(())
}

fn proj_name(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::TransverseMercator | Kind::TransverseMercatorSouth | Kind::TransverseMercator3D => "tmerc",
        Kind::Lambert1 | Kind::Lambert1B | Kind::Lambert2 | Kind::LambertBelgium | Kind::LambertMichigan => {
            "lcc"
        }
        Kind::Albers => "aea",
        Kind::LambertAzimuthal | Kind::LambertAzimuthalSpherical => "laea",
        Kind::CylindricalEqualArea | Kind::CylindricalEqualAreaSpherical => "cea",
        Kind::MercatorA | Kind::MercatorB => "merc",
        Kind::PseudoMercator => "webmerc",
        Kind::PolarA | Kind::PolarB | Kind::Stereographic => "stere",
        Kind::DoubleStereographic => "sterea",
        Kind::HotineA | Kind::HotineB => "omerc",
        Kind::Laborde => "labrd",
        Kind::Cassini | Kind::CassiniHyperbolic => "cass",
        Kind::EquidistantCylindrical | Kind::EquidistantCylindricalSpherical => "eqc",
        Kind::EquidistantConic => "eqdc",
        Kind::Polyconic => "poly",
        Kind::Bonne => "bonne",
        Kind::Krovak | Kind::KrovakNorth => "krovak",
        Kind::KrovakModified | Kind::KrovakModifiedNorth => "mod_krovak",
        Kind::AzimuthalEquidistant | Kind::AzimuthalModified | Kind::Guam => "aeqd",
        Kind::Orthographic | Kind::LocalOrthographic => "ortho",
        Kind::Gnomonic => "gnom",
        Kind::ColombiaUrban => "col_urban",
        Kind::NewZealand => "nzmg",
        Kind::EqualEarth => "eqearth",
        Kind::Miller => "mill",
        Kind::Mollweide => "moll",
        Kind::Robinson => "robin",
        Kind::Sinusoidal => "sinu",
        Kind::VanDerGrinten => "vandg",
        Kind::GeostationaryX | Kind::GeostationaryY => "geos",
        Kind::WinkelTripel => "wintri",
        _ => {
            let plain = super::read::PLAIN.iter().find(|p| p.1 == kind).map(|p| p.0);
            return plain.or_else(|| Method::of_kind(kind).proj_only());
        }
    })
}
