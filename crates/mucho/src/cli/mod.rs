//! Parse the command line, run one command, report, and exit with a code that scripts can rely on.

mod commands;
mod exit;
mod input;

use clap::{Args, Parser, Subcommand};
use std::{io::Write, process::ExitCode};

/// Read, convert and process GeoTIFF files.
#[derive(Debug, Parser)]
#[command(name = "mucho", version, after_help = exit::HELP)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Args, Debug)]
pub(crate) struct Global {
    /// Threads to use; 0 for one per core.
    #[arg(long, global = true, default_value_t = 0, value_name = "N")]
    pub(crate) threads: usize,
    /// Print nothing but results and errors.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what a file says about itself.
    Info(commands::info::Args),
    /// Print size, type, place and digests of the pixels as one JSON object.
    Dump(commands::dump::Args),
}

pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match &cli.command {
        Command::Info(args) => commands::info::run(args, &cli.global),
        Command::Dump(args) => commands::dump::run(args, &cli.global),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done when the error itself cannot be written.
            let _ = writeln!(std::io::stderr(), "mucho: {}: {error}", error.kind().name());
            exit::code(&error)
        }
    }
}
