//! What a job's result becomes.

use crate::{
    function::WindowFunction,
    plan::MemoryEstimate,
    sink::{MemorySink, Sink},
};
use bytes::Bytes;
use geotiff_io::{CreateOptions, GeoTiffWriter};
use ndarray::{Array2, ArrayView2};
use raster_core::{AnyView, DataType, Error, Keeps, MaskKind, Nodata, RasterInfo, Result, Size, Window};
use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// What is known of an output before it is made.
#[derive(Clone, Debug)]
pub struct OutputRequest {
    /// Size, bands, type, georeferencing; the first input's unless the function says otherwise.
    pub info: RasterInfo,
    /// Blocks of the first input.
    pub(crate) block: Size,
}

impl OutputRequest {
    /// What is known of a function's result: the first input's description, as far as it still holds, and where validity is
    /// to be found.
    pub(crate) fn new(inputs: &[&RasterInfo], function: &dyn WindowFunction) -> Result<Self> {
        let first = *inputs.first().ok_or_else(|| Error::misuse("a job needs at least one input"))?;
        Ok(Self { info: describe(first, inputs, function)?, block: first.block })
    }
}

/// What can be said about the result of a function. Validity, where something can be missing: NaN in floats; the first input's
/// nodata where the values are the input's; else a mask.
pub(crate) fn describe(
    first: &RasterInfo,
    inputs: &[&RasterInfo],
    function: &dyn WindowFunction,
) -> Result<RasterInfo> {
    let Some(signature) = function.output(inputs)? else {
        // The profile of the first input; what is missing in another one needs a mask where the first has no place for it.
        let mut info = first.after(Keeps::Values, &first.all_bands(), first.data_type);
        if first.is_all_valid() && inputs.iter().any(|i| !i.is_all_valid()) {
            info.bands.iter_mut().for_each(|b| b.mask = MaskKind::PerDataset);
        }
        info.share_masks();
        return Ok(info);
    };
    let (keeps, mut bands) = function.keeps(inputs);
    bands.resize(signature.bands, 0);
    let mut info = first.after(keeps, &bands, signature.data_type);
    let float = signature.data_type.is_float();
    let missing = inputs.iter().any(|i| !i.is_all_valid());
    for band in &mut info.bands {
        let nodata = band.nodata.filter(|n| keeps <= Keeps::Values && n.fits(signature.data_type));
        (band.mask, band.nodata) = match (float, missing, nodata) {
            (true, ..) => (MaskKind::Nodata, Some(Nodata::Float(f64::NAN))),
            (false, true, Some(nodata)) => (MaskKind::Nodata, Some(nodata)),
            (false, true, None) => (MaskKind::PerDataset, None),
            (false, false, _) => (MaskKind::AllValid, None),
        };
    }
    function.describe(inputs, &mut info);
    Ok(info)
}

/// Where a result goes.
#[non_exhaustive]
pub enum Output {
    /// To a sink that is open already.
    Sink(Box<dyn Sink>),
    /// To a file: whole, or not at all.
    File(PathBuf, CreateOptions),
    /// To bytes in memory: [`Report::bytes`](crate::Report::bytes).
    Memory(CreateOptions),
    /// To anything that can be written to from start to end: a pipe, an upload. Nothing is written before all
    /// windows are done.
    Stream(Box<dyn Write + Send>, CreateOptions),
}

impl Output {
    /// A Cloud Optimized GeoTIFF with default options.
    #[must_use]
    pub fn cog(path: impl AsRef<Path>) -> Self {
        Self::File(path.as_ref().to_owned(), CreateOptions::cog())
    }

    /// The blocks that the output is made of (windows of whole blocks are written without waiting for others), and the widths
    /// of all its levels added up.
    pub(crate) fn layout(&self, request: &OutputRequest) -> (Size, usize) {
        let without = (request.block, request.info.width);
        let options = match self {
            Self::Sink(_) => return without,
            Self::File(_, options) | Self::Memory(options) | Self::Stream(_, options) => options,
        };
        // Options that do not fit are refused when the output is opened.
        let writer = GeoTiffWriter::new(&request.info, options);
        writer.map_or(without, |w| (w.block_size(), w.levels().iter().map(|l| l.width).sum()))
    }

    /// Does it take each pixel once only? Sinks decide for themselves.
    pub(crate) fn write_once(&self) -> bool {
        !matches!(self, Self::Sink(_))
    }

    /// Open it; what waits in it may take the memory of the plan.
    pub(crate) fn open(mut self, request: &OutputRequest, memory: &MemoryEstimate) -> Result<Box<dyn Sink>> {
        let info = &request.info;
        if let Self::File(_, options) | Self::Memory(options) | Self::Stream(_, options) = &mut self {
            options.spool_memory = memory.spool;
            options.waiting_memory = memory.writer;
        }
        Ok(match self {
            Self::Sink(sink) => sink,
            Self::File(path, options) => {
                let writer = GeoTiffWriter::create(path, info, &options)?;
                Box::new(TiffSink { writer, end: End::File })
            }
            Self::Memory(options) => {
                Box::new(TiffSink { writer: GeoTiffWriter::new(info, &options)?, end: End::Bytes })
            }
            Self::Stream(to, options) => {
                let writer = GeoTiffWriter::new(info, &options)?;
                Box::new(TiffSink { writer, end: End::Stream(Mutex::new(to)) })
            }
        })
    }
}

impl From<MemorySink> for Output {
    fn from(sink: MemorySink) -> Self {
        Self::Sink(Box::new(sink))
    }
}

impl From<PathBuf> for Output {
    /// A Cloud Optimized GeoTIFF with default options.
    fn from(path: PathBuf) -> Self {
        Self::cog(path)
    }
}

/// A GeoTIFF in the making.
struct TiffSink {
    writer: GeoTiffWriter,
    end: End,
}

enum End {
    File,
    Bytes,
    Stream(Mutex<Box<dyn Write + Send>>),
}

impl Sink for TiffSink {
    fn sample(&self) -> (DataType, usize) {
        (self.writer.info().data_type, self.writer.info().band_count())
    }
    fn write(&self, window: &Window, pixels: AnyView<'_>, mask: Option<ArrayView2<'_, u8>>) -> Result<()> {
        if pixels.data_type() != self.writer.info().data_type {
            let converted = pixels.to_owned().convert_to(self.writer.info().data_type);
            return self.write(window, converted.view(), mask);
        }
        match mask {
            Some(mask) if self.writer.has_mask() => self.writer.write_masked_window(window, &pixels, &mask),
            Some(mask) if mask.iter().any(|m| *m == 0) => {
                Err(Error::misuse("the output's options leave out the mask that its missing pixels need"))
            }
            None if self.writer.has_mask() => {
                let whole = Array2::from_elem((window.height, window.width), 255);
                self.writer.write_masked_window(window, &pixels, &whole.view())
            }
            _ => self.writer.write_window(window, &pixels),
        }
    }
    fn finish(self: Box<Self>) -> Result<Option<Bytes>> {
        match self.end {
            End::File => self.writer.finish().map(|_| None),
            End::Bytes => self.writer.finish_bytes().map(Some),
            End::Stream(to) => {
                let mut to = to.into_inner().unwrap_or_else(PoisonError::into_inner);
                self.writer.finish_into(&mut *to)?;
                to.flush()?;
                Ok(None)
            }
        }
    }
}
