//! Gaussian blur: exact, separable, truncated.

mod params;
mod separable;
pub(crate) mod six;
pub(crate) mod symmetric;
pub(crate) mod taps;

pub use params::{BlurSize, kernel_diameter_px, map_units_to_pixels};
pub(crate) use separable::SeparableScratch;

use crate::{
    Border, Kernel, KernelInput, Rescale, Scratch, Signature,
    kernel::{Trimmed, require_real},
    rescale::Scaler,
    scratch::{Buffered, Buffers},
    simd::{Real, SimdLevel},
};
use ndarray::Axis;
use raster_core::{AnyViewMut, DataType, Error, Halo, Keeps, Result, Sample, with_array};
use separable::Separable;

/// What a [`Gaussian`] is made from.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GaussianOptions {
    /// Standard deviation across rows (vertical), in pixels. Up to 1e-15 the axis is left as it is.
    pub sigma_rows_px: f64,
    /// Standard deviation across columns (horizontal), in pixels.
    pub sigma_cols_px: f64,
    /// How many standard deviations the kernel reaches: its radius is `int(truncate sigma + 0.5)`.
    pub truncate: f64,
    /// What lies beyond the edge of the raster. A constant is in the units that the filter computes in, i.e. after
    /// an integer type has been brought to 0..1 when the range is not preserved.
    pub border: Border,
    /// Whether integers are taken as they are. If not, unsigned ones become 0..1 and signed ones -1..1, as
    /// scikit-image does. Floats are taken as they are always.
    pub preserve_range: bool,
    /// Whether missing pixels (NaN, nodata, masked) are left out and the weights of the others brought to the sum
    /// 1: `G(x with 0 for missing) / G(1 where valid)`, upstream's `bpgaussian`. A missing pixel stays missing. If
    /// not, a missing pixel makes its whole footprint NaN.
    pub skip_missing: bool,
    /// Type and range of the output; f32 for f16 and f32, f64 for all others when `None`.
    pub output: Option<Rescale>,
}

impl GaussianOptions {
    /// The same sigma on both axes, truncate 4, border nearest.
    #[must_use]
    pub fn new(sigma_px: f64) -> Self {
        Self {
            sigma_rows_px: sigma_px,
            sigma_cols_px: sigma_px,
            truncate: 4.0,
            border: Border::Nearest,
            preserve_range: false,
            skip_missing: false,
            output: None,
        }
    }
    /// Another truncation.
    #[must_use]
    pub fn truncate(self, truncate: f64) -> Self {
        Self { truncate, ..self }
    }
    /// Another border.
    #[must_use]
    pub fn border(self, border: Border) -> Self {
        Self { border, ..self }
    }
    /// A sigma per axis, in pixels.
    #[must_use]
    pub fn sigma(self, rows_px: f64, cols_px: f64) -> Self {
        Self { sigma_rows_px: rows_px, sigma_cols_px: cols_px, ..self }
    }
    /// Take integers as they are.
    #[must_use]
    pub fn preserve_range(self, preserve_range: bool) -> Self {
        Self { preserve_range, ..self }
    }
    /// Leave missing pixels out.
    #[must_use]
    pub fn skip_missing(self, skip_missing: bool) -> Self {
        Self { skip_missing, ..self }
    }
    /// Another type of output.
    #[must_use]
    pub fn output(self, output: Rescale) -> Self {
        Self { output: Some(output), ..self }
    }
    /// Check them and compute the weights.
    ///
    /// # Errors
    /// `Misuse` when a sigma is negative or not finite, or truncate is not finite and positive; `Limit` when the
    /// radius exceeds [`Gaussian::MAX_RADIUS`].
    pub fn build(self) -> Result<Gaussian> {
        Gaussian::new(self)
    }

    /// Build a blur of memberships, which have neither range nor missing pixels.
    pub(crate) fn build_shape(self) -> Result<Gaussian> {
        if self.output.is_some() || self.preserve_range || self.skip_missing {
            return Err(Error::misuse(
                "the blur of a category has no output type, range or missing pixels of its own",
            ));
        }
        self.build()
    }
}

/// Gaussian blur of every band.
///
/// Computes in f32 for f16 and f32 input, in f64 for all other types. Across the rows first, then along them,
/// each sum from the outermost pair of taps inwards and the centre last. The weight of the centre takes up the
/// rounding of the others, so that a plane of ones (a category that fills the footprint) stays exactly one,
/// where scipy's weights make 0.9999999999999998 or 1.0000000000000002 of it for some sigma.
///
/// Accuracy: f64 within 1e-14 of the value range of the exact sum, f32 within 1e-6 up to sigma 64. Halo: the
/// radius. Scratch: two planes of the window in the computed type, one less for f32 and f64 input that skips no
/// missing pixels; three more when missing pixels are skipped.
///
/// ```
/// use kernels::{Border, GaussianOptions, Scratch, apply};
/// use raster_core::AnyArray;
///
/// let heights = AnyArray::from(ndarray::Array3::from_shape_fn((1, 50, 60), |(_, r, c)| (r * c) as f32));
/// let blur = GaussianOptions::new(2.5).border(Border::Reflect).build()?;
/// assert_eq!(blur.radius_rows_px(), 10);
/// let smooth = apply(&blur, heights.view(), &mut Scratch::new())?;
/// assert_eq!(smooth.shape(), (1, 50, 60));
/// # Ok::<(), raster_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gaussian {
    options: GaussianOptions,
    rows: HalfKernels,
    cols: HalfKernels,
}

#[derive(Clone, Debug)]
struct HalfKernels {
    f32: Vec<f32>,
    f64: Vec<f64>,
}

impl HalfKernels {
    fn new(sigma: f64, truncate: f64) -> Result<Self> {
        if !(sigma >= 0.0 && sigma.is_finite()) {
            return Err(Error::misuse(format!(
                "sigma is {sigma}, expected a finite number that is not negative"
            )));
        }
        let radius = if sigma <= 1e-15 { 0 } else { taps::radius(sigma, truncate) };
        if radius > Gaussian::MAX_RADIUS {
            return Err(Error::limit(format!(
                "sigma {sigma} and truncate {truncate} give a radius of {radius} pixels, the limit is {}",
                Gaussian::MAX_RADIUS
            )));
        }
        Ok(Self { f32: taps::half_kernel(sigma, radius), f64: taps::half_kernel(sigma, radius) })
    }
    fn radius(&self) -> usize {
        self.f64.len() - 1
    }
    fn get<T: Real>(&self) -> &[T] {
        T::pick(&self.f32, &self.f64)
    }
}

impl Gaussian {
    /// The largest radius of a kernel, in pixels.
    pub const MAX_RADIUS: usize = 1 << 16;

    fn new(options: GaussianOptions) -> Result<Self> {
        let truncate = options.truncate;
        if !(truncate.is_finite() && truncate > 0.0) {
            return Err(Error::misuse(format!("truncate is {truncate}, expected a finite positive number")));
        }
        let rows = HalfKernels::new(options.sigma_rows_px, truncate)?;
        let cols = HalfKernels::new(options.sigma_cols_px, truncate)?;
        Ok(Self { options, rows, cols })
    }
    /// What it was made from.
    #[must_use]
    pub fn options(&self) -> &GaussianOptions {
        &self.options
    }
    /// Rows above and below that it needs.
    #[must_use]
    pub fn radius_rows_px(&self) -> usize {
        self.rows.radius()
    }
    /// Columns left and right that it needs.
    #[must_use]
    pub fn radius_cols_px(&self) -> usize {
        self.cols.radius()
    }

    pub(crate) fn taps_across_rows(&self) -> &[f32] {
        &self.rows.f32
    }
    pub(crate) fn taps_along_row(&self) -> &[f32] {
        &self.cols.f32
    }

    /// Blur rows of equal length, around whose middle lies `halo`, into `out`.
    fn blur<T: Real>(
        &self,
        level: SimdLevel,
        outside: f64,
        rows: &[&[T]],
        halo: Halo,
        out: &mut [&mut [T]],
        scratch: &mut SeparableScratch<T>,
    ) {
        let filter = Separable {
            across_rows: self.rows.get(),
            along_row: self.cols.get(),
            border: self.options.border,
            outside: T::from_f64(outside),
        };
        filter.run(level.level(), rows, halo, out, scratch);
    }

    /// Blur a plane of `input` into `result`.
    pub(crate) fn blur_simple<T: Real>(
        &self,
        level: SimdLevel,
        source: &[T],
        input: &Trimmed<'_>,
        result: &mut Vec<T>,
        separable: &mut SeparableScratch<T>,
    ) {
        self.blur_plane(level, self.options.border.value(), source, input, result, separable);
    }

    fn blur_plane<T: Real>(
        &self,
        level: SimdLevel,
        outside: f64,
        source: &[T],
        input: &Trimmed<'_>,
        result: &mut Vec<T>,
        separable: &mut SeparableScratch<T>,
    ) {
        result.resize(input.rows * input.cols, T::default());
        let rows: Vec<&[T]> = source.chunks_exact(input.input_size().1.max(1)).collect();
        let mut out: Vec<&mut [T]> = result.chunks_exact_mut(input.cols.max(1)).collect();
        self.blur(level, outside, &rows, input.halo, &mut out, separable);
    }

    /// Blur the plane in `buffers.source`, in which NaN stands for missing pixels, into `buffers.result`, leaving
    /// missing pixels out.
    pub(crate) fn blur_valid<T: Real>(
        &self,
        level: SimdLevel,
        input: &Trimmed<'_>,
        buffers: &mut Buffers<T>,
    ) {
        let Buffers { source, weight, total, result, separable } = buffers;
        let (zero, one) = (T::default(), T::from_f64(1.0));
        let outside = self.options.border.value();
        weight.clear();
        weight.extend(source.iter().map(|v| if v.is_nan() { zero } else { one }));
        source.iter_mut().filter(|v| v.is_nan()).for_each(|v| *v = zero);
        let (outside, outside_weight) = if outside.is_nan() { (0.0, 0.0) } else { (outside, 1.0) };
        self.blur_plane(level, outside, source, input, result, separable);
        self.blur_plane(level, outside_weight, weight, input, total, separable);
        let (in_cols, cols) = (input.input_size().1.max(1), input.cols.max(1));
        let centres = weight.chunks_exact(in_cols).skip(input.halo.top);
        let sums = result.chunks_exact_mut(cols).zip(total.chunks_exact(cols));
        for (centre, (sum, total)) in centres.zip(sums) {
            for ((s, &t), &valid) in sum.iter_mut().zip(total).zip(&centre[input.halo.left..]) {
                *s = if valid == zero { T::from_f64(f64::NAN) } else { *s / t };
            }
        }
    }

    fn run_bands<T: Real + Buffered>(
        &self,
        input: &Trimmed<'_>,
        bands: usize,
        mut output: AnyViewMut<'_>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let level = scratch.level;
        let computed = T::DATA_TYPE;
        let scaler = self.options.output.map(|o| o.plan(computed)).transpose()?;
        let unit = if self.options.preserve_range { None } else { unit_scale(input.pixels.data_type()) };
        let outside = self.options.border.value();
        for band in 0..bands {
            let buffers = T::buffers(scratch);
            if !self.options.skip_missing
                && input.only_nan_is_missing()
                && scaler.is_none()
                && let Some(from) = T::downcast_view(&input.pixels)
                && let Some(to) = T::downcast_view_mut(&mut output)
            {
                let (from, mut to) = (from.index_axis_move(Axis(0), band), to.index_axis_move(Axis(0), band));
                let rows: Option<Vec<&[T]>> = from.rows().into_iter().map(|r| r.to_slice()).collect();
                let out: Option<Vec<&mut [T]>> = to.rows_mut().into_iter().map(|r| r.into_slice()).collect();
                if let (Some(rows), Some(mut out)) = (rows, out) {
                    self.blur(level, outside, &rows, input.halo, &mut out, &mut buffers.separable);
                    continue;
                }
            }
            let missing = input.fill_plane(band, &mut buffers.source);
            if let Some((scale, low)) = unit {
                for v in buffers.source.iter_mut().filter(|v| !v.is_nan()) {
                    *v = T::from_f64((v.to_f64() * scale).max(low));
                }
            }
            // Where nothing is missing all weights are exactly 1: the plain blur gives the same bits.
            let outside_missing =
                matches!(self.options.border, Border::Missing | Border::Constant(_)) && outside.is_nan();
            if self.options.skip_missing && (missing || outside_missing) {
                self.blur_valid(level, input, buffers);
            } else {
                self.blur_simple(level, &buffers.source, input, &mut buffers.result, &mut buffers.separable);
            }
            write_plane(&buffers.result, scaler, band, &mut output);
        }
        Ok(())
    }
}

/// For integer types, what makes 0..1 or -1..1 of them, and the lower end.
pub(crate) fn unit_scale(data_type: DataType) -> Option<(f64, f64)> {
    let low = if data_type.is_signed() { -1.0 } else { 0.0 };
    data_type.is_integer().then(|| (1.0 / data_type.range().1, low))
}

/// Write a plane into a band (from 0), rescaled or cast.
pub(crate) fn write_plane<T: Real>(
    plane: &[T],
    scaler: Option<Scaler>,
    band: usize,
    output: &mut AnyViewMut<'_>,
) {
    with_array!(AnyViewMut, output, out => {
        let mut out = out.index_axis_mut(Axis(0), band);
        let cols = out.ncols().max(1);
        for (mut row, from) in out.rows_mut().into_iter().zip(plane.chunks_exact(cols)) {
            match (row.as_slice_mut(), scaler) {
                (Some(row), Some(scaler)) => scaler.apply_slice(from, row),
                (Some(row), None) => row.iter_mut().zip(from).for_each(|(o, v)| *o = Sample::from_f64(v.to_f64())),
                (None, scaler) => row.iter_mut().zip(from).for_each(|(o, v)| {
                    *o = scaler.map_or_else(|| Sample::from_f64(v.to_f64()), |s| s.apply(v.to_f64()));
                }),
            }
        }
    });
}

impl Kernel for Gaussian {
    fn halo(&self) -> Halo {
        Halo::symmetric(self.cols.radius(), self.rows.radius())
    }
    fn wraps(&self) -> bool {
        self.options.border == Border::Wrap
    }
    fn output(&self, input: Signature) -> Result<Signature> {
        require_real(input, "the gaussian")?;
        let computed = if matches!(input.data_type, DataType::F16 | DataType::F32) {
            DataType::F32
        } else {
            DataType::F64
        };
        let data_type = match self.options.output {
            None => computed,
            Some(output) => {
                output.plan(computed)?;
                output.data_type()
            }
        };
        Ok(Signature { data_type, ..input })
    }
    fn keeps(&self) -> Keeps {
        let cast = self.options.output.is_none_or(|o| o.is_cast());
        if cast && self.options.preserve_range { Keeps::Quantity } else { Keeps::Nothing }
    }
    fn run(&self, input: &KernelInput<'_>, output: AnyViewMut<'_>, scratch: &mut Scratch) -> Result<()> {
        let trimmed = input.prepare(self, &output)?;
        let bands = input.signature().bands;
        match trimmed.pixels.data_type() {
            DataType::F16 | DataType::F32 => self.run_bands::<f32>(&trimmed, bands, output, scratch),
            _ => self.run_bands::<f64>(&trimmed, bands, output, scratch),
        }
    }
}
