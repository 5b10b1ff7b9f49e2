//! `mucho crs`: what a coordinate system is.

use crate::{Global, input, points};
use crs::{Crs, Transformer};
use mucho::Opener;
use raster_core::{Error, RasterSource, Result};
use std::{io::Write, path::Path};

/// Arguments of `mucho crs`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho crs 32632
  mucho crs landcover.tif
  mucho crs \"+proj=laea +lat_0=52 +lon_0=10 +ellps=GRS80\" --form wkt2
  mucho crs EPSG:27700 --form projjson")]
pub(crate) struct Args {
    /// An EPSG code, a file, WKT, PROJJSON, or a PROJ string
    what: String,
    /// Print one spelling only: wkt2, wkt1, esri, projjson or proj
    #[arg(long, value_name = "FORM")]
    form: Option<String>,
    #[command(flatten)]
    read: input::ReadArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let crs = find(&args.what, &args.read, global)?;
    let mut out = std::io::stdout().lock();
    if let Some(form) = &args.form {
        writeln!(out, "{}", spell(&crs, form)?)?;
        return Ok(());
    }
    writeln!(out, "name      {}", crs.name())?;
    match (crs.epsg(), crs.identify()) {
        (Some(code), _) => writeln!(out, "code      EPSG:{code}")?,
        (None, Some(code)) => writeln!(out, "code      none stated; it equals EPSG:{code}")?,
        (None, None) => writeln!(out, "code      none")?,
    }
    if crs.is_deprecated() {
        let successor = crs.successor().map_or_else(String::new, |code| format!(", use EPSG:{code}"));
        writeln!(out, "          deprecated{successor}")?;
    }
    writeln!(out, "kind      {:?}", crs.kind())?;
    writeln!(out, "unit      {}", crs.unit_name())?;
    if let Some(vertical) = crs.vertical() {
        writeln!(out, "heights   {}, {}", vertical.name, vertical.unit_name)?;
    }
    if let Some(area) = crs.area_of_use() {
        writeln!(
            out,
            "area      {} to {} east, {} to {} north: {}",
            area.west, area.east, area.south, area.north, area.name
        )?;
    }
    let way = Crs::from_epsg(4326).and_then(|wgs84| Transformer::new(&wgs84, &crs));
    match way {
        Ok(way) => {
            let names = way.operation_names();
            let how = if names.is_empty() {
                "without a datum shift".to_owned()
            } else {
                format!("by {}", names.join(" or "))
            };
            // An empty sum is -0.
            let accuracy =
                way.accuracy().map_or_else(|| "not known".to_owned(), |m| format!("{} m", m + 0.0));
            writeln!(out, "accuracy  {accuracy}, from EPSG:4326 {how}")?;
        }
        Err(error) => writeln!(out, "accuracy  no way from EPSG:4326: {error}")?,
    }
    for (name, form) in [("PROJ", "proj"), ("WKT2", "wkt2")] {
        match spell(&crs, form) {
            Ok(text) => writeln!(out, "{name:<10}{text}")?,
            Err(error) => writeln!(out, "{name:<10}{error}")?,
        }
    }
    Ok(())
}

/// A code, the CRS of a file, or a definition.
fn find(what: &str, how: &input::ReadArgs, global: &Global) -> Result<Crs> {
    if let Ok(code) = what.parse::<u32>() {
        return points::crs(&format!("EPSG:{code}"));
    }
    let path = Path::new(what);
    if !path.is_file() {
        return points::crs(what);
    }
    let dataset = input::open(path, how, &Opener::new().threads(global.threads), global)?;
    let info = dataset.info();
    let crs = info.crs.as_ref().or(info.gcp_crs.as_ref());
    points::crs(
        &crs.ok_or_else(|| Error::misuse("the file states no coordinate system").in_file(path))?.to_string(),
    )
}

fn spell(crs: &Crs, form: &str) -> Result<String> {
    let cannot = |e: crs::CrsError| Error::misuse(format!("no {form} form")).with_source(e);
    Ok(match form {
        "wkt2" => crs.to_wkt2(),
        "wkt1" => crs.to_wkt1().map_err(cannot)?,
        "esri" => crs.to_esri_wkt().map_err(cannot)?,
        "projjson" => crs.to_projjson(),
        "proj" => {
            let (text, lost) = crs.to_proj_string().map_err(cannot)?;
            if lost.is_empty() { text } else { format!("{text} (lost: {})", lost.join("; ")) }
        }
        other => {
            return Err(Error::misuse(format!("--form {other}: there are wkt2, wkt1, esri, projjson, proj")));
        }
    })
}
