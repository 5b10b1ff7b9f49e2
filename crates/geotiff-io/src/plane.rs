//! Windows of two-dimensional arrays. (ndarray's `s!` expands to an `allow(unsafe_code)`, which this crate forbids.)

use ndarray::{ArrayView2, ArrayViewMut2, Axis, Slice};
use raster_core::Window;

/// The part of a plane that `window` covers; it lies inside.
pub(crate) fn part<'a, T>(plane: &'a ArrayView2<'_, T>, window: &Window) -> ArrayView2<'a, T> {
    let range = ranges(window);
    plane.slice_each_axis(|d| range(d.axis))
}

/// The part of a plane that `window` covers; it lies inside.
pub(crate) fn part_mut<'a, T>(plane: &'a mut ArrayViewMut2<'_, T>, window: &Window) -> ArrayViewMut2<'a, T> {
    let range = ranges(window);
    plane.slice_each_axis_mut(|d| range(d.axis))
}

fn ranges(window: &Window) -> impl Fn(Axis) -> Slice + use<> {
    let (row, col) = (window.row as usize, window.col as usize);
    let (rows, cols) = (row..row + window.height, col..col + window.width);
    move |axis| Slice::from(if axis == Axis(0) { rows.clone() } else { cols.clone() })
}
