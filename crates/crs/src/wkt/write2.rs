//! From a coordinate system to WKT2:2019.

use crate::method::{Quantity, Role};
use crate::model::{
    AreaOfUse, Axis, Conversion, Data, Datum, Direction, Form, Geodetic, Horizontal, Meridian, Projected,
    Unit, Vertical,
};
use crate::number::number;
use crate::tables;

/// WKT2:2019 of any system, on one line.
pub(crate) fn write(data: &Data) -> String {
    let tail = data.area.as_ref().map_or_else(String::new, usage);
    match (&data.compound, &data.horizontal, &data.vertical) {
        (Some(compound), horizontal, Some(vertical)) => format!(
            "COMPOUNDCRS[{},{},{}{tail}{}]",
            quote(&compound.name),
            horizontal_text(horizontal, ""),
            vertical_text(vertical, ""),
            id(compound.epsg)
        ),
        (_, Horizontal::None, Some(vertical)) => vertical_text(vertical, &tail),
        (_, horizontal, _) => horizontal_text(horizontal, &tail),
    }
}

pub(super) fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn id(code: Option<u32>) -> String {
    code.map_or_else(String::new, |c| format!(",ID[\"EPSG\",{c}]"))
}

fn unit(keyword: &str, unit: &Unit) -> String {
    format!(",{keyword}[{},{}]", quote(unit_name(unit)), number(unit.factor))
}

/// EPSG's "degree (supplier to define representation)" is called a degree.
fn unit_name(unit: &Unit) -> &str {
    if unit.epsg == Some(9122) { "degree" } else { &unit.name }
}

fn usage(area: &AreaOfUse) -> String {
    let name = if area.name.is_empty() { String::new() } else { format!(",AREA[{}]", quote(&area.name)) };
    let [s, w, n, e] = [area.south, area.west, area.north, area.east].map(number);
    format!(",USAGE[SCOPE[\"unknown\"]{name},BBOX[{s},{w},{n},{e}]]")
}

fn horizontal_text(horizontal: &Horizontal, tail: &str) -> String {
    match horizontal {
        Horizontal::Geodetic(g) => {
            let (keyword, cs) = match g.form {
                Form::Geographic2D => ("GEOGCRS", "ellipsoidal,2"),
                Form::Geographic3D => ("GEOGCRS", "ellipsoidal,3"),
                Form::Geocentric => ("GEODCRS", "Cartesian,3"),
            };
            let axes = axes(&g.axes, g.form != Form::Geocentric);
            format!(
                "{keyword}[{},{},CS[{cs}]{axes}{tail}{}]",
                quote(&g.name),
                frame(&g.datum, &g.meridian),
                id(g.epsg)
            )
        }
        Horizontal::Projected(p) => projected_text(p, tail),
        Horizontal::Local(l) => {
            let axes = axes(&Axis::projected(&l.unit), false);
            format!(
                "ENGCRS[{},EDATUM[\"Unknown engineering datum\"],CS[Cartesian,2]{axes}{tail}]",
                quote(&l.name)
            )
        }
        Horizontal::None => String::new(),
    }
}

fn frame(datum: &Datum, meridian: &Meridian) -> String {
    let e = &datum.ellipsoid;
    let ellipsoid = format!(
        "ELLIPSOID[{},{},{},LENGTHUNIT[\"metre\",1]]",
        quote(&e.name),
        number(e.a),
        number(e.inverse_flattening())
    );
    let code = id(datum.epsg.map(u32::from));
    let head = match (datum.ensemble_accuracy, datum.epsg) {
        (Some(accuracy), Some(epsg)) => {
            let members: String = tables::ensemble_members(u32::from(epsg))
                .map(|(code, name)| format!("MEMBER[{}{}],", quote(name), id(Some(u32::from(code)))))
                .collect();
            format!(
                "ENSEMBLE[{},{members}{ellipsoid},ENSEMBLEACCURACY[{}]{code}]",
                quote(&datum.name),
                number(accuracy)
            )
        }
        _ => format!("DATUM[{},{ellipsoid}{code}]", quote(&datum.name)),
    };
    format!(
        "{head},PRIMEM[{},{}{}]",
        quote(&meridian.name),
        number(meridian.longitude),
        unit("ANGLEUNIT", &meridian.unit)
    )
}

fn axes(axes: &[Axis], angular: bool) -> String {
    let mut out = String::new();
    for (i, a) in axes.iter().enumerate() {
        let mut name = a.name.clone().into_owned();
        // WKT2 has "geodetic latitude (Lat)" in small letters
        if let Some(first) = name.get_mut(0..1) {
            first.make_ascii_lowercase();
        }
        let label = if a.abbreviation.is_empty() { name } else { format!("{name} ({})", a.abbreviation) };
        let meridian = a.meridian.map_or_else(String::new, |m| {
            format!(",MERIDIAN[{}{}]", number(m), unit("ANGLEUNIT", &Unit::DEGREE))
        });
        let vertical = matches!(a.direction, Direction::Up | Direction::Down);
        let keyword = if angular && !vertical { "ANGLEUNIT" } else { "LENGTHUNIT" };
        out += &format!(
            ",AXIS[{},{}{meridian},ORDER[{}]{}]",
            quote(&label),
            a.direction.name(),
            i + 1,
            unit(keyword, &a.unit)
        );
    }
    out
}

fn projected_text(p: &Projected, tail: &str) -> String {
    format!(
        "PROJCRS[{},BASEGEOGCRS[{},{}{}],{},CS[Cartesian,{}]{}{tail}{}]",
        quote(&p.name),
        quote(&p.base.name),
        frame(&p.base.datum, &p.base.meridian),
        base_tail(&p.base),
        conversion(&p.conversion),
        p.axes.len(),
        axes(&p.axes, false),
        id(p.epsg)
    )
}

/// A base system has no axes; its unit is needed where its parameters would not tell.
fn base_tail(base: &Geodetic) -> String {
    let angle = if base.unit().epsg == Some(9122) { String::new() } else { unit("ANGLEUNIT", base.unit()) };
    angle + &id(base.epsg)
}

fn conversion(c: &Conversion) -> String {
    let code = |code: u16| id((code != 0).then_some(u32::from(code)));
    let parameters: String = c
        .parameters
        .iter()
        .map(|p| {
            let keyword = match c.method.role_of(p.code).map(Role::quantity) {
                Some(Quantity::Length) => "LENGTHUNIT",
                Some(Quantity::Scale) => "SCALEUNIT",
                _ => "ANGLEUNIT",
            };
            let unit = unit(keyword, &p.unit);
            let (name, epsg) = c.method.spelling(p.code);
            format!(",PARAMETER[{},{}{unit}{}]", quote(name), number(p.value), id(epsg.map(u32::from)))
        })
        .collect();
    let method = format!("METHOD[{}{}]", quote(c.method.name), code(c.method.epsg));
    format!("CONVERSION[{},{method}{parameters}{}]", quote(&c.name), id(c.epsg.map(u32::from)))
}

fn vertical_text(v: &Vertical, tail: &str) -> String {
    format!(
        "VERTCRS[{},VDATUM[{}{}],CS[vertical,1]{}{tail}{}]",
        quote(&v.name),
        quote(&v.datum),
        id(v.datum_epsg.map(u32::from)),
        axes(std::slice::from_ref(&v.axis), false),
        id(v.epsg)
    )
}
