//! When two systems are the same, and which registered one a definition means.
//!
//! Two systems are the same when the same numbers mean the same place: the same datum and prime meridian, and a
//! projection that gives the same coordinates in the same unit along the same axes. Names, codes, areas and the official
//! order of the axes do not count.

use fearless_simd::Level;

use crate::method::{Role, squash, squashes_to};
use crate::model::{Conversion, Data, Datum, Form, Geodetic, Horizontal, Meridian, Projected, Vertical};
use crate::projection::of_system;
use crate::tables;

pub(crate) fn same(a: &Data, b: &Data) -> bool {
    let horizontal = match (&a.horizontal, &b.horizontal) {
        (Horizontal::Geodetic(a), Horizontal::Geodetic(b)) => same_geodetic(a, b),
        (Horizontal::Projected(a), Horizontal::Projected(b)) => same_projected(a, b),
        (Horizontal::Local(a), Horizontal::Local(b)) => {
            a.name == b.name && close(a.unit.factor, b.unit.factor)
        }
        (Horizontal::None, Horizontal::None) => true,
        _ => false,
    };
    let vertical = match (&a.vertical, &b.vertical) {
        (Some(a), Some(b)) => same_vertical(a, b),
        (None, None) => true,
        _ => false,
    };
    horizontal && vertical
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
}

pub(crate) fn same_datum(a: &Datum, b: &Datum) -> bool {
    match (a.epsg, b.epsg) {
        (Some(a), Some(b)) => a == b,
        (None, None) => {
            squash(&a.name) == squash(&b.name) && a.ellipsoid.same(&b.ellipsoid) && a.to_wgs84 == b.to_wgs84
        }
        _ => false,
    }
}

fn same_meridian(a: &Meridian, b: &Meridian) -> bool {
    (a.radians() - b.radians()).abs() < 1e-11
}

fn same_geodetic(a: &Geodetic, b: &Geodetic) -> bool {
    a.form == b.form
        && same_datum(&a.datum, &b.datum)
        && same_meridian(&a.meridian, &b.meridian)
        && close(a.unit().factor, b.unit().factor)
}

fn same_vertical(a: &Vertical, b: &Vertical) -> bool {
    let datum = match (a.datum_epsg, b.datum_epsg) {
        (Some(a), Some(b)) => a == b,
        _ => squash(&a.datum) == squash(&b.datum),
    };
    datum && close(a.axis.unit.factor, b.axis.unit.factor) && a.axis.direction == b.axis.direction
}

fn same_projected(a: &Projected, b: &Projected) -> bool {
    same_datum(&a.base.datum, &b.base.datum)
        && same_meridian(&a.base.meridian, &b.base.meridian)
        && close(a.unit().factor, b.unit().factor)
        && a.directions() == b.directions()
        && (same_values(&a.conversion, &b.conversion) || same_points(a, b))
}

/// The same method with the same values, to what fifteen digits tell.
fn same_values(a: &Conversion, b: &Conversion) -> bool {
    const ROLES: [Role; 15] = [
        Role::Lat0,
        Role::Lon0,
        Role::Lat1,
        Role::Lat2,
        Role::K,
        Role::Fe,
        Role::Fn,
        Role::Azimuth,
        Role::Rectified,
        Role::ConeAxis,
        Role::Height,
        Role::EllipsoidScale,
        Role::Tilt,
        Role::FormN,
        Role::FormM,
    ];
    a.method.kind == b.method.kind
        && ROLES.iter().all(|&role| {
            let (x, y) = (a.si(role), b.si(role));
            (x - y).abs() <= 2e-14 + 1e-13 * x.abs().max(y.abs())
        })
}

/// Other methods or rounded values that come to the same: points around the origin within a tenth of a millimetre.
fn same_points(a: &Projected, b: &Projected) -> bool {
    // a cheap look first: the central meridians of the same map are the same
    if (a.conversion.si(Role::Lon0) - b.conversion.si(Role::Lon0)).abs() > 1e-9 {
        return false;
    }
    let (Ok((pa, _)), Ok((pb, _))) = (of_system(a), of_system(b)) else { return false };
    let c = &a.conversion;
    let lon = c.si(Role::Lon0);
    let lats = [c.si(Role::Lat0), c.si(Role::Lat1)];
    let lat = lats.into_iter().find(|v| *v != 0.0).unwrap_or(0.0).clamp(-1.3, 1.3);
    let offsets = [(0.0, 0.0), (0.02, 0.03), (-0.04, 0.01), (0.03, -0.05), (-0.01, -0.02), (0.1, 0.1)];
    let mut x = offsets.map(|o| lon + o.0);
    let mut y = offsets.map(|o| lat + o.1);
    let (mut u, mut v) = (x, y);
    let level = Level::new();
    pa.forward(level, &mut x, &mut y);
    pb.forward(level, &mut u, &mut v);
    let tolerance = 1e-4 / a.unit().factor;
    (0..offsets.len()).all(|i| (x[i] - u[i]).abs() < tolerance && (y[i] - v[i]).abs() < tolerance)
}

/// The best of the codes that mean the same: not deprecated, then of the same name, then the lowest.
fn best(candidates: impl Iterator<Item = (u32, bool, String)>, name: &str) -> Option<u32> {
    let wanted = squash(name);
    candidates
        .min_by_key(|(code, deprecated, own)| (*deprecated, !squashes_to(own, &wanted), *code))
        .map(|(code, ..)| code)
}

/// The code of the horizontal part, by meaning.
pub(crate) fn horizontal(data: &Data) -> Option<u32> {
    match &data.horizontal {
        Horizontal::Geodetic(g) => geodetic(g),
        Horizontal::Projected(p) => projected(p),
        Horizontal::Local(_) | Horizontal::None => None,
    }
}

fn geodetic(g: &Geodetic) -> Option<u32> {
    let datum = g.datum.epsg?;
    let rows = tables::geodetics().filter(|row| row.datum == datum && row.kind == g.form);
    let found = rows.filter_map(|row| {
        let own = Geodetic::of_epsg(u32::from(row.code))?;
        // where only the order of the axes differs, the usual one
        let usual = g.form == Form::Geocentric || own.latitude_first();
        same_geodetic(&own, g).then(|| (u32::from(row.code), row.deprecated || !usual, own.name.into_owned()))
    });
    best(found, &g.name)
}

fn projected(p: &Projected) -> Option<u32> {
    let datum = p.base.datum.epsg?;
    let lon0 = p.conversion.si(Role::Lon0);
    let found = tables::projecteds().filter_map(|row| {
        let base = tables::geodetic(u32::from(row.base))?;
        if base.datum != datum {
            return None;
        }
        let code = u32::from(row.code);
        let own = Projected::of_epsg(code).ok()??;
        let near = (own.conversion.si(Role::Lon0) - lon0).abs() < 1e-9;
        (near && same_projected(&own, p)).then(|| (code, row.deprecated, own.name.into_owned()))
    });
    best(found, &p.name)
}

fn vertical(v: &Vertical) -> Option<u32> {
    if v.epsg.is_some() {
        return v.epsg;
    }
    let found = tables::verticals().filter_map(|row| {
        let own = Vertical::of_epsg(u32::from(row.code))?;
        same_vertical(&own, v).then(|| (u32::from(row.code), false, own.name.into_owned()))
    });
    best(found, &v.name)
}

/// The code of a whole system: the stated one, or by meaning.
pub(crate) fn code(data: &Data) -> Option<u32> {
    data.epsg().or_else(|| system(data))
}

fn system(data: &Data) -> Option<u32> {
    let stated = data.horizontal_epsg();
    match (&data.horizontal, &data.vertical) {
        (Horizontal::None, Some(v)) => vertical(v),
        (_, Some(v)) => {
            let (h, v) = (stated.or_else(|| horizontal(data))?, vertical(v)?);
            let same =
                |row: &tables::CompoundRow| u32::from(row.horizontal) == h && u32::from(row.vertical) == v;
            tables::compounds().find(same).map(|row| u32::from(row.code))
        }
        (_, None) => stated.or_else(|| horizontal(data)),
    }
}
