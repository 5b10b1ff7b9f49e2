//! A closure over two inputs with pixels around each window, progress, and a way to stop it.
//!
//! `cargo run --release -p mucho --example two_inputs`

#![allow(clippy::print_stdout, reason = "an example tells what it did")]

use mucho::{
    CancelToken, Event, Job, Output, Result,
    ndarray::{Array3, s},
    raster_core::Halo,
};

fn main() -> Result<()> {
    let heights = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/elevation.tif");
    let token = CancelToken::default();
    // The mean of both bands in 3 × 3 pixels; at the raster's edge there are fewer around.
    let mean = Job::map::<f32, f32>(1, |p, window| {
        let (h, core) = (window.halo, window.core);
        Ok(Array3::from_shape_fn((1, core.height, core.width), |(_, r, c)| {
            let rows = (r + h.top).saturating_sub(1)..(r + h.top + 2).min(p.dim().1);
            let cols = (c + h.left).saturating_sub(1)..(c + h.left + 2).min(p.dim().2);
            p.slice(s![.., rows, cols]).mean().unwrap_or(f32::NAN)
        }))
    });
    let job = mean.input(mucho::open(heights)?).input(mucho::open(heights)?).halo(Halo::uniform(1));
    let stop = token.clone(); // stop.cancel() from any thread ends it in order, and nothing is left at the output
    let job = job.cancel(stop).events(|event| {
        if let Event::WindowDone { done, of, .. } = event {
            println!("{done} of {of} windows");
        }
    });
    println!("{}", job.output(Output::cog(std::env::temp_dir().join("mean.tif"))).run()?);
    Ok(())
}
