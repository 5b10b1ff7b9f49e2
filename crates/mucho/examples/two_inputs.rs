//! A closure over two inputs with pixels around each window, progress, and a way to stop it.
//!
//! `cargo run --release -p mucho --example two_inputs`

#![allow(clippy::print_stdout, reason = "an example tells what it did")]

use mucho::{Edge, ndarray::s, prelude::*};

fn main() -> Result<()> {
    let heights = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/elevation.tif");
    // The mean of both bands in 3 × 3 pixels, with 0 beyond the raster.
    let mean = Job::map::<f32, f32>(1, |p, _| {
        let around = |(_, r, c)| p.slice(s![.., r..r + 3, c..c + 3]).mean().unwrap_or_default();
        Ok(Array3::from_shape_fn((1, p.dim().1 - 2, p.dim().2 - 2), around))
    });
    let job = mean
        .input(open(heights)?)
        .input(open(heights)?)
        .halo(Halo::uniform(1))
        .edge(Edge::Fill(Value::Int(0)));
    let stop = CancelToken::default(); // stop.cancel() from any thread: the job ends in order, nothing is left behind
    let job = job.cancel(stop.clone()).events(|event| {
        if let Event::WindowDone { done, of, .. } = event {
            println!("{done} of {of} windows");
        }
    });
    println!("{}", job.output(Output::cog(std::env::temp_dir().join("mean.tif"))).run()?);
    Ok(())
}
