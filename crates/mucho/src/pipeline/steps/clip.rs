//! A part of a raster: by bounds, or by polygons.

use super::grid::{check_bounds, check_crs, crs};
use crate::pipeline::{fault::Fault, lower::Resolver, values::*};
use raster_core::{Bounds, CrsRef, Error, RasterSource, Result};
use std::sync::Arc;
use warp::{ClipArea, ClipOptions, polygons_from_geojson};

options! {
    /// A part of a raster, by bounds or polygons.
    #[cfg_attr(feature = "clap", command(after_help = "\
Examples:
  mucho clip in.tif out.tif --bounds 500000,5190000,510000,5200000
  mucho clip in.tif out.tif --polygon lake.geojson --all-touched
  mucho clip in.tif out.tif --polygon lake.geojson --inverse --nodata 0
  mucho clip in.tif out.tif --bounds 10.1,46.2,10.3,46.4 --crs EPSG:4326"))]
    pub struct Clip {
        /// West, south, east, north
        [value_name = "W,S,E,N", allow_hyphen_values = true]
        opt bounds: Bounds;
        /// GeoJSON with polygons: a file, or the text itself
        [value_parser = crate::names::parser(), value_name = "FILE"]
        opt polygon: String;
        /// Coordinate system of bounds (the raster's when not given) or polygons (EPSG:4326 when not given)
        [value_name = "CRS"]
        opt crs: String;
        /// Keep every pixel that the area touches, not only those whose centre is inside
        flag all_touched;
        /// Keep what is outside
        flag inverse;
        /// Keep the raster's size
        flag no_crop;
        /// Value of pixels that are cut away; the input's when not given, none for none
        [value_name = "VALUE", allow_hyphen_values = true]
        opt nodata: NodataAs;
    }
}

impl Clip {
    pub(super) fn check(&self) -> std::result::Result<(), Fault> {
        match (self.bounds, &self.polygon) {
            (None, None) => return Err(Fault::key("bounds", "say what to keep: `bounds` or `polygon`")),
            (Some(_), Some(_)) => return Err(Fault::key("bounds", "not together with `polygon`")),
            (None, Some(text)) if text.trim_start().starts_with('{') => {
                polygons_from_geojson(text).map_err(|e| Fault::key("polygon", e.to_string()))?;
            }
            _ => {}
        }
        check_bounds(self.bounds)?;
        check_crs(self.crs.as_deref())
    }

    pub(super) fn view(
        &self,
        source: Arc<dyn RasterSource>,
        open: &dyn Resolver,
    ) -> Result<Arc<dyn RasterSource>> {
        let given = self.crs.as_deref().map(crs).transpose()?;
        let (area, crs) = match (&self.polygon, self.bounds) {
            (Some(location), _) => {
                let inline = location.trim_start().starts_with('{');
                let text = if inline { location.clone() } else { open.read_text(location)? };
                let named = |e: Error| if inline { e } else { e.in_file(location) };
                let polygons = polygons_from_geojson(&text).map_err(named)?;
                (ClipArea::Polygons(polygons), given.or(Some(CrsRef::Epsg(4326))))
            }
            (None, Some(bounds)) => (ClipArea::Bounds(bounds), given),
            (None, None) => return Err(Error::misuse("give bounds or polygon")),
        };
        let mut options = ClipOptions::new(area);
        options.crs = crs;
        options.all_touched = self.all_touched;
        options.inverse = self.inverse;
        options.crop = !self.no_crop;
        options.nodata = nodata_rule(self.nodata);
        Ok(Arc::new(warp::clip(source, &options)?))
    }
}
