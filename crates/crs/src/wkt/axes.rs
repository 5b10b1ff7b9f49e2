//! Axes and units of a node, in both generations of WKT.

use std::borrow::Cow;

use super::tree::{Node, Value};
use crate::error::CrsError;
use crate::model::{Axis, Direction, Unit};
use crate::tables::UnitKind;

const UNITS: [&str; 5] = ["UNIT", "LENGTHUNIT", "ANGLEUNIT", "SCALEUNIT", "PARAMETRICUNIT"];

/// The unit of a node, if it states one.
pub(super) fn unit(node: &Node, kind: UnitKind) -> Result<Option<Unit>, CrsError> {
    let Some(unit) = node.child(&UNITS) else { return Ok(None) };
    let kind = match unit.keyword.as_str() {
        "LENGTHUNIT" => UnitKind::Length,
        "ANGLEUNIT" => UnitKind::Angle,
        "SCALEUNIT" => UnitKind::Scale,
        _ => kind,
    };
    let factor = unit.number(1)?;
    if !Unit::is_possible(factor, kind) {
        return Err(unit.wrong("must have a positive and possible factor"));
    }
    Ok(Some(Unit::of_factor(unit.name()?, factor, kind)))
}

/// The axes of a node, each with the common unit unless it has its own.
pub(super) fn axes(node: &Node, common: &Unit, kind: UnitKind) -> Result<Vec<Axis>, CrsError> {
    let mut out: Vec<(f64, Axis)> = Vec::new();
    for axis in node.all("AXIS") {
        let full = axis.name()?;
        // "easting (X)"
        let (name, abbreviation) = match full.rsplit_once('(') {
            Some((name, rest)) => (name.trim(), rest.trim_end_matches(')')),
            None => (full, ""),
        };
        let word = axis.text(1).ok_or_else(|| axis.wrong("must have a direction"))?;
        let order = match axis.child(&["ORDER"]) {
            Some(order) => order.number(0)?,
            None => out.len() as f64,
        };
        let meridian = match axis.child(&["MERIDIAN"]) {
            Some(m) => {
                let unit = unit(m, UnitKind::Angle)?.unwrap_or(Unit::DEGREE);
                Some((m.number(0)? * unit.factor).to_degrees())
            }
            None => None,
        };
        let own_kind = if Direction::of(word) == Direction::Up { UnitKind::Length } else { kind };
        let unit = match unit(axis, own_kind)? {
            Some(own) => own,
            None if own_kind != kind => Unit::METRE,
            None => common.clone(),
        };
        out.push((
            order,
            Axis {
                name: Cow::Owned(name.to_owned()),
                abbreviation: Cow::Owned(abbreviation.to_owned()),
                direction: Direction::of(word),
                meridian,
                unit,
            },
        ));
    }
    out.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(out.into_iter().map(|(_, axis)| axis).collect())
}

/// Number of dimensions in `CS[type, n]`.
pub(super) fn dimensions(node: &Node) -> Option<usize> {
    match node.child(&["CS"])?.values.get(1)? {
        Value::Number(n) => Some(*n as usize),
        _ => None,
    }
}
