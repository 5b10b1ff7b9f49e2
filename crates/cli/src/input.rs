//! Opening what the command line names as input.

use crate::Global;
use clap::Args;
use geotiff_io::{CreateOptions, Dataset};
use mucho::names;
use mucho::pipeline::{Create, Input, Output, Resolver, read};
use mucho::{Page, Reading};
use raster_core::{Error, RasterSource, Result};
use std::{
    collections::HashMap,
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
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
    tell(&opened, global.quiet, 0);
    opened.into_dataset()
}

/// Lines about inputs: of thousands of tiles with the same flaw the first ones tell enough.
const TOLD: usize = 10;

/// One line each, on standard error. `told`: how many there were before; the number after these.
fn tell(opened: &mucho::Opened, quiet: bool, told: usize) -> usize {
    let notes = opened.notes();
    for (i, note) in (told..).zip(&notes).filter(|_| !quiet) {
        // Nothing can be done when the note itself cannot be written.
        let _ = match i {
            i if i < TOLD => writeln!(std::io::stderr(), "mucho: {note}"),
            TOLD => {
                writeln!(std::io::stderr(), "mucho: there is more to say about other inputs (see mucho info)")
            }
            _ => Ok(()),
        };
    }
    told + notes.len()
}

/// The files of a pipeline. Each is opened once, so that several steps share it.
pub(crate) struct Files {
    opener: mucho::Opener,
    /// What was read beside rasters: job files, lists.
    also: Vec<PathBuf>,
    opened: Mutex<HashMap<(String, Reading), mucho::Opened>>,
    how: ReadArgs,
    quiet: bool,
    /// Lines that were written about them.
    told: AtomicUsize,
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
        let (also, opened) = (Vec::new(), Mutex::default());
        Self { opener, also, opened, how: how.clone(), quiet: global.quiet, told: AtomicUsize::new(0) }
    }

    /// A file that is needed too, and must not be written over.
    pub(crate) fn also_read(&mut self, path: &Path) {
        self.also.push(path.to_owned());
    }
    /// A file to read.
    pub(crate) fn input(&self, path: &Path) -> Input {
        self.named(&names::text_of(path))
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
        if let Some(list) = names::text_of(word).strip_prefix('@') {
            self.also.push(names::path_of(list));
        }
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
    pub(crate) fn output(&self, path: &Path, create: &Create) -> Output {
        create.output(&names::text_of(path))
    }

    fn opened(&self, location: &str, how: &Reading) -> Result<mucho::Opened> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (location.to_owned(), how.clone());
        if let Some(known) = opened.get(&key) {
            return Ok(known.clone());
        }
        let new = self.opener.open_as(names::path_of(location), how)?;
        let told = self.told.load(Ordering::Relaxed);
        self.told.store(tell(&new, self.quiet, told), Ordering::Relaxed);
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
    fn also_reads(&self) -> Vec<PathBuf> {
        self.also.clone()
    }
    fn carry(&self, location: &str, how: &Reading, options: CreateOptions) -> Result<CreateOptions> {
        match self.opened(location, how)?.dataset {
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
    let read = match mucho::Location::from(read) {
        mucho::Location::Stdin => PathBuf::from("/dev/stdin"),
        mucho::Location::Image(path, _) => path,
        _ => read.to_owned(),
    };
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
