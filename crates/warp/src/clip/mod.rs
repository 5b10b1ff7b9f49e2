//! A part of a raster: by bounds, or by polygons.

mod geometry;
mod scan;

pub use geometry::{footprint, polygons_from_geojson};

use crate::options::NodataRule;
use geo_types::MultiPolygon;
use geometry::to_pixels;
use ndarray::{Array2, Array3, Axis, Zip};
use raster_core::{
    Bounds, ColorInterp, CrsRef, Error, FloatWindow, Keeps, MaskKind, Parts, RasterInfo, RasterSource,
    Result, Window, validity,
};
use scan::Scanner;
use std::{fmt, sync::Arc};

/// What is cut out.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ClipArea {
    /// A box; every pixel that it touches belongs to it.
    Bounds(Bounds),
    /// Polygons; pixels outside become invalid. A pixel is inside when its centre is.
    Polygons(MultiPolygon<f64>),
}

/// How a raster is clipped.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ClipOptions {
    /// What is cut out.
    pub area: ClipArea,
    /// Coordinate system of `area`; the raster's own by default.
    pub crs: Option<CrsRef>,
    /// A pixel is inside as soon as a polygon touches it.
    pub all_touched: bool,
    /// Keep what is outside instead (the raster keeps its size).
    pub inverse: bool,
    /// Cut the raster down to the window of the area (otherwise only pixels become invalid).
    pub crop: bool,
    /// Written where pixels are cut away; the source's by default.
    pub nodata: NodataRule,
}

impl ClipOptions {
    /// Crop to this area.
    #[must_use]
    pub fn new(area: ClipArea) -> Self {
        Self {
            area,
            crs: None,
            all_touched: false,
            inverse: false,
            crop: true,
            nodata: NodataRule::FromSource,
        }
    }
}

/// A clipped view of a source.
#[derive(Clone)]
pub struct ClippedRaster {
    source: Arc<dyn RasterSource>,
    info: RasterInfo,
    /// Of the source.
    window: Window,
    /// In source pixels; `None` where everything in the window is kept.
    shape: Option<Scanner>,
    /// Is another nodata value stated than the source's?
    rewritten: bool,
}

impl fmt::Debug for ClippedRaster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClippedRaster")
            .field("info", &self.info)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

/// Clip a raster by bounds or by polygons, lazily.
///
/// ```
/// use raster_core::{Bounds, GeoTransform, MemoryRaster, RasterSource, Window};
/// use std::sync::Arc;
/// use warp::{ClipArea, ClipOptions, clip};
/// let source = MemoryRaster::new(ndarray::Array3::<u8>::zeros((1, 10, 10)))
///     .update_info(|i| i.transform = Some(GeoTransform::from_origin(0.0, 10.0, 1.0, 1.0)))?;
/// let area = ClipArea::Bounds(Bounds::new(2.5, 1.0, 5.0, 4.0));
/// let part = clip(Arc::new(source), &ClipOptions::new(area))?;
/// assert_eq!((part.info().width, part.info().height), (3, 3));
/// # Ok::<(), raster_core::Error>(())
/// ```
///
/// # Errors
/// `Misuse`: the raster has no transform; the area does not touch the raster, encloses nothing or is not
/// finite; a coordinate system on one side only; nodata that does not fit the type.
pub fn clip(source: Arc<dyn RasterSource>, options: &ClipOptions) -> Result<ClippedRaster> {
    let from = source.info();
    let polygons = match &options.area {
        ClipArea::Bounds(b) => geometry::rectangle(b),
        ClipArea::Polygons(p) => p.clone(),
    };
    let pixels = to_pixels(&polygons, options.crs.as_ref(), from)?;
    let scanner = Scanner::new(&pixels, options.all_touched, options.inverse)?;
    let touched = scanner.window().crop(from.width, from.height);
    if touched.is_empty() {
        return Err(Error::misuse("the area to clip does not touch the raster"));
    }
    let window = if options.crop && !options.inverse { touched } else { from.window() };
    // A box in the raster's own system is a window, and nothing has to be cut out of it.
    let whole = matches!(options.area, ClipArea::Bounds(_))
        && options.crs.is_none()
        && options.crop
        && !options.inverse;
    let rectilinear = from.transform.is_some_and(|t| t.is_rectilinear());
    let shape = (!(whole && rectilinear)).then_some(scanner);
    let info = describe(from, &window, options, shape.is_some())?;
    let rewritten = options.nodata != NodataRule::FromSource;
    Ok(ClippedRaster { info, window, shape, source, rewritten })
}

fn describe(from: &RasterInfo, window: &Window, options: &ClipOptions, masked: bool) -> Result<RasterInfo> {
    let mut info = from.after(Keeps::Values, &from.all_bands(), from.data_type).part(window);
    let alpha = info.bands.iter().any(|b| b.mask == MaskKind::Alpha);
    for band in &mut info.bands {
        match options.nodata {
            NodataRule::FromSource => {}
            NodataRule::None => {
                if band.mask == MaskKind::Nodata {
                    band.mask = MaskKind::PerDataset;
                }
                band.nodata = None;
            }
            NodataRule::Value(v) if !v.fits(from.data_type) => {
                return Err(Error::misuse(format!(
                    "the nodata value {v} does not fit into {}",
                    from.data_type
                )));
            }
            NodataRule::Value(v) => (band.nodata, band.mask) = (Some(v), MaskKind::Nodata),
        }
        // Transparent is how an alpha band says that a pixel was cut away.
        let tells = alpha && band.color == ColorInterp::Alpha;
        if masked && band.mask == MaskKind::AllValid && !tells {
            band.mask = if band.nodata.is_some() { MaskKind::Nodata } else { MaskKind::PerDataset };
        }
    }
    Ok(info)
}

impl ClippedRaster {
    fn in_source(&self, window: &Window) -> Window {
        Window { col: window.col + self.window.col, row: window.row + self.window.row, ..*window }
    }

    /// A source window in which what is missing has the nodata value that is stated now.
    fn read_rewritten(&self, bands: &[usize], window: &Window, mut parts: Parts<'_>) -> Result<()> {
        let mut masks = Array3::zeros((bands.len(), window.height, window.width));
        let Some(pixels) = &mut parts.pixels else {
            return self.source.read_parts(bands, window, parts);
        };
        self.source.read_masked_into(bands, window, pixels.reborrow(), masks.view_mut())?;
        for (i, mask) in masks.outer_iter().enumerate() {
            raster_core::with_array!(AnyViewMut, pixels.band_mut(i), mut a => {
                let nodata = self.info.bands[bands[i] - 1].nodata;
                validity::erase(&mut a.index_axis_mut(Axis(0), 0), &mask, nodata);
            });
        }
        if let Some(mask) = &mut parts.mask {
            let count = mask.dim().0;
            mask.assign(&masks.slice_axis(Axis(0), (..count).into()));
        }
        Ok(())
    }

    /// Which pixels of a source window are kept; `None` when all are.
    fn kept(&self, window: &Window) -> Option<Array2<bool>> {
        self.shape.as_ref().map(|s| s.inside(window)).filter(|k| k.iter().any(|k| !k))
    }
}

impl RasterSource for ClippedRaster {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn is_blank(&self, bands: &[usize], window: &Window) -> bool {
        let same = !self.rewritten && self.info.blank_sample() == self.source.info().blank_sample();
        same && self.shape.is_none() && self.source.is_blank(bands, &self.in_source(window))
    }

    fn read_parts(&self, bands: &[usize], window: &Window, mut parts: Parts<'_>) -> Result<()> {
        parts.check(&self.info, bands, window)?;
        let window = self.in_source(window);
        if self.rewritten {
            self.read_rewritten(bands, &window, parts.reborrow())?;
        } else {
            self.source.read_parts(bands, &window, parts.reborrow())?;
        }
        let Some(kept) = self.kept(&window) else { return Ok(()) };
        if let Some(out) = &mut parts.pixels {
            for (i, &band) in bands.iter().enumerate() {
                // In the source's type first, as every value is.
                let fill = self.info.bands[band - 1].nodata.map_or(raster_core::Value::Int(0), |n| n.value());
                raster_core::with_array!(AnyViewMut, out.band_mut(i), mut a => {
                    let fill = raster_core::Sample::from_value(fill);
                    Zip::from(a.index_axis_mut(Axis(0), 0)).and(&kept).for_each(|v, k| if !k { *v = fill });
                });
            }
        }
        for mut band in parts.mask.iter_mut().flat_map(ndarray::ArrayViewMut3::outer_iter_mut) {
            Zip::from(&mut band).and(&kept).for_each(|v, k| {
                if !k {
                    *v = 0
                }
            });
        }
        Ok(())
    }
}

/// The window of a box in pixels, every touched pixel included.
fn touched_window(bounds: &Bounds) -> Window {
    let window =
        FloatWindow { col: bounds.left, row: bounds.bottom, width: bounds.width(), height: bounds.height() };
    window.cover()
}
