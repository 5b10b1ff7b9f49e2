//! Opening what the command line names as input.

use geotiff_io::{CreateOptions, Dataset};
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
    /// Names that are no text, by what stands for them.
    odd: HashMap<String, PathBuf>,
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
        Self { opener, odd: HashMap::new(), opened: Mutex::default() }
    }

    fn name(&mut self, path: &Path) -> String {
        if let Some(text) = path.to_str() {
            return text.to_owned();
        }
        let stand_in = format!("{}#{}", path.display(), self.odd.len());
        self.odd.insert(stand_in.clone(), path.to_owned());
        stand_in
    }
    /// A file to read.
    pub(crate) fn input(&mut self, path: &Path) -> Input {
        Input::from(self.name(path).as_str())
    }
    /// The files that a word stands for: `@list.txt` for those of the list.
    pub(crate) fn inputs(&mut self, word: &Path) -> Result<Vec<Input>> {
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
    pub(crate) fn output(&mut self, path: &Path, create: &Create) -> Output {
        create.output(&self.name(path))
    }
    /// For people.
    pub(crate) fn shown(&self, location: &str) -> String {
        self.path(location).display().to_string()
    }

    fn opened(&self, location: &str) -> Result<mucho::Opened> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = opened.get(location) {
            return Ok(known.clone());
        }
        let new = self.opener.open(self.path(location))?;
        opened.insert(location.to_owned(), new.clone());
        Ok(new)
    }
}

impl Resolver for Files {
    fn open(&self, location: &str) -> Result<Arc<dyn RasterSource>> {
        Ok(self.opened(location)?.source)
    }
    fn path(&self, location: &str) -> PathBuf {
        self.odd.get(location).cloned().unwrap_or_else(|| location.into())
    }
    fn carry(&self, location: &str, options: CreateOptions) -> Result<CreateOptions> {
        match self.opened(location)?.dataset {
            Some(dataset) => options.carrying_from(&dataset),
            None => Ok(options),
        }
    }
}

/// Two numbers with a separator between them, such as 256x512.
pub(crate) fn parse_pair<T: std::str::FromStr>(text: &str, separator: char) -> Result<(T, T)> {
    let parsed =
        text.split_once(separator).and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
    parsed.ok_or_else(|| {
        Error::misuse(format!("'{text}': two numbers with '{separator}' between them are expected"))
    })
}
