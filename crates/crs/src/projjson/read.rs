//! From PROJJSON to a coordinate system.

use std::borrow::Cow;

use super::json::{self, Json};
use crate::error::{CrsError, ErrorKind, Location};
use crate::lookup::{self, StatedDatum};
use crate::method::Quantity;
use crate::model::{
    AreaOfUse, Axis, Compound, Conversion, Data, Direction, Ellipsoid, Form, Geodetic, Horizontal, Local,
    Meridian, Projected, Shape, Unit, Vertical,
};
use crate::projection;
use crate::tables::UnitKind;

/// Reads PROJJSON text.
pub(crate) fn read(text: &str) -> Result<Data, CrsError> {
    system(&json::parse(text)?)
}

fn system(node: &Json) -> Result<Data, CrsError> {
    let area = area(node);
    let alone = |horizontal| Data::of_horizontal(horizontal, area.clone());
    Ok(match node.string("type")? {
        "ProjectedCRS" => alone(Horizontal::Projected(Box::new(projected(node)?))),
        "GeographicCRS" | "GeodeticCRS" => alone(Horizontal::Geodetic(Box::new(geodetic(node)?))),
        "VerticalCRS" => {
            Data { horizontal: Horizontal::None, vertical: Some(vertical(node)?), compound: None, area }
        }
        "CompoundCRS" => compound(node)?,
        "BoundCRS" => bound(node)?,
        "EngineeringCRS" => {
            let unit = axes(node.need("coordinate_system")?, UnitKind::Length)?
                .first()
                .map_or(Unit::METRE, |a| a.unit.clone());
            alone(Horizontal::Local(Local { name: Cow::Owned(node.string("name")?.to_owned()), unit }))
        }
        other => {
            let what = format!("PROJJSON: the type \"{other}\"");
            return Err(CrsError::new(ErrorKind::Unsupported, what).at(Location::Offset(node.at)));
        }
    })
}

fn compound(node: &Json) -> Result<Data, CrsError> {
    let components = node.need("components")?;
    let [first, second] = components.list() else {
        return Err(components.wrong("a compound system has two components"));
    };
    if first.string("type")? == "CompoundCRS" || second.string("type")? != "VerticalCRS" {
        return Err(components.wrong("a compound system has a horizontal and a vertical component"));
    }
    Ok(Data {
        vertical: Some(vertical(second)?),
        compound: Some(Compound { name: Cow::Owned(node.string("name")?.to_owned()), epsg: node.epsg() }),
        area: area(node),
        ..system(first)?
    })
}

fn bound(node: &Json) -> Result<Data, CrsError> {
    let source = node.need("source_crs")?;
    if source.string("type")? == "BoundCRS" {
        return Err(source.wrong("a bound system inside another one"));
    }
    let mut data = system(source)?;
    let transformation = node.need("transformation")?;
    let mut values = [0.0; 7];
    let mut found = false;
    for p in transformation.get("parameters").map_or(&[][..], Json::list) {
        if let Some(code @ 8605..=8611) = p.epsg() {
            values[code as usize - 8605] = p.need("value")?.number()?;
            found = true;
        }
    }
    let method = transformation.get("method").and_then(|m| m.get("name")).and_then(Json::text).unwrap_or("");
    data.bind(found.then_some(values), method);
    Ok(data)
}

fn area(node: &Json) -> Option<AreaOfUse> {
    let usage = node.get("usages").and_then(|u| u.list().first()).unwrap_or(node);
    let bbox = usage.get("bbox")?;
    let side = |name| bbox.get(name)?.number().ok();
    Some(AreaOfUse {
        west: side("west_longitude")?,
        south: side("south_latitude")?,
        east: side("east_longitude")?,
        north: side("north_latitude")?,
        name: usage.get("area").and_then(Json::text).unwrap_or("").to_owned(),
    })
}

/// "metre", "degree", "unity", or an object.
fn unit(node: &Json, kind: UnitKind) -> Result<Unit, CrsError> {
    match node.text() {
        Some("metre") => Ok(Unit::METRE),
        Some("degree") => Ok(Unit::DEGREE),
        Some("unity") => Ok(Unit::UNITY),
        Some(other) => Err(node.wrong(format!("the unit \"{other}\" must state its factor"))),
        None => {
            let kind = match node.get("type").and_then(Json::text) {
                Some("LinearUnit") => UnitKind::Length,
                Some("AngularUnit") => UnitKind::Angle,
                Some("ScaleUnit") => UnitKind::Scale,
                _ => kind,
            };
            let factor = node.need("conversion_factor")?.number()?;
            if !Unit::is_possible(factor, kind) {
                return Err(node.wrong("the factor of a unit must be positive and possible"));
            }
            Ok(Unit::of_factor(node.string("name")?, factor, kind))
        }
    }
}

/// A number, or an object with "value" and "unit", in its unit.
fn measure(node: &Json, kind: UnitKind, common: Unit) -> Result<(f64, Unit), CrsError> {
    match node.get("value") {
        Some(value) => Ok((value.number()?, node.get("unit").map_or(Ok(common), |u| unit(u, kind))?)),
        None => Ok((node.number()?, common)),
    }
}

fn axes(system: &Json, kind: UnitKind) -> Result<Vec<Axis>, CrsError> {
    let mut out = Vec::new();
    for axis in system.need("axis")?.list() {
        let direction = Direction::of(axis.string("direction")?);
        let vertical = matches!(direction, Direction::Up | Direction::Down);
        let own = if vertical { UnitKind::Length } else { kind };
        let meridian = match axis.get("meridian").and_then(|m| m.get("longitude")) {
            Some(longitude) => {
                let (value, unit) = measure(longitude, UnitKind::Angle, Unit::DEGREE)?;
                Some((value * unit.factor).to_degrees())
            }
            None => None,
        };
        out.push(Axis {
            name: Cow::Owned(axis.string("name")?.to_owned()),
            abbreviation: Cow::Owned(axis.get("abbreviation").and_then(Json::text).unwrap_or("").to_owned()),
            direction,
            meridian,
            unit: match axis.get("unit").or(system.get("unit")) {
                Some(u) => unit(u, own)?,
                None if own == UnitKind::Angle => Unit::DEGREE,
                None => Unit::METRE,
            },
        });
    }
    Ok(out)
}

fn geodetic(node: &Json) -> Result<Geodetic, CrsError> {
    let name = node.string("name")?;
    let epsg = node.epsg();
    let frame = node.get("datum").or(node.get("datum_ensemble")).ok_or_else(|| node.wrong("no datum"))?;
    let meridian = match frame.get("prime_meridian") {
        Some(m) => {
            let (value, unit) = measure(m.need("longitude")?, UnitKind::Angle, Unit::DEGREE)?;
            let found = Meridian::of_longitude(m.string("name")?, value, unit);
            if !found.is_on_the_globe() {
                return Err(m.wrong("a prime meridian beyond the globe"));
            }
            found
        }
        None => Meridian::GREENWICH,
    };
    let datum = lookup::datum(StatedDatum {
        name: frame.string("name")?,
        epsg: frame.epsg(),
        ellipsoid: ellipsoid(frame.need("ellipsoid")?)?,
        system: name,
        system_epsg: epsg,
    });
    let (form, axes) = match node.get("coordinate_system") {
        Some(system) if system.string("subtype")? == "Cartesian" => (Form::Geocentric, Axis::geocentric()),
        Some(system) => {
            let axes = axes(system, UnitKind::Angle)?;
            (if axes.len() == 3 { Form::Geographic3D } else { Form::Geographic2D }, axes)
        }
        None => (Form::Geographic2D, Axis::geographic(&Unit::DEGREE, false)),
    };
    Ok(Geodetic { name: Cow::Owned(name.to_owned()), epsg, form, datum, meridian, axes })
}

fn ellipsoid(node: &Json) -> Result<Ellipsoid, CrsError> {
    let length = |name: &str| -> Result<Option<f64>, CrsError> {
        let Some(value) = node.get(name) else { return Ok(None) };
        let (value, unit) = measure(value, UnitKind::Length, Unit::METRE)?;
        Ok(Some(value * unit.factor))
    };
    let a = match (length("semi_major_axis")?, length("radius")?) {
        (Some(a), _) | (None, Some(a)) => a,
        (None, None) => return Err(node.wrong("an ellipsoid without size")),
    };
    let shape = match (node.get("inverse_flattening"), length("semi_minor_axis")?) {
        (Some(rf), _) => Shape::InverseFlattening(rf.number()?),
        (None, Some(b)) => Shape::SemiMinorAxis(b),
        (None, None) => Shape::InverseFlattening(0.0),
    };
    let epsg = node.epsg().and_then(|c| u16::try_from(c).ok());
    let given = Ellipsoid { name: Cow::Owned(node.string("name")?.to_owned()), epsg, a, shape };
    Ok(lookup::ellipsoid(given.checked().map_err(|e| e.at(Location::Offset(node.at)))?))
}

fn projected(node: &Json) -> Result<Projected, CrsError> {
    let base = geodetic(node.need("base_crs")?)?;
    let mut axes = axes(node.need("coordinate_system")?, UnitKind::Length)?;
    axes.truncate(2);
    if axes.len() < 2 {
        return Err(node.wrong("a projected system has two axes"));
    }
    let c = node.need("conversion")?;
    let m = c.need("method")?;
    let method = lookup::method(m.epsg(), m.string("name")?).map_err(|e| e.at(Location::Offset(m.at)))?;
    let mut values = Vec::new();
    for p in c.get("parameters").map_or(&[][..], Json::list) {
        let Some(role) = lookup::role(method, p.epsg(), p.string("name")?) else { continue };
        let (kind, common) = match role.quantity() {
            Quantity::Angle => (UnitKind::Angle, Unit::DEGREE),
            Quantity::Length => (UnitKind::Length, Unit::METRE),
            Quantity::Scale => (UnitKind::Scale, Unit::UNITY),
        };
        let (value, unit) = measure(p, kind, common)?;
        values.push((role, value, unit));
    }
    let conversion = Conversion::new(Cow::Owned(c.string("name")?.to_owned()), method.kind, &values);
    let conversion = Conversion { epsg: c.epsg().and_then(|c| u16::try_from(c).ok()), ..conversion };
    projection::projection(&conversion, base.datum.ellipsoid.spheroid())
        .map_err(|e| e.at(Location::Offset(c.at)))?;
    Ok(Projected {
        name: Cow::Owned(node.string("name")?.to_owned()),
        epsg: node.epsg(),
        base,
        conversion,
        axes,
    })
}

fn vertical(node: &Json) -> Result<Vertical, CrsError> {
    let frame = node.get("datum").or(node.get("datum_ensemble")).ok_or_else(|| node.wrong("no datum"))?;
    let axis = axes(node.need("coordinate_system")?, UnitKind::Length)?.into_iter().next();
    Ok(Vertical {
        name: Cow::Owned(node.string("name")?.to_owned()),
        epsg: node.epsg(),
        datum: Cow::Owned(frame.string("name")?.to_owned()),
        datum_epsg: frame.epsg().and_then(|c| u16::try_from(c).ok()),
        axis: axis.ok_or_else(|| node.wrong("a vertical system without an axis"))?,
    })
}
