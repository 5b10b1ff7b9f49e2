//! `mucho sample`: values at coordinates.

use crate::{Global, input, points};
use geotiff_io::Dataset;
use mucho::Opener;
use raster_core::{Error, GeoTransform, RasterSource, Result, Value, Window};
use std::{io::Write, path::PathBuf};

/// Arguments of `mucho sample`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho sample landcover.tif 503450 5167020
  mucho sample landcover.tif 9.05 46.66 --crs EPSG:4326
  mucho sample landcover.tif --pixels 12 40
  mucho sample landcover.tif --json < points.txt           one point a line: x y

Prints the values of all bands, one line a point; 'outside' and 'nodata' where there is no value.")]
pub(crate) struct Args {
    /// File to read
    file: PathBuf,
    /// x (east, longitude) and y (north, latitude), once or more; from standard input when not given
    #[arg(value_name = "X Y", allow_negative_numbers = true)]
    points: Vec<f64>,
    /// The points are columns and rows of pixels
    #[arg(long, conflicts_with = "crs")]
    pixels: bool,
    /// Coordinate system of the points; that of the file when not given
    #[arg(long, value_name = "CRS")]
    crs: Option<String>,
    /// Print one JSON object a point
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    read: input::ReadArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let dataset = input::open(&args.file, &args.read, &Opener::new().threads(global.threads), global)?;
    let points = points::from_arguments_or_input(&args.points)?;
    let inverse = if args.pixels {
        GeoTransform::IDENTITY
    } else {
        let transform = dataset.info().transform;
        transform.ok_or_else(|| Error::misuse("the file has no transform; give --pixels"))?.inverse()?
    };
    let transformer = match &args.crs {
        Some(text) => {
            let file = dataset.info().crs.as_ref();
            let file = file.ok_or_else(|| Error::misuse("the file has no CRS to transform --crs to"))?;
            Some(points::transformer(text, &file.to_string())?)
        }
        None => None,
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (x, y) in points {
        let (mut map_x, mut map_y) = ([x], [y]);
        if let Some(transformer) = &transformer {
            transformer.transform(&mut map_x, &mut map_y);
        }
        let (col, row) = inverse.apply(map_x[0], map_y[0]);
        let found = at(&dataset, col, row)?;
        if args.json {
            writeln!(out, "{}", json(x, y, found.as_deref()))?;
        } else {
            writeln!(out, "{}", text(found.as_deref()))?;
        }
    }
    out.flush()?;
    Ok(())
}

/// Per band: the value, or `None` for nodata. `None` for a point outside the raster.
fn at(dataset: &Dataset, col: f64, row: f64) -> Result<Option<Vec<Option<Value>>>> {
    let info = dataset.info();
    let inside = |v: f64, size: usize| (v >= 0.0 && v < size as f64).then_some(v as i64);
    let Some((col, row)) = inside(col, info.width).zip(inside(row, info.height)) else { return Ok(None) };
    let window = Window::new(col, row, 1, 1);
    let bands = info.all_bands();
    let pixels = dataset.read_window(&bands, &window)?;
    let mask = dataset.read_mask_window(&bands, &window)?;
    let value = |band: usize| (mask[[band, 0, 0]] != 0).then(|| pixels.view().value(band, 0, 0));
    Ok(Some((0..bands.len()).map(value).collect()))
}

fn text(found: Option<&[Option<Value>]>) -> String {
    let one = |value: &Option<Value>| match value {
        None => "nodata".to_owned(),
        Some(Value::Int(v)) => v.to_string(),
        Some(Value::Float(v)) => v.to_string(),
        Some(Value::Complex(re, im)) => format!("{re}{im:+}i"),
    };
    found.map_or_else(|| "outside".to_owned(), |v| v.iter().map(one).collect::<Vec<_>>().join(" "))
}

fn json(x: f64, y: f64, found: Option<&[Option<Value>]>) -> serde_json::Value {
    let one = |value: &Option<Value>| match value {
        Some(Value::Int(v)) => {
            i64::try_from(*v).map_or_else(|_| serde_json::json!(v.to_string()), |v| v.into())
        }
        Some(Value::Float(v)) if v.is_finite() => (*v).into(),
        Some(Value::Float(v)) => v.to_string().into(),
        Some(Value::Complex(re, im)) => serde_json::json!([re, im]),
        None => serde_json::Value::Null,
    };
    let values = found.map(|v| v.iter().map(one).collect::<Vec<_>>());
    serde_json::json!({ "x": x, "y": y, "values": values })
}
