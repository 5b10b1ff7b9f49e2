//! Speed of entropy straight from a raster of categories, by sigma and SIMD level, and of diversity over bands:
//! `cargo bench -p kernels --bench diversity [size]`.

mod timing;

use kernels::{
    CategoryDiversity, Counted, DiversityOptions, GaussianOptions, Kernel, KernelInput, Measure, Scratch,
    SimdLevel,
};
use ndarray::Array3;
use raster_core::{AnyArray, DataType};

/// Patches of 10 categories with 5 % noise.
fn land_cover(size: usize) -> Array3<u8> {
    let hash = |r: usize, c: usize| {
        let mut x =
            (r as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (c as u64).wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
        x = (x ^ (x >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x ^ (x >> 29)
    };
    Array3::from_shape_fn((1, size, size), |(_, r, c)| {
        let pixel = hash(r, c);
        if pixel % 20 == 0 { (pixel / 20 % 10) as u8 } else { (hash(r / 24 + 1_000_000, c / 24) % 10) as u8 }
    })
}

fn main() {
    let size: usize = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(4096);
    let source = AnyArray::from(land_cover(size));
    let mut out = AnyArray::zeros(DataType::F32, (1, size, size));
    for level in SimdLevel::available() {
        let mut scratch = Scratch::with_level(level);
        for sigma in [1.0, 3.0, 10.0, 30.0] {
            let options = DiversityOptions::new(Measure::Shannon, DataType::F32).normed(false);
            let kernel = CategoryDiversity::new(options, GaussianOptions::new(sigma), &Counted::Values)
                .expect("valid");
            let seconds = timing::median(3, || {
                kernel.run(&KernelInput::new(source.view()), out.view_mut(), &mut scratch).expect("runs");
            });
            println!(
                "{:8} sigma {sigma:4}: {:7.1} Mpix/s  {seconds:.3} s",
                level.name(),
                (size * size) as f64 / seconds / 1e6
            );
        }
    }
}
