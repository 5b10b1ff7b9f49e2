//! From the source's coordinate system to the destination's and back.

use raster_core::{Bounds, CrsRef, Error, Result};

/// Moves points between the coordinate system of a source and that of a destination, many at a time.
///
/// The one door through which coordinate systems enter this crate: [`CrsTransform`] is what is used by
/// default; another engine (PROJ, a rubber sheet) is another implementation.
pub trait PointTransform: Send + Sync {
    /// Source coordinates to destination coordinates, in place. A point that cannot be done becomes NaN.
    fn forward(&self, x: &mut [f64], y: &mut [f64]);
    /// Destination coordinates to source coordinates, in place. A point that cannot be done becomes NaN.
    fn backward(&self, x: &mut [f64], y: &mut [f64]);
    /// Do coordinates stay as they are?
    fn is_identity(&self) -> bool {
        false
    }
    /// Length of a full turn along x in the source's coordinates, when x is a longitude.
    fn source_turn(&self) -> Option<f64> {
        None
    }
    /// Length of a full turn along x in the destination's coordinates, when x is a longitude.
    fn destination_turn(&self) -> Option<f64> {
        None
    }
}

/// Source and destination share one coordinate system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity;

impl PointTransform for Identity {
    fn forward(&self, _: &mut [f64], _: &mut [f64]) {}
    fn backward(&self, _: &mut [f64], _: &mut [f64]) {}
    fn is_identity(&self) -> bool {
        true
    }
}

/// Between two coordinate reference systems, by the crate `crs`.
#[derive(Clone, Debug)]
pub struct CrsTransform {
    forward: crs::Transformer,
    backward: crs::Transformer,
    source_turn: Option<f64>,
    destination_turn: Option<f64>,
}

impl CrsTransform {
    /// The best way from `source` to `destination`; which datum operation runs is decided at each point.
    ///
    /// # Errors
    /// `Misuse` when a definition is not understood; `Unsupported` when there is no way between the two.
    pub fn new(source: &CrsRef, destination: &CrsRef) -> Result<Self> {
        Self::over(source, destination, None, &crs::TransformerOptions::default())
    }

    /// The best way for what lies within `outline`, in coordinates of `source`: one datum operation for all of it, since a
    /// raster would tear where two of them meet. `operations` says what else is asked of it; an area of interest there wins.
    ///
    /// # Errors
    /// As [`Self::new`]; also when no operation is what `operations` asks for.
    pub fn over(
        source: &CrsRef,
        destination: &CrsRef,
        outline: Option<Bounds>,
        operations: &crs::TransformerOptions,
    ) -> Result<Self> {
        let (from, to) = (parse(source)?, parse(destination)?);
        let mut options = operations.clone();
        options.area_of_interest = options.area_of_interest.or_else(|| region(&from, outline?));
        let forward = crs::Transformer::with_options(&from, &to, &options).map_err(|e| {
            Error::unsupported(format!("no way from {} to {}", from.name(), to.name())).with_source(e)
        })?;
        Ok(Self {
            backward: forward.inverse(),
            forward,
            source_turn: turn(&from),
            destination_turn: turn(&to),
        })
    }

    /// What takes the points: names of its operations, their accuracy.
    #[must_use]
    pub fn transformer(&self) -> &crs::Transformer {
        &self.forward
    }
}

/// West, south, east, north in degrees of an outline in coordinates of a system; none where that cannot be told.
fn region(from: &crs::Crs, outline: Bounds) -> Option<[f64; 4]> {
    let degrees = from.geographic()?.radians_per_unit()?.to_degrees();
    let bounds = [outline.left, outline.bottom, outline.right, outline.top];
    let bounds = if from.is_geographic() {
        bounds
    } else {
        let to_base = crs::Transformer::new(from, &from.geographic()?).ok()?;
        to_base.transform_bounds(bounds, 21).ok()?
    };
    let [west, south, east, north] = bounds.map(|v| v * degrees);
    if !(west.is_finite() && east.is_finite() && south <= north) {
        return None;
    }
    let wrap = |lon: f64| lon - 360.0 * ((lon + 180.0) / 360.0).floor();
    let all = !from.is_geographic() && west > east;
    let (west, east) = if east - west >= 360.0 {
        (-180.0, 180.0)
    } else if all {
        (west, east)
    } else {
        (wrap(west), wrap(east))
    };
    Some([west, south.max(-90.0), east, north.min(90.0)])
}

fn parse(crs: &CrsRef) -> Result<crs::Crs> {
    crs::Crs::try_from(crs)
        .map_err(|e| Error::misuse("the coordinate system is not understood").with_source(e))
}

/// A full turn in the unit of a geographic system; exactly 360 for degrees.
fn turn(crs: &crs::Crs) -> Option<f64> {
    let unit = crs.is_geographic().then(|| crs.radians_per_unit())??;
    let turn = std::f64::consts::TAU / unit;
    Some(if (turn - 360.0).abs() < 1e-9 { 360.0 } else { turn })
}

impl PointTransform for CrsTransform {
    fn forward(&self, x: &mut [f64], y: &mut [f64]) {
        self.forward.transform(x, y);
    }
    fn backward(&self, x: &mut [f64], y: &mut [f64]) {
        self.backward.transform(x, y);
    }
    fn is_identity(&self) -> bool {
        self.forward.is_identity()
    }
    fn source_turn(&self) -> Option<f64> {
        self.source_turn
    }
    fn destination_turn(&self) -> Option<f64> {
        self.destination_turn
    }
}
