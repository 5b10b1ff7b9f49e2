//! Exit codes.

use raster_core::{Error, ErrorKind};
use std::process::ExitCode;

/// What `--help` says about exit codes.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  2  the command line is wrong, or asks for something impossible
  3  a file is damaged or no TIFF file
  4  a file needs what this build cannot do
  5  a limit was met
  6  reading or writing failed
  7  anything else
  130  interrupted (Ctrl-C)
  143  told to end (SIGTERM)";

/// The exit code of an error.
pub(crate) fn code(error: &Error) -> ExitCode {
    ExitCode::from(match error.kind() {
        ErrorKind::Misuse => 2,
        ErrorKind::Malformed => 3,
        ErrorKind::Unsupported => 4,
        ErrorKind::Limit => 5,
        ErrorKind::Io => 6,
        // As shells have it for a program that Ctrl-C ended.
        ErrorKind::Cancelled => 130,
        _ => 7,
    })
}
