//! Reads the golden references: JSON manifests and uncompressed, striped, little-endian TIFFs.

use ndarray::Array3;
use raster_core::{AnyArray, Sample};
use serde_json::Value;
use std::path::PathBuf;

/// The folder of a section, if the references are there.
pub(crate) fn section(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/golden")).join(name);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: no golden references at {}", path.display());
    None
}

pub(crate) fn manifest(name: &str) -> Option<(PathBuf, Value)> {
    let folder = section(name)?;
    let text = std::fs::read_to_string(folder.join("manifest.json")).expect("a manifest");
    Some((folder, serde_json::from_str(&text).expect("JSON")))
}

/// A number, or the strings "nan", "inf", "-inf".
pub(crate) fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some("nan") => f64::NAN,
        Some("inf") => f64::INFINITY,
        Some("-inf") => f64::NEG_INFINITY,
        _ => value.as_f64().unwrap_or_else(|| panic!("{value} is a number")),
    }
}

/// Two numbers; `None` for null.
pub(crate) fn range(value: &Value) -> Option<(f64, f64)> {
    value.as_array().map(|v| (number(&v[0]), number(&v[1])))
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(number).collect()
}

pub(crate) fn read_tiff(path: &std::path::Path) -> AnyArray {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert_eq!(&bytes[..4], b"II*\0", "{}", path.display());
    let u16_at = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let u32_at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let directory = u32_at(4);
    let tag = |wanted: usize| -> Vec<usize> {
        for i in 0..u16_at(directory) {
            let entry = directory + 2 + 12 * i;
            if u16_at(entry) == wanted {
                let (size, count) = (if u16_at(entry + 2) == 3 { 2 } else { 4 }, u32_at(entry + 4));
                let start = if size * count <= 4 { entry + 8 } else { u32_at(entry + 8) };
                return (0..count)
                    .map(|k| if size == 2 { u16_at(start + 2 * k) } else { u32_at(start + 4 * k) })
                    .collect();
            }
        }
        Vec::new()
    };
    let (width, height) = (tag(256)[0], tag(257)[0]);
    let bands = tag(277).first().copied().unwrap_or(1);
    assert!(tag(259)[0] == 1 && (bands == 1 || tag(284)[0] == 2), "{}", path.display());
    let strips_per_band = height.div_ceil(tag(278)[0]);
    let strip_len = |i: usize| {
        let rows = tag(278)[0].min(height - i % strips_per_band * tag(278)[0]);
        rows * width * tag(258)[0] / 8
    };
    // The last strip of a band may be stored at full length.
    let strip = |(i, o): (usize, usize)| bytes[o..o + strip_len(i)].to_vec();
    let data: Vec<u8> = tag(273).into_iter().enumerate().flat_map(strip).collect();
    fn typed<T: Sample>(data: &[u8], shape: (usize, usize, usize)) -> AnyArray {
        let mut samples = vec![T::default(); shape.0 * shape.1 * shape.2];
        T::copy_from_le(&mut samples, data);
        T::erase(Array3::from_shape_vec(shape, samples).unwrap())
    }
    let shape = (bands, height, width);
    match (tag(339).first().copied().unwrap_or(1), tag(258)[0]) {
        (1, 8) => typed::<u8>(&data, shape),
        (1, 16) => typed::<u16>(&data, shape),
        (2, 8) => typed::<i8>(&data, shape),
        (2, 16) => typed::<i16>(&data, shape),
        (2, 32) => typed::<i32>(&data, shape),
        (3, 32) => typed::<f32>(&data, shape),
        (3, 64) => typed::<f64>(&data, shape),
        other => panic!("{}: {other:?}", path.display()),
    }
}

/// One band (from 1) as numbers.
pub(crate) fn band(array: &AnyArray, band: usize) -> Vec<f64> {
    let (_, rows, cols) = array.shape();
    let view = array.view();
    (0..rows * cols).map(|i| view.value(band - 1, i / cols, i % cols).to_f64()).collect()
}
