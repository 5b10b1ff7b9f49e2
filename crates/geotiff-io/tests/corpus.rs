//! Every fixture against the digest of what GDAL reads, read in every way; and the whole corpus where it is.

mod support;

use geotiff_io::{Dataset, OpenOptions};
use raster_core::{DataType, GeoTransform, MaskKind, Nodata, RasterInfo, RasterSource};
use serde_json::Value;
use std::{fs, path::Path};
use support::{bytes, fixture, sha256, shared};

/// A row of `fixtures/expected/read.txt`.
struct Row {
    file: String,
    size: (usize, usize),
    bands: usize,
    data_type: DataType,
    digest: String,
}

fn rows() -> Vec<Row> {
    let text = fs::read_to_string(fixture("expected/read.txt")).unwrap();
    let rows = text.lines().filter(|l| !l.starts_with('#')).map(|line| {
        let f: Vec<&str> = line.split(' ').collect();
        Row {
            file: f[0].to_owned(),
            size: (f[1].parse().unwrap(), f[2].parse().unwrap()),
            bands: f[3].parse().unwrap(),
            data_type: f[4].parse().unwrap(),
            digest: f[5].to_owned(),
        }
    });
    rows.collect()
}

/// The ways to open a file must not differ.
fn ways_to_open(path: &Path) -> Vec<(&'static str, Dataset)> {
    let content = fs::read(path).unwrap();
    vec![
        ("path", Dataset::open(path).unwrap()),
        ("bytes", Dataset::from_bytes(content.clone()).unwrap()),
        ("reader", Dataset::from_reader(std::io::Cursor::new(content)).unwrap()),
        ("one thread", OpenOptions::new().threads(1).open(path).unwrap()),
        ("eight threads", OpenOptions::new().threads(8).open(path).unwrap()),
    ]
}

#[test]
fn fixtures_read_as_gdal_reads_them() {
    let rows = rows();
    assert!(rows.len() > 40);
    for row in rows {
        for (way, dataset) in ways_to_open(&fixture("valid").join(&row.file)) {
            let info = dataset.info();
            let found = ((info.width, info.height), info.band_count(), info.data_type);
            assert_eq!(found, (row.size, row.bands, row.data_type), "{}", row.file);
            let pixels = dataset.read_any().array().unwrap();
            if row.digest != "lossy" {
                assert_eq!(sha256(&bytes(&pixels)), row.digest, "{} by {way}", row.file);
            }
        }
    }
}

fn text(nodata: Option<Nodata>) -> Option<f64> {
    nodata.map(Nodata::to_f64)
}

/// Items of IMAGE_STRUCTURE that GDAL finds in the compressed streams, which opening does not read here.
const FROM_STREAMS: [&str; 5] =
    ["JPEGTABLESMODE", "JPEG_QUALITY", "SOURCE_COLOR_SPACE", "LERC_VERSION", "COMPRESSION_REVERSIBILITY"];

/// The first value of a list that differs; the manifest keeps the beginning of long lists.
fn first_difference(ours: impl Iterator<Item = Value>, theirs: &Value) -> Option<String> {
    let close = |a: &Value, b: &Value| match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * b.abs(),
        _ => a == b,
    };
    let theirs = theirs.as_array().map(Vec::as_slice).unwrap_or_default();
    ours.zip(theirs).find(|(a, b)| !close(a, b)).map(|(a, b)| format!("{a}, GDAL {b}"))
}

/// Does what a file says about itself agree with GDAL? Returns what does not.
fn differences(entry: &Value, dataset: &Dataset) -> Vec<String> {
    let (info, geo, meta) = (dataset.info(), &entry["geo"], &entry["meta"]);
    let bands = || info.bands.iter();
    let gcps = info.gcps.iter().flat_map(|g| [g.col, g.row, g.x, g.y, g.z]).map(Value::from);
    let their_gcps: Value =
        geo["gcps"].as_array().into_iter().flatten().flat_map(|g| g.as_array().unwrap().clone()).collect();
    let colors = bands().flat_map(|b| b.color_table.as_ref().map(|t| t.entries.clone()).unwrap_or_default());
    let has_nodata = info.nodata().is_some();
    let mut wrong: Vec<String> = [
        (
            "description",
            first_difference(bands().map(|b| b.description.clone().into()), &meta["descriptions"]),
        ),
        ("unit", first_difference(bands().map(|b| b.unit.clone().into()), &meta["units"])),
        ("scale", first_difference(bands().map(|b| b.scale.into()), &meta["scales"])),
        ("offset", first_difference(bands().map(|b| b.offset.into()), &meta["offsets"])),
        ("colour", first_difference(bands().map(|b| b.color.name().into()), &meta["colorinterp"])),
        ("control point", first_difference(gcps, &their_gcps)),
        // GDAL makes the colour of nodata transparent.
        (
            "colour table",
            first_difference(colors.map(|c| c.to_vec().into()), &meta["colormap"]).filter(|_| !has_nodata),
        ),
    ]
    .into_iter()
    .filter_map(|(what, difference)| Some(format!("{what} {}", difference?)))
    .collect();
    let mut check = |what: &str, ours: &str, theirs: &str| {
        if ours != theirs {
            wrong.push(format!("{what}: {ours}, GDAL {theirs}"));
        }
    };
    let kinds = match info.bands[0].mask {
        MaskKind::AllValid => r#"["all_valid"]"#,
        MaskKind::Nodata => r#"["nodata"]"#,
        MaskKind::PerDataset => r#"["per_dataset"]"#,
        MaskKind::Alpha => r#"["per_dataset","alpha"]"#,
        other => panic!("{other:?}"),
    };
    check("mask", kinds, &entry["mask"]["flags"].to_string());
    if let Some(expected) = entry["mask"]["sha256"].as_str() {
        let mask = dataset.dataset_mask(&info.window()).unwrap();
        check("mask pixels", &sha256(&mask.into_iter().collect::<Vec<u8>>()), expected);
    }
    check("number of control points", &info.gcps.len().to_string(), &geo["n_gcps"].to_string());
    let has_rpc = info.metadata.get("RPC", None, "LINE_OFF").is_some();
    check("RPC", &has_rpc.to_string(), &geo["has_rpc"].to_string());
    for (key, domain) in [("image_structure", "IMAGE_STRUCTURE"), ("tags", "")] {
        for (name, value) in meta[key].as_object().into_iter().flatten() {
            if FROM_STREAMS.contains(&name.as_str()) {
                continue;
            }
            let ours: String = info.metadata.get(domain, None, name).unwrap_or("(none)").to_owned();
            // The manifest keeps the beginning of long texts.
            let theirs = value.as_str().unwrap();
            let cut = if theirs.len() >= 200 { theirs.chars().count() - 1 } else { usize::MAX };
            let beginning = |t: &str| t.chars().take(cut).collect::<String>();
            check(name, &beginning(&ours), &beginning(theirs));
        }
    }
    wrong
}

fn transform_agrees(info: &RasterInfo, geo: &Value) -> bool {
    let stated = geo["has_transform"].as_bool().unwrap_or(false);
    match info.transform {
        None => !stated,
        // GDAL cannot tell a stated identity from none.
        Some(t) if !stated => t == GeoTransform::IDENTITY,
        Some(t) => t.to_gdal().iter().zip(geo["transform"].as_array().unwrap()).all(|(a, b)| {
            let b = b.as_f64().unwrap();
            (a - b).abs() <= 1e-9 * b.abs().max(1.0)
        }),
    }
}

#[test]
fn the_corpus_reads_as_gdal_reads_it() {
    let Some(manifest) = shared("corpus/manifest.json") else { return };
    let entries: Vec<Value> = serde_json::from_str(&fs::read_to_string(&manifest).unwrap()).unwrap();
    let root = manifest.parent().unwrap();
    let readable: Vec<&Value> = entries.iter().filter(|e| e["class"] == "ok").collect();
    let wrong: Vec<String> = parallel::map(
        readable,
        || (),
        |_, entry| {
            let name = entry["id"].as_str().unwrap();
            let dataset = match Dataset::open(root.join(entry["file"].as_str().unwrap())) {
                Ok(dataset) => dataset,
                Err(e) => return vec![format!("{name}: {e}")],
            };
            let mut wrong = differences(entry, &dataset);
            let info = dataset.info();
            if !transform_agrees(info, &entry["geo"]) {
                wrong.push(format!("transform {:?}", info.transform));
            }
            let nodata = entry["meta"]["nodata"].as_str().map(|t| Nodata::parse(t).unwrap());
            // rasterio cannot say that a nodata value is the largest u64.
            if text(info.nodata()).map(f64::to_bits) != text(nodata).map(f64::to_bits)
                && info.data_type != DataType::U64
            {
                wrong.push(format!("nodata {:?}, GDAL {nodata:?}", info.nodata()));
            }
            let pixels = &entry["pixels"];
            if pixels["lossy"] == false {
                let read = dataset.read_any().array();
                let digest = read.map(|a| sha256(&bytes(&a))).unwrap_or_else(|e| e.to_string());
                let accepted = std::iter::once(&pixels["sha256"])
                    .chain(pixels["alt"].as_array().into_iter().flatten().map(|a| &a["sha256"]));
                let payload_differs = !pixels["sha256_canon"].is_null();
                if !payload_differs && !accepted.into_iter().any(|d| d == digest.as_str()) {
                    wrong.push(format!("pixels {digest}"));
                }
            }
            wrong.into_iter().map(|w| format!("{name}: {w}")).collect()
        },
    )
    .into_iter()
    .flatten()
    .collect();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
