//! A function of windows over a file, in parallel: what `RioMucho([path], out, f).run(4)` is in Python.
//!
//! `cargo run --release -p mucho --example window_function`

#![allow(clippy::print_stdout, reason = "an example tells what it did")]

use geotiff_io::Dataset;
use mucho::{Job, Output, Typed, WindowContext};
use ndarray::{Array3, ArrayView3};
use raster_core::Result;

fn main() -> Result<()> {
    let input = Dataset::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/aerial.tif"))?;
    let output = std::env::temp_dir().join("greenness.tif");
    // Excess green, from three bands of bytes to one of floats.
    let greenness = |rgb: ArrayView3<'_, f32>, window: &WindowContext| {
        let size = (1, window.core.height, window.core.width);
        Ok(Array3::from_shape_fn(size, |(_, r, c)| 2.0 * rgb[[1, r, c]] - rgb[[0, r, c]] - rgb[[2, r, c]]))
    };
    let report =
        Job::new(Typed::new(1, greenness)).input(input).output(Output::cog(&output)).workers(4).run()?;
    println!("{}: {report}", output.display());
    Ok(())
}
