//! Opening what the command line names as input.

use crate::Global;
use clap::Args;
use geotiff_io::{CreateOptions, Dataset};
use mucho::pipeline::{Create, Input, Output, Resolver, read};
use mucho::{Page, Reading};
use raster_core::{Error, RasterSource, Result};
use std::{
    collections::HashMap,
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// How inputs are read.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Input")]
pub(crate) struct ReadArgs {
    /// Which image of a file with several: its place among the directories, from 0, or its name (see mucho info). GDAL's
    /// spelling GTIFF_DIR:N:FILE, from 1, does as well
    #[arg(long, value_name = "N", value_parser = read::<Page>)]
    pub(crate) directory: Option<Page>,
    /// Leave files beside the input alone: .aux.xml, .msk, .ovr, world files
    #[arg(long)]
    pub(crate) no_sidecars: bool,
}

impl ReadArgs {
    fn reading(&self) -> Reading {
        Reading::new(self.directory.clone(), self.no_sidecars)
    }
}

/// Open a TIFF file, or standard input (`-`), which is read into memory; say what has to be said about it.
pub(crate) fn open(path: &Path, how: &ReadArgs, opener: &mucho::Opener, global: &Global) -> Result<Dataset> {
    let opened = opener.open_as(path, &how.reading())?;
    tell(&opened, global.quiet);
    opened.into_dataset()
}

/// One line each, on standard error.
fn tell(opened: &mucho::Opened, quiet: bool) {
    for note in opened.notes().iter().filter(|_| !quiet) {
        // Nothing can be done when the note itself cannot be written.
        let _ = writeln!(std::io::stderr(), "mucho: {note}");
    }
}

/// The files of a pipeline. Each is opened once, so that several steps share it.
pub(crate) struct Files {
    opener: mucho::Opener,
    /// Names that are no text, by what stands for them.
    odd: HashMap<String, PathBuf>,
    opened: Mutex<HashMap<(String, Reading), mucho::Opened>>,
    how: ReadArgs,
    quiet: bool,
}

impl Files {
    /// For jobs: their workers are the threads, so that each of them decodes by itself.
    pub(crate) fn for_workers(how: &ReadArgs, global: &Global) -> Self {
        Self::with(mucho::Opener::new().threads(1), how, global)
    }
    /// For windows that are read one after the other, each by all threads.
    pub(crate) fn for_windows(how: &ReadArgs, global: &Global) -> Self {
        Self::with(mucho::Opener::new(), how, global)
    }
    fn with(opener: mucho::Opener, how: &ReadArgs, global: &Global) -> Self {
        let (odd, opened) = (HashMap::new(), Mutex::default());
        Self { opener, odd, opened, how: how.clone(), quiet: global.quiet }
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
        let name = self.name(path);
        self.named(&name)
    }
    /// An input, to be read as the command says.
    fn named(&self, location: &str) -> Input {
        let mut input = Input::from(location);
        input.directory.clone_from(&self.how.directory);
        input.no_sidecars = self.how.no_sidecars;
        input
    }
    /// The files that a word stands for: `@list.txt` for those of the list.
    pub(crate) fn inputs(&mut self, word: &Path) -> Result<Vec<Input>> {
        let locations = self.opener.expand(word)?;
        Ok(locations
            .into_iter()
            .map(|location| match location {
                mucho::Location::Path(path) => self.input(&path),
                mucho::Location::Stdin => self.named("-"),
                other => self.named(&other.to_string()),
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

    fn opened(&self, location: &str, how: &Reading) -> Result<mucho::Opened> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (location.to_owned(), how.clone());
        if let Some(known) = opened.get(&key) {
            return Ok(known.clone());
        }
        let new = self.opener.open_as(self.path(location), how)?;
        tell(&new, self.quiet);
        opened.insert(key, new.clone());
        Ok(new)
    }
}

impl Resolver for Files {
    fn open(&self, location: &str) -> Result<Arc<dyn RasterSource>> {
        self.open_as(location, &Reading::default())
    }
    fn open_as(&self, location: &str, how: &Reading) -> Result<Arc<dyn RasterSource>> {
        Ok(self.opened(location, how)?.source)
    }
    fn path(&self, location: &str) -> PathBuf {
        self.odd.get(location).cloned().unwrap_or_else(|| location.into())
    }
    fn carry(&self, location: &str, how: &Reading, options: CreateOptions) -> Result<CreateOptions> {
        match self.opened(location, how)?.dataset {
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
