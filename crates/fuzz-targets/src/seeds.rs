//! Where fuzzing starts: inputs made from the fixtures of the repository and from a few spellings.

use crate::{codec, crs::KEYS, file::WINDOW_HEADER};
use crs::{Crs, GeoKeyValue};
use geotiff_io::{Dataset, TagValue};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A name and its bytes.
pub type Seed = (String, Vec<u8>);

/// The repository's folder `fixtures`.
#[must_use]
pub fn fixtures() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures"))
}

/// Larger files are not worth mutating.
const LARGEST: usize = 64 << 10;

/// The seeds of a target.
///
/// # Errors
/// When the fixtures cannot be read.
pub fn of(target: &str) -> io::Result<Vec<Seed>> {
    let with_prefix = |prefix: &[u8; WINDOW_HEADER], seeds: Vec<Seed>| -> Vec<Seed> {
        seeds.into_iter().map(|(name, bytes)| (name, [&prefix[..], &bytes].concat())).collect()
    };
    Ok(match target {
        "open" => files()?,
        "window" => {
            let mut seeds = with_prefix(&[0, 3, 0, 2, 0, 17, 13, 0, 0, 0, 0, 0], files()?);
            seeds.extend(with_prefix(&[0b1111, 0xfe, 0xff, 1, 0, 40, 30, 9, 7, 5, 1, 1], files()?));
            seeds
        }
        "codec" => {
            files()?.into_iter().filter_map(|(name, bytes)| Some((name, first_block(bytes)?))).collect()
        }
        "round_trip" => (0..64).map(|i| (format!("dice_{i}"), dice(i, 300))).collect(),
        "geokeys" => {
            systems().into_iter().filter_map(|(name, crs)| Some((name, encode_keys(&crs)?))).collect()
        }
        "crs_text" => spellings(),
        "expression" => {
            EXPRESSIONS.iter().enumerate().map(|(i, t)| (i.to_string(), t.as_bytes().to_vec())).collect()
        }
        _ => {
            let texts = TEXTS.iter().enumerate();
            texts.map(|(i, (which, t))| (i.to_string(), [&[*which], t.as_bytes()].concat())).collect()
        }
    })
}

/// The valid and the malformed files.
fn files() -> io::Result<Vec<Seed>> {
    let mut seeds = Vec::new();
    collect(&fixtures().join("valid"), &mut seeds)?;
    collect(&fixtures().join("malformed"), &mut seeds)?;
    seeds.sort();
    Ok(seeds)
}

fn collect(folder: &Path, seeds: &mut Vec<Seed>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, seeds)?;
        } else if path.extension().is_some_and(|e| e == "tif") {
            let bytes = fs::read(&path)?;
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if bytes.len() <= LARGEST {
                seeds.push((name, bytes));
            }
        }
    }
    Ok(())
}

/// The first block of a file behind the header that makes [`codec()`](crate::codec()) build the same tags.
fn first_block(bytes: Vec<u8>) -> Option<Vec<u8>> {
    let dataset = Dataset::from_bytes(bytes.clone()).ok()?;
    let tags = dataset.tags(0).ok()?;
    let tag = |number: u16| tags.iter().find(|t| t.number == number).map(|t| &t.value);
    let numbers = |number: u16| tag(number).map(unsigned).unwrap_or_default();
    let one = |number: u16, default: u64| numbers(number).first().copied().unwrap_or(default);
    let tiled = tag(322).is_some();
    let index = |at: Option<usize>| at.map(|i| i as u8);
    let wanted = (one(258, 1) as u16, one(339, 1) as u16);
    let (width, height) =
        if tiled { (one(322, 16), one(323, 16)) } else { (one(256, 1), one(278, 1).min(one(257, 1))) };
    let tables = match tag(347) {
        Some(TagValue::Bytes(bytes)) => bytes.to_vec(),
        _ => Vec::new(),
    };
    let tables_len = tables.len().div_ceil(4);
    let subsampling = numbers(530).iter().rev().fold(0, |n, f| n << 2 | f.trailing_zeros() as u8);
    let lerc = numbers(50674);
    let big_endian = dataset.storage().byte_order == geotiff_io::ByteOrder::Big;
    let flags = u8::from(big_endian)
        | u8::from(tiled) << 1
        | u8::from(one(284, 1) == 2) << 2
        | u8::from(one(266, 1) == 2) << 3;
    let mut seed = vec![
        index(codec::COMPRESSIONS.iter().position(|c| u64::from(*c) == one(259, 1)))?,
        index(codec::SAMPLES.iter().position(|s| *s == wanted))?,
        one(277, 1) as u8 - 1,
        one(317, 0) as u8,
        index(codec::PHOTOMETRICS.iter().position(|p| u64::from(*p) == one(262, 1)))?,
        subsampling,
        flags,
        width.min(255) as u8,
        height.min(255) as u8,
        tables_len.min(255) as u8,
        (one(292, 0) | one(293, 0)) as u8,
        (lerc.first().copied().unwrap_or(4) << 4) as u8 | lerc.get(1).copied().unwrap_or(0) as u8,
    ];
    assert_eq!(seed.len(), codec::HEADER);
    seed.extend(&tables);
    seed.resize(codec::HEADER + tables_len * 4, 0);
    let (offsets, counts) = if tiled { (numbers(324), numbers(325)) } else { (numbers(273), numbers(279)) };
    let at = offsets.iter().position(|o| *o > 0)?;
    let start = offsets[at] as usize;
    seed.extend(bytes.get(start..start + *counts.get(at)? as usize)?);
    Some(seed)
}

fn unsigned(value: &TagValue) -> Vec<u64> {
    match value {
        TagValue::Unsigned(v) => v.clone(),
        TagValue::Bytes(v) => v.iter().map(|b| u64::from(*b)).collect(),
        _ => Vec::new(),
    }
}

/// Bytes that are everything and nothing.
fn dice(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// Systems of many kinds.
fn systems() -> Vec<(String, Crs)> {
    const CODES: [u32; 16] =
        [4326, 4979, 4978, 32633, 3857, 2154, 3035, 27700, 2056, 5514, 2046, 3031, 7405, 5773, 27572, 4807];
    const STRINGS: [&str; 6] = [
        "+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210000 +ellps=GRS80 +units=m",
        "+proj=lcc +lat_1=33 +lat_2=45 +lat_0=23 +lon_0=-96 +datum=NAD83 +units=us-ft",
        "+proj=omerc +lat_0=4 +lonc=115 +alpha=53.3 +k=0.99984 +x_0=0 +y_0=0 +gamma=53.1 +ellps=evrstSS",
        "+proj=aea +lat_1=29.5 +lat_2=45.5 +lat_0=23 +lon_0=-96 +a=6378206.4 +b=6356583.8",
        "+proj=tmerc +lat_0=0 +lon_0=9 +k=0.9996 +x_0=500000 +towgs84=598.1,73.7,418.2,0.202,0.045,-2.455,6.7 +ellps=bessel",
        "+proj=longlat +a=1737400 +b=1737400 +no_defs",
    ];
    let codes = CODES.iter().filter_map(|c| Some((format!("epsg_{c}"), Crs::from_epsg(*c).ok()?)));
    let strings = STRINGS.iter().enumerate();
    codes.chain(strings.filter_map(|(i, s)| Some((format!("proj_{i}"), Crs::parse(s).ok()?)))).collect()
}

fn spellings() -> Vec<Seed> {
    let mut seeds: Vec<Seed> = ["EPSG:32633", "urn:ogc:def:crs:EPSG::4326", "OGC:CRS84", "ESRI:54009"]
        .iter()
        .map(|t| (t.replace(':', "_"), t.as_bytes().to_vec()))
        .collect();
    for (name, crs) in systems() {
        let mut add = |kind: &str, text: String| seeds.push((format!("{name}_{kind}"), text.into_bytes()));
        add("wkt2", crs.to_wkt2());
        add("projjson", crs.to_projjson());
        let _ = crs.to_wkt1().map(|t| add("wkt1", t));
        let _ = crs.to_esri_wkt().map(|t| add("esri", t));
        let _ = crs.to_proj_string().map(|(t, _)| add("proj", t));
    }
    seeds
}

/// Keys as the choices of [`geokeys`](crate::geokeys).
fn encode_keys(crs: &Crs) -> Option<Vec<u8>> {
    let mut seed = Vec::new();
    for (key, value) in crs.to_geokeys().ok()?.entries {
        // One byte decides between a known key and any; the next one which.
        seed.push(0);
        seed.push(KEYS.iter().position(|k| *k == key)? as u8);
        match value {
            GeoKeyValue::Short(v) => {
                seed.push(3);
                seed.extend(v.to_le_bytes());
            }
            GeoKeyValue::Double(v) => {
                seed.extend([0, v.len().min(7) as u8]);
                v.iter().take(7).for_each(|v| seed.extend(v.to_le_bytes()));
            }
            GeoKeyValue::Ascii(t) => {
                let text = &t.as_bytes()[..t.len().min(23)];
                seed.extend([1, text.len() as u8]);
                seed.extend(text);
            }
        }
    }
    Some(seed)
}

const EXPRESSIONS: [&str; 14] = [
    "(B - A) / (B + A)",
    "where(A > 10, A, nan)",
    "A[2] ** 2 ^ -1 % 3",
    "not A >= 2 and (B != 0 or C == .5e-3)",
    "!(A == 3) && ~B || C | D & E",
    "min(A, B, sum(1, 2), mean(max(A), 2))",
    "clamp(atan2(A, B), -pi, pi) + clip(hypot(A, 4), 0, inf)",
    "round(degrees(asin(sin(radians(A)))))",
    "isnan(log10(A)) + sqrt(-1) * e",
    "arctan2(A, minimum(B, maximum(1, power(2, 3))))",
    "-+-+--A",
    "1e999 - 1e999",
    "é + ä_1[12]",
    "1 < 2 < 3",
];

const TEXTS: [(u8, &str); 28] = [
    (
        0,
        r#"{"type":"Polygon","coordinates":[[[0,0],[10,0],[10,10],[0,10],[0,0]],[[2,2],[4,2],[4,4],[2,2]]]}"#,
    ),
    (
        0,
        r#"{"type":"Feature","properties":{"a":1},"geometry":{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]]}}"#,
    ),
    (
        0,
        r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":null,"geometry":{"type":"Point","coordinates":[1,2]}}]}"#,
    ),
    (0, r#"{"type":"GeometryCollection","geometries":[]}"#),
    (
        1,
        "NUM_OREC\u{b}\0\0\0\0\0\0\0NUM_SREC\u{b}\0\0\0\0\0\0\0NUM_FILE\u{1}\0\0\0\0\0\0\0GS_TYPE SECONDS VERSION NTv2.0  ",
    ),
    (
        2,
        "<GDALMetadata><Item name=\"A\">1 &amp; 2 &lt; 3</Item><Item name=\"SCALE\" sample=\"0\" role=\"scale\">0.5</Item></GDALMetadata>",
    ),
    (2, "<GDALMetadata><Item name=\"x\" domain=\"xml:FOO\" format=\"xml\"><a><b/></a></Item></GDALMetadata>"),
    (
        2,
        "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><GDALMetadata><Item name=\"b\">&b;</Item></GDALMetadata>",
    ),
    (2, "-3.4028234663852886e38"),
    (2, "nan"),
    (3, "-9999"),
    (3, "1.#QNAN"),
    (3, "340282366920938463463374607431768211456"),
    (3, "1e-320"),
    (3, "uint8"),
    (3, "complex_int16"),
    (3, "float16"),
    (3, "cubic_spline"),
    (3, "lanczos"),
    (3, "lerc_zstd"),
    (3, "512MB"),
    (3, "1.5 GiB"),
    (3, "[1,2,3.5]"),
    (3, "\"forest\""),
    (3, "{\"a\":[null,true,1e400]}"),
    (3, "viridis"),
    (3, "mean"),
    (3, "alpha"),
];
