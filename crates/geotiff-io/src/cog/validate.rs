//! Is this file a Cloud Optimized GeoTIFF? A report of what is wrong, and where.
//!
//! The rules are those of rio-cogeo's `cog_validate` and of GDAL's `validate_cloud_optimized_geotiff.py --full-check`.
//! They differ in places; each finding says whose rule it breaks, and the verdict of rio-cogeo is kept apart.

use super::structure::Structure;
use crate::file_source::open_path;
use crate::limits::ReadLimits;
use crate::source::ByteSource;
use crate::tiff::directory::{Directory, TiffFile};
use crate::tiff::entry::{Entry, ValuePlace};
use crate::tiff::tag;
use raster_core::{Error, ErrorKind, Result};
use std::{fmt, ops::Range, path::Path, sync::Arc};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// A recommendation is not followed.
    Warning,
    /// The file is not a COG.
    Error,
}

/// Whose rule it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// Both validators'.
    Both,
    /// Only rio-cogeo's.
    RioCogeo,
    /// Only GDAL's.
    Gdal,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// Whose rule.
    pub rule: Rule,
    /// What.
    pub message: String,
    /// Byte offset that it is about.
    pub offset: Option<u64>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.severity {
            Severity::Warning => "warning: ",
            Severity::Error => "error: ",
        })?;
        f.write_str(&self.message)?;
        if let Some(offset) = self.offset {
            write!(f, " (offset {offset})")?;
        }
        Ok(())
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// In the order of the checks.
    pub findings: Vec<Finding>,
}

impl Report {
    /// No error by any rule. With `strict` no warning either.
    #[must_use]
    pub fn is_valid(&self, strict: bool) -> bool {
        self.findings.iter().all(|f| f.severity == Severity::Warning && !strict)
    }
    /// The verdict of rio-cogeo.
    #[must_use]
    pub fn is_valid_for_rio_cogeo(&self, strict: bool) -> bool {
        self.valid_by(Rule::Gdal, strict)
    }
    /// The verdict of GDAL's script.
    #[must_use]
    pub fn is_valid_for_gdal(&self) -> bool {
        self.valid_by(Rule::RioCogeo, false)
    }
    fn valid_by(&self, other: Rule, strict: bool) -> bool {
        self.findings.iter().all(|f| f.rule == other || (f.severity == Severity::Warning && !strict))
    }
    fn add(&mut self, severity: Severity, rule: Rule, offset: Option<u64>, message: String) {
        self.findings.push(Finding { severity, rule, message, offset });
    }
    fn error(&mut self, rule: Rule, offset: u64, message: String) {
        self.add(Severity::Error, rule, Some(offset), message);
    }
}

/// Check a local file. An external overview file beside it (`.ovr`) counts against it.
///
/// # Errors
/// `Io` when it cannot be read, `Malformed` when it is no TIFF file or a damaged one.
pub fn validate(path: impl AsRef<Path>) -> Result<Report> {
    let path = path.as_ref();
    let source = open_path(path, None)?;
    let mut report = validate_source(source).map_err(|e| e.in_file(path))?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".ovr");
    if Path::new(&beside).exists() {
        report.add(
            Severity::Error,
            Rule::Both,
            None,
            "overviews are in an external .ovr file; they should be in the file itself".into(),
        );
    }
    Ok(report)
}

/// Check any source of bytes.
///
/// ```
/// use geotiff_io::{CreateOptions, TransferOptions, validate_source, write_raster_into};
/// use raster_core::MemoryRaster;
/// let raster = MemoryRaster::new(ndarray::Array3::from_elem((1, 40, 50), 1.5f32));
/// let mut cog = Vec::new();
/// write_raster_into(&raster, &mut cog, &TransferOptions::new(CreateOptions::cog()))?;
/// let report = validate_source(std::sync::Arc::new(bytes::Bytes::from(cog)))?;
/// assert!(report.is_valid(true) && report.is_valid_for_gdal());
/// # Ok::<(), geotiff_io::Error>(())
/// ```
///
/// # Errors
/// As [`validate`].
pub fn validate_source(source: Arc<dyn ByteSource>) -> Result<Report> {
    let file = TiffFile::open(source, ReadLimits::default())?;
    let (mut directories, _) = file.directories()?;
    if let Some(sub) = directories.first().and_then(|d| d.entry(tag::SUB_IFDS)) {
        let offsets = file.unsigned(sub)?;
        let chain: Vec<u64> = directories.iter().map(|d| d.offset).collect();
        directories.extend(file.sub_directories(&offsets, &chain)?.0);
    }
    let mut report = Report::default();
    let images = match Images::read(&file, &directories) {
        Ok(images) => images,
        Err(e) if e.kind() == ErrorKind::Malformed => {
            // A damaged image is no COG; that is an answer, not a failure to give one.
            report.add(Severity::Error, Rule::Both, e.location().offset, format!("{e:#}"));
            return Ok(report);
        }
        Err(e) => return Err(e),
    };
    images.check_sizes(&mut report);
    images.check_directories(&mut report);
    images.check_data(&mut report);
    images.check_blocks(&file, &mut report)?;
    Ok(report)
}

/// An image as far as the checks look at it.
struct Level {
    offset: u64,
    width: u64,
    height: u64,
    block_width: u64,
    tiled: bool,
    offsets: Vec<u64>,
    counts: Vec<u64>,
    planes: u64,
}

struct Images {
    header_len: u64,
    structure: Option<Structure>,
    main: Level,
    mask: Option<Level>,
    /// In the order of the file.
    overviews: Vec<Level>,
}

impl Images {
    fn read(file: &TiffFile, directories: &[Directory]) -> Result<Self> {
        let header_len = file.header.len();
        let kind = |d: &Directory| Ok::<_, Error>(file.one_unsigned(d, tag::NEW_SUBFILE_TYPE)?.unwrap_or(0));
        let Some(first) = directories.first() else {
            return Err(Error::malformed("the file has no directory"));
        };
        preload_lists(file, directories)?;
        let main = Level::read(file, first)?;
        let (mut mask, mut overviews) = (None, Vec::new());
        for directory in &directories[1..] {
            let kind = kind(directory)?;
            if kind & 5 == 4 && mask.is_none() {
                mask = Some(Level::read(file, directory)?);
            } else if kind & 5 == 1 {
                let level = Level::read(file, directory)?;
                if level.width <= main.width && level.height <= main.height {
                    overviews.push(level);
                }
            }
        }
        let levels = overviews.iter().chain(&mask).chain([&main]);
        let numbers: usize = levels.map(|l| l.offsets.len() + l.counts.len()).sum();
        if numbers as u64 > file.source.len() {
            return Err(Error::malformed("the images have more blocks than the file has bytes"));
        }
        Ok(Self { header_len, structure: file.structure(), main, mask, overviews })
    }

    fn check_sizes(&self, report: &mut Report) {
        let main = &self.main;
        let large = |l: &Level| l.width > 512 || l.height > 512;
        let one_column = |l: &Level| l.block_width == l.width;
        if large(main) && one_column(main) {
            report.error(
                if main.width > 1024 { Rule::Both } else { Rule::RioCogeo },
                main.offset,
                format!("{} × {} pixels, but not tiled", main.width, main.height),
            );
        }
        if large(main) && self.overviews.is_empty() {
            report.add(
                Severity::Warning,
                Rule::Both,
                Some(main.offset),
                format!("{} × {} pixels without internal overviews", main.width, main.height),
            );
        }
        for (i, level) in self.overviews.iter().enumerate() {
            if large(level) && one_column(level) {
                report.error(
                    if level.width > 1024 { Rule::Both } else { Rule::RioCogeo },
                    level.offset,
                    format!("overview {i} of {} × {} pixels is not tiled", level.width, level.height),
                );
            }
        }
    }

    fn check_directories(&self, report: &mut Report) {
        let first = self.main.offset;
        if first > 300 {
            report.error(Rule::RioCogeo, first, "the first directory should start before byte 300".into());
        }
        // GDAL: right behind the header, or right behind the structural metadata.
        let expected = match &self.structure {
            Some(structure) => {
                let end = self.header_len + structure.len();
                end + end % 2
            }
            None => self.header_len,
        };
        if first != expected {
            report.error(
                Rule::Gdal,
                first,
                format!("the first directory should be at byte {expected}, right behind what precedes it"),
            );
        }
        if self.structure.as_ref().is_some_and(Structure::is_changed) {
            report.error(
                Rule::Both,
                self.header_len,
                "the file had the layout of a COG and was changed afterwards".into(),
            );
        }
        let factor = |l: &Level| rounded_ratio(self.main.width, self.main.height, l);
        if !self.overviews.is_sorted_by_key(factor) {
            report.error(Rule::Both, first, "overviews are not sorted by size".into());
        }
        let mut last = &self.main;
        for (i, level) in self.overviews.iter().enumerate() {
            if factor(level) < 2 {
                report.error(
                    Rule::RioCogeo,
                    level.offset,
                    format!("overview {i} of {} × {} pixels is no reduction", level.width, level.height),
                );
            }
            if (level.width > last.width || level.height > last.height) && i > 0 {
                report.error(
                    Rule::Gdal,
                    level.offset,
                    format!("overview {i} is larger than the one before it"),
                );
            }
            if level.offset < last.offset {
                report.error(
                    Rule::Both,
                    level.offset,
                    format!("the directory of overview {i} comes before that of the larger level"),
                );
            }
            last = level;
        }
    }

    fn check_data(&self, report: &mut Report) {
        let levels: Vec<&Level> = std::iter::once(&self.main).chain(&self.overviews).collect();
        let last_directory = levels[levels.len() - 1].offset;
        let data: Vec<u64> = levels.iter().filter_map(|l| l.first_block()).collect();
        let Some(&smallest) = data.last() else { return };
        if smallest < last_directory {
            report.error(
                Rule::Both,
                smallest,
                "the first block of the smallest level comes before its directory".into(),
            );
        }
        for i in (1..data.len().saturating_sub(1)).rev() {
            if data[i] < data[i + 1] {
                report.error(
                    Rule::Both,
                    data[i],
                    format!("the first block of overview {} comes before that of overview {i}", i - 1),
                );
            }
        }
        if data.len() >= 2 && data[0] < data[1] {
            report.error(
                Rule::Both,
                data[0],
                "the first block of the full resolution comes before that of the overviews".into(),
            );
        }
    }

    /// What the structural metadata promises about each block.
    fn check_blocks(&self, file: &TiffFile, report: &mut Report) -> Result<()> {
        let Some(structure) = &self.structure else { return Ok(()) };
        let (leaders, trailers) = (structure.has_leaders(), structure.has_trailers());
        for (i, level) in std::iter::once(&self.main).chain(&self.overviews).enumerate() {
            let name = if i == 0 { "the full resolution".to_owned() } else { format!("overview {}", i - 1) };
            if structure.is_row_major() {
                level.check_order(&name, structure.is_by_tile(), report);
            }
            if leaders || trailers {
                level.check_around(file, &name, leaders, trailers, report)?;
            }
        }
        if let Some(mask) = self.mask.as_ref().filter(|_| structure.is_mask_interleaved()) {
            self.check_mask(mask, report);
        }
        Ok(())
    }

    fn check_mask(&self, mask: &Level, report: &mut Report) {
        let places = self.main.offsets.iter().zip(&self.main.counts).zip(&mask.offsets);
        for ((&offset, &count), &at) in places {
            // Leader and trailer of four bytes each lie between.
            let Some(expected) = offset.checked_add(count).and_then(|end| end.checked_add(8)) else {
                continue;
            };
            if offset != 0 && at != 0 && at != expected {
                return report.error(
                    Rule::Gdal,
                    at,
                    format!("a mask block is not right behind its image block (at {expected})"),
                );
            }
        }
    }
}

impl Level {
    fn read(file: &TiffFile, directory: &Directory) -> Result<Self> {
        let at = |e: Error| e.in_directory(directory.index);
        let need = |tag: u16| {
            file.one_unsigned(directory, tag).map_err(at)?.ok_or_else(|| {
                Error::malformed("the tag is missing").at_tag(tag).in_directory(directory.index)
            })
        };
        let list = |tag: u16| match directory.entry(tag) {
            Some(entry) => file.unsigned(entry).map_err(at),
            None => Ok(Vec::new()),
        };
        let width = need(tag::IMAGE_WIDTH)?;
        let tile_width = file.one_unsigned(directory, tag::TILE_WIDTH).map_err(at)?;
        let tiled = tile_width.is_some();
        let (offsets, counts) = if tiled {
            (list(tag::TILE_OFFSETS)?, list(tag::TILE_BYTE_COUNTS)?)
        } else {
            (list(tag::STRIP_OFFSETS)?, list(tag::STRIP_BYTE_COUNTS)?)
        };
        let separate = file.one_unsigned(directory, tag::PLANAR_CONFIGURATION).map_err(at)? == Some(2);
        let samples = file.one_unsigned(directory, tag::SAMPLES_PER_PIXEL).map_err(at)?.unwrap_or(1);
        Ok(Self {
            offset: directory.offset,
            width,
            height: need(tag::IMAGE_LENGTH)?,
            block_width: tile_width.unwrap_or(width),
            tiled,
            offsets,
            counts,
            planes: if separate { samples.max(1) } else { 1 },
        })
    }
    /// The offset of the first block that is stored.
    fn first_block(&self) -> Option<u64> {
        self.offsets.iter().copied().find(|&o| o != 0)
    }
    fn check_order(&self, name: &str, by_tile: bool, report: &mut Report) {
        let places = self.offsets.len() / self.planes as usize;
        let mut last = 0;
        for i in 0..self.offsets.len() {
            // By tile the planes of a place come together; the tag still lists plane after plane.
            let index = if by_tile && self.tiled && places > 0 {
                (i % self.planes as usize) * places + i / self.planes as usize
            } else {
                i
            };
            let Some(&offset) = self.offsets.get(index) else { return };
            if offset != 0 && offset < last {
                return report.error(Rule::Gdal, offset, format!("block {index} of {name} is out of order"));
            }
            last = last.max(offset);
        }
    }
    fn check_around(
        &self,
        file: &TiffFile,
        name: &str,
        leaders: bool,
        trailers: bool,
        report: &mut Report,
    ) -> Result<()> {
        let blocks: Vec<(usize, (u64, u64))> = self
            .offsets
            .iter()
            .copied()
            .zip(self.counts.iter().copied())
            .enumerate()
            .filter(|(_, (offset, count))| *offset >= 4 && *count > 0)
            .collect();
        for blocks in blocks.chunks(TOGETHER) {
            let around = |&(_, (offset, count)): &(usize, (u64, u64))| {
                let end = offset.checked_add(count);
                let trailer = || file.range(end?.checked_sub(4)?, 8).ok();
                (leaders.then(|| file.range(offset - 4, 4).ok()), (trailers && count >= 4).then(trailer))
            };
            let around: Vec<_> = blocks.iter().map(around).collect();
            let ranges: Vec<Range<u64>> = around
                .iter()
                .flat_map(|(l, t)| [l.clone().flatten(), t.clone().flatten()])
                .flatten()
                .collect();
            let mut bytes = file.fetch(&ranges)?.into_iter();
            // What lies outside of the file has no bytes.
            let mut next = |range: &Option<Range<u64>>| range.as_ref().and_then(|_| bytes.next());
            for (&(i, (offset, count)), (leader, trailer)) in blocks.iter().zip(&around) {
                let leader = leader.as_ref().map(&mut next);
                let trailer = trailer.as_ref().map(&mut next);
                if leader.is_some_and(|b| b.is_none_or(|b| b.as_ref() != (count as u32).to_le_bytes())) {
                    report.error(
                        Rule::Gdal,
                        offset - 4,
                        format!("the leader of block {i} of {name} is not its length, {count}"),
                    );
                    return Ok(());
                }
                if trailer.is_some_and(|b| b.is_none_or(|b| b[..4] != b[4..])) {
                    report.error(
                        Rule::Gdal,
                        offset.saturating_add(count),
                        format!("the trailer of block {i} of {name} does not repeat its last four bytes"),
                    );
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Blocks whose surroundings are read by one call.
const TOGETHER: usize = 1 << 16;

/// Read the lists of all blocks by one call, as far as they are going to be read at all.
fn preload_lists(file: &TiffFile, directories: &[Directory]) -> Result<()> {
    let lists = [tag::TILE_OFFSETS, tag::TILE_BYTE_COUNTS, tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS];
    let place = |entry: &Entry| {
        let ValuePlace::At(offset) = entry.place else { return None };
        let len = entry.byte_len().ok().filter(|&n| file.limits.check_tag(n).is_ok())?;
        file.range(offset, len).ok()
    };
    let entries = directories.iter().flat_map(|d| lists.iter().filter_map(|&t| d.entry(t)));
    let ranges: Vec<Range<u64>> = entries.filter_map(place).collect();
    if file.source.is_local() || ranges.is_empty() {
        return Ok(());
    }
    file.preload(&ranges)
}

/// rasterio's decimation of an overview: the width's ratio, rounded.
fn rounded_ratio(width: u64, height: u64, level: &Level) -> u64 {
    let ratio = if level.width > 1 || width == 1 {
        width as f64 / level.width.max(1) as f64
    } else {
        height as f64 / level.height.max(1) as f64
    };
    (ratio + 0.5).floor() as u64
}
