//! Against WarpedVRT (GDAL 3.10.3): 12 grids, 14 methods, 6 kinds of source.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod support;

use raster_core::{CrsRef, Grid};
use serde_json::Value;
use std::path::Path;
use support::{difference, golden, json, raster, transform};
use warp::{Positions, Resampling, WarpOptions, reproject};

/// GDAL 3.10's WarpedVRT takes the anti-aliasing scale from the *padded* source window (its arguments are
/// swapped there; `gdalwarp` and `reproject` do not do that). To compare the kernels all the same, its scale
/// is computed here and given to ours.
fn vrt_scale(low: f64, high: f64, size: usize, output: usize, radius: usize) -> f64 {
    let snap = |v: f64| if (v.round() - v).abs() < 1e-6 { v.round() } else { v };
    let (low, high) = (snap(low), snap(high));
    let first = (output as f64 / (high - low)).max(1e-3);
    let radius = if first < 0.95 { (radius as f64 / first).ceil() } else { radius as f64 };
    let (a, b) = (low.max(0.0).floor(), high.ceil().min(size as f64));
    let used = if b - a > 0.9 * size as f64 {
        size as f64
    } else {
        let offset = (a - radius).max(0.0);
        (size as f64 - offset).min(b - offset + radius)
    };
    let scale = output as f64 / used;
    let scale = if output as f64 == used { 1.0 } else { scale };
    let whole = (1.0 / scale + 0.5).floor();
    if scale < 1.0 && (1.0 / scale - whole).abs() < 0.05 { 1.0 / whole } else { scale }
}

struct Case<'a> {
    grid: &'a str,
    input: &'a str,
    method: Resampling,
}

impl Case<'_> {
    /// Samples that may differ by more than the tolerance, with the reason.
    fn exceptions(&self) -> usize {
        match (self.grid, self.method) {
            // GDAL up to 3.10 takes a mode of -1 for "not found".
            ("shift_frac", Resampling::Mode) if self.input.contains("i16nd") => 2,
            // GDAL counts a border pixel as touched by a sliver of 1e-14 of its area; the total there is 0.
            ("up" | "down3", Resampling::Sum) => 2,
            _ => 0,
        }
    }
}

fn check(folder: &Path, v: &Value, approximation: bool, failures: &mut Vec<String>) {
    let text = |key: &str| v[key].as_str().unwrap();
    let case = Case { grid: text("grid"), input: text("input"), method: text("resampling").parse().unwrap() };
    let source = raster(folder.join(case.input));
    let (width, height) = (v["width"].as_u64().unwrap() as usize, v["height"].as_u64().unwrap() as usize);
    let crs = CrsRef::Epsg(text("dst_crs")[5..].parse().unwrap());
    let grid = Grid::new(width, height, transform(&v["dst_transform"])).with_crs(crs);
    let mut options = WarpOptions::new(case.method);
    if approximation {
        options = options.with_positions(Positions::gdalwarp());
    }
    options.scale = match (v["xscale"].as_f64(), v["yscale"].as_f64()) {
        (Some(x), Some(y)) => Some((x, y)),
        _ if !case.method.is_area() => Some(scale_of(&source, &grid, case.method)),
        _ => None,
    };
    let ours = reproject(&source, &grid, &options).unwrap();
    let expected = raster(folder.join(text("expected")));
    let band = v["band"].as_u64().unwrap() as usize - 1;
    let d = difference(ours.pixels(), 0, expected.pixels(), band);
    let float = case.input.contains("f32");
    let tolerance = match (case.method, float) {
        (Resampling::Nearest, _) => 0.0,
        (_, true) => 0.2,
        _ => 1.0,
    };
    if d.largest.is_nan() || d.largest > tolerance {
        let bad = count_beyond(ours.pixels(), expected.pixels(), band, tolerance);
        if bad > case.exceptions() {
            failures.push(format!(
                "{} {} {}: {bad} of {} samples beyond {tolerance}, largest {}",
                case.grid,
                case.input,
                case.method,
                width * height,
                d.largest
            ));
        }
    }
}

fn count_beyond(a: &raster_core::AnyArray, b: &raster_core::AnyArray, band: usize, tolerance: f64) -> usize {
    let (_, h, w) = a.shape();
    let gap = |r, c| (a.view().value(0, r, c).to_f64() - b.view().value(band, r, c).to_f64()).abs();
    (0..h)
        .flat_map(|r| (0..w).map(move |c| (r, c)))
        .filter(|&(r, c)| gap(r, c).is_nan() || gap(r, c) > tolerance)
        .count()
}

/// The source window that GDAL finds from 22 points on each edge of the output.
fn scale_of(source: &raster_core::MemoryRaster, grid: &Grid, method: Resampling) -> (f64, f64) {
    use raster_core::RasterSource as _;
    use warp::PointTransform as _;
    let info = source.info();
    let way = warp::CrsTransform::new(info.crs.as_ref().unwrap(), grid.crs.as_ref().unwrap()).unwrap();
    let (w, h) = (grid.width as f64, grid.height as f64);
    let (mut x, mut y): (Vec<f64>, Vec<f64>) = (0..22)
        .map(|i| f64::from(i) / 21.0)
        .flat_map(|t| [(t * w, 0.0), (t * w, h), (0.0, t * h), (w, t * h)])
        .map(|(c, r)| grid.transform.apply(c, r))
        .unzip();
    way.backward(&mut x, &mut y);
    let inverse = info.transform.unwrap().inverse().unwrap();
    let (cols, rows): (Vec<f64>, Vec<f64>) = x.iter().zip(&y).map(|(x, y)| inverse.apply(*x, *y)).unzip();
    let range =
        |v: &[f64]| v.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
    let ((x0, x1), (y0, y1)) = (range(&cols), range(&rows));
    let radius = method.radius();
    (vrt_scale(x0, x1, info.width, grid.width, radius), vrt_scale(y0, y1, info.height, grid.height, radius))
}

fn run(approximation: bool) {
    let Some(folder) = golden("warp") else { return };
    let manifest = json(folder.join("manifest.json"));
    let lists = ["cases", "explicit_scale_cases"];
    let (mut failures, mut done) = (Vec::new(), 0);
    for v in lists.iter().flat_map(|l| manifest[l].as_array().unwrap()) {
        let approximated = v["tolerance"].as_f64() != Some(0.0);
        // Under approximation GDAL also approximates where source pixels go, by source rows; a total has no use
        // for that, and ours are exact.
        if approximation && v["resampling"] == "sum" {
            continue;
        }
        // A defect of GDAL's (Lanczos reduced by an odd factor): recorded, not to be matched.
        if v.get("do_not_match").is_some() || approximated != approximation {
            continue;
        }
        check(&folder, v, approximation, &mut failures);
        done += 1;
    }
    assert!(failures.is_empty(), "{} of {done} cases:\n{}", failures.len(), failures.join("\n"));
    eprintln!("{done} cases");
}

#[test]
fn exact_positions() {
    run(false);
}

#[test]
fn gdals_approximation() {
    run(true);
}
