//! A filter over chosen bands, with conversion before and after, and within zones.

use crate::{
    GaussianOptions, Kernel, KernelInput, Rescale, Scratch, Signature, apply_to,
    kernel::{Trimmed, check_mask, require_real},
};
use ndarray::{Array3, ArrayViewMut3, Axis, Slice};
use raster_core::{
    AnyArray, AnyViewMut, DataType, Error, Halo, Keeps, Result, Sample, Window, with_array, with_type,
};

/// What a filter within a zone sees of the pixels outside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutsideZone {
    /// Zero: values fade towards the edge of a zone.
    #[default]
    Zero,
    /// Missing (masked, and NaN in a float type): a filter that leaves missing pixels out sees the zone only.
    Missing,
}

/// Which pixels are filtered together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zones {
    /// The band, from 1, of the input whose values are the zones. NaN is no zone.
    pub selector: usize,
    /// What lies outside.
    pub outside: OutsideZone,
}

/// A filter over some bands of a raster (upstream's `apply_filter`): convert, filter, convert, for every zone
/// by itself.
///
/// Upstream converts to u8 before the filter unless told not to, which destroys floats; here nothing is converted
/// unless asked for. A pixel that is missing in the input (NaN, nodata, masked), or lies in no zone, is missing in
/// the output: NaN in a float type, 0 in an integer type.
///
/// Halo: that of the filter. Scratch: per zone a copy of the part of the window that it touches and the filter's
/// result for it, allocated anew, beside the filter's own.
///
/// ```
/// use kernels::{ApplyFilter, GaussianOptions, Rescale, Scratch, apply};
/// use raster_core::{AnyArray, DataType};
///
/// // Band 1: values; band 2: zones. The mean of the same zone around each pixel.
/// let raster = AnyArray::from(ndarray::Array3::from_shape_fn((2, 20, 20), |(b, _, c)| {
///     let zone = (c / 10) as f32;
///     if b == 0 { zone * 100.0 } else { zone }
/// }));
/// let mean = ApplyFilter::zone_mean(GaussianOptions::new(3.0), 2, Rescale::to_type(DataType::F32))?;
/// let mean = apply(&mean, raster.view(), &mut Scratch::new())?.convert::<f32>();
/// assert!((mean[[0, 5, 9]], (mean[[0, 5, 10]] - 100.0).abs() < 1e-3) == (0.0, true));
/// # Ok::<(), raster_core::Error>(())
/// ```
pub struct ApplyFilter {
    filter: Box<dyn Kernel>,
    bands: Option<Vec<usize>>,
    data: Option<Rescale>,
    output: Rescale,
    zones: Option<Zones>,
    replace_missing: Option<f64>,
}

impl std::fmt::Debug for ApplyFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApplyFilter")
            .field("bands", &self.bands)
            .field("data", &self.data)
            .field("output", &self.output)
            .field("zones", &self.zones)
            .field("replace_missing", &self.replace_missing)
            .finish_non_exhaustive()
    }
}

impl ApplyFilter {
    /// A filter that takes one band and gives one, over all bands (but the selector); `output` makes the output of
    /// what it gives.
    #[must_use]
    pub fn new(filter: Box<dyn Kernel>, output: Rescale) -> Self {
        Self { filter, bands: None, data: None, output, zones: None, replace_missing: None }
    }
    /// The gaussian-weighted mean of the pixels of the same zone.
    ///
    /// # Errors
    /// What [`GaussianOptions::build`] refuses.
    pub fn zone_mean(blur: GaussianOptions, selector: usize, output: Rescale) -> Result<Self> {
        let filter = Box::new(blur.skip_missing(true).build()?);
        Ok(Self::new(filter, output).with_zones(Zones { selector, outside: OutsideZone::Missing }))
    }
    /// These bands, numbered from 1, in this order.
    #[must_use]
    pub fn with_bands(self, bands: Vec<usize>) -> Self {
        Self { bands: Some(bands), ..self }
    }
    /// Convert before the filter.
    #[must_use]
    pub fn with_data(self, data: Rescale) -> Self {
        Self { data: Some(data), ..self }
    }
    /// Filter each zone by itself.
    #[must_use]
    pub fn with_zones(self, zones: Zones) -> Self {
        Self { zones: Some(zones), ..self }
    }
    /// The value that the filter sees in the place of a missing pixel, and outside a zone where that is missing.
    #[must_use]
    pub fn with_missing_replaced(self, value: f64) -> Self {
        Self { replace_missing: Some(value), ..self }
    }

    fn selected(&self, count: usize) -> Result<Vec<usize>> {
        let selector = self.zones.map(|z| z.selector);
        let bands =
            self.bands.clone().unwrap_or_else(|| (1..=count).filter(|b| Some(*b) != selector).collect());
        if let Some(wrong) = bands.iter().chain(&selector).find(|b| !(1..=count).contains(*b)) {
            return Err(Error::misuse(format!("there is no band {wrong} among {count}")));
        }
        if bands.is_empty() {
            return Err(Error::misuse("no bands to filter"));
        }
        Ok(bands)
    }

    fn filtered(&self, input: DataType) -> Result<Signature> {
        let data_type = self.data.map_or(input, |d| d.data_type());
        let given = self.filter.output(Signature { bands: 1, data_type })?;
        if given.bands != 1 {
            return Err(Error::misuse(format!("the filter gives {} bands of one", given.bands)));
        }
        Ok(given)
    }

    /// One band of the window as the filter takes it, and where it is missing.
    fn band_data(&self, input: &Trimmed<'_>, band: usize) -> Result<(AnyArray, Array3<u8>)> {
        let from = input.pixels.data_type();
        let mut valid = Array3::from_elem((1, input.input_size().0, input.input_size().1), 255u8);
        let data = with_array!(AnyView, &input.pixels, pixels => {
            let pixels = pixels.slice_axis(Axis(0), Slice::from(band..band + 1));
            ndarray::Zip::from(&mut valid).and(&pixels).for_each(|m, v| if v.is_nan() { *m = 0 });
            match self.data {
                None => Sample::erase(pixels.to_owned()),
                Some(data) => {
                    let scaler = data.plan(from)?;
                    // in two steps: in one it would be compiled for every pair of types
                    let numbers = pixels.mapv(Sample::to_f64);
                    with_type!(data.data_type(), T => T::erase(numbers.mapv(|v| scaler.apply::<T>(v))))
                }
            }
        });
        let flat = valid.as_slice_mut().ok_or_else(|| Error::internal("a new array is in order"))?;
        input.for_missing(band, |i| flat[i] = 0);
        Ok((data, valid))
    }

    /// Filter the part of a band that `part` (of the input) covers, as if only `inside` were there.
    fn filter_zone(
        &self,
        (data, valid): (&AnyArray, &Array3<u8>),
        inside: impl Fn(usize, usize) -> bool,
        part: &Window,
        halo: Halo,
        scratch: &mut Scratch,
    ) -> Result<AnyArray> {
        let (row, col) = (part.row as usize, part.col as usize);
        let mut mask = valid.clone();
        mask.slice_axis_inplace(Axis(1), Slice::from(row..row + part.height));
        mask.slice_axis_inplace(Axis(2), Slice::from(col..col + part.width));
        let zero = self.zones.is_some_and(|z| z.outside == OutsideZone::Zero);
        let mut pixels = data.view().window(part).to_owned();
        with_array!(AnyArray, &mut pixels, pixels => fill_outside(pixels, &mut mask, |r, c| inside(r + row, c + col), zero, self.replace_missing));
        let input = KernelInput::new(pixels.view()).with_halo(halo).with_mask(Some(mask.view()));
        apply_to(&*self.filter, &input, scratch)
    }
}

/// Put what a filter is to see in the place of pixels that are missing or outside.
fn fill_outside<T: Sample>(
    pixels: &mut Array3<T>,
    mask: &mut Array3<u8>,
    inside: impl Fn(usize, usize) -> bool,
    zero: bool,
    replace: Option<f64>,
) {
    let float = !T::DATA_TYPE.is_integer();
    for (((_, r, c), v), m) in pixels.indexed_iter_mut().zip(mask.iter_mut()) {
        if !inside(r, c) {
            *m = if zero { 255 } else { 0 };
            if zero {
                *v = T::default();
                continue;
            }
        }
        if *m == 0 {
            match replace {
                Some(value) => (*v, *m) = (T::from_f64(value), 255),
                None if float => *v = T::from_f64(f64::NAN),
                None => {}
            }
        }
    }
}

impl Kernel for ApplyFilter {
    fn halo(&self) -> Halo {
        self.filter.halo()
    }
    fn wraps(&self) -> bool {
        self.filter.wraps()
    }
    fn output(&self, input: Signature) -> Result<Signature> {
        require_real(input, "a filter over bands")?;
        let bands = self.selected(input.bands)?.len();
        if let Some(data) = self.data {
            data.plan(input.data_type)?;
        }
        self.output.plan(self.filtered(input.data_type)?.data_type)?;
        Ok(Signature { bands, data_type: self.output.data_type() })
    }
    fn run(&self, input: &KernelInput<'_>, output: AnyViewMut<'_>, scratch: &mut Scratch) -> Result<()> {
        self.compute(input, output, None, scratch)
    }
    fn run_masked(
        &self,
        input: &KernelInput<'_>,
        output: AnyViewMut<'_>,
        mut mask: ArrayViewMut3<'_, u8>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        check_mask(&output, &mask)?;
        mask.fill(0);
        self.compute(input, output, Some(mask), scratch)
    }
    fn keeps(&self) -> Keeps {
        let cast = self.output.is_cast() && self.data.is_none_or(|d| d.is_cast());
        if cast && self.filter.keeps() != Keeps::Nothing { Keeps::Quantity } else { Keeps::Nothing }
    }
}

impl ApplyFilter {
    fn compute(
        &self,
        input: &KernelInput<'_>,
        mut output: AnyViewMut<'_>,
        mut mask: Option<ArrayViewMut3<'_, u8>>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let trimmed = input.prepare(self, &output)?;
        let scaler = self.output.plan(self.filtered(trimmed.pixels.data_type())?.data_type)?;
        let (rows, cols) = trimmed.input_size();
        let zones = match self.zones {
            None => vec![Zone { value: 0.0, window: Window::whole(trimmed.cols, trimmed.rows) }],
            Some(z) => zones_of(&trimmed, z.selector - 1),
        };
        let selector: Option<Vec<f64>> = self.zones.map(|z| {
            with_array!(AnyView, &trimmed.pixels, p => p.index_axis(Axis(0), z.selector - 1).iter().map(|v| v.to_f64()).collect())
        });
        let Halo { left, top, .. } = trimmed.halo;
        for (out_band, band) in self.selected(input.signature().bands)?.into_iter().enumerate() {
            let (data, valid) = self.band_data(&trimmed, band - 1)?;
            with_array!(AnyViewMut, &mut output, out => missing_everywhere(&mut out.index_axis_mut(Axis(0), out_band)));
            for zone in &zones {
                let in_zone =
                    |r: usize, c: usize| selector.as_ref().is_none_or(|s| s[r * cols + c] == zone.value);
                let core = Window {
                    col: zone.window.col + left as i64,
                    row: zone.window.row + top as i64,
                    ..zone.window
                };
                let part = core.grow(self.filter.halo()).crop(cols, rows);
                let halo = part.halo_around(&core);
                let given = self.filter_zone((&data, &valid), in_zone, &part, halo, scratch)?;
                let values: Vec<f64> =
                    with_array!(AnyArray, &given, given => given.iter().map(|v| v.to_f64()).collect());
                let width = zone.window.width.max(1);
                with_array!(AnyViewMut, &mut output, out => {
                    for (i, v) in values.into_iter().enumerate() {
                        let (row, col) = (i / width + zone.window.row as usize, i % width + zone.window.col as usize);
                        if in_zone(row + top, col + left) && valid[[0, row + top, col + left]] != 0 {
                            out[[out_band, row, col]] = scaler.apply(v);
                            if let Some(mask) = &mut mask {
                                mask[[out_band, row, col]] = if v.is_nan() { 0 } else { 255 };
                            }
                        }
                    }
                });
            }
        }
        Ok(())
    }
}

fn missing_everywhere<T: Sample>(band: &mut ndarray::ArrayViewMut2<'_, T>) {
    band.fill(T::from_f64(f64::NAN));
}

/// A zone and the smallest window of the output that holds it.
struct Zone {
    value: f64,
    window: Window,
}

/// The zones of the output, in order of value.
fn zones_of(input: &Trimmed<'_>, band: usize) -> Vec<Zone> {
    let mut zones: Vec<Zone> = Vec::new();
    with_array!(AnyView, &input.pixels, pixels => {
        let selector = pixels.index_axis(Axis(0), band);
        for r in 0..input.rows {
            for c in 0..input.cols {
                let value = selector[[r + input.halo.top, c + input.halo.left]].to_f64();
                if value.is_nan() {
                    continue;
                }
                let pixel = Window::new(c as i64, r as i64, 1, 1);
                match zones.binary_search_by(|z| z.value.partial_cmp(&value).unwrap_or(std::cmp::Ordering::Less)) {
                    Ok(i) => zones[i].window = zones[i].window.union(&pixel),
                    Err(i) => zones.insert(i, Zone { value, window: pixel }),
                }
            }
        }
    });
    zones
}
