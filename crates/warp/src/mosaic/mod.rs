//! Many rasters as one.

mod coregister;
mod index;
mod method;
mod options;

pub use coregister::coregister;
pub use method::{MergeFunction, MergeMethod, MergeStep};
pub use options::MergeOptions;

use crate::{
    options::{NodataRule, WarpOptions},
    pixel::Pixel,
    plan::{Plan, check_size},
};
use index::Index;
use method::Merging;
use ndarray::{Array3, Axis};
use raster_core::{
    Bounds, ColorInterp, DataType, Error, FloatWindow, GeoTransform, Grid, MaskKind, Nodata, Parts,
    RasterInfo, RasterSource, Result, Window, with_type,
};
use std::{fmt, sync::Arc};

/// Several rasters merged on one grid: a [`RasterSource`] that reads, for each window, the sources under it,
/// so that a mosaic of any size can be streamed.
#[derive(Clone)]
pub struct Mosaic {
    info: RasterInfo,
    method: MergeMethod,
    sources: Vec<Placed>,
    index: Index,
}

/// A source and the part of the mosaic that it covers.
#[derive(Clone)]
struct Placed {
    source: Arc<dyn RasterSource>,
    window: Window,
    plan: Plan,
    /// From 0, among all that were given.
    number: usize,
}

/// How a source is called in an error.
fn name_of(source: &dyn RasterSource, number: usize) -> String {
    source.name().unwrap_or_else(|| format!("source {} of the mosaic", number + 1))
}

/// An error of a source, with its name.
fn named(error: Error, source: &dyn RasterSource, number: usize) -> Error {
    match error.location().path {
        Some(_) => error,
        None => error.context(name_of(source, number)),
    }
}

impl fmt::Debug for Mosaic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mosaic")
            .field("info", &self.info)
            .field("method", &self.method)
            .field("sources", &self.sources.len())
            .finish_non_exhaustive()
    }
}

/// Merge rasters of one coordinate system.
///
/// ```
/// use raster_core::{GeoTransform, MemoryRaster, RasterSource, Window};
/// use std::sync::Arc;
/// use warp::{MergeMethod, MergeOptions, merge};
/// let tile = |value: u8, west: f64| -> raster_core::Result<Arc<dyn RasterSource>> {
///     let raster = MemoryRaster::new(ndarray::Array3::from_elem((1, 2, 2), value));
///     Ok(Arc::new(raster.update_info(|i| i.transform = Some(GeoTransform::from_origin(west, 2.0, 1.0, 1.0)))?))
/// };
/// let mosaic = merge(&[tile(1, 0.0)?, tile(5, 1.0)?], &MergeOptions::new(MergeMethod::Mean))?;
/// let row = mosaic.read_window(&[1], &Window::new(0, 0, 3, 1))?.into_typed::<u8>()?;
/// assert_eq!(row, ndarray::arr3(&[[[1, 3, 5]]]));
/// # Ok::<(), raster_core::Error>(())
/// ```
///
/// # Errors
/// `Misuse`: no sources; different coordinate systems or numbers of bands; a source that is rotated or not
/// north up; an empty result; nodata that does not fit the type. `Limit`: more pixels than `size_limit`.
pub fn merge(sources: &[Arc<dyn RasterSource>], options: &MergeOptions) -> Result<Mosaic> {
    let infos: Vec<&RasterInfo> = sources.iter().map(|s| s.info()).collect();
    let grid = options.grid(sources)?;
    check_size(&grid, options.size_limit)?;
    if let Some(other) = infos.iter().position(|i| i.crs != infos[0].crs) {
        return Err(Error::misuse(format!(
            "{} has another coordinate system than the first source; warp it first",
            name_of(sources[other].as_ref(), other)
        )));
    }
    let bounds = grid.bounds();
    let mut placed = Vec::new();
    let bands = options.bands.clone().unwrap_or_else(|| infos[0].all_bands());
    for (number, (source, info)) in sources.iter().zip(&infos).enumerate() {
        let named = |e: Error| named(e, source.as_ref(), number);
        info.check_read(&bands, &Window::new(0, 0, 0, 0), (bands.len(), 0, 0)).map_err(named)?;
        let own = info.grid();
        let Some(common) = own.bounds().intersection(&bounds) else { continue };
        let Some((window, transform)) = place(&common, &own, &grid)? else { continue };
        let warp = WarpOptions {
            resampling: options.resampling,
            // Means are rounded once, to the type of the output.
            data_type: options.data_type,
            nodata: NodataRule::None,
            bands: Some(bands.clone()),
            overviews: false,
            size_limit: u64::MAX,
            ..WarpOptions::default()
        };
        let here = Grid { crs: None, ..grid.clone() };
        let plan = Plan::placed(source.as_ref(), &here, transform, &warp).map_err(named)?;
        placed.push(Placed { source: Arc::clone(source), window, plan, number });
    }
    Mosaic::new(infos[0], &bands, grid, placed, options.method.clone(), options.data_type, options.nodata)
}

/// Where a source goes: a window of whole pixels (rasterio's rounding), and the transform that lays the
/// common part exactly on it.
fn place(common: &Bounds, own: &Grid, grid: &Grid) -> Result<Option<(Window, GeoTransform)>> {
    let from = FloatWindow::from_bounds(common, &own.transform)?;
    let to = FloatWindow::from_bounds(common, &grid.transform)?.round();
    let Some(window) = to.intersection(&grid.window()) else { return Ok(None) };
    let (x, y) = (from.width / to.width as f64, from.height / to.height as f64);
    if !(x > 0.0 && y > 0.0) {
        return Ok(None);
    }
    let t = &grid.transform;
    let transform = GeoTransform {
        a: t.a / x,
        c: t.c + t.a * (to.col as f64 - from.col / x),
        e: t.e / y,
        f: t.f + t.e * (to.row as f64 - from.row / y),
        ..*t
    };
    Ok(Some((window, transform)))
}

impl Mosaic {
    fn new(
        first: &RasterInfo,
        bands: &[usize],
        grid: Grid,
        sources: Vec<Placed>,
        method: MergeMethod,
        data_type: Option<DataType>,
        nodata: NodataRule,
    ) -> Result<Self> {
        let mut info =
            RasterInfo::new(grid.width, grid.height, bands.len(), data_type.unwrap_or(first.data_type));
        let nodata = match nodata {
            NodataRule::FromSource => bands.iter().find_map(|&b| first.bands[b - 1].nodata),
            NodataRule::None => None,
            NodataRule::Value(v) => Some(v),
        };
        if let Some(v) = nodata.filter(|v| !v.fits(info.data_type)) {
            return Err(Error::misuse(format!("the nodata value {v} does not fit into {}", info.data_type)));
        }
        if info.data_type.is_complex()
            && !matches!(method, MergeMethod::First | MergeMethod::Last | MergeMethod::Custom(_))
        {
            return Err(Error::unsupported(format!("merging complex samples by {}", method.name())));
        }
        let mask = if nodata.is_some() { MaskKind::Nodata } else { MaskKind::PerDataset };
        info.bands = bands.iter().map(|&b| first.bands[b - 1].clone().with_validity(mask, nodata)).collect();
        (info.transform, info.crs) = (Some(grid.transform), grid.crs);
        let index = Index::new((info.width, info.height), sources.iter().map(|s| s.window));
        Ok(Self { info, method, sources, index })
    }

    fn run<T: Pixel>(&self, bands: &[usize], window: &Window) -> Result<(Array3<T>, Array3<u8>)> {
        let shape = (bands.len(), window.height, window.width);
        let mut merging = Merging::<T>::new(&self.method, shape);
        for index in self.index.under(window) {
            let placed = &self.sources[index];
            let Some(window_here) = placed.window.intersection(window) else { continue };
            let (pixels, valid) = placed
                .plan
                .read_with_mask(placed.source.as_ref(), bands, &window_here)
                .map_err(|e| named(e, placed.source.as_ref(), placed.number))?;
            let valid = self.with_alpha_of_the_same(bands, valid, |first| {
                let (_, valid) =
                    placed.plan.read_with_mask(placed.source.as_ref(), &[first], &window_here)?;
                Ok(valid)
            })?;
            let pixels = pixels.convert::<T>();
            let part = window_here.relative_to(window);
            merging.add(&self.method, index, (&part, &window_here), &pixels, &valid)?;
        }
        Ok(merging.finish(self.info.nodata().and_then(Nodata::to_sample::<T>)))
    }
}

impl Mosaic {
    /// An alpha band comes from the source that the colours come from: it is there where they are. `read` gives the validity of a
    /// band that is not among those that were read.
    fn with_alpha_of_the_same(
        &self,
        bands: &[usize],
        mut valid: Array3<u8>,
        read: impl FnOnce(usize) -> Result<Array3<u8>>,
    ) -> Result<Array3<u8>> {
        let is_alpha = |band: usize| self.info.bands[band - 1].color == ColorInterp::Alpha;
        let colours = |band: &usize| !is_alpha(*band);
        let (true, Some(first)) =
            (bands.iter().any(|b| is_alpha(*b)), self.info.all_bands().into_iter().find(colours))
        else {
            return Ok(valid);
        };
        let known = bands.iter().position(colours).map(|i| valid.index_axis(Axis(0), i).to_owned());
        let plane = match known {
            Some(plane) => plane,
            None => read(first)?.index_axis_move(Axis(0), 0),
        };
        for (i, _) in bands.iter().enumerate().filter(|(_, b)| is_alpha(**b)) {
            valid.index_axis_mut(Axis(0), i).assign(&plane);
        }
        Ok(valid)
    }
}

impl RasterSource for Mosaic {
    fn info(&self) -> &RasterInfo {
        &self.info
    }
    fn read_parts(&self, bands: &[usize], window: &Window, mut parts: Parts<'_>) -> Result<()> {
        parts.check(&self.info, bands, window)?;
        let masked = parts.masked(bands).len();
        with_type!(self.info.data_type, T => {
            let (pixels, valid) = self.run::<T>(bands, window)?;
            if let Some(mask) = &mut parts.mask {
                mask.assign(&valid.slice_axis(Axis(0), (..masked).into()));
            }
            match &mut parts.pixels {
                Some(out) => out.assign(&raster_core::Sample::erase_view(pixels.view())),
                None => Ok(()),
            }
        })
    }
}
