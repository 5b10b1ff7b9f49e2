//! Rasters that steps make and no other crate has: some bands, bands of several rasters, a function of several rasters.

use crate::{
    function::{Edge, Inputs, WindowContext, WindowFunction, Worker},
    output,
    same_grid::check_same_grid,
};
use ndarray::{Array3, Axis, Slice};
use raster_core::{
    AnyArray, BlockIndex, ColorInterp, CrsRef, DataType, Error, Halo, Keeps, MaskKind, Metadata, Nodata,
    Parts, RasterInfo, RasterSource, Result, Sample, Window,
    validity::{self, Validity},
    with_array,
};
use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

/// Some bands of a raster, in any order, as samples of any type, with another nodata value.
#[derive(Clone)]
pub(super) struct Selected {
    source: Arc<dyn RasterSource>,
    info: RasterInfo,
    bands: Vec<usize>,
    data_type: Option<DataType>,
    nodata: Option<Option<Nodata>>,
    /// Is `nodata` what the samples hold already, instead of what the raster says? Else what is missing is written as it.
    as_stored: bool,
}

impl Selected {
    /// A raster whose samples of the value `nodata` are missing, instead of what it says itself; `Some(None)`: none is.
    pub(super) fn taking(
        source: Arc<dyn RasterSource>,
        bands: Option<&[usize]>,
        nodata: Option<Option<Nodata>>,
    ) -> Result<Self> {
        let mut view = Self::new(source, bands, None, nodata)?;
        view.as_stored = true;
        let kind = if nodata.flatten().is_some() { MaskKind::Nodata } else { MaskKind::AllValid };
        for band in view.info.bands.iter_mut().filter(|_| nodata.is_some()) {
            band.mask = if band.color == ColorInterp::Alpha { MaskKind::AllValid } else { kind };
        }
        Ok(view)
    }

    /// `bands` from 1, `None` for all; samples are converted to `data_type`, saturating; `nodata`: what is missing becomes this
    /// value, `None` as the raster states it, `Some(None)` for none.
    pub(super) fn new(
        source: Arc<dyn RasterSource>,
        bands: Option<&[usize]>,
        data_type: Option<DataType>,
        nodata: Option<Option<Nodata>>,
    ) -> Result<Self> {
        let from = source.info();
        let bands = bands.map_or_else(|| from.all_bands(), <[usize]>::to_vec);
        from.check_read(&bands, &Window::new(0, 0, 0, 0), (bands.len(), 0, 0))?;
        let data_type_now = data_type.unwrap_or(from.data_type);
        let same = data_type_now == from.data_type && nodata.is_none();
        let keeps = if same { Keeps::Pixels } else { Keeps::Values };
        let mut info = from.after(keeps, &bands, data_type_now);
        info.overviews.clone_from(&from.overviews);
        let alpha = info.bands.iter().any(|b| b.color == ColorInterp::Alpha);
        for band in &mut info.bands {
            if let Some(nodata) = nodata {
                band.nodata = nodata;
                if matches!(band.mask, MaskKind::AllValid | MaskKind::Nodata) {
                    band.mask = if nodata.is_some() { MaskKind::Nodata } else { MaskKind::AllValid };
                }
            }
            if let Some(value) = band.nodata.filter(|n| !n.fits(info.data_type)) {
                return Err(Error::misuse(format!(
                    "the nodata value {value} is beyond the range of {}; state another",
                    info.data_type
                )));
            }
            if band.mask == MaskKind::Alpha && !alpha {
                // The alpha band stays behind, and what it says is a mask from now on.
                band.mask = MaskKind::PerDataset;
            }
        }
        Ok(Self { source, info, bands, data_type, nodata, as_stored: false })
    }

    /// With the nodata value that is stated now where a pixel was missing before.
    fn read_rewritten(
        &self,
        bands: &[usize],
        from: &[usize],
        window: &Window,
        mut parts: Parts<'_>,
    ) -> Result<()> {
        let read = self.source.read_masked(from, window)?;
        let mut samples = read.data.convert_to(self.info.data_type);
        for (i, band) in bands.iter().enumerate().filter(|(_, b)| self.is_rewritten(**b)) {
            with_array!(AnyArray, &mut samples, a => {
                let mask = read.mask.index_axis(Axis(0), i);
                let nodata = self.info.bands[band - 1].nodata;
                validity::erase(&mut a.index_axis_mut(Axis(0), i), &mask, nodata);
            });
        }
        if let Some(mask) = &mut parts.mask {
            for (i, mut mask) in mask.outer_iter_mut().enumerate() {
                if self.info.validity(bands[i]).is_elsewhere() {
                    mask.assign(&read.mask.index_axis(Axis(0), i));
                } else {
                    validity::of_band(&self.info, bands[i], &samples.view().band(i), &mut mask);
                }
            }
        }
        match &mut parts.pixels {
            Some(pixels) => pixels.assign(&samples.view()),
            None => Ok(()),
        }
    }

    /// Is what is missing of a band written as another value than in the source?
    fn is_rewritten(&self, band: usize) -> bool {
        matches!(self.info.validity(band), Validity::Nodata(n)
            if self.source.info().validity(self.bands[band - 1]) != Validity::Nodata(n)
                || self.info.data_type != self.source.info().data_type)
    }

    /// Without overviews, and in another coordinate system.
    pub(super) fn understood_as(mut self, overviews: bool, crs: Option<CrsRef>) -> Self {
        if !overviews {
            self.info.overviews.clear();
        }
        if crs.is_some() {
            self.info.crs = crs;
        }
        self
    }
}

impl RasterSource for Selected {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read_parts(&self, bands: &[usize], window: &Window, mut parts: Parts<'_>) -> Result<()> {
        parts.check(&self.info, bands, window)?;
        let from: Vec<usize> = bands.iter().map(|&b| self.bands[b - 1]).collect();
        if !self.as_stored && bands.iter().any(|b| self.is_rewritten(*b)) {
            return self.read_rewritten(bands, &from, window, parts);
        }
        let same_rule =
            |b: &usize| self.nodata.is_none() || !self.as_stored && self.info.validity(*b).is_elsewhere();
        if parts.masked(bands).iter().all(same_rule) {
            return self.source.read_parts(&from, window, parts);
        }
        // Another value is missing than the raster says itself.
        let mut samples = AnyArray::zeros(self.info.data_type, (bands.len(), window.height, window.width));
        self.source.read_into(&from, window, samples.view_mut())?;
        if let Some(mask) = &mut parts.mask {
            for (i, mut mask) in mask.outer_iter_mut().enumerate() {
                if self.info.validity(bands[i]).is_elsewhere() {
                    self.source.read_mask_into(&from[i..=i], window, mask.insert_axis(Axis(0)))?;
                } else {
                    validity::of_band(&self.info, bands[i], &samples.view().band(i), &mut mask);
                }
            }
        }
        match &mut parts.pixels {
            Some(pixels) => pixels.assign(&samples.view()),
            None => Ok(()),
        }
    }

    fn is_blank(&self, bands: &[usize], window: &Window) -> bool {
        let (own, from) = (&self.info, self.source.info());
        let bands: Vec<usize> = bands.iter().map(|&b| self.bands[b - 1]).collect();
        self.nodata.is_none()
            && own.data_type == from.data_type
            && own.blank_sample() == from.blank_sample()
            && self.source.is_blank(&bands, window)
    }

    fn overview(&self, index: usize) -> Option<Arc<dyn RasterSource>> {
        if index >= self.info.overviews.len() {
            return None;
        }
        let level = self.source.overview(index)?;
        let view = if self.as_stored {
            Self::taking(level, Some(&self.bands), self.nodata).ok()?
        } else {
            Self::new(level, Some(&self.bands), self.data_type, self.nodata).ok()?
        };
        Some(Arc::new(view.understood_as(true, self.info.crs.clone())))
    }

    fn prefetch(&self, bands: &[usize], windows: &[Window]) {
        let from: Vec<usize> =
            bands.iter().filter_map(|&b| self.bands.get(b.checked_sub(1)?).copied()).collect();
        self.source.prefetch(&from, windows);
    }
}

/// The bands of several rasters of one grid and type, one after the other.
///
/// Each band keeps its own validity: nodata stays with its bands, a mask or an alpha band goes with those of its raster. Alpha bands
/// become ordinary bands. Floats whose bands tell what is missing in several ways all have NaN for it.
pub(super) struct Stacked {
    sources: Vec<Arc<dyn RasterSource>>,
    info: RasterInfo,
    /// Source and band of each band.
    bands: Vec<(usize, usize)>,
    /// Is what is missing written as NaN?
    as_nan: bool,
}

impl Stacked {
    pub(super) fn new(sources: Vec<Arc<dyn RasterSource>>) -> Result<Self> {
        let Some(first) = sources.first().map(|s| s.info().clone()) else {
            return Err(Error::misuse("nothing to stack"));
        };
        let mut info = first.clone();
        info.bands.clear();
        info.overviews.clear();
        info.metadata = Metadata::new();
        let mut bands = Vec::new();
        for (number, source) in sources.iter().enumerate() {
            let other = source.info();
            let place = number + 1;
            check_same_grid(&first, other, &format!("raster {place}"))?;
            if other.data_type != first.data_type {
                return Err(Error::misuse(format!(
                    "raster {place} has samples of {}, the first of {}; select one dtype first",
                    other.data_type, first.data_type
                )));
            }
            for item in other.metadata.items() {
                let band = item.band.map(|b| b + bands.len());
                if band.is_some() || number == 0 {
                    info.metadata.set(&item.domain, band, &item.name, item.value.clone());
                }
            }
            bands.extend(other.all_bands().into_iter().map(|b| (number, b)));
            info.bands.extend(other.bands.iter().cloned());
        }
        // A file has one nodata value and one mask for all bands: floats whose bands tell it in several ways all have NaN.
        let kinds = info.bands.iter().map(|b| (b.mask, b.nodata));
        let several = kinds.clone().any(|k| Some(k) != kinds.clone().next());
        let as_nan = several && info.data_type.is_float();
        if as_nan {
            for band in &mut info.bands {
                (band.mask, band.nodata) = (MaskKind::Nodata, Some(Nodata::Float(f64::NAN)));
            }
        }
        if sources.len() > 1 {
            for band in &mut info.bands {
                if band.mask == MaskKind::Alpha {
                    band.mask = MaskKind::PerDataset;
                }
                if band.color == ColorInterp::Alpha {
                    band.color = ColorInterp::Undefined;
                }
            }
        }
        Ok(Self { sources, info, bands, as_nan })
    }
}

/// The parts of some of the bands (from 0); `None` where nothing is asked for them.
fn bands_of<'a>(parts: &'a mut Parts<'_>, bands: Range<usize>) -> Option<Parts<'a>> {
    let masked = bands.start..bands.end.min(parts.mask.as_ref().map_or(0, |m| m.dim().0));
    let pixels = parts.pixels.as_mut().map(|pixels| {
        let slice = Slice::from(bands.clone());
        with_array!(AnyViewMut, pixels, a => Sample::erase_view_mut(a.slice_axis_mut(Axis(0), slice)))
    });
    let mask = parts.mask.as_mut().filter(|_| !masked.is_empty());
    let mask = mask.map(|mask| mask.slice_axis_mut(Axis(0), Slice::from(masked)));
    match (pixels, mask) {
        (Some(pixels), Some(mask)) => Some(Parts::both(pixels, mask)),
        (Some(pixels), None) => Some(Parts::pixels(pixels)),
        (None, Some(mask)) => Some(Parts::mask(mask)),
        (None, None) => None,
    }
}

impl RasterSource for Stacked {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read_parts(&self, bands: &[usize], window: &Window, mut parts: Parts<'_>) -> Result<()> {
        parts.check(&self.info, bands, window)?;
        // Bands that follow each other in one raster are read in one pass.
        let mut at = 0;
        while at < bands.len() {
            let source = self.bands[bands[at] - 1].0;
            let run = bands[at..].iter().take_while(|b| self.bands[**b - 1].0 == source).count();
            let from: Vec<usize> = bands[at..at + run].iter().map(|b| self.bands[b - 1].1).collect();
            if let Some(mut some) = bands_of(&mut parts, at..at + run) {
                if let (true, Some(pixels)) = (self.as_nan, &mut some.pixels) {
                    let mut masks = Array3::zeros((run, window.height, window.width));
                    self.sources[source].read_masked_into(
                        &from,
                        window,
                        pixels.reborrow(),
                        masks.view_mut(),
                    )?;
                    for (i, own) in masks.outer_iter().enumerate() {
                        with_array!(AnyViewMut, pixels.band_mut(i), mut a => {
                            let nan = Some(Nodata::Float(f64::NAN));
                            validity::erase(&mut a.index_axis_mut(Axis(0), 0), &own, nan);
                        });
                    }
                    if let Some(mask) = &mut some.mask {
                        let count = mask.dim().0;
                        mask.assign(&masks.slice_axis(Axis(0), (..count).into()));
                    }
                } else {
                    self.sources[source].read_parts(&from, window, some)?;
                }
            }
            at += run;
        }
        Ok(())
    }

    fn prefetch(&self, bands: &[usize], windows: &[Window]) {
        for (number, source) in self.sources.iter().enumerate() {
            let own = bands.iter().filter_map(|&b| self.bands.get(b.checked_sub(1)?));
            let own: Vec<usize> = own.filter(|(of, _)| *of == number).map(|(_, band)| *band).collect();
            if !own.is_empty() {
                source.prefetch(&own, windows);
            }
        }
    }
}

/// A function of windows over several rasters, computed where it is read.
pub(super) struct FunctionView<F> {
    sources: Vec<Arc<dyn RasterSource>>,
    function: F,
    info: RasterInfo,
    workers: Mutex<Vec<Worker>>,
}

impl<F: WindowFunction> FunctionView<F> {
    /// The function needs no halo.
    pub(super) fn new(sources: Vec<Arc<dyn RasterSource>>, function: F) -> Result<Self> {
        let infos: Vec<_> = sources.iter().map(|s| s.info()).collect();
        if function.halo() != Halo::NONE {
            return Err(Error::internal("a view of a function that needs more than its window"));
        }
        let Some(first) = infos.first() else { return Err(Error::misuse("a function of no raster")) };
        let info = output::describe(first, &infos, &function)?;
        Ok(Self { sources, function, info, workers: Mutex::default() })
    }

    /// Pixels, and the masks where the view's validity is told by masks.
    fn compute(&self, window: &Window) -> Result<(AnyArray, Option<Array3<u8>>)> {
        let context = WindowContext {
            index: 0,
            block: BlockIndex { row: 0, col: 0 },
            core: *window,
            read: *window,
            halo: Halo::NONE,
            raster: (self.info.width, self.info.height),
        };
        let inputs = Inputs { sources: &self.sources, edge: Edge::Cut };
        let take = || self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut worker = take().pop().unwrap_or_default();
        worker.forget_validity();
        let result = self.function.run(&inputs, &context, &mut worker);
        let settled = result?.settle(&self.info, || inputs.validity(&context, &mut worker));
        take().push(worker);
        settled
    }
}

impl<F: WindowFunction> RasterSource for FunctionView<F> {
    fn info(&self) -> &RasterInfo {
        &self.info
    }

    fn read_parts(&self, bands: &[usize], window: &Window, mut parts: Parts<'_>) -> Result<()> {
        parts.check(&self.info, bands, window)?;
        let (pixels, stored) = self.compute(window)?;
        let view = pixels.view();
        if let Some(mask) = &mut parts.mask {
            for (mut to, &band) in mask.outer_iter_mut().zip(bands) {
                match &stored {
                    Some(stored) if self.info.validity(band).is_stored() => {
                        to.assign(&stored.index_axis(Axis(0), band - 1))
                    }
                    _ => validity::of_band(&self.info, band, &view.band(band - 1), &mut to),
                }
            }
        }
        let Some(out) = &mut parts.pixels else { return Ok(()) };
        bands.iter().enumerate().try_for_each(|(i, band)| out.band_mut(i).assign(&view.band(band - 1)))
    }
}
