//! From a description and choices to a file that can be written: the one place where both are checked.

use super::options::{Blocks, CreateOptions, FileLayout};
use super::tags;
use crate::codec;
use crate::cog::{
    layout::{BlockRef, Layout, LayoutImage, lay_out},
    structure::Ghost,
};
use crate::format::{BlockFormat, ByteOrder, Compression, Interleave, Photometric, Predictor};
use crate::geo::color;
use crate::image_id::ImageId;
use crate::limits::ReadLimits;
use crate::resample::Method;
use crate::temporary::{HAS_FILES, free_bytes, missing_folder};
use raster_core::{
    BlockGrid, BlockIndex, ColorInterp, DataType, Error, ErrorKind, MaskKind, RasterInfo, Resampling, Result,
};
use std::path::Path;

/// Bytes of metadata of which a tag may become that is too long.
const MANY_TEXTS: usize = 8 << 20;

/// What one block takes in the lists of a writer, while windows come and when the file is laid out.
const BYTES_PER_BLOCK: u64 = 96;

/// A file that can be written: sizes, formats and meanings, all checked.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    /// What the raster says about itself.
    pub(crate) info: RasterInfo,
    /// The choices.
    pub(crate) options: CreateOptions,
    /// Sizes of the levels; the full resolution first.
    pub(crate) levels: Vec<(usize, usize)>,
    /// Width and height of a block.
    pub(crate) block: (usize, usize),
    /// Tiles, or strips?
    pub(crate) tiled: bool,
    /// Blocks at one place: 1, or one per band.
    pub(crate) planes: usize,
    /// Format of the pixels' blocks.
    pub(crate) format: BlockFormat,
    /// Format of the mask's blocks, when there is a mask.
    pub(crate) mask_format: Option<BlockFormat>,
    /// Meaning of the samples.
    pub(crate) photometric: Photometric,
    /// Meaning of the samples beyond the colours (tag 338).
    pub(crate) extra_samples: Vec<u16>,
    /// How overviews are made.
    pub(crate) resampling: Method,
}

impl Spec {
    /// Check everything.
    ///
    /// # Errors
    /// `Misuse` with what does not fit together.
    pub(crate) fn new(info: &RasterInfo, options: &CreateOptions) -> Result<Self> {
        check_raster(info)?;
        let size = (info.width, info.height);
        let (block, tiled) = blocks(info, options)?;
        let planes = planes(info, options)?;
        let (photometric, extra_samples) = colours(info, options)?;
        let format = pixel_format(info, options, block, photometric)?;
        let wants_mask = options.mask.unwrap_or_else(|| {
            info.bands.iter().any(|b| matches!(b.mask, MaskKind::PerDataset | MaskKind::PerBand))
        });
        let mask_format = wants_mask.then(|| mask_format(&format));
        let levels: Vec<_> = std::iter::once(size).chain(options.overviews.sizes(size, block)?).collect();
        if !tiled && levels.len() > 1 {
            // A strip is as wide as its image, so that each level would need blocks of its own width.
            return Err(Error::misuse(
                "overviews need tiles; write strips without overviews and add them to the file (add_overviews)",
            ));
        }
        let resampling = choose_resampling(info, options)?;
        check_block_count(&levels, block, planes + usize::from(mask_format.is_some()))?;
        let spec = Self {
            info: info.clone(),
            options: options.clone(),
            levels,
            block,
            tiled,
            planes,
            format,
            mask_format,
            photometric,
            extra_samples,
            resampling,
        };
        spec.check_block_memory()?;
        let texts = info.metadata.items().iter().map(|i| i.name.len() + i.value.len()).sum::<usize>();
        if texts > MANY_TEXTS {
            // Found out now, and not when all pixels are in.
            spec.layout_images(&[ImageId::pixels(0)], |_| Vec::new(), &[])?;
        }
        Ok(spec)
    }
    /// Refuse more blocks than there is memory to list: now, not when pixels are in.
    fn check_block_memory(&self) -> Result<()> {
        let all: u64 = self.images().into_iter().map(|id| self.block_count(id) as u64).sum();
        let bytes = usize::try_from(all.saturating_mul(BYTES_PER_BLOCK)).unwrap_or(usize::MAX);
        Vec::<u8>::new().try_reserve_exact(bytes).map_err(|_| {
            Error::limit(format!(
                "the lists of {all} blocks need about {} MB of memory, which the system does not give; use larger blocks or fewer \
                 pixels",
                bytes / 1_000_000
            ))
        })
    }
    /// The blocks of a level.
    pub(crate) fn grid(&self, level: usize) -> BlockGrid {
        BlockGrid::new(self.levels[level], self.block).expect("blocks have pixels: checked in `blocks`")
    }
    /// The images in the order of their directories: full resolution, its mask, overviews, their masks.
    pub(crate) fn images(&self) -> Vec<ImageId> {
        let overviews = 1..self.levels.len();
        let masks = self.mask_format.is_some();
        let mut images = vec![ImageId::pixels(0)];
        images.extend(masks.then_some(ImageId::mask(0)));
        images.extend(overviews.clone().map(ImageId::pixels));
        images.extend(overviews.filter(|_| masks).map(ImageId::mask));
        images
    }
    /// Blocks of an image.
    pub(crate) fn block_count(&self, image: ImageId) -> usize {
        let planes = if image.mask { 1 } else { self.planes };
        planes * self.grid(image.level).len()
    }
    /// The number of a block in the order of the tag that lists them.
    ///
    /// # Errors
    /// `Misuse` when there is none.
    pub(crate) fn block_number(&self, image: ImageId, plane: usize, index: BlockIndex) -> Result<usize> {
        let ImageId { level, mask } = image;
        let planes = if mask { 1 } else { self.planes };
        let known = level < self.levels.len() && (!mask || self.mask_format.is_some());
        let grid = self.grid(level.min(self.levels.len() - 1));
        if !known || plane >= planes || index.row >= grid.rows() || index.col >= grid.columns() {
            return Err(Error::misuse(format!(
                "there is no block in level {level}, plane {plane}, row {}, column {}",
                index.row, index.col
            )));
        }
        Ok((plane * grid.rows() + index.row) * grid.columns() + index.col)
    }
    /// Has every block a leader and a trailer?
    pub(crate) fn has_leaders(&self) -> bool {
        self.options.layout == FileLayout::Cog
    }
    /// The order of the data: smallest level first in a COG, full resolution first otherwise; row by row; with pixel
    /// or tile interleave everything of one place together, the mask last. Of `images` only.
    pub(crate) fn data_order(&self, images: &[ImageId]) -> Vec<BlockRef> {
        let find = |id: ImageId| images.contains(&id).then_some(id);
        let mut levels: Vec<usize> = (0..self.levels.len()).collect();
        if self.options.layout == FileLayout::Cog {
            levels.reverse();
        }
        let mut data = Vec::new();
        for level in levels {
            let Some(pixels) = find(ImageId::pixels(level)) else { continue };
            let mask = find(ImageId::mask(level));
            let blocks = self.grid(level).len();
            match self.options.interleave {
                Interleave::Band => {
                    data.extend((0..self.planes * blocks).map(|block| BlockRef { image: pixels, block }));
                    let of_mask = |image| (0..blocks).map(move |block| BlockRef { image, block });
                    data.extend(mask.into_iter().flat_map(of_mask));
                }
                Interleave::Pixel | Interleave::Tile => {
                    for block in 0..blocks {
                        let planes = 0..self.planes;
                        data.extend(planes.map(|p| BlockRef { image: pixels, block: p * blocks + block }));
                        data.extend(mask.map(|image| BlockRef { image, block }));
                    }
                }
            }
        }
        data
    }
    /// Lay out all images, given the lengths of their blocks. `statistics` are (band from 1, name, value).
    pub(crate) fn lay_out(
        &self,
        lengths: impl Fn(ImageId) -> Vec<u32>,
        statistics: &[(usize, &'static str, String)],
    ) -> Result<(Layout, Vec<BlockRef>)> {
        let images = self.images();
        let data = self.data_order(&images);
        let images = self.layout_images(&images, lengths, statistics)?;
        let ghost = self.has_leaders().then(|| Ghost {
            interleave: (self.info.bands.len() > 1).then_some(self.options.interleave),
            mask_interleaved: self.mask_format.is_some() && self.options.interleave == Interleave::Pixel,
        });
        let layout = lay_out(self.options.byte_order, self.options.big_tiff, ghost, &images, &data)?;
        Ok((layout, data))
    }
    pub(crate) fn layout_images(
        &self,
        images: &[ImageId],
        lengths: impl Fn(ImageId) -> Vec<u32>,
        statistics: &[(usize, &'static str, String)],
    ) -> Result<Vec<LayoutImage>> {
        let image = |&id: &ImageId| {
            let fields = tags::fields(self, id.level, id.mask, statistics)?;
            let limit = ReadLimits::default().tag_bytes;
            if let Some(field) = fields.iter().find(|f| f.value.byte_len() as u64 > limit) {
                let text = format!(
                    "{} bytes in one tag; readers take {limit} unless told otherwise",
                    field.value.byte_len()
                );
                return Err(Error::limit(text).at_tag(field.tag));
            }
            Ok(LayoutImage { id, fields, tiled: self.tiled, lengths: lengths(id) })
        };
        images.iter().map(image).collect()
    }
    /// The format of one block's samples in memory: that of the pixels, or of the mask.
    pub(crate) fn block_format(&self, mask: bool) -> &BlockFormat {
        match (&self.mask_format, mask) {
            (Some(format), true) => format,
            _ => &self.format,
        }
    }
    /// Bytes of every block of pixels or of the mask, where that is known before a pixel has come: whole tiles that are not
    /// compressed, none left out. `None` also when the directories wait for statistics.
    pub(crate) fn known_block_len(&self, mask: bool) -> Option<u32> {
        let known = self.tiled
            && self.options.compression == Compression::None
            && !self.options.sparse
            && !self.options.statistics;
        let len = codec::stored_len(self.block_format(mask), self.block.1).ok()?;
        known.then(|| u32::try_from(len).ok())?
    }
    /// Bytes of all blocks: stored, where that is known, or decoded.
    fn block_bytes(&self) -> (u64, bool) {
        let mut known = true;
        let mut sum = 0u64;
        for id in self.images() {
            let stored = self.known_block_len(id.mask);
            known &= stored.is_some();
            let len = stored.map_or_else(
                || codec::stored_len(self.block_format(id.mask), self.block.1).map_or(u64::MAX, |n| n as u64),
                u64::from,
            );
            sum = sum.saturating_add(len.saturating_mul(self.block_count(id) as u64));
        }
        (sum, known)
    }
    /// Is there room for the output, or for the blocks that wait for it, in a folder? Asked before anything is computed. Where blocks
    /// are compressed nobody knows what they will take; only a folder that is far too small is refused then, for a stream.
    ///
    /// # Errors
    /// `Io` when there is certainly too little.
    pub(crate) fn check_room(&self, folder: &Path, is_file: bool) -> Result<()> {
        // Chosen: rasters that are stored in less are mostly empty.
        const MOST_COMPRESSION: u64 = 64;
        let (bytes, known) = self.block_bytes();
        let need = match (known, is_file) {
            (true, true) => bytes,
            (true, false) => bytes.saturating_sub(self.options.spool_memory as u64),
            (false, false) if !self.options.sparse => {
                (bytes / MOST_COMPRESSION).saturating_sub(self.options.spool_memory as u64)
            }
            _ => 0,
        };
        if need == 0 || !HAS_FILES {
            return Ok(());
        }
        if let Some(error) = missing_folder(folder) {
            return Err(error.context("for blocks that wait until all are there (TMPDIR)"));
        }
        match free_bytes(folder) {
            Some(free) if free < need => {
                let advice = if is_file {
                    ""
                } else {
                    "; TMPDIR names another folder for blocks that wait until all are there"
                };
                Err(Error::new(
                    ErrorKind::Io,
                    format!(
                        "the folder {} has {:.1} MB free, and the output needs {}{:.1} MB{advice}",
                        folder.display(),
                        free as f64 / 1e6,
                        if known { "" } else { "at least " },
                        need as f64 / 1e6
                    ),
                ))
            }
            _ => Ok(()),
        }
    }
    /// The colour that readers assume for a band (from 0) unless told otherwise.
    pub(crate) fn implied_colour(&self, band: usize) -> ColorInterp {
        let colours = self.info.bands.len() - self.extra_samples.len();
        if band >= colours {
            return if self.extra_samples[band - colours] > 0 {
                ColorInterp::Alpha
            } else {
                ColorInterp::Undefined
            };
        }
        match (self.photometric, band) {
            (Photometric::Rgb | Photometric::YCbCr, 0) => ColorInterp::Red,
            (Photometric::Rgb | Photometric::YCbCr, 1) => ColorInterp::Green,
            (Photometric::Rgb | Photometric::YCbCr, 2) => ColorInterp::Blue,
            (Photometric::Separated, 0) => ColorInterp::Cyan,
            (Photometric::Separated, 1) => ColorInterp::Magenta,
            (Photometric::Separated, 2) => ColorInterp::Yellow,
            (Photometric::Separated, 3) => ColorInterp::Black,
            (Photometric::Palette, 0) => ColorInterp::Palette,
            (_, 0) => ColorInterp::Gray,
            _ => ColorInterp::Undefined,
        }
    }
}

fn check_raster(info: &RasterInfo) -> Result<()> {
    let limit = i32::MAX as usize;
    if info.width == 0 || info.height == 0 || info.width > limit || info.height > limit {
        return Err(Error::misuse(format!("a raster of {} × {} pixels", info.width, info.height)));
    }
    if info.bands.is_empty() || info.bands.len() > usize::from(u16::MAX) {
        return Err(Error::misuse(format!("a raster of {} bands; TIFF has 1 to 65535", info.bands.len())));
    }
    let nodata = info.nodata();
    for (i, band) in info.bands.iter().enumerate() {
        let Some(value) = band.nodata else {
            if let Some(other) =
                nodata.filter(|_| band.mask == MaskKind::AllValid && band.color != ColorInterp::Alpha)
            {
                return Err(Error::misuse(format!(
                    "band {} has no nodata value, another band has {other}: TIFF keeps one for all bands; state one, or write a mask",
                    i + 1
                )));
            }
            continue;
        };
        if !value.fits(info.data_type) {
            return Err(Error::misuse(format!(
                "nodata value {value} of band {} is beyond the valid range of its data type, {}",
                i + 1,
                info.data_type
            )));
        }
        if Some(value) != nodata {
            return Err(Error::misuse(format!(
                "band {} has the nodata value {value}, another band has {}: TIFF keeps one for all bands",
                i + 1,
                nodata.map_or_else(String::new, |n| n.to_string())
            )));
        }
    }
    if let Some(table) = info.bands.iter().find_map(|b| b.color_table.as_ref()) {
        let entries = match info.data_type {
            DataType::U8 => 256,
            DataType::U16 => 65536,
            other => {
                return Err(Error::misuse(format!(
                    "a colour table for {other} samples; it is for u8 and u16"
                )));
            }
        };
        if table.entries.len() > entries || info.bands[0].color_table.is_none() {
            return Err(Error::misuse(format!(
                "a colour table belongs to band 1 and has up to {entries} colours for {}",
                info.data_type
            )));
        }
    }
    Ok(())
}

/// Blocks of all images of a file that is written. What is known of each (where it lies, whether it has come) is held in memory,
/// some 20 to 40 bytes; readers take 2³¹ - 1 of one image.
const MOST_BLOCKS: usize = 1 << 28;

/// Can the blocks be told apart in memory, and by readers?
fn check_block_count(levels: &[(usize, usize)], block: (usize, usize), at_a_place: usize) -> Result<()> {
    let places = |&(width, height): &(usize, usize)| {
        width.div_ceil(block.0).checked_mul(height.div_ceil(block.1))?.checked_mul(at_a_place)
    };
    let blocks = levels.iter().try_fold(0usize, |all, level| all.checked_add(places(level)?));
    if blocks.is_some_and(|n| n <= MOST_BLOCKS) {
        return Ok(());
    }
    let (width, height) = levels[0];
    Err(Error::limit(format!(
        "{width} × {height} pixels in blocks of {} × {} are more than {MOST_BLOCKS} blocks; choose larger blocks or a \
         coarser resolution",
        block.0, block.1
    )))
}

/// Blocks at one place.
fn planes(info: &RasterInfo, options: &CreateOptions) -> Result<usize> {
    match options.interleave {
        Interleave::Pixel => Ok(1),
        Interleave::Tile if options.layout != FileLayout::Cog => {
            Err(Error::misuse("interleave by tile is for COGs; use band or pixel"))
        }
        Interleave::Band | Interleave::Tile => Ok(info.bands.len()),
    }
}

/// How overviews are made: as asked for where the samples allow it; else values that occur (nearest) for palettes
/// and complex numbers, cubic for others. Of palettes the colours are mixed.
fn choose_resampling(info: &RasterInfo, options: &CreateOptions) -> Result<Method> {
    let palette = info.bands.iter().any(|b| b.color_table.is_some());
    let complex = info.data_type.is_complex();
    let Some(asked) = options.overview_resampling else {
        return Ok(if palette || complex { Method::Nearest } else { Method::Cubic });
    };
    let of_complex = matches!(asked, Resampling::Nearest | Resampling::Mode | Resampling::Average);
    if complex && !of_complex && options.overviews != crate::pyramid::Overviews::None {
        return Err(Error::misuse(format!("overviews by {asked} of complex numbers")));
    }
    asked.try_into()
}

/// All bands of a tile of 512 × 512 pixels may take this many bytes together.
const USUAL_TILE_BYTES: usize = 32 << 20;

/// Smaller tiles take at most so many: interleaved by pixel, which is what has to be decoded for a single sample; else,
/// where it is only what waits in memory at one place.
const SMALL_TILE_BYTES: (usize, usize) = (8 << 20, 32 << 20);

/// The rule of [`Blocks::Auto`].
fn automatic_tile(info: &RasterInfo, interleave: Interleave) -> (usize, usize) {
    let pixel = info.bands.len().saturating_mul(info.data_type.size());
    let bytes = |(w, h): (usize, usize)| pixel.saturating_mul(w * h);
    if bytes((512, 512)) <= USUAL_TILE_BYTES {
        return (512, 512);
    }
    let (together, apart) = SMALL_TILE_BYTES;
    let most = if interleave == Interleave::Pixel { together } else { apart };
    let cut =
        |side: usize| (side.min(info.width.next_multiple_of(16)), side.min(info.height.next_multiple_of(16)));
    [256, 128, 64, 32].into_iter().map(cut).find(|&tile| bytes(tile) <= most).unwrap_or(cut(16))
}

fn blocks(info: &RasterInfo, options: &CreateOptions) -> Result<((usize, usize), bool)> {
    let size = (info.width, info.height);
    match options.blocks {
        Blocks::Auto => Ok((automatic_tile(info, options.interleave), true)),
        Blocks::Tiles { width, height } => {
            let possible = |n: usize| n > 0 && n.is_multiple_of(16) && n <= 1 << 16;
            if !possible(width) || !possible(height) {
                return Err(Error::misuse(format!(
                    "tiles of {width} × {height} pixels: both sides are multiples of 16, up to 65536"
                )));
            }
            Ok(((width, height), true))
        }
        Blocks::Strips { .. } if options.layout == FileLayout::Cog => {
            Err(Error::misuse("a COG has tiles, not strips"))
        }
        Blocks::Strips { rows: 0 } => Err(Error::misuse("strips of 0 rows")),
        Blocks::Strips { rows } => Ok(((size.0, rows.min(size.1)), false)),
    }
}

/// Photometric interpretation and extra samples, from the colours of the bands or as asked.
fn colours(info: &RasterInfo, options: &CreateOptions) -> Result<(Photometric, Vec<u16>)> {
    let bands = &info.bands;
    let colour = |i: usize| bands.get(i).map(|b| b.color);
    let unstated = bands.iter().all(|b| b.color == ColorInterp::Undefined);
    let stated_rgb = (colour(0), colour(1), colour(2))
        == (Some(ColorInterp::Red), Some(ColorInterp::Green), Some(ColorInterp::Blue));
    // GDAL takes three bands of bytes for RGB when nothing else is said, and four for RGBA, which would make the fourth one the
    // validity of the others: that has to be said.
    let looks_rgb = unstated && info.data_type == DataType::U8 && bands.len() == 3;
    let photometric = options.photometric.unwrap_or(if bands[0].color_table.is_some() {
        Photometric::Palette
    } else if stated_rgb || looks_rgb {
        Photometric::Rgb
    } else {
        Photometric::BlackIsZero
    });
    let photometric = match photometric {
        Photometric::Rgb
            if options.compression == Compression::Jpeg
                && bands.len() == 3
                && options.interleave == Interleave::Pixel
                && options.photometric.is_none() =>
        {
            Photometric::YCbCr
        }
        other => other,
    };
    let colours = match photometric {
        Photometric::Rgb
        | Photometric::YCbCr
        | Photometric::CieLab
        | Photometric::IccLab
        | Photometric::ItuLab => 3,
        Photometric::Separated => 4,
        _ => 1,
    };
    if bands.len() < colours {
        return Err(Error::misuse(format!("{} bands for {photometric:?}, which has {colours}", bands.len())));
    }
    if photometric == Photometric::Palette && bands[0].color_table.is_none() {
        return Err(Error::misuse("a palette image without a colour table"));
    }
    let extra = (colours..bands.len())
        .map(|i| match bands[i].color {
            ColorInterp::Alpha if bands[i].premultiplied => color::ASSOCIATED,
            ColorInterp::Alpha => color::UNASSOCIATED,
            _ => 0,
        })
        .collect();
    Ok((photometric, extra))
}

fn pixel_format(
    info: &RasterInfo,
    options: &CreateOptions,
    block: (usize, usize),
    photometric: Photometric,
) -> Result<BlockFormat> {
    let data_type = info.data_type;
    let samples = if options.interleave == Interleave::Pixel { info.bands.len() } else { 1 };
    let bits = bits(info, options)?;
    if !(1..=100).contains(&options.quality) {
        return Err(Error::misuse(format!("quality {}: it goes from 1 to 100", options.quality)));
    }
    if !(options.max_z_error >= 0.0 && options.max_z_error.is_finite()) {
        return Err(Error::misuse(format!("max_z_error {}: it is 0 or positive", options.max_z_error)));
    }
    let bytes = block.0.saturating_mul(block.1).saturating_mul(samples * data_type.size());
    let limit = ReadLimits::default().block_bytes;
    if bytes as u64 > limit {
        return Err(Error::misuse(format!(
            "a block of {} × {} pixels with {samples} samples has {bytes} bytes; readers take {limit} unless told otherwise",
            block.0, block.1
        )));
    }
    let format = BlockFormat {
        compression: options.compression,
        predictor: predictor(options, data_type, bits),
        data_type,
        bits,
        samples,
        width: block.0,
        height: block.1,
        byte_order: options.byte_order,
        reversed_bits: false,
        photometric,
        ycbcr_subsampling: if photometric == Photometric::YCbCr { (2, 2) } else { (1, 1) },
        ycbcr: None,
        view: None,
        jpeg_tables: None,
        fax_options: 0,
        level: options.level,
        quality: options.quality,
        max_z_error: options.max_z_error,
    };
    codec::check_writable(&format)?;
    // Blocks are read back with the tables that the directory gets.
    let format = BlockFormat { jpeg_tables: codec::shared_tables(&format), ..format };
    let lerc =
        matches!(format.compression, Compression::Lerc | Compression::LercDeflate | Compression::LercZstd);
    if lerc && data_type.is_float() && options.byte_order == ByteOrder::Big {
        // libtiff hands LERC the samples in the file's byte order. Floats whose bytes read backwards are NaN
        // would come back as other numbers.
        return Err(Error::misuse("LERC cannot keep floats in a big-endian file; write a little-endian one"));
    }
    Ok(format)
}

/// Bits per sample: as asked for, else as the source stores them where nothing speaks against it, else all of the type.
///
/// # Errors
/// `Misuse` when what is asked for does not fit the type, the nodata value or the colour table.
fn bits(info: &RasterInfo, options: &CreateOptions) -> Result<u16> {
    let (data_type, whole) = (info.data_type, 8 * info.data_type.size() as u16);
    let fewest = match data_type {
        DataType::U8 => 1,
        DataType::U16 => 9,
        DataType::U32 => 17,
        _ => whole,
    };
    let largest = |bits: u16| if bits < 64 { ((1u64 << bits) - 1) as f64 } else { f64::INFINITY };
    let wrong = |bits: u16| {
        if bits == whole {
            return None;
        }
        if !(fewest..whole).contains(&bits) {
            let range = if fewest < whole { format!("{fewest} to {whole}") } else { format!("{whole}") };
            return Some(format!("{bits} bits for samples of type {data_type}, which has {range}"));
        }
        if let Some(nodata) = info.nodata().filter(|n| n.to_f64() > largest(bits)) {
            return Some(format!("{bits} bits, which cannot hold the nodata value {nodata}"));
        }
        let entries = info.bands.iter().filter_map(|b| b.color_table.as_ref()).map(|t| t.entries.len()).max();
        if let Some(entries) = entries.filter(|&n| n as f64 > largest(bits) + 1.0) {
            return Some(format!("{bits} bits, which cannot count the {entries} colours of the table"));
        }
        None
    };
    if let Some(bits) = options.bits {
        return wrong(bits).map_or(Ok(bits), |why| Err(Error::misuse(why)));
    }
    let possible = match options.compression {
        Compression::None
        | Compression::Deflate
        | Compression::Lzw
        | Compression::Zstd
        | Compression::PackBits
        | Compression::Lzma => options.predictor.is_none_or(|p| p == Predictor::None),
        Compression::CcittG4 => true,
        _ => false,
    };
    Ok(info.bits().filter(|&bits| possible && wrong(bits).is_none()).unwrap_or(whole))
}

/// Has this compression a predictor?
pub(crate) fn has_predictor(compression: Compression) -> bool {
    matches!(compression, Compression::Deflate | Compression::Lzw | Compression::Zstd | Compression::Lzma)
}

/// The one asked for; else, where there is one, horizontal for integers and floating-point for floats.
fn predictor(options: &CreateOptions, data_type: DataType, bits: u16) -> Predictor {
    let whole = bits == 8 * data_type.size() as u16;
    match options.predictor {
        Some(predictor) => predictor,
        // LZMA models structure by itself, and complex numbers have none that differencing finds.
        None if !has_predictor(options.compression)
            || options.compression == Compression::Lzma
            || !whole
            || data_type.is_complex() =>
        {
            Predictor::None
        }
        None if data_type.is_float() => Predictor::FloatingPoint,
        None => Predictor::Horizontal,
    }
}

/// One bit per pixel, deflated unless the pixels are not compressed.
fn mask_format(pixels: &BlockFormat) -> BlockFormat {
    BlockFormat {
        compression: match pixels.compression {
            Compression::None => Compression::None,
            _ => Compression::Deflate,
        },
        predictor: Predictor::None,
        data_type: DataType::U8,
        bits: 1,
        samples: 1,
        byte_order: ByteOrder::Little,
        photometric: Photometric::Mask,
        ycbcr_subsampling: (1, 1),
        level: 0,
        ..pixels.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use raster_core::ErrorKind;

    /// What our own reader would not read, or what no memory holds, is refused before anything is computed.
    #[test]
    fn more_than_readers_take_is_refused() {
        let cog = |side: usize, block: usize| {
            Spec::new(
                &RasterInfo::new(side, side, 1, DataType::U8),
                &CreateOptions::cog().with_block_size(block),
            )
        };
        assert!(cog(100_000, 512).is_ok());
        let error = cog(1_000_000, 16).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(error.to_string().contains("blocks"), "{error}");
        let mut planes = CreateOptions::geotiff().with_block_size(16);
        planes.interleave = Interleave::Band;
        let bands = RasterInfo::new(40_000, 40_000, 1000, DataType::U8);
        assert_eq!(Spec::new(&bands, &planes).unwrap_err().kind(), ErrorKind::Limit);
        assert!(cog(60_000, 32_768).is_err(), "blocks of 1 GiB");
        let mut info = RasterInfo::new(10, 10, 1, DataType::U8);
        info.metadata.set("", None, "long", "x".repeat(65 << 20));
        assert_eq!(Spec::new(&info, &CreateOptions::cog()).unwrap_err().kind(), ErrorKind::Limit);
    }

    /// Where every length is known, so is the room that an output needs.
    #[test]
    fn room_is_asked_for_first() {
        let folder = std::env::temp_dir();
        let mut options = CreateOptions::cog();
        options.compression = Compression::None;
        let check = |side: usize, options: &CreateOptions, is_file| {
            let info = RasterInfo::new(side, side, 4, DataType::F64);
            Spec::new(&info, options).unwrap().check_room(&folder, is_file)
        };
        check(100, &options, true).unwrap();
        if free_bytes(&folder).is_some() {
            let error = check(1_000_000, &options, true).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Io);
            assert!(check(1_000_000, &options, false).unwrap_err().to_string().contains("TMPDIR"));
            assert!(check(1_000_000, &CreateOptions::cog(), false).is_err());
            check(1_000_000, &CreateOptions::cog(), true).unwrap();
        }
    }

    #[test]
    fn more_blocks_than_can_be_counted_are_refused() {
        let limit = i32::MAX as usize;
        for (size, side, bands) in [
            ((limit, limit), 512, 1),
            ((9_000_000, 9_000_000), 16, 1),
            ((300_000, 300_000), 16, 1),
            ((20_000, 20_000), 16, 500),
        ] {
            let info = RasterInfo::new(size.0, size.1, bands, DataType::U8);
            let mut options = CreateOptions::cog().with_block_size(side);
            options.interleave = Interleave::Band;
            let error = Spec::new(&info, &options).map(drop).unwrap_err();
            assert_eq!(error.kind(), raster_core::ErrorKind::Limit, "{error}");
        }
        let info = RasterInfo::new(2_000_000, 2_000_000, 1, DataType::U8);
        assert!(Spec::new(&info, &CreateOptions::cog()).is_ok());
    }

    #[test]
    fn automatic_tiles_look_at_bands_and_size() {
        use {DataType::*, Interleave::*};
        for (bands, data_type, size, interleave, tile) in [
            (1, U8, (10, 10), Pixel, (512, 512)),
            (4, U16, (9000, 9000), Pixel, (512, 512)),
            (13, F32, (10980, 10980), Pixel, (512, 512)),
            (32, F32, (1000, 1000), Pixel, (512, 512)),
            (33, F32, (1000, 1000), Pixel, (128, 128)),
            (40, U16, (1000, 1000), Pixel, (512, 512)),
            (80, U16, (1000, 1000), Pixel, (128, 128)),
            (285, F32, (1000, 1000), Pixel, (64, 64)),
            (285, F32, (1000, 1000), Band, (128, 128)),
            (285, F32, (1000, 1000), Tile, (128, 128)),
            (2000, F32, (100, 100), Pixel, (32, 32)),
            (2000, F32, (100, 100), Band, (64, 64)),
            (300, U8, (100, 30), Pixel, (112, 32)),
            (65535, CF64, (40, 40), Pixel, (16, 16)),
        ] {
            let info = RasterInfo::new(size.0, size.1, bands, data_type);
            assert_eq!(
                automatic_tile(&info, interleave),
                tile,
                "{bands} {data_type} {size:?} {interleave:?}"
            );
        }
    }
}
