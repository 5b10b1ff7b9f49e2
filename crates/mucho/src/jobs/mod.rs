//! Jobs over files as convster.parallel has them: extract categories, entropy, interaction, filters.
//!
//! Each function here makes a [`Step`](crate::Step): a job into a file, or a view that another step reads. Bands are tagged as convster tags them, so that its users' files and scripts go on working: metadata domain
//! `GEORACOON`, item `category`, a JSON value; categories are described as `LC_<category>`.
//!
//! | convster | here |
//! |---|---|
//! | `source`, `output_file` | the source that a job function takes; [`Job::output`](crate::Job::output) |
//! | `block_size`, `nbr_cpu` | [`Job::windows`](crate::Job::windows), [`Job::workers`](crate::Job::workers); the result does not depend on them |
//! | `categories`, `bands` | the same names; tags of bands as [`CategoryTag`] |
//! | `img_filter`, `filter_params`, `blur_params` | `blur`: [`kernels::GaussianOptions`]; any [`kernels::Kernel`] in [`FilterJob`] |
//! | `as_dtype`, `output_dtype`, `output_range`, `normed`, `standardize`, `max_entropy_categories` | fields of the job's options |
//! | `data_as_dtype`, `data_in_range`, `filter_output_range` | [`kernels::Rescale`] before and after the filter |
//! | `selector_band`, `replace_nan_with` | [`FilterJob::zones`], [`FilterJob::replace_missing`] |
//! | `nodata` | [`Job::describe`](crate::Job::describe) |
//! | `compress`, `bigtiff`, `blur_params` in file names | [`geotiff_io::CreateOptions`]; [`default_name`] |
//! | `verbose` | [`Job::events`](crate::Job::events), [`Report`](crate::Report) |
//!
//! What differs from convster, on purpose:
//! - The block size never changes a pixel: halos are complete at every seam.
//! - The output does not inherit the source's nodata value (a source nodata of 255 would mark the largest u8 entropy as
//!   missing). Float outputs state NaN; integer outputs state none.
//! - Integers saturate instead of wrapping around, and a uniform area of a category is exactly the upper end of the range.
//! - Arguments that contradict each other are refused instead of ignored.

mod entropy;
mod extract;
mod filter;
mod interaction;
mod scan;
mod tags;

pub use entropy::{EntropyFrom, EntropyJob, entropy};
pub use extract::{ExtractJob, extract_categories};
pub use filter::{FilterJob, apply_filter};
pub use interaction::{InteractionFrom, InteractionJob, interaction};
pub use scan::distinct_values;
pub use tags::{CategoryTag, DOMAIN, bands_of_categories, category_of, default_name};
