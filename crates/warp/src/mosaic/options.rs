//! What a merge can be asked for.

use super::MergeMethod;
use crate::options::NodataRule;
use raster_core::{
    Bounds, DataType, Error, GeoTransform, Grid, RasterInfo, RasterSource, Resampling, Result,
};
use std::sync::Arc;

/// How rasters of one coordinate system are merged; what is left out comes from the first source.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MergeOptions {
    /// What happens where sources overlap.
    pub method: MergeMethod,
    /// What is covered; the union of the sources by default. The right and lower sides move to whole pixels.
    pub bounds: Option<Bounds>,
    /// Width and height of a pixel.
    pub resolution: Option<(f64, f64)>,
    /// Take the resolution of the source with the smallest pixels.
    pub highest_resolution: bool,
    /// Move the sides outwards to multiples of the resolution.
    pub aligned: bool,
    /// For sources with pixels of another size.
    pub resampling: Resampling,
    /// Value of pixels that no source has.
    pub nodata: NodataRule,
    /// Type of the output.
    pub data_type: Option<DataType>,
    /// Bands (from 1) of every source.
    pub bands: Option<Vec<usize>>,
    /// The most pixels (columns × rows) that the mosaic may have.
    pub size_limit: u64,
}

impl Default for MergeOptions {
    fn default() -> Self {
        Self {
            method: MergeMethod::First,
            bounds: None,
            resolution: None,
            highest_resolution: false,
            aligned: false,
            resampling: Resampling::Nearest,
            nodata: NodataRule::FromSource,
            data_type: None,
            bands: None,
            size_limit: 1 << 48,
        }
    }
}

impl MergeOptions {
    /// The defaults with this method.
    #[must_use]
    pub fn new(method: MergeMethod) -> Self {
        Self { method, ..Self::default() }
    }

    /// The grid of the mosaic, by rasterio's rules.
    pub(super) fn grid(&self, sources: &[Arc<dyn RasterSource>]) -> Result<Grid> {
        let transforms = sources
            .iter()
            .enumerate()
            .map(|(i, s)| north_up(s.info()).map_err(|e| super::named(e, s.as_ref(), i)))
            .collect::<Result<Vec<_>>>()?;
        let sources: Vec<&RasterInfo> = sources.iter().map(|s| s.info()).collect();
        let first = sources.first().zip(transforms.first());
        let Some((first, own)) = first else { return Err(Error::misuse("nothing to merge")) };
        let mut resolution = (own.a, -own.e);
        if self.highest_resolution {
            let finest = transforms
                .iter()
                .map(|t| (t.a, -t.e))
                .min_by(|a, b| libm::hypot(a.0, a.1).total_cmp(&libm::hypot(b.0, b.1)));
            resolution = finest.unwrap_or(resolution);
        }
        let (x, y) = self.resolution.unwrap_or(resolution);
        if !(x > 0.0 && y > 0.0 && x.is_finite() && y.is_finite()) {
            return Err(Error::misuse(format!("a resolution of {x} by {y}")));
        }
        let all = sources.iter().zip(&transforms).map(|(s, t)| t.bounds(s.width, s.height));
        let mut b = self.bounds.unwrap_or_else(|| all.fold(Bounds::EMPTY, |a, b| a.union(&b)));
        if self.aligned {
            let (low, high) = (|v: f64, r: f64| (v / r).floor() * r, |v: f64, r: f64| (v / r).ceil() * r);
            b = Bounds::new(low(b.left, x), low(b.bottom, y), high(b.right, x), high(b.top, y));
        }
        let (width, height) = ((b.width() / x).round_ties_even(), (b.height() / y).round_ties_even());
        if !(width >= 1.0 && height >= 1.0 && width < 1e15 && height < 1e15) {
            return Err(Error::misuse(format!("a mosaic of {width} × {height} pixels")));
        }
        let transform = GeoTransform::from_origin(b.left, b.top, x, y);
        Ok(Grid { width: width as usize, height: height as usize, transform, crs: first.crs.clone() })
    }
}

/// The transform of a raster that can be merged: rows along x, north up.
fn north_up(info: &RasterInfo) -> Result<GeoTransform> {
    let t = info.transform.ok_or_else(|| Error::misuse("it states no transform"))?;
    t.inverse()?;
    let fault = if !t.is_rectilinear() {
        "is rotated"
    } else if t.a < 0.0 {
        "is flipped (its columns run west)"
    } else if t.e > 0.0 {
        "is upside down (its rows run north)"
    } else {
        return Ok(t);
    };
    Err(Error::misuse(format!("it {fault}; warp it first")))
}
