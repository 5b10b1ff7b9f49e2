//! The commands that put rasters on other grids: warp, merge, coregister, clip, and `cog` with a grid.

mod support;

use geotiff_io::Dataset;
use raster_core::{CrsRef, MaskKind, RasterSource, Window};
use support::{Folder, fixture, mucho, ok, text};

fn open(path: &str) -> Dataset {
    Dataset::open(path).unwrap()
}

/// All samples, as numbers.
fn samples(path: &str) -> Vec<f64> {
    let dataset = open(path);
    let info = dataset.info();
    let window = Window::new(0, 0, info.width, info.height);
    let pixels = dataset.read_window(&info.all_bands(), &window).unwrap();
    let (bands, rows, columns) = pixels.shape();
    let view = pixels.view();
    (0..bands * rows * columns)
        .map(|i| view.value(i / (rows * columns), i / columns % rows, i % columns).to_f64())
        .collect()
}

#[test]
fn halves_that_are_clipped_merge_to_the_whole() {
    let folder = Folder::new("halves");
    let whole = fixture("landcover.tif");
    let (west, east) = (folder.word("west.tif"), folder.word("east.tif"));
    ok(&["clip", &whole, &west, "--bounds", "500000,5163000,505000,5170000"]);
    ok(&["clip", &whole, &east, "--bounds", "504000,5163000,509000,5170000"]);
    for order in [[&west, &east], [&east, &west]] {
        let merged = folder.word("merged.tif");
        ok(&["merge", order[0], order[1], &merged]);
        assert_eq!(open(&merged).info().grid(), open(&whole).info().grid());
        assert_eq!(samples(&merged), samples(&whole));
        // The same by the warper, which knows nothing of whole pixels.
        ok(&["warp", order[0], order[1], &merged]);
        assert_eq!(open(&merged).info().grid(), open(&whole).info().grid());
        assert_eq!(samples(&merged), samples(&whole));
    }
}

#[test]
fn one_grid_by_any_command() {
    let folder = Folder::new("one-grid");
    let (a, b, c) = (folder.word("a.tif"), folder.word("b.tif"), folder.word("c.tif"));
    let (aerial, elevation) = (fixture("aerial.tif"), fixture("elevation.tif"));
    let how = ["--crs", "EPSG:3035", "--res", "30", "--align", "-r", "cubic"];
    ok(&[&["warp", &aerial, &a], &how[..]].concat());
    ok(&[&["cog", &aerial, &b, "--validity", "source"], &how[..]].concat());
    assert!(std::fs::read(&a).unwrap() == std::fs::read(&b).unwrap(), "warp and cog write the same file");
    let grid = open(&a).info().grid();
    assert_eq!(grid.crs, Some(CrsRef::Epsg(3035)));
    assert_eq!((grid.transform.a, grid.transform.c % 30.0), (30.0, 0.0));

    ok(&["warp", &elevation, &b, "--like", &a, "-r", "bilinear"]);
    ok(&["coregister", "--like", &a, &elevation, &c, "-r", "bilinear"]);
    assert_eq!(open(&b).info().grid(), grid);
    assert_eq!(samples(&b), samples(&c));
    ok(&["validate", &c]);
}

#[test]
fn web_tiles() {
    let folder = Folder::new("web");
    let (elevation, out) = (fixture("elevation.tif"), folder.word("web.tif"));
    ok(&["cog", &elevation, &out, "--web-tiles", "--aligned-levels", "3"]);
    let dataset = open(&out);
    let info = dataset.info();
    // As GDAL 3.6.2 with -co TILING_SCHEME=GoogleMapsCompatible -co ALIGNED_LEVELS=3.
    assert_eq!((info.width, info.height, info.block), (1024, 1024, (256, 256).into()));
    assert_eq!(info.crs, Some(CrsRef::Epsg(3857)));
    assert_eq!(info.overviews, [(512, 512), (256, 256)]);
    // Other than GDAL a mask, no alpha band: no reader takes a second band of i16 for the validity of the first.
    assert_eq!(info.bands.iter().map(|b| b.mask).collect::<Vec<_>>(), [MaskKind::PerDataset]);
    let stated = |name| info.metadata.get("TILING_SCHEME", None, name);
    assert_eq!(
        [stated("NAME"), stated("ZOOM_LEVEL"), stated("ALIGNED_LEVELS")],
        [Some("GoogleMapsCompatible"), Some("12"), Some("3")]
    );
    ok(&["validate", &out]);

    let coarser = folder.word("coarser.tif");
    ok(&["warp", &elevation, &coarser, "--web-tiles", "--zoom", "10", "--block-size", "512"]);
    let ratio = open(&coarser).info().grid().transform.a / info.grid().transform.a;
    assert!((ratio - 2.0).abs() < 1e-12, "tiles of 512 pixels have two levels of 256 in one: {ratio}");
}

#[test]
fn inside_and_outside_of_a_polygon() {
    let folder = Folder::new("polygon");
    let (polygon, inside, outside) =
        (folder.word("area.geojson"), folder.word("inside.tif"), folder.word("outside.tif"));
    std::fs::write(
        &polygon,
        r#"{"type": "Polygon", "coordinates": [[[9.02, 46.64], [9.1, 46.65], [9.06, 46.68], [9.02, 46.64]]]}"#,
    )
    .unwrap();
    let whole = fixture("landcover.tif");
    let all = ["--polygon", &polygon, "--no-crop", "--nodata", "0"];
    ok(&[&["clip", &whole, &inside], &all[..]].concat());
    ok(&[&["clip", &whole, &outside, "--inverse"], &all[..]].concat());
    let (inside, outside, whole) = (samples(&inside), samples(&outside), samples(&whole));
    let kept = inside.iter().filter(|v| **v != 0.0).count();
    assert!(kept > 1000, "{kept}");
    assert!(
        inside.iter().zip(&outside).zip(&whole).all(|((i, o), w)| i + o == *w && (*i == 0.0 || *o == 0.0))
    );
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = Folder::new("grid-errors");
    let (landcover, out) = (fixture("landcover.tif"), folder.word("out.tif"));
    for (words, code, part) in [
        (vec!["warp", &landcover, &out, "--crs", "EPSG:999999"], 2, "999999"),
        (vec!["warp", &landcover, &out, "--res", "0"], 2, "resolution"),
        (vec!["warp", &landcover, &out, "--size", "0x10"], 2, "0"),
        (vec!["warp", &landcover, &out, "--crs", "EPSG:4326", "--res", "1e-9"], 5, "pixels"),
        (vec!["warp", &landcover, &out, "--web-tiles", "--zoom", "31"], 2, "30"),
        (vec!["warp", &landcover, &out, "--resampling", "magic"], 2, "magic"),
        (vec!["warp", &landcover, &out, "--aligned-levels", "3"], 2, "--web-tiles"),
        (vec!["cog", &landcover, &out, "-r", "mode"], 2, "--crs"),
        (vec!["coregister", "--like", "missing.tif", &landcover, &out], 6, "missing.tif"),
        (vec!["clip", &landcover, &out, "--bounds", "0,0,10,10"], 2, "touch"),
        (vec!["clip", &landcover, &out], 2, "--bounds"),
        (vec!["merge", &landcover, &out, "--method", "best"], 2, "best"),
    ] {
        let output = mucho(&words);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {message}");
        assert!(message.contains(part), "{words:?}: {message}");
        assert!(!std::path::Path::new(&out).exists());
    }
}
