//! Units of length, angle and scale.

use std::borrow::Cow;

use super::Name;
use crate::method::{squash, squashes_to};
use crate::tables::{self, UnitKind};

/// Radians in a degree, and the value that texts round it to.
pub(crate) const DEGREE: f64 = std::f64::consts::PI / 180.0;

/// A unit of length, angle or scale.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unit {
    pub(crate) name: Name,
    pub(crate) epsg: Option<u16>,
    /// Metres, radians or ones in the unit.
    pub(crate) factor: f64,
}

impl Unit {
    pub(crate) const METRE: Unit = Unit { name: Cow::Borrowed("metre"), epsg: Some(9001), factor: 1.0 };
    pub(crate) const DEGREE: Unit = Unit { name: Cow::Borrowed("degree"), epsg: Some(9122), factor: DEGREE };
    pub(crate) const UNITY: Unit = Unit { name: Cow::Borrowed("unity"), epsg: Some(9201), factor: 1.0 };

    /// The unit of an EPSG code. Sexagesimal codes have no factor and are not found.
    pub(crate) fn of_epsg(code: u32) -> Option<Unit> {
        if code == 9122 || code == 9102 {
            return Some(Unit { epsg: u16::try_from(code).ok(), ..Unit::DEGREE });
        }
        let row = tables::unit(code)?;
        Some(Unit { name: Cow::Borrowed(row.name), epsg: Some(row.code), factor: row.factor? })
    }

    /// Can a unit be this large, in metres, radians or ones? Nobody measures in angles of ten radians, and what is counted
    /// in units next to nothing is not finite.
    pub(crate) fn is_possible(factor: f64, kind: UnitKind) -> bool {
        let most = if kind == UnitKind::Angle { 10.0 } else { 1e9 };
        (1e-20..most).contains(&factor)
    }

    /// A unit from a name and a factor, known or not: a factor within 1e-8 of a known unit's, in a definition that gives
    /// its name too, is that unit with its digits restored.
    pub(crate) fn of_factor(name: &str, factor: f64, kind: UnitKind) -> Unit {
        let close = |a: f64| (a - factor).abs() <= 1e-10 * factor.abs();
        if kind == UnitKind::Angle && close(DEGREE) {
            return Unit::DEGREE;
        }
        let wanted = squash(name);
        let same = |row: &tables::UnitRow| {
            row.kind == kind && row.factor.is_some_and(|f| (f - factor).abs() <= 1e-8 * factor.abs())
        };
        let named = |row: &tables::UnitRow| squashes_to(row.name, &wanted) || squashes_to(row.esri, &wanted);
        let by_name = tables::units().find(|row| same(row) && named(row));
        let by_value = || tables::units().find(|row| row.kind == kind && row.factor.is_some_and(close));
        match by_name.or_else(by_value) {
            Some(row) => Unit {
                name: Cow::Borrowed(row.name),
                epsg: Some(row.code),
                factor: row.factor.unwrap_or(factor),
            },
            None => Unit { name: Cow::Owned(name.to_owned()), epsg: None, factor },
        }
    }

    pub(crate) fn is_metre(&self) -> bool {
        self.factor == 1.0
    }
}

/// An angle in one of EPSG's sexagesimal codes as decimal degrees: 9110 is `D.MMSSsss`, 9111 `D.MMmmm`.
pub(crate) fn sexagesimal(value: f64, code: u16) -> Option<f64> {
    if !matches!(code, 9110 | 9111) {
        return None;
    }
    // the digits are what was meant, so they are read as digits
    let text = format!("{:.12}", value.abs());
    let (degrees, fraction) = text.split_once('.')?;
    let digits = |from: usize, to: usize| fraction.get(from..to)?.parse::<f64>().ok();
    let seconds = match code {
        9110 => digits(0, 2)? * 60.0 + digits(2, 4)? + (digits(4, 12)? / 1e8 * 1e6).round() / 1e6,
        _ => digits(0, 2)? * 60.0 + digits(2, 12)? / 1e10 * 60.0,
    };
    Some(((degrees.parse::<f64>().ok()? * 3600.0 + seconds) / 3600.0).copysign(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sexagesimal_digits_are_read_as_digits() {
        assert_eq!(sexagesimal(-58.3, 9110), Some(-58.5));
        assert_eq!(sexagesimal(46.570_866, 9110), Some((46.0 * 3600.0 + 57.0 * 60.0 + 8.66) / 3600.0));
        assert_eq!(sexagesimal(9.1509, 9111), Some(9.0 + 15.09 / 60.0));
        assert_eq!(sexagesimal(9.15, 9102), None);
    }
}
