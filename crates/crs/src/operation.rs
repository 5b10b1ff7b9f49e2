//! Which datum operation runs at a point.
//!
//! PROJ's rule (`pj_get_suggested_operation`): of the candidates in PROJ's order, the first whose area holds the point,
//! unless a later one that is not offshore is more accurate, or as accurate and for a smaller area; where none holds the
//! point, the first of the list.

use fearless_simd::Level;

use crate::datum::Step;
use crate::math::wrap;
use crate::tables::{ExtentRow, OperationRow};

/// Points are transformed in blocks of this many, on the stack.
pub(crate) const BLOCK: usize = 256;

/// One candidate.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    row: Option<OperationRow>,
    /// Degrees, west, south, east, north; none for the whole world.
    area: Option<[f64; 4]>,
    size: f64,
    pub(crate) accuracy: Option<f64>,
    pub(crate) steps: Vec<Step>,
}

/// All candidates between two datums.
#[derive(Clone, Debug)]
pub(crate) struct Candidates {
    pub(crate) list: Vec<Operation>,
    /// Where no candidate applies, the point fails instead of taking the first one.
    pub(crate) strict: bool,
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
        Operation { row: Some(row), area, size: size(area), accuracy: row.accuracy, steps }
    }

    /// An operation of the definition itself, good everywhere, of unknown accuracy.
    pub(crate) fn of_steps(steps: Vec<Step>) -> Operation {
        Operation { row: None, area: None, size: size(None), accuracy: None, steps }
    }

    pub(crate) fn name(&self) -> String {
        self.row.map_or_else(|| "the definition's own datum shift".to_owned(), OperationRow::name)
    }

    pub(crate) fn is_ballpark(&self) -> bool {
        self.row.is_some_and(|r| r.ballpark)
    }

    /// Degrees.
    fn holds(&self, lon: f64, lat: f64) -> bool {
        let Some([west, south, east, north]) = self.area else { return true };
        let across = west > east;
        lat >= south
            && lat <= north
            && if across { lon >= west || lon <= east } else { lon >= west && lon <= east }
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
        let flags =
            |o: &Operation| o.row.map_or((false, false, false), |r| (r.offshore, r.unknown_area, r.priority));
        let (offshore, unknown, _) = flags(self);
        let (_, best_unknown, best_priority) = flags(best);
        // an operation for nobody knows where does not beat one for a known area
        let smaller = self.size < best.size && (best_unknown || !unknown) && !best_priority;
        // unknown counts as -1, as in PROJ: nothing beats it
        let more_accurate = mine >= 0.0 && mine < theirs;
        !offshore && (more_accurate || mine == theirs && smaller)
    }
}

/// PROJ's measure of an area: degrees of longitude times the integral of the cosine of the latitude.
fn size(area: Option<[f64; 4]>) -> f64 {
    let [west, south, east, north] = area.unwrap_or([-180.0, -90.0, 180.0, 90.0]);
    let width = east - west + if west > east { 360.0 } else { 0.0 };
    width * (libm::sin(north.to_radians()) - libm::sin(south.to_radians()))
}

impl Candidates {
    /// Index of the operation at a point, degrees from Greenwich.
    pub(crate) fn choose(&self, lon: f64, lat: f64) -> Option<usize> {
        let mut best: Option<usize> = None;
        for (i, candidate) in self.list.iter().enumerate() {
            if candidate.holds(lon, lat) && best.is_none_or(|b| candidate.better_than(&self.list[b])) {
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
        self.grouped(meridian, x, y, |operation, x, y| operation.run(level, x, y));
    }

    /// Undoes [`Self::run`]: finds the points that it takes to these.
    pub(crate) fn undo(&self, level: Level, meridian: f64, x: &mut [f64], y: &mut [f64]) {
        let (mut ex, mut ey) = ([0.0; BLOCK], [0.0; BLOCK]);
        let (ex, ey) = (&mut ex[..x.len()], &mut ey[..y.len()]);
        ex.copy_from_slice(x);
        ey.copy_from_slice(y);
        let chosen = self.grouped(meridian, x, y, |operation, x, y| operation.undo(level, x, y));
        if self.is_single() {
            return;
        }
        // the operation must be the one that is chosen at the start; near an edge the first guess may be the wrong one
        for i in 0..x.len() {
            if self.index_at(meridian, x[i], y[i]) != chosen[i] {
                (x[i], y[i]) = self.undo_near_edge(level, meridian, ex[i], ey[i]);
            }
        }
    }

    fn undo_near_edge(&self, level: Level, meridian: f64, x: f64, y: f64) -> (f64, f64) {
        let mut which = self.index_at(meridian, x, y);
        let mut start = (f64::NAN, f64::NAN);
        for _ in 0..3 {
            // where no operation holds the point, the first may still lead to a start that it holds
            let Some(operation) = self.list.get(usize::from(which)).or(self.list.first()) else {
                return start;
            };
            let (mut px, mut py) = ([x], [y]);
            operation.undo(level, &mut px, &mut py);
            start = (px[0], py[0]);
            let found = self.index_at(meridian, start.0, start.1);
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
    fn index_at(&self, meridian: f64, x: f64, y: f64) -> u16 {
        let chosen = self.choose(wrap(x + meridian).to_degrees(), y.to_degrees());
        chosen.map_or(u16::MAX, |i| i as u16)
    }

    /// Runs `act` over the points of each operation together; returns which operation each point had.
    fn grouped(
        &self,
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
            *c = self.index_at(meridian, *x, *y);
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
