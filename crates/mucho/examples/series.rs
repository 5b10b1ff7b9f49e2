//! The values at one point of a series of files.
//!
//! `cargo run --release -p mucho --example series -- 504505 5166495 a.tif b.tif …`

#![allow(clippy::print_stdout, reason = "an example tells what it did")]

use mucho::{Opener, Result, raster_core::Error};

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let mut number = |default| words.next().map_or(Ok(default), |w| w.parse::<f64>());
    let wrong = |e| Error::misuse("a point is two numbers").with_source(e);
    let point = (number(504_505.0).map_err(wrong)?, number(5_166_495.0).map_err(wrong)?);
    let opener = Opener::new();
    for path in words {
        let dataset = opener.open(path.clone())?.into_dataset()?;
        let sample = dataset.sample::<f64>(&[1], &[point])?.remove(0);
        println!("{path}: {:?}", sample.valid[0].then_some(sample.values[0]));
    }
    Ok(())
}
