//! Files beside a local raster that say more about it: `.aux.xml`, `.msk`, `.ovr`, world files, as GDAL's GeoTIFF driver has them.
//!
//! | file beside `a.tif` | says | beside what the file says itself |
//! |---|---|---|
//! | `a.tif.aux.xml` | everything but pixels | before it |
//! | `a.tif.msk` | what is valid | only where the file has no mask of its own; before nodata and alpha |
//! | `a.tif.ovr`, `a.tif.msk.ovr` | overviews of the pixels and of the mask | only where the file has none |
//! | `a.tfw`, `a.tifw`, `a.wld` | the transform | only where nothing else has one |
//! | `a.xml` (ArcGIS) | the EPSG code | only where nothing else has a coordinate system |
//!
//! `.msk` to `.xml` are found in lower, upper and title case; `.aux.xml` in lower case only. What GDAL does not read (`.prj`), and
//! what is not understood here (`.tab`, `.vat.dbf`), is named and left alone. They belong to the first image of a file.

mod pam;
mod pam_edit;
mod pam_write;
mod world;
mod xml;

pub(crate) use pam_edit::take_out;
pub(crate) use pam_write::{needs_file, write_beside};

use crate::dataset::OpenOptions;
use crate::file_source::FileSource;
use crate::geo::gdal;
use crate::read::{
    image::Image,
    level::{Level, Shared},
    related::overview_info,
};
use crate::tiff::{directory::TiffFile, tag};
use raster_core::{Error, MaskKind, Metadata, RasterInfo, Result, Size};
use std::{
    ffi::OsString,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A file beside a raster.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SideCar {
    /// Where it is.
    pub path: PathBuf,
    /// What was taken from it, in words; nothing where it is not read.
    pub gives: Vec<String>,
    /// Why it, or a part of it, is not read.
    pub problem: Option<String>,
}

/// Bytes of a file of text. Chosen: GDAL's own limit for such a file is about as large.
const TEXT_BYTES: u64 = 16 << 20;

/// All files beside a raster, and what is to be told about them.
#[derive(Debug, Default)]
pub(crate) struct SideCars {
    pub(crate) found: Vec<SideCar>,
    /// What went wrong.
    pub(crate) warnings: Vec<Error>,
}

impl SideCars {
    fn used(&mut self, path: PathBuf, gives: Vec<String>, problem: Option<Error>) {
        let text = problem.as_ref().map(|e| format!("{e:#}"));
        self.warnings.extend(problem.map(|e| e.in_file(&path)));
        self.found.push(SideCar { path, gives, problem: text });
    }

    /// What they say about a raster whose own tags say `info`.
    pub(crate) fn describe(&mut self, path: &Path, info: &mut RasterInfo) {
        self.aux_xml(path, info);
        if info.transform.is_none() {
            self.world_file(path, info);
        }
        if info.crs.is_none() && info.gcp_crs.is_none() {
            self.esri_xml(path, info);
        }
        self.unread(path, info);
    }

    fn aux_xml(&mut self, path: &Path, info: &mut RasterInfo) {
        let beside = with_ending(path, ".aux.xml");
        let text = match read_text(&beside) {
            Ok(Some(text)) => text,
            Ok(None) => return,
            Err(e) => return self.used(beside, Vec::new(), Some(e)),
        };
        match pam::Pam::parse(&text) {
            Ok(pam) => {
                let done = pam.apply(info);
                let gives = done.gives.iter().map(|t| (*t).to_owned()).collect();
                let mut problems = done.problems.into_iter();
                self.used(beside.clone(), gives, problems.next());
                self.warnings.extend(problems.map(|e| e.in_file(&beside)));
            }
            Err(e) => self.used(beside, Vec::new(), Some(e)),
        }
    }

    fn world_file(&mut self, path: &Path, info: &mut RasterInfo) {
        for beside in
            world_names(path).into_iter().flat_map(|ending| cases(&path.with_extension(""), &ending))
        {
            let text = match read_text(&beside) {
                Ok(Some(text)) => text,
                Ok(None) => continue,
                Err(e) => {
                    self.used(beside, Vec::new(), Some(e));
                    continue;
                }
            };
            match world::parse(&text) {
                Some(transform) => {
                    pam::set_transform(info, transform);
                    return self.used(beside, vec!["transform".to_owned()], None);
                }
                None => {
                    self.used(
                        beside,
                        Vec::new(),
                        Some(Error::malformed("six lines with a number each are expected")),
                    );
                }
            }
        }
    }

    /// ArcGIS's metadata: the code of the coordinate system.
    fn esri_xml(&mut self, path: &Path, info: &mut RasterInfo) {
        let Some((beside, Ok(Some(text)))) = cases(&path.with_extension(""), ".xml")
            .into_iter()
            .map(|p| (p.clone(), read_text(&p)))
            .find(|(_, t)| !matches!(t, Ok(None)))
        else {
            return;
        };
        let Ok(root) = xml::Element::parse(text.trim_start_matches('\u{feff}')) else { return };
        let way = ["refSysInfo", "RefSystem", "refSysID", "identCode"];
        let code = way.into_iter().try_fold(&root, |e, name| e.child(name));
        let code =
            code.filter(|_| root.is("metadata")).and_then(|e| e.attribute("code")?.trim().parse().ok());
        let Some(code) = code.filter(|&c: &u32| c > 0) else { return };
        match crs::Crs::from_epsg(code) {
            Ok(_) => {
                info.crs = Some(code.into());
                self.used(beside, vec!["CRS".to_owned()], None);
            }
            Err(e) => {
                let problem =
                    Error::unsupported(format!("the coordinate system {code} is not known")).with_source(e);
                self.used(beside, Vec::new(), Some(problem));
            }
        }
    }

    /// What is there and left alone. Only told where it could have said what nothing else says.
    fn unread(&mut self, path: &Path, info: &RasterInfo) {
        let stem = path.with_extension("");
        let mut left = |beside: PathBuf, problem: String, loud: bool| {
            let warning = loud.then(|| Error::unsupported(problem.clone()).in_file(&beside));
            self.warnings.extend(warning);
            self.found.push(SideCar { path: beside, gives: Vec::new(), problem: Some(problem) });
        };
        let missing = info.crs.is_none() && info.gcp_crs.is_none();
        let beside = |ending: &str| cases(&stem, ending).into_iter().find(|p| p.is_file());
        if missing && let Some(prj) = beside(".prj") {
            left(
                prj,
                "not read, as GDAL does not read it beside a GeoTIFF either; state the coordinate system"
                    .to_owned(),
                true,
            );
        }
        if (missing || info.transform.is_none())
            && let Some(tab) = beside(".tab")
        {
            left(tab, "not read: MapInfo's tables are not understood here".to_owned(), true);
        }
        let vat = with_ending(path, ".vat.dbf");
        if info.data_type.is_integer() && vat.is_file() {
            left(vat, "not read: ArcGIS's attribute tables are not understood here".to_owned(), false);
        }
    }

    /// A mask and overviews from beside, where the file has none of its own.
    pub(crate) fn images(&mut self, path: &Path, levels: &mut Vec<Level>, options: &OpenOptions) {
        if levels.len() == 1 && !options.ignore_overviews {
            for beside in cases(path, ".ovr").into_iter().filter(|p| p.is_file()) {
                self.overviews(beside, levels, options);
                if levels.len() > 1 {
                    break;
                }
            }
        }
        if levels[0].mask.is_none()
            && let Some(beside) = cases(path, ".msk").into_iter().find(|p| p.is_file())
        {
            self.mask(beside, levels, options);
        }
    }

    fn overviews(&mut self, beside: PathBuf, levels: &mut Vec<Level>, options: &OpenOptions) {
        let images = match Images::open(&beside, options) {
            Ok(images) => images,
            Err(e) => return self.used(beside, Vec::new(), Some(e)),
        };
        let (main, info) = (&levels[0].image.layout, Arc::clone(&levels[0].info));
        let fits = |i: &&Arc<Image>| {
            let own = &i.layout;
            (own.bands, own.format.data_type) == (main.bands, main.format.data_type)
                && own.width <= main.width
                && own.height <= main.height
                && (own.width, own.height) != (main.width, main.height)
        };
        let mut overviews: Vec<_> = images.pixels.iter().filter(fits).map(Arc::clone).collect();
        let left = images.pixels.len() - overviews.len();
        overviews.sort_by_key(|o| std::cmp::Reverse((o.layout.width, o.layout.height)));
        let problem = (left > 0).then(|| {
            Error::malformed(format!(
                "{left} of {} images are no overviews of this raster (other bands, type or size)",
                images.pixels.len()
            ))
        });
        let gives = if overviews.is_empty() { Vec::new() } else { vec!["overviews".to_owned()] };
        for image in overviews {
            let mut own = overview_info(&info, &image.layout);
            let size = (image.layout.width, image.layout.height);
            let mask =
                images.masks.iter().find(|m| (m.layout.width, m.layout.height) == size).map(Arc::clone);
            if mask.is_some() {
                own.bands.iter_mut().for_each(|b| b.mask = MaskKind::PerDataset);
            }
            let shared = Arc::clone(&images.shared);
            levels.push(Level {
                shared,
                image,
                mask,
                mask_file: None,
                full: None,
                info: Arc::new(own),
                threads: options.threads,
            });
        }
        set_sizes(levels);
        self.used(beside, gives, problem);
    }

    fn mask(&mut self, beside: PathBuf, levels: &mut [Level], options: &OpenOptions) {
        let images = match Images::open(&beside, options) {
            Ok(images) => images,
            Err(e) => return self.used(beside, Vec::new(), Some(e)),
        };
        let (size, bands) = (levels[0].info.size(), levels[0].info.bands.len());
        let size_of = |i: &Image| Size::new(i.layout.width, i.layout.height);
        let kinds = match images.pixels.first() {
            Some(first) if size_of(first) != size => Err(Error::malformed(format!(
                "a mask of {} for a raster of {size}; it is not used",
                size_of(first)
            ))),
            Some(first) => images.mask_kinds(first, bands),
            None => Err(Error::malformed("no mask in it")),
        };
        let kinds = match kinds {
            Ok(kinds) => kinds,
            Err(e) => return self.used(beside, Vec::new(), Some(e)),
        };
        let msk = beside.clone();
        self.used(beside, vec!["mask".to_owned()], None);
        let mut reduced = vec![images];
        if reduced[0].pixels.len() == 1
            && levels.len() > 1
            && let Some(beside) = cases(&msk, ".ovr").into_iter().find(|p| p.is_file())
        {
            match Images::open(&beside, options) {
                Ok(images) => {
                    reduced.push(images);
                    self.used(beside, vec!["overviews of the mask".to_owned()], None);
                }
                Err(e) => self.used(beside, Vec::new(), Some(e)),
            }
        }
        for level in levels.iter_mut().filter(|l| l.mask.is_none()) {
            let size = level.info.size();
            let find =
                |i: &Images| Some((i.pixels.iter().find(|m| size_of(m) == size)?.clone(), i.shared.clone()));
            let Some((mask, file)) = reduced.iter().find_map(find) else { continue };
            if kinds.contains(&Some(MaskKind::PerBand)) && mask.layout.bands < bands {
                continue;
            }
            let info = Arc::make_mut(&mut level.info);
            for (band, kind) in info.bands.iter_mut().zip(&kinds) {
                band.mask = kind.unwrap_or(band.mask);
            }
            (level.mask, level.mask_file) = (Some(mask), Some(file));
        }
    }
}

/// The main level says how large its overviews are.
fn set_sizes(levels: &mut [Level]) {
    let sizes = levels[1..].iter().map(|l| l.info.size()).collect();
    Arc::make_mut(&mut levels[0].info).overviews = sizes;
}

/// The images of a TIFF file beside a raster.
struct Images {
    shared: Arc<Shared>,
    pixels: Vec<Arc<Image>>,
    masks: Vec<Arc<Image>>,
    /// Of its first image.
    metadata: Metadata,
}

impl Images {
    fn open(path: &Path, options: &OpenOptions) -> Result<Self> {
        let source = Arc::new(FileSource::open(path, options.handles.as_ref())?);
        let file = TiffFile::open(source, options.limits.clone())?;
        let (directories, _) = file.directories()?;
        let mut metadata = Metadata::new();
        if let Some(xml) =
            directories.first().map(|d| file.text(d, tag::GDAL_METADATA)).transpose()?.flatten()
        {
            gdal::read_metadata(&xml, 0, &mut metadata);
        }
        let (mut pixels, mut masks) = (Vec::new(), Vec::new());
        for directory in &directories {
            let kind = file.one_unsigned(directory, tag::NEW_SUBFILE_TYPE)?.unwrap_or(0);
            let image = Arc::new(Image::open(&file, directory, &mut Vec::new())?);
            if kind & 4 == 0 { pixels.push(image) } else { masks.push(image) }
        }
        file.opened();
        Ok(Self {
            shared: Arc::new(Shared { file, path: Some(path.to_owned()), index: Default::default() }),
            pixels,
            masks,
            metadata,
        })
    }

    /// Where the validity of each band is, by GDAL's flags (`INTERNAL_MASK_FLAGS_1`, …); `None` for a band that has none, whose
    /// validity is then where it would be without this file.
    fn mask_kinds(&self, mask: &Image, bands: usize) -> Result<Vec<Option<MaskKind>>> {
        let flags = |band: usize| {
            let text = self.metadata.get("", None, &format!("INTERNAL_MASK_FLAGS_{band}"))?;
            Some(world::number(text).unwrap_or(0.0) as u32)
        };
        let kind = |flags: u32| if flags & 2 != 0 { MaskKind::PerDataset } else { MaskKind::PerBand };
        let kinds: Vec<_> = (1..=bands).map(|band| flags(band).map(kind)).collect();
        if kinds.iter().all(Option::is_none) {
            return Err(Error::malformed(
                "it does not say that it is a mask (INTERNAL_MASK_FLAGS_1); it is not used",
            ));
        }
        let last = kinds.iter().rposition(|k| *k == Some(MaskKind::PerBand)).map_or(1, |i| i + 1);
        if last > mask.layout.bands {
            return Err(Error::malformed(format!(
                "a mask of its own is stated for band {last}, but there are {}; it is not used",
                mask.layout.bands
            )));
        }
        if mask.layout.format.data_type.is_complex() {
            return Err(Error::malformed("a mask of complex numbers; it is not used"));
        }
        Ok(kinds)
    }
}

/// `a.tif` and `.msk`: `a.tif.msk`.
fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

/// In lower, upper and title case: what users and systems make of it.
fn cases(stem: &Path, ending: &str) -> Vec<PathBuf> {
    let lower = ending.to_ascii_lowercase();
    let mut title = lower.clone();
    if let Some(first) = title.get_mut(1..2) {
        first.make_ascii_uppercase();
    }
    let mut names = vec![lower, ending.to_ascii_uppercase(), title];
    names.dedup();
    names.iter().map(|ending| with_ending(stem, ending)).collect()
}

/// Endings of world files: first and last letter of the raster's own and a w, the whole and a w, wld.
fn world_names(path: &Path) -> Vec<String> {
    let mut names = Vec::new();
    if let Some(own) = path.extension().and_then(|e| e.to_str()).filter(|e| e.chars().count() >= 2) {
        let (first, last) = (own.chars().next(), own.chars().last());
        names.extend(first.zip(last).map(|(a, b)| format!(".{a}{b}w")));
        names.push(format!(".{own}w"));
    }
    names.push(".wld".to_owned());
    names
}

/// The text of a file; `None` when there is none. Bytes that are not UTF-8 are taken as Latin-1.
fn read_text(path: &Path) -> Result<Option<String>> {
    let Ok(meta) = path.metadata() else { return Ok(None) };
    if !meta.is_file() {
        return Ok(None);
    }
    let failed = |e| Error::io("cannot read", e);
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(TEXT_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > TEXT_BYTES {
        return Err(Error::limit(format!("a text of more than {TEXT_BYTES} bytes")));
    }
    Ok(Some(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) => e.as_bytes().iter().map(|&b| char::from(b)).collect(),
    }))
}
