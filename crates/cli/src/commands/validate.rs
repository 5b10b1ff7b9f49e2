//! `mucho validate`: is a file a Cloud Optimized GeoTIFF?

use crate::Global;
use geotiff_io::{Report, Severity, validate, validate_source};
use raster_core::{Error, Result};
use serde_json::json;
use std::{
    io::Write,
    path::{Path, PathBuf},
};

/// Arguments of `mucho validate`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Exits with 0 when every file is a valid COG, and with 3 otherwise.

Examples:
  mucho validate *.tif
  mucho validate --strict --json out.tif
  mucho cog in.tif - | mucho validate -")]
pub(crate) struct Args {
    /// Files to check; `-` for standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Count warnings as errors
    #[arg(long)]
    strict: bool,
    /// Print one JSON object per file
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let mut invalid = 0;
    for path in &args.files {
        let report = check(path)?;
        let valid = report.is_valid(args.strict);
        invalid += usize::from(!valid);
        if args.json {
            writeln!(out, "{}", as_json(path, &report, valid))?;
        } else if !global.quiet {
            let verdict = if valid { "a valid" } else { "not a valid" };
            writeln!(out, "{}: {verdict} Cloud Optimized GeoTIFF", path.display())?;
            for finding in &report.findings {
                writeln!(out, "  {finding}")?;
            }
        }
    }
    if invalid > 0 {
        return Err(Error::malformed(format!("{invalid} of {} files are no valid COG", args.files.len())));
    }
    Ok(())
}

fn check(path: &Path) -> Result<Report> {
    if path != Path::new("-") {
        return validate(path);
    }
    mucho::standard_input().and_then(validate_source).map_err(|e| e.in_file("standard input"))
}

fn as_json(path: &Path, report: &Report, valid: bool) -> serde_json::Value {
    let findings: Vec<_> = report
        .findings
        .iter()
        .map(|f| {
            json!({
                "severity": if f.severity == Severity::Error { "error" } else { "warning" },
                "rule": format!("{:?}", f.rule),
                "message": f.message,
                "offset": f.offset,
            })
        })
        .collect();
    json!({
        "file": path.display().to_string(),
        "valid": valid,
        "rio_cogeo": report.is_valid_for_rio_cogeo(false),
        "rio_cogeo_strict": report.is_valid_for_rio_cogeo(true),
        "gdal": report.is_valid_for_gdal(),
        "findings": findings,
    })
}
