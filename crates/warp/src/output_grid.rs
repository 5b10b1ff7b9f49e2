//! Choosing the grid of an output.

use crate::{
    georeference::Georeference,
    mapping::PixelMap,
    plan::{check_size, crs_of, transform_between},
    transform::PointTransform,
};
use raster_core::{Bounds, CrsRef, Error, GeoTransform, Grid, RasterInfo, Result};
use std::sync::Arc;

/// What is asked of an output grid; everything that is left out is chosen as GDAL does.
///
/// ```
/// use raster_core::{Bounds, DataType, GeoTransform, RasterInfo};
/// use warp::GridRequest;
/// let mut info = RasterInfo::new(100, 80, 1, DataType::U8);
/// info.transform = Some(GeoTransform::from_origin(600_000.0, 5_200_000.0, 30.0, 30.0));
/// let grid = GridRequest { resolution: Some((60.0, 60.0)), aligned: true, ..GridRequest::default() }.grid(&info)?;
/// assert_eq!((grid.width, grid.height), (50, 41));
/// assert_eq!(grid.transform.f, 5_200_020.0);
/// # Ok::<(), raster_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GridRequest {
    /// Coordinate system; the source's by default.
    pub crs: Option<CrsRef>,
    /// Width and height of a pixel, in units of `crs`.
    pub resolution: Option<(f64, f64)>,
    /// Columns and rows.
    pub size: Option<(usize, usize)>,
    /// What is covered, in `crs`. With a resolution the right and lower sides move to fit.
    pub bounds: Option<Bounds>,
    /// Move the sides outwards to multiples of the resolution (`gdalwarp -tap`).
    pub aligned: bool,
    /// What is asked of the datum operations; as in [`WarpOptions::operations`](crate::WarpOptions::operations).
    pub operations: crs::TransformerOptions,
}

impl GridRequest {
    /// The grid for a source that says this about itself.
    ///
    /// # Errors
    /// `Misuse`: the source has no georeference or no coordinate system where one is needed, nothing of it
    /// can be transformed, or the request contradicts itself (resolution and size, empty bounds, numbers that
    /// are not finite). `Limit`: more pixels than can be counted.
    pub fn grid(&self, source: &RasterInfo) -> Result<Grid> {
        let own = crs_of(source);
        let crs = self.crs.as_ref().or(own);
        self.grid_with(source, transform_between(source, crs, &self.operations)?)
            .map(|g| Grid { crs: crs.cloned(), ..g })
    }

    fn grid_with(&self, source: &RasterInfo, transform: Arc<dyn PointTransform>) -> Result<Grid> {
        self.check()?;
        let base = match (self.bounds, self.resolution.is_some() || self.size.is_some()) {
            // Everything is said: nothing has to be transformed.
            (Some(b), true) => {
                Grid::new(1, 1, GeoTransform::from_origin(b.left, b.top, b.width(), b.height()))
            }
            _ => suggested(source, transform)?,
        };
        let t = base.transform;
        let bounds = self.bounds.unwrap_or_else(|| base.bounds());
        let grid = match (self.size, self.resolution) {
            (Some((w, h)), _) => {
                let resolution = (bounds.width() / w as f64, bounds.height() / h as f64);
                Grid::new(
                    w,
                    h,
                    GeoTransform::from_origin(bounds.left, bounds.top, resolution.0, resolution.1),
                )
            }
            (None, Some(resolution)) if self.aligned => aligned(&bounds, resolution)?,
            (None, Some((x, y))) => {
                let count = |length: f64, pixel: f64| match self.bounds {
                    Some(_) => count((length / pixel + 0.5).floor()),
                    // rasterio's rule; a hair below a whole number is that number.
                    None => count((length / pixel - 1e-9).ceil()),
                };
                let transform = GeoTransform::from_origin(bounds.left, bounds.top, x, y);
                Grid::new(count(bounds.width(), x)?, count(bounds.height(), y)?, transform)
            }
            (None, None) if self.aligned => aligned(&bounds, (t.a.abs(), t.e.abs()))?,
            (None, None) if self.bounds.is_some() => {
                let (x, y) = (t.a.abs(), t.e.abs());
                let transform = GeoTransform::from_origin(bounds.left, bounds.top, x, y);
                let part = |length: f64, pixel: f64| count((length / pixel + 0.5).floor());
                Grid::new(part(bounds.width(), x)?, part(bounds.height(), y)?, transform)
            }
            (None, None) => base,
        };
        check_size(&grid, u64::MAX)?;
        Ok(grid)
    }

    fn check(&self) -> Result<()> {
        if self.resolution.is_some() && self.size.is_some() {
            return Err(Error::misuse("both a resolution and a size are asked for"));
        }
        if self.aligned && self.size.is_some() {
            return Err(Error::misuse("pixels are aligned to a resolution, not to a size"));
        }
        if let Some((x, y)) = self.resolution
            && !(x > 0.0 && y > 0.0 && x.is_finite() && y.is_finite())
        {
            return Err(Error::misuse(format!("a resolution of {x} by {y}")));
        }
        if let Some(b) = self.bounds
            && !(b.left < b.right && b.bottom < b.top && b.width().is_finite() && b.height().is_finite())
        {
            return Err(Error::misuse(format!(
                "bounds {} {} {} {} enclose nothing",
                b.left, b.bottom, b.right, b.top
            )));
        }
        Ok(())
    }
}

/// A number of columns or rows; an output narrower than half a pixel still gets one.
fn count(n: f64) -> Result<usize> {
    if n.is_finite() && n < 1e15 {
        Ok(n.max(1.0) as usize)
    } else {
        Err(Error::limit(format!("an output of {n} columns or rows")))
    }
}

/// Bounds moved outwards to multiples of the resolution.
fn aligned(bounds: &Bounds, (x, y): (f64, f64)) -> Result<Grid> {
    let (left, right) = ((bounds.left / x).floor(), (bounds.right / x).ceil());
    let (bottom, top) = ((bounds.bottom / y).floor(), (bounds.top / y).ceil());
    let transform = GeoTransform::from_origin(left * x, top * y, x, y);
    Ok(Grid::new(count(right - left)?, count(top - bottom)?, transform))
}

/// The grid that GDAL suggests (`GDALSuggestedWarpOutput2`, rasterio's `calculate_default_transform`): the
/// box around the source's edge, with square pixels that keep the length of the diagonal in pixels.
fn suggested(source: &RasterInfo, transform: Arc<dyn PointTransform>) -> Result<Grid> {
    let georeference = Georeference::of(source)?;
    if let (true, Georeference::Affine(t)) = (transform.is_identity(), &georeference)
        && t.is_rectilinear()
    {
        let b = t.bounds(source.width, source.height);
        let transform = GeoTransform::from_origin(b.left, b.top, t.a.abs(), t.e.abs());
        return Ok(Grid::new(source.width, source.height, transform));
    }
    let turn = transform.destination_turn();
    let map = PixelMap::new(GeoTransform::IDENTITY, georeference, source.width, transform)?.unwrapped();
    let size = (source.width as f64, source.height as f64);
    let steps = (size.0.min(size.1) / 50.0 + 0.5).floor().clamp(20.0, 100.0) as usize;
    let mut samples = Samples::along_edges(&map, size, steps);
    if samples.failed > 0 {
        samples = Samples::all_over(&map, size, steps);
    }
    let mut bounds = samples.bounds(&map);
    if let Some(turn) = turn {
        include_poles(&map, size, turn, &mut bounds);
    }
    let diagonal = samples.diagonal().filter(|d| d.is_finite() && *d > 0.0 && bounds.width() >= 0.0);
    let Some(diagonal) = diagonal else {
        return Err(Error::misuse(
            "nothing of the source can be transformed to the output's coordinate system",
        ));
    };
    let pixel = diagonal / libm::hypot(size.0, size.1);
    let (columns, rows) =
        (count((bounds.width() / pixel + 0.5).floor())?, count((bounds.height() / pixel + 0.5).floor())?);
    let grid = fit_borders(&map, &bounds, pixel, (columns, rows));
    Ok(match turn {
        Some(turn) => within_the_earth(grid, turn),
        None => grid,
    })
}

/// Points of the source and where they go.
struct Samples {
    from: Vec<(f64, f64)>,
    x: Vec<f64>,
    y: Vec<f64>,
    good: Vec<bool>,
    failed: usize,
    /// Points per run along which neighbours are neighbours.
    run: usize,
}

impl Samples {
    fn along_edges(map: &PixelMap, size: (f64, f64), steps: usize) -> Self {
        let at = |i: usize| if i == steps { 1.0 } else { i as f64 / steps as f64 };
        let (w, h) = size;
        let edge =
            |f: fn(f64, f64, f64) -> (f64, f64)| (0..=steps).map(move |i| f(at(i), w, h)).collect::<Vec<_>>();
        let from = [
            edge(|t, w, _| (t * w, 0.0)),
            edge(|t, w, h| (t * w, h)),
            edge(|t, _, h| (0.0, t * h)),
            edge(|t, w, h| (w, t * h)),
        ];
        Self::new(map, size, steps, from.concat())
    }

    fn all_over(map: &PixelMap, size: (f64, f64), steps: usize) -> Self {
        let at = |i: usize| i as f64 / steps as f64;
        let from =
            (0..=steps).flat_map(|j| (0..=steps).map(move |i| (at(i) * size.0, at(j) * size.1))).collect();
        Self::new(map, size, steps, from)
    }

    fn new(map: &PixelMap, size: (f64, f64), steps: usize, from: Vec<(f64, f64)>) -> Self {
        let (mut x, mut y): (Vec<f64>, Vec<f64>) = from.iter().copied().unzip();
        map.to_destination(&mut x, &mut y);
        let (mut back_x, mut back_y) = (x.clone(), y.clone());
        map.to_source(&mut back_x, &mut back_y);
        // A point that does not come back to about where it was cannot be relied on.
        let (dx, dy) = (size.0 / steps as f64, size.1 / steps as f64);
        let good: Vec<bool> = from
            .iter()
            .enumerate()
            .map(|(i, p)| {
                x[i].is_finite()
                    && y[i].is_finite()
                    && (back_x[i] - p.0).abs() <= dx
                    && (back_y[i] - p.1).abs() <= dy
            })
            .collect();
        let failed = good.iter().filter(|g| !**g).count();
        Self { from, x, y, good, failed, run: steps + 1 }
    }

    fn bounds(&self, map: &PixelMap) -> Bounds {
        let mut bounds = Bounds::EMPTY;
        for i in (0..self.x.len()).filter(|&i| self.good[i]) {
            bounds = bounds.including(self.x[i], self.y[i]);
            // x changes its sign between neighbours: perhaps it jumps there, and the ends of the jump are
            // farther out than any sample.
            if i % self.run != 0 && self.good[i - 1] && self.x[i - 1] * self.x[i] < 0.0 {
                for (x, y) in self.closest_to_jump(map, i) {
                    bounds = bounds.including(x, y);
                }
            }
        }
        bounds
    }

    fn closest_to_jump(&self, map: &PixelMap, i: usize) -> Vec<(f64, f64)> {
        let (mut a, mut b) = (self.from[i - 1], self.from[i]);
        let sign = self.x[i - 1] > 0.0;
        let mut ends = Vec::new();
        for _ in 0..16 {
            let middle = (0.5 * (a.0 + b.0), 0.5 * (a.1 + b.1));
            let (mut x, mut y) = ([middle.0], [middle.1]);
            map.to_destination(&mut x, &mut y);
            if !(x[0].is_finite() && y[0].is_finite()) {
                break;
            }
            ends.push((x[0], y[0]));
            if (x[0] > 0.0) == sign { a = middle } else { b = middle }
        }
        ends
    }

    /// Distance between the images of the first and the last good sample (the corners, where they are good).
    fn diagonal(&self) -> Option<f64> {
        let first = self.good.iter().position(|g| *g)?;
        let last = self.good.iter().rposition(|g| *g)?;
        Some(libm::hypot(self.x[last] - self.x[first], self.y[last] - self.y[first]))
    }
}

/// A source with a pole inside reaches it, and goes all round.
fn include_poles(map: &PixelMap, size: (f64, f64), turn: f64, bounds: &mut Bounds) {
    for pole in [0.25 * turn, -0.25 * turn] {
        let (mut x, mut y) = ([0.0], [pole]);
        map.to_source(&mut x, &mut y);
        let inside = x[0] > 0.0 && y[0] > 0.0 && x[0] < size.0 && y[0] < size.1;
        // On a source with a longitude as x the pole is an edge, and already there.
        if inside && !map.source_is_geographic() {
            *bounds = bounds.including(-0.5 * turn, pole).including(0.5 * turn, pole);
        }
    }
}

/// Shrink pixels by a hair until the right and the lower border are places that exist: rounding the size up
/// may have moved them off the Earth.
fn fit_borders(map: &PixelMap, bounds: &Bounds, pixel: f64, (columns, rows): (usize, usize)) -> Grid {
    const SHRINK: [f64; 5] = [0.0, 0.001, 0.01, 0.1, 1.0];
    let (w, h) = (columns as f64, rows as f64);
    let (mut x, mut y) = (pixel, pixel);
    let right = |px: f64, py: f64| {
        (0..=20).map(|i| (bounds.left + w * px, bounds.top - py * h * f64::from(i) / 20.0)).collect()
    };
    let lower = |px: f64, py: f64| {
        (0..=20).map(|i| (bounds.left + px * w * f64::from(i) / 20.0, bounds.top - h * py)).collect()
    };
    if let Some(p) =
        SHRINK.iter().map(|s| pixel - pixel * s / w).find(|p| some_exist(map, right(*p, y), (*p, y)))
    {
        x = p;
    }
    if let Some(p) =
        SHRINK.iter().map(|s| pixel - pixel * s / h).find(|p| some_exist(map, lower(x, *p), (x, *p)))
    {
        y = p;
    }
    Grid::new(columns, rows, GeoTransform::from_origin(bounds.left, bounds.top, x, y))
}

/// Does any of these points come back from the source within a pixel?
fn some_exist(map: &PixelMap, points: Vec<(f64, f64)>, pixel: (f64, f64)) -> bool {
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    map.to_source(&mut x, &mut y);
    map.to_destination(&mut x, &mut y);
    points
        .iter()
        .zip(x.iter().zip(&y))
        .any(|(p, (x, y))| (x - p.0).abs() <= pixel.0 && (y - p.1).abs() <= pixel.1)
}

/// Longitudes end at half a turn and latitudes at a quarter.
fn within_the_earth(mut grid: Grid, turn: f64) -> Grid {
    let t = &mut grid.transform;
    let (right, bottom) = (t.c + t.a * grid.width as f64, t.f + t.e * grid.height as f64);
    if t.c < 0.5 * turn && right > 0.5 * turn {
        t.a = (0.5 * turn - t.c) / grid.width as f64;
    }
    if bottom < -0.25 * turn {
        t.e = (-0.25 * turn - t.f) / grid.height as f64;
    }
    grid
}
