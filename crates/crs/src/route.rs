//! The way from one coordinate system to another: which stages, and which datum operations.

use std::sync::Arc;

use fearless_simd::Level;

use crate::datum::Step;
use crate::definition::Crs;
use crate::error::{CrsError, ErrorKind};
use crate::grid::{DatumGrid, GridSet};
use crate::identify::same_datum;
use crate::math::wrap;
use crate::model::{Form, Geodetic, Horizontal, Projected};
use crate::operation::{Candidates, Operation};
use crate::options::TransformerOptions;
use crate::plane;
use crate::projection::{self, Projection};
use crate::tables;

const WGS84: u32 = 4326;

/// One stage of a transformation.
#[derive(Clone, Debug)]
pub(crate) enum Stage {
    /// Both coordinates times a factor.
    Scale(f64),
    /// Longitude and latitude to x and y; `true` when x is northing or southing.
    Project(Projection, bool),
    Unproject(Projection, bool),
    /// Added to longitudes, radians.
    Rotate(f64),
    /// A datum operation; longitude zero is at this many radians east of Greenwich.
    Shift(Candidates, f64),
    /// The exact inverse of a datum operation.
    Unshift(Candidates, f64),
    /// Grids of the user's, from Greenwich; `true` from their target to their source.
    Grids(GridSet, bool),
    /// x and y on one map to those on another: `a0 + a1 x + a2 y`, `b0 + b1 x + b2 y`.
    Affine([f64; 6]),
}

impl Stage {
    pub(crate) fn inverse(&self) -> Stage {
        match self.clone() {
            Stage::Scale(factor) => Stage::Scale(1.0 / factor),
            Stage::Project(p, swap) => Stage::Unproject(p, swap),
            Stage::Unproject(p, swap) => Stage::Project(p, swap),
            Stage::Rotate(angle) => Stage::Rotate(-angle),
            Stage::Shift(candidates, meridian) => Stage::Unshift(candidates, meridian),
            Stage::Unshift(candidates, meridian) => Stage::Shift(candidates, meridian),
            Stage::Grids(grids, inverse) => Stage::Grids(grids, !inverse),
            Stage::Affine(a) => Stage::Affine(plane::inverse(a)),
        }
    }

    /// Runs over at most [`crate::operation::BLOCK`] points.
    pub(crate) fn run(&self, level: Level, x: &mut [f64], y: &mut [f64]) {
        match self {
            Stage::Scale(factor) => {
                x.iter_mut().for_each(|x| *x *= factor);
                y.iter_mut().for_each(|y| *y *= factor);
            }
            Stage::Project(p, swap) => {
                p.forward(level, x, y);
                if *swap {
                    x.swap_with_slice(y);
                }
            }
            Stage::Unproject(p, swap) => {
                if *swap {
                    x.swap_with_slice(y);
                }
                p.inverse(level, x, y);
            }
            Stage::Rotate(angle) => x.iter_mut().for_each(|x| *x = wrap(*x + angle)),
            Stage::Shift(candidates, meridian) => candidates.run(level, *meridian, x, y),
            Stage::Unshift(candidates, meridian) => candidates.undo(level, *meridian, x, y),
            Stage::Grids(grids, inverse) => grids.run(*inverse, x, y),
            Stage::Affine([a0, a1, a2, b0, b1, b2]) => {
                for (x, y) in x.iter_mut().zip(y) {
                    (*x, *y) = (a0 + a1 * *x + a2 * *y, b0 + b1 * *x + b2 * *y);
                }
            }
        }
    }
}

/// A way from one system to another.
pub(crate) struct Route {
    pub(crate) stages: Vec<Stage>,
    /// Datum operations that change nothing: only their accuracy counts.
    pub(crate) idle: Vec<Candidates>,
    /// Whether grids of the user's are among the stages: points that they do not cover fail.
    pub(crate) by_grids: bool,
}

/// The best way between two systems that are not the same.
pub(crate) fn find(source: &Crs, target: &Crs, options: &TransformerOptions) -> Result<Route, CrsError> {
    let mut stages = Vec::new();
    let (from, to) = (End::of(source)?, End::of(target)?);
    same_planet(&from, &to)?;
    for end in [&from, &to] {
        missing_grids(end)?;
    }
    let codes = source.data().horizontal_epsg().zip(target.data().horizontal_epsg());
    if let (true, Some((a, b))) = (options.grids.is_empty(), codes)
        && let Some((affine, name, accuracy)) = plane::between(a, b)
        && options.required_accuracy.is_none_or(|required| accuracy <= required)
    {
        let idle = vec![Candidates::of(vec![Operation::of_plane(name, accuracy)])];
        return Ok(Route { stages: vec![Stage::Affine(affine)], idle, by_grids: false });
    }
    match &from.projected {
        Some(p) => stages.push(unproject(p)?),
        None => stages.push(Stage::Scale(from.base.unit().factor)),
    }
    let by_grids = grid_stages(&from, &to, options, &mut stages)?;
    if !by_grids {
        datum_stages(&from, &to, options, &mut stages)?;
    }
    match &to.projected {
        Some(p) => stages.push(project(p)?),
        None => stages.push(Stage::Scale(1.0 / to.base.unit().factor)),
    }
    let (stages, idle) = fold(stages);
    Ok(Route { stages, idle, by_grids })
}

/// One end of a transformation.
struct End<'a> {
    projected: Option<&'a Projected>,
    base: &'a Geodetic,
    crs: &'a Crs,
}

impl<'a> End<'a> {
    fn of(crs: &'a Crs) -> Result<End<'a>, CrsError> {
        let unusable = |why: &str| CrsError::new(ErrorKind::NoOperation, format!("\"{}\" {why}", crs.name()));
        match &crs.data().horizontal {
            Horizontal::Projected(p) => Ok(End { projected: Some(p), base: &p.base, crs }),
            Horizontal::Geodetic(g) if g.form != Form::Geocentric => {
                Ok(End { projected: None, base: g, crs })
            }
            Horizontal::Geodetic(_) => Err(unusable("is geocentric: x and y alone are no position")),
            Horizontal::Local(_) => Err(unusable("is a local system with no known place on the Earth")),
            Horizontal::None => Err(unusable("has heights only")),
        }
    }

    /// The geographic 2D system of the registry that stands for this datum, with its meridian.
    fn key(&self) -> Option<(u32, f64)> {
        let datum = self.base.datum.epsg?;
        if let Some(row) = self.base.epsg.and_then(tables::geodetic)
            && row.datum == datum
            && row.kind == Form::Geographic2D
        {
            return Some((u32::from(row.code), self.base.meridian.radians()));
        }
        let found = tables::geodetics()
            .filter(|row| row.datum == datum && row.kind == Form::Geographic2D)
            .min_by_key(|row| (row.deprecated, row.code))?;
        let meridian = Geodetic::of_epsg(u32::from(found.code))?.meridian;
        Some((u32::from(found.code), meridian.radians()))
    }
}

fn project(p: &Projected) -> Result<Stage, CrsError> {
    projection::of_system(p).map(|(projection, swap)| Stage::Project(projection, swap))
}

fn unproject(p: &Projected) -> Result<Stage, CrsError> {
    projection::of_system(p).map(|(projection, swap)| Stage::Unproject(projection, swap))
}

/// The way by grids of the user's, if they lead anywhere: straight, or by a third datum at one end.
fn grid_stages(
    from: &End<'_>,
    to: &End<'_>,
    options: &TransformerOptions,
    stages: &mut Vec<Stage>,
) -> Result<bool, CrsError> {
    let joins =
        |end: &End<'_>, crs: &Crs| End::of(crs).is_ok_and(|e| same_datum(&e.base.datum, &end.base.datum));
    // each grid in both directions: where it starts, where it ends, whether backwards
    let ways = || {
        options.grids.iter().flat_map(|g| [(g, &g.source, &g.target, false), (g, &g.target, &g.source, true)])
    };
    let accurate =
        |g: &DatumGrid| options.required_accuracy.is_none_or(|r| g.accuracy.is_some_and(|a| a <= r));
    let usable = || ways().filter(|(g, ..)| accurate(g));
    let straight = usable().find(|(_, a, b, _)| joins(from, a) && joins(to, b));
    let first = straight.or_else(|| usable().find(|(_, a, ..)| joins(from, a)));
    let Some((_, a, b, _)) = first.or_else(|| usable().find(|(_, _, b, _)| joins(to, b))) else {
        return Ok(false);
    };
    let (a_end, b_end) = (End::of(a)?, End::of(b)?);
    let same = |x: &Crs, y: &End<'_>| joins(y, x);
    let all: Vec<_> = usable().filter(|(_, x, y, _)| same(x, &a_end) && same(y, &b_end)).collect();
    let worst = all.iter().map(|(g, ..)| g.accuracy).try_fold(0f64, |worst, a| Some(worst.max(a?)));
    let list = all.iter().map(|(g, _, _, backwards)| (Arc::clone(&g.grid), *backwards)).collect();
    if joins(from, a) {
        rotate(from.base.meridian.radians(), stages);
    } else {
        datum_stages(from, &a_end, options, stages)?;
        rotate(a_end.base.meridian.radians(), stages);
    }
    stages.push(Stage::Grids(GridSet { list, accuracy: worst }, false));
    if joins(to, b) {
        rotate(-to.base.meridian.radians(), stages);
    } else {
        rotate(-b_end.base.meridian.radians(), stages);
        datum_stages(&b_end, to, options, stages)?;
    }
    Ok(true)
}

/// Radians on one datum to radians on another.
fn datum_stages(
    from: &End<'_>,
    to: &End<'_>,
    options: &TransformerOptions,
    stages: &mut Vec<Stage>,
) -> Result<(), CrsError> {
    let (m1, m2) = (from.base.meridian.radians(), to.base.meridian.radians());
    let (d1, d2) = (&from.base.datum, &to.base.datum);
    let own = d1.to_wgs84.is_some() || d2.to_wgs84.is_some();
    let same = match (d1.epsg, d2.epsg) {
        (Some(a), Some(b)) => a == b,
        _ => d1.name == d2.name && d1.ellipsoid.same(&d2.ellipsoid) && d1.to_wgs84 == d2.to_wgs84,
    };
    if same {
        rotate(m1 - m2, stages);
        return Ok(());
    }
    let (k1, k2) = (from.key(), to.key());
    match (own, k1, k2) {
        (false, Some((k1, km1)), Some((k2, km2))) => {
            rotate(m1 - km1, stages);
            let ballpark = || Operation::ballpark_between(km1, km2);
            let mut found = candidates(k1, k2, from, to, ballpark());
            add_ballpark(&mut found, from, to, ballpark());
            if let Some(p) = from.projected {
                let (projection, swap) = projection::of_system(p)?;
                found.on_map(&projection, swap, km1, Level::new());
            }
            push(found, km1, options, stages)?;
            rotate(km2 - m2, stages);
        }
        (true, ..) => {
            hub(from, true, k1, options, stages)?;
            hub(to, false, k2, options, stages)?;
        }
        // nothing is known of one of them: PROJ, GDAL and QGIS carry longitudes and latitudes over, from Greenwich
        (false, ..) => {
            rotate(m1 - m2, stages);
            push(Candidates::of(vec![Operation::ballpark()]), m2, options, stages)?;
        }
    }
    Ok(())
}

/// A definition that names grids cannot do without them, unless each may be missing (`@`).
fn missing_grids(end: &End<'_>) -> Result<(), CrsError> {
    let Some(list) = &end.base.datum.grids else { return Ok(()) };
    let needed = list.split(',').find(|name| !name.starts_with('@') && *name != "null");
    match needed {
        Some(name) => {
            let what = format!("\"{}\" needs the grid {name}, which was not given", end.crs.name());
            Err(CrsError::new(ErrorKind::NoOperation, what))
        }
        None => Ok(()),
    }
}

/// Two systems of one celestial body: figures that differ by less than a hundredth.
fn same_planet(from: &End<'_>, to: &End<'_>) -> Result<(), CrsError> {
    let (a, b) = (from.base.datum.ellipsoid.a, to.base.datum.ellipsoid.a);
    if (a - b).abs() <= 0.01 * a.max(b) {
        return Ok(());
    }
    let (from, to) = (from.crs.name(), to.crs.name());
    let what =
        format!("\"{from}\" and \"{to}\" belong to different celestial bodies: radii of {a} m and {b} m");
    Err(CrsError::new(ErrorKind::NoOperation, what))
}

/// A definition without a registered area may be used anywhere: where no operation is meant for all of that, PROJ also has
/// the one that leaves the shift out.
fn add_ballpark(found: &mut Candidates, from: &End<'_>, to: &End<'_>, ballpark: Operation) {
    let registered = |end: &End<'_>| end.crs.data().area.is_some();
    let region = region(from, to);
    let covered = found.list.iter().any(|o| o.contains(region));
    if !(covered || registered(from) && registered(to)) {
        found.list.push(ballpark);
    }
}

/// Where a transformation is likely to be used: PROJ's smaller one of the two areas of use, degrees.
fn region(from: &End<'_>, to: &End<'_>) -> [f64; 4] {
    let area = |end: &End<'_>| end.crs.data().area.as_ref().map(|a| [a.west, a.south, a.east, a.north]);
    let span = |a: &[f64; 4]| (a[2] - a[0] + if a[0] > a[2] { 360.0 } else { 0.0 }) * (a[3] - a[1]);
    let areas = [area(from), area(to)].into_iter().flatten();
    areas.min_by(|a, b| span(a).total_cmp(&span(b))).unwrap_or([-180.0, -90.0, 180.0, 90.0])
}

/// To WGS 84, Greenwich, or from there, where one of the definitions has a shift of its own.
fn hub(
    end: &End<'_>,
    to_hub: bool,
    key: Option<(u32, f64)>,
    options: &TransformerOptions,
    stages: &mut Vec<Stage>,
) -> Result<(), CrsError> {
    let own_meridian = end.base.meridian.radians();
    let greenwich = |operation| Some((Candidates::of(vec![operation]), 0.0));
    // the operation, and the meridian that longitudes count from on this datum's side of it
    let found = match (own_shift(end, !to_hub), key) {
        (Some(own), _) => Some((own, 0.0)),
        (None, Some((WGS84, _))) => None,
        (None, Some((key, meridian))) => registered(WGS84, key, None, to_hub)
            .map(|found| (found, meridian))
            .or_else(|| greenwich(Operation::ballpark())),
        (None, None) => greenwich(Operation::ballpark()),
    };
    let (operation, meridian) = match found {
        Some((operation, meridian)) => (Some(operation), meridian),
        None => (None, 0.0),
    };
    if to_hub {
        rotate(own_meridian - meridian, stages);
    }
    if let Some(operation) = operation {
        push(operation, if to_hub { meridian } else { 0.0 }, options, stages)?;
    }
    if !to_hub {
        rotate(meridian - own_meridian, stages);
    }
    Ok(())
}

/// The Helmert parameters that a definition carries, to WGS 84 or back.
fn own_shift(end: &End<'_>, inverse: bool) -> Option<Candidates> {
    let v = end.base.datum.to_wgs84?;
    let values = [v[0], v[1], v[2], v[3], v[4], v[5], v[6], 0.0, 0.0, 0.0];
    let here = end.base.datum.ellipsoid.spheroid();
    let there = Geodetic::of_epsg(WGS84)?.datum.ellipsoid.spheroid();
    let mut steps =
        vec![Step::ToGeocentric(here), Step::helmert(&values, false), Step::FromGeocentric(there)];
    if inverse {
        steps.reverse();
        steps.iter_mut().for_each(|s| *s = s.inverse());
    }
    let no_shift = v == [0.0; 7] && here.a == there.a && (here.e2 - there.e2).abs() < 1e-10;
    let steps = if no_shift { Vec::new() } else { steps };
    Some(Candidates::of(vec![Operation::of_steps(steps)]))
}

fn registered(a: u32, b: u32, projected: Option<u32>, inverse: bool) -> Option<Candidates> {
    let special = projected.and_then(|code| tables::operations(a, code));
    let rows: Vec<_> = match special {
        Some(rows) => rows.collect(),
        None => tables::operations(a, b)?.collect(),
    };
    let list = rows.into_iter().map(|row| Operation::of_row(row, inverse)).collect();
    Some(Candidates::of(list))
}

/// The operations between two systems of the registry; for a few projected systems, PROJ's order differs from that of
/// their base. Where the table has none between them, the way goes by WGS 84.
fn candidates(k1: u32, k2: u32, from: &End<'_>, to: &End<'_>, ballpark: Operation) -> Candidates {
    let code = |end: &End<'_>| end.projected.and(end.crs.data().horizontal_epsg());
    let none = || Candidates::of(vec![ballpark.clone()]);
    if k1 == WGS84 {
        return registered(WGS84, k2, code(to), false).unwrap_or_else(none);
    }
    if k2 == WGS84 {
        return registered(WGS84, k1, code(from), true).unwrap_or_else(none);
    }
    registered(k1.min(k2), k1.max(k2), None, k1 > k2).unwrap_or_else(|| {
        let to_hub = registered(WGS84, k1, None, true).unwrap_or_else(none);
        let from_hub = registered(WGS84, k2, None, false).unwrap_or_else(none);
        Candidates::joined(&to_hub, &from_hub, region(from, to), ballpark.clone())
    })
}

fn rotate(angle: f64, stages: &mut Vec<Stage>) {
    if angle != 0.0 {
        stages.push(Stage::Rotate(angle));
    }
}

/// Adds a datum operation, narrowed down to what the options allow.
fn push(
    mut candidates: Candidates,
    meridian: f64,
    options: &TransformerOptions,
    stages: &mut Vec<Stage>,
) -> Result<(), CrsError> {
    if let Some(required) = options.required_accuracy {
        let best = candidates.list.iter().filter_map(|o| o.accuracy).fold(f64::INFINITY, f64::min);
        candidates.list.retain(|o| o.accuracy.is_some_and(|a| a <= required));
        candidates.strict = true;
        if candidates.list.is_empty() {
            let what = if best.is_finite() {
                format!("the most accurate operation is good to {best} m, {required} m are required")
            } else {
                format!("no operation of known accuracy, {required} m are required")
            };
            return Err(CrsError::new(ErrorKind::NoOperation, what));
        }
    }
    if let Some(area) = options.area_of_interest {
        candidates.narrow(area);
    }
    stages.push(Stage::Shift(candidates, meridian));
    Ok(())
}

/// Puts the unit of the angles into the projections, so that it costs no pass of its own, and takes out what does
/// nothing; returns the datum operations among that.
fn fold(stages: Vec<Stage>) -> (Vec<Stage>, Vec<Candidates>) {
    let (mut out, mut idle): (Vec<Stage>, _) = (Vec::with_capacity(stages.len()), Vec::new());
    for stage in stages {
        match (out.last_mut(), stage) {
            (_, Stage::Shift(candidates, _)) if candidates.is_noop() => idle.push(candidates),
            (Some(Stage::Scale(a)), Stage::Scale(b)) => *a *= b,
            (Some(Stage::Unproject(p, _)), Stage::Scale(b)) => p.frame.angle /= b,
            (Some(Stage::Scale(a)), Stage::Project(mut p, swap)) => {
                p.frame.angle *= *a;
                out.pop();
                out.push(Stage::Project(p, swap));
            }
            (_, stage) => out.push(stage),
        }
    }
    out.retain(|s| !matches!(s, Stage::Scale(f) if (f - 1.0).abs() < 1e-15));
    (out, idle)
}
