//! The command line tool `mucho`: parse, run one command, report, and exit with a code that scripts can rely on.
#![forbid(unsafe_code)]

mod commands;
mod exit;
mod input;
mod interrupt;
mod job;
mod points;
mod progress;
mod version;

use clap::{Args, Parser, Subcommand};
use mucho::pipeline;
use raster_core::{Error, Result};
use std::{io::Write, process::ExitCode};

/// musl's own allocator gives large blocks back to the system at once, and every page of them is then faulted in again.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: rlsf::GlobalTlsf = rlsf::GlobalTlsf::new();

/// Read, convert, warp and analyse GeoTIFF files; make and check Cloud Optimized GeoTIFFs.
#[derive(Debug, Parser)]
#[command(name = "mucho", version, long_version = version::long(), after_help = exit::HELP)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// Threads to use; 0 for one per core
    #[arg(long, global = true, default_value_t = 0, value_name = "N", env = "MUCHO_THREADS")]
    pub(crate) threads: usize,
    /// Print nothing but results and errors
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

/// `Name => module` has arguments and `run` in that module; `Name = Step` is a step of pipelines as a command.
macro_rules! commands {
    ($($(#[$doc:meta])* $variant:ident $(=> $module:ident)? $(= $step:ident)?,)*) => {
        #[derive(Debug, Subcommand)]
        enum Command {
            $($(#[$doc])* $variant(Box<$(commands::$module::Args)? $(job::OneStep<pipeline::$step>)?>),)*
        }

        fn dispatch(cli: &Cli) -> Result<()> {
            match &cli.command {
                $(Command::$variant(args) => $(commands::$module::run)? $(job::run_step::<pipeline::$step>)?(args, &cli.global),)*
            }
        }
    };
}

commands! {
    /// Make a Cloud Optimized GeoTIFF
    Cog => cog,
    /// Write a raster in another storage
    Convert => convert,
    /// Put rasters on another grid: reproject, resample
    Warp => warp,
    /// Merge rasters of one coordinate system
    Merge => merge,
    /// Warp rasters onto the grid of a reference, and merge them
    Coregister => coregister,
    /// Cut out a part, by bounds or polygons
    Clip => clip,
    /// Add overviews to a file
    Overviews => overviews,
    /// Change what a file says about its raster, in place
    Edit => edit,
    /// Check that a file is a Cloud Optimized GeoTIFF
    Validate => validate,
    /// Show what a file says about itself
    Info => info,
    /// List the blocks of a file, or tiles of another size
    Windows => windows,
    /// Print the values at coordinates
    Sample => sample,
    /// Print size, type, place and digests of the pixels as one JSON object
    Dump => dump,
    /// Make a picture: a PNG, or straight into the terminal
    Preview => preview,
    /// Gaussian blur of every band
    Gaussian = Gaussian,
    /// Entropy and other measures of the diversity of categories
    Entropy = Entropy,
    /// How strongly categories meet
    Interaction = Interaction,
    /// One band per category, optionally blurred
    Extract = Extract,
    /// Blur bands, zone by zone where a selector is given
    Filter = Filter,
    /// A statistic of each pixel's neighbourhood; slope, aspect, hillshade
    Focal = Focal,
    /// An expression over bands
    Calc => calc,
    /// Show what a coordinate system is, in every spelling
    Crs => crs,
    /// Points from one coordinate system to another
    Transform => transform,
    /// Run a job file: steps chained without intermediate rasters
    Run => run,
    /// Run a job that is written in one line
    Pipe => pipe,
    /// Print completions for a shell, or the manual page
    Generate => generate,
}

fn main() -> ExitCode {
    interrupt::watch();
    let cli = Cli::parse();
    match bound_threads(&cli.global).and_then(|()| dispatch(&cli)) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has seen enough: `mucho windows big.tif | head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done when the error itself cannot be written.
            let _ = writeln!(std::io::stderr(), "mucho: {}: {error:#}", error.kind().name());
            exit::code(&error)
        }
    }
}

/// `--threads` bounds what decodes and encodes too.
fn bound_threads(global: &Global) -> Result<()> {
    parallel::set_threads(global.threads)
        .map_err(|e| Error::internal("the threads cannot be started").with_source(e))
}

fn is_broken_pipe(error: &Error) -> bool {
    let source = std::error::Error::source(error).and_then(|s| s.downcast_ref::<std::io::Error>());
    source.is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}
