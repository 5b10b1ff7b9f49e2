//! Blur: Mpix/s by sigma, type, SIMD level and threads.
//!
//! `cargo bench -p kernels --bench gaussian [size] [levels] [sigma=1,10] [one-thread]`; a line is `level | case | seconds | Mpix/s`.
#![allow(clippy::print_stdout, reason = "prints its measurements")]

mod timing;

use kernels::{Border, GaussianOptions, Kernel, KernelInput, Scratch, apply, reference};
use ndarray::{Array3, Axis};
use raster_core::{AnyArray, DataType};

fn pattern(size: usize) -> Array3<f32> {
    Array3::from_shape_fn((1, size, size), |(_, r, c)| ((r * 7919 + c * 104_729) % 1021) as f32 / 1021.0)
}

/// The answer on a small raster, against the twin.
fn check(options: &GaussianOptions) {
    let small = pattern(96);
    let plane = small.index_axis(Axis(0), 0).mapv(f64::from);
    let sigma = options.sigma_rows_px;
    let expected = reference::gaussian(&plane, (sigma, sigma), options.truncate, Border::Nearest);
    let kernel = options.clone().build().expect("valid options");
    let found =
        apply(&kernel, AnyArray::from(small).view(), &mut Scratch::new()).expect("a blur").convert::<f64>();
    let worst = found.iter().zip(&expected).map(|(f, e)| (f - e).abs()).fold(0.0, f64::max);
    assert!(worst < 2e-6, "sigma {sigma}: {worst} off the twin");
}

fn main() {
    let size = timing::size();
    let source = pattern(size);
    let inputs = [
        AnyArray::from(source.clone()),
        AnyArray::from(source.mapv(f64::from)),
        AnyArray::from(source.mapv(|v| (v * 255.0) as u8)),
    ];
    for level in timing::levels() {
        for input in &inputs {
            let single = input.data_type() == DataType::F32;
            let sigmas: &[f64] = if single { &[1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 64.0] } else { &[1.0, 10.0] };
            let given = if single { DataType::F32 } else { DataType::F64 };
            let mut out = AnyArray::zeros(given, (1, size, size));
            for sigma in timing::sigmas(sigmas) {
                let options = GaussianOptions::new(sigma);
                check(&options);
                let kernel = options.build().expect("valid options");
                let mut scratch = Scratch::with_level(level);
                let seconds = timing::median(5, || {
                    kernel
                        .run(&KernelInput::new(input.view()), out.view_mut(), &mut scratch)
                        .expect("a blur");
                });
                timing::print(
                    &level,
                    &format!("gaussian {} sigma {sigma}", input.data_type()),
                    size,
                    seconds,
                );
                if single && timing::two_threads() {
                    let seconds = timing::on_two_threads(&kernel, input, &mut out, level);
                    timing::print(&level, &format!("gaussian f32 sigma {sigma}, 2 threads"), size, seconds);
                }
            }
        }
    }
}
