//! How strongly categories meet in a pixel.

mod bytes;

use crate::{Kernel, KernelInput, Scratch, Signature, kernel::require_real};
use fearless_simd::{Level, dispatch};
use ndarray::{ArrayView3, ArrayViewMut3, Axis};
use raster_core::{AnyViewMut, DataType, Error, Halo, Result, Sample, layout, with_array};

/// The product of the bands of a pixel, each taken as 0 to 1 (upstream's `compute_interaction`).
///
/// I = Π (b / max), with max the largest number of an integer type and 1 for floats; standardized: I / Σ (b / max), 0
/// where the sum is 0; normed: I nⁿ, which is 1 where n bands are 1/n each. An integer output is
/// `ceil(min(I, 1) max)`, NaN becoming 0; a float output is I, which may exceed 1.
///
/// Computes in f64, band after band; u8 of u8 bands in f32 where that decides the result, which is the same. No
/// halo; scratch: 8 kB.
///
/// ```
/// use kernels::{Interaction, Scratch, apply};
/// use raster_core::{AnyArray, DataType};
///
/// let shares = AnyArray::from(ndarray::Array3::from_elem((2, 10, 10), 0.5f32));
/// let met = apply(&Interaction::new(DataType::F32), shares.view(), &mut Scratch::new())?.convert::<f32>();
/// assert!(met.iter().all(|v| *v == 1.0));
/// # Ok::<(), raster_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interaction {
    /// Divide by the sum of the bands.
    pub standardize: bool,
    /// Divide by the largest product of bands that sum to 1.
    pub normed: bool,
    /// The type of the output.
    pub data_type: DataType,
}

impl Interaction {
    /// Normed, not standardized.
    #[must_use]
    pub fn new(data_type: DataType) -> Self {
        Self { standardize: false, normed: true, data_type }
    }
    /// Standardized or not.
    #[must_use]
    pub fn standardize(self, standardize: bool) -> Self {
        Self { standardize, ..self }
    }
    /// Normed or not.
    #[must_use]
    pub fn normed(self, normed: bool) -> Self {
        Self { normed, ..self }
    }
}

/// Columns computed at a time: their sums and products stay in the L1 cache.
const CHUNK: usize = 512;

/// What follows the product and the sum.
#[derive(Clone, Copy)]
struct Finish {
    standardize: bool,
    norm: Option<f64>,
}

impl Kernel for Interaction {
    fn halo(&self) -> Halo {
        Halo::NONE
    }
    fn output(&self, input: Signature) -> Result<Signature> {
        require_real(input, "interaction")?;
        if input.bands < 2 {
            return Err(Error::misuse("interaction needs at least two bands"));
        }
        if self.data_type.is_complex() {
            return Err(Error::misuse(format!("interaction does not give {}", self.data_type)));
        }
        Ok(Signature { bands: 1, data_type: self.data_type })
    }
    fn run(&self, input: &KernelInput<'_>, mut output: AnyViewMut<'_>, scratch: &mut Scratch) -> Result<()> {
        let trimmed = input.prepare(self, &output)?;
        let bands = input.signature().bands;
        let n = bands as f64;
        let finish =
            Finish { standardize: self.standardize, norm: self.normed.then(|| 1.0 / libm::pow(n, n)) };
        let level = scratch.level.level();
        if let Some(bands) = u8::downcast_view(&trimmed.pixels)
            && let Some(mut out) = u8::downcast_view_mut(&mut output)
            && interaction_of_bytes(level, finish, &bands, &mut out)
        {
            return Ok(());
        }
        let (mut product, mut sum) = ([0.0; CHUNK], [0.0; CHUNK]);
        for y in 0..trimmed.rows {
            for start in (0..trimmed.cols).step_by(CHUNK) {
                let width = CHUNK.min(trimmed.cols - start);
                let (product, sum) = (&mut product[..width], &mut sum[..width]);
                product.fill(1.0);
                sum.fill(0.0);
                with_array!(AnyView, &trimmed.pixels, pixels => {
                    for band in pixels.axis_iter(Axis(0)) {
                        let row = band.index_axis_move(Axis(0), y);
                        let copied: Vec<_>;
                        let row = match row.to_slice() {
                            Some(row) => &row[start..start + width],
                            None => {
                                copied = row.iter().skip(start).take(width).copied().collect();
                                &copied
                            }
                        };
                        dispatch!(level, simd => multiply(simd, row, product, sum));
                    }
                });
                with_array!(AnyViewMut, &mut output, out => {
                    let mut row = out.index_axis_mut(Axis(0), 0).index_axis_move(Axis(0), y);
                    if let Some(row) = row.as_slice_mut() {
                        let row = &mut row[start..start + width];
                        dispatch!(level, simd => finish.write(simd, product, sum, row));
                    } else {
                        for (c, o) in row.iter_mut().skip(start).take(width).enumerate() {
                            *o = finish.value(product[c], sum[c]);
                        }
                    }
                });
            }
        }
        Ok(())
    }
}

/// The fast way for bytes; false where the rows do not lie in one piece or are too many.
fn interaction_of_bytes(
    level: Level,
    finish: Finish,
    bands: &ArrayView3<'_, u8>,
    out: &mut ArrayViewMut3<'_, u8>,
) -> bool {
    let (n, rows, _) = bands.dim();
    let contiguous = bands.rows().into_iter().chain(out.view().rows()).all(|row| row.as_slice().is_some());
    if n > bytes::MAX_BANDS || !contiguous {
        return false;
    }
    let mut bytes = bytes::Bytes::new();
    for y in 0..rows {
        let bands: Vec<&[u8]> =
            bands.axis_iter(Axis(0)).map(|b| layout::samples(b.index_axis_move(Axis(0), y))).collect();
        let row = layout::samples_mut(out.index_axis_mut(Axis(0), 0).index_axis_move(Axis(0), y));
        for (chunk, out) in row.chunks_mut(bytes::CHUNK).enumerate() {
            let start = chunk * bytes::CHUNK;
            let width = out.len();
            bytes.run(level, finish, bands.iter().map(|b| &b[start..start + width]), out);
        }
    }
    true
}

/// One more band into the products and sums.
#[inline(always)]
fn multiply<S: fearless_simd::Simd, T: Sample>(_: S, row: &[T], product: &mut [f64], sum: &mut [f64]) {
    let max = if T::DATA_TYPE.is_integer() { T::DATA_TYPE.range().1 } else { 1.0 };
    for ((p, s), v) in product.iter_mut().zip(sum).zip(row) {
        let share = v.to_f64() / max;
        *p *= share;
        *s += share;
    }
}

impl Finish {
    #[inline(always)]
    fn value<T: Sample>(self, product: f64, sum: f64) -> T {
        let mut value = product;
        if self.standardize {
            value = if sum == 0.0 { 0.0 } else { value / sum };
        }
        if let Some(norm) = self.norm {
            value /= norm;
        }
        if !T::DATA_TYPE.is_integer() {
            return T::from_f64(value);
        }
        // A comparison, not `min`: NaN has to stay NaN.
        let limited = if value > 1.0 { 1.0 } else { value };
        T::from_f64_truncating((limited * T::DATA_TYPE.range().1).ceil())
    }

    #[inline(always)]
    fn write<S: fearless_simd::Simd, T: Sample>(self, _: S, product: &[f64], sum: &[f64], out: &mut [T]) {
        for ((o, &p), &s) in out.iter_mut().zip(product).zip(sum) {
            *o = self.value(p, s);
        }
    }
}
