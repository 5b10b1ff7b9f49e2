//! Projections of WKT1: GDAL's names and Esri's, whose parameters do not always mean what they are called.

use std::borrow::Cow;

use super::tree::Node;
use crate::error::{CrsError, ErrorKind, Location};
use crate::method::{Kind, Quantity, Role, squash};
use crate::model::{Conversion, Direction, Geodetic, Unit};

/// Name, abbreviation and direction of the axes of a text that has none.
type DefaultAxes = [(&'static str, &'static str, Direction); 2];

const EAST_NORTH: DefaultAxes = [("Easting", "X", Direction::East), ("Northing", "Y", Direction::North)];
const WEST_SOUTH: DefaultAxes = [("Westing", "Y", Direction::West), ("Southing", "X", Direction::South)];
const SOUTH_WEST: DefaultAxes = [("Southing", "X", Direction::South), ("Westing", "Y", Direction::West)];

/// Squashed name of a method to its kind, where the parameters need no second look.
const PLAIN: &[(&str, Kind)] = &[
    ("transversemercator", Kind::TransverseMercator),
    ("transversemercatorcomplex", Kind::TransverseMercator),
    ("gausskruger", Kind::TransverseMercator),
    ("transversemercatorsouthorientated", Kind::TransverseMercatorSouth),
    ("transversemercatorsouthoriented", Kind::TransverseMercatorSouth),
    ("lambertconformalconic2spbelgium", Kind::LambertBelgium),
    ("albersconicequalarea", Kind::Albers),
    ("albers", Kind::Albers),
    ("lambertazimuthalequalarea", Kind::LambertAzimuthal),
    ("cylindricalequalarea", Kind::CylindricalEqualArea),
    ("lambertcylindricalequalarea", Kind::CylindricalEqualArea),
    ("mercator1sp", Kind::MercatorA),
    ("mercatorvariantc", Kind::MercatorB),
    ("mercator2sp", Kind::MercatorB),
    ("mercator", Kind::MercatorB),
    ("mercatorauxiliarysphere", Kind::PseudoMercator),
    ("popularvisualisationpseudomercator", Kind::PseudoMercator),
    ("mercator1spspherical", Kind::MercatorSpherical1),
    ("stereographicnorthpole", Kind::PolarB),
    ("stereographicsouthpole", Kind::PolarB),
    ("polarstereographicvarianta", Kind::PolarA),
    ("polarstereographicvariantb", Kind::PolarB),
    ("polarstereographicvariantc", Kind::PolarC),
    ("obliquestereographic", Kind::DoubleStereographic),
    ("doublestereographic", Kind::DoubleStereographic),
    ("hotineobliquemercator", Kind::HotineA),
    ("hotineobliquemercatorazimuthnaturalorigin", Kind::HotineA),
    ("rectifiedskeworthomorphicnaturalorigin", Kind::HotineA),
    ("hotineobliquemercatorazimuthcenter", Kind::HotineB),
    ("hotineobliquemercatorazimuthcentre", Kind::HotineB),
    ("rectifiedskeworthomorphiccenter", Kind::HotineB),
    ("obliquemercator", Kind::HotineB),
    ("swissobliquecylindrical", Kind::HotineB),
    ("swissobliquemercator", Kind::HotineB),
    ("labordeobliquemercator", Kind::Laborde),
    ("cassinisoldner", Kind::Cassini),
    ("cassini", Kind::Cassini),
    ("hyperboliccassinisoldner", Kind::CassiniHyperbolic),
    ("equirectangular", Kind::EquidistantCylindrical),
    ("equidistantcylindrical", Kind::EquidistantCylindrical),
    ("equidistantcylindricalellipsoidal", Kind::EquidistantCylindrical),
    ("platecarree", Kind::EquidistantCylindrical),
    ("equidistantconic", Kind::EquidistantConic),
    ("polyconic", Kind::Polyconic),
    ("bonne", Kind::Bonne),
    ("azimuthalequidistant", Kind::AzimuthalEquidistant),
    ("orthographic", Kind::Orthographic),
    ("local", Kind::LocalOrthographic),
    ("localorthographic", Kind::LocalOrthographic),
    ("gnomonic", Kind::Gnomonic),
    ("igacplanocartesiano", Kind::ColombiaUrban),
    ("newzealandmapgrid", Kind::NewZealand),
    ("equalearth", Kind::EqualEarth),
    ("millercylindrical", Kind::Miller),
    ("mollweide", Kind::Mollweide),
    ("robinson", Kind::Robinson),
    ("sinusoidal", Kind::Sinusoidal),
    ("vandergrinten", Kind::VanDerGrinten),
    ("vandergrinteni", Kind::VanDerGrinten),
    ("geostationarysatellite", Kind::GeostationaryY),
    ("eckerti", Kind::Eckert1),
    ("eckertii", Kind::Eckert2),
    ("eckertiii", Kind::Eckert3),
    ("eckertiv", Kind::Eckert4),
    ("eckertv", Kind::Eckert5),
    ("eckertvi", Kind::Eckert6),
    ("winkeli", Kind::Winkel1),
    ("winkelii", Kind::Winkel2),
    ("winkeltripel", Kind::WinkelTripel),
    ("aitoff", Kind::Aitoff),
    ("naturalearth", Kind::NaturalEarth),
    ("naturalearthii", Kind::NaturalEarth2),
    ("goodehomolosine", Kind::Goode),
    ("interruptedgoodehomolosine", Kind::GoodeInterrupted),
    ("interruptedgoodehomolosineoceanview", Kind::GoodeOcean),
    ("gallstereographic", Kind::Gall),
    ("patterson", Kind::Patterson),
    ("times", Kind::Times),
    ("compactmiller", Kind::CompactMiller),
    ("crasterparabolic", Kind::Craster),
    ("loximuthal", Kind::Loximuthal),
    ("quarticauthalic", Kind::QuarticAuthalic),
    ("flatpolarquartic", Kind::FlatPolarQuartic),
    ("wagneri", Kind::Wagner1),
    ("wagnerii", Kind::Wagner2),
    ("wagneriii", Kind::Wagner3),
    ("wagneriv", Kind::Wagner4),
    ("wagnerv", Kind::Wagner5),
    ("wagnervi", Kind::Wagner6),
    ("wagnervii", Kind::Wagner7),
    ("transversecylindricalequalarea", Kind::TransverseEqualArea),
    ("homolosine", Kind::Goode),
    ("mcbrydethomasflatpolarquartic", Kind::FlatPolarQuartic),
    ("verticalperspective", Kind::Perspective),
    ("verticalnearsideperspective", Kind::Perspective),
    ("hammeraitoff", Kind::Hammer),
];

/// The values of a WKT1 projection by role.
struct Values {
    list: Vec<(Role, f64, Unit)>,
}

impl Values {
    fn get(&self, role: Role) -> Option<f64> {
        self.list.iter().find(|v| v.0 == role).map(|v| v.1)
    }

    /// In radians, metres or ones.
    fn si(&self, role: Role) -> Option<f64> {
        self.list.iter().find(|v| v.0 == role).map(|v| v.1 * v.2.factor)
    }

    fn set(&mut self, role: Role, value: f64, unit: &Unit) {
        self.list.retain(|v| v.0 != role);
        self.list.push((role, value, unit.clone()));
    }

    /// Gives the value of one role to another.
    fn rename(&mut self, from: Role, to: Role) {
        if let Some(index) = self.list.iter().position(|v| v.0 == from) {
            let (_, value, unit) = self.list.remove(index);
            self.set(to, value, &unit);
        }
    }
}

/// The conversion of a PROJCS, and the axes it has if the text names none.
pub(super) fn conversion(
    node: &Node,
    base: &Geodetic,
    length: &Unit,
) -> Result<(Conversion, DefaultAxes), CrsError> {
    let projection = node.child(&["PROJECTION"]).ok_or_else(|| node.wrong("has no PROJECTION"))?;
    let name = projection.name()?;
    let angle = base.unit();
    let mut values = Values { list: Vec::new() };
    let mut other = Vec::new();
    for p in node.all("PARAMETER") {
        let (name, value) = (p.name()?, p.number(1)?);
        match Role::of_name(name) {
            Some(role) => {
                let unit = match role.quantity() {
                    Quantity::Angle => angle,
                    Quantity::Length => length,
                    Quantity::Scale => &Unit::UNITY,
                };
                values.set(role, value, unit);
            }
            None => other.push((squash(name), value)),
        }
    }
    let other = |name: &str| other.iter().find(|o| o.0 == name).map(|o| o.1);
    let kind = kind(node, name, &mut values, &other, angle).ok_or_else(|| {
        CrsError::new(ErrorKind::Unsupported, format!("the projection \"{name}\""))
            .at(Location::Offset(projection.at))
    })?;
    let axes = match kind {
        Kind::TransverseMercatorSouth => WEST_SOUTH,
        Kind::Krovak | Kind::KrovakModified => SOUTH_WEST,
        _ => EAST_NORTH,
    };
    Ok((Conversion::new(Cow::Borrowed("unnamed"), kind, &values.list), axes))
}

fn kind(
    node: &Node,
    name: &str,
    values: &mut Values,
    other: &impl Fn(&str) -> Option<f64>,
    angle: &Unit,
) -> Option<Kind> {
    let squashed = squash(name);
    let quarter = |v: Option<f64>| v.is_some_and(|v| (v.abs() - std::f64::consts::FRAC_PI_2).abs() < 1e-9);
    let degrees = |d: f64| d.to_radians() / angle.factor;
    match squashed.as_str() {
        "lambertconformalconic1sp" => Some(Kind::Lambert1),
        "lambertconformalconic2sp" => Some(Kind::Lambert2),
        "lambertconformalconic" => Some(cone(values)),
        "polarstereographic" if quarter(values.si(Role::Lat0)) => Some(Kind::PolarA),
        "polarstereographic" => {
            values.rename(Role::Lat0, Role::Lat1);
            Some(Kind::PolarB)
        }
        "stereographic" => {
            Some(if quarter(values.si(Role::Lat0)) { Kind::PolarA } else { Kind::Stereographic })
        }
        "krovak" => Some(krovak(node, values, other, degrees)),
        "behrmann" => {
            values.set(Role::Lat1, degrees(30.0), angle);
            Some(Kind::CylindricalEqualArea)
        }
        "mercator1sp" if is_web_mercator(node) => {
            values.list.retain(|v| v.0 != Role::K);
            Some(Kind::PseudoMercator)
        }
        _ => {
            let kind = PLAIN.iter().find(|p| p.0 == squashed).map(|p| p.1)?;
            match kind {
                Kind::HotineA | Kind::HotineB => {
                    if squashed.starts_with("swiss")
                        || squashed == "obliquemercator" && values.get(Role::Azimuth).is_none()
                    {
                        values.set(Role::Azimuth, degrees(90.0), angle);
                    }
                    if let Some(rotation) = other("xyplanerotation") {
                        values.set(Role::Rectified, rotation, angle);
                    }
                    if values.get(Role::Rectified).is_none() {
                        let azimuth = values.get(Role::Azimuth).unwrap_or(degrees(90.0));
                        values.set(Role::Rectified, azimuth, angle);
                    }
                }
                Kind::Goode if other("option") == Some(1.0) => return Some(Kind::GoodeInterrupted),
                Kind::Goode if other("option") == Some(2.0) => return Some(Kind::GoodeOcean),
                // one parallel may be given to the cylinder by its scale
                Kind::Cassini => values.list.retain(|v| v.0 != Role::K),
                Kind::GeostationaryY if other("option") == Some(1.0) || sweep_x(node) => {
                    return Some(Kind::GeostationaryX);
                }
                // Esri's pole is in the name, the parallel has its sign
                Kind::PolarB if squashed.starts_with("stereographic") && values.get(Role::Lat1).is_none() => {
                    values.rename(Role::Lat0, Role::Lat1);
                }
                _ => {}
            }
            Some(kind)
        }
    }
}

/// Esri has one name for all of Lambert's cones.
fn cone(values: &mut Values) -> Kind {
    let scale = values.get(Role::K).unwrap_or(1.0);
    let parallel = values.si(Role::Lat1);
    if values.get(Role::Lat2).is_some() {
        if scale == 1.0 {
            return Kind::Lambert2;
        }
        values.rename(Role::K, Role::EllipsoidScale);
        return Kind::LambertMichigan;
    }
    match (parallel, values.si(Role::Lat0)) {
        (Some(a), Some(b)) if (a - b).abs() > 1e-12 => Kind::Lambert1B,
        (Some(_), None) => {
            values.rename(Role::Lat1, Role::Lat0);
            Kind::Lambert1
        }
        _ => Kind::Lambert1,
    }
}

/// GDAL calls the co-latitude of the cone axis "azimuth"; Esri turns the axes with parameters, others with AXIS.
fn krovak(
    node: &Node,
    values: &mut Values,
    other: &impl Fn(&str) -> Option<f64>,
    degrees: impl Fn(f64) -> f64,
) -> Kind {
    if values.get(Role::ConeAxis).is_none() {
        values.rename(Role::Azimuth, Role::ConeAxis);
    }
    if values.get(Role::Lat1).is_none() {
        values.set(Role::Lat1, degrees(78.5), &Unit::DEGREE);
    }
    let esri_turned = other("xyplanerotation").is_some_and(|r| r != 0.0) || other("xscale") == Some(-1.0);
    let first_axis = node.child(&["AXIS"]).and_then(|a| a.text(1)).map(Direction::of);
    if esri_turned || first_axis == Some(Direction::East) { Kind::KrovakNorth } else { Kind::Krovak }
}

/// GDAL marks the satellites that scan the other way in the same manner as web Mercator.
fn sweep_x(node: &Node) -> bool {
    node.child(&["EXTENSION"]).and_then(|e| e.text(1)).is_some_and(|s| s.contains("+sweep=x"))
}

/// GDAL marks web Mercator, which WKT1 cannot say, with the PROJ string that makes a sphere of any ellipsoid.
fn is_web_mercator(node: &Node) -> bool {
    node.child(&["EXTENSION"])
        .and_then(|e| e.text(1))
        .is_some_and(|s| s.contains("+proj=merc") && s.contains("@null"))
}
