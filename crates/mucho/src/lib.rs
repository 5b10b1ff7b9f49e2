//! Runs functions and kernels over windows of rasters larger than memory, in parallel, and writes the result.
#![forbid(unsafe_code)]

mod block_cache;
mod cache;
pub mod calc;
mod computed;
mod function;
mod job;
pub mod jobs;
mod output;
pub mod plan;
pub mod preview;
mod run;
mod sink;
mod stack;
mod step;
mod view;

pub use block_cache::BlockCache;
pub use cache::CachedSource;
pub use computed::{Computed, ComputedValidity};
pub use function::{
    Edge, Inputs, KernelFunction, Manual, Simple, Stacked, Typed, WindowContext, WindowFunction, WithHalo,
    Worker,
};
pub use job::Job;
pub use output::{Output, OutputRequest};
pub use run::{CancelToken, Event, OnError, Report, WindowTime};
pub use sink::{MemorySink, Sink};
pub use stack::stack;
pub use step::Step;
pub use view::KernelView;
