//! One way in: whatever a location names, as a source of pixels.

use crate::names;
use bytes::Bytes;
use geotiff_io::{ByteSource, Dataset, FileHandles, OpenOptions, ReadLimits, is_stream, read_stream};
use raster_core::{Error, ErrorKind, RasterSource, Result};
use std::{
    collections::HashMap,
    fmt,
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Where a raster is.
///
/// ```
/// use mucho::Location;
/// assert_eq!(Location::from("-"), Location::Stdin);
/// assert_eq!(Location::from("a.tif"), Location::Path("a.tif".into()));
/// assert_eq!(Location::from("s3://bucket/a.tif"), Location::Url("s3://bucket/a.tif".into()));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Location {
    /// A file.
    Path(PathBuf),
    /// Standard input, to its end: `-`.
    Stdin,
    /// A file in memory.
    Bytes(Bytes),
    /// Something far away.
    Url(String),
    /// An image of a file, by its place among the directories, from 1: `GTIFF_DIR:2:a.tif`, as GDAL spells it.
    Image(PathBuf, usize),
}

impl From<&str> for Location {
    /// `-` is standard input, `file://` a path, `GTIFF_DIR:N:` a directory of a file, what begins with another scheme or with `/vsi` a
    /// URL, all else a path.
    fn from(text: &str) -> Self {
        if text == "-" {
            return Self::Stdin;
        }
        if let Some((number, path)) = text.strip_prefix("GTIFF_DIR:").and_then(|t| t.split_once(':'))
            && let Ok(number) = number.parse()
        {
            return Self::Image(path.into(), number);
        }
        if let Some(path) = text.strip_prefix("file://") {
            return Self::Path(path.into());
        }
        let scheme = text.split_once("://").map(|(scheme, _)| scheme).filter(|s| {
            s.len() > 1 && s.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        });
        if scheme.is_some() || text.starts_with("/vsi") {
            Self::Url(text.to_owned())
        } else {
            Self::Path(text.into())
        }
    }
}
impl From<String> for Location {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}
impl From<&Path> for Location {
    /// As the text, where it is UTF-8.
    fn from(path: &Path) -> Self {
        path.to_str().map_or_else(|| Self::Path(path.to_owned()), Self::from)
    }
}
impl From<PathBuf> for Location {
    fn from(path: PathBuf) -> Self {
        Self::from(path.as_path())
    }
}
impl From<&PathBuf> for Location {
    fn from(path: &PathBuf) -> Self {
        Self::from(path.as_path())
    }
}
impl From<Bytes> for Location {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}
impl From<Vec<u8>> for Location {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes.into())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Stdin => f.write_str("standard input"),
            Self::Bytes(bytes) => write!(f, "{} bytes in memory", bytes.len()),
            Self::Url(url) => f.write_str(url),
            Self::Image(path, number) => write!(f, "GTIFF_DIR:{number}:{}", path.display()),
        }
    }
}
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Which image of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Page {
    /// By its place among the directories of the file, from 0.
    Directory(usize),
    /// By its name (tag PageName).
    Name(String),
}

/// How a raster is opened, where the caller has a wish.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Reading {
    /// Which image of a file; the first when not given.
    pub page: Option<Page>,
    /// Leave files beside it alone.
    pub no_side_cars: bool,
}

impl Reading {
    /// With this image, and with or without the files beside.
    #[must_use]
    pub fn new(page: Option<Page>, no_side_cars: bool) -> Self {
        Self { page, no_side_cars }
    }
}

/// A raster that was opened, and where it came from.
#[derive(Clone)]
#[non_exhaustive]
pub struct Opened {
    /// The pixels.
    pub source: Arc<dyn RasterSource>,
    /// Where it is.
    pub location: Location,
    /// The file itself, where the raster is one TIFF file: tags, storage, warnings.
    pub dataset: Option<Dataset>,
    /// Was an image of the file asked for?
    pub chosen: bool,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("location", &self.location).finish_non_exhaustive()
    }
}

impl Opened {
    /// What a reader should be told: that there are other images than the one that is read, and what was wrong with files beside it.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let Some(dataset) = &self.dataset else { return Vec::new() };
        let mut notes: Vec<String> = dataset.side_car_warnings().iter().map(|w| format!("{w:#}")).collect();
        if !self.chosen {
            let pages = dataset.page_numbers();
            if pages.len() > 1 {
                let last = pages.last().copied().unwrap_or_default();
                notes.push(format!(
                    "{}: the first of {} images is read; others by --directory (up to {last}, see mucho info)",
                    self.location,
                    pages.len()
                ));
            }
        }
        notes
    }
    /// The file itself.
    ///
    /// # Errors
    /// `Unsupported` when the raster is not one TIFF file.
    pub fn into_dataset(self) -> Result<Dataset> {
        let located =
            || Error::unsupported("this is not a single TIFF file").in_file(self.location.to_string());
        self.dataset.clone().ok_or_else(located)
    }
}

/// Opens rasters, however they are named, with one set of options. What it holds (open files, standard input once it was read)
/// is shared by its clones and by nobody else.
///
/// ```
/// use mucho::{Opener, raster_core::RasterSource};
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/landcover.tif");
/// let opener = Opener::new().threads(1).open_files(16);
/// let opened = opener.open(path)?;
/// assert_eq!(opened.source.info().band_count(), 1);
/// let same = opener.open(std::fs::read(path)?)?;
/// assert_eq!(same.source.info().size(), opened.source.info().size());
/// # Ok::<(), mucho::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Opener {
    options: OpenOptions,
    streams: Streams,
}

/// What came through FIFOs and standard input (`-`): it comes once.
#[derive(Clone, Default)]
struct Streams(Arc<Mutex<HashMap<PathBuf, Arc<dyn ByteSource>>>>);

impl fmt::Debug for Streams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Streams")
    }
}

impl Streams {
    fn get(
        &self,
        name: &Path,
        read: impl FnOnce() -> Result<Arc<dyn ByteSource>>,
    ) -> Result<Arc<dyn ByteSource>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.get(name) {
            return Ok(Arc::clone(known));
        }
        let read = read()?;
        kept.insert(name.to_owned(), Arc::clone(&read));
        Ok(read)
    }
}

/// Files that are open at once, unless the caller says otherwise. Chosen: far below the 256 that the smallest usual limit allows.
const OPEN_FILES: usize = 64;

impl Default for Opener {
    fn default() -> Self {
        Self {
            options: OpenOptions::new().handles(FileHandles::new(OPEN_FILES)),
            streams: Streams::default(),
        }
    }
}

impl Opener {
    /// With the defaults: at most 64 files open, decoding with all threads, [`ReadLimits`]'s limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// Blocks of each raster that are decoded at once; 0 for as many as there are threads.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.options = self.options.threads(threads);
        self
    }
    /// What a file may make the reader allocate.
    #[must_use]
    pub fn limits(mut self, limits: ReadLimits) -> Self {
        self.options = self.options.limits(limits);
        self
    }
    /// Which directory of a file is the image, from 0.
    #[must_use]
    pub fn directory(mut self, directory: usize) -> Self {
        self.options = self.options.directory(directory);
        self
    }
    /// Leave files beside local files alone.
    #[must_use]
    pub fn ignore_side_cars(mut self, ignore: bool) -> Self {
        self.options = self.options.ignore_side_cars(ignore);
        self
    }
    /// Leave overviews out.
    #[must_use]
    pub fn ignore_overviews(mut self, ignore: bool) -> Self {
        self.options = self.options.ignore_overviews(ignore);
        self
    }
    /// How many files may be open at once; they are opened again when they are needed.
    #[must_use]
    pub fn open_files(mut self, files: usize) -> Self {
        self.options = self.options.handles(FileHandles::new(files));
        self
    }

    /// Open what a location names.
    ///
    /// # Errors
    /// `Unsupported` for what is no TIFF, with what it is instead, and for URLs; what [`OpenOptions::open`] meets.
    pub fn open(&self, location: impl Into<Location>) -> Result<Opened> {
        self.open_as(location, &Reading::default())
    }

    /// Open what a location names, in a certain way.
    ///
    /// ```
    /// use mucho::{Opener, Page, Reading, raster_core::RasterSource};
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/landcover.tif");
    /// let first = Opener::new().open_as(path, &Reading::new(Some(Page::Directory(0)), true))?;
    /// assert_eq!(first.source.info().band_count(), 1);
    /// # Ok::<(), mucho::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`open`](Self::open); `Misuse` when the file has no such image.
    pub fn open_as(&self, location: impl Into<Location>, how: &Reading) -> Result<Opened> {
        let location = location.into();
        let mut options = self.options.clone();
        options.ignore_side_cars |= how.no_side_cars;
        let mut page = how.page.clone();
        if let Location::Image(path, number) = &location {
            let number = number
                .checked_sub(1)
                .ok_or_else(|| Error::misuse("GTIFF_DIR counts directories from 1").in_file(path))?;
            if page.replace(Page::Directory(number)).is_some() {
                return Err(Error::misuse("GTIFF_DIR and a directory both say which image").in_file(path));
            }
        }
        let dataset = match &page {
            Some(Page::Directory(number)) => self.dataset(&location, &options.directory(*number))?,
            None => self.dataset(&location, &options)?,
            Some(Page::Name(name)) => {
                let pages = self.dataset(&location, &options)?.pages();
                let known = pages.iter().find(|p| p.name.as_deref() == Some(name.as_str()));
                let Some(found) = known else {
                    let names: Vec<_> = pages.iter().filter_map(|p| p.name.as_deref()).take(20).collect();
                    let names =
                        if names.is_empty() { "none has a name".to_owned() } else { names.join(", ") };
                    let error = Error::misuse(format!("no image is called '{name}'; names: {names}"));
                    return Err(error.in_file(location.to_string()));
                };
                self.dataset(&location, &options.directory(found.directory))?
            }
        };
        let source: Arc<dyn RasterSource> = Arc::new(dataset.clone());
        Ok(Opened { source, location, dataset: Some(dataset), chosen: page.is_some() })
    }

    fn dataset(&self, location: &Location, options: &OpenOptions) -> Result<Dataset> {
        match location {
            Location::Path(path) | Location::Image(path, _) => self.file(path, options),
            Location::Stdin => {
                let read = self.standard_input().and_then(|bytes| Self::stream(bytes, options));
                read.map_err(|e| e.in_file("standard input"))
            }
            Location::Bytes(bytes) => Self::bytes(bytes.clone(), options),
            Location::Url(url) => {
                Err(Error::unsupported("reading from the network is not built in; copy it to a file first")
                    .in_file(url))
            }
        }
    }

    /// The value of a band (numbered from 1) at one point, in the coordinates of each raster, of a series of files; `None` where it
    /// is missing or the point lies outside.
    ///
    /// ```
    /// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/landcover.tif");
    /// let values = mucho::Opener::new().series([path, path], 1, (504_505.0, 5_166_495.0))?;
    /// assert!(values[0].is_some() && values[0] == values[1]);
    /// # Ok::<(), mucho::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`Dataset::sample`].
    pub fn series<L: Into<Location>>(
        &self,
        locations: impl IntoIterator<Item = L>,
        band: usize,
        point: (f64, f64),
    ) -> Result<Vec<Option<f64>>> {
        let value = |location: L| {
            let dataset = self.open(location)?.into_dataset()?;
            let sample = &dataset.sample::<f64>(&[band], &[point])?[0];
            Ok(sample.valid[0].then_some(sample.values[0]))
        };
        locations.into_iter().map(value).collect()
    }

    /// The locations that a word of a command line stands for: `@list.txt` for every line of the file (`@-`: of standard input)
    /// that is neither empty nor begins with `#`, all else for itself.
    ///
    /// # Errors
    /// `Io` when the list cannot be read, `Misuse` when it names nothing.
    pub fn expand(&self, word: &Path) -> Result<Vec<Location>> {
        let word_text = names::text_of(word);
        let Some(list) = word_text.strip_prefix('@') else {
            return Ok(vec![word.into()]);
        };
        let list = names::path_of(list);
        let named = |e: Error| e.in_file(&list);
        let bytes = if list == Path::new("-") {
            self.standard_input()
                .and_then(|source| source.read_range(0..source.len()))
                .map_err(named)?
                .to_vec()
        } else {
            std::fs::read(&list).map_err(|e| named(Error::io("cannot read the list of inputs", e)))?
        };
        let text = names::text_of_bytes(bytes);
        let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
        let locations: Vec<_> = lines.map(|line| Location::from(names::path_of(line))).collect();
        if locations.is_empty() {
            return Err(named(Error::misuse("the list names no inputs")));
        }
        Ok(locations)
    }

    fn file(&self, path: &Path, options: &OpenOptions) -> Result<Dataset> {
        if is_stream(path) {
            let read = || {
                let file = std::fs::File::open(path).map_err(|e| Error::io("cannot open the file", e))?;
                read_stream(file)
            };
            let read = self.streams.get(path, read).and_then(|bytes| Self::stream(bytes, options));
            return read.map_err(|e| e.in_file(path));
        }
        options.open(path).map_err(|error| {
            if path.is_dir() {
                let zarr = ["zarr.json", ".zgroup", ".zarray"].iter().any(|name| path.join(name).exists());
                let what = if zarr { "a Zarr store" } else { "a folder" };
                return Error::unsupported(format!("this is {what}; TIFF files are read")).in_file(path);
            }
            let mut head = Vec::new();
            let read = std::fs::File::open(path).and_then(|f| f.take(HEAD as u64).read_to_end(&mut head));
            if read.is_ok() { explained(error, &head) } else { error }
        })
    }

    fn bytes(bytes: Bytes, options: &OpenOptions) -> Result<Dataset> {
        let head = bytes.slice(..bytes.len().min(HEAD));
        options.from_bytes(bytes).map_err(|e| explained(e, &head))
    }

    fn stream(bytes: Arc<dyn ByteSource>, options: &OpenOptions) -> Result<Dataset> {
        let head = bytes.read_range(0..bytes.len().min(HEAD as u64))?;
        options.from_source(bytes).map_err(|e| explained(e, &head))
    }

    fn standard_input(&self) -> Result<Arc<dyn ByteSource>> {
        self.streams.get(Path::new("-"), standard_input)
    }
}

/// What comes through standard input, to its end: a file that it was led from is read where it is.
///
/// # Errors
/// `Io` when it cannot be read.
pub fn standard_input() -> Result<Arc<dyn ByteSource>> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        let copy = std::io::stdin().as_fd().try_clone_to_owned();
        let file = std::fs::File::from(copy.map_err(|e| Error::io("cannot read", e))?);
        geotiff_io::read_open_file(file)
    }
    #[cfg(not(unix))]
    read_stream(std::io::stdin().lock())
}

/// Open what a location names, with the defaults of [`Opener`].
///
/// ```
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/elevation.tif");
/// let opened = mucho::open(path)?;
/// println!("{}: {}", opened.location, opened.source.info().size());
/// # Ok::<(), mucho::Error>(())
/// ```
///
/// # Errors
/// As [`Opener::open`].
pub fn open(location: impl Into<Location>) -> Result<Opened> {
    Opener::new().open(location)
}

/// Bytes that tell what a file is.
const HEAD: usize = 512;

/// Say what it is instead, when it is no TIFF at all.
fn explained(error: Error, head: &[u8]) -> Error {
    if error.kind() != ErrorKind::Malformed || is_tiff(head) {
        return error;
    }
    let Some(what) = kind_of(head) else { return error };
    let path = error.location().path.clone();
    let error = Error::unsupported(format!("this is {what}; TIFF files are read"));
    path.into_iter().fold(error, Error::in_file)
}

fn is_tiff(head: &[u8]) -> bool {
    matches!(head, [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..])
}

/// What a file of another format is, from its first bytes.
fn kind_of(head: &[u8]) -> Option<&'static str> {
    const SIGNATURES: [(&[u8], &str); 17] = [
        (b"\x89PNG\r\n\x1a\n", "a PNG"),
        (b"\xff\xd8\xff", "a JPEG"),
        (b"\0\0\0\x0cjP  ", "JPEG 2000"),
        (b"\xff\x4f\xff\x51", "a JPEG 2000 codestream"),
        (b"\0\0\0\x0cJXL ", "JPEG XL"),
        (b"\x89HDF\r\n\x1a\n", "HDF5 or NetCDF 4"),
        (b"CDF\x01", "NetCDF"),
        (b"CDF\x02", "NetCDF"),
        (b"CDF\x05", "NetCDF"),
        (b"SQLite format 3\0", "SQLite: a GeoPackage or MBTiles"),
        (b"EHFA_HEADER_TAG", "Erdas Imagine (.img)"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x1f\x8b", "compressed by gzip"),
        (b"GIF8", "a GIF"),
        (b"BM", "a BMP"),
        (b"GRIB", "GRIB"),
        (b"%PDF", "a PDF"),
    ];
    if let Some((_, what)) = SIGNATURES.iter().find(|(bytes, _)| head.starts_with(bytes)) {
        return Some(what);
    }
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        return Some("a WebP");
    }
    let text = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    [
        ("<vrtdataset", "a VRT"),
        ("<?xml", "XML"),
        ("<!doctype html", "a web page"),
        ("<html", "a web page"),
        ("<", "XML"),
        ("{", "JSON"),
        ("ncols", "an Arc/Info ASCII grid"),
    ]
    .into_iter()
    .find(|(start, _)| text.starts_with(start))
    .map(|(_, what)| what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_tiff_says_what_it_is() {
        for (head, word) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], "PNG"),
            (b"\0\0\0\x0cjP  \r\n", "JPEG 2000"),
            (b"<VRTDataset rasterXSize=\"1\">", "VRT"),
            (b"SQLite format 3\0....", "GeoPackage"),
            (b"PK\x03\x04....", "ZIP"),
            (b"ncols 10\nnrows 10", "ASCII grid"),
            (b"\n  { \"type\": 1 }", "JSON"),
        ] {
            let error = open(head.to_vec()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:?}");
            assert!(error.to_string().contains(word), "{error}");
        }
        let error = open(b"nothing known at all".to_vec()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed);
        let error = open(b"II*\0\x08\0\0\0".to_vec()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Malformed, "a damaged TIFF stays one");
    }

    #[test]
    fn urls_say_that_they_are_not_built_in() {
        for url in ["https://example.com/a.tif", "s3://bucket/a.tif", "/vsicurl/https://example.com/a.tif"] {
            let error = open(url).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
            assert!(error.to_string().contains(url), "{error}");
        }
        assert_eq!(Location::from("C://x"), Location::Path("C://x".into()), "a drive is no scheme");
        assert_eq!(Location::from("file:///tmp/a.tif"), Location::Path("/tmp/a.tif".into()));
    }

    #[test]
    fn lists() {
        let path = std::env::temp_dir().join(format!("mucho-open-{}.txt", std::process::id()));
        std::fs::write(&path, "# tiles\na.tif\n\n  b c.tif \nhttps://x/d.tif\n").unwrap();
        let word = PathBuf::from(format!("@{}", path.display()));
        let opener = Opener::new();
        let expected = ["a.tif", "b c.tif", "https://x/d.tif"].map(Location::from);
        assert_eq!(opener.expand(&word).unwrap(), expected);
        std::fs::write(&path, "# nothing\n").unwrap();
        assert!(opener.expand(&word).unwrap_err().to_string().contains("no inputs"));
        assert_eq!(opener.expand(Path::new("e.tif")).unwrap(), [Location::from("e.tif")]);
        std::fs::remove_file(&path).unwrap();
    }
}
