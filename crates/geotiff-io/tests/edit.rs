//! Descriptions edited in place: every field, every layout, pixels untouched.

use geotiff_io::{
    BigTiff, Blocks, ByteOrder, Compression, CreateOptions, Dataset, Interleave, TransferOptions, edit,
    validate, write_raster,
};
use ndarray::Array3;
use raster_core::{Bounds, ColorTable, Edits, GeoTransform, MemoryRaster, RasterSource, Unset};
use std::path::{Path, PathBuf};

fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("mucho-edit-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn layouts() -> Vec<(&'static str, CreateOptions)> {
    let mut strips = CreateOptions::geotiff();
    strips.blocks = Blocks::Strips { rows: 7 };
    let mut big = CreateOptions::geotiff().with_compression(Compression::Zstd);
    big.big_tiff = BigTiff::Yes;
    big.byte_order = ByteOrder::Big;
    let mut motorola = CreateOptions::geotiff().with_interleave(Interleave::Band);
    motorola.byte_order = ByteOrder::Big;
    let cog = CreateOptions::cog().with_block_size(16);
    let mut big_cog = cog.clone().with_compression(Compression::Lzw);
    big_cog.big_tiff = BigTiff::Yes;
    vec![("strips", strips), ("big", big), ("motorola", motorola), ("cog", cog), ("big cog", big_cog)]
}

fn source() -> MemoryRaster {
    MemoryRaster::new(Array3::from_shape_fn((1, 50, 70), |(_, r, c)| (r * 3 + c * 5) as u8))
        .update_info(|info| {
            info.crs = Some(32632.into());
            info.transform = Some(GeoTransform::from_origin(500_000.0, 5_000_000.0, 10.0, 10.0));
            info.bands[0].description = Some("before".into());
            info.metadata.set("", None, "KEPT", "x");
            info.metadata.set("", Some(1), "STATISTICS_MEAN", "3");
            info.metadata.set("DOMAIN", Some(1), "k", "v");
        })
        .unwrap()
}

fn fields() -> Vec<(&'static str, Edits)> {
    let of = |change: &dyn Fn(&mut Edits)| {
        let mut edits = Edits::default();
        change(&mut edits);
        edits
    };
    vec![
        ("crs", of(&|e| e.crs = Some(3857.into()))),
        (
            "transform",
            of(&|e| e.transform = Some(GeoTransform { a: 1.0, b: 0.5, c: 3.0, d: 0.25, e: -2.0, f: 9.0 })),
        ),
        ("bounds", of(&|e| e.bounds = Some(Bounds::new(0.0, 0.0, 700.0, 500.0)))),
        ("nodata", of(&|e| e.nodata = Some(15.into()))),
        ("scale", of(&|e| e.scale = vec![(None, 0.1)])),
        ("offset", of(&|e| e.offset = vec![(Some(1), -5.0)])),
        ("unit", of(&|e| e.unit = vec![(Some(1), "m & <ft>".into())])),
        (
            "description",
            of(&|e| {
                e.description = vec![(Some(1), "a long description that needs a place of its own".into())]
            }),
        ),
        ("color table", of(&|e| e.color_table = Some(ColorTable { entries: vec![[1, 2, 3, 255]; 256] }))),
        (
            "metadata",
            of(&|e| e.metadata = vec![("A".into(), "b".into()), ("TIFFTAG_SOFTWARE".into(), "mucho".into())]),
        ),
        ("unset crs", of(&|e| e.unset = vec![Unset::Crs])),
        ("unset transform", of(&|e| e.unset = vec![Unset::Transform])),
        ("unset description", of(&|e| e.unset = vec![Unset::Description])),
        ("unset statistics", of(&|e| e.unset = vec![Unset::Statistics])),
        ("unset metadata", of(&|e| e.unset = vec![Unset::Metadata(Some("KEPT".into()))])),
        ("unset all metadata", of(&|e| e.unset = vec![Unset::Metadata(None)])),
    ]
}

/// The descriptions, but for what the reader derives.
fn told(dataset: &Dataset) -> raster_core::RasterInfo {
    let mut info = dataset.info().clone();
    info.metadata.retain(|i| i.domain != "IMAGE_STRUCTURE" && i.name != "AREA_OR_POINT");
    sorted(info)
}

/// Items come in the order of their tags.
fn sorted(mut info: raster_core::RasterInfo) -> raster_core::RasterInfo {
    let mut items = info.metadata.items().to_vec();
    items.sort_by_key(|i| (i.domain.clone(), i.band, i.name.clone()));
    info.metadata = raster_core::Metadata::new();
    info.metadata.extend(items);
    info
}

#[test]
fn every_field_in_every_layout() {
    let folder = scratch("fields");
    for (layout, create) in layouts() {
        for (field, edits) in fields() {
            let path = folder.join("a.tif");
            write_raster(&source(), &path, &TransferOptions::new(create.clone())).unwrap();
            let bytes = std::fs::read(&path).unwrap();
            let before = Dataset::open(&path).unwrap();
            let pixels = before.read_window(&[1], &before.info().window()).unwrap();
            let mut wanted = told(&before);
            edits.apply(&mut wanted).unwrap();
            let edited = edit(&path, &edits, 0).unwrap();
            assert!(edited.changed, "{layout}, {field}");
            let after = Dataset::open(&path).unwrap();
            assert_eq!(told(&after), sorted(wanted.clone()), "{layout}, {field}");
            assert_eq!(after.read_window(&[1], &wanted.window()).unwrap(), pixels, "{layout}, {field}");
            assert_eq!(after.info().overviews, before.info().overviews, "{layout}, {field}");
            // All bytes stay but the pointer, and the words of a COG that say that it is one.
            let now = std::fs::read(&path).unwrap();
            let differ: Vec<usize> = (0..bytes.len()).filter(|&i| bytes[i] != now[i]).collect();
            assert!(differ.iter().all(|&i| i < 300), "{layout}, {field}: {differ:?}");
            assert!(now.len() < bytes.len() + 4000, "{layout}, {field}");
            assert!(!after.is_cog());
            let cog = layout.contains("cog");
            assert_eq!(edited.notes.iter().any(|n| n.contains("COG")), cog, "{layout}, {field}");
            if cog {
                assert!(!validate(&path).unwrap().is_valid(false), "{layout}, {field}");
            }
            // The same once more changes nothing.
            assert!(!edit(&path, &edits, 0).unwrap().changed, "{layout}, {field}");
            assert_eq!(std::fs::read(&path).unwrap(), now);
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// One after the other, there and back.
#[test]
fn many_edits() {
    let folder = scratch("many");
    for (layout, create) in layouts() {
        let path = folder.join("a.tif");
        write_raster(&source(), &path, &TransferOptions::new(create)).unwrap();
        let pixels = Dataset::open(&path).unwrap().read_window(&[1], &source().info().window()).unwrap();
        let mut wanted = told(&Dataset::open(&path).unwrap());
        for _ in 0..2 {
            for (field, edits) in fields() {
                edits.apply(&mut wanted).unwrap();
                edit(&path, &edits, 0).unwrap();
                assert_eq!(told(&Dataset::open(&path).unwrap()), sorted(wanted.clone()), "{layout}, {field}");
            }
        }
        let after = Dataset::open(&path).unwrap();
        assert_eq!(after.read_window(&[1], &wanted.window()).unwrap(), pixels);
        assert!(after.warnings().is_empty(), "{:?}", after.warnings());
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Levels of a pyramid are told of nodata and palettes, too.
#[test]
fn overviews_are_told() {
    let folder = scratch("overviews");
    let path = folder.join("a.tif");
    write_raster(&source(), &path, &TransferOptions::new(CreateOptions::cog().with_block_size(16))).unwrap();
    let mut edits = Edits::default();
    edits.nodata = Some(15.into());
    let notes = edit(&path, &edits, 0).unwrap().notes;
    assert!(notes.iter().any(|n| n.contains("overviews were made")), "{notes:?}");
    let dataset = Dataset::open(&path).unwrap();
    let nodata = |d: usize| dataset.tags(d).unwrap().iter().any(|t| t.number == 42113);
    assert!((0..dataset.directory_count()).all(nodata));
    assert_eq!(dataset.overview(0).unwrap().info().nodata(), Some(15.into()));
    std::fs::remove_dir_all(&folder).unwrap();
}

fn three_pages(path: &Path) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/pages.tif");
    std::fs::copy(file, path).unwrap();
}

/// Another page is edited, the others stay as they are.
#[test]
fn a_page() {
    let folder = scratch("page");
    let path = folder.join("a.tif");
    three_pages(&path);
    let infos = |path: &Path| -> Vec<_> {
        let one = |d| geotiff_io::OpenOptions::new().directory(d).open(path).unwrap();
        (0..3).map(|d| (told(&one(d)), one(d).read_window(&[1], &one(d).info().window()).unwrap())).collect()
    };
    for page in 0..3 {
        let before = infos(&path);
        let mut edits = Edits::default();
        edits.unit = vec![(None, format!("unit {page}"))];
        assert!(edit(&path, &edits, page).unwrap().changed);
        let after = infos(&path);
        for other in 0..3 {
            assert_eq!(after[other].1, before[other].1);
            if other == page {
                assert_eq!(after[other].0.bands[0].unit.as_deref(), Some(&*format!("unit {page}")));
            } else {
                assert_eq!(after[other].0, before[other].0, "{page} {other}");
            }
        }
    }
    assert!(edit(&path, &Edits::default(), 3).is_err());
    std::fs::remove_dir_all(&folder).unwrap();
}

/// What a file beside says of the same things must not override what was edited.
#[test]
fn files_beside() {
    let folder = scratch("beside");
    let path = folder.join("a.tif");
    write_raster(&source(), &path, &TransferOptions::new(CreateOptions::geotiff())).unwrap();
    let aux = folder.join("a.tif.aux.xml");
    std::fs::write(
        &aux,
        "<PAMDataset><SRS>EPSG:4326</SRS><Metadata><MDI key=\"B\">aux</MDI></Metadata><PAMRasterBand band=\"1\">\
         <NoDataValue>9</NoDataValue><Scale>2</Scale><Offset>7</Offset></PAMRasterBand></PAMDataset>",
    )
    .unwrap();
    let mut edits = Edits::default();
    (edits.crs, edits.scale) = (Some(3857.into()), vec![(None, 3.0)]);
    let notes = edit(&path, &edits, 0).unwrap().notes;
    assert!(notes.iter().any(|n| n.contains("SRS") && n.contains("Scale")), "{notes:?}");
    let dataset = Dataset::open(&path).unwrap();
    let band = &dataset.info().bands[0];
    assert_eq!(dataset.info().crs, Some(3857.into()));
    // What was seen together stays together.
    assert_eq!((band.scale, band.offset, band.nodata), (3.0, 7.0, Some(9.into())));
    assert_eq!(dataset.info().metadata.get("", None, "B"), Some("aux"));
    // Nothing is left to say: the file goes.
    let mut edits = Edits::default();
    edits.unset = vec![Unset::Nodata, Unset::Metadata(Some("B".into()))];
    edit(&path, &edits, 0).unwrap();
    assert!(!aux.exists());
    assert_eq!(Dataset::open(&path).unwrap().info().nodata(), None);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_cannot_be_leaves_the_file_alone() {
    let folder = scratch("refused");
    let path = folder.join("a.tif");
    write_raster(&source(), &path, &TransferOptions::new(CreateOptions::geotiff())).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let refused = |path: &Path, change: &dyn Fn(&mut Edits)| {
        let mut edits = Edits::default();
        change(&mut edits);
        edit(path, &edits, 0).unwrap_err()
    };
    refused(&path, &|e| e.nodata = Some(300.into()));
    refused(&path, &|e| e.unit = vec![(Some(2), "m".into())]);
    refused(&path, &|e| e.metadata = vec![("TIFFTAG_NONSENSE".into(), "1".into())]);
    refused(&path, &|e| e.crs = Some(raster_core::CrsRef::definition("nonsense")));
    refused(&folder.join("none.tif"), &|e| e.crs = Some(3857.into()));
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions.clone()).unwrap();
    let error = refused(&path, &|e| e.crs = Some(3857.into()));
    assert!(format!("{error:#}").contains("read-only"), "{error:#}");
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    std::fs::remove_dir_all(&folder).unwrap();
}
