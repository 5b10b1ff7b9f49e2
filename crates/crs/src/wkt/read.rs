//! From the tree to a coordinate system.

use std::borrow::Cow;

use super::axes::{axes, dimensions, unit};
use super::legacy;
use super::tree::{self, Node};
use crate::error::{CrsError, ErrorKind, Location};
use crate::lookup::{self, StatedDatum};
use crate::method::Quantity;
use crate::model::{
    AreaOfUse, Axis, Compound, Conversion, DEGREE, Data, Direction, Ellipsoid, Form, Geodetic, Horizontal,
    Local, Meridian, Projected, Shape, Unit, Vertical,
};
use crate::projection;
use crate::tables::UnitKind;

/// Reads WKT of either generation.
pub(crate) fn read(text: &str) -> Result<Data, CrsError> {
    system(&tree::parse(text)?)
}

fn system(node: &Node) -> Result<Data, CrsError> {
    let area = area(node);
    let alone = |horizontal| Data::of_horizontal(horizontal, area.clone());
    Ok(match node.keyword.as_str() {
        "PROJCS" | "PROJCRS" | "PROJECTEDCRS" => alone(Horizontal::Projected(Box::new(projected(node)?))),
        "GEOGCS" | "GEOCCS" | "GEOGCRS" | "GEOGRAPHICCRS" | "GEODCRS" | "GEODETICCRS" => {
            alone(Horizontal::Geodetic(Box::new(geodetic(node)?)))
        }
        "COMPD_CS" | "COMPOUNDCRS" => compound(node)?,
        "VERT_CS" | "VERTCRS" | "VERTICALCRS" => {
            let vertical = Some(vertical(node)?);
            Data { horizontal: Horizontal::None, vertical, compound: None, area }
        }
        "LOCAL_CS" | "ENGCRS" | "ENGINEERINGCRS" => {
            let unit = match unit(node, UnitKind::Length)? {
                Some(unit) => unit,
                None => axes(node, &Unit::METRE, UnitKind::Length)?
                    .first()
                    .map_or(Unit::METRE, |a| a.unit.clone()),
            };
            alone(Horizontal::Local(Local { name: Cow::Owned(node.name()?.to_owned()), unit }))
        }
        "BOUNDCRS" => bound(node)?,
        _ => {
            let what = format!("WKT: {} is no coordinate system that this crate knows", node.keyword);
            return Err(CrsError::new(ErrorKind::Unsupported, what).at(Location::Offset(node.at)));
        }
    })
}

fn compound(node: &Node) -> Result<Data, CrsError> {
    let is_vertical = |n: &&Node| matches!(n.keyword.as_str(), "VERT_CS" | "VERTCRS" | "VERTICALCRS");
    let is_system = |n: &&Node| n.keyword.ends_with("CS") && n.keyword != "CS" || n.keyword.ends_with("CRS");
    let first = node.nodes().filter(|n| !is_vertical(n)).find(is_system);
    let first = first.ok_or_else(|| node.wrong("has no horizontal part"))?;
    if matches!(first.keyword.as_str(), "COMPD_CS" | "COMPOUNDCRS") {
        return Err(first.wrong("inside another one"));
    }
    let second = node.nodes().find(is_vertical).ok_or_else(|| node.wrong("has no vertical part"))?;
    Ok(Data {
        vertical: Some(vertical(second)?),
        compound: Some(Compound { name: Cow::Owned(node.name()?.to_owned()), epsg: node.epsg() }),
        area: area(node),
        ..system(first)?
    })
}

/// A system with its own Helmert transformation to WGS 84.
fn bound(node: &Node) -> Result<Data, CrsError> {
    let source = node.child(&["SOURCECRS"]).and_then(|s| s.nodes().next());
    let mut data = system(source.ok_or_else(|| node.wrong("has no SOURCECRS"))?)?;
    if let Some(transformation) = node.child(&["ABRIDGEDTRANSFORMATION"]) {
        let mut values = [0.0; 7];
        for p in transformation.all("PARAMETER") {
            let index = match parameter_number(p) {
                Some(code @ 8605..=8611) => code as usize - 8605,
                _ => continue,
            };
            values[index] = p.number(1)?;
        }
        // scale is written as a factor near one, or in parts per million
        if (values[6] - 1.0).abs() < 1e-2 {
            values[6] = (values[6] - 1.0) * 1e6;
        }
        let method = transformation.child(&["METHOD"]).and_then(|m| m.name().ok()).unwrap_or("");
        data.bind(Some(values), method);
    }
    Ok(data)
}

/// The EPSG code of a parameter of a Helmert transformation.
fn parameter_number(node: &Node) -> Option<u32> {
    const NAMES: [&str; 7] = [
        "x-axistranslation",
        "y-axistranslation",
        "z-axistranslation",
        "x-axisrotation",
        "y-axisrotation",
        "z-axisrotation",
        "scaledifference",
    ];
    let name: String = node.name().ok()?.to_ascii_lowercase().split_whitespace().collect();
    node.epsg().or_else(|| NAMES.iter().position(|n| *n == name).map(|i| 8605 + i as u32))
}

fn area(node: &Node) -> Option<AreaOfUse> {
    let holder = node.child(&["USAGE"]).unwrap_or(node);
    let bbox = holder.child(&["BBOX"])?;
    let [south, west, north, east] = [0, 1, 2, 3].map(|i| bbox.number(i).ok());
    let name = holder.child(&["AREA"]).and_then(|a| a.name().ok()).unwrap_or("").to_owned();
    Some(AreaOfUse { west: west?, south: south?, east: east?, north: north?, name })
}

fn geodetic(node: &Node) -> Result<Geodetic, CrsError> {
    let name = node.name()?;
    let epsg = node.epsg();
    let common = unit(node, UnitKind::Angle)?;
    let geocentric_keyword = node.keyword == "GEOCCS";
    let mut own_axes = axes(node, common.as_ref().unwrap_or(&Unit::DEGREE), UnitKind::Angle)?;
    let cartesian =
        node.child(&["CS"]).and_then(|cs| cs.text(0)).is_some_and(|t| t.eq_ignore_ascii_case("cartesian"));
    let form = if geocentric_keyword || cartesian {
        Form::Geocentric
    } else if dimensions(node) == Some(3) || own_axes.len() == 3 {
        Form::Geographic3D
    } else {
        Form::Geographic2D
    };
    let datum_node = node
        .child(&["DATUM", "GEODETICDATUM", "TRF", "ENSEMBLE"])
        .ok_or_else(|| node.wrong("has no datum"))?;
    let stated = StatedDatum {
        name: datum_node.name()?,
        epsg: datum_node.epsg(),
        ellipsoid: ellipsoid(datum_node)?,
        system: name,
        system_epsg: epsg,
    };
    let mut datum = lookup::datum(stated);
    datum.to_wgs84 = to_wgs84(datum_node)?;
    let angle = if form == Form::Geocentric { None } else { common };
    let meridian = match node.child(&["PRIMEM", "PRIMEMERIDIAN"]) {
        Some(primem) => {
            let found = meridian(primem, angle.as_ref())?;
            if !found.is_on_the_globe() {
                return Err(primem.wrong("has a longitude beyond the globe"));
            }
            found
        }
        None => Meridian::GREENWICH,
    };
    if own_axes.is_empty() || form == Form::Geocentric {
        // a base system in WKT2 leaves its axes out
        let registered = epsg.and_then(Geodetic::of_epsg).filter(|g| g.form == form && angle.is_none());
        own_axes = match (registered, form) {
            (Some(g), _) => g.axes,
            (None, Form::Geocentric) => Axis::geocentric(),
            // a base system without a unit counts as its meridian does: Paris in grads
            (None, _) => {
                Axis::geographic(&angle.unwrap_or(meridian.unit.clone()), form == Form::Geographic3D)
            }
        };
    }
    Ok(Geodetic { name: Cow::Owned(name.to_owned()), epsg, form, datum, meridian, axes: own_axes })
}

fn ellipsoid(datum: &Node) -> Result<Ellipsoid, CrsError> {
    let node = datum.child(&["ELLIPSOID", "SPHEROID"]).ok_or_else(|| datum.wrong("has no ellipsoid"))?;
    let unit = unit(node, UnitKind::Length)?.unwrap_or(Unit::METRE);
    let rf = node.number(2)?;
    let given = Ellipsoid {
        name: Cow::Owned(node.name()?.to_owned()),
        epsg: node.epsg().and_then(|c| u16::try_from(c).ok()),
        a: node.number(1)? * unit.factor,
        shape: Shape::InverseFlattening(rf),
    };
    let given = given.checked().map_err(|e| node.place(e))?;
    // the registered figure has all its digits
    match given.epsg.and_then(|c| Ellipsoid::of_epsg(u32::from(c))) {
        Some(known) if known.same(&given) => Ok(known),
        _ => Ok(lookup::ellipsoid(given)),
    }
}

fn to_wgs84(datum: &Node) -> Result<Option<[f64; 7]>, CrsError> {
    let Some(node) = datum.child(&["TOWGS84"]) else { return Ok(None) };
    let mut values = [0.0; 7];
    let count = match node.values.len() {
        n @ (3 | 7) => n,
        _ => return Err(node.wrong("must have three or seven numbers")),
    };
    for (i, value) in values.iter_mut().take(count).enumerate() {
        *value = node.number(i)?;
    }
    Ok(Some(values))
}

/// Without a unit of its own, as in WKT1, the longitude counts in the unit of the system (OGC 01-009), but GDAL and Esri write
/// registered meridians in degrees whatever that is.
fn meridian(node: &Node, common: Option<&Unit>) -> Result<Meridian, CrsError> {
    let value = node.number(1)?;
    let own = unit(node, UnitKind::Angle)?;
    let name = node.name()?;
    if let Some(unit) = own {
        return Ok(Meridian::of_longitude(name, value, unit));
    }
    let in_degrees = Meridian::of_degrees(name, value);
    let factor = common.map_or(DEGREE, |u| u.factor);
    if in_degrees.epsg.is_some() || factor == DEGREE {
        return Ok(in_degrees);
    }
    Ok(Meridian::of_degrees(name, value * factor / DEGREE))
}

fn projected(node: &Node) -> Result<Projected, CrsError> {
    let base_node = node
        .child(&["GEOGCS", "BASEGEOGCRS", "BASEGEODCRS", "GEOGCRS", "GEODCRS"])
        .ok_or_else(|| node.wrong("has no geographic system under it"))?;
    let base = geodetic(base_node)?;
    let unit_here = unit(node, UnitKind::Length)?;
    let mut own_axes = axes(node, unit_here.as_ref().unwrap_or(&Unit::METRE), UnitKind::Length)?;
    let length = unit_here.or_else(|| own_axes.first().map(|a| a.unit.clone())).unwrap_or(Unit::METRE);
    let conversion = match node.child(&["CONVERSION"]) {
        Some(conversion) => self::conversion(conversion, base.unit(), &length)?,
        None => {
            let found = legacy::conversion(node, &base, &length)?;
            if own_axes.is_empty() {
                own_axes = found.1.iter().map(|&(n, a, d)| Axis::new(n, a, d, &length)).collect();
            }
            found.0
        }
    };
    projection::projection(&conversion, base.datum.ellipsoid.spheroid()).map_err(|e| node.place(e))?;
    // a height is no part of this crate's projected systems
    own_axes.truncate(2);
    if own_axes.len() < 2 {
        own_axes = Axis::projected(&length);
    }
    Ok(Projected {
        name: Cow::Owned(node.name()?.to_owned()),
        epsg: node.epsg(),
        base,
        conversion,
        axes: own_axes,
    })
}

/// A conversion in WKT2.
fn conversion(node: &Node, angle: &Unit, length: &Unit) -> Result<Conversion, CrsError> {
    let method_node = node.child(&["METHOD", "PROJECTION"]).ok_or_else(|| node.wrong("has no METHOD"))?;
    let name = method_node.name()?;
    let method = lookup::method(method_node.epsg(), name).map_err(|e| method_node.place(e))?;
    let mut values = Vec::new();
    for p in node.all("PARAMETER") {
        let Some(role) = lookup::role(method, p.epsg(), p.name()?) else { continue };
        let (kind, common) = match role.quantity() {
            Quantity::Angle => (UnitKind::Angle, angle.clone()),
            Quantity::Length => (UnitKind::Length, length.clone()),
            Quantity::Scale => (UnitKind::Scale, Unit::UNITY),
        };
        values.push((role, p.number(1)?, unit(p, kind)?.unwrap_or(common)));
    }
    let conversion = Conversion::new(Cow::Owned(node.name()?.to_owned()), method.kind, &values);
    Ok(Conversion { epsg: node.epsg().and_then(|c| u16::try_from(c).ok()), ..conversion })
}

fn vertical(node: &Node) -> Result<Vertical, CrsError> {
    let epsg = node.epsg();
    let datum = node
        .child(&["VERT_DATUM", "VDATUM", "VRF", "VERTICALDATUM", "ENSEMBLE", "DATUM"])
        .ok_or_else(|| node.wrong("has no vertical datum"))?;
    let common = unit(node, UnitKind::Length)?;
    let axis = axes(node, common.as_ref().unwrap_or(&Unit::METRE), UnitKind::Length)?.into_iter().next();
    let unit = common.unwrap_or(Unit::METRE);
    let axis = axis.unwrap_or_else(|| Axis::new("Gravity-related height", "H", Direction::Up, &unit));
    Ok(Vertical {
        name: Cow::Owned(node.name()?.to_owned()),
        epsg,
        datum: Cow::Owned(datum.name()?.to_owned()),
        datum_epsg: datum.epsg().and_then(|c| u16::try_from(c).ok()),
        axis,
    })
}
