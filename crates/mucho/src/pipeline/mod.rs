//! A job as a value: rasters that come in, steps, what is written, how it runs.
//!
//! A [`Pipeline`] is what a job file, a line of `mucho pipe`, the flags of a command and a program all mean. Its parts are
//! plain structs: a field is at once a key of a document and a flag of the command line (`block_size`, `--block-size`), with
//! one default and one check.
//!
//! ```
//! use mucho::pipeline::{Entropy, Pipeline, Warp};
//! let built = Pipeline::read("landcover.tif")
//!     .step(Warp::default().crs("EPSG:3857"))
//!     .step(Entropy::default().sigma(10.0))
//!     .write("entropy.tif");
//! let line = Pipeline::from_line(
//!     "read landcover.tif ! warp --crs EPSG:3857 ! entropy --sigma 10 ! write entropy.tif",
//! )?;
//! assert_eq!(line, built);
//! let document = r#"
//!     inputs = "landcover.tif"
//!     output = "entropy.tif"
//!     [[steps]]
//!     warp = { crs = "EPSG:3857" }
//!     [[steps]]
//!     entropy = { sigma = 10 }
//! "#;
//! assert_eq!(Pipeline::from_toml(document)?, built);
//! assert_eq!(Pipeline::from_json(&built.to_json()?)?, built);
//! # Ok::<(), raster_core::Error>(())
//! ```
//!
//! Every key, with its default: `docs/pipeline.md`. What is wrong is said with its place before anything is opened:
//! `step 2 (warp): key `resampling`: 'biliner' is none of nearest, bilinear, … (did you mean bilinear?)`.
//!
//! [`Pipeline::open`] gives the result as a [`RasterSource`](raster_core::RasterSource) that is computed where it is read;
//! [`Pipeline::run`] writes it.

#[macro_use]
mod options;
mod check;
mod describe;
mod fault;
mod files;
mod input;
mod line;
mod lower;
mod node;
mod output;
mod run;
mod steps;
mod suggest;
mod text;
mod values;
mod views;

pub use describe::{Describe, with_nodata};
pub use input::Input;
pub use lower::Resolver;
pub use output::{Create, Output, Run, Transfer};
pub use run::{Finished, Hooks, JobPlan, OnProgress, StepPlan};
pub use steps::{
    Calc, Clip, Entropy, Extract, Filter, Focal, Gaussian, Interaction, Mosaic, Place, Select, Stack, Step,
    Warp,
};
pub use values::{
    BigTiffWhen, Decimation, DiversityMeasure, FocalMeasure, Format, InterleaveAs, Length, Method, NodataAs,
    Outside, OverviewUse, PerBand, PredictorAs, Range, ResampleBy, Resolution, Spelled, UnsetList, Validity,
    read,
};

use crate::names;
use raster_core::Result;
use std::path::Path;

/// A job: see the [module](self).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Pipeline {
    /// Of the description: [`Pipeline::VERSION`].
    pub version: u32,
    /// The rasters that come in; `calc` calls them by their names or A, B, …
    pub inputs: Vec<Input>,
    /// What is done, in this order.
    pub steps: Vec<Step>,
    /// What is written. `None` for a pipeline that is only opened.
    pub output: Option<Output>,
    /// How it runs.
    pub run: Run,
}

impl Default for Pipeline {
    fn default() -> Self {
        Self {
            version: Self::VERSION,
            inputs: Vec::new(),
            steps: Vec::new(),
            output: None,
            run: Run::default(),
        }
    }
}

impl Pipeline {
    /// The version of descriptions that this crate writes and reads.
    pub const VERSION: u32 = 1;

    /// A pipeline over one raster.
    #[must_use]
    pub fn read(input: impl Into<Input>) -> Self {
        Self::default().input(input)
    }
    /// Another raster that comes in.
    #[must_use]
    pub fn input(mut self, input: impl Into<Input>) -> Self {
        self.inputs.push(input.into());
        self
    }
    /// Another step.
    #[must_use]
    pub fn step(mut self, step: impl Into<Step>) -> Self {
        self.steps.push(step.into());
        self
    }
    /// What is written.
    #[must_use]
    pub fn write(mut self, output: impl Into<Output>) -> Self {
        self.output = Some(output.into());
        self
    }
    /// How it runs.
    #[must_use]
    pub fn run_with(mut self, run: Run) -> Self {
        self.run = run;
        self
    }

    /// Is it a job that can be run, as far as that can be told without opening anything?
    ///
    /// # Errors
    /// `Misuse` that names the step and the key.
    pub fn check(&self) -> Result<()> {
        Ok(check::pipeline(self)?)
    }

    /// [`check`](Self::check), for a command whose flags the keys of the only step are: the message names the flag.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn check_flags(&self) -> Result<()> {
        let flags = |fault: fault::Fault| fault.of_command();
        if let [step] = &self.steps[..] {
            step.check_values().map_err(flags)?;
        }
        if let Some(output) = &self.output {
            output.check().map_err(flags)?;
        }
        self.run.check().map_err(flags)?;
        self.check()
    }

    /// Paths that are not absolute are in this folder. What is no path (`-`, `http://…`) stays as it is.
    pub fn locate_in(&mut self, folder: &Path) {
        self.each_location(&mut |path, _| locate(path, folder));
    }
}

fn locate(path: &mut Option<String>, folder: &Path) {
    let Some(path) = path else { return };
    let elsewhere = path == "-" || path.contains("://") || path.trim_start().starts_with('{');
    let file = check::file_of(path);
    let image = &path[..path.len() - file.len()];
    if !elsewhere {
        *path = format!("{image}{}", names::text_of(folder.join(names::path_of(file))));
    }
}
