//! From a job to a plan: which windows, in which order, with how much memory. Pure: no pixel is read.

mod budget;
mod windows;

pub use budget::{Budget, MemoryEstimate, parse_size};
pub use windows::{PlannedWindow, Windows};

use crate::function::Edge;
use raster_core::{Error, Halo, RasterInfo, Result, Size};
use std::fmt;

/// What will be run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// In the order in which workers take them.
    pub windows: Vec<PlannedWindow>,
    /// Threads that compute.
    pub workers: usize,
    /// Bytes for decoded blocks of each input; 0 where every block is used by one window only.
    pub cache_bytes: usize,
    /// Expected memory.
    pub memory: MemoryEstimate,
}

/// What a plan is made from.
#[derive(Clone, Debug)]
pub struct PlanRequest<'a> {
    /// The inputs.
    pub inputs: Vec<&'a RasterInfo>,
    /// Output bands and bytes per sample.
    pub output: (usize, usize),
    /// Blocks of the output (columns, rows).
    pub output_block: Size,
    /// Widths of the output and its overviews, added up.
    pub output_width: usize,
    /// Bytes per pixel that the function holds beside its input and its result.
    pub working: usize,
    /// Does the output take each pixel once only?
    pub write_once: bool,
    /// The halo that the function asks for.
    pub halo: Halo,
    /// Beyond the raster's edge.
    pub edge: Edge,
    /// The windows asked for.
    pub windows: Windows,
    /// May the plan choose the windows?
    pub any_windows: bool,
    /// Threads asked for.
    pub workers: usize,
    /// Memory.
    pub budget: Budget,
}

impl Plan {
    /// Choose windows, workers and cache so that the job stays within its budget.
    ///
    /// # Errors
    /// `Misuse` when there is no input, a window is impossible, or windows overlap that must not; `Limit` when not even one
    /// window at a time fits into the budget.
    pub fn new(request: &PlanRequest<'_>) -> Result<Self> {
        let first = *request.inputs.first().ok_or_else(|| Error::misuse("a job needs at least one input"))?;
        let (mut windows, workers) = budget::fit(request, first)?;
        if windows.is_empty() {
            return Err(Error::misuse("there are no windows to compute"));
        }
        windows::order(&mut windows, request.output_block);
        let cache_bytes = budget::cache(request, first, &windows, workers);
        let mut memory = budget::estimate(request, &windows, workers, cache_bytes);
        memory.spool = budget::spool(request, first, &memory);
        Ok(Self { windows, workers, cache_bytes, memory })
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let largest = self.windows.iter().map(|w| w.core).max_by_key(raster_core::Window::area);
        writeln!(f, "windows   {}", self.windows.len())?;
        if let Some(largest) = largest {
            let read = self.windows.iter().map(|w| w.read.area()).max().unwrap_or(0);
            writeln!(f, "largest   {} × {} pixels, {read} with the halo", largest.width, largest.height)?;
        }
        writeln!(f, "workers   {}", self.workers)?;
        write!(f, "memory    {}", self.memory)
    }
}

#[cfg(test)]
mod tests;
