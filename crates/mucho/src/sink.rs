//! Where finished windows go.

use bytes::Bytes;
use ndarray::{Array2, ArrayView2};
use raster_core::{AnyArray, AnyView, DataType, Result, Window};
use std::sync::{Arc, Mutex, PoisonError};

/// Takes windows in any order from any thread; what it makes of them does not depend on the order.
pub trait Sink: Send + Sync {
    /// Type of the samples and number of bands that it takes.
    fn sample(&self) -> (DataType, usize);
    /// Take one window of shape (bands, rows, columns). `mask`, of shape (rows, columns), is there where the output's validity is
    /// a mask that all bands share: 0 is missing, 255 is valid. Where bands state a nodata value, missing samples have it.
    ///
    /// # Errors
    /// What the output meets.
    fn write(&self, window: &Window, pixels: AnyView<'_>, mask: Option<ArrayView2<'_, u8>>) -> Result<()>;
    /// All windows are in: make the output appear. Bytes when it was to be made in memory.
    ///
    /// # Errors
    /// What the output meets; then nothing is left of it.
    fn finish(self: Box<Self>) -> Result<Option<Bytes>>;
}

/// An array in memory with a mask; clones share it.
#[derive(Clone, Debug)]
pub struct MemorySink(Arc<Mutex<(AnyArray, Array2<u8>)>>);

impl MemorySink {
    /// Zeros of shape (bands, rows, columns).
    #[must_use]
    pub fn new(data_type: DataType, shape: (usize, usize, usize)) -> Self {
        let mask = Array2::from_elem((shape.1, shape.2), 255);
        Self(Arc::new(Mutex::new((AnyArray::zeros(data_type, shape), mask))))
    }
    /// A copy of what was written so far.
    #[must_use]
    pub fn to_array(&self) -> AnyArray {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }
    /// A copy of the mask that was written so far, shape (rows, columns): 0 missing, 255 valid or not written.
    #[must_use]
    pub fn to_mask(&self) -> Array2<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }
}

impl Sink for MemorySink {
    fn sample(&self) -> (DataType, usize) {
        let (array, _) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (array.data_type(), array.shape().0)
    }
    fn write(&self, window: &Window, pixels: AnyView<'_>, mask: Option<ArrayView2<'_, u8>>) -> Result<()> {
        let (array, valid) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut view = array.view_mut();
        view.window_mut(window).assign(&pixels)?;
        if let Some(mask) = mask {
            window.of_mut(valid.view_mut()).assign(&mask);
        }
        Ok(())
    }
    fn finish(self: Box<Self>) -> Result<Option<Bytes>> {
        Ok(None)
    }
}
