//! What a function gives for a window, and how it becomes what the output states.

use crate::function::{Inputs, WindowContext, Worker};
use ndarray::{Array2, Array3, Axis};
use raster_core::{
    AnyArray, ColorInterp, Error, Masked, Nodata, RasterInfo, Result, Sample, Window, validity,
    validity::Validity, with_array,
};

/// The validity of what a function gives.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum ComputedValidity {
    /// That of the inputs: a pixel is missing where an input has no valid band. What functions that give an array have.
    #[default]
    FromInputs,
    /// The samples tell it, by the nodata value that the output states (NaN in floats).
    FromSamples,
    /// This, of the shape of the pixels: 0 is missing.
    Mask(Array3<u8>),
}

/// Pixels of shape (bands, rows, columns) with their validity: what a [`WindowFunction`](crate::WindowFunction) gives. An array
/// becomes one whose validity is that of the inputs.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Computed {
    /// The pixels.
    pub pixels: AnyArray,
    /// Which of them are valid.
    pub validity: ComputedValidity,
}

impl Computed {
    /// Pixels that tell their validity themselves: by the output's nodata value, by NaN in floats.
    #[must_use]
    pub fn from_samples(pixels: impl Into<AnyArray>) -> Self {
        Self { pixels: pixels.into(), validity: ComputedValidity::FromSamples }
    }
    /// Pixels with a mask of their shape.
    ///
    /// # Errors
    /// `Misuse` when the shapes differ.
    pub fn masked(pixels: impl Into<AnyArray>, mask: Array3<u8>) -> Result<Self> {
        let pixels = pixels.into();
        if pixels.shape() != mask.dim() {
            return Err(Error::misuse(format!(
                "a mask of shape {:?} for pixels of shape {:?}",
                mask.dim(),
                pixels.shape()
            )));
        }
        Ok(Self { pixels, validity: ComputedValidity::Mask(mask) })
    }
    /// The part that `window` covers, counted from the upper left pixel.
    fn part(self, window: &Window) -> Self {
        let validity = match self.validity {
            ComputedValidity::Mask(mask) => {
                let mut part = Array3::zeros((mask.dim().0, window.height, window.width));
                for (mut to, from) in part.outer_iter_mut().zip(mask.outer_iter()) {
                    to.assign(&window.of(from));
                }
                ComputedValidity::Mask(part)
            }
            other => other,
        };
        Self { pixels: self.pixels.view().window(window).to_owned(), validity }
    }
    /// Cut the halo off a result that has it; any other shape than the core's is refused.
    pub(crate) fn fitted(self, context: &WindowContext) -> Result<Self> {
        let (_, rows, cols) = self.pixels.shape();
        if (rows, cols) == (context.core.height, context.core.width) {
            return Ok(self);
        }
        if (rows, cols) == (context.read.height, context.read.width) {
            return Ok(self.part(&context.core.relative_to(&context.read)));
        }
        Err(Error::misuse(format!(
            "the function gave {rows} × {cols} pixels for a window of {} × {}",
            context.core.height, context.core.width
        )))
    }
    /// As the raster states it that is made, in its type. Missing samples get the nodata value of their band; where the colours'
    /// validity is that of an alpha band it is 0 there; where masks are stored they are returned, shape (bands, rows, columns). A
    /// missing pixel for which there is no place is refused. `inputs` is asked for the validity of the inputs where that counts.
    pub(crate) fn settle(
        mut self,
        info: &RasterInfo,
        inputs: impl FnOnce() -> Result<Option<Array2<u8>>>,
    ) -> Result<(AnyArray, Option<Array3<u8>>)> {
        self.pixels = self.pixels.convert_to(info.data_type);
        let shape = self.pixels.shape();
        let bands = shape.0;
        let kinds: Vec<Validity> = (1..=bands).map(|b| info.validity(b)).collect();
        let stored = kinds.iter().any(|k| k.is_stored());
        let whole = || stored.then(|| Array3::from_elem(shape, 255));
        let mask = match self.validity {
            ComputedValidity::Mask(mask) => mask,
            ComputedValidity::FromSamples => return Ok((self.pixels, whole())),
            ComputedValidity::FromInputs => match inputs()? {
                None => return Ok((self.pixels, whole())),
                Some(shared) => shared
                    .insert_axis(Axis(0))
                    .broadcast(shape)
                    .map(|m| m.to_owned())
                    .ok_or_else(|| Error::internal("the inputs' validity has the shape of the window"))?,
            },
        };
        if mask.dim() != shape {
            return Err(Error::misuse(format!(
                "a mask of shape {:?} for pixels of shape {shape:?}",
                mask.dim()
            )));
        }
        let mut alpha = None;
        for (band, kind) in kinds.iter().enumerate() {
            let own = mask.index_axis(Axis(0), band);
            match kind {
                Validity::Alpha(number) if *number != band + 1 => alpha = Some(*number - 1),
                Validity::AllValid
                    if !stored && own.iter().any(|m| *m == 0) && !is_alpha_of(&kinds, band) =>
                {
                    return Err(Error::misuse(format!(
                        "pixels of band {} are missing, but the output has no place to say so: state a nodata value or a mask",
                        band + 1
                    )));
                }
                Validity::Nodata(nodata) => with_array!(AnyArray, &mut self.pixels, a => {
                    validity::erase(&mut a.index_axis_mut(Axis(0), band), &own, Some(*nodata));
                }),
                _ => {}
            }
        }
        if let Some(alpha) = alpha.filter(|a| *a < bands) {
            let shown =
                shared_mask(&mask, |band| kinds[band] == Validity::Alpha(alpha + 1) && band != alpha)?;
            with_array!(AnyArray, &mut self.pixels, a => {
                validity::erase(&mut a.index_axis_mut(Axis(0), alpha), &shown.view(), Some(Nodata::Int(0)));
            });
        }
        Ok((self.pixels, stored.then_some(mask)))
    }
}

/// Is this band (from 0) the one that tells of the others what is valid?
fn is_alpha_of(kinds: &[Validity], band: usize) -> bool {
    kinds.contains(&Validity::Alpha(band + 1))
}

/// The one mask of the bands (from 0) that are asked about, for a file, which has no other place. An alpha band beside them may be valid
/// everywhere.
///
/// # Errors
/// `Misuse` when they differ.
pub(crate) fn shared_mask(mask: &Array3<u8>, counts: impl Fn(usize) -> bool) -> Result<Array2<u8>> {
    let mut bands = mask.outer_iter().enumerate().filter(|(band, _)| counts(*band));
    let (_, first) = bands.next().ok_or_else(|| Error::internal("a mask of no band"))?;
    if let Some((band, _)) = bands.find(|(_, own)| *own != first) {
        return Err(Error::misuse(format!(
            "other pixels are missing in band {} than in band 1, and a file has one mask for all bands of integers: choose a \
             floating-point type, a nodata value (--nodata), or --validity mask (valid where any band is)",
            band + 1
        )));
    }
    Ok(first.to_owned())
}

impl From<AnyArray> for Computed {
    fn from(pixels: AnyArray) -> Self {
        Self { pixels, validity: ComputedValidity::FromInputs }
    }
}
impl<T: Sample> From<Array3<T>> for Computed {
    fn from(pixels: Array3<T>) -> Self {
        Self::from(AnyArray::from(pixels))
    }
}
impl From<Masked<AnyArray>> for Computed {
    fn from(read: Masked<AnyArray>) -> Self {
        Self { pixels: read.data, validity: ComputedValidity::Mask(read.mask) }
    }
}

impl Inputs<'_> {
    /// Where every input has a valid band, shape (rows, columns) of the context's core; `None` when all is valid everywhere.
    ///
    /// # Errors
    /// What the inputs meet.
    pub(crate) fn validity(
        &self,
        context: &WindowContext,
        worker: &mut Worker,
    ) -> Result<Option<Array2<u8>>> {
        let mut all: Option<Array2<u8>> = None;
        for (input, source) in self.sources().iter().enumerate() {
            let info = source.info();
            if info.is_all_valid() {
                continue;
            }
            let own = match worker.take_validity(input) {
                Some((read, mask)) if read == context.read => {
                    context.core.relative_to(&context.read).of(mask.view()).to_owned()
                }
                _ => any_valid(info, &source.read_mask_window(&info.all_bands(), &context.core)?),
            };
            match &mut all {
                None => all = Some(own),
                Some(all) => all.zip_mut_with(&own, |a, b| *a = (*a).min(*b)),
            }
        }
        Ok(all)
    }
}

/// 255 where any band is valid, 0 elsewhere, from the masks of all bands. An alpha band tells of the others, and is valid itself
/// everywhere: it does not count.
pub(crate) fn any_valid(info: &RasterInfo, mask: &Array3<u8>) -> Array2<u8> {
    let any = validity::shared(&mask.view(), |i| info.bands[i].color == ColorInterp::Alpha);
    any.mapv_into(|m| if m == 0 { 0 } else { 255 })
}
