//! A kernel over a source, not yet run: as a job into a file, or as a view that the next step reads.

use crate::{Job, KernelFunction, KernelView, WindowFunction, job::Describe};
use raster_core::{Halo, RasterInfo, RasterSource, Result};
use std::sync::Arc;

/// One step of processing: a source, a kernel over some of its bands, and what is said about the result.
pub struct Step {
    source: Arc<dyn RasterSource>,
    function: KernelFunction,
    describe: Describe,
}

impl Step {
    /// A kernel over a source; nothing more is said about the result than the kernel does.
    #[must_use]
    pub fn new(source: Arc<dyn RasterSource>, function: KernelFunction) -> Self {
        Self { source, function, describe: Box::new(|_| {}) }
    }
    /// Say more about the result; replaces what was said before.
    #[must_use]
    pub fn describe(mut self, change: impl Fn(&mut RasterInfo) + Send + Sync + 'static) -> Self {
        self.describe = Box::new(change);
        self
    }
    /// The pixels that it needs around a window.
    pub(crate) fn halo(&self) -> Halo {
        WindowFunction::halo(&self.function)
    }
    /// What its result says about itself.
    ///
    /// # Errors
    /// `Misuse` when the kernel cannot take the source's bands or type.
    pub fn info(&self) -> Result<RasterInfo> {
        let from = self.source.info();
        let mut info = crate::output::describe(from, &[from], &self.function)?;
        (self.describe)(&mut info);
        Ok(info)
    }
    /// What it is made of.
    pub(crate) fn into_parts(self) -> (Arc<dyn RasterSource>, KernelFunction, Describe) {
        (self.source, self.function, self.describe)
    }
    /// As a job that wants an output.
    #[must_use]
    pub fn into_job(self) -> Job<KernelFunction> {
        Job::new(self.function).shared_input(self.source).describe(self.describe)
    }
    /// As a raster that is computed where it is read.
    ///
    /// # Errors
    /// `Misuse` when the kernel cannot take the source's bands or type.
    pub fn into_view(self) -> Result<KernelView> {
        Ok(KernelView::from_function(self.source, self.function)?.with_info(self.describe))
    }
}
