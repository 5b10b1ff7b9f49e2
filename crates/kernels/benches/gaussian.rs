//! Blur speed in Mpix/s by sigma, type and SIMD level: `cargo bench -p kernels --bench gaussian [size]`.

mod timing;

use kernels::{GaussianOptions, Kernel, KernelInput, Scratch, SimdLevel};
use ndarray::Array3;
use raster_core::{AnyArray, DataType};

fn main() {
    let size: usize = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(4096);
    let source =
        Array3::from_shape_fn((1, size, size), |(_, r, c)| ((r * 7919 + c * 104_729) % 1021) as f32 / 1021.0);
    let source = AnyArray::from(source);
    let mut out = AnyArray::zeros(DataType::F32, (1, size, size));
    for level in SimdLevel::available() {
        let mut scratch = Scratch::with_level(level);
        for sigma in [1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 64.0] {
            let gaussian = GaussianOptions::new(sigma).build().expect("valid");
            let seconds = timing::median(5, || {
                gaussian.run(&KernelInput::new(source.view()), out.view_mut(), &mut scratch).expect("runs");
            });
            println!(
                "{:8} sigma {sigma:4}: {:7.1} Mpix/s",
                level.name(),
                (size * size) as f64 / seconds / 1e6
            );
        }
    }
}
