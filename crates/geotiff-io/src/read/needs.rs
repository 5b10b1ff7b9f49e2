//! Reading without reading: what a window needs is a value, and whoever has the bytes turns them into pixels.

use super::image::Image;
use super::level::Level;
use super::scatter::scatter;
use super::window::WindowRead;
use crate::Dataset;
use crate::image_id::ImageId;
use crate::tiff::known::cut;
use crate::workspace::Workspace;
use bytes::Bytes;
use ndarray::Array3;
use raster_core::{
    AnyArray, Bands, BlockGrid, BlockIndex, Error, Parts, Result, Sample, Window, with_array, with_type,
};
use std::{ops::Range, sync::Arc};

/// A window of a level, and what of it is wanted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WindowQuery {
    /// 0 is the full resolution; overviews follow, largest first.
    pub level: usize,
    /// Which bands.
    pub bands: Bands,
    /// Which pixels of the level.
    pub window: Window,
    /// Its pixels?
    pub pixels: bool,
    /// Its validity?
    pub mask: bool,
}

impl WindowQuery {
    /// Pixels of a window of the full resolution.
    #[must_use]
    pub fn new(bands: impl Into<Bands>, window: Window) -> Self {
        Self { level: 0, bands: bands.into(), window, pixels: true, mask: false }
    }
    /// Of this level: 0 is the full resolution, overviews follow.
    #[must_use]
    pub fn level(mut self, level: usize) -> Self {
        self.level = level;
        self
    }
    /// With the validity of all bands.
    #[must_use]
    pub fn masked(mut self) -> Self {
        self.mask = true;
        self
    }
}

/// A block as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlock {
    /// The image that it belongs to.
    pub image: ImageId,
    /// The band (from 0) when bands are stored apart, else 0.
    pub plane: usize,
    /// Its place among the blocks.
    pub index: BlockIndex,
    /// Its bytes in the file.
    pub range: Range<u64>,
}

/// What has to be fetched before a window can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Needs {
    /// First these parts of the lists that say where blocks are ([`Dataset::supply_index`]). Then ask again.
    Index(Vec<Range<u64>>),
    /// These blocks; none when all of them are left out of the file. In the order of the file.
    Blocks(Vec<StoredBlock>),
}

impl Dataset {
    /// What has to be fetched for a window. Nothing is read here: with [`supply_index`](Self::supply_index),
    /// [`read_supplied`](Self::read_supplied) and [`PartialBytes`](crate::PartialBytes) (for opening) it is possible to read
    /// files whose bytes come from somewhere that cannot be waited for, as in asynchronous programs and browsers.
    ///
    /// ```
    /// use geotiff_io::{ByteSource, Dataset, Needs, WindowQuery, raster_core::{AnyArray, Parts, RasterSource, Window}};
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/landcover.tif");
    /// # let file = bytes::Bytes::from(std::fs::read(path)?);
    /// # let dataset = Dataset::open(path)?;
    /// // Stands for requests that go out together: `fetch(ranges).await`.
    /// let fetch = |ranges: &[std::ops::Range<u64>]| file.read_ranges(ranges);
    ///
    /// let query = WindowQuery::new(1, Window::new(300, 200, 50, 40));
    /// let blocks = loop {
    ///     match dataset.needs(&query)? {
    ///         Needs::Index(ranges) => {
    ///             let parts: Vec<_> = ranges.iter().map(|r| r.start).zip(fetch(&ranges)?).collect();
    ///             dataset.supply_index(&query, &parts)?;
    ///         }
    ///         Needs::Blocks(blocks) => break blocks,
    ///     }
    /// };
    /// let ranges: Vec<_> = blocks.iter().map(|b| b.range.clone()).collect();
    /// let parts: Vec<_> = ranges.iter().map(|r| r.start).zip(fetch(&ranges)?).collect();
    /// let mut pixels = AnyArray::zeros(dataset.info().data_type, (1, 40, 50));
    /// dataset.read_supplied(&query, &parts, Parts::pixels(pixels.view_mut()))?;
    /// assert_eq!(pixels, dataset.read_window(&[1], &query.window)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `Misuse` when there is no such level or band or the window reaches outside; `Malformed` when a block is said to lie
    /// outside of the file.
    pub fn needs(&self, query: &WindowQuery) -> Result<Needs> {
        let (level, bands) = self.query(query)?;
        let wanted = level.wanted(&bands);
        let planes = wanted.planes(query.pixels, if query.mask { bands.len() } else { 0 });
        let missing = level.missing_pages(&wanted, &planes, &[query.window]);
        if !missing.is_empty() {
            return Ok(Needs::Index(missing.into_iter().map(|m| m.range).collect()));
        }
        let mut blocks = Vec::new();
        for (mask, plane) in planes {
            let image = wanted.image(mask);
            for index in image.layout.grid.touching(&query.window) {
                let place = image.place(&level.shared.file, index, plane).map_err(|e| level.located(e))?;
                let image = ImageId { level: query.level, mask };
                blocks.extend(place.map(|p| StoredBlock { image, plane, index, range: p.range() }));
            }
        }
        blocks.sort_by_key(|b| b.range.start);
        Ok(Needs::Blocks(blocks))
    }

    /// Keep what [`Needs::Index`] asked for: parts of the file, each with its offset; larger parts are as good.
    ///
    /// # Errors
    /// `Misuse` when bytes are missing; as [`needs`](Self::needs).
    pub fn supply_index(&self, query: &WindowQuery, parts: &[(u64, Bytes)]) -> Result<()> {
        let (level, bands) = self.query(query)?;
        let wanted = level.wanted(&bands);
        let planes = wanted.planes(query.pixels, if query.mask { bands.len() } else { 0 });
        let missing = level.missing_pages(&wanted, &planes, &[query.window]);
        let ranges: Vec<Range<u64>> = missing.iter().map(|m| m.range.clone()).collect();
        level.set_pages(&wanted, &missing, &cut_all(&ranges, &sorted(parts))?);
        Ok(())
    }

    /// Read a window from bytes that were fetched: those of [`Needs::Blocks`], as parts of the file with their offsets, in
    /// any order; larger parts are as good. `parts` has the shapes of [`raster_core::RasterSource::read_parts`].
    ///
    /// # Errors
    /// `Misuse` when bytes are missing or the index was not supplied; what decoding meets.
    pub fn read_supplied(&self, query: &WindowQuery, bytes: &[(u64, Bytes)], parts: Parts<'_>) -> Result<()> {
        let (level, bands) = self.query(query)?;
        parts.check(&level.info, &bands, &query.window)?;
        let bytes = sorted(bytes);
        let fetch = |ranges: &[Range<u64>]| cut_all(ranges, &bytes);
        let (window, mask) = (query.window, parts.mask);
        match parts.pixels {
            Some(pixels) => with_array!(AnyViewMut, pixels, a => {
                let read = WindowRead { window, pixels: Some(a), mask };
                level.read_windows_from(&bands, &mut [read], None, &fetch)
            }),
            None => {
                let read = WindowRead::<u8> { window, pixels: None, mask };
                level.read_windows_from(&bands, &mut [read], None, &fetch)
            }
        }
        .map_err(|e| level.located(e))
    }

    /// The bytes of a block as they are stored, for copying without decoding; `None` when it is not stored (sparse). `plane` is
    /// the band (from 0) when bands are stored apart, else 0.
    ///
    /// ```
    /// use geotiff_io::{Dataset, ImageId, raster_core::{BlockIndex, RasterSource}};
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/landcover.tif");
    /// let dataset = Dataset::open(path)?;
    /// let (image, index) = (ImageId::pixels(0), BlockIndex { row: 0, col: 0 });
    /// let stored = dataset.stored_block(image, 0, index)?.expect("all blocks of this file are stored");
    /// let pixels = dataset.block_decoder(image)?.decode(index, &stored)?;
    /// let (_, rows, cols) = pixels.shape();
    /// assert_eq!(pixels, dataset.read_window(&[1], &geotiff_io::raster_core::Window::whole(cols, rows))?);
    /// # Ok::<(), geotiff_io::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Misuse` when there is no such block; what reading meets.
    pub fn stored_block(&self, image: ImageId, plane: usize, index: BlockIndex) -> Result<Option<Bytes>> {
        let (level, found) = self.image(image)?;
        let grid = &found.layout.grid;
        if plane >= found.layout.planes() || index.row >= grid.rows() || index.col >= grid.columns() {
            return Err(Error::misuse(format!(
                "there is no block in plane {plane}, row {}, column {} of {image:?}",
                index.row, index.col
            )));
        }
        let file = &level.shared_of(image.mask).file;
        level.load_pages_of(image.mask, plane, &grid.window(index)).map_err(|e| level.located(e))?;
        let place = found.place(file, index, plane).map_err(|e| level.located(e))?;
        let fetched = place.map(|p| file.fetch(&[p.range()])).transpose().map_err(|e| level.located(e))?;
        Ok(fetched.and_then(|mut bytes| bytes.pop()))
    }

    /// What turns stored blocks of an image into pixels.
    ///
    /// # Errors
    /// `Misuse` when there is no such image.
    pub fn block_decoder(&self, image: ImageId) -> Result<BlockDecoder> {
        let (_, found) = self.image(image)?;
        Ok(BlockDecoder { image: Arc::clone(found) })
    }

    fn query(&self, query: &WindowQuery) -> Result<(&Level, Vec<usize>)> {
        let level = self.level(query.level)?;
        let bands = query.bands.of(&level.info)?;
        if query.mask && (level.mask_file.is_some() || level.full.is_some()) {
            return Err(Error::unsupported(
                "the mask is that of the full resolution or in another file: what is needed of it cannot be said here",
            ));
        }
        let shape = (bands.len(), query.window.height, query.window.width);
        level.info.check_read(&bands, &query.window, shape)?;
        Ok((level, bands))
    }
    fn level(&self, level: usize) -> Result<&Level> {
        let levels = self.levels();
        levels
            .get(level)
            .ok_or_else(|| Error::misuse(format!("level {level} of a dataset with {}", levels.len())))
    }
    fn image(&self, image: ImageId) -> Result<(&Level, &Arc<Image>)> {
        let level = self.level(image.level)?;
        let found = if image.mask { level.mask.as_ref() } else { Some(&level.image) };
        let found = found.ok_or_else(|| Error::misuse(format!("level {} has no mask", image.level)))?;
        Ok((level, found))
    }
}

fn sorted(parts: &[(u64, Bytes)]) -> Vec<(u64, Bytes)> {
    let mut parts = parts.to_vec();
    parts.sort_by_key(|p| p.0);
    // Parts that lie in others would hide these.
    let mut end = 0;
    parts.retain(|p| {
        let own = p.0 + p.1.len() as u64;
        let longer = own > end;
        end = end.max(own);
        longer
    });
    parts
}

fn cut_all(ranges: &[Range<u64>], parts: &[(u64, Bytes)]) -> Result<Vec<Bytes>> {
    let missing = |r: &Range<u64>| {
        Error::misuse(format!("bytes {} to {} were not supplied", r.start, r.end)).at_offset(r.start)
    };
    ranges.iter().map(|r| cut(r, parts).ok_or_else(|| missing(r))).collect()
}

/// Decodes blocks of one image, and nothing else: it has no file, and can go to any thread.
///
/// See [`Dataset::stored_block`] for an example.
#[derive(Clone, Debug)]
pub struct BlockDecoder {
    image: Arc<Image>,
}

impl BlockDecoder {
    /// How the image is cut into blocks.
    #[must_use]
    pub fn grid(&self) -> BlockGrid {
        self.image.layout.grid
    }
    /// Bands in a block: all when pixels are interleaved, else 1.
    #[must_use]
    pub fn bands_per_block(&self) -> usize {
        self.image.layout.format.samples
    }
    /// Decode a block: pixels of shape (bands per block, rows, columns), without what lies outside of the raster. A mask has
    /// 0 for invalid and 1 for valid pixels.
    ///
    /// # Errors
    /// `Misuse` when there is no such block; `Malformed` or `Unsupported` when it cannot be decoded.
    pub fn decode(&self, index: BlockIndex, bytes: &[u8]) -> Result<AnyArray> {
        let layout = &self.image.layout;
        if index.row >= layout.grid.rows() || index.col >= layout.grid.columns() {
            return Err(Error::misuse(format!(
                "there is no block in row {}, column {}",
                index.row, index.col
            )));
        }
        let window = layout.grid.window(index);
        let mut work = Workspace::take();
        self.image.decode(&mut work, index, bytes).map_err(|e| self.image.locate(e, index))?;
        let part = Window::whole(window.width, window.height);
        let samples: Vec<usize> = (0..layout.format.samples).collect();
        with_type!(layout.format.data_type, S => {
            let mut out = Array3::from_elem((samples.len(), part.height, part.width), S::default());
            scatter(&work.pixels, &layout.format, &part, &samples, out.view_mut());
            Ok(S::erase(out))
        })
    }
}

impl Level {
    /// Read the pages of the block index for a window of one plane.
    fn load_pages_of(&self, of_mask: bool, plane: usize, window: &Window) -> Result<()> {
        let wanted = self.wanted(&[]);
        let missing = self.missing_pages(&wanted, &[(of_mask, plane)], &[*window]);
        let ranges: Vec<Range<u64>> = missing.iter().map(|m| m.range.clone()).collect();
        self.set_pages(&wanted, &missing, &self.shared_of(of_mask).file.fetch(&ranges)?);
        Ok(())
    }
}
