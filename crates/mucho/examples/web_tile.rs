//! A tile server's function: the bytes of a COG in, a web tile of 256 × 256 pixels as PNG out.
//!
//! `cargo run --release -p mucho --example web_tile`

#![allow(clippy::print_stdout, reason = "an example tells what it did")]

use mucho::{prelude::*, preview::render, warp::web_tile};

fn tile(cog: Bytes, z: u32, x: u32, y: u32) -> Result<Vec<u8>> {
    let view = mucho::open(cog)?.warp_onto(&web_tile(z, x, y, 256)?, Resampling::Bilinear)?;
    render(&view, &Default::default())?.to_png()
}

fn main() -> Result<()> {
    let cog = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/aerial.tif"))?;
    let path = std::env::temp_dir().join("tile.png");
    std::fs::write(&path, tile(cog.into(), 13, 4302, 2894)?)?;
    println!("{}", path.display());
    Ok(())
}
