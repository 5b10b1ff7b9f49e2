//! A raster on another grid, computed when it is read.

use crate::{
    engine::Engine,
    options::WarpOptions,
    pixel::Pixel,
    plan::{Plan, transform_between},
    resample::view::{SourceView, Validity},
    transform::PointTransform,
};
use ndarray::{Array2, Array3, ArrayView2, ArrayViewMut2, ArrayViewMut3, Axis, Zip};
use raster_core::{
    AnyArray, AnyViewMut, DataType, Grid, MaskKind, MemoryRaster, Nodata, Parts, RasterInfo, RasterSource,
    Result, Sample, Window, layout,
    validity::{self, Missing},
    with_array, with_type,
};
use std::{fmt, sync::Arc};

/// A source seen on another grid: a [`RasterSource`] of its own, so that views stack.
///
/// Nothing is computed before it is read, and nothing is kept: a window costs the source pixels under it.
/// Whatever the cut into windows, and however many threads, the pixels are the same. Work is spread over
/// the threads that the caller may use (`parallel::share`).
///
/// ```
/// use raster_core::{GeoTransform, Grid, MemoryRaster, RasterSource, Window};
/// use std::sync::Arc;
/// use warp::{Resampling, WarpOptions, WarpedRaster};
/// let pixels = ndarray::Array3::from_shape_fn((1, 8, 8), |(_, r, c)| (10 * r + c) as u16);
/// let source = MemoryRaster::new(pixels)
///     .update_info(|i| i.transform = Some(GeoTransform::from_origin(0.0, 80.0, 10.0, 10.0)))?;
/// let grid = Grid::new(4, 4, GeoTransform::from_origin(0.0, 80.0, 20.0, 20.0));
/// let view = WarpedRaster::new(Arc::new(source), &grid, &WarpOptions::new(Resampling::Average))?;
/// let read = view.read_window(&[1], &Window::new(0, 0, 1, 1))?;
/// assert_eq!(read.view().value(0, 0, 0).to_f64(), 6.0); // mean of 0, 1, 10, 11, rounded
/// # Ok::<(), raster_core::Error>(())
/// ```
#[derive(Clone)]
pub struct WarpedRaster {
    source: Arc<dyn RasterSource>,
    plan: Plan,
}

impl fmt::Debug for WarpedRaster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WarpedRaster").field("info", &self.plan.info).finish_non_exhaustive()
    }
}

impl WarpedRaster {
    /// `source` on `grid`. A grid that does not touch the source gives an output without valid pixels.
    ///
    /// # Errors
    /// `Misuse`: no or a singular transform, a coordinate system on one side only or not understood, an empty
    /// grid, bands or options out of range, nodata outside the type. `Limit`: the grid has more pixels than
    /// `size_limit`. `Unsupported`: no way between the coordinate systems; complex samples with a method
    /// that computes.
    pub fn new(source: Arc<dyn RasterSource>, grid: &Grid, options: &WarpOptions) -> Result<Self> {
        let transform = transform_between(source.info(), grid.crs.as_ref(), &options.operations)?;
        Self::with_transform(source, grid, transform, options)
    }

    /// As [`new`](Self::new), with another way between the two coordinate systems.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_transform(
        source: Arc<dyn RasterSource>,
        grid: &Grid,
        transform: Arc<dyn PointTransform>,
        options: &WarpOptions,
    ) -> Result<Self> {
        let plan = Plan::new(source.as_ref(), grid, transform, options)?;
        Ok(Self { source, plan })
    }

    /// What is warped.
    #[must_use]
    pub fn source(&self) -> &Arc<dyn RasterSource> {
        &self.source
    }
}

impl RasterSource for WarpedRaster {
    fn info(&self) -> &RasterInfo {
        &self.plan.info
    }
    fn name(&self) -> Option<String> {
        self.source.name()
    }
    fn read_parts(&self, bands: &[usize], window: &Window, parts: Parts<'_>) -> Result<()> {
        parts.check(&self.plan.info, bands, window)?;
        let work = Work { plan: &self.plan, source: self.source.as_ref() };
        with_type!(self.plan.working, T => work.read::<T>(bands, window, parts))
    }
    /// Where no pixel comes from anything that the source stores.
    fn is_blank(&self, _: &[usize], window: &Window) -> bool {
        // All bands: an alpha band that is made for them tells of all.
        let engine = self.plan.engine(self.source.as_ref(), self.plan.source_bands());
        with_type!(self.plan.working, T => engine.is_blank::<T>(window))
    }
}

/// Warp an array: all of `grid`, in memory, with validity as the result's mask.
///
/// ```
/// use raster_core::{GeoTransform, Grid, MemoryRaster};
/// use warp::{Resampling, WarpOptions, reproject};
/// let source = MemoryRaster::new(ndarray::arr3(&[[[1u8, 2], [3, 4]]]))
///     .update_info(|i| i.transform = Some(GeoTransform::from_origin(0.0, 2.0, 1.0, 1.0)))?;
/// let grid = Grid::new(1, 1, GeoTransform::from_origin(1.0, 1.0, 1.0, 1.0));
/// let warped = reproject(&source, &grid, &WarpOptions::new(Resampling::Nearest))?;
/// assert_eq!(warped.pixels().view().value(0, 0, 0).to_f64(), 4.0);
/// # Ok::<(), raster_core::Error>(())
/// ```
///
/// # Errors
/// As [`WarpedRaster::new`].
pub fn reproject(source: &MemoryRaster, grid: &Grid, options: &WarpOptions) -> Result<MemoryRaster> {
    let transform = transform_between(source.info(), grid.crs.as_ref(), &options.operations)?;
    reproject_with(source, grid, transform, options)
}

/// As [`reproject`], with another way between the two coordinate systems.
///
/// # Errors
/// As [`WarpedRaster::new`].
pub fn reproject_with(
    source: &MemoryRaster,
    grid: &Grid,
    transform: Arc<dyn PointTransform>,
    options: &WarpOptions,
) -> Result<MemoryRaster> {
    let plan = Plan::new(source, grid, transform, options)?;
    let work = Work { plan: &plan, source };
    with_type!(plan.working, T => work.whole::<T>(source))
}

/// As [`reproject`], into an array of shape (bands, grid height, grid width) that is there already; samples
/// are converted to its type.
///
/// # Errors
/// As [`WarpedRaster::new`]; `Misuse` when the shape differs.
pub fn reproject_into(
    source: &MemoryRaster,
    grid: &Grid,
    options: &WarpOptions,
    mut out: AnyViewMut<'_>,
) -> Result<()> {
    let transform = transform_between(source.info(), grid.crs.as_ref(), &options.operations)?;
    let plan = Plan::new(source, grid, transform, options)?;
    let (bands, window) = (plan.info.all_bands(), plan.info.window());
    plan.info.check_read(&bands, &window, out.shape())?;
    let work = Work { plan: &plan, source };
    with_type!(plan.working, T => {
        if plan.info.data_type == plan.working && !plan.appended_alpha()
            && let Some(direct) = T::downcast_view_mut(&mut out)
            && rows_are_slices(&direct)
        {
            let engine = plan.engine(source, &plan.bands);
            return work.borrowed(source, &engine, |view| engine.run(view, &window, direct, None));
        }
    });
    out.assign(&reproject(source, grid, options)?.pixels().view())
}

/// One call's work.
struct Work<'a> {
    plan: &'a Plan,
    source: &'a dyn RasterSource,
}

impl Work<'_> {
    /// Pixels, validity, or both, computed once.
    fn read<T: Pixel>(&self, bands: &[usize], window: &Window, mut parts: Parts<'_>) -> Result<()> {
        let plan = self.plan;
        let masked = parts.masked(bands);
        if masked.is_empty() {
            parts.mask = None;
        }
        let data = plan.bands.len();
        let made_of_alpha = plan.alpha.is_some() && parts.mask.is_some() || bands.iter().any(|b| *b > data);
        if !made_of_alpha
            && plan.info.data_type == plan.working
            && let Some(direct) = parts.pixels.as_mut().and_then(T::downcast_view_mut)
            && rows_are_slices(&direct)
            && parts.mask.as_ref().is_none_or(rows_are_slices)
        {
            let sources: Vec<usize> = bands.iter().map(|b| plan.bands[b - 1]).collect();
            return plan.engine(self.source, &sources).run(None, window, direct, parts.mask);
        }
        // Output bands (from 1) to compute, each once.
        let asked = if parts.pixels.is_some() { bands } else { masked };
        let appended = plan.appended_alpha() && (parts.mask.is_some() || asked.iter().any(|b| *b > data));
        let mut computed: Vec<usize> = match plan.alpha {
            // A pixel is valid where any band is.
            _ if appended => (1..=data).collect(),
            Some(alpha) if parts.mask.is_some() => asked.iter().copied().chain([alpha + 1]).collect(),
            _ => asked.to_vec(),
        };
        computed.sort_unstable();
        computed.dedup();
        if computed.is_empty() {
            return Ok(());
        }
        let place = |band: usize| computed.binary_search(&band).unwrap_or_default();
        let sources: Vec<usize> = computed.iter().map(|b| plan.bands[b - 1]).collect();
        let shape = (sources.len(), window.height, window.width);
        let mut pixels = Array3::from_elem(shape, T::default());
        let mut valid =
            (appended || plan.alpha.is_none() && parts.mask.is_some()).then(|| Array3::zeros(shape));
        plan.engine(self.source, &sources).run(
            None,
            window,
            pixels.view_mut(),
            valid.as_mut().map(Array3::view_mut),
        )?;
        let any = valid.as_ref().filter(|_| appended).map(any_valid);
        if let Some(mask) = &mut parts.mask {
            for (mut to, &band) in mask.outer_iter_mut().zip(bands) {
                match (&any, &valid, plan.alpha) {
                    (Some(any), ..) => to.assign(any),
                    (None, Some(valid), _) => to.assign(&valid.index_axis(Axis(0), place(band))),
                    (None, None, alpha) => {
                        let alpha = pixels.index_axis(Axis(0), place(alpha.map_or(band, |a| a + 1)));
                        validity::of_alpha(&T::erase_view(alpha.insert_axis(Axis(0))), &mut to);
                    }
                }
            }
        }
        let Some(out) = &mut parts.pixels else { return Ok(()) };
        // Through the output's type, so that its range and rounding hold whatever the caller reads as.
        let pixels = as_output(plan, pixels, plan.alpha.map(|alpha| place(alpha + 1)).filter(|_| !appended));
        for (i, &band) in bands.iter().enumerate() {
            match &any {
                Some(any) if band > data => {
                    let full = opaque(plan.info.data_type);
                    let alpha = any.mapv(|v| if v != 0 { full } else { 0.0 }).insert_axis(Axis(0));
                    out.band_mut(i).assign(&f64::erase_view(alpha.view()))?;
                }
                _ => out.band_mut(i).assign(&pixels.view().band(place(band)))?,
            }
        }
        Ok(())
    }

    /// Everything, from the array itself where it can be borrowed.
    fn whole<T: Pixel>(&self, source: &MemoryRaster) -> Result<MemoryRaster> {
        let info = &self.plan.info;
        let window = info.window();
        let shape = (self.plan.bands.len(), info.height, info.width);
        let mut pixels = Array3::from_elem(shape, T::default());
        // Where nodata tells validity nothing else has to.
        let wanted = info.bands[0].mask != MaskKind::Nodata;
        let mut mask = wanted.then(|| Array3::zeros(shape));
        let engine = self.plan.engine(self.source, &self.plan.bands);
        self.borrowed(source, &engine, |view| {
            engine.run(view, &window, pixels.view_mut(), mask.as_mut().map(Array3::view_mut))
        })?;
        let mut out = as_output(self.plan, pixels, self.plan.alpha);
        let raster = match mask {
            Some(mask) if self.plan.appended_alpha() => {
                out = with_alpha(out, &any_valid(&mask))?;
                MemoryRaster::new(out)
            }
            Some(mask) if info.bands[0].mask == MaskKind::PerDataset => {
                MemoryRaster::new(out).with_mask(mask.fold_axis(Axis(0), 255u8, |a, b| *a.min(b)))?
            }
            _ => MemoryRaster::new(out),
        };
        raster.with_info(info.clone())
    }

    fn borrowed<T: Pixel, R>(
        &self,
        source: &MemoryRaster,
        engine: &Engine<'_>,
        run: impl FnOnce(Option<&SourceView<'_, T>>) -> Result<R>,
    ) -> Result<R> {
        let any = source.pixels().view();
        let array =
            T::downcast_view(&any).filter(|a| a.is_standard_layout() && self.plan.at_full_resolution());
        let Some(array) = array else { return run(None) };
        let loader = &engine.loader;
        let window = source.info().window();
        let mask =
            loader.wants_mask::<T>().then(|| source.read_mask_window(loader.bands, &window)).transpose()?;
        let planes: Vec<_> =
            loader.bands.iter().map(|&b| layout::samples(array.index_axis_move(Axis(0), b - 1))).collect();
        let valid = loader.validity(&planes, (window.height, window.width), mask);
        let valid = valid.as_ref().map(Validity::new);
        run(Some(&SourceView { planes, stride: window.width, valid, window, limits: engine.limits() }))
    }
}

/// As samples of the output's type. A valid one that becomes nodata by rounding or saturation is moved beside it; `alpha` is the
/// index of a band without nodata.
fn as_output<T: Pixel>(plan: &Plan, pixels: Array3<T>, alpha: Option<usize>) -> AnyArray {
    let data_type = plan.info.data_type;
    let nodata = plan.info.bands.first().and_then(|b| b.nodata);
    let Some(nodata) = nodata.filter(|_| data_type != T::DATA_TYPE) else {
        return T::erase(pixels).convert_to(data_type);
    };
    let before = Missing::<T>::new(Some(nodata));
    let mut out = T::erase(pixels.clone()).convert_to(data_type);
    with_array!(AnyArray, &mut out, a => {
        for (i, (mut out, pixels)) in a.outer_iter_mut().zip(pixels.outer_iter()).enumerate() {
            if alpha != Some(i) {
                move_off(&mut out, &pixels, nodata, before);
            }
        }
    });
    out
}

fn move_off<O: Sample, T: Sample>(
    out: &mut ArrayViewMut2<'_, O>,
    pixels: &ArrayView2<'_, T>,
    nodata: Nodata,
    before: Missing<T>,
) {
    let missing = Missing::<O>::new(Some(nodata));
    Zip::from(out).and(pixels).for_each(|out, v| {
        if missing.is(*out) && !before.is(*v) {
            *out = validity::beside(*out);
        }
    });
}

/// 255 where any band is valid.
fn any_valid(valid: &Array3<u8>) -> Array2<u8> {
    valid.fold_axis(Axis(0), 0, |a, b| *a.max(b))
}

/// Can each row of each band be written as a slice?
fn rows_are_slices<T>(array: &ArrayViewMut3<'_, T>) -> bool {
    array.dim().2 <= 1 || array.strides()[2] == 1
}

/// The alpha value of a valid pixel.
fn opaque(data_type: DataType) -> f64 {
    if data_type.is_integer() { data_type.range().1 } else { 255.0 }
}

fn with_alpha(pixels: AnyArray, alpha: &Array2<u8>) -> Result<AnyArray> {
    let (bands, height, width) = pixels.shape();
    let mut out = AnyArray::zeros(pixels.data_type(), (bands + 1, height, width));
    let full = opaque(pixels.data_type());
    let mut view = out.view_mut();
    for band in 0..bands {
        view.band_mut(band).assign(&pixels.view().band(band))?;
    }
    let alpha = alpha.mapv(|a| if a != 0 { full } else { 0.0 }).insert_axis(Axis(0));
    view.band_mut(bands).assign(&f64::erase_view(alpha.view()))?;
    Ok(out)
}
