//! Which datum operation runs at a point.
//!
//! PROJ's rule (`pj_get_suggested_operation`): of the candidates in PROJ's order, the first whose area holds the point,
//! unless a later one that is not offshore is more accurate, or as accurate and for a smaller area; where none holds the
//! point, the first of the list. Where points come on a map projection, the area of an operation is the rectangle around
//! it on that map.
//!
//! For a whole region one operation is taken, so that nothing tears: PROJ's rule too (`proj_create_crs_to_crs` with an area).

use fearless_simd::Level;

use crate::datum::Step;
use crate::math::wrap;
use crate::projection::Projection;
use crate::tables::{ExtentRow, OperationRow};

/// Points are transformed in blocks of this many, on the stack.
pub(crate) const BLOCK: usize = 256;

/// One candidate.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    name: String,
    ballpark: bool,
    offshore: bool,
    unknown_area: bool,
    priority: bool,
    /// Degrees, west, south, east, north; none for the whole world.
    pub(crate) area: Option<[f64; 4]>,
    size: f64,
    pub(crate) accuracy: Option<f64>,
    pub(crate) steps: Vec<Step>,
    /// The area on the map that points come on: left, bottom, right, top.
    rectangles: Vec<[f64; 4]>,
}

/// All candidates between two datums.
#[derive(Clone, Debug)]
pub(crate) struct Candidates {
    pub(crate) list: Vec<Operation>,
    /// Where no candidate applies, the point fails instead of taking the first one.
    pub(crate) strict: bool,
    /// The map that points come on, and whether its x is northing.
    map: Option<(Box<Projection>, bool)>,
}

impl Operation {
    pub(crate) fn of_row(row: OperationRow, inverse: bool) -> Operation {
        let steps = row.steps().filter_map(|(opcode, v)| Step::of_opcode(opcode, &v));
        let area = row.extent.map(|e: ExtentRow| [e.west, e.south, e.east, e.north]);
        let mut steps: Vec<Step> = steps.collect();
        if inverse {
            steps.reverse();
            steps.iter_mut().for_each(|s| *s = s.inverse());
        }
        Operation {
            name: row.name(),
            ballpark: row.ballpark,
            offshore: row.offshore,
            unknown_area: row.unknown_area,
            priority: row.priority,
            area,
            size: size(area),
            accuracy: row.accuracy,
            steps,
            rectangles: Vec::new(),
        }
    }

    /// An operation of the definition itself, good everywhere, of unknown accuracy.
    pub(crate) fn of_steps(steps: Vec<Step>) -> Operation {
        Operation { steps, ..Self::named("the definition's own datum shift", false) }
    }

    /// Longitudes and latitudes carried over as they are, though the datums differ.
    pub(crate) fn ballpark() -> Operation {
        Self::named("Ballpark geographic offset", true)
    }

    fn named(name: &str, ballpark: bool) -> Operation {
        Operation {
            name: name.to_owned(),
            ballpark,
            offshore: false,
            unknown_area: ballpark,
            priority: false,
            area: None,
            size: size(None),
            accuracy: None,
            steps: Vec::new(),
            rectangles: Vec::new(),
        }
    }

    /// This one and then another one; none where they have no area in common.
    pub(crate) fn then(&self, next: &Operation) -> Option<Operation> {
        let area = match (self.area, next.area) {
            (Some(a), Some(b)) => Some(common(a, b)?),
            (a, b) => a.or(b),
        };
        Some(Operation {
            name: format!("{} + {}", self.name, next.name),
            ballpark: self.ballpark || next.ballpark,
            offshore: self.offshore || next.offshore,
            unknown_area: self.unknown_area || next.unknown_area,
            priority: false,
            area,
            size: size(area),
            accuracy: self.accuracy.zip(next.accuracy).map(|(a, b)| a + b),
            steps: self.steps.iter().chain(&next.steps).copied().collect(),
            rectangles: Vec::new(),
        })
    }

    pub(crate) fn name(&self) -> String {
        self.name.clone()
    }

    pub(crate) fn is_ballpark(&self) -> bool {
        self.ballpark
    }

    /// How much of a region it covers, in the measure of [`size`].
    fn covers(&self, region: [f64; 4]) -> f64 {
        match self.area {
            None => size(Some(region)),
            Some(mine) => common(mine, region).map_or(0.0, |a| size(Some(a))),
        }
    }

    /// Whether a region lies in its area.
    pub(crate) fn contains(&self, region: [f64; 4]) -> bool {
        self.covers(region) >= size(Some(region)) * (1.0 - 1e-9)
    }

    /// Degrees.
    fn holds(&self, lon: f64, lat: f64) -> bool {
        let Some([west, south, east, north]) = self.area else { return true };
        let across = west > east;
        lat >= south
            && lat <= north
            && if across { lon >= west || lon <= east } else { lon >= west && lon <= east }
    }

    /// The same on the map that points come on.
    fn holds_on_map(&self, x: f64, y: f64) -> bool {
        let within = |r: &[f64; 4]| x >= r[0] && x <= r[2] && y >= r[1] && y <= r[3];
        self.area.is_none() || self.rectangles.iter().any(within)
    }

    /// Whether the areas touch; both in degrees.
    pub(crate) fn touches(&self, other: [f64; 4]) -> bool {
        let Some(mine) = self.area else { return true };
        let spans = |a: [f64; 4]| {
            if a[0] <= a[2] { [(a[0], a[2]), (a[0], a[2])] } else { [(a[0], 180.0), (-180.0, a[2])] }
        };
        let lon = spans(mine).iter().any(|p| spans(other).iter().any(|q| p.0 <= q.1 && q.0 <= p.1));
        lon && mine[1] <= other[3] && other[1] <= mine[3]
    }

    fn better_than(&self, best: &Operation) -> bool {
        let (mine, theirs) = (self.accuracy.unwrap_or(-1.0), best.accuracy.unwrap_or(-1.0));
        // an operation for nobody knows where does not beat one for a known area
        let smaller = self.size < best.size && (best.unknown_area || !self.unknown_area) && !best.priority;
        // unknown counts as -1, as in PROJ: nothing beats it
        let more_accurate = mine >= 0.0 && mine < theirs;
        !self.offshore && (more_accurate || mine == theirs && smaller)
    }

    /// PROJ's order of candidates: what leaves no shift out, known accuracy, more of the region, better accuracy.
    fn before(&self, other: &Operation, region: [f64; 4]) -> std::cmp::Ordering {
        let covered = other.covers(region).total_cmp(&self.covers(region));
        let accuracy = |o: &Operation| o.accuracy.unwrap_or(f64::INFINITY);
        (self.ballpark, self.accuracy.is_none())
            .cmp(&(other.ballpark, other.accuracy.is_none()))
            .then(covered)
            .then(accuracy(self).total_cmp(&accuracy(other)))
    }
}

/// The part of the Earth that two areas share, degrees; around the antimeridian the larger piece.
fn common(a: [f64; 4], b: [f64; 4]) -> Option<[f64; 4]> {
    let (south, north) = (a[1].max(b[1]), a[3].min(b[3]));
    let east = |v: [f64; 4]| if v[0] > v[2] { v[2] + 360.0 } else { v[2] };
    let pieces = [-360.0, 0.0, 360.0].into_iter().map(|turn| {
        let (west, east) = (a[0].max(b[0] + turn), east(a).min(east(b) + turn));
        (west, east)
    });
    let (west, east) = pieces.filter(|p| p.0 <= p.1).max_by(|p, q| (p.1 - p.0).total_cmp(&(q.1 - q.0)))?;
    let back = |lon: f64| {
        if lon > 180.0 {
            lon - 360.0
        } else if lon < -180.0 {
            lon + 360.0
        } else {
            lon
        }
    };
    (south <= north).then(|| [back(west), south, back(east), north])
}

/// The rectangle around an area on a map, from 21 points on each side, as PROJ takes it; none when no point is on the map.
fn rectangle(
    projection: &Projection,
    swap: bool,
    meridian: f64,
    level: Level,
    [west, south, east, north]: [f64; 4],
) -> Option<[f64; 4]> {
    let (mut x, mut y) = (Vec::with_capacity(84), Vec::with_capacity(84));
    for i in 0..=20 {
        let t = f64::from(i) / 20.0;
        let (lon, lat) = (west + t * (east - west), south + t * (north - south));
        x.extend([lon, lon, west, east]);
        y.extend([south, north, lat, lat]);
    }
    // the projection may have taken the unit of its angles in already
    let angle = projection.frame.angle;
    x.iter_mut().for_each(|x| *x = (x.to_radians() - meridian) / angle);
    y.iter_mut().for_each(|y| *y = y.to_radians() / angle);
    projection.forward(level, &mut x, &mut y);
    let (x, y) = if swap { (y, x) } else { (x, y) };
    let mut out = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    for (&x, &y) in x.iter().zip(&y).filter(|(x, y)| x.is_finite() && y.is_finite()) {
        out = [out[0].min(x), out[1].min(y), out[2].max(x), out[3].max(y)];
    }
    (out[0] <= out[2]).then_some(out)
}

/// PROJ's measure of an area: degrees of longitude times the integral of the cosine of the latitude.
fn size(area: Option<[f64; 4]>) -> f64 {
    let [west, south, east, north] = area.unwrap_or([-180.0, -90.0, 180.0, 90.0]);
    let width = east - west + if west > east { 360.0 } else { 0.0 };
    width * (libm::sin(north.to_radians()) - libm::sin(south.to_radians()))
}

impl Candidates {
    pub(crate) fn of(list: Vec<Operation>) -> Candidates {
        Candidates { list, strict: false, map: None }
    }

    /// All of `first` followed by all of `second` that share an area in a region, in PROJ's order.
    pub(crate) fn joined(first: &Candidates, second: &Candidates, region: [f64; 4]) -> Candidates {
        let pairs = first.list.iter().flat_map(|a| second.list.iter().filter_map(|b| a.then(b)));
        let mut list: Vec<Operation> = pairs.filter(|o| o.touches(region)).collect();
        list.sort_by(|a, b| a.before(b, region));
        if list.iter().any(|o| !o.ballpark && o.contains(region)) {
            list.retain(|o| !o.ballpark);
        }
        if list.is_empty() {
            list.push(Operation::ballpark());
        }
        Candidates::of(list)
    }

    /// Leaves one operation, the best one for a region.
    pub(crate) fn narrow(&mut self, region: [f64; 4]) {
        // outside every area the first of the list runs, so never leave none
        let touching = self.list.iter().filter(|o| o.touches(region));
        let best = touching.min_by(|a, b| a.before(b, region)).or(self.list.first()).cloned();
        self.list = best.into_iter().collect();
        self.map = None;
    }

    /// Points come on a map: the areas are rectangles there. `meridian` is where longitude zero of the datum is, radians.
    pub(crate) fn on_map(&mut self, projection: &Projection, swap: bool, meridian: f64, level: Level) {
        if self.list.len() < 2 {
            return;
        }
        for operation in &mut self.list {
            let Some([west, south, east, north]) = operation.area else { continue };
            let halves = if west <= east {
                vec![[west, south, east, north]]
            } else {
                vec![[west, south, 180.0, north], [-180.0, south, east, north]]
            };
            let around = |half: [f64; 4]| rectangle(projection, swap, meridian, level, half);
            operation.rectangles = halves.into_iter().filter_map(around).collect();
        }
        self.map = Some((Box::new(projection.clone()), swap));
    }

    /// Index of the operation at a point, degrees from Greenwich.
    pub(crate) fn choose(&self, lon: f64, lat: f64) -> Option<usize> {
        self.first_that(|o| o.holds(lon, lat))
    }

    fn first_that(&self, holds: impl Fn(&Operation) -> bool) -> Option<usize> {
        let mut best: Option<usize> = None;
        for (i, candidate) in self.list.iter().enumerate() {
            if holds(candidate) && best.is_none_or(|b| candidate.better_than(&self.list[b])) {
                best = Some(i);
            }
        }
        if self.strict { best } else { best.or((!self.list.is_empty()).then_some(0)) }
    }

    /// Whether nothing ever changes.
    pub(crate) fn is_noop(&self) -> bool {
        !self.strict && self.list.iter().all(|o| o.steps.is_empty())
    }

    /// Runs over at most [`BLOCK`] points, radians; `meridian` is where longitude zero is, radians east of Greenwich.
    pub(crate) fn run(&self, level: Level, meridian: f64, x: &mut [f64], y: &mut [f64]) {
        self.grouped(level, meridian, x, y, |operation, x, y| operation.run(level, x, y));
    }

    /// Undoes [`Self::run`]: finds the points that it takes to these.
    pub(crate) fn undo(&self, level: Level, meridian: f64, x: &mut [f64], y: &mut [f64]) {
        let (mut ex, mut ey) = ([0.0; BLOCK], [0.0; BLOCK]);
        let (ex, ey) = (&mut ex[..x.len()], &mut ey[..y.len()]);
        ex.copy_from_slice(x);
        ey.copy_from_slice(y);
        let chosen = self.grouped(level, meridian, x, y, |operation, x, y| operation.undo(level, x, y));
        if self.is_single() {
            return;
        }
        // the operation must be the one that is chosen at the start; near an edge the first guess may be the wrong one
        for i in 0..x.len() {
            if self.index_at(level, meridian, x[i], y[i]) != chosen[i] {
                (x[i], y[i]) = self.undo_near_edge(level, meridian, ex[i], ey[i]);
            }
        }
    }

    fn undo_near_edge(&self, level: Level, meridian: f64, x: f64, y: f64) -> (f64, f64) {
        let mut which = self.index_at(level, meridian, x, y);
        let mut start = (f64::NAN, f64::NAN);
        for _ in 0..3 {
            // where no operation holds the point, the first may still lead to a start that it holds
            let Some(operation) = self.list.get(usize::from(which)).or(self.list.first()) else {
                return start;
            };
            let (mut px, mut py) = ([x], [y]);
            operation.undo(level, &mut px, &mut py);
            start = (px[0], py[0]);
            let found = self.index_at(level, meridian, start.0, start.1);
            if found == which {
                return start;
            }
            which = found;
        }
        if usize::from(which) < self.list.len() { start } else { (f64::NAN, f64::NAN) }
    }

    fn is_single(&self) -> bool {
        self.list.len() == 1 && !self.strict
    }

    /// Index of the operation at a point, radians; `u16::MAX` for none. NaN is in no area, and stays NaN whatever runs.
    fn index_at(&self, level: Level, meridian: f64, x: f64, y: f64) -> u16 {
        let chosen = match &self.map {
            Some((projection, swap)) => {
                let (mut px, mut py) = ([x / projection.frame.angle], [y / projection.frame.angle]);
                projection.forward(level, &mut px, &mut py);
                let (px, py) = if *swap { (py[0], px[0]) } else { (px[0], py[0]) };
                self.first_that(|o| o.holds_on_map(px, py))
            }
            None => self.choose(wrap(x + meridian).to_degrees(), y.to_degrees()),
        };
        chosen.map_or(u16::MAX, |i| i as u16)
    }

    /// Runs `act` over the points of each operation together; returns which operation each point had.
    fn grouped(
        &self,
        level: Level,
        meridian: f64,
        x: &mut [f64],
        y: &mut [f64],
        act: impl Fn(&Operation, &mut [f64], &mut [f64]),
    ) -> [u16; BLOCK] {
        let mut chosen = [0; BLOCK];
        if let (true, Some(only)) = (self.is_single(), self.list.first()) {
            act(only, x, y);
            return chosen;
        }
        for ((c, x), y) in chosen.iter_mut().zip(x.iter()).zip(y.iter()) {
            *c = self.index_at(level, meridian, *x, *y);
        }
        let n = x.len();
        let mut done = [false; BLOCK];
        for first in 0..n {
            if done[first] {
                continue;
            }
            let which = chosen[first];
            let (mut gx, mut gy, mut at, mut count) = ([0.0; BLOCK], [0.0; BLOCK], [0u16; BLOCK], 0);
            for i in first..n {
                if chosen[i] == which {
                    (gx[count], gy[count], at[count], done[i]) = (x[i], y[i], i as u16, true);
                    count += 1;
                }
            }
            let (gx, gy) = (&mut gx[..count], &mut gy[..count]);
            match self.list.get(usize::from(which)) {
                Some(operation) => act(operation, gx, gy),
                None => gx.fill(f64::NAN),
            }
            for (k, &i) in at[..count].iter().enumerate() {
                (x[usize::from(i)], y[usize::from(i)]) = (gx[k], gy[k]);
            }
        }
        chosen
    }
}

impl Operation {
    fn run(&self, level: Level, x: &mut [f64], y: &mut [f64]) {
        let mut z = [0.0; BLOCK];
        let z = &mut z[..x.len()];
        self.steps.iter().for_each(|s| s.run(level, x, y, z));
    }

    /// The steps backwards, then corrected by what the steps forwards miss: heights that the steps drop make the first
    /// guess a few centimetres wrong, the second and third a few picometres.
    fn undo(&self, level: Level, x: &mut [f64], y: &mut [f64]) {
        let n = x.len();
        let (mut ex, mut ey, mut z) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
        let (ex, ey) = (&mut ex[..n], &mut ey[..n]);
        ex.copy_from_slice(x);
        ey.copy_from_slice(y);
        for step in self.steps.iter().rev() {
            step.inverse().run(level, x, y, &mut z[..n]);
        }
        let (mut fx, mut fy) = ([0.0; BLOCK], [0.0; BLOCK]);
        let (fx, fy) = (&mut fx[..n], &mut fy[..n]);
        for _ in 0..2 {
            fx.copy_from_slice(x);
            fy.copy_from_slice(y);
            self.run(level, fx, fy);
            for i in 0..n {
                x[i] = wrap(x[i] + wrap(ex[i] - fx[i]));
                y[i] += ey[i] - fy[i];
            }
        }
    }
}
