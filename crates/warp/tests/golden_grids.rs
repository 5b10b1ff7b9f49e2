//! Output grids against `calculate_default_transform`, `aligned_target` and WarpedVRT.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod support;

use raster_core::{Bounds, CrsRef, DataType, GeoTransform, Grid, RasterInfo, RasterSource as _};
use serde_json::Value;
use support::{golden, json, raster, transform};
use warp::GridRequest;

fn same(ours: &Grid, t: &Value, width: &Value, height: &Value, what: &str) {
    let t = transform(t);
    assert_eq!(
        (ours.width as u64, ours.height as u64),
        (width.as_u64().unwrap(), height.as_u64().unwrap()),
        "{what}"
    );
    let o = ours.transform;
    // Positions agree to the accuracy of a projection (a nanometre of the Earth), pixel sizes likewise.
    let unit = t.a.abs();
    for (a, b) in [(o.a, t.a), (o.e, t.e)] {
        assert!((a - b).abs() <= 1e-9 * unit, "{what}: pixel {a} instead of {b}");
    }
    for (a, b) in [(o.c, t.c), (o.f, t.f)] {
        assert!((a - b).abs() <= 1e-7 * unit, "{what}: origin {a} instead of {b}");
    }
    assert_eq!((o.b, o.d), (0.0, 0.0));
}

#[test]
fn default_transform() {
    let Some(folder) = golden("default_transform") else { return };
    let mut done = 0;
    for case in json(folder.join("manifest.json"))["cases"].as_array().unwrap() {
        let code = |key: &str| CrsRef::Epsg(case[key].as_str().unwrap()[5..].parse().unwrap());
        let (w, h) = (case["width"].as_u64().unwrap() as usize, case["height"].as_u64().unwrap() as usize);
        let b: Vec<f64> = case["bounds"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        let b = Bounds::new(b[0], b[1], b[2], b[3]);
        let mut info = RasterInfo::new(w, h, 1, DataType::U8);
        info.crs = Some(code("src"));
        info.transform =
            Some(GeoTransform::from_origin(b.left, b.top, b.width() / w as f64, b.height() / h as f64));
        let plain = GridRequest { crs: Some(code("dst")), ..GridRequest::default() };
        let what = format!("{} to {}", case["src"], case["dst"]);
        let ours = match plain.grid(&info) {
            Ok(grid) => grid,
            // The coordinate systems arrive one by one; what is missing is said, not hidden.
            Err(e) if e.kind() == raster_core::ErrorKind::Unsupported => {
                eprintln!("skipped {what}: {e}");
                continue;
            }
            Err(e) => panic!("{what}: {e}"),
        };
        same(&ours, &case["transform"], &case["dst_width"], &case["dst_height"], &what);
        if let Some(v) = case.get("with_resolution") {
            let r = v["resolution"].as_f64().unwrap();
            let ours = GridRequest { resolution: Some((r, r)), ..plain.clone() }.grid(&info).unwrap();
            same(&ours, &v["transform"], &v["dst_width"], &v["dst_height"], &format!("{what} by resolution"));
        }
        let v = &case["with_dst_64x48"];
        let ours = GridRequest { size: Some((64, 48)), ..plain.clone() }.grid(&info).unwrap();
        same(&ours, &v["transform"], &v["dst_width"], &v["dst_height"], &format!("{what} by size"));
        let v = &case["aligned_target_2res"];
        let r = v["resolution"].as_f64().unwrap();
        let ours = GridRequest { resolution: Some((r, r)), aligned: true, ..plain }.grid(&info).unwrap();
        // rasterio takes the ceiling of a quotient that should be whole and is not quite: one row or column too
        // many, now and then.
        let grown = |ours: usize, theirs: &Value| {
            Value::from(ours + usize::from(theirs.as_u64() == Some(ours as u64 + 1)))
        };
        assert_eq!(
            (&grown(ours.width, &v["width"]), &grown(ours.height, &v["height"])),
            (&v["width"], &v["height"])
        );
        let (w, h) = (Value::from(ours.width), Value::from(ours.height));
        same(&ours, &v["transform"], &w, &h, &format!("{what} aligned"));
        done += 1;
    }
    assert!(done >= 6);
}

#[test]
fn warped_vrt_grids() {
    let Some(folder) = golden("warp") else { return };
    let source = raster(folder.join("src_utm_f32nd.tif"));
    for case in json(folder.join("manifest.json"))["warped_vrt_attributes"].as_array().unwrap() {
        let kwargs = &case["kwargs"];
        let crs = kwargs["crs"].as_str().map(|c| CrsRef::Epsg(c[5..].parse().unwrap()));
        let size =
            kwargs["width"].as_u64().zip(kwargs["height"].as_u64()).map(|(w, h)| (w as usize, h as usize));
        let ours = GridRequest { crs, size, ..GridRequest::default() }.grid(source.info()).unwrap();
        same(&ours, &case["transform"], &case["width"], &case["height"], &kwargs.to_string());
    }
}

#[test]
fn impossible_requests() {
    let mut info = RasterInfo::new(10, 10, 1, DataType::U8);
    let request = GridRequest::default();
    assert!(request.grid(&info).is_err(), "no transform");
    info.transform = Some(GeoTransform::from_origin(0.0, 10.0, 1.0, 1.0));
    assert!(request.grid(&info).is_ok());
    let bad = [
        GridRequest { crs: Some(CrsRef::Epsg(4326)), ..request.clone() },
        GridRequest { resolution: Some((1.0, 1.0)), size: Some((1, 1)), ..request.clone() },
        GridRequest { resolution: Some((0.0, 1.0)), ..request.clone() },
        GridRequest { resolution: Some((f64::NAN, 1.0)), ..request.clone() },
        GridRequest { resolution: Some((1e-300, 1.0)), ..request.clone() },
        GridRequest { bounds: Some(Bounds::new(1.0, 0.0, 1.0, 1.0)), ..request.clone() },
        GridRequest { size: Some((0, 4)), ..request },
    ];
    for request in bad {
        assert!(request.grid(&info).is_err(), "{request:?}");
    }
    info.crs = Some(CrsRef::Epsg(32632));
    info.transform = Some(GeoTransform::from_origin(f64::NAN, 10.0, 1.0, 1.0));
    assert!(GridRequest { crs: Some(CrsRef::Epsg(4326)), ..GridRequest::default() }.grid(&info).is_err());
}
