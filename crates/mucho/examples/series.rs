//! The values at one point of a series of files.
//!
//! `cargo run --release -p mucho --example series -- a.tif b.tif …`

#![allow(clippy::print_stdout, reason = "an example tells what it did")]

use mucho::prelude::*;

fn main() -> Result<()> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let values = Opener::new().series(paths.clone(), 1, (504_505.0, 5_166_495.0))?;
    paths.iter().zip(values).for_each(|(path, value)| println!("{path}: {value:?}"));
    Ok(())
}
