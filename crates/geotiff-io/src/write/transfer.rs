//! Whole rasters from a source to a file: windows read, encoded and decimated in parallel.

use super::assemble::Written;
use super::options::CreateOptions;
use super::writer::GeoTiffWriter;
use crate::format::Compression;
use ndarray::{Array2, Array3, Axis};
use raster_core::{
    AnyArray, BandInfo, ColorInterp, DataType, Error, ErrorKind, Keeps, MaskKind, Metadata, RasterInfo,
    RasterSource, Result, Window,
    validity::{self, Validity},
    with_array, with_type,
};
use std::{
    fmt,
    io::Write,
    ops::ControlFlow,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

/// What becomes of the validity of a source's pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValidityAs {
    /// As the source has it: nodata, mask or alpha.
    #[default]
    Source,
    /// A mask that all bands share: valid where any band is valid. An alpha band stays a band.
    Mask,
    /// An alpha band behind the others; nodata is no longer stated.
    Alpha,
    /// Not written: no nodata, no mask.
    None,
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Pixels of the full resolution that are done.
    pub done: u64,
    /// Pixels of the full resolution.
    pub total: u64,
}

/// Told after each window; `Break` cancels the transfer.
pub type OnProgress = Arc<dyn Fn(Progress) -> ControlFlow<()> + Send + Sync>;

/// How to write a whole raster.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct TransferOptions {
    /// What the file shall be like.
    pub create: CreateOptions,
    /// What becomes of validity.
    pub validity: ValidityAs,
    /// The bands to write, numbered from 1; `None` for all.
    pub bands: Option<Vec<usize>>,
    /// Convert samples to this type, saturating.
    pub data_type: Option<DataType>,
    /// State this nodata value instead of the source's. What the source's own value marks as missing is written as this one; other
    /// pixels are not changed.
    pub nodata: Option<raster_core::Nodata>,
    /// Metadata to state beside the source's; an item of the same domain, band and name is replaced.
    pub metadata: Metadata,
    /// Told about progress, from any thread.
    pub on_progress: Option<OnProgress>,
}

impl TransferOptions {
    /// With these choices for the file.
    #[must_use]
    pub fn new(create: CreateOptions) -> Self {
        Self { create, ..Self::default() }
    }
}

impl fmt::Debug for TransferOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransferOptions")
            .field("create", &self.create)
            .field("validity", &self.validity)
            .field("bands", &self.bands)
            .field("data_type", &self.data_type)
            .finish_non_exhaustive()
    }
}

/// Write a source to a file, with as many threads as the caller may use. The file appears whole or not at all, and
/// its bytes do not depend on the number of threads.
///
/// ```no_run
/// use geotiff_io::{Compression, CreateOptions, Dataset, TransferOptions, write_raster};
/// let source = Dataset::open("elevation.tif")?;
/// let create = CreateOptions::cog().with_compression(Compression::Zstd).carrying_from(&source)?;
/// let mut options = TransferOptions::new(create);
/// options.bands = Some(vec![1]);
/// let written = write_raster(&source, "elevation.cog.tif", &options)?;
/// println!("{} bytes", written.bytes);
/// # Ok::<(), geotiff_io::Error>(())
/// ```
///
/// # Errors
/// What the source, the options ([`GeoTiffWriter::create`]) or the system refuse; `Cancelled` when
/// `on_progress` said so.
pub fn write_raster(
    source: &dyn RasterSource,
    path: impl AsRef<Path>,
    options: &TransferOptions,
) -> Result<Written> {
    let plan = Plan::new(source, options)?;
    let writer = GeoTiffWriter::create(path, &plan.info, &plan.create)?;
    plan.run(source, &writer, options)?;
    writer.finish()
}

/// Write a source to anything that takes bytes from front to back.
///
/// # Errors
/// As [`write_raster`].
pub fn write_raster_into(
    source: &dyn RasterSource,
    sink: &mut dyn Write,
    options: &TransferOptions,
) -> Result<Written> {
    let plan = Plan::new(source, options)?;
    let writer = GeoTiffWriter::new(&plan.info, &plan.create)?;
    plan.run(source, &writer, options)?;
    writer.finish_into(sink)
}

/// Write all pixels of a source to a writer of the same description.
pub(super) fn copy_pixels(
    source: &dyn RasterSource,
    writer: &GeoTiffWriter,
    options: &TransferOptions,
) -> Result<()> {
    Plan::new(source, options)?.run(source, writer, options)
}

/// What is read and what is written.
struct Plan {
    info: RasterInfo,
    create: CreateOptions,
    bands: Vec<usize>,
    /// Append the validity of the source as a band?
    add_alpha: bool,
    /// Has the band another nodata value than in the source, so that what is missing has to be written anew?
    rewritten: Vec<bool>,
    /// Is validity to be what the source has?
    as_source: bool,
    /// Does a blank place of the source become a blank place of the output?
    keeps_blank: bool,
}

impl Plan {
    fn new(source: &dyn RasterSource, options: &TransferOptions) -> Result<Self> {
        let from = source.info();
        let bands = options.bands.clone().unwrap_or_else(|| from.all_bands());
        if let Some(band) = bands.iter().find(|&&b| b == 0 || b > from.bands.len()) {
            return Err(Error::misuse(format!("band {band} of a raster with {} bands", from.bands.len())));
        }
        let data_type = options.data_type.unwrap_or(from.data_type);
        let unchanged = data_type == from.data_type && keeps_pixels(options);
        let keeps = if unchanged { Keeps::Pixels } else { Keeps::Values };
        let mut info = from.after(keeps, &bands, data_type);
        info.metadata.extend(options.metadata.items().iter().cloned());
        for band in &mut info.bands {
            if let Some(nodata) = options.nodata {
                band.nodata = Some(nodata);
            } else if band.nodata.is_some_and(|n| !n.fits(info.data_type)) {
                // Saturation has made another value of it.
                return Err(Error::misuse(format!(
                    "the nodata value of the source is beyond the range of {}; state another",
                    info.data_type
                )));
            }
        }
        let mut create = options.create.clone();
        let mut add_alpha = false;
        match options.validity {
            ValidityAs::Source => {}
            ValidityAs::Mask => {
                clear_nodata(&mut info);
                create.mask = Some(true);
            }
            ValidityAs::None => {
                clear_nodata(&mut info);
                create.mask = Some(false);
            }
            ValidityAs::Alpha => {
                if info.bands.iter().any(|b| b.color == ColorInterp::Alpha) {
                    return Err(Error::misuse("the source has an alpha band already"));
                }
                clear_nodata(&mut info);
                create.mask = Some(false);
                if info.bands.len() == 3 && info.bands.iter().all(|b| b.color == ColorInterp::Undefined) {
                    let colours = [ColorInterp::Red, ColorInterp::Green, ColorInterp::Blue];
                    info.bands.iter_mut().zip(colours).for_each(|(b, c)| b.color = c);
                }
                info.bands.push(BandInfo::default().with_color(ColorInterp::Alpha));
                add_alpha = true;
            }
        }
        if options.validity == ValidityAs::Source {
            info.mask_for_alpha();
        }
        let rewritten = bands
            .iter()
            .zip(&info.bands)
            .map(|(&b, band)| match from.validity(b) {
                Validity::Nodata(own) => {
                    band.mask == MaskKind::Nodata && band.nodata.is_some_and(|n| n != own)
                }
                _ => false,
            })
            .collect();
        let as_source = options.validity == ValidityAs::Source;
        let mut plan = Self { info, create, bands, add_alpha, rewritten, as_source, keeps_blank: false };
        plan.keeps_blank = plan.keeps_blank(from);
        Ok(plan)
    }

    /// Are the samples and the validity that a blank place of the source is read with those that a blank place of the output
    /// has?
    fn keeps_blank(&self, from: &RasterInfo) -> bool {
        let missing = |&band: &usize| from.is_blank_missing(band);
        let all_missing = self.bands.iter().all(missing);
        let has_mask = self
            .create
            .mask
            .unwrap_or_else(|| self.info.bands.iter().any(|b| b.mask == MaskKind::PerDataset));
        if (has_mask || self.add_alpha) && !all_missing {
            return false;
        }
        // Statistics count what is valid.
        let not_counted = |band: usize| {
            let by_nodata = matches!(self.info.validity(band), Validity::Nodata(_));
            has_mask || by_nodata && self.info.is_blank_missing(band)
        };
        let counted =
            from.alpha_band().is_some() || self.add_alpha || !(1..=self.info.bands.len()).all(not_counted);
        if self.create.statistics && counted {
            return false;
        }
        let blank = from.blank_sample().to_f64();
        let becomes = self.info.blank_sample().to_f64();
        let same = |i: usize| match self.rewritten[i] {
            // What is missing is written as the new nodata value.
            true => missing(&self.bands[i]),
            false => blank == becomes || (blank.is_nan() && becomes.is_nan()),
        };
        (0..self.bands.len()).all(same)
    }

    fn run(
        &self,
        source: &dyn RasterSource,
        writer: &GeoTiffWriter,
        options: &TransferOptions,
    ) -> Result<()> {
        let windows = windows(source.info(), writer.block_size().into_tuple(), self.bands.len());
        let total = self.info.width as u64 * self.info.height as u64;
        let done = Mutex::new(0u64);
        // Windows are begun in order: the blocks that wait for their neighbours stay few.
        let largest = windows.iter().map(|w| w.area() * self.bands.len() * self.info.data_type.size()).max();
        let workers = (AT_WORK_BYTES / largest.unwrap_or(1).max(1)).max(1);
        let work = || {
            parallel::for_each(
                windows,
                || None,
                |pixels, window| {
                    if self.keeps_blank && source.is_blank(&self.bands, &window) {
                        writer.write_blank_window(&window)?;
                    } else {
                        self.one(source, writer, &window, pixels)?;
                    }
                    let Some(tell) = &options.on_progress else { return Ok(()) };
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    *done += window.area() as u64;
                    let progress = Progress { done: *done, total };
                    // Others wait for the lock.
                    if parallel::alone(|| tell(progress)).is_break() {
                        return Err(Error::new(ErrorKind::Cancelled, "writing was cancelled"));
                    }
                    Ok(())
                },
            )
        };
        parallel::within(workers.min(parallel::share()), work)
    }

    /// Read and write one window. `buffer` is kept between windows: fresh memory costs more than decoding.
    fn one(
        &self,
        source: &dyn RasterSource,
        writer: &GeoTiffWriter,
        window: &Window,
        buffer: &mut Option<AnyArray>,
    ) -> Result<()> {
        let shape = (self.info.bands.len(), window.height, window.width);
        if buffer.as_ref().is_none_or(|b| b.shape() != shape) {
            *buffer = Some(AnyArray::zeros(self.info.data_type, shape));
        }
        let Some(pixels) = buffer.as_mut() else { return Ok(()) };
        if self.add_alpha {
            self.read_with_alpha(source, window, pixels)?;
        } else if writer.has_mask() {
            let mask = self.read_with_validity(source, window, pixels)?;
            return writer.write_masked_window(window, &pixels.view(), &mask.view());
        } else if self.rewritten.contains(&true) {
            let mut masks = Array3::zeros((self.bands.len(), window.height, window.width));
            source.read_masked_into(&self.bands, window, pixels.view_mut(), masks.view_mut())?;
            self.erase(pixels, &masks);
        } else {
            source.read_into(&self.bands, window, pixels.view_mut())?;
        }
        writer.write_window(window, &pixels.view())
    }

    /// Where bands differ in what is missing, one mask for all is not enough: floats have NaN for the rest, integers nothing.
    fn tell_apart(
        &self,
        pixels: &mut AnyArray,
        masks: &Array3<u8>,
        shared: &Array2<u8>,
        alpha: impl Fn(usize) -> bool,
    ) -> Result<()> {
        for (i, own) in masks.outer_iter().enumerate().filter(|(i, own)| !alpha(*i) && own != shared) {
            if !self.info.data_type.is_float() {
                return Err(Error::misuse(format!(
                    "other pixels are missing in band {} than in the others, and a mask is shared by all bands: state a nodata value \
                     or a floating-point type, or ask for a mask that is valid where any band is",
                    i + 1
                )));
            }
            with_array!(AnyArray, &mut *pixels, a => {
                validity::erase(&mut a.index_axis_mut(Axis(0), i), &own, Some(f64::NAN.into()));
            });
        }
        Ok(())
    }

    /// Write the stated nodata value over what the source calls missing, where it states another one itself.
    fn erase(&self, pixels: &mut AnyArray, masks: &Array3<u8>) {
        for (i, masks) in masks.outer_iter().enumerate().filter(|(i, _)| self.rewritten[*i]) {
            with_array!(AnyArray, &mut *pixels, a => {
                validity::erase(&mut a.index_axis_mut(Axis(0), i), &masks, self.info.bands[i].nodata);
            });
        }
    }

    fn read_with_alpha(
        &self,
        source: &dyn RasterSource,
        window: &Window,
        pixels: &mut AnyArray,
    ) -> Result<()> {
        let shape = (self.bands.len(), window.height, window.width);
        let mut colours = AnyArray::zeros(self.info.data_type, shape);
        let mask = self.read_with_validity(source, window, &mut colours)?;
        let mut view = pixels.view_mut();
        for i in 0..self.bands.len() {
            view.band_mut(i).assign(&colours.view().band(i))?;
        }
        let mut alpha = view.band_mut(self.bands.len());
        // Opaque is the largest value of integers, and 255 of floats, as GDAL has it.
        let opaque = match self.info.data_type {
            t if t.is_integer() => t.range().1,
            _ => 255.0,
        };
        with_type!(self.info.data_type, T => {
            if let Some(mut alpha) = <T as raster_core::Sample>::downcast_view_mut(&mut alpha) {
                let mut alpha = alpha.index_axis_mut(Axis(0), 0);
                alpha.zip_mut_with(&mask, |a, &m| {
                    *a = <T as raster_core::Sample>::from_f64(opaque * f64::from(m) / 255.0);
                });
            }
        });
        Ok(())
    }

    /// Read pixels; valid where any band is.
    fn read_with_validity(
        &self,
        source: &dyn RasterSource,
        window: &Window,
        pixels: &mut AnyArray,
    ) -> Result<Array2<u8>> {
        let mut masks = Array3::zeros((self.bands.len(), window.height, window.width));
        source.read_masked_into(&self.bands, window, pixels.view_mut(), masks.view_mut())?;
        self.erase(pixels, &masks);
        let bands = &source.info().bands;
        let alpha = |i: usize| bands[self.bands[i] - 1].color == ColorInterp::Alpha;
        let mask = validity::shared(&masks.view(), alpha);
        if self.as_source {
            self.tell_apart(pixels, &masks, &mask, alpha)?;
        }
        Ok(mask)
    }
}

fn clear_nodata(info: &mut RasterInfo) {
    for band in &mut info.bands {
        band.nodata = None;
        band.mask = MaskKind::AllValid;
    }
}

/// Are pixels and what is valid of them written as they are?
fn keeps_pixels(options: &TransferOptions) -> bool {
    let lossless = options.create.compression != Compression::Jpeg && options.create.max_z_error == 0.0;
    lossless && options.nodata.is_none() && options.validity != ValidityAs::None
}

/// A window may hold this many bytes (chosen: a row of tiles of most rasters, small beside the limit of 100 MB
/// that streaming is to keep).
const WINDOW_BYTES: usize = 16 << 20;

/// The windows that are worked on at a time may hold this many bytes together, at least one (chosen: no bound for ordinary
/// rasters; hundreds of bands in blocks of 512 are not held by dozens of threads at once).
const AT_WORK_BYTES: usize = 640 << 20;

/// Windows in the order in which they are read: whole blocks of the output, and of the source where that is
/// possible, so that no block is decoded twice.
fn windows(info: &RasterInfo, block: (usize, usize), bands: usize) -> Vec<Window> {
    let (width, height) = (info.width, info.height);
    let pixel = bands * info.data_type.size();
    let whole_rows = info.block.width >= width;
    let columns = if whole_rows { width } else { common_multiple(block.0, info.block.width, 4096) };
    let mut rows = if whole_rows { block.1 } else { common_multiple(block.1, info.block.height, 4096) };
    let fits = |rows: usize| columns.min(width) * rows * pixel <= WINDOW_BYTES;
    if !fits(rows) && whole_rows {
        // Parts of a row of tiles, made of whole strips.
        while rows > info.block.height.max(16) && !fits(rows) {
            rows = rows.div_ceil(2);
        }
        rows = rows.next_multiple_of(info.block.height.max(1)).min(height.max(1));
    }
    let mut windows: Vec<Window> =
        raster_core::tile_windows((width, height), (columns.max(1), rows.max(1)), 0)
            .map(Iterator::collect)
            .unwrap_or_default();
    if !whole_rows {
        // Along a Z-curve: what windows share in the source, and what overviews wait for, is then near in time, and
        // little has to be held however wide the raster is.
        windows
            .sort_by_cached_key(|w| z_order(w.col as usize / columns.max(1), w.row as usize / rows.max(1)));
    }
    windows
}

/// The bits of both numbers by turns: the place of a cell on a Z-curve.
fn z_order(col: usize, row: usize) -> u128 {
    (0..usize::BITS).fold(0, |key, bit| {
        key | (col as u128 >> bit & 1) << (2 * bit) | (row as u128 >> bit & 1) << (2 * bit + 1)
    })
}

/// The smallest common multiple, or the first number again when that is above `limit`.
fn common_multiple(a: usize, b: usize, limit: usize) -> usize {
    (1..).map(|k| k * a).take_while(|m| *m <= limit).find(|m| m.is_multiple_of(b.max(1))).unwrap_or(a)
}
