//! What a job's result becomes.

use crate::{
    plan::MemoryEstimate,
    sink::{MemorySink, Sink},
};
use bytes::Bytes;
use geotiff_io::{CreateOptions, GeoTiffWriter};
use kernels::Signature;
use raster_core::{
    AnyView, BandInfo, DataType, MaskKind, Metadata, Nodata, RasterInfo, Result, Size, Window,
};
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
    /// The first input's profile with the function's bands and type. When the function states them, what described
    /// the input's bands (names, colours, nodata) is dropped: it is about something else.
    pub(crate) fn new(first: &RasterInfo, signature: Signature, stated: bool) -> Self {
        let mut info = RasterInfo { overviews: Vec::new(), data_type: signature.data_type, ..first.clone() };
        if stated {
            info.metadata = Metadata::new();
            info.bands = vec![computed_band(signature.data_type); signature.bands];
        } else {
            info.bands.resize(signature.bands, BandInfo::default());
            // A function gives pixels, no mask.
            for band in info.bands.iter_mut().filter(|b| b.mask == MaskKind::PerDataset) {
                band.mask = MaskKind::AllValid;
            }
        }
        Self { info, block: first.block }
    }
}

/// A band that was computed: NaN is missing in floats, nothing is in integers.
pub(crate) fn computed_band(data_type: DataType) -> BandInfo {
    let float = data_type.is_float();
    BandInfo {
        nodata: float.then_some(Nodata::Float(f64::NAN)),
        mask: if float { MaskKind::Nodata } else { MaskKind::AllValid },
        ..BandInfo::default()
    }
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
    fn write(&self, window: &Window, pixels: AnyView<'_>) -> Result<()> {
        if pixels.data_type() == self.writer.info().data_type {
            return self.writer.write_window(window, &pixels);
        }
        let converted = pixels.to_owned().convert_to(self.writer.info().data_type);
        self.writer.write_window(window, &converted.view())
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
