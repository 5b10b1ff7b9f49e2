//! `mucho dump`: what a test harness compares.

use crate::{Global, input};
use geotiff_io::{OutputFile, ReadLimits};
use mucho::Opener;
use raster_core::{AnyView, Nodata, RasterSource, Result, Sample, with_array};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    io::{BufWriter, Write},
    path::PathBuf,
};

/// Arguments of `mucho dump`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// File to read; `-` for standard input.
    file: PathBuf,
    /// Also write the samples here: little-endian, (bands, rows, columns).
    #[arg(long, value_name = "OUT")]
    raw: Option<PathBuf>,
    /// Largest array to decode, in bytes.
    #[arg(long, default_value_t = 1 << 30, value_name = "BYTES")]
    max_bytes: u64,
    #[command(flatten)]
    read: input::ReadArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    if let Some(raw) = &args.raw {
        input::check_output(raw, "raw samples", &args.file)?;
    }
    let mut limits = ReadLimits::default();
    limits.array_bytes = args.max_bytes;
    let options = Opener::new().limits(limits).threads(global.threads);
    let dataset = input::open(&args.file, &args.read, &options, global)?;
    let info = dataset.info();
    let sha256 = digest(&dataset, args.raw.as_ref())?;
    let overviews = (0..info.overviews.len())
        .filter_map(|i| dataset.overview(i))
        .map(|o| {
            Ok(json!({ "width": o.info().width, "height": o.info().height, "sha256": digest(&o, None)? }))
        })
        .collect::<Result<Vec<Value>>>()?;
    let object = json!({
        "width": info.width,
        "height": info.height,
        "bands": info.band_count(),
        "dtype": info.data_type.name(),
        "sha256": sha256,
        "epsg": info.crs.as_ref().or(info.gcp_crs.as_ref()).and_then(raster_core::CrsRef::epsg),
        "transform": info.transform.map(|t| t.to_gdal()),
        "nodata": info.nodata().map(nodata_json),
        "overviews": overviews,
    });
    writeln!(std::io::stdout(), "{object}")?;
    Ok(())
}

fn nodata_json(nodata: Nodata) -> Value {
    match nodata {
        Nodata::Float(v) if !v.is_finite() => json!(nodata.to_string()),
        Nodata::Float(v) => json!(v),
        Nodata::Int(_) => json!(nodata.to_string()),
    }
}

/// SHA-256 of all samples; they are also written to `raw`.
fn digest(source: &dyn RasterSource, raw: Option<&PathBuf>) -> Result<String> {
    let info = source.info();
    let pixels = source.read_window(&info.all_bands(), &info.window())?;
    let mut hasher = Sha256::new();
    let mut file = raw.map(OutputFile::create).transpose()?.map(BufWriter::new);
    for band in 0..info.band_count() {
        for_each_piece(&pixels.view().band(band), |bytes| {
            hasher.update(bytes);
            file.as_mut().map_or(Ok(()), |f| f.write_all(bytes))
        })?;
    }
    if let Some(file) = file {
        file.into_inner().map_err(|e| e.into_error())?.commit()?;
    }
    Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

/// The samples of a band as little-endian bytes, row by row.
fn for_each_piece(band: &AnyView<'_>, mut each: impl FnMut(&[u8]) -> std::io::Result<()>) -> Result<()> {
    let mut bytes = vec![0; band.shape().2 * band.data_type().size()];
    with_array!(AnyView, band, a => {
        for row in a.rows() {
            // Rows of a whole array lie in one piece.
            Sample::copy_to_le(row.as_slice().unwrap_or_default(), &mut bytes);
            each(&bytes)?;
        }
    });
    Ok(())
}
