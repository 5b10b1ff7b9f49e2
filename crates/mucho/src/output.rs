//! What a job's result becomes.

use crate::sink::{MemorySink, Sink};
use kernels::Signature;
use raster_core::{BandInfo, MaskKind, Metadata, RasterInfo, Result};

/// What is known of an output before it is made.
#[derive(Clone, Debug)]
pub struct OutputRequest {
    /// Size, bands, type, georeferencing; the first input's unless the function says otherwise.
    pub info: RasterInfo,
    /// Blocks of the first input.
    pub(crate) block: (usize, usize),
}

impl OutputRequest {
    /// The first input's profile with the function's bands and type. When the function states them, what described
    /// the input's bands (names, colours, nodata) is dropped: it is about something else.
    pub(crate) fn new(first: &RasterInfo, signature: Signature, stated: bool) -> Self {
        let mut info = RasterInfo { overviews: Vec::new(), data_type: signature.data_type, ..first.clone() };
        if stated {
            info.metadata = Metadata::new();
            let float = signature.data_type.is_float();
            let band = BandInfo {
                nodata: float.then_some(raster_core::Nodata::Float(f64::NAN)),
                mask: if float { MaskKind::Nodata } else { MaskKind::AllValid },
                ..BandInfo::default()
            };
            info.bands = vec![band; signature.bands];
        } else {
            info.bands.resize(signature.bands, BandInfo::default());
        }
        Self { info, block: first.block }
    }
}

/// Where a result goes.
#[non_exhaustive]
pub enum Output {
    /// To a sink that is open already.
    Sink(Box<dyn Sink>),
}

impl Output {
    pub(crate) fn block(&self, request: &OutputRequest) -> (usize, usize) {
        match self {
            Self::Sink(_) => request.block,
        }
    }
    pub(crate) fn open(self, request: &OutputRequest) -> Result<Box<dyn Sink>> {
        let _ = request;
        match self {
            Self::Sink(sink) => Ok(sink),
        }
    }
}

impl From<MemorySink> for Output {
    fn from(sink: MemorySink) -> Self {
        Self::Sink(Box::new(sink))
    }
}
