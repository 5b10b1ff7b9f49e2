//! Where output pixels lie: what the keys about a grid say for these inputs.

use crate::pipeline::{fault::Fault, lower::Resolver, values::Resolution};
use raster_core::{Bounds, CrsRef, Error, Grid, Metadata, RasterInfo, Result, Size};
use warp::{GridRequest, WebTiling, ZoomChoice, web_grid};

/// The keys about a grid.
pub(super) struct Target<'a> {
    pub(super) crs: Option<&'a str>,
    pub(super) like: Option<&'a str>,
    pub(super) res: Option<Resolution>,
    pub(super) size: Option<Size>,
    pub(super) bounds: Option<Bounds>,
    pub(super) align: bool,
    pub(super) web_tiles: bool,
    pub(super) zoom: ZoomChoice,
    pub(super) aligned_levels: u32,
}

/// A grid of web tiles was asked for: what the file says about it, and the side of its blocks.
#[derive(Clone, Debug)]
pub(crate) struct WebBlocks {
    pub(crate) tile: usize,
    pub(crate) metadata: Metadata,
}

/// A coordinate system as the user writes it.
pub(in crate::pipeline) fn crs(text: &str) -> Result<CrsRef> {
    let parsed = crs::Crs::parse(text).map_err(|e| Error::misuse(format!("crs {text}")).with_source(e))?;
    Ok(parsed.epsg().map_or_else(|| CrsRef::definition(text), CrsRef::Epsg))
}

/// Refused with the key's name, before any file is read.
pub(in crate::pipeline) fn check_crs(text: Option<&str>) -> std::result::Result<(), Fault> {
    let Some(text) = text else { return Ok(()) };
    match crs::Crs::parse(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(Fault::key("crs", format!("{text}: {error}"))),
    }
}

pub(super) fn check_bounds(bounds: Option<Bounds>) -> std::result::Result<(), Fault> {
    match bounds {
        Some(b)
            if !(b.left < b.right && b.bottom < b.top && b.width().is_finite() && b.height().is_finite()) =>
        {
            let text = format!(
                "{},{},{},{} enclose nothing: west,south,east,north",
                b.left, b.bottom, b.right, b.top
            );
            Err(Fault::key("bounds", text))
        }
        _ => Ok(()),
    }
}

pub(super) fn check_resolution(res: Option<Resolution>) -> std::result::Result<(), Fault> {
    match res {
        Some(Resolution { x, y }) if !(x > 0.0 && y > 0.0 && x.is_finite() && y.is_finite()) => {
            Err(Fault::key("res", format!("a resolution of {x} by {y}; both must be above 0")))
        }
        _ => Ok(()),
    }
}

impl Target<'_> {
    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        let given = [
            ("crs", self.crs.is_some()),
            ("res", self.res.is_some()),
            ("size", self.size.is_some()),
            ("bounds", self.bounds.is_some()),
            ("align", self.align),
            ("like", self.like.is_some()),
        ];
        let first = |upto: usize| given[..upto].iter().find(|(_, given)| *given).map(|(key, _)| *key);
        if self.web_tiles
            && let Some(key) = first(6)
        {
            return Err(Fault::key(key, "not together with `web_tiles`, which decides on the grid"));
        }
        if self.like.is_some()
            && let Some(key) = first(5)
        {
            return Err(Fault::key(key, "not together with `like`, which decides on the grid"));
        }
        if self.res.is_some() && self.size.is_some() {
            return Err(Fault::key("res", "not together with `size`"));
        }
        if self.align && self.size.is_some() {
            return Err(Fault::key("align", "pixels are aligned to a resolution, not to a size"));
        }
        if !self.web_tiles && self.zoom != ZoomChoice::Nearest {
            return Err(Fault::key("zoom", "only with `web_tiles`"));
        }
        if !self.web_tiles && self.aligned_levels != 0 {
            return Err(Fault::key("aligned_levels", "only with `web_tiles`"));
        }
        check_crs(self.crs)?;
        check_bounds(self.bounds)?;
        check_resolution(self.res)
    }

    /// The grid for these inputs; with web tiles what the file shall say about them. `tile` is the side of its blocks
    /// where the file states one.
    pub(super) fn resolve(
        &self,
        inputs: &[&RasterInfo],
        tile: Option<usize>,
        open: &dyn Resolver,
    ) -> Result<(Grid, Option<WebBlocks>)> {
        if let (true, Some(first)) = (self.web_tiles, inputs.first()) {
            let mut tiling = WebTiling::default();
            tiling.tile = tile.unwrap_or(tiling.tile);
            tiling.zoom = self.zoom;
            tiling.aligned_levels = self.aligned_levels;
            let web = match inputs {
                [_] => web_grid(first, &tiling)?,
                several => web_grid(&covering(several)?, &tiling)?,
            };
            let metadata = web.metadata();
            return Ok((web.grid, Some(WebBlocks { tile: tiling.tile, metadata })));
        }
        if let Some(location) = self.like {
            return Ok((open.open(location)?.info().grid(), None));
        }
        let first = inputs.first().ok_or_else(|| Error::misuse("no input"))?;
        let mut request = GridRequest {
            crs: self.crs.map(crs).transpose()?.or_else(|| first.crs.clone()),
            resolution: self.res.map(|r| (r.x, r.y)),
            size: self.size.map(|s| (s.width, s.height)),
            bounds: self.bounds,
            aligned: self.align,
            ..GridRequest::default()
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
        request.grid(first).map(|grid| (grid, None))
    }
}

/// A raster in web Mercator that covers what all of these cover, in pixels as large as the first one's.
fn covering(inputs: &[&RasterInfo]) -> Result<RasterInfo> {
    let crs = CrsRef::Epsg(3857);
    let plain = GridRequest { crs: Some(crs.clone()), ..GridRequest::default() };
    let grids = inputs.iter().map(|i| plain.grid(i)).collect::<Result<Vec<_>>>()?;
    let bounds = grids.iter().fold(Bounds::EMPTY, |b, g| b.union(&g.bounds()));
    let (x, y) = grids[0].transform.resolution();
    let count = |length: f64, pixel: f64| (length / pixel).ceil().max(1.0) as usize;
    let (width, height) = (count(bounds.width(), x), count(bounds.height(), y));
    let mut info = RasterInfo::new(width, height, 1, raster_core::DataType::U8);
    info.transform = Some(raster_core::GeoTransform::from_origin(bounds.left, bounds.top, x, y));
    info.crs = Some(crs);
    Ok(info)
}
