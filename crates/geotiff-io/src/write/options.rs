//! What a file shall be like: the choices that the pixels themselves do not make.

use crate::cog::BigTiff;
use crate::dataset::Dataset;
use crate::format::{ByteOrder, Compression, Interleave, Photometric, Predictor};
use crate::pyramid::Overviews;
use bytes::Bytes;
use crs::GeoKeys;
use raster_core::Resampling;
use raster_core::Result;

/// Plain GeoTIFF, or Cloud Optimized.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileLayout {
    /// Directories, then blocks in order.
    #[default]
    GeoTiff,
    /// As GDAL's COG driver: structural metadata, directories, tiles with leaders and trailers, smallest
    /// overview first.
    Cog,
}

/// How an image is cut into blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Blocks {
    /// Tiles of 512 × 512 pixels. Where all bands of such a tile take more than 32 MiB: the largest of 256, 128, 64
    /// and 32 pixels a side, not beyond the raster, whose bands take at most 8 MiB (32 MiB where bands lie apart); else 16.
    #[default]
    Auto,
    /// Tiles of this size; both sides are multiples of 16.
    Tiles {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// Strips of that many rows. Not together with overviews, which have tiles (see `add_overviews`).
    Strips {
        /// Rows.
        rows: usize,
    },
}

/// Tags that are carried over from another file as they are.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct CarriedTags {
    /// XMP packet (tag 700).
    pub xmp: Option<Bytes>,
    /// ICC colour profile (tag 34675).
    pub icc_profile: Option<Bytes>,
}

/// How to write a raster. Start from [`CreateOptions::geotiff`] or [`CreateOptions::cog`] and change fields;
/// everything is checked together when a writer is made.
///
/// ```
/// use geotiff_io::{Compression, CreateOptions, GeoTiffWriter, Interleave, Overviews, Resampling};
/// use raster_core::{DataType, RasterInfo};
/// let mut options = CreateOptions::cog()
///     .with_compression(Compression::Zstd)
///     .with_level(4)
///     .with_interleave(Interleave::Band)
///     .with_overviews(Overviews::Auto, Resampling::Average);
/// options.statistics = true;
/// let writer = GeoTiffWriter::new(&RasterInfo::new(5000, 3000, 4, DataType::F32), &options)?;
/// assert_eq!(writer.levels()[1], (2500, 1500));
/// # Ok::<(), geotiff_io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CreateOptions {
    /// Plain or Cloud Optimized.
    pub layout: FileLayout,
    /// Tiles or strips.
    pub blocks: Blocks,
    /// How bands lie.
    pub interleave: Interleave,
    /// Byte order of the file.
    pub byte_order: ByteOrder,
    /// Offsets of 8 bytes?
    pub big_tiff: BigTiff,
    /// Compression of the pixels. Masks are deflated when this is not `None`.
    pub compression: Compression,
    /// `None`: horizontal for integers and floating-point for floats where the compression allows it.
    pub predictor: Option<Predictor>,
    /// How hard to compress, 0 for the codec's default; the range is the codec's. Zstandard goes to 4, with the feature
    /// `zstd-high` to 22.
    pub level: i32,
    /// Quality of lossy JPEG, 1 to 100.
    pub quality: u8,
    /// The largest error that LERC may make, in units of the samples; 0 is lossless.
    pub max_z_error: f64,
    /// `None`: from the colour interpretation of the bands.
    pub photometric: Option<Photometric>,
    /// Bits per sample: 1 to 8 of u8, 9 to 16 of u16, 17 to 32 of u32; larger samples become the largest that fits. `None`:
    /// as the description of the raster has them ([`RasterInfo::bits`](raster_core::RasterInfo::bits)) where the compression, the
    /// nodata value and the colour table allow it, else those of the type.
    pub bits: Option<u16>,
    /// Write a mask that all bands share? `None`: when the description of the bands says that there is one.
    pub mask: Option<bool>,
    /// GeoKeys as they are, instead of those made from the CRS.
    pub geo_keys: Option<GeoKeys>,
    /// Tags taken over from a source.
    pub carried: CarriedTags,
    /// Leave blocks out whose samples are all nodata (0 without nodata). Otherwise every block is stored.
    pub sparse: bool,
    /// Compute minimum, maximum, mean and standard deviation per band and store them as metadata.
    pub statistics: bool,
    /// Which overviews to make.
    pub overviews: Overviews,
    /// How to make them; `None`: nearest for palettes, cubic otherwise (as GDAL's COG driver).
    pub overview_resampling: Option<Resampling>,
    /// Encoded blocks are kept in memory up to this many bytes, then in a temporary file.
    pub spool_memory: usize,
    /// Pixels that wait for others, so that a block or an overview becomes complete, are kept in memory up to this many
    /// bytes, then in a temporary file.
    pub waiting_memory: usize,
}

impl CreateOptions {
    /// A plain GeoTIFF: uncompressed tiles ([`Blocks::Auto`]), no overviews.
    #[must_use]
    pub fn geotiff() -> Self {
        Self {
            layout: FileLayout::GeoTiff,
            blocks: Blocks::Auto,
            interleave: Interleave::Pixel,
            byte_order: ByteOrder::Little,
            big_tiff: BigTiff::IfNeeded,
            compression: Compression::None,
            predictor: None,
            level: 0,
            quality: 75,
            max_z_error: 0.0,
            photometric: None,
            bits: None,
            mask: None,
            geo_keys: None,
            carried: CarriedTags::default(),
            sparse: false,
            statistics: false,
            overviews: Overviews::None,
            overview_resampling: None,
            spool_memory: 32 << 20,
            waiting_memory: 48 << 20,
        }
    }
    /// A Cloud Optimized GeoTIFF: deflated tiles ([`Blocks::Auto`]) and overviews down to one tile.
    #[must_use]
    pub fn cog() -> Self {
        Self {
            layout: FileLayout::Cog,
            compression: Compression::Deflate,
            overviews: Overviews::Auto,
            ..Self::geotiff()
        }
    }
    /// Square tiles of this many pixels a side.
    #[must_use]
    pub fn with_block_size(mut self, pixels: usize) -> Self {
        self.blocks = Blocks::Tiles { width: pixels, height: pixels };
        self
    }
    /// With the GeoKeys, XMP and ICC profile of a file, as they are. What is in the description of the raster
    /// (metadata, colours, control points, RPCs) needs no carrying.
    ///
    /// # Errors
    /// `Malformed` or `Limit` when one of them cannot be read.
    pub fn carrying_from(mut self, dataset: &Dataset) -> Result<Self> {
        self.geo_keys = dataset.valid_geo_keys().cloned();
        // The profile of inks says nothing of the colours that they are shown in.
        let profile = if dataset.storage().converted { None } else { dataset.icc_profile()? };
        self.carried = CarriedTags { xmp: dataset.xmp()?, icc_profile: profile };
        Ok(self)
    }
    /// Another compression.
    #[must_use]
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }
    /// Another predictor than the automatic one.
    #[must_use]
    pub fn with_predictor(mut self, predictor: Predictor) -> Self {
        self.predictor = Some(predictor);
        self
    }
    /// How hard to compress.
    #[must_use]
    pub fn with_level(mut self, level: i32) -> Self {
        self.level = level;
        self
    }
    /// How bands lie.
    #[must_use]
    pub fn with_interleave(mut self, interleave: Interleave) -> Self {
        self.interleave = interleave;
        self
    }
    /// Which overviews, and how.
    #[must_use]
    pub fn with_overviews(mut self, overviews: Overviews, resampling: Resampling) -> Self {
        self.overviews = overviews;
        self.overview_resampling = Some(resampling);
        self
    }
}

impl Default for CreateOptions {
    fn default() -> Self {
        Self::geotiff()
    }
}
