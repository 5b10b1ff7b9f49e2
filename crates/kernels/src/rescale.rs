//! From one type and range to another.

use crate::{Kernel, KernelInput, Scratch, Signature, kernel::require_real, simd::Real};
use ndarray::Axis;
use raster_core::{AnyViewMut, DataType, Error, Halo, Keeps, Result, Sample, with_array};

/// What becomes of a fraction in an integer type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// Cut off, toward zero: what convster does, and numpy's `astype`.
    #[default]
    TowardZero,
    /// To the nearest whole number, halves away from zero.
    Nearest,
}

/// Linear rescaling into a type: `out = low' + cast((x - low) (high' - low') / (high - low))`.
///
/// convster's `convert`, with two defects mended: a value outside the type's range saturates instead of wrapping
/// around, and NaN becomes `low'` in an integer type whatever the processor. With neither range given the value
/// is cast only. A range that is not given, when the other is, is the full range of that type, and the full range
/// of a float type is ±its largest number, as upstream: give both ranges for float types.
///
/// As a kernel it needs no halo, works on every band, and keeps one row of f64.
///
/// ```
/// use kernels::{Rescale, Rounding};
/// use raster_core::DataType;
///
/// let to_bytes = Rescale::to_type(DataType::U8).with_input_range(0.0, 1.0).with_output_range(0.0, 255.0);
/// assert_eq!(to_bytes.plan(DataType::F64)?.apply::<u8>(0.5), 127);
/// assert_eq!(to_bytes.with_rounding(Rounding::Nearest).plan(DataType::F64)?.apply::<u8>(0.5), 128);
/// # Ok::<(), raster_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rescale {
    data_type: DataType,
    from: Option<(f64, f64)>,
    to: Option<(f64, f64)>,
    rounding: Rounding,
}

impl Rescale {
    /// A cast to this type.
    #[must_use]
    pub fn to_type(data_type: DataType) -> Self {
        Self { data_type, from: None, to: None, rounding: Rounding::default() }
    }
    /// The range of the input that is mapped to the output range, lowest first.
    #[must_use]
    pub fn with_input_range(self, low: f64, high: f64) -> Self {
        Self { from: Some((low, high)), ..self }
    }
    /// The range of the output, lowest first.
    #[must_use]
    pub fn with_output_range(self, low: f64, high: f64) -> Self {
        Self { to: Some((low, high)), ..self }
    }
    /// Another rounding.
    #[must_use]
    pub fn with_rounding(self, rounding: Rounding) -> Self {
        Self { rounding, ..self }
    }
    /// Is it a cast, without ranges? Then values stay the numbers that they are.
    #[must_use]
    pub fn is_cast(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }
    /// The type of the output.
    #[must_use]
    pub fn data_type(&self) -> DataType {
        self.data_type
    }

    /// The numbers to compute with for samples of `source`.
    ///
    /// # Errors
    /// `Misuse` for complex types, for a range that is empty, reversed or not finite, and for an output range
    /// outside the output type.
    pub fn plan(&self, source: DataType) -> Result<Scaler> {
        if self.data_type.is_complex() || source.is_complex() {
            return Err(Error::misuse(format!("cannot rescale {source} to {}", self.data_type)));
        }
        if self.from.is_none() && self.to.is_none() {
            return Ok(Scaler { low: 0.0, scale: 1.0, out_low: 0.0, rounding: self.rounding });
        }
        let (low, high) = self.from.unwrap_or(source.range());
        let (out_low, out_high) = self.to.unwrap_or(self.data_type.range());
        if !(low < high && low.is_finite() && high.is_finite()) {
            return Err(Error::misuse(format!("the input range {low} to {high} is empty or not finite")));
        }
        let (min, max) = self.data_type.range();
        if !(out_low <= out_high && out_low >= min && out_high <= max) {
            return Err(Error::misuse(format!(
                "the output range {out_low} to {out_high} is reversed or outside {}",
                self.data_type
            )));
        }
        // Half of each difference: the full range of f64 has no length in f64.
        let scale = (out_high / 2.0 - out_low / 2.0) / (high / 2.0 - low / 2.0);
        let out_low = if self.data_type.is_integer() { out_low.trunc() } else { out_low };
        Ok(Scaler { low, scale, out_low, rounding: self.rounding })
    }
}

/// A [`Rescale`] between two known types.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scaler {
    low: f64,
    scale: f64,
    out_low: f64,
    rounding: Rounding,
}

impl Scaler {
    /// One value.
    #[must_use]
    #[inline(always)]
    pub fn apply<T: Sample>(&self, value: f64) -> T {
        let scaled = (value - self.low) * self.scale;
        if !T::DATA_TYPE.is_integer() {
            return T::from_f64(self.out_low + scaled);
        }
        let whole = match self.rounding {
            Rounding::TowardZero => scaled.trunc(),
            Rounding::Nearest => scaled.round(),
        };
        T::from_f64_truncating(self.out_low + if whole.is_nan() { 0.0 } else { whole })
    }

    /// Many values, with the vectors of the level that it is inlined into.
    #[inline(always)]
    pub(crate) fn apply_slice<R: Real, T: Sample>(&self, values: &[R], out: &mut [T]) {
        for (o, v) in out.iter_mut().zip(values) {
            *o = self.apply(v.to_f64());
        }
    }
}

impl Kernel for Rescale {
    fn halo(&self) -> Halo {
        Halo::NONE
    }
    fn output(&self, input: Signature) -> Result<Signature> {
        require_real(input, "rescaling")?;
        self.plan(input.data_type)?;
        Ok(Signature { data_type: self.data_type, ..input })
    }
    fn keeps(&self) -> Keeps {
        if self.is_cast() { Keeps::Quantity } else { Keeps::Nothing }
    }
    fn run(&self, input: &KernelInput<'_>, mut output: AnyViewMut<'_>, _: &mut Scratch) -> Result<()> {
        let trimmed = input.prepare(self, &output)?;
        let scaler = self.plan(trimmed.pixels.data_type())?;
        let mut values = Vec::with_capacity(trimmed.cols);
        for band in 0..input.signature().bands {
            for row in 0..trimmed.rows {
                values.clear();
                with_array!(AnyView, &trimmed.pixels, from => {
                    let row = from.index_axis(Axis(0), band).index_axis_move(Axis(0), row);
                    values.extend(row.iter().map(|v| v.to_f64()));
                });
                with_array!(AnyViewMut, &mut output, to => {
                    let row = to.index_axis_mut(Axis(0), band).index_axis_move(Axis(0), row);
                    row.into_iter().zip(&values).for_each(|(o, v)| *o = scaler.apply(*v));
                });
            }
        }
        Ok(())
    }
}
