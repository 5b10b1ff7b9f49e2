//! What the golden tests share: where the data is, and a reader for its plain TIFFs (uncompressed,
//! little-endian, in strips, band after band), so that these tests depend on no file format code of ours.

#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use ndarray::Array3;
use raster_core::{AnyArray, CrsRef, GeoTransform, MemoryRaster, Nodata};
use std::{collections::HashMap, fs, path::PathBuf};

/// A folder of golden data, when it is there.
pub(crate) fn golden(folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/golden")).join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: no {}", path.display());
    None
}

pub(crate) fn json(path: PathBuf) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

struct Tiff {
    bytes: Vec<u8>,
    tags: HashMap<u16, (u16, usize, usize)>,
}

impl Tiff {
    fn new(path: PathBuf) -> Self {
        let bytes = fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert_eq!(&bytes[..4], b"II*\0");
        let mut tiff = Self { bytes, tags: HashMap::new() };
        let ifd = tiff.u32(4);
        for i in 0..tiff.u16(ifd) {
            let at = ifd + 2 + 12 * i;
            let (tag, kind, count) = (tiff.u16(at), tiff.u16(at + 2), tiff.u32(at + 4));
            let size = count * [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8][kind];
            let data = if size <= 4 { at + 8 } else { tiff.u32(at + 8) };
            tiff.tags.insert(tag as u16, (kind as u16, count, data));
        }
        tiff
    }
    fn u16(&self, at: usize) -> usize {
        u16::from_le_bytes([self.bytes[at], self.bytes[at + 1]]) as usize
    }
    fn u32(&self, at: usize) -> usize {
        u32::from_le_bytes(self.bytes[at..at + 4].try_into().unwrap()) as usize
    }
    fn f64(&self, at: usize) -> f64 {
        f64::from_le_bytes(self.bytes[at..at + 8].try_into().unwrap())
    }
    fn numbers(&self, tag: u16) -> Vec<usize> {
        let Some(&(kind, count, at)) = self.tags.get(&tag) else { return Vec::new() };
        (0..count).map(|i| if kind == 3 { self.u16(at + 2 * i) } else { self.u32(at + 4 * i) }).collect()
    }
    fn doubles(&self, tag: u16) -> Vec<f64> {
        let Some(&(_, count, at)) = self.tags.get(&tag) else { return Vec::new() };
        (0..count).map(|i| self.f64(at + 8 * i)).collect()
    }
    fn text(&self, tag: u16) -> Option<String> {
        let &(_, count, at) = self.tags.get(&tag)?;
        Some(String::from_utf8_lossy(&self.bytes[at..at + count]).trim_end_matches('\0').to_owned())
    }
}

/// A golden TIFF with transform, EPSG code and nodata.
pub(crate) fn raster(path: PathBuf) -> MemoryRaster {
    let tiff = Tiff::new(path);
    let one = |tag: u16, default: usize| tiff.numbers(tag).first().copied().unwrap_or(default);
    let (width, height, bands) = (one(256, 0), one(257, 0), one(277, 1));
    assert_eq!(one(259, 1), 1, "uncompressed");
    let data: Vec<u8> = tiff
        .numbers(273)
        .iter()
        .zip(tiff.numbers(279))
        .flat_map(|(&at, n)| tiff.bytes[at..at + n].to_vec())
        .collect();
    let shape = (bands, height, width);
    macro_rules! typed {
        ($t:ty) => {{
            let chunks = data.chunks_exact(size_of::<$t>());
            let values = chunks.map(|c| <$t>::from_le_bytes(c.try_into().unwrap())).collect();
            AnyArray::from(Array3::<$t>::from_shape_vec(shape, values).unwrap())
        }};
    }
    let pixels = match (one(339, 1), one(258, 8)) {
        (1, 8) => typed!(u8),
        (1, 16) => typed!(u16),
        (2, 16) => typed!(i16),
        (3, 32) => typed!(f32),
        (3, 64) => typed!(f64),
        other => panic!("samples {other:?}"),
    };
    // Several bands of a pixel side by side are not in this data.
    assert!(bands == 1 || one(284, 1) == 2, "band after band");
    let (scale, tie, matrix) = (tiff.doubles(33550), tiff.doubles(33922), tiff.doubles(34264));
    let transform = if let [a, b, _, c, d, e, _, f, ..] = matrix[..] {
        GeoTransform { a, b, c, d, e, f }
    } else {
        GeoTransform::from_origin(tie[3] - tie[0] * scale[0], tie[4] + tie[1] * scale[1], scale[0], scale[1])
    };
    let keys = tiff.numbers(34735);
    let code = keys
        .chunks_exact(4)
        .skip(1)
        .filter(|k| k[0] == 3072 || k[0] == 2048)
        .map(|k| k[3])
        .max_by_key(|c| *c);
    let raster = MemoryRaster::new(pixels)
        .update_info(|i| {
            i.transform = Some(transform);
            i.crs = code.map(|c| CrsRef::Epsg(c as u32));
        })
        .unwrap();
    match tiff.text(42113).and_then(|t| Nodata::parse(&t)) {
        Some(nodata) => raster.with_nodata(nodata),
        None => raster,
    }
}

/// Six numbers in the order a, b, c, d, e, f.
pub(crate) fn transform(value: &serde_json::Value) -> GeoTransform {
    let v: Vec<f64> = value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    GeoTransform { a: v[0], b: v[1], c: v[2], d: v[3], e: v[4], f: v[5] }
}

/// How many samples differ, and by how much at most.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Difference {
    pub(crate) count: usize,
    pub(crate) largest: f64,
}

pub(crate) fn difference(a: &AnyArray, band_a: usize, b: &AnyArray, band_b: usize) -> Difference {
    let ((_, h, w), (_, h2, w2)) = (a.shape(), b.shape());
    assert_eq!((h, w), (h2, w2));
    let (a, b) = (a.view(), b.view());
    let mut d = Difference::default();
    for r in 0..h {
        for c in 0..w {
            let (x, y) = (a.value(band_a, r, c).to_f64(), b.value(band_b, r, c).to_f64());
            let gap = if x.is_nan() && y.is_nan() { 0.0 } else { (x - y).abs() };
            if gap != 0.0 {
                d.count += 1;
                d.largest = if gap > d.largest || gap.is_nan() { gap } else { d.largest };
            }
        }
    }
    d
}
