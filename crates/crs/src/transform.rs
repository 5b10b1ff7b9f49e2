//! From one coordinate system to another: points in arrays through the stages of a route.

use std::sync::Arc;

use fearless_simd::Level;

use crate::definition::Crs;
use crate::error::CrsError;
use crate::model::AreaOfUse;
use crate::operation::{BLOCK, Candidates, Operation};
use crate::options::TransformerOptions;
use crate::route::{self, Stage};

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

/// One datum operation that a transformation may use.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OperationInfo {
    /// Its name in the registry, or those of its steps.
    pub name: String,
    /// Metres; none when unknown.
    pub accuracy: Option<f64>,
    /// West, south, east, north in degrees; none for the whole world.
    pub area: Option<[f64; 4]>,
    /// Whether it leaves the difference between the datums out.
    pub ballpark: bool,
    /// Whether it is the one for the middle of the area of interest (or of the smaller area of use).
    pub chosen: bool,
}

impl Transformer {
    /// The best way from `source` to `target`.
    ///
    /// # Errors
    /// When one of them is not horizontal, or its projection is impossible.
    ///
    /// # Examples
    /// ```
    /// use crs::{Crs, Transformer};
    ///
    /// let to_mercator = Transformer::new(&Crs::from_epsg(4326)?, &Crs::from_epsg(3857)?)?;
    /// let mut x = [0.0, 180.0, 0.0];
    /// let mut y = [0.0, 0.0, 91.0]; // the last one is no latitude
    /// assert_eq!(to_mercator.transform(&mut x, &mut y), 1);
    /// assert!((x[1] - 20_037_508.342_789).abs() < 1e-5);
    /// assert!(x[2].is_nan() && y[2].is_nan());
    ///
    /// let (lon, _) = to_mercator.inverse().transform_point(x[1], y[1]).expect("it came from there");
    /// assert!((lon - 180.0).abs() < 1e-9);
    /// # Ok::<(), crs::CrsError>(())
    /// ```
    pub fn new(source: &Crs, target: &Crs) -> Result<Transformer, CrsError> {
        Self::with_options(source, target, &TransformerOptions::default())
    }

    /// The best way from `source` to `target` that satisfies `options`.
    ///
    /// # Errors
    /// When one of them is not horizontal, its projection is impossible, or no operation is accurate enough.
    ///
    /// # Examples
    /// What is no better than asked for is refused, and a grid of one's own is used where it has values:
    /// ```
    /// use std::sync::Arc;
    /// use crs::{Crs, DatumGrid, ErrorKind, GridShift, Transformer, TransformerOptions};
    ///
    /// /// A constant shift over a part of Germany. `Ntv2Grid::from_bytes` reads real ones.
    /// #[derive(Debug)]
    /// struct Constant;
    ///
    /// impl GridShift for Constant {
    ///     fn shift(&self, longitude: f64, latitude: f64) -> Option<(f64, f64)> {
    ///         let inside = (5.0..15.0).contains(&longitude) && (47.0..55.0).contains(&latitude);
    ///         inside.then_some((-0.001, -0.001))
    ///     }
    /// }
    ///
    /// let (dhdn, etrs89) = (Crs::from_epsg(4314)?, Crs::from_epsg(4258)?);
    /// let exact = TransformerOptions::default().required_accuracy(0.1);
    /// let refused = Transformer::with_options(&dhdn, &etrs89, &exact).unwrap_err();
    /// assert_eq!(refused.kind(), ErrorKind::NoOperation);
    ///
    /// let grid = DatumGrid::new(&dhdn, &etrs89, Arc::new(Constant), Some(0.05))?;
    /// let by_grid = Transformer::with_options(&dhdn, &etrs89, &exact.grid(grid))?;
    /// assert_eq!(by_grid.accuracy(), Some(0.05));
    /// let (lon, lat) = by_grid.transform_point(10.0, 50.0).expect("the grid covers it");
    /// assert!((lon - 9.999).abs() < 1e-9 && (lat - 49.999).abs() < 1e-9);
    /// assert_eq!(by_grid.transform_point(4.0, 50.0), None); // nothing accurate enough there
    /// # Ok::<(), crs::CrsError>(())
    /// ```
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

    /// All candidates of every datum operation of the way, in PROJ's order: name, accuracy in metres, area of use in degrees
    /// (none for the whole world), and whether it is the one chosen there.
    #[must_use]
    pub fn candidates(&self) -> Vec<OperationInfo> {
        let (lon, lat) = self.centre();
        let active = self.0.stages.iter().filter_map(|stage| match stage {
            Stage::Shift(candidates, _) | Stage::Unshift(candidates, _) => Some(candidates),
            _ => None,
        });
        let mut out = Vec::new();
        for candidates in active.chain(&self.0.idle) {
            let chosen = candidates.choose(lon, lat);
            out.extend(candidates.list.iter().enumerate().map(|(i, o)| OperationInfo {
                name: o.name(),
                accuracy: o.accuracy,
                area: o.area,
                ballpark: o.is_ballpark(),
                chosen: chosen == Some(i),
            }));
        }
        out
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
}
