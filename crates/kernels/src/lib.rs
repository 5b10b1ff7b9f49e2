//! Neighbourhood mathematics on raster windows: gaussian, entropy, interaction, filters.
#![forbid(unsafe_code)]

mod apply_filter;
mod border;
mod categories;
mod diversity;
mod focal;
mod function;
mod gaussian;
mod interaction;
mod kernel;
mod padded;
#[cfg(feature = "reference")]
pub mod reference;
mod rescale;
mod scratch;
mod simd;
mod terrain;

pub use apply_filter::{ApplyFilter, OutsideZone, Zones};
pub use border::Border;
pub use categories::{Categories, Category};
pub use diversity::{BandDiversity, CategoryDiversity, Counted, DiversityOptions, Measure};
pub use focal::{Focal, FocalStatistic, Neighbourhood};
pub use function::FunctionKernel;
pub use gaussian::{BlurSize, Gaussian, GaussianOptions, kernel_diameter_px, map_units_to_pixels};
pub use interaction::Interaction;
pub use kernel::{Kernel, KernelInput, Signature, apply, apply_to};
pub use rescale::{Rescale, Rounding, Scaler};
pub use scratch::Scratch;
pub use simd::SimdLevel;
pub use terrain::{Terrain, TerrainMeasure};
