//! Kinds of TIFF that are rare or not quite right: what is said about them, and what lossy ones look like. Their pixels are in
//! `fixtures/expected/read.txt` (tests/corpus.rs).

mod support;

use geotiff_io::{
    Compression, CreateOptions, Dataset, ErrorKind, OpenOptions, TransferOptions, write_raster_into,
};
use raster_core::{ColorInterp, GeoTransform, MemoryRaster, RasterSource};
use support::fixture;

const SHORT: u16 = 3;
const LONG: u16 = 4;

/// A tag of the files that are made here: number, type, values.
type Entry = (u16, u16, Vec<u32>);

/// A little-endian classic TIFF of pages; each is 8 × 4 bytes unless its entries say otherwise.
fn tiff(pages: &[Vec<Entry>], circle: bool) -> Vec<u8> {
    let mut file = b"II*\0\0\0\0\0".to_vec();
    file.extend((0..32u8).cycle().take(512));
    let mut pointer = 4;
    for own in pages {
        let mut entries: Vec<Entry> = vec![
            (256, SHORT, vec![8]),
            (257, SHORT, vec![4]),
            (258, SHORT, vec![8]),
            (259, SHORT, vec![1]),
            (262, SHORT, vec![1]),
            (273, LONG, vec![8]),
            (277, SHORT, vec![1]),
            (278, SHORT, vec![4]),
            (279, LONG, vec![32]),
        ];
        entries.retain(|e| !own.iter().any(|o| o.0 == e.0));
        entries.extend(own.iter().filter(|e| !e.2.is_empty()).cloned());
        entries.sort_by_key(|e| e.0);
        let mut places = Vec::new();
        for (_, kind, values) in &entries {
            let bytes: Vec<u8> = match *kind {
                SHORT => values.iter().flat_map(|v| (*v as u16).to_le_bytes()).collect(),
                2 => values.iter().map(|v| *v as u8).collect(),
                _ => values.iter().flat_map(|v| v.to_le_bytes()).collect(),
            };
            places.push(if bytes.len() > 4 {
                let at = file.len() as u32;
                file.extend(bytes);
                at.to_le_bytes().to_vec()
            } else {
                [&bytes[..], &[0; 4][bytes.len()..]].concat()
            });
        }
        let start = file.len() as u32;
        file[pointer..pointer + 4].copy_from_slice(&start.to_le_bytes());
        file.extend((entries.len() as u16).to_le_bytes());
        for ((tag, kind, values), place) in entries.iter().zip(places) {
            file.extend(tag.to_le_bytes());
            file.extend(kind.to_le_bytes());
            file.extend((values.len() as u32).to_le_bytes());
            file.extend(place);
        }
        pointer = file.len();
        file.extend(if circle { start } else { 0 }.to_le_bytes());
    }
    file
}

fn open(entries: &[Entry]) -> Dataset {
    Dataset::from_bytes(tiff(&[entries.to_vec()], false)).unwrap()
}

fn text(tag: u16, text: &str) -> Entry {
    (tag, 2, text.bytes().map(u32::from).chain([0]).collect())
}

#[test]
fn colours_are_those_of_gdal() {
    use ColorInterp::{Alpha, Black, Blue, Cyan, Gray, Green, Magenta, Palette, Red, Undefined, Yellow};
    let map = |entries: usize| (320, SHORT, vec![257; 3 * entries]);
    let samples = |n: u32| vec![(277, SHORT, vec![n]), (258, SHORT, vec![8; n as usize])];
    let photometric = |p: u32| (262, SHORT, vec![p]);
    for (name, entries, expected) in [
        ("grey", vec![photometric(1)], vec![Gray]),
        ("grey with a map", vec![photometric(1), map(256)], vec![Palette]),
        ("palette", vec![photometric(3), map(256)], vec![Palette]),
        ("palette without a map", vec![photometric(3)], vec![Gray]),
        ("palette with a short map", vec![photometric(3), map(100)], vec![Gray]),
        ("RGB of one band", vec![photometric(2)], vec![Red]),
        ("colour filter array", vec![photometric(32803)], vec![Undefined]),
        ("linear raw", vec![photometric(34892)], vec![Undefined]),
        ("mask", vec![photometric(4)], vec![Undefined]),
        ("L*a*b* of one band", vec![photometric(9)], vec![Undefined]),
        (
            "palette without a map, three bands",
            [samples(3), vec![photometric(3)]].concat(),
            vec![Red, Green, Blue],
        ),
        (
            "inks",
            [samples(4), vec![photometric(5), (332, SHORT, vec![2])]].concat(),
            vec![Cyan, Magenta, Yellow, Black],
        ),
        ("CMYK", [samples(4), vec![photometric(5)]].concat(), vec![Red, Green, Blue, Alpha]),
        ("three grey bands", [samples(3), vec![photometric(1)]].concat(), vec![Gray, Undefined, Undefined]),
    ] {
        let found: Vec<ColorInterp> = open(&entries).info().bands.iter().map(|b| b.color).collect();
        assert_eq!(found, expected, "{name}");
    }
    for (name, shown) in
        [("SAR_Ka", "sar_ka"), ("SAR_X", "sar_x"), ("NIR", "nir"), ("RedEdge", "rededge"), ("Pan", "pan")]
    {
        let xml = format!(
            "<GDALMetadata><Item name='COLORINTERP' sample='0' role='colorinterp'>{name}</Item></GDALMetadata>"
        );
        assert_eq!(open(&[text(42112, &xml)]).info().bands[0].color.name().to_lowercase(), shown);
    }
}

#[test]
fn nodata_that_states_no_value_is_a_warning() {
    let dataset = open(&[text(42113, "255 255 255")]);
    assert_eq!((dataset.info().nodata(), dataset.warnings().len()), (Some(255.into()), 0));
    for stated in ["none", "0.5", "-1"] {
        let dataset = open(&[text(42113, stated)]);
        assert_eq!((dataset.info().nodata(), dataset.warnings().len()), (None, 1), "{stated}");
        assert_eq!(dataset.warnings()[0].location().tag, Some(42113));
        assert_eq!(dataset.nodata_text().unwrap().as_deref(), Some(stated));
    }
}

/// GeoTIFF 1.0's "WGS 84 ellipsoid" as a vertical system, in SRTM and many more: three dimensions, and no unit of a band.
#[test]
fn heights_above_the_ellipsoid() {
    let with = |keys: &[u32]| {
        let count = keys.len() as u32 / 4;
        open(&[(34735, SHORT, [&[1, 1, 0, count][..], keys].concat())])
    };
    let geographic = [1024, 0, 1, 2, 2048, 0, 1, 4326];
    for (more, epsg, unit) in [
        (vec![4096, 0, 1, 5030], 4979, None),
        (vec![4096, 0, 1, 5030, 4099, 0, 1, 9001], 4979, None),
        (vec![4096, 0, 1, 32767, 4098, 0, 1, 6030], 4979, None),
        (vec![4096, 0, 1, 5019], 4326, Some("metre")),
        (vec![4096, 0, 1, 5773], 9707, Some("metre")),
        (vec![], 4326, None),
    ] {
        let dataset = with(&[&geographic[..], &more].concat());
        let info = dataset.info();
        let found = (info.crs.as_ref().and_then(|c| c.epsg()), info.bands[0].unit.as_deref());
        assert_eq!(found, (Some(epsg), unit), "{more:?}");
    }
    let projected = with(&[1024, 0, 1, 1, 3072, 0, 1, 32632, 4096, 0, 1, 5030]);
    assert_eq!(projected.info().bands[0].unit, None);
}

/// What has no coordinate system does not get one by being written.
#[test]
fn no_system_stays_none() {
    let raster = MemoryRaster::new(ndarray::Array3::from_elem((1, 40, 50), 7u8));
    let mut info = raster.info().clone();
    info.transform = Some(GeoTransform { a: 10.0, b: 0.0, c: 500.0, d: 0.0, e: -10.0, f: 900.0 });
    let raster = raster.with_info(info).unwrap();
    let mut file = Vec::new();
    write_raster_into(&raster, &mut file, &TransferOptions::new(CreateOptions::geotiff())).unwrap();
    let dataset = Dataset::from_bytes(file).unwrap();
    assert_eq!(dataset.info().transform, raster.info().transform);
    assert!(dataset.geo_keys().is_none() && dataset.info().crs.is_none());
}

#[test]
fn pages_and_circles() {
    let pages = vec![vec![], vec![(254, LONG, vec![1]), (256, SHORT, vec![4])], vec![(256, SHORT, vec![5])]];
    let dataset = Dataset::from_bytes(tiff(&pages, false)).unwrap();
    assert_eq!((dataset.directory_count(), dataset.page_numbers(), dataset.directory()), (3, &[0, 2][..], 0));
    assert_eq!(dataset.info().overviews.len(), 1);
    let third = OpenOptions::new().directory(2).from_bytes(tiff(&pages, false)).unwrap();
    assert_eq!((third.info().width, third.directory(), third.tags(1).unwrap().len()), (5, 2, 10));
    let looped = Dataset::from_bytes(tiff(&pages, true)).unwrap();
    assert_eq!((looped.directory_count(), looped.warnings().len()), (3, 1));
    let many = vec![vec![]; 20_000];
    let dataset = Dataset::from_bytes(tiff(&many, false)).unwrap();
    assert_eq!((dataset.pages().len(), dataset.warnings().len()), (20_000, 0));
}

/// What cannot be read is called by its name.
#[test]
fn compressions_are_named() {
    for (number, name) in [
        (34712, "JPEG 2000"),
        (33003, "JPEG 2000"),
        (33005, "JPEG 2000"),
        (50002, "JPEG XL"),
        (52546, "JPEG XL"),
        (34713, "Nikon"),
        (32947, "DCS"),
        (34927, "WebP"),
        (34892, "DNG"),
        (999, "compression 999"),
    ] {
        let error = open(&[(259, SHORT, vec![number])]).read_any().array().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        let text = error.to_string();
        assert!(text.contains(name) && text.contains(&number.to_string()), "{text}");
    }
}

/// Lossy kinds, as they were made: within a few values.
#[test]
fn lossy_kinds_show_what_they_show() {
    let read = |name: &str| {
        let dataset = Dataset::open(fixture("valid").join(name)).unwrap();
        (dataset.read::<f64>().array().unwrap(), dataset.storage().compression)
    };
    let grey = |row: usize, col: usize| (40 + 3 * col + 2 * row).min(255) as f64;
    for (name, bands) in [
        ("read_jpeg_no_end.tif", 1),
        ("read_jpeg_ycbcr_as_rgb.tif", 3),
        ("read_ojpeg_tables.tif", 1),
        ("read_ojpeg_stream.tif", 3),
    ] {
        let (pixels, compression) = read(name);
        assert_eq!(pixels.dim(), (bands, 24, 32), "{name}");
        assert!(matches!(compression, Compression::Jpeg | Compression::OldJpeg));
        let wrong = |band: usize, row: usize, col: usize| {
            let (r, c) = match band {
                0 => (row, col),
                1 => (23 - row, col),
                _ => (row, 31 - col),
            };
            (pixels[[band, row, col]] - grey(r, c)).abs()
        };
        let all = (0..bands).flat_map(|b| (0..24).flat_map(move |r| (0..32).map(move |c| (b, r, c))));
        let sum: f64 = all.map(|(b, r, c)| wrong(b, r, c)).sum();
        let mean = sum / (bands * 24 * 32) as f64;
        assert!(mean < 4.0, "{name}: {mean}");
    }
    let (log, _) = read("read_sgilog_f32.tif");
    assert!(log.iter().all(|v| *v > 0.0 && v.is_finite()));
}
