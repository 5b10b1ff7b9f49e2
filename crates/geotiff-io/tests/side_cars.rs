//! Files beside rasters, against the stored answers of GDAL 3.10.3 (`tests/interop/side_cars.py make fixtures/side_cars`).

use geotiff_io::{CreateOptions, Dataset, OpenOptions, TransferOptions, write_raster, write_raster_into};
use raster_core::{MaskKind, RasterSource, Window};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/side_cars")
}

fn answers() -> serde_json::Map<String, Value> {
    let text = std::fs::read_to_string(folder().join("expected.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap().as_object().unwrap().clone()
}

/// Where ours is something else, and why.
const DIFFERENT: [(&str, &[&str], &str); 18] = [
    ("aux_declaration", &["epsg"], "well-formed XML is read behind a declaration, too"),
    ("aux_comment", &["epsg"], "and behind a comment"),
    ("aux_junk_srs", &["epsg"], "what is not understood leaves what the file says, with a warning"),
    ("aux_transform_nan", &["transform"], "the same"),
    ("aux_nodata_word", &["nodata", "valid"], "a word is no number: a warning; GDAL takes 0"),
    ("aux_points_and_transform", &["epsg"], "the transform keeps its system"),
    ("aux_transform_and_points", &["gcps"], "a transform says more than points"),
    ("aux_colors_band2", &["color"], "TIFF has one colour table, for band 1"),
    ("msk_smaller", &["valid"], "GDAL fails when it is read, ours warns"),
    ("msk_junk", &[], ""),
    ("ovr_type", &["overviews"], "an overview of another type is none"),
    ("ovr_bands", &["overviews"], "an overview of other bands is none"),
    ("world_and_aux_points", &["gcps"], "a transform says more than points"),
    ("ovr_larger", &["overviews"], "larger is no overview"),
    ("ovr_same", &["overviews"], "of the same size is no overview"),
    ("ovr_unsorted", &["overviews"], "largest first"),
    ("gdx_points_without_dpi", &["epsg"], "the system stays where points cannot be placed"),
    ("tab", &["epsg", "transform"], "MapInfo's tables are not understood; a warning says so"),
];

fn described(dataset: &Dataset) -> Value {
    let info = dataset.info();
    let band = |f: &dyn Fn(&raster_core::BandInfo) -> Value| info.bands.iter().map(f).collect::<Vec<_>>();
    let tags = |b: Option<usize>| {
        let items = info.metadata.domain("", b).filter(|(name, _)| *name != "AREA_OR_POINT");
        Value::Object(items.map(|(name, text)| (name.to_owned(), json!(text))).collect())
    };
    let masks = dataset.read_mask_window(&info.all_bands(), &info.window()).unwrap();
    let digest = |plane: ndarray::ArrayView2<'_, u8>| {
        let bytes: Vec<u8> = plane.iter().map(|&m| u8::from(m != 0)).collect();
        Sha256::digest(bytes).iter().take(8).map(|b| format!("{b:02x}")).collect::<String>()
    };
    let float = |v: f64| {
        if v.is_nan() { "nan".to_owned() } else { format!("{v:?}") }
    };
    json!({
        "epsg": info.crs.as_ref().or(info.gcp_crs.as_ref()).and_then(|c| c.epsg()),
        "transform": info.transform.map_or([0.0, 1.0, 0.0, 0.0, 0.0, 1.0], |t| t.to_gdal()),
        "gcps": info.gcps.iter().map(|g| json!([g.col, g.row, g.x, g.y, g.z])).collect::<Vec<_>>(),
        "nodata": band(&|b| json!(b.nodata.map(|n| float(n.to_f64())))),
        "scale": band(&|b| json!(b.scale)),
        "offset": band(&|b| json!(b.offset)),
        "unit": band(&|b| json!(b.unit)),
        "description": band(&|b| json!(b.description)),
        "color": band(&|b| json!(b.color.name())),
        "tags": tags(None),
        "tags1": tags(Some(1)),
        "colors": info.bands[0].color_table.as_ref().map(|t| t.entries.iter().take(4).collect::<Vec<_>>()),
        "valid": masks.outer_iter().map(digest).collect::<Vec<_>>(),
        "overviews": info.overviews.iter().map(|s| [s.width, s.height]).collect::<Vec<_>>(),
    })
}

#[test]
fn as_gdal() {
    let mut wrong = Vec::new();
    for (name, theirs) in answers() {
        let dataset = Dataset::open(folder().join(format!("{name}.tif"))).unwrap();
        let ours = described(&dataset);
        let known = DIFFERENT.iter().find(|d| d.0 == name).map_or(&[][..], |d| d.1);
        for (key, value) in ours.as_object().unwrap() {
            let numbers = |v: &Value| v.to_string().replace(".0", "");
            let same = numbers(value) == numbers(&theirs[key]);
            if same == known.contains(&key.as_str()) {
                wrong.push(format!("{name}: {key} {value}, GDAL {}", theirs[key]));
            }
        }
        if !known.is_empty()
            && ![
                "aux_declaration",
                "aux_comment",
                "ovr_unsorted",
                "aux_points_and_transform",
                "aux_transform_and_points",
                "world_and_aux_points",
            ]
            .contains(&name.as_str())
        {
            assert!(!dataset.side_car_warnings().is_empty(), "{name}: nothing is said");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn without_them() {
    for (name, _) in answers() {
        let path = folder().join(format!("{name}.tif"));
        let alone = OpenOptions::new().ignore_side_cars(true).open(&path).unwrap();
        let bytes = Dataset::from_bytes(std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(alone.info(), bytes.info(), "{name}: nothing is looked for beside bytes");
        assert!(alone.side_cars().is_empty() && bytes.side_cars().is_empty());
    }
}

/// What they say goes into the tags of a copy, where there are some, and into a file beside it where there are none.
#[test]
fn copies_carry_it_on() {
    let scratch = std::env::temp_dir().join(format!("mucho-side-cars-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).unwrap();
    let mut copied = 0;
    for (name, _) in answers() {
        let source = Dataset::open(folder().join(format!("{name}.tif"))).unwrap();
        let to = scratch.join(format!("{name}.tif"));
        let create = CreateOptions::cog().carrying_from(&source).unwrap();
        let result = write_raster(&source, &to, &TransferOptions::new(create));
        let apart = ["aux_nodata_one", "aux_nodata_second", "msk_one_of_three", "msk_per_band"]
            .contains(&name.as_str());
        if apart {
            // One nodata value and one mask for all bands: said, not lost.
            assert!(result.is_err(), "{name}");
            continue;
        }
        result.unwrap();
        let copy = Dataset::open(&to).unwrap();
        let (mut from, mut of) = (described(&source), described(&copy));
        for (key, value) in of.as_object_mut().unwrap() {
            let own = match key.as_str() {
                "overviews" => json!([]),
                // A transform and points: a file has one place.
                "gcps" if source.info().transform.is_some() => json!([]),
                // Palettes have as many colours as values.
                // Kept as tags, not as what files beside say.
                "tags" if name == "gdx_points" => json!({}),
                "colors" if from["colors"].is_array() => from["colors"].clone(),
                _ => continue,
            };
            *value = own.clone();
            from[key.as_str()] = own;
        }
        assert_eq!(of, from, "{name}");
        let bands = |d: &Dataset| -> Vec<_> {
            d.info().bands.iter().map(|b| (b.categories.clone(), b.attribute_table.clone())).collect()
        };
        assert_eq!(bands(&copy), bands(&source), "{name}");
        let beside = copy.side_cars().iter().any(|s| s.path.to_string_lossy().ends_with(".aux.xml"));
        assert_eq!(beside, name == "aux_colors", "{name}");
        copied += 1;
    }
    assert!(copied > 80);
    std::fs::remove_dir_all(&scratch).unwrap();
}

#[test]
fn what_came_from_where() {
    let of = |name: &str| {
        let dataset = Dataset::open(folder().join(format!("{name}.tif"))).unwrap();
        let told = dataset.side_cars().iter().map(|s| {
            let file = s.path.file_name().unwrap().to_string_lossy().into_owned();
            format!("{file}: {}{}", s.gives.join(", "), if s.problem.is_some() { " !" } else { "" })
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(
        of("aux_srs_and_world"),
        ["aux_srs_and_world.tif.aux.xml: CRS", "aux_srs_and_world.tfw: transform"]
    );
    assert_eq!(of("world_after_own"), [""; 0]);
    assert_eq!(of("prj"), ["prj.tfw: transform", "prj.prj:  !"]);
    assert_eq!(of("msk_junk"), ["msk_junk.tif.msk:  !"]);
    assert_eq!(
        of("ovr_and_masks"),
        [
            "ovr_and_masks.tif.ovr: overviews",
            "ovr_and_masks.tif.msk: mask",
            "ovr_and_masks.tif.msk.ovr: overviews of the mask"
        ]
    );
}

/// Pixels of overviews and their masks come from the files beside.
#[test]
fn overviews_and_masks_are_read_from_their_files() {
    let dataset = Dataset::open(folder().join("ovr_and_masks.tif")).unwrap();
    let overview = dataset.overview(0).unwrap();
    let window = Window::whole(10, 5);
    let read = overview.read_masked(&[1], &window).unwrap();
    assert_eq!(read.data.view().value(0, 4, 9), raster_core::Value::Int(1));
    assert_eq!(overview.info().bands[0].mask, MaskKind::PerDataset);
    let mask: Vec<u8> = read.mask.iter().copied().collect();
    assert!(mask[..20].iter().all(|&m| m == 0) && mask[20..].iter().all(|&m| m == 255), "{mask:?}");
    // An overview that has no mask of its own must not make missing pixels valid: the mask of the full resolution counts.
    let dataset = Dataset::open(folder().join("own_ovr_and_masks.tif")).unwrap();
    assert_eq!(dataset.overview(0).unwrap().read_mask_window(&[1], &window).unwrap()[[0, 0, 0]], 0);
}

/// Files that mean harm, or that are none.
#[test]
fn hostile_files() {
    let scratch = std::env::temp_dir().join(format!("mucho-side-cars-hostile-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).unwrap();
    let path = scratch.join("a.tif");
    std::fs::copy(folder().join("msk.tif"), &path).unwrap();
    let own = Dataset::open(&path).unwrap().info().clone();
    let deep = format!("<PAMDataset>{}", "<a>".repeat(1 << 20));
    let many = format!("<PAMDataset>{}</PAMDataset>", "<PAMRasterBand band='1'/>".repeat(600_000));
    let huge = "x".repeat(17 << 20);
    let numbers = "<PAMDataset><PAMRasterBand band='99999999999999999999'><Scale>1</Scale></PAMRasterBand><PAMRasterBand band='-1'/><GeoTransform>1e999,1,1,1,1,1</GeoTransform></PAMDataset>";
    for (ending, text) in [
        (".tif.aux.xml", deep.as_str()),
        (".tif.aux.xml", &many),
        (".tif.aux.xml", &huge),
        (".tif.aux.xml", "\0\u{1}\u{fffd}"),
        (".tif.aux.xml", ""),
        (".tif.aux.xml", numbers),
        (".tfw", &huge),
        (".tfw", ""),
        (".tif.msk", ""),
        (".tif.msk", "II*\0\u{8}\0\0\0\0\0\0\0\0\0"),
        (".tif.ovr", "II*\0\u{8}\0\0\0\0\0\0\0\0\0"),
        (".tif.ovr", "MM"),
    ] {
        let beside = scratch.join(format!("a{ending}"));
        std::fs::write(&beside, text).unwrap();
        let dataset = Dataset::open(&path).unwrap();
        assert_eq!(*dataset.info(), own, "{ending}");
        assert!(!dataset.side_car_warnings().is_empty(), "{ending}: {:?}", &text[..text.len().min(40)]);
        std::fs::remove_file(beside).unwrap();
    }
    // A folder is no side car.
    std::fs::create_dir(scratch.join("a.tif.aux.xml")).unwrap();
    std::fs::create_dir(scratch.join("a.tif.msk")).unwrap();
    assert!(Dataset::open(&path).unwrap().side_cars().is_empty());
    std::fs::remove_dir_all(&scratch).unwrap();
}

/// A stream has no file beside it; a copy without class names has none either, and says nothing.
#[test]
fn copies_into_streams() {
    let source = Dataset::open(folder().join("aux_colors.tif")).unwrap();
    let mut out = Vec::new();
    write_raster_into(&source, &mut out, &TransferOptions::new(CreateOptions::cog())).unwrap();
    let copy = Dataset::from_bytes(out).unwrap();
    assert!(copy.info().bands[0].categories.is_empty());
    assert!(copy.info().bands[0].color_table.is_some());
}

/// Overviews that are added to a file go into it, whatever lies beside.
#[test]
fn overviews_are_added_beside_others() {
    let scratch = std::env::temp_dir().join(format!("mucho-side-cars-added-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).unwrap();
    let path = scratch.join("a.tif");
    for name in ["ovr", "ovr_and_masks", "aux_band"] {
        std::fs::copy(folder().join(format!("{name}.tif")), &path).unwrap();
        for ending in [".ovr", ".msk", ".msk.ovr", ".aux.xml"] {
            let (from, to) =
                (folder().join(format!("{name}.tif{ending}")), scratch.join(format!("a.tif{ending}")));
            let _ = std::fs::remove_file(&to);
            if from.exists() {
                std::fs::copy(from, to).unwrap();
            }
        }
        let before = Dataset::open(&path).unwrap();
        let whole = before.read_masked(&[1], &before.info().window()).unwrap();
        drop(before);
        geotiff_io::add_overviews(&path, &geotiff_io::Overviews::Factors(vec![2]), None, None).unwrap();
        let after = Dataset::open(&path).unwrap();
        assert_eq!(after.read_masked(&[1], &after.info().window()).unwrap(), whole, "{name}");
        assert_eq!(after.info().overviews, [raster_core::Size::new(10, 5)], "{name}");
        assert!(!after.side_cars().iter().any(|s| s.path.to_string_lossy().ends_with("tif.ovr")), "{name}");
    }
    std::fs::remove_dir_all(&scratch).unwrap();
}

/// The mask that follows an image is its own; overviews further behind are those of the first one.
#[test]
fn masks_and_overviews_of_other_images() {
    let path = folder().join("../pages_masked.tif");
    let open = |directory| OpenOptions::new().directory(directory).open(&path).unwrap();
    let (first, second) = (open(0), open(2));
    let numbers: Vec<_> = first.pages().iter().map(|p| (p.directory, p.name.clone())).collect();
    assert_eq!(numbers, [(0, None), (2, Some("second".to_owned()))]);
    let valid = |d: &Dataset, col: i64, row: i64| {
        d.read_mask_window(&[1], &Window::new(col, row, 1, 1)).unwrap()[[0, 0, 0]] != 0
    };
    assert!(valid(&first, 0, 9) && !valid(&first, 19, 0));
    assert!(!valid(&second, 0, 9) && valid(&second, 19, 0));
    assert_eq!((first.info().overviews.len(), second.info().overviews.len()), (1, 0));
    // The overview has no mask: what is missing in the full resolution is missing there.
    let overview = first.overview(0).unwrap();
    let mask = overview.read_mask_window(&[1], &Window::whole(10, 5)).unwrap();
    assert!(mask.indexed_iter().all(|((_, _, col), &m)| (m != 0) == (col < 5)), "{mask:?}");
}
