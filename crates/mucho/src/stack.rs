//! Arrays on top of each other.

use ndarray::{Axis, Slice};
use raster_core::{AnyArray, Error, Result, Sample, with_array};

/// The bands of several arrays of one height and width, stacked in order (rio-mucho's `array_stack`). Types may
/// differ: the result has the type of the first array.
///
/// # Errors
/// `Misuse` when there is no array, or when heights or widths differ.
pub fn stack(arrays: &[AnyArray]) -> Result<AnyArray> {
    let Some(first) = arrays.first() else { return Err(Error::misuse("no arrays to stack")) };
    let (_, rows, cols) = first.shape();
    if arrays.iter().any(|a| (a.shape().1, a.shape().2) != (rows, cols)) {
        return Err(Error::misuse("all input arrays must have the same height and width for this mode"));
    }
    let bands = arrays.iter().map(|a| a.shape().0).sum();
    let mut out = AnyArray::zeros(first.data_type(), (bands, rows, cols));
    let mut at = 0;
    for array in arrays {
        let count = array.shape().0;
        let mut view = out.view_mut();
        let range = Slice::from(at..at + count);
        let mut part =
            with_array!(AnyViewMut, &mut view, a => Sample::erase_view_mut(a.slice_axis_mut(Axis(0), range)));
        part.assign(&array.view())?;
        at += count;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;

    #[test]
    fn stacking() {
        let a = AnyArray::from(Array3::from_elem((2, 3, 4), 1u8));
        let b = AnyArray::from(Array3::from_elem((1, 3, 4), 2u8));
        assert_eq!(stack(&[a.clone(), b]).unwrap().shape(), (3, 3, 4));
        let odd = AnyArray::from(Array3::from_elem((1, 1, 1), 2u8));
        assert!(stack(&[a, odd]).is_err());
    }
}
