//! A small picture of a raster: what a person looks at first.

mod colormap;
mod decimate;
mod render;
mod terminal;

pub use colormap::Colormap;
pub use render::{Picture, PreviewOptions, Shading, Stretch, render};
