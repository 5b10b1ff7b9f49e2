//! Rasters for tests, made from formulae.

use ndarray::Array3;
use raster_core::{AnyArray, DataType};

/// A number from 0 to 1 that looks random.
fn noise(seed: u64) -> f64 {
    let mut x = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xc2b2_ae3d_27d4_eb4f;
    for _ in 0..2 {
        x = (x ^ (x >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    (x >> 11) as f64 / (1u64 << 53) as f64
}

/// Smooth hills with noise, -1 to 2.
pub(crate) fn hills(bands: usize, rows: usize, cols: usize) -> Array3<f64> {
    Array3::from_shape_fn((bands, rows, cols), |(b, r, c)| {
        let (x, y) = (c as f64 / 9.0 + b as f64, r as f64 / 7.0);
        x.sin() * y.cos() + noise((b * rows * cols + r * cols + c) as u64)
    })
}

/// Hills with holes: about one pixel in twelve, and a rectangle.
pub(crate) fn holed(bands: usize, rows: usize, cols: usize) -> Array3<f64> {
    let mut a = hills(bands, rows, cols);
    for ((b, r, c), v) in a.indexed_iter_mut() {
        let hole = noise((7 + b * 31 + r * 1009 + c) as u64) < 0.08 || (r < rows / 4 && c > cols / 2);
        if hole {
            *v = f64::NAN;
        }
    }
    a
}

/// Patches of `classes` classes, 0 upwards, with single pixels strewn in.
pub(crate) fn patches(classes: usize, rows: usize, cols: usize) -> Array3<f64> {
    Array3::from_shape_fn((1, rows, cols), |(_, r, c)| {
        let seed = if noise((r * cols + c) as u64) < 0.05 { r * 4099 + c } else { r / 9 * 57 + c / 11 + 17 };
        (noise(seed as u64 + 5) * classes as f64).floor()
    })
}

/// As another type, rounded.
pub(crate) fn typed(array: &Array3<f64>, data_type: DataType) -> AnyArray {
    AnyArray::from(array.clone()).convert_to(data_type)
}
