//! Where finished windows go.

use bytes::Bytes;
use raster_core::{AnyArray, AnyView, DataType, Result, Window};
use std::sync::{Arc, Mutex, PoisonError};

/// Takes windows in any order from any thread; what it makes of them does not depend on the order.
pub trait Sink: Send + Sync {
    /// Type of the samples and number of bands that it takes.
    fn sample(&self) -> (DataType, usize);
    /// Take one window of shape (bands, rows, columns).
    ///
    /// # Errors
    /// What the output meets.
    fn write(&self, window: &Window, pixels: AnyView<'_>) -> Result<()>;
    /// All windows are in: make the output appear. Bytes when it was to be made in memory.
    ///
    /// # Errors
    /// What the output meets; then nothing is left of it.
    fn finish(self: Box<Self>) -> Result<Option<Bytes>>;
}

/// An array in memory; clones share it.
#[derive(Clone, Debug)]
pub struct MemorySink(Arc<Mutex<AnyArray>>);

impl MemorySink {
    /// Zeros of shape (bands, rows, columns).
    #[must_use]
    pub fn new(data_type: DataType, shape: (usize, usize, usize)) -> Self {
        Self(Arc::new(Mutex::new(AnyArray::zeros(data_type, shape))))
    }
    /// A copy of what was written so far.
    #[must_use]
    pub fn to_array(&self) -> AnyArray {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Sink for MemorySink {
    fn sample(&self) -> (DataType, usize) {
        let array = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (array.data_type(), array.shape().0)
    }
    fn write(&self, window: &Window, pixels: AnyView<'_>) -> Result<()> {
        let mut array = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut view = array.view_mut();
        view.window_mut(window).assign(&pixels)
    }
    fn finish(self: Box<Self>) -> Result<Option<Bytes>> {
        Ok(None)
    }
}
