//! How the pixels of a TIFF image are stored: the enumerations behind its tags, and the format of a block.

use crate::codec::View;
use bytes::Bytes;
use raster_core::DataType;
use std::sync::Arc;

/// Order of the bytes of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// `II`
    #[default]
    Little,
    /// `MM`
    Big,
}

/// How a block is compressed (tag 259, with what LercParameters adds).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// 1
    #[default]
    None,
    /// 2: modified Huffman, one-dimensional, rows start on bytes.
    CcittRle,
    /// 3: Group 3, one- or two-dimensional.
    CcittG3,
    /// 4: Group 4.
    CcittG4,
    /// 5
    Lzw,
    /// 6: "old-style" JPEG.
    OldJpeg,
    /// 7
    Jpeg,
    /// 8, and 32946 in older files.
    Deflate,
    /// 32771: modified Huffman, rows start on words.
    CcittRleWord,
    /// 32773
    PackBits,
    /// 32766: NeXT's 2-bit grey.
    Next,
    /// 32809: ThunderScan's 4-bit grey.
    ThunderScan,
    /// 34676: SGI's logarithmic luminance, or luminance and chrominance in 32 bits.
    SgiLog,
    /// 34677: SGI's logarithmic luminance and chrominance in 24 bits.
    SgiLog24,
    /// 34887
    Lerc,
    /// 34887, the LERC blob deflated.
    LercDeflate,
    /// 34887, the LERC blob compressed with Zstandard.
    LercZstd,
    /// 34925
    Lzma,
    /// 50000
    Zstd,
    /// 50001
    Webp,
    /// 50002
    JpegXl,
    /// A number without a codec here.
    Other(u16),
}

impl Compression {
    /// The levels of effort that can be chosen when it is written, 0 for its default; `None` where there is nothing to choose.
    #[must_use]
    pub const fn levels(self) -> Option<std::ops::RangeInclusive<i32>> {
        match self {
            Self::Deflate | Self::LercDeflate | Self::Lzma => Some(0..=9),
            Self::Zstd | Self::LercZstd => Some(0..=22),
            _ => None,
        }
    }
    /// The value of tag 259.
    #[must_use]
    pub const fn tag_value(self) -> u16 {
        match self {
            Self::None => 1,
            Self::CcittRle => 2,
            Self::CcittG3 => 3,
            Self::CcittG4 => 4,
            Self::Lzw => 5,
            Self::OldJpeg => 6,
            Self::Jpeg => 7,
            Self::Deflate => 8,
            Self::CcittRleWord => 32771,
            Self::PackBits => 32773,
            Self::Next => 32766,
            Self::ThunderScan => 32809,
            Self::SgiLog => 34676,
            Self::SgiLog24 => 34677,
            Self::Lerc | Self::LercDeflate | Self::LercZstd => 34887,
            Self::Lzma => 34925,
            Self::Zstd => 50000,
            Self::Webp => 50001,
            Self::JpegXl => 50002,
            Self::Other(n) => n,
        }
    }
    /// From the value of tag 259; `lerc_additional` is the second number of LercParameters
    /// (0 none, 1 Deflate, 2 Zstandard).
    #[must_use]
    pub const fn from_tag(value: u16, lerc_additional: u32) -> Self {
        match value {
            1 => Self::None,
            2 => Self::CcittRle,
            3 => Self::CcittG3,
            4 => Self::CcittG4,
            5 => Self::Lzw,
            6 => Self::OldJpeg,
            7 => Self::Jpeg,
            8 | 32946 => Self::Deflate,
            32771 => Self::CcittRleWord,
            32773 => Self::PackBits,
            32766 => Self::Next,
            32809 => Self::ThunderScan,
            34676 => Self::SgiLog,
            34677 => Self::SgiLog24,
            34887 => match lerc_additional {
                0 => Self::Lerc,
                1 => Self::LercDeflate,
                2 => Self::LercZstd,
                _ => Self::Other(value),
            },
            34925 => Self::Lzma,
            50000 => Self::Zstd,
            50001 => Self::Webp,
            50002 => Self::JpegXl,
            n => Self::Other(n),
        }
    }
    /// GDAL's name, in lower case: `deflate`, `lerc_zstd`, …
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::CcittRle => "ccittrle",
            Self::CcittG3 => "ccittfax3",
            Self::CcittG4 => "ccittfax4",
            Self::Lzw => "lzw",
            Self::OldJpeg => "ojpeg",
            Self::Jpeg => "jpeg",
            Self::Deflate => "deflate",
            Self::CcittRleWord => "ccittrlew",
            Self::PackBits => "packbits",
            Self::Next => "next",
            Self::ThunderScan => "thunderscan",
            Self::SgiLog => "sgilog",
            Self::SgiLog24 => "sgilog24",
            Self::Lerc => "lerc",
            Self::LercDeflate => "lerc_deflate",
            Self::LercZstd => "lerc_zstd",
            Self::Lzma => "lzma",
            Self::Zstd => "zstd",
            Self::Webp => "webp",
            Self::JpegXl => "jxl",
            Self::Other(_) => "unknown",
        }
    }
    /// What a number without a codec here stands for, as far as it is known.
    #[must_use]
    pub const fn other_name(number: u16) -> Option<&'static str> {
        Some(match number {
            9 => "JBIG on black and white (T.85)",
            10 => "JBIG on colour (T.43)",
            262 => "Kodak's K262",
            32767 => "Sony ARW",
            32769 => "packed Epson ERF",
            32770 => "Samsung SRW",
            32895 => "IT8 CTPAD",
            32896 => "IT8 LW",
            32897 => "IT8 MP",
            32898 => "IT8 BL",
            32908 => "Pixar film",
            32909 => "Pixar log",
            32947 => "DCS (Kodak)",
            33003 | 33005 | 33004 | 34712 => "JPEG 2000",
            33007 => "ALT JPEG",
            34661 => "JBIG",
            34663 => "MicroDesign Imaging's run lengths",
            34664 => "MicroDesign Imaging's binary level codec",
            34713 => "Nikon NEF",
            34715 => "JBIG2 (T.88)",
            34718 | 34719 | 34720 => "MDI of Microsoft Office",
            34892 => "lossy JPEG of DNG",
            34926 => "an old number of Zstandard",
            34927 => "an old number of WebP",
            34933 => "PNG",
            34934 => "JPEG XR",
            22610 => "JPEG XR of NDPI",
            48124 => "Jetraw",
            50002 | 52546 => "JPEG XL",
            65000 => "Kodak DCR",
            65535 => "Pentax PEF",
            _ => return None,
        })
    }
    /// From [`name`](Self::name), in any case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        const ALL: [Compression; 21] = [
            Compression::None,
            Compression::CcittRle,
            Compression::CcittG3,
            Compression::CcittG4,
            Compression::Lzw,
            Compression::OldJpeg,
            Compression::Jpeg,
            Compression::Deflate,
            Compression::CcittRleWord,
            Compression::PackBits,
            Compression::Next,
            Compression::ThunderScan,
            Compression::SgiLog,
            Compression::SgiLog24,
            Compression::Lerc,
            Compression::LercDeflate,
            Compression::LercZstd,
            Compression::Lzma,
            Compression::Zstd,
            Compression::Webp,
            Compression::JpegXl,
        ];
        let name = name.to_ascii_lowercase();
        ALL.into_iter().find(|c| c.name() == name)
    }
}

/// What was subtracted before compression (tag 317).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Predictor {
    /// 1: nothing.
    #[default]
    None,
    /// 2: the sample to the left.
    Horizontal,
    /// 3: bytes of floats, split by significance, then differenced.
    FloatingPoint,
}

/// What samples mean (tag 262).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Photometric {
    /// 0: grey, 0 is white.
    WhiteIsZero,
    /// 1: grey, 0 is black; also "no meaning".
    #[default]
    BlackIsZero,
    /// 2
    Rgb,
    /// 3: indices into the colour map.
    Palette,
    /// 4: a validity mask.
    Mask,
    /// 5: CMYK and other inks.
    Separated,
    /// 6
    YCbCr,
    /// 8
    CieLab,
    /// 9
    IccLab,
    /// 10
    ItuLab,
    /// 32844: logarithmic luminance.
    LogL,
    /// 32845: logarithmic luminance, and chrominance.
    LogLuv,
    /// Another number (colour filter array 32803, linear raw 34892, …).
    Other(u16),
}

impl Photometric {
    /// The value of tag 262.
    #[must_use]
    pub const fn tag_value(self) -> u16 {
        match self {
            Self::WhiteIsZero => 0,
            Self::BlackIsZero => 1,
            Self::Rgb => 2,
            Self::Palette => 3,
            Self::Mask => 4,
            Self::Separated => 5,
            Self::YCbCr => 6,
            Self::CieLab => 8,
            Self::IccLab => 9,
            Self::ItuLab => 10,
            Self::LogL => 32844,
            Self::LogLuv => 32845,
            Self::Other(n) => n,
        }
    }
    /// From the value of tag 262.
    #[must_use]
    pub const fn from_tag(value: u16) -> Self {
        match value {
            0 => Self::WhiteIsZero,
            1 => Self::BlackIsZero,
            2 => Self::Rgb,
            3 => Self::Palette,
            4 => Self::Mask,
            5 => Self::Separated,
            6 => Self::YCbCr,
            8 => Self::CieLab,
            9 => Self::IccLab,
            10 => Self::ItuLab,
            32844 => Self::LogL,
            32845 => Self::LogLuv,
            n => Self::Other(n),
        }
    }
}

/// How the bands lie in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Interleave {
    /// A block holds all bands, pixel by pixel (planar configuration 1).
    #[default]
    Pixel,
    /// A block holds one band; all blocks of band 1 come first (planar configuration 2).
    Band,
    /// A block holds one band; the blocks of all bands at one place come together (planar configuration 2;
    /// the difference is in the order of the data only, and is written for COGs).
    Tile,
}

/// Everything a codec needs to know about the blocks of one image.
///
/// A block in memory is `rows × width × samples` numbers, pixel by pixel, **little-endian**, each of the
/// unpacked [`data_type`](Self::data_type) (bit depths between are widened as GDAL does: 1..8 bit to u8,
/// 9..16 to u16, 17..32 to u32, 24-bit float to f32), predictor undone, colours as RGB when the codec stores
/// YCbCr.
#[derive(Clone, Debug)]
pub(crate) struct BlockFormat {
    /// Compression.
    pub(crate) compression: Compression,
    /// Predictor.
    pub(crate) predictor: Predictor,
    /// Type of the samples in memory.
    pub(crate) data_type: DataType,
    /// Bits of a stored sample (both parts of a complex one): 8 × `data_type.size()` unless packed.
    pub(crate) bits: u16,
    /// Samples per pixel in a block: 1 when bands are stored apart.
    pub(crate) samples: usize,
    /// Columns of a block.
    pub(crate) width: usize,
    /// Rows of a full block (a last strip may have fewer).
    pub(crate) height: usize,
    /// Byte order of stored samples.
    pub(crate) byte_order: ByteOrder,
    /// Are the bits of each stored byte reversed (FillOrder 2)?
    pub(crate) reversed_bits: bool,
    /// Meaning of the samples: decides on colour conversion in JPEG and uncompressed YCbCr.
    pub(crate) photometric: Photometric,
    /// YCbCr subsampling (horizontal, vertical).
    pub(crate) ycbcr_subsampling: (u16, u16),
    /// How the colours are shown, when not as they are stored: what is said here of samples is then of those shown.
    pub(crate) view: Option<Arc<View>>,
    /// JPEGTables (tag 347); for old-style JPEG all that comes before the data of a strip.
    pub(crate) jpeg_tables: Option<Bytes>,
    /// T4Options or T6Options of CCITT blocks.
    pub(crate) fax_options: u32,
    /// For writing: how hard to try, 0 for the codec's default.
    pub(crate) level: i32,
    /// For writing JPEG: quality 1 to 100.
    pub(crate) quality: u8,
    /// For writing LERC: the largest error allowed.
    pub(crate) max_z_error: f64,
}

impl BlockFormat {
    /// Bytes of a block of `rows` rows in memory.
    pub(crate) fn decoded_len(&self, rows: usize) -> usize {
        rows * self.width * self.samples * self.data_type.size()
    }
}
