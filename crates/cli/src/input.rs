//! Opening what the command line names as input.

use geotiff_io::{CreateOptions, Dataset};
use mucho::names;
use mucho::pipeline::{Create, Input, Output, Resolver};
use raster_core::{Error, RasterSource, Result};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Open a TIFF file, or standard input (`-`), which is read into memory.
pub(crate) fn open(path: &Path, opener: &mucho::Opener) -> Result<Dataset> {
    opener.open(path)?.into_dataset()
}

/// The files of a pipeline. Each is opened once, so that several steps share it.
pub(crate) struct Files {
    opener: mucho::Opener,
    /// What was read beside rasters: job files, lists.
    also: Vec<PathBuf>,
    opened: Mutex<HashMap<String, mucho::Opened>>,
}

impl Files {
    /// For jobs: their workers are the threads, so that each of them decodes by itself.
    pub(crate) fn for_workers() -> Self {
        Self::with(mucho::Opener::new().threads(1))
    }
    /// For windows that are read one after the other, each by all threads.
    pub(crate) fn for_windows() -> Self {
        Self::with(mucho::Opener::new())
    }
    fn with(opener: mucho::Opener) -> Self {
        Self { opener, also: Vec::new(), opened: Mutex::default() }
    }

    /// A file that is needed too, and must not be written over.
    pub(crate) fn also_read(&mut self, path: &Path) {
        self.also.push(path.to_owned());
    }
    /// A file to read.
    pub(crate) fn input(&self, path: &Path) -> Input {
        Input::from(names::text_of(path).as_str())
    }
    /// The files that a word stands for: `@list.txt` for those of the list.
    pub(crate) fn inputs(&mut self, word: &Path) -> Result<Vec<Input>> {
        if let Some(list) = names::text_of(word).strip_prefix('@') {
            self.also.push(names::path_of(list));
        }
        let locations = self.opener.expand(word)?;
        Ok(locations
            .into_iter()
            .map(|location| match location {
                mucho::Location::Path(path) => self.input(&path),
                mucho::Location::Stdin => Input::from("-"),
                other => Input::from(other.to_string().as_str()),
            })
            .collect())
    }
    /// A file to write.
    pub(crate) fn output(&self, path: &Path, create: &Create) -> Output {
        create.output(&names::text_of(path))
    }

    fn opened(&self, location: &str) -> Result<mucho::Opened> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = opened.get(location) {
            return Ok(known.clone());
        }
        let new = self.opener.open(names::path_of(location))?;
        opened.insert(location.to_owned(), new.clone());
        Ok(new)
    }
}

impl Resolver for Files {
    fn open(&self, location: &str) -> Result<Arc<dyn RasterSource>> {
        Ok(self.opened(location)?.source)
    }
    fn also_reads(&self) -> Vec<PathBuf> {
        self.also.clone()
    }
    fn carry(&self, location: &str, options: CreateOptions) -> Result<CreateOptions> {
        match self.opened(location)?.dataset {
            Some(dataset) => options.carrying_from(&dataset),
            None => Ok(options),
        }
    }
}

/// Refuse a file to write that is the one that is read, or whose name says another format.
pub(crate) fn check_output(output: &Path, format: &str, read: &Path) -> Result<()> {
    if output == Path::new("-") {
        return Ok(());
    }
    if format != "raw samples" {
        geotiff_io::check_ending(output, format)?;
    }
    let read = if read == Path::new("-") { Path::new("/dev/stdin") } else { read };
    if geotiff_io::is_same_file(output, read) {
        return Err(Error::misuse("the output is the file that is read; name another").in_file(output));
    }
    Ok(())
}

/// Two numbers with a separator between them, such as 256x512.
pub(crate) fn parse_pair<T: std::str::FromStr>(text: &str, separator: char) -> Result<(T, T)> {
    let parsed =
        text.split_once(separator).and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
    parsed.ok_or_else(|| {
        Error::misuse(format!("'{text}': two numbers with '{separator}' between them are expected"))
    })
}
