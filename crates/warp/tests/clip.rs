//! Clipping by bounds and polygons, and the outline of a raster.
#![allow(clippy::unwrap_used, reason = "tests")]

use ndarray::Array3;
use raster_core::{Bounds, CrsRef, GeoTransform, MemoryRaster, Nodata, RasterSource as _, Window};
use std::sync::Arc;
use warp::{ClipArea, ClipOptions, clip, footprint, polygons_from_geojson};

fn source() -> Arc<MemoryRaster> {
    let pixels = Array3::from_shape_fn((2, 40, 50), |(b, r, c)| (b * 5000 + r * 50 + c + 1) as u16);
    let raster = MemoryRaster::new(pixels).update_info(|i| {
        i.transform = Some(GeoTransform::from_origin(600_000.0, 5_200_000.0, 10.0, 10.0));
        i.crs = Some(CrsRef::Epsg(32632));
    });
    Arc::new(raster.unwrap().with_nodata(Nodata::Int(0)))
}

fn polygon(points: &[(f64, f64)]) -> ClipArea {
    let list: Vec<String> = points.iter().chain(points.first()).map(|(x, y)| format!("[{x},{y}]")).collect();
    let text = format!(
        r#"{{"type":"Feature","properties":{{}},"geometry":{{"type":"Polygon","coordinates":[[{}]]}}}}"#,
        list.join(",")
    );
    ClipArea::Polygons(polygons_from_geojson(&text).unwrap())
}

const TRIANGLE: [(f64, f64); 3] =
    [(600_055.0, 5_199_905.0), (600_345.0, 5_199_845.0), (600_155.0, 5_199_655.0)];

#[test]
fn bounds_are_a_window() {
    let area = ClipArea::Bounds(Bounds::new(600_101.0, 5_199_700.0, 600_200.0, 5_199_899.0));
    let part = clip(source(), &ClipOptions::new(area)).unwrap();
    assert_eq!((part.info().width, part.info().height), (10, 20));
    let read = part.read_window(&[2], &Window::new(0, 0, 1, 1)).unwrap();
    assert_eq!(read.view().value(0, 0, 0).to_f64(), (5000 + 10 * 50 + 10 + 1) as f64);
    let away = ClipArea::Bounds(Bounds::new(0.0, 0.0, 1.0, 1.0));
    assert!(clip(source(), &ClipOptions::new(away)).is_err());
}

#[test]
fn inside_and_outside_are_the_whole() {
    let whole = source().info().window();
    let mask = |inverse: bool, touched: bool| {
        let mut options = ClipOptions::new(polygon(&TRIANGLE));
        (options.crop, options.inverse, options.all_touched) = (false, inverse, touched);
        let view = clip(source(), &options).unwrap();
        let pixels = view.read_window(&[1, 2], &whole).unwrap().into_typed::<u16>().unwrap();
        let mask = view.read_mask_window(&[1, 2], &whole).unwrap();
        assert!(pixels.iter().zip(&mask).all(|(p, m)| (*p == 0) == (*m == 0)));
        mask
    };
    let (inside, outside, touched) = (mask(false, false), mask(true, false), mask(false, true));
    assert!(inside.iter().zip(&outside).all(|(a, b)| a != b));
    assert!(inside.iter().zip(&touched).all(|(a, b)| a <= b) && inside != touched);
    // Twice the area of the triangle, two bands, pixels of 100 square metres.
    let count = inside.iter().filter(|m| **m != 0).count() as f64 / 2.0;
    assert!((count - 332.5).abs() < 15.0, "{count}");
    // The cropped view is the window of the same.
    let cropped = clip(source(), &ClipOptions::new(polygon(&TRIANGLE))).unwrap();
    let t = cropped.info().transform.unwrap();
    let (col, row) = (((t.c - 600_000.0) / 10.0) as usize, ((5_200_000.0 - t.f) / 10.0) as usize);
    let read = cropped.read_mask_window(&[1], &cropped.info().window()).unwrap();
    for ((_, r, c), m) in read.indexed_iter() {
        assert_eq!(*m, inside[[0, row + r, col + c]]);
    }
}

#[test]
fn a_polygon_in_another_system_lands_on_the_same_pixels() {
    let outline = footprint(source().info(), Some(&CrsRef::Epsg(4326))).unwrap();
    let mut options = ClipOptions::new(ClipArea::Polygons(outline.into()));
    options.crs = Some(CrsRef::Epsg(4326));
    let view = clip(source(), &options).unwrap();
    assert_eq!((view.info().width, view.info().height), (50, 40));
    let mask = view.read_mask_window(&[1], &view.info().window()).unwrap();
    assert!(mask.iter().all(|m| *m == 255));
    assert_eq!(footprint(source().info(), None).unwrap().exterior().0.len(), 5);
}

#[test]
fn geojson_without_polygons_is_refused() {
    for text in
        ["", "{", r#"{"type":"Point","coordinates":[1,2]}"#, r#"{"type":"Polygon","coordinates":[[]]}"#]
    {
        let area = polygons_from_geojson(text).map(ClipArea::Polygons);
        assert!(area.and_then(|a| clip(source(), &ClipOptions::new(a))).is_err(), "{text}");
    }
}

#[test]
fn geojson_is_taken_or_refused() {
    let polygon =
        r#"{"type":"Polygon","coordinates":[[[0,0],[4,0,9],[4,4],[0,0]],[[1,1],[2,1],[2,2],[1,1]]]}"#;
    let taken = polygons_from_geojson(polygon).unwrap();
    assert_eq!((taken.0.len(), taken.0[0].exterior().0.len(), taken.0[0].interiors().len()), (1, 4, 1));
    let features = format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":null,"geometry":{polygon}}},
        {{"type":"Feature","properties":null,"geometry":null}}]}}"#
    );
    assert_eq!(polygons_from_geojson(&features).unwrap(), taken);
    let collection = format!(r#"{{"type":"GeometryCollection","geometries":[{polygon},{polygon}]}}"#);
    assert_eq!(polygons_from_geojson(&collection).unwrap().0.len(), 2);
    // Found by fuzzing: positions without numbers.
    for bad in ["[]", "[1]"] {
        let text = polygon.replace("[4,4]", bad);
        assert_eq!(
            polygons_from_geojson(&text).unwrap_err().kind(),
            raster_core::ErrorKind::Misuse,
            "{text}"
        );
    }
    assert!(polygons_from_geojson(r#"{"type":"Point","coordinates":[1,2]}"#).is_err());
}
