//! `mucho transform`: points from one coordinate system to another.

use crate::{Global, points};
use raster_core::Result;
use std::io::Write;

/// Arguments of `mucho transform`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho transform --from EPSG:4326 --to EPSG:32632 9.05 46.65
  mucho transform --from EPSG:32632 --to EPSG:4326 < points.txt        a line 'x y' in, a line 'x y' out

x is east or longitude, y is north or latitude, whatever order the authority states; geographic coordinates are in
degrees. 'inf inf' stands for a point that cannot be done.")]
pub(crate) struct Args {
    /// Coordinate system of the points: EPSG:4326, WKT, PROJJSON, a PROJ string
    #[arg(long, value_name = "CRS")]
    from: String,
    /// Coordinate system of the result
    #[arg(long, value_name = "CRS")]
    to: String,
    /// x and y, once or more; from standard input when not given
    #[arg(value_name = "X Y", allow_negative_numbers = true)]
    points: Vec<f64>,
}

pub(crate) fn run(args: &Args, _: &Global) -> Result<()> {
    let transformer = points::transformer(&args.from, &args.to)?;
    let points = points::from_arguments_or_input(&args.points)?;
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
    transformer.transform(&mut x, &mut y);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (x, y) in x.iter().zip(&y) {
        if x.is_finite() && y.is_finite() {
            writeln!(out, "{x} {y}")?;
        } else {
            writeln!(out, "inf inf")?;
        }
    }
    out.flush()?;
    Ok(())
}
