//! Entropy straight from a raster of categories, and diversity over bands: Mpix/s by sigma, SIMD level and threads.
//!
//! `cargo bench -p kernels --bench diversity [size] [levels] [sigma=1,10] [one-thread]`; a line is `level | case | seconds | Mpix/s`.
#![allow(clippy::print_stdout, reason = "prints its measurements")]

mod timing;

use kernels::{
    BandDiversity, Border, CategoryDiversity, Counted, DiversityOptions, GaussianOptions, Kernel,
    KernelInput, Measure, Scratch, apply, reference,
};
use ndarray::{Array3, Axis};
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

fn entropy(sigma: f64) -> CategoryDiversity {
    let options = DiversityOptions::new(Measure::Shannon, DataType::F32).normed(false);
    CategoryDiversity::new(options, GaussianOptions::new(sigma), &Counted::Values).expect("valid options")
}

/// The answer on a small raster, against the twin.
fn check(sigma: f64) {
    let small = land_cover(96);
    let plane = small.index_axis(Axis(0), 0).mapv(f64::from);
    let expected =
        reference::category_diversity(&plane, None, (sigma, sigma), 4.0, Border::Nearest, Measure::Shannon);
    let found = apply(&entropy(sigma), AnyArray::from(small).view(), &mut Scratch::new())
        .expect("entropy")
        .convert::<f64>();
    let worst = found.iter().zip(&expected).map(|(f, e)| (f - e).abs()).fold(0.0, f64::max);
    assert!(worst < 3e-5, "sigma {sigma}: {worst} off the twin");
}

fn main() {
    let size = timing::size();
    let source = AnyArray::from(land_cover(size));
    let mut out = AnyArray::zeros(DataType::F32, (1, size, size));
    for level in timing::levels() {
        for sigma in timing::sigmas(&[1.0, 3.0, 10.0, 30.0]) {
            check(sigma);
            let kernel = entropy(sigma);
            let mut scratch = Scratch::with_level(level);
            let seconds = timing::median(3, || {
                kernel.run(&KernelInput::new(source.view()), out.view_mut(), &mut scratch).expect("entropy");
            });
            timing::print(&level, &format!("entropy 10 categories sigma {sigma}"), size, seconds);
            if timing::two_threads() {
                let seconds = timing::on_two_threads(&kernel, &source, &mut out, level);
                timing::print(
                    &level,
                    &format!("entropy 10 categories sigma {sigma}, 2 threads"),
                    size,
                    seconds,
                );
            }
        }
    }
    let size = size.min(2048);
    let bands =
        Array3::from_shape_fn((10, size, size), |(b, r, c)| ((r * 7919 + c * 104_729) % (b + 7)) as u8);
    let bands = AnyArray::from(bands);
    let kernel =
        BandDiversity::new(DiversityOptions::new(Measure::Shannon, DataType::U8)).expect("valid options");
    let mut out = AnyArray::zeros(DataType::U8, (1, size, size));
    let seconds = timing::median(1, || {
        kernel.run(&KernelInput::new(bands.view()), out.view_mut(), &mut Scratch::new()).expect("entropy");
    });
    timing::print_as("any", "entropy over 10 bands u8", size, seconds);
}
