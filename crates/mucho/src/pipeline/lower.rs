//! From a description to something that can be computed.

use super::{
    Pipeline, Step, check,
    input::Input,
    steps::{Arity, Around, Made, WebBlocks, crs},
    values::{NodataAs, OverviewUse},
    views::Selected,
};
use crate::{BlockCache, CachedSource, Reading};
use geotiff_io::CreateOptions;
use raster_core::{Error, Halo, RasterInfo, RasterSource, Result};
use std::{path::PathBuf, sync::Arc};

/// What finds the rasters that a pipeline names: a [`mucho::Opener`](crate::Opener), or a function from a location to a source.
pub trait Resolver {
    /// The raster at this location.
    ///
    /// # Errors
    /// What is met there.
    fn open(&self, location: &str) -> Result<Arc<dyn RasterSource>>;

    /// The raster at this location, opened in a certain way.
    ///
    /// # Errors
    /// `Unsupported` unless the resolver can do that; what is met there.
    fn open_as(&self, location: &str, how: &Reading) -> Result<Arc<dyn RasterSource>> {
        if *how == Reading::default() {
            return self.open(location);
        }
        let what = "directory and no_sidecars are for files, and these rasters come from elsewhere";
        Err(Error::unsupported(what).in_file(location))
    }

    /// The text at this location: polygons to clip by.
    ///
    /// # Errors
    /// What is met there.
    fn read_text(&self, location: &str) -> Result<String> {
        let path = self.path(location);
        std::fs::read_to_string(&path).map_err(|e| Error::io("cannot read", e).in_file(path))
    }

    /// The file that an output or an input of this name is; `-` never comes here.
    fn path(&self, location: &str) -> PathBuf {
        crate::names::path_of(location)
    }

    /// Files that were read for this pipeline beside what it names itself, such as lists of inputs.
    fn also_reads(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Options of a file that is a copy of the raster at this location, with what goes along beside the description (GeoKeys,
    /// XMP, ICC profile).
    ///
    /// # Errors
    /// What is met there.
    fn carry(&self, location: &str, how: &Reading, options: CreateOptions) -> Result<CreateOptions> {
        let _ = (location, how);
        Ok(options)
    }
}

impl<F> Resolver for F
where
    F: Fn(&str) -> Result<Arc<dyn RasterSource>>,
{
    fn open(&self, location: &str) -> Result<Arc<dyn RasterSource>> {
        self(location)
    }
}

impl Resolver for crate::Opener {
    fn open(&self, location: &str) -> Result<Arc<dyn RasterSource>> {
        Ok(crate::Opener::open(self, crate::names::path_of(location))?.source)
    }
    fn open_as(&self, location: &str, how: &Reading) -> Result<Arc<dyn RasterSource>> {
        Ok(crate::Opener::open_as(self, crate::names::path_of(location), how)?.source)
    }
    fn carry(&self, location: &str, how: &Reading, options: CreateOptions) -> Result<CreateOptions> {
        match crate::Opener::open_as(self, crate::names::path_of(location), how)?.dataset {
            Some(dataset) => options.carrying_from(&dataset),
            None => Ok(options),
        }
    }
}

/// What a step that others follow needs while it is read.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    /// `step 1 (warp)`
    pub(super) name: String,
    /// What comes in.
    pub(super) from: Vec<RasterInfo>,
    /// What comes out.
    pub(super) to: RasterInfo,
    /// Blocks of what it reads that are kept, in bytes.
    pub(super) cache: usize,
    /// Pixels that it needs around a window.
    pub(super) halo: Halo,
}

/// Something that can be computed.
pub(super) struct Lowered {
    pub(super) last: Made,
    /// The last steps keep a grid of web tiles.
    pub(super) web: Option<WebBlocks>,
    pub(super) stages: Vec<Stage>,
    /// What is written is the raster at this location and nothing else.
    pub(super) copy_of: Option<(String, Reading)>,
}

/// How caches between steps are made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caching {
    /// Bytes of all caches.
    pub(super) total: usize,
    /// Is what the last step reads kept by the job itself?
    pub(super) job_keeps: bool,
}

struct Lowering<'a> {
    around: Around<'a>,
    /// Blocks of all that is read again.
    cache: BlockCache,
    /// What one step takes of it, when all take alike.
    share: usize,
    job_keeps: bool,
    stages: Vec<Stage>,
}

/// A raster and its name.
type Named = (String, Arc<dyn RasterSource>);

/// Steps that keep blocks of what they read, counting those of inputs.
pub(super) fn caches(inputs: &[Input], steps: &[Step], last_too: bool) -> usize {
    let own =
        steps.iter().enumerate().filter(|(i, step)| step.reads_again() && (last_too || !is_last(steps, *i)));
    let nested: usize = inputs.iter().map(|i| caches(&i.inputs, &i.steps, true)).sum();
    let read = |step: &Step| match step {
        Step::Read(input) => caches(&input.inputs, &input.steps, true),
        _ => 0,
    };
    own.count() + nested + steps.iter().map(read).sum::<usize>()
}

/// Does nothing that computes follow?
fn is_last(steps: &[Step], at: usize) -> bool {
    steps[at + 1..].iter().all(|step| matches!(step, Step::Tee(_)))
}

/// Does the last step of a job compute windows, so that the job plans and caches for it?
pub(super) fn computes_last(steps: &[Step]) -> bool {
    let last = steps.iter().rev().find(|step| !matches!(step, Step::Tee(_)));
    last.is_some_and(|step| {
        matches!(
            step,
            Step::Gaussian(_)
                | Step::Entropy(_)
                | Step::Interaction(_)
                | Step::Extract(_)
                | Step::Filter(_)
                | Step::Focal(_)
                | Step::Calc(_)
        )
    })
}

/// The pipeline's steps over its inputs. Everything was [checked](check) before.
pub(super) fn lower(
    inputs: &[Input],
    steps: &[Step],
    around: Around<'_>,
    caching: Caching,
) -> Result<Lowered> {
    let count = caches(inputs, steps, !caching.job_keeps).max(1);
    let mut lowering = Lowering {
        around,
        cache: BlockCache::new(caching.total),
        share: caching.total / count,
        job_keeps: caching.job_keeps,
        stages: Vec::new(),
    };
    let sources = lowering.inputs(inputs)?;
    let (last, web) = lowering.steps(sources, steps, true)?;
    let copy_of = match (inputs, steps.iter().all(|s| matches!(s, Step::Tee(_)))) {
        ([input], true) if !input.is_changed() && input.steps.is_empty() => {
            input.path.clone().map(|path| (path, input.reading()))
        }
        _ => None,
    };
    Ok(Lowered { last, web, stages: lowering.stages, copy_of })
}

impl Lowering<'_> {
    fn inputs(&mut self, inputs: &[Input]) -> Result<Vec<Named>> {
        inputs
            .iter()
            .enumerate()
            .map(|(place, input)| {
                let named = |e: Error| e.context(format!("input {}", place + 1));
                Ok((check::name_of(input, place), self.input(input).map_err(named)?))
            })
            .collect()
    }

    fn input(&mut self, input: &Input) -> Result<Arc<dyn RasterSource>> {
        let mut sources = match &input.path {
            Some(path) => vec![("A".to_owned(), self.around.open.open_as(path, &input.reading())?)],
            None => self.inputs(&input.inputs)?,
        };
        if input.is_changed() {
            sources[0].1 = understood(Arc::clone(&sources[0].1), input)?;
        }
        if input.steps.is_empty() {
            return Ok(sources.remove(0).1);
        }
        self.steps(sources, &input.steps, false)?.0.into_view()
    }

    /// `outermost`: the last of these steps is the last of the job.
    fn steps(
        &mut self,
        mut sources: Vec<Named>,
        steps: &[Step],
        outermost: bool,
    ) -> Result<(Made, Option<WebBlocks>)> {
        let mut web = None;
        for (i, step) in steps.iter().enumerate() {
            let named = |e: Error| e.context(check::part(i, step));
            match step {
                Step::Read(input) => {
                    let name = check::name_of(input, sources.len());
                    let source = self.input(input).map_err(named)?;
                    sources.push((name, source));
                    continue;
                }
                Step::Tee(_) => continue,
                _ => {}
            }
            let last = outermost && is_last(steps, i);
            let names: Vec<String> = sources.iter().map(|(name, _)| name.clone()).collect();
            let from: Vec<_> = sources.iter().map(|(_, source)| source.info().clone()).collect();
            let keep = step.reads_again() && !(last && self.job_keeps);
            let read = sources.iter().map(|(_, source)| {
                let source = Arc::clone(source);
                if keep { self.cached(source, step.bands(), sources.len()) } else { Ok(source) }
            });
            let read = read.collect::<Result<Vec<_>>>().map_err(named)?;
            let tile = self.around.tile.filter(|_| last);
            let around = Around { tile, ..self.around };
            let (made, tiles) = step.make(&names, read, &around).map_err(named)?;
            web = match step.arity() {
                Arity::All if !matches!(step, Step::Calc(_) | Step::Stack(_)) => tiles,
                _ if matches!(step, Step::Clip(_)) => None,
                _ => web,
            };
            let halo = made.halo();
            let cache = if keep { self.share } else { 0 };
            let name = check::part(i, step);
            if last {
                let to = made.info().map_err(named)?;
                self.stages.push(Stage { name, from, to, cache, halo });
                return Ok((made, web));
            }
            let view = made.into_view().map_err(named)?;
            self.stages.push(Stage { name, from, to: view.info().clone(), cache, halo });
            let name = if names.len() == 1 { names[0].clone() } else { "A".to_owned() };
            sources = vec![(name, view)];
        }
        Ok((Made::View(sources.remove(0).1), web))
    }

    /// With its decoded or computed blocks kept for a while, since neighbouring windows need the same ones.
    fn cached(
        &self,
        source: Arc<dyn RasterSource>,
        bands: Option<&[usize]>,
        among: usize,
    ) -> Result<Arc<dyn RasterSource>> {
        let info = source.info();
        let bands = bands.map_or_else(|| info.all_bands(), <[usize]>::to_vec);
        let block = info.block.area() * bands.len() * info.data_type.size();
        // Of blocks that are large beside the budget too few would be kept to be found again.
        if block > self.share / among.max(1) / 8 {
            return Ok(source);
        }
        Ok(Arc::new(CachedSource::sharing(source, &bands, &self.cache)?))
    }
}

/// What the input's keys say about it.
fn understood(source: Arc<dyn RasterSource>, input: &Input) -> Result<Arc<dyn RasterSource>> {
    let nodata = input.source_nodata.map(|n| match n {
        NodataAs::None => None,
        NodataAs::Value(value) => Some(value),
    });
    let crs = input.crs.as_deref().map(crs).transpose()?;
    let view = Selected::taking(source, input.bands.as_deref(), nodata)?;
    Ok(Arc::new(view.understood_as(input.ovr == OverviewUse::Auto, crs)))
}

impl Pipeline {
    /// The result as a raster that is computed where it is read: nothing is run, nothing is written, `tee` and the output
    /// are left alone. Half of the [memory](super::Run::memory) is for caches between steps.
    ///
    /// # Errors
    /// What [`check`](Self::check) finds; what the inputs meet.
    pub fn open(&self, opener: &dyn Resolver) -> Result<Arc<dyn RasterSource>> {
        self.check()?;
        let around = Around { open: opener, workers: self.run.workers(), tile: None };
        let caching = Caching { total: self.run.memory.0 / 2, job_keeps: false };
        lower(&self.inputs, &self.steps, around, caching)?.last.into_view()
    }
}
