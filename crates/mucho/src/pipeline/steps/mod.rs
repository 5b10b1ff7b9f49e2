//! The steps: what each is called, its options, and what it makes of the rasters that come in.

mod bands;
mod blur;
mod calc;
mod clip;
mod entropy;
mod extract;
mod filter;
mod focal;
mod gaussian;
mod grid;
mod interaction;
mod mosaic;
mod select;
mod warp;

pub use calc::Calc;
pub use clip::Clip;
pub use entropy::Entropy;
pub use extract::Extract;
pub use filter::Filter;
pub use focal::Focal;
pub use gaussian::Gaussian;
pub use interaction::Interaction;
pub use mosaic::Mosaic;
pub use select::{Select, Stack};
pub use warp::{Place, Warp};

pub(super) use bands::check_bands;
pub(super) use grid::{WebBlocks, check_crs, crs};

use super::{
    fault::Fault,
    input::Input,
    lower::Resolver,
    node::Node,
    output::Output,
    suggest::hint,
    views::{FunctionView, Stacked},
};
use raster_core::{Halo, RasterInfo, RasterSource, Result};
use serde_json::Value;
use std::sync::Arc;

macro_rules! steps {
    ($($(#[$doc:meta])* $variant:ident = $name:literal $(with $word:literal)?,)*) => {
        /// One step of a pipeline. In a document a table with one key, the step's name, that holds its options.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum Step {
            $($(#[$doc])* $variant($variant),)*
            /// Another raster beside those that are there.
            Read(Box<Input>),
            /// Write the raster as it is here, and go on.
            Tee(Box<Output>),
        }

        impl Step {
            /// Every step's name.
            pub const NAMES: &'static [&'static str] = &[$($name,)* "read", "tee"];

            /// What it is called.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)*
                    Self::Read(_) => "read",
                    Self::Tee(_) => "tee",
                }
            }

            /// A step of this name with nothing but defaults; not necessarily one that can run.
            #[must_use]
            pub fn with_defaults(name: &str) -> Option<Self> {
                Some(match name {
                    $($name => Self::$variant($variant::default()),)*
                    "read" => Self::Read(Box::default()),
                    "tee" => Self::Tee(Box::default()),
                    _ => return None,
                })
            }

            /// The option that is written without its name: `focal slope`.
            pub(super) fn positional(name: &str) -> Option<&'static str> {
                match name {
                    $($($name => Some($word),)?)*
                    "read" | "tee" => Some("path"),
                    _ => None,
                }
            }

            /// Its options as they stand in a document.
            pub(super) fn options(&self) -> serde_json::Result<Value> {
                match self {
                    $(Self::$variant(options) => serde_json::to_value(options),)*
                    Self::Read(input) => input.to_value(),
                    Self::Tee(output) => serde_json::to_value(output),
                }
            }

            pub(super) fn from_node(name: &str, options: Node) -> std::result::Result<Self, Fault> {
                match name {
                    $($name => options.read().map(Self::$variant),)*
                    "read" => Input::from_node(options).map(|input| Self::Read(Box::new(input))),
                    "tee" => options.read().map(|output| Self::Tee(Box::new(output))),
                    other => Err(unknown(other)),
                }
            }

            /// Is every value possible, as far as that can be told without opening anything?
            pub(super) fn check_values(&self) -> std::result::Result<(), Fault> {
                match self {
                    $(Self::$variant(options) => options.check(),)*
                    Self::Read(input) => input.check(),
                    Self::Tee(output) => output.check(),
                }
            }
        }

        $(impl From<$variant> for Step {
            fn from(options: $variant) -> Self {
                Self::$variant(options)
            }
        })*
    };
}

steps! {
    /// Onto another grid; several rasters are merged.
    Warp = "warp",
    /// Rasters of one coordinate system, merged.
    Mosaic = "mosaic",
    /// The bands of all rasters.
    Stack = "stack",
    /// A part, by bounds or polygons.
    Clip = "clip",
    /// Some bands, another type, a nodata value.
    Select = "select",
    /// Gaussian blur.
    Gaussian = "gaussian",
    /// Diversity of categories.
    Entropy = "entropy",
    /// How strongly categories meet.
    Interaction = "interaction",
    /// One band per category.
    Extract = "extract",
    /// Blur, zone by zone.
    Filter = "filter",
    /// A statistic of neighbourhoods; terrain.
    Focal = "focal" with "what",
    /// An expression over the bands of all rasters.
    Calc = "calc" with "expression",
}

fn unknown(name: &str) -> Fault {
    let hint = hint(name, Step::NAMES.iter().copied());
    Fault::new(format!("no step is called '{name}'{hint}; there are {}", Step::NAMES.join(", ")))
}

/// What a step does to the rasters that come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arity {
    /// Adds one.
    Adds,
    /// Takes one, gives one.
    One,
    /// Takes all, gives one.
    All,
}

impl Step {
    pub(super) fn arity(&self) -> Arity {
        match self {
            Self::Read(_) => Arity::Adds,
            Self::Warp(_) | Self::Mosaic(_) | Self::Stack(_) | Self::Calc(_) => Arity::All,
            _ => Arity::One,
        }
    }

    /// Is it well to keep decoded or computed blocks of what it reads? Not where every pixel is read once.
    pub(super) fn reads_again(&self) -> bool {
        !matches!(
            self,
            Self::Read(_) | Self::Tee(_) | Self::Stack(_) | Self::Clip(_) | Self::Select(_) | Self::Calc(_)
        )
    }

    /// The bands of its inputs that it reads; `None` for all.
    pub(super) fn bands(&self) -> Option<&[usize]> {
        match self {
            Self::Warp(warp) => warp.bands.as_deref(),
            Self::Mosaic(mosaic) => mosaic.bands.as_deref(),
            _ => None,
        }
    }

    /// What comes in is called this.
    pub(super) fn check_names(&self, names: &[String]) -> std::result::Result<(), Fault> {
        match self {
            Self::Calc(calc) => calc.check_names(names),
            _ => Ok(()),
        }
    }
}

/// A step over its rasters, not yet computed.
pub(super) enum Made {
    /// Pixels that somebody has to ask for.
    View(Arc<dyn RasterSource>),
    /// A kernel over one raster.
    Kernel(crate::Step),
    /// An expression over several rasters.
    Calc(Box<Expression>),
}

/// An expression over rasters.
pub(super) struct Expression {
    pub(super) calc: crate::calc::Calc,
    pub(super) sources: Vec<Arc<dyn RasterSource>>,
}

impl Made {
    /// Pixels that it needs around a window.
    pub(super) fn halo(&self) -> Halo {
        match self {
            Self::Kernel(step) => step.halo(),
            Self::View(_) | Self::Calc(_) => Halo::NONE,
        }
    }

    /// What it says about its result.
    pub(super) fn info(&self) -> Result<RasterInfo> {
        match self {
            Self::View(view) => Ok(view.info().clone()),
            Self::Kernel(step) => step.info(),
            Self::Calc(expression) => {
                let infos: Vec<_> = expression.sources.iter().map(|s| s.info()).collect();
                crate::output::describe(infos[0], &infos, &expression.calc)
            }
        }
    }

    /// As a raster that is computed where it is read.
    pub(super) fn into_view(self) -> Result<Arc<dyn RasterSource>> {
        Ok(match self {
            Self::View(view) => view,
            Self::Kernel(step) => Arc::new(step.into_view()?),
            Self::Calc(expression) => Arc::new(FunctionView::new(expression.sources, expression.calc)?),
        })
    }
}

/// What steps are told about the job around them.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) open: &'a dyn Resolver,
    /// Threads that look for the categories of a raster.
    pub(super) workers: usize,
    /// Side of the blocks of the file that is written, where it is stated.
    pub(super) tile: Option<usize>,
}

impl Step {
    /// The step over these rasters; one at least.
    pub(super) fn make(
        &self,
        names: &[String],
        mut sources: Vec<Arc<dyn RasterSource>>,
        around: &Around<'_>,
    ) -> Result<(Made, Option<WebBlocks>)> {
        let one = |sources: &mut Vec<Arc<dyn RasterSource>>| sources.remove(0);
        Ok((
            match self {
                Self::Warp(warp) => {
                    let (view, web) = warp.view(&sources, around.tile, around.open)?;
                    return Ok((Made::View(view), web));
                }
                Self::Mosaic(mosaic) => Made::View(mosaic.view(&sources)?),
                Self::Stack(_) => Made::View(Arc::new(Stacked::new(sources)?)),
                Self::Clip(clip) => Made::View(clip.view(one(&mut sources), around.open)?),
                Self::Select(select) => Made::View(select.view(one(&mut sources))?),
                Self::Gaussian(gaussian) => Made::Kernel(gaussian.step(one(&mut sources))?),
                Self::Entropy(entropy) => Made::Kernel(entropy.step(one(&mut sources), around.workers)?),
                Self::Interaction(interaction) => Made::Kernel(interaction.step(one(&mut sources))?),
                Self::Extract(extract) => Made::Kernel(extract.step(one(&mut sources), around.workers)?),
                Self::Filter(filter) => Made::Kernel(filter.step(one(&mut sources))?),
                Self::Focal(focal) => Made::Kernel(focal.step(one(&mut sources))?),
                Self::Calc(calc) => Made::Calc(Box::new(Expression { calc: calc.over(names)?, sources })),
                Self::Read(_) | Self::Tee(_) => Made::View(one(&mut sources)),
            },
            None,
        ))
    }
}
