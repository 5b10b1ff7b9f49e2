//! Entropy of a land-cover map, straight from the classes: extraction, blur and entropy in one pass.
//!
//! `cargo run --release -p mucho --example entropy`

#![allow(clippy::print_stdout, reason = "an example tells what it did")]

use geotiff_io::Dataset;
use kernels::GaussianOptions;
use mucho::{
    Output,
    jobs::{EntropyFrom, EntropyJob, entropy},
    plan::Budget,
};
use raster_core::{DataType, Result};
use std::sync::Arc;

fn main() -> Result<()> {
    let landcover = Dataset::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/landcover.tif"))?;
    let from = EntropyFrom::Categories { band: 1, categories: Vec::new(), blur: GaussianOptions::new(10.0) };
    let mut what = EntropyJob::new(from);
    what.options.data_type = DataType::F32;
    let output = std::env::temp_dir().join("entropy.tif");
    let job = entropy(Arc::new(landcover), &what)?.into_job();
    let report = job.output(Output::cog(&output)).memory(Budget(64_000_000)).run()?;
    println!("{}: {report}", output.display());
    Ok(())
}
