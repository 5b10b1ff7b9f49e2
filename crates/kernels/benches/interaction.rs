//! Interaction of three bands beside copying them.
//!
//! `cargo bench -p kernels --bench interaction [size] [levels]`; a line is `level | case | seconds | Mpix/s`.
#![allow(clippy::print_stdout, reason = "prints its measurements")]

mod timing;

use kernels::{Interaction, Kernel, KernelInput, Scratch, apply, reference};
use ndarray::{Array3, Axis};
use raster_core::{AnyArray, DataType};

fn bands(size: usize) -> Array3<u8> {
    Array3::from_shape_fn((3, size, size), |(b, r, c)| ((r * 7919 + c * 104_729 + b * 31) % 251) as u8)
}

/// The answer on a small raster, against the twin.
fn check() {
    let small = bands(64);
    let shares: Vec<_> = small.axis_iter(Axis(0)).map(|b| b.mapv(|v| f64::from(v) / 255.0)).collect();
    let expected = reference::interaction(&shares, false, true);
    let found = apply(&Interaction::new(DataType::F64), AnyArray::from(small).view(), &mut Scratch::new());
    let found = found.expect("interaction").convert::<f64>();
    assert!(found.iter().zip(&expected).all(|(f, e)| (f - e).abs() < 1e-12), "off the twin");
}

fn main() {
    check();
    let size = timing::size();
    let source = bands(size);
    for (name, input, given) in [
        ("u8", AnyArray::from(source.clone()), DataType::U8),
        ("f32", AnyArray::from(source.mapv(|v| f32::from(v) / 255.0)), DataType::F32),
    ] {
        let mut copy = input.clone();
        let copying = timing::median(5, || copy.view_mut().assign(&input.view()).expect("the same shape"));
        timing::print_as("any", &format!("copy 3 bands {name}"), size, copying);
        let mut out = AnyArray::zeros(given, (1, size, size));
        for level in timing::levels() {
            let mut scratch = Scratch::with_level(level);
            let kernel = Interaction::new(given);
            let seconds = timing::median(5, || {
                kernel
                    .run(&KernelInput::new(input.view()), out.view_mut(), &mut scratch)
                    .expect("interaction");
            });
            timing::print(&level, &format!("interaction 3 bands {name}"), size, seconds);
            println!("  {:.2} times the copy", seconds / copying);
        }
    }
}
