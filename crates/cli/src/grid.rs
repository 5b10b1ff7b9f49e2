//! Options about where output pixels lie and how they are made, shared by the commands that warp.

use crate::input;
use clap::Args;
use geotiff_io::{Dataset, OpenOptions};
use mucho::{BlockCache, CachedSource, plan::Budget};
use raster_core::{Bounds, CrsRef, DataType, Error, Grid, Nodata, RasterInfo, RasterSource, Result};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use warp::{GridRequest, NodataRule, Positions, Resampling, WarpOptions};

/// Which grid the output shall have.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output grid")]
pub(crate) struct GridArgs {
    /// Coordinate system: EPSG:3857, WKT, PROJJSON, a PROJ string; the first input's when not given
    #[arg(long, value_name = "CRS")]
    pub(crate) crs: Option<String>,
    /// Take grid and coordinate system from this raster
    #[arg(long, value_name = "FILE", conflicts_with_all = ["crs", "res", "size", "bounds", "align"])]
    pub(crate) like: Option<PathBuf>,
    /// Size of a pixel, such as 10 or 10,20, in units of the coordinate system
    #[arg(long, value_name = "X[,Y]", value_parser = parse_resolution, conflicts_with = "size")]
    pub(crate) res: Option<(f64, f64)>,
    /// Columns and rows, such as 2048x1024
    #[arg(long, value_name = "WxH")]
    pub(crate) size: Option<String>,
    /// West, south, east, north in the output's coordinate system
    #[arg(long, value_name = "W,S,E,N", value_parser = parse_bounds, allow_hyphen_values = true)]
    pub(crate) bounds: Option<Bounds>,
    /// Move the sides outwards to multiples of the pixel size
    #[arg(long)]
    pub(crate) align: bool,
}

/// How pixels are made.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Pixels")]
pub(crate) struct PixelArgs {
    /// nearest, bilinear, cubic, cubic_spline, lanczos, average, mode, min, max, med, q1, q3, sum, rms
    #[arg(long, short = 'r', value_name = "NAME", default_value = "nearest")]
    pub(crate) resampling: Resampling,
    /// Value of pixels without data; the input's when not given, none for none
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    pub(crate) nodata: Option<String>,
    /// Take this value of the inputs as missing, instead of what they say themselves
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    pub(crate) source_nodata: Option<String>,
    /// Bands of the inputs, from 1, such as 4,3,2
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub(crate) bands: Option<Vec<usize>>,
    /// Type of the output
    #[arg(long, value_name = "TYPE")]
    pub(crate) dtype: Option<DataType>,
    /// Compute the position of every pixel by itself, as gdalwarp -et 0: by default it is known to 1e-6 source pixels
    #[arg(long, conflicts_with = "gdal_approx")]
    pub(crate) exact: bool,
    /// Place pixels as gdalwarp does, wrong by up to this many source pixels (its default is 0.125)
    #[arg(long, value_name = "PIXELS")]
    pub(crate) gdal_approx: Option<f64>,
    /// With --gdal-approx: the memory that gdalwarp is given (its -wm), which decides where it cuts the output
    #[arg(long, value_name = "SIZE", default_value = "64MiB", requires = "gdal_approx")]
    pub(crate) gdal_memory: Budget,
}

/// A nodata option: a number, nan, or none.
pub(crate) fn nodata_rule(text: Option<&str>, option: &str) -> Result<NodataRule> {
    match text {
        None => Ok(NodataRule::FromSource),
        Some("none") => Ok(NodataRule::None),
        Some(text) => Nodata::parse(text)
            .map(NodataRule::Value)
            .ok_or_else(|| Error::misuse(format!("{option} {text}: a number, nan or none is expected"))),
    }
}

/// A coordinate system as the user writes it; checked, so that mistakes show before files are read.
pub(crate) fn crs(text: &str) -> Result<CrsRef> {
    let parsed = crs::Crs::parse(text).map_err(|e| Error::misuse(format!("--crs {text}")).with_source(e))?;
    Ok(parsed.epsg().map_or_else(|| CrsRef::definition(text), CrsRef::Epsg))
}

fn parse_numbers(text: &str) -> std::result::Result<Vec<f64>, std::num::ParseFloatError> {
    text.split(',').map(|v| v.trim().parse()).collect()
}

/// West, south, east, north.
pub(crate) fn parse_bounds(text: &str) -> std::result::Result<Bounds, String> {
    match parse_numbers(text).as_deref() {
        Ok(&[w, s, e, n]) => Ok(Bounds::new(w, s, e, n)),
        _ => Err("four numbers are expected: west,south,east,north".to_owned()),
    }
}

/// One number for square pixels, or width and height.
pub(crate) fn parse_resolution(text: &str) -> std::result::Result<(f64, f64), String> {
    match parse_numbers(text).as_deref() {
        Ok(&[both]) => Ok((both, both)),
        Ok(&[x, y]) => Ok((x, y)),
        _ => Err("one number is expected, or two with a comma between them".to_owned()),
    }
}

impl GridArgs {
    /// Is any of them given?
    pub(crate) fn wanted(&self) -> bool {
        self.crs.is_some()
            || self.like.is_some()
            || self.res.is_some()
            || self.size.is_some()
            || self.bounds.is_some()
            || self.align
    }

    /// The grid for these inputs.
    pub(crate) fn grid(&self, inputs: &[&RasterInfo]) -> Result<Grid> {
        if let Some(path) = &self.like {
            return Ok(input::open(path, &OpenOptions::new())?.info().grid());
        }
        let first = inputs.first().ok_or_else(|| Error::misuse("no input"))?;
        let mut request = GridRequest {
            crs: self.crs.as_deref().map(crs).transpose()?.or_else(|| first.crs.clone()),
            resolution: self.res,
            size: self.size.as_deref().map(|s| input::parse_pair(s, 'x')).transpose()?,
            bounds: self.bounds,
            aligned: self.align,
        };
        if inputs.len() > 1 && request.bounds.is_none() {
            // What all inputs cover, in pixels of the first.
            let plain = GridRequest { crs: request.crs.clone(), ..GridRequest::default() };
            let grids = inputs.iter().map(|i| plain.grid(i)).collect::<Result<Vec<_>>>()?;
            request.bounds = Some(grids.iter().fold(Bounds::EMPTY, |b, g| b.union(&g.bounds())));
            if request.resolution.is_none() && request.size.is_none() {
                request.resolution = Some(grids[0].transform.resolution());
            }
        }
        request.grid(first)
    }
}

impl PixelArgs {
    pub(crate) fn options(&self) -> Result<WarpOptions> {
        let mut options = WarpOptions::new(self.resampling);
        options.nodata = nodata_rule(self.nodata.as_deref(), "--nodata")?;
        options.source_nodata = nodata_rule(self.source_nodata.as_deref(), "--source-nodata")?;
        options.bands.clone_from(&self.bands);
        options.data_type = self.dtype;
        if self.exact {
            options.positions = Positions::Exact;
        }
        if let Some(tolerance) = self.gdal_approx {
            options.positions = Positions::GdalApproximation { tolerance, memory: self.gdal_memory.0 as u64 };
        }
        Ok(options)
    }
}

/// Inputs and output of a command that takes `INPUT ... OUTPUT`.
pub(crate) fn open_all(files: &[PathBuf]) -> Result<(Vec<Dataset>, &Path)> {
    let (output, inputs) = files
        .split_last()
        .filter(|f| !f.1.is_empty())
        .ok_or_else(|| Error::misuse("name inputs and an output"))?;
    // Windows are read one after the other, each by all threads.
    let opened = inputs.iter().map(|p| input::open(p, &OpenOptions::new())).collect::<Result<_>>()?;
    Ok((opened, output))
}

/// Decoded blocks of all inputs together that are kept. Chosen: along the Z-curve in which outputs are written, a raster of
/// 8192 columns with three bands of u16 in tiles of 512 then has a tenth of its blocks decoded twice (of twice as many kept
/// blocks a twentieth), and the whole command stays below 250 MB.
const CACHE_BYTES: usize = 80 << 20;

/// As sources. Their decoded blocks are kept for a while, since neighbouring windows of another grid need the same
/// ones; `bands` are those that will be read, `None` for all.
pub(crate) fn shared(datasets: Vec<Dataset>, bands: Option<&[usize]>) -> Result<Vec<Arc<dyn RasterSource>>> {
    let cache = BlockCache::new(CACHE_BYTES);
    let cached = |dataset: Dataset| -> Result<Arc<dyn RasterSource>> {
        let info = dataset.info();
        let bands = bands.map_or_else(|| info.all_bands(), <[usize]>::to_vec);
        let block = info.block.area() * bands.len() * info.data_type.size();
        let dataset: Arc<dyn RasterSource> = Arc::new(dataset);
        // Of blocks that are large beside the budget too few would be kept to be found again.
        Ok(if block > CACHE_BYTES / 8 {
            dataset
        } else {
            Arc::new(CachedSource::sharing(dataset, &bands, &cache)?)
        })
    };
    datasets.into_iter().map(cached).collect()
}
