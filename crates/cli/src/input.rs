//! Opening what the command line names as input.

use geotiff_io::{CreateOptions, Dataset, OpenOptions};
use mucho::pipeline::{Create, Input, Opener, Output};
use raster_core::{Error, RasterSource, Result};
use std::{
    collections::HashMap,
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Open a file, or standard input (`-`), which is read into memory.
pub(crate) fn open(path: &Path, options: &OpenOptions) -> Result<Dataset> {
    if path != Path::new("-") {
        return options.open(path);
    }
    let mut bytes = Vec::new();
    let named = |e: Error| e.in_file("standard input");
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(|e| named(Error::io("cannot read", e)))?;
    options.from_bytes(bytes).map_err(named)
}

/// The files of a pipeline. Each is opened once, so that standard input can be read by several steps.
pub(crate) struct Files {
    options: OpenOptions,
    /// Names that are no text, by what stands for them.
    odd: HashMap<String, PathBuf>,
    opened: Mutex<HashMap<String, Arc<Dataset>>>,
}

impl Files {
    /// For jobs: their workers are the threads, so that each of them decodes by itself.
    pub(crate) fn for_workers() -> Self {
        Self::with(OpenOptions::new().threads(1))
    }
    /// For windows that are read one after the other, each by all threads.
    pub(crate) fn for_windows() -> Self {
        Self::with(OpenOptions::new())
    }
    fn with(options: OpenOptions) -> Self {
        Self { options, odd: HashMap::new(), opened: Mutex::default() }
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
    /// A file to write.
    pub(crate) fn output(&mut self, path: &Path, create: &Create) -> Output {
        create.output(&self.name(path))
    }
    /// For people.
    pub(crate) fn shown(&self, location: &str) -> String {
        self.path(location).display().to_string()
    }

    fn dataset(&self, location: &str) -> Result<Arc<Dataset>> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(dataset) = opened.get(location) {
            return Ok(Arc::clone(dataset));
        }
        let dataset = Arc::new(open(&self.path(location), &self.options)?);
        opened.insert(location.to_owned(), Arc::clone(&dataset));
        Ok(dataset)
    }
}

impl Opener for Files {
    fn open(&self, location: &str) -> Result<Arc<dyn RasterSource>> {
        Ok(self.dataset(location)?)
    }
    fn path(&self, location: &str) -> PathBuf {
        self.odd.get(location).cloned().unwrap_or_else(|| location.into())
    }
    fn carry(&self, location: &str, options: CreateOptions) -> Result<CreateOptions> {
        options.carrying_from(&*self.dataset(location)?)
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
