//! From a coordinate system to PROJJSON.

use std::fmt::Write;

use crate::method::{Quantity, Role};
use crate::model::{
    AreaOfUse, Axis, Conversion, Data, Datum, Form, Geodetic, Horizontal, Meridian, Projected, Shape, Unit,
    Vertical,
};
use crate::number::number;
use crate::tables;

/// PROJJSON of any system.
pub(crate) fn write(data: &Data) -> String {
    let schema = field("$schema", &quote("https://proj.org/schemas/v0.7/projjson.schema.json"));
    let tail = data.area.as_ref().map_or_else(String::new, area);
    let id = |code: Option<u32>| code.map_or_else(String::new, id);
    match (&data.compound, &data.horizontal, &data.vertical) {
        (Some(compound), horizontal, Some(vertical)) => {
            let parts = [horizontal_body(horizontal, ""), vertical_body(vertical, "")]
                .map(|body| format!("{{{}}}", body.trim_start_matches(',')));
            let head = field("type", &quote("CompoundCRS")) + &field("name", &quote(&compound.name));
            let parts = field("components", &format!("[{}]", parts.join(",")));
            object(&[&schema, &head, &parts, &tail, &id(compound.epsg)])
        }
        (_, Horizontal::None, Some(vertical)) => object(&[&schema, &vertical_body(vertical, &tail)]),
        (_, horizontal, _) => object(&[&schema, &horizontal_body(horizontal, &tail)]),
    }
}

/// Each field begins with a comma; the first loses it.
fn object(parts: &[&str]) -> String {
    format!("{{{}}}", parts.concat().trim_start_matches(','))
}

fn field(name: &str, value: &str) -> String {
    format!(",\"{name}\":{value}")
}

fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c < ' ' => {
                // writing to a String cannot fail
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn id(code: u32) -> String {
    field("id", &object(&[&field("authority", "\"EPSG\""), &field("code", &code.to_string())]))
}

fn unit_value(unit: &Unit, kind: &str) -> String {
    match unit.epsg {
        Some(9001) => quote("metre"),
        Some(9122) => quote("degree"),
        Some(9201) => quote("unity"),
        code => {
            let id = code.map_or_else(String::new, |c| id(u32::from(c)));
            object(&[
                &field("type", &quote(kind)),
                &field("name", &quote(&unit.name)),
                &field("conversion_factor", &number(unit.factor)),
                &id,
            ])
        }
    }
}

fn area(area: &AreaOfUse) -> String {
    let sides = [
        ("south_latitude", area.south),
        ("west_longitude", area.west),
        ("north_latitude", area.north),
        ("east_longitude", area.east),
    ];
    let sides: Vec<String> = sides.iter().map(|(name, v)| field(name, &number(*v))).collect();
    let name = if area.name.is_empty() { String::new() } else { field("area", &quote(&area.name)) };
    name + &field("bbox", &object(&[&sides.concat()]))
}

fn horizontal_body(horizontal: &Horizontal, tail: &str) -> String {
    match horizontal {
        Horizontal::Geodetic(g) => {
            let kind = if g.form == Form::Geocentric { "GeodeticCRS" } else { "GeographicCRS" };
            field("type", &quote(kind)) + &geodetic_fields(g, tail)
        }
        Horizontal::Projected(p) => projected_body(p, tail),
        Horizontal::Local(l) => {
            let axes = Axis::projected(&l.unit);
            field("type", &quote("EngineeringCRS"))
                + &field("name", &quote(&l.name))
                + &field("datum", &object(&[&field("name", &quote("Unknown engineering datum"))]))
                + &system("Cartesian", &axes)
                + tail
        }
        Horizontal::None => String::new(),
    }
}

fn geodetic_fields(g: &Geodetic, tail: &str) -> String {
    let subtype = if g.form == Form::Geocentric { "Cartesian" } else { "ellipsoidal" };
    let code = g.epsg.map_or_else(String::new, id);
    field("name", &quote(&g.name)) + &datum(&g.datum, &g.meridian) + &system(subtype, &g.axes) + tail + &code
}

fn datum(datum: &Datum, meridian: &Meridian) -> String {
    let e = &datum.ellipsoid;
    let shape = match e.shape {
        Shape::InverseFlattening(rf) if rf == 0.0 || rf.is_infinite() => field("radius", &number(e.a)),
        Shape::InverseFlattening(rf) => {
            field("semi_major_axis", &number(e.a)) + &field("inverse_flattening", &number(rf))
        }
        Shape::SemiMinorAxis(b) => {
            field("semi_major_axis", &number(e.a)) + &field("semi_minor_axis", &number(b))
        }
    };
    let ellipsoid = field("ellipsoid", &object(&[&field("name", &quote(&e.name)), &shape]));
    let code = datum.epsg.map_or_else(String::new, |c| id(u32::from(c)));
    if let (Some(accuracy), Some(epsg)) = (datum.ensemble_accuracy, datum.epsg) {
        let members: Vec<String> = tables::ensemble_members(u32::from(epsg))
            .map(|(code, name)| object(&[&field("name", &quote(name)), &id(u32::from(code))]))
            .collect();
        let fields = [
            field("name", &quote(&datum.name)),
            field("members", &format!("[{}]", members.join(","))),
            ellipsoid,
            field("accuracy", &quote(&number(accuracy))),
            code,
        ];
        return field("datum_ensemble", &object(&[&fields.concat()]));
    }
    let prime = if meridian.radians() == 0.0 {
        String::new()
    } else {
        let longitude = if meridian.unit.epsg == Some(9122) {
            number(meridian.longitude)
        } else {
            object(&[
                &field("value", &number(meridian.longitude)),
                &field("unit", &unit_value(&meridian.unit, "AngularUnit")),
            ])
        };
        let fields = field("name", &quote(&meridian.name)) + &field("longitude", &longitude);
        field("prime_meridian", &object(&[&fields]))
    };
    let head = field("type", &quote("GeodeticReferenceFrame")) + &field("name", &quote(&datum.name));
    field("datum", &object(&[&head, &ellipsoid, &prime, &code]))
}

fn system(subtype: &str, axes: &[Axis]) -> String {
    let axes: Vec<String> = axes
        .iter()
        .map(|a| {
            let angular = subtype == "ellipsoidal" && !matches!(a.direction.name(), "up" | "down");
            let meridian = a
                .meridian
                .map_or_else(String::new, |m| field("meridian", &object(&[&field("longitude", &number(m))])));
            object(&[
                &field("name", &quote(&a.name)),
                &field("abbreviation", &quote(&a.abbreviation)),
                &field("direction", &quote(a.direction.name())),
                &meridian,
                &field("unit", &unit_value(&a.unit, if angular { "AngularUnit" } else { "LinearUnit" })),
            ])
        })
        .collect();
    let fields = field("subtype", &quote(subtype)) + &field("axis", &format!("[{}]", axes.join(",")));
    field("coordinate_system", &object(&[&fields]))
}

fn projected_body(p: &Projected, tail: &str) -> String {
    let code = p.epsg.map_or_else(String::new, id);
    field("type", &quote("ProjectedCRS"))
        + &field("name", &quote(&p.name))
        + &field(
            "base_crs",
            &object(&[&field("type", &quote("GeographicCRS")), &geodetic_fields(&p.base, "")]),
        )
        + &conversion(&p.conversion)
        + &system("Cartesian", &p.axes)
        + tail
        + &code
}

fn conversion(c: &Conversion) -> String {
    let code = |code: u16| if code == 0 { String::new() } else { id(u32::from(code)) };
    let parameters: Vec<String> = c
        .parameters
        .iter()
        .map(|p| {
            let kind = match c.method.role_of(p.code).map(Role::quantity) {
                Some(Quantity::Length) => "LinearUnit",
                Some(Quantity::Scale) => "ScaleUnit",
                _ => "AngularUnit",
            };
            let (name, epsg) = c.method.spelling(p.code);
            object(&[
                &field("name", &quote(name)),
                &field("value", &number(p.value)),
                &field("unit", &unit_value(&p.unit, kind)),
                &code(epsg.unwrap_or(0)),
            ])
        })
        .collect();
    let method = object(&[&field("name", &quote(c.method.name)), &code(c.method.epsg)]);
    let fields = field("name", &quote(&c.name))
        + &field("method", &method)
        + &field("parameters", &format!("[{}]", parameters.join(",")));
    field("conversion", &object(&[&fields, &c.epsg.map_or_else(String::new, |c| id(u32::from(c)))]))
}

fn vertical_body(v: &Vertical, tail: &str) -> String {
    let datum_code = v.datum_epsg.map_or_else(String::new, |c| id(u32::from(c)));
    let frame = field("type", &quote("VerticalReferenceFrame")) + &field("name", &quote(&v.datum));
    field("type", &quote("VerticalCRS"))
        + &field("name", &quote(&v.name))
        + &field("datum", &object(&[&frame, &datum_code]))
        + &system("vertical", std::slice::from_ref(&v.axis))
        + tail
        + &v.epsg.map_or_else(String::new, id)
}
