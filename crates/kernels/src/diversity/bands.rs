//! Diversity over bands.

use super::{DiversityOptions, pairwise_sum};
use crate::{Kernel, KernelInput, Scratch, Signature, gaussian::write_plane, kernel::require_real};
use ndarray::Axis;
use raster_core::{AnyViewMut, Error, Halo, Result, Sample, with_array};

/// A measure of diversity per pixel over bands, each of which holds the weight of one category (upstream's
/// `compute_entropy`).
///
/// The weights of a pixel are divided by their sum. NaN in a band, or no weight at all, gives NaN (the low end of
/// the range in an integer type); a negative weight gives -∞ for Shannon's entropy, as scipy. Computes in f64 in
/// numpy's order of summation, so that equal weights reach the maximum exactly. No halo; scratch: a plane of f64.
///
/// ```
/// use kernels::{BandDiversity, DiversityOptions, Measure, Scratch, apply};
/// use raster_core::{AnyArray, DataType};
///
/// let shares = AnyArray::from(ndarray::Array3::from_elem((4, 10, 10), 25u8));
/// let entropy = BandDiversity::new(DiversityOptions::new(Measure::Shannon, DataType::U8))?;
/// let entropy = apply(&entropy, shares.view(), &mut Scratch::new())?.convert::<u8>();
/// assert!(entropy.iter().all(|v| *v == 255));
/// # Ok::<(), raster_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BandDiversity {
    options: DiversityOptions,
}

impl BandDiversity {
    /// Over all bands of the input.
    ///
    /// # Errors
    /// `Misuse` when the options contradict each other.
    pub fn new(options: DiversityOptions) -> Result<Self> {
        options.scaler(Some(2))?;
        Ok(Self { options })
    }
}

impl Kernel for BandDiversity {
    fn halo(&self) -> Halo {
        Halo::NONE
    }
    fn output(&self, input: Signature) -> Result<Signature> {
        require_real(input, "diversity")?;
        self.options.scaler(Some(input.bands))?;
        Ok(Signature { bands: 1, data_type: self.options.data_type })
    }
    fn run(&self, input: &KernelInput<'_>, mut output: AnyViewMut<'_>, scratch: &mut Scratch) -> Result<()> {
        let trimmed = input.prepare(self, &output)?;
        let bands = input.signature().bands;
        let scaler = self.options.scaler(Some(bands))?;
        let measure = self.options.measure;
        let term = measure.term();
        let result = &mut scratch.f64.result;
        result.clear();
        with_array!(AnyView, &trimmed.pixels, pixels => {
            let (mut weights, mut terms) = (vec![0.0; bands], vec![0.0; bands]);
            for pixel in pixels.lanes(Axis(0)) {
                weights.iter_mut().zip(pixel).for_each(|(w, v)| *w = v.to_f64());
                let total = pairwise_sum(&weights);
                let mut count = 0.0;
                for (t, w) in terms.iter_mut().zip(&weights) {
                    let share = w / total;
                    *t = term.of(share);
                    count += f64::from(u8::from(share > 0.0));
                }
                let value = measure.value(pairwise_sum(&terms), count, 1.0);
                result.push(if total.is_nan() || total == 0.0 { f64::NAN } else { value });
            }
        });
        if result.len() != trimmed.rows * trimmed.cols {
            return Err(Error::internal("a pixel per position"));
        }
        write_plane(result, Some(scaler), 0, &mut output);
        Ok(())
    }
}
