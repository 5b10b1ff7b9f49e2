//! A map projection's method and values.

use std::borrow::Cow;

use super::{Name, Unit, sexagesimal};
use crate::error::{CrsError, ErrorKind, Location};
use crate::method::{Kind, Method, Quantity, Role};
use crate::tables;

/// One parameter of a conversion.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameter {
    pub(crate) code: u16,
    pub(crate) value: f64,
    pub(crate) unit: Unit,
}

/// A map projection with its values.
#[derive(Clone, Debug)]
pub(crate) struct Conversion {
    pub(crate) name: Name,
    pub(crate) epsg: Option<u16>,
    pub(crate) method: &'static Method,
    pub(crate) parameters: Vec<Parameter>,
}

impl Conversion {
    pub(crate) fn of_epsg(code: u32) -> Result<Conversion, CrsError> {
        let unknown = || CrsError::new(ErrorKind::UnknownCode, "no such conversion").at(Location::Epsg(code));
        let row = tables::conversion(code).ok_or_else(unknown)?;
        let method = Method::of_epsg(row.method).ok_or_else(|| {
            CrsError::new(ErrorKind::Unsupported, format!("\"{}\": method {}", row.name, row.method))
                .at(Location::Epsg(code))
        })?;
        let parameters = row
            .parameters()
            .map(|p| match sexagesimal(p.value, p.unit) {
                Some(degrees) => Parameter { code: p.code, value: degrees, unit: Unit::DEGREE },
                None => {
                    let unit = Unit::of_epsg(u32::from(p.unit)).unwrap_or(Unit::UNITY);
                    let unit = if unit.epsg == Some(9102) { Unit::DEGREE } else { unit };
                    Parameter { code: p.code, value: p.value, unit }
                }
            })
            .collect();
        Ok(Conversion { name: Cow::Borrowed(row.name), epsg: Some(row.code), method, parameters })
    }

    /// A conversion from roles and values; values of other roles than the method has are ignored by the caller's choice.
    pub(crate) fn new(name: Name, kind: Kind, values: &[(Role, f64, Unit)]) -> Conversion {
        let method = Method::of_kind(kind);
        let parameters = method
            .parameters
            .iter()
            .map(|&code| {
                let role = method.role_of(code);
                let given = values.iter().find(|v| Some(v.0) == role);
                let default = role.map_or(0.0, Role::default);
                let unit = || match role.map(Role::quantity) {
                    Some(Quantity::Length) => Unit::METRE,
                    Some(Quantity::Scale) => Unit::UNITY,
                    _ => Unit::DEGREE,
                };
                match given {
                    Some((_, value, unit)) => Parameter { code, value: *value, unit: unit.clone() },
                    None => Parameter { code, value: default, unit: unit() },
                }
            })
            .collect();
        Conversion { name, epsg: None, method, parameters }
    }

    /// The parameter with a role.
    pub(crate) fn parameter(&self, role: Role) -> Option<&Parameter> {
        self.parameters.iter().find(|p| self.method.role_of(p.code) == Some(role))
    }

    /// Radians, metres or ones; the default if the definition leaves it out.
    pub(crate) fn si(&self, role: Role) -> f64 {
        self.parameter(role).map_or(role.default(), |p| p.value * p.unit.factor)
    }
}
