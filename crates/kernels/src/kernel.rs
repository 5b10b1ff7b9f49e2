//! A function of one window.

use crate::{Scratch, simd::Real};
use ndarray::{Array2, Array3, ArrayView3, ArrayViewMut2, ArrayViewMut3, Axis, Slice, Zip};
use raster_core::{
    AnyArray, AnyView, AnyViewMut, DataType, Error, Halo, Keeps, Masked, Nodata, Result, Sample, Window,
    validity, with_array,
};

/// What a kernel gives: how many bands, of what type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Bands of the output.
    pub bands: usize,
    /// Type of its samples.
    pub data_type: DataType,
}

/// A function that computes the pixels of a window from the same pixels of its input and those around them.
///
/// The result for a pixel depends on the pixels in its footprint and on nothing else: not on how the raster is
/// cut into windows, not on threads, not on the SIMD level.
pub trait Kernel: Send + Sync {
    /// The pixels that it needs around a window.
    fn halo(&self) -> Halo;

    /// Are the pixels beyond an edge those of the opposite edge ([`Border::Wrap`](crate::Border::Wrap))? Then
    /// the caller fills a halo that reaches over the edge with the pixels of the opposite side, or passes windows
    /// that span the raster along that axis (their halo cut on both sides).
    fn wraps(&self) -> bool {
        false
    }

    /// What it gives for this input.
    ///
    /// # Errors
    /// `Misuse` when it cannot take so many bands or this type.
    fn output(&self, input: Signature) -> Result<Signature>;

    /// Compute one window into `output`, whose bands and type are those of [`output`](Self::output), and whose
    /// rows and columns are those of the input without its halo.
    ///
    /// # Errors
    /// `Misuse` when input and output do not fit; what [`output`](Self::output) refuses.
    fn run(&self, input: &KernelInput<'_>, output: AnyViewMut<'_>, scratch: &mut Scratch) -> Result<()>;

    /// As [`run`](Self::run), and tell which pixels of the result are valid: 0 or 255 in `mask`, whose shape is that of
    /// `output`. Provided: a pixel is valid where the input's is, in its own band when as many bands come out as go in, else in
    /// all of them; and where it is not NaN.
    ///
    /// # Errors
    /// As [`run`](Self::run); `Misuse` when the mask has another shape.
    fn run_masked(
        &self,
        input: &KernelInput<'_>,
        mut output: AnyViewMut<'_>,
        mut mask: ArrayViewMut3<'_, u8>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        self.run(input, output.reborrow(), scratch)?;
        check_mask(&output, &mask)?;
        input.validity_at_centre(&mut mask)?;
        mark_nan(&output.view(), &mut mask);
        Ok(())
    }

    /// What of the input's description still holds for the result.
    fn keeps(&self) -> Keeps {
        Keeps::Nothing
    }
}

/// Pixels and validity of a result have one shape.
pub(crate) fn check_mask(output: &AnyViewMut<'_>, mask: &ArrayViewMut3<'_, u8>) -> Result<()> {
    if output.shape() == mask.dim() {
        return Ok(());
    }
    Err(Error::misuse(format!("a mask of shape {:?} for a result of shape {:?}", mask.dim(), output.shape())))
}

/// NaN is missing.
pub(crate) fn mark_nan(output: &AnyView<'_>, mask: &mut ArrayViewMut3<'_, u8>) {
    if output.data_type().is_float() {
        with_array!(AnyView, output, a => Zip::from(mask).and(a).for_each(|m, v| if v.is_nan() { *m = 0 }));
    }
}

impl<K: Kernel + ?Sized> Kernel for Box<K> {
    fn halo(&self) -> Halo {
        (**self).halo()
    }
    fn wraps(&self) -> bool {
        (**self).wraps()
    }
    fn output(&self, input: Signature) -> Result<Signature> {
        (**self).output(input)
    }
    fn run(&self, input: &KernelInput<'_>, output: AnyViewMut<'_>, scratch: &mut Scratch) -> Result<()> {
        (**self).run(input, output, scratch)
    }
    fn run_masked(
        &self,
        input: &KernelInput<'_>,
        output: AnyViewMut<'_>,
        mask: ArrayViewMut3<'_, u8>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        (**self).run_masked(input, output, mask, scratch)
    }
    fn keeps(&self) -> Keeps {
        (**self).keeps()
    }
}

/// Run a kernel over a whole raster.
///
/// # Errors
/// What the kernel refuses.
pub fn apply(kernel: &dyn Kernel, pixels: AnyView<'_>, scratch: &mut Scratch) -> Result<AnyArray> {
    apply_to(kernel, &KernelInput::new(pixels), scratch)
}

/// Run a kernel over one window into a new array.
///
/// # Errors
/// What the kernel refuses.
pub fn apply_to(kernel: &dyn Kernel, input: &KernelInput<'_>, scratch: &mut Scratch) -> Result<AnyArray> {
    let signature = kernel.output(input.signature())?;
    let (rows, cols) = input.output_size()?;
    let mut out = AnyArray::zeros(signature.data_type, (signature.bands, rows, cols));
    kernel.run(input, out.view_mut(), scratch)?;
    Ok(out)
}

/// Run a kernel over one window into new arrays of pixels and validity.
///
/// # Errors
/// What the kernel refuses.
pub fn apply_masked(
    kernel: &dyn Kernel,
    input: &KernelInput<'_>,
    scratch: &mut Scratch,
) -> Result<Masked<AnyArray>> {
    let signature = kernel.output(input.signature())?;
    let (rows, cols) = input.output_size()?;
    let shape = (signature.bands, rows, cols);
    let mut out = Masked { data: AnyArray::zeros(signature.data_type, shape), mask: Array3::zeros(shape) };
    kernel.run_masked(input, out.data.view_mut(), out.mask.view_mut(), scratch)?;
    Ok(out)
}

/// The input of a kernel for one window: the pixels of the window and of the halo around it, and which of them
/// are valid.
///
/// The halo is smaller than the kernel asks for on a side where the raster ends: there, and only there, the
/// kernel's border rule holds. It may be larger too; the rest is not looked at.
#[derive(Clone, Debug)]
pub struct KernelInput<'a> {
    /// Pixels of shape (bands, rows, columns), halo included.
    pub pixels: AnyView<'a>,
    /// How many of them lie around the window on each side.
    pub halo: Halo,
    /// 0 where a pixel is missing; the shape of `pixels`.
    pub mask: Option<ArrayView3<'a, u8>>,
    /// The value of missing pixels. NaN is missing always. Kernels say whether they look at all this.
    pub nodata: Option<Nodata>,
}

impl<'a> KernelInput<'a> {
    /// A whole raster: no halo.
    #[must_use]
    pub fn new(pixels: AnyView<'a>) -> Self {
        Self { pixels, halo: Halo::NONE, mask: None, nodata: None }
    }
    /// With a halo inside `pixels`.
    #[must_use]
    pub fn with_halo(self, halo: Halo) -> Self {
        Self { halo, ..self }
    }
    /// With a nodata value.
    #[must_use]
    pub fn with_nodata(self, nodata: Option<Nodata>) -> Self {
        Self { nodata, ..self }
    }
    /// With a mask: 0 is missing.
    #[must_use]
    pub fn with_mask(self, mask: Option<ArrayView3<'a, u8>>) -> Self {
        Self { mask, ..self }
    }
    /// Its bands and type.
    #[must_use]
    pub fn signature(&self) -> Signature {
        Signature { bands: self.pixels.shape().0, data_type: self.pixels.data_type() }
    }
    /// (rows, columns) of the window without its halo.
    ///
    /// # Errors
    /// `Misuse` when the halo is larger than the pixels.
    pub fn output_size(&self) -> Result<(usize, usize)> {
        let (_, rows, cols) = self.pixels.shape();
        let rest = |n: usize, a: usize, b: usize| n.checked_sub(a.checked_add(b)?);
        rest(rows, self.halo.top, self.halo.bottom)
            .zip(rest(cols, self.halo.left, self.halo.right))
            .ok_or_else(|| {
                Error::misuse(format!("the halo {:?} is larger than the {rows} × {cols} pixels", self.halo))
            })
    }

    /// 255 where the pixel at the same place is valid, 0 elsewhere; see [`Kernel::run_masked`].
    fn validity_at_centre(&self, mask: &mut ArrayViewMut3<'_, u8>) -> Result<()> {
        let (bands, _, _) = self.pixels.shape();
        let (rows, cols) = self.output_size()?;
        let core = Window::new(self.halo.left as i64, self.halo.top as i64, cols, rows);
        let pixels = self.pixels.window(&core);
        let own = mask.dim().0 == bands;
        mask.fill(255);
        let mut valid = Array2::zeros((rows, cols));
        for band in 0..bands {
            with_array!(AnyView, &pixels, a => {
                let a = a.index_axis(Axis(0), band);
                validity::of_samples(a, self.nodata, &mut valid.view_mut());
                Zip::from(&mut valid).and(&a).for_each(|m, v| if v.is_nan() { *m = 0 });
            });
            if let Some(stored) = &self.mask {
                let (top, left) = (self.halo.top, self.halo.left);
                let stored = stored.index_axis(Axis(0), band);
                for ((r, c), m) in valid.indexed_iter_mut() {
                    *m = if stored[[r + top, c + left]] == 0 { 0 } else { *m };
                }
            }
            for (_, mut to) in mask.outer_iter_mut().enumerate().filter(|(i, _)| !own || *i == band) {
                Zip::from(&mut to).and(&valid).for_each(|m, v| *m = (*m).min(*v));
            }
        }
        Ok(())
    }

    /// Only what a kernel with this halo looks at, after all shapes have been checked against each other.
    pub(crate) fn prepare(&self, kernel: &dyn Kernel, output: &AnyViewMut<'_>) -> Result<Trimmed<'_>> {
        let signature = kernel.output(self.signature())?;
        let (rows, cols) = self.output_size()?;
        let found = Signature { bands: output.shape().0, data_type: output.data_type() };
        if found != signature || output.shape() != (signature.bands, rows, cols) {
            return Err(Error::misuse(format!(
                "the output is {} of shape {:?}, expected {} of shape {:?}",
                found.data_type,
                output.shape(),
                signature.data_type,
                (signature.bands, rows, cols),
            )));
        }
        if self.mask.as_ref().is_some_and(|m| m.dim() != self.pixels.shape()) {
            return Err(Error::misuse("mask and pixels differ in shape"));
        }
        let (need, have) = (kernel.halo(), self.halo);
        let halo = Halo {
            left: need.left.min(have.left),
            top: need.top.min(have.top),
            right: need.right.min(have.right),
            bottom: need.bottom.min(have.bottom),
        };
        if kernel.wraps() {
            // A part of the halo is of no use: the pixels of the opposite side are not at hand.
            let cut = |need: usize, have: usize| need > have;
            let lonely = |a: bool, b: bool| a != b;
            if lonely(cut(need.left, have.left), cut(need.right, have.right))
                || lonely(cut(need.top, have.top), cut(need.bottom, have.bottom))
                || (cut(need.left, have.left) && (have.left, have.right) != (0, 0))
                || (cut(need.top, have.top) && (have.top, have.bottom) != (0, 0))
            {
                return Err(Error::misuse(
                    "a border that wraps needs the whole halo (from the opposite side of the raster) or a window \
                     that spans the raster",
                ));
            }
        }
        let window = Window::new(
            (have.left - halo.left) as i64,
            (have.top - halo.top) as i64,
            cols + halo.left + halo.right,
            rows + halo.top + halo.bottom,
        );
        Ok(Trimmed {
            pixels: self.pixels.window(&window),
            mask: self.mask.as_ref().map(|m| m.view()),
            window,
            halo,
            nodata: self.nodata,
            rows,
            cols,
        })
    }
}

/// An input of which all shapes are known to fit.
pub(crate) struct Trimmed<'a> {
    /// The window and as much halo as the kernel uses.
    pub pixels: AnyView<'a>,
    mask: Option<ArrayView3<'a, u8>>,
    window: Window,
    pub halo: Halo,
    pub nodata: Option<Nodata>,
    /// Rows of the output.
    pub rows: usize,
    /// Columns of the output.
    pub cols: usize,
}

impl Trimmed<'_> {
    /// Rows and columns of `pixels`.
    pub(crate) fn input_size(&self) -> (usize, usize) {
        (self.rows + self.halo.top + self.halo.bottom, self.cols + self.halo.left + self.halo.right)
    }

    /// The part of the mask that belongs to `pixels`.
    pub(crate) fn mask(&self) -> Option<ArrayView3<'_, u8>> {
        self.mask.as_ref().map(|mask| {
            let (row, col) = (self.window.row as usize, self.window.col as usize);
            let mut part = mask.view();
            part.slice_axis_inplace(Axis(1), Slice::from(row..row + self.window.height));
            part.slice_axis_inplace(Axis(2), Slice::from(col..col + self.window.width));
            part
        })
    }

    /// Refuse integers of a band (from 0) that f64 cannot hold, where values have to come out as they went in.
    pub(crate) fn check_exact(&self, band: usize) -> Result<()> {
        let mask = self.mask();
        let mask = mask.as_ref().map(|m| m.slice_axis(Axis(0), Slice::from(band..band + 1)));
        self.pixels.band(band).check_fits_f64(self.nodata, mask.as_ref())
    }

    /// Is NaN all that tells what is missing?
    pub(crate) fn only_nan_is_missing(&self) -> bool {
        self.mask.is_none() && self.nodata.is_none_or(Nodata::is_nan)
    }

    /// Fill `plane` with a band (from 0), row after row; missing pixels become NaN. Are there any?
    pub(crate) fn fill_plane<T: Real>(&self, band: usize, plane: &mut Vec<T>) -> bool {
        plane.clear();
        with_array!(AnyView, &self.pixels, pixels => {
            let pixels = pixels.index_axis(Axis(0), band);
            for row in pixels.rows() {
                match row.to_slice() {
                    Some(row) => plane.extend(row.iter().map(|v| T::from_f64(v.to_f64()))),
                    None => plane.extend(row.iter().map(|v| T::from_f64(v.to_f64()))),
                }
            }
        });
        self.for_missing(band, |i| plane[i] = T::from_f64(f64::NAN));
        plane.iter().any(|v| v.is_nan())
    }

    /// Call `f` with the position (row after row) of every pixel of a band that is nodata or masked. NaN is not
    /// looked for.
    pub(crate) fn for_missing(&self, band: usize, mut f: impl FnMut(usize)) {
        if let Some(nodata) = self.nodata {
            with_array!(AnyView, &self.pixels, pixels => {
                for_equal(pixels.index_axis(Axis(0), band).iter(), nodata, &mut f);
            });
        }
        if let Some(mask) = self.mask() {
            let valid = mask.index_axis(Axis(0), band);
            valid.iter().enumerate().filter(|(_, valid)| **valid == 0).for_each(|(i, _)| f(i));
        }
    }
}

fn for_equal<'a, S: Sample>(samples: impl Iterator<Item = &'a S>, nodata: Nodata, f: &mut impl FnMut(usize)) {
    if let Some(nodata) = nodata.to_sample::<S>() {
        samples.enumerate().filter(|(_, s)| **s == nodata).for_each(|(i, _)| f(i));
    }
}

/// 0 where a value of a plane, row after row, is NaN, and 255 elsewhere.
pub(crate) fn mark_plane<T: Real>(plane: &[T], mask: &mut ArrayViewMut2<'_, u8>) {
    mask.iter_mut().zip(plane).for_each(|(m, v)| *m = if v.to_f64().is_nan() { 0 } else { 255 });
}

/// Refuse complex samples.
pub(crate) fn require_real(input: Signature, kernel: &str) -> Result<()> {
    if input.data_type.is_complex() {
        return Err(Error::misuse(format!("{kernel} takes real samples, not {}", input.data_type)));
    }
    if input.bands == 0 {
        return Err(Error::misuse(format!("{kernel} needs at least one band")));
    }
    Ok(())
}
