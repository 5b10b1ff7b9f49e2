//! From a definition to a projection ready to run.

use super::*;
use crate::error::{CrsError, ErrorKind};
use crate::method::{Kind, Role};
use crate::model::{Conversion, Direction, Projected};

/// The projection of a conversion on an ellipsoid.
///
/// # Errors
/// When the values make no projection: opposite parallels, a pole where there must be none, a number that is not one.
pub(crate) fn projection(conversion: &Conversion, spheroid: Spheroid) -> Result<Projection, CrsError> {
    let invalid = |what: &str| {
        CrsError::new(
            ErrorKind::Invalid,
            format!("{} \"{}\": {what}", conversion.method.name, conversion.name),
        )
    };
    for p in &conversion.parameters {
        if !(p.value * p.unit.factor).is_finite() {
            return Err(invalid("a parameter is not a number"));
        }
    }
    let si = |role| conversion.si(role);
    let (lat0, lat1, lat2, k) = (si(Role::Lat0), si(Role::Lat1), si(Role::Lat2), si(Role::K));
    for lat in [lat0, lat1, lat2] {
        if lat.abs() > FRAC_PI_2 + 1e-9 {
            return Err(invalid("a latitude beyond the pole"));
        }
    }
    if k.is_nan() || k <= 0.0 {
        return Err(invalid("the scale factor must be positive"));
    }
    let s = spheroid;
    let mut lon0 = si(Role::Lon0);
    let mut fe = si(Role::Fe);
    let mut fnorth = si(Role::Fn);
    let no_cone = || invalid("the standard parallels make no cone");
    let lambert =
        |lat0, lat1, lat2, k| lambert::LambertConic::new(s, lat0, lat1, lat2, k).ok_or_else(no_cone);
    let sphere = |a| Spheroid { a, e2: 0.0 };
    // the sphere of the same area, where EPSG says "spherical" of an ellipsoid
    let authalic = sphere(s.a * (0.5 * s.qp()).sqrt());
    let formula = match conversion.method.kind {
        Kind::TransverseMercator | Kind::TransverseMercatorSouth | Kind::TransverseMercator3D => {
            Formula::TransverseMercator(transverse_mercator::TransverseMercator::new(s, lat0, k))
        }
        Kind::Lambert1 | Kind::LambertWest => Formula::LambertConic(lambert(lat0, lat0, lat0, k)?),
        Kind::Lambert1B => Formula::LambertConic(lambert(lat0, lat1, lat1, k)?),
        Kind::Lambert2 | Kind::LambertBelgium => Formula::LambertConic(lambert(lat0, lat1, lat2, k)?),
        Kind::LambertMichigan => Formula::LambertConic(lambert(lat0, lat1, lat2, si(Role::EllipsoidScale))?),
        Kind::Albers => Formula::Albers(equal_area::Albers::new(s, lat0, lat1, lat2).ok_or_else(no_cone)?),
        Kind::LambertAzimuthal => Formula::LambertAzimuthal(equal_area::LambertAzimuthal::new(s, lat0)),
        Kind::LambertAzimuthalSpherical => {
            Formula::LambertAzimuthal(equal_area::LambertAzimuthal::new(authalic, lat0))
        }
        Kind::CylindricalEqualArea => {
            Formula::CylindricalEqualArea(equal_area::CylindricalEqualArea::new(s, lat1))
        }
        Kind::CylindricalEqualAreaSpherical => {
            Formula::CylindricalEqualArea(equal_area::CylindricalEqualArea::new(authalic, lat1))
        }
        Kind::MercatorA => Formula::Mercator(mercator::Mercator::new(s, k, 0.0)),
        Kind::MercatorB => Formula::Mercator(mercator::Mercator::new(s, s.m(lat1), 0.0)),
        Kind::MercatorSpherical | Kind::MercatorSpherical1 | Kind::PseudoMercator => {
            Formula::SphericalMercator(mercator::SphericalMercator::new(s.a * k))
        }
        Kind::PolarA if (FRAC_PI_2 - lat0.abs()).abs() < 1e-9 => {
            Formula::Stereographic(stereographic::Stereographic::polar(s, lat0 > 0.0, k))
        }
        Kind::PolarA => return Err(invalid("the latitude of origin must be a pole")),
        Kind::PolarB => {
            Formula::Stereographic(stereographic::Stereographic::polar_true_at(s, lat1 > 0.0, lat1, k))
        }
        Kind::PolarC => {
            let kernel = stereographic::Stereographic::polar_true_at(s, lat1 > 0.0, lat1, k);
            fnorth += kernel.parallel_radius(lat1).copysign(lat1);
            Formula::Stereographic(kernel)
        }
        Kind::DoubleStereographic => {
            Formula::DoubleStereographic(stereographic::DoubleStereographic::new(s, lat0, k))
        }
        Kind::Stereographic if (FRAC_PI_2 - lat0.abs()).abs() < 1e-9 => {
            Formula::Stereographic(stereographic::Stereographic::polar(s, lat0 > 0.0, k))
        }
        Kind::Stereographic => Formula::Stereographic(stereographic::Stereographic::oblique(s, lat0, k)),
        Kind::HotineA | Kind::HotineB => {
            let at_centre = conversion.method.kind == Kind::HotineB;
            let (azimuth, rectified) = (si(Role::Azimuth), si(Role::Rectified));
            let right = |a: f64| (a - FRAC_PI_2).abs() < 1e-9;
            if at_centre && right(azimuth) && right(rectified) {
                Formula::SwissOblique(oblique_mercator::SwissOblique::new(s, lat0, k))
            } else {
                let (kernel, shift) =
                    oblique_mercator::Hotine::new(s, lat0, azimuth, rectified, k, at_centre)
                        .ok_or_else(|| invalid("centre and azimuth make no oblique cylinder"))?;
                lon0 += shift;
                Formula::Hotine(kernel)
            }
        }
        Kind::Laborde if lat0.abs() > 1e-9 => {
            Formula::Laborde(regional::Laborde::new(s, lat0, si(Role::Azimuth), k))
        }
        Kind::Laborde => return Err(invalid("the centre must not be on the equator")),
        Kind::Cassini => Formula::Cassini(cassini::Cassini::new(s, lat0, false)),
        Kind::CassiniHyperbolic => Formula::Cassini(cassini::Cassini::new(s, lat0, true)),
        Kind::EquidistantCylindrical | Kind::EquidistantCylindricalSpherical => {
            Formula::EquidistantCylindrical(cylindrical::EquidistantCylindrical {
                radius: s.a,
                k: libm::cos(lat1),
                lat0,
            })
        }
        Kind::EquidistantConic => {
            Formula::EquidistantConic(conic::EquidistantConic::new(s, lat0, lat1, lat2).ok_or_else(no_cone)?)
        }
        Kind::Polyconic => Formula::Polyconic(conic::Polyconic::new(s, lat0)),
        Kind::Bonne | Kind::BonneSouth => Formula::Bonne(
            conic::Bonne::new(s, lat0).ok_or_else(|| invalid("the parallel must not be the equator"))?,
        ),
        Kind::Krovak | Kind::KrovakNorth | Kind::KrovakModified | Kind::KrovakModifiedNorth => {
            let modified = matches!(conversion.method.kind, Kind::KrovakModified | Kind::KrovakModifiedNorth);
            Formula::Krovak(krovak::Krovak::new(s, lat0, si(Role::ConeAxis), lat1, k, modified))
        }
        Kind::AzimuthalEquidistant | Kind::AzimuthalModified => {
            Formula::AzimuthalEquidistant(azimuthal::AzimuthalEquidistant::new(s, lat0))
        }
        Kind::Guam => Formula::Guam(azimuthal::Guam::new(s, lat0)),
        Kind::Orthographic => Formula::Orthographic(azimuthal::Orthographic::new(s, lat0, 0.0, 1.0)),
        Kind::LocalOrthographic => {
            Formula::Orthographic(azimuthal::Orthographic::new(s, lat0, si(Role::Azimuth), k))
        }
        Kind::Gnomonic => Formula::Gnomonic(azimuthal::Gnomonic::new(s, lat0)),
        Kind::GeostationaryX | Kind::GeostationaryY => {
            let height = si(Role::Height);
            if height.is_nan() || height <= 0.0 {
                return Err(invalid("the satellite must be above the ground"));
            }
            let sweep_x = conversion.method.kind == Kind::GeostationaryX;
            Formula::Geostationary(azimuthal::Geostationary::new(s, height, sweep_x))
        }
        Kind::ColombiaUrban => {
            Formula::ColombiaUrban(regional::ColombiaUrban::new(s, lat0, si(Role::Height)))
        }
        Kind::NewZealand => Formula::NewZealand(regional::NewZealand { a: 6_378_388.0, lat0 }),
        Kind::EqualEarth => Formula::EqualEarth(world::EqualEarth::new(s)),
        Kind::Sinusoidal => Formula::Sinusoidal(world::Sinusoidal::new(s)),
        Kind::Mollweide => Formula::Mollweide(world::Mollweide { radius: s.a }),
        Kind::Miller => Formula::Miller(world::Miller { radius: authalic.a }),
        Kind::Robinson => Formula::Robinson(world::Robinson { radius: s.a }),
        Kind::VanDerGrinten => Formula::VanDerGrinten(world::VanDerGrinten { radius: authalic.a }),
        Kind::EqualAreaCone => {
            let pole = FRAC_PI_2.copysign(1.0);
            Formula::Albers(equal_area::Albers::new(s, lat0, pole, lat1).ok_or_else(no_cone)?)
        }
        Kind::GoodeInterrupted => Formula::Interrupted(pseudo::Interrupted::new(s.a, false)),
        Kind::GoodeOcean => Formula::Interrupted(pseudo::Interrupted::new(s.a, true)),
        Kind::Perspective | Kind::TiltedPerspective => {
            let tilted = conversion.method.kind == Kind::TiltedPerspective;
            let tilt = tilted.then(|| (si(Role::Azimuth), si(Role::Tilt)));
            Formula::Perspective(
                spherical::Perspective::new(s.a, lat0, si(Role::Height), tilt)
                    .ok_or_else(|| invalid("the view must be from above the ground"))?,
            )
        }
        kind => match (outline(kind, conversion), shape(kind, conversion)) {
            (Some(outline), _) => {
                Formula::Pseudocylindrical(pseudo::Pseudocylindrical { radius: s.a, outline })
            }
            (_, Some(shape)) => Formula::Spherical(spherical::Spherical { radius: s.a, shape }),
            _ => return Err(invalid("its parameters make no map")),
        },
    };
    // these count westing and southing from the false origin
    match conversion.method.kind {
        Kind::TransverseMercatorSouth
        | Kind::BonneSouth
        | Kind::Krovak
        | Kind::KrovakNorth
        | Kind::KrovakModified
        | Kind::KrovakModifiedNorth => (fe, fnorth) = (-fe, -fnorth),
        Kind::LambertWest => fe = -fe,
        _ => {}
    }
    Ok(Projection { formula, frame: Frame { angle: 1.0, lon0, origin: [fe, fnorth], scale: [1.0, 1.0] } })
}

/// The maps whose parallels are straight.
fn outline(kind: Kind, conversion: &Conversion) -> Option<pseudo::Outline> {
    use pseudo::Outline;
    let si = |role| conversion.si(role);
    let (lat1, n, m) = (si(Role::Lat1), si(Role::FormN), si(Role::FormM));
    let series = |p, q, tangent| Outline::SineTangent { p, q, tangent };
    Some(match kind {
        Kind::Eckert1 => Outline::Eckert1,
        Kind::Eckert2 => Outline::Eckert2,
        Kind::Eckert3 => Outline::ECKERT3,
        Kind::Eckert4 => Outline::Eckert4,
        Kind::Eckert5 => Outline::Eckert5,
        Kind::Eckert6 => Outline::Sinusoidal { m: 1.0, n: 1.0 + FRAC_PI_2 },
        Kind::FlatPolarSinusoidal => Outline::Sinusoidal { m: 0.5, n: 1.0 + 0.25 * std::f64::consts::PI },
        Kind::GeneralSinusoidal if n > 0.0 && m >= 0.0 => Outline::Sinusoidal { m, n },
        Kind::Winkel1 => Outline::Winkel1 { cos1: libm::cos(lat1) },
        Kind::Winkel2 => Outline::Winkel2 { cos1: libm::cos(lat1) },
        Kind::NaturalEarth => Outline::NaturalEarth,
        Kind::NaturalEarth2 => Outline::NaturalEarth2,
        Kind::Goode => Outline::Goode,
        Kind::Gall => Outline::Gall,
        Kind::Wagner1 => Outline::FlatSine { n: 0.866_025_403_784_438_6 },
        Kind::FlatSine if n > 0.0 && n <= 1.0 => Outline::FlatSine { n },
        Kind::Wagner2 => Outline::Wagner2,
        Kind::Wagner3 => Outline::wagner3(lat1),
        Kind::Wagner4 => Outline::mollweide(std::f64::consts::FRAC_PI_3),
        Kind::Wagner5 => Outline::WAGNER5,
        Kind::Wagner6 => Outline::WAGNER6,
        Kind::Kavraisky5 => series(1.504_88, 1.354_39, false),
        Kind::QuarticAuthalic => series(2.0, 2.0, false),
        Kind::FlatPolarSine1 => series(1.488_75, 1.365_09, false),
        Kind::Foucaut => series(2.0, 2.0, true),
        Kind::Kavraisky7 => Outline::KAVRAISKY7,
        Kind::Putnins1 => Outline::PUTNINS1,
        Kind::Putnins2 => Outline::Putnins2,
        Kind::Putnins3 => Outline::Parabolic { a: 4.0 * 0.101_321_183_6 },
        Kind::Putnins3P => Outline::Parabolic { a: 2.0 * 0.101_321_183_6 },
        Kind::Putnins4P => Outline::Putnins4 { cx: 0.874_038_744, cy: 3.883_251_825 },
        Kind::Werenskiold => Outline::Putnins4 { cx: 1.0, cy: 4.442_882_938 },
        Kind::Putnins5 => Outline::Putnins5 { a: 2.0, b: 1.0 },
        Kind::Putnins5P => Outline::Putnins5 { a: 1.5, b: 0.5 },
        Kind::Putnins6 => {
            Outline::Putnins6 { cx: 1.013_46, cy: 0.919_10, a: 4.0, b: 2.147_143_718_212_938, d: 2.0 }
        }
        Kind::Putnins6P => Outline::Putnins6 { cx: 0.443_29, cy: 0.804_04, a: 6.0, b: 5.611_25, d: 3.0 },
        Kind::FlatPolarSine2 => Outline::FlatPolarSine2,
        Kind::FlatPolarParabolic => Outline::FlatPolarParabolic,
        Kind::FlatPolarQuartic => Outline::FlatPolarQuartic,
        Kind::Patterson => Outline::Patterson,
        Kind::Times => Outline::Times,
        Kind::Fahey => Outline::Fahey,
        Kind::Collignon => Outline::Collignon,
        Kind::Craster => Outline::Craster,
        Kind::CompactMiller => Outline::CompactMiller,
        Kind::Nell => Outline::Nell,
        Kind::NellHammer => Outline::NellHammer,
        Kind::Hatano => Outline::Hatano,
        Kind::FoucautSinusoidal if (0.0..=1.0).contains(&n) => Outline::FoucautSinusoidal { n },
        Kind::CentralCylindrical => Outline::CentralCylindrical,
        Kind::Boggs => Outline::Boggs,
        _ => return None,
    })
}

/// The maps whose parallels are curved.
fn shape(kind: Kind, conversion: &Conversion) -> Option<spherical::Shape> {
    use spherical::Shape;
    let si = |role| conversion.si(role);
    let (lat1, n, m) = (si(Role::Lat1), si(Role::FormN), si(Role::FormM));
    let below_pole = lat1.abs() < FRAC_PI_2 - 1e-9;
    Some(match kind {
        Kind::Aitoff => Shape::Aitoff,
        Kind::WinkelTripel if below_pole => Shape::WinkelTripel(libm::cos(lat1)),
        Kind::Hammer if n > 0.0 && m > 0.0 => Shape::Hammer { w: n, m },
        Kind::Wagner7 => Shape::Wagner7,
        Kind::Larrivee => Shape::Larrivee,
        Kind::Lagrange if n > 0.0 && below_pole => {
            let s = libm::sin(lat1);
            Shape::Lagrange { rw: 1.0 / n, a1: libm::pow((1.0 - s) / (1.0 + s), 0.5 / n) }
        }
        Kind::Loximuthal if below_pole => Shape::Loximuthal { lat1 },
        Kind::August => Shape::August,
        Kind::Denoyer => Shape::Denoyer,
        Kind::TransverseEqualArea => Shape::TransverseEqualArea { k: si(Role::K), lat0: si(Role::Lat0) },
        _ => return None,
    })
}

/// The projection of a system with units and axes, and whether x is the north-south axis.
pub(crate) fn of_system(p: &Projected) -> Result<(Projection, bool), CrsError> {
    let mut projection = self::projection(&p.conversion, p.base.datum.ellipsoid.spheroid())?;
    let (x, y) = p.directions();
    let swap = matches!(x, Direction::North | Direction::South);
    let sign = |d| if matches!(d, Direction::West | Direction::South) { -1.0 } else { 1.0 };
    let (east, north) = if swap { (y, x) } else { (x, y) };
    projection.frame = projection.frame.with_axes(p.unit().factor, [sign(east), sign(north)]);
    Ok((projection, swap))
}
