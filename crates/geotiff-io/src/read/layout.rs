//! A directory as a description of an image: parsed and checked once, valid from then on.

use super::old_jpeg;
use crate::codec::{View, YCbCr};
use crate::format::{BlockFormat, Compression, Interleave, Photometric, Predictor};
use crate::limits::MAX_BLOCKS;
use crate::tiff::{
    directory::{Directory, TiffFile},
    entry::Entry,
    tag,
};
use bytes::Bytes;
use raster_core::{BlockGrid, DataType, Error, Result};
use std::sync::Arc;

/// How the pixels of one directory are stored.
#[derive(Clone, Debug)]
pub(crate) struct ImageLayout {
    /// Index of the directory, for messages.
    pub(crate) directory: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Samples per pixel.
    pub(crate) bands: usize,
    /// `Pixel` or `Band`.
    pub(crate) interleave: Interleave,
    /// Tiles or strips?
    pub(crate) tiled: bool,
    /// How one band (or all, pixel-interleaved) splits into blocks.
    pub(crate) grid: BlockGrid,
    pub(crate) format: BlockFormat,
    pub(crate) extra_samples: Vec<u16>,
}

/// Of ExtraSamples.
const UNASSOCIATED_ALPHA: u16 = 2;

/// Bytes. Chosen: eight tables of each kind that JPEG has are below 4000 bytes; every image keeps its own.
const MAX_JPEG_TABLES: usize = 64 << 10;

impl ImageLayout {
    pub(crate) fn from_directory(file: &TiffFile, directory: &Directory) -> Result<Self> {
        Self::parse(file, directory).map_err(|e| e.in_directory(directory.index))
    }

    fn parse(file: &TiffFile, directory: &Directory) -> Result<Self> {
        let one = |tag| file.one_unsigned(directory, tag);
        let width = dimension(one(tag::IMAGE_WIDTH)?, tag::IMAGE_WIDTH)?;
        let height = dimension(one(tag::IMAGE_LENGTH)?, tag::IMAGE_LENGTH)?;
        let samples = Samples::from_directory(file, directory)?;
        let compression = compression(file, directory)?;
        let blocking = Blocking::from_directory(file, directory, (width, height), &samples)?;
        let codec = CodecParameters::from_directory(file, directory, compression, &samples, blocking.size)?;
        let mut format = BlockFormat {
            compression,
            predictor: codec.predictor,
            data_type: samples.data_type,
            bits: samples.bits as u16,
            samples: samples.per_block(),
            width: blocking.size.0,
            height: blocking.size.1,
            byte_order: file.header.order,
            reversed_bits: one(tag::FILL_ORDER)? == Some(2),
            photometric: samples.photometric,
            ycbcr_subsampling: codec.subsampling,
            ycbcr: codec.ycbcr,
            view: None,
            jpeg_tables: codec.jpeg_tables,
            fax_options: codec.fax_options,
            level: 0,
            quality: 0,
            max_z_error: 0.0,
        };
        let (mut bands, mut extra_samples) = (samples.bands, samples.extra);
        let colors = bands.saturating_sub(extra_samples.len());
        let white = match file.floats(directory, tag::WHITE_POINT).ok().flatten().as_deref() {
            Some([x, y, ..]) => Some((*x as f32, *y as f32)),
            _ => None,
        };
        let ink_set = one(tag::INK_SET)?.unwrap_or(1);
        if let Some(view) = View::of(&format, samples.interleave, colors, ink_set, white) {
            format = view.shown();
            format.view = Some(Arc::new(view));
            (bands, extra_samples) = (format.samples, vec![UNASSOCIATED_ALPHA]);
            let bytes = (format.width as u64).saturating_mul(format.height as u64);
            file.limits.check_block(bytes.saturating_mul(format.samples as u64))?;
        }
        Ok(Self {
            directory: directory.index,
            width,
            height,
            bands,
            interleave: samples.interleave,
            tiled: blocking.tiled,
            grid: blocking.grid,
            format,
            extra_samples,
        })
    }

    /// Bands stored apart: 1 when pixels are interleaved.
    pub(crate) fn planes(&self) -> usize {
        self.bands / self.format.samples
    }

    /// Rows that block row `row` holds: strips at the end are shorter, tiles are not.
    pub(crate) fn stored_rows(&self, row: usize) -> usize {
        if self.tiled {
            self.format.height
        } else {
            self.format.height.min(self.height - row * self.format.height)
        }
    }
}

/// What the pixels are.
struct Samples {
    bands: usize,
    bits: u64,
    data_type: DataType,
    photometric: Photometric,
    interleave: Interleave,
    /// Meanings of the samples beyond the colours.
    extra: Vec<u16>,
}

impl Samples {
    fn from_directory(file: &TiffFile, directory: &Directory) -> Result<Self> {
        let one = |tag| file.one_unsigned(directory, tag);
        let bands = one(tag::SAMPLES_PER_PIXEL)?.unwrap_or(1);
        if !(1..=0xffff).contains(&bands) {
            return Err(Error::malformed(format!("{bands} samples per pixel")).at_tag(tag::SAMPLES_PER_PIXEL));
        }
        let bands = bands as usize;
        let bits = per_sample(file, directory, tag::BITS_PER_SAMPLE, bands)?.unwrap_or(1);
        let sample_format = per_sample(file, directory, tag::SAMPLE_FORMAT, bands)?.unwrap_or(1);
        let interleave = match one(tag::PLANAR_CONFIGURATION)?.unwrap_or(1) {
            // With one sample both are the same, and so blocks hold "all" of them.
            1 => Interleave::Pixel,
            2 if bands == 1 => Interleave::Pixel,
            2 => Interleave::Band,
            n => {
                return Err(Error::malformed(format!("planar configuration {n}, expected 1 or 2"))
                    .at_tag(tag::PLANAR_CONFIGURATION));
            }
        };
        let extra = match directory.entry(tag::EXTRA_SAMPLES) {
            Some(entry) => file.unsigned(entry)?.into_iter().take(bands).map(short).collect(),
            None => Vec::new(),
        };
        Ok(Self {
            bands,
            bits,
            data_type: data_type(bits, sample_format)?,
            photometric: photometric(file, directory, bands, bits)?,
            interleave,
            extra,
        })
    }
    /// Samples of a pixel in a block.
    fn per_block(&self) -> usize {
        if self.interleave == Interleave::Pixel { self.bands } else { 1 }
    }
}

/// What samples mean. As libtiff has it: indices without a colour map (or with one of another length) are grey, or colours
/// where there are three of them.
fn photometric(file: &TiffFile, directory: &Directory, bands: usize, bits: u64) -> Result<Photometric> {
    let stated = Photometric::from_tag(short(file.one_unsigned(directory, tag::PHOTOMETRIC)?.unwrap_or(1)));
    Ok(match stated {
        Photometric::Palette if color_map(directory, bits).is_none() => {
            if bands == 3 && bits >= 8 {
                Photometric::Rgb
            } else {
                Photometric::BlackIsZero
            }
        }
        stated => stated,
    })
}

/// The colour map, if it has as many entries as samples have values.
pub(crate) fn color_map(directory: &Directory, bits: u64) -> Option<&Entry> {
    directory.entry(tag::COLOR_MAP).filter(|e| bits <= 16 && e.count == 3 << bits)
}

/// How the image is cut.
struct Blocking {
    tiled: bool,
    /// Width and height of a block.
    size: (usize, usize),
    grid: BlockGrid,
}

impl Blocking {
    fn from_directory(
        file: &TiffFile,
        directory: &Directory,
        (width, height): (usize, usize),
        samples: &Samples,
    ) -> Result<Self> {
        let one = |tag| file.one_unsigned(directory, tag);
        // Offsets of tiles without the size of a tile are those of strips, as libtiff has it: of one, where the rows of
        // a strip are not stated either.
        let tiled = directory.entry(tag::TILE_WIDTH).is_some() || directory.entry(tag::TILE_LENGTH).is_some();
        let size = if tiled {
            (
                dimension(one(tag::TILE_WIDTH)?, tag::TILE_WIDTH)?,
                dimension(one(tag::TILE_LENGTH)?, tag::TILE_LENGTH)?,
            )
        } else {
            // Missing, or 2^32 - 1: the image is one strip.
            let rows = one(tag::ROWS_PER_STRIP)?.unwrap_or(u64::MAX);
            (width, dimension(Some(rows.min(height as u64)), tag::ROWS_PER_STRIP)?)
        };
        let pixel = (samples.per_block() * samples.data_type.size()) as u64;
        let bytes = (size.0 as u64).saturating_mul(size.1 as u64).saturating_mul(pixel);
        file.limits.check_block(bytes)?;
        let grid = BlockGrid::new((width, height), size)?;
        let planes = samples.bands / samples.per_block();
        let blocks = (grid.len() as u64).saturating_mul(planes as u64);
        if blocks > MAX_BLOCKS {
            return Err(Error::malformed(format!("an image of {blocks} blocks")));
        }
        Ok(Self { tiled, size, grid })
    }
}

/// What the codecs need beside the samples.
struct CodecParameters {
    predictor: Predictor,
    subsampling: (u16, u16),
    ycbcr: Option<Arc<YCbCr>>,
    jpeg_tables: Option<Bytes>,
    fax_options: u32,
}

impl CodecParameters {
    fn from_directory(
        file: &TiffFile,
        directory: &Directory,
        compression: Compression,
        samples: &Samples,
        block: (usize, usize),
    ) -> Result<Self> {
        let one = |tag| file.one_unsigned(directory, tag);
        let predictor = predictor(one(tag::PREDICTOR)?, compression, samples.data_type, samples.bits)?;
        let subsampling = match directory.entry(tag::YCBCR_SUBSAMPLING) {
            Some(entry) => match file.unsigned(entry)?[..] {
                [h @ (1 | 2 | 4), v @ (1 | 2 | 4)] => (h as u16, v as u16),
                _ => {
                    return Err(Error::malformed("subsampling is not two of 1, 2, 4").at_tag(entry.tag));
                }
            },
            None => (2, 2),
        };
        let stored_ycbcr =
            samples.photometric == Photometric::YCbCr && samples.per_block() == 3 && samples.bits == 8;
        if stored_ycbcr && subsampling != (1, 1) && predictor != Predictor::None {
            // Differences to the sample on the left have no meaning where several Y share one Cb.
            return Err(Error::unsupported("a predictor with subsampled YCbCr").at_tag(tag::PREDICTOR));
        }
        let jpeg_tables = match directory.entry(tag::JPEG_TABLES) {
            Some(entry) if compression == Compression::Jpeg => {
                let tables = file.value_bytes(entry)?;
                if tables.len() > MAX_JPEG_TABLES {
                    let what = format!("JPEGTables of {} bytes", tables.len());
                    return Err(Error::malformed(what).at_tag(entry.tag));
                }
                // A copy: a slice would hold all that was read with it.
                Some(Bytes::copy_from_slice(&tables))
            }
            _ if compression == Compression::OldJpeg => {
                old_jpeg::head(file, directory, block, samples.per_block(), subsampling)?
            }
            _ => None,
        };
        let fax_tag = if compression == Compression::CcittG4 { tag::T6_OPTIONS } else { tag::T4_OPTIONS };
        let fax_options = one(fax_tag)?.unwrap_or(0) as u32;
        let ycbcr = match samples.photometric {
            // Of JPEG libjpeg knows better.
            Photometric::YCbCr if compression != Compression::Jpeg => {
                let numbers = |tag| file.floats(directory, tag).ok().flatten();
                let (luma, range) = (numbers(tag::YCBCR_COEFFICIENTS), numbers(tag::REFERENCE_BLACK_WHITE));
                YCbCr::of(luma.as_deref(), range.as_deref()).map(Arc::new)
            }
            _ => None,
        };
        Ok(Self { predictor, subsampling, ycbcr, jpeg_tables, fax_options })
    }
}

fn short(v: u64) -> u16 {
    v.min(0xffff) as u16
}

fn dimension(value: Option<u64>, tag: u16) -> Result<usize> {
    match value {
        Some(n) if (1..=i32::MAX as u64).contains(&n) => Ok(n as usize),
        Some(n) => Err(Error::malformed(format!("{n} pixels, expected 1 to 2147483647")).at_tag(tag)),
        None => Err(Error::malformed("the tag is missing").at_tag(tag)),
    }
}

/// A tag with one value for all samples, or one per sample that must all be equal.
fn per_sample(file: &TiffFile, directory: &Directory, tag: u16, samples: usize) -> Result<Option<u64>> {
    let Some(entry) = directory.entry(tag) else { return Ok(None) };
    let values = file.unsigned(entry)?;
    let wrong = |e: Error| Err(e.at_tag(tag).at_offset(entry.offset));
    match values[..] {
        [one] => Ok(Some(one)),
        ref v if v.len() < samples || v.is_empty() => {
            wrong(Error::malformed(format!("{} values for {samples} samples", v.len())))
        }
        ref v if v[..samples].iter().any(|&n| n != v[0]) => {
            wrong(Error::unsupported(format!("samples of different kinds: {:?}", &v[..samples])))
        }
        ref v => Ok(Some(v[0])),
    }
}

/// The type in which GDAL presents samples of this depth.
fn data_type(bits: u64, sample_format: u64) -> Result<DataType> {
    const UINT: u64 = 1;
    const INT: u64 = 2;
    const FLOAT: u64 = 3;
    const VOID: u64 = 4;
    const COMPLEX_INT: u64 = 5;
    const COMPLEX_FLOAT: u64 = 6;
    Ok(match (sample_format, bits) {
        (UINT | VOID, 1..=8) => DataType::U8,
        (UINT | VOID, 9..=16) => DataType::U16,
        (UINT | VOID, 17..=32) => DataType::U32,
        (UINT | VOID, 64) => DataType::U64,
        (INT, 8) => DataType::I8,
        (INT, 16) => DataType::I16,
        (INT, 32) => DataType::I32,
        (INT, 64) => DataType::I64,
        (FLOAT, 16) => DataType::F16,
        (FLOAT, 24 | 32) => DataType::F32,
        (FLOAT, 64) => DataType::F64,
        (COMPLEX_INT, 32) => DataType::CI16,
        (COMPLEX_INT, 64) => DataType::CI32,
        (COMPLEX_FLOAT, 64) => DataType::CF32,
        (COMPLEX_FLOAT, 128) => DataType::CF64,
        (1..=6, _) => {
            return Err(Error::unsupported(format!(
                "samples of {bits} bits and sample format {sample_format}"
            ))
            .at_tag(tag::BITS_PER_SAMPLE));
        }
        _ => {
            return Err(Error::malformed(format!("sample format {sample_format}, expected 1 to 6"))
                .at_tag(tag::SAMPLE_FORMAT));
        }
    })
}

fn compression(file: &TiffFile, directory: &Directory) -> Result<Compression> {
    let Some(entry) = directory.entry(tag::COMPRESSION) else { return Ok(Compression::None) };
    let values = file.unsigned(entry)?;
    // Some old writers repeat it per sample.
    let first = match values[..] {
        [first, ref rest @ ..] if rest.iter().all(|&v| v == first) => first,
        _ => {
            return Err(Error::malformed(format!("{} values, expected 1", values.len()))
                .at_tag(tag::COMPRESSION)
                .at_offset(entry.offset));
        }
    };
    let additional = match directory.entry(tag::LERC_PARAMETERS) {
        Some(entry) => file.unsigned(entry)?.get(1).copied().unwrap_or(0),
        None => 0,
    };
    Ok(Compression::from_tag(short(first), additional as u32))
}

/// The predictor, where the compression knows predictors: libtiff ignores the tag elsewhere.
fn predictor(
    value: Option<u64>,
    compression: Compression,
    data_type: DataType,
    bits: u64,
) -> Result<Predictor> {
    let knows = matches!(
        compression,
        Compression::Lzw | Compression::Deflate | Compression::Zstd | Compression::Lzma
    );
    if !knows {
        return Ok(Predictor::None);
    }
    let wrong = |e: Error| Err(e.at_tag(tag::PREDICTOR));
    match value.unwrap_or(1) {
        1 => Ok(Predictor::None),
        2 if matches!(bits, 8 | 16 | 32 | 64) => Ok(Predictor::Horizontal),
        2 => wrong(Error::unsupported(format!("predictor 2 with samples of {bits} bits"))),
        3 if data_type.is_float() => Ok(Predictor::FloatingPoint),
        3 => wrong(Error::malformed(format!("predictor 3 with samples of type {data_type}"))),
        n => wrong(Error::malformed(format!("predictor {n}, expected 1, 2 or 3"))),
    }
}
