//! Whole rasters from a source to a file: windows read, encoded and decimated in parallel.

use super::assemble::Written;
use super::options::CreateOptions;
use super::writer::GeoTiffWriter;
use crate::format::Compression;
use ndarray::{Array2, Array3, Axis};
use raster_core::{
    AnyArray, AnyView, BandInfo, ColorInterp, DataType, Edits, Error, ErrorKind, Keeps, MaskKind, Metadata,
    Nodata, RasterInfo, RasterSource, Result, Sample, Window, opacity,
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

/// Told about something that a person should know: one sentence, without a full stop.
pub type OnNote = Arc<dyn Fn(&str) + Send + Sync>;

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
    /// Convert samples to this type, saturating. NaN is missing in a type that has none.
    pub data_type: Option<DataType>,
    /// State this nodata value instead of the source's. What is missing in the source is written as this value. A valid sample that
    /// equals it, or becomes it by the conversion, is moved beside it ([`raster_core::validity::beside`]) and stays
    /// valid; only where the source knows of nothing missing, samples that have this very value are left, and are missing
    /// from now on. Both is told ([`on_note`](Self::on_note)).
    pub nodata: Option<raster_core::Nodata>,
    /// Metadata to state beside the source's; an item of the same domain, band and name is replaced.
    pub metadata: Metadata,
    /// Changes of what the source says about itself.
    pub edits: Edits,
    /// Told about progress, from any thread.
    pub on_progress: Option<OnProgress>,
    /// Told, when all is read, what of the values or of their validity is another than in the source and was not asked for.
    pub on_note: Option<OnNote>,
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
    let plan = Plan::for_file(source, options)?;
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
    let plan = Plan::for_file(source, options)?;
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
    /// Type of the source.
    from: DataType,
    /// Is the type or the nodata value another, so that what is missing has to be written anew?
    rewritten: bool,
    /// Per band: does the source say that something of it may be missing?
    may_miss: Vec<bool>,
    /// Is validity to be what the source has?
    as_source: bool,
    /// Does a blank place of the source become a blank place of the output?
    keeps_blank: bool,
    /// Samples of this value are missing too, where the source knows of nothing missing.
    declared: Option<Nodata>,
    /// Is it to be told where one mask says less than the bands?
    says_where_bands_differ: bool,
    /// Is NaN missing where the source does not say so, since the result says it apart?
    nan_is_missing: bool,
    /// To be told.
    notes: Vec<String>,
    tally: Mutex<Tally>,
}

impl Plan {
    /// A file whose codec keeps pixels only nearly keeps their validity exactly all the same: in a mask, whose bits are not touched.
    fn for_file(source: &dyn RasterSource, options: &TransferOptions) -> Result<Self> {
        let from = source.info();
        let asked = options.bands.clone().unwrap_or_else(|| from.all_bands());
        if options.validity != ValidityAs::Source || !is_lossy(options) {
            return Self::new(source, options);
        }
        let mut options = options.clone();
        let kinds = || asked.iter().map(|&b| from.validity(b));
        // NaN is not touched by LERC, the only lossy codec of floats.
        let exact = |v: Validity| matches!(v, Validity::Nodata(n) if n.is_nan()) && options.nodata.is_none();
        let alpha = from.alpha_band().filter(|_| kinds().any(|v| matches!(v, Validity::Alpha(_))));
        if kinds().all(|v| v == Validity::AllValid || exact(v)) && options.nodata.is_none() {
            return Self::new(source, &options);
        }
        if let Some(alpha) = alpha {
            options.bands = Some(asked.iter().copied().filter(|b| *b != alpha).collect());
        }
        options.validity = ValidityAs::Mask;
        let declared = options.nodata.take();
        let mut plan = Self::new(source, &options)?;
        plan.declared = declared;
        // A mask is shared. Where bands differ, floats have NaN beside it; of integers it is said.
        plan.as_source = plan.info.data_type.is_float();
        plan.says_where_bands_differ = !plan.as_source;
        Ok(plan)
    }

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
        options.edits.apply(&mut info)?;
        if options.nodata.is_some() && options.validity != ValidityAs::Source {
            return Err(Error::misuse(
                "a nodata value and another kind of validity: what is missing is told by one of them",
            ));
        }
        for band in &mut info.bands {
            if let Some(nodata) = options.nodata {
                band.nodata = Some(nodata);
                if band.mask == MaskKind::AllValid && band.color != ColorInterp::Alpha {
                    band.mask = MaskKind::Nodata;
                }
            } else if band.nodata.is_some_and(|n| !n.fits(data_type))
                && options.validity == ValidityAs::Source
            {
                // Saturation would make another value of it.
                return Err(Error::misuse(format!(
                    "the nodata value {} of the source is beyond the range of {data_type}: state another one (--nodata), or keep what \
                     is missing in a mask (--validity mask)",
                    band.nodata.map_or_else(String::new, |n| n.to_string()),
                )));
            }
            band.nodata = band.nodata.map(|n| n.rounded(data_type));
        }
        let mut create = options.create.clone();
        if (&info.crs, &info.gcp_crs) != (&from.crs, &from.gcp_crs) {
            create.geo_keys = None;
        }
        let mut add_alpha = false;
        let mut notes = Vec::new();
        let into_integers = from.data_type.is_float() && data_type.is_integer();
        if into_integers && options.validity == ValidityAs::Source {
            // NaN is missing, and integers have none.
            info.bands
                .iter_mut()
                .filter(|b| b.mask == MaskKind::AllValid && b.color != ColorInterp::Alpha)
                .for_each(|b| {
                    b.mask = MaskKind::PerDataset;
                });
        }
        let most = match data_type {
            DataType::U8 => 256,
            DataType::U16 => 65536,
            _ => 0,
        };
        for band in
            info.bands.iter_mut().filter(|b| b.color_table.as_ref().is_some_and(|t| t.entries.len() > most))
        {
            // Only these types have palettes in TIFF.
            (band.color_table, band.color) = (None, ColorInterp::Undefined);
            notes.push(format!(
                "the colour table is left out: one of so many colours does not go with {data_type} samples"
            ));
        }
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
                if !is_understood_alpha(&info) {
                    // Readers would take it for one more band.
                    create.mask = Some(true);
                }
            }
        }
        if options.validity == ValidityAs::Source {
            info.mask_for_alpha();
            info.share_masks();
        }
        let may_miss = bands.iter().map(|&b| from.validity(b) != Validity::AllValid).collect();
        let as_source = options.validity == ValidityAs::Source;
        let same_nodata = bands.iter().zip(&info.bands).all(|(&b, band)| {
            band.nodata.is_none()
                || matches!(from.validity(b), Validity::Nodata(own) if Some(own) == band.nodata)
        });
        let converted =
            data_type != from.data_type && !data_type.is_complex() && !from.data_type.is_complex();
        let stated = options.nodata.is_some() || options.data_type.is_some();
        let mut plan = Self {
            rewritten: converted || stated && !same_nodata,
            from: from.data_type,
            info,
            create,
            bands,
            add_alpha,
            may_miss,
            as_source,
            declared: None,
            says_where_bands_differ: false,
            nan_is_missing: into_integers
                || from.data_type.is_float()
                    && matches!(options.validity, ValidityAs::Mask | ValidityAs::Alpha),
            notes,
            tally: Mutex::default(),
            keeps_blank: false,
        };
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
        let same = |i: usize| match self.rewritten {
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
                    if self.keeps_blank && self.declared.is_none() && source.is_blank(&self.bands, &window) {
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
        let read = parallel::within(workers.min(parallel::share()), work);
        if let (Ok(()), Some(tell)) = (&read, &options.on_note) {
            let tally = *self.tally.lock().unwrap_or_else(PoisonError::into_inner);
            self.notes.iter().chain(&tally.notes(&self.info)).for_each(|note| tell(note));
        }
        read
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
            let mask = self.read_with_alpha(source, window, pixels)?;
            if writer.has_mask() {
                return writer.write_masked_window(window, &pixels.view(), &mask.view());
            }
        } else if writer.has_mask() {
            let mask = self.read_with_validity(source, window, pixels)?;
            return writer.write_masked_window(window, &pixels.view(), &mask.view());
        } else if self.rewritten {
            self.read_masked(source, window, pixels)?;
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

    /// Read pixels, as they are written, and what is valid of each band.
    fn read_masked(
        &self,
        source: &dyn RasterSource,
        window: &Window,
        pixels: &mut AnyArray,
    ) -> Result<Array3<u8>> {
        let shape = (self.bands.len(), window.height, window.width);
        let mut masks = Array3::zeros(shape);
        if !self.rewritten {
            source.read_masked_into(&self.bands, window, pixels.view_mut(), masks.view_mut())?;
            self.declare(&pixels.view(), &mut masks);
            if self.nan_is_missing {
                with_array!(AnyView, &pixels.view(), a => drop_nan(a, &mut masks));
            }
            return Ok(masks);
        }
        let to = self.info.data_type;
        let mut own = AnyArray::zeros(self.from, shape);
        source.read_masked_into(&self.bands, window, own.view_mut(), masks.view_mut())?;
        self.declare(&own.view(), &mut masks);
        let mut tally = Tally::default();
        if self.nan_is_missing {
            with_array!(AnyArray, &own, a => drop_nan(&a.view(), &mut masks));
        }
        if to != self.from {
            with_array!(AnyArray, &own, a => tally.look(a, &masks, to));
        }
        pixels.view_mut().assign(&own.view())?;
        let alpha = |i: usize| self.info.bands[i].color == ColorInterp::Alpha;
        for i in (0..shape.0).filter(|i| !alpha(*i)) {
            let Some(nodata) = self.info.bands[i].nodata else { continue };
            // Stated of a raster in which nothing was missing: of the very value, not of what rounding makes of others.
            let own = own.view();
            let stated =
                |(row, col)| !self.may_miss[i] && Nodata::from(own.value(i, row, col).to_f64()) == nodata;
            with_array!(AnyArray, &mut *pixels, a => {
                let mask = masks.index_axis(Axis(0), i);
                let settled = validity::settle(&mut a.index_axis_mut(Axis(0), i), &mask, nodata, stated);
                (tally.moved, tally.hidden) = (tally.moved + settled.moved, tally.hidden + settled.hidden);
            });
        }
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).add(&tally);
        Ok(masks)
    }

    /// Samples of the value that was declared are missing.
    fn declare(&self, samples: &AnyView<'_>, masks: &mut Array3<u8>) {
        let Some(nodata) = self.declared else { return };
        for i in (0..self.bands.len()).filter(|i| !self.may_miss[*i]) {
            with_array!(AnyView, samples, a => {
                let mut mask = masks.index_axis_mut(Axis(0), i);
                validity::of_samples(a.index_axis(Axis(0), i), Some(nodata), &mut mask);
            });
        }
    }

    fn read_with_alpha(
        &self,
        source: &dyn RasterSource,
        window: &Window,
        pixels: &mut AnyArray,
    ) -> Result<Array2<u8>> {
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
        Ok(mask)
    }

    /// Read pixels; valid where any band is.
    fn read_with_validity(
        &self,
        source: &dyn RasterSource,
        window: &Window,
        pixels: &mut AnyArray,
    ) -> Result<Array2<u8>> {
        let masks = self.read_masked(source, window, pixels)?;
        let bands = &source.info().bands;
        let alpha = |i: usize| bands[self.bands[i] - 1].color == ColorInterp::Alpha;
        let mask = validity::shared(&masks.view(), alpha);
        if self.as_source {
            self.tell_apart(pixels, &masks, &mask, alpha)?;
        }
        if self.says_where_bands_differ {
            let differs = |(at, valid): ((usize, usize), &u8)| {
                *valid != 0
                    && masks.index_axis(Axis(1), at.0).index_axis(Axis(1), at.1).iter().any(|m| *m == 0)
            };
            let differing = mask.indexed_iter().filter(|p| differs(*p)).count() as u64;
            self.tally.lock().unwrap_or_else(PoisonError::into_inner).differing += differing;
        }
        if !self.add_alpha {
            let faint = mask.iter().filter(|m| opacity::is_partial(**m)).count() as u64;
            if faint > 0 && !self.bands.iter().any(|&b| bands[b - 1].color == ColorInterp::Alpha) {
                self.tally.lock().unwrap_or_else(PoisonError::into_inner).faint += faint;
            }
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

/// Is the last band what readers take for the validity of the others ([`RasterInfo::mask_for_alpha`])?
fn is_understood_alpha(info: &RasterInfo) -> bool {
    matches!(info.bands.len(), 2 | 4) && matches!(info.data_type, DataType::U8 | DataType::U16)
}

/// NaN is missing.
fn drop_nan<T: Sample>(samples: &ndarray::ArrayView3<'_, T>, masks: &mut Array3<u8>) {
    // The samples may have a band more, for alpha.
    for (samples, mut mask) in samples.outer_iter().zip(masks.outer_iter_mut()) {
        ndarray::Zip::from(&mut mask).and(&samples).for_each(|m, v| {
            if v.is_nan() {
                *m = 0;
            }
        });
    }
}

/// Are pixels and what is valid of them written as they are?
fn keeps_pixels(options: &TransferOptions) -> bool {
    !is_lossy(options) && options.nodata.is_none() && options.validity != ValidityAs::None
}

/// Does the codec change pixels?
fn is_lossy(options: &TransferOptions) -> bool {
    match options.create.compression {
        Compression::Jpeg => true,
        Compression::Lerc | Compression::LercDeflate | Compression::LercZstd => {
            options.create.max_z_error > 0.0
        }
        _ => false,
    }
}

/// What became of values and validity, for all windows together.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    /// Samples beyond the range of the new type, and the least and the greatest of all.
    clipped: u64,
    range: Option<(f64, f64)>,
    moved: u64,
    hidden: u64,
    /// Pixels that were neither transparent nor opaque, and are said by a mask now.
    faint: u64,
    /// Pixels of which some bands were missing.
    differing: u64,
}

impl Tally {
    /// Look at valid samples before they become those of another type.
    fn look<T: Sample>(&mut self, samples: &Array3<T>, masks: &Array3<u8>, to: DataType) {
        let ((low, high), (from_low, from_high)) = (to.range(), T::DATA_TYPE.range());
        if low <= from_low && high >= from_high {
            return;
        }
        // What is rounded into the range is not beyond it; an infinity is one in any float.
        let margin = if to.is_integer() { 0.5 } else { 0.0 };
        let (low, high) = (low - margin, high + margin);
        ndarray::Zip::from(samples).and(masks).for_each(|v, m| {
            let value = v.to_f64();
            if *m != 0 && (value < low || value > high) && (to.is_integer() || value.is_finite()) {
                self.clipped += 1;
                let (least, greatest) = self.range.unwrap_or((value, value));
                self.range = Some((least.min(value), greatest.max(value)));
            }
        });
    }

    fn add(&mut self, other: &Self) {
        self.clipped += other.clipped;
        self.moved += other.moved;
        self.hidden += other.hidden;
        self.faint += other.faint;
        self.differing += other.differing;
        self.range = match (self.range, other.range) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
    }

    /// As sentences.
    fn notes(&self, info: &RasterInfo) -> Vec<String> {
        let data_type = info.data_type;
        let nodata = info.nodata();
        let stated = nodata.map_or_else(String::new, |n| n.to_string());
        let beside = nodata.map_or_else(String::new, |n| {
            with_type!(data_type, T => n.to_sample::<T>().map_or_else(String::new, |v| validity::beside(v).to_f64().to_string()))
        });
        let samples = |n: u64| if n == 1 { "1 sample".to_owned() } else { format!("{n} samples") };
        let mut notes = Vec::new();
        if let (1.., Some((least, greatest))) = (self.clipped, self.range) {
            let (low, high) = data_type.range();
            notes.push(format!(
                "{} beyond the range of {data_type} became {low} or {high}: values from {least} to {greatest}",
                samples(self.clipped)
            ));
        }
        if self.moved > 0 {
            notes.push(format!(
                "{} would have become the nodata value {stated} without being missing, and became {beside}",
                samples(self.moved)
            ));
        }
        if self.hidden > 0 {
            notes.push(format!("{} of value {stated}, which are missing from now on", samples(self.hidden)));
        }
        if self.faint > 0 {
            notes.push(format!("{} partly transparent pixels, which a mask calls valid", self.faint));
        }
        if self.differing > 0 {
            notes.push(format!(
                "{} pixels of which a band was missing and another was not, which the mask of all bands calls valid",
                self.differing
            ));
        }
        notes
    }
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
