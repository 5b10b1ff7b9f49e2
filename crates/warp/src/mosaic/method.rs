//! How pixels that several sources have are made one.

use crate::pixel::Pixel;
use ndarray::{Array3, ArrayView3, ArrayViewMut3, Zip};
use raster_core::{AnyView, AnyViewMut, Error, Result, Window};
use std::{fmt, str::FromStr, sync::Arc};

/// What to do where sources overlap. Only valid pixels take part; whether a pixel is still empty is known
/// from its validity, never from its value.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum MergeMethod {
    /// The first source that has the pixel.
    #[default]
    First,
    /// The last source that has the pixel.
    Last,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// The total, saturating.
    Sum,
    /// How many sources have the pixel.
    Count,
    /// The arithmetic mean.
    Mean,
    /// The caller's own.
    Custom(MergeFunction),
}

type Function = dyn Fn(&mut MergeStep<'_>) -> Result<()> + Send + Sync;

/// A caller's merge method. For each window that is read it is called with the sources under it, in order, on
/// one thread at a time per window; it must not depend on how the output is cut into windows.
#[derive(Clone)]
pub struct MergeFunction(Arc<Function>);

impl MergeFunction {
    /// From a closure.
    pub fn new(function: impl Fn(&mut MergeStep<'_>) -> Result<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(function))
    }
}

impl fmt::Debug for MergeFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MergeFunction")
    }
}

/// What a [`MergeFunction`] works on. All arrays have the shape (bands, rows, columns) of `window`; samples
/// have the output's type; validity is 0 or 255.
#[non_exhaustive]
pub struct MergeStep<'a> {
    /// What has been merged so far; to be changed.
    pub merged: AnyViewMut<'a>,
    /// Which of it is valid; to be changed along.
    pub merged_valid: ArrayViewMut3<'a, u8>,
    /// The next source; where it is invalid its values mean nothing.
    pub new: AnyView<'a>,
    /// Which of the next source is valid.
    pub new_valid: ArrayView3<'a, u8>,
    /// Which source, from 0.
    pub index: usize,
    /// Where on the output.
    pub window: Window,
}

impl MergeMethod {
    /// rasterio's name, and `mean`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
            Self::Min => "min",
            Self::Max => "max",
            Self::Sum => "sum",
            Self::Count => "count",
            Self::Mean => "mean",
            Self::Custom(_) => "custom",
        }
    }
}

impl FromStr for MergeMethod {
    type Err = Error;
    fn from_str(name: &str) -> Result<Self> {
        let all = [Self::First, Self::Last, Self::Min, Self::Max, Self::Sum, Self::Count, Self::Mean];
        let names: Vec<_> = all.iter().map(Self::name).collect();
        let message = format!("no merge method {name:?}; there are {}", names.join(", "));
        all.into_iter().find(|m| m.name() == name).ok_or_else(|| Error::misuse(message))
    }
}

/// A part of a mosaic while it is being merged.
pub(super) struct Merging<T> {
    pub(super) pixels: Array3<T>,
    pub(super) valid: Array3<u8>,
    /// Totals of the methods that count and add; kept apart from the pixels, so that nothing is rounded or
    /// cut off before the end.
    totals: Option<Array3<f64>>,
    counts: Option<Array3<u32>>,
}

impl<T: Pixel> Merging<T> {
    pub(super) fn new(method: &MergeMethod, shape: (usize, usize, usize)) -> Self {
        let adds = matches!(method, MergeMethod::Sum | MergeMethod::Mean);
        let counts = matches!(method, MergeMethod::Count | MergeMethod::Mean);
        Self {
            pixels: Array3::from_elem(shape, T::default()),
            valid: Array3::zeros(shape),
            totals: adds.then(|| Array3::zeros(shape)),
            counts: counts.then(|| Array3::zeros(shape)),
        }
    }

    /// Take in the next source, which covers `part` of the array (`window` of the output).
    pub(super) fn add(
        &mut self,
        method: &MergeMethod,
        index: usize,
        (part, window): (&Window, &Window),
        new: &Array3<T>,
        new_valid: &Array3<u8>,
    ) -> Result<()> {
        use crate::engine::load::sub_window as sub;
        let shape = self.pixels.dim();
        let whole = Window::whole(shape.2, shape.1);
        let (mut pixels, mut valid) = (self.pixels.view_mut(), self.valid.view_mut());
        let (mut pixels, mut valid) = (sub(&mut pixels, &whole, part), sub(&mut valid, &whole, part));
        let mut each = |take| take_where(&mut pixels, &mut valid, (new, new_valid), take);
        match method {
            MergeMethod::First => each(|_, _| false),
            MergeMethod::Last => each(|_, _| true),
            MergeMethod::Min => each(|old, new| new < old),
            MergeMethod::Max => each(|old, new| new > old),
            MergeMethod::Sum | MergeMethod::Mean | MergeMethod::Count => {
                if let Some(totals) = &mut self.totals {
                    let mut totals = totals.view_mut();
                    Zip::from(&mut sub(&mut totals, &whole, part)).and(new).and(new_valid).for_each(
                        |t, n, nv| {
                            if *nv != 0 {
                                *t += n.to_f64();
                            }
                        },
                    );
                }
                if let Some(counts) = &mut self.counts {
                    let mut counts = counts.view_mut();
                    Zip::from(&mut sub(&mut counts, &whole, part))
                        .and(new_valid)
                        .for_each(|c, nv| *c += u32::from(*nv != 0));
                }
                valid.zip_mut_with(new_valid, |v, nv| *v |= nv);
            }
            MergeMethod::Custom(function) => {
                let mut step = MergeStep {
                    merged: T::erase_view_mut(pixels),
                    merged_valid: valid,
                    new: T::erase_view(new.view()),
                    new_valid: new_valid.view(),
                    index,
                    window: *window,
                };
                (function.0)(&mut step)?;
            }
        }
        Ok(())
    }

    /// The merged pixels, with `nodata` where there are none.
    pub(super) fn finish(self, nodata: Option<T>) -> (Array3<T>, Array3<u8>) {
        let Self { mut pixels, valid, totals, counts } = self;
        match (totals, counts) {
            (Some(totals), None) => Zip::from(&mut pixels).and(&totals).for_each(|p, t| *p = T::store(*t)),
            (None, Some(counts)) => {
                Zip::from(&mut pixels).and(&counts).for_each(|p, c| *p = T::store(f64::from(*c)));
            }
            (Some(totals), Some(counts)) => Zip::from(&mut pixels)
                .and(&totals)
                .and(&counts)
                .for_each(|p, t, c| *p = T::store(t / f64::from((*c).max(1)))),
            (None, None) => {}
        }
        let fill = nodata.unwrap_or_default();
        pixels.zip_mut_with(&valid, |p, v| {
            if *v == 0 {
                *p = fill;
            } else if nodata.is_some_and(|n| n == *p) {
                *p = p.beside();
            }
        });
        (pixels, valid)
    }
}

/// Takes the new values that are valid, where nothing was yet and where `take` of the old and the new one says so.
// Compiled once for each type, not once for each method.
#[inline(never)]
fn take_where<T: Pixel>(
    pixels: &mut ArrayViewMut3<'_, T>,
    valid: &mut ArrayViewMut3<'_, u8>,
    (new, new_valid): (&Array3<T>, &Array3<u8>),
    take: fn(T, T) -> bool,
) {
    Zip::from(pixels).and(valid).and(new).and(new_valid).for_each(|p, v, n, nv| {
        if *nv != 0 && (*v == 0 || take(*p, *n)) {
            (*p, *v) = (*n, 255);
        }
    });
}
