//! A warp that is decided: source and grid are checked, the mapping is ready, the output is described.

use crate::{
    engine::{Engine, load::Loader},
    georeference::Georeference,
    mapping::{ChunkRule, Mapping, PixelMap},
    options::{NodataRule, WarpOptions},
    resample::view::Limits,
    transform::{CrsTransform, Identity, PointTransform},
};
use ndarray::Array3;
use raster_core::{
    AnyArray, BandInfo, ColorInterp, CrsRef, DataType, Error, GeoTransform, Grid, Keeps, MaskKind,
    RasterInfo, RasterSource, Resampling, Result, Window, with_array,
};
use std::sync::Arc;

/// All of a warp but the source itself.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) info: RasterInfo,
    /// Source bands in output order; a band appended for validity comes after them.
    pub(crate) bands: Vec<usize>,
    /// Samples are computed in this type, and converted after.
    pub(crate) working: DataType,
    /// The output band (from 0) whose values are the validity of the others.
    pub(crate) alpha: Option<usize>,
    options: WarpOptions,
    mapping: Mapping,
    limits: Limits,
    overview: Option<Arc<dyn RasterSource>>,
}

/// The way from the coordinate system of a raster to that of a grid (or of polygons): one datum operation for all of the
/// raster, the best one for where it lies, so that nothing tears.
pub(crate) fn transform_between(
    raster: &RasterInfo,
    grid: Option<&CrsRef>,
    operations: &crs::TransformerOptions,
) -> Result<Arc<dyn PointTransform>> {
    match (crs_of(raster), grid) {
        (Some(a), Some(b)) => {
            let outline = Georeference::of(raster).ok().map(|g| g.outline(raster.width, raster.height));
            Ok(Arc::new(CrsTransform::over(a, b, outline, operations)?))
        }
        (None, None) => Ok(Arc::new(Identity)),
        (None, Some(_)) => {
            Err(Error::misuse("the source states no coordinate system, but the output grid has one"))
        }
        (Some(_), None) => {
            Err(Error::misuse("the output grid states no coordinate system, but the source has one"))
        }
    }
}

/// The coordinate system in which a raster is georeferenced.
pub(crate) fn crs_of(info: &RasterInfo) -> Option<&CrsRef> {
    if info.transform.is_none() && !info.gcps.is_empty() { info.gcp_crs.as_ref() } else { info.crs.as_ref() }
}

impl Plan {
    pub(crate) fn new(
        source: &dyn RasterSource,
        grid: &Grid,
        transform: Arc<dyn PointTransform>,
        options: &WarpOptions,
    ) -> Result<Self> {
        let georeference = Georeference::of(source.info())?;
        Self::with_georeference(source, grid, georeference, transform, options)
    }

    /// A source that lies on the ground of `grid` as `transform` says, whatever it says itself.
    pub(crate) fn placed(
        source: &dyn RasterSource,
        grid: &Grid,
        transform: GeoTransform,
        options: &WarpOptions,
    ) -> Result<Self> {
        transform.inverse()?;
        Self::with_georeference(source, grid, Georeference::Affine(transform), Arc::new(Identity), options)
    }

    fn with_georeference(
        source: &dyn RasterSource,
        grid: &Grid,
        georeference: Georeference,
        transform: Arc<dyn PointTransform>,
        options: &WarpOptions,
    ) -> Result<Self> {
        options.check()?;
        check_size(grid, options.size_limit)?;
        let from = source.info();
        let bands = options.bands.clone().unwrap_or_else(|| from.all_bands());
        from.check_read(&bands, &Window::new(0, 0, 0, 0), (bands.len(), 0, 0))?;
        if from.width == 0 || from.height == 0 || bands.is_empty() {
            return Err(Error::misuse("the source has no pixels or no bands"));
        }
        if from.data_type.is_complex() && options.resampling != Resampling::Nearest {
            return Err(Error::unsupported(format!(
                "{} of complex samples; only nearest moves them",
                options.resampling
            )));
        }
        if let Some(band) = bands.iter().find(|&&b| from.bands[b - 1].color_table.is_some())
            && !options.resampling.keeps_values()
        {
            return Err(Error::misuse(format!(
                "{} of band {band}, whose samples are indices into a palette: others between them mean other classes; use nearest or mode",
                options.resampling
            )));
        }
        let working = working_type(from.data_type, options.data_type);
        let bits = 8 * (bands.len() * working.size()) as u64;
        let rule = ChunkRule { bits, radius: options.resampling.radius() };
        let mapping = |info: &RasterInfo, georeference: Georeference| -> Result<(Mapping, Limits)> {
            let map = PixelMap::new(grid.transform, georeference, info.width, Arc::clone(&transform))?;
            let wraps = map.turn() == Some(info.width as f64);
            let limits = Limits { cols: (0, info.width as i64), rows: (0, info.height as i64), wraps };
            let size = (grid.width, grid.height);
            let source = (info.width, info.height);
            Ok((Mapping::new(map, size, source, options.positions, options.scale, &rule), limits))
        };
        let (mut used, mut limits) = mapping(from, georeference.clone())?;
        let overview = if options.overviews { choose_overview(source, &used) } else { None };
        if let Some(level) = &overview {
            let small = level.info();
            let ratio = (from.width as f64 / small.width as f64, from.height as f64 / small.height as f64);
            (used, limits) = mapping(small, georeference.scaled(ratio))?;
        }
        let mut plan = Self {
            info: RasterInfo::new(
                grid.width,
                grid.height,
                bands.len(),
                options.data_type.unwrap_or(from.data_type),
            ),
            bands,
            working,
            alpha: None,
            options: options.clone(),
            mapping: used,
            limits,
            overview,
        };
        plan.describe(from, grid)?;
        Ok(plan)
    }

    fn describe(&mut self, from: &RasterInfo, grid: &Grid) -> Result<()> {
        let info = &mut self.info;
        let block = info.block;
        *info = from.after(Keeps::Values, &self.bands, info.data_type).moved(grid);
        info.block = block;
        let declared = self.bands.iter().find_map(|&b| from.bands[b - 1].nodata);
        let nodata = match self.options.nodata {
            _ if self.options.add_alpha => None,
            NodataRule::FromSource => match self.options.source_nodata {
                NodataRule::Value(v) => Some(v),
                NodataRule::None => None,
                NodataRule::FromSource => declared,
            },
            NodataRule::None => None,
            NodataRule::Value(v) => Some(v),
        };
        if let Some(v) = nodata.filter(|v| !v.fits(info.data_type) || !v.fits(self.working)) {
            return Err(Error::misuse(format!(
                "the nodata value {v} does not fit into {}: state one that does (--nodata)",
                info.data_type
            )));
        }
        self.alpha = self.bands.iter().position(|&b| from.bands[b - 1].color == ColorInterp::Alpha);
        if self.options.add_alpha && self.alpha.is_some() {
            return Err(Error::misuse("the source has an alpha band already"));
        }
        let mask = match (nodata, self.alpha, self.options.add_alpha) {
            (_, Some(_), _) | (_, _, true) => MaskKind::Alpha,
            (Some(_), ..) => MaskKind::Nodata,
            _ => MaskKind::PerDataset,
        };
        for band in &mut info.bands {
            (band.mask, band.nodata) = (mask, nodata);
        }
        if self.options.add_alpha {
            self.alpha = Some(info.bands.len());
            info.bands.push(BandInfo::default().with_color(ColorInterp::Alpha).with_validity(mask, None));
        }
        Ok(())
    }

    /// The bands of the source that are warped, numbered from 1.
    pub(crate) fn source_bands(&self) -> &[usize] {
        &self.bands
    }

    /// Is the last output band one that only tells validity?
    pub(crate) fn appended_alpha(&self) -> bool {
        self.options.add_alpha
    }

    /// The machine for some of the source's bands.
    pub(crate) fn engine<'a>(&'a self, source: &'a dyn RasterSource, bands: &'a [usize]) -> Engine<'a> {
        let source = self.overview.as_deref().unwrap_or(source);
        let nodata = match self.options.source_nodata {
            NodataRule::FromSource => None,
            NodataRule::None => Some(None),
            NodataRule::Value(v) => Some(Some(v)),
        };
        Engine {
            mapping: &self.mapping,
            resampling: self.options.resampling,
            loader: Loader { source, bands, nodata, limits: self.limits },
            nodata: self.info.bands.first().and_then(|b| b.nodata),
            declared: self.options.source_nodata == NodataRule::FromSource && source.info().is_all_valid(),
            window_limit: self.options.window_limit,
        }
    }

    /// Pixels (in the working type) and validity of output bands in one go.
    pub(crate) fn read_with_mask(
        &self,
        source: &dyn RasterSource,
        bands: &[usize],
        window: &Window,
    ) -> Result<(AnyArray, Array3<u8>)> {
        let sources: Vec<usize> = bands.iter().map(|&b| self.bands[b - 1]).collect();
        let shape = (bands.len(), window.height, window.width);
        let (mut pixels, mut mask) = (AnyArray::zeros(self.working, shape), Array3::zeros(shape));
        let engine = self.engine(source, &sources);
        with_array!(AnyArray, &mut pixels, a => engine.run(None, window, a.view_mut(), Some(mask.view_mut())))?;
        Ok((pixels, mask))
    }

    /// The part of the output outside of which no pixel comes from the source.
    pub(crate) fn footprint(&self) -> Window {
        self.mapping.footprint(self.options.resampling.radius() as f64)
    }

    /// Does the source itself (not an overview) give the pixels?
    pub(crate) fn at_full_resolution(&self) -> bool {
        self.overview.is_none()
    }
}

/// The type that holds both what the source has and what the output wants: the wider of the two.
fn working_type(source: DataType, output: Option<DataType>) -> DataType {
    let Some(output) = output.filter(|o| *o != source) else { return source };
    let ((low, high), (from, to)) = (output.range(), source.range());
    let holds = !source.is_complex()
        && !output.is_complex()
        && low <= from
        && high >= to
        && (output.is_float() || source.is_integer());
    if holds { output } else { source }
}

/// Is this a grid that can be computed at all?
pub(crate) fn check_size(grid: &Grid, limit: u64) -> Result<()> {
    if grid.width == 0 || grid.height == 0 {
        return Err(Error::misuse(format!("an output of {} × {} pixels", grid.width, grid.height)));
    }
    if (grid.width as u64).checked_mul(grid.height as u64).is_none_or(|n| n > limit) {
        return Err(Error::limit(format!(
            "an output of {} × {} pixels, more than {limit}; raise `size_limit` or choose a coarser resolution",
            grid.width, grid.height
        )));
    }
    grid.transform.inverse().map(drop)
}

/// GDAL's choice: the smallest overview that is not coarser than the output (within a tenth).
fn choose_overview(source: &dyn RasterSource, mapping: &Mapping) -> Option<Arc<dyn RasterSource>> {
    let info = source.info();
    let (x, y) = mapping.overall_scale();
    let wanted = (1.0 / x).min(1.0 / y);
    let ratio = |w: usize| info.width as f64 / w as f64;
    info.overviews
        .iter()
        .rposition(|level| ratio(level.width) <= wanted + 0.1)
        .and_then(|i| source.overview(i))
}
