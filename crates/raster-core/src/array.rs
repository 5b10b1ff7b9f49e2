//! Pixel arrays whose type is known at run time only.

use crate::{
    Complex, DataType, Error, F16, Nodata, Result, Sample, Value, Window, validity::Missing, with_array,
    with_type,
};
use ndarray::{Array3, ArrayView1, ArrayView3, ArrayViewMut3, Axis, Slice};
use std::borrow::Cow;

macro_rules! any {
    ($($variant:ident: $t:ty),* $(,)?) => {
        /// A pixel array of shape (bands, rows, columns), of any data type.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "the variants are the data types")]
        pub enum AnyArray { $($variant(Array3<$t>)),* }

        /// A view into a pixel array of shape (bands, rows, columns), of any data type.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "the variants are the data types")]
        pub enum AnyView<'a> { $($variant(ArrayView3<'a, $t>)),* }

        /// A mutable view into a pixel array of shape (bands, rows, columns), of any data type.
        #[derive(Debug, PartialEq)]
        #[allow(missing_docs, reason = "the variants are the data types")]
        pub enum AnyViewMut<'a> { $($variant(ArrayViewMut3<'a, $t>)),* }
    };
}

any! {
    U8: u8, I8: i8, U16: u16, I16: i16, U32: u32, I32: i32, U64: u64, I64: i64, F16: F16, F32: f32, F64: f64,
    CI16: Complex<i16>, CI32: Complex<i32>, CF32: Complex<f32>, CF64: Complex<f64>,
}

impl AnyArray {
    /// An array of zeros.
    #[must_use]
    pub fn zeros(data_type: DataType, shape: (usize, usize, usize)) -> Self {
        with_type!(data_type, T => T::erase(Array3::from_elem(shape, T::default())))
    }
    /// (bands, rows, columns).
    #[must_use]
    pub fn shape(&self) -> (usize, usize, usize) {
        with_array!(AnyArray, self, a => a.dim())
    }
    /// The type of its samples.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        with_array!(AnyArray, self, a => type_of(&a.view()))
    }
    /// A view of the whole.
    #[must_use]
    pub fn view(&self) -> AnyView<'_> {
        with_array!(AnyArray, self, a => Sample::erase_view(a.view()))
    }
    /// A mutable view of the whole.
    pub fn view_mut(&mut self) -> AnyViewMut<'_> {
        with_array!(AnyArray, self, a => Sample::erase_view_mut(a.view_mut()))
    }
    /// The typed array.
    ///
    /// # Errors
    /// `Misuse` when the samples are of another type; [`convert`](Self::convert) changes the type.
    pub fn into_typed<T: Sample>(self) -> Result<Array3<T>> {
        T::downcast(self)
            .map_err(|a| Error::misuse(format!("the array holds {}, not {}", a.data_type(), T::DATA_TYPE)))
    }
    /// As an array of another type: saturating, rounding half away from zero.
    #[must_use]
    pub fn convert<T: Sample>(self) -> Array3<T> {
        match T::downcast(self) {
            Ok(same) => same,
            Err(other) => {
                let mut converted = Array3::from_elem(other.shape(), T::default());
                assign_typed(&mut converted.view_mut(), &other.view());
                converted
            }
        }
    }
    /// As an array of a type that is known at run time only; see [`convert`](Self::convert).
    #[must_use]
    pub fn convert_to(self, data_type: DataType) -> Self {
        if self.data_type() == data_type {
            return self;
        }
        with_type!(data_type, T => T::erase(self.convert::<T>()))
    }
}

impl<T: Sample> From<Array3<T>> for AnyArray {
    fn from(array: Array3<T>) -> Self {
        T::erase(array)
    }
}

fn type_of<T: Sample>(_: &ArrayView3<'_, T>) -> DataType {
    T::DATA_TYPE
}

/// The part of each axis of a (bands, rows, columns) array that `window` covers.
fn window_slices(window: &Window, shape: (usize, usize, usize)) -> impl Fn(Axis) -> Slice + use<> {
    let (bands, rows, cols) = shape;
    assert!(Window::whole(cols, rows).contains(window), "window {window} inside {cols} × {rows}");
    let (row, col) = (window.row as usize, window.col as usize);
    let ranges = [0..bands, row..row + window.height, col..col + window.width];
    move |axis| Slice::from(ranges[axis.index()].clone())
}

impl AnyView<'_> {
    /// (bands, rows, columns).
    #[must_use]
    pub fn shape(&self) -> (usize, usize, usize) {
        with_array!(AnyView, self, a => a.dim())
    }
    /// The type of its samples.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        with_array!(AnyView, self, a => type_of(&a.view()))
    }
    /// The part that `window` covers, counted from this view's upper left pixel.
    ///
    /// # Panics
    /// When the window reaches outside.
    #[must_use]
    pub fn window(&self, window: &Window) -> AnyView<'_> {
        let part = window_slices(window, self.shape());
        with_array!(AnyView, self, a => Sample::erase_view(a.slice_each_axis(|d| part(d.axis))))
    }
    /// One band (from 0) as an array of one band.
    ///
    /// # Panics
    /// When there is no such band.
    #[must_use]
    pub fn band(&self, index: usize) -> AnyView<'_> {
        let range = Slice::from(index..index + 1);
        with_array!(AnyView, self, a => Sample::erase_view(a.slice_axis(Axis(0), range)))
    }
    /// A copy.
    #[must_use]
    pub fn to_owned(&self) -> AnyArray {
        with_array!(AnyView, self, a => Sample::erase(a.to_owned()))
    }
    /// Refuse integers beyond 2^53, which f64 does not hold, among the samples that are not missing (by `nodata`, by a 0 in a mask
    /// of the same shape): for what computes in f64 and must not change values.
    ///
    /// # Errors
    /// `Unsupported`, with the first such sample.
    pub fn check_fits_f64(&self, nodata: Option<Nodata>, mask: Option<&ArrayView3<'_, u8>>) -> Result<()> {
        fn find<T: Sample>(
            samples: &ArrayView3<'_, T>,
            nodata: Option<Nodata>,
            mask: Option<&ArrayView3<'_, u8>>,
        ) -> Option<T> {
            let missing = Missing::<T>::new(nodata);
            // The number that comes back is another one, or lies on the edge, where another one may have become it.
            let lost = |v: T| v.to_f64().abs() >= 9_007_199_254_740_992.0 && !missing.is(v);
            match mask {
                None => samples.iter().copied().find(|v| lost(*v)),
                Some(mask) => samples.iter().zip(mask).find(|(v, m)| **m != 0 && lost(**v)).map(|(v, _)| *v),
            }
        }
        let value = match self {
            AnyView::I64(a) => find(a, nodata, mask).map(i128::from),
            AnyView::U64(a) => find(a, nodata, mask).map(i128::from),
            _ => None,
        };
        let Some(value) = value else { return Ok(()) };
        Err(Error::unsupported(format!(
            "the sample {value} of {} lies beyond 2^53, and this computes with 64-bit floating-point numbers, which would change it",
            self.data_type()
        )))
    }
    /// A sample as a number, without loss.
    ///
    /// # Panics
    /// When the position lies outside.
    #[must_use]
    pub fn value(&self, band: usize, row: usize, col: usize) -> Value {
        with_array!(AnyView, self, a => a[[band, row, col]].to_value())
    }
}

impl AnyViewMut<'_> {
    /// (bands, rows, columns).
    #[must_use]
    pub fn shape(&self) -> (usize, usize, usize) {
        with_array!(AnyViewMut, self, a => a.dim())
    }
    /// The type of its samples.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        with_array!(AnyViewMut, self, a => type_of(&a.view()))
    }
    /// A read-only view.
    #[must_use]
    pub fn view(&self) -> AnyView<'_> {
        with_array!(AnyViewMut, self, a => Sample::erase_view(a.view()))
    }
    /// A shorter borrow of the same.
    pub fn reborrow(&mut self) -> AnyViewMut<'_> {
        with_array!(AnyViewMut, self, a => Sample::erase_view_mut(a.view_mut()))
    }
    /// The part that `window` covers, counted from this view's upper left pixel.
    ///
    /// # Panics
    /// When the window reaches outside.
    pub fn window_mut(&mut self, window: &Window) -> AnyViewMut<'_> {
        let part = window_slices(window, self.shape());
        with_array!(AnyViewMut, self, a => Sample::erase_view_mut(a.slice_each_axis_mut(|d| part(d.axis))))
    }
    /// One band (from 0) as an array of one band.
    ///
    /// # Panics
    /// When there is no such band.
    pub fn band_mut(&mut self, index: usize) -> AnyViewMut<'_> {
        let range = Slice::from(index..index + 1);
        with_array!(AnyViewMut, self, a => Sample::erase_view_mut(a.slice_axis_mut(Axis(0), range)))
    }
    /// Set every sample.
    pub fn fill(&mut self, value: Value) {
        with_array!(AnyViewMut, self, a => a.fill(Sample::from_value(value)));
    }
    /// Copy from an array of the same shape; types are converted as [`AnyArray::convert`] does.
    ///
    /// # Errors
    /// `Misuse` when the shapes differ.
    pub fn assign(&mut self, from: &AnyView<'_>) -> Result<()> {
        if self.shape() != from.shape() {
            return Err(Error::misuse(format!(
                "an array of shape {:?} does not fit into one of {:?}",
                from.shape(),
                self.shape()
            )));
        }
        with_array!(AnyViewMut, self, to => assign_typed(to, from));
        Ok(())
    }
}

/// Rows are converted by one small loop for each pair of types; ndarray's own iteration is compiled several times for
/// each of the 225 pairs, which are megabytes of a program.
fn assign_typed<T: Sample>(to: &mut ArrayViewMut3<'_, T>, from: &AnyView<'_>) {
    if let Some(same) = T::downcast_view(from) {
        to.assign(&same);
        return;
    }
    for (band, mut to) in to.outer_iter_mut().enumerate() {
        for (row, mut to) in to.outer_iter_mut().enumerate() {
            let mut scattered = Vec::new();
            let in_order = if let Some(to) = to.as_slice_mut() {
                to
            } else {
                scattered.resize(to.len(), T::default());
                &mut scattered
            };
            with_array!(AnyView, from, a => convert_samples(&row_of(a, band, row), in_order));
            if !scattered.is_empty() {
                to.assign(&ArrayView1::from(&scattered));
            }
        }
    }
}

fn convert_samples<S: Sample, T: Sample>(from: &[S], to: &mut [T]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = T::from_value(from.to_value());
    }
}

/// Copied when its samples do not lie side by side.
#[inline(never)]
fn row_of<'a, S: Sample>(array: &'a ArrayView3<'_, S>, band: usize, row: usize) -> Cow<'a, [S]> {
    let row = array.view().index_axis_move(Axis(0), band).index_axis_move(Axis(0), row);
    row.to_slice().map_or_else(|| Cow::Owned(row.to_vec()), Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_convert_through_views() {
        let mut out = AnyArray::zeros(DataType::U8, (1, 2, 2));
        let from = AnyArray::from(Array3::from_elem((1, 2, 2), 300.7f32));
        out.view_mut().assign(&from.view()).unwrap();
        assert_eq!(out, AnyArray::from(Array3::from_elem((1, 2, 2), 255u8)));
        assert!(out.clone().into_typed::<f32>().is_err());
        assert_eq!(out.convert_to(DataType::CF64).data_type(), DataType::CF64);
    }

    #[test]
    fn any_layout_converts() {
        let pixels = Array3::from_shape_fn((2, 3, 4), |(b, r, c)| (b * 100 + r * 10 + c) as i16);
        let shuffled = pixels.clone().permuted_axes([2, 0, 1]);
        let converted = AnyArray::from(shuffled.clone()).convert::<f32>();
        assert_eq!(converted, shuffled.mapv(f32::from));
        let mut out = Array3::<f64>::zeros((3, 4, 2));
        let mut to = f64::erase_view_mut(out.view_mut().permuted_axes([2, 0, 1]));
        to.assign(&i16::erase_view(pixels.view())).unwrap();
        assert_eq!(out.permuted_axes([2, 0, 1]), pixels.mapv(f64::from));
    }
}
