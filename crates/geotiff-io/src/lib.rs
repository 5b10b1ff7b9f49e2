//! TIFF, BigTIFF, GeoTIFF and COG reading and writing in pure Rust.
//!
//! | to | start at |
//! |---|---|
//! | open a file, bytes, a reader or a remote source | [`Dataset`], [`OpenOptions`], [`ByteSource`] |
//! | read windows, other shapes, masks, points, statistics | [`Dataset::read`], [`raster_core::RasterSource`], [`Dataset::sample`], [`Dataset::statistics`] |
//! | write a whole raster | [`write_raster`], [`write_raster_into`] with [`TransferOptions`] |
//! | write windows as they come, from many threads | [`GeoTiffWriter`] with [`CreateOptions`] |
//! | encode blocks, lay a file out, put it together elsewhere | [`BlockEncoder`], [`CogLayout`], [`TileAssembler`] |
//! | fetch bytes yourself (asynchronous clients) | [`PartialBytes`], [`Dataset::needs`], [`BlockDecoder`] |
//! | files in memory | [`MemoryFile`] |
//! | add overviews to a file, check a COG | [`add_overviews`], [`validate`] |
//!
//! ```
//! use geotiff_io::{CreateOptions, Dataset, TransferOptions, write_raster_into};
//! use raster_core::{DataType, MemoryRaster, RasterSource, Window};
//!
//! // A raster of 1 band, 300 rows and 500 columns as the bytes of a COG …
//! let pixels = ndarray::Array3::from_shape_fn((1, 300, 500), |(_, row, col)| (row + col) as u16);
//! let mut bytes = Vec::new();
//! write_raster_into(&MemoryRaster::new(pixels), &mut bytes, &TransferOptions::new(CreateOptions::cog()))?;
//!
//! // … and a window of it: bands are numbered from 1, windows are (column, row, width, height).
//! let dataset = Dataset::from_bytes(bytes)?;
//! assert_eq!((dataset.info().width, dataset.info().data_type), (500, DataType::U16));
//! let window = dataset.read_window(&[1], &Window::new(100, 50, 20, 10))?.into_typed::<u16>()?;
//! assert_eq!((window.dim(), window[[0, 0, 0]]), ((1, 10, 20), 150));
//! # Ok::<(), geotiff_io::Error>(())
//! ```
//!
//! # Conventions
//! Arrays have the shape (bands, rows, columns), masks hold 255 where a pixel is valid and 0 where it is not, positions are
//! in pixels from the upper left corner, and coordinates in the units of the file's CRS. Samples come as they are
//! stored: scale and offset are stated ([`raster_core::BandInfo`]), never applied.
//!
//! # Errors
//! One type, [`Error`]: its [kind](ErrorKind) says who has to act (`Malformed` and `Unsupported`: the file, `Misuse`: the
//! caller, `Limit`: [`ReadLimits`], `Io`: the system), its location where (path, directory, tag, offset, window). A damaged or
//! hostile file ends in an error, in time and memory that follow from its own length and from the limits.
#![forbid(unsafe_code)]

mod codec;
mod cog;
mod dataset;
mod file_source;
mod format;
mod geo;
mod image_id;
mod limits;
mod memory_file;
mod moments;
mod partial;
mod plane;
mod pyramid;
mod read;
mod resample;
mod side_car;
mod source;
mod table;
mod temporary;
mod tiff;
mod unfinished;
mod workspace;
mod write;

pub use cog::{BigTiff, Finding, Report, Rule, Severity, validate, validate_source};
pub use dataset::{Dataset, OpenOptions, PageInfo, Storage, Tag};
pub use file_source::{FileHandles, is_stream, read_open_file, read_stream};
pub use format::{ByteOrder, Compression, Interleave, Photometric, Predictor};
pub use image_id::ImageId;
pub use limits::ReadLimits;
pub use memory_file::{MemoryFile, MemoryFileWriter};
pub use partial::{Opening, PartialBytes};
pub use pyramid::Overviews;
pub use raster_core;
pub use raster_core::Masked;
pub use raster_core::Resampling;
pub use raster_core::{Error, ErrorKind, Result};
pub use read::needs::{BlockDecoder, Needs, StoredBlock, WindowQuery};
pub use read::points::PointSample;
pub use read::request::{FileType, ReadRequest};
pub use read::statistics::Statistics;
pub use side_car::SideCar;
pub use source::ByteSource;
pub use tiff::entry::{FieldType, TagValue};
pub use unfinished::abandon_outputs;
pub use write::{
    BlockEncoder, Blocks, CarriedTags, CogLayout, CreateOptions, Edited, EncodedBlock, FileLayout,
    GeoTiffWriter, OnNote, OnProgress, OutputFile, PlacedBlock, Progress, TileAssembler, TransferOptions,
    ValidityAs, Written, add_overviews, check_changeable, check_ending, edit, is_same_file, not_kept,
    side_cars_of, write_raster, write_raster_into,
};
