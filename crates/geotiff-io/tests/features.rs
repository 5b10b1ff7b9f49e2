//! Masks, colours, points and statistics, against rasterio 1.4.4 (golden features; numbers copied here).

mod support;

use geotiff_io::Dataset;
use raster_core::{ColorInterp, MaskKind, RasterSource};
use support::fixture;

fn open(name: &str) -> Dataset {
    Dataset::open(fixture("valid").join(name)).unwrap()
}

fn valid(mask: impl IntoIterator<Item = u8>) -> usize {
    mask.into_iter().filter(|&m| m != 0).count()
}

#[test]
fn tags_of_a_dataset() {
    let dataset = open("tags.tif");
    let info = dataset.info();
    assert_eq!(info.transform.unwrap().to_gdal(), [600000.0, 30.0, 0.0, 5200000.0, 0.0, -30.0]);
    assert_eq!(info.crs.as_ref().unwrap().epsg(), Some(32632));
    assert_eq!(info.block, (16, 16));
    let bands = &info.bands;
    assert_eq!(bands[0].description.as_deref(), Some("first"));
    assert_eq!(bands[1].description.as_deref(), Some("LC_forest"));
    assert_eq!((bands[0].scale, bands[0].offset, bands[0].unit.as_deref()), (0.5, 10.0, Some("metre")));
    assert_eq!((bands[0].color, bands[1].color), (ColorInterp::Gray, ColorInterp::Undefined));
    let text = |domain, band, name| info.metadata.get(domain, band, name);
    assert_eq!(text("", None, "AUTHOR"), Some("me"));
    assert_eq!(text("", None, "AREA_OR_POINT"), Some("Area"));
    assert_eq!(text("", Some(1), "STAT"), Some("b1"));
    assert_eq!(text("GEORACOON", Some(2), "category"), Some("\"forest\""));
    assert_eq!(text("IMAGE_STRUCTURE", None, "INTERLEAVE"), Some("PIXEL"));
    assert!(dataset.geo_keys().unwrap().entries.iter().any(|(id, _)| *id == 3072));
    assert!(dataset.warnings().is_empty());
}

#[test]
fn values_at_points() {
    let dataset = open("tags.tif");
    let points = [
        (600015., 5199985.),
        (600200., 5199800.),
        (601440., 5199985.),
        (601439.97, 5198800.03),
        (599999., 5200000.),
    ];
    let samples = dataset.sample::<i16>(&[1, 2], &points).unwrap();
    let values: Vec<_> = samples.iter().map(|s| s.values.clone()).collect();
    assert_eq!(values, [[39, 54], [-32768, -32768], [-32768, -32768], [1, 156], [-32768, -32768]]);
    let valid: Vec<_> = samples.iter().map(|s| s.valid[0]).collect();
    assert_eq!(valid, [true, false, false, true, false]);
    let pixels: Vec<_> = points.iter().map(|&(x, y)| dataset.pixel_at(x, y).unwrap()).collect();
    assert_eq!(pixels, [(0, 0), (6, 6), (48, 0), (47, 39), (-1, 0)]);
    assert!(dataset.sample::<i16>(&[3], &points).is_err());
    assert_eq!(dataset.sample::<i16>(&[1], &[(f64::NAN, 0.0)]).unwrap()[0].valid, [false]);
}

#[test]
fn statistics_leave_nodata_out() {
    let close = |name: &str, band, expected: [f64; 4]| {
        let s = open(name).statistics(band, false).unwrap().unwrap();
        for (a, b) in [s.min, s.max, s.mean, s.std].into_iter().zip(expected) {
            assert!((a - b).abs() <= 1e-9 * b.abs(), "{name} {a} {b}");
        }
    };
    close("tags.tif", 1, [0.0, 199.0, 99.58913502109684, 58.35459649920599]);
    close("tags.tif", 2, [0.0, 199.0, 97.09757383966246, 57.14104130752857]);
    close(
        "features_nan_nodata.tif",
        1,
        [0.005140714813023806, 0.9996465444564819, 0.5137308181421654, 0.28103279074007353],
    );
    assert!(open("cint16_lzw_p2_be.tif").statistics(1, false).is_err());
    assert!(open("tags.tif").statistics(3, false).is_err());
}

#[test]
fn masks_of_each_kind() {
    let count = |name: &str| {
        let dataset = open(name);
        valid(dataset.dataset_mask(&dataset.info().window()).unwrap())
    };
    assert_eq!(count("tags.tif"), 1896);
    assert_eq!(count("features_internal_mask.tif"), 438);
    assert_eq!(count("features_nan_nodata.tif"), 167);
    let mask = open("features_nan_nodata.tif").read_any().mask().unwrap();
    assert_eq!(mask.outer_iter().map(|b| valid(b.iter().copied())).collect::<Vec<_>>(), [159, 152]);
    let rgba = open("features_rgba.tif");
    let mask = rgba.dataset_mask(&rgba.info().window()).unwrap();
    let values = |v| mask.iter().filter(|&&m| m == v).count();
    assert_eq!((values(0), values(128), values(255)), (42, 1, 437));
    let kinds: Vec<_> = rgba.info().bands.iter().map(|b| b.mask).collect();
    assert_eq!(kinds, [MaskKind::Alpha, MaskKind::Alpha, MaskKind::Alpha, MaskKind::AllValid]);
    assert_eq!(rgba.info().bands[3].color, ColorInterp::Alpha);
    let masked = open("features_internal_mask.tif").read::<u8>().masked().unwrap();
    assert_eq!(valid(masked.mask), 3 * 438);
}

#[test]
fn palettes_have_opaque_colours() {
    let table = open("features_palette.tif").info().bands[0].color_table.clone().unwrap();
    assert_eq!(table.entries.len(), 256);
    assert_eq!(table.entries[..3], [[0, 0, 0, 255], [255, 0, 0, 255], [0, 255, 0, 255]]);
}

#[test]
fn sources_of_points_and_pages() {
    let gcps = open("geo_gcps.tif");
    assert!(gcps.info().transform.is_none() && gcps.info().gcps.len() >= 3);
    assert!(gcps.info().gcp_crs.is_some() && gcps.info().crs.is_none());
    assert!(open("geo_rpc.tif").info().metadata.domain("RPC", None).count() >= 16);
    let path = fixture("valid/tf_multipage_u8.tif");
    let first = Dataset::open(&path).unwrap();
    let last = geotiff_io::OpenOptions::new().directory(first.directory_count() - 1).open(&path).unwrap();
    let window = first.info().window();
    assert_ne!(first.read_window(&[1], &window).unwrap(), last.read_window(&[1], &window).unwrap());
    assert!(geotiff_io::OpenOptions::new().directory(99).open(&path).is_err());
}
