//! The one writer of outputs: files that appear whole or not at all, and streams.

use super::early_sync::{EarlySync, synced};
use crate::temporary::{Access, TemporaryFile, missing_folder};
use raster_core::{Error, Result};
use std::{
    ffi::OsString,
    fs::{File, Metadata},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

/// An output in the making: write the bytes from front to back, then [`commit`](Self::commit).
///
/// | at the path | what happens |
/// |---|---|
/// | nothing | the file appears when it is whole; until then it has no name (Linux) or a made-up one in the same folder |
/// | a file | it is replaced by the whole new one, which gets its permissions and, where the system lets this process, its owner; other names of it (hard links) keep the old content; its side cars `.msk`, `.ovr`, `.msk.ovr` and `.aux.xml`, which describe the old pixels, are removed then |
/// | a symbolic link | the same for what it leads to, which need not exist yet |
/// | a FIFO, a character device, `/dev/stdout`, `/dev/fd/3` | it is written into, as bytes come; opening a FIFO waits for its reader |
/// | a folder, a block device, a socket, a read-only file | an error |
///
/// ```
/// use geotiff_io::OutputFile;
/// use std::io::Write;
/// # let folder = std::env::temp_dir().join(format!("mucho_output_{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let path = folder.join("notes.txt");
/// let mut output = OutputFile::create(&path)?;
/// output.write_all(b"whole")?;
/// assert!(!path.exists());
/// output.commit()?;
/// assert_eq!(std::fs::read(&path)?, b"whole");
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct OutputFile {
    /// As the caller named it.
    named: PathBuf,
    place: Place,
}

#[derive(Debug)]
enum Place {
    File(Pending),
    Stream(File),
}

#[derive(Debug)]
struct Pending {
    temporary: TemporaryFile,
    /// Behind all symbolic links.
    target: PathBuf,
    /// Of the file that is replaced.
    access: Option<Access>,
    sync: EarlySync,
}

/// Symbolic links that are followed one after the other (as Linux has it).
const LINKS: usize = 40;

impl OutputFile {
    /// Begin. Nothing happens to a file that stands at the path before [`commit`](Self::commit).
    ///
    /// # Errors
    /// `Io` when the folder does not exist or cannot be written to, or when a read-only file stands at the path; `Misuse` for what
    /// cannot be written into.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let place = Self::place(path).map_err(|e| e.in_file(path))?;
        Ok(Self { named: path.to_owned(), place })
    }
    fn place(path: &Path) -> Result<Place> {
        let target = match followed(path)? {
            Followed::Standard(file) => return Ok(Place::Stream(file)),
            Followed::Path(target) => target,
        };
        if target.file_name().is_none() {
            return Err(Error::misuse("the output path names no file"));
        }
        let found = target.metadata().ok();
        if let Some(found) = &found {
            match kind(found) {
                Kind::File => {}
                Kind::Stream => {
                    let stream = File::options().write(true).open(&target);
                    return stream
                        .map(Place::Stream)
                        .map_err(|e| Error::io("cannot be opened for writing", e));
                }
                Kind::Other(what) => return Err(Error::misuse(format!("the output is {what}"))),
            }
            // Renaming would replace it all the same: the folder's permissions decide, not the file's.
            if found.permissions().readonly() || !may_write(&target) {
                return Err(Error::io(
                    "the output exists and is read-only",
                    ErrorKind::PermissionDenied.into(),
                ));
            }
        }
        let directory = directory_of(&target);
        if let Some(error) = missing_folder(directory) {
            return Err(error);
        }
        let temporary = TemporaryFile::create(directory, found.is_some())?;
        let access = found.as_ref().map(Access::of);
        Ok(Place::File(Pending { temporary, target, access, sync: EarlySync::default() }))
    }
    /// Is it written into as bytes come, so that what was written cannot be taken back?
    #[must_use]
    pub fn is_stream(&self) -> bool {
        matches!(self.place, Place::Stream(_))
    }
    /// The path as the caller gave it.
    pub(crate) fn named(&self) -> &Path {
        &self.named
    }
    /// Where its scratch files may be: beside it. `None` for streams.
    pub(crate) fn directory(&self) -> Option<&Path> {
        match &self.place {
            Place::File(pending) => Some(directory_of(&pending.target)),
            Place::Stream(_) => None,
        }
    }
    /// The file to be written at positions; `None` for streams.
    pub(super) fn file(&mut self) -> Option<&mut File> {
        match &mut self.place {
            Place::File(pending) => Some(pending.temporary.file()),
            Place::Stream(_) => None,
        }
    }
    /// All bytes are written: put the file at its place. They are on the disk before the name is: a crash of the machine leaves what
    /// stood there or the whole file, and a disk that is found to be full while the system writes back is an error here.
    ///
    /// # Errors
    /// `Io`; then what stood at the path is as it was, unless the message says that old side cars are left.
    pub fn commit(self) -> Result<()> {
        let Self { named, place } = self;
        let in_file = |e: Error| e.in_file(&named);
        let mut pending = match place {
            Place::Stream(mut stream) => {
                return stream.flush().map_err(super::spool::write_failed).map_err(in_file);
            }
            Place::File(pending) => pending,
        };
        pending.sync.finish().map_err(in_file)?;
        synced(pending.temporary.file().sync_data()).map_err(in_file)?;
        pending.temporary.place(&pending.target, pending.access.as_ref()).map_err(in_file)?;
        if pending.access.is_some() {
            remove_side_cars(&pending.target)?;
            if named != pending.target {
                remove_side_cars(&named)?;
            }
        }
        Ok(())
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.place {
            Place::Stream(stream) => stream.write(bytes),
            Place::File(pending) => {
                let file = pending.temporary.file();
                let count = file.write(bytes)?;
                // The disk is at work meanwhile.
                pending.sync.wrote(file, count);
                Ok(count)
            }
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        match &mut self.place {
            Place::Stream(stream) => stream.flush(),
            Place::File(pending) => pending.temporary.file().flush(),
        }
    }
}

enum Followed {
    /// Standard output or standard error, as this process has them: not opened anew, which would begin at the front of a file.
    Standard(File),
    Path(PathBuf),
}

/// Follow symbolic links, also one that leads to nothing yet.
fn followed(path: &Path) -> Result<Followed> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        if let Some(file) = standard(&path)? {
            return Ok(Followed::Standard(file));
        }
        if is_descriptor(&path) || !path.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
            return Ok(Followed::Path(path));
        }
        let link = path.read_link().map_err(|e| Error::io("cannot follow the symbolic link", e))?;
        path = directory_of(&path).join(link);
    }
    Err(Error::misuse("the output is a symbolic link that leads to itself, or through too many others"))
}

/// Does a path name an open file of this process?
fn is_descriptor(path: &Path) -> bool {
    path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd")
}

#[cfg(unix)]
fn standard(path: &Path) -> Result<Option<File>> {
    use std::os::fd::AsFd;
    let number = match path.to_str() {
        Some("/dev/stdout") => Some("1"),
        Some("/dev/stderr") => Some("2"),
        Some(name) => name.strip_prefix("/dev/fd/").or_else(|| name.strip_prefix("/proc/self/fd/")),
        None => None,
    };
    let copy = match number {
        Some("1") => std::io::stdout().as_fd().try_clone_to_owned(),
        Some("2") => std::io::stderr().as_fd().try_clone_to_owned(),
        _ => return Ok(None),
    };
    copy.map(|fd| Some(fd.into())).map_err(|e| Error::io("cannot be written to", e))
}

#[cfg(not(unix))]
fn standard(_: &Path) -> Result<Option<File>> {
    Ok(None)
}

enum Kind {
    File,
    Stream,
    Other(&'static str),
}

fn kind(found: &Metadata) -> Kind {
    let kind = found.file_type();
    if kind.is_file() {
        return Kind::File;
    }
    if kind.is_dir() {
        return Kind::Other("a folder");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_block_device() {
            return Kind::Other("a block device, which is not written over");
        }
        if kind.is_socket() {
            return Kind::Other("a socket");
        }
    }
    Kind::Stream
}

#[cfg(unix)]
fn may_write(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK) != Err(rustix::io::Errno::ACCESS)
}
#[cfg(not(unix))]
fn may_write(_: &Path) -> bool {
    true
}

/// What GDAL and others read beside a raster, and what describes its pixels.
const SIDE_CARS: [&str; 4] = [".msk", ".ovr", ".msk.ovr", ".aux.xml"];

/// World files, whose ending stands instead of the raster's.
const WORLD_FILES: [&str; 3] = ["tfw", "tifw", "wld"];

/// The side cars that go with a file when an output replaces it; they need not exist.
pub fn side_cars_of(path: impl AsRef<Path>) -> impl Iterator<Item = PathBuf> {
    let path = path.as_ref().to_owned();
    // A name without an ending would get one, and with it the world file of another raster.
    let ended = path.extension().is_some().then(|| path.clone());
    let appended = SIDE_CARS.into_iter().map(move |ending| {
        let mut name = OsString::with_capacity(path.as_os_str().len() + ending.len());
        name.push(&path);
        name.push(ending);
        PathBuf::from(name)
    });
    let world = ended.into_iter().flat_map(|path| WORLD_FILES.map(|ending| path.with_extension(ending)));
    appended.chain(world.collect::<Vec<_>>())
}

fn remove_side_cars(path: &Path) -> Result<()> {
    for side_car in side_cars_of(path) {
        // A name that is too long for a file is no file's.
        if side_car.symlink_metadata().is_ok_and(|found| !found.is_dir())
            && let Err(e) = std::fs::remove_file(&side_car)
        {
            return Err(Error::io(
                "the output is in its place, but this side car of the file before it is left and describes other pixels",
                e,
            )
            .in_file(side_car));
        }
    }
    Ok(())
}

/// Are two paths the same regular file: by any name or link, or by the name of a file that is not there yet? `-` is a file called so.
#[must_use]
pub fn is_same_file(a: impl AsRef<Path>, b: impl AsRef<Path>) -> bool {
    let (a, b) = (a.as_ref(), b.as_ref());
    match (a.metadata(), b.metadata()) {
        (Ok(of_a), Ok(of_b)) => {
            #[cfg(unix)]
            {
                use std::os::unix::fs::MetadataExt;
                of_a.is_file() && (of_a.dev(), of_a.ino()) == (of_b.dev(), of_b.ino())
            }
            #[cfg(not(unix))]
            {
                of_a.is_file() && of_b.is_file() && a.canonicalize().ok() == b.canonicalize().ok()
            }
        }
        (Err(_), Err(_)) => {
            let place = |path: &Path| {
                let Ok(Followed::Path(path)) = followed(path) else { return None };
                Some((directory_of(&path).canonicalize().ok()?, path.file_name()?.to_owned()))
            };
            let place_of_a = place(a);
            place_of_a.is_some() && place_of_a == place(b)
        }
        _ => false,
    }
}

/// The directory that a path is in.
pub(crate) fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Endings of rasters of other formats, and of what other programs take for something else than a raster.
const OTHER_ENDINGS: &[(&str, &[&str])] = &[
    ("PNG", &["png", "apng"]),
    ("JPEG", &["jpg", "jpeg", "jpe", "jfif"]),
    ("JPEG 2000", &["jp2", "j2k", "jpf", "jpx", "j2c"]),
    ("JPEG XL", &["jxl"]),
    ("WebP", &["webp"]),
    ("AVIF or HEIF", &["avif", "heic", "heif"]),
    ("GIF", &["gif"]),
    ("BMP", &["bmp"]),
    ("PNM", &["pnm", "ppm", "pgm", "pbm"]),
    ("PDF", &["pdf"]),
    ("SVG", &["svg"]),
    ("VRT", &["vrt"]),
    ("Erdas Imagine", &["img", "ige"]),
    ("HDF", &["h4", "hdf", "h5", "hdf5", "he5"]),
    ("NetCDF", &["nc", "nc4", "netcdf", "cdf"]),
    ("GRIB", &["grb", "grb2", "grib", "grib2"]),
    ("ASCII grid or XYZ", &["asc", "xyz"]),
    ("Surfer or GMT grid", &["grd"]),
    ("ENVI or ESRI raw raster", &["bil", "bip", "bsq", "flt"]),
    ("DTED or SRTM", &["dt0", "dt1", "dt2", "hgt"]),
    ("NITF", &["ntf", "nitf"]),
    ("ECW or MrSID", &["ecw", "sid"]),
    ("Idrisi", &["rst"]),
    ("SAGA", &["sdat", "sgrd"]),
    ("PCRaster", &["map"]),
    ("PCIDSK", &["pix"]),
    ("GeoPackage or SQLite", &["gpkg", "sqlite", "mbtiles"]),
    ("PMTiles", &["pmtiles"]),
    ("Zarr", &["zarr"]),
    ("NumPy", &["npy", "npz"]),
    ("KML", &["kml", "kmz"]),
    ("JSON", &["json", "geojson"]),
    ("XML", &["xml"]),
    ("CSV", &["csv"]),
    ("Shapefile", &["shp"]),
    ("an archive or a compressed file", &["zip", "gz", "tgz", "bz2", "xz", "zst", "7z", "tar"]),
];
const TIFF_ENDINGS: &[&str] = &["tif", "tiff", "gtif", "gtiff", "btf", "tf8", "bigtiff", "cog"];

/// Refuse a path whose ending says another format than `format`, the one that is written: `TIFF`, or a name such as `PNG`. Unknown
/// endings, and none, are accepted.
///
/// # Errors
/// `Misuse`.
pub fn check_ending(path: impl AsRef<Path>, format: &str) -> Result<()> {
    let path = path.as_ref();
    let Some(ending) = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase) else {
        return Ok(());
    };
    let other = if TIFF_ENDINGS.contains(&ending.as_str()) {
        Some("TIFF")
    } else {
        OTHER_ENDINGS.iter().find(|(_, endings)| endings.contains(&ending.as_str())).map(|(name, _)| *name)
    };
    match other.filter(|other| *other != format) {
        None => Ok(()),
        Some(other) => Err(Error::misuse(format!(
            "the ending .{ending} says {other}, and what is written is {format}; use another"
        ))
        .in_file(path)),
    }
}
