//! A job: inputs, a function of windows, an output, and how to run it.

use crate::{
    block_cache::BlockCache,
    cache::CachedSource,
    function::{Edge, Inputs, Typed, WindowContext, WindowFunction},
    output::{Output, OutputRequest},
    plan::{Budget, Plan, PlanRequest, Windows},
    run::{self, CancelToken, Event, Identity, OnError, Report, RunOptions},
    sink::Sink,
};
use ndarray::{Array3, ArrayView3};
use raster_core::{BandInfo, Error, Halo, MaskKind, RasterInfo, RasterSource, Result, Sample};
use std::{path::PathBuf, sync::Arc};

/// Changes what is said about an output.
pub(crate) type Describe = Box<dyn Fn(&mut RasterInfo) + Send + Sync>;

/// Runs a function over windows of its inputs, in parallel, and writes the result: what `RioMucho` does, with
/// threads for processes, one result for any number of them, and a budget of memory.
///
/// Defaults are rio-mucho's: the windows are the first input's blocks, the output has the first input's profile
/// (with the function's bands and type where it states them), four workers at most.
///
/// ```
/// use mucho::{Job, MemorySink, Simple};
/// use raster_core::{AnyArray, DataType, MemoryRaster};
/// let input = MemoryRaster::new(ndarray::Array3::from_elem((1, 40, 60), 7u8));
/// let output = MemorySink::new(DataType::U8, (1, 40, 60));
/// let report = Job::new(Simple(|mut inputs: Vec<AnyArray>, _: &_| Ok(inputs.remove(0))))
///     .input(input)
///     .output(output.clone())
///     .run()?;
/// assert_eq!(report.pixels, 40 * 60);
/// assert_eq!(output.to_array(), AnyArray::from(ndarray::Array3::from_elem((1, 40, 60), 7u8)));
/// # Ok::<(), raster_core::Error>(())
/// ```
pub struct Job<F> {
    function: F,
    inputs: Vec<Arc<dyn RasterSource>>,
    output: Option<Output>,
    edge: Edge,
    halo: Halo,
    windows: Windows,
    workers: Option<usize>,
    budget: Budget,
    fingerprint: String,
    describe: Option<Describe>,
    options: RunOptions,
}

impl Job<()> {
    /// A job for a closure over the bands of all inputs, stacked and converted to `I`, that gives `bands` bands of `O`. What is
    /// missing in an input is missing in the result.
    ///
    /// ```
    /// use mucho::{Job, MemorySink};
    /// use raster_core::{DataType, MemoryRaster};
    /// let input = MemoryRaster::new(ndarray::Array3::from_elem((1, 40, 60), 7u8));
    /// let output = MemorySink::new(DataType::F32, (1, 40, 60));
    /// Job::map::<f32, f32>(1, |pixels, _| Ok(pixels.mapv(f32::sqrt))).input(input).output(output.clone()).run()?;
    /// assert_eq!(output.to_array().view().value(0, 3, 4).to_f64(), f64::from(7f32.sqrt()));
    /// # Ok::<(), raster_core::Error>(())
    /// ```
    pub fn map<I: Sample, O: Sample>(
        bands: usize,
        function: impl Fn(ArrayView3<'_, I>, &WindowContext) -> Result<Array3<O>> + Send + Sync,
    ) -> Job<impl WindowFunction> {
        Job::new(Typed::new(bands, function))
    }
}

impl<F: WindowFunction> Job<F> {
    /// A job for this function; inputs and an output are still missing.
    pub fn new(function: F) -> Self {
        Self {
            function,
            inputs: Vec::new(),
            output: None,
            edge: Edge::Cut,
            halo: Halo::NONE,
            windows: Windows::Auto,
            workers: None,
            budget: Budget::default(),
            fingerprint: String::new(),
            describe: None,
            options: RunOptions::default(),
        }
    }
    /// Add an input: a dataset, a raster in memory, a warped view, a mosaic.
    #[must_use]
    pub fn input(self, source: impl RasterSource + 'static) -> Self {
        self.shared_input(Arc::new(source))
    }
    /// Add an input that others use too.
    #[must_use]
    pub fn shared_input(mut self, source: Arc<dyn RasterSource>) -> Self {
        self.inputs.push(source);
        self
    }
    /// Where the result goes.
    #[must_use]
    pub fn output(mut self, output: impl Into<Output>) -> Self {
        self.output = Some(output.into());
        self
    }
    /// Which windows.
    #[must_use]
    pub fn windows(mut self, windows: Windows) -> Self {
        self.windows = windows;
        self
    }
    /// Pixels around each window that the function is given too; as many as it asks for itself at least. It may return them or
    /// leave them away.
    #[must_use]
    pub fn halo(mut self, halo: Halo) -> Self {
        self.halo = halo;
        self
    }
    /// What a halo holds beyond the raster's edge.
    #[must_use]
    pub fn edge(mut self, edge: Edge) -> Self {
        self.edge = edge;
        self
    }
    /// The number of threads that compute: 1 to run in this thread. Default: as many as the
    /// caller may use (`parallel::share`), four at most. They divide that number among them: what a worker calls uses its part.
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers.max(1));
        self
    }
    /// The memory to stay within; windows, workers and caches follow from it.
    #[must_use]
    pub fn memory(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }
    /// What to do when a window fails.
    #[must_use]
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.options.on_error = on_error;
        self
    }
    /// A token that stops the job from another thread.
    #[must_use]
    pub fn cancel(mut self, token: CancelToken) -> Self {
        self.options.cancel = token;
        self
    }
    /// Keep finished windows in this file, and go on from it if it exists. It is deleted when the job is done.
    /// `parameters` is any text that changes when the function's parameters do: a journal of other parameters
    /// is refused, and so is one of another version of this crate, of other windows, or of inputs that differ
    /// ([`RasterSource::content_id`]; what an input that does not know it holds has to be said by the text).
    /// A file that is no journal is an error and stays as it is.
    #[must_use]
    pub fn journal(mut self, path: impl Into<PathBuf>, parameters: &str) -> Self {
        self.options.journal = Some(path.into());
        self.fingerprint = parameters.to_owned();
        self
    }
    /// Say more about the output than its function does: nodata, descriptions, metadata. Called after what was said
    /// before; size, bands and type stay.
    #[must_use]
    pub fn describe(mut self, change: impl Fn(&mut RasterInfo) + Send + Sync + 'static) -> Self {
        let before = self.describe.take();
        self.describe = Some(Box::new(move |info| {
            if let Some(before) = &before {
                before(info);
            }
            change(info);
        }));
        self
    }
    /// Be told what happens, from the threads where it happens.
    #[must_use]
    pub fn events(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.options.events = Some(Box::new(listener));
        self
    }

    /// What would be run; nothing is read or written.
    ///
    /// # Errors
    /// `Misuse` when inputs, function and output do not fit, `Limit` when the budget is too small.
    pub fn plan(&self) -> Result<Plan> {
        let request = self.output_request()?;
        self.plan_for(&request, self.output.as_ref())
    }

    /// What the output says about itself.
    ///
    /// # Errors
    /// `Misuse` when inputs and function do not fit.
    pub fn result(&self) -> Result<RasterInfo> {
        Ok(self.output_request()?.info)
    }

    fn output_request(&self) -> Result<OutputRequest> {
        let infos: Vec<_> = self.inputs.iter().map(|s| s.info()).collect();
        let mut request = OutputRequest::new(&infos, &self.function)?;
        if let Some(describe) = &self.describe {
            let (size, bands, data_type) =
                (request.info.size(), request.info.bands.len(), request.info.data_type);
            describe(&mut request.info);
            request.info.bands.resize(bands, BandInfo::default());
            request.info.data_type = data_type;
            (request.info.width, request.info.height) = size.into_tuple();
        }
        request.info.mask_for_alpha();
        // A window that failed is missing; there has to be a place to say so.
        if self.options.on_error == OnError::Continue && request.info.is_all_valid() {
            request.info.bands.iter_mut().for_each(|band| band.mask = MaskKind::PerDataset);
        }
        Ok(request)
    }

    fn plan_for(&self, request: &OutputRequest, output: Option<&Output>) -> Result<Plan> {
        let inputs: Vec<_> = self.inputs.iter().map(|s| s.info()).collect();
        let (output_block, output_width) =
            output.map_or((request.block, request.info.width), |o| o.layout(request));
        Plan::new(&PlanRequest {
            working: self.function.working_bytes(&inputs),
            inputs,
            output: (request.info.band_count(), request.info.data_type.size()),
            output_block,
            output_width,
            write_once: output.is_some_and(Output::write_once),
            halo: self.function.halo().union(self.halo),
            edge: self.edge,
            windows: self.windows.clone(),
            any_windows: self.function.any_windows(),
            workers: self.workers.unwrap_or_else(|| parallel::share().min(4)),
            budget: self.budget,
        })
    }

    /// Run it.
    ///
    /// # Errors
    /// The first error of a window, with the window; what inputs and output meet; `Cancelled`. Nothing is left at
    /// the output then, but a journal is kept.
    pub fn run(mut self) -> Result<Report> {
        let request = self.output_request()?;
        let output = self.output.take().ok_or_else(|| Error::misuse("a job needs an output"))?;
        let plan = self.plan_for(&request, Some(&output))?;
        if self.options.journal.is_some() {
            self.options.identity = self.identity_of(&plan, &request)?;
        }
        let sink: Box<dyn Sink> = output.open(&request, &plan.memory)?;
        let caches = self.caches(&plan)?;
        let sources: Vec<Arc<dyn RasterSource>> = if caches.is_empty() {
            self.inputs.clone()
        } else {
            caches.iter().map(|c| Arc::clone(c) as Arc<dyn RasterSource>).collect()
        };
        let inputs = Inputs { sources: &sources, edge: self.edge };
        let (mut report, journal) =
            run::run(&plan, &self.function, inputs, &request.info, &*sink, &self.options)?;
        report.bytes = sink.finish()?;
        if let Some(journal) = journal {
            journal.remove()?;
        }
        report.blocks_decoded = caches.iter().map(|c| c.blocks_decoded()).sum();
        report.blocks = caches.iter().map(|c| c.block_count() as u64).sum();
        Ok(report)
    }

    /// The inputs behind caches; none when no block is used by two windows.
    fn caches(&self, plan: &Plan) -> Result<Vec<Arc<CachedSource>>> {
        if plan.cache_bytes == 0 {
            return Ok(Vec::new());
        }
        let cache = BlockCache::new(plan.cache_bytes.saturating_mul(self.inputs.len()));
        let cached = |s: &Arc<dyn RasterSource>| {
            CachedSource::sharing(Arc::clone(s), &s.info().all_bands(), &cache).map(Arc::new)
        };
        self.inputs.iter().map(cached).collect()
    }

    /// Two jobs with the same number write the same windows.
    fn identity_of(&self, plan: &Plan, request: &OutputRequest) -> Result<u128> {
        let mut identity = Identity::new();
        identity.text(&self.fingerprint);
        match self.edge {
            Edge::Cut => identity.text("cut"),
            Edge::Fill(value) => identity.value(value),
        }
        identity.info(&request.info);
        identity.plan(plan);
        for source in &self.inputs {
            identity.info(source.info());
            identity.content(source.content_id()?);
        }
        Ok(identity.finish())
    }
}
