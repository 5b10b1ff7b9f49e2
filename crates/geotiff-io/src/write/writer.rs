//! The writer: windows in, a file out.

use super::assemble::{TileAssembler, Written};
use super::encode::Encoder;
use super::options::CreateOptions;
use super::spec::Spec;
use super::target::OutputFile;
use crate::dataset::set_mask_kinds;
use crate::format::Interleave;
use crate::pyramid::{
    BandRule,
    pyramid::{Piece, Pyramid, PyramidSpec, check_window},
};
use crate::resample::Method;
use crate::side_car;
use crate::temporary::scratch_directory;
use crate::tiff::serialize::Flavor;
use bytes::Bytes;
use ndarray::ArrayView2;
use raster_core::{
    AnyView, ColorInterp, Error, RasterInfo, Result, Sample as _, Size, Window, validity::Validity,
    with_array,
};
use std::{
    io::Write,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Writes a GeoTIFF or COG from windows, which may come in any order and from any thread.
///
/// Every block is encoded once, as soon as its pixels are complete; overviews are made on the way. The file is
/// laid out and written when [`finish`](Self::finish) is called, and its bytes depend on pixels and options only.
/// Memory is what the options allow, in whatever order windows come: what waits beyond that waits in a temporary file.
///
/// ```
/// use geotiff_io::{CreateOptions, GeoTiffWriter};
/// use raster_core::{AnyArray, DataType, RasterInfo, Window};
/// let info = RasterInfo::new(700, 300, 1, DataType::U8);
/// let writer = GeoTiffWriter::new(&info, &CreateOptions::cog().with_block_size(256))?;
/// for col in [400, 0] {
///     let window = Window::new(col, 0, if col == 0 { 400 } else { 300 }, 300);
///     writer.write_window(&window, &AnyArray::zeros(DataType::U8, (1, 300, window.width)).view())?;
/// }
/// let bytes = writer.finish_bytes()?;
/// assert_eq!(&bytes[..4], b"II*\0");
/// # Ok::<(), raster_core::Error>(())
/// ```
#[derive(Debug)]
pub struct GeoTiffWriter {
    pyramid: Pyramid,
    encoder: Encoder,
    target: Option<OutputFile>,
    /// A window could not be written: the file would lack pixels that the caller believes are in it.
    failed: AtomicBool,
}

impl GeoTiffWriter {
    /// A writer to a path, as [`OutputFile`] has it: until [`finish`](Self::finish) a file that stands there stays as it is, and
    /// FIFOs and devices are written into.
    ///
    /// # Errors
    /// `Misuse` when description and options do not fit together; `Io` when the directory cannot be written to.
    pub fn create(path: impl AsRef<Path>, info: &RasterInfo, options: &CreateOptions) -> Result<Self> {
        let path = path.as_ref();
        let spec = Spec::new(info, options).map_err(|e| e.in_file(path))?;
        let mut target = OutputFile::create(path)?;
        let scratch = target.directory().map_or_else(scratch_directory, Path::to_owned);
        let file = target.file().map(|f| f.try_clone()).transpose();
        let file = file.map_err(|e| Error::io("cannot share the output", e).in_file(path))?;
        let in_file = |e: Error| e.in_file(path);
        spec.check_room(&scratch, file.is_some()).map_err(in_file)?;
        let mut writer = Self::with_spec(spec, Some(target), &scratch, 0)?;
        if let Some(file) = file {
            writer.encoder.assembler.write_in_place(file).map_err(in_file)?;
        }
        Ok(writer)
    }
    /// A writer without a target: its `finish_…` methods take one.
    ///
    /// # Errors
    /// `Misuse` when description and options do not fit together.
    pub fn new(info: &RasterInfo, options: &CreateOptions) -> Result<Self> {
        Self::with_spec(Spec::new(info, options)?, None, &scratch_directory(), 0)
    }
    /// A writer that keeps the overviews only; see [`finish_overviews`](Self::finish_overviews).
    pub(super) fn of_overviews(spec: Spec, spool_directory: &Path) -> Result<Self> {
        Self::with_spec(spec, None, spool_directory, 1)
    }
    fn with_spec(
        spec: Spec,
        target: Option<OutputFile>,
        spool_directory: &Path,
        first_level: usize,
    ) -> Result<Self> {
        let bands = band_rules(&spec);
        let pyramid = Pyramid::new(PyramidSpec {
            levels: spec.levels.clone(),
            block: spec.block,
            data_type: spec.info.data_type,
            resampling: spec.resampling,
            // Where bands lie apart GDAL makes each level anew; else, also in a COG, level from level.
            sampled: spec.resampling == Method::Nearest && spec.options.interleave == Interleave::Band,
            has_mask: spec.mask_format.is_some(),
            bands: bands.clone(),
            waiting: (spec.options.waiting_memory, spool_directory.to_owned()),
        })?;
        let assembler = TileAssembler::with_spec(spec, spool_directory.to_owned())?;
        Ok(Self {
            pyramid,
            encoder: Encoder::new(assembler, bands, first_level),
            target,
            failed: AtomicBool::new(false),
        })
    }
    /// What is being written.
    #[must_use]
    pub fn info(&self) -> &RasterInfo {
        &self.encoder.assembler.spec().info
    }
    /// Sizes of the levels, the full resolution first.
    #[must_use]
    pub fn levels(&self) -> Vec<Size> {
        self.encoder.assembler.levels()
    }
    /// Size of the blocks: windows of whole blocks are the cheapest.
    #[must_use]
    pub fn block_size(&self) -> Size {
        self.encoder.assembler.spec().block.into()
    }
    /// Is there a mask to be written?
    #[must_use]
    pub fn has_mask(&self) -> bool {
        self.encoder.assembler.spec().mask_format.is_some()
    }

    /// Write all bands of a window; `pixels` has the shape (bands, window height, window width) and the
    /// raster's data type. Each pixel is written once.
    ///
    /// # Errors
    /// `Misuse` when window, shape or type do not fit, or pixels came before; what encoding meets. After an
    /// error the writer cannot finish.
    pub fn write_window(&self, window: &Window, pixels: &AnyView<'_>) -> Result<()> {
        self.write_piece(window, Piece { pixels: Some(whole(pixels)), mask: None })
    }
    /// Write the mask of a window, of shape (window height, window width): 0 is invalid, anything else valid.
    /// Where it never comes, pixels that came are valid.
    ///
    /// # Errors
    /// As [`write_window`](Self::write_window); `Misuse` when the file has no mask.
    pub fn write_mask_window(&self, window: &Window, mask: &ArrayView2<'_, u8>) -> Result<()> {
        self.write_piece(window, Piece { pixels: None, mask: Some(mask.reborrow()) })
    }
    /// Write pixels and mask of a window together, which is cheaper than one after the other.
    ///
    /// # Errors
    /// As [`write_mask_window`](Self::write_mask_window).
    pub fn write_masked_window(
        &self,
        window: &Window,
        pixels: &AnyView<'_>,
        mask: &ArrayView2<'_, u8>,
    ) -> Result<()> {
        self.write_piece(window, Piece { pixels: Some(whole(pixels)), mask: Some(mask.reborrow()) })
    }
    /// Say of a window that there is nothing in it: nodata (0 without nodata), and nothing valid where the file has a mask.
    /// It is as if these had been written, without the work; blocks that are blank all over count as never written for
    /// [`CreateOptions::statistics`].
    pub(super) fn write_blank_window(&self, window: &Window) -> Result<()> {
        let guard = FailureGuard { failed: &self.failed, armed: true };
        let result = self.pyramid.write_blank(window, &self.encoder).map_err(|e| e.at_window(*window));
        if result.is_ok() {
            guard.disarm();
        }
        result
    }
    fn write_piece(&self, window: &Window, piece: Piece<'_>) -> Result<()> {
        self.check(window, &piece)?;
        // Set while the work runs, so that a panic on the way counts as a failure as well.
        let guard = FailureGuard { failed: &self.failed, armed: true };
        let result = self.pyramid.write(window, &piece, &self.encoder).map_err(|e| e.at_window(*window));
        if result.is_ok() {
            guard.disarm();
        }
        result
    }
    fn check(&self, window: &Window, piece: &Piece<'_>) -> Result<()> {
        let info = self.info();
        let size = (info.width, info.height);
        if let Some(pixels) = &piece.pixels {
            check_window(window, size, pixels.shape(), info.bands.len())?;
            if pixels.data_type() != info.data_type {
                return Err(Error::misuse(format!(
                    "the array holds {}, the raster {}",
                    pixels.data_type(),
                    info.data_type
                ))
                .at_window(*window));
            }
            let bits = self.encoder.assembler.spec().format.bits;
            if info.data_type.is_integer() && usize::from(bits) < 8 * info.data_type.size() {
                check_bits(pixels, piece.mask.as_ref(), bits).map_err(|e| e.at_window(*window))?;
            }
        }
        if let Some(mask) = &piece.mask {
            if !self.has_mask() {
                return Err(Error::misuse("this file has no mask; ask for one in the options"));
            }
            let (rows, cols) = mask.dim();
            check_window(window, size, (1, rows, cols), 1)?;
        }
        Ok(())
    }

    /// Write the file and put it in its place: whole, or not at all.
    ///
    /// # Errors
    /// `Misuse` when an earlier write failed, or when the writer has no target; `Io` when writing fails.
    pub fn finish(mut self) -> Result<Written> {
        let Some(mut target) = self.target.take() else {
            return Err(Error::misuse("this writer has no file; use finish_into or finish_bytes"));
        };
        self.complete()?;
        let info = side_car::needs_file(self.info()).then(|| self.info().clone());
        let written = match self.encoder.assembler.finish_in_place()? {
            Some(written) => written,
            None => self.finish_with(&mut target)?,
        };
        let beside = target.named().to_owned();
        target.commit()?;
        // What has no place in the file itself. Not beside a pipe or a device.
        if let Some(info) = info.filter(|_| beside.is_file()) {
            side_car::write_beside(&beside, &info)?;
        }
        Ok(written)
    }
    /// Write the file to anything, from front to back without seeking.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_into(self, sink: &mut dyn Write) -> Result<Written> {
        self.complete()?;
        self.finish_with(sink)
    }
    fn finish_with(self, sink: &mut dyn Write) -> Result<Written> {
        let statistics = self.encoder.statistics();
        self.encoder.assembler.finish_with(&statistics, sink)
    }
    /// Write the overviews alone as what follows byte `start` of a file. Returns the length of the file.
    pub(super) fn finish_overviews(self, flavor: Flavor, start: u64, sink: &mut dyn Write) -> Result<u64> {
        self.complete()?;
        self.encoder.assembler.finish_overviews(flavor, start, sink)
    }
    /// No more windows will come.
    fn complete(&self) -> Result<()> {
        if self.failed.load(Ordering::Acquire) {
            return Err(Error::misuse(
                "an earlier window could not be written; the file would be incomplete",
            ));
        }
        self.pyramid.finish(&self.encoder)?;
        if !self.encoder.assembler.spec().options.sparse {
            self.encoder.fill_missing()?;
        }
        Ok(())
    }
    /// Write the file to memory.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_bytes(self) -> Result<Bytes> {
        let mut out = Vec::new();
        self.finish_into(&mut out)?;
        Ok(out.into())
    }
}

/// Marks the writer as failed unless told that all went well.
struct FailureGuard<'a> {
    failed: &'a AtomicBool,
    armed: bool,
}

impl FailureGuard<'_> {
    fn disarm(mut self) {
        self.armed = false;
    }
}

impl Drop for FailureGuard<'_> {
    fn drop(&mut self) {
        if self.armed {
            self.failed.store(true, Ordering::Release);
        }
    }
}

/// The same view for a shorter time.
/// Refuse samples that so few bits do not hold: they would become others. What the mask hides does not count.
fn check_bits(pixels: &AnyView<'_>, mask: Option<&ArrayView2<'_, u8>>, bits: u16) -> Result<()> {
    let most = ((1u64 << bits.min(63)) - 1) as f64;
    let beyond = with_array!(AnyView, pixels, a => a.outer_iter().enumerate().find_map(|(band, plane)| {
        let fits = |v: f64| (0.0..=most).contains(&v);
        let found = match mask {
            None => plane.iter().map(|v| v.to_f64()).find(|v| !fits(*v)),
            Some(mask) => {
                plane.iter().zip(mask).find(|(v, m)| **m != 0 && !fits(v.to_f64())).map(|(v, _)| v.to_f64())
            }
        };
        found.map(|v| (band + 1, v))
    }));
    let Some((band, value)) = beyond else { return Ok(()) };
    Err(Error::misuse(format!("the sample {value} of band {band} does not fit into {bits} bits (--nbits)")))
}

fn whole<'a>(view: &'a AnyView<'_>) -> AnyView<'a> {
    let (_, height, width) = view.shape();
    view.window(&Window::whole(width, height))
}

/// What makes samples invalid, and how they are mixed, as readers of the file will see it.
fn band_rules(spec: &Spec) -> Vec<BandRule> {
    let mut read = spec.info.clone();
    let nodata = spec.info.nodata();
    for (i, band) in read.bands.iter_mut().enumerate() {
        band.nodata = nodata;
        if band.color == ColorInterp::Undefined {
            band.color = spec.implied_colour(i);
        }
    }
    set_mask_kinds(&mut read);
    let rule = |band: usize| {
        let alpha = match read.validity(band) {
            Validity::Alpha(alpha) => Some(alpha - 1),
            _ => None,
        };
        let palette = read.bands[band - 1].color_table.clone().map(Arc::new);
        BandRule { nodata, alpha, mixing: read.mixing(band), palette }
    };
    (1..=read.bands.len()).map(rule).collect()
}
