//! A kernel of one's own: the range of heights within two pixels, over any raster, with halos and seams taken care of.
//!
//! `cargo run --release -p mucho --example custom_kernel`

#![allow(clippy::print_stdout, reason = "an example tells what it did")]

use geotiff_io::Dataset;
use kernels::{FunctionKernel, KernelInput};
use mucho::{Job, KernelFunction, Output};
use raster_core::{AnyViewMut, DataType, Halo, Result, Sample};

const RADIUS: usize = 2;

/// Largest minus smallest value of the neighbourhood, as far as it lies inside the raster.
fn relief(input: &KernelInput<'_>, mut output: AnyViewMut<'_>) -> Result<()> {
    let heights = input.pixels.to_owned().convert::<f32>();
    let (bands, rows, cols) = heights.dim();
    let Some(mut out) = f32::downcast_view_mut(&mut output) else { return Ok(()) };
    for ((band, r, c), o) in out.indexed_iter_mut() {
        debug_assert!(band < bands);
        let (r, c) = (r + input.halo.top, c + input.halo.left);
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        for r in r.saturating_sub(RADIUS)..(r + RADIUS + 1).min(rows) {
            for c in c.saturating_sub(RADIUS)..(c + RADIUS + 1).min(cols) {
                low = low.min(heights[[band, r, c]]);
                high = high.max(heights[[band, r, c]]);
            }
        }
        *o = high - low;
    }
    Ok(())
}

fn main() -> Result<()> {
    let elevation = Dataset::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/elevation.tif"))?;
    let kernel = FunctionKernel::new(Halo::uniform(RADIUS), DataType::F32, relief);
    let output = std::env::temp_dir().join("relief.tif");
    let report = Job::new(KernelFunction::new(kernel)).input(elevation).output(Output::cog(&output)).run()?;
    println!("{}: {report}", output.display());
    Ok(())
}
