//! What is done with a window.

use crate::{
    computed::{Computed, any_valid},
    stack::stack,
};
use kernels::{Kernel, KernelInput, Scratch, Signature};
use ndarray::{Array2, Array3, ArrayView3, Axis};
use raster_core::{
    AnyArray, BlockIndex, ColorInterp, DataType, Error, Halo, Keeps, Masked, RasterInfo, RasterSource,
    Result, Sample, Value, Window,
    validity::{self, Validity},
    with_array,
};
use std::sync::Arc;

/// The window that a function is called for.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowContext {
    /// Number of the window in the plan, from 0.
    pub index: usize,
    /// Row and column of the window among the windows (rio-mucho's `ij`).
    pub block: BlockIndex,
    /// The pixels to compute.
    pub core: Window,
    /// The pixels that were read: `core` with its halo.
    pub read: Window,
    /// How far `read` reaches over `core` on each side; less than asked for where the raster ends, unless the job
    /// fills it ([`Edge::Fill`]).
    pub halo: Halo,
    /// Columns and rows of the first input.
    pub raster: (usize, usize),
}

/// What a halo holds beyond the edge of the raster.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Edge {
    /// Nothing: the window that is read is cut at the raster's edge.
    #[default]
    Cut,
    /// This value.
    Fill(Value),
}

/// Buffers and caches of one worker.
#[derive(Default)]
pub struct Worker {
    /// Buffers of the kernels.
    pub scratch: Scratch,
    /// Arrays of earlier windows: memory fresh from the system costs as much as decoding into it.
    kept: Vec<AnyArray>,
    /// What was found out about the inputs' validity while their pixels were read, by input: the window, and 255 where any band
    /// is valid.
    validity: Vec<(usize, Window, Array2<u8>)>,
}

/// Arrays that a worker keeps at most (chosen: an input and a result, of two shapes).
const KEPT_ARRAYS: usize = 4;

impl Worker {
    /// An array to be filled; what it holds is left over from an earlier window.
    #[must_use]
    pub fn array(&mut self, data_type: DataType, shape: (usize, usize, usize)) -> AnyArray {
        let fits = |a: &AnyArray| a.data_type() == data_type && a.shape() == shape && is_contiguous(a);
        match self.kept.iter().position(fits) {
            Some(at) => self.kept.swap_remove(at),
            None => AnyArray::zeros(data_type, shape),
        }
    }
    /// Give back an array that is no longer needed.
    pub fn keep(&mut self, array: AnyArray) {
        if self.kept.len() >= KEPT_ARRAYS {
            self.kept.remove(0);
        }
        self.kept.push(array);
    }
    pub(crate) fn take_validity(&mut self, input: usize) -> Option<(Window, Array2<u8>)> {
        let at = self.validity.iter().position(|v| v.0 == input)?;
        let (_, window, mask) = self.validity.swap_remove(at);
        Some((window, mask))
    }
    /// A new window begins.
    pub(crate) fn forget_validity(&mut self) {
        self.validity.clear();
    }
}

fn is_contiguous(array: &AnyArray) -> bool {
    with_array!(AnyArray, array, a => a.is_standard_layout())
}

/// A function of windows, whatever it is made of. Results may have the size of the core, or of all that was read:
/// then the halo is cut off.
pub trait WindowFunction: Send + Sync {
    /// The pixels that it needs around a window.
    fn halo(&self) -> Halo {
        Halo::NONE
    }
    /// Bands and type of its result; `None` for those of the first input.
    ///
    /// # Errors
    /// `Misuse` when it cannot take these inputs.
    fn output(&self, inputs: &[&RasterInfo]) -> Result<Option<Signature>> {
        let _ = inputs;
        Ok(None)
    }
    /// Bytes per pixel that it holds for a window beside its input and its result.
    fn working_bytes(&self, inputs: &[&RasterInfo]) -> usize {
        let _ = inputs;
        0
    }
    /// May the plan choose the windows? Only when the result does not depend on how the raster is cut.
    fn any_windows(&self) -> bool {
        false
    }
    /// What of the first input's description still holds for the result, and which of its bands (numbered from 1) each band of
    /// the result is made of. Only asked when [`output`](Self::output) states bands and type.
    fn keeps(&self, inputs: &[&RasterInfo]) -> (Keeps, Vec<usize>) {
        let _ = inputs;
        (Keeps::Nothing, Vec::new())
    }
    /// Say more about the result than follows from [`output`](Self::output) and [`keeps`](Self::keeps).
    fn describe(&self, inputs: &[&RasterInfo], info: &mut RasterInfo) {
        let _ = (inputs, info);
    }
    /// Compute one window.
    ///
    /// # Errors
    /// Whatever goes wrong; the job stops.
    fn run(&self, inputs: &Inputs<'_>, context: &WindowContext, worker: &mut Worker) -> Result<Computed>;
}

/// The inputs of a job, as a function sees them.
pub struct Inputs<'a> {
    pub(crate) sources: &'a [Arc<dyn RasterSource>],
    pub(crate) edge: Edge,
}

impl Inputs<'_> {
    /// Open readers, one per input, safe to use from any thread.
    #[must_use]
    pub fn sources(&self) -> &[Arc<dyn RasterSource>] {
        self.sources
    }
    /// All bands of an input in the window that the context says to read.
    ///
    /// # Errors
    /// What the input meets; the message says which input.
    pub fn read(&self, input: usize, context: &WindowContext) -> Result<AnyArray> {
        self.read_with(input, context, &mut Worker::default())
    }
    /// [`read`](Self::read) into an array that the worker kept.
    fn read_with(&self, input: usize, context: &WindowContext, worker: &mut Worker) -> Result<AnyArray> {
        let source = self
            .sources
            .get(input)
            .ok_or_else(|| Error::misuse(format!("input {input} of {}", self.sources.len())))?;
        let info = source.info();
        let bands = info.all_bands();
        let inside = context.read.crop(info.width, info.height);
        let name = |e: Error| e.context(format!("input {input}"));
        let cut = inside == context.read || self.edge == Edge::Cut;
        let to_read = if cut { inside } else { context.read };
        let mut out = worker.array(info.data_type, (bands.len(), to_read.height, to_read.width));
        let mut view = out.view_mut();
        if let (Edge::Fill(value), false) = (self.edge, cut) {
            view.fill(value);
        }
        if inside.is_empty() {
            return Ok(out);
        }
        let part = view.window_mut(&inside.relative_to(&to_read));
        if info.is_all_valid() || inside != context.read {
            source.read_into(&bands, &inside, part).map_err(name)?;
        } else {
            // Both in one go: what the function makes of the pixels is valid where they are, unless it says otherwise.
            let mut mask = Array3::zeros((bands.len(), inside.height, inside.width));
            source.read_masked_into(&bands, &inside, part, mask.view_mut()).map_err(name)?;
            worker.validity.push((input, inside, any_valid(info, &mask)));
        }
        Ok(out)
    }
    /// [`read`](Self::read) every input.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_all(&self, context: &WindowContext) -> Result<Vec<AnyArray>> {
        self.read_all_with(context, &mut Worker::default())
    }
    fn read_all_with(&self, context: &WindowContext, worker: &mut Worker) -> Result<Vec<AnyArray>> {
        (0..self.sources.len()).map(|i| self.read_with(i, context, worker)).collect()
    }
    /// The bands of all inputs in one array.
    fn read_stacked(&self, context: &WindowContext, worker: &mut Worker) -> Result<AnyArray> {
        let mut arrays = self.read_all_with(context, worker)?;
        if arrays.len() == 1 {
            return Ok(arrays.remove(0));
        }
        let stacked = stack(&arrays);
        arrays.into_iter().for_each(|a| worker.keep(a));
        stacked
    }
}

/// One array per input (rio-mucho's `simple_read`).
pub struct Simple<F>(pub F);

impl<F, R> WindowFunction for Simple<F>
where
    F: Fn(Vec<AnyArray>, &WindowContext) -> Result<R> + Send + Sync,
    R: Into<Computed>,
{
    fn run(&self, inputs: &Inputs<'_>, context: &WindowContext, worker: &mut Worker) -> Result<Computed> {
        (self.0)(inputs.read_all_with(context, worker)?, context).map(Into::into)
    }
}

/// One array with the bands of all inputs in order (rio-mucho's `array_read`).
pub struct Stacked<F>(pub F);

impl<F, R> WindowFunction for Stacked<F>
where
    F: Fn(AnyArray, &WindowContext) -> Result<R> + Send + Sync,
    R: Into<Computed>,
{
    fn run(&self, inputs: &Inputs<'_>, context: &WindowContext, worker: &mut Worker) -> Result<Computed> {
        (self.0)(inputs.read_stacked(context, worker)?, context).map(Into::into)
    }
}

/// Open readers, the windows left to the function (rio-mucho's `manual_read`).
pub struct Manual<F>(pub F);

impl<F, R> WindowFunction for Manual<F>
where
    F: Fn(&Inputs<'_>, &WindowContext) -> Result<R> + Send + Sync,
    R: Into<Computed>,
{
    fn run(&self, inputs: &Inputs<'_>, context: &WindowContext, _: &mut Worker) -> Result<Computed> {
        (self.0)(inputs, context).map(Into::into)
    }
}

/// [`Stacked`], typed: samples are converted to `I` (saturating) before, and the output has the type `O`.
pub struct Typed<F, I, O> {
    function: F,
    bands: usize,
    types: std::marker::PhantomData<fn(I) -> O>,
}

impl<F, I: Sample, O: Sample> Typed<F, I, O>
where
    F: Fn(ArrayView3<'_, I>, &WindowContext) -> Result<Array3<O>> + Send + Sync,
{
    /// A function that gives `bands` bands.
    pub fn new(bands: usize, function: F) -> Self {
        Self { function, bands, types: std::marker::PhantomData }
    }
}

impl<F, I: Sample, O: Sample> WindowFunction for Typed<F, I, O>
where
    F: Fn(ArrayView3<'_, I>, &WindowContext) -> Result<Array3<O>> + Send + Sync,
{
    fn output(&self, _: &[&RasterInfo]) -> Result<Option<Signature>> {
        Ok(Some(Signature { bands: self.bands, data_type: O::DATA_TYPE }))
    }
    fn run(&self, inputs: &Inputs<'_>, context: &WindowContext, worker: &mut Worker) -> Result<Computed> {
        let pixels = inputs.read_stacked(context, worker)?.convert::<I>();
        let result = (self.function)(pixels.view(), context)?;
        worker.keep(pixels.into());
        Ok(result.into())
    }
}

/// Any function with a halo around it.
pub struct WithHalo<W> {
    /// The function.
    pub function: W,
    /// The pixels that it needs around a window.
    pub halo: Halo,
}

impl<W: WindowFunction> WindowFunction for WithHalo<W> {
    fn halo(&self) -> Halo {
        self.halo
    }
    fn output(&self, inputs: &[&RasterInfo]) -> Result<Option<Signature>> {
        self.function.output(inputs)
    }
    fn keeps(&self, inputs: &[&RasterInfo]) -> (Keeps, Vec<usize>) {
        self.function.keeps(inputs)
    }
    fn describe(&self, inputs: &[&RasterInfo], info: &mut RasterInfo) {
        self.function.describe(inputs, info);
    }
    fn run(&self, inputs: &Inputs<'_>, context: &WindowContext, worker: &mut Worker) -> Result<Computed> {
        self.function.run(inputs, context, worker)
    }
}

/// A kernel over chosen bands of the first input.
pub struct KernelFunction {
    kernel: Box<dyn Kernel>,
    bands: Option<Vec<usize>>,
    aware: bool,
    /// Applied to what comes out, one after the other.
    then: Vec<Box<dyn Kernel>>,
}

impl KernelFunction {
    /// A kernel over all bands. Nodata and masks are passed to it; it says what it does with them.
    #[must_use]
    pub fn new(kernel: impl Kernel + 'static) -> Self {
        Self { kernel: Box::new(kernel), bands: None, aware: true, then: Vec::new() }
    }
    /// Over these bands (numbered from 1).
    #[must_use]
    pub fn with_bands(mut self, bands: &[usize]) -> Self {
        self.bands = Some(bands.to_vec());
        self
    }
    /// Keep nodata and mask from the kernel: every stored value is data.
    #[must_use]
    pub fn ignoring_nodata(mut self) -> Self {
        self.aware = false;
        self
    }
    /// Then this kernel over all bands of the result, window by window. It must not need pixels around a window: what comes
    /// out of the kernels before it has none.
    #[must_use]
    pub fn then(mut self, kernel: impl Kernel + 'static) -> Self {
        self.then.push(Box::new(kernel));
        self
    }
    /// Bands and type of what each kernel gives.
    fn signatures(&self, info: &RasterInfo) -> Result<Vec<Signature>> {
        let mut signature = Signature { bands: self.bands_of(info).len(), data_type: info.data_type };
        if self.then.iter().any(|kernel| kernel.halo() != Halo::NONE) {
            return Err(Error::misuse("a kernel behind another one needs pixels around a window"));
        }
        let kernels = std::iter::once(&self.kernel).chain(&self.then);
        kernels
            .map(|kernel| {
                signature = kernel.output(signature)?;
                Ok(signature)
            })
            .collect()
    }
    fn bands_of(&self, info: &RasterInfo) -> Vec<usize> {
        self.bands.clone().unwrap_or_else(|| info.all_bands())
    }
    /// Compute a window of a source: what [`WindowFunction::run`] and lazy views share.
    pub(crate) fn compute(
        &self,
        source: &dyn RasterSource,
        core: &Window,
        scratch: &mut Scratch,
    ) -> Result<Computed> {
        let info = source.info();
        let bands = self.bands_of(info);
        let read = core.grow(self.kernel.halo()).crop(info.width, info.height);
        if !self.aware || bands.iter().all(|&b| info.validity(b) == Validity::AllValid) {
            let pixels = source.read_window(&bands, &read)?;
            let input = KernelInput::new(pixels.view()).with_halo(read.halo_around(core));
            let first = kernels::apply_to(&*self.kernel, &input, scratch)?;
            let pixels = self.then.iter().try_fold(first, |result, kernel| {
                kernels::apply_to(&**kernel, &KernelInput::new(result.view()), scratch)
            })?;
            return Ok(Computed::from_samples(pixels));
        }
        // One nodata value of all bands is found in the samples by the kernel itself; all else needs a mask.
        let nodata = info.bands[bands[0] - 1].nodata;
        let in_samples = |&b: &usize| matches!(info.validity(b), Validity::Nodata(n) if Some(n) == nodata);
        let (pixels, mask) = if bands.iter().all(in_samples) {
            (source.read_window(&bands, &read)?, None)
        } else {
            let both = source.read_masked(&bands, &read)?;
            (both.data, Some(both.mask))
        };
        let input = KernelInput::new(pixels.view())
            .with_halo(read.halo_around(core))
            .with_mask(mask.as_ref().map(Array3::view))
            .with_nodata(nodata.filter(|_| mask.is_none()));
        let first = kernels::apply_masked(&*self.kernel, &input, scratch)?;
        let result = self.then.iter().try_fold(first, |result, kernel| {
            let input = KernelInput::new(result.data.view()).with_mask(Some(result.mask.view()));
            kernels::apply_masked(&**kernel, &input, scratch)
        })?;
        Ok(self.with_alpha_aside(info, &bands, result).into())
    }

    /// In integers, where validity may become one mask: an alpha band is missing where the others are.
    fn with_alpha_aside(
        &self,
        info: &RasterInfo,
        bands: &[usize],
        mut result: Masked<AnyArray>,
    ) -> Masked<AnyArray> {
        let alpha = |i: usize| {
            bands.len() == result.mask.dim().0 && info.bands[bands[i] - 1].color == ColorInterp::Alpha
        };
        let planes: Vec<usize> = (0..result.mask.dim().0).filter(|i| alpha(*i)).collect();
        if !planes.is_empty() && planes.len() < bands.len() && result.data.data_type().is_integer() {
            let others = validity::shared(&result.mask.view(), alpha);
            planes.into_iter().for_each(|i| result.mask.index_axis_mut(Axis(0), i).assign(&others));
        }
        result
    }
}

impl WindowFunction for KernelFunction {
    fn halo(&self) -> Halo {
        self.kernel.halo()
    }
    fn any_windows(&self) -> bool {
        !self.kernel.wraps()
    }
    fn output(&self, inputs: &[&RasterInfo]) -> Result<Option<Signature>> {
        let [info] = inputs else {
            return Err(Error::misuse(format!("a kernel takes one input, not {}", inputs.len())));
        };
        let bands = self.bands_of(info);
        if let Some(band) = bands.iter().find(|&&b| b == 0 || b > info.band_count()) {
            return Err(Error::misuse(format!("band {band} of a raster with {} bands", info.band_count())));
        }
        Ok(self.signatures(info)?.last().copied())
    }
    fn working_bytes(&self, inputs: &[&RasterInfo]) -> usize {
        let signatures = inputs.first().and_then(|info| self.signatures(info).ok()).unwrap_or_default();
        let between = signatures.split_last().map_or(&[][..], |(_, between)| between);
        between.iter().map(|s| s.bands * s.data_type.size()).sum()
    }
    fn keeps(&self, inputs: &[&RasterInfo]) -> (Keeps, Vec<usize>) {
        let keeps = self.then.iter().map(|k| k.keeps()).fold(self.kernel.keeps(), Keeps::max);
        (keeps, inputs.first().map(|info| self.bands_of(info)).unwrap_or_default())
    }
    fn run(&self, inputs: &Inputs<'_>, context: &WindowContext, worker: &mut Worker) -> Result<Computed> {
        self.compute(&*inputs.sources[0], &context.core, &mut worker.scratch)
    }
}
