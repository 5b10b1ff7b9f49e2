//! `mucho info`: what a file says about itself, as text for people or as one JSON object for programs.

use crate::{Global, input};
use crs::Crs;
use geotiff_io::{Dataset, PageInfo, SideCar, Statistics};
use mucho::Opener;
use raster_core::{AttributeTable, Bounds, CrsRef, MetadataItem, Nodata, RasterInfo, RasterSource, Result};
use serde_json::{Map, Value, json};
use std::{io::Write, path::PathBuf};

/// Arguments of `mucho info`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  mucho info dem.tif
  mucho info --json dem.tif | jq .crs.epsg
  cat dem.tif | mucho info --stats -")]
pub(crate) struct Args {
    /// File to look into; `-` for standard input
    file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Compute statistics of each band from all pixels
    #[arg(long)]
    stats: bool,
    #[command(flatten)]
    read: input::ReadArgs,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    // It shows what others are told.
    let silent = Global { threads: global.threads, quiet: true };
    let dataset = input::open(&args.file, &args.read, &Opener::new().threads(global.threads), &silent)?;
    let bands = dataset.info().all_bands();
    let statistics = if args.stats { dataset.statistics_of(&bands, false)? } else { vec![None; bands.len()] };
    let text = if args.json {
        format!("{:#}\n", as_json(&dataset, &statistics))
    } else {
        as_text(&args.file.display().to_string(), &dataset, &statistics)
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

fn crs_json(crs: &CrsRef) -> Value {
    let parsed = Crs::parse(&crs.to_string());
    json!({
        "epsg": crs.epsg(),
        "name": parsed.as_ref().ok().map(Crs::name),
        "unit": parsed.as_ref().ok().map(Crs::unit_name),
        "wkt": parsed.as_ref().map(Crs::to_wkt2).unwrap_or_else(|_| crs.to_string()),
    })
}

fn bounds_json(bounds: Bounds) -> Value {
    json!({ "left": bounds.left, "bottom": bounds.bottom, "right": bounds.right, "top": bounds.top })
}

/// NaN and infinities have no JSON numbers; whole numbers that JSON readers would round stay text.
fn nodata_json(nodata: Nodata) -> Value {
    match nodata {
        Nodata::Int(v) if v.unsigned_abs() < 1 << 53 => json!(v as i64),
        Nodata::Float(v) if v.is_finite() => json!(v),
        other => json!(other.to_string()),
    }
}

/// Metadata of the dataset or of a band, by domain.
fn metadata_json(items: Option<&Vec<&MetadataItem>>) -> Value {
    let mut domains = Map::new();
    for item in items.into_iter().flatten() {
        let domain = domains.entry(item.domain.clone()).or_insert_with(|| json!({}));
        domain[&item.name] = json!(item.value);
    }
    Value::Object(domains)
}

fn statistics_json(s: &Statistics) -> Value {
    json!({ "count": s.count, "min": s.min, "max": s.max, "mean": s.mean, "std": s.std })
}

fn page_json(page: &PageInfo) -> Value {
    json!({
        "directory": page.directory, "name": page.name, "width": page.size.width, "height": page.size.height, "count": page.bands,
    })
}

fn side_car_json(beside: &SideCar) -> Value {
    json!({ "path": beside.path.display().to_string(), "gives": beside.gives, "problem": beside.problem })
}

fn table_json(table: &AttributeTable) -> Value {
    let fields = table
        .fields
        .iter()
        .map(|f| json!({ "name": f.name, "type": format!("{:?}", f.kind).to_lowercase(), "usage": f.usage }));
    json!({ "fields": fields.collect::<Vec<_>>(), "rows": table.rows })
}

fn warnings(dataset: &Dataset) -> impl Iterator<Item = String> {
    let all = dataset.warnings().iter().chain(dataset.side_car_warnings());
    all.map(|w| format!("{w:#}"))
}

fn as_json(dataset: &Dataset, statistics: &[Option<Statistics>]) -> Value {
    let (info, storage) = (dataset.info(), dataset.storage());
    let items = info.metadata.by_band();
    let bands = info.bands.iter().zip(statistics).enumerate().map(|(i, (band, statistics))| {
        json!({
            "band": i + 1,
            "description": band.description,
            "color": band.color.name(),
            "color_table": band.color_table.as_ref().map(|t| &t.entries),
            "categories": band.categories,
            "attribute_table": band.attribute_table.as_deref().map(table_json),
            "nodata": band.nodata.map(nodata_json),
            "mask": band.mask.name(),
            "scale": band.scale,
            "offset": band.offset,
            "unit": band.unit,
            "metadata": metadata_json(items.get(&Some(i + 1))),
            "statistics": statistics.as_ref().map(statistics_json),
        })
    });
    let overviews = info.overviews.iter().map(|l| json!({ "width": l.width, "height": l.height }));
    let gcps = info.gcps.iter().map(|g| json!({ "col": g.col, "row": g.row, "x": g.x, "y": g.y, "z": g.z }));
    json!({
        "path": dataset.path().map(|p| p.display().to_string()),
        "width": info.width,
        "height": info.height,
        "count": info.band_count(),
        "dtype": info.data_type.name(),
        "nodata": info.nodata().map(nodata_json),
        "crs": info.crs.as_ref().map(crs_json),
        "transform": info.transform.map(|t| t.to_gdal()),
        "bounds": info.transform.map(|t| bounds_json(t.bounds(info.width, info.height))),
        "resolution": info.transform.map(|t| t.resolution()),
        "gcps": gcps.collect::<Vec<_>>(),
        "gcp_crs": info.gcp_crs.as_ref().map(crs_json),
        "storage": {
            "tiled": storage.tiled,
            "block": { "width": storage.block.width, "height": storage.block.height },
            "compression": storage.compression.name(),
            "predictor": format!("{:?}", storage.predictor).to_lowercase(),
            "interleave": format!("{:?}", storage.interleave).to_lowercase(),
            "photometric": format!("{:?}", storage.photometric).to_lowercase(),
            "bits": storage.bits,
            "byte_order": format!("{:?}", storage.byte_order).to_lowercase(),
            "bigtiff": storage.bigtiff,
            "cog": dataset.is_cog(),
            "directories": dataset.directory_count(),
            "directory": dataset.directory(),
        },
        "pages": dataset.pages().iter().map(page_json).collect::<Vec<_>>(),
        "side_cars": dataset.side_cars().iter().map(side_car_json).collect::<Vec<_>>(),
        "overviews": overviews.collect::<Vec<_>>(),
        "bands": bands.collect::<Vec<_>>(),
        "metadata": metadata_json(items.get(&None)),
        "warnings": warnings(dataset).collect::<Vec<_>>(),
    })
}

/// Images that are listed in the text.
const PAGES_SHOWN: usize = 20;

/// Lines of `name: value`, indented by two spaces under a heading.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn line(&mut self, name: &str, value: impl std::fmt::Display) {
        self.0 += &format!("{name:<14}{value}\n");
    }
    fn under(&mut self, value: impl std::fmt::Display) {
        self.0 += &format!("  {value}\n");
    }
    fn heading(&mut self, name: &str) {
        self.0 += &format!("{name}\n");
    }
}

fn as_text(name: &str, dataset: &Dataset, statistics: &[Option<Statistics>]) -> String {
    let (info, storage) = (dataset.info(), dataset.storage());
    let mut out = Lines::default();
    out.line("File", name);
    for beside in dataset.side_cars() {
        let name = beside.path.file_name().unwrap_or_default().to_string_lossy();
        let told = match (&beside.problem, beside.gives.is_empty()) {
            (Some(_), true) => "not read".to_owned(),
            (Some(_), false) => format!("{}; see the warning", beside.gives.join(", ")),
            (None, true) => "nothing in it".to_owned(),
            (None, false) => beside.gives.join(", "),
        };
        out.line("Side car", format!("{name}: {told}"));
    }
    let pages = dataset.pages();
    if pages.len() > 1 {
        out.line("Images", format!("{} (--directory N)", pages.len()));
        for page in pages.iter().take(PAGES_SHOWN) {
            let name = page.name.as_ref().map_or_else(String::new, |n| format!(" \"{n}\""));
            let bands = if page.bands == 1 { "band" } else { "bands" };
            out.under(format!(
                "{}{name}: {} × {}, {} {bands}",
                page.directory, page.size.width, page.size.height, page.bands
            ));
        }
        if pages.len() > PAGES_SHOWN {
            out.under(format!("… {} more; all by --json", pages.len() - PAGES_SHOWN));
        }
    }
    let kind = if storage.bigtiff { "BigTIFF" } else { "TIFF" };
    let order = format!("{:?}", storage.byte_order).to_lowercase();
    out.line("Format", format!("{kind}, {order}-endian"));
    let plural = if info.band_count() == 1 { "band" } else { "bands" };
    out.line(
        "Size",
        format!(
            "{} × {} pixels, {} {plural} of {}",
            info.width,
            info.height,
            info.band_count(),
            info.data_type
        ),
    );
    place(&mut out, info);
    out.line(
        "Blocks",
        format!(
            "{} × {} ({})",
            storage.block.width,
            storage.block.height,
            if storage.tiled { "tiles" } else { "strips" }
        ),
    );
    let predictor = match storage.predictor {
        geotiff_io::Predictor::None => String::new(),
        other => format!(", predictor {other:?}").to_lowercase(),
    };
    out.line("Compression", format!("{}{predictor}", storage.compression.name()));
    out.line("Interleave", format!("{:?}", storage.interleave).to_lowercase());
    if usize::from(storage.bits) != 8 * info.data_type.size() {
        out.line("Bits", storage.bits);
    }
    out.line("COG layout", if dataset.is_cog() { "stated" } else { "not stated" });
    let overviews: Vec<String> = info.overviews.iter().map(ToString::to_string).collect();
    out.line("Overviews", if overviews.is_empty() { "none".into() } else { overviews.join(", ") });
    let items = info.metadata.by_band();
    metadata(&mut out, "Metadata", items.get(&None));
    for (i, (band, statistics)) in info.bands.iter().zip(statistics).enumerate() {
        out.heading(&format!("Band {}", i + 1));
        out.under(format!("{}, {}", band.color.name(), band.mask.name()));
        if let Some(text) = &band.description {
            out.under(format!("description {text}"));
        }
        if let Some(nodata) = band.nodata {
            out.under(format!("nodata {nodata}"));
        }
        if (band.scale, band.offset) != (1.0, 0.0) {
            out.under(format!("value × {} + {}", band.scale, band.offset));
        }
        if let Some(unit) = &band.unit {
            out.under(format!("unit {unit}"));
        }
        if let Some(table) = &band.color_table {
            out.under(format!("{} colours", table.entries.len()));
        }
        if !band.categories.is_empty() {
            let names: Vec<&str> = band.categories.iter().take(8).map(String::as_str).collect();
            let more = if band.categories.len() > 8 { ", …" } else { "" };
            out.under(format!("{} classes: {}{more}", band.categories.len(), names.join(", ")));
        }
        if let Some(table) = &band.attribute_table {
            let names: Vec<&str> = table.fields.iter().map(|f| f.name.as_str()).collect();
            out.under(format!("attribute table of {} rows: {}", table.rows.len(), names.join(", ")));
        }
        if let Some(s) = statistics {
            out.under(format!(
                "min {} max {} mean {} std {} ({} valid)",
                s.min, s.max, s.mean, s.std, s.count
            ));
        }
        metadata(&mut out, "  Metadata", items.get(&Some(i + 1)));
    }
    for warning in warnings(dataset) {
        out.line("Warning", warning);
    }
    out.0
}

fn place(out: &mut Lines, info: &RasterInfo) {
    match info.crs.as_ref().or(info.gcp_crs.as_ref()) {
        Some(crs) => {
            let name = Crs::parse(&crs.to_string()).map(|c| c.name().to_owned()).unwrap_or_default();
            match crs.epsg() {
                Some(code) => out.line("CRS", format!("EPSG:{code} {name}")),
                None => out.line("CRS", format!("{name} (no EPSG code)")),
            }
        }
        None => out.line("CRS", "none"),
    }
    if let Some(t) = info.transform {
        let (x, y) = t.resolution();
        let b = t.bounds(info.width, info.height);
        out.line("Origin", format!("{}, {}", t.c, t.f));
        out.line("Pixel size", format!("{x}, {y}"));
        if !t.is_rectilinear() {
            out.line("Transform", t);
        }
        out.line("Bounds", format!("{}, {}, {}, {}", b.left, b.bottom, b.right, b.top));
    }
    if !info.gcps.is_empty() {
        out.line("Points", format!("{} ground control points", info.gcps.len()));
    }
}

fn metadata(out: &mut Lines, heading: &str, items: Option<&Vec<&MetadataItem>>) {
    // What the storage says is shown above.
    let shown: Vec<_> = items.into_iter().flatten().filter(|i| i.domain != "IMAGE_STRUCTURE").collect();
    if shown.is_empty() {
        return;
    }
    out.heading(heading);
    for item in shown {
        let domain = if item.domain.is_empty() { String::new() } else { format!("{}:", item.domain) };
        out.under(format!("{domain}{}={}", item.name, item.value));
    }
}
