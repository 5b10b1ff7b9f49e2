//! An open file: its images, and what it says about itself.

use crate::file_source::{FileHandles, open_path};
use crate::format::{Compression, Interleave, Predictor};
use crate::geo::{color, gdal, georef, keys, nodata, rpc, tiff_items};
use crate::limits::ReadLimits;
use crate::read::{
    image::Image,
    layout::{ImageLayout, color_map},
    level::{Level, Shared},
    related::{Related, belongs_to_another, is_full_mask, lend_masks, levels},
};
use crate::side_car::{SideCar, SideCars};
use crate::source::{ByteSource, ReaderSource};
use crate::tiff::{
    directory::{Directory, TiffFile},
    entry::{FieldType, TagValue, ValuePlace},
    tag,
};
use bytes::Bytes;
use crs::GeoKeys;
use ndarray::{Array2, Array3, Axis};
use raster_core::{
    AnyArray, BlockIndex, ColorInterp, DataType, Digest, Error, MaskKind, Masked, Parts, RasterInfo,
    RasterSource, Result, Size, TileWindows, Window,
};
use std::{
    fmt,
    io::{Read, Seek},
    path::{Path, PathBuf},
    sync::Arc,
};

/// How to open a file.
///
/// ```
/// use geotiff_io::{OpenOptions, ReadLimits};
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/landcover.tif");
/// // From someone who may mean harm: at most 1 MiB a tag and 16 MiB an array, on one thread.
/// let mut limits = ReadLimits::default();
/// (limits.tag_bytes, limits.array_bytes) = (1 << 20, 16 << 20);
/// let dataset = OpenOptions::new().limits(limits).threads(1).open(path)?;
/// assert_eq!(dataset.read_any().array()?.shape(), (1, 700, 900));
/// # Ok::<(), geotiff_io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct OpenOptions {
    /// What the file may make the reader allocate.
    pub limits: ReadLimits,
    /// Blocks that are decoded at once; 0 (the default) for as many as the reading thread may use
    /// (`parallel::share`).
    pub threads: usize,
    /// Which directory is the image, from 0.
    pub directory: usize,
    /// Leave overviews out: reduced reads then start from full resolution.
    pub ignore_overviews: bool,
    /// Leave files beside a local file alone ([`Dataset::side_cars`]); nothing is looked for beside other sources anyway.
    pub ignore_side_cars: bool,
    /// Where local files are kept open; `None` (the default): each in its dataset, as long as that lives.
    pub handles: Option<FileHandles>,
}

impl OpenOptions {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// Set the limits.
    #[must_use]
    pub fn limits(mut self, limits: ReadLimits) -> Self {
        self.limits = limits;
        self
    }
    /// Bound the number of blocks that are decoded at once; 0 for as many as the reading thread may use.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }
    /// Choose the directory (from 0) that is the image.
    #[must_use]
    pub fn directory(mut self, directory: usize) -> Self {
        self.directory = directory;
        self
    }
    /// Leave overviews out.
    #[must_use]
    pub fn ignore_overviews(mut self, ignore: bool) -> Self {
        self.ignore_overviews = ignore;
        self
    }
    /// Leave files beside a local file alone.
    #[must_use]
    pub fn ignore_side_cars(mut self, ignore: bool) -> Self {
        self.ignore_side_cars = ignore;
        self
    }
    /// Keep local files open in this bounded set, which datasets share.
    #[must_use]
    pub fn handles(mut self, handles: FileHandles) -> Self {
        self.handles = Some(handles);
        self
    }
    /// Open a local file. What can be read from front to back only (a FIFO) is kept as [`read_stream`](crate::read_stream) does.
    ///
    /// # Errors
    /// `Io` when it cannot be read, `Malformed` when it is no TIFF file or a damaged one, `Unsupported` for
    /// samples of a kind that has no data type here, `Limit` when a size in it passes the limits.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Dataset> {
        let path = path.as_ref();
        let source = open_path(path, self.handles.as_ref())?;
        Dataset::build(source, Some(path.to_owned()), self).map_err(|e| e.in_file(path))
    }
    /// Open bytes in memory, without a copy.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_bytes(&self, bytes: impl Into<Bytes>) -> Result<Dataset> {
        self.from_source(Arc::new(bytes.into()))
    }
    /// Open what a reader reads. Reads go through a lock, one at a time.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_reader(&self, reader: impl Read + Seek + Send + 'static) -> Result<Dataset> {
        self.from_source(Arc::new(ReaderSource::new(reader)?))
    }
    /// Open any source of bytes.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_source(&self, source: Arc<dyn ByteSource>) -> Result<Dataset> {
        Dataset::build(source, None, self)
    }
}

/// Bytes of head and end by which a file is told from another.
const CONTENT_PIECE: u64 = 64 << 10;

/// Directories of overviews and masks that are looked at (chosen: one COG of many pages with all of theirs).
const MOST_RELATED: usize = 4096;

/// Masks that are read together to make one of them (chosen: some rows of blocks of most rasters).
const MASK_BYTES: usize = 32 << 20;

/// A tag of a directory.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Tag {
    /// Its number.
    pub number: u16,
    /// Its name, if it is one of those used here.
    pub name: Option<&'static str>,
    /// The type of its values.
    pub field_type: FieldType,
    /// The number of its values.
    pub count: u64,
    /// Its values.
    pub value: TagValue,
}

/// How an image is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Storage {
    /// Compression of the blocks.
    pub compression: Compression,
    /// Predictor.
    pub predictor: Predictor,
    /// Interleaving of the bands.
    pub interleave: Interleave,
    /// Meaning of the samples.
    pub photometric: crate::Photometric,
    /// Are the pixels shown in other colours than they are stored in: red, green, blue and alpha of 8-bit CMYK or CIE
    /// L*a*b*, as GDAL shows them?
    pub converted: bool,
    /// Tiles, or strips?
    pub tiled: bool,
    /// Columns and rows of a block.
    pub block: Size,
    /// Bits of a stored sample.
    pub bits: u16,
    /// Byte order of the file.
    pub byte_order: crate::ByteOrder,
    /// 64-bit offsets?
    pub bigtiff: bool,
}

/// An image of a file ([`Dataset::pages`]).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageInfo {
    /// Its place among the directories of the file, from 0 ([`OpenOptions::directory`]).
    pub directory: usize,
    /// Its name (tag PageName).
    pub name: Option<String>,
    /// Columns and rows.
    pub size: Size,
    /// Bands.
    pub bands: usize,
}

/// What opening found out, shared by all clones.
struct Facts {
    /// Where the directories are: those of the chain of the file, then the SubIFDs of the image.
    directories: Vec<u64>,
    /// How many are in the chain.
    chain: usize,
    /// Numbers of those that are no overviews and no masks.
    pages: Vec<usize>,
    /// That of the image.
    main: Directory,
    geo_keys: Option<GeoKeys>,
    is_cog: bool,
    warnings: Vec<Error>,
    side_cars: SideCars,
    /// Do the GeoKeys still say what the coordinate system is?
    own_crs: bool,
}

/// An open TIFF, GeoTIFF or COG. Cheap to clone; reads from many threads at once.
///
/// As a [`RasterSource`] it gives windows of pixels; [`read`](Self::read) does more (output shape, boundless
/// windows, masks).
///
/// ```
/// # fn main() -> geotiff_io::Result<()> {
/// use geotiff_io::{Dataset, raster_core::RasterSource};
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/valid/tags.tif");
/// let dataset = Dataset::open(path)?;
/// let info = dataset.info();
/// println!("{} × {}, {} bands of {}", info.width, info.height, info.band_count(), info.data_type);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Dataset {
    shared: Arc<Shared>,
    facts: Arc<Facts>,
    /// Full resolution first, then overviews, largest first.
    levels: Arc<[Level]>,
}

impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let info = self.info();
        f.debug_struct("Dataset")
            .field("path", &self.shared.path)
            .field("width", &info.width)
            .field("height", &info.height)
            .field("bands", &info.bands.len())
            .field("data_type", &info.data_type)
            .finish_non_exhaustive()
    }
}

impl Dataset {
    /// Open a local file with default [`OpenOptions`].
    ///
    /// # Errors
    /// As [`OpenOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        OpenOptions::new().open(path)
    }
    /// Open bytes in memory, without a copy, with default [`OpenOptions`].
    ///
    /// # Errors
    /// As [`OpenOptions::open`].
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<Self> {
        OpenOptions::new().from_bytes(bytes)
    }
    /// Open what a reader reads, with default [`OpenOptions`].
    ///
    /// # Errors
    /// As [`OpenOptions::open`].
    pub fn from_reader(reader: impl Read + Seek + Send + 'static) -> Result<Self> {
        OpenOptions::new().from_reader(reader)
    }
    /// Open any source of bytes with default [`OpenOptions`].
    ///
    /// # Errors
    /// As [`OpenOptions::open`].
    pub fn from_source(source: Arc<dyn ByteSource>) -> Result<Self> {
        OpenOptions::new().from_source(source)
    }

    fn build(source: Arc<dyn ByteSource>, path: Option<PathBuf>, options: &OpenOptions) -> Result<Self> {
        let file = TiffFile::open(source, options.limits.clone())?;
        // Of thousands of pages only the place is kept; entries of the image, and of what may belong to it.
        let (mut main, mut related, mut pages) = (None, Vec::new(), Vec::new());
        let mut warnings = Vec::new();
        let chain = file.walk(|directory| {
            let belongs = belongs_to_another(&file, &directory).unwrap_or_else(|e| {
                warnings.push(e);
                false
            });
            // As GDAL has it, all belong to the first image; to another one the mask that follows it. What reduced images further
            // behind belong to nobody says.
            let ours = options.directory == 0
                || (pages.last() == Some(&options.directory) && is_full_mask(&file, &directory));
            if directory.index == options.directory {
                main = Some(directory.clone());
            } else if belongs && ours && related.len() < MOST_RELATED {
                related.push(directory.clone());
            }
            if !belongs {
                pages.push(directory.index);
            }
        })?;
        warnings.extend(chain.problem);
        let mut directories = chain.offsets;
        let chain = directories.len();
        let Some(main) = main else {
            return Err(Error::misuse(format!("directory {} of a file with {chain}", options.directory)));
        };
        preload_values(&file, &main)?;
        if let Some(entry) = main.entry(tag::SUB_IFDS) {
            let offsets = file.unsigned(entry).map_err(|e| e.in_directory(main.index))?;
            let (found, problem) = file.sub_directories(&offsets, &directories)?;
            warnings.extend(problem);
            directories.extend(found.iter().map(|d| d.offset));
            related.extend(found.into_iter().filter(|d| belongs_to_another(&file, d).unwrap_or(false)));
        }
        let image = Arc::new(Image::open(&file, &main, &mut warnings)?);
        let geo_keys = keys::read(&file, &main).unwrap_or_else(|e| {
            warnings.push(e.in_directory(main.index));
            None
        });
        let is_cog = file.structure().is_some_and(|s| s.is_cog());
        let mut info = describe(&file, &main, &image.layout, geo_keys.as_ref(), is_cog, &mut warnings)
            .map_err(|e| e.in_directory(main.index))?;
        // They speak of the first image.
        let beside = path.clone().filter(|_| options.directory == 0 && !options.ignore_side_cars);
        let mut side_cars = SideCars::default();
        let own = (info.crs.clone(), info.gcp_crs.clone());
        if let Some(path) = &beside {
            side_cars.describe(path, &mut info);
        }
        let own_crs = own.0.or(own.1) == info.crs.clone().or_else(|| info.gcp_crs.clone());
        set_mask_kinds(&mut info);
        let shared = Arc::new(Shared { file, path, index: Default::default() });
        let related = Related::find(&shared.file, &related, &image, &mut warnings);
        let mut levels = levels(&shared, image, info, related, options).to_vec();
        if let Some(path) = &beside {
            side_cars.images(path, &mut levels, options);
        }
        lend_masks(&mut levels);
        shared.file.opened();
        let facts = Facts { directories, chain, pages, main, geo_keys, is_cog, warnings, side_cars, own_crs };
        Ok(Self { shared, facts: Arc::new(facts), levels: levels.into() })
    }

    /// The same dataset with another bound on the blocks that are decoded at once; 0 for as many as the
    /// reading thread may use.
    #[must_use]
    pub fn with_threads(&self, threads: usize) -> Self {
        let levels = self.levels.iter().map(|l| Level { threads, ..l.clone() }).collect();
        Self { shared: Arc::clone(&self.shared), facts: Arc::clone(&self.facts), levels }
    }
    /// The path it was opened from.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.shared.path.as_deref()
    }
    /// The GeoKeys as the file has them.
    #[must_use]
    pub fn geo_keys(&self) -> Option<&GeoKeys> {
        self.facts.geo_keys.as_ref()
    }
    /// The GeoKeys, where no file beside says that the coordinate system is another one.
    pub(crate) fn valid_geo_keys(&self) -> Option<&GeoKeys> {
        self.geo_keys().filter(|_| self.facts.own_crs)
    }
    /// Does the file say that it has the layout of a COG (GDAL's structural metadata)?
    #[must_use]
    pub fn is_cog(&self) -> bool {
        self.facts.is_cog
    }
    /// What is wrong with the file without keeping it from being read: directories that cannot be read, for
    /// instance.
    #[must_use]
    pub fn warnings(&self) -> &[Error] {
        &self.facts.warnings
    }
    /// The files beside it that say more about it, those that were left alone included.
    ///
    /// `NAME.aux.xml` goes before what the file itself says, a mask of the file before `NAME.msk`, overviews of the file before
    /// `NAME.ovr`, and a transform of the file before world files, as in GDAL.
    #[must_use]
    pub fn side_cars(&self) -> &[SideCar] {
        &self.facts.side_cars.found
    }
    /// What was wrong with [files beside it](Self::side_cars), or in them and could not be understood.
    #[must_use]
    pub fn side_car_warnings(&self) -> &[Error] {
        &self.facts.side_cars.warnings
    }
    /// The images of the file, each described: see [`page_numbers`](Self::page_numbers). Every one of their directories is read; what
    /// cannot be read of one is left out of its description.
    #[must_use]
    pub fn pages(&self) -> Vec<PageInfo> {
        let file = &self.shared.file;
        let one = |d: &Directory, tag| file.one_unsigned(d, tag).ok().flatten();
        let page = |&number: &usize| {
            let d = &file.directory(*self.facts.directories.get(number)?, number).ok()?;
            Some(PageInfo {
                directory: number,
                name: file.text(d, tag::PAGE_NAME).ok().flatten().filter(|t| !t.is_empty()),
                size: Size::new(
                    one(d, tag::IMAGE_WIDTH).unwrap_or(0) as usize,
                    one(d, tag::IMAGE_LENGTH).unwrap_or(0) as usize,
                ),
                bands: one(d, tag::SAMPLES_PER_PIXEL).unwrap_or(1) as usize,
            })
        };
        self.facts.pages.iter().filter_map(page).collect()
    }
    /// The number of directories in the chain of the file.
    #[must_use]
    pub fn directory_count(&self) -> usize {
        self.facts.chain
    }
    /// The directories of the chain that are images of their own, neither overviews nor masks: what
    /// [`OpenOptions::directory`] can open as a raster. Most files have one.
    #[must_use]
    pub fn page_numbers(&self) -> &[usize] {
        &self.facts.pages
    }
    /// The directory that this image is, from 0.
    #[must_use]
    pub fn directory(&self) -> usize {
        self.facts.main.index
    }
    /// The tags of a directory, values read. Directories are numbered from 0 along the chain of the file;
    /// behind them come the SubIFDs of the image.
    ///
    /// # Errors
    /// `Misuse` when there is no such directory; `Malformed` or `Limit` when a value cannot be read, and
    /// `Malformed` when the values have more bytes than the file.
    pub fn tags(&self, directory: usize) -> Result<Vec<Tag>> {
        let Some(&offset) = self.facts.directories.get(directory) else {
            return Err(Error::misuse(format!(
                "directory {directory} of a file with {}",
                self.facts.directories.len()
            )));
        };
        let found = self.shared.file.directory(offset, directory).map_err(|e| self.levels[0].located(e))?;
        // Values that lie over each other could be many times the file.
        let total =
            found.entries.iter().try_fold(0u64, |sum, e| Some(sum.saturating_add(e.byte_len().ok()?)));
        if total.is_some_and(|bytes| bytes > self.shared.file.source.len()) {
            let error = Error::malformed("the values of the tags have more bytes than the file");
            return Err(self.levels[0].located(error.in_directory(directory)));
        }
        let read = |e: &crate::tiff::entry::Entry| {
            let value = self.shared.file.value(e)?;
            let name = tag::name(e.tag);
            Ok(Tag { number: e.tag, name, field_type: e.field_type, count: e.count, value })
        };
        found
            .entries
            .iter()
            .map(|e| read(e).map_err(|e: Error| self.levels[0].located(e.in_directory(directory))))
            .collect()
    }
    /// The text of GDAL_NODATA, as it is: what it states may be no number, or no value of the samples.
    ///
    /// # Errors
    /// `Malformed` or `Limit` when it cannot be read.
    pub fn nodata_text(&self) -> Result<Option<String>> {
        let text = self.shared.file.text(&self.facts.main, tag::GDAL_NODATA);
        text.map_err(|e| self.levels[0].located(e.in_directory(self.facts.main.index)))
    }
    /// XMP packet (tag 700), as it is.
    ///
    /// # Errors
    /// `Malformed` or `Limit` when it cannot be read.
    pub fn xmp(&self) -> Result<Option<Bytes>> {
        self.raw(tag::XMP)
    }
    /// ICC profile (tag 34675), as it is.
    ///
    /// # Errors
    /// `Malformed` or `Limit` when it cannot be read.
    pub fn icc_profile(&self) -> Result<Option<Bytes>> {
        self.raw(tag::ICC_PROFILE)
    }
    fn raw(&self, tag: u16) -> Result<Option<Bytes>> {
        let entry = self.facts.main.entry(tag);
        entry.map(|e| self.shared.file.value_bytes(e)).transpose().map_err(|e| self.levels[0].located(e))
    }
    /// How the image is stored.
    #[must_use]
    pub fn storage(&self) -> Storage {
        let (layout, header) = (&self.levels[0].image.layout, self.shared.file.header);
        Storage {
            compression: layout.format.compression,
            predictor: layout.format.predictor,
            interleave: layout.interleave,
            photometric: layout
                .format
                .view
                .as_ref()
                .map_or(layout.format.photometric, |v| v.stored.photometric),
            converted: layout.format.view.is_some(),
            tiled: layout.tiled,
            block: Size::new(layout.format.width, layout.format.height),
            bits: layout.format.bits,
            byte_order: header.order,
            bigtiff: header.big,
        }
    }
    /// The blocks of the image and the pixels each of them holds, row by row, clipped to the raster: the windows
    /// in which it is cheapest to read.
    pub fn block_windows(&self) -> impl Iterator<Item = (BlockIndex, Window)> + use<> {
        self.levels[0].image.layout.grid.iter()
    }
    /// Windows of the size of `tile` that overlap by `overlap` pixels, row by row ([`raster_core::tile_windows`]).
    ///
    /// # Errors
    /// `Misuse` when a tile has no pixels.
    pub fn tile_windows(&self, tile: impl Into<Size>, overlap: usize) -> Result<TileWindows> {
        raster_core::tile_windows(self.info().size(), tile, overlap)
    }
    /// The validity of a window that holds for all bands together, shape (rows, columns), by rasterio's rules:
    /// the mask or the alpha band that bands share, else valid (255) where any band is valid, else all
    /// valid.
    ///
    /// # Errors
    /// `Misuse` when the window reaches outside; what reading blocks meets.
    pub fn dataset_mask(&self, window: &Window) -> Result<Array2<u8>> {
        let bands = &self.info().bands;
        let shared = bands.iter().position(|b| matches!(b.mask, MaskKind::PerDataset | MaskKind::Alpha));
        self.info().check_read(&[], window, (0, window.height, window.width))?;
        let chosen = match shared {
            Some(band) => vec![band + 1],
            None if bands.iter().any(|b| b.mask == MaskKind::AllValid) => {
                return Ok(Array2::from_elem((window.height, window.width), 255));
            }
            None => self.info().all_bands(),
        };
        // Some rows of blocks and as many bands as memory allows: a block that holds many bands is decoded once for them.
        let block = self.info().block.height.max(1);
        let width = window.width.max(1);
        let rows = (MASK_BYTES / chosen.len() / width / block).max(1) * block;
        let bands = (MASK_BYTES / rows.min(window.height.max(1)) / width).max(1);
        let mut mask = Array2::zeros((window.height, window.width));
        let (first, end) = (window.row as usize, window.row as usize + window.height);
        let mut row = first;
        while row < end {
            let next = (row / block * block + rows).min(end);
            let strip = Window::new(window.col, row as i64, window.width, next - row);
            let mut part = mask.slice_axis_mut(Axis(0), (row - first..next - first).into());
            for bands in chosen.chunks(bands) {
                for own in self.read_mask_window(bands, &strip)?.outer_iter() {
                    part.zip_mut_with(&own, |m: &mut u8, &v| *m = (*m).max(v));
                }
            }
            row = next;
        }
        Ok(mask)
    }
    /// Numbers of the directories of overviews and their masks, as far as they are in this file.
    pub(crate) fn overview_directories(&self) -> Vec<usize> {
        let images = |l: &Level| {
            let mask = l.mask.as_ref().filter(|_| l.mask_file.is_none());
            std::iter::once(l.image.layout.directory).chain(mask.map(|m| m.layout.directory))
        };
        let own = self.levels[1..].iter().filter(|l| Arc::ptr_eq(&l.shared, &self.shared));
        own.flat_map(images).collect()
    }
    pub(crate) fn levels(&self) -> &[Level] {
        &self.levels
    }
}

impl RasterSource for Dataset {
    fn info(&self) -> &RasterInfo {
        &self.levels[0].info
    }
    fn name(&self) -> Option<String> {
        self.levels[0].shared.path.as_ref().map(|path| path.display().to_string())
    }
    /// From length and time of the file and of files beside it, its head, its end, and directories with their lists of blocks.
    fn content_id(&self) -> Result<Option<u128>> {
        let file = &self.shared.file;
        let mut digest = Digest::new();
        digest.number(file.source.len());
        let modified = file.source.modified().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
        digest.number(modified.map_or(u64::MAX, |t| t.as_nanos() as u64));
        digest.number(self.facts.main.offset);
        let len = file.source.len();
        let piece = len.min(CONTENT_PIECE);
        digest.bytes(&file.bytes(0, piece)?);
        digest.bytes(&file.bytes(len - piece, piece)?);
        for (number, &offset) in self.facts.directories.iter().enumerate().take(MOST_RELATED) {
            digest.number(offset);
            // From what of a damaged directory or entry cannot be read, no pixel comes.
            let Ok(directory) = file.directory(offset, number) else { continue };
            digest.bytes(&file.bytes(directory.offset, directory.len)?);
            for entry in &directory.entries {
                if let (ValuePlace::At(_), Ok(bytes)) = (&entry.place, file.value_bytes(entry)) {
                    digest.bytes(&bytes);
                }
            }
        }
        for beside in self.side_cars() {
            let found = beside.path.metadata().ok();
            let modified = found.as_ref().and_then(|m| m.modified().ok());
            let modified = modified.and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
            digest.number(found.map_or(u64::MAX, |m| m.len()));
            digest.number(modified.map_or(u64::MAX, |t| t.as_nanos() as u64));
        }
        Ok(Some(digest.finish()))
    }
    fn read_parts(&self, bands: &[usize], window: &Window, parts: Parts<'_>) -> Result<()> {
        self.levels[0].read_parts(bands, window, parts)
    }
    fn prefetch(&self, bands: &[usize], windows: &[Window]) {
        self.levels[0].prefetch(bands, windows);
    }
    fn is_blank(&self, bands: &[usize], window: &Window) -> bool {
        self.levels[0].is_blank(bands, window)
    }
    fn read_window(&self, bands: &[usize], window: &Window) -> Result<AnyArray> {
        self.levels[0].read_window(bands, window)
    }
    fn read_mask_window(&self, bands: &[usize], window: &Window) -> Result<Array3<u8>> {
        self.levels[0].read_mask_window(bands, window)
    }
    fn read_masked(&self, bands: &[usize], window: &Window) -> Result<Masked<AnyArray>> {
        self.levels[0].read_masked(bands, window)
    }
    fn reads_together(&self) -> bool {
        self.levels[0].reads_together()
    }
    fn read_windows(&self, bands: &[usize], windows: &[Window]) -> Result<Vec<AnyArray>> {
        self.levels[0].read_windows(bands, windows)
    }
    fn read_masked_windows(&self, bands: &[usize], windows: &[Window]) -> Result<Vec<Masked<AnyArray>>> {
        self.levels[0].read_masked_windows(bands, windows)
    }
    fn overview(&self, index: usize) -> Option<Arc<dyn RasterSource>> {
        let level = self.levels.get(index.checked_add(1)?)?;
        Some(Arc::new(level.clone()))
    }
}

/// Have the values that opening looks at read together, where they do not lie close to their directory. Lists of blocks are
/// read when they are needed.
fn preload_values(file: &TiffFile, directory: &Directory) -> Result<()> {
    const LATER: [u16; 6] = [
        tag::TILE_OFFSETS,
        tag::TILE_BYTE_COUNTS,
        tag::STRIP_OFFSETS,
        tag::STRIP_BYTE_COUNTS,
        tag::XMP,
        tag::ICC_PROFILE,
    ];
    let known = directory.entries.iter().filter(|e| tag::name(e.tag).is_some() && !LATER.contains(&e.tag));
    let range = |e: &crate::tiff::entry::Entry| {
        let ValuePlace::At(offset) = e.place else { return None };
        let len = e.byte_len().ok().filter(|&n| file.limits.check_tag(n).is_ok())?;
        file.range(offset, len).ok()
    };
    let ranges: Vec<_> = known.filter_map(range).collect();
    if file.source.is_local() || ranges.is_empty() {
        return Ok(());
    }
    file.preload(&ranges)
}

/// What the tags of a directory say.
fn describe(
    file: &TiffFile,
    directory: &Directory,
    layout: &ImageLayout,
    geo_keys: Option<&GeoKeys>,
    is_cog: bool,
    warnings: &mut Vec<Error>,
) -> Result<RasterInfo> {
    let data_type = layout.format.data_type;
    let mut info = RasterInfo::new(layout.width, layout.height, layout.bands, data_type);
    info.block = Size::new(layout.format.width, layout.format.height);

    let place = georef::read(file, directory, geo_keys.is_some_and(keys::pixel_is_point))?;
    let crs = geo_keys.and_then(keys::crs);
    (info.transform, info.gcps) = (place.transform, place.gcps);
    if info.transform.is_none() && !info.gcps.is_empty() {
        info.gcp_crs = crs;
    } else {
        info.crs = crs;
    }

    // What only describes the pixels may be unreadable without keeping them from being read.
    let mut described =
        |result: Result<()>| warnings.extend(result.err().map(|e| e.in_directory(directory.index)));
    described(tiff_items::set_baseline(file, directory, &mut info.metadata));
    if let Some(value) = geo_keys.and_then(keys::area_or_point) {
        info.metadata.set("", None, "AREA_OR_POINT", value);
    }
    tiff_items::set_structure(layout, is_cog, &mut info.metadata);
    described(file.floats(directory, tag::RPC_COEFFICIENT).map(|numbers| {
        rpc::set_items(&numbers.unwrap_or_default(), &mut info.metadata);
    }));

    let text = file.text(directory, tag::GDAL_NODATA)?.unwrap_or_default();
    let nodata = nodata::parse(&text, data_type);
    if nodata.is_none() && !text.trim().is_empty() {
        let what = format!("nodata '{}' is no value of type {data_type}: no pixel is missing", text.trim());
        described(Err(Error::malformed(what).at_tag(tag::GDAL_NODATA)));
    }
    let map = color_map(directory, u64::from(layout.format.bits)).filter(|_| layout.format.view.is_none());
    info.bands[0].color_table = match map {
        Some(entry) => file.unsigned(entry).map(|numbers| color::table(&numbers))?,
        None => color::ramp(layout),
    };
    let colors = color::interpretation(layout, info.bands[0].color_table.is_some());
    for (i, (band, color)) in info.bands.iter_mut().zip(&colors).enumerate() {
        (band.nodata, band.color) = (nodata, *color);
        band.premultiplied =
            *color == ColorInterp::Alpha && color::extra_sample(layout, i) == Some(color::ASSOCIATED);
    }
    if let Some(xml) = file.text(directory, tag::GDAL_METADATA)? {
        let items = gdal::read_metadata(&xml, layout.bands, &mut info.metadata);
        for (band, items) in info.bands.iter_mut().zip(items) {
            band.scale = items.scale.unwrap_or(1.0);
            band.offset = items.offset.unwrap_or(0.0);
            band.unit = items.unit.filter(|t| !t.is_empty());
            band.description = items.description.filter(|t| !t.is_empty());
            // GDAL shows one-bit bands with their palette whatever is stated.
            let fixed = layout.format.bits == 1 && band.color == ColorInterp::Palette;
            band.color = items.color.filter(|_| !fixed).unwrap_or(band.color);
        }
    }
    if let Some(unit) = geo_keys.and_then(keys::vertical_unit) {
        info.bands.iter_mut().for_each(|b| {
            b.unit.get_or_insert_with(|| unit.clone());
        });
    }
    Ok(info)
}

/// GDAL's order without an internal mask: nodata, then an alpha band that is the last of 2 or 4.
pub(crate) fn set_mask_kinds(info: &mut RasterInfo) {
    let count = info.bands.len();
    let alpha = matches!(count, 2 | 4)
        && info.bands[count - 1].color == ColorInterp::Alpha
        && matches!(info.data_type, DataType::U8 | DataType::U16);
    for (i, band) in info.bands.iter_mut().enumerate() {
        band.mask = match band.nodata {
            Some(_) => MaskKind::Nodata,
            None if alpha && i + 1 < count => MaskKind::Alpha,
            None => MaskKind::AllValid,
        };
    }
}
