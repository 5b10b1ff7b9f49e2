//! Arrays as slices, where the code that made an array knows that it is in standard layout.
//!
//! Arrays of a caller may have any layout: what works on slices then either asks (`to_slice`) and has another way, or copies.
//! Arrays made by `zeros`, `from_elem`, `from_shape_fn`, their bands and their rows are in standard layout, which is said here
//! once. When it is not true after all, that is a fault in the program, and no pixels is the wrong answer to it.

use ndarray::{ArrayView, ArrayViewMut, Dimension};

/// The samples of an array in standard layout (C order, without gaps).
///
/// ```
/// let array = ndarray::Array3::from_shape_fn((2, 2, 3), |(b, r, c)| 100 * b + 10 * r + c);
/// let band = array.index_axis(ndarray::Axis(0), 1);
/// assert_eq!(raster_core::layout::samples(band), [100, 101, 102, 110, 111, 112]);
/// ```
///
/// # Panics
/// When the array is in another layout.
#[must_use]
pub fn samples<T, D: Dimension>(array: ArrayView<'_, T, D>) -> &[T] {
    match array.to_slice() {
        Some(samples) => samples,
        None => not_standard(array.shape(), array.strides()),
    }
}

/// The samples of an array in standard layout, to be changed.
///
/// # Panics
/// When the array is in another layout.
#[must_use]
pub fn samples_mut<T, D: Dimension>(array: ArrayViewMut<'_, T, D>) -> &mut [T] {
    if !array.is_standard_layout() {
        not_standard(array.shape(), array.strides());
    }
    array.into_slice().unwrap_or_default()
}

#[cold]
fn not_standard(shape: &[usize], strides: &[isize]) -> ! {
    panic!("an array of shape {shape:?} with strides {strides:?} is not in standard layout")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn rows_and_empty_arrays() {
        let mut array = Array2::from_shape_fn((3, 4), |(r, c)| 10 * r + c);
        samples_mut(array.row_mut(1)).fill(7);
        assert_eq!(samples(array.row(1)), [7; 4]);
        assert_eq!(samples(array.view())[..5], [0, 1, 2, 3, 7]);
        assert!(samples(Array2::<u8>::zeros((0, 5)).view()).is_empty());
        assert!(samples_mut(Array2::<u8>::zeros((5, 0)).view_mut()).is_empty());
    }

    #[test]
    #[should_panic = "is not in standard layout"]
    fn another_layout_is_no_empty_array() {
        let array = Array2::<u8>::zeros((3, 4));
        let _ = samples(array.t());
    }

    #[test]
    #[should_panic = "is not in standard layout"]
    fn nor_is_it_one_to_be_changed() {
        let mut array = Array2::<u8>::zeros((3, 4));
        let _ = samples_mut(array.column_mut(1));
    }
}
