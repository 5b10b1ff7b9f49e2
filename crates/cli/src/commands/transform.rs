//! `mucho transform`: points from one coordinate system to another.

use crate::{Global, points};
use raster_core::{Error, Result};
use std::io::Write;

/// Arguments of `mucho transform`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho transform --from EPSG:4326 --to EPSG:32632 9.05 46.65
  mucho transform --from EPSG:32632 --to EPSG:4326 < points.txt        a line 'x y' in, a line 'x y' out

x is east or longitude, y is north or latitude, whatever order the authority states; geographic coordinates are in
degrees. A third number is a height, which is passed on. 'inf inf' stands for a point that cannot be done; then the exit status
says so after all points are done.")]
pub(crate) struct Args {
    /// Coordinate system of the points: EPSG:4326, WKT, PROJJSON, a PROJ string
    #[arg(long, value_name = "CRS")]
    from: String,
    /// Coordinate system of the result
    #[arg(long, value_name = "CRS")]
    to: String,
    /// x and y (and height, with one point), once or more; from standard input when not given
    #[arg(value_name = "X Y", allow_negative_numbers = true)]
    points: Vec<f64>,
}

pub(crate) fn run(args: &Args, _: &Global) -> Result<()> {
    let transformer = points::transformer(&args.from, &args.to)?;
    let points = points::from_arguments_or_input(&args.points)?;
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = points.iter().map(|p| (p.x, p.y)).unzip();
    transformer.transform(&mut x, &mut y);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut failed = Vec::new();
    for (point, (x, y)) in points.iter().zip(x.iter().zip(&y)) {
        let height = point.height.map_or_else(String::new, |h| format!(" {h}"));
        if x.is_finite() && y.is_finite() {
            writeln!(out, "{x} {y}{height}")?;
        } else {
            writeln!(out, "inf inf{height}")?;
            failed.push(point);
        }
    }
    out.flush()?;
    if points.iter().any(|p| p.height.is_some()) && heights_differ(&transformer) {
        let what = "mucho: heights are passed on as they are, though the two systems count them differently";
        writeln!(std::io::stderr(), "{what}")?;
    }
    let Some(first) = failed.first() else { return Ok(()) };
    let hint = if swapped(&transformer, first) {
        "; x (longitude, east) comes first: are they swapped?"
    } else {
        ""
    };
    Err(Error::misuse(format!(
        "{} of {} points have no place in '{}' ('inf inf'), first {} {}{hint}",
        failed.len(),
        points.len(),
        args.to,
        first.x,
        first.y
    )))
}

/// Whether a point that cannot be done could be with its numbers exchanged.
fn swapped(transformer: &crs::Transformer, point: &points::Point) -> bool {
    transformer.transform_point(point.y, point.x).is_some()
}

/// Whether the same number means another height in the two systems.
fn heights_differ(transformer: &crs::Transformer) -> bool {
    transformer.source().vertical() != transformer.target().vertical()
        || transformer.source().kind() != transformer.target().kind()
            && [transformer.source(), transformer.target()]
                .iter()
                .any(|crs| matches!(crs.kind(), crs::CrsKind::Geographic3D | crs::CrsKind::Geocentric))
}
