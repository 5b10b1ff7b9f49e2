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
        Kind::Gnomonic => Formula::Gnomonic(azimuthal::Gnomonic::new(s.sphere(), lat0)),
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
        Kind::NewZealand => Formula::NewZealand(regional::NewZealand { a: s.a, lat0 }),
        Kind::EqualEarth => Formula::EqualEarth(world::EqualEarth::new(s)),
        Kind::Sinusoidal => Formula::Sinusoidal(world::Sinusoidal::new(s)),
        Kind::Mollweide => Formula::Mollweide(world::Mollweide { radius: s.a }),
        Kind::Miller => Formula::Miller(world::Miller { radius: s.a }),
        Kind::Robinson => Formula::Robinson(world::Robinson { radius: s.a }),
        Kind::VanDerGrinten => Formula::VanDerGrinten(world::VanDerGrinten { radius: s.a }),
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
