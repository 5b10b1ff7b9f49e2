//! What `Dataset::read` can be asked for: bands, window, shape, resampling, masks.

use super::level::Level;
use super::resampled::{self, Target};
use crate::Dataset;
use ndarray::{Array2, Array3, Axis};
use raster_core::{
    AnyArray, AnyViewMut, Bands, Error, FloatWindow, Masked, Nodata, RasterInfo, RasterSource, Resampling,
    Result, Sample, Window, with_type,
};
use std::marker::PhantomData;

/// Marks a [`ReadRequest`] whose result has the type of the file.
#[derive(Clone, Copy, Debug)]
pub struct FileType;

/// A read that is being described: [`Dataset::read`] and [`Dataset::read_any`] start one, [`array`](Self::array)
/// and its sisters do it. Without further words it is all bands of the whole raster.
///
/// ```
/// # fn main() -> geotiff_io::Result<()> {
/// # use geotiff_io::{Dataset, Resampling, raster_core::Window};
/// # let dataset = Dataset::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/valid/tags.tif"))?;
/// let preview = dataset
///     .read::<f32>()
///     .bands([2, 1])
///     .window(Window::new(8, 0, 24, 16))
///     .shape(8, 12)
///     .resampling(Resampling::Average)
///     .array()?;
/// assert_eq!(preview.dim(), (2, 8, 12));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is read before `array`, `masked` or `mask`"]
pub struct ReadRequest<'a, T> {
    dataset: &'a Dataset,
    bands: Bands,
    window: Option<FloatWindow>,
    shape: Option<(usize, usize)>,
    resampling: Resampling,
    boundless: bool,
    fill: Option<Nodata>,
    overviews: bool,
    threads: Option<usize>,
    sample: PhantomData<T>,
}

impl Dataset {
    /// Read pixels as samples of the type `T`: conversion saturates, and rounds half away from zero.
    pub fn read<T: Sample>(&self) -> ReadRequest<'_, T> {
        ReadRequest::new(self)
    }
    /// Read a whole band (numbered from 1), shape (rows, columns), as samples of the type `T`: conversion saturates, and rounds
    /// half away from zero.
    ///
    /// ```
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/landcover.tif");
    /// let classes = geotiff_io::Dataset::open(path)?.read_band::<u8>(1)?;
    /// assert_eq!(classes.dim(), (700, 900));
    /// # Ok::<(), geotiff_io::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`ReadRequest::array`].
    pub fn read_band<T: Sample>(&self, band: usize) -> Result<Array2<T>> {
        Ok(self.read::<T>().bands(band).array()?.index_axis_move(Axis(0), 0))
    }
    /// Read pixels in the type of the file.
    pub fn read_any(&self) -> ReadRequest<'_, FileType> {
        ReadRequest::new(self)
    }
}

impl<'a, T> ReadRequest<'a, T> {
    fn new(dataset: &'a Dataset) -> Self {
        Self {
            dataset,
            bands: Bands::ALL,
            window: None,
            shape: None,
            resampling: Resampling::Nearest,
            boundless: false,
            fill: None,
            overviews: true,
            threads: None,
            sample: PhantomData,
        }
    }
    /// Which bands, numbered from 1, in any order, repeats allowed: a number, several, a range, [`Bands::ALL`].
    pub fn bands(mut self, bands: impl Into<Bands>) -> Self {
        self.bands = bands.into();
        self
    }
    /// The part to read. What lies outside the raster is left out, unless the read is
    /// [`boundless`](Self::boundless).
    pub fn window(self, window: Window) -> Self {
        self.float_window(window.to_float())
    }
    /// The part to read, in fractions of pixels.
    pub fn float_window(mut self, window: FloatWindow) -> Self {
        self.window = Some(window);
        self
    }
    /// Rows and columns of the result; without it those of the window (rounded). A smaller shape reads from
    /// an overview where one fits.
    pub fn shape(mut self, rows: usize, cols: usize) -> Self {
        self.shape = Some((rows, cols));
        self
    }
    /// How pixels of another size are computed; nearest without it.
    pub fn resampling(mut self, resampling: Resampling) -> Self {
        self.resampling = resampling;
        self
    }
    /// Keep what lies outside the raster: it becomes the [`fill`](Self::fill) value.
    pub fn boundless(mut self) -> Self {
        self.boundless = true;
        self
    }
    /// The value outside the raster; without it nodata, or 0 where there is none.
    pub fn fill(mut self, value: impl Into<Nodata>) -> Self {
        self.fill = Some(value.into());
        self
    }
    /// Compute reduced results from full resolution even where an overview fits.
    pub fn ignore_overviews(mut self) -> Self {
        self.overviews = false;
        self
    }
    /// Blocks that are decoded at once; 0 for as many as the reading thread may use. The result is the same
    /// for any number.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    fn target(&self) -> Result<Target> {
        let info = self.dataset.info();
        let whole = info.window().to_float();
        let wanted = self.window.unwrap_or(whole);
        let all = [wanted.col, wanted.row, wanted.width, wanted.height];
        if !all.iter().all(|v| v.is_finite() && v.abs() < 1e15) || wanted.width < 0.0 || wanted.height < 0.0 {
            return Err(Error::misuse(format!("a window of {wanted:?}")));
        }
        let window = if self.boundless { wanted } else { cropped(&wanted, info) };
        let rounded = |v: f64| (v + 0.5).floor() as usize;
        let (rows, cols) = self.shape.unwrap_or((rounded(window.height), rounded(window.width)));
        let bands = self.bands.of(info)?;
        Ok(Target {
            bands,
            window,
            rows,
            cols,
            resampling: self.resampling.try_into()?,
            threads: self.threads,
        })
    }

    /// The level to read from, and the target in its pixels.
    fn level(&self, target: Target) -> (&'a Level, Target) {
        let levels = self.dataset.levels();
        let best = if self.overviews { resampled::best_level(levels, &target) } else { 0 };
        let (main, level) = (&levels[0].info, &levels[best]);
        (level, target.scaled(main, &level.info))
    }

    fn fill_value<S: Sample>(&self) -> S {
        let nodata = self.fill.or_else(|| self.dataset.info().nodata());
        nodata.map_or_else(S::default, |n| n.to_sample().unwrap_or_else(|| S::from_value(n.value())))
    }

    fn check_array(&self, target: &Target, sample: usize) -> Result<()> {
        let limits = &self.dataset.levels()[0].shared.file.limits;
        limits
            .check_array(&[target.bands.len(), target.rows, target.cols, sample])
            .map_err(|e| self.dataset.levels()[0].located(e))
    }

    /// Read into an array of samples `S`, and the mask where one is asked for.
    fn run_as<S: Sample>(&self, with_mask: bool) -> Result<(Array3<S>, Option<Array3<u8>>)> {
        let target = self.target()?;
        self.check_array(&target, size_of::<S>() + usize::from(with_mask))?;
        let shape = (target.bands.len(), target.rows, target.cols);
        let mut data = Array3::from_elem(shape, S::default());
        let mut mask = with_mask.then(|| Array3::zeros(shape));
        let (level, target) = self.level(target);
        let inside = target.inside(&level.info);
        if inside.area() < target.rows.saturating_mul(target.cols) {
            data.fill(self.fill_value());
        }
        if inside.is_empty() || target.bands.is_empty() {
            return Ok((data, mask));
        }
        let mut out = S::erase_view_mut(data.view_mut());
        let part: AnyViewMut<'_> = out.window_mut(&inside);
        let mask_part = mask.as_mut().map(|m| {
            let (rows, cols) = (inside.row as usize, inside.col as usize);
            m.slice_each_axis_mut(|axis| match axis.axis.index() {
                1 => (rows..rows + inside.height).into(),
                2 => (cols..cols + inside.width).into(),
                _ => (..).into(),
            })
        });
        resampled::read(level, &target, &inside, part, mask_part)?;
        Ok((data, mask))
    }

    /// Read the validity alone, shape (bands, rows, columns): 0 invalid, 255 valid, values between from an
    /// alpha band. Outside the raster it is 0.
    ///
    /// # Errors
    /// As [`array`](ReadRequest::array).
    pub fn mask(&self) -> Result<Array3<u8>> {
        with_type!(self.dataset.info().data_type, S => {
            Ok(self.run_as::<S>(true)?.1.unwrap_or_default())
        })
    }
}

impl<T: Sample> ReadRequest<'_, T> {
    /// Read, into an array of shape (bands, rows, columns).
    ///
    /// # Errors
    /// `Misuse` for a band that does not exist or a window that is no window; `Limit` when the array is larger
    /// than [`ReadLimits::array_bytes`](crate::ReadLimits); `Malformed`, `Unsupported` or `Io` with the
    /// directory, the block and its offset when blocks cannot be read.
    pub fn array(&self) -> Result<Array3<T>> {
        Ok(self.run_as::<T>(false)?.0)
    }
    /// Read pixels and validity.
    ///
    /// # Errors
    /// As [`array`](Self::array).
    pub fn masked(&self) -> Result<Masked<Array3<T>>> {
        let (data, mask) = self.run_as::<T>(true)?;
        Ok(Masked { data, mask: mask.unwrap_or_default() })
    }
}

impl ReadRequest<'_, FileType> {
    /// Read, into an array of shape (bands, rows, columns) of the type of the file.
    ///
    /// # Errors
    /// As [`ReadRequest::array`] of a typed read.
    pub fn array(&self) -> Result<AnyArray> {
        with_type!(self.dataset.info().data_type, S => Ok(S::erase(self.run_as::<S>(false)?.0)))
    }
    /// Read pixels and validity.
    ///
    /// # Errors
    /// As [`array`](Self::array).
    pub fn masked(&self) -> Result<Masked<AnyArray>> {
        with_type!(self.dataset.info().data_type, S => {
            let (data, mask) = self.run_as::<S>(true)?;
            Ok(Masked { data: S::erase(data), mask: mask.unwrap_or_default() })
        })
    }
}

fn cropped(window: &FloatWindow, info: &RasterInfo) -> FloatWindow {
    let clamp = |v: f64, end: usize| v.clamp(0.0, end as f64);
    let (col, row) = (clamp(window.col, info.width), clamp(window.row, info.height));
    FloatWindow {
        col,
        row,
        width: clamp(window.col + window.width, info.width) - col,
        height: clamp(window.row + window.height, info.height) - row,
    }
}
