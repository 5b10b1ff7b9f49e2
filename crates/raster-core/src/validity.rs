//! The rules of validity: which samples of a raster are data. The only place that has them.
//!
//! A band says where its validity comes from ([`MaskKind`]); [`RasterInfo::validity`] makes of it what has to be looked at.
//! - **nodata**: a sample that equals the band's nodata value, in the type of the source, is invalid; NaN equals NaN. A nodata
//!   value that no sample of the type can have hides nothing.
//! - **stored mask**: 0 is invalid, anything else valid.
//! - **alpha**: the last band whose meaning is alpha; its values are the mask. 16 bits are scaled to 8, and what is not quite
//!   transparent stays above 0, as GDAL has it; other types saturate.

use crate::{AnyView, DataType, MaskKind, Nodata, RasterInfo, Sample, Value, with_array, with_type};
use ndarray::{Array2, ArrayView2, ArrayView3, ArrayViewMut2, Axis, Zip};

/// Where the validity of a band is to be found.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Validity {
    /// Nowhere: all is valid.
    AllValid,
    /// In its own samples.
    Nodata(Nodata),
    /// In a mask that is stored beside the bands and that they share.
    Stored,
    /// In a mask of its own that is stored beside the bands.
    StoredApart,
    /// In this band (numbered from 1).
    Alpha(usize),
}

impl Validity {
    /// Is it told by a mask, of all bands or of this one?
    #[must_use]
    pub fn is_stored(self) -> bool {
        matches!(self, Self::Stored | Self::StoredApart)
    }
    /// Is it told by other samples than the band's own?
    #[must_use]
    pub fn is_elsewhere(self) -> bool {
        self.is_stored() || matches!(self, Self::Alpha(_))
    }
    /// Is it something that the bands share, so that it is read once?
    #[must_use]
    pub fn is_shared(self) -> bool {
        matches!(self, Self::Stored | Self::Alpha(_))
    }
}

impl RasterInfo {
    /// Where the validity of `band` (numbered from 1) is to be found. A band that does not exist has none to look at.
    #[must_use]
    pub fn validity(&self, band: usize) -> Validity {
        let Some(info) = band.checked_sub(1).and_then(|b| self.bands.get(b)) else {
            return Validity::AllValid;
        };
        match info.mask {
            MaskKind::AllValid => Validity::AllValid,
            MaskKind::Nodata => match info.nodata {
                Some(nodata) if nodata.fits(self.data_type) => Validity::Nodata(nodata),
                _ => Validity::AllValid,
            },
            MaskKind::PerDataset => Validity::Stored,
            MaskKind::PerBand => Validity::StoredApart,
            MaskKind::Alpha => Validity::Alpha(self.alpha_band().unwrap_or(self.bands.len())),
        }
    }
    /// The number of the alpha band: the last one that calls itself so.
    #[must_use]
    pub fn alpha_band(&self) -> Option<usize> {
        self.bands.iter().rposition(|b| b.color == crate::ColorInterp::Alpha).map(|i| i + 1)
    }
    /// The sample of a place of which nothing is stored: the nodata value, or 0 where there is none that samples of
    /// the type can have.
    #[must_use]
    pub fn blank_sample(&self) -> Value {
        let nodata = self.nodata().filter(|n| n.fits(self.data_type));
        nodata.map_or(Value::Int(0), |n| {
            with_type!(self.data_type, T => {
                n.to_sample::<T>().unwrap_or_default().to_value()
            })
        })
    }
    /// Is a place of which nothing is stored missing in `band` (numbered from 1)? So it is where validity comes from a mask or
    /// an alpha band, and where [`blank_sample`](Self::blank_sample) is the band's nodata value.
    #[must_use]
    pub fn is_blank_missing(&self, band: usize) -> bool {
        match self.validity(band) {
            Validity::AllValid => false,
            Validity::Nodata(nodata) => with_type!(self.data_type, T => {
                Missing::<T>::new(Some(nodata)).is(T::from_value(self.blank_sample()))
            }),
            Validity::Stored | Validity::StoredApart | Validity::Alpha(_) => true,
        }
    }
    /// Is every pixel of every band valid, whatever is stored?
    #[must_use]
    pub fn is_all_valid(&self) -> bool {
        (1..=self.bands.len()).all(|b| self.validity(b) == Validity::AllValid)
    }
}

/// Tells missing samples of one type from others.
///
/// ```
/// use raster_core::{Nodata, validity::Missing};
/// let missing = Missing::<u8>::new(Some(Nodata::from(255)));
/// assert_eq!([0, 254, 255].map(|v| missing.is(v)), [false, false, true]);
/// assert!(Missing::<f32>::new(Some(Nodata::from(f64::NAN))).is(f32::NAN));
/// assert!(Missing::<u8>::new(Some(Nodata::from(-1))).never());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Missing<T>(Option<T>);

impl<T: Sample> Missing<T> {
    /// By this nodata value; by none nothing is missing.
    #[must_use]
    pub fn new(nodata: Option<Nodata>) -> Self {
        Self(nodata.and_then(Nodata::to_sample))
    }
    /// Can no sample be missing?
    #[must_use]
    pub fn never(self) -> bool {
        self.0.is_none()
    }
    /// Is this sample missing?
    #[must_use]
    #[inline]
    pub fn is(self, sample: T) -> bool {
        if T::DATA_TYPE.is_complex() {
            // As GDAL has it, the real part tells.
            return self.0.is_some_and(|n| {
                let (n, real) = (n.to_f64(), sample.to_f64());
                n == real || (n.is_nan() && real.is_nan())
            });
        }
        self.0.is_some_and(|n| sample == n || (n.is_nan() && sample.is_nan()))
    }
    /// 0 for each sample that is missing and 255 for each other one.
    pub fn mark(self, samples: &[T], mask: &mut [u8]) {
        match self.0 {
            None => mask.fill(255),
            Some(_) if T::DATA_TYPE.is_complex() => {
                mask.iter_mut().zip(samples).for_each(|(m, v)| *m = if self.is(*v) { 0 } else { 255 });
            }
            Some(n) if n.is_nan() => {
                mask.iter_mut().zip(samples).for_each(|(m, v)| *m = if v.is_nan() { 0 } else { 255 });
            }
            Some(n) => mask.iter_mut().zip(samples).for_each(|(m, v)| *m = if *v == n { 0 } else { 255 }),
        }
    }
}

/// Validity from the samples of a band.
pub fn of_samples<T: Sample>(
    samples: ArrayView2<'_, T>,
    nodata: Option<Nodata>,
    mask: &mut ArrayViewMut2<'_, u8>,
) {
    let missing = Missing::<T>::new(nodata);
    if missing.never() {
        mask.fill(255);
        return;
    }
    for (samples, mut mask) in samples.outer_iter().zip(mask.outer_iter_mut()) {
        match (samples.to_slice(), mask.as_slice_mut()) {
            (Some(samples), Some(mask)) => missing.mark(samples, mask),
            _ => {
                Zip::from(&mut mask).and(&samples).for_each(|m, v| *m = if missing.is(*v) { 0 } else { 255 })
            }
        }
    }
}

/// Validity of one band from its samples in the type of the source, shape (1, rows, columns). Where validity is stored apart
/// everything counts as valid: the caller knows that part.
pub fn of_band(info: &RasterInfo, band: usize, samples: &AnyView<'_>, mask: &mut ArrayViewMut2<'_, u8>) {
    match info.validity(band) {
        Validity::Nodata(nodata) => {
            with_array!(AnyView, samples, a => of_samples(a.index_axis(Axis(0), 0), Some(nodata), mask));
        }
        _ => mask.fill(255),
    }
}

/// Validity from the samples of an alpha band, shape (1, rows, columns).
pub fn of_alpha(alpha: &AnyView<'_>, mask: &mut ArrayViewMut2<'_, u8>) {
    with_array!(AnyView, alpha, a => {
        let a = a.index_axis(Axis(0), 0);
        let wide = alpha.data_type() == DataType::U16;
        Zip::from(mask).and(&a).for_each(|m, v| *m = if wide { narrow(v.to_f64()) } else { u8::from_f64(v.to_f64()) });
    });
}

/// 16 bits as 8, rounded down as GDAL does; what is not 0 does not become 0.
fn narrow(alpha: f64) -> u8 {
    if alpha == 0.0 { 0 } else { ((alpha as u32) * 255 / 65535).max(1) as u8 }
}

/// One mask for several bands, shape (rows, columns), from the masks of each: valid where any band is. Planes for which `alpha` says
/// yes are those of alpha bands, which tell of the others and are valid themselves everywhere: they do not count, unless there is
/// no other.
#[must_use]
pub fn shared(masks: &ArrayView3<'_, u8>, alpha: impl Fn(usize) -> bool) -> Array2<u8> {
    let (planes, rows, cols) = masks.dim();
    let alone = (0..planes).all(&alpha);
    let mut any = Array2::zeros((rows, cols));
    for (_, plane) in masks.outer_iter().enumerate().filter(|(i, _)| alone || !alpha(*i)) {
        any.zip_mut_with(&plane, |a: &mut u8, b| *a = (*a).max(*b));
    }
    any
}

impl RasterInfo {
    /// An alpha band that readers of TIFF files would not take for the validity of the others (it has to be the last of two or four
    /// bands of 8 or 16 bits, as GDAL has it), or that is not there at all, becomes a mask that the bands share.
    pub fn mask_for_alpha(&mut self) {
        let count = self.bands.len();
        let understood = matches!(count, 2 | 4)
            && self.bands[count - 1].color == crate::ColorInterp::Alpha
            && matches!(self.data_type, DataType::U8 | DataType::U16);
        for band in self.bands.iter_mut().filter(|b| b.mask == MaskKind::Alpha && !understood) {
            band.mask = MaskKind::PerDataset;
        }
    }

    /// Masks of single bands become one that the bands share: what a file or a computed raster has a place for.
    pub fn share_masks(&mut self) {
        for band in self.bands.iter_mut().filter(|b| b.mask == MaskKind::PerBand) {
            band.mask = MaskKind::PerDataset;
        }
    }
}

/// Validity from what a stored mask holds: in place.
pub fn of_stored(mask: &mut ArrayViewMut2<'_, u8>) {
    mask.mapv_inplace(|v| if v == 0 { 0 } else { 255 });
}

/// Write the nodata value over every sample that the mask calls invalid. `false` when the type has no such value: nothing is
/// changed then.
pub fn erase<T: Sample>(
    samples: &mut ArrayViewMut2<'_, T>,
    mask: &ArrayView2<'_, u8>,
    nodata: Option<Nodata>,
) -> bool {
    let Some(fill) = nodata.and_then(Nodata::to_sample::<T>) else { return false };
    Zip::from(samples).and(mask).for_each(|v, m| {
        if *m == 0 {
            *v = fill;
        }
    });
    true
}

/// The neighbour of a sample, which is stored instead of a valid one that happens to equal nodata: the next smaller integer (the next
/// greater one from the smallest), the next greater float (the next smaller from the greatest), as GDAL's warper has it.
#[must_use]
pub fn beside<T: Sample>(sample: T) -> T {
    let (min, max) = T::DATA_TYPE.range();
    match T::DATA_TYPE {
        t if t.is_integer() => match sample.to_value() {
            Value::Int(v) => T::from_value(Value::Int(if T::from_value(Value::Int(v - 1)) == sample {
                v + 1
            } else {
                v - 1
            })),
            _ => sample,
        },
        DataType::F32 => {
            let v = sample.to_f64() as f32;
            T::from_f64(f64::from(if v == f32::MAX { v.next_down() } else { v.next_up() }))
        }
        DataType::F64 => {
            let v = sample.to_f64();
            T::from_f64(if v == f64::MAX { v.next_down() } else { v.next_up() })
        }
        // Half precision: steps of a thousandth reach the next number, from 0 the smallest ones do.
        DataType::F16 => {
            let v = sample.to_f64();
            let up = v + (v.abs() * (1.0 / 1024.0)).max(6e-8);
            T::from_f64(if up <= max { up } else { (v * (1.0 - 1.0 / 1024.0)).max(min) })
        }
        _ => sample,
    }
}

/// What happened to the samples of a band when they became those of another type or validity ([`settle`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Missing samples that are the nodata value now.
    pub missing: u64,
    /// Valid samples that would have been nodata, and are the value beside it.
    pub moved: u64,
    /// Valid samples that equal the nodata value, and were left.
    pub hidden: u64,
}

/// Make samples say by `nodata` what the mask says: those that are missing become it, and valid ones that equal it
/// are moved beside it ([`beside`]); where `keep` says so of a row and column they are left, and are missing from now on.
pub fn settle<T: Sample>(
    samples: &mut ArrayViewMut2<'_, T>,
    mask: &ArrayView2<'_, u8>,
    nodata: Nodata,
    keep: impl Fn((usize, usize)) -> bool,
) -> Settled {
    let mut settled = Settled::default();
    let (Some(fill), missing) = (nodata.to_sample::<T>(), Missing::<T>::new(Some(nodata))) else {
        return settled;
    };
    let moved = beside(fill);
    Zip::indexed(samples).and(mask).for_each(|at, v, m| {
        if *m == 0 {
            settled.missing += 1;
            *v = fill;
        } else if missing.is(*v) {
            // Nothing is beside NaN: a NaN is missing whatever the mask says.
            if fill.is_nan() || keep(at) {
                settled.hidden += 1;
            } else {
                settled.moved += 1;
                *v = moved;
            }
        }
    });
    settled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ColorInterp, DataType};
    use ndarray::arr2;

    #[test]
    fn alpha_of_every_type() {
        let mut mask = Array2::zeros((1, 4));
        let wide = ndarray::arr3(&[[[0u16, 1, 1000, 65535]]]);
        of_alpha(&Sample::erase_view(wide.view()), &mut mask.view_mut());
        assert_eq!(mask, arr2(&[[0, 1, 3, 255]]));
        let bytes = ndarray::arr3(&[[[0u8, 1, 128, 255]]]);
        of_alpha(&Sample::erase_view(bytes.view()), &mut mask.view_mut());
        assert_eq!(mask, arr2(&[[0, 1, 128, 255]]));
        let floats = ndarray::arr3(&[[[0f32, 0.4, 254.6, 1e9]]]);
        of_alpha(&Sample::erase_view(floats.view()), &mut mask.view_mut());
        assert_eq!(mask, arr2(&[[0, 0, 255, 255]]));
    }

    #[test]
    fn valid_samples_move_off_nodata() {
        let mask = arr2(&[[255u8, 0, 255, 128]]);
        let mut bytes = arr2(&[[7u8, 7, 0, 9]]);
        let settled = settle(&mut bytes.view_mut(), &mask.view(), Nodata::from(7), |_| false);
        assert_eq!((bytes, settled), (arr2(&[[6, 7, 0, 9]]), Settled { missing: 1, moved: 1, hidden: 0 }));
        let mut bytes = arr2(&[[0u8, 5, 0, 9]]);
        let settled = settle(&mut bytes.view_mut(), &mask.view(), Nodata::from(0), |_| true);
        assert_eq!((bytes, settled), (arr2(&[[0, 0, 0, 9]]), Settled { missing: 1, moved: 0, hidden: 2 }));
        assert_eq!([beside(0u8), beside(255u8), beside(3u8)], [1, 254, 2]);
        assert_eq!([beside(i64::MIN), beside(i64::MAX)], [i64::MIN + 1, i64::MAX - 1]);
        assert_eq!([beside(u64::MAX), beside(0u64)], [u64::MAX - 1, 1]);
        assert!(beside(-9999f32) > -9999.0 && beside(f32::MAX) < f32::MAX && beside(0f64) > 0.0);
        for v in [-65504.0, -10000.0, -1.0, 0.0, 1.0, 6e-8, 65504.0] {
            let half = crate::F16::from_f32(v);
            assert!(beside(half).to_f32() != half.to_f32(), "{v}");
            assert!((beside(half).to_f32() - v).abs() <= v.abs() / 512.0 + 1.2e-7, "{v}");
        }
        assert_eq!(Nodata::from(-9999).rounded(DataType::F16), Nodata::from(-10000));
        assert_eq!(Nodata::from(0.1).rounded(DataType::F32), Nodata::from(0.1f32));
        assert_eq!(Nodata::from(-9999).rounded(DataType::F64), Nodata::from(-9999));
    }

    #[test]
    fn the_last_alpha_band_counts() {
        let mut info = RasterInfo::new(1, 1, 4, DataType::U8);
        info.bands[1].color = ColorInterp::Alpha;
        info.bands[2].color = ColorInterp::Alpha;
        info.bands[0].mask = MaskKind::Alpha;
        assert_eq!(info.validity(1), Validity::Alpha(3));
        info.bands[0].mask = MaskKind::Nodata;
        info.bands[0].nodata = Some(Nodata::from(300));
        assert_eq!(info.validity(1), Validity::AllValid, "no byte is 300");
        info.data_type = DataType::U16;
        assert_eq!(info.validity(1), Validity::Nodata(Nodata::from(300)));
    }

    #[test]
    fn rows_in_any_layout() {
        let samples = Array2::from_shape_fn((3, 4), |(r, c)| (r * 4 + c) as i16 % 5);
        let (mut a, mut b) = (Array2::zeros((3, 4)), Array2::zeros((4, 3)));
        of_samples(samples.view(), Some(Nodata::from(2)), &mut a.view_mut());
        of_samples(samples.t(), Some(Nodata::from(2)), &mut b.view_mut());
        assert_eq!(a, b.t());
        assert_eq!(a, samples.mapv(|v| if v == 2 { 0 } else { 255 }));
    }
}
