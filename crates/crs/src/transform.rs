//! From one coordinate system to another: points in arrays through the stages of a route.

use std::sync::Arc;

use fearless_simd::Level;

use crate::definition::{AreaOfUse, Crs};
use crate::error::CrsError;
use crate::grid::DatumGrid;
use crate::operation::{BLOCK, Candidates, Operation};
use crate::route::{self, Stage};

/// What a [`Transformer`] must satisfy.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TransformerOptions {
    /// The worst acceptable accuracy in metres. Operations that are worse or of unknown accuracy are not used: an error
    /// if none is left, and points that only they would cover fail.
    pub required_accuracy: Option<f64>,
    /// West, south, east, north in degrees: where the points will lie. Operations elsewhere are not used.
    pub area_of_interest: Option<[f64; 4]>,
    /// Grids of the user's. Where one joins the datums (or one of them to a third) and has a value, it is used; elsewhere
    /// the registered operations are.
    pub grids: Vec<DatumGrid>,
}

impl TransformerOptions {
    /// Sets [`Self::required_accuracy`], metres.
    #[must_use]
    pub fn required_accuracy(mut self, metres: f64) -> Self {
        self.required_accuracy = Some(metres);
        self
    }

    /// Sets [`Self::area_of_interest`]: west, south, east, north in degrees.
    #[must_use]
    pub fn area_of_interest(mut self, area: [f64; 4]) -> Self {
        self.area_of_interest = Some(area);
        self
    }

    /// Adds to [`Self::grids`].
    #[must_use]
    pub fn grid(mut self, grid: DatumGrid) -> Self {
        self.grids.push(grid);
        self
    }
}

#[derive(Debug)]
struct Plan {
    source: Crs,
    target: Crs,
    options: TransformerOptions,
    stages: Vec<Stage>,
    /// Datum operations that change nothing: only their accuracy counts.
    idle: Vec<Candidates>,
    /// What runs on points that the grids of the stages do not cover.
    fallback: Option<Transformer>,
    level: Level,
}

/// Takes points from one coordinate system to another.
///
/// Coordinates are x (east, longitude) then y (north, latitude), in the units of each system. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Transformer(Arc<Plan>);

impl Transformer {
    /// The best way from `source` to `target`.
    ///
    /// # Errors
    /// When one of them is not horizontal, or its projection is impossible.
    pub fn new(source: &Crs, target: &Crs) -> Result<Transformer, CrsError> {
        Self::with_options(source, target, &TransformerOptions::default())
    }

    /// The best way from `source` to `target` that satisfies `options`.
    ///
    /// # Errors
    /// When one of them is not horizontal, its projection is impossible, or no operation is accurate enough.
    pub fn with_options(
        source: &Crs,
        target: &Crs,
        options: &TransformerOptions,
    ) -> Result<Transformer, CrsError> {
        let (mut stages, mut idle, mut fallback) = (Vec::new(), Vec::new(), None);
        if source != target {
            let route = route::find(source, target, options)?;
            if route.by_grids {
                // without the grids this may be too inaccurate, and then those points fail
                let without = TransformerOptions { grids: Vec::new(), ..options.clone() };
                fallback = Transformer::with_options(source, target, &without).ok();
            }
            (stages, idle) = (route.stages, route.idle);
        }
        let plan = Plan {
            source: source.clone(),
            target: target.clone(),
            options: options.clone(),
            stages,
            idle,
            fallback,
            level: Level::new(),
        };
        Ok(Transformer(Arc::new(plan)))
    }

    /// Transforms in place; points that cannot be done become NaN in both; returns how many failed.
    ///
    /// The slices should be of one length; what one has more than the other is left alone.
    pub fn transform(&self, x: &mut [f64], y: &mut [f64]) -> usize {
        let mut failed = 0;
        for (x, y) in x.chunks_mut(BLOCK).zip(y.chunks_mut(BLOCK)) {
            let n = x.len().min(y.len());
            failed += self.block(&mut x[..n], &mut y[..n]);
        }
        failed
    }

    fn block(&self, x: &mut [f64], y: &mut [f64]) -> usize {
        let Some(fallback) = &self.0.fallback else { return self.run(x, y) };
        let (mut bx, mut by) = ([0.0; BLOCK], [0.0; BLOCK]);
        let (bx, by) = (&mut bx[..x.len()], &mut by[..y.len()]);
        bx.copy_from_slice(x);
        by.copy_from_slice(y);
        if self.run(x, y) == 0 {
            return 0;
        }
        fallback.block(bx, by);
        let mut failed = 0;
        for i in 0..x.len() {
            if x[i].is_nan() {
                (x[i], y[i]) = (bx[i], by[i]);
                failed += usize::from(x[i].is_nan());
            }
        }
        failed
    }

    fn run(&self, x: &mut [f64], y: &mut [f64]) -> usize {
        let level = self.0.level;
        for stage in &self.0.stages {
            stage.run(level, x, y);
        }
        let mut failed = 0;
        for (x, y) in x.iter_mut().zip(y) {
            // NaN, and infinity, in either
            let bad = !((*x + *y).is_finite());
            failed += usize::from(bad);
            *x = if bad { f64::NAN } else { *x };
            *y = if bad { f64::NAN } else { *y };
        }
        failed
    }

    /// One point; none if it cannot be done.
    #[must_use]
    pub fn transform_point(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (mut x, mut y) = ([x], [y]);
        (self.transform(&mut x, &mut y) == 0).then_some((x[0], y[0]))
    }

    /// The way back: it undoes this transformation to the nanometre, with the same datum operation at each point.
    ///
    /// `Transformer::new(target, source)` is not quite the same where datums differ, here as in PROJ: each direction starts
    /// at height zero of its own ellipsoid, which makes some centimetres at most, and chooses its operations where its
    /// own points are.
    #[must_use]
    pub fn inverse(&self) -> Transformer {
        let plan = &self.0;
        Transformer(Arc::new(Plan {
            source: plan.target.clone(),
            target: plan.source.clone(),
            options: plan.options.clone(),
            stages: plan.stages.iter().rev().map(Stage::inverse).collect(),
            idle: plan.idle.clone(),
            fallback: plan.fallback.as_ref().map(Transformer::inverse),
            level: plan.level,
        }))
    }

    /// The system that points come from.
    #[must_use]
    pub fn source(&self) -> &Crs {
        &self.0.source
    }

    /// The system that points go to.
    #[must_use]
    pub fn target(&self) -> &Crs {
        &self.0.target
    }

    /// Whether coordinates stay as they are.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.0.stages.is_empty()
    }

    /// Metres: the sum over the datum operations chosen in the middle of the area of interest (or of the smaller of the
    /// two areas of use); none when one of them is unknown. Zero when no datum operation is needed.
    #[must_use]
    pub fn accuracy(&self) -> Option<f64> {
        let grids = self.0.stages.iter().filter_map(|stage| match stage {
            Stage::Grids(grids, _) => Some(grids.accuracy),
            _ => None,
        });
        self.operations_at_centre().iter().map(|o| o.accuracy).chain(grids).sum()
    }

    /// Names of the datum operations chosen there, in order; empty when none is needed.
    #[must_use]
    pub fn operation_names(&self) -> Vec<String> {
        self.operations_at_centre().iter().map(|o| o.name()).collect()
    }

    /// Whether the operation chosen there leaves the difference between the datums out, which may be hundreds of metres.
    #[must_use]
    pub fn is_ballpark(&self) -> bool {
        self.operations_at_centre().iter().any(|o| o.is_ballpark())
    }

    fn operations_at_centre(&self) -> Vec<&Operation> {
        let (lon, lat) = self.centre();
        let active = self.0.stages.iter().filter_map(|stage| match stage {
            Stage::Shift(candidates, _) | Stage::Unshift(candidates, _) => Some(candidates),
            _ => None,
        });
        active.chain(&self.0.idle).filter_map(|c| c.choose(lon, lat).and_then(|i| c.list.get(i))).collect()
    }

    /// Degrees.
    fn centre(&self) -> (f64, f64) {
        let width = |a: &AreaOfUse| a.east - a.west + if a.west > a.east { 360.0 } else { 0.0 };
        let span = |a: &AreaOfUse| width(a) * (a.north - a.south);
        let areas = [self.0.source.area_of_use(), self.0.target.area_of_use()];
        let smaller = areas.into_iter().flatten().min_by(|a, b| span(a).total_cmp(&span(b)));
        let [west, south, east, north] = match (self.0.options.area_of_interest, smaller) {
            (Some(area), _) => area,
            (None, Some(a)) => [a.west, a.south, a.east, a.north],
            (None, None) => [-180.0, -90.0, 180.0, 90.0],
        };
        let east = if west > east { east + 360.0 } else { east };
        let lon = 0.5 * (west + east);
        (if lon > 180.0 { lon - 360.0 } else { lon }, 0.5 * (south + north))
    }

    /// The bounds `[left, bottom, right, top]` around the transformed rectangle, each edge cut into `densify` pieces (21 is
    /// usual).
    ///
    /// A geographic rectangle with `left > right` crosses the antimeridian, in the argument and in the result; where a pole
    /// lies inside, the result reaches it and holds all longitudes. A coarse grid inside is looked at as well, since a
    /// curved map may bulge beyond its edges.
    ///
    /// # Errors
    /// When the bounds are not in order or not numbers, or no point of the edges can be transformed.
    pub fn transform_bounds(&self, bounds: [f64; 4], densify: usize) -> Result<[f64; 4], CrsError> {
        crate::bounds::transform(self, bounds, densify)
    }
}
