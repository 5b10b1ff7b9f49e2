//! A caller's function as a kernel.

use crate::{Kernel, KernelInput, Scratch, Signature};
use raster_core::{AnyViewMut, DataType, Halo, Result};
use std::fmt;

/// A function of one window as a [`Kernel`]: it gives as many bands as it takes.
///
/// ```
/// use kernels::{FunctionKernel, Scratch, apply};
/// use raster_core::{AnyArray, DataType, Halo};
///
/// let raster = AnyArray::from(ndarray::Array3::from_elem((1, 8, 9), 3u8));
/// let twice = FunctionKernel::new(Halo::NONE, DataType::F32, |input, mut output| {
///     output.assign(&AnyArray::from(input.pixels.to_owned().convert::<f32>() * 2.0).view())
/// });
/// let found = apply(&twice, raster.view(), &mut Scratch::new())?.convert::<f32>();
/// assert!(found.iter().all(|v| *v == 6.0));
/// # Ok::<(), raster_core::Error>(())
/// ```
pub struct FunctionKernel<F> {
    halo: Halo,
    data_type: DataType,
    function: F,
}

impl<F> FunctionKernel<F>
where
    F: Fn(&KernelInput<'_>, AnyViewMut<'_>) -> Result<()> + Send + Sync,
{
    /// A function that needs this halo (cut at the edge of the raster) and gives this type. To keep the promise of
    /// [`Kernel`], a pixel that it computes depends on the pixels within the halo only.
    pub fn new(halo: Halo, data_type: DataType, function: F) -> Self {
        Self { halo, data_type, function }
    }
}

impl<F> fmt::Debug for FunctionKernel<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FunctionKernel")
            .field("halo", &self.halo)
            .field("data_type", &self.data_type)
            .finish_non_exhaustive()
    }
}

impl<F> Kernel for FunctionKernel<F>
where
    F: Fn(&KernelInput<'_>, AnyViewMut<'_>) -> Result<()> + Send + Sync,
{
    fn halo(&self) -> Halo {
        self.halo
    }
    fn output(&self, input: Signature) -> Result<Signature> {
        Ok(Signature { data_type: self.data_type, ..input })
    }
    fn run(&self, input: &KernelInput<'_>, output: AnyViewMut<'_>, _: &mut Scratch) -> Result<()> {
        let trimmed = input.prepare(self, &output)?;
        let input = KernelInput {
            pixels: trimmed.pixels.clone(),
            halo: trimmed.halo,
            mask: trimmed.mask(),
            nodata: trimmed.nodata,
        };
        (self.function)(&input, output)
    }
}
