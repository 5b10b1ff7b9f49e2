//! Neighbourhood mathematics on raster windows: gaussian, category maps, diversity, interaction, filters, focal
//! statistics, terrain.
//!
//! A [`Kernel`] computes the pixels of one window from the same pixels and a [halo](Kernel::halo) around them. It
//! knows nothing of files or threads: whoever reads the windows decides both. [`apply`] runs one over a raster in
//! memory.
//!
//! ```
//! use kernels::{Category, CategoryDiversity, Counted, DiversityOptions, GaussianOptions, Measure, Scratch, apply};
//! use raster_core::{AnyArray, DataType};
//!
//! let land_cover = AnyArray::from(ndarray::Array3::from_shape_fn((1, 40, 40), |(_, r, c)| (r / 9 + c / 7) as u8 % 3));
//! let mut scratch = Scratch::new();
//!
//! let blur = GaussianOptions::new(2.0).truncate(3.0);
//! let blurred = apply(&blur.clone().build()?, land_cover.view(), &mut scratch)?;
//! assert_eq!(blurred.data_type(), DataType::F64);
//!
//! // Shannon entropy of the categories around each pixel, 0 to 255, in one pass.
//! let categories = (0..3).map(|c| Category::value(f64::from(c))).collect();
//! let options = DiversityOptions::new(Measure::Shannon, DataType::U8);
//! let entropy = CategoryDiversity::new(options, blur, &Counted::Categories(categories))?;
//! let entropy = apply(&entropy, land_cover.view(), &mut scratch)?;
//! assert_eq!(entropy.shape(), (1, 40, 40));
//! # Ok::<(), raster_core::Error>(())
//! ```
//!
//! | kernel | formula, in short | computes in | missing pixels |
//! |---|---|---|---|
//! | [`Gaussian`] | Σ w x over rows, then columns; w as scipy's | f32 for f16 and f32, else f64 | spread (NaN in the whole footprint), or left out (`skip_missing`) |
//! | [`Categories`] | the gaussian of an indicator, rescaled | f64 | belong to no category |
//! | [`CategoryDiversity`] | a [`Measure`] of blurred shares, in one pass | f32 | have no weight |
//! | [`BandDiversity`] | a [`Measure`] over bands | f64 | NaN stays NaN |
//! | [`Interaction`] | Π b / max, standardized, normed | f64 | NaN stays NaN |
//! | [`ApplyFilter`] | any kernel, converted, per zone | as the filter | stay missing |
//! | [`Rescale`] | linear, truncating, saturating | f64 | NaN stays NaN |
//! | [`Focal`] | statistics of a square or disc | f64 | left out |
//! | [`Terrain`] | slope, aspect, hillshade (Horn) | f64 | make their neighbours missing |
//!
//! Formulae are convster's where it has them, so that results can be compared; its defects are mended (seams
//! between blocks, integers that wrap around, arguments that are ignored), and where its result hangs on a rounding
//! accident ours is the exact one: a category that fills the footprint of a blur is the upper end of the output
//! range, where scipy's weights make 254 of it for some sigma.
//!
//! # The same bits, however a raster is cut
//!
//! A pixel depends on the pixels in its footprint and on nothing else: not on the window, on threads, or on the
//! SIMD level. For floats that takes more than care with borders:
//!
//! - **One order of summation per pixel.** The gaussian adds pairs of taps from the outermost inwards and the centre
//!   last, rows before columns, in every code path: whole vectors, ends of rows, both layouts. Nothing is a running
//!   sum along a row, whose rounding would depend on where the window begins. Focal sums go row by row through the
//!   footprint; sliding histograms count integers.
//! - **One rounding per step.** f32 filters use fused multiply-add. Where the processor has none (x86-64 before
//!   2013) the same bits are computed through f64, exactly, at about the speed of scipy. f64 filters multiply and
//!   add with two roundings everywhere. Compilers do not contract either. Vectors act per element.
//! - **Nothing beyond the footprint, not even times zero.** Radii are not padded where a NaN could lie: NaN reaches
//!   as far as the kernel and no further.
//! - **What is skipped would have added exactly 0.** Category shares are sums of the cumulative kernel at the edges
//!   of runs: edges left of the footprint add exactly ±1, edges right of it exactly 0, so a category outside the
//!   footprint has a share of exactly 0 and may be skipped. The weights of a kernel are made to sum to exactly 1 in
//!   the order in which they are added, so the weights of an all-valid footprint divide by exactly 1, and that blur
//!   may be skipped too.
//! - **Borders hold only where the raster ends.** A window with a halo shorter than the kernel's says that the raster
//!   ends there ([`KernelInput`]).
//!
//! - **The same on every system.** Powers and logarithms, in the measures that need them, are those of `libm`, which round
//!   alike everywhere; those of the standard library would be the platform's.
//!
//! Tests compare every kernel on every level and many cuts bit by bit, and with slow twins (`reference`, behind the
//! feature of that name).
//!
//! # Memory
//!
//! Buffers live in a [`Scratch`], one per thread, and are reused: fresh pages cost more than the arithmetic. Each
//! kernel says how many planes of its window it needs.
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
pub use kernel::{Kernel, KernelInput, Signature, apply, apply_masked, apply_to};
pub use rescale::{Rescale, Rounding, Scaler};
pub use scratch::Scratch;
pub use simd::SimdLevel;
pub use terrain::{Terrain, TerrainMeasure};
